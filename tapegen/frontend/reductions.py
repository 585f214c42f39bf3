"""`sum`, `max` and `min`, `math.prod` and `functools.reduce` as loops and branches, with Python's meaning.

s = sum(xs)              s = 0
                         for x in xs: s = s + x
m = max(a, b)            if b > a: m = b
                         else: m = a
m = min(xs)              m = xs[0]
                         for k in range(1, len(xs)):
                             x = xs[k]
                             if x < m: m = x
m = max(xs, key=f)       the same, comparing f(m) and f(x)
m = max(xs, default=v)   m = v where len(xs) == 0
r = reduce(f, xs, a)     r = a
                         for x in xs: r = f(r, x)
"""

from __future__ import annotations

import builtins
import functools
import math
from typing import Any

import gast

from tapegen.frontend.loops import sequence
from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build
from tapegen.lang.core import dotted


def is_expandable(node: gast.Call, callee: Any, scope: Scope) -> bool:
    """Whether a call of `callee` is one that `expand` knows."""
    if any(isinstance(arg, gast.Starred) for arg in node.args) or not node.args:
        return False
    if callee is builtins.sum:
        return len(node.args) <= 2 and all(k.arg == "start" for k in node.keywords)
    if callee is functools.reduce:
        return len(node.args) in (2, 3) and not node.keywords and applied(node.args[0], [], scope) is not None
    if callee is math.prod:
        return len(node.args) == 1 and all(k.arg == "start" for k in node.keywords)
    if callee is not builtins.max and callee is not builtins.min:
        return False
    options = {k.arg: k.value for k in node.keywords}
    if not options.keys() <= {"key", "default"} or ("default" in options and len(node.args) > 1):
        return False
    return "key" not in options or applied(options["key"], [], scope) is not None


def expand(node: gast.Call, callee: Any, target: str, scope: Scope) -> list[Any]:
    """`target = node` as statements."""
    if callee is builtins.sum or callee is math.prod:
        return _folded(node, gast.Add() if callee is builtins.sum else gast.Mult(), target, scope)
    if callee is functools.reduce:
        return _reduce(node, target, scope)
    op = gast.Gt() if callee is builtins.max else gast.Lt()
    if len(node.args) == 1:
        return _extreme(node, node.args[0], op, target, scope)
    if node.keywords:
        return _extreme(node, gast.List(elts=node.args, ctx=gast.Load()), op, target, scope)
    return _several(node, op, target, scope)


def applied(function: gast.expr, items: list[gast.expr], scope: Scope) -> gast.Call | None:
    """A call of `function`, an expression that may be evaluated several times; None if it isn't one.

    A method such as `self.f` is taken to be one: what `map` calls does not put another in its place.
    """
    if dotted(function) is not None or scope.denotes(function) is not None:
        return gast.Call(func=build.clone(function), args=items, keywords=[])
    if isinstance(function, gast.Call) and scope.denotes(function.func) is functools.partial:
        first, *captured = function.args
        if not function.keywords and all(isinstance(a, (gast.Name, gast.Constant)) for a in function.args):
            return gast.Call(func=again(first), args=[*map(again, captured), *items], keywords=[])
    return None


def _folded(node: gast.Call, op: gast.operator, target: str, scope: Scope) -> list[Any]:
    origin, values = node.origin, node.args[0]
    start = next((k.value for k in node.keywords), None) or [*node.args, None][1]
    if start is None:
        start = build.constant(0 if isinstance(op, gast.Add) else 1)
    out: list[Any] = []
    if not isinstance(start, gast.Constant):  # evaluated after the iterable, but a generator runs later still
        if not isinstance(values, (gast.Name, gast.GeneratorExp)):
            name = scope.namer("terms")
            out.append(build.assign(name, values, origin))
            values = build.load(name)
    out.append(build.assign(target, start, origin))

    def add(term: gast.expr) -> Any:
        return build.assign(
            target, build.at(gast.BinOp(left=build.load(target), op=op, right=term), origin), origin
        )

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
    function, values, *start = node.args

    def step(item: gast.expr) -> list[Any]:
        call = applied(function, [build.load(target), item], scope)
        return [build.assign(target, build.at(call, origin), origin)]

    if start:
        item = scope.namer("item")
        loop = build.for_(item, values, step(build.load(item)), origin)
        return [build.assign(target, start[0], origin), loop]
    setup, values = sequence(node.args[1], "values", scope, origin)
    index = scope.namer("index")
    first = gast.Subscript(value=build.load(values), slice=build.constant(0), ctx=gast.Load())
    read = gast.Subscript(value=build.load(values), slice=build.load(index), ctx=gast.Load())
    every = scope.call("range", build.constant(1), scope.call("len", build.load(values)))
    return [
        *setup,
        build.assign(target, build.at(first, origin), origin),
        build.for_(index, build.at(every, origin), step(build.at(read, origin)), origin),
    ]


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


def _extreme(node: gast.Call, iterable: gast.expr, op: Any, target: str, scope: Scope) -> list[Any]:
    origin = node.origin
    options = {k.arg: k.value for k in node.keywords}
    setup, values = sequence(iterable, "values", scope, origin)
    index, value = scope.namer("index"), scope.namer("value")
    read = gast.Subscript(value=build.load(values), slice=build.load(index), ctx=gast.Load())
    first = gast.Subscript(value=build.load(values), slice=build.constant(0), ctx=gast.Load())
    begin = [build.assign(target, build.at(first, origin), origin)]
    body = [build.assign(value, build.at(read, origin), origin)]
    better = [build.assign(target, build.load(value), origin)]
    this, best = value, target
    if "key" in options:
        this, best = scope.namer("key"), scope.namer("best")
        for name, of, block in ((best, target, begin), (this, value, body)):
            call = build.at(applied(options["key"], [build.load(of)], scope), origin)
            block.append(build.assign(name, call, origin))
        better.append(build.assign(best, build.load(this), origin))
    test = gast.Compare(left=build.load(this), ops=[op], comparators=[build.load(best)])
    body.append(build.if_(test, better, [], origin))
    length = scope.call("len", build.load(values))
    every = build.at(scope.call("range", build.constant(1), length), origin)
    found = [*begin, build.for_(index, every, body, origin)]
    if "default" not in options:
        return [*setup, *found]
    empty = gast.Compare(
        left=scope.call("len", build.load(values)), ops=[gast.Eq()], comparators=[build.constant(0)]
    )
    default = options["default"]
    if not isinstance(default, (gast.Name, gast.Constant)):
        name = scope.namer("default")
        setup = [*setup, build.assign(name, default, origin)]
        default = build.load(name)
    return [*setup, build.if_(empty, [build.assign(target, default, origin)], found, origin)]
