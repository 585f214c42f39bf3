"""What is known of a value while objects are taken apart, and of the objects that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.errors import TransformError


@dataclass(frozen=True, eq=False)
class Data:
    """A value that the program computes when it runs: a name or literal, or a nested expression before it is bound."""

    node: gast.expr

    @property
    def is_constant(self) -> bool:
        """Whether it is a literal."""
        return isinstance(self.node, gast.Constant)


@dataclass(frozen=True, eq=False)
class Static:
    """An object that is known: a function, class or module.

    Attributes:
        node: how the program spells it, None if it has no name there.
    """

    object: Any
    node: gast.expr | None = None


@dataclass(frozen=True)
class Ref:
    """An object, list or dict that is taken apart: the number of its cell."""

    cell: int


@dataclass(frozen=True, eq=False)
class Tup:
    """A tuple."""

    items: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Partial:
    """A function with its first arguments given: a bound method, or a `functools.partial`."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Super:
    """`super()`: the attributes of `self` from the class after `cls` on."""

    cls: type
    self: Any


@dataclass(frozen=True, eq=False)
class Conflict:
    """A value that must not be read: it is different things on different paths."""

    why: str


@dataclass(eq=False)
class Cell:
    """One object.

    Attributes:
        cls: its class; list or dict for containers.
        hint: what variables that hold its parts are named after.
        source: the variable that holds the caller's object, where it came as an argument.
        fixed: why it must not be written any more, or None.
        site: the display that made a list or dict, None for any other object.
    """

    cls: type
    hint: str
    source: str | None = None
    fixed: str | None = None
    site: int | None = None
    named: bool = False


Value = Data | Static | Ref | Tup | Partial | Super | Conflict
Contents = dict[Any, Any]
Heap = dict[int, Contents]


class NeedsUnrolling(Exception):
    """A loop cannot stay a loop: what its variables hold changes its form from step to step.

    Attributes:
        why: what changes.
        grows: whether it is a dict that gets new keys, perhaps in the first step only.
    """

    def __init__(self, why: str, grows: bool = False) -> None:
        super().__init__(why)
        self.why, self.grows = why, grows


class NeedsLengths(TransformError):
    """How many objects there are hangs on the lengths of arrays, which are to be given exactly."""


class TakeApart(Exception):
    """A list of plain data must be taken apart nevertheless: an object is made of its elements, or put into it."""

    def __init__(self, site: int) -> None:
        super().__init__(site)
        self.site = site


class LeaveWhole(Exception):
    """A list or dict of plain data cannot be taken apart, and is to be left as it is from the start."""

    def __init__(self, site: int) -> None:
        super().__init__(site)
        self.site = site


def same(a: Any, b: Any) -> bool:
    """Whether two values are known to be the same."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    match a:
        case Data():
            return same_atom(a.node, b.node)
        case Static():
            return a.object is b.object
        case Ref():
            return bool(a.cell == b.cell)
        case Tup():
            return len(a.items) == len(b.items) and all(map(same, a.items, b.items))
        case Partial():
            return (
                same(a.function, b.function)
                and len(a.args) == len(b.args)
                and a.kwargs.keys() == b.kwargs.keys()
                and all(map(same, a.args, b.args))
                and all(same(v, b.kwargs[k]) for k, v in a.kwargs.items())
            )
    return False


def same_atom(a: Any, b: Any) -> bool:
    """Whether two names or literals are the same."""
    match a, b:
        case gast.Name(), gast.Name():
            return bool(a.id == b.id)
        case gast.Constant(), gast.Constant():
            return type(a.value) is type(b.value) and repr(a.value) == repr(b.value)
        case gast.UnaryOp(), gast.UnaryOp():
            return type(a.op) is type(b.op) and same_atom(a.operand, b.operand)
    return False


def is_virtual(value: Any) -> bool:
    """Whether a value is not one that the program computes: it is, or holds, an object, a function or a class."""
    if isinstance(value, Tup):
        return any(map(is_virtual, value.items))
    return not isinstance(value, Data)


def copied(heap: Heap) -> Heap:
    """The state as it is now, to come back to."""
    return {cell: dict(contents) for cell, contents in heap.items()}


def common(a: Contents, b: Contents) -> Iterator[Any]:
    """The keys that both contents have."""
    return (key for key in a if key in b)
