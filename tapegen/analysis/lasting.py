"""Elements that are read and never overwritten afterwards: they can be read again instead of being kept.

For every store into an array and every later iteration of the loops around both, the indices that are stored to are
shown to differ along one axis from those that were read. Indices are linear forms of the variables of loops; a form is
shown not to be negative by putting the bounds of these variables in their place, from the innermost loop out.
Source: Banerjee (1988), Dependence Analysis for Supercomputing; Hascoet, Naumann and Pascual (2005), "To be recorded"
analysis in reverse-mode automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import gast
import numpy as np

from tapegen.analysis.shapes import evaluator
from tapegen.analysis.values import Array, Linear, Number, Size, Symbol, Value
from tapegen.kernels import scatter_add
from tapegen.lang.core import Core, blocks, lookup

Range = tuple["Linear | None", "Linear | None"]
"""The least and the largest index along one axis, where they are known."""


@dataclass(frozen=True, eq=False)
class _Loop:
    """A loop: the symbol of its variable, its bounds, and whether it counts upwards; None where that is not known."""

    symbol: Symbol | None = None
    low: Linear | None = None
    high: Linear | None = None
    up: bool = True


@dataclass(frozen=True)
class _Access:
    """A part of an array that is read or written: None for all of it."""

    root: str
    base: str
    region: tuple[Range, ...] | None
    loops: tuple[_Loop, ...]
    place: int


Bound = tuple[Symbol, "Linear | None", "Linear | None"]


@dataclass
class _Accesses:
    """All accesses of a function, in the order of its text."""

    core: Core
    facts: Mapping[str, Value]
    root: Callable[[str], str]
    whole: Callable[[str], bool]
    reads: dict[str, _Access] = field(default_factory=dict)
    stored: dict[str, _Access] = field(default_factory=dict)
    writes: list[_Access] = field(default_factory=list)
    loops: tuple[_Loop, ...] = ()
    place: int = 0

    def __post_init__(self) -> None:
        self.evaluate = evaluator(self.core, dict(self.facts))

    def block(self, body: Sequence[gast.stmt]) -> None:
        for stmt in body:
            self.place += 1
            self.statement(stmt)
            inner = list(blocks(stmt))
            outer = self.loops
            if isinstance(stmt, (gast.For, gast.While)):
                self.loops = (*outer, self.loop(stmt))
            for each in inner:
                self.block(each)
            self.loops = outer

    def statement(self, stmt: gast.stmt) -> None:
        if isinstance(stmt, gast.Assign):
            target, value = stmt.targets[0], stmt.value
            if isinstance(target, gast.Subscript):
                self.write(target)
                access = self.access(target)
                if access is not None and isinstance(value, gast.Name):
                    self.stored.setdefault(value.id, access)
            elif isinstance(target, gast.Name) and isinstance(value, gast.Subscript):
                access = self.access(value)
                if access is not None:
                    self.reads[target.id] = access
        elif isinstance(stmt, gast.AugAssign):
            self.write(stmt.target)
        call = getattr(stmt, "value", None)
        if isinstance(call, gast.Call):
            # What is no function that is known here is a method: of a list, which holds no elements of arrays.
            callee = lookup(self.core, call.func)
            if callee is not None and (isinstance(stmt, gast.Expr) or callee in (np.add.at, scatter_add)):
                self.may_write(call.args)

    def may_write(self, args: Sequence[gast.expr]) -> None:
        for arg in args:
            if isinstance(arg, gast.Name):
                self.writes.append(_Access(self.root(arg.id), arg.id, None, self.loops, self.place))

    def write(self, target: gast.expr) -> None:
        access = self.access(target)
        if access is not None:
            self.writes.append(access)
            return
        while isinstance(target, gast.Subscript):
            target = target.value
        if isinstance(target, gast.Name):
            self.writes.append(_Access(self.root(target.id), target.id, None, self.loops, self.place))

    def access(self, node: gast.expr) -> _Access | None:
        """An element or slice of an array that has a name of its own."""
        if not isinstance(node, gast.Subscript) or not isinstance(node.value, gast.Name):
            return None
        base = node.value.id
        fact = self.facts.get(base)
        if not self.whole(base) or not isinstance(fact, Array) or fact.shape is None:
            return None
        parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        if any(isinstance(part, gast.Constant) and type(part.value) is not int for part in parts):
            return None
        if len(parts) > len(fact.shape):
            return None
        region = [self.range(part, dim) for part, dim in zip(parts, fact.shape)]
        return _Access(self.root(base), base, tuple(region), self.loops, self.place)

    def range(self, part: gast.expr, dim: object) -> Range:
        n = dim if isinstance(dim, (int, Size)) else None
        if not isinstance(part, gast.Slice):
            index = self.natural(part, n)
            return index, index
        if part.step is not None and not self.counts_up(part.step):
            return None, None
        low = 0 if part.lower is None else self.natural(part.lower, n)
        end = n if part.upper is None else self.natural(part.upper, n)
        return low, None if end is None else end - 1

    def counts_up(self, node: gast.expr) -> bool:
        step = self.linear(node)
        return isinstance(step, int) and step > 0

    def natural(self, node: gast.expr, n: Linear | None) -> Linear | None:
        """An index as a linear form, from the start of the axis."""
        form = self.linear(node)
        if isinstance(form, int) and form < 0:
            return None if n is None else n + form
        return form if form is not None and is_natural(form, order(self.loops)) else None

    def linear(self, node: gast.expr) -> Linear | None:
        found = self.evaluate(node)
        return found.linear if isinstance(found, Number) else None

    def loop(self, stmt: gast.For | gast.While) -> _Loop:
        call = getattr(stmt, "iter", None)
        if not isinstance(call, gast.Call) or not isinstance(stmt.target, gast.Name):
            return _Loop()
        if lookup(self.core, call.func) is not range or not 1 <= len(call.args) <= 3:
            return _Loop()
        fact = self.facts.get(stmt.target.id)
        form = fact.dim if isinstance(fact, Number) else None
        step = self.linear(call.args[2]) if len(call.args) == 3 else 1
        if (
            form is None
            or len(form.terms) != 1
            or form.terms[0][1] != 1
            or form.offset
            or not isinstance(step, int)
        ):
            return _Loop()
        start, stop = (0, call.args[0]) if len(call.args) == 1 else (self.linear(call.args[0]), call.args[1])
        end = self.linear(stop)
        symbol = form.terms[0][0]
        if step > 0:
            return _Loop(symbol, start, None if end is None else end - 1, True)
        return _Loop(symbol, None if end is None else end + 1, start, False)


def order(loops: Sequence[_Loop]) -> list[Bound]:
    """The bounds of the variables of loops, innermost first."""
    return [(loop.symbol, loop.low, loop.high) for loop in reversed(loops) if loop.symbol is not None]


def is_natural(form: Linear, bounds: Sequence[Bound]) -> bool:
    """Whether a linear form is shown not to be negative."""
    for symbol, low, high in bounds:
        if isinstance(form, int):
            break
        factor = dict(form.terms).get(symbol, 0)
        bound = low if factor > 0 else high
        if factor and bound is not None:
            form = form - Size(((symbol, factor),)) + bound * factor
    return form >= 0 if isinstance(form, int) else form.natural


def _replaced(form: Linear | None, new: Mapping[Symbol, Linear]) -> Linear | None:
    if form is None or isinstance(form, int):
        return form
    result: Linear = form.offset
    for symbol, factor in form.terms:
        result = result + new.get(symbol, Size(((symbol, 1),))) * factor
    return result


def _apart(read: _Access, write: _Access, new: Mapping[Symbol, Linear], bounds: Sequence[Bound]) -> bool:
    """Whether no index that is written is one that was read, where symbols of the write stand for `new`."""
    if read.region is None or write.region is None:
        return False
    for (low, high), (first, last) in zip(read.region, write.region):
        first, last = _replaced(first, new), _replaced(last, new)
        if high is not None and first is not None and is_natural(first - high - 1, bounds):
            return True
        if low is not None and last is not None and is_natural(low - last - 1, bounds):
            return True
    return False


def _later(loop: _Loop) -> tuple[Linear, Bound] | None:
    """The variable of a loop in a later iteration, and the bounds of the symbol that this brings in."""
    if loop.symbol is None:
        return None
    here = Size(((loop.symbol, 1),))
    more = Symbol("later", True)
    ahead = Size(((more, 1),), 1)
    if loop.up:
        return here + ahead, (more, 0, None if loop.high is None else loop.high - here - 1)
    return here - ahead, (more, 0, None if loop.low is None else here - loop.low - 1)


def _primed(loops: Sequence[_Loop], new: dict[Symbol, Linear]) -> list[Bound] | None:
    """The bounds of the variables of loops in an iteration of their own, innermost first; `new` gets their symbols."""
    bounds: list[Bound] = []
    for loop in loops:
        if loop.symbol is None:
            return None
        symbol = Symbol(f"{loop.symbol.name}'", loop.symbol.natural, loop.symbol.least)
        bounds.insert(0, (symbol, _replaced(loop.low, new), _replaced(loop.high, new)))
        new[loop.symbol] = Size(((symbol, 1),))
    return bounds


def _may_hit(read: _Access, write: _Access) -> bool:
    """Whether a write may change, after the read, what was read."""
    common = 0
    while common < min(len(read.loops), len(write.loops)) and read.loops[common] is write.loops[common]:
        common += 1
    if write.place <= read.place and not common:
        return False
    if write.base != read.base:
        return True
    if write.place > read.place:
        new: dict[Symbol, Linear] = {}
        inner = _primed(write.loops[common:], new)
        if inner is None or not _apart(read, write, new, [*inner, *order(read.loops)]):
            return True
    for level in range(common):
        later = _later(write.loops[level])
        if later is None:
            return True
        symbol = write.loops[level].symbol
        assert symbol is not None
        new = {symbol: later[0]}
        inner = _primed(write.loops[level + 1 :], new)
        if inner is None or not _apart(read, write, new, [*inner, later[1], *order(read.loops)]):
            return True
    return False


@dataclass(frozen=True)
class Lasting:
    """What is not overwritten any more.

    Attributes:
        read: the names bound to such elements or slices of arrays.
        stored: the names whose values are stored into such elements or slices, where they are first stored.
    """

    read: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()


def lasting(
    core: Core, facts: Mapping[str, Value], root: Callable[[str], str], whole: Callable[[str], bool]
) -> Lasting:
    """The elements and slices of arrays that are not overwritten any more in this function.

    Args:
        root: a representative of the names that may share memory with a name.
        whole: whether a name is bound once, to an argument or a new array.

    >>> from tapegen.analysis.values import Array, Number
    >>> from tapegen.analysis.shapes import infer
    >>> from tapegen.optimise.rewrite import core
    >>> rows = core('''
    ... def f(a):
    ...     for i in range(1, np.shape(a)[0]):
    ...         old = a[i - 1]
    ...         new = a[i]
    ...         a[i] = old
    ...     return a''')
    >>> facts = infer(rows, {"a": Array("float64", (Size.of("n"), Size.of("m")))})
    >>> found = lasting(rows, facts, lambda name: name, lambda name: name == "a")
    >>> sorted(found.read), sorted(found.stored)
    (['old'], ['old'])
    """
    found = _Accesses(core, facts, root, whole)
    found.block(core.body)

    def kept(accesses: Mapping[str, _Access]) -> frozenset[str]:
        return frozenset(
            name
            for name, access in accesses.items()
            if not any(write.root == access.root and _may_hit(access, write) for write in found.writes)
        )

    return Lasting(kept(found.reads), kept(found.stored))
