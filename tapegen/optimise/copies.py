"""Copy propagation: names that only stand for other names, and containers that are only taken apart again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import gast

from tapegen.analysis.uses import all_binds, binding_counts, binds, expressions, names_in, reads
from tapegen.lang.core import Core, walk_statements
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import (
    changed,
    is_atom,
    is_name,
    map_blocks,
    map_expression,
    map_operands,
    target_name,
    with_body,
)


def propagate_copies(fn: Core) -> Core:
    """Replace a name by what it was copied from.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, y):
    ...     a = x
    ...     pair = (a, y)
    ...     b = pair[0]
    ...     c = b * pair[1]
    ...     return c''')
    >>> print(show(propagate_copies(before)))
    def f(x, y):
        c = x * y
        return c

    Copies into merge and carried variables are moves and stay, unless each step of a loop hands on what it got: then
    the variable is not carried at all. Where the source is such a variable, the copy stands for
    it until it is bound again. Containers are taken apart if they are only read at constant places.
    Source: Aho et al., Compilers, 2nd ed., 9.1.5.
    """
    return _Copies(fn).run()


class _Copies:
    def __init__(self, fn: Core) -> None:
        self.fn = fn
        self.counts = binding_counts(fn)
        self.version: Counter[str] = Counter()
        # What a name stands for, with the version of the source, innermost scope last.
        self.source: dict[str, tuple[gast.expr, int]] = {}
        self.items: dict[str, list[tuple[gast.expr, int]]] = {}
        self.displays = _displays(fn, self.counts)

    def run(self) -> Core:
        if not self.displays and not any(map(self.is_copy, self.fn.statements)):
            return self.fn
        body = self.block(self.fn.body)
        body = _without_unused(body, self.source_names(body), self.removable)
        fn = with_body(self.fn, body)
        # What is no longer carried is bound once, so that its copies stand for it everywhere.
        now = binding_counts(fn)
        settled = any(count > 1 and now[name] == 1 for name, count in self.counts.items())
        return propagate_copies(fn) if settled else fn

    def source_names(self, body: list[gast.stmt]) -> set[str]:
        """Names that are still read."""
        return set().union(*map(reads, walk_statements(body)))

    def is_copy(self, stmt: gast.stmt) -> bool:
        """Whether `stmt` gives a name to what has one, or a variable what it has."""
        if type(stmt) is not gast.Assign:
            return False
        name = target_name(stmt)
        copies = name is not None and type(stmt.value) is gast.Name and self.counts[name] == 1
        return copies or without_self_moves(stmt) is not stmt

    def removable(self, stmt: gast.stmt) -> str | None:
        """The name that a copy binds, if it is one that propagation may have made useless."""
        name = target_name(stmt)
        if name is None or self.counts[name] != 1:
            return None
        return name if is_name(stmt.value) or name in self.displays else None

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        known = len(self.source), len(self.items)
        out = []
        for stmt in body:
            out.append(self.statement(stmt))
        while len(self.source) > known[0]:
            self.source.popitem()
        while len(self.items) > known[1]:
            self.items.popitem()
        return out

    def statement(self, stmt: gast.stmt) -> gast.stmt:
        kind = type(stmt)
        if kind is gast.For or kind is gast.While:
            if kind is gast.For:
                stmt = map_operands(stmt, self.expression)
            rebound = all_binds([stmt])
            self.version.update(rebound)
            if kind is gast.While:
                stmt = map_operands(stmt, self.expression)
            stmt = map_blocks(stmt, self.block)
            self.version.update(rebound)
            return stmt
        names = reads(stmt)
        if (self.source and not self.source.keys().isdisjoint(names)) or (
            self.items and not self.items.keys().isdisjoint(names)
        ):
            stmt = map_operands(stmt, self.expression)
        if kind is gast.If:
            return map_blocks(stmt, self.block)
        for name in binds(stmt):
            self.version[name] += 1
        if kind is gast.Assign:
            self.learn(stmt)
        return stmt

    def learn(self, stmt: gast.stmt) -> None:
        name = target_name(stmt)
        if name is None or self.counts[name] != 1:
            return
        value = stmt.value
        if type(value) is gast.Name and name not in self.source:
            self.source[name] = (value, self.version[value.id])
        elif name in self.displays and name not in self.items:
            self.items[name] = [(item, self.version[item.id] if is_name(item) else 0) for item in value.elts]

    def expression(self, node: gast.expr) -> gast.expr:
        return map_expression(node, self.part)

    def part(self, node: gast.expr) -> gast.expr:
        kind = type(node)
        if kind is gast.Name and type(node.ctx) is gast.Load:
            return self.current(self.source.get(node.id), node)
        if kind is gast.Subscript and type(node.ctx) is gast.Load and is_name(node.value):
            items = self.items.get(node.value.id)
            place = _constant_index(node.slice)
            if items is not None and place is not None and -len(items) <= place < len(items):
                return self.current(items[place], node)
        return node

    def current(self, entry: tuple[gast.expr, int] | None, node: gast.expr) -> gast.expr:
        """The source of a copy, if it still has the value that was copied."""
        if entry is None:
            return node
        source, version = entry
        return node if is_name(source) and self.version[source.id] != version else source


_DISPLAYS = (gast.Tuple, gast.List)


def _displays(fn: Core, counts: Counter[str]) -> set[str]:
    """Names bound once to a tuple or list of atoms of which nothing is read but elements at constant places."""
    found = set()
    for stmt in fn.statements:
        if type(stmt) is gast.Assign and type(stmt.value) in _DISPLAYS and stmt.value.elts:
            name = target_name(stmt)
            if name is not None and counts[name] == 1 and all(is_atom(item) for item in stmt.value.elts):
                found.add(name)
    if not found:
        return found

    def check(node: gast.AST) -> None:
        for part in below(node):
            if type(part) is gast.Subscript and is_name(part.value) and type(part.ctx) is gast.Load:
                if _constant_index(part.slice) is not None:
                    allowed[part.value.id] += 1

    allowed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stmt in fn.statements:
        if not found.isdisjoint(reads(stmt)):
            total.update(name for name in reads(stmt) if name in found)
            for node in expressions(stmt):
                check(node)
    return {name for name in found if allowed[name] == total[name]}


def _constant_index(node: gast.expr) -> int | None:
    if type(node) is gast.Constant and type(node.value) is int:
        return int(node.value)
    if type(node) is gast.UnaryOp and type(node.op) is gast.USub and type(node.operand) is gast.Constant:
        return -node.operand.value if type(node.operand.value) is int else None
    return None


def _without_unused(
    body: list[gast.stmt], used: set[str], removable: Callable[[gast.stmt], str | None]
) -> list[gast.stmt]:
    """`body` without the removable statements whose name is not in `used`, and without moves of a name to itself."""
    out = []
    for stmt in body:
        if type(stmt) is gast.Assign:
            name = removable(stmt)
            kept = without_self_moves(stmt) if name is None or name in used else None
            if kept is not None:
                out.append(kept)
        else:
            out.append(map_blocks(stmt, lambda block: _without_unused(block, used, removable)))
    return out


def without_self_moves(stmt: gast.stmt) -> gast.stmt | None:
    """`stmt` without moves of a name to itself; None if nothing is left."""
    if type(stmt) is not gast.Assign:
        return stmt
    target, value = stmt.targets[0], stmt.value
    if is_name(target):
        return None if is_name(value) and value.id == target.id else stmt
    if type(target) is not gast.Tuple or type(value) is not gast.Tuple or len(target.elts) != len(value.elts):
        return stmt
    pairs = [
        (a, b) for a, b in zip(target.elts, value.elts) if not (is_name(a) and is_name(b) and a.id == b.id)
    ]
    if len(pairs) == len(target.elts):
        return stmt
    if not pairs:
        return None
    if len(pairs) == 1:
        return changed(stmt, targets=[pairs[0][0]], value=pairs[0][1])
    left, right = changed(target, elts=[a for a, _ in pairs]), changed(value, elts=[b for _, b in pairs])
    return changed(stmt, targets=[left], value=right)


def split_moves(fn: Core) -> Core:
    """Write a parallel move as plain assignments where no target is a later source.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> print(show(split_moves(core('''
    ... def f(x, y):
    ...     (a, b) = (x, y)
    ...     (a, b) = (b, a)
    ...     return a'''))))
    def f(x, y):
        a = x
        b = y
        a, b = b, a
        return a
    """

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        return [part for stmt in body for part in _split(map_blocks(stmt, block))]

    return with_body(fn, block(fn.body))


def _split(stmt: gast.stmt) -> list[gast.stmt]:
    if (
        type(stmt) is not gast.Assign
        or type(stmt.targets[0]) is not gast.Tuple
        or type(stmt.value) is not gast.Tuple
    ):
        return [stmt]
    pairs = list(zip(stmt.targets[0].elts, stmt.value.elts))
    if len(stmt.targets[0].elts) != len(stmt.value.elts) or not all(is_name(left) for left, _ in pairs):
        return [stmt]
    ordered = []
    while pairs:
        for pair in pairs:
            others = {name for other in pairs if other is not pair for name in names_in(other[1])}
            if pair[0].id not in others:
                ordered.append(pair)
                pairs.remove(pair)
                break
        else:
            return [stmt]
    parts = [changed(stmt, targets=[left], value=right) for left, right in ordered]
    for part in parts[1:]:
        part.comment = None
    return parts
