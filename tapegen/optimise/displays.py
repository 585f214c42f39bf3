"""A buffer of which each element gets one term is written down as an array."""

from __future__ import annotations

from collections.abc import Mapping

import gast
import numpy as np

from tapegen.analysis.uses import all_binds, binding_counts
from tapegen.analysis.values import Array, Number, Scalar, Value
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import is_cotangent, map_blocks, with_body

LONGEST = 8


def gather_elements(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Write `b = np.zeros_like(x); b[1] += t; b[0] += s` as `b = np.array([s, t])`.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, s, t):
    ...     b = np.zeros_like(x)
    ...     b[1] += t
    ...     b[0] += s
    ...     return b''')
    >>> number = Array("float64", (), True)
    >>> print(show(gather_elements(before, {"b": Array("float64", (2,)), "s": number, "t": number})))
    def f(x, s, t):
        b = np.array([s, t])
        return b
    """
    counts = binding_counts(fn)

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        body = [map_blocks(s, block) if type(s) in (gast.If, gast.For, gast.While) else s for s in body]
        for start in range(len(body)):
            found = elements(body, start)
            if found is not None:
                name, terms, rest = found
                array = build.call(f"{_numpy(fn)}.array", gast.List(elts=terms, ctx=gast.Load()))
                begun = build.assign(name, array, getattr(body[rest - 1], "origin", None))
                between = [s for s in body[start + 1 : rest] if not mentions(s, name)]
                return block([*body[:start], *between, begun, *body[rest:]])
        return body

    def elements(body: list[gast.stmt], start: int) -> tuple[str, list[gast.expr], int] | None:
        stmt = body[start]
        if (
            type(stmt) is not gast.Assign
            or type(stmt.targets[0]) is not gast.Name
            or type(stmt.value) is not gast.Call
        ):
            return None
        name = stmt.targets[0].id
        fact = facts.get(name)
        if lookup(fn, stmt.value.func) is not np.zeros_like or counts[name] != 1:
            return None
        if (
            not isinstance(fact, Array)
            or fact.shape is None
            or len(fact.shape) != 1
            or not isinstance(fact.shape[0], int)
        ):
            return None
        size = fact.shape[0]
        if not 1 <= size <= LONGEST:
            return None
        terms: dict[int, gast.expr] = {}
        moving: set[str] = set()
        for place in range(start + 1, len(body)):
            inner = body[place]
            if not mentions(inner, name):
                continue
            index = adds_to(inner, name)
            if index is None or index in terms or not 0 <= index < size or not fits(inner.value, fact):
                return None
            if type(inner.value) is gast.Name and counts[inner.value.id] > 1:
                moving.add(inner.value.id)
            terms[index] = inner.value
            if len(terms) == size:
                if not moving.isdisjoint(all_binds(body[start + 1 : place])):
                    return None
                return name, [terms[i] for i in range(size)], place + 1
        return None

    def fits(term: gast.expr, whole: Array) -> bool:
        fact = facts.get(term.id) if type(term) is gast.Name else None
        if isinstance(fact, Number):
            return fact.kind == "float" and whole.dtype == "float64"
        if isinstance(fact, Scalar):
            return is_cotangent(term.id) and fact.dtype == whole.dtype
        return isinstance(fact, Array) and fact.scalar is True and fact.dtype == whole.dtype

    return with_body(fn, block(fn.body))


def adds_to(stmt: gast.stmt, name: str) -> int | None:
    """The index in `name[index] += term`, if that is a literal and the term doesn't read the buffer."""
    if (
        type(stmt) is not gast.AugAssign
        or type(stmt.op) is not gast.Add
        or type(stmt.target) is not gast.Subscript
    ):
        return None
    base, key = stmt.target.value, stmt.target.slice
    if type(base) is not gast.Name or base.id != name or mentions(stmt.value, name):
        return None
    return key.value if type(key) is gast.Constant and type(key.value) is int else None


def mentions(node: gast.AST, name: str) -> bool:
    """Whether `name` occurs in a tree."""
    return any(type(part) is gast.Name and part.id == name for part in below(node))


def _numpy(fn: Core) -> str:
    return next(name for name, obj in fn.namespace.items() if obj is np)
