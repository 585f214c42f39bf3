"""Adjoints of indexing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from .broadcasting import unbroadcast
from .protocol import kernel
from .trees import add_at
from .zeros import zeros_like

_BASIC = (int, slice, EllipsisType, type(None), np.integer)


def scatter_add(buffer: Any, index: Any, ct: Any) -> Any:
    """Add `ct` to `buffer[index]` in place, once for each time that an element is indexed.

    Args:
        buffer: an array, which is written; or a list or dict of cotangents, in which None stands for zero.
        index: any index that `buffer` takes: basic, boolean, integer arrays with repeats, mixed; a key for a dict.
        ct: cotangent of `buffer[index]`.
    Returns: `buffer`.

    >>> scatter_add(np.zeros(3), [0, 2, 2], 1.0)
    array([1., 0., 2.])
    """
    if type(buffer) is not np.ndarray and isinstance(buffer, (list, dict)):
        add_at(buffer, index, ct)
        return buffer
    if np.iscomplexobj(ct) and not np.iscomplexobj(buffer):
        ct = np.real(ct)
    if _hits_once(index):
        buffer[index] += ct
    elif isinstance(index, np.ndarray) and index.ndim == 1 and buffer.ndim > 1 and index.size:
        _scatter_rows(buffer, index, ct)
    else:
        np.add.at(buffer, index, ct)
    return buffer


def _hits_once(index: Any) -> bool:
    """Whether `index` can't select an element twice: basic, or one boolean mask."""
    if isinstance(index, tuple):
        masks = [part for part in index if not isinstance(part, _BASIC) or isinstance(part, bool)]
        return not masks or (len(masks) == 1 and _is_mask(masks[0]))
    return (isinstance(index, _BASIC) and not isinstance(index, bool)) or _is_mask(index)


def _is_mask(index: Any) -> bool:
    return isinstance(index, np.ndarray) and index.dtype == bool


def _scatter_rows(buffer: np.ndarray, index: np.ndarray, ct: Any) -> None:
    """Add rows: sort them by target and sum each run, which is faster than `np.add.at` by an order of magnitude."""
    rows = np.where(index < 0, index + len(buffer), index)
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
    ct = np.broadcast_to(ct, index.shape + buffer.shape[1:])
    buffer[rows[starts]] += np.add.reduceat(ct[order], starts, axis=0)


@kernel
def scatter_like(ct: Any, index: Any, x: Any) -> Any:
    """Zeros like `x` with `ct` added at `index`: the adjoint of `x[index]`.

    >>> scatter_like(np.array([1.0, 2.0]), slice(1, None), np.ones(3))
    array([0., 1., 2.])
    """
    buffer = zeros_like(x)
    return scatter_add(np.asarray(buffer) if isinstance(buffer, (np.generic, float)) else buffer, index, ct)


def _zeros(x: Any) -> np.ndarray:
    """Zeros to add into, for what NumPy makes an array of."""
    zeros: np.ndarray = zeros_like(x if isinstance(x, np.ndarray) else np.asarray(x))
    return zeros


def _of_its_kind(buffer: np.ndarray, x: Any) -> Any:
    """`buffer` as the cotangent of `x`: a number for a number, a list for a list."""
    return buffer if isinstance(x, np.ndarray) else unbroadcast(buffer, x)


@kernel
def scatter_taken(ct: Any, indices: Any, a: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Zeros like `a` with `ct` added where `np.take(a, indices, axis, mode=mode)` took it from.

    >>> scatter_taken(np.ones(3), [0, 0, 1], np.zeros(2))
    array([2., 1.])
    """
    buffer = _zeros(a)
    flat = buffer.reshape(-1) if axis is None else np.moveaxis(buffer, axis, 0)
    indices = np.asarray(indices)
    if mode != "raise":
        indices = np.clip(indices, 0, len(flat) - 1) if mode == "clip" else indices % len(flat)
    if axis is not None:
        axis = axis % buffer.ndim
        ct = np.moveaxis(ct, range(axis, axis + indices.ndim), range(indices.ndim))
    scatter_add(flat, indices, ct)
    return _of_its_kind(buffer, a)


@kernel
def embed_diagonal(ct: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros like `a` with `ct` on the diagonal: the adjoint of `np.diagonal(a, offset, axis1, axis2)`.

    >>> embed_diagonal(np.array([1.0, 2.0]), np.zeros((2, 2)))
    array([[1., 0.],
           [0., 2.]])
    """
    buffer = _zeros(a)
    rows = np.arange(np.diagonal(buffer, offset, axis1, axis2).shape[-1])
    np.moveaxis(buffer, (axis1, axis2), (-2, -1))[..., rows + max(-offset, 0), rows + max(offset, 0)] = ct
    return _of_its_kind(buffer, a)


@kernel
def scatter_along(ct: Any, indices: Any, x: Any, axis: int | None = -1) -> Any:
    """Zeros like `x` with `ct` added where `np.take_along_axis(x, indices, axis)` took it from.

    >>> scatter_along(np.array([1.0, 2.0]), np.array([1, 1]), np.zeros(3))
    array([0., 3., 0.])
    """
    buffer = _zeros(x)
    if axis is None:
        np.add.at(buffer.reshape(-1), np.ravel(indices), np.ravel(ct))
        return _of_its_kind(buffer, x)
    grid = list(np.ix_(*map(range, np.shape(indices))))
    for i, n in enumerate(np.shape(x)):
        if n == 1:
            grid[i] = np.zeros((1,) * buffer.ndim, int)
    grid[axis] = indices
    np.add.at(buffer, tuple(grid), ct)
    return _of_its_kind(buffer, x)


@kernel
def rearrange(x: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """`function(x, *arguments)`, for a function that only moves, drops or repeats elements."""
    return function(x, *arguments)


@kernel
def scatter_rearranged(ct: Any, x: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The adjoint of `rearrange(x, function, arguments)`: it sees where elements go by moving their numbers.

    >>> scatter_rearranged(np.array([1.0, 2.0]), np.zeros(3), np.delete, (1,))
    array([1., 0., 2.])
    """
    buffer = _zeros(x)
    source = function(np.arange(buffer.size).reshape(buffer.shape), *arguments)
    if isinstance(source, (list, tuple)):
        for numbers, part in zip(source, ct, strict=True):
            np.add.at(buffer.reshape(-1), numbers, part)
    else:
        np.add.at(buffer.reshape(-1), source, ct)
    return _of_its_kind(buffer, x)


@kernel
def choose_adjoint(ct: Any, a: Any, choices: Sequence[Any]) -> list[Any]:
    """The cotangents of the choices of `np.choose(a, choices)`: each has `ct` where it was chosen, else 0.

    >>> choose_adjoint(np.array([1.0, 2.0]), np.array([0, 1]), [np.zeros(2), 0.0])
    [array([1., 0.]), 2.0]
    """
    return [unbroadcast(np.where(np.equal(a, i), ct, 0.0), choice) for i, choice in enumerate(choices)]


def first_true(conditions: Sequence[Any]) -> Any:
    """For each element the number of the first condition that holds; where none does, how many there are.

    >>> first_true([np.array([False, True, False]), np.array([True, True, False])])
    array([1, 0, 2])
    """
    stacked = np.stack(np.broadcast_arrays(*conditions))
    return np.where(np.any(stacked, axis=0), np.argmax(stacked, axis=0), len(conditions))
