"""Lists and dicts of the caller's that can't be followed item by item: a local one is written, and theirs alike.

c_2 = same_container(c, c_1)              for i in range(n):
for i in range(n):                            v = c_1[i] * x
    v = c_2[i] * x               ->           c_1[i] = v
    c_2[i] = v                                keep_item(c, i, v)
"""

from __future__ import annotations

from typing import Any

import gast

from tapegen.kernels.objects import keep_change, keep_item, same_container
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, shallow

_METHODS = frozenset({"append", "pop", "insert", "extend", "clear", "reverse"})


def marks_of_callers(core: Core) -> dict[str, gast.Assign]:
    """By name, the lists and dicts of the caller's which are to be followed item by item, and aren't yet."""
    return {
        stmt.targets[0].id: stmt
        for stmt in core.body
        if isinstance(stmt, gast.Assign)
        and isinstance(stmt.value, gast.Call)
        and lookup(core, stmt.value.func) is same_container
    }


def mirror_writes(core: Core) -> Core:
    """`core` with a local list or dict in place of each marked one that has one name only, and writes in both."""
    marks = marks_of_callers(core)
    kept = {
        name: mark
        for name, mark in marks.items()
        if not any(item in marks for item in _items(core, mark))
        and _is_only_name(core, name)
        and _is_only_name(core, mark.value.args[1].id, mark)
    }
    if not kept:
        return core
    work = _Mirror(core, kept)
    return core.with_body(work.block(core.body), **work.added)


def _items(core: Core, mark: gast.Assign) -> list[str]:
    """The variables in the display of what a marked container holds."""
    held = mark.value.args[1].id
    made = next(
        s for s in core.body if isinstance(s, gast.Assign) and getattr(s.targets[0], "id", None) == held
    )
    return [n.id for n in below(made.value) if isinstance(n, gast.Name)]


def _is_only_name(core: Core, name: str, mark: gast.stmt | None = None) -> bool:
    """Whether a container is only read and written item by item under this name, but for its `mark`."""
    proper = total = 0
    for stmt in walk_statements(core.body):
        if stmt is mark:
            continue
        for node in _shallow(stmt):
            match node:
                case gast.Name(id=found) if found == name and isinstance(node.ctx, gast.Load):
                    total += 1
                case gast.Subscript(value=gast.Name(id=found)) if found == name:
                    proper += not isinstance(node.slice, gast.Slice)
                case gast.Call(func=gast.Attribute(value=gast.Name(id=found), attr=attr)) if found == name:
                    proper += attr in _METHODS
                case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=found)]) if found == name:
                    proper += 1
    return proper == total


def _shallow(stmt: gast.stmt) -> list[gast.AST]:
    """The nodes of a statement without those of the statements in it."""
    return [
        node
        for field, part in gast.iter_fields(stmt)
        if field not in ("body", "orelse")
        for one in (part if isinstance(part, list) else [part])
        if isinstance(one, gast.AST)
        for node in below(one)
    ]


class _Mirror:
    def __init__(self, core: Core, marks: dict[str, gast.Assign]) -> None:
        self.core, self.namer = core, Namer(core.names)
        self.owners = {name: mark.value.args[0].id for name, mark in marks.items()}
        self.holes: dict[str, gast.expr | str] = {name: mark.value.args[1].id for name, mark in marks.items()}
        self.marks = {id(mark) for mark in marks.values()}
        self.added: dict[str, Any] = {}

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        for stmt in body:
            if id(stmt) in self.marks:
                continue
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                for field in ("test", "iter"):
                    if hasattr(stmt, field):
                        setattr(fresh, field, build.substitute(getattr(stmt, field), self.holes))
                out.append(fresh)
            else:
                out += [build.substitute(stmt, self.holes), *self.mirrored(stmt)]
        return out

    def mirrored(self, stmt: gast.stmt) -> list[gast.stmt]:
        """What a statement writes, written into the caller's too."""
        origin = getattr(stmt, "origin", None)
        match stmt:
            case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name), slice=key)], value=value):
                if name in self.owners:
                    return [self.keep(keep_item, name, [build.clone(key), build.clone(value)], origin)]
            case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=name), slice=key)):
                if name in self.owners:
                    new = self.namer("new")
                    place = gast.Subscript(
                        value=build.load(str(self.holes[name])), slice=build.clone(key), ctx=gast.Load()
                    )
                    kept = self.keep(keep_item, name, [build.clone(key), build.load(new)], origin)
                    return [build.assign(new, place, origin), kept]
        match getattr(stmt, "value", None):
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr), args=args):
                if name in self.owners:
                    return [
                        self.keep(keep_change, name, [build.constant(attr), *map(build.clone, args)], origin)
                    ]
        return []

    def keep(self, kernel: Any, name: str, args: list[gast.expr], origin: Any) -> gast.stmt:
        args = [build.substitute(arg, self.holes) for arg in args]
        known = next((n for n, obj in {**self.core.namespace, **self.added}.items() if obj is kernel), None)
        if known is None:
            known = self.namer(kernel.__name__)
            self.added[known] = kernel
        return build.expression(build.call(known, build.load(self.owners[name]), *args), origin)
