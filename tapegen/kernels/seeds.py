"""Many directions at once: values with a leading axis, one entry of it for each direction (seed).

Generated code that was batched (`transforms/batch.py`) calls these where NumPy's own broadcasting does not do it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .broadcasting import unbroadcast


def each(function: Callable[..., Any], batched: Sequence[bool], *args: Any, **keywords: Any) -> Any:
    """`function` of each direction in turn, the results put together: the way that is always open.

    Args:
        batched: for each of `args`, whether it has an entry for each direction, or is the same for all.

    >>> each(np.diag, (True,), np.ones((5, 2))).shape
    (5, 2, 2)
    """
    seeds = seed_count([arg for arg, many in zip(args, batched, strict=True) if many])
    results = [
        function(
            *[entry(arg, k) if many else arg for arg, many in zip(args, batched, strict=True)], **keywords
        )
        for k in range(seeds)
    ]
    return stacked(results)


def seed_count(tree: Any) -> int:
    """The number of seeds in a nest of them. What is no array has none.

    >>> seed_count({"n": None, "w": np.zeros((5, 2))})
    5
    """
    work = [tree]
    while work:
        item = work.pop(0)
        if isinstance(item, np.ndarray):
            return len(item)
        work.extend(
            item.values() if isinstance(item, dict) else item if isinstance(item, (list, tuple)) else ()
        )
    raise ValueError("there is no seed")


def entry(tree: Any, k: int) -> Any:
    """The seed number `k` of a nest of them."""
    if isinstance(tree, np.ndarray):
        return tree[k]
    if isinstance(tree, (list, tuple)):
        items = [entry(item, k) for item in tree]
        return _like(tree, items)
    return {key: entry(item, k) for key, item in tree.items()} if isinstance(tree, dict) else tree


def stacked(results: Sequence[Any]) -> Any:
    """Nests of one structure as a nest of arrays, an entry for each."""
    first = results[0]
    if first is None:
        return None
    if isinstance(first, (list, tuple)):
        items = [stacked(parts) for parts in zip(*results, strict=True)]
        return _like(first, items)
    if isinstance(first, dict):
        return {key: stacked([result[key] for result in results]) for key in first}
    return np.stack([np.asarray(result) for result in results])


def _like(sequence: Any, items: list[Any]) -> Any:
    """A list, tuple or namedtuple of `items`, as `sequence` is."""
    cls: Any = type(sequence)
    return cls._make(items) if hasattr(cls, "_fields") else cls(items)


def copies_of(tree: Any) -> Any:
    """A nest with copies of its arrays, for a function that may write them."""
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if isinstance(tree, (list, tuple)):
        items = [copies_of(item) for item in tree]
        return _like(tree, items)
    return {key: copies_of(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


def repeated(x: Any, count: int) -> Any:
    """`x` for each of `count` directions, in memory of its own; of a nest, each of its arrays and numbers.

    >>> repeated((1.0, np.zeros(3)), 2)[1].shape
    (2, 3)
    """
    if isinstance(x, (list, tuple)):
        return _like(x, [repeated(item, count) for item in x])
    if isinstance(x, dict):
        return {key: repeated(item, count) for key, item in x.items()}
    return np.repeat(np.asarray(x)[None], count, 0)


def laid_out_each(value: Any, x: Any, count: int) -> np.ndarray:
    """A copy of `value`, the same or one for each direction, with axes laid out in memory like those of `x`.

    >>> laid_out_each(0.0, np.zeros((2, 3)).T, 5).shape
    (5, 3, 2)
    """
    x = np.asarray(x)
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    dtype = x.dtype if x.dtype.kind in "fc" else float
    memory = np.empty((count, *[x.shape[axis] for axis in order]), dtype)
    result = memory.transpose(0, *[1 + order.index(axis) for axis in range(x.ndim)])
    result[...] = value
    return result


def _with_rank(value: Any, rank: int) -> Any:
    """`value`, whose entries get axes of length 1 in front until they have `rank` of them."""
    shape = np.shape(value)
    missing = rank - len(shape) + 1
    return np.reshape(value, (shape[0], *[1] * missing, *shape[1:])) if missing > 0 else value


def broadcast_each(value: Any, shape: Any) -> np.ndarray:
    """Each entry of `value` broadcast to `shape`.

    >>> broadcast_each(np.zeros(5), (2, 3)).shape
    (5, 2, 3)
    """
    shape = shape if isinstance(shape, tuple) else (shape,)
    return np.broadcast_to(_with_rank(value, len(shape)), (len(value), *shape))


def reshape_each(value: Any, shape: Any) -> np.ndarray:
    """Each entry of `value` reshaped.

    >>> reshape_each(np.zeros((5, 6)), (2, -1)).shape
    (5, 2, 3)
    """
    return np.reshape(value, (len(value), *(shape if isinstance(shape, (tuple, list)) else (shape,))))


def unbroadcast_each(ct: Any, x: Any) -> Any:
    """Each entry of `ct` brought to shape and dtype of `x`, as by `unbroadcast`.

    >>> unbroadcast_each(np.ones((5, 2, 3)), np.zeros(3)).shape
    (5, 3)
    """
    shape, rank = np.shape(x), np.ndim(ct) - 1
    missing = max(rank - len(shape), 0)
    dtype = getattr(x, "dtype", type(x) if isinstance(x, (float, complex)) else None)
    like = np.broadcast_to(np.zeros((), dtype), (len(ct), *[1] * missing, *shape))
    return np.reshape(unbroadcast(_with_rank(ct, len(shape)), like), (len(ct), *shape))


def unreduce_each(ct: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The axes that a reduction of `x` removed put back into each entry of `ct`, as by `unreduce`.

    >>> unreduce_each(np.ones((5, 3)), np.zeros((3, 2)), -1).shape
    (5, 3, 1)
    """
    if axis is None or keepdims:
        return ct
    shape = list(np.shape(x))
    for place in axis if isinstance(axis, tuple) else (axis,):
        shape[place] = 1
    return np.reshape(ct, (len(ct), *shape))
