"""Helpers of the rules of ufunc methods, of insertions and grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .broadcasting import unbroadcast
from .protocol import kernel


@kernel
def beside(a: Any, b: Any) -> Any:
    """`a` with an axis of size 1 for each axis of `b`, as in an outer product.

    >>> beside(np.array([1.0, 2.0]), np.zeros(3)).shape
    (2, 1)
    """
    return np.reshape(a, np.shape(a) + (1,) * np.ndim(b))


@kernel
def sum_columns(ct: Any, a: Any) -> Any:
    """The sum of `ct` over all axes after those of `a`.

    >>> sum_columns(np.ones((2, 3)), np.zeros(2))
    array([3., 3.])
    """
    return np.sum(ct, axis=tuple(range(np.ndim(a), np.ndim(ct))))


@kernel
def sum_rows(ct: Any, b: Any) -> Any:
    """The sum of `ct` over all axes before those of `b`."""
    return np.sum(ct, axis=tuple(range(np.ndim(ct) - np.ndim(b))))


def record_positions(a: Any, out: Any, axis: int) -> Any:
    """Where the running extremes `out` of `a` along `axis` were first met.

    >>> record_positions(np.array([1.0, 3.0, 2.0, 3.0]), np.array([1.0, 3.0, 3.0, 3.0]), 0)
    array([0, 1, 1, 1])
    """
    out = np.moveaxis(out, axis, -1)
    new = np.concatenate([np.ones_like(out[..., :1], bool), out[..., 1:] != out[..., :-1]], axis=-1)
    positions = np.maximum.accumulate(np.where(new, np.arange(out.shape[-1]), 0), axis=-1)
    return np.moveaxis(positions, -1, axis)


@kernel
def insert_adjoint(ct: Any, arr: Any, obj: Any, values: Any, axis: int | None = None) -> list[Any]:
    """The cotangents of `arr` and `values` in `np.insert(arr, obj, values, axis)`; it follows the elements' numbers.

    >>> insert_adjoint(np.array([1.0, 2.0, 3.0]), np.zeros(2), 1, 0.0)
    [array([1., 3.]), 2.0]
    """
    n, k = np.size(arr), np.size(values)
    numbers = np.reshape(np.arange(n), np.shape(arr))
    source = np.insert(numbers, obj, np.reshape(np.arange(n, n + k), np.shape(values)), axis)
    buffer = np.zeros(n + k, np.asarray(ct).dtype)
    np.add.at(buffer, source, ct)
    return [
        np.reshape(buffer[:n], np.shape(arr)),
        unbroadcast(np.reshape(buffer[n:], np.shape(values)), values),
    ]


@kernel
def mesh_adjoint(ct: Sequence[Any], xi: Sequence[Any]) -> list[Any]:
    """The adjoint of `np.meshgrid(*xi)`: each vector gets the sums over the other axes.

    >>> mesh_adjoint([np.ones((2, 3)), np.zeros((2, 3))], [np.zeros(3), np.zeros(2)])
    [array([2., 2., 2.]), array([0., 0.])]
    """
    rank = len(xi)
    own = [1 - i if i < 2 and rank > 1 else i for i in range(rank)]
    return [
        np.reshape(np.sum(c, axis=tuple(j for j in range(rank) if j != i)), np.shape(x))
        for i, c, x in zip(own, ct, xi, strict=True)
    ]
