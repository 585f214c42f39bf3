"""Loops of the adjoint sweep: what the forward loop must keep for them, and how they walk it back.

One list per variable that the adjoint body reads; the forward loop pushes, the adjoint loop runs over the reversed
lists. The index of a range that runs to its end is not kept: the adjoint runs over the reversed range.
"""

from __future__ import annotations

import gast

from tapegen.lang import build
from tapegen.lang.core import bound_names, walk_statements
from tapegen.lang.walk import below
from tapegen.transforms.scope import Scope


def record(
    scope: Scope,
    loop: gast.For | gast.While,
    forward: list[gast.stmt],
    move: gast.stmt | None,
    leave: gast.stmt | None,
    adjoint: list[gast.stmt],
) -> list[gast.stmt]:
    """Write the adjoint loop around the statements `adjoint`; return the forward loop, which keeps what they read."""
    origin = getattr(loop, "origin", None)
    tail = [stmt for stmt in (move, leave) if stmt is not None]
    if not adjoint:
        return [_rebuilt(loop, [*forward, *tail])]
    bound = _bound_in(forward) | (bound_names(move.targets[0]) if isinstance(move, gast.Assign) else set())
    index: str = loop.target.id if isinstance(loop, gast.For) else ""
    if index:
        bound.add(index)
    needed = [name for name in _read_by(adjoint) if name in bound]
    before: list[gast.stmt] = []
    pushes: list[gast.stmt] = []
    targets: list[str] = []
    walks: list[gast.expr] = []
    runs_through = isinstance(loop, gast.For) and leave is None
    if runs_through and (index in needed or not needed):
        targets.append(scope.namer(index))
        walks.append(build.call("reversed", build.clone(loop.iter)))
        needed = [name for name in needed if name != index]
        renamed = {index: targets[0]}
    else:
        renamed = {}
    if not needed and not runs_through:
        needed = ["_trip"]
    for name in needed:
        stack = scope.namer(f"{name.strip('_')}_stack")
        renamed[name] = scope.namer(name)
        before.append(build.assign(stack, gast.List(elts=[], ctx=gast.Load()), origin))
        kept = build.load(name) if name != "_trip" else build.constant(None)
        push = gast.Attribute(value=build.load(stack), attr="append", ctx=gast.Load())
        pushes.append(build.expression(build.call(push, kept), origin))
        targets.append(renamed[name])
        walks.append(build.call("reversed", build.load(stack)))
    scope.namespace.setdefault("reversed", reversed)
    forward = promote(forward, set(needed))
    if len(walks) == 1:
        target, walk = build.store(targets[0]), walks[0]
    else:
        scope.namespace.setdefault("zip", zip)
        target = build.tuple_of([build.store(t) for t in targets], gast.Store())
        walk = build.call("zip", *walks)
    scope.emit(build.for_(target, walk, build.substitute(adjoint, renamed), origin))
    return [*before, _rebuilt(loop, [*forward, *pushes, *tail])]


def _rebuilt(loop: gast.For | gast.While, body: list[gast.stmt]) -> gast.stmt:
    origin = getattr(loop, "origin", None)
    if isinstance(loop, gast.For):
        return build.for_(loop.target, loop.iter, body, origin)
    return build.while_(loop.test, body, origin)


def _bound_in(body: list[gast.stmt]) -> set[str]:
    names: set[str] = set()
    for stmt in walk_statements(body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
            names |= bound_names(stmt.targets[0])
        elif isinstance(stmt, gast.For):
            names |= bound_names(stmt.target)
    return names


def _read_by(body: list[gast.stmt]) -> list[str]:
    """Names that the statements read, in order of appearance."""
    found: dict[str, None] = {}
    for stmt in body:
        for node in below(stmt):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                found[node.id] = None
    return list(found)


def promote(body: list[gast.stmt], needed: set[str]) -> list[gast.stmt]:
    """Bind the names in `needed` on both sides of each branch, to None where the branch has no value for them."""
    result = []
    for stmt in body:
        if isinstance(stmt, gast.If):
            stmt = build.at(
                gast.If(test=stmt.test, body=promote(stmt.body, needed), orelse=promote(stmt.orelse, needed)),
                getattr(stmt, "origin", None),
            )
            left, right = _top_bound(stmt.body), _top_bound(stmt.orelse)
            for name in sorted((left ^ right) & needed):
                side = stmt.orelse if name in left else stmt.body
                side.append(build.assign(name, build.constant(None), getattr(stmt, "origin", None)))
        result.append(stmt)
    return result


def _top_bound(body: list[gast.stmt]) -> set[str]:
    names: set[str] = set()
    for stmt in body:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
            names |= bound_names(stmt.targets[0])
        elif isinstance(stmt, gast.If):
            names |= _top_bound(stmt.body) & _top_bound(stmt.orelse)
    return names
