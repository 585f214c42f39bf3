"""Shift invariance: maxima that are only subtracted to keep an exponential small, and cancel.

In `m + log(sum(exp(x - m)))` and `exp(x - m) / sum(exp(x - m))` the result does not depend on `m` at all, so its
derivative with respect to `m` is zero, and nobody who differentiates by hand goes through `m`. Here this is proven:
for a candidate `m`, each value computed from it is `v + c m` (a shift) or `v exp(c m)` (a scale), with `v` independent
of `m`; where all of them that are used otherwise have c = 0, `m` may be taken as a constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gast
import numpy as np

from tapegen.analysis.predicates import rank
from tapegen.analysis.uses import binding_counts, expressions, names_in
from tapegen.analysis.values import Value
from tapegen.lang.core import Core, lookup


@dataclass(frozen=True)
class _Degree:
    """How a value depends on `m`: `v + amount * m`, or `v * exp(amount * m)`.

    `kept` tells whether `m` stands in it with the reduced axis kept as size 1, or without that axis.
    """

    kind: str
    amount: int
    kept: bool = True


NONE = _Degree("shift", 0)
_MAXIMA = (np.max, np.amax, np.min, np.amin)


def cancelling_maxima(core: Core, facts: Mapping[str, Value]) -> frozenset[str]:
    """Names bound to the maximum (or minimum) of an array along an axis, on which no result depends.

    >>> from tapegen.analysis.values import Array
    >>> from tapegen.optimise.rewrite import core
    >>> sorted(cancelling_maxima(core('''
    ... def f(x):
    ...     m = np.max(x, axis=1, keepdims=True)
    ...     t = x - m
    ...     e = np.exp(t)
    ...     s = np.sum(e, axis=1)
    ...     l = np.log(s)
    ...     n = m[:, 0]
    ...     r = l + n
    ...     return r'''), {"x": Array("float64", (3, 4))}))
    ['m']
    """
    counts = binding_counts(core)
    body = core.statements
    found = set()
    for stmt in body:
        match stmt:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=func, args=[gast.Name(id=x), *_]) as call
            ):
                if lookup(core, func) in _MAXIMA and counts[name] == 1:
                    chase = _Chase(core, facts, counts, name, call, rank(facts.get(x)))
                    if chase.usable and chase.cancels(body, stmt):
                        found.add(name)
    return frozenset(found)


class _Chase:
    def __init__(
        self,
        core: Core,
        facts: Mapping[str, Value],
        counts: Mapping[str, int],
        name: str,
        call: gast.Call,
        ndim: int | None,
    ) -> None:
        self.core, self.facts, self.counts, self.ndim = core, facts, counts, ndim
        self.whole = _argument(call, 1, "axis") is None
        self.axis = None if ndim is None else _axis(call, ndim)
        kept = _argument(call, 3, "keepdims")
        keeps = isinstance(kept, gast.Constant) and kept.value is True
        self.usable = self.whole or self.axis is not None
        self.degree: dict[str, _Degree] = {name: _Degree("shift", 1, keeps)}

    def cancels(self, body: list[gast.stmt], origin: gast.stmt) -> bool:
        """Whether every use of the maximum cancels."""
        for stmt in body:
            if stmt is origin:
                continue
            read = [name for node in expressions(stmt) for name in names_in(node)]
            if not any(self.of(name).amount for name in read):
                continue
            if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
                return False
            target = stmt.targets[0].id
            found = self.value(stmt.value) if self.counts[target] == 1 else None
            if found is None:
                return False
            self.degree[target] = found
        return True

    def of(self, name: str) -> _Degree:
        return self.degree.get(name, NONE)

    def atom(self, node: gast.AST) -> _Degree:
        return self.of(node.id) if isinstance(node, gast.Name) else NONE

    def value(self, node: gast.expr) -> _Degree | None:
        """How an expression depends on the maximum; None if in another way."""
        match node:
            case gast.Name():
                return self.atom(node)
            case gast.BinOp(left=left, op=op, right=right):
                return self.binary(type(op), left, right)
            case gast.UnaryOp(op=gast.USub(), operand=operand) if self.atom(operand).kind == "shift":
                found = self.atom(operand)
                return _Degree("shift", -found.amount, found.kept)
            case gast.Subscript(value=gast.Name(id=base), slice=index):
                return self.without_axis(self.of(base), index)
            case gast.Call(func=func, args=[argument, *_]):
                others = [
                    n for part in [*node.args[1:], *(k.value for k in node.keywords)] for n in names_in(part)
                ]
                if any(self.of(name).amount for name in others):
                    return None
                return self.call(lookup(self.core, func), node, self.atom(argument))
        return None

    def binary(self, op: type, left: gast.expr, right: gast.expr) -> _Degree | None:
        a, b = self.atom(left), self.atom(right)
        if not self.whole:
            layouts = {d.kept for d in (a, b) if d.amount}
            if self.axis == 0 and self.is_whole(left, right):
                layouts = {True}  # the first axis comes back where it is missing
            if len(layouts) > 1:
                return None
            (kept,) = layouts
            for node, degree in ((left, a), (right, b)):
                ndim = 0 if isinstance(node, gast.Constant) else rank(self.facts.get(getattr(node, "id", "")))
                if not degree.amount and (ndim is None or self.ndim is None or ndim > self.ndim - (not kept)):
                    return None
        else:
            kept = True
        if op in (gast.Add, gast.Sub) and all(d.kind == "shift" or not d.amount for d in (a, b)):
            return _Degree("shift", a.amount + b.amount if op is gast.Add else a.amount - b.amount, kept)
        if op in (gast.Mult, gast.Div) and all(d.kind == "scale" or not d.amount for d in (a, b)):
            return _Degree("scale", a.amount + b.amount if op is gast.Mult else a.amount - b.amount, kept)
        return None

    def is_whole(self, *nodes: gast.expr) -> bool:
        """Whether one of these has all the axes of the array whose maximum is taken."""
        found = [rank(self.facts.get(node.id)) for node in nodes if isinstance(node, gast.Name)]
        return self.ndim is not None and self.ndim in found

    def without_axis(self, degree: _Degree, index: gast.expr) -> _Degree | None:
        """`m[:, 0]`: the same with the reduced axis dropped."""
        if self.whole or not degree.kept or not isinstance(index, gast.Tuple) or self.axis is None:
            return None
        parts = index.elts
        if len(parts) != self.ndim:
            return None
        for place, part in enumerate(parts):
            full = isinstance(part, gast.Slice) and part.lower is part.upper is part.step is None
            if place == self.axis:
                if not (isinstance(part, gast.Constant) and isinstance(part.value, int)):
                    return None
            elif not full:
                return None
        return _Degree(degree.kind, degree.amount, kept=False)

    def call(self, callee: object, node: gast.Call, inner: _Degree) -> _Degree | None:
        if callee is np.exp and inner.kind == "shift":
            return _Degree("scale", inner.amount, inner.kept)
        if callee is np.log and inner.kind == "scale":
            return _Degree("shift", inner.amount, inner.kept)
        if callee is np.sum and inner.kind == "scale":
            if self.whole:
                return inner
            keeps = _argument(node, 4, "keepdims")
            if self.ndim is None or not inner.kept or _axis(node, self.ndim) != self.axis:
                return None
            return _Degree("scale", inner.amount, isinstance(keeps, gast.Constant) and keeps.value is True)
        if callee is np.squeeze and not self.whole and inner.kept and self.ndim is not None:
            return (
                _Degree(inner.kind, inner.amount, kept=False) if _axis(node, self.ndim) == self.axis else None
            )
        return None


def _argument(node: gast.Call, place: int, name: str) -> gast.expr | None:
    """An argument of a call, None if it is not given or is None."""
    found = node.args[place] if len(node.args) > place else None
    for keyword in node.keywords:
        if keyword.arg == name:
            found = keyword.value
    return None if isinstance(found, gast.Constant) and found.value is None else found


def _axis(node: gast.Call, ndim: int) -> int | None:
    """The axis of a reduction, counted from the front; None if it is not one literal integer."""
    found = _argument(node, 1, "axis")
    sign = 1
    if isinstance(found, gast.UnaryOp) and isinstance(found.op, gast.USub):
        sign, found = -1, found.operand
    if isinstance(found, gast.Constant) and type(found.value) is int:
        return (sign * found.value) % ndim if ndim else None
    return None
