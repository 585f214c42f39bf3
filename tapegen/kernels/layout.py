"""Adjoints of maps that repeat or permute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .indexing import embed_diagonal
from .protocol import kernel


def inverse_permutation(axes: Sequence[int] | None) -> tuple[int, ...] | None:
    """The axes that undo `np.transpose(a, axes)`; None reverses, and so undoes itself.

    >>> inverse_permutation((1, 2, 0))
    (2, 0, 1)
    """
    if axes is None:
        return None
    positive = [axis % len(axes) for axis in axes]
    return tuple(positive.index(i) for i in range(len(positive)))


def sum_tiles(ct: Any, a: Any, reps: int | Sequence[int]) -> Any:
    """The sum of the copies that `np.tile(a, reps)` made, in the shape of `a`.

    >>> sum_tiles(np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(2), 2)
    array([4., 6.])
    """
    counts = tuple(np.atleast_1d(np.asarray(reps, int)).tolist())
    shape = np.shape(a)
    rank = max(len(counts), len(shape))
    counts = (1,) * (rank - len(counts)) + counts
    sizes = (1,) * (rank - len(shape)) + shape
    pairs = tuple(n for pair in zip(counts, sizes, strict=True) for n in pair)
    return np.reshape(np.sum(np.reshape(ct, pairs), axis=tuple(range(0, 2 * rank, 2))), shape)


@kernel
def sum_repeats(ct: Any, a: Any, repeats: Any, axis: int | None = None) -> Any:
    """The sum of the copies that `np.repeat(a, repeats, axis)` made, in the shape of `a`.

    >>> sum_repeats(np.ones(3), np.zeros(2), [1, 2])
    array([1., 2.])
    """
    shape = np.shape(a)
    if axis is None:
        return np.reshape(sum_repeats(ct, np.zeros(np.size(a)), repeats, 0), shape)
    axis = axis % len(shape)
    if np.size(repeats) == 1:
        repeats = int(np.reshape(repeats, ()))
        return np.sum(
            np.reshape(ct, (*shape[:axis], shape[axis], repeats, *shape[axis + 1 :])), axis=axis + 1
        )
    result = np.zeros(shape, np.asarray(ct).dtype)
    source = np.repeat(np.arange(shape[axis]), repeats)
    np.add.at(np.moveaxis(result, axis, 0), source, np.moveaxis(ct, axis, 0))
    return result


def inside(array: Any, pad_width: Any) -> tuple[slice, ...]:
    """The index of the original array in `np.pad(array, pad_width)`.

    >>> inside(np.zeros(3), 2)
    (slice(2, 5, None),)
    """
    shape = np.shape(array)
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * len(shape)
        for axis, width in pad_width.items():
            pairs[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
    else:
        pairs = np.broadcast_to(pad_width, (len(shape), 2)).tolist()
    return tuple(slice(before, before + n) for (before, _), n in zip(pairs, shape, strict=True))


def ends_of_differences(ct: Any, n: int, axis: int) -> tuple[tuple[int, int], ...]:
    """`pad_width` for n zeros at both ends of one axis."""
    rank = np.ndim(ct)
    return tuple((n, n) if i == axis % rank else (0, 0) for i in range(rank))


@kernel
def diag_adjoint(ct: Any, v: Any, k: int = 0) -> Any:
    """The adjoint of `np.diag(v, k)`: takes the diagonal where that made a matrix, else puts it back.

    >>> diag_adjoint(np.eye(2), np.zeros(2))
    array([1., 1.])
    """
    return np.diagonal(ct, k) if np.ndim(v) == 1 else embed_diagonal(ct, v, k)
