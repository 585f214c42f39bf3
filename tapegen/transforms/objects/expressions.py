"""Expressions: what they are on what is known of their operands; what is not known is left to be computed."""

from __future__ import annotations

import functools
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.flatten import is_atom
from tapegen.transforms.objects.attributes import apply_method, get_attribute
from tapegen.transforms.objects.calls import evaluate_call
from tapegen.transforms.objects.containers import get_item
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.flow import choose
from tapegen.transforms.objects.heap import Data, Static, Tup, copied
from tapegen.transforms.objects.operators import binary, compare, truth

_UNARY = {gast.USub: "__neg__", gast.UAdd: "__pos__", gast.Invert: "__invert__"}


def evaluate(work: Evaluator, node: Any) -> Any:
    """The value of an expression."""
    match node:
        case gast.Name():
            return _name(work, node)
        case gast.Constant():
            return Data(build.constant(node.value))
        case gast.Attribute():
            return _attribute(work, node)
        case gast.Call():
            return evaluate_call(work, node)
        case gast.BinOp():
            return binary(work, node.op, evaluate(work, node.left), evaluate(work, node.right))
        case gast.UnaryOp():
            return _unary(work, node)
        case gast.Compare():
            return _compare(work, node)
        case gast.BoolOp():
            return _boolean(work, node)
        case gast.Subscript():
            return get_item(work, evaluate(work, node.value), evaluate(work, node.slice))
        case gast.Tuple():
            items = tuple(evaluate(work, e) for e in node.elts)
            return Tup(items)
        case gast.List():
            items = tuple(evaluate(work, e) for e in node.elts)
            return work.new_container(list, id(node), dict(enumerate(items)))
        case gast.Dict():
            return _dict(work, node)
        case gast.Slice():
            parts = [
                None if p is None else work.residual(evaluate(work, p))
                for p in (node.lower, node.upper, node.step)
            ]
            return Data(gast.Slice(*parts))
        case gast.JoinedStr():
            return Data(gast.JoinedStr(values=[_formatted(work, v) for v in node.values]))
    raise work.refuse(
        f"cannot follow an expression of kind {type(node).__name__}",
        why="objects are taken apart here",
        instead="write it with plain assignments",
    )


def _name(work: Evaluator, node: gast.Name) -> Any:
    env = work.frame.env
    if node.id in env:
        return work.readable(env[node.id], node.id)
    namespace = work.frame.core.namespace
    if node.id in namespace:
        obj = namespace[node.id]
        return Data(build.constant(None)) if obj is None else Static(obj, node)
    return Data(build.load(node.id))


def _attribute(work: Evaluator, node: gast.Attribute) -> Any:
    path = dotted(node)
    if path is None or path[0] in work.frame.env or path[0] not in work.frame.core.namespace:
        return get_attribute(work, evaluate(work, node.value), node.attr)
    owner = evaluate(work, node.value)
    if not isinstance(owner, Static) or isinstance(owner.object, type):
        return get_attribute(work, owner, node.attr)
    try:
        value = getattr(owner.object, node.attr)
        return Static(value, gast.Attribute(value=work.residual(owner), attr=node.attr, ctx=gast.Load()))
    except AttributeError:
        return Data(gast.Attribute(value=work.residual(owner), attr=node.attr, ctx=gast.Load()))


def _dict(work: Evaluator, node: gast.Dict) -> Any:
    keys = [evaluate(work, k) for k in node.keys]
    values = [evaluate(work, v) for v in node.values]
    if all(isinstance(k, Data) and k.is_constant for k in keys):
        return work.new_container(
            dict, id(node), dict(zip([k.node.value for k in keys], values, strict=True))
        )
    return Data(gast.Dict(keys=[work.atom(k) for k in keys], values=[work.atom(v) for v in values]))


def _formatted(work: Evaluator, node: Any) -> Any:
    if not isinstance(node, gast.FormattedValue):
        return build.clone(node)
    spec = node.format_spec
    if spec is not None:
        spec = gast.JoinedStr(values=[_formatted(work, v) for v in spec.values])
    value = evaluate(work, node.value)
    if isinstance(value, Static):
        value = Data(build.constant(str(value.object)))
    return gast.FormattedValue(value=work.atom(value), conversion=node.conversion, format_spec=spec)


def _unary(work: Evaluator, node: gast.UnaryOp) -> Any:
    operand = evaluate(work, node.operand)
    if isinstance(node.op, gast.Not):
        known = truth(work, operand)
        if isinstance(known, bool):
            return Data(build.constant(not known))
        return Data(gast.UnaryOp(op=gast.Not(), operand=work.residual(known)))
    if isinstance(operand, Data):
        if isinstance(operand.node, gast.UnaryOp) and is_atom(operand.node):
            operand = work.bound(Data(gast.UnaryOp(op=node.op, operand=operand.node)), "value")
            return operand
        return Data(gast.UnaryOp(op=node.op, operand=work.residual(operand)))
    found = apply_method(work, operand, _UNARY[type(node.op)], ()) if work.is_object(operand) else None
    if found is None:
        raise work.refuse(
            f"cannot differentiate this operator of {work.kind(operand)}",
            why=f"it has no method {_UNARY[type(node.op)]}",
            instead="define the method",
        )
    return found


def _compare(work: Evaluator, node: gast.Compare) -> Any:
    values = [evaluate(work, e) for e in (node.left, *node.comparators)]
    if len(node.ops) == 1:
        return compare(work, node.ops[0], *values)
    if all(isinstance(v, Data) for v in values):
        first, *rest = map(work.residual, values)
        return Data(gast.Compare(left=first, ops=node.ops, comparators=rest))
    raise work.refuse(
        "cannot follow a chained comparison of objects",
        why="each comparison is a call of a method",
        instead="write it with `and`",
    )


def _same(value: Any) -> Any:
    return value


def _boolean(work: Evaluator, node: gast.BoolOp) -> Any:
    """`and` and `or`; an operand that needs statements is computed only where Python would compute it."""

    is_and = isinstance(node.op, gast.And)
    left = evaluate(work, node.values[0])
    for position, operand in enumerate(node.values[1:], 1):
        known = truth(work, left)
        if isinstance(known, bool):
            if known != is_and:
                return left
            left = evaluate(work, operand)
            continue
        heap, out, work.out = copied(work.heap), work.out, []
        right = evaluate(work, operand)
        needed, work.out = work.out, out
        if needed:
            work.heap = heap
            last = position == len(node.values) - 1
            rest = operand if last else gast.BoolOp(op=node.op, values=node.values[position:])
            taken = work.bound(left, "test")
            one, two = functools.partial(evaluate, work, rest), functools.partial(_same, taken)
            return choose(work, taken, *((one, two) if is_and else (two, one)))
        decided = truth(work, right)
        if isinstance(decided, bool) and decided == is_and and isinstance(right, Data) and right.is_constant:
            continue
        left = Data(gast.BoolOp(op=node.op, values=[work.residual(known), work.residual(right)]))
    return left
