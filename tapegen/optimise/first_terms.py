"""Sums that are collected in a buffer start with their first whole term instead of zeros."""

from __future__ import annotations

from collections.abc import Mapping

import gast
import numpy as np

from tapegen.analysis.purity import is_fresh
from tapegen.analysis.uses import binding_counts, expressions, names_in
from tapegen.analysis.values import Array, Value, same_shape
from tapegen.kernels import scatter_add
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import with_body


def start_with_first_term(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Begin a buffer with a fresh array that is added to it whole.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, ct):
    ...     x_bar = np.zeros_like(x)
    ...     x_bar[0] += ct
    ...     c = ct * x
    ...     x_bar[...] += c
    ...     return x_bar''')
    >>> flat = Array("float64", (3,))
    >>> print(show(start_with_first_term(before, {"x_bar": flat, "c": flat})))
    def f(x, ct):
        c = ct * x
        x_bar = c
        x_bar[0] += ct
        return x_bar

    What was added to parts of the buffer before is added after: a sum has no order but that of rounding.
    """
    work = _First(fn, facts)
    body = work.block(fn.body)
    return with_body(fn, body) if work.done else fn


class _First:
    def __init__(self, fn: Core, facts: Mapping[str, Value]) -> None:
        self.fn, self.facts = fn, facts
        self.done = False
        self.counts = binding_counts(fn)
        self.uses: dict[str, int] = {}
        self.fresh: set[str] = set()
        for stmt in fn.statements:
            for node in expressions(stmt):
                for name in names_in(node):
                    self.uses[name] = self.uses.get(name, 0) + 1
            if type(stmt) is gast.Assign and type(stmt.targets[0]) is gast.Name and is_fresh(fn, stmt.value):
                self.fresh.add(stmt.targets[0].id)

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        body = [self.inside(stmt) for stmt in body]
        for start, stmt in enumerate(body):
            name = self.buffer(stmt)
            if name is not None:
                moved = self.moved(body, start, name)
                if moved is not None:
                    self.done = True
                    return self.block(moved)
        return body

    def inside(self, stmt: gast.stmt) -> gast.stmt:
        if type(stmt) not in (gast.If, gast.For, gast.While):
            return stmt
        fields = dict(gast.iter_fields(stmt))
        fields["body"], fields["orelse"] = self.block(stmt.body), self.block(stmt.orelse)
        fresh = type(stmt)(**fields)
        for extra in ("origin", "comment"):
            if hasattr(stmt, extra):
                setattr(fresh, extra, getattr(stmt, extra))
        return fresh

    def buffer(self, stmt: gast.stmt) -> str | None:
        """The buffer that a statement sets up."""
        if type(stmt) is gast.Assign and type(stmt.targets[0]) is gast.Name and type(stmt.value) is gast.Call:
            name = str(stmt.targets[0].id)
            if lookup(self.fn, stmt.value.func) is np.zeros_like and self.counts[name] == 1:
                return name
        return None

    def moved(self, body: list[gast.stmt], start: int, name: str) -> list[gast.stmt] | None:
        """The block with the buffer begun by its first whole term; None if it can't be."""
        waiting: list[gast.stmt] = []
        between: list[gast.stmt] = []
        for place in range(start + 1, len(body)):
            stmt = body[place]
            if not self.mentions(stmt, name):
                between.append(stmt)
                continue
            term = self.whole_term(stmt, name)
            if term is not None:
                begun = build.assign(name, term, getattr(stmt, "origin", None))
                return [*body[:start], *between, begun, *waiting, *body[place + 1 :]]
            if not self.adds(stmt, name):
                return None
            waiting.append(stmt)
        return None

    def mentions(self, stmt: gast.stmt, name: str) -> bool:
        return any(type(node) is gast.Name and node.id == name for node in below(stmt))

    def whole_term(self, stmt: gast.stmt, name: str) -> gast.expr | None:
        """The fresh array that a statement adds to the whole buffer, if nobody else uses it."""
        if (
            type(stmt) is not gast.AugAssign
            or type(stmt.op) is not gast.Add
            or type(stmt.value) is not gast.Name
        ):
            return None
        target, term = stmt.target, stmt.value
        if (
            type(target) is not gast.Subscript
            or type(target.slice) is not gast.Constant
            or target.slice.value is not ...
        ):
            return None
        if type(target.value) is not gast.Name or target.value.id != name:
            return None
        mine, its = self.facts.get(name), self.facts.get(term.id)
        if not isinstance(mine, Array) or not isinstance(its, Array) or not same_shape(mine.shape, its.shape):
            return None
        if mine.dtype != its.dtype or its.scalar is not False or mine.dtype is None:
            return None
        owned = term.id in self.fresh and self.uses.get(term.id) == 1 and self.counts[term.id] == 1
        return term if owned else None

    def adds(self, stmt: gast.stmt, name: str) -> bool:
        """Whether all that a statement does with the buffer is to add to a part of it."""
        if (
            type(stmt) is gast.AugAssign
            and type(stmt.op) in (gast.Add, gast.Sub)
            and type(stmt.target) is gast.Subscript
        ):
            base = stmt.target.value
            rest: list[gast.AST] = [stmt.value, stmt.target.slice]
            return (
                type(base) is gast.Name
                and base.id == name
                and not any(self.reads(node, name) for node in rest)
            )
        if type(stmt) is gast.Expr and type(stmt.value) is gast.Call:
            call = stmt.value
            into = call.args and type(call.args[0]) is gast.Name and call.args[0].id == name
            if into and lookup(self.fn, call.func) in (scatter_add, np.add.at):
                return not any(self.reads(node, name) for node in call.args[1:])
        return False

    def reads(self, node: gast.AST, name: str) -> bool:
        return any(type(part) is gast.Name and part.id == name for part in below(node))
