"""Lists and tuples that ufuncs are given become arrays first, as NumPy makes them.

v = [a, b]                          v = [a, b]
y = np.log(v)             ->        v_1 = np.asarray(v)
z = y * v                           y = np.log(v_1)
                                    v_2 = np.asarray(v)
                                    z = y * v_2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.predicates import is_array
from tapegen.analysis.values import ListOf, Sequence, Value
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow


def lists_as_arrays(core: Core, facts: Mapping[str, Value]) -> Core:
    """`core` with `np.asarray` of each list or tuple that a ufunc, or an operator beside an array, is given."""
    work = _Listed(core, facts)
    body = work.block(core.body)
    return core.with_body(body, **work.added) if work.changed else core


class _Listed:
    def __init__(self, core: Core, facts: Mapping[str, Value]) -> None:
        self.core, self.facts, self.namer = core, facts, Namer(core.names)
        self.added: dict[str, Any] = {}
        self.changed = False

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                stmt = shallow(stmt)
                stmt.body, stmt.orelse = self.block(stmt.body), self.block(stmt.orelse)
            elif isinstance(stmt, gast.Assign):
                operands = self.operands(stmt.value)
                if operands:
                    stmt = self.converted(stmt, operands, out)
            out.append(stmt)
        return out

    def operands(self, value: Any) -> list[str]:
        """The lists among what an operation on arrays is given."""
        match value:
            case gast.Call(args=args) if isinstance(lookup(self.core, value.func), np.ufunc):
                parts = args
            case gast.BinOp(left=left, right=right) if self.is_array(left) or self.is_array(right):
                parts = [left, right]
            case _:
                return []
        return [n.id for n in parts if isinstance(n, gast.Name) and _is_listed(self.facts.get(n.id))]

    def is_array(self, node: gast.expr) -> bool:
        return isinstance(node, gast.Name) and is_array(self.facts.get(node.id))

    def converted(self, stmt: gast.Assign, names: list[str], out: list[gast.stmt]) -> gast.stmt:
        """The statement with arrays in place of lists; what makes these goes to `out`."""
        self.changed = True
        origin = getattr(stmt, "origin", None)
        numpy = next((n for n, obj in {**self.core.namespace, **self.added}.items() if obj is np), None)
        if numpy is None:
            numpy = self.namer("np")
            self.added[numpy] = np
        holes: dict[str, gast.expr | str] = {}
        for name in dict.fromkeys(names):
            holes[name] = fresh = self.namer(name)
            out.append(build.assign(fresh, build.call(f"{numpy}.asarray", build.load(name)), origin))
        return build.at(build.assign(stmt.targets[0], build.substitute(stmt.value, holes)), origin)


def _is_listed(fact: Value | None) -> bool:
    return isinstance(fact, ListOf) or (isinstance(fact, Sequence) and fact.type in (list, tuple))
