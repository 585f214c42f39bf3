"""A matrix whose inverse is there anyway need not be factorised again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.predicates import rank
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts
from tapegen.analysis.values import Value
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.optimise.rewrite import changed, is_cotangent, is_name, map_blocks, target_name, with_body


def _inverts(fn: Core, stmt: gast.stmt) -> bool:
    value: Any = stmt.value if type(stmt) is gast.Assign else None
    return type(value) is gast.Call and lookup(fn, value.func) is np.linalg.inv


def reuse_inverses(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Multiply a cotangent by the inverse of a matrix that has been computed, instead of solving with the matrix.

    >>> from tapegen.analysis.values import Array
    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(s, b_bar):
    ...     i = np.linalg.inv(s)
    ...     t = np.transpose(s)
    ...     g = np.linalg.solve(t, b_bar)
    ...     return (i, g)''')
    >>> square = Array("float64", (3, 3))
    >>> print(show(reuse_inverses(before, {"s": square, "t": square, "b_bar": square})))
    def f(s, b_bar):
        i = np.linalg.inv(s)
        t = np.transpose(s)
        i_1 = np.transpose(i)
        g = i_1 @ b_bar
        return i, g

    The error is no larger in kind. Source: Druinsky and Toledo (2012), How accurate is inv(A)*b?, arXiv:1201.6035.
    """
    if not any(_inverts(fn, stmt) for stmt in fn.statements):
        return fn
    counts = binding_counts(fn)
    made: list[object] = []

    def namer(name: str) -> str:
        made[:] = made or [Namer(fn.names)]
        return made[0](name)  # type: ignore[operator,no-any-return]

    def is_written(name: str) -> bool:
        return Regions(fn).is_written(name)

    def called(stmt: gast.stmt, function: object, count: int) -> list[gast.expr] | None:
        """The arguments, all of them names, of a call of `function` to which a statement binds a name."""
        value: Any = getattr(stmt, "value", None)
        if (
            target_name(stmt) is None
            or type(value) is not gast.Call
            or value.keywords
            or len(value.args) != count
        ):
            return None
        if not all(is_name(a) and counts[a.id] == 1 for a in value.args):
            return None
        args: list[gast.expr] = value.args
        return args if lookup(fn, value.func) is function else None

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        inverses: dict[str, str] = {}
        transposes: dict[str, tuple[str, gast.expr]] = {}
        for stmt in body:
            inverted, turned = called(stmt, np.linalg.inv, 1), called(stmt, np.transpose, 1)
            solved = called(stmt, np.linalg.solve, 2)
            name = target_name(stmt) or ""
            if (
                inverted is not None
                and rank(facts.get(inverted[0].id)) == 2
                and not is_written(inverted[0].id)
            ):
                inverses[inverted[0].id] = name
            elif turned is not None and rank(facts.get(turned[0].id)) == 2:
                transposes[name] = turned[0].id, stmt.value.func
            elif solved is not None and is_cotangent(solved[1].id):
                out += multiplied(stmt, solved[0].id, inverses, transposes)
                continue
            out.append(map_blocks(stmt, block))
        return out

    def multiplied(
        stmt: gast.stmt,
        matrix: str,
        inverses: Mapping[str, str],
        transposes: Mapping[str, tuple[str, gast.expr]],
    ) -> list[gast.stmt]:
        known, before = inverses.get(matrix), []
        if known is None and matrix in transposes:
            other, func = transposes[matrix]
            if other in inverses:
                known = namer(inverses[other])
                turned = gast.Call(func=func, args=[build.load(inverses[other])], keywords=[])
                before = [build.assign(known, turned, getattr(stmt, "origin", None))]
        if known is None:
            return [stmt]
        product = gast.BinOp(left=build.load(known), op=gast.MatMult(), right=stmt.value.args[1])
        return [*before, changed(stmt, value=product)]

    return with_body(fn, block(fn.body))
