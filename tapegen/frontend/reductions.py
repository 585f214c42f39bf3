"""The builtins `sum`, `max` and `min`, and `functools.reduce`, as loops and branches, with Python's meaning.

s = sum(xs)              s = 0
                         for x in xs: s = s + x
m = max(a, b)            if b > a: m = b
                         else: m = a
m = min(xs)              m = xs[0]
                         for k in range(1, len(xs)):
                             x = xs[k]
                             if x < m: m = x
r = reduce(f, xs, a)     r = a
                         for x in xs: r = f(r, x)
"""

from __future__ import annotations

import builtins
import functools
from typing import Any

import gast

from tapegen.frontend.loops import sequence
from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build
from tapegen.lang.core import dotted


def is_expandable(node: gast.Call, callee: Any) -> bool:
    """Whether a call of `callee` is one that `expand` knows."""
    if any(isinstance(arg, gast.Starred) for arg in node.args) or not node.args:
        return False
    if callee is builtins.sum:
        return len(node.args) <= 2 and all(k.arg == "start" for k in node.keywords)
    if callee is functools.reduce:
        named = isinstance(node.args[0], gast.Name) or dotted(node.args[0]) is not None
        return len(node.args) == 3 and not node.keywords and named
    return (callee is builtins.max or callee is builtins.min) and not node.keywords


def expand(node: gast.Call, callee: Any, target: str, scope: Scope) -> list[Any]:
    """`target = node` as statements."""
    if callee is builtins.sum:
        return _sum(node, target, scope)
    if callee is functools.reduce:
        return _reduce(node, target, scope)
    op = gast.Gt() if callee is builtins.max else gast.Lt()
    return _several(node, op, target, scope) if len(node.args) > 1 else _extreme(node, op, target, scope)


def _sum(node: gast.Call, target: str, scope: Scope) -> list[Any]:
    origin, values = node.origin, node.args[0]
    start = next((k.value for k in node.keywords), None) or [*node.args, None][1] or build.constant(0)
    out: list[Any] = []
    if not isinstance(start, gast.Constant):  # evaluated after the iterable, but a generator runs later still
        if not isinstance(values, (gast.Name, gast.GeneratorExp)):
            name = scope.namer("terms")
            out.append(build.assign(name, values, origin))
            values = build.load(name)
    out.append(build.assign(target, start, origin))

    def add(term: gast.expr) -> Any:
        return build.assign(target, build.at(_plus(build.load(target), term), origin), origin)

    if isinstance(values, gast.GeneratorExp):
        step: list[Any] = [add(values.elt)]
        for generator in reversed(values.generators):
            for test in reversed(generator.ifs):
                step = [build.if_(test, step, [], origin)]
            step = [build.for_(generator.target, generator.iter, step, origin)]
        return out + step
    term = scope.namer("term")
    return [*out, build.for_(term, values, [add(build.load(term))], origin)]


def _reduce(node: gast.Call, target: str, scope: Scope) -> list[Any]:
    origin = node.origin
    function, values, start = node.args
    item = scope.namer("item")
    step = build.at(
        gast.Call(func=function, args=[build.load(target), build.load(item)], keywords=[]), origin
    )
    loop = build.for_(item, values, [build.assign(target, step, origin)], origin)
    return [build.assign(target, start, origin), loop]


def _plus(left: gast.expr, right: gast.expr) -> gast.BinOp:
    return gast.BinOp(left=left, op=gast.Add(), right=right)


def _several(node: gast.Call, op: Any, target: str, scope: Scope) -> list[Any]:
    origin = node.origin
    out: list[Any] = []
    held: list[gast.expr] = []
    for arg in node.args:
        if not scope.is_stable(arg):
            name = scope.namer(target)
            out.append(build.assign(name, arg, getattr(arg, "origin", None) or origin))
            arg = build.load(name)
        held.append(arg)
    best = held[0]
    for position, other in enumerate(held[1:], 2):
        name = target if position == len(held) else scope.namer(target)
        test = gast.Compare(left=again(other), ops=[op], comparators=[again(best)])
        one = build.assign(name, again(other), origin)
        out.append(build.if_(test, [one], [build.assign(name, again(best), origin)], origin))
        best = build.load(name)
    return out


def _extreme(node: gast.Call, op: Any, target: str, scope: Scope) -> list[Any]:
    origin = node.origin
    setup, values = sequence(node.args[0], "values", scope, origin)
    index, value = scope.namer("index"), scope.namer("value")
    read = gast.Subscript(value=build.load(values), slice=build.load(index), ctx=gast.Load())
    first = gast.Subscript(value=build.load(values), slice=build.constant(0), ctx=gast.Load())
    test = gast.Compare(left=build.load(value), ops=[op], comparators=[build.load(target)])
    body = [
        build.assign(value, build.at(read, origin), origin),
        build.if_(test, [build.assign(target, build.load(value), origin)], [], origin),
    ]
    length = scope.call("len", build.load(values))
    every = build.at(scope.call("range", build.constant(1), length), origin)
    return [
        *setup,
        build.assign(target, build.at(first, origin), origin),
        build.for_(index, every, body, origin),
    ]
