"""Tests that are decided by what is known of functions: `callback is None`, `callable(f)`, `method == "newton"`."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from tapegen.transforms.function_values import (
    Attribute,
    Choice,
    Partial,
    Static,
    Values,
    is_function,
    literal,
)


def decide(test: gast.expr, values: Values) -> bool | None:
    """What a test gives, or None if that is known only when it runs."""
    match test:
        case gast.UnaryOp(op=gast.Not(), operand=operand):
            inner = decide(operand, values)
            return None if inner is None else not inner
        case gast.BoolOp(op=op, values=operands):
            found = [decide(operand, values) for operand in operands]
            ends = isinstance(op, gast.Or)
            if found[0] is ends:
                return ends
            return None if None in found else (any(found) if ends else all(found))
        case gast.Compare(left=left, ops=[gast.Is() | gast.IsNot() as op], comparators=[right]):
            same = _is(left, right, values)
            return None if same is None else same == isinstance(op, gast.Is)
        case gast.Compare(left=left, ops=[gast.Eq() | gast.NotEq() as op], comparators=[right]):
            (one_known, one), (two_known, two) = _literal(left, values), _literal(right, values)
            if one_known and two_known:
                return bool(one == two) == isinstance(op, gast.Eq)
            return None
        case gast.Call(func=func, args=[argument]) if values.denotes(func) is builtins.callable:
            return _is_callable(argument, values) or None
        case gast.Name() | gast.Constant():
            known, value = _literal(test, values)
            if known:
                return bool(value)
            return _is_callable(test, values) or None
    return None


def _is(left: gast.expr, right: gast.expr, values: Values) -> bool | None:
    known, value = _literal(right, values)
    if known and value is None:
        left_known, left_value = _literal(left, values)
        if left_known:
            return left_value is None
        found = values.of(left)
        return None if found is None or (isinstance(found, Attribute) and not found.is_method) else False
    one, two = values.of(left), values.of(right)
    if isinstance(one, Static) and isinstance(two, Static):
        return one.obj is two.obj
    return None


def _is_callable(node: gast.expr, values: Values) -> bool:
    value = values.of(node)
    if isinstance(value, Static):
        return is_function(value.obj)
    return isinstance(value, (Partial, Choice, Attribute)) and values.value_holds(value)


def _literal(node: Any, values: Values) -> tuple[bool, Any]:
    if isinstance(node, gast.Name) and node.id in values.constants:
        return True, values.constants[node.id]
    return literal(node)
