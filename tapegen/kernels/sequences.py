"""Running products and other recurrences along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def recurrence(a: Any, b: Any, axis: int = -1) -> Any:
    """Solve y[0] = b[0], y[i] = a[i] * y[i-1] + b[i] along `axis`; a[0] is not read.

    Where the running products of `a` neither vanish nor overflow, y = c * cumsum(b / c) with c = cumprod(a).

    >>> recurrence(np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0]))
    array([1., 3., 1.])
    """
    a, b = np.broadcast_arrays(np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0))
    y = np.array(b, np.result_type(a, b), copy=True)
    if len(y) > 1:
        factors = a.astype(y.dtype)
        factors[0] = 1
        with np.errstate(all="ignore"):
            c = np.cumprod(factors, axis=0)
            size = np.abs(c)
        large = np.sqrt(np.finfo(y.dtype).max)
        if np.all((size > 1 / large) & (size < large)):
            y = c * np.cumsum(b / c, axis=0)
        else:
            for i in range(1, len(y)):
                y[i] += a[i] * y[i - 1]
    return np.moveaxis(y, 0, axis)


@kernel
def previous(x: Any, first: Any = 0.0, axis: int = -1) -> Any:
    """`x` moved one place along `axis`, with the number `first` coming in: y[0] = first, y[i] = x[i-1].

    >>> previous(np.array([1.0, 2.0, 3.0]), 9.0)
    array([9., 1., 2.])
    """
    y = np.roll(x, 1, axis)
    np.moveaxis(y, axis, 0)[:1] = first
    return y


@kernel
def following(x: Any, last: Any = 0.0, axis: int = -1) -> Any:
    """`x` moved one place back along `axis`: y[i] = x[i+1], and the number `last` at the end.

    >>> following(np.array([1.0, 2.0, 3.0]))
    array([2., 3., 0.])
    """
    y = np.roll(x, -1, axis)
    np.moveaxis(y, axis, 0)[-1:] = last
    return y


@kernel
def merge_axes(x: Any, axis: int | tuple[int, ...] | None) -> Any:
    """The axes that a reduction runs over as one last axis.

    >>> merge_axes(np.zeros((2, 3, 4)), (0, 2)).shape
    (3, 8)
    """
    if axis is None:
        return np.reshape(x, (-1,))
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.shape[: moved.ndim - len(axes)]
    return np.reshape(moved, (*kept, int(np.prod(moved.shape[len(kept) :]))))


@kernel
def unmerge_axes(merged: Any, x: Any, axis: int | tuple[int, ...] | None) -> Any:
    """The inverse of `merge_axes`, which reads only the shape of `x`."""
    shape = np.shape(x)
    if axis is None:
        return np.reshape(merged, shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(np.empty(shape, bool), axes, range(-len(axes), 0)).shape
    return np.moveaxis(np.reshape(merged, moved), range(-len(axes), 0), axes)


def running_axis(axis: int | None) -> int:
    """The axis of the result of a running sum or product: the only one, where `axis` is None."""
    return 0 if axis is None else axis
