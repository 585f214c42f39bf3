"""Checkpointed loops: the forward loop keeps its state now and then, the adjoint loop runs it again from there.

    marks, x_kept = [0], [x]                        for i in reversed(range(n)):
    planned = snapshots(0, n, 9)                        planned = snapshots(marks[-1], i + 1, 10 - len(marks))
    for i in range(n):                                  x = x_kept[-1]
        if i in planned:                                for j in range(marks[-1], i):
            marks.append(i)                                 if j in planned: ...
            x_kept.append(x)                                x = step(x)
        x = step(x)                                     ... forward and adjoint of step i ...
                                                        if marks[-1] == i: ...pop

The state is what the loop carries, and the arrays from outside that it writes; these are copied. What it only reads is
read again. A loop whose trip count is not known keeps its first state alone; the first adjoint step then runs it again
to the end, and keeps the rest. Source: Griewank and Walther (2000), Algorithm 799: Revolve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gast

from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.predicates import is_container, is_immutable
from tapegen.analysis.purity import effects
from tapegen.analysis.writes import written_names
from tapegen.kernels.revolve import check_apart, enough_snapshots, own_stack, snapshots
from tapegen.kernels.trees import copied
from tapegen.kernels.twins import shadow_of
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, loaded_names, walk_statements
from tapegen.lang.names import base_name
from tapegen.transforms.contributions import Slot, Slots, accumulator, add_to_buffer, zeros
from tapegen.transforms.effects import is_harmless
from tapegen.transforms.scope import bar
from tapegen.transforms.snapshots import Reader

if TYPE_CHECKING:
    from tapegen.transforms.sweeper import Sweeper


@dataclass(frozen=True)
class _Loop:
    """A loop to be run again.

    Attributes:
        body: its statements, without the update and the trailing break.
        following: the value that each carried variable has in the next step.
        state: the carried variables, then the arrays from outside that it writes.
        outside: other variables that it reads.
        index: the variable of a `for`.
    """

    stmt: Any
    body: list[gast.stmt]
    following: dict[str, gast.expr]
    state: list[str]
    outside: list[str]
    index: str | None

    def following_of(self, name: str) -> gast.expr:
        return self.following.get(name) or build.load(name)


def checkpointed_loop(
    sweeper: Sweeper,
    stmt: gast.For | gast.While,
    parts: tuple[list[gast.stmt], gast.stmt | None, gast.stmt | None],
    following: dict[str, gast.expr],
    slots: Slots,
) -> list[gast.stmt]:
    """Write the adjoint of a loop that is run again; return its forward sweep.

    Args:
        parts: the body, the carried update, the trailing break.
        following: the value that each carried variable has in the next step.
    """
    return _Writer(sweeper, stmt, parts, following).write(slots)


class _Writer:
    def __init__(self, sweeper: Sweeper, stmt: Any, parts: Any, following: dict[str, gast.expr]) -> None:
        self.sweeper, self.scope = sweeper, sweeper.scope
        body, self.move, self.leave = parts
        self.loop = self.describe(stmt, body, following)
        self.origin = getattr(stmt, "origin", None)
        self.counted = isinstance(stmt, gast.For) and self.leave is None
        # The index of a loop that counts from zero is the number of the step.
        simple = self.counted and len(stmt.iter.args) == 1
        self.index: str | None = self.loop.index if simple else None
        self.kept = {name: self.scope.namer(f"{base_name(name)}_kept") for name in self.loop.state}
        self.marks = self.scope.namer("marks")

    def describe(self, stmt: Any, body: list[gast.stmt], following: dict[str, gast.expr]) -> _Loop:
        scope, core = self.scope, self.scope.core
        bound = {name for inner in walk_statements(body) for name in _binds(inner)}
        index = stmt.target.id if isinstance(stmt, gast.For) else None
        inside = bound | set(following) | ({index} if index else set())
        read = [
            name
            for name in _in_order([*body, *following.values()])
            if name not in inside and name not in core.namespace
        ]
        leader = scope.classes.leader
        written = {leader.get(n, n) for inner in walk_statements(body) for n in written_names(core, inner)}
        changed = [n for n in read if leader.get(n, n) in written and not is_immutable(scope.facts.get(n))]
        for inner in walk_statements(body):
            if effects(core, inner).opaque and not is_harmless(core, inner):
                raise self.refuse("it calls what may have effects, or other results the second time")
        for name in (*following, *changed):
            if scope.classes.is_grown(name) or (
                is_container(scope.facts.get(name)) and scope.is_written(name)
            ):
                raise self.refuse(f"it changes the list or dict {name!r}")
        self.written = written
        return _Loop(
            stmt, body, following, [*following, *changed], [n for n in read if n not in changed], index
        )

    def refuse(self, why: str) -> Exception:
        return self.scope.refuse(
            "cannot checkpoint this loop", why=why, instead="leave checkpoint= out for this function"
        )

    # -- the forward loop ---------------------------------------------------------------------------------------------

    def write(self, slots: Slots) -> list[gast.stmt]:
        scope, loop = self.scope, self.loop
        reader = Reader(scope, self.sweeper.writes, loop.stmt)
        self.read_again = {name: reader(build.load(name)).id for name in loop.outside}
        before = [*reader.before, self.assign(self.marks, _list([build.constant(0)]))]
        for name in loop.state:
            before.append(self.assign(self.kept[name], _list([self.copy(name, before)])))
        self.first = {
            n: scope.namer(f"{base_name(n)}_first") for n in loop.following if n in self.sweeper.shadows.names
        }
        before += [self.assign(first, build.load(name)) for name, first in self.first.items()]
        with scope.writing_to(before):
            rounds = self.rounds()
        adjoint = self.adjoint(slots)
        if not adjoint:
            return [loop.stmt]
        return [*before, *rounds]

    def rounds(self) -> list[gast.stmt]:
        """The loop that keeps its state; what it needs before is written."""
        scope, loop, stmt = self.scope, self.loop, self.loop.stmt
        check = self.checks()
        tail = [part for part in (self.move, self.leave) if part is not None]
        if not self.counted:
            self.trips = scope.namer("steps")
            scope.emit(self.assign(self.trips, build.constant(0)))
            more = scope.namer(self.trips)
            grown = self.assign(
                more, gast.BinOp(left=build.load(self.trips), op=gast.Add(), right=build.constant(1))
            )
            names, values = list(loop.following), list(loop.following.values())
            move = build.move([*names, self.trips], [*values, build.load(more)], self.origin)
            body = [*check, *loop.body, grown, move, *([self.leave] if self.leave else [])]
            return [
                build.for_(stmt.target, stmt.iter, body, self.origin)
                if isinstance(stmt, gast.For)
                else build.while_(stmt.test, body, self.origin)
            ]
        self.range = stmt.iter.args
        if len(self.range) == 1 and isinstance(self.range[0], (gast.Name, gast.Constant)):
            self.count: gast.expr = self.range[0]
        else:
            self.count = scope.bind(build.call("len", build.clone(stmt.iter)), "steps")
        step = self.index if self.index and self.index.strip("_") else scope.namer("step")
        self.budget = self.snapshots_at_once(self.count)
        planned = self.plan(build.constant(0), self.count, 1)
        keep = self.keep(step, planned, {name: name for name in loop.state}, self.marks, self.kept)
        place = [] if self.index else [self.placed(loop.index, step)]
        body = build.substitute(loop.body, {self.index: step}) if self.index else loop.body
        return [
            build.for_(
                step,
                build.call("range", build.clone(self.count)),
                [*keep, *place, *check, *body, *tail],
                self.origin,
            )
        ]

    def placed(self, index: str | None, step: str) -> gast.stmt:
        """The index of a range that does not begin at 0, or goes by other than 1, at a step."""
        start = self.range[0]
        by = self.range[2] if len(self.range) > 2 else build.constant(1)
        distance = gast.BinOp(left=build.load(step), op=gast.Mult(), right=build.clone(by))
        assert index is not None
        value = gast.BinOp(
            left=build.clone(start),
            op=gast.Add(),
            right=build.load(step) if len(self.range) < 3 else distance,
        )
        return self.assign(index, value)

    def snapshots_at_once(self, steps: gast.expr) -> gast.expr:
        wanted = self.scope.snapshots
        if isinstance(wanted, int):
            return build.constant(wanted)
        return self.scope.bind(build.call(self.scope.kernel(enough_snapshots), build.clone(steps)), "budget")

    def plan(self, start: gast.expr, end: gast.expr, taken: int | str) -> str:
        """Write which steps are kept from `start` to `end`; `taken` are the snapshots that there are, or their list."""
        scope = self.scope
        scope.namespace.setdefault("len", len)
        scope.namespace.setdefault("range", range)
        used = build.constant(taken) if isinstance(taken, int) else build.call("len", build.load(taken))
        if isinstance(taken, int) and isinstance(self.budget, gast.Constant):
            room: gast.expr = build.constant(self.budget.value - taken)
        else:
            room = gast.BinOp(left=build.clone(self.budget), op=gast.Sub(), right=used)
        return scope.bind(build.call(scope.kernel(snapshots), start, end, room), "planned").id  # type: ignore[no-any-return]

    def keep(
        self, step: str, planned: str, state: dict[str, str], marks: str, kept: dict[str, str]
    ) -> list[gast.stmt]:
        """`if step in planned: keep the state`."""
        block: list[gast.stmt] = [self.push(marks, build.load(step))]
        for name, current in state.items():
            block.append(self.push(kept[name], self.copy(name, block, current)))
        test = gast.Compare(left=build.load(step), ops=[gast.In()], comparators=[build.load(planned)])
        return [build.if_(test, block, [], self.origin)]

    def copy(self, name: str, block: list[gast.stmt], current: str | None = None) -> gast.expr:
        """A state as it is kept: a copy if it may be written."""
        value = build.load(current or name)
        if not self.scope.is_written(name):
            return value
        with self.scope.writing_to(block):
            return self.scope.bind(build.call(self.scope.kernel(copied), value), name)

    def checks(self) -> list[gast.stmt]:
        """The check that arrays of which one is written do not share memory, where they might."""
        scope, leader = self.scope, self.scope.classes.leader
        groups: dict[str, list[str]] = {}
        for name in (*self.loop.state, *self.loop.outside):
            if leader.get(name, name) in self.written and not is_immutable(scope.facts.get(name)):
                groups.setdefault(leader.get(name, name), []).append(name)
        return [
            build.expression(build.call(scope.kernel(check_apart), *map(build.load, names)), self.origin)
            for names in groups.values()
            if len(names) > 1
        ]

    def assign(self, name: str, value: gast.expr) -> gast.stmt:
        return build.assign(name, value, self.origin)

    def push(self, stack: str, value: gast.expr) -> gast.stmt:
        method = gast.Attribute(value=build.load(stack), attr="append", ctx=gast.Load())
        return build.expression(build.call(method, value), self.origin)

    # -- the adjoint loop ---------------------------------------------------------------------------------------------

    def adjoint(self, slots: Slots) -> bool:
        """Write the adjoint loop; whether there is one."""
        scope, loop, sweeper = self.scope, self.loop, self.sweeper
        active = [n for n in loop.state if n in scope.active]
        sources = [n for n in loop.outside if n in scope.active]
        sweeper.prepare_buffers(loop.body, [n for n in sources if n not in sweeper.shadows.names], slots)
        if not active and not sources:
            return False
        cts = self.cotangents_at_end(active, slots)
        sums = {
            n: Slot(sweeper.shadows.names[n], buffer=True)
            if n in sweeper.shadows.names
            else accumulator(scope, slots, n)
            for n in sources
        }
        marks, kept = self.stacks()
        if not self.counted:
            self.count = build.load(self.trips)
            self.budget = self.snapshots_at_once(self.count)
        step = scope.namer(self.index if self.index and self.index.strip("_") else "step")
        block: list[gast.stmt] = []
        inner = dict(sums)
        with scope.writing_to(block):
            current = self.run_again(step, marks, kept)
            self.step_adjoint(step, current, cts, inner)
            self.forget(step, marks, kept)
            self.carry(active, cts, sources, sums, inner)
        scope.namespace.setdefault("reversed", reversed)
        scope.origin = self.origin
        scope.emit(
            build.for_(step, build.call("reversed", build.call("range", build.clone(self.count))), block)
        )
        self.hand_back(active, cts, slots)
        slots.update({n: sums[n] for n in sources if inner[n] != sums[n] and not sums[n].buffer})
        return True

    def cotangents_at_end(self, active: list[str], slots: Slots) -> dict[str, Slot]:
        """Variables that hold the cotangents of the state, from now on as plain values."""
        scope, shadows = self.scope, self.sweeper.shadows.names
        found = {}
        for name in active:
            if name in shadows:
                value = build.call(scope.kernel(copied), build.load(shadows[name]))
                found[name] = Slot(scope.bind(value, bar(name)).id)
            else:
                found[name] = accumulator(scope, slots, name)
                slots.pop(name, None)
                if found[name].buffer:
                    found[name] = Slot(scope.bind(build.load(found[name].name), bar(name)).id)
        for name in active:
            if name in shadows:
                whole = gast.Subscript(
                    value=build.load(shadows[name]), slice=build.constant(...), ctx=gast.Store()
                )
                scope.emit(build.assign(whole, build.constant(0.0)))
        return found

    def hand_back(self, active: list[str], cts: dict[str, Slot], slots: Slots) -> None:
        """The cotangents of the first state: into shadows, or as they are."""
        scope, shadows = self.scope, self.sweeper.shadows
        for name in active:
            if name not in shadows.names:
                slots[name] = cts[name]
                continue
            buffer = shadows.names[name]
            if name in self.first:
                of = build.call(
                    scope.kernel(shadow_of), build.load(shadows.registry()), build.load(self.first[name])
                )
                buffer = scope.bind(of, bar(name)).id
            add_to_buffer(scope, name, buffer, build.load(cts[name].name), maybe_zero=cts[name].maybe_zero)

    def stacks(self) -> tuple[str, dict[str, str]]:
        """The lists that the adjoint takes from: copies, if it may run more than once."""
        if not self.scope.repeatable:
            return self.marks, self.kept
        scope = self.scope

        def own(name: str) -> str:
            return scope.bind(build.call(scope.kernel(own_stack), build.load(name)), name).id  # type: ignore[no-any-return]

        return own(self.marks), {name: own(stack) for name, stack in self.kept.items()}

    def run_again(self, step: str, marks: str, kept: dict[str, str]) -> dict[str, str]:
        """Write the loop from the last snapshot to `step`; the names of the state there."""
        scope, loop = self.scope, self.loop
        start = scope.bind(_last(marks), "start")
        end = scope.bind(gast.BinOp(left=build.load(step), op=gast.Add(), right=build.constant(1)), "end")
        planned = self.plan(start, end, marks)
        current = {}
        for name in loop.state:
            value: gast.expr = _last(kept[name])
            if scope.is_written(name):
                value = build.call(scope.kernel(copied), value)
            current[name] = scope.bind(value, name).id
        again = scope.namer(step)
        names = {n: scope.namer(n) for n in self.inside() if n not in loop.state}
        body = [inner for inner in loop.body if not is_harmless(scope.core, inner)]
        if loop.index is not None:
            if self.index:
                names[loop.index] = again
            elif self.counted:
                body = [self.placed(loop.index, again), *body]
            else:
                body = [*self.index_at(loop.index, again), *body]
        if loop.following:
            body = [*body, build.move(list(loop.following), list(loop.following.values()), self.origin)]
        body = build.substitute(body, {**self.read_again, **names, **current})
        keep = self.keep(again, planned, current, marks, kept)
        scope.emit(
            build.for_(
                again, build.call("range", build.clone(start), build.load(step)), [*keep, *body], self.origin
            )
        )
        return current

    def index_at(self, index: str, step: str) -> list[gast.stmt]:
        self.range = self.loop.stmt.iter.args
        if len(self.range) == 1:
            return [self.assign(index, build.load(step))]
        return [self.placed(index, step)]

    def inside(self) -> list[str]:
        """The names that a step binds."""
        loop = self.loop
        bound = {name for inner in walk_statements(loop.body) for name in _binds(inner)}
        return sorted(bound | ({loop.index} if loop.index else set()) | set(loop.state))

    def step_adjoint(self, step: str, current: dict[str, str], cts: dict[str, Slot], slots: Slots) -> None:
        """Write both sweeps of one step."""
        scope, loop = self.scope, self.loop
        params = [*loop.state, *loop.outside, *([loop.index] if loop.index else [])]
        results = build.tuple_of([loop.following_of(name) for name in loop.state])
        body = [inner for inner in loop.body if not is_harmless(scope.core, inner)]
        core = Core(
            build.function(scope.core.tree.name, params, [*body, build.return_(results)]), scope.namespace
        )
        inner = replace(
            scope,
            core=core,
            classes=aliasing(core, scope.facts, scope.classes.fresh),
            snapshots=None,
        )
        forward, adjoint = self.sweeper.of_step(
            inner, {name: (loop.following_of(name), slot) for name, slot in cts.items()}, slots
        )
        names: dict[str, Any] = {n: scope.namer(n) for n in self.inside() if n not in loop.state}
        if loop.index is not None:
            if self.index:
                names[loop.index] = step
            else:
                place = self.index_at(loop.index, step)
                forward = [*place, *forward]
        for part in build.substitute([*forward, *adjoint], {**self.read_again, **names, **current}):
            scope.emit(part)
        self.renamed = {**names, **current}

    def forget(self, step: str, marks: str, kept: dict[str, str]) -> None:
        """Drop the snapshot of a step whose adjoint has been taken."""
        scope = self.scope
        last = scope.bind(_last(marks), "last")
        drop = [_pop(stack, self.origin) for stack in (marks, *kept.values())]
        test = gast.Compare(left=last, ops=[gast.Eq()], comparators=[build.load(step)])
        scope.emit(build.if_(test, drop, [], self.origin))

    def carry(
        self,
        active: list[str],
        cts: dict[str, Slot],
        sources: list[str],
        sums: dict[str, Slot],
        inner: Slots,
    ) -> None:
        """Write the update at the end of an adjoint step."""
        scope = self.scope
        targets, values = [], []
        for name in active:
            slot = inner.get(name)
            targets.append(cts[name].name)
            value = build.load(slot.name) if slot else scope.atom(zeros(scope, name), bar(name))
            values.append(build.substitute(value, self.renamed))
            if slot is not None and slot.maybe_zero:
                cts[name] = replace(cts[name], maybe_zero=True)
        for name in sources:
            if inner[name] != sums[name]:
                targets.append(sums[name].name)
                values.append(build.load(inner[name].name))
        if targets:
            scope.emit(build.move(targets, values))


def is_counted(core: Core, stmt: gast.For | gast.While) -> bool:
    """Whether a loop is one that can be run again: a `while`, or a `for` over a range."""
    if isinstance(stmt, gast.While):
        return True
    return isinstance(stmt.iter, gast.Call) and getattr(stmt.iter.func, "id", "") == "range"


def _binds(stmt: gast.stmt) -> set[str]:
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
        return bound_names(stmt.targets[0])
    return bound_names(stmt.target) if isinstance(stmt, gast.For) else set()


def _in_order(nodes: Sequence[gast.AST]) -> list[str]:
    found: dict[str, None] = {}
    for node in nodes:
        for name in sorted(loaded_names(node)):
            found[name] = None
    return list(found)


def _list(items: list[gast.expr]) -> gast.List:
    return gast.List(elts=items, ctx=gast.Load())


def _last(stack: str) -> gast.Subscript:
    last = gast.UnaryOp(op=gast.USub(), operand=build.constant(1))
    return gast.Subscript(value=build.load(stack), slice=last, ctx=gast.Load())


def _pop(stack: str, origin: Any) -> gast.stmt:
    method = gast.Attribute(value=build.load(stack), attr="pop", ctx=gast.Load())
    return build.expression(build.call(method), origin)
