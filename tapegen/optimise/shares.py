"""The share of an argument in a maximum, by the kernel that looks for ties before it adds them."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.predicates import is_array
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts
from tapegen.analysis.values import Value
from tapegen.kernels import larger
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.optimise.rewrite import changed, is_cotangent, is_name, map_blocks, target_name, with_body


def find_shares(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Write `(a > b) + 0.5 * (a == b)` as `larger(a, b)`.

    >>> from tapegen.analysis.values import Array
    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(a, b):
    ...     t_bar = a < b
    ...     t_bar_1 = a == b
    ...     t_bar_2 = 0.5 * t_bar_1
    ...     t_bar_3 = t_bar + t_bar_2
    ...     return t_bar_3''')
    >>> print(show(find_shares(before, {"t_bar_3": Array("float64", (9,))})))
    def f(a, b):
        t_bar = a < b
        t_bar_1 = a == b
        t_bar_2 = 0.5 * t_bar_1
        t_bar_3 = larger(b, a)
        return t_bar_3

    Dead code elimination removes the rest. Only arrays: of numbers, the expression is as quick.
    """
    counts = binding_counts(fn)
    known: dict[str, gast.expr] = {}
    added: dict[str, object] = {}
    found: list[Regions] = []

    def meaning(node: gast.expr) -> gast.expr:
        return known.get(node.id, node) if is_name(node) and counts[node.id] == 1 else node

    def compared(node: gast.expr, *ops: type) -> tuple[gast.expr, gast.expr] | None:
        """The operands of a comparison, the larger one first."""
        node = meaning(node)
        if type(node) is not gast.Compare or len(node.ops) != 1 or type(node.ops[0]) not in ops:
            return None
        left, right = node.left, node.comparators[0]
        return (right, left) if type(node.ops[0]) is gast.Lt else (left, right)

    def share(value: gast.expr) -> tuple[gast.expr, gast.expr] | None:
        if type(value) is not gast.BinOp or type(value.op) is not gast.Add:
            return None
        half = meaning(value.right)
        above = compared(value.left, gast.Gt, gast.Lt)
        if above is None or type(half) is not gast.BinOp or type(half.op) is not gast.Mult:
            return None
        if type(half.left) is not gast.Constant or half.left.value != 0.5:
            return None
        ties = compared(half.right, gast.Eq)
        if ties is None or sorted(map(gast.dump, ties)) != sorted(map(gast.dump, above)):
            return None
        return above if all(map(keeps, above)) else None

    def keeps(node: gast.expr) -> bool:
        """Whether an operand has the same value later on."""
        if not is_name(node):
            return type(node) is gast.Constant
        found[:] = found or [Regions(fn)]
        return counts[node.id] == 1 and not found[0].is_written(node.id)

    def step(stmt: gast.stmt) -> gast.stmt:
        name = target_name(stmt)
        if name is None:
            return map_blocks(stmt, block)
        known[name] = stmt.value
        operands = share(stmt.value) if is_cotangent(name) and is_array(facts.get(name)) else None
        if operands is None:
            return stmt
        if not added:
            names = [n for n, obj in fn.namespace.items() if obj is larger]
            added[names[0] if names else Namer(fn.names)("larger")] = larger
        return changed(stmt, value=build.call(next(iter(added)), *operands))

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        return [step(stmt) for stmt in body]

    body = block(fn.body)
    return fn.with_body(body, **added) if added else with_body(fn, body)
