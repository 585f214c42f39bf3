"""Whose memory it is: results that share none with anything else, residuals that nobody else can write."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from tapegen.kernels.trees import record_like
from tapegen.kernels.twins import Copies
from tapegen.pytree import flatten


def apart(value: Any) -> Any:
    """A nest with copies in place of its arrays, each in memory of its own.

    >>> x = np.ones(2)
    >>> a, b = apart((x, x))
    >>> a is x, a is b
    (False, False)
    """
    if type(value) is np.ndarray:
        return value.copy()
    leaves, structure = flatten(value)
    if not any(isinstance(leaf, np.ndarray) for leaf in leaves):
        return value
    return structure.unflatten([leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves])


def disjoint(value: Any, seen: Sequence[Any]) -> Any:
    """A nest whose arrays share memory neither with each other nor with an array in `seen`: those that do are copied.

    >>> x = np.ones(2)
    >>> a, b = disjoint((x, 2 * x), [x])
    >>> np.shares_memory(a, x), type(b)
    (False, <class 'numpy.ndarray'>)
    """
    leaves, structure = flatten(value)
    if not any(isinstance(leaf, np.ndarray) for leaf in leaves):
        return value
    others = list(arrays_in(seen))
    for index, leaf in enumerate(leaves):
        if isinstance(leaf, np.ndarray):
            if any(np.may_share_memory(leaf, other) for other in others):
                leaf = leaves[index] = leaf.copy()
            others.append(leaf)
    return structure.unflatten(leaves)


def arrays_in(values: Sequence[Any]) -> Iterator[np.ndarray]:
    """The arrays that can be reached from `values`: through nests and through the attributes of objects."""
    work: list[Any] = flatten(list(values))[0]
    known: set[int] = set()
    while work:
        value = work.pop()
        if isinstance(value, np.ndarray):
            yield value
        elif id(value) not in known and not isinstance(value, (type, types.ModuleType, types.FunctionType)):
            known.add(id(value))
            attributes = getattr(value, "__dict__", None)
            if isinstance(attributes, dict):
                work.extend(flatten(dict(attributes))[0])


def memory_of(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def keep(residuals: Any, seen: Sequence[Any]) -> Any:
    """Residuals that nobody else can write: arrays that share memory with an array in `seen` are copied.

    Copies share memory among themselves as the originals do, for the adjoint of writes in place relies on it.
    """
    if type(residuals) is tuple and all(map(_owns_memory, seen)):
        given, copies = set(map(id, seen)), {}
        for residual in residuals:
            kind = type(residual)
            if (
                kind is np.ndarray and residual.base is None
            ):  # it shares memory with an array only by being that array
                if id(residual) in given:
                    copies[id(residual)] = residual.copy()
            elif kind not in _SCALARS:
                break
        else:
            return tuple([copies.get(id(r), r) for r in residuals]) if copies else residuals
    roots = {id(root): root for root in map(memory_of, arrays_in(seen))}
    return _Keeper(list(roots.values()))(residuals) if roots else residuals


def _owns_memory(value: Any) -> bool:
    return type(value) is np.ndarray and value.base is None and value.flags.owndata


_SCALARS = frozenset({float, int, bool, complex, type(None), np.float64, np.float32})


class _Keeper:
    """Copies what shares memory with the arrays in `roots`, which own theirs."""

    def __init__(self, roots: list[np.ndarray]) -> None:
        self.roots, self.known = roots, set(map(id, roots))
        self.copies = Copies()
        # The containers are kept beside their copies: an address must not be reused while we know it.
        self.containers: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if type(value) is np.ndarray and value.base is None and value.flags.owndata:
            return self.copies(value) if id(value) in self.known else value
        if isinstance(value, np.ndarray):
            return self.copies(value) if self.is_shared(value) else value
        if isinstance(value, (list, tuple, dict)):
            known = self.containers.get(id(value))
            if known is None:
                known = self.containers[id(value)] = (value, self.copied(value))
            return known[1]
        if is_dataclass(value) and not isinstance(value, type):
            present = [f.name for f in fields(value) if hasattr(value, f.name)]
            return record_like(value, **{name: self(getattr(value, name)) for name in present})
        return value

    def is_shared(self, array: np.ndarray) -> bool:
        root = memory_of(array)
        if root.flags.owndata:  # no array but its views shares the memory
            return id(root) in self.known
        return any(np.may_share_memory(root, other) for other in self.roots)

    def copied(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, tuple):
            return type(value)(*map(self, value)) if hasattr(value, "_fields") else tuple(map(self, value))
        return {key: self(item) for key, item in value.items()}
