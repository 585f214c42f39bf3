"""Adjoints of storing by index."""

from __future__ import annotations

from typing import Any

import numpy as np


def last_stored(buffer: Any, index: Any) -> Any:
    """The cotangent of `v` in `x[index] = v`, given that of `x` afterwards; where stores meet, the last one wins.

    Returns: an array of the shape of `x[index]`, a copy.

    >>> last_stored(np.array([1.0, 2.0]), np.array([0, 0, 1]))
    array([0., 1., 2.])
    """
    if not isinstance(buffer, np.ndarray):
        return buffer[index]
    selected = buffer[index]
    if not isinstance(selected, np.ndarray) or np.may_share_memory(selected, buffer):
        return selected.copy()
    order = np.arange(selected.size).reshape(selected.shape)
    writer = np.empty(buffer.shape, dtype=np.intp)
    writer[index] = order
    return np.where(writer[index] == order, selected, 0.0).astype(selected.dtype, copy=False)


def update(x: Any, new: Any) -> None:
    """`x[...] = new` for an array that a function was given and wrote; nothing for a number."""
    if isinstance(x, np.ndarray):
        x[...] = new


def store_last(value: Any, index: Any, x: Any) -> Any:
    """Zeros shaped like `x` with `value` stored at `index`; where an element is stored several times, the last wins."""
    result = np.zeros_like(x)
    result[index] = value
    return result
