"""`x += v` on values that can't be written in place: the name is bound anew, and other names keep the old value.

The frontend leaves `x_1 = operator.iadd(x, v)`, which means a write for arrays. To a Tensor, which is immutable, it
means `x_1 = x + v`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.rules import registry
from tapegen.transforms.in_place import OPERATORS


def rebind(core: Core, immutable: Collection[str]) -> Core:
    """Make augmented assignments of what is computed from the parameters in `immutable` plain ones.

    def f(x):                               def f(x):
        y = x                                   y = x
        x_1 = operator.iadd(x, 1.0)     ->      x_1 = x + 1.0
        return x_1 * y                          return x_1 * y
    """
    if not any(_operator(core, stmt) for stmt in core.statements):
        return core
    known = set(immutable)
    size = -1
    while size < len(known):  # around loops
        size = len(known)
        for stmt in core.statements:
            for name, value in _bindings(stmt):
                if _is_computed(core, value, known):
                    known.add(name)

    class Rebind(gast.NodeTransformer):
        def visit_Assign(self, node: gast.Assign) -> gast.Assign:
            op = _operator(core, node)
            match node.value:
                case gast.Call(args=[gast.Name(id=base) as left, right]) if op is not None and base in known:
                    return build.assign(
                        node.targets[0],
                        gast.BinOp(left=left, op=op(), right=right),
                        getattr(node, "origin", None),
                    )
            return node

    return core.with_body([Rebind().visit(build.clone(stmt)) for stmt in core.body])


def _operator(core: Core, stmt: gast.stmt) -> type | None:
    match stmt:
        case gast.Assign(value=gast.Call(func=func, args=[_, _], keywords=[])):
            callee: Any = lookup(core, func)
            return OPERATORS.get(callee) if type(callee).__hash__ is not None else None
    return None


def _bindings(stmt: gast.stmt) -> list[tuple[str, gast.expr]]:
    match stmt:
        case gast.Assign(targets=[gast.Name(id=name)], value=value):
            return [(name, value)]
        case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
            return [(t.id, v) for t, v in zip(targets, values, strict=True) if isinstance(t, gast.Name)]
    return []


def _is_computed(core: Core, value: gast.expr, known: Collection[str]) -> bool:
    """Whether an expression gives a value of the same kind: an operation on one, not a container of them."""
    match value:
        case gast.Name(id=name):
            return name in known
        case gast.BinOp(left=left, right=right):
            return _is_computed(core, left, known) or _is_computed(core, right, known)
        case gast.UnaryOp(operand=operand) | gast.Subscript(value=operand):
            return _is_computed(core, operand, known)
        case gast.Call(func=func, args=args):
            callee = lookup(core, func)
            if callee is None or type(callee).__hash__ is None:
                return False
            if callee not in OPERATORS and registry.rule_for(callee) is None:
                return False
            first = args[:1] if callee in OPERATORS else args
            return any(isinstance(a, gast.Name) and a.id in known for a in first)
    return False
