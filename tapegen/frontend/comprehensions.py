"""Comprehensions as loops.

    ys = [g(x) for x in xs if x > 0]        ys = []
                                            for x in xs:
                                                if x > 0:
                                                    ys.append(g(x))

The names of their targets have been made unique before (`resolve`).
"""

from __future__ import annotations

from typing import Any

import gast

from tapegen.frontend.scope import Scope
from tapegen.lang import build


def comprehension(node: Any, target: str, scope: Scope) -> list[Any]:
    """`target = [...]`, `{...: ...}` or `{...}`; a generator expression gives a list."""
    origin = node.origin
    if isinstance(node, gast.DictComp):
        empty: gast.expr = gast.Dict(keys=[], values=[])
        place = gast.Subscript(value=build.load(target), slice=node.key, ctx=gast.Store())
        # Python evaluates the key first, then the value; an assignment does it the other way round.
        if isinstance(node.key, (gast.Name, gast.Constant)):
            step = [build.assign(place, node.value, origin)]
        else:
            key = scope.namer("key")
            place.slice = build.load(key)
            step = [build.assign(key, node.key, origin), build.assign(place, node.value, origin)]
    elif isinstance(node, gast.SetComp):
        empty = scope.call("set")
        step = [_effect(target, "add", node.elt, origin)]
    else:
        empty = gast.List(elts=[], ctx=gast.Load())
        step = [_effect(target, "append", node.elt, origin)]
    return [build.assign(target, build.at(empty, origin), origin), *_nest(node.generators, step, origin)]


def any_or_all(node: gast.GeneratorExp, target: str, found: bool) -> list[Any]:
    """`target = any(...)` (found=True) or `all(...)` (found=False), stopping at the first that decides."""
    origin = node.origin
    test = node.elt if found else build.at(gast.UnaryOp(op=gast.Not(), operand=node.elt), origin)
    hit = [build.assign(target, build.constant(found), origin), build.at(gast.Break(), origin)]
    step: list[Any] = [build.if_(test, hit, [], origin)]
    for depth, generator in enumerate(reversed(node.generators)):
        if depth:
            decided: gast.expr = build.load(target)
            if not found:
                decided = gast.UnaryOp(op=gast.Not(), operand=decided)
            step = [*step, build.if_(decided, [build.at(gast.Break(), origin)], [], origin)]
        step = _nest([generator], step, origin)
    return [build.assign(target, build.constant(not found), origin), *step]


def _effect(target: str, method: str, argument: gast.expr, origin: Any) -> Any:
    func = gast.Attribute(value=build.load(target), attr=method, ctx=gast.Load())
    return build.expression(build.at(build.call(func, argument), origin), origin)


def _nest(generators: list[Any], step: list[Any], origin: Any) -> list[Any]:
    for generator in reversed(generators):
        for test in reversed(generator.ifs):
            step = [build.if_(test, step, [], getattr(test, "origin", None) or origin)]
        step = [build.for_(generator.target, generator.iter, step, origin)]
    return step
