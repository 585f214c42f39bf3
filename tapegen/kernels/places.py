"""Where NumPy's functions that write into an array write, as indices; and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel

Places = tuple[np.ndarray, ...]


def flat_places(a: Any, ind: Any, mode: Any = "raise") -> Places:
    """The elements that `np.put(a, ind, ...)` writes, as an index of `a`.

    >>> flat_places(np.zeros((2, 3)), [0, -1])
    (array([0, 1]), array([0, 2]))
    """
    numbers = np.arange(np.size(a))
    return np.unravel_index(np.take(numbers, np.ravel(ind), mode=mode), np.shape(a))


def indexed_places(a: Any, index: Any) -> Places:
    """The elements that `a.flat[index] = ...` writes, as an index of `a`.

    >>> indexed_places(np.zeros((2, 3)), slice(2, 4))
    (array([0, 1]), array([2, 0]))
    """
    return np.unravel_index(np.ravel(np.arange(np.size(a))[index]), np.shape(a))


def along_places(arr: Any, indices: Any, axis: int | None) -> Places:
    """The elements that `np.put_along_axis(arr, indices, values, axis)` writes, as an index of `arr`.

    >>> np.eye(2)[along_places(np.eye(2), np.array([[1], [0]]), 1)]
    array([[0.],
           [0.]])
    """
    if axis is None:
        return flat_places(arr, indices)
    grid: list[Any] = list(np.ix_(*map(range, np.shape(arr))))
    grid[axis] = np.asarray(indices)
    return tuple(grid)


def diagonal_places(a: Any, wrap: bool = False) -> Places:
    """The elements that `np.fill_diagonal(a, ..., wrap)` writes, as an index of `a`.

    >>> diagonal_places(np.zeros((2, 3)))
    (array([0, 1]), array([0, 1]))
    """
    mask = np.zeros(np.shape(a), bool)
    np.fill_diagonal(mask, True, wrap)
    return np.nonzero(mask)


def repeats(a: Any, indices: Any) -> int:
    """How often `indices` name the same element of `a` at most.

    >>> repeats(np.zeros(3), [0, 2, 0])
    2
    """
    numbers = np.arange(np.size(a)).reshape(np.shape(a))[indices]
    return int(np.max(np.unique(numbers, return_counts=True)[1], initial=0))


def nth_places(a: Any, indices: Any, n: int) -> tuple[Places, Places]:
    """The elements that `indices` name for at least the n-th time, and the places in `a[indices]` where they do.

    >>> here, there = nth_places(np.zeros(3), [0, 2, 0], 1)
    >>> here[0], there[0]
    (array([0]), array([2]))
    """
    numbers = np.asarray(np.arange(np.size(a)).reshape(np.shape(a))[indices])
    flat = np.ravel(numbers)
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], flat[order])
    times = np.empty_like(order)
    times[order] = np.arange(flat.size) - starts
    chosen = np.flatnonzero(times == n)
    return np.unravel_index(flat[chosen], np.shape(a)), np.unravel_index(chosen, numbers.shape)


def pad_widths(array: Any, pad_width: Any) -> list[tuple[int, int]]:
    """How many elements `np.pad(array, pad_width)` puts before and behind each axis.

    >>> pad_widths(np.zeros((2, 3)), {1: (1, 2)}), pad_widths(np.zeros(3), 2)
    ([(0, 0), (1, 2)], [(2, 2)])
    """
    rank = np.ndim(array)
    if isinstance(pad_width, dict):
        given: list[Any] = [pad_width.get(axis, pad_width.get(axis - rank, 0)) for axis in range(rank)]
        return [(n, n) if np.ndim(n) == 0 else (n[0], n[1]) for n in given]
    return [(before, after) for before, after in np.broadcast_to(pad_width, (rank, 2)).tolist()]


def segments(count: int, indices: Any) -> list[tuple[int, int]]:
    """Start and end of what `np.add.reduceat` of `count` elements adds up for each index.

    >>> segments(5, [0, 3, 1])
    [(0, 3), (3, 4), (1, 5)]
    """
    starts = np.asarray(indices).tolist()
    for start in starts:
        if not 0 <= start < count:
            raise IndexError(f"index {start} out-of-bounds in reduceat [0, {count})")
    ends = [*starts[1:], count]
    return [(start, end if end > start else start + 1) for start, end in zip(starts, ends, strict=True)]


@kernel
def cycled(values: Any, count: int) -> Any:
    """`count` values: those of an array or number from the start again where there are not enough, or the first ones.

    Raises: ValueError where there are none to repeat.

    >>> cycled(np.array([1.0, 2.0]), 3)
    array([1., 2., 1.])
    """
    if count and not np.size(values):
        raise ValueError("cannot put values from an empty array")
    return np.resize(values, (count,))


@kernel
def uncycled(ct: Any, values: Any) -> Any:
    """The adjoint of `cycled(values, ...)`.

    >>> uncycled(np.array([1.0, 2.0, 3.0]), np.zeros(2))
    array([4., 2.])
    """
    size = np.size(values)
    sums = np.zeros(size, np.asarray(ct).dtype)
    np.add.at(sums, np.arange(np.size(ct)) % max(size, 1), ct)
    return np.reshape(sums, np.shape(values))


@kernel
def replaced(a: Any, mask: Any, values: Any) -> Any:
    """A copy of `a` with `values` where `mask` is true.

    >>> replaced(np.zeros(3), np.array([True, False, True]), np.array([1.0, 2.0]))
    array([1., 0., 2.])
    """
    result = np.array(a)
    result[mask] = values
    return result
