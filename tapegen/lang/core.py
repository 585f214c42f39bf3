"""Core, the intermediate language: the subset of Python described in docs/architecture.md, section 1.

Core is Python, so each stage of the pipeline prints as a module, runs, and can be compared with the stage before it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.lang.walk import names_of, walk


class Memo:
    """What has been found out about nodes, given what the free names in them mean.

    Nodes never change, and a pass shares those that it leaves alone between its input and its output. So what is true
    of a node in one Core is true in all that `Core.with_body` makes of it without new names, which hands the memo on.
    """

    __slots__ = ("effects", "known", "objects", "pure", "results")

    def __init__(self) -> None:
        self.objects: dict[gast.AST, Any] = {}
        self.pure: dict[gast.AST, bool] = {}
        self.effects: dict[gast.stmt, Any] = {}
        self.results: dict[gast.expr, tuple[list[Any], Any]] = {}
        self.known: dict[Any, Any] = {}


_MISSING = object()


@dataclass(frozen=True)
class Core:
    """One function in Core.

    Attributes:
        tree: the function definition.
        namespace: the object behind each free name of `tree`.
        memo: what analyses remember of its nodes.
    """

    tree: gast.FunctionDef
    namespace: Mapping[str, Any] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, init=False, compare=False, repr=False)

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """All names that are taken: those in the tree, read or bound, and those of the namespace."""
        return frozenset(names_of([self.tree])).union(self.namespace)

    @functools.cached_property
    def statements(self) -> list[gast.stmt]:
        """All statements, those in blocks included, outer before inner, in textual order."""
        return walk_statements(self.body)

    @property
    def params(self) -> list[str]:
        """Names of the parameters, in order."""
        return [arg.id for arg in self.tree.args.args]

    @property
    def body(self) -> list[gast.stmt]:
        """The statements."""
        statements: list[gast.stmt] = self.tree.body
        return statements

    def with_body(self, body: list[gast.stmt], **names: Any) -> Core:
        """The same function with another body and, given as keywords, more names in its namespace."""
        tree = gast.FunctionDef(
            name=self.tree.name,
            args=self.tree.args,
            body=body,
            decorator_list=[],
            returns=None,
            type_comment=None,
            type_params=[],
        )
        tree.origin = getattr(self.tree, "origin", None)
        if any(self.namespace.get(name, _MISSING) is not value for name, value in names.items()):
            return Core(tree, {**self.namespace, **names})
        core = Core(tree, self.namespace)
        object.__setattr__(core, "memo", self.memo)
        return core


@dataclass(frozen=True, eq=False)
class Generated:
    """Stands in a namespace for a function that is printed in the same module.

    Attributes:
        name: the function's name.
        pure: whether calling it has no effect but its result.
        result: the description of its result, see analysis/values.py.
    """

    name: str
    pure: bool
    result: Any


def dotted(node: gast.AST) -> tuple[str, ...] | None:
    """The parts of a dotted name, `("np", "linalg", "solve")`, or None if `node` is something else."""
    if type(node) is gast.Attribute and type(node.value) is gast.Name:
        return (node.value.id, node.attr)
    parts: list[str] = []
    while isinstance(node, gast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, gast.Name):
        return None
    return (node.id, *reversed(parts))


def lookup(core: Core, node: gast.AST) -> Any | None:
    """The object that a dotted name denotes in `core`, or None if its root is a local variable."""
    if type(node) is gast.Name:
        return core.namespace.get(node.id)
    objects = core.memo.objects
    if node not in objects:
        objects[node] = _lookup(core, node)
    return objects[node]


def _lookup(core: Core, node: gast.AST) -> Any | None:
    parts = dotted(node)
    if parts is None or parts[0] not in core.namespace:
        return None
    value = core.namespace[parts[0]]
    for part in parts[1:]:
        value = getattr(value, part, _MISSING)
        if value is _MISSING:
            return None
    return value


def blocks(stmt: gast.stmt) -> Iterator[list[gast.stmt]]:
    """The statement lists nested directly in `stmt`."""
    for attribute in ("body", "orelse", "finalbody"):
        block = getattr(stmt, attribute, None)
        if block:
            yield block
    for handler in getattr(stmt, "handlers", ()):
        yield handler.body


def walk_statements(body: list[gast.stmt]) -> list[gast.stmt]:
    """All statements of a block, outer before inner, in textual order."""
    found: list[gast.stmt] = []
    _gather(body, found)
    return found


def _gather(body: list[gast.stmt], found: list[gast.stmt]) -> None:
    for stmt in body:
        found.append(stmt)
        kind = type(stmt)
        if kind is gast.If or kind is gast.For or kind is gast.While:
            _gather(stmt.body, found)
            if stmt.orelse:
                _gather(stmt.orelse, found)
        elif kind is gast.With or kind is gast.Try:
            for block in blocks(stmt):
                _gather(block, found)


def loaded_names(node: gast.AST | list[gast.stmt]) -> set[str]:
    """Names that `node`, a tree or a list of them, reads."""
    return {n.id for n in walk(node) if type(n) is gast.Name and type(n.ctx) is gast.Load}


def bound_names(node: gast.AST) -> set[str]:
    """Names that `node` binds."""
    return {n.id for n in walk(node) if type(n) is gast.Name and type(n.ctx) is gast.Store}
