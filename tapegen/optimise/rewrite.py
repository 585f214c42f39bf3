"""Tools of the passes: trees are never changed, what changes is built anew and the rest is shared."""

from __future__ import annotations

import builtins
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import gast
import numpy as np

from tapegen.lang.core import Core
from tapegen.lang.walk import CHILDREN, below, shallow


def core(text: str, **namespace: Any) -> Core:
    """The function written in `text` as Core, for examples and tests; `np` and builtins are known to it.

    >>> core("def f(x): return x").params
    ['x']
    """
    tree = gast.parse(textwrap.dedent(text)).body[0]
    free = {node.id for node in below(tree) if isinstance(node, gast.Name)}
    bound = {
        node.id for node in below(tree) if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)
    }
    known = {"np": np, **vars(builtins), **namespace}
    return Core(tree, {name: known[name] for name in sorted(free - bound) if name in known})


def changed(node: Any, **fields: Any) -> Any:
    """A copy of `node` with other values in some fields; origin and comment stay."""
    fresh = shallow(node)
    fresh.__dict__.update(fields)
    return fresh


def map_expression(node: Any, step: Callable[[Any], Any]) -> Any:
    """`node` with `step` applied to all expressions in it, inner ones first."""
    kind = type(node)
    return step(node if kind is gast.Name or kind is gast.Constant else map_children(node, step))


def map_children(node: Any, step: Callable[[Any], Any]) -> Any:
    """`node` with `step` applied to all expressions in it but itself, inner ones first."""
    kind = type(node)
    fields: dict[str, Any] | None = None
    for name in CHILDREN[kind]:
        child = getattr(node, name)
        below = type(child)
        if below is list:
            items = [item if item is None else map_expression(item, step) for item in child]
            for new, old in zip(items, child):
                if new is not old:
                    fields = fields or {}
                    fields[name] = items
                    break
        elif below is gast.Name or below is gast.Constant:
            item = step(child)
            if item is not child:
                fields = fields or {}
                fields[name] = item
        elif isinstance(child, gast.AST):
            item = map_expression(child, step)
            if item is not child:
                fields = fields or {}
                fields[name] = item
    return changed(node, **fields) if fields else node


def map_operands(stmt: gast.stmt, step: Callable[[Any], Any]) -> gast.stmt:
    """`stmt` with `step` applied to each expression that it evaluates itself; of a target, to base and index."""
    kind = type(stmt)
    if kind is gast.Assign:
        value = step(stmt.value)
        target = _target(stmt.targets[0], step)
        if value is stmt.value and target is stmt.targets[0]:
            return stmt
        return changed(stmt, targets=[target], value=value)
    if kind is gast.AugAssign:
        value, target = step(stmt.value), _target(stmt.target, step)
        same = value is stmt.value and target is stmt.target
        return stmt if same else changed(stmt, target=target, value=value)
    names = _OPERANDS.get(kind, ())
    fields = {}
    for name in names:
        old = getattr(stmt, name)
        if old is not None:
            new = step(old)
            if new is not old:
                fields[name] = new
    return changed(stmt, **fields) if fields else stmt


_OPERANDS: dict[type, tuple[str, ...]] = {
    gast.Expr: ("value",),
    gast.Return: ("value",),
    gast.If: ("test",),
    gast.While: ("test",),
    gast.For: ("iter",),
    gast.Assert: ("test", "msg"),
    gast.Raise: ("exc", "cause"),
}


def _target(target: gast.expr, step: Callable[[Any], Any]) -> gast.expr:
    kind = type(target)
    if kind is gast.Subscript:
        base, index = step(target.value), step(target.slice)
        return (
            target
            if base is target.value and index is target.slice
            else changed(target, value=base, slice=index)
        )
    if kind is gast.Attribute:
        base = step(target.value)
        return target if base is target.value else changed(target, value=base)
    return target


def map_blocks(stmt: gast.stmt, step: Callable[[list[gast.stmt]], list[gast.stmt]]) -> gast.stmt:
    """`stmt` with `step` applied to the blocks nested in it; a body that becomes empty is `pass`."""
    kind = type(stmt)
    if kind is gast.If:
        body, orelse = step(stmt.body), step(stmt.orelse) if stmt.orelse else stmt.orelse
        if same_items(body, stmt.body) and same_items(orelse, stmt.orelse):
            return stmt
        return changed(stmt, body=body or [gast.Pass()], orelse=orelse)
    if kind is gast.For or kind is gast.While:
        body = step(stmt.body)
        return stmt if same_items(body, stmt.body) else changed(stmt, body=body or [gast.Pass()])
    return stmt


def same_items(a: list[Any], b: list[Any]) -> bool:
    """Whether two lists hold the same objects."""
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


def with_body(fn: Core, body: list[gast.stmt]) -> Core:
    """`fn` with another body; `fn` itself if nothing has changed."""
    return fn if same_items(body, fn.body) else fn.with_body(body)


def substitute_names(node: Any, table: Mapping[str, gast.expr]) -> Any:
    """`node` with the names that it reads replaced by the expressions in `table`."""

    def step(part: Any) -> Any:
        if type(part) is gast.Name and type(part.ctx) is gast.Load:
            return table.get(part.id, part)
        return part

    return map_expression(node, step)


def is_name(node: Any) -> bool:
    """Whether `node` is a name."""
    return type(node) is gast.Name


def is_atom(node: Any) -> bool:
    """Whether `node` is a name, a literal or a negated literal."""
    return type(node) is gast.Name or is_literal(node)


def is_flat(call: gast.Call) -> bool:
    """Whether the arguments of a call are names and constants, as in most of Core."""
    return not call.keywords and all(
        type(arg) is gast.Name or type(arg) is gast.Constant for arg in call.args
    )


def is_literal(node: Any) -> bool:
    """Whether `node` is a literal or a negated literal."""
    if type(node) is gast.UnaryOp:
        return type(node.op) is gast.USub and type(node.operand) is gast.Constant
    return type(node) is gast.Constant


def target_name(stmt: gast.stmt) -> str | None:
    """The name that `stmt` binds, if it is `Name = Expr`."""
    if type(stmt) is gast.Assign and type(stmt.targets[0]) is gast.Name:
        return str(stmt.targets[0].id)
    return None


def is_cotangent(name: str) -> bool:
    """Whether a name was given by the transforms to a cotangent or tangent, hence to a floating value."""
    return "_bar" in name or "_dot" in name
