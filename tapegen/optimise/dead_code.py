"""Dead code: what nobody needs is not computed, not pushed, not looped over."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import gast

from tapegen.analysis.purity import NO_EFFECTS, callee_of, is_pure
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts, binds, names_in, reads
from tapegen.lang.build import call, store
from tapegen.lang.core import Core
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import changed, is_name, same_items, with_body


def drop_dead_code(fn: Core, regions: Regions | None = None) -> Core:
    """Remove statements that neither the result nor anything that the caller can see depends on.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, n):
    ...     y = np.sin(x)
    ...     count = 0
    ...     c_stack = []
    ...     x_stack = []
    ...     for i in range(n):
    ...         c_stack.append(count)
    ...         x_stack.append(x)
    ...         count_1 = count + 1
    ...         count = count_1
    ...     x_bar = 1.0
    ...     for (c, v) in zip(reversed(c_stack), reversed(x_stack)):
    ...         x_bar_1 = x_bar * v
    ...         x_bar = x_bar_1
    ...     return x_bar''')
    >>> print(show(drop_dead_code(before)))
    def f(x, n):
        x_stack = []
        for i in range(n):
            x_stack.append(x)
        x_bar = 1.0
        for v in reversed(x_stack):
            x_bar_1 = x_bar * v
            x_bar = x_bar_1
        return x_bar

    Statements are needed that return, raise, or have effects outside; then all on which a needed one depends: what
    binds the names that it reads, what writes into the memory that these refer to, and the loops and branches
    around it. A loop over stacks whose values nobody needs keeps one of them to run as often as before, or loops over
    the range of the loop that pushed. Source: Cytron et al. (1991), section 7.1, on mark and sweep for dead code.
    """
    return _Sweep(fn, regions or Regions(fn)).run()


class _Sweep:
    def __init__(self, fn: Core, regions: Regions) -> None:
        self.fn = fn
        self.regions = regions
        self.place: dict[gast.stmt, int] = {}
        self.inside: dict[gast.stmt, gast.stmt | None] = {}
        self.binders: dict[str, list[gast.stmt]] = defaultdict(list)
        self.writers: dict[int, list[gast.stmt]] = defaultdict(list)
        self.breaks: dict[gast.stmt, list[gast.stmt]] = defaultdict(list)
        self.counted: list[gast.stmt] = []
        self.needed: set[gast.stmt] = set()
        self.names: set[str] = set()
        self.memory: set[int] = set()
        self.written_names: set[str] = set()
        self.work: list[gast.stmt] = []

    def run(self) -> Core:
        self.index(self.fn.body, None, None)
        self.taken = {*self.binders, *self.fn.params, *self.fn.namespace}
        while self.work or self.settle_counted():
            self.follow(self.work.pop())
        return with_body(self.fn, self.sweep(self.fn.body))

    def index(self, body: list[gast.stmt], parent: gast.stmt | None, loop: gast.stmt | None) -> None:
        for stmt in body:
            kind = type(stmt)
            self.inside[stmt] = parent
            self.place[stmt] = len(self.place)
            for name in binds(stmt):
                self.binders[name].append(stmt)
            done = NO_EFFECTS if kind is gast.Return else self.regions.effects(stmt)
            if not done.none:
                written = self.regions.written_by(done)
                self.written_names.update(done.writes)
                for region in written:
                    self.writers[region].append(stmt)
                if done.opaque or self.regions.outside_now in written:
                    self.need(stmt)
            if kind is gast.Return or kind is gast.Raise or kind is gast.Assert:
                self.need(stmt)
            elif kind is gast.Expr:
                if (not done.none or not is_pure(self.fn, stmt.value)) and (done.none or done.opaque):
                    self.need(stmt)
            elif kind is gast.If:
                self.index(stmt.body, stmt, loop)
                self.index(stmt.orelse, stmt, loop)
            elif kind is gast.For or kind is gast.While:
                self.index(stmt.body, stmt, stmt)
            elif kind is gast.Break or kind is gast.Continue:
                if loop is not None:
                    self.breaks[loop].append(stmt)
                else:
                    self.need(stmt)
            elif kind is gast.Assign:
                if type(stmt.value) is gast.Call and callee_of(self.fn, stmt.value).checks:
                    self.need(stmt)
            elif kind is gast.AugAssign or kind is gast.Pass:
                pass
            else:
                self.need_all(stmt)

    def need_all(self, stmt: gast.stmt) -> None:
        """Keep a statement of an unknown kind with everything in it."""
        self.need(stmt)
        for node in below(stmt):
            if type(node) is gast.Name:
                self.read(node.id)

    def need(self, stmt: gast.stmt | None) -> None:
        if stmt is not None and stmt not in self.needed:
            self.needed.add(stmt)
            self.work.append(stmt)

    def read(self, name: str) -> None:
        """A needed statement reads `name`."""
        if name in self.names:
            return
        self.names.add(name)
        for stmt in self.binders.get(name, ()):
            self.need_binding(stmt, name)
        for region in self.regions.reach(name):
            if region not in self.memory:
                self.memory.add(region)
                for stmt in self.writers.get(region, ()):
                    self.need(stmt)

    def need_binding(self, stmt: gast.stmt, name: str) -> None:
        move = _pairs(stmt)
        if move is None or stmt not in self.needed:
            self.need(stmt)
        for left, right in move or _lists(stmt) or ():
            if left == name:
                for source in names_in(right):
                    self.read(source)

    def follow(self, stmt: gast.stmt) -> None:
        """Mark what a needed statement depends on."""
        self.need(self.inside.get(stmt))
        kind = type(stmt)
        move = _pairs(stmt)
        if move is not None:
            for left, right in move:
                if left in self.names:
                    for source in names_in(right):
                        self.read(source)
        elif kind is gast.For and _lists(stmt) is not None:
            self.counted.append(stmt)
            for target, node in _lists(stmt) or ():
                if target in self.names:
                    for name in names_in(node):
                        self.read(name)
        else:
            for name in reads(stmt):
                self.read(name)
        if kind is gast.For or kind is gast.While:
            for stop in self.breaks.get(stmt, ()):
                self.need(stop)
        # A store reads what it writes into: the rest of the memory stays as it was.
        if kind is gast.For:
            for target in binds(stmt):
                if target in self.names:
                    self.need_binding(stmt, target)

    def settle_counted(self) -> bool:
        """Give each loop over stacks that is needed something to count by; whether that needs more statements."""
        for stmt in self.counted:
            lists = _lists(stmt) or []
            if not any(target in self.names for target, _ in lists):
                if any(_reversed_name(node) in self.names for _, node in lists):
                    continue
                counter = self.range_of(stmt) or next((n for _, n in lists if _is_range(n)), lists[0][1])
                for name in names_in(counter):
                    self.read(name)
        return bool(self.work)

    def range_of(self, stmt: gast.stmt) -> gast.expr | None:
        """The range whose loop filled the stacks that `stmt` loops over, if it has the same meaning here."""
        for _, node in _lists(stmt) or ():
            name = _reversed_name(node)
            found = self.filled_by(name) if name is not None else None
            if (
                found is not None
                and self.inside[stmt] is self.inside[found]
                and self.place[found] < self.place[stmt]
            ):
                return found.iter
        return None

    def filled_by(self, name: str) -> Any:
        """The loop over a range each iteration of which pushes once on the list `name`, which nothing else changes."""
        binders = self.binders.get(name, [])
        writers = self.writers.get(self.regions.of(name), [])
        if len(binders) != 1 or len(writers) != 1:
            return None
        push: Any = writers[0]
        loop: Any = self.inside[push]
        display: Any = getattr(binders[0], "value", None)
        if (
            type(display) is not gast.List
            or display.elts
            or type(loop) is not gast.For
            or self.breaks.get(loop)
        ):
            return None
        if self.inside[binders[0]] is not self.inside[loop] or type(push) is not gast.Expr:
            return None
        if push.value.func.attr != "append" or not is_name(push.value.func.value):
            return None
        if type(loop.iter) is not gast.Call or not is_name(loop.iter.func) or loop.iter.func.id != "range":
            return None
        for source in names_in(loop.iter):
            if source in self.fn.namespace and source == "range":
                continue
            if self.counts[source] > 1 or (
                self.regions.is_written(source) and not self.is_counter(source, loop.iter)
            ):
                return None
        return loop

    def is_counter(self, name: str, counter: gast.Call) -> bool:
        """Whether a parameter is itself an argument of `range`, so an integer, which no write to an array changes."""
        plain = any(is_name(arg) and arg.id == name for arg in counter.args)
        return plain and name in self.fn.params and name not in self.written_names

    @property
    def counts(self) -> Counter[str]:
        if not hasattr(self, "_counts"):
            self._counts = binding_counts(self.fn)
        return self._counts

    def sweep(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        for stmt in body:
            if type(stmt) is gast.If and type(stmt.test) is gast.Constant and not _stops(stmt):
                out += self.sweep(stmt.body if stmt.test.value else stmt.orelse)
            elif stmt in self.needed:
                out.append(self.swept(stmt))
        return out

    def swept(self, stmt: gast.stmt) -> gast.stmt:
        kind = type(stmt)
        if kind is gast.If:
            body, orelse = self.sweep(stmt.body), self.sweep(stmt.orelse)
            if not body and orelse:
                return changed(stmt, test=_negated(stmt.test), body=orelse, orelse=[])
            if same_items(body, stmt.body) and same_items(orelse, stmt.orelse):
                return stmt
            return changed(stmt, body=body or [gast.Pass()], orelse=orelse)
        if kind is gast.For or kind is gast.While:
            body = self.sweep(stmt.body)
            fields = {} if same_items(body, stmt.body) else {"body": body or [gast.Pass()]}
            if kind is gast.For:
                fields |= self.header(stmt)
            return changed(stmt, **fields) if fields else stmt
        move = _pairs(stmt)
        if move is not None:
            return self.moved(stmt)
        return stmt

    def moved(self, stmt: gast.stmt) -> gast.stmt:
        pairs = list(zip(stmt.targets[0].elts, stmt.value.elts))
        kept = [(left, right) for left, right in pairs if left.id in self.names]
        if len(kept) == len(pairs) or not kept:
            return stmt
        if len(kept) == 1:
            return changed(stmt, targets=[kept[0][0]], value=kept[0][1])
        left = changed(stmt.targets[0], elts=[pair[0] for pair in kept])
        return changed(stmt, targets=[left], value=changed(stmt.value, elts=[pair[1] for pair in kept]))

    def counter_name(self, stmt: gast.stmt) -> str:
        """A new name for the counter of `stmt`, a version of that of the loop that filled the stacks."""
        found = next(
            found for _, node in _lists(stmt) or () if (found := self.filled_by(_reversed_name(node) or ""))
        )
        number = 1
        while (name := f"{found.target.id}_{number}") in self.taken:
            number += 1
        self.taken.add(name)
        return name

    def header(self, stmt: gast.stmt) -> dict[str, gast.AST]:
        """The fields of a loop over stacks that change because some of its values are not needed."""
        lists = _lists(stmt)
        if lists is None:
            return {}
        kept = [place for place, (target, _) in enumerate(lists) if target in self.names]
        if not kept:
            counts = [_is_range(node) or _reversed_name(node) in self.names for _, node in lists]
            kept = [place for place, count in enumerate(counts) if count][:1]
        targets = stmt.target.elts if type(stmt.target) is gast.Tuple else [stmt.target]
        if not kept:
            counter = self.range_of(stmt)
            return {} if counter is None else {"target": store(self.counter_name(stmt)), "iter": counter}
        if len(kept) == len(lists):
            return {}
        if len(kept) == 1:
            return {"target": targets[kept[0]], "iter": lists[kept[0]][1]}
        zipped = call("zip", *(lists[place][1] for place in kept))
        return {"target": changed(stmt.target, elts=[targets[place] for place in kept]), "iter": zipped}


def _pairs(stmt: gast.stmt) -> list[tuple[str, gast.expr]] | None:
    """The moves of `(a, b) = (x, y)`, or None for other statements."""
    if (
        type(stmt) is not gast.Assign
        or type(stmt.targets[0]) is not gast.Tuple
        or type(stmt.value) is not gast.Tuple
    ):
        return None
    left, right = stmt.targets[0].elts, stmt.value.elts
    if len(left) != len(right) or not all(is_name(node) for node in left):
        return None
    return [(target.id, node) for target, node in zip(left, right)]


def _stops(stmt: gast.If) -> bool:
    return any(type(part) in (gast.Break, gast.Continue) for part in (*stmt.body, *stmt.orelse))


def _lists(stmt: gast.stmt) -> list[tuple[str, gast.expr]] | None:
    """The variables of a loop over stacks, each with `reversed(stack)` or the like; None for other loops."""
    if type(stmt) is not gast.For:
        return None
    if type(stmt.target) is gast.Tuple:
        if not _calls(stmt.iter, "zip") or len(stmt.iter.args) != len(stmt.target.elts):
            return None
        pairs = list(zip(stmt.target.elts, stmt.iter.args))
    else:
        pairs = [(stmt.target, stmt.iter)]
    if not all(
        is_name(target) and (_reversed_name(node) is not None or _is_range(node)) for target, node in pairs
    ):
        return None
    return [(target.id, node) for target, node in pairs]


def _is_range(node: gast.expr) -> bool:
    """Whether a node is `reversed(range(...))`, which a loop over stacks may go through beside them."""
    return _calls(node, "reversed") and len(node.args) == 1 and _calls(node.args[0], "range")


def _reversed_name(node: gast.expr) -> str | None:
    """The name in `reversed(name)` or `name`."""
    if _calls(node, "reversed") and len(node.args) == 1:
        node = node.args[0]
    return node.id if is_name(node) else None


def _calls(node: gast.expr, name: str) -> bool:
    return type(node) is gast.Call and is_name(node.func) and node.func.id == name and not node.keywords


def _negated(test: gast.expr) -> gast.expr:
    if type(test) is gast.UnaryOp and type(test.op) is gast.Not:
        return test.operand
    return gast.UnaryOp(op=gast.Not(), operand=test)
