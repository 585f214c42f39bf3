"""Values that are read now and may be overwritten before the adjoint reads them: which, and copying them.

A name whose memory may be written after a statement is copied at that statement if the adjoint reads its value; where
the adjoint turns out not to, dead code elimination removes the copy. So what is stored is what is to be recorded.
"""

from __future__ import annotations

import gast

from tapegen.analysis.writes import written_names
from tapegen.kernels.trees import copied
from tapegen.lang import build
from tapegen.lang.core import Core, blocks
from tapegen.lang.walk import below
from tapegen.transforms.scope import Scope


class Writes:
    """Where in a function memory is written, in textual order.

    Loops come round again: inside a loop, a write anywhere in it may come after any statement of it.
    """

    def __init__(self, core: Core, leader: dict[str, str]) -> None:
        self._core, self._leader = core, leader
        self._position: dict[int, int] = {}
        self._earliest: dict[int, int] = {}
        self._last: dict[str, int] = {}
        self._number(core.body, None)

    def _number(self, body: list[gast.stmt], loop_start: int | None) -> None:
        for stmt in body:
            here = len(self._position)
            self._position[id(stmt)] = here
            self._earliest[id(stmt)] = here if loop_start is None else loop_start
            for name in written_names(self._core, stmt):
                self._last[self._leader.get(name, name)] = here
            start = here if loop_start is None and isinstance(stmt, (gast.For, gast.While)) else loop_start
            for block in blocks(stmt):
                self._number(block, start)

    def may_come_after(self, name: str, stmt: gast.stmt) -> bool:
        """Whether the memory of `name` may be written by `stmt` or once it has run."""
        last = self._last.get(self._leader.get(name, name))
        return last is not None and last >= self._earliest[id(stmt)]


class Reader:
    """Gives the values that operands had at one statement, copying them in the forward sweep where need be."""

    def __init__(self, scope: Scope, writes: Writes, stmt: gast.stmt) -> None:
        self.scope, self.writes, self.stmt = scope, writes, stmt
        self.before: list[gast.stmt] = []
        self.after: list[gast.stmt] = []
        self._copies: dict[str, str] = {}
        self._bound = {t.id for t in getattr(stmt, "targets", []) if isinstance(t, gast.Name)}

    def __call__(self, node: gast.expr) -> gast.expr:
        """The expression for the value of the atom `node` at the statement."""
        if not isinstance(node, gast.Name):
            return node
        name = node.id
        if not self.scope.is_written(name) or not self.writes.may_come_after(name, self.stmt):
            return node
        if name not in self._copies:
            self._copies[name] = self.scope.namer(name)
            value = build.call(self.scope.kernel(copied), build.load(name))
            block = self.after if name in self._bound else self.before
            block.append(build.assign(self._copies[name], value, self.scope.origin))
        return build.load(self._copies[name])

    def index(self, node: gast.expr) -> gast.expr:
        """An index expression, with the values that its names had at the statement."""
        names = [n for n in below(node) if isinstance(n, gast.Name) and n.id not in self.scope.namespace]
        return build.substitute(node, {n.id: self(n) for n in names})
