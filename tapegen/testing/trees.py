"""A private walk over nested arguments: find the float leaves, replace them, copy the rest.

Kept apart from `tapegen.pytree` on purpose: what checks the engine shares no code with it.
"""

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

Path = tuple[Any, ...]


def leaves(tree: Any) -> list[tuple[Path, Any]]:
    """Float and complex leaves of nested tuples, lists, dicts, namedtuples and dataclasses, with their paths.

    >>> leaves((1.0, {"w": np.float32(2), "n": 3}))
    [((0,), 1.0), ((1, 'w'), np.float32(2.0))]
    """
    return list(_walk(tree, ()))


def replace(tree: Any, new: Sequence[Any]) -> Any:
    """A deep copy of `tree` with its float leaves replaced in order, each of its old kind (number or array)."""
    supply = iter(new)
    result = _rebuild(tree, lambda old: _as_kind(old, next(supply)))
    if next(supply, None) is not None:
        raise ValueError("more leaves given than the tree has")
    return result


def fresh(tree: Any) -> Any:
    """A deep copy that keeps the memory order of arrays."""
    return replace(tree, [leaf for _, leaf in leaves(tree)])


def at(tree: Any, path: Path) -> Any:
    """The part of `tree` that `path` leads to; None when the way ends early."""
    for key in path:
        if tree is None:
            return None
        try:
            tree = getattr(tree, key) if dataclasses.is_dataclass(tree) else tree[key]
        except (IndexError, KeyError):
            return None
    return tree


def name(path: Path) -> str:
    """A path in words.

    >>> name((1, 'w', 0))
    "argument 1['w'][0]"
    """
    if not path:
        return "the value"
    return f"argument {path[0]}" + "".join(f"[{key!r}]" for key in path[1:])


def is_leaf(value: Any) -> bool:
    """True for what can be differentiated: Python floats and complex numbers, inexact NumPy scalars and arrays."""
    if isinstance(value, np.ndarray | np.generic):
        return bool(np.issubdtype(value.dtype, np.inexact))
    return isinstance(value, float | complex)


def inner(a: Any, b: Any) -> tuple[float, float]:
    """Real inner product of the float leaves of two trees, and the sum of the sizes of its terms.

    Leaves of `b` are looked up at the paths of `a`; a missing one counts as zero.
    """
    total = size = 0.0
    for path, leaf in leaves(a):
        other = at(b, path)
        if other is None:
            continue
        x, y = np.asarray(leaf), np.asarray(other)
        terms = x.real.astype(float) * y.real.astype(float)
        if np.iscomplexobj(x) and np.iscomplexobj(y):
            terms = terms + x.imag.astype(float) * y.imag.astype(float)
        total += float(np.sum(terms))
        size += float(np.sum(np.abs(terms)))
    return total, size


def random_like(tree: Any, rng: np.random.Generator, argnums: Sequence[int] | None = None) -> Any:
    """A tree of the same structure with normally distributed leaves, zero outside the positions `argnums`."""
    new = []
    for path, leaf in leaves(tree):
        x = np.asarray(leaf)
        if argnums is not None and path[0] not in argnums:
            draw = np.zeros(x.shape, x.dtype)
        elif np.iscomplexobj(x):
            draw = rng.standard_normal(x.shape) + 1j * rng.standard_normal(x.shape)
        else:
            draw = rng.standard_normal(x.shape)
        new.append(np.asarray(draw).astype(x.dtype))
    return replace(tree, new)


def _walk(tree: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if is_leaf(tree):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _walk(value, (*path, key))
    elif isinstance(tree, list | tuple):
        for key, value in enumerate(tree):
            yield from _walk(value, (*path, key))
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for field in dataclasses.fields(tree):
            yield from _walk(getattr(tree, field.name), (*path, field.name))


def _rebuild(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    if is_leaf(tree):
        return leaf(tree)
    if isinstance(tree, dict):
        return type(tree)((key, _rebuild(value, leaf)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuild(value, leaf) for value in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(_rebuild(value, leaf) for value in tree)
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        new = copy.copy(tree)
        for field in dataclasses.fields(tree):
            object.__setattr__(new, field.name, _rebuild(getattr(tree, field.name), leaf))
        return new
    return tree if callable(tree) else copy.deepcopy(tree)


def _as_kind(old: Any, new: Any) -> Any:
    if isinstance(old, np.ndarray):
        return np.array(new, order="K", copy=True)
    if isinstance(old, np.generic):
        return np.asarray(new)[()]
    return np.asarray(new).item()
