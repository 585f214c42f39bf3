"""Branches: where paths meet, what objects hold on each is brought together, variable by variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from tapegen.lang import build
from tapegen.transforms.objects.containers import leave_whole
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import (
    Conflict,
    Data,
    Heap,
    Partial,
    Ref,
    Tup,
    copied,
    same,
)
from tapegen.transforms.objects.operators import truth

Env = dict[str, Any]
State = tuple[Env, Heap]


def assign(work: Evaluator, name: str, value: Any) -> None:
    """`name = value`."""
    if isinstance(value, Ref) and work.cell(value).hint in _GENERIC.get(work.cell(value).cls, ()):
        work.cell(value).hint = name
    elif isinstance(value, Ref) and not work.cell(value).named:
        work.cell(value).hint = name
    if isinstance(value, Ref):
        work.cell(value).named = True
    work.frame.env[name] = work.bound(value, name)


_GENERIC: dict[type, tuple[str, ...]] = {list: ("items",), dict: ("entries",)}


def saved(work: Evaluator) -> State:
    """The state as it is now."""
    return dict(work.frame.env), copied(work.heap)


def restore(work: Evaluator, state: State) -> None:
    """Go back to a state."""
    work.frame.env, work.heap = dict(state[0]), copied(state[1])


def branch(work: Evaluator, stmt: gast.If) -> None:
    """`if`: the branch that is taken if that is known, else both."""

    known = truth(work, work.evaluate(stmt.test))
    if isinstance(known, bool):
        work.block(stmt.body if known else stmt.orelse)
        return
    origin = work.origin
    both(work, known, lambda: work.block(stmt.body), lambda: work.block(stmt.orelse), origin)


def choose(work: Evaluator, test: Any, one: Callable[[], Any], two: Callable[[], Any]) -> Any:
    """The value of `one()` where the test holds, else that of `two()`; only one of them is computed."""

    name = work.namer("test")
    both(work, test, lambda: assign(work, name, one()), lambda: assign(work, name, two()), work.origin)
    return work.frame.env.pop(name)


def both(work: Evaluator, test: Any, one: Callable[[], None], two: Callable[[], None], origin: Any) -> None:
    """Run both of two branches, and bring together what they leave."""
    node = work.residual(test)
    before, out = saved(work), work.out
    body: list[gast.stmt] = []
    orelse: list[gast.stmt] = []
    work.out = body
    one()
    first = (work.frame.env, work.heap)
    restore(work, before)
    work.out = orelse
    two()
    second = (work.frame.env, work.heap)
    work.out = out
    work.origin = origin
    ends = _raises(body), _raises(orelse)
    if any(ends):
        work.frame.env, work.heap = second if ends[0] else first
        work.emit(build.if_(node, body, orelse, origin))
        return
    join = _Join(work, first, second, body, orelse)
    join.run()
    if body or orelse:
        work.emit(build.if_(node, body, orelse, origin))


def _raises(body: list[gast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], gast.Raise)


class _Join:
    """Brings two states together; merges are bound at the ends of the two blocks."""

    def __init__(
        self, work: Evaluator, one: State, two: State, body: list[gast.stmt], orelse: list[gast.stmt]
    ) -> None:
        self.work, self.one, self.two, self.body, self.orelse = work, one, two, body, orelse
        self.pairs: dict[tuple[int, int], Any] = {}
        self.heap: Heap = {}

    def run(self) -> None:
        work = self.work
        (env_1, heap_1), (env_2, heap_2) = self.one, self.two
        for number in {**heap_1, **heap_2}:
            if number in heap_1 and number in heap_2:
                self.heap[number] = self.contents(number, heap_1[number], heap_2[number])
            else:
                self.heap[number] = heap_1.get(number) or heap_2.get(number) or {}
        env = {n: self.value(env_1[n], env_2[n], n) for n in env_1 if n in env_2}
        work.frame.env, work.heap = env, self.heap

    def contents(self, number: int, a: dict[Any, Any], b: dict[Any, Any]) -> dict[Any, Any]:
        cell = self.work.cells[number]
        if cell.cls is list and len(a) != len(b):
            leave_whole(self.work, Ref(number))
            cell.fixed = "its length depends on the path taken"
        hint = cell.hint
        return {
            k: self.value(a[k], b[k], f"{hint}_{k}" if cell.cls not in (list, dict) else hint)
            for k in a
            if k in b
        }

    def value(self, a: Any, b: Any, hint: str) -> Any:
        if same(a, b):
            return a
        match a, b:
            case Ref(), Ref():
                return self.objects(a, b)
            case Tup(), Tup() if len(a.items) == len(b.items):
                return Tup(tuple(self.value(p, q, hint) for p, q in zip(a.items, b.items, strict=True)))
            case Partial(), Partial() if (
                len(a.args) == len(b.args) and same(a.function, b.function) and not a.kwargs
            ):
                return Partial(
                    a.function, tuple(self.value(p, q, hint) for p, q in zip(a.args, b.args, strict=True))
                )
            case Data(), Data():
                name = self.work.namer(hint if hint.isidentifier() else "value")
                self.body.append(build.assign(name, build.clone(a.node), self.work.origin))
                self.orelse.append(build.assign(name, build.clone(b.node), self.work.origin))
                return Data(build.load(name))
        return Conflict(
            f"it is {self.work.kind(a)} on one path and {self.work.kind(b)} on another, "
            "and which one is only known when it runs"
        )

    def objects(self, a: Ref, b: Ref) -> Any:
        work = self.work
        if (a.cell, b.cell) in self.pairs:
            return self.pairs[a.cell, b.cell]
        mine, theirs = self.one[1].get(a.cell), self.two[1].get(b.cell)
        if mine is None or theirs is None:
            return Conflict("it is a new object on one path only")
        if work.class_of(a) is not work.class_of(b) or mine.keys() != theirs.keys():
            for ref in (a, b):
                leave_whole(work, ref)
            return Conflict(
                f"it is {work.kind(a)} on one path and {work.kind(b)} on another, or their attributes differ"
            )
        work.cells[a.cell].fixed = work.cells[b.cell].fixed = MERGED
        merged = work.new_cell(work.cells[a.cell].cls, work.cells[a.cell].hint, {})
        self.pairs[a.cell, b.cell] = merged
        self.heap[merged.cell] = {
            k: self.value(mine[k], theirs[k], f"{work.cells[a.cell].hint}_{k}") for k in mine
        }
        work.cell(merged).fixed = MERGED
        return merged


MERGED = "which of several objects it is depends on the path taken, so the write cannot be followed"
