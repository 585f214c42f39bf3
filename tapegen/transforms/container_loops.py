"""Loops over the containers that are followed: what the body changes in them, the loop carries in variables.

The body is run until nothing new is found that it changes; a container of which another takes the place in each
iteration, `state = {"u": ..., "v": ...}`, is carried item by item.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import bound_names, lookup, walk_statements
from tapegen.transforms.container_calls import Calls
from tapegen.transforms.container_objects import literal
from tapegen.transforms.container_state import Item, Keep, Object, State, copied_with, same_item, same_keys
from tapegen.transforms.reverse import split_loop

_ROUNDS = 8
_STEPS = 32  # a loop over containers of more steps is not written out


@dataclass
class _Leaf:
    """A variable that a loop carries."""

    name: str


@dataclass
class _Node:
    """A container whose items a loop carries."""

    number: int
    like: Object
    items: dict[Any, _Leaf | _Node]


@dataclass
class _Plan:
    """What is known of a loop before its body is run once more.

    Attributes:
        names, items: by name, and by number of an object and key, what the loop carries there.
        shared: objects that the body hands on.
        hoisted: objects that the body reads as a whole and does not change.
    """

    names: dict[str, _Node] = field(default_factory=dict)
    items: dict[tuple[int, Any], _Leaf | _Node] = field(default_factory=dict)
    shared: set[int] = field(default_factory=set)
    hoisted: set[int] = field(default_factory=set)


class Loops(Calls):
    """How the pass runs loops."""

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        """The statements that are left of a block."""
        raise NotImplementedError

    def statement(self, stmt: gast.stmt) -> None:
        """Run one statement."""
        raise NotImplementedError

    def loop(self, stmt: gast.For | gast.While) -> None:
        steps = self.steps(stmt)
        if steps is None:
            self.carried_through(stmt)
            return
        final = dict(self.final)
        out, count, wanted = self.out, len(self.out), len(self.wanted)
        before = self.state.copy(), self.changed, self.written_elsewhere, self.exposed, self.depth
        try:
            self.carried_through(stmt)
        except Keep:
            self.state, self.changed, self.written_elsewhere, self.exposed, self.depth = before
            self.mirrored.clear()
            self.out = out
            del out[count:], self.wanted[wanted:]
            self.final = final
            self.unrolled(stmt, steps)

    # -- steps of which the index is known ----------------------------------------------------------------------------

    def steps(self, stmt: gast.For | gast.While) -> range | None:
        """The values of a loop's index, if they are known and few, and it reads containers that are followed."""
        if isinstance(stmt, gast.While) or not isinstance(stmt.iter, gast.Call):
            return None
        if lookup(self.core, stmt.iter.func) is not range or not self.state.objects:
            return None
        bounds = [self.static(arg) for arg in stmt.iter.args]
        if not all(bound is not None and type(bound[0]) is int for bound in bounds):
            return None
        values = [bound[0] for bound in bounds if bound is not None]
        if len(values) == 3 and values[2] == 0:
            return None
        _, _, leave = split_loop(stmt.body, frozenset(self.carried))
        return range(*values) if leave is None and len(range(*values)) <= _STEPS else None

    def unrolled(self, stmt: gast.For, steps: range) -> None:
        """A loop written out, for each value of its index."""
        self.changed = True
        body, move, _ = split_loop(stmt.body, frozenset(self.carried))
        moves = dict(_moves(move))
        own = {name for inner in walk_statements(body) for name in bound_by(inner)}
        self.budget -= len(steps) * len(list(walk_statements(body)))
        if self.budget < 0:
            raise Keep(self.all_sites())
        current: dict[str, gast.expr] = {name: build.load(name) for name in moves}
        for value in steps:
            fresh = {name: self.fresh(name) for name in own}
            holes: dict[str, gast.expr | str] = {**fresh, stmt.target.id: literal(value), **current}
            for inner in body:
                step = copied_with(inner, holes)
                for part in walk_statements([step]):
                    part.site = (part.site, value)
                self.statement(copied_with(step, self.final) if self.final else step)
            nexts = {
                name: build.substitute(build.substitute(node, holes), self.final)
                for name, node in moves.items()
            }
            current = {name: self.named(node, name) for name, node in nexts.items()}
        self.final |= current
        if steps:
            self.final[stmt.target.id] = literal(steps[-1])

    def fresh(self, name: str) -> str:
        """A name for another binding of a variable, of which the same is known."""
        new: str = self.namer(name)
        if name in self.carried:
            self.carried.add(new)
        if name in self.rebound:
            self.rebound.add(new)
        if name in self.facts:
            self.facts[new] = self.facts[name]
        return new

    def named(self, node: gast.expr, base: str) -> gast.expr:
        """An atom that keeps its meaning: of a variable that a loop carries, a copy."""
        if isinstance(node, gast.Name) and node.id not in self.state.names:
            return self.kept_item(node, base)
        return node

    def carried_through(self, stmt: gast.For | gast.While) -> None:
        """A loop that stays one."""
        origin = self.origin
        if (
            isinstance(stmt, gast.For)
            and lookup(self.core, getattr(stmt.iter, "func", stmt.iter)) is not range
        ):
            raise Keep(self.all_sites())
        iterable = self.rewrite(stmt.iter) if isinstance(stmt, gast.For) else None
        body, move, leave = split_loop(stmt.body, frozenset(self.carried))
        moves = dict(_moves(move))
        entry = self.state
        plan = _Plan()
        final = self.final
        for _ in range(_ROUNDS):
            self.final = dict(final)
            header = self.header(entry, plan)
            self.state = header.copy()
            test = self.test_of_while(stmt)
            self.wanted.append(set())
            done = self.block(body)
            wanted = self.wanted.pop()
            nexts = {name: self.next_of(build.substitute(value, self.final)) for name, value in moves.items()}
            if not self.grow(plan, entry, header, nexts, wanted):
                break
        else:
            raise Keep(self.all_sites())
        self.finish(stmt, origin, iterable, test, done, leave, nexts, plan, entry)
        if self.wanted:
            self.wanted[-1] |= plan.hoisted

    def test_of_while(self, stmt: gast.For | gast.While) -> gast.expr | None:
        if isinstance(stmt, gast.For):
            return None
        outer, self.out = self.out, []
        test = self.rewrite(stmt.test)
        done, self.out = self.out, outer
        if done:
            raise Keep(self.all_sites())
        return test

    def all_sites(self) -> frozenset[Any]:
        return frozenset().union(*(obj.sites for obj in self.state.objects.values()))

    def next_of(self, value: gast.expr) -> Item:
        number = self.state.names.get(value.id) if isinstance(value, gast.Name) else None
        return self.rewrite(value) if number is None else number

    def header(self, entry: State, plan: _Plan) -> State:
        """The state at the start of an iteration."""
        state = entry.copy()

        def made(node: _Leaf | _Node) -> Item:
            if isinstance(node, _Leaf):
                return build.load(node.name)
            items = {key: made(part) for key, part in node.items.items()}
            like = node.like
            state.objects[node.number] = replace(like, items=items, shared=True, shown=None)
            return node.number

        for number in plan.shared:
            if number in state.objects:
                state.objects[number].shared = True
        for (number, key), node in plan.items.items():
            state.objects[number].items[key] = made(node)
            state.objects[number].shown = None
        for name, node in plan.names.items():
            number = made(node)
            assert isinstance(number, int)
            state.names[name] = number
        for number in plan.hoisted:
            if state.objects[number].shown is None:
                base = state.objects[number].base
                state.objects[number].shown = self.hoisted_names.setdefault(
                    (id(plan), number), self.namer(base)
                )
        return state

    def grow(
        self, plan: _Plan, entry: State, header: State, nexts: Mapping[str, Item], wanted: set[int]
    ) -> bool:
        """Note in `plan` what the body changes; whether there was anything new."""
        grown = False
        after = self.state

        def planned(base: str, a: Item, b: Item) -> _Leaf | _Node:
            if isinstance(a, int) != isinstance(b, int):
                number, side = (a, header) if isinstance(a, int) else (b, after)
                raise Keep(side.objects[number].sites)
            if not isinstance(a, int) or not isinstance(b, int):
                name = self.namer(base)
                self.carried.add(name)
                return _Leaf(name)
            one, two = header.objects[a], after.objects[b]
            if not same_keys(one, two):
                raise Keep(one.sites | two.sites)
            if a in entry.objects:
                plan.shared.add(a)
            if b in entry.objects:
                plan.shared.add(b)
            like = replace(one, items={}, sites=one.sites | two.sites)
            items = {key: planned(one.base, v, two.items[key]) for key, v in one.items.items()}
            return _Node(next(self.numbers), like, items)

        def fits(node: _Leaf | _Node, item: Item) -> None:
            if isinstance(node, _Leaf):
                if isinstance(item, int):
                    raise Keep(after.objects[item].sites | self.all_sites())
                return
            if not isinstance(item, int):
                raise Keep(node.like.sites)
            obj = after.objects[item]
            if obj.kind is not node.like.kind or list(obj.items) != list(node.items):
                raise Keep(node.like.sites | obj.sites)
            for key, part in node.items.items():
                fits(part, obj.items[key])

        ends: list[int] = []
        for name, item in nexts.items():
            known = plan.names.get(name)
            start = header.names.get(name)
            if known is not None:
                fits(known, item)
            elif start is not None and isinstance(item, int):
                if start != item:
                    node = planned(name, start, item)
                    assert isinstance(node, _Node)
                    plan.names[name] = node
                    grown = True
            elif start is not None or isinstance(item, int):
                raise Keep(header.objects[start].sites if start is not None else after.objects[item].sites)
            if isinstance(item, int) and start != item:
                ends.append(item)
        for number, obj in entry.objects.items():
            first, last = header.objects[number], after.objects[number]
            if not same_keys(first, last):
                raise Keep(first.sites)
            for key, item in last.items.items():
                known_item = plan.items.get((number, key))
                if known_item is not None:
                    fits(known_item, item)
                elif not same_item(first.items[key], item):
                    plan.items[number, key] = planned(obj.base, first.items[key], item)
                    grown = True
                if isinstance(item, int) and not same_item(first.items[key], item):
                    ends.append(item)
            if last.shared and not first.shared:
                plan.shared.add(number)
                grown = True
        if len(set(ends)) < len(ends):
            raise Keep(frozenset().union(*(after.objects[number].sites for number in ends)))
        touched = {number for number, _ in plan.items}
        hoisted = {n for n in wanted if n in entry.objects and n not in touched} - plan.hoisted
        plan.hoisted |= hoisted
        return grown or bool(hoisted)

    def finish(
        self,
        stmt: gast.For | gast.While,
        origin: Any,
        iterable: gast.expr | None,
        test: gast.expr | None,
        body: list[gast.stmt],
        leave: gast.stmt | None,
        nexts: Mapping[str, Item],
        plan: _Plan,
        entry: State,
    ) -> None:
        """Write the loop; the state after it."""
        after = self.state
        targets: list[str] = []
        values: list[gast.expr] = []

        def carry(node: _Leaf | _Node, start: Item, end: Item) -> None:
            if isinstance(node, _Leaf):
                assert not isinstance(start, int) and not isinstance(end, int)
                self.emit(build.assign(node.name, build.clone(start), origin))
                if not (isinstance(end, gast.Name) and end.id == node.name):
                    targets.append(node.name)
                    values.append(build.clone(end))
                return
            assert isinstance(start, int) and isinstance(end, int)
            one, two = entry.objects[start], after.objects[end]
            for key, part in node.items.items():
                carry(part, one.items[key], two.items[key])

        for name, item in nexts.items():
            if name in plan.names:
                carry(plan.names[name], entry.names[name], item)
            elif not isinstance(item, int):
                targets.append(name)
                values.append(item)
        for (number, key), node in plan.items.items():
            carry(node, entry.objects[number].items[key], after.objects[number].items[key])
        for number in plan.hoisted:
            hoisted = self.hoisted_names.get((id(plan), number))
            if hoisted is not None:
                self.state = entry
                self.emit(build.assign(hoisted, self.display(number), origin))
        if leave is not None:
            self.state = after
            outer, self.out = self.out, []
            test_ = build.substitute(leave.test, self.final)
            fresh = build.at(gast.If(test=self.rewrite(test_), body=leave.body, orelse=[]), origin)
            done, self.out = self.out, outer
            if done:
                raise Keep(self.all_sites())
            leave = fresh
        if targets:
            body = [s for s in body if not isinstance(s, gast.Pass)]
            body.append(build.move(targets, values, origin))
        if leave is not None:
            body.append(leave)
        self.state = self.header(entry, plan)
        for number, obj in self.state.objects.items():
            if number in after.objects:
                obj.shared = obj.shared or after.objects[number].shared
        if isinstance(stmt, gast.For):
            self.emit(build.for_(build.clone(stmt.target), iterable, body, origin))
        else:
            self.emit(build.while_(test, body, origin))


def _moves(move: gast.stmt | None) -> list[tuple[str, gast.expr]]:
    if not isinstance(move, gast.Assign):
        return []
    target = move.targets[0]
    if isinstance(target, gast.Tuple):
        return [(t.id, v) for t, v in zip(target.elts, move.value.elts, strict=True)]
    return [(target.id, move.value)]


def bound_by(stmt: gast.stmt) -> set[str]:
    """The names that a statement itself binds."""
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
        return bound_names(stmt.targets[0])
    return bound_names(stmt.target) if isinstance(stmt, gast.For) else set()
