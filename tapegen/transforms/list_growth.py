"""Lists that grow by many items at once, and whose length is not known: they grow item by item."""

from __future__ import annotations

import operator
from collections.abc import Mapping

import gast

from tapegen.analysis.predicates import is_sequence
from tapegen.analysis.values import Array, Value
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow


def grow_item_by_item(core: Core, facts: Mapping[str, Value]) -> Core:
    """Replace `extend`, and `+=` of a list, by appending in a loop.

    def f(x):                           def f(x):
        s = []                              s = []
        s.extend(x)          →              n = len(x)
        ...                                 for i in range(n):
                                                item = x[i]
                                                s.append(item)
                                            ...

    Only for lists that displays make here; lists of known length have been taken apart before.
    """
    lists = {
        stmt.targets[0].id
        for stmt in walk_statements(core.body)
        if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.List) and _is_name(stmt.targets[0])
    }
    work = _Grow(core, facts, lists)
    body = work.block(core.body) if lists else core.body
    return core.with_body(body) if work.changed else core


class _Grow:
    def __init__(self, core: Core, facts: Mapping[str, Value], lists: set[str]) -> None:
        self.core, self.facts, self.lists = core, facts, lists
        self.namer = Namer(core.names)
        self.changed = False

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                result.append(fresh)
                continue
            parts = self.growth(stmt)
            if parts is None:
                result.append(stmt)
                continue
            self.changed = True
            result += self.loop(*parts, stmt)
            if isinstance(stmt, gast.Assign):
                result.append(
                    build.assign(stmt.targets[0], build.load(parts[0]), getattr(stmt, "origin", None))
                )
        return result

    def growth(self, stmt: gast.stmt) -> tuple[str, str] | None:
        """The list that a statement makes longer, and what it gets."""
        call = getattr(stmt, "value", None)
        if not isinstance(call, gast.Call) or call.keywords:
            return None
        func = call.func
        if isinstance(stmt, gast.Expr) and isinstance(func, gast.Attribute) and func.attr == "extend":
            operands = [func.value, *call.args]
        elif isinstance(stmt, gast.Assign) and lookup(self.core, func) is operator.iadd:
            operands = call.args
        else:
            return None
        if len(operands) != 2 or not all(map(_is_name, operands)):
            return None
        grown, more = (operand.id for operand in operands)
        return (grown, more) if grown in self.lists and self.is_indexed(more) else None

    def is_indexed(self, name: str) -> bool:
        fact = self.facts.get(name)
        if name in self.lists or (isinstance(fact, Array) and bool(fact.rank)):
            return True
        return is_sequence(fact)

    def loop(self, grown: str, more: str, like: gast.stmt) -> list[gast.stmt]:
        """Append each item of `more`; what it holds now, for it may be the list itself."""
        origin = getattr(like, "origin", None)
        count, index, item = self.namer("count"), self.namer(f"{more}_index"), self.namer("item")
        part = gast.Subscript(value=build.load(more), slice=build.load(index), ctx=gast.Load())
        append = gast.Attribute(value=build.load(grown), attr="append", ctx=gast.Load())
        body: list[gast.stmt] = [
            build.assign(item, part, origin),
            build.expression(build.call(append, build.load(item)), origin),
        ]
        return [
            build.assign(count, build.call("len", build.load(more)), origin),
            build.for_(build.store(index), build.call("range", build.load(count)), body, origin),
        ]


def _is_name(node: gast.AST) -> bool:
    return isinstance(node, gast.Name)
