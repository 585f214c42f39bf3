"""Gives the initial value of a carried variable a name of its own, for the adjoint of what comes before the loop."""

from __future__ import annotations

import gast

from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, names_of, shallow


def separate_carried(core: Core) -> Core:
    """Where a variable that a loop carries is bound by an expression, or read before it, bind it anew at the loop.

    before                       after
    y = x * 2                    y_1 = x * 2
    z = np.sin(y)                z = np.sin(y_1)
    for i in range(3):     →     y = y_1
        y_2 = y * z              for i in range(3):
        y = y_2                      y_2 = y * z
    return y                         y = y_2
                                 return y
    """
    work = _Separate(core)
    body = work.block(core.body)
    return core.with_body(body) if work.changed else core


class _Separate:
    def __init__(self, core: Core) -> None:
        self.namer = Namer(core.names)
        self.changed = False

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                stmt = fresh
            if isinstance(stmt, (gast.For, gast.While)):
                result = self.before_loop(stmt, result)
            result.append(stmt)
        return result

    def before_loop(self, loop: gast.stmt, before: list[gast.stmt]) -> list[gast.stmt]:
        inside = {name for inner in walk_statements(loop.body) for name in _bound(inner)}
        outside = {name for stmt in walk_statements(before) for name in _bound(stmt)}
        carried = sorted(inside & outside)
        read = {n.id for n in below(before) if type(n) is gast.Name and type(n.ctx) is gast.Load}
        starts = {name: self.namer(name) for name in carried if name in read or not _is_copy(before, name)}
        if not starts:
            return before
        self.changed = True
        origin = getattr(loop, "origin", None)
        moves = [build.assign(name, build.load(fresh), origin) for name, fresh in starts.items()]
        return [*(_renamed(stmt, starts) for stmt in before), *moves]


def _renamed(stmt: gast.stmt, names: dict[str, str]) -> gast.stmt:
    """`stmt` with other names; `stmt` itself if it has none of them."""
    return stmt if names.keys().isdisjoint(names_of([stmt])) else build.substitute(stmt, names)


def _is_copy(before: list[gast.stmt], name: str) -> bool:
    return any(
        isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and stmt.targets[0].id == name
        and isinstance(stmt.value, (gast.Name, gast.Constant))
        for stmt in before
    )


def _bound(stmt: gast.stmt) -> set[str]:
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
        return bound_names(stmt.targets[0])
    return bound_names(stmt.target) if isinstance(stmt, gast.For) else set()
