"""Expressions that branch, as `if` statements: ternaries, `and`/`or` for their value, chained comparisons.

y = a if c else b        if c: y = a
                         else: y = b
y = a or b               y = a
                         if not y: y = b
y = a < f(b) < c         middle = f(b); y = a < middle
                         if y: y = middle < c
"""

from __future__ import annotations

from typing import Any

import gast

from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build


def ternary(node: gast.IfExp, target: str) -> list[Any]:
    """`target = body if test else orelse`."""
    origin = getattr(node, "origin", None)
    body = build.assign(target, node.body, origin)
    return [build.if_(node.test, [body], [build.assign(target, node.orelse, origin)], origin)]


def boolean(node: gast.BoolOp, target: str) -> list[Any]:
    """`target = a and b and ...`: each operand only if the one before does not decide."""
    origin = getattr(node, "origin", None)
    first, *rest = node.values
    out: list[Any] = [build.assign(target, first, getattr(first, "origin", None) or origin)]
    if rest:
        test: gast.expr = build.load(target)
        if isinstance(node.op, gast.Or):
            test = gast.UnaryOp(op=gast.Not(), operand=test)
        remaining = rest[0]
        if len(rest) > 1:
            remaining = build.at(gast.BoolOp(op=node.op, values=rest), origin)
        inner = boolean(remaining, target) if len(rest) > 1 else [build.assign(target, remaining, origin)]
        out.append(build.if_(test, inner, [], origin))
    return out


def chain(node: gast.Compare, target: str, scope: Scope) -> list[Any]:
    """`target = a < b < c`: b is evaluated once, c only if a < b."""
    origin = getattr(node, "origin", None)
    out: list[Any] = []

    def held(operand: gast.expr, place: list[Any]) -> gast.expr:
        if scope.is_stable(operand):
            return operand
        name = scope.namer("middle")
        place.append(build.assign(name, operand, getattr(operand, "origin", None) or origin))
        return build.load(name)

    left, place = held(node.left, out), out
    for position, (op, operand) in enumerate(zip(node.ops, node.comparators, strict=True)):
        last = position == len(node.ops) - 1
        right = operand if last else held(operand, place)
        compare = build.at(gast.Compare(left=again(left), ops=[op], comparators=[right]), origin)
        place.append(build.assign(target, compare, origin))
        if not last:
            inner: list[Any] = []
            place.append(build.if_(build.load(target), inner, [], origin))
            place[-1].body = inner
            left, place = right, inner
    return out
