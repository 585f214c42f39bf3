"""The reverse transform: from a function in Core to its forward sweep and its adjoint sweep.

Each block of statements has a forward sweep (its statements, with what the adjoint reads kept) and an adjoint sweep
(the adjoints of its statements, last one first). The cotangent of a variable takes one of two forms:

- *functional*: `x_bar = first`, then `x_bar_1 = x_bar + next`: each sum has a name of its own;
- *buffered*: an array that is added to in place, `x_bar[i] += ct`, for variables that are read by index; and for
  arrays that the function writes, where it is called a shadow (see shadows.py).

A loop's adjoint is a loop over what the forward loop pushed on its stacks (see stacks.py); the cotangents of outer
variables are carried through it. A branch's adjoint is a branch on the same test. Sources: Griewank and Walther
(2008), Evaluating Derivatives, 2nd ed., chapter 6; Hascoët and Pascual (2013), The Tapenade automatic differentiation
tool, section 4; Innes (2018), Don't unroll adjoint: differentiating SSA-form programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import gast

from tapegen.analysis.activity import differentiable_operands
from tapegen.kernels import unbroadcast
from tapegen.kernels.trees import add_at, add_to_entry, element
from tapegen.lang import build
from tapegen.lang.core import Core, blocks, loaded_names, walk_statements
from tapegen.lang.walk import below
from tapegen.transforms.calls import call_adjoint, followed_arguments
from tapegen.transforms.contributions import (
    Slot,
    Slots,
    accumulator,
    add_to_buffer,
    contribute,
    ensure_buffer,
    value_of,
    zeros,
)
from tapegen.transforms.effects import effect_adjoint, separation, store_adjoint
from tapegen.transforms.indexing import indexed_names, read_adjoint
from tapegen.transforms.pullbacks import pullback
from tapegen.transforms.records import plain
from tapegen.transforms.revolve import checkpointed_loop, is_counted
from tapegen.transforms.scope import Scope, bar
from tapegen.transforms.shadows import ShadowTable
from tapegen.transforms.snapshots import Reader, Writes
from tapegen.transforms.stacks import record


@dataclass(frozen=True)
class Sweeps:
    """A function taken apart.

    Attributes:
        forward: the statements of the forward sweep, without the return.
        adjoint: the statements of the adjoint sweep.
        out: the result, an atom.
        cotangents: by parameter, the atom that holds its cotangent; parameters without one are missing.
    """

    forward: list[gast.stmt]
    adjoint: list[gast.stmt]
    out: gast.expr
    cotangents: dict[str, gast.expr]


def reverse(scope: Scope, inputs: list[str], ct: gast.expr) -> Sweeps:
    """The forward and the adjoint sweep of `scope.core`.

    Args:
        inputs: parameters whose cotangents are wanted.
        ct: an atom, the cotangent of the result.
    """
    return Sweeper(scope).function(inputs, ct)


class Sweeper:
    """Writes the two sweeps of one function."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.writes = Writes(scope.core, dict(scope.classes.leader))
        self.shadows = ShadowTable(scope, self.writes)
        self.carried = carried_names(scope.core)
        self.inputs: frozenset[str] = frozenset()
        self.outermost = True

    def function(self, inputs: list[str], ct: gast.expr) -> Sweeps:
        scope = self.scope
        self.inputs = frozenset(inputs)
        *body, last = scope.core.body
        assert isinstance(last, gast.Return) and last.value is not None
        slots: Slots = {}
        adjoint: list[gast.stmt] = []
        with scope.writing_to(adjoint):
            self.shadows.set_up([(name, None) for name in scope.core.params])
            self.shadows.set_up(bindings(body))
            if scope.is_active(last.value):
                self.add(slots, last.value.id, ct)
        forward, sweep = self.block(body, slots)
        adjoint.extend(sweep)
        cotangents: dict[str, gast.expr] = {}
        for name in inputs:
            if name in self.shadows.names:
                cotangents[name] = build.load(self.shadows.names[name])
            elif name in slots:
                cotangents[name] = build.load(slots[name].name)
        return Sweeps(
            [*separation(scope), *forward], [*self.shadows.prologue(), *adjoint], last.value, cotangents
        )

    def of_step(
        self, scope: Scope, results: Mapping[str, tuple[gast.expr, Slot]], slots: Slots
    ) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """The sweeps of one step of a loop, which `scope.core` is as a function of its state.

        Args:
            results: for each active variable of the state its value after the step, and the cotangent of that.
            slots: the cotangents of what the step reads beside; on return also those of the state before the step.
        """
        step = Sweeper(scope)
        step.inputs = frozenset([*results, *slots])
        *body, _ = scope.core.body
        adjoint: list[gast.stmt] = []
        with scope.writing_to(adjoint):
            step.shadows.set_up([(name, None) for name in results])
            step.shadows.set_up(bindings(body))
            for name, (value, slot) in results.items():
                if scope.is_active(value):
                    step.add(slots, value.id, value_of(scope, slot, name), maybe_zero=slot.maybe_zero)
        forward, sweep = step.block(body, slots)
        slots.update({n: Slot(step.shadows.names[n]) for n in results if n in step.shadows.names})
        return forward, [*step.shadows.prologue(), *adjoint, *sweep]

    # -- blocks -------------------------------------------------------------------------------------------------------

    def nested(
        self, body: list[gast.stmt], slots: Slots, entering: Iterable[str] = ()
    ) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """The sweeps of a block inside a statement, with the shadows that it binds.

        Args:
            entering: variables that have another value at the block's entry than outside: what a loop carries.
        """
        prologue: list[gast.stmt] = []
        outside = dict(self.shadows.names)
        with self.scope.writing_to(prologue):
            self.shadows.set_up((name, None) for name in entering)
            self.shadows.set_up(bindings(body))
        forward, adjoint = self.block(body, slots)
        self.shadows.names = outside
        return forward, prologue + adjoint

    def block(self, body: list[gast.stmt], slots: Slots) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """The sweeps of a block. `slots` holds the cotangents at its end, and on return those at its start."""
        forward: list[list[gast.stmt]] = []
        adjoint: list[gast.stmt] = []
        with self.scope.writing_to(adjoint):
            for stmt in reversed(body):
                self.scope.origin = getattr(stmt, "origin", None)
                forward.append(self.statement(stmt, slots))
        return [stmt for group in reversed(forward) for stmt in group], adjoint

    def statement(self, stmt: gast.stmt, slots: Slots) -> list[gast.stmt]:
        """Write the adjoint of one statement and return its forward sweep."""
        match stmt:
            case gast.If():
                return self.branch(stmt, slots)
            case gast.For() | gast.While():
                return self.loop(stmt, slots)
            case gast.Assign(targets=[gast.Name(id=target)], value=value):
                return self.binding(stmt, target, value, slots)
            case gast.Assign(targets=[gast.Tuple()]):
                raise AssertionError("a parallel move outside a loop")
        reader = Reader(self.scope, self.writes, stmt)
        if isinstance(stmt, gast.Expr):
            if isinstance(stmt.value, gast.Call):
                effect_adjoint(self, stmt.value, None, slots, reader)
        else:
            store_adjoint(self, stmt, slots, reader)
        return [*reader.before, stmt, *reader.after]

    def binding(self, stmt: gast.stmt, target: str, value: gast.expr, slots: Slots) -> list[gast.stmt]:
        scope = self.scope
        reader = Reader(scope, self.writes, stmt)
        arguments = followed_arguments(scope, value) if isinstance(value, gast.Call) else None
        if isinstance(value, gast.Call) and effect_adjoint(self, value, target, slots, reader):
            return [*reader.before, stmt, *reader.after]
        value = plain(scope.core, scope.facts, value)
        ct = self.take(slots, target, value)
        if ct is not None and arguments is not None and any(map(scope.is_active, arguments)):
            run = call_adjoint(self, stmt, target, value, arguments, ct, slots, reader)
            return [*reader.before, *run, *reader.after]
        if ct is not None and differentiable_operands(scope.core, value) & scope.active:
            if (
                isinstance(value, gast.Subscript)
                and isinstance(value.value, gast.Name)
                and scope.is_number(value.value.id)
            ):
                self.add(slots, value.value.id, build.call(scope.kernel(unbroadcast), ct, value.value))
            elif isinstance(value, gast.Subscript):
                if not self.read_element(value, target, ct, reader):
                    read_adjoint(self, value, ct, slots, reader)
            else:
                # The shadow of a display holds those of its arrays.
                displayed = target in self.shadows.names and isinstance(
                    value, (gast.Tuple, gast.List, gast.Dict)
                )
                for operand, term in pullback(scope, value, target, ct, reader):
                    if scope.is_active(operand) and not (displayed and operand.id in self.shadows.names):
                        self.add(slots, operand.id, term)
        return [*reader.before, stmt, *reader.after]

    # -- cotangents ---------------------------------------------------------------------------------------------------

    def take(self, slots: Slots, name: str, value: gast.expr) -> gast.expr | None:
        """The cotangent of `name`, which `value` defines; None if it has none or shares that of what it refers to."""
        if name not in self.scope.active or name in self.inputs:
            return None
        if name in self.shadows.names:
            return (
                self.shadows.own_part(name, value)
                if self.shadows.refers(value)
                else build.load(self.shadows.names[name])
            )
        if self.shadows.is_shadowed(name):
            return None
        slot = slots.pop(name, None)
        return None if slot is None else value_of(self.scope, slot, name)

    def add(self, slots: Slots, name: str, ct: gast.expr, *, maybe_zero: bool = False) -> None:
        """Add to the cotangent of an active variable."""
        if name in self.shadows.displays:
            return self.add_to_elements(name, ct)
        if name in self.shadows.names and not self.shadows.holds_arrays(name):
            return add_to_buffer(self.scope, name, self.shadows.names[name], ct, maybe_zero=maybe_zero)
        if self.shadows.is_shadowed(name):
            raise self.scope.refuse(
                f"cannot follow the arrays in {name!r}",
                why="they are written in place, and read here through their container",
                instead="use the arrays one by one, or copy them into a new container first",
            )
        contribute(self.scope, slots, name, ct, maybe_zero=maybe_zero)

    def read_element(self, value: gast.Subscript, target: str, ct: gast.expr, reader: Reader) -> bool:
        """Write the adjoint of `target = base[key]` if arrays in that container have shadows; else return False."""
        scope = self.scope
        base = value.value.id
        if base not in self.shadows.names or not self.shadows.holds_arrays(base) or scope.is_number(target):
            return False
        shadow, key = build.load(self.shadows.names[base]), reader.index(value.slice)
        if not scope.is_array(target):
            scope.emit(build.expression(build.call(scope.kernel(add_to_entry), shadow, key, ct)))
            return True
        entry = gast.Subscript(value=shadow, slice=key, ctx=gast.Load())
        add_to_buffer(scope, target, scope.bind(entry, bar(target)).id, ct)
        return True

    def add_to_elements(self, name: str, ct: gast.expr) -> None:
        """Add to the cotangents of what a tuple, list or dict is made of: to shadows there, to its own zeros else."""
        scope = self.scope
        whole = scope.atom(ct, bar(name))
        for key, item in self.shadows.displays[name]:
            if not scope.is_active(item):
                continue
            part = scope.bind(build.call(scope.kernel(element), whole, key), bar(item.id))
            if item.id in self.shadows.names:
                self.add({}, item.id, part, maybe_zero=True)
            else:
                place = [build.load(self.shadows.names[name]), build.clone(key), part]
                scope.emit(build.expression(build.call(scope.kernel(add_at), *place)))

    def buffer(self, slots: Slots, name: str) -> str:
        """The name of an array that holds the cotangent of `name` and can be added to by index."""
        if name in self.shadows.names:
            return self.shadows.names[name]
        return ensure_buffer(self.scope, slots, name).name

    # -- control flow -------------------------------------------------------------------------------------------------

    def outer_names(self, body: list[gast.stmt], bound: set[str]) -> list[str]:
        """Active variables bound outside `body` to whose cotangents its adjoint may add, in order of appearance."""
        found: dict[str, None] = {}
        for stmt in walk_statements(body):
            for name in sorted(_reads(self.scope, stmt)):
                if name in self.scope.active and name not in bound and name not in self.shadows.names:
                    found[name] = None
        return list(found)

    def prepare_buffers(self, body: list[gast.stmt], names: list[str], slots: Slots) -> None:
        """Set up buffers for the variables in `names` that `body` reads by index."""
        indexed = indexed_names(self.scope, body)
        for name in names:
            if name in indexed:
                ensure_buffer(self.scope, slots, name)

    def branch(self, stmt: gast.If, slots: Slots) -> list[gast.stmt]:
        scope = self.scope
        bound = {name for block in blocks(stmt) for inner in walk_statements(block) for name in _bound(inner)}
        outer = self.outer_names([*stmt.body, *stmt.orelse], bound)
        self.prepare_buffers([*stmt.body, *stmt.orelse], outer, slots)
        test, before = self.test(stmt)
        start = dict(slots)
        merged = {name: slots.pop(name) for name in bound if name in slots}
        sides = []
        for body in (stmt.body, stmt.orelse):
            inner: Slots = {**slots, **merged}
            forward, adjoint = self.nested(body, inner)
            sides.append((forward, adjoint, inner))
        scope.origin = getattr(stmt, "origin", None)
        changed = [n for n in outer if any(side[2].get(n) != start.get(n) for side in sides)]
        for name in changed:
            target = scope.namer(bar(name))
            maybe_zero = False
            for _, adjoint, inner in sides:
                slot = inner.get(name)
                value = zeros(scope, name) if slot is None else build.load(slot.name)
                maybe_zero |= slot.maybe_zero if slot else isinstance(value, gast.Constant)
                adjoint.append(build.assign(target, value, scope.origin))
            slots[name] = Slot(target, maybe_zero=maybe_zero and not scope.is_number(name))
        (forward, adjoint, _), (forward_else, adjoint_else, _) = sides
        if adjoint or adjoint_else:
            if adjoint:
                scope.emit(build.if_(build.clone(test), adjoint, adjoint_else))
            else:
                scope.emit(
                    build.if_(gast.UnaryOp(op=gast.Not(), operand=build.clone(test)), adjoint_else, [])
                )
        else:
            test, before = stmt.test, []
        return [*before, build.if_(test, forward, forward_else, scope.origin)]

    def test(self, stmt: gast.If) -> tuple[gast.expr, list[gast.stmt]]:
        """The test as the adjoint asks it again, and statements that keep its outcome where it might have changed."""
        names = loaded_names(stmt.test) - set(self.scope.namespace)
        calls = any(
            isinstance(node, (gast.Call, gast.Subscript, gast.Attribute)) for node in below(stmt.test)
        )
        if not calls and all(self.scope.is_number(name) for name in names):
            return stmt.test, []
        kept = self.scope.namer("taken")
        return build.load(kept), [build.assign(kept, stmt.test, getattr(stmt, "origin", None))]

    def loop(self, stmt: gast.For | gast.While, slots: Slots) -> list[gast.stmt]:
        scope = self.scope
        body, move, leave = split_loop(stmt.body, self.carried)
        carried = dict(_moves(move))
        if scope.snapshots is not None and self.outermost and is_counted(scope.core, stmt):
            return checkpointed_loop(self, stmt, (body, move, leave), carried, slots)
        bound = {name for inner in walk_statements(stmt.body) for name in _bound(inner)}
        if isinstance(stmt, gast.For):
            bound.add(stmt.target.id)
        sources = [source.id for source in carried.values() if scope.is_active(source)]
        outer = list(
            dict.fromkeys(
                [
                    *self.outer_names(body, bound),
                    *(s for s in sources if s not in bound and s not in self.shadows.names),
                ]
            )
        )
        self.prepare_buffers(body, outer, slots)
        active = [c for c in carried if c in scope.active and c not in self.shadows.names]
        at_end: dict[str, Slot] = {}
        for name in active:
            at_end[name] = accumulator(scope, slots, name)
            slots.pop(name, None)
        sums = {name: accumulator(scope, slots, name) for name in outer}

        inner: Slots = dict(sums)
        adjoint: list[gast.stmt] = []
        with scope.writing_to(adjoint):
            for name in active:
                if scope.is_active(carried[name]):
                    ct = value_of(scope, at_end[name], name)
                    self.add(inner, carried[name].id, ct, maybe_zero=at_end[name].maybe_zero)
        outermost, self.outermost = self.outermost, False
        forward, sweep = self.nested(body, inner, carried)
        self.outermost = outermost
        adjoint.extend(sweep)
        scope.origin = getattr(stmt, "origin", None)
        targets, values = [], []
        with scope.writing_to(adjoint):
            for name in active:
                slot = inner.get(name)
                targets.append(at_end[name].name)
                values.append(build.load(slot.name) if slot else scope.atom(zeros(scope, name), bar(name)))
            for name in outer:
                if inner[name] != sums[name]:
                    targets.append(sums[name].name)
                    values.append(build.load(inner[name].name))
            if targets:
                scope.emit(build.move(targets, values))
        slots.update({name: sums[name] for name in outer if inner[name] != sums[name]})
        for name in active:
            maybe_zero = at_end[name].maybe_zero or (name in inner and inner[name].maybe_zero)
            slots[name] = Slot(at_end[name].name, maybe_zero=maybe_zero)
        return record(scope, stmt, forward, move, leave, adjoint)


def bindings(body: list[gast.stmt]) -> Iterator[tuple[str, gast.stmt]]:
    """The variables that a block binds and their statements: merges at their branch, carried ones before the loop."""
    for stmt in body:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            yield stmt.targets[0].id, stmt
        elif isinstance(stmt, gast.If):
            both = set(_block_bound(stmt.body)) & set(_block_bound(stmt.orelse))
            for name in _block_bound(stmt.body):
                if name in both:
                    yield name, stmt


def _block_bound(body: list[gast.stmt]) -> list[str]:
    return [name for name, _ in bindings(body)]


def _bound(stmt: gast.stmt) -> Iterator[str]:
    if isinstance(stmt, gast.Assign):
        target = stmt.targets[0]
        for node in target.elts if isinstance(target, gast.Tuple) else [target]:
            if isinstance(node, gast.Name):
                yield node.id
    elif isinstance(stmt, gast.For) and isinstance(stmt.target, gast.Name):
        yield stmt.target.id


def _reads(scope: Scope, stmt: gast.stmt) -> set[str]:
    match stmt:
        case gast.Assign(value=value) | gast.AugAssign(value=value):
            return differentiable_operands(scope.core, value)
        case gast.Expr(value=value):
            return loaded_names(value)
    return set()


def _moves(move: gast.stmt | None) -> Iterator[tuple[str, gast.expr]]:
    if isinstance(move, gast.Assign):
        target = move.targets[0]
        if isinstance(target, gast.Tuple) and isinstance(move.value, gast.Tuple):
            yield from ((t.id, v) for t, v in zip(target.elts, move.value.elts, strict=True))
        else:
            yield target.id, move.value


def carried_names(core: Core) -> frozenset[str]:
    """The variables that loops carry: bound before the loop and again by the update at its end."""
    outside: dict[str, int] = {}
    for stmt in core.statements:
        for name in _bound(stmt):
            outside[name] = outside.get(name, 0) + 1
    carried = set()
    for stmt in core.statements:
        if isinstance(stmt, (gast.For, gast.While)):
            carried |= {name for inner in stmt.body for name in _bound(inner) if outside[name] > 1}
    return frozenset(carried)


def split_loop(
    body: list[gast.stmt], carried: frozenset[str]
) -> tuple[list[gast.stmt], gast.stmt | None, gast.stmt | None]:
    """A loop body as (statements, carried update or None, trailing break or None)."""
    rest = list(body)
    leave = move = None
    if rest and isinstance(rest[-1], gast.If) and any(isinstance(s, gast.Break) for s in rest[-1].body):
        leave = rest.pop()
    if rest and isinstance(rest[-1], gast.Assign) and set(_bound(rest[-1])) & carried:
        move = rest.pop()
    return rest, move, leave
