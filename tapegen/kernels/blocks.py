"""Helpers of the rules of linear algebra: block matrices, chains of products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .protocol import kernel
from .zeros import add


def cross_axes(axisa: int, axisb: int, axisc: int, axis: int | None) -> tuple[int, int, int]:
    """The axes of the vectors in `np.cross`."""
    return (axisa, axisb, axisc) if axis is None else (axis, axis, axis)


@kernel
def two_by_two(a: Any, b: Any) -> Any:
    """The matrices [[a, b], [0, a]].

    >>> two_by_two(np.array([[1.0]]), np.array([[2.0]]))
    array([[1., 2.],
           [0., 1.]])
    """
    a, b = np.broadcast_arrays(a, b)
    top = np.concatenate([a, b], axis=-1)
    return np.concatenate([top, np.concatenate([np.zeros_like(a), a], axis=-1)], axis=-2)


@kernel
def corner(m: Any) -> Any:
    """The block at the top right of a matrix of two by two."""
    n = np.shape(m)[-1] // 2
    return m[..., :n, n:]


@kernel
def diagonal_blocks(m: Any) -> Any:
    """The sum of the two diagonal blocks of a matrix of two by two."""
    n = np.shape(m)[-1] // 2
    return m[..., :n, :n] + m[..., n:, n:]


@kernel
def embed_corner(b: Any) -> Any:
    """The adjoint of `corner`: the matrices [[0, b], [0, 0]]."""
    return two_by_two(np.zeros_like(b), b)


def _ends(arrays: Sequence[Any]) -> list[Any]:
    """The factors as matrices: a first vector is a row, a last one a column."""
    factors = list(arrays)
    if np.ndim(factors[0]) == 1:
        factors[0] = np.reshape(factors[0], (1, -1))
    if np.ndim(factors[-1]) == 1:
        factors[-1] = np.reshape(factors[-1], (-1, 1))
    return factors


def _chain(factors: Sequence[Any]) -> Any:
    return factors[0] if len(factors) == 1 else np.linalg.multi_dot(factors)


@kernel
def chain_gradient(ct: Any, arrays: Sequence[Any]) -> list[Any]:
    """The cotangents of the factors of `np.linalg.multi_dot(arrays)`.

    >>> chain_gradient(1.0, [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    [array([3., 4.]), array([1., 2.])]
    """
    factors = _ends(arrays)
    c = np.reshape(ct, (np.shape(factors[0])[0], np.shape(factors[-1])[1]))
    parts = []
    for i, x in enumerate(arrays):
        before = [np.transpose(f) for f in factors[:i][::-1]]
        after = [np.transpose(f) for f in factors[i + 1 :][::-1]]
        parts.append(np.reshape(_chain([*before, c, *after]), np.shape(x)))
    return parts


@kernel
def chain_derivative(arrays: Sequence[Any], directions: Sequence[Any]) -> Any:
    """The derivative of `np.linalg.multi_dot(arrays)` in the given directions, one for each factor."""
    total = None
    for i, direction in enumerate(directions):
        total = add(total, np.linalg.multi_dot([*arrays[:i], direction, *arrays[i + 1 :]]))
    return total


@kernel
def chain_gradient_derivative(ct: Any, arrays: Sequence[Any], directions: Sequence[Any]) -> list[Any]:
    """The derivative of `chain_gradient(ct, arrays)` with `arrays` moving in the given directions."""
    total: Any = None
    for i, direction in enumerate(directions):
        moved = chain_gradient(ct, [*arrays[:i], direction, *arrays[i + 1 :]])
        total = add(total, [None if j == i else part for j, part in enumerate(moved)])
    return list(total)


@kernel
def chain_mixed(arrays: Sequence[Any], first: Sequence[Any], second: Sequence[Any]) -> Any:
    """The second derivative of `np.linalg.multi_dot(arrays)` in two directions."""
    total = None
    for i, direction in enumerate(first):
        for j, other in enumerate(second):
            if i != j:
                moved = list(arrays)
                moved[i], moved[j] = direction, other
                total = add(total, np.linalg.multi_dot(moved))
    return total


def residual_cotangent(ct: Any, x: Any) -> Any:
    """The cotangent of the squared residuals of `np.linalg.lstsq`, which returns none where they are 0."""
    return ct if np.size(ct) else np.zeros(np.shape(x)[1])
