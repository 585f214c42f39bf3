"""Broadcasting is left to NumPy where it happens anyway."""

from __future__ import annotations

from collections.abc import Mapping

import gast
import numpy as np

from tapegen.analysis.predicates import is_array
from tapegen.analysis.uses import binding_counts
from tapegen.analysis.values import Value
from tapegen.kernels import scatter_add
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.optimise.rewrite import changed, map_blocks, with_body


def sink_broadcasts(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Store or add what would be broadcast, instead of its broadcast view; negate before broadcasting.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> from tapegen.analysis.values import Array
    >>> before = core('''
    ... def f(x, ct):
    ...     b = np.zeros_like(x)
    ...     c = np.broadcast_to(ct, (3,))
    ...     b[1:4] += c
    ...     return b''')
    >>> print(show(sink_broadcasts(before, {"b": Array("float64", (8,))})))
    def f(x, ct):
        b = np.zeros_like(x)
        c = np.broadcast_to(ct, (3,))
        b[1:4] += ct
        return b
    """
    counts = binding_counts(fn).copy()
    namer = Namer({*counts, *fn.params, *fn.namespace})
    source: dict[str, gast.Call] = {}
    done = False

    def single(node: gast.AST) -> gast.Call | None:
        return source.get(node.id) if type(node) is gast.Name and counts[node.id] == 1 else None

    def atom(node: gast.expr) -> bool:
        return type(node) is gast.Constant or (
            type(node) is gast.Name and (counts[node.id] == 1 or node.id in fn.params)
        )

    for stmt in fn.statements:
        if type(stmt) is gast.Assign and type(stmt.targets[0]) is gast.Name and type(stmt.value) is gast.Call:
            if (
                lookup(fn, stmt.value.func) is np.broadcast_to
                and len(stmt.value.args) == 2
                and atom(stmt.value.args[0])
            ):
                source[stmt.targets[0].id] = stmt.value

    def negated(stmt: gast.stmt) -> list[gast.stmt]:
        nonlocal done
        found = single(stmt.value.operand)
        if found is None:
            return [stmt]
        done = True
        name = stmt.targets[0].id
        minus = namer(name)
        first = changed(
            stmt, targets=[build.store(minus)], value=changed(stmt.value, operand=build.clone(found.args[0]))
        )
        whole = changed(found, args=[build.load(minus), build.clone(found.args[1])])
        source[name] = whole
        counts[minus] = 1
        return [first, changed(stmt, value=whole)]

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if (
                type(stmt) is gast.Assign
                and type(stmt.value) is gast.UnaryOp
                and type(stmt.value.op) is gast.USub
            ):
                result += negated(stmt) if type(stmt.targets[0]) is gast.Name else [stmt]
            else:
                result.append(step(stmt))
        return result

    def step(stmt: gast.stmt) -> gast.stmt:
        nonlocal done
        if type(stmt) in (gast.If, gast.For, gast.While):
            return map_blocks(stmt, block)
        if type(stmt) in (gast.AugAssign, gast.Assign):
            target = stmt.target if type(stmt) is gast.AugAssign else stmt.targets[0]
            found = single(stmt.value)
            if found is not None and type(target) is gast.Subscript and type(target.value) is gast.Name:
                if is_array(facts.get(target.value.id)):
                    done = True
                    return changed(stmt, value=build.clone(found.args[0]))
        if type(stmt) is gast.Expr and type(stmt.value) is gast.Call and len(stmt.value.args) == 3:
            found = single(stmt.value.args[2])
            if found is not None and lookup(fn, stmt.value.func) in (scatter_add, np.add.at):
                if type(stmt.value.args[0]) is gast.Name and is_array(facts.get(stmt.value.args[0].id)):
                    done = True
                    args = [*stmt.value.args[:2], build.clone(found.args[0])]
                    return changed(stmt, value=changed(stmt.value, args=args))
        return stmt

    body = block(fn.body)
    return with_body(fn, body) if done else fn
