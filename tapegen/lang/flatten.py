"""A-normal form for quoted expressions: each operand becomes a name or a literal."""

from __future__ import annotations

from collections.abc import Callable

import gast

from tapegen.lang import build


def is_atom(node: gast.AST) -> bool:
    """Whether `node` is a name, a literal or a negated literal."""
    if isinstance(node, gast.UnaryOp):
        return isinstance(node.op, gast.USub) and isinstance(node.operand, gast.Constant)
    return isinstance(node, (gast.Name, gast.Constant))


def flatten(node: gast.expr, bind: Callable[[gast.expr], gast.expr]) -> gast.expr:
    """`node` with atoms for operands.

    Args:
        node: an expression; not modified.
        bind: given an expression in A-normal form, emits `name = expression` and returns the name.

    Evaluation order is kept: operands are bound from left to right.
    """

    def atom(child: gast.expr) -> gast.expr:
        return build.clone(child) if is_atom(child) else bind(flatten(child, bind))

    if is_atom(node):
        return build.clone(node)
    match node:
        case gast.BinOp():
            return gast.BinOp(left=atom(node.left), op=node.op, right=atom(node.right))
        case gast.UnaryOp():
            return gast.UnaryOp(op=node.op, operand=atom(node.operand))
        case gast.Compare(ops=[_]):
            return gast.Compare(left=atom(node.left), ops=node.ops, comparators=[atom(node.comparators[0])])
        case gast.Call():
            func = node.func
            args = [atom(arg) for arg in node.args]
            keywords = [gast.keyword(arg=k.arg, value=atom(k.value)) for k in node.keywords]
            return gast.Call(func=build.clone(func), args=args, keywords=keywords)
        case gast.Subscript():
            return gast.Subscript(value=atom(node.value), slice=build.clone(node.slice), ctx=gast.Load())
        case gast.Attribute():
            return gast.Attribute(value=atom(node.value), attr=node.attr, ctx=gast.Load())
        case gast.Tuple() | gast.List():
            return type(node)(elts=[atom(e) for e in node.elts], ctx=gast.Load())
        case gast.Dict():
            return gast.Dict(keys=[atom(k) for k in node.keys], values=[atom(v) for v in node.values])
    return build.clone(node)
