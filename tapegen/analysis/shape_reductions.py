"""Shape functions of reductions, of running sums, and of creating arrays."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import (
    as_array,
    axes_of,
    dtype_of,
    floating,
    is_rank_zero,
    length_of,
    product,
    real,
    shape_from,
    summing,
)
from tapegen.analysis.shape_functions import (
    FALSE,
    TRUE,
    NotDescribed,
    array_of,
    numpy,
    ranked,
    shape_of,
    shape_of_each,
)
from tapegen.analysis.values import (
    NONE,
    SOME,
    UNKNOWN,
    Array,
    Number,
    Scalar,
    Value,
)


@shape_of_each(
    {np.sum: summing, np.prod: summing, np.mean: floating, np.max: lambda d: d, np.min: lambda d: d}
    | {
        np.amax: lambda d: d,
        np.amin: lambda d: d,
        np.nansum: summing,
        np.nanmean: floating,
        np.nanprod: summing,
    }
)
def reduced(rule: Any, a: Value, axis: Value = NONE, dtype: Value = NONE, keepdims: Value = FALSE) -> Value:
    kind = rule(array_of(a).dtype) if dtype == NONE else dtype_of(dtype)
    return reduction(a, kind, axis, keepdims)


def reduction(a: Value, dtype: str | None, axis: Value, keepdims: Value) -> Value:
    """A reduction of `a` over `axis`."""
    array, keep = array_of(a), keepdims.value if isinstance(keepdims, Number) else None
    if keep is None:
        return Array(dtype, None, None)
    if array.shape is None:
        whole = axis == NONE and not keep
        return Array(dtype, () if whole else None, True if whole else None)
    axes = axes_of(axis, len(array.shape))
    if axes is None:
        return Array(dtype, None, None)
    if keep:
        dims = tuple(1 if i in axes else n for i, n in enumerate(array.shape))
        return Array(dtype, dims, False if dims else None)
    dims = tuple(n for i, n in enumerate(array.shape) if i not in axes)
    return Array(dtype, dims, not dims)


def _variance(dtype: str | None) -> str | None:
    return real(floating(dtype))


@shape_of(np.std, np.var, np.nanstd, np.nanvar)
def variance(
    a: Value,
    axis: Value = NONE,
    dtype: Value = NONE,
    out: Value = NONE,
    ddof: Value = NONE,
    keepdims: Value = FALSE,
) -> Value:
    if dtype != NONE or out != NONE:
        raise NotDescribed
    return reduction(a, _variance(array_of(a).dtype), axis, keepdims)


@shape_of(np.all, np.any)
def decided(a: Value, axis: Value = NONE, out: Value = NONE, keepdims: Value = FALSE) -> Value:
    return reduction(a, "bool", axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.argmax, np.argmin)
def located(a: Value, axis: Value = NONE, out: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    return reduction(a, np.dtype(np.intp).name, axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.count_nonzero)
def counted(a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    """An int or an intp, by NumPy's version."""
    return (
        Scalar(np.dtype(np.intp).name)
        if axis == NONE and keepdims == FALSE
        else reduction(a, None, axis, keepdims)
    )


@shape_of(np.ptp)
def peaked(a: Value, axis: Value = NONE, out: Value = NONE, keepdims: Value = FALSE) -> Value:
    return reduction(a, array_of(a).dtype, axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.average)
def averaged(a: Value, axis: Value = NONE, weights: Value = NONE) -> Value:
    dtype = floating(array_of(a).dtype) if weights == NONE else None
    found = reduction(a, dtype, axis, FALSE)
    return (
        Array(dtype, found.shape, None if found.shape == () else found.scalar)
        if isinstance(found, Array)
        else found
    )


@shape_of(np.median, np.nanmedian)
def middle(a: Value, axis: Value = NONE) -> Value:
    found = reduction(a, floating(array_of(a).dtype), axis, FALSE)
    return (
        Array(found.dtype, found.shape, None if found.shape == () else found.scalar)
        if isinstance(found, Array)
        else found
    )


@shape_of(np.linalg.norm)
def norm(x: Value, ord: Value = NONE, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    found = reduction(x, real(floating(array_of(x).dtype)), axis, keepdims)
    if isinstance(found, Array) and found.shape == ():
        return Array(found.dtype if ord == NONE else None, (), None)
    return (
        found
        if ord == NONE
        else Array(None, found.shape, found.scalar)
        if isinstance(found, Array)
        else found
    )


@shape_of(np.cumsum, np.cumprod, np.nancumsum, np.nancumprod)
def accumulated(a: Value, axis: Value = NONE) -> Value:
    array, shape = ranked(a)
    if axis == NONE:
        return Array(summing(array.dtype), (product(shape),), False)
    return Array(summing(array.dtype), shape or (1,), False)


@shape_of(np.sort)
def in_order(a: Value, axis: Value = Number("int", -1)) -> Value:
    found, dims = ranked(a)
    return Array(found.dtype, (product(dims),) if axis == NONE else dims, False) if dims else UNKNOWN


@shape_of(np.argsort)
def order(a: Value, axis: Value = Number("int", -1)) -> Value:
    found = in_order(a, axis)
    return Array(np.dtype(np.intp).name, found.shape, False) if isinstance(found, Array) else found


@shape_of(np.take)
def taken(a: Value, indices: Value, axis: Value = NONE) -> Value:
    (found, dims), (_, chosen) = ranked(a), ranked(indices)
    if axis == NONE:
        return Array(found.dtype, chosen, None if not chosen else False)
    axes = axes_of(axis, len(dims))
    if axes is None:
        raise NotDescribed
    shape = (*dims[: axes[0]], *chosen, *dims[axes[0] + 1 :])
    return Array(found.dtype, shape, False if shape else None)


@shape_of(np.trace)
def traced(a: Value) -> Value:
    array, shape = ranked(a)
    return Array(summing(array.dtype), shape[2:], None if len(shape) == 2 else False)


# ------------------------------------------------------------------------------------------------------------ creation


@shape_of(np.zeros, np.ones, np.empty)
def filled_with(shape: Value, dtype: Value = NONE) -> Value:
    return Array("float64" if dtype == NONE else dtype_of(dtype), shape_from(shape), False)


@shape_of(np.full)
def full(shape: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    given = as_array(fill_value)
    kind = (given.dtype if given else None) if dtype == NONE else dtype_of(dtype)
    return Array(kind, shape_from(shape), False)


@shape_of(np.zeros_like, np.ones_like, np.empty_like)
def like(a: Value, dtype: Value = NONE) -> Value:
    array = array_of(a)
    return Array(array.dtype if dtype == NONE else dtype_of(dtype), array.shape, False)


@shape_of(np.full_like)
def full_like(a: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    return like(a, dtype)


@shape_of(np.eye, np.identity)
def eye(N: Value, M: Value = NONE, k: Value = NONE, dtype: Value = NONE) -> Value:
    rows = length_of(N)
    return Array(
        "float64" if dtype == NONE else dtype_of(dtype), (rows, rows if M == NONE else length_of(M)), False
    )


@shape_of(np.arange)
def arange(start: Value, stop: Value = NONE, step: Value = NONE, dtype: Value = NONE) -> Value:
    given = [v for v in (start, stop, step) if v != NONE]
    ints = all(isinstance(v, Number) and v.kind == "int" for v in given)
    floats = all(isinstance(v, Number) for v in given) and any(v.kind == "float" for v in given)  # type: ignore[attr-defined]
    kind = (
        dtype_of(dtype)
        if dtype != NONE
        else np.dtype(np.intp).name
        if ints
        else "float64"
        if floats
        else None
    )
    if not ints or step != NONE:
        return Array(kind, (SOME,), False)
    first, last = (start, stop) if stop != NONE else (Number("int", 0), start)
    assert isinstance(first, Number) and isinstance(last, Number)
    if first.linear is None or last.linear is None:
        return Array(kind, (SOME,), False)
    length = last.linear - first.linear
    return Array(kind, (max(length, 0) if isinstance(length, int) else length,), False)


@shape_of(np.linspace)
def linspace(start: Value, stop: Value, num: Value = Number("int", 50), endpoint: Value = TRUE) -> Value:
    scalars = all(isinstance(v, Number) and v.kind in ("int", "float") for v in (start, stop))
    if not scalars and not (is_rank_zero(start) and is_rank_zero(stop)):
        raise NotDescribed
    return Array("float64" if scalars else None, (length_of(num),), False)


@shape_of(np.array, np.asarray)
def array(object: Value, dtype: Value = NONE) -> Value:
    found = array_of(object)
    return Array(found.dtype if dtype == NONE else dtype_of(dtype), found.shape, False)


@shape_of(np.copy)
def copied(a: Value) -> Value:
    """An array, whatever it is that is copied."""
    found = as_array(a)
    return Array(None) if found is None else Array(found.dtype, found.shape, False)


@shape_of(copy.copy, copy.deepcopy)
def copied_whole(x: Value) -> Value:
    return x


@shape_of(np.ascontiguousarray)
def contiguous(a: Value) -> Value:
    found, dims = ranked(a)
    return Array(found.dtype, dims or (1,), False)


@shape_of(*numpy("astype"))
def astype(x: Value, dtype: Value, *, copy: Value = TRUE) -> Value:
    if not isinstance(x, Array):
        raise NotDescribed
    return Array(dtype_of(dtype), x.shape, x.scalar)
