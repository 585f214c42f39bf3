"""Nested containers of arrays: take them apart and put them together again.

Tuples, lists, dicts, namedtuples and dataclasses are containers; everything else, None included, is a leaf.
Dicts keep their own order of keys and their own type.
"""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Literal

__all__ = ["LEAF", "Structure", "flatten", "leaves", "tree_map"]


@dataclasses.dataclass(frozen=True, slots=True)
class Structure:
    """The shape of a nest: what `flatten` took away.

    `kind` is the container's type, None for a leaf; `keys` are the keys of a dict or the field names of a dataclass
    in the order of the leaves.
    """

    kind: type | None
    children: tuple[Structure, ...] = ()
    keys: tuple[Hashable, ...] = ()

    @property
    def count(self) -> int:
        """Number of leaves."""
        return 1 if self.kind is None else sum(child.count for child in self.children)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Build the nest from its leaves.

        Raises: ValueError if their number is not `count`.
        """
        source = iter(leaves)
        try:
            tree = self._build(source)
        except StopIteration:
            raise ValueError(f"too few leaves: this structure has {self.count}") from None
        if next(source, _END) is not _END:
            raise ValueError(f"too many leaves: this structure has {self.count}")
        return tree

    def _build(self, source: Iterator[Any]) -> Any:
        kind: Any = self.kind
        if kind is None:
            return next(source)
        # a list, not a generator: StopIteration inside a generator would turn into RuntimeError
        parts = [child._build(source) for child in self.children]
        if kind is tuple:
            return tuple(parts)
        if kind is list:
            return parts
        if issubclass(kind, dict):
            return _like_dict(kind, dict(zip(self.keys, parts, strict=True)))
        if dataclasses.is_dataclass(kind):
            return _like_dataclass(kind, dict(zip(self.keys, parts, strict=True)))  # type: ignore[arg-type]
        if hasattr(kind, "_fields"):
            return kind._make(parts)
        return kind(parts)


LEAF = Structure(None)
_END = object()


def _like_dict(kind: type, items: dict[Hashable, Any]) -> Any:
    """A dict of the same type; a defaultdict, whose constructor takes the factory first, becomes a plain dict."""
    try:
        return items if kind is dict else kind(items)
    except TypeError:
        return items


def _like_dataclass(kind: type, fields: dict[str, Any]) -> Any:
    """A dataclass from its fields, without running `__post_init__`: the leaves may be of any type."""
    instance: Any = object.__new__(kind)
    for name, value in fields.items():
        object.__setattr__(instance, name, value)
    return instance


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a nest apart.

    Returns: its leaves from left to right, and the `Structure` that puts them together again.

    >>> leaves, structure = flatten({"w": (1, 2), "b": [3]})
    >>> leaves
    [1, 2, 3]
    >>> structure.unflatten([10, 20, 30])
    {'w': (10, 20), 'b': [30]}
    """
    found: list[Any] = []
    return found, _flatten(tree, found)


def _flatten(tree: Any, found: list[Any]) -> Structure:
    kind = type(tree)
    sort = _sorts.get(kind)
    if sort is None:
        sort = _sorts[kind] = _sort(kind)
    if sort == "leaf":
        found.append(tree)
        return LEAF
    if sort == "sequence":
        return Structure(kind, tuple([_flatten(part, found) for part in tree]))
    if sort == "dict":
        return Structure(kind, tuple([_flatten(part, found) for part in tree.values()]), tuple(tree))
    names = tuple([field.name for field in dataclasses.fields(tree)])
    return Structure(kind, tuple([_flatten(getattr(tree, name), found) for name in names]), names)


_Sort = Literal["leaf", "sequence", "dict", "dataclass"]
_sorts: weakref.WeakKeyDictionary[type, _Sort] = weakref.WeakKeyDictionary()


def _sort(kind: type) -> _Sort:
    """What sort of container a type is."""
    if issubclass(kind, (tuple, list)):
        return "sequence"
    if issubclass(kind, dict):
        return "dict"
    return "dataclass" if dataclasses.is_dataclass(kind) and not hasattr(kind, "__array__") else "leaf"


def leaves(tree: Any) -> list[Any]:
    """The leaves of a nest, from left to right."""
    return flatten(tree)[0]


def tree_map(function: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply a function to each leaf, and to the leaves in the same places of further nests.

    Returns: a nest of the first one's structure and container types.
    Raises: ValueError if a further nest has another number of leaves.

    >>> tree_map(lambda x, y: x + y, [1, (2, 3)], [10, (20, 30)])
    [11, (22, 33)]
    """
    found, structure = flatten(tree)
    others = [leaves(other) for other in rest]
    if any(len(other) != len(found) for other in others):
        raise ValueError("tree_map: the nests have different numbers of leaves")
    return structure.unflatten(function(*group) for group in zip(found, *others, strict=True))
