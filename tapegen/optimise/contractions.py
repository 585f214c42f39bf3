"""Sums of products as inner products, which make no array of the products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts, use_counts
from tapegen.analysis.values import Array, Value, agree
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.optimise.rewrite import changed, is_cotangent, is_name, map_blocks, target_name, with_body


def contract_sums(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Write `np.sum(a * b)` as `a @ b` or `np.vdot(a, b)`.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, y):
    ...     t_bar = x * y
    ...     c_bar = np.sum(t_bar)
    ...     return c_bar''')
    >>> flat = Array("float64", (9,))
    >>> print(show(contract_sums(before, {"x": flat, "y": flat, "t_bar": flat})))
    def f(x, y):
        c_bar = x @ y
        return c_bar

    Only in cotangents, and of doubles: NumPy adds more carefully than BLAS.
    """
    counts, uses = binding_counts(fn), use_counts(fn)
    found: list[Regions] = []

    def is_written(name: str) -> bool:
        found[:] = found or [Regions(fn)]
        return found[0].is_written(name)

    def double(node: gast.expr) -> Array | None:
        fact = facts.get(node.id) if is_name(node) and counts[node.id] == 1 else None
        plain = isinstance(fact, Array) and fact.dtype == "float64" and fact.scalar is False
        return fact if plain and isinstance(fact, Array) and fact.shape else None

    def product(stmt: gast.stmt) -> tuple[gast.expr, gast.expr] | None:
        """The factors of a product of two arrays of one shape."""
        value: Any = getattr(stmt, "value", None)
        if type(value) is not gast.BinOp or type(value.op) is not gast.Mult:
            return None
        a, b = double(value.left), double(value.right)
        if a is None or b is None or not agree(a.shape or (), b.shape or ()):
            return None
        return None if is_written(value.left.id) or is_written(value.right.id) else (value.left, value.right)

    def summed(stmt: gast.stmt, name: str | None) -> str | None:
        """The name whose elements a cotangent is the sum of."""
        value: Any = getattr(stmt, "value", None)
        if name is None or not is_cotangent(name) or type(value) is not gast.Call or value.keywords:
            return None
        if len(value.args) != 1 or not is_name(value.args[0]) or lookup(fn, value.func) is not np.sum:
            return None
        term = str(value.args[0].id)
        return term if uses[term] == 1 and counts[term] == 1 and is_cotangent(term) else None

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt | None] = []
        places: dict[str, int] = {}
        for stmt in body:
            name = target_name(stmt)
            term = summed(stmt, name)
            factors = product(body[places[term]]) if term in places else None
            if term is not None and factors is not None:
                out[places[term]] = None
                stmt = changed(stmt, value=inner(stmt.value, *factors))
            if name is not None:
                places[name] = len(out)
            out.append(map_blocks(stmt, block))
        return [stmt for stmt in out if stmt is not None]

    def inner(call: gast.Call, a: gast.expr, b: gast.expr) -> gast.expr:
        fact = double(a)
        if fact is not None and len(fact.shape or ()) == 1:
            return gast.BinOp(left=a, op=gast.MatMult(), right=b)
        if type(call.func) is gast.Attribute:
            return gast.Call(func=changed(call.func, attr="vdot"), args=[a, b], keywords=[])
        return build.call("np.vdot", a, b)

    return with_body(fn, block(fn.body))
