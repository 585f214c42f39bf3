"""What is known before a function is differentiated, and need not be asked when it runs: branches, keys, attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from tapegen.analysis.shape_builtins import truth
from tapegen.analysis.shapes import evaluator
from tapegen.analysis.values import Number, Static, Value
from tapegen.lang.build import constant
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import is_identifier
from tapegen.optimise.rewrite import changed, map_blocks, map_children, map_operands, with_body


def settle_known(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Take the branches that the facts decide, and write known keys and attribute names as literals.

    >>> from tapegen.analysis.values import abstract
    >>> from tapegen.lang.show import show
    >>> from tapegen.optimise.rewrite import core
    >>> before = core('''
    ... def f(x, p, key):
    ...     if isinstance(x, float):
    ...         y = p[key]
    ...     else:
    ...         y = getattr(x, key)
    ...     return y''')
    >>> facts = {"x": abstract(2.0, "x"), "p": abstract({"w": 3.0}, "p"), "key": abstract("w", "key")}
    >>> print(show(settle_known(before, facts)))
    def f(x, p, key):
        y = p['w']
        return y

    A branch that is not taken would be differentiated for values that it never sees.
    """
    value_of = evaluator(fn, dict(facts))

    def literal(node: gast.expr) -> gast.expr | None:
        fact = facts.get(node.id) if type(node) is gast.Name else None
        if isinstance(fact, Number) and fact.kind in ("bool", "int") and fact.value in (0, 1):
            return constant(fact.value)
        return constant(fact.object) if isinstance(fact, Static) and type(fact.object) is str else None

    def expression(node: Any) -> Any:
        kind = type(node)
        if kind is gast.Name or kind is gast.Constant:
            return node
        node = map_children(node, expression)
        if kind is gast.Subscript and (key := literal(node.slice)) is not None:
            return changed(node, slice=key)
        if kind is gast.Call and len(node.args) == 2 and lookup(fn, node.func) is getattr:
            name = literal(node.args[1]) or node.args[1]
            if type(name) is gast.Constant and type(name.value) is str and is_identifier(name.value):
                return gast.Attribute(value=node.args[0], attr=name.value, ctx=gast.Load())
        return node

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            stmt = map_operands(stmt, expression)
            decided = truth(value_of(stmt.test)) if type(stmt) is gast.If and not _leaves(stmt) else None
            if decided is None:
                result.append(map_blocks(stmt, block))
            else:
                result.extend(block(stmt.body if decided else stmt.orelse))
        return result

    return with_body(fn, block(fn.body))


def _leaves(stmt: gast.If) -> bool:
    """Whether a branch ends the loop, or the function with an error: so that what follows it stays in reach."""
    last = [block[-1] for block in (stmt.body, stmt.orelse) if block]
    return any(isinstance(inner, (gast.Break, gast.Raise)) for inner in last)
