"""Expressions that branch or loop, and so become statements in A-normal form."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from tapegen.frontend import outputs, reductions, sequences
from tapegen.frontend.scope import Scope
from tapegen.lang import build

LOOPING = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
STATEMENTS = (gast.IfExp, gast.NamedExpr, *LOOPING)


def as_list(node: Any) -> gast.expr:
    """A generator expression that is used up at once, as a list; anything else as it is."""
    if isinstance(node, gast.GeneratorExp):
        return build.at(gast.ListComp(elt=node.elt, generators=node.generators), node.origin)
    return node


def is_any_all(node: Any, scope: Scope) -> bool:
    """Whether the expression is `any(...)` or `all(...)` of a generator, which stops early."""
    if not (
        isinstance(node, gast.Call) and len(node.args) == 1 and isinstance(node.args[0], gast.GeneratorExp)
    ):
        return False
    callee = scope.denotes(node.func)
    return callee is builtins.any or callee is builtins.all


def becomes_statements(node: Any, scope: Scope) -> bool:
    """Whether the expression itself (not a part of it) is replaced by statements."""
    if isinstance(node, (gast.IfExp, gast.BoolOp, *LOOPING)):
        return True
    if isinstance(node, gast.Compare):
        return len(node.ops) > 1
    if isinstance(node, gast.Call):
        callee = scope.denotes(node.func)
        return (
            is_any_all(node, scope)
            or sequences.makes_list(node, callee, scope)
            or reductions.is_expandable(node, callee, scope)
            or outputs.writes_output(node, callee)
            or outputs.is_fill(node, scope)
        )
    return False
