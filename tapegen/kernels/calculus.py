"""Helpers of the rules of differences, integrals, interpolation, convolution and averages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .broadcasting import unbroadcast
from .protocol import kernel


@kernel
def sinc_derivative(x: Any, n: int) -> Any:
    """The n-th derivative of `np.sinc`; near 0 by its power series.

    With s_n the n-th derivative of sin(y) / y: y s_n + n s_{n-1} = sin(y + n pi / 2).

    >>> sinc_derivative(np.array([0.0, 0.5]), 1)
    array([ 0.        , -1.27323954])
    """
    y = np.pi * np.asarray(x)
    small = np.abs(y) < 1.0 + n
    far = np.where(small, 1.0 + n, y)
    value = np.sin(far) / far
    for i in range(1, n + 1):
        value = (np.sin(far + 0.5 * np.pi * i) - i * value) / far
    near = np.where(small, y, 0.0)
    series = np.zeros_like(y)
    for j in range((n + 1) // 2, 20 + 2 * n):
        series = series + (-1) ** j / (math.factorial(2 * j - n) * (2 * j + 1)) * near ** (2 * j - n)
    return np.pi**n * np.where(small, series, value)


@kernel
def gradient_with(f: Any, spacing: Sequence[Any], axis: Any, edge_order: Any) -> Any:
    """`np.gradient(f, *spacing, axis=axis, edge_order=edge_order)`: the adjoint of its adjoint."""
    return np.gradient(f, *spacing, axis=axis, edge_order=edge_order)


@kernel
def gradient_adjoint(ct: Any, f: Any, spacing: Sequence[Any], axis: Any, edge_order: Any) -> Any:
    """The adjoint of `np.gradient(f, *spacing, axis=axis, edge_order=edge_order)`.

    A row of that map has at most three neighbouring elements. So NumPy's own coefficients come out of its gradients of
    three combs, each with one tooth in three.

    >>> gradient_adjoint(np.array([1.0, 0.0, 0.0]), np.zeros(3), (), None, 1)
    array([-1.,  1.,  0.])
    """
    shape = np.shape(f)
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    steps: list[Any] = list(spacing) * len(axes) if len(spacing) == 1 else list(spacing) or [1.0] * len(axes)
    parts = [ct] if len(axes) == 1 else ct
    total = np.zeros(shape, np.result_type(*parts))
    for a, step, part in zip(axes, steps, parts, strict=True):
        n = shape[a]
        first = np.clip(np.arange(n) - 1, 0, max(n - 3, 0))
        target, given = np.moveaxis(total, a, 0), np.moveaxis(part, a, 0)
        for tooth in range(3):
            comb: Any = (np.arange(n) % 3 == tooth).astype(float)
            row = np.gradient(comb, step, edge_order=edge_order)
            column = np.minimum(first + (tooth - first) % 3, n - 1)
            np.add.at(target, column, np.reshape(row, (n,) + (1,) * (len(shape) - 1)) * given)
    return total


@kernel
def neighbours(y: Any, axis: int = -1) -> Any:
    """The sums of neighbours along `axis`.

    >>> neighbours(np.array([1.0, 2.0, 4.0]))
    array([3., 6.])
    """
    moved = np.moveaxis(y, axis, -1)
    return np.moveaxis(moved[..., 1:] + moved[..., :-1], -1, axis)


@kernel
def spread_to_neighbours(ct: Any, axis: int = -1) -> Any:
    """The adjoint of `neighbours`: each element goes to two neighbours.

    >>> spread_to_neighbours(np.array([1.0, 2.0]))
    array([1., 3., 2.])
    """
    moved = np.moveaxis(ct, axis, -1)
    ends = [(0, 0)] * (np.ndim(moved) - 1)
    spread = np.pad(moved, [*ends, (0, 1)]) + np.pad(moved, [*ends, (1, 0)])
    return np.moveaxis(spread, -1, axis)


@kernel
def widths(x: Any, y: Any, dx: Any = 1.0, axis: int = -1) -> Any:
    """The widths of the intervals in `np.trapezoid(y, x, dx, axis)`, in a shape that goes with its intervals.

    >>> widths(np.array([0.0, 1.0, 3.0]), np.zeros((2, 3)))
    array([[1., 2.]])
    """
    if x is None:
        sizes = [n - 1 if i == axis % np.ndim(y) else 1 for i, n in enumerate(np.shape(y))]
        return np.full(sizes, dx)
    if np.ndim(x) == 1:
        return np.reshape(np.diff(x), [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])
    return np.diff(x, axis=axis)


@kernel
def widths_back(ct: Any, x: Any, y: Any, dx: Any = 1.0, axis: int = -1) -> Any:
    """The adjoint of `widths` in `x`; None where there is no `x`."""
    if x is None:
        return None
    if np.ndim(x) == 1:
        moved = np.moveaxis(np.broadcast_to(ct, _interval_shape(ct, y, axis)), axis, -1)
        steps, last = np.sum(np.reshape(moved, (-1, np.size(x) - 1)), axis=0), -1
    else:
        steps, last = (
            np.broadcast_to(ct, np.broadcast_shapes(np.shape(ct), np.shape(np.diff(x, axis=axis)))),
            axis,
        )
    ends = [(1, 1) if i == last % np.ndim(steps) else (0, 0) for i in range(np.ndim(steps))]
    return unbroadcast(-np.diff(np.pad(steps, ends), axis=last), x)


def _interval_shape(ct: Any, y: Any, axis: int) -> tuple[int, ...]:
    return tuple(np.shape(ct)[i] if i == axis % np.ndim(y) else n for i, n in enumerate(np.shape(y)))


def segment(x: Any, xp: Any) -> Any:
    """For each of `x` the number of the interval between two of the increasing knots `xp`; beyond them the nearest.

    >>> segment(np.array([-1.0, 0.5, 1.0, 9.0]), np.array([0.0, 1.0, 2.0]))
    array([0, 0, 1, 1])
    """
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, np.size(xp) - 2)


def within(x: Any, xp: Any) -> Any:
    """Whether `x` is between the first and the last of the knots `xp`."""
    return (np.asarray(x) >= xp[0]) & (np.asarray(x) <= xp[-1])


def kept(x: Any, xp: Any, left: Any, right: Any) -> Any:
    """Whether `np.interp` takes its result from the values at the knots, not from `left` or `right`."""
    lost = (np.asarray(x) < xp[0]) & (left is not None) | (np.asarray(x) > xp[-1]) & (right is not None)
    return ~lost


def _window(a: Any, v: Any, mode: str, correlation: bool) -> slice:
    """The part of the full convolution that `mode` keeps. A correlation with a longer `v` is computed backwards."""
    m, n = max(np.size(a), np.size(v)), min(np.size(a), np.size(v))
    start, size = {"full": (0, m + n - 1), "same": ((n - 1) // 2, m), "valid": (n - 1, m - n + 1)}[mode]
    if correlation and np.size(v) > np.size(a):
        start = m + n - 1 - start - size
    return slice(start, start + size)


@kernel
def embed_window(ct: Any, a: Any, v: Any, mode: str, correlation: bool = False) -> Any:
    """`ct`, the cotangent of `np.convolve(a, v, mode)`, between the zeros of the full convolution.

    With `correlation`, that of `np.correlate(a, v, mode)`.

    >>> embed_window(np.array([1.0]), np.zeros(2), np.zeros(2), "valid")
    array([0., 1., 0.])
    """
    buffer = np.zeros(np.size(a) + np.size(v) - 1, np.asarray(ct).dtype)
    buffer[_window(a, v, mode, correlation)] = ct
    return buffer


@kernel
def cut_window(full: Any, a: Any, v: Any, mode: str, correlation: bool = False) -> Any:
    """The part of a full convolution that `mode` keeps: the adjoint of `embed_window`."""
    return full[_window(a, v, mode, correlation)]


def _windows(a: Any, v: Any, mode: str) -> tuple[slice, ...]:
    """The part of the full convolution that `mode` keeps in `scipy.signal`, along each axis."""
    pairs = list(zip(np.shape(a), np.shape(v), strict=True))
    if mode == "full":
        return (slice(None),) * len(pairs)
    if mode == "same":
        return tuple(slice((n - 1) // 2, (n - 1) // 2 + m) for m, n in pairs)
    return tuple(slice(min(m, n) - 1, max(m, n)) for m, n in pairs)


@kernel
def embed_window_nd(ct: Any, a: Any, v: Any, mode: str) -> Any:
    """As `embed_window`, for `scipy.signal.convolve(a, v, mode)`, whose "same" means the first operand."""
    sizes = [m + n - 1 for m, n in zip(np.shape(a), np.shape(v), strict=True)]
    buffer = np.zeros(sizes, np.asarray(ct).dtype)
    buffer[_windows(a, v, mode)] = ct
    return buffer


@kernel
def cut_window_nd(full: Any, a: Any, v: Any, mode: str) -> Any:
    """The adjoint of `embed_window_nd`."""
    return full[_windows(a, v, mode)]


def exponents(x: Any, n: int | None, increasing: bool) -> Any:
    """The exponents of the columns of `np.vander(x, n, increasing)`."""
    powers = np.arange(np.size(x) if n is None else n)
    return powers if increasing else powers[::-1]


@kernel
def spread_weights(weights: Any, a: Any, axis: Any) -> Any:
    """The weights of `np.average(a, axis, weights)`, one for each element of `a`; None stands for ones.

    >>> spread_weights(np.array([1.0, 2.0]), np.zeros((2, 2)), 0)
    array([[1., 1.],
           [2., 2.]])
    """
    if weights is None:
        return np.ones(np.shape(a))
    return np.broadcast_to(_placed(weights, a, axis), np.shape(a))


def _placed(weights: Any, a: Any, axis: Any) -> Any:
    """The weights in a shape that broadcasts to that of `a`."""
    if np.shape(weights) == np.shape(a):
        return weights
    axes = [i % np.ndim(a) for i in (axis if isinstance(axis, tuple) else (axis,))]
    ordered = np.transpose(weights, np.argsort(axes))
    return np.reshape(ordered, [n if i in axes else 1 for i, n in enumerate(np.shape(a))])


@kernel
def gather_weights(ct: Any, weights: Any, a: Any, axis: Any) -> Any:
    """The adjoint of `spread_weights`; None where there are no weights."""
    if weights is None:
        return None
    if np.shape(weights) == np.shape(a):
        return ct
    axes = [i % np.ndim(a) for i in (axis if isinstance(axis, tuple) else (axis,))]
    summed = np.sum(ct, axis=tuple(i for i in range(np.ndim(a)) if i not in axes))
    return np.transpose(summed, np.argsort(np.argsort(axes)))


@kernel
def stack_variables(m: Any, y: Any, rowvar: bool) -> Any:
    """The variables of `np.cov(m, y, rowvar)`, one in each row.

    >>> stack_variables(np.array([1.0, 2.0]), np.array([3.0, 4.0]), True)
    array([[1., 2.],
           [3., 4.]])
    """
    rows = [_rows(part, rowvar) for part in (m, y) if np.ndim(part) > 0]  # the tangent of None may be 0
    return np.concatenate(rows)


def _rows(x: Any, rowvar: bool) -> Any:
    return np.reshape(x, (1, -1)) if np.ndim(x) < 2 else x if rowvar else np.transpose(x)


@kernel
def split_variables(ct: Any, m: Any, y: Any, rowvar: bool) -> list[Any]:
    """The adjoint of `stack_variables`: the cotangents of `m` and `y`, None for what is not there."""
    k = len(_rows(m, rowvar))
    parts = [(m, ct[:k]), (y, ct[k:])]
    return [
        None if x is None else np.reshape(c, np.shape(x)) if np.ndim(x) < 2 or rowvar else np.transpose(c)
        for x, c in parts
    ]


def freedom(x: Any, bias: bool = False, ddof: int | None = None) -> int:
    """By what `np.cov` divides, for variables in the rows of `x`."""
    return int(np.shape(x)[1]) - (int(not bias) if ddof is None else ddof)


def bin_numbers(a: Any, edges: Any) -> Any:
    """For each of `a` the number of its bin; beyond the edges the nearest.

    >>> bin_numbers(np.array([0.5, 2.0]), np.array([0.0, 1.0, 2.0]))
    array([0, 1])
    """
    return np.clip(np.searchsorted(edges, a, side="right") - 1, 0, len(edges) - 2)


def is_counted(a: Any, edges: Any) -> Any:
    """Whether `a` is between the first and the last edge."""
    return (np.asarray(a) >= edges[0]) & (np.asarray(a) <= edges[-1])


def sums_of_weights(a: Any, edges: Any, weights: Any) -> Any:
    """The sums of the weights in each bin; a weight that is one number, 0.0, stands for many."""
    return np.histogram(a, edges, weights=np.broadcast_to(weights, np.shape(a)))[0]


def end_shares(a: Any, bins: Any, limits: Any) -> Any:
    """How the first and the last edge of a histogram move with `a`: nothing where they are given.

    Returns: array of shape `(2, *a.shape)`; entries that share the minimum or maximum share evenly.

    >>> end_shares(np.array([2.0, 1.0, 2.0]), 4, None)
    array([[0. , 1. , 0. ],
           [0.5, 0. , 0.5]])
    """
    a = np.asarray(a)
    if limits is not None or not isinstance(bins, (int, np.integer, str)) or a.size == 0:
        return np.zeros((2, *a.shape))
    ends = np.stack([a == a.min(), a == a.max()])
    return ends / np.sum(ends, axis=tuple(range(1, ends.ndim)), keepdims=True)
