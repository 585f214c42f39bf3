"""Unrolls short loops whose trip count is known, such as a loop over a tuple of layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gast

from tapegen.analysis.predicates import is_sequence
from tapegen.analysis.values import Number, Sequence, Value
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, shallow

STATEMENTS = 40  # a loop over numbers is not unrolled into more statements than this


def unroll(
    core: Core,
    facts: Mapping[str, Value],
    limit: int,
    statements: int | None = STATEMENTS,
    wanted: Callable[[gast.For], bool] | None = None,
) -> Core:
    """Replace each `for` over at most `limit` known steps by its steps.

    def f(x):                     def f(x):
        y = x                         y_1 = x
        for i in range(2):    →       y_2 = y_1 * x
            y_1 = y * x               y_3 = y_2 * x
            y = y_1                   return y_3
        return y

    Args:
        limit: the steps that a loop may have; a loop over the elements of a tuple or list may have four times as many.
        statements: the statements that a loop over numbers may become; None for any number.
        wanted: which loops are unrolled, if not all.
    """
    work = _Unroll(core, facts, limit, statements, wanted)
    body = work.block(core.body)
    return core.with_body(body) if work.changed else core


class _Unroll:
    def __init__(
        self,
        core: Core,
        facts: Mapping[str, Value],
        limit: int,
        statements: int | None,
        wanted: Callable[[gast.For], bool] | None,
    ) -> None:
        self.core, self.facts, self.limit = core, facts, limit
        self.statements, self.wanted = statements, wanted
        taken = core.names
        self.namer = Namer(taken)
        self.changed = False

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        final: dict[
            str, gast.expr
        ] = {}  # the variables of unrolled loops, to be replaced in what comes after
        for stmt in body:
            if final:
                stmt = build.substitute(stmt, final)
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                stmt = _with_blocks(stmt, self.block(stmt.body), self.block(stmt.orelse))
            steps = self.steps(stmt)
            if steps is None:
                result.append(stmt)
            else:
                self.changed = True
                result = self.expand(stmt, steps, result, final)
        return result

    def steps(self, stmt: gast.stmt) -> range | None:
        """The values of the loop's index, if the loop is to be unrolled."""
        if not isinstance(stmt, gast.For) or not isinstance(stmt.target, gast.Name):
            return None
        if not (isinstance(stmt.iter, gast.Call) and lookup(self.core, stmt.iter.func) is range):
            return None
        last = stmt.body[-1]
        if isinstance(last, gast.If) and any(isinstance(s, gast.Break) for s in last.body):
            return None
        arguments = [self.integer(arg) for arg in stmt.iter.args]
        known = [value for value in arguments if value is not None]
        if len(known) < len(arguments) or (len(known) == 3 and known[2] == 0):
            return None
        steps = range(*known)
        if self.wanted is not None:
            return steps if len(steps) <= self.limit and self.wanted(stmt) else None
        if self.over_container(stmt):
            return steps if len(steps) <= 4 * self.limit else None
        if len(steps) > self.limit:
            return None
        if self.statements is None:
            return steps
        size = sum(1 for _ in walk_statements(stmt.body))
        return steps if len(steps) * size <= self.statements else None

    def over_container(self, stmt: gast.For) -> bool:
        """Whether the loop takes the elements of a tuple or list, which may be of different types, by its index."""
        return any(
            isinstance(node, gast.Subscript)
            and isinstance(node.value, gast.Name)
            and is_sequence(self.facts.get(node.value.id))
            and isinstance(node.slice, gast.Name)
            and node.slice.id == stmt.target.id
            for inner in stmt.body
            for node in below(inner)
        )

    def integer(self, node: gast.expr) -> int | None:
        match node:
            case gast.Constant(value=int() as value):
                return value
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                negated = self.integer(operand)
                return None if negated is None else -negated
            case gast.Name(id=name):
                fact = self.facts.get(name)
                literal = fact.value if isinstance(fact, Number) else None
                return literal if isinstance(literal, int) else None
            case gast.BinOp(left=left, op=op, right=right):
                a, b = self.integer(left), self.integer(right)
                if a is None or b is None:
                    return None
                match op:
                    case gast.Add():
                        return a + b
                    case gast.Sub():
                        return a - b
                    case gast.Mult():
                        return a * b
            case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
                fact = self.facts.get(name)
                return len(fact.items) if isinstance(fact, Sequence) else None
            case gast.Call(func=gast.Name(id="min"), args=args) if args:
                values = [self.integer(arg) for arg in args]
                return None if None in values else min(v for v in values if v is not None)
        return None

    def expand(
        self, loop: gast.For, steps: range, before: list[gast.stmt], final: dict[str, gast.expr]
    ) -> list[gast.stmt]:
        """The statements of the block up to the end of the loop; `final` gets what the loop's variables end as."""
        carried = self.carried(loop, before)
        start = {name: self.namer(name) for name in carried}
        result = _rename_start(before, start)
        current: dict[str, gast.expr] = {name: build.load(fresh) for name, fresh in start.items()}
        index = loop.target.id
        own = sorted(_bound(loop.body) - set(carried))
        step_value: gast.expr | None = None
        for value in steps:
            step_value = (
                build.constant(value)
                if value >= 0
                else gast.UnaryOp(op=gast.USub(), operand=build.constant(-value))
            )
            holes: dict[str, gast.expr | str] = {index: step_value, **current}
            for name in own:
                holes[name] = self.namer(name)
            for stmt in loop.body:
                if isinstance(stmt, gast.Assign) and _bound([stmt]) & set(carried):
                    moved = _moves(stmt)
                    current = {**current, **{t: build.substitute(v, holes) for t, v in moved.items()}}
                else:
                    result.append(build.substitute(stmt, holes))
        final.update(current)
        if step_value is not None:
            final[index] = step_value
        return result

    def carried(self, loop: gast.For, before: list[gast.stmt]) -> list[str]:
        bound_before = _bound(list(walk_statements(before)))
        last = loop.body[-1]
        return sorted(_bound([last]) & bound_before) if isinstance(last, gast.Assign) else []


def _with_blocks(stmt: gast.stmt, body: list[gast.stmt], orelse: list[gast.stmt]) -> gast.stmt:
    fresh = shallow(stmt)
    fresh.body, fresh.orelse = body, orelse
    return fresh


def _bound(body: list[gast.stmt]) -> set[str]:
    names: set[str] = set()
    for stmt in walk_statements(body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
            names |= bound_names(stmt.targets[0])
        elif isinstance(stmt, gast.For):
            names |= bound_names(stmt.target)
    return names


def _moves(stmt: gast.Assign) -> dict[str, gast.expr]:
    target = stmt.targets[0]
    if isinstance(target, gast.Tuple):
        return {t.id: v for t, v in zip(target.elts, stmt.value.elts, strict=True)}
    return {target.id: stmt.value}


def _rename_start(before: list[gast.stmt], start: dict[str, str]) -> list[gast.stmt]:
    """Before the loop, a carried variable has its initial value only: give that a name of its own."""
    return build.substitute(before, dict(start)) if start else before
