"""Loops of Core: over ranges, over ranges backwards, and back over residuals."""

from __future__ import annotations

from collections.abc import Sequence

import gast

from tapegen.analysis.values import Linear, Number, Size
from tapegen.backends.numba import indexing
from tapegen.backends.numba.popping import count_of, pop
from tapegen.backends.numba.stacks import Stack, walks
from tapegen.backends.numba.state import (
    Loop,
    Scalar,
)
from tapegen.backends.numba.stores import Stores
from tapegen.lang import build


class Loops(Stores):
    """How a lowering writes loops."""

    def statements(self, body: Sequence[gast.stmt]) -> None:
        """Lower the statements of a block."""
        raise NotImplementedError

    def while_(self, stmt: gast.While) -> None:
        test = self.pure(stmt.test)
        self.loops.append(Loop(None))
        with self.block() as body:
            self.statements(stmt.body)
        self.loops.pop()
        self.emit(build.while_(test, body))

    def for_(self, stmt: gast.For) -> None:
        parts = walks(self.core, stmt)
        if len(parts) == 1 and isinstance(stmt.iter, gast.Call) and self.lookup(stmt.iter.func) is range:
            self.counted(stmt, parts[0][0], stmt.iter, False, [])
            return
        nodes = (
            stmt.iter.args
            if isinstance(stmt.iter, gast.Call) and self.lookup(stmt.iter.func) is zip
            else [stmt.iter]
        )
        lists: list[tuple[str, Stack]] = []
        index: tuple[str, gast.Call] | None = None
        if len(parts) != len(nodes):
            raise self.fail("a loop over what is neither a range nor a list of residuals")
        for (target, walked), node in zip(parts, nodes):
            if walked is not None and walked in self.stacks:
                lists.append((target, self.stacks[walked]))
            elif index is None and (back := self.reversed_range(node)) is not None:
                index = (target, back)
            else:
                raise self.fail("a loop over what is neither a range nor a list of residuals")
        if index is not None:
            self.counted(stmt, index[0], index[1], True, lists)
            return
        count = count_of(self, lists[0][1])
        trip = self.namer("trip")
        self.loops.append(Loop(None))
        with self.block() as body:
            self.popped(lists)
            self.statements(stmt.body)
        self.loops.pop()
        self.emit(build.for_(trip, build.call("range", build.load(count)), body))

    def reversed_range(self, node: gast.expr) -> gast.Call | None:
        if isinstance(node, gast.Call) and self.lookup(node.func) is reversed and len(node.args) == 1:
            inner = node.args[0]
            if isinstance(inner, gast.Call) and self.lookup(inner.func) is range:
                return inner
        return None

    def popped(self, lists: Sequence[tuple[str, Stack]]) -> None:
        taken: dict[Stack, str] = {}
        for target, stack in lists:
            if stack.child is None:
                self.env[target] = pop(self, stack, target, taken)

    def counted(
        self,
        stmt: gast.For,
        target: str,
        node: gast.Call,
        backwards: bool,
        lists: Sequence[tuple[str, Stack]],
    ) -> None:
        """A loop over a range, from the end if `backwards`."""
        if node.keywords or any(isinstance(arg, gast.Starred) for arg in node.args):
            raise self.fail("a range with unusual arguments")
        bounds = [self.scalar(arg) for arg in node.args]
        if any(bound.dtype != "int64" for bound in bounds):
            raise self.fail("a range of what are no integers")
        start = bounds[0].expr if len(bounds) > 1 else build.constant(0)
        stop = bounds[1].expr if len(bounds) > 1 else bounds[0].expr
        step = indexing.static_int(self, node.args[2]) if len(bounds) > 2 else 1
        if not step:
            raise self.fail("a range with a step that is not known")
        if backwards:
            iterable = self.backwards(start, stop, step)
        else:
            args = (
                [stop]
                if step == 1 and isinstance(start, gast.Constant) and start.value == 0
                else [start, stop]
            )
            iterable = build.call("range", *args, *([build.constant(step)] if step != 1 else []))
        index = target if self.classes.bindings.get(target, 0) <= 1 else self.namer(target)
        self.env[target] = Scalar(build.load(index), "int64", True)
        symbol = self.limits(target, node, step)
        loop = Loop(self.trips(start, stop, step), symbol, [], target, index, node, backwards)
        self.loops.append(loop)
        with self.block() as body:
            fact = self.fact(target)
            if isinstance(fact, Number) and isinstance(fact.dim, Size) and fact.dim.natural:
                self.known_lengths[-1][fact.dim.terms, fact.dim.offset] = index
            self.popped(lists)
            self.statements(stmt.body)
        self.bounds.pop(symbol, None)
        self.loops.pop()
        for before in loop.before:
            self.emit(before)
        self.emit(build.for_(index, iterable, body))

    def trips(self, start: gast.expr, stop: gast.expr, step: int) -> gast.expr:
        """How often a loop over a range runs, at least 0."""
        if isinstance(start, gast.Constant) and start.value == 0:
            difference = build.clone(stop)
        else:
            difference = build.quote("stop - start", stop=stop, start=start)
        if step == 1:
            return build.call("max", difference, build.constant(0))
        return build.call(self.kernel("span"), difference, build.constant(step))

    @staticmethod
    def backwards(start: gast.expr, stop: gast.expr, step: int) -> gast.expr:
        """`reversed(range(start, stop, step))`, which Numba does not know."""
        one = build.constant(1)
        if step == 1:
            if isinstance(start, gast.Constant) and start.value == 0:
                return build.quote("range(stop - 1, -1, -1)", stop=stop)
            return build.quote("range(stop - one, start - one, -1)", start=start, stop=stop, one=one)
        rounding = build.constant(step - 1 if step > 0 else step + 1)
        count = build.quote(
            "(stop - start + rounding) // step",
            start=start,
            stop=stop,
            step=build.constant(step),
            rounding=rounding,
        )
        last = build.quote("start + (count - 1) * step", start=start, count=count, step=build.constant(step))
        return build.quote(
            "range(last, start - step, back)",
            last=last,
            start=start,
            step=build.constant(step),
            back=build.constant(-step),
        )

    def limits(self, target: str, node: gast.Call, step: int) -> str:
        """Note the least and the largest value of a loop's variable."""
        fact = self.fact(target)
        if not (isinstance(fact, Number) and isinstance(fact.dim, Size) and len(fact.dim.terms) == 1):
            return ""
        symbol = fact.dim.terms[0][0].name
        forms = [self.evaluate(arg) for arg in node.args[:2]]
        linear: list[Linear | None] = [form.linear if isinstance(form, Number) else None for form in forms]
        start, stop = (0, linear[0]) if len(linear) == 1 else (linear[0], linear[1])
        if step > 0:
            self.bounds[symbol] = (start, None if stop is None else stop - 1)
        else:
            self.bounds[symbol] = (None if stop is None else stop + 1, start)
        return symbol
