"""Adjoints of joining arrays and of taking them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .broadcasting import unbroadcast
from .protocol import kernel


@kernel
def split_like(ct: Any, arrays: Sequence[Any], axis: int | None = 0) -> list[Any]:
    """Cut `ct` into pieces of the shapes and dtypes of `arrays`: the adjoint of `np.concatenate(arrays, axis)`.

    The pieces are views of `ct` where no cast is needed.

    >>> split_like(np.arange(3.0), [np.zeros(1), np.zeros(2)])
    [array([0.]), array([1., 2.])]
    """
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])[:-1]
        parts = [np.reshape(part, np.shape(a)) for part, a in zip(np.split(ct, ends), arrays, strict=True)]
    else:
        parts = np.split(ct, np.cumsum([np.shape(a)[axis] for a in arrays])[:-1], axis)
    return [unbroadcast(part, a) for part, a in zip(parts, arrays, strict=True)]


@kernel
def concatenate_like(parts: Sequence[Any], arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """`np.concatenate(parts, axis)`: the adjoint of `split_like`, which reads `arrays` for their shapes only."""
    return np.concatenate(parts, axis)


@kernel
def unstack(ct: Any, arrays: Sequence[Any], axis: int = 0) -> list[Any]:
    """The slices of `ct` along `axis`, in the dtypes of `arrays`: the adjoint of `np.stack(arrays, axis)`.

    >>> unstack(np.array([1.0, 2.0]), [3.0, np.float32(4.0)])
    [1.0, np.float32(2.0)]
    """
    slices = np.moveaxis(ct, axis, 0)
    return [unbroadcast(slices[i], a) for i, a in enumerate(arrays)]


@kernel
def stack_like(parts: Sequence[Any], arrays: Sequence[Any], axis: int = 0) -> Any:
    """`np.stack(parts, axis)`: the adjoint of `unstack`, which reads `arrays` for their dtypes only."""
    return np.stack(parts, axis)


@kernel
def unpack(ct: Any, object: Any) -> Any:
    """The elements of `ct`, nested like `object`: the adjoint of `np.array(object)`.

    >>> unpack(np.array([[1.0, 2.0], [3.0, 4.0]]), [[0.0, 0.0], np.zeros(2)])
    [[1.0, 2.0], array([3., 4.])]
    """
    if isinstance(object, (list, tuple)):
        return [unpack(ct[i], element) for i, element in enumerate(object)]
    return unbroadcast(ct, object)


@kernel
def pack(parts: Any, object: Any) -> Any:
    """`np.array(parts)`: the adjoint of `unpack`, which reads `object` for its structure only."""
    return np.array(parts)


def _flat(nest: Any) -> list[Any]:
    """The arrays of a nested list, in order."""
    if isinstance(nest, (list, tuple)):
        return [leaf for part in nest for leaf in _flat(part)]
    return [nest]


def _nest(parts: Any, like: Any) -> Any:
    """The values of the iterator `parts`, nested as `like`."""
    return [_nest(parts, element) for element in like] if isinstance(like, (list, tuple)) else next(parts)


@kernel
def join(parts: Any, function: Callable[[Any], Any]) -> Any:
    """`function(parts)`, for a function that puts arrays together, such as `np.vstack`."""
    return function(parts)


@kernel
def unjoin(ct: Any, arrays: Any, function: Callable[[Any], Any]) -> Any:
    """Take `ct`, the cotangent of `function(arrays)`, apart: one piece for each array, nested as these.

    It sees where elements go by joining their numbers.

    >>> unjoin(np.array([[1.0, 3.0], [2.0, 4.0]]), [np.zeros(2), np.zeros(2)], np.column_stack)
    [array([1., 2.]), array([3., 4.])]
    """
    flat = _flat(arrays)
    ends = np.cumsum([np.size(a) for a in flat])
    numbers = np.split(np.arange(ends[-1]), ends[:-1])
    joined = function(
        _nest(iter([np.reshape(n, np.shape(a)) for n, a in zip(numbers, flat, strict=True)]), arrays)
    )
    pieces = np.split(np.ravel(ct)[np.argsort(joined, axis=None)], ends[:-1])
    pieces = [unbroadcast(np.reshape(p, np.shape(a)), a) for p, a in zip(pieces, flat, strict=True)]
    return _nest(iter(pieces), arrays)


@kernel
def unjoin_key(ct: Any, key: Any, join: Callable[[Any], Any]) -> Any:
    """As `unjoin` for the key of `np.r_` or `np.c_`, in which slices stand for ranges and a string for the axes.

    >>> unjoin_key(np.array([1.0, 2.0, 3.0, 4.0]), (slice(2), 0.5, np.zeros(1)), np.r_.__getitem__)
    [0.0, 3.0, array([4.])]
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    places = [i for i, part in enumerate(parts) if not isinstance(part, str)]
    ranges = {i: np.r_[parts[i]] for i in places if isinstance(parts[i], slice)}

    def joined(arrays: Any) -> Any:
        spread = dict(zip(places, arrays, strict=True))
        return join(tuple(spread.get(i, part) for i, part in enumerate(parts)))

    pieces = dict(zip(places, unjoin(ct, [ranges.get(i, parts[i]) for i in places], joined), strict=True))
    found = [0.0 if i in ranges else pieces.get(i, 0.0) for i in range(len(parts))]
    return found if isinstance(key, tuple) else found[0]


@kernel
def join_key(parts: Any, key: Any, join: Callable[[Any], Any]) -> Any:
    """`join` of the key with `parts` for its arrays, and zeros for its ranges: the adjoint of `unjoin_key`."""
    given = list(parts) if isinstance(key, tuple) else [parts]
    keys = list(key) if isinstance(key, tuple) else [key]
    fresh = [
        np.zeros(np.shape(np.r_[k])) if isinstance(k, slice) else k if isinstance(k, str) else part
        for part, k in zip(given, keys, strict=True)
    ]
    return join(tuple(fresh))
