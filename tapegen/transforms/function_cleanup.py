"""What direct calls leave behind: loops over functions, spelled out, and functions that nobody reads any more."""

from __future__ import annotations

from collections import Counter

import gast

from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, walk_statements
from tapegen.lang.walk import below, shallow
from tapegen.transforms.function_values import Entries, Items, Values
from tapegen.transforms.unroll import unroll

ROUNDS = 64
"""A loop over functions is unrolled if it has at most so many rounds."""
_CHANGES = frozenset("append extend insert pop update setdefault".split())


def unroll_functions(core: Core, values: Values) -> Core:
    """Unroll the loops that take functions from a container by their index, or put them there, or carry them."""
    holds = values.holds_function

    def wanted(loop: gast.For) -> bool:
        counters = bound_names(loop.target)
        for stmt in walk_statements(loop.body):
            match stmt:
                case gast.Assign(value=gast.Subscript(value=container, slice=gast.Name(id=index))) if (
                    index in counters and holds(container)
                ):
                    return True
                case gast.Assign(targets=[gast.Subscript()], value=value) if holds(value):
                    return True
                case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=elements)):
                    if any(map(holds, elements)) or any(map(holds, targets)):
                        return True
                case gast.Expr(value=gast.Call(func=gast.Attribute(attr=attr), args=args)) if (
                    attr in _CHANGES
                ):
                    if any(map(holds, args)):
                        return True
        last = loop.body[-1]
        return isinstance(last, gast.Assign) and isinstance(last.value, gast.Name) and holds(last.value)

    if not any(isinstance(stmt, gast.For) for stmt in core.statements):
        return core
    return unroll(core, {}, ROUNDS, None, wanted)


def drop_functions(core: Core, values: Values) -> Core:
    """Remove functions, and containers that are followed, that nobody reads.

    def f(x):                                      def f(x):
        g = functools.partial(h, x)        →           y = h(x, 2.0)
        y = h(x, 2.0)                                  return y
        return y
    """

    while True:
        fresh = _Drop(core, values).run()
        if fresh is core:
            return core
        core = fresh


class _Drop:
    def __init__(self, core: Core, values: Values) -> None:
        self.core, self.values = core, values
        self.reads: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.dropped = False

    def run(self) -> Core:
        if not self.values.known:
            return self.core
        for node in below(self.core.tree):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                self.reads[node.id] += 1
        for stmt in self.core.statements:
            changed = _changed(stmt)
            if changed is not None:
                self.changes[changed] += 1
        body = self.block(self.core.body)
        return self.core.with_body(body) if self.dropped else self.core

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body) or [gast.Pass()], self.block(stmt.orelse)
                out.append(fresh)
            elif self.is_dead(stmt):
                self.dropped = True
            else:
                out.append(stmt)
        return out

    def is_dead(self, stmt: gast.stmt) -> bool:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)]):
                value = self.values.known.get(name)
                if not isinstance(value, (Items, Entries)):
                    return self.values.value_holds(value) and not self.reads[name]
                if value.lost or not (value.used or self.values.value_holds(value)):
                    return False
                return self.reads[name] == (self.changes[name] if value.home == name else 0)
        changed = _changed(stmt)
        value = None if changed is None else self.values.of(build.load(changed))
        if changed is None or not isinstance(value, (Items, Entries)) or value.home != changed:
            return False  # a change under another name is seen under the first
        return (value.used or self.values.value_holds(value)) and self.reads[changed] == self.changes[changed]


def _changed(stmt: gast.stmt) -> str | None:
    """The container that a statement changes, and does nothing else."""
    match stmt:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr))):
            return str(name) if attr in _CHANGES else None
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))]):
            return str(name)
    return None
