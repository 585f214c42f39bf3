"""What is known of functions that are values: a name holds a function, a partial, or a tuple, list or dict of them.

Facts are found by following the statements in order. A name of Core is bound once, so what it holds is known for good,
unless that is a list or dict: these are followed as long as they change in straight-line code only.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from tapegen.lang import build
from tapegen.lang.core import Core, lookup

_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    functools.partial,
    np.ufunc,
)
# Methods of Python's containers, as far as no array has them.
_METHODS = frozenset(name for kind in (list, dict, set) for name in dir(kind) if name[0] != "_") - frozenset(
    dir(np.ndarray)
)


@dataclass(frozen=True, eq=False)
class Static:
    """An object that is known beforehand: a function, or a table of functions in the user's module."""

    obj: Any


@dataclass(frozen=True, eq=False)
class Partial:
    """A function with some of its arguments: what `functools.partial` makes, and what a closure is lifted to.

    Attributes:
        defaults: arguments by name that a call may give otherwise.
    """

    function: gast.expr
    args: tuple[gast.expr, ...] = ()
    keywords: Mapping[str, gast.expr] = field(default_factory=dict)
    defaults: Mapping[str, gast.expr] = field(default_factory=dict)


@dataclass(eq=False)
class Items:
    """A tuple or list.

    Attributes:
        home: the name that it was made under; empty for a tuple, which never changes.
        loops: how many loops it was made in.
        block: the block of statements that it was made in.
        used: whether something was decided by its contents.
        lost: whether it is no longer followed.
    """

    elements: list[gast.expr]
    home: str = ""
    loops: int = 0
    block: int = 0
    used: bool = False
    lost: bool = False


@dataclass(eq=False)
class Entries:
    """A dict with literal keys; attributes as of `Items`."""

    entries: dict[Any, gast.expr]
    home: str = ""
    loops: int = 0
    block: int = 0
    used: bool = False
    lost: bool = False


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several functions: that of `options` one of whose keys is equal to `tag`.

    Attributes:
        error: what is raised if there is none.
    """

    tag: gast.expr
    keys: tuple[tuple[Any, ...], ...]
    options: tuple[gast.expr, ...]
    error: type[Exception] | None = None


@dataclass(frozen=True, eq=False)
class Merge:
    """One of two functions, by the branch that was taken.

    Attributes:
        one, two: what is known of it in either branch.
        body, orelse: the branches, which remember the choice once the function is called.
    """

    one: Value
    two: Value
    body: list[gast.stmt]
    orelse: list[gast.stmt]


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute of a local: if it is called, a method."""

    node: gast.expr

    @property
    def is_method(self) -> bool:
        """Whether it is sure to be a method, by its name."""
        return self.node.attr in _METHODS


Value = Static | Partial | Items | Entries | Choice | Merge | Attribute
Container = Items | Entries


def is_function(obj: Any) -> bool:
    """Whether an object is a function, or something of the user's own to call; not a type such as `float`.

    >>> is_function(np.sin), is_function(float), is_function(len), is_function(3.0)
    (True, False, True, False)
    """
    if isinstance(obj, _FUNCTIONS):
        return True
    if isinstance(obj, type):
        return False
    return hasattr(obj, "py_func") or (callable(obj) and hasattr(obj, "__wrapped__"))


def is_table(obj: Any) -> bool:
    """Whether an object is a tuple, list or dict with functions in it.

    >>> is_table({"sin": np.sin, "rate": 0.1}), is_table([{"f": len}]), is_table([1.0, 2.0])
    (True, True, False)
    """
    if type(obj) in (tuple, list):
        return len(obj) <= 64 and any(is_function(item) or is_table(item) for item in obj)
    if type(obj) is dict:
        return len(obj) <= 64 and any(is_function(item) or is_table(item) for item in obj.values())
    return False


class Values:
    """What is known at one point of a function, by name."""

    def __init__(self, core: Core, given: Mapping[str, Any]) -> None:
        self.core = core
        self.added: dict[str, Any] = {}
        self.known: dict[str, Value] = {name: Static(obj) for name, obj in given.items()}
        self.constants: dict[str, Any] = {}

    def denotes(self, node: gast.AST) -> Any | None:
        """The object behind a dotted name."""
        if isinstance(node, gast.Name) and node.id in self.added:
            return self.added[node.id]
        return lookup(self.core, node)

    def of(self, node: Any) -> Value | None:
        """What is known of an atom, or of the dotted name of a function."""
        if isinstance(node, gast.Name) and node.id in self.known:
            value = self.known[node.id]
            return None if isinstance(value, (Items, Entries)) and value.lost else value
        if isinstance(node, (gast.Name, gast.Attribute)):
            obj = self.denotes(node)
            if obj is not None and (is_function(obj) or is_table(obj) or isinstance(obj, type)):
                return Static(obj)
        return None

    def alias(self, name: str, node: gast.expr) -> None:
        """`name` is what `node` is."""
        value = self.of(node)
        if value is not None:
            self.known[name] = value

    def forget(self, names: Iterable[str]) -> None:
        """What these names stand for depends on the path taken."""
        for name in names:
            self.known.pop(name, None)
            self.constants.pop(name, None)

    def holds_function(self, node: Any) -> bool:
        """Whether an atom is a function, or holds one."""
        return self.value_holds(self.of(node))

    def value_holds(self, value: Value | None) -> bool:
        """Whether a value is a function, or holds one."""
        match value:
            case Static(obj=obj):
                return is_function(obj) or is_table(obj)
            case Partial() | Choice() | Merge():
                return True
            case Attribute():
                return value.is_method
            case Items(elements=elements):
                return any(map(self.holds_function, elements))
            case Entries(entries=entries):
                return any(map(self.holds_function, entries.values()))
        return False


def with_parts(value: Value, change: Callable[[gast.expr], gast.expr]) -> Value:
    """The same value, put together from other atoms."""
    match value:
        case Partial():
            return Partial(
                change(value.function),
                tuple(map(change, value.args)),
                {key: change(atom) for key, atom in value.keywords.items()},
                {key: change(atom) for key, atom in value.defaults.items()},
            )
        case Items():
            return Items(list(map(change, value.elements)))
        case Entries():
            return Entries({key: change(atom) for key, atom in value.entries.items()})
        case Choice():
            return Choice(change(value.tag), value.keys, tuple(map(change, value.options)), value.error)
    return value


def literal(node: Any) -> tuple[bool, Any]:
    """Whether a node is a literal, and its value."""
    if isinstance(node, gast.Constant):
        return True, node.value
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        known, value = literal(node.operand)
        return (True, -value) if known and isinstance(value, (int, float)) else (False, None)
    return False, None


def literal_node(value: Any) -> gast.expr:
    """The literal `value`."""
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return gast.UnaryOp(op=gast.USub(), operand=build.constant(-value))
    return build.constant(value)
