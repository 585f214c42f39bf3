"""What is in the containers of a function at one point of it, as far as the text decides it.

An object is a list, tuple, dict or set that the function makes; its items are atoms or other objects. Names refer to
objects, and two names to one object where they are aliases. Source: Kotzmann and Mössenböck (2005), Escape analysis in
the context of dynamic compilation and deoptimization.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import walk_statements

Item = Any
"""A name or literal, or the number of an object."""


class Keep(Exception):
    """The containers made by these statements can't be taken apart: something is done with them that isn't followed."""

    def __init__(self, sites: frozenset[Any]) -> None:
        super().__init__(sites)
        self.sites = sites


@dataclass
class Object:
    """One container.

    Attributes:
        kind: list, tuple, dict or set.
        items: by key; those of a sequence by 0, 1, ..., those of a set by themselves.
        sites: the statements that made it.
        base: what names for it and its items are derived from.
        shared: whether there may be other references to it, so that it must not be written.
        shown: a variable that holds an equal container, or None.
        maker: the class, where it is one of `collections`.
        default: what a missing key of a `defaultdict` is given by.
        limit: the length that a `deque` keeps to, or None.
        source: the variable that holds the caller's container, which what is written here is written into too.
    """

    kind: type
    items: dict[Any, Item]
    sites: frozenset[Any]
    base: str
    shared: bool = False
    shown: str | None = None
    maker: Any = None
    default: Any = None
    limit: int | None = None
    source: str | None = None

    def sequence(self, items: list[Item]) -> None:
        """Become a sequence of these."""
        self.items = dict(enumerate(items))


@dataclass
class State:
    """The objects that there are, and the names that refer to them."""

    names: dict[str, int] = field(default_factory=dict)
    objects: dict[int, Object] = field(default_factory=dict)

    def copy(self) -> State:
        """A state that can be changed on its own."""
        objects = {number: replace(obj, items=dict(obj.items)) for number, obj in self.objects.items()}
        return State(dict(self.names), objects)

    def of(self, node: Any) -> Object | None:
        """The object that a node refers to, if it is a name of one."""
        number = self.names.get(node.id) if type(node) is gast.Name else None
        return None if number is None else self.objects[number]


def same_item(a: Item, b: Item) -> bool:
    """Whether two items are the same object, name or literal."""
    if type(a) is int or type(b) is int:
        return bool(type(a) is int and type(b) is int and a == b)
    if isinstance(a, gast.Name) or isinstance(b, gast.Name):
        return bool(isinstance(a, gast.Name) and isinstance(b, gast.Name) and a.id == b.id)
    return bool(gast.dump(a) == gast.dump(b))


def same_keys(a: Object, b: Object) -> bool:
    """Whether two containers have the same type and the same keys in the same order."""
    return (
        a.kind is b.kind and a.maker is b.maker and list(map(_typed, a.items)) == list(map(_typed, b.items))
    )


def _typed(key: Any) -> tuple[type, Any]:
    return type(key), key


def join(first: State, second: State, before: State, both: set[str], merge: Any, fresh: Any) -> State:
    """The state after a branch.

    Args:
        first, second: the states at the ends of its two sides.
        before: the state at its start.
        both: names that both sides bind.
        merge: `merge(base, a, b)` gives the variable that is `a` after the first side and `b` after the second.
        fresh: gives numbers of new objects.

    Raises: Keep for a container that differs in more than its items.
    """
    state = State()
    pairs: dict[tuple[int, int], int] = {}
    used: set[int] = set()

    def item(base: str, a: Item, b: Item) -> Item:
        if same_item(a, b):
            return a
        if isinstance(a, int) and isinstance(b, int):
            return paired(a, b)
        for side, one in ((first, a), (second, b)):
            if isinstance(one, int):
                raise Keep(side.objects[one].sites)
        return merge(base, a, b)

    def paired(a: int, b: int) -> int:
        """The object that is `a` after the first side and `b` after the second."""
        if (a, b) in pairs:
            return pairs[a, b]
        one, two = first.objects[a], second.objects[b]
        if not same_keys(one, two) or a in used or b in used:
            raise Keep(one.sites | two.sites)
        used.update((a, b))
        number: int = fresh()
        pairs[a, b] = number
        old = a in before.objects or b in before.objects
        items = {key: item(one.base, v, two.items[key]) for key, v in one.items.items()}
        shared = old or one.shared or two.shared
        state.objects[number] = replace(
            one, items=items, sites=one.sites | two.sites, shared=shared, shown=None
        )
        if old:
            for known in (a, b):
                if known in state.objects:
                    state.objects[known].shared = True
        return number

    for number in before.objects:
        one, two = first.objects[number], second.objects[number]
        if not same_keys(one, two):
            raise Keep(one.sites)
        state.objects[number] = replace(one, shared=one.shared or two.shared)
        if one.shown != two.shown:
            state.objects[number].shown = None
    for number in before.objects:
        one, two = first.objects[number], second.objects[number]
        items = {key: item(one.base, v, two.items[key]) for key, v in one.items.items()}
        state.objects[number].items = items
    for name in {**first.names, **second.names}:
        a, b = first.names.get(name), second.names.get(name)
        if a is not None and b is not None:
            state.names[name] = item(name, a, b)
        elif name in before.names or name in both:
            one_side = first.objects[a] if a is not None else second.objects[b]  # type: ignore[index]
            raise Keep(one_side.sites)
    return state


def site_of(stmt: gast.stmt) -> Any:
    """What a statement is known by, and its copies too."""
    return getattr(stmt, "site", id(stmt))


def copied_with(stmt: gast.stmt, holes: Mapping[str, gast.expr | str]) -> gast.stmt:
    """A copy of a statement with names replaced, known as the statement is."""
    fresh: gast.stmt = build.substitute(stmt, holes)
    for old, new in zip(walk_statements([stmt]), walk_statements([fresh]), strict=True):
        new.site = site_of(old)
    return fresh
