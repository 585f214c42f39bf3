"""Helpers of the rules of linear filters along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


def one(a: Any) -> Any:
    """The filter that does nothing, in the dtype of the coefficients a."""
    return np.ones(1, getattr(a, "dtype", float))


@kernel
def lagged(g: Any, v: Any, axis: int, b: Any) -> Any:
    """`sum(g[n] * v[n - k])` for each lag k, of which there are as many as b is long.

    >>> lagged(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0]), 0, np.zeros(2))
    array([321.,  32.])
    """
    g, v = np.moveaxis(g, axis, 0), np.moveaxis(v, axis, 0)
    n = len(g)
    return np.stack([np.sum(g[min(k, n) :] * v[: max(n - k, 0)]) for k in range(np.size(b))])


@kernel
def before(value: Any, x: Any, axis: int) -> Any:
    """As many elements from the start of an axis as x has."""
    index: list[Any] = [slice(None)] * np.ndim(value)
    index[axis] = slice(0, np.shape(x)[axis])
    return value[tuple(index)]


@kernel
def lengthened(value: Any, like: Any, axis: int) -> Any:
    """The adjoint of `before`: zeros at the end of an axis, up to the length of `like`."""
    ends = [(0, 0)] * np.ndim(value)
    ends[axis] = (0, np.shape(like)[axis] - np.shape(value)[axis])
    return np.pad(value, ends)
