"""Shape functions of what splits, repeats, pads and picks, and of order statistics."""

from __future__ import annotations

import numpy as np

from tapegen.analysis.shape_algebra import (
    axes_of,
    broadcast_dims,
    floating,
    is_rank_zero,
    product,
    quotient,
    real,
    static_int,
    total,
)
from tapegen.analysis.shape_functions import FALSE, NotDescribed, array_of, ranked, shape_of, shape_of_each
from tapegen.analysis.shape_reductions import reduction
from tapegen.analysis.values import (
    NONE,
    SOME,
    Array,
    Dim,
    Number,
    Sequence,
    Shape,
    Some,
    Value,
)

FIRST, LAST = Number("int", 0), Number("int", -1)


def _loose(found: Value) -> Value:
    """A result of which it is not known whether it is a scalar where it has no axes."""
    if isinstance(found, Array) and found.shape in ((), None):
        return Array(found.dtype, found.shape, None)
    return found


# ------------------------------------------------------------------------------------------------------------ splitting


def _pieces(a: Value, sections: Value, axis: Value, is_even: bool) -> Value:
    """A list of arrays, each as `a` but for the axis that is split."""
    found, dims = ranked(a)
    axes, count = axes_of(axis, len(dims)), static_int(sections)
    if axes is None or len(axes) != 1:
        raise NotDescribed
    place, length, each = axes[0], dims[axes[0]], SOME
    lengths: list[Dim]
    if count is not None:
        if not 0 < count < 1000:
            raise NotDescribed
        if is_even and not isinstance(length, Some):
            lengths = [quotient(length, count) or each] * count
        else:
            lengths = [each] * count
    elif isinstance(sections, Sequence):
        lengths = [each] * (len(sections.items) + 1)
    else:
        raise NotDescribed
    parts = (Array(found.dtype, (*dims[:place], n, *dims[place + 1 :]), False) for n in lengths)
    return Sequence(list, tuple(parts))


@shape_of(np.split)
def split(ary: Value, indices_or_sections: Value, axis: Value = FIRST) -> Value:
    return _pieces(ary, indices_or_sections, axis, True)


@shape_of(np.array_split)
def split_unevenly(ary: Value, indices_or_sections: Value, axis: Value = FIRST) -> Value:
    return _pieces(ary, indices_or_sections, axis, False)


@shape_of_each({np.vsplit: 0, np.dsplit: 2})
def split_along(axis: int, ary: Value, indices_or_sections: Value) -> Value:
    return _pieces(ary, indices_or_sections, Number("int", axis), True)


@shape_of(np.hsplit)
def split_columns(ary: Value, indices_or_sections: Value) -> Value:
    return _pieces(ary, indices_or_sections, Number("int", min(1, len(ranked(ary)[1]) - 1)), True)


# --------------------------------------------------------------------------------------------------- repeating, padding


def _times(dim: Dim, n: int) -> Dim:
    return SOME if isinstance(dim, Some) else dim * n


@shape_of(np.repeat)
def repeated(a: Value, repeats: Value, axis: Value = NONE) -> Value:
    found, dims = ranked(a)
    times = static_int(repeats)
    if axis == NONE:
        dims, axis = (product(dims),), FIRST
    axes = axes_of(axis, len(dims))
    if axes is None or len(axes) != 1:
        raise NotDescribed
    place = axes[0]
    length = SOME if times is None or times < 0 else _times(dims[place], times)
    return Array(found.dtype, (*dims[:place], length, *dims[place + 1 :]), False)


@shape_of(np.tile)
def tiled(A: Value, reps: Value) -> Value:
    found, dims = ranked(A)
    parts = reps.items if isinstance(reps, Sequence) else (reps,)
    counts = [static_int(part) for part in parts]
    if not all(isinstance(part, Number) for part in parts):
        raise NotDescribed
    rank = max(len(counts), len(dims))
    filled: list[int | None] = [*[1] * (rank - len(counts)), *counts]
    sizes: Shape = (*(1,) * (rank - len(dims)), *dims)
    shape = tuple(
        SOME if n is None or n < 0 else _times(dim, n) for dim, n in zip(sizes, filled, strict=True)
    )
    return Array(found.dtype, shape, False)


@shape_of(np.pad)
def padded(array: Value, pad_width: Value, mode: Value = NONE, *, constant_values: Value = NONE) -> Value:
    found, dims = ranked(array)
    width = static_int(pad_width)
    shape = tuple(SOME if width is None else total((dim, 2 * width)) for dim in dims)
    return Array(found.dtype, shape, False)


@shape_of(np.append)
def appended(arr: Value, values: Value, axis: Value = NONE) -> Value:
    (_, one), (_, two) = ranked(arr), ranked(values)
    if axis != NONE:
        raise NotDescribed
    return Array(None, (total((product(one), product(two))),), False)


# -------------------------------------------------------------------------------------------------------------- picking


@shape_of(np.take_along_axis)
def taken_along(arr: Value, indices: Value, axis: Value = LAST) -> Value:
    (found, one), (_, two) = ranked(arr), ranked(indices)
    axes = axes_of(axis, len(one))
    if axis == NONE or axes is None or len(axes) != 1 or len(one) != len(two):
        raise NotDescribed
    shape = tuple(
        m if i in axes else broadcast_dims(n, m) for i, (n, m) in enumerate(zip(one, two, strict=True))
    )
    return Array(found.dtype, shape, False)


@shape_of(np.flipud, np.fliplr)
def turned(m: Value) -> Value:
    found, dims = ranked(m)
    if not dims:
        raise NotDescribed
    return Array(found.dtype, dims, False)


@shape_of(np.nan_to_num)
def without_nan(
    x: Value, copy: Value = NONE, nan: Value = NONE, posinf: Value = NONE, neginf: Value = NONE
) -> Value:
    found = array_of(x)
    return _loose(Array(found.dtype, found.shape, False))


@shape_of(np.sinc)
def sinc(x: Value) -> Value:
    found = array_of(x)
    return _loose(
        Array(found.dtype if found.dtype in ("float64", "complex128") else None, found.shape, False)
    )


# ----------------------------------------------------------------------------------------------------- order statistics


@shape_of(np.nanmax, np.nanmin)
def extreme_number(a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    return _loose(reduction(a, array_of(a).dtype, axis, keepdims))


@shape_of(np.quantile, np.percentile, np.nanquantile, np.nanpercentile)
def quantiles(
    a: Value, q: Value, axis: Value = NONE, *, method: Value = NONE, keepdims: Value = FALSE
) -> Value:
    dtype = "float64" if array_of(a).dtype == "float64" and array_of(q).dtype == "float64" else None
    found, wanted = reduction(a, dtype, axis, keepdims), () if is_rank_zero(q) else ranked(q)[1]
    if not isinstance(found, Array) or found.shape is None:
        raise NotDescribed
    return _loose(Array(dtype, (*wanted, *found.shape), False))


@shape_of(np.partition)
def partitioned(a: Value, kth: Value, axis: Value = LAST) -> Value:
    found, dims = ranked(a)
    if not dims:
        raise NotDescribed
    return Array(found.dtype, (product(dims),) if axis == NONE else dims, False)


if hasattr(np.linalg, "vector_norm"):

    @shape_of(np.linalg.vector_norm)
    def vector_norm(x: Value, *, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
        return _loose(reduction(x, real(floating(array_of(x).dtype)), axis, keepdims))
