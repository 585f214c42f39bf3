"""Liveness: which names are still read later.

Core is structured, so one walk from the end to the start does it: what is alive at the end of a loop's body is what is
alive after the loop and what an iteration may read before it binds it. Source: Aho et al., Compilers, 2nd ed., 9.2.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gast

from tapegen.analysis.uses import binds, reads
from tapegen.lang.core import Core


class LivenessWalk:
    """A walk over a function from its end to its start that knows at each point what is alive.

    Subclasses read `live` in `visit`, or follow it through `add` and `discard`. It is one set that changes all the
    time, for a set kept for each statement would make large functions cost the square of their length.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.live: set[str] = set()
        self._undo: list[tuple[str, bool]] = []
        self._exposed: dict[gast.stmt, set[str]] = {}

    def run(self) -> None:
        """Walk the whole function; afterwards `live` is what is alive at its entry."""
        self._block(self.core.body)

    def visit(self, stmt: gast.stmt, bound: Sequence[str]) -> None:
        """Called with `live` as it is after `stmt`; of a `for`, as it is at the start of its body, targets bound."""

    def add(self, name: str) -> None:
        """Make `name` alive."""
        if name not in self.live and name not in self.core.namespace:
            self.live.add(name)
            self._undo.append((name, True))

    def discard(self, name: str) -> None:
        """Make `name` dead."""
        if name in self.live:
            self.live.remove(name)
            self._undo.append((name, False))

    def _block(self, body: list[gast.stmt]) -> None:
        for stmt in reversed(body):
            kind = type(stmt)
            if kind is gast.If:
                self._branches(stmt)
            elif kind is gast.For or kind is gast.While:
                self._loop(stmt)
            else:
                bound = binds(stmt)
                self.visit(stmt, bound)
                for name in bound:
                    self.discard(name)
                for name in reads(stmt):
                    self.add(name)

    def _branches(self, stmt: gast.If) -> None:
        self.visit(stmt, [])
        start = len(self._undo)
        self._block(stmt.orelse)
        touched = self._rewind(start)
        self._block(stmt.body)
        first: dict[str, bool] = {}
        for name, added in self._undo[start:]:
            first.setdefault(name, added)
        for name, alive in touched.items():
            if alive:
                self.add(name)
        # A name that was alive and that the body kills stays alive if the other branch lets it pass.
        for name, added in first.items():
            if not added and touched.get(name, True):
                self.add(name)
        for name in reads(stmt):
            self.add(name)

    def _loop(self, stmt: gast.For | gast.While) -> None:
        self.visit_after(stmt)
        for name in self._exposed_by(stmt):
            self.add(name)
        start = len(self._undo)
        self._block(stmt.body)
        bound = binds(stmt)
        self.visit(stmt, bound)
        self._rewind(start)
        for name in reads(stmt):
            self.add(name)

    def visit_after(self, stmt: gast.stmt) -> None:
        """Called with `live` as it is after the loop `stmt`."""

    def _rewind(self, start: int) -> dict[str, bool]:
        """Restore `live` as it was when the journal had `start` entries; what had changed, and to what."""
        changes: dict[str, bool] = {}
        while len(self._undo) > start:
            name, added = self._undo[-1]
            changes.setdefault(name, added)
            (self.discard if added else self.add)(name)
            del self._undo[-2:]
        return changes

    def _exposed_by(self, stmt: gast.stmt) -> set[str]:
        """Names that a loop may read before it binds them."""
        found = self._exposed.get(stmt)
        if found is None:
            found = self._exposed_in(stmt.body)
            found.difference_update(binds(stmt))
            if type(stmt) is gast.While:
                found.update(reads(stmt))
            self._exposed[stmt] = found
        return found

    def _exposed_in(self, body: list[gast.stmt]) -> set[str]:
        exposed: set[str] = set()
        for stmt in reversed(body):
            kind = type(stmt)
            if kind is gast.For or kind is gast.While:
                exposed |= self._exposed_by(stmt)
                exposed.update(reads(stmt))
            elif kind is gast.If:
                exposed |= self._exposed_in(stmt.body) | self._exposed_in(stmt.orelse)
                exposed.update(reads(stmt))
            else:
                exposed.difference_update(binds(stmt))
                exposed.update(reads(stmt))
        return exposed


@dataclass(frozen=True)
class Liveness:
    """What is alive where.

    Attributes:
        after: for each statement, the names alive after it; of a loop, after the whole loop.
        entry: the names alive at the entry of the function; other than parameters, they may be read unbound.
    """

    after: Mapping[gast.stmt, frozenset[str]]
    entry: frozenset[str]


def liveness(core: Core) -> Liveness:
    """The names alive after each statement.

    >>> from tapegen.lang.build import function, assign, quote, return_, load
    >>> body = [assign("y", quote("x * x")), assign("z", quote("y + x")), return_(load("z"))]
    >>> live = liveness(Core(function("f", ["x"], body)))
    >>> [sorted(live.after[stmt]) for stmt in body]
    [['x', 'y'], ['z'], []]
    """
    walk = _Recorder(core)
    walk.run()
    return Liveness(walk.after, frozenset(walk.live))


class _Recorder(LivenessWalk):
    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.after: dict[gast.stmt, frozenset[str]] = {}

    def visit(self, stmt: gast.stmt, bound: Sequence[str]) -> None:
        if type(stmt) is not gast.For and type(stmt) is not gast.While:
            self.after[stmt] = frozenset(self.live)

    def visit_after(self, stmt: gast.stmt) -> None:
        self.after[stmt] = frozenset(self.live)
