"""Names: versions of one variable become one variable again."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import gast

from tapegen.analysis.liveness import LivenessWalk
from tapegen.analysis.uses import binds
from tapegen.lang.core import Core
from tapegen.optimise.copies import without_self_moves
from tapegen.optimise.rewrite import changed, is_name, map_blocks, map_expression, map_operands, with_body

# Past so many versions that are alive at once, looking at each would cost more than the names are worth.
_CROWD = 40


def merge_versions(fn: Core, keep: Callable[[str], bool] | None = None) -> Core:
    """Give versions of one variable, `x`, `x_1`, `x_2`, one name where they are never needed at the same time.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, n):
    ...     w_bar = 0.0
    ...     for i in range(n):
    ...         x_1 = x * i
    ...         w_bar_1 = w_bar + x_1
    ...         x_2 = x_1 + w_bar
    ...         w_bar_2 = w_bar_1 * x_2
    ...         w_bar = w_bar_2
    ...     return w_bar''')
    >>> print(show(merge_versions(before)))
    def f(x, n):
        w_bar = 0.0
        for i in range(n):
            x_1 = x * i
            w_bar_1 = w_bar + x_1
            x_1 = x_1 + w_bar
            w_bar = w_bar_1 * x_1
        return w_bar

    Args:
        keep: tells the names that stay as they are.

    Parameters keep their names, and no name of the namespace is shadowed. Moves between names that became one vanish.
    Afterwards assignment is no longer single. Source: Chaitin (1982), Register allocation and spilling via graph
    coloring; here the colours are the numbers after the name.
    """
    walk = _Interference(fn, keep or (lambda name: False))
    walk.run()
    table = _colours(fn, walk)
    return with_body(fn, _renamed(fn.body, table))


def split_name(name: str) -> tuple[str, int]:
    """A name as its base and version.

    >>> split_name("x"), split_name("x_bar_12"), split_name("x_01"), split_name("p_1_2")
    (('x', 0), ('x_bar', 12), ('x_01', 0), ('p_1_2', 0))
    """
    match = _VERSION.fullmatch(name)
    # Of `p_1_2` who knows what is a version of what: `p_1` may be one of `p`.
    return (match[1], int(match[2])) if match and not _VERSION.fullmatch(match[1]) else (name, 0)


_VERSION = re.compile(r"(.*[^_])_([1-9]\d*)")


class _Interference(LivenessWalk):
    """Which versions of one base are alive at the same time."""

    def __init__(self, fn: Core, keep: Callable[[str], bool]) -> None:
        super().__init__(fn)
        self.keep = keep
        self.order: list[str] = []
        self.base: dict[str, str] = {}
        self.groups: dict[str, list[str]] = defaultdict(list)
        for name in fn.params:
            self._enter(name)
        for stmt in fn.statements:
            for name in binds(stmt):
                self._enter(name)
        self.alive: dict[str, set[str]] = defaultdict(set)
        self.edges: dict[str, set[str]] = defaultdict(set)
        self.friends: dict[str, list[str]] = defaultdict(list)
        self.crowded: set[str] = set()
        # `p_1 = p[1]` is a part of `p`, not a version of it.
        self.parts: set[str] = set()

    def _enter(self, name: str) -> None:
        if name not in self.base:
            self.base[name] = base = split_name(name)[0]
            self.groups[base].append(name)

    def run(self) -> None:
        super().run()
        # Parameters are all bound at once, before anything else.
        for name in self.core.params:
            self.live.add(name)
            self.alive[self.base[name]].add(name)
        for name in self.core.params:
            self.connect(name, None)

    def add(self, name: str) -> None:
        before = len(self.live)
        super().add(name)
        if len(self.live) != before and name in self.base:
            self.alive[self.base[name]].add(name)

    def discard(self, name: str) -> None:
        super().discard(name)
        if name in self.base:
            self.alive[self.base[name]].discard(name)

    def visit(self, stmt: gast.stmt, bound: Sequence[str]) -> None:
        sources = _sources(stmt, bound)
        if len(bound) == 1 and _is_part(stmt, self.base, self.base[bound[0]]):
            self.parts.add(bound[0])
        for name, source in zip(bound, sources):
            self.connect(name, source)
            if len(bound) > 1:
                for other in bound:
                    if other != name and self.base[other] == self.base[name]:
                        self.edge(name, other)

    def connect(self, name: str, source: str | None) -> None:
        """`name` is bound here: it differs from all that is alive, but not from what it is a copy of."""
        base = self.base[name]
        if len(self.groups[base]) == 1:
            return
        if source is not None and self.base.get(source) == base and source != name:
            self.friends[name].append(source)
            self.friends[source].append(name)
        alive = self.alive[base]
        if len(alive) > _CROWD and not self.is_fixed(name):
            self.crowded.add(name)
            return
        for other in alive:
            if other != name and other != source:
                self.edge(name, other)

    def is_fixed(self, name: str) -> bool:
        """Whether a name stays as it is: others must know that they differ from it, however many there are."""
        return name in self.core.params or name in self.parts or self.keep(name)

    def edge(self, a: str, b: str) -> None:
        self.edges[a].add(b)
        self.edges[b].add(a)


def _is_part(stmt: gast.stmt, bases: dict[str, str], base: str) -> bool:
    value: Any = stmt.value if type(stmt) is gast.Assign else None
    if (
        type(value) is not gast.Subscript
        or type(value.slice) is not gast.Constant
        or not is_name(value.value)
    ):
        return False
    return bases.get(value.value.id) == base


def _sources(stmt: gast.stmt, bound: Sequence[str]) -> list[str | None]:
    """For each name that a statement binds, the name that it is a copy of."""
    if type(stmt) is gast.Assign:
        target, value = stmt.targets[0], stmt.value
        if is_name(target):
            return [value.id if is_name(value) else None]
        if type(value) is gast.Tuple and len(value.elts) == len(bound):
            return [node.id if is_name(node) else None for node in value.elts]
    return [None] * len(bound)


def _colours(fn: Core, walk: _Interference) -> dict[str, str]:
    """The new names of those that change."""
    taken = set(fn.namespace) | {fn.tree.name} | set(keyword.kwlist)
    table: dict[str, str] = {}
    for base, names in walk.groups.items():
        if len(names) == 1 and split_name(names[0])[1] == 0:
            continue
        fixed = {name: split_name(name)[1] for name in names if walk.is_fixed(name)}
        colour: dict[str, int] = dict(fixed)
        for name in names:
            if name not in colour and name not in walk.crowded:
                colour[name] = _choose(name, base, names, walk, colour, taken)
        spare = max([*colour.values(), 0]) + 1
        for name in names:
            if name not in colour:
                while _spelled(base, spare) in taken:
                    spare += 1
                colour[name] = spare
                spare += 1
        for name in names:
            new = _spelled(base, colour[name])
            if new != name:
                table[name] = new
    return table


def _choose(
    name: str, base: str, names: list[str], walk: _Interference, colour: dict[str, int], taken: set[str]
) -> int:
    """The version for `name`: that of a copy of it if possible, else the lowest that is free."""
    used = {colour[other] for other in walk.edges[name] if other in colour}
    for friend in walk.friends[name]:
        if friend in colour and colour[friend] not in used:
            return colour[friend]
    version = 0
    while version in used or (_spelled(base, version) in taken) or _is_builtin(base, version, names):
        version += 1
    return version


def _is_builtin(base: str, version: int, names: list[str]) -> bool:
    """Whether a version would newly shadow a builtin."""
    return version == 0 and hasattr(builtins, base) and base not in names


def _spelled(base: str, version: int) -> str:
    return f"{base}_{version}" if version else base


def _renamed(body: list[gast.stmt], table: dict[str, str]) -> list[gast.stmt]:
    def rename(node: gast.expr) -> gast.expr:
        if type(node) is gast.Name and node.id in table:
            return changed(node, id=table[node.id])
        return node

    def operand(node: gast.expr) -> gast.expr:
        return map_expression(node, rename)

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        out = []
        for stmt in body:
            stmt = map_operands(stmt, operand)
            if type(stmt) is gast.Assign and type(stmt.targets[0]) in (gast.Name, gast.Tuple):
                target = map_expression(stmt.targets[0], rename)
                if target is not stmt.targets[0]:
                    stmt = changed(stmt, targets=[target])
            elif type(stmt) is gast.For or (type(stmt) is gast.AugAssign and is_name(stmt.target)):
                target = map_expression(stmt.target, rename)
                if target is not stmt.target:
                    stmt = changed(stmt, target=target)
            stmt = map_blocks(stmt, block)
            moved = without_self_moves(stmt)
            if moved is not None:
                out.append(moved)
        return out

    return block(body)
