"""NumPy's functions with options that their rules have not got, as programs of what has rules: see `programs`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from .elements import arrayed
from .places import pad_widths


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The mean square of the deviations from the mean that is given, or is that of the chosen elements."""
    center = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    count = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
    squares = np.sum(np.where(where, a - center, 0.0) ** 2, axis=axis, keepdims=keepdims)
    return np.divide(squares, np.subtract(count, ddof if correction is None else correction))


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The root of the variance."""
    found = var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction)
    return np.sqrt(found)


def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
    where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """The variance of what is a number."""
    valid = ~np.isnan(a) & where
    return var(a, axis, dtype, None, ddof, keepdims, where=valid, mean=mean, correction=correction)


def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
    where: Any = True, mean: Any = None, correction: Any = None,
) -> Any:  # fmt: skip
    """The root of the variance of what is a number."""
    valid = ~np.isnan(a) & where
    return std(a, axis, dtype, None, ddof, keepdims, where=valid, mean=mean, correction=correction)


def nansum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, initial: Any = 0,
    where: Any = True,
) -> Any:  # fmt: skip
    """The sum of what is a number."""
    return np.sum(a, axis=axis, keepdims=keepdims, initial=initial, where=~np.isnan(a) & where)


def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, initial: Any = 1,
    where: Any = True,
) -> Any:  # fmt: skip
    """The product of what is a number."""
    return np.prod(a, axis=axis, keepdims=keepdims, initial=initial, where=~np.isnan(a) & where)


def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Any:
    """The mean of what is a number."""
    return np.mean(a, axis=axis, keepdims=keepdims, where=~np.isnan(a) & where)


def nanmax(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = -np.inf,
    where: Any = True,
) -> Any:
    """The greatest number."""
    return np.max(a, axis=axis, keepdims=keepdims, initial=initial, where=~np.isnan(a) & where)


def nanmin(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = np.inf, where: Any = True
) -> Any:
    """The least number."""
    return np.min(a, axis=axis, keepdims=keepdims, initial=initial, where=~np.isnan(a) & where)


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False
) -> Any:
    """With the sum of the weights, in the shape of the average."""
    if weights is None:
        result = np.mean(a, axis=axis, keepdims=keepdims)
        return result, np.broadcast_to(1.0 * (np.size(a) // max(np.size(result), 1)), np.shape(result))
    result = np.average(a, axis=axis, weights=weights, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        return result, np.broadcast_to(np.sum(weights), np.shape(result))
    return result, np.sum(weights, axis=axis, keepdims=keepdims)


def cov(
    m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Weighted by counts, weights or both."""
    x = m if rowvar or np.ndim(m) < 2 else np.transpose(m)
    x = np.atleast_2d(x)
    if y is not None:
        other = np.atleast_2d(y if rowvar or np.ndim(y) < 2 else np.transpose(y))
        x = np.concatenate([x, other], axis=0)
    w = np.ones(np.shape(x)[1]) if fweights is None else np.asarray(fweights, float)
    v = w if aweights is None else w * aweights
    total = np.sum(v)
    freedom = (0 if bias else 1) if ddof is None else ddof
    lost = freedom if aweights is None else freedom * np.sum(v * aweights) / total
    centred = x - np.sum(x * v, axis=1, keepdims=True) / total
    return np.squeeze((centred * v) @ np.transpose(centred) / (total - lost))


def linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False, dtype: Any = None,
    axis: Any = 0,
) -> Any:  # fmt: skip
    """Along another axis, or with the step."""
    values = np.moveaxis(np.linspace(start, stop, num, endpoint), 0, axis)
    return (values, (stop - start) / ((num - 1) if endpoint else num)) if retstep else values


def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, dtype: Any = None,
    axis: Any = 0,
) -> Any:  # fmt: skip
    """Along another axis."""
    return np.moveaxis(np.logspace(start, stop, num, endpoint, base), 0, axis)


def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0
) -> Any:
    """Along another axis."""
    return np.moveaxis(np.geomspace(start, stop, num, endpoint), 0, axis)


def diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    """Of the array with values before and after it."""
    parts = [] if prepend is None else [beside_array(prepend, a, axis)]
    parts = [*parts, a] if append is None else [*parts, a, beside_array(append, a, axis)]
    return np.diff(np.concatenate(parts, axis), n, axis)


def beside_array(value: Any, a: Any, axis: Any) -> Any:
    """A number in the shape of one slice of `a`; an array as it is."""
    if np.ndim(value):
        return value
    return np.broadcast_to(value, np.shape(np.take(a, [0], axis)))


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """With values before and after the differences."""
    parts = [] if to_begin is None else [np.ravel(to_begin)]
    parts = [*parts, np.diff(np.ravel(ary))]
    parts = parts if to_end is None else [*parts, np.ravel(to_end)]
    return np.concatenate(parts)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """With values to the left and right, or periodic."""
    if period is None:
        inside = np.interp(x, xp, fp)
        inside = inside if left is None else np.where(x < xp[0], left, inside)
        return inside if right is None else np.where(x > xp[-1], right, inside)
    order = np.argsort(np.mod(xp, period))
    points, values = np.mod(xp, period)[order], np.asarray(fp)[order]
    points = np.concatenate([points[-1:] - period, points, points[:1] + period])
    return np.interp(np.mod(x, period), points, np.concatenate([values[-1:], values, values[:1]]))


def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """With numbers beyond the choices."""
    count = len(choices)
    return np.choose(np.clip(a, 0, count - 1) if mode == "clip" else np.mod(a, count), choices)


def vecdot(x1: Any, x2: Any, *, axis: Any = -1) -> Any:
    """Along another axis."""
    return np.vecdot(np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1))


def array(
    object: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", subok: Any = False, ndmin: Any = 0
) -> Any:
    """With axes of length 1 in front."""
    result = np.array(object, dtype) if copy else np.asarray(object, dtype)
    return np.reshape(result, (1,) * max(ndmin - np.ndim(result), 0) + np.shape(result))


def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """A copy."""
    if not copy:
        raise TypeError("np.nan_to_num(copy=False) has no derivative: write x[...] = np.nan_to_num(x)")
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    """With matrix indices, or not broadcast."""
    rank = len(xi)
    order = [1, 0, *range(2, rank)] if indexing == "xy" and rank > 1 else list(range(rank))
    shaped = [np.reshape(x, [-1 if i == order[k] else 1 for i in range(rank)]) for k, x in enumerate(xi)]
    return tuple(shaped) if sparse else tuple(np.broadcast_arrays(*shaped))


def statistic(x: Any, mode: Any) -> Any:
    """What `np.pad` repeats at an end."""
    if mode == "maximum":
        return np.max(x, axis=0, keepdims=True)
    if mode == "minimum":
        return np.min(x, axis=0, keepdims=True)
    return np.mean(x, axis=0, keepdims=True) if mode == "mean" else np.median(x, axis=0, keepdims=True)


def ends_of(values: Any, axis: Any) -> Any:
    """The two values for one axis: of a number, a pair, or a pair for each axis."""
    if not isinstance(values, (tuple, list)):
        return values, values
    pair = values
    if isinstance(values[0], (tuple, list)):
        pair = values[axis] if len(values) > 1 else values[0]
    return pair[0], pair[len(pair) - 1]


def pad(
    array: Any, pad_width: Any, mode: Any = "constant", *, stat_length: Any = None, constant_values: Any = 0,
    end_values: Any = 0, reflect_type: Any = "even",
) -> Any:  # fmt: skip
    """One axis after the other: what is put before it, the array, what is put behind it."""
    result = arrayed(array)
    widths = pad_widths(result, pad_width)
    values = constant_values if mode == "constant" else end_values
    for axis in range(np.ndim(result)):
        before, after = widths[axis]
        x = np.moveaxis(result, axis, 0)
        if mode in ("maximum", "mean", "median", "minimum"):
            lengths = (len(x), len(x)) if stat_length is None else pad_widths(result, stat_length)[axis]
            low = np.repeat(statistic(x[: lengths[0]], mode), before, axis=0)
            high = np.repeat(statistic(x[len(x) - min(lengths[1], len(x)) :], mode), after, axis=0)
        elif mode in ("reflect", "symmetric"):
            start = 1 if mode == "reflect" else 0
            if max(before, after) + start > len(x):
                raise ValueError("np.pad by odd reflection has no derivative beyond the length of the array")
            low = 2 * x[:1] - np.flip(x[start : before + start], 0)
            high = 2 * x[-1:] - np.flip(x[len(x) - after - start : len(x) - start], 0)
        else:
            shape = np.shape(x)[1:]
            pair = ends_of(values, axis)
            first, last = np.broadcast_to(pair[0], shape), np.broadcast_to(pair[1], shape)
            low_edge, high_edge = (x[0], x[-1]) if mode == "linear_ramp" else (first, last)
            low = np.linspace(first, low_edge, before, False)
            high = np.flip(np.linspace(last, high_edge, after, False), 0)
        result = np.moveaxis(np.concatenate([low, x, high], axis=0), 0, axis)
    return result


OPTIONS: dict[Any, Callable[..., Any]] = {
    getattr(np, function.__name__): function
    for function in (
        var, std, nanvar, nanstd, nansum, nanprod, nanmean, nanmax, nanmin, average, cov, linspace, logspace,
        geomspace, diff, ediff1d, interp, choose, vecdot, array, nan_to_num, meshgrid, pad,
    )
    if hasattr(np, function.__name__)
}  # fmt: skip
"""NumPy's function -> the program for calls with options that its rule has not got."""

HELPERS = (beside_array, statistic, ends_of)
"""What these programs call, to be followed too."""

_MODES = ("linear_ramp", "maximum", "mean", "median", "minimum")


def program_for(function: Any, params: Collection[str], names: Collection[Any], mode: Any) -> Any | None:
    """The program for a call of a function whose rule has the parameters `params`, or None.

    Args:
        names: of the keyword arguments.
        mode: of `np.pad`, where it is known.
    """
    if None in names or "out" in names:
        return None
    unusual = any(name not in params for name in names)
    unusual = unusual or (function is np.pad and mode in _MODES)
    unusual = unusual or (function is np.interp and ("left" in names or "right" in names))
    return OPTIONS[function] if unusual else None
