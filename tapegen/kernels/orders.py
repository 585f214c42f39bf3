"""Order statistics: which elements a selection takes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel
from .sequences import merge_axes, unmerge_axes


@kernel
def hits(a: Any, out: Any, axis: Any = None) -> Any:
    """Where `a` equals its extreme `out` (with the reduced axes kept): shares that add up to 1 along `axis`.

    >>> hits(np.array([2.0, 2.0, 1.0]), 2.0)
    array([0.5, 0.5, 0. ])
    """
    ties = np.asarray(a) == out
    counts = np.sum(ties, axis=axis, keepdims=True)
    dtype = getattr(a, "dtype", None)
    return np.divide(
        ties, np.maximum(counts, 1), dtype=dtype if dtype is not None and dtype.kind == "f" else float
    )


@kernel
def larger(a: Any, b: Any) -> Any:
    """1 where `a` is larger than `b`, and 0.5 where they are equal: the share of `a` in `np.maximum(a, b)`.

    The same as `(a > b) + 0.5 * (a == b)`, with ties added only where there are some.

    >>> larger(np.array([2.0, -1.0, 0.0]), 0)
    array([1. , 0. , 0.5])
    """
    above, ties = np.greater(a, b), np.equal(a, b)
    if not above.ndim:
        return above + 0.5 * ties
    shares = above.astype(float)
    if np.count_nonzero(ties):
        shares += 0.5 * ties
    return shares


@kernel
def quantile_weights(
    a: Any, q: Any, axis: int | tuple[int, ...] | None = None, method: Any = "linear"
) -> Any:
    """The weights with which the elements of `a` enter `np.quantile(a, q, axis, method=method)`.

    Of equal elements, the first ones count, as a stable sort orders them.

    Returns: an array of shape `np.shape(q) + np.shape(a)`.

    >>> quantile_weights(np.array([3.0, 1.0, 2.0, 4.0]), 0.5)
    array([0.5, 0. , 0.5, 0. ])
    """
    merged = merge_axes(np.asarray(a), axis)
    n = merged.shape[-1]
    ranks = np.argsort(np.argsort(merged, axis=-1, kind="stable"), axis=-1, kind="stable")
    # The quantile of 0, 1, 2, ... is the rank that it falls on, or a place between two.
    places = np.quantile(np.arange(float(n)), np.ravel(q), method=method)
    lower = np.floor(places).astype(int)
    weights = np.zeros((len(places), n + 1))
    weights[np.arange(len(places)), lower] = 1 - (places - lower)
    weights[np.arange(len(places)), lower + 1] += places - lower
    picked = [unmerge_axes(row[ranks], a, axis) for row in weights]
    return np.reshape(np.stack(picked), np.shape(q) + np.shape(a))


@kernel
def nanquantile_weights(
    a: Any, q: Any, axis: int | tuple[int, ...] | None = None, method: str = "linear"
) -> Any:
    """As `quantile_weights`, for `np.nanquantile`: NaN has no weight.

    >>> nanquantile_weights(np.array([3.0, np.nan, 2.0]), 0.5)
    array([0.5, 0. , 0.5])
    """
    merged = merge_axes(np.asarray(a), axis)
    shares = np.zeros((np.size(q), *merged.shape))
    for index in np.ndindex(merged.shape[:-1]):
        valid = np.flatnonzero(~np.isnan(merged[index]))
        shares[(slice(None), *index, valid)] = quantile_weights(
            merged[index][valid], np.ravel(q), None, method
        )
    picked = [unmerge_axes(share, a, axis) for share in shares]
    return np.reshape(np.stack(picked), np.shape(q) + np.shape(a))


@kernel
def weighted(x: Any, weights: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Sums of `x` over `axis` with each of several weights, whose first axes count them."""
    extra = np.ndim(weights) - np.ndim(x)
    return np.sum(weights * x, axis=_shifted(axis, extra, np.ndim(x)), keepdims=keepdims)


@kernel
def weighted_back(ct: Any, weights: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The adjoint of `weighted(x, weights, axis, keepdims)`, reading only the shape of `x`."""
    extra = np.ndim(weights) - np.ndim(x)
    if not keepdims:
        ct = np.expand_dims(ct, _shifted(axis, extra, np.ndim(x)))
    return np.sum(weights * ct, axis=tuple(range(extra)))


def _shifted(axis: Any, extra: int, rank: int) -> tuple[int, ...]:
    """The axes of an array of `rank` that `axis` means, after `extra` further axes in front."""
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % rank + extra for a in axes)


def matching_order(a: Any, out: Any, axis: int | None = -1) -> Any:
    """The indices with which `np.take_along_axis(a, indices, axis)` is `out`, a permutation of `a` along `axis`.

    >>> matching_order(np.array([3.0, 1.0, 2.0]), np.array([2.0, 3.0, 1.0]))
    array([2, 0, 1])
    """
    ranks = np.argsort(np.argsort(out, axis=axis, kind="stable"), axis=axis, kind="stable")
    return np.take_along_axis(np.argsort(a, axis=axis, kind="stable"), ranks, axis)


def first_places(ar: Any, values: Any) -> Any:
    """For each of `values`, the number of the first element of `ar` that is equal to it; NaN equals NaN.

    >>> first_places(np.array([3.0, 1.0, 3.0]), np.array([1.0, 3.0]))
    array([1, 0])
    """
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    return order[np.searchsorted(flat[order], values)]


def sorting_order(keys: list[Any], reverse: bool = False) -> list[int]:
    """The indices in the order in which `sorted(keys, reverse=reverse)` has the keys.

    >>> sorting_order([3.0, 1.0, 2.0, 1.0])
    [1, 3, 2, 0]
    """
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)
