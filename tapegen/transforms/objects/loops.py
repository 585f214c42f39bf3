"""Loops: a loop stays one where its objects keep their form, each changing attribute a variable that it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from tapegen.analysis.values import Array
from tapegen.lang import build
from tapegen.transforms.objects.containers import leave_whole
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.flow import MERGED, assign, both, restore, saved
from tapegen.transforms.objects.heap import Conflict, Data, NeedsLengths, NeedsUnrolling, Ref, Tup, same
from tapegen.transforms.objects.operators import truth

SHORT = 8
UNROLLED = 128
"""A loop over objects is unrolled into so many steps at most."""


def loop(work: Evaluator, stmt: Any, peeled: bool = False) -> None:
    """`for` over a range, or `while`: a loop is left, or if objects forbid that, its steps one by one.

    Args:
        peeled: whether its first step has been taken already, for that may be the only one that sets keys.
    """
    before, out, namer = saved(work), work.out, (set(work.namer.taken), dict(work.namer._last))
    depth, cells, around = len(work.frames), len(work.cells), len(work.loops)
    work.out = []
    try:
        _Loop(work, stmt, peeled).run()
        out.extend(work.out)
        work.out = out
        return
    except NeedsUnrolling as error:
        why, grows, origin = error.why, error.grows, work.origin
    except _TestNeedsStatements:
        why, grows, origin = "", False, work.origin
    del work.frames[depth:]
    del work.loops[around:]
    del work.cells[cells:]
    restore(work, before)
    if not why:
        work.out = out
        work.origin = getattr(stmt, "origin", None) or work.origin
        _with_test_apart(work, stmt)
        return
    work.out = out
    work.namer.taken, work.namer._last = namer
    steps = _steps(work, stmt)
    if grows and steps:
        rest = build.for_(stmt.target, _range_call(stmt, steps[1:]), stmt.body, getattr(stmt, "origin", None))
        _unrolled(work, stmt, list(steps[:1]), lambda: loop(work, rest, peeled=True))
        return
    if steps is None or len(steps) > UNROLLED:
        work.origin = origin
        raise work.refuse(
            "cannot follow the objects in this loop",
            why=why if steps is None else f"{why}, and the loop has {len(steps)} steps",
            instead="keep the same objects and write their attributes, or loop over a list of known length",
        )
    _unrolled(work, stmt, list(steps))


def _with_test_apart(work: Evaluator, stmt: gast.While) -> None:
    """A `while` whose test calls methods: the test is computed before the loop and at the end of each step."""

    name = work.namer("test")
    origin = getattr(stmt, "origin", None)
    first = build.assign(name, stmt.test, origin)
    work.block([first])
    again = build.while_(build.load(name), [*stmt.body, build.assign(name, stmt.test, origin)], origin)
    again.carried = name
    loop(work, again)


def _steps(work: Evaluator, stmt: Any) -> range | None:
    """The steps of a `for`, if they are known."""

    if not isinstance(stmt, gast.For):
        return None
    numbers = []
    for arg in stmt.iter.args:
        out, work.out = work.out, []
        value = work.evaluate(arg)
        count = _count(work, value.node) if isinstance(value, Data) else None
        work.out = out
        if count is None:
            return None
        numbers.append(count)
    return range(*numbers)


def _count(work: Evaluator, node: Any) -> int | None:
    """An integer that the lengths of arguments decide.

    Raises: NeedsLengths if they are only known as symbols.
    """
    match node:
        case gast.Constant(value=int() as value):
            return int(value)
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            inner = _count(work, operand)
            return None if inner is None else -inner
        case gast.BinOp(left=left, op=gast.Add() | gast.Sub() as op, right=right):
            a, b = _count(work, left), _count(work, right)
            return None if a is None or b is None else a + b if isinstance(op, gast.Add) else a - b
        case gast.Call(func=gast.Name(id="len"), args=[gast.Name(id=name)]):
            fact = work.facts.get(name)
            if not isinstance(fact, Array) or not fact.shape:
                return None
            if isinstance(fact.shape[0], int):
                return fact.shape[0]
            raise NeedsLengths(
                "cannot follow the objects in this loop",
                origin=work.origin,
                why=f"how many there are hangs on the length of {name}",
                instead="call it with arrays, not with descriptions of arrays",
            )
        case gast.Call(func=gast.Name(id="min"), args=args):
            counts = [_count(work, arg) for arg in args]
            return None if None in counts else min(c for c in counts if c is not None)
    return None


def _stop(body: list[gast.stmt]) -> Any:
    last = body[-1]
    return last if isinstance(last, gast.If) and any(isinstance(s, gast.Break) for s in last.body) else None


def _range_call(stmt: gast.For, steps: range) -> gast.Call:
    numbers = [build.constant(n) if n >= 0 else gast.UnaryOp(op=gast.USub(), operand=build.constant(-n)) for n in (
        steps.start, steps.stop, steps.step
    )]  # fmt: skip
    return build.at(build.call(stmt.iter.func, *numbers), getattr(stmt.iter, "origin", None))


def _unrolled(
    work: Evaluator, stmt: gast.For, steps: list[int], rest: Callable[[], None] = lambda: None
) -> None:

    if not steps:
        rest()
        return
    stop = _stop(stmt.body)
    value = build.constant(abs(steps[0]))
    assign(
        work,
        stmt.target.id,
        Data(value if steps[0] >= 0 else gast.UnaryOp(op=gast.USub(), operand=value)),
    )
    work.block(stmt.body[:-1] if stop is not None else stmt.body)
    if stop is None:
        _unrolled(work, stmt, steps[1:], rest)
        return
    known = truth(work, work.evaluate(stop.test))
    if known is True:
        return
    if known is False:
        _unrolled(work, stmt, steps[1:], rest)
    else:
        both(work, known, lambda: None, lambda: _unrolled(work, stmt, steps[1:], rest), work.origin)


class _Loop:
    """A loop that stays one: finds out which variables and parts of objects change, and carries them."""

    def __init__(self, work: Evaluator, stmt: Any, peeled: bool) -> None:
        self.work, self.stmt, self.peeled = work, stmt, peeled
        self.stop = _stop(stmt.body)
        self.opened: set[Any] = (
            set()
        )  # places whose literal or object changes: they are carried, or made anew
        self.leaves: dict[str, gast.expr] = {}  # carried variable -> what it is at first
        self.next: dict[str, gast.expr] = {}
        self.changed: dict[tuple[int, Any], None] = {}  # in the order in which they are found
        self.fresh: dict[Any, Any] = {}

    def run(self) -> None:

        work, stmt = self.work, self.stmt
        head = None
        if isinstance(stmt, gast.For):
            head = build.call(work.residual(work.evaluate(stmt.iter.func)), *(
                work.residual(work.evaluate(arg)) for arg in stmt.iter.args
            ))  # fmt: skip
        before, out, cells = saved(work), work.out, len(work.cells)
        names = [n for n in self.carried() if n in before[0]]
        for _ in range(60):
            restore(work, before)
            namer = set(work.namer.taken), dict(work.namer._last)
            del work.cells[cells:]
            self.leaves, self.next, self.fresh = {}, {}, {}
            for name in names:
                work.frame.env[name] = self.open(("name", name), before[0][name], name)
            for number, key in self.changed:
                hint = (
                    f"{work.cells[number].hint}_{key}"
                    if work.cells[number].cls not in (list, dict)
                    else work.cells[number].hint
                )
                initial = before[1][number].get(key, Data(build.constant(None)))
                work.heap[number][key] = self.open((number, key), initial, hint)
            start = saved(work)
            depth = len(work.frames)
            work.loops.append(self.is_short())
            test, body, stopped = self.body()
            work.loops.pop()
            assert len(work.frames) == depth
            known = len(self.opened), len(self.changed)
            for name in names:
                self.match(("name", name), start[0][name], work.frame.env[name])
            for number, contents in start[1].items():
                self.compare(number, contents, work.heap[number])
            if known == (len(self.opened), len(self.changed)):
                break
            work.namer.taken, work.namer._last = namer
        else:
            raise NeedsUnrolling("what its variables hold changes its form from step to step")
        work.out = out
        work.frame.env, work.heap = start
        for name, initial in self.leaves.items():
            work.emit(build.assign(name, initial))
        moved = {n: v for n, v in self.next.items() if not (isinstance(v, gast.Name) and v.id == n)}
        if moved:
            body.append(build.move(list(moved), list(moved.values()), work.origin))
        if stopped is not None:
            body.append(build.if_(stopped, [build.at(gast.Break(), work.origin)], [], work.origin))
        work.origin = getattr(stmt, "origin", None) or work.origin
        if head is not None:
            work.emit(build.for_(self.index, head, body, work.origin))
        else:
            work.emit(build.while_(test, body, work.origin))

    def carried(self) -> list[str]:
        """The variables that the loop carries: bound at the level of its body, and before it too."""
        count = self.work.bindings_of(self.work.frame.core)
        extra = getattr(self.stmt, "carried", None)
        return [n for n in _assigned(self.stmt.body) if count[n] > 1 or n == extra]

    def body(self) -> tuple[Any, list[gast.stmt], Any]:
        """Run the body once: the test of a `while`, the statements that are left, and the test of a final `break`."""

        work, stmt = self.work, self.stmt
        body: list[gast.stmt] = []
        work.out = body
        test: Any = None
        if isinstance(stmt, gast.For):
            self.index = work.namer(stmt.target.id)
            work.frame.env[stmt.target.id] = Data(build.load(self.index))
        else:
            known = truth(work, work.evaluate(stmt.test))
            if body:
                raise _TestNeedsStatements
            test = build.constant(known) if isinstance(known, bool) else work.residual(known)
        work.block(stmt.body[:-1] if self.stop is not None else stmt.body)
        stopped = None
        if self.stop is not None:
            flag = self.stop.test.id
            found = work.frame.env[flag]
            carried = self.fresh.get(("name", flag))
            if carried is not None:
                stopped = build.clone(carried.node) if isinstance(carried.node, gast.Name) else None
            else:
                known = truth(work, found)
                if known is True:
                    stopped = work.bound(
                        Data(gast.UnaryOp(op=gast.Not(), operand=build.constant(False))), flag
                    ).node
                elif known is not False:
                    stopped = work.atom(known)
        return test, body, stopped

    def open(self, place: Any, value: Any, hint: str) -> Any:
        """What stands for a carried value inside of the loop."""
        match value:
            case Data(node=node):
                if isinstance(node, gast.Constant) and place not in self.opened:
                    found: Any = value
                else:
                    name = self.work.namer(hint if hint.isidentifier() else "value")
                    self.leaves[name] = build.clone(node)
                    found = Data(build.load(name))
            case Tup(items=items):
                found = Tup(tuple(self.open((place, i), v, hint) for i, v in enumerate(items)))
            case Ref() if place in self.opened:
                cell = self.work.cell(value)
                parts = {
                    k: self.open((place, k), v, f"{hint}_{k}") for k, v in self.work.heap[value.cell].items()
                }
                cell.fixed = cell.fixed or MERGED
                found = self.work.new_cell(cell.cls, hint, parts)
                self.work.cell(found).fixed = MERGED
                self.work.cell(found).named = True
            case _:
                found = value
        self.fresh[place] = found
        return found

    def match(self, place: Any, start: Any, end: Any) -> None:
        """Note what a carried value is at the end of a step."""
        work = self.work
        match start, end:
            case Data(), Data():
                if isinstance(start.node, gast.Name) and start.node.id in self.leaves:
                    self.next[start.node.id] = build.clone(end.node)
                elif not same(start, end):
                    self.opened.add(place)
            case Tup(), Tup() if len(start.items) == len(end.items):
                for i, (a, b) in enumerate(zip(start.items, end.items, strict=True)):
                    self.match((place, i), a, b)
            case Ref(), Ref():
                if place in self.opened:
                    self.parts(place, start, end)
                elif start.cell != end.cell:
                    self.opened.add(place)
            case _ if same(start, end) or isinstance(start, Conflict):
                pass
            case _:
                for value in (start, end):
                    leave_whole(work, value)
                raise NeedsUnrolling(
                    f"a variable holds {work.kind(start)} before a step and {work.kind(end)} after it"
                )

    def parts(self, place: Any, start: Ref, end: Ref) -> None:
        work = self.work
        mine, theirs = work.heap[start.cell], work.heap[end.cell]
        if work.class_of(start) is not work.class_of(end) or mine.keys() != theirs.keys():
            self.check_short()
            leave_whole(work, end)
            leave_whole(work, start)
            raise NeedsUnrolling(
                "an object has other attributes, or a list another length, after a step than before"
            )
        work.cell(end).fixed = work.cell(end).fixed or MERGED
        for key in mine:
            self.match((place, key), mine[key], theirs[key])

    def is_counted(self) -> bool:
        """Whether the steps are known, and there is one."""
        try:
            return bool(_steps(self.work, self.stmt))
        except NeedsLengths:
            return False

    def is_short(self) -> bool:
        """Whether the steps are known and few."""
        try:
            steps = _steps(self.work, self.stmt)
        except NeedsLengths:
            return False
        return steps is not None and len(steps) <= SHORT

    def check_short(self) -> None:
        """A short loop in which a list grows is unrolled, so that its elements are known."""
        if self.is_short():
            raise NeedsUnrolling("a list has another length after a step than before")

    def compare(self, number: int, start: dict[Any, Any], end: dict[Any, Any]) -> None:
        """Note which parts of an object that was there before the loop change."""
        cell = self.work.cells[number]
        if cell.cls in (list, dict) and start.keys() != end.keys():
            if (
                cell.cls is dict
                and not self.peeled
                and start.keys() < end.keys()
                and _steps(self.work, self.stmt)
            ):
                raise NeedsUnrolling("a dict gets new keys in a step", grows=True)
            self.check_short()
            leave_whole(self.work, Ref(number))
            raise NeedsUnrolling(
                "a list or dict that holds objects has another length after a step than before"
            )
        for key, value in end.items():
            place = (number, key)
            if place in self.changed:
                self.match(place, start[key], value)
            elif key not in start or not same(start[key], value):
                self.changed[place] = None
                if isinstance(value, Data) and isinstance(start.get(key), Data | None):
                    self.opened.add(place)


class _TestNeedsStatements(Exception):
    """The test of a `while` calls a method."""


def _assigned(body: list[gast.stmt]) -> list[str]:
    """Variables that a body binds at its own level: among them are those that it carries."""
    found: dict[str, None] = {}
    for stmt in body:
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            for node in target.elts if isinstance(target, gast.Tuple) else [target]:
                if isinstance(node, gast.Name):
                    found[node.id] = None
    return list(found)
