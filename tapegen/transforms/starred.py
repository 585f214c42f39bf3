"""Spells out `f(*args)` where the length of `args` is known."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.values import Sequence, Value
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow


def spell_out_starred(core: Core, facts: Mapping[str, Value]) -> Core:
    """Replace starred arguments of known length by their elements.

    def f(args):                  def f(args):
        y = g(*args)      →           args_1 = args[0]
        return y                      args_2 = args[1]
                                      y = g(args_1, args_2)
                                      return y
    """
    namer = Namer(core.names)
    changed = False

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        nonlocal changed
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = block(stmt.body), block(stmt.orelse)
                result.append(fresh)
                continue
            call = getattr(stmt, "value", None)
            if isinstance(call, gast.Call) and any(is_known(arg) for arg in call.args):
                changed = True
                stmt = build.clone(stmt)
                stmt.value.args = [part for arg in stmt.value.args for part in parts(arg, result)]
            result.append(stmt)
        return result

    def is_known(arg: gast.expr) -> bool:
        starred = isinstance(arg, gast.Starred) and isinstance(arg.value, gast.Name)
        return starred and isinstance(facts.get(arg.value.id), Sequence)

    def parts(arg: gast.expr, before: list[gast.stmt]) -> list[gast.expr]:
        if not is_known(arg):
            return [arg]
        fact = facts[arg.value.id]
        assert isinstance(fact, Sequence)
        names = []
        for index in range(len(fact.items)):
            name = namer(arg.value.id)
            item = gast.Subscript(
                value=build.load(arg.value.id), slice=build.constant(index), ctx=gast.Load()
            )
            before.append(build.assign(name, item))
            names.append(build.load(name))
        return names

    body = block(core.body)
    return core.with_body(body) if changed else core
