"""Shape functions of what lengthens, shortens or repeats arrays along an axis."""

from __future__ import annotations

import numpy as np

from tapegen.analysis.shape_algebra import axes_of, promoted, static_int
from tapegen.analysis.shape_functions import NotDescribed, array_of, numpy, ranked, shape_of
from tapegen.analysis.values import (
    NONE,
    SEVERAL,
    SOME,
    Array,
    Dim,
    Number,
    Sequence,
    Size,
    Static,
    Value,
)


@shape_of(np.pad)
def padded(array: Value, pad_width: Value, mode: Value = NONE, **options: Value) -> Value:
    found, dims = ranked(array)
    widths = _pad_widths(pad_width, len(dims))
    return Array(found.dtype, tuple(map(_longer, dims, widths)), False)


def _pad_widths(value: Value, rank: int) -> list[int | None]:
    """How much is added to each axis in all; None where that is not known."""
    if isinstance(value, Number):
        width = static_int(value)
        return [None if width is None else 2 * width] * rank
    if not isinstance(value, Sequence):
        raise NotDescribed
    pairs = list(value.items)
    if len(pairs) == 1:
        return _pad_widths(pairs[0], rank)
    if all(isinstance(pair, Number) for pair in pairs):
        if len(pairs) != 2:
            raise NotDescribed
        pairs = [value] * rank
    return [_both(pair) for pair in pairs] if len(pairs) == rank else [None] * rank


def _both(pair: Value) -> int | None:
    """The sum of a pair of integers."""
    ends = [static_int(end) for end in pair.items] if isinstance(pair, Sequence) else []
    known = [end for end in ends if end is not None]
    return sum(known) if len(known) == 2 else None


def _longer(dim: Dim, by: int | None) -> Dim:
    if by is None or (isinstance(dim, Size) and not dim.natural):
        return SEVERAL if by is not None and by >= 2 else SOME
    if isinstance(dim, (int, Size)):
        return dim + by
    return SEVERAL if by >= 2 else SOME


@shape_of(*numpy("fliplr", "flipud"))
def mirrored(m: Value) -> Value:
    found, dims = ranked(m)
    return Array(found.dtype, dims, False)


@shape_of(np.rot90)
def turned(m: Value, k: Value = NONE, axes: Value = NONE) -> Value:
    found, dims = ranked(m)
    return Array(found.dtype, (SOME,) * len(dims), False)


@shape_of(np.repeat, np.delete)
def along(a: Value, obj: Value, axis: Value = NONE) -> Value:
    """One axis changes its length, or all become one."""
    found, dims = ranked(a)
    return Array(found.dtype, _changed(dims, axis), False)


@shape_of(np.append)
def appended(arr: Value, values: Value, axis: Value = NONE) -> Value:
    found, dims = ranked(arr)
    return Array(promoted((found.dtype, array_of(values).dtype)), _changed(dims, axis), False)


@shape_of(np.insert)
def inserted(arr: Value, obj: Value, values: Value, axis: Value = NONE) -> Value:
    return along(arr, obj, axis)


def _changed(dims: tuple[Dim, ...], axis: Value) -> tuple[Dim, ...]:
    if axis == NONE:
        return (SOME,)
    axes = axes_of(axis, len(dims))
    if axes is None:
        raise NotDescribed
    return tuple(SOME if i in axes else n for i, n in enumerate(dims))


@shape_of(np.tile)
def tiled(A: Value, reps: Value) -> Value:
    found, dims = ranked(A)
    count = len(reps.items) if isinstance(reps, Sequence) else 1 if isinstance(reps, Number) else None
    if count is None:
        raise NotDescribed
    return Array(found.dtype, (SOME,) * max(count, len(dims)), False)


@shape_of(np.convolve, np.correlate)
def convolved(a: Value, v: Value, mode: Value = NONE) -> Value:
    if not isinstance(mode, Static):
        raise NotDescribed
    return Array(promoted((array_of(a).dtype, array_of(v).dtype)), (SOME,), False)
