"""What is added first to a part of a buffer of zeros is stored there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gast
import numpy as np

from tapegen.analysis.predicates import is_array, is_float, is_real
from tapegen.analysis.shape_algebra import at_most
from tapegen.analysis.shapes import evaluator
from tapegen.analysis.uses import binding_counts, names_in
from tapegen.analysis.values import Array, Linear, Number, Scalar, Size, Some, Value, same_length
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import changed, is_atom, is_name, map_blocks, same_items, with_body


@dataclass(frozen=True)
class _Part:
    """The places `lower <= i < upper` of one axis; None stands for the end."""

    axis: int
    lower: Linear
    upper: Linear | None

    def is_apart(self, other: _Part) -> bool:
        """Whether two parts surely have no place in common."""
        return self.axis == other.axis and (self.is_before(other) or other.is_before(self))

    def is_before(self, other: _Part) -> bool:
        return self.upper is not None and at_most(self.upper, other.lower)


def store_first_terms(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Store the first term in each part of a buffer, instead of adding it to zeros.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, a, b):
    ...     x_bar = np.zeros_like(x)
    ...     x_bar[2:] += a
    ...     x_bar[:2] += b
    ...     return x_bar''')
    >>> flat = Array("float64", (3,))
    >>> print(show(store_first_terms(before, {"x": flat, "x_bar": flat, "a": flat, "b": flat})))
    def f(x, a, b):
        x_bar = np.empty_like(x)
        x_bar[2:] = a
        x_bar[:2] = b
        return x_bar

    Where the parts are known to cover the whole, there need be no zeros at all.
    """
    work = _Store(fn, facts)
    return with_body(fn, work.block(fn.body))


class _Store:
    def __init__(self, fn: Core, facts: Mapping[str, Value]) -> None:
        self.fn, self.facts = fn, facts
        self.counts = binding_counts(fn)
        self.eval = evaluator(fn, dict(facts))

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out = [map_blocks(stmt, self.block) for stmt in body]
        for place, stmt in enumerate(out):
            name = self.buffer(stmt)
            if name is not None:
                self.start(out, place, name)
        return body if same_items(out, body) else out

    def buffer(self, stmt: gast.stmt) -> str | None:
        """The buffer that a statement sets up."""
        if type(stmt) is not gast.Assign or not is_name(stmt.targets[0]) or type(stmt.value) is not gast.Call:
            return None
        name = str(stmt.targets[0].id)
        zeros = lookup(self.fn, stmt.value.func) is np.zeros_like and len(stmt.value.args) == 1
        fact = self.facts.get(name)
        return name if zeros and self.counts[name] == 1 and is_array(fact) and is_float(fact) else None

    def start(self, body: list[gast.stmt], start: int, name: str) -> None:
        """Let the statements after that which sets up a buffer store what they add first."""
        parts: list[_Part] = []
        stored: list[_Part] = []
        first = True
        for place in range(start + 1, len(body)):
            stmt = body[place]
            if not any(type(node) is gast.Name and node.id == name for node in below(stmt)):
                continue
            if not self.adds(stmt, name):
                break
            part = self.part(name, stmt.target.slice)
            alone = first or (part is not None and all(part.is_apart(other) for other in parts))
            if alone and type(stmt.op) is gast.Add and self.fits(name, stmt.value):
                store = gast.Assign(targets=[stmt.target], value=stmt.value, type_comment=None)
                store.__dict__.update({k: v for k, v in stmt.__dict__.items() if k in ("origin", "comment")})
                body[place] = store
                if part is not None:
                    stored.append(part)
            if part is None:
                break
            first = False
            parts.append(part)
        if self.covers(name, stored):
            call = body[start].value
            func = changed(call.func, attr="empty_like") if type(call.func) is gast.Attribute else None
            if func is not None:
                body[start] = changed(body[start], value=changed(call, func=func))

    def adds(self, stmt: gast.stmt, name: str) -> bool:
        """Whether all that a statement does is to add to, or take from, a part of a buffer, or whole of it."""
        if type(stmt) is not gast.AugAssign or type(stmt.op) not in (gast.Add, gast.Sub):
            return False
        target = stmt.target
        if type(target) is not gast.Subscript or not is_name(target.value) or target.value.id != name:
            return False
        return is_atom(stmt.value) and name not in (*names_in(target.slice), *names_in(stmt.value))

    def fits(self, name: str, term: gast.expr) -> bool:
        """Whether a term may be stored in a buffer: no complex number in one of reals."""
        value = self.eval(term)
        mine = self.facts[name]
        return isinstance(value, (Array, Number, Scalar)) and (is_real(value) or not is_real(mine))

    def part(self, name: str, index: gast.expr) -> _Part | None:
        """The part of the buffer that a basic index selects along one axis, all of the others; None if unknown."""
        shape = getattr(self.facts[name], "shape", None)
        parts = index.elts if type(index) is gast.Tuple else [index]
        found: _Part | None = None
        for axis, item in enumerate(parts):
            if type(item) is gast.Slice and item.lower is item.upper is item.step is None:
                continue
            if found is not None or shape is None or axis >= len(shape) or isinstance(shape[axis], Some):
                return None
            found = self.bounds(axis, item, shape[axis])
            if found is None:
                return None
        return found

    def bounds(self, axis: int, item: gast.expr, length: int | Size) -> _Part | None:
        if type(item) is gast.Constant and type(item.value) is int:
            lower: Linear | None = item.value if item.value >= 0 else None
            return None if lower is None else _Part(axis, lower, lower + 1)
        if type(item) is not gast.Slice or item.step is not None:
            return None
        lower = 0 if item.lower is None else self.place(item.lower, length)
        upper = None if item.upper is None else self.place(item.upper, length)
        if lower is None or (item.upper is not None and upper is None):
            return None
        return _Part(axis, lower, upper)

    def place(self, node: gast.expr, length: int | Size) -> Linear | None:
        """A bound of a slice, counted from the front; None if it may be negative."""
        value = self.eval(node)
        linear = value.linear if isinstance(value, Number) else None
        if isinstance(linear, int):
            found = linear if linear >= 0 else length + linear
            return found if isinstance(found, Size) or found >= 0 else 0
        return linear if linear is not None and linear.natural else None

    def covers(self, name: str, stored: list[_Part]) -> bool:
        """Whether parts that were stored make up the whole buffer."""
        shape = getattr(self.facts[name], "shape", None)
        if not stored or shape is None or len({part.axis for part in stored}) > 1:
            return False
        end: Linear | None = 0
        left = list(stored)
        while left and end is not None:
            following = [part for part in left if same_length(part.lower, end)]
            if not following:
                return False
            end = following[0].upper
            left.remove(following[0])
        whole = shape[stored[0].axis]
        return not left and (end is None or (not isinstance(whole, Some) and same_length(end, whole)))
