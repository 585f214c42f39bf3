"""Spells out `copy.deepcopy` and `copy.copy` where the structure of what is copied is known."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import gast

from tapegen.analysis.predicates import is_number
from tapegen.analysis.values import Array, Sequence, Static, Value
from tapegen.analysis.values import Mapping as Mapping_
from tapegen.kernels.objects import check_distinct
from tapegen.kernels.trees import copied
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow


def spell_out_copies(core: Core, facts: Mapping[str, Value]) -> Core:
    """Replace copies of containers by displays of the copies of their items, and copies of what is immutable by itself.

    def f(state):                       def f(state):
        s = copy.deepcopy(state)    →       state_1 = state['x']
        ...                                 x = copied(state_1)
                                            s = {'x': x}
                                            ...

    Two items that are one array stay one array in a deep copy, and are two here: `check_distinct` refuses that.
    """
    work = _Spell(core, facts)
    body = work.block(core.body)
    return core.with_body(body, **work.added) if work.changed else core


class _Spell:
    def __init__(self, core: Core, facts: Mapping[str, Value]) -> None:
        self.core, self.facts, self.namer = core, facts, Namer(core.names)
        self.changed = False
        self.added: dict[str, Any] = {}

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                result.append(fresh)
                continue
            deep = self.is_deep(getattr(stmt, "value", None))
            if deep is not None:
                name = stmt.value.args[0].id
                before: list[gast.stmt] = []
                arrays: list[str] = []
                value = self.copy(name, self.facts.get(name), deep, before, arrays)
                if value is not None:
                    self.changed = True
                    if len(arrays) > 1:
                        check = build.call(self.kernel(check_distinct), *map(build.load, arrays))
                        before.append(build.expression(check))
                    stmt = shallow(stmt)
                    stmt.value = value
                    for new in before:
                        new.origin = getattr(stmt, "origin", None)
                    result.extend(before)
            result.append(stmt)
        return result

    def is_deep(self, call: Any) -> bool | None:
        """Whether a call is a deep copy of a variable (True) or a shallow one (False); None for anything else."""
        if not isinstance(call, gast.Call) or len(call.args) != 1 or call.keywords:
            return None
        callee = lookup(self.core, call.func)
        if callee not in (copy.copy, copy.deepcopy) or not isinstance(call.args[0], gast.Name):
            return None
        return bool(callee is copy.deepcopy)

    def kernel(self, function: Any) -> gast.Name:
        namespace = {**self.core.namespace, **self.added}
        name = next((n for n, known in namespace.items() if known is function), None)
        if name is None:
            name = self.namer(function.__name__)
            self.added[name] = function
        return build.load(name)

    def copy(
        self, name: str, fact: Value | None, deep: bool, before: list[gast.stmt], arrays: list[str]
    ) -> gast.expr | None:
        """The copy of a variable, or None where too little is known; `arrays` collects the arrays that are copied."""
        match fact:
            case Array(scalar=False):
                arrays.append(name)
                return build.call(self.kernel(copied), build.load(name))
            case Array(scalar=True) | Static():
                return build.load(name)
            case Sequence(type=kind, items=items) if kind in (tuple, list):
                if kind is tuple and not deep:
                    return build.load(name)
                parts = self.parts(name, enumerate(items), deep, before, arrays)
                if parts is None:
                    return None
                return build.tuple_of(parts) if kind is tuple else gast.List(elts=parts, ctx=gast.Load())
            case Mapping_(type=kind, keys=keys, values=values) if kind is dict:
                parts = self.parts(name, zip(keys, values, strict=True), deep, before, arrays)
                return (
                    None if parts is None else gast.Dict(keys=list(map(build.constant, keys)), values=parts)
                )
        return build.load(name) if is_number(fact) else None

    def parts(
        self, name: str, items: Any, deep: bool, before: list[gast.stmt], arrays: list[str]
    ) -> list[gast.expr] | None:
        found: list[gast.expr] = []
        for key, fact in items:
            if not isinstance(key, (str, int, float, bool)):
                return None
            item = self.namer(name)
            subscript = gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())
            before.append(build.assign(item, subscript))
            value = self.copy(item, fact, deep, before, arrays) if deep else build.load(item)
            if value is None:
                return None
            if not isinstance(value, gast.Name):
                fresh = self.namer(name)
                before.append(build.assign(fresh, value))
                value = build.load(fresh)
            found.append(value)
        return found
