"""The shapes of matrix products, where an operand may be a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


def row_shape(x: Any) -> tuple[int, ...]:
    """The shape of the left operand of a product as a matrix: a vector is a row.

    >>> row_shape(np.zeros(3)), row_shape(np.zeros((2, 3)))
    ((1, 3), (2, 3))
    """
    shape = np.shape(x)
    return (1, *shape) if len(shape) == 1 else shape


def column_shape(y: Any) -> tuple[int, ...]:
    """The shape of the right operand of a product as a matrix: a vector is a column.

    >>> column_shape(np.zeros(3))
    (3, 1)
    """
    shape = np.shape(y)
    return (*shape, 1) if len(shape) == 1 else shape


def columns_shape(x: Any, b: Any) -> tuple[int, ...]:
    """The shape of `x`, a solution or cotangent that goes with the right side `b`, as a matrix of columns.

    >>> columns_shape(np.zeros((5, 3)), np.zeros(3)), columns_shape(np.zeros((3, 2)), np.zeros((3, 2)))
    ((5, 3, 1), (3, 2))
    """
    return (*np.shape(x), 1) if np.ndim(b) == 1 else np.shape(x)


def product_shape(ct: Any, x: Any, y: Any) -> tuple[int, ...]:
    """The shape of `ct`, the cotangent of `x @ y`, with the axes put back that a vector operand removed.

    >>> product_shape(np.zeros(5), np.zeros((5, 3)), np.zeros(3))
    (5, 1)
    """
    shape = np.shape(ct)
    if np.ndim(x) == 1:
        shape = (*shape[:-1], 1, *shape[-1:]) if np.ndim(y) > 1 else (*shape, 1)
    return (*shape, 1) if np.ndim(y) == 1 else shape


@kernel
def drop_column(a: Any, y: Any) -> Any:
    """`a` without its last axis, of size 1, if `y` is a vector; else `a`."""
    return np.reshape(a, np.shape(a)[:-1]) if np.ndim(y) == 1 else a


Axes = tuple[tuple[int, ...], tuple[int, ...]]


def contraction(a: Any, b: Any, axes: Any) -> Axes:
    """The axes of `a` and `b` that `np.tensordot(a, b, axes)` sums over, as non-negative integers.

    >>> contraction(np.zeros((2, 3)), np.zeros((3, 4)), 1)
    ((1,), (0,))
    """
    m, n = np.ndim(a), np.ndim(b)
    if np.ndim(axes) == 0 and not isinstance(axes, (tuple, list)):
        return tuple(range(m - axes, m)), tuple(range(axes))
    left, right = (part if isinstance(part, (tuple, list)) else (part,) for part in axes)
    return tuple(axis % m for axis in left), tuple(axis % n for axis in right)


def dot_axes(a: Any, b: Any) -> Axes:
    """`axes` with which `np.tensordot` is `np.dot`; a number multiplies."""
    m, n = np.ndim(a), np.ndim(b)
    return ((), ()) if m == 0 or n == 0 else ((m - 1,), (max(n - 2, 0),))


def inner_axes(a: Any, b: Any) -> Axes:
    """`axes` with which `np.tensordot` is `np.inner`; a number multiplies."""
    m, n = np.ndim(a), np.ndim(b)
    return ((), ()) if m == 0 or n == 0 else ((m - 1,), (n - 1,))


def left_axes(a: Any, b: Any, axes: Any) -> Axes:
    """`axes` for `np.tensordot(ct, b, ...)`: the free axes of `b`, which are the last ones of `ct`."""
    left, right = contraction(a, b, axes)
    start = np.ndim(a) - len(left)
    free = tuple(axis for axis in range(np.ndim(b)) if axis not in right)
    return tuple(range(start, start + len(free))), free


def left_order(a: Any, b: Any, axes: Any) -> tuple[int, ...]:
    """The permutation that puts the axes of that product into the order of `a`."""
    left, right = contraction(a, b, axes)
    free = [axis for axis in range(np.ndim(a)) if axis not in left]
    partner = dict(zip(left, right, strict=True))
    return tuple(
        len(free) + sorted(right).index(partner[axis]) if axis in partner else free.index(axis)
        for axis in range(np.ndim(a))
    )


def right_axes(a: Any, b: Any, axes: Any) -> Axes:
    """`axes` for `np.tensordot(a, ct, ...)`: the free axes of `a`, which are the first ones of `ct`."""
    left, _ = contraction(a, b, axes)
    free = tuple(axis for axis in range(np.ndim(a)) if axis not in left)
    return free, tuple(range(len(free)))


def right_order(a: Any, b: Any, axes: Any) -> tuple[int, ...]:
    """The permutation that puts the axes of that product into the order of `b`."""
    left, right = contraction(a, b, axes)
    free = [axis for axis in range(np.ndim(b)) if axis not in right]
    partner = dict(zip(right, left, strict=True))
    return tuple(
        sorted(left).index(partner[axis]) if axis in partner else len(left) + free.index(axis)
        for axis in range(np.ndim(b))
    )


def kron_shape(a: Any, b: Any) -> tuple[int, ...]:
    """The shape of `np.kron(a, b)` with the axes of `a` and `b` apart, by turns.

    >>> kron_shape(np.zeros((2, 3)), np.zeros(4))
    (2, 1, 3, 4)
    """
    rank = max(np.ndim(a), np.ndim(b))
    left = (1,) * (rank - np.ndim(a)) + np.shape(a)
    right = (1,) * (rank - np.ndim(b)) + np.shape(b)
    return tuple(n for pair in zip(left, right, strict=True) for n in pair)


def kron_axes(a: Any, b: Any, which: int) -> tuple[int, ...]:
    """The axes in `kron_shape(a, b)` of `a` (0) or `b` (1)."""
    return tuple(range(which, 2 * max(np.ndim(a), np.ndim(b)), 2))
