"""Cotangent arrays of arrays that are written in place: the shadow of a view is the view of the shadow.

A shadow is set up at the start of the adjoint of the block that binds its variable, in the order of the bindings, so
that a view finds the shadow of what it looks at. Where a variable is bound in several places (a swap in a loop, two
branches), its shadow is looked up by memory at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gast

from tapegen.analysis.aliasing import result_aliases
from tapegen.analysis.indices import index_kind
from tapegen.analysis.predicates import is_container
from tapegen.analysis.reads import snapshot_reads
from tapegen.analysis.writes import written_names
from tapegen.kernels.trees import zero_cotangent
from tapegen.kernels.twins import Shadows, shadow_of
from tapegen.kernels.views import own_part, same_memory
from tapegen.lang import build
from tapegen.lang.core import bound_names, lookup
from tapegen.rules import tables
from tapegen.transforms.contributions import zeros
from tapegen.transforms.records import plain
from tapegen.transforms.scope import Scope, bar
from tapegen.transforms.snapshots import Reader, Writes


class ShadowTable:
    """Which variables have shadows, and under which names.

    Attributes:
        names: the shadow's name for each variable that has one by now.
        displays: for those that are bound to a tuple, list or dict display and not changed, its keys and elements.
    """

    def __init__(self, scope: Scope, writes: Writes) -> None:
        self.scope, self.writes = scope, writes
        self.names: dict[str, str] = {}
        self.displays: dict[str, list[tuple[gast.expr, gast.expr]]] = {}
        self.values = snapshot_reads(scope.core, scope.classes, scope.facts) - self._bound_by(shadow_of)
        self._lists = self._written_containers()
        self._registries = self._bound_by(Shadows)
        self._dynamic = self._dynamic_classes()
        self._registry: str | None = None

    def _dynamic_classes(self) -> frozenset[str]:
        bound: dict[str, int] = {}
        moved: set[str] = set()
        for stmt in self.scope.core.statements:
            if isinstance(stmt, (gast.Assign, gast.For)):
                target = stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target
                if isinstance(target, (gast.Name, gast.Tuple)):
                    for name in bound_names(target):
                        bound[name] = bound.get(name, 0) + 1
        moved = {name for name, count in bound.items() if count > 1}
        moved |= self._elements() | self._bound_by(shadow_of)
        classes = self.scope.classes
        both = {n for n in classes.leader if classes.is_written(n) and classes.is_grown(n)}
        return frozenset(classes.leader[name] for name in moved | both if self.is_shadowed(name))

    def _written_containers(self) -> set[str]:
        """Names of containers that are written in place, under this name or another."""
        scope = self.scope
        found: set[str] = set()
        same: dict[str, set[str]] = {}
        for stmt in scope.core.statements:
            found.update(
                n
                for n in written_names(scope.core, stmt)
                if scope.classes.is_grown(n) and not scope.is_array(n)
            )
            match stmt:
                case gast.Assign(targets=[gast.Name() as target], value=gast.Name() as value):
                    pairs = [(target, value)]
                case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
                    pairs = list(zip(targets, values, strict=True))
                case _:
                    pairs = []
            for target, value in pairs:
                if isinstance(value, gast.Name):
                    same.setdefault(target.id, set()).add(value.id)
                    same.setdefault(value.id, set()).add(target.id)
        work = list(found)
        while work:
            new = same.get(work.pop(), set()) - found
            found |= new
            work.extend(new)
        return found

    def _bound_by(self, function: Any) -> set[str]:
        """Variables bound by calls of one of our kernels."""
        return {
            stmt.targets[0].id
            for stmt in self.scope.core.statements
            if isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and isinstance(stmt.value, gast.Call)
            and lookup(self.scope.core, stmt.value.func) is function
        }

    def _elements(self) -> set[str]:
        """Arrays taken from containers."""
        return {
            stmt.targets[0].id
            for stmt in self.scope.core.statements
            if isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and isinstance(value := self._value(stmt), gast.Subscript)
            and isinstance(value.value, gast.Name)
            and not self.scope.is_array(value.value.id)
        }

    def _value(self, stmt: gast.Assign) -> gast.expr:
        """What a statement binds, with records as what their cotangents are."""
        return plain(self.scope.core, self.scope.facts, stmt.value)

    def is_list(self, name: str) -> bool:
        """Whether `name` is a container that is written in place."""
        return name in self._lists

    def is_shadowed(self, name: str) -> bool:
        """Whether the cotangent of `name` is a shadow."""
        if name not in self.scope.active or name in self._registries:
            return False
        if self.is_list(name):
            return True
        return self.scope.is_written(name) and name not in self.values

    def set_up(self, bound: Iterable[tuple[str, gast.stmt | None]]) -> None:
        """Write the shadows of variables bound in one block: (name, statement) in order, None for parameters."""
        for name, stmt in bound:
            if not self.is_shadowed(name):
                continue
            scope = self.scope
            scope.origin = getattr(stmt, "origin", None) or scope.origin
            if scope.classes.leader.get(name) in self._dynamic:
                value = build.call(scope.kernel(shadow_of), build.load(self.registry()), build.load(name))
            else:
                value = self._static(name, stmt)
            self.names[name] = scope.bind(value, bar(name)).id
            if isinstance(stmt, gast.Assign) and not self.is_list(name):
                bound_to = self._value(stmt)
                if isinstance(bound_to, (gast.Tuple, gast.List, gast.Dict)):
                    self.displays[name] = list(_items(bound_to))
                elif isinstance(bound_to, gast.Name) and bound_to.id in self.displays:
                    self.displays[name] = self.displays[bound_to.id]

    def registry(self) -> str:
        """The variable that holds the shadows of arrays that are found by memory."""
        if self._registry is None:
            self._registry = self.scope.namer("shadow")
        return self._registry

    def prologue(self) -> list[gast.stmt]:
        """The statements that must come first in the adjoint sweep."""
        if self._registry is None:
            return []
        return [build.assign(self._registry, build.call(self.scope.kernel(Shadows)))]

    def shares(self, name: str) -> bool:
        """Whether the shadow of `name` is found by memory, so that a container that holds it holds its shadow."""
        return name in self.names and self.scope.classes.leader.get(name) in self._dynamic

    def holds_arrays(self, name: str) -> bool:
        """Whether `name` is a container of arrays that are written in place."""
        scope = self.scope
        return scope.is_written(name) and (self.is_list(name) or is_container(scope.facts.get(name)))

    def refers(self, value: gast.expr) -> bool:
        """Whether `value` is a reference to, or may be a view of, something that has a shadow."""
        return bool(self._shadowed(value)) and not isinstance(value, (gast.Tuple, gast.List, gast.Dict))

    def own_part(self, name: str, value: gast.expr) -> gast.expr | None:
        """The cotangent that `name` has and what `value` refers to has not: None for a reference, or one that is known
        to be a view; decided when it runs for functions that may or may not copy.
        """
        base = self._shadowed(value)[0]
        array = self.scope.is_array(base)
        if not array and (isinstance(value, gast.Call) or _is_slice(value)):
            raise self.scope.refuse(
                f"cannot follow the arrays in {base!r} into another container",
                why="they are written in place, and this makes a new container of them",
                instead="use the arrays one by one, or build the new container by a display such as [a, b]",
            )
        certain = isinstance(value, gast.Subscript) and index_kind(value.slice, self.scope.facts) != "unknown"
        if isinstance(value, gast.Name) or certain or not array:
            return None
        shadow = build.load(self.names[name])
        part = build.call(
            self.scope.kernel(own_part), shadow, build.clone(shadow), build.load(self.names[base])
        )
        return self.scope.bind(part, bar(name))

    def _shadowed(self, value: gast.expr) -> list[str]:
        """The variables with shadows with which `value` may share memory."""
        found = result_aliases(self.scope.core, value, self.scope.facts, self.scope.classes.fresh)
        return [node.id for node in found if isinstance(node, gast.Name) and node.id in self.names]

    def _static(self, name: str, stmt: gast.stmt | None) -> gast.expr:
        if isinstance(stmt, gast.Assign):
            value = self._value(stmt)
            shadowed = self._shadowed(value)
            if shadowed and isinstance(value, gast.Name):
                return build.load(self.names[value.id])
            if isinstance(value, (gast.Tuple, gast.List, gast.Dict)) and not self.is_list(name):
                return self._display(value)
            if shadowed and isinstance(value, gast.Subscript):
                return self._subscript(name, stmt, value)
            if shadowed and isinstance(value, gast.Call):
                return self._call(name, value, shadowed)
        if self.is_list(name) or is_container(self.scope.facts.get(name)):
            return build.call(self.scope.kernel(zero_cotangent), build.load(name))
        return self._zero(name)

    def _zero(self, name: str) -> gast.expr:
        empty = zeros(self.scope, name)
        if isinstance(empty, gast.Constant) and not self.scope.is_number(name):
            return build.call(self.scope.kernel(zero_cotangent), build.load(name))
        return empty

    def _display(self, value: gast.expr) -> gast.expr:
        """The shadow of a tuple, list or dict: those of its arrays, and zeros for its numbers."""

        def part(node: gast.expr) -> gast.expr:
            if not isinstance(node, gast.Name):
                return build.constant(0.0)
            return build.load(self.names[node.id]) if node.id in self.names else self._zero(node.id)

        if isinstance(value, gast.Dict):
            return gast.Dict(keys=value.keys, values=[part(node) for node in value.values])
        return gast.List(elts=[part(node) for node in value.elts], ctx=gast.Load())

    def _subscript(self, name: str, stmt: gast.stmt, value: gast.Subscript) -> gast.expr:
        scope = self.scope
        reader = Reader(scope, self.writes, stmt)
        base = build.load(self.names[value.value.id])
        view = gast.Subscript(value=base, slice=reader.index(value.slice), ctx=gast.Load())
        if not scope.is_array(value.value.id):
            return view
        if reader.before or index_kind(value.slice, scope.facts) == "unknown":
            primal = build.load(name)
            return build.call(
                scope.kernel(same_memory), scope.bind(view, bar(name)), base, primal, value.value
            )
        return view

    def _call(self, name: str, value: gast.Call, shadowed: list[str]) -> gast.expr:
        scope = self.scope
        callee = lookup(scope.core, value.func)
        if not scope.is_array(name) or type(callee).__hash__ is None or callee not in tables.VIEWS:
            called = gast.unparse(value.func).strip()
            raise scope.refuse(
                f"cannot tell whether the result of {called} shares memory with {shadowed[0]!r}",
                why="that array is written in place, and writes would have to be followed through the result",
                instead=f"take a copy: np.copy({called}(...)), or x.copy() of what is passed",
            )
        base = build.load(self.names[shadowed[0]])
        view = build.substitute(value, {n: self.names[n] for n in shadowed})
        return build.call(
            scope.kernel(same_memory),
            scope.bind(view, bar(name)),
            base,
            build.load(name),
            build.load(shadowed[0]),
        )


def _items(value: gast.expr) -> Iterator[tuple[gast.expr, gast.expr]]:
    """The keys and elements of a display."""
    if isinstance(value, gast.Dict):
        yield from zip(value.keys, value.values, strict=True)
    else:
        yield from ((build.constant(index), node) for index, node in enumerate(value.elts))


def _is_slice(value: gast.expr) -> bool:
    return isinstance(value, gast.Subscript) and isinstance(value.slice, gast.Slice)
