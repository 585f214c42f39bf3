"""Functions under other names, and transforms such as `tg.grad` that a function carries out on functions."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import walk
from tapegen.rules.stand_ins import call_for

SPELLINGS: dict[Any, Any] = {}
"""Functions that do the same to arrays as another, under another name: TensorFlow's names for NumPy's functions."""


def respelled(core: Core) -> Core:
    """The function with each call of a function in `SPELLINGS` as one of its NumPy namesake."""
    added: dict[str, Any] = {}
    taken = Namer(core.names)

    class Respell(gast.NodeTransformer):
        def visit_Call(self, node: gast.Call) -> gast.AST:
            self.generic_visit(node)
            new = _spelled(lookup(core, node.func))
            if new is not None:
                name = next((n for n, known in {**core.namespace, **added}.items() if known is new), None)
                if name is None:
                    name = taken(new.__name__)
                    added[name] = new
                node.func = build.load(name)
            return node

    if all(_spelled(obj) is None for obj in called_objects(core)):
        return core
    body = [Respell().visit(build.clone(stmt)) for stmt in core.body]
    return core.with_body(body, **added)


def _spelled(obj: Any) -> Any:
    """What is called instead of a function, or None."""
    if type(obj).__hash__ is None:
        return None
    return SPELLINGS[obj] if obj in SPELLINGS else call_for(obj)


def called_objects(core: Core) -> list[Any]:
    """The objects that the calls of a function call; None for those that are not known."""
    return [lookup(core, node.func) for node in walk(core.tree) if isinstance(node, gast.Call)]


def is_transform(obj: Any) -> bool:
    """Whether a callee is a derivative, such as `tg.grad(f)`, that brings its own generated code."""
    return getattr(type(obj), "is_derivative", False)


def transforms_made(core: Core) -> Core:
    """The function with `g = tg.grad(f)`, where `f` is known, carried out: `g` is then the derivative itself."""
    made: dict[str, Any] = {}
    body: list[gast.stmt] = []
    counts: dict[str, int] = {}
    for stmt in walk_statements(core.body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            counts[stmt.targets[0].id] = counts.get(stmt.targets[0].id, 0) + 1
    for stmt in core.body:
        match stmt:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=func, args=[argument], keywords=keywords)
            ):
                maker = lookup(core, func)
                fn = made.get(argument.id) if isinstance(argument, gast.Name) else None
                fn = fn or lookup(core, argument)
                plain = all(isinstance(k.value, gast.Constant) and k.arg is not None for k in keywords)
                derives = getattr(maker, "makes_derivative", False)
                if maker is not None and derives and fn is not None and plain and counts[name] == 1:
                    made[name] = maker(fn, **{k.arg: k.value.value for k in keywords})
                    continue
        body.append(stmt)
    return core.with_body(body, **made) if made else core
