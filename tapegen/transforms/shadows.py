"""Cotangent arrays of arrays that are written in place: the shadow of a view is the view of the shadow.

A shadow is set up at the start of the adjoint of the block that binds its variable, in the order of the bindings, so
that a view finds the shadow of what it looks at. Where a variable is bound in several places (a swap in a loop, two
branches), its shadow is looked up by memory at run time.
"""

from __future__ import annotations

from collections.abc import Iterable

import gast

from tapegen.analysis.aliasing import result_aliases
from tapegen.analysis.indices import index_kind
from tapegen.analysis.predicates import is_container
from tapegen.analysis.reads import snapshot_reads
from tapegen.analysis.writes import written_names
from tapegen.kernels.trees import zero_cotangent
from tapegen.kernels.twins import Shadows
from tapegen.kernels.views import same_memory
from tapegen.lang import build
from tapegen.lang.core import bound_names, walk_statements
from tapegen.transforms.contributions import zeros
from tapegen.transforms.scope import Scope, bar
from tapegen.transforms.snapshots import Reader, Writes


class ShadowTable:
    """Which variables have shadows, and under which names.

    Attributes:
        names: the shadow's name for each variable that has one by now.
    """

    def __init__(self, scope: Scope, writes: Writes) -> None:
        self.scope, self.writes = scope, writes
        self.names: dict[str, str] = {}
        self.values = snapshot_reads(scope.core, scope.classes, scope.facts)
        self._lists = {
            name
            for stmt in walk_statements(scope.core.body)
            for name in written_names(scope.core, stmt)
            if scope.classes.is_grown(name) and not scope.is_array(name)
        }
        self._dynamic = self._dynamic_classes()
        self._registry: str | None = None

    def _dynamic_classes(self) -> frozenset[str]:
        bound: dict[str, int] = {}
        moved: set[str] = set()
        for stmt in walk_statements(self.scope.core.body):
            if isinstance(stmt, (gast.Assign, gast.For)):
                target = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target
                if isinstance(target, (gast.Name, gast.Tuple)):
                    for name in bound_names(target):
                        bound[name] = bound.get(name, 0) + 1
        moved = {name for name, count in bound.items() if count > 1}
        moved |= self._elements()
        return frozenset(self.scope.classes.leader[name] for name in moved if self.is_shadowed(name))

    def _elements(self) -> set[str]:
        """Arrays taken from containers."""
        return {
            stmt.targets[0].id
            for stmt in walk_statements(self.scope.core.body)
            if isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and isinstance(stmt.value, gast.Subscript)
            and isinstance(stmt.value.value, gast.Name)
            and not self.scope.is_array(stmt.value.value.id)
        }

    def is_list(self, name: str) -> bool:
        """Whether `name` is a container that is written in place."""
        return self.scope.classes.is_grown(name) and (
            name in self._lists or is_container(self.scope.facts.get(name))
        )

    def is_shadowed(self, name: str) -> bool:
        """Whether the cotangent of `name` is a shadow."""
        if name not in self.scope.active:
            return False
        if self.is_list(name):
            return True
        return self.scope.is_written(name) and name not in self.values

    def set_up(self, bound: Iterable[tuple[str, gast.stmt | None]]) -> None:
        """Write the shadows of variables bound in one block: (name, binding statement) in order; None for parameters."""
        for name, stmt in bound:
            if not self.is_shadowed(name):
                continue
            scope = self.scope
            scope.origin = getattr(stmt, "origin", None) or scope.origin
            if scope.classes.leader.get(name) in self._dynamic:
                if is_container(scope.facts.get(name)) and not self.is_list(name):
                    continue
                self._refuse_mixed(name)
                value = build.call(build.load(self._lookup()), build.load(name))
            else:
                value = self._static(name, stmt)
            self.names[name] = scope.bind(value, bar(name)).id

    def _refuse_mixed(self, name: str) -> None:
        if self.is_list(name) or self.scope.classes.is_grown(name):
            raise self.scope.refuse(
                f"cannot follow the list or its arrays behind {name!r}",
                why="a list that is changed in place, or an array in it that is written, is bound to one name in several places",
                instead="give each list its own name, or build a new list instead of changing it",
            )

    def _lookup(self) -> str:
        if self._registry is None:
            self._registry = self.scope.namer("shadow")
        return self._registry

    def prologue(self) -> list[gast.stmt]:
        """The statements that must come first in the adjoint sweep."""
        if self._registry is None:
            return []
        return [build.assign(self._registry, build.call(self.scope.kernel(Shadows)))]

    def refers(self, value: gast.expr) -> bool:
        """Whether `value` is a reference to, or a view of, something that has a shadow."""
        return any(
            isinstance(node, gast.Name) and self.is_shadowed(node.id) for node in result_aliases(self.scope.core, value, self.scope.facts)
        ) and not isinstance(value, (gast.Tuple, gast.List, gast.Dict))

    def _static(self, name: str, stmt: gast.stmt | None) -> gast.expr:
        scope = self.scope
        if isinstance(stmt, gast.Assign) and not self.is_list(name):
            value = stmt.value
            shadowed = [n.id for n in result_aliases(scope.core, value, scope.facts) if isinstance(n, gast.Name) and n.id in self.names]
            if shadowed and isinstance(value, gast.Name):
                return build.load(self.names[value.id])
            if shadowed and isinstance(value, gast.Subscript):
                reader = Reader(scope, self.writes, stmt)
                view = gast.Subscript(
                    value=build.load(self.names[value.value.id]), slice=reader.index(value.slice), ctx=gast.Load()
                )
                if reader.before or index_kind(value.slice, scope.facts) == "unknown":
                    view = build.call(scope.kernel(same_memory), scope.bind(view, bar(name)), view.value)
                return view
            if shadowed:
                view = build.substitute(value, {n: self.names[n] for n in shadowed})
                return build.call(scope.kernel(same_memory), scope.bind(view, bar(name)), build.load(self.names[shadowed[0]]))
        if self.is_list(name):
            if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Name) and stmt.value.id in self.names:
                return build.load(self.names[stmt.value.id])
            return build.call(scope.kernel(zero_cotangent), build.load(name))
        empty = zeros(scope, name)
        if isinstance(empty, gast.Constant):
            empty = build.call(scope.kernel(zero_cotangent), build.load(name))
        return empty
