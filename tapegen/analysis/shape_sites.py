"""Where names are bound and read: what shape inference must know of a function before it starts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.analysis.shape_functions import TABLE
from tapegen.analysis.uses import binds, expressions, reads
from tapegen.kernels import sorting_order
from tapegen.kernels.revolve import own_stack
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import CHILDREN

LIST_METHODS = frozenset({"append", "pop"})
_READERS = (reversed, zip, len, enumerate, own_stack, sorting_order)
Path = tuple[int, ...]


@dataclass
class Sites:
    """Facts about the names of one function.

    Attributes:
        rebound: names with several bindings.
        home: the loops around all bindings of a name, as labels from the outermost; missing where there are none.
        changed: names that a loop rebinds, and lists that it writes; by label.
        escaping: names bound in a loop only and read outside it.
        owned: lists with one name, made here, and used in ways that are known. A list that is filled and then put into
            another one (the stack of an inner loop) is among them: nothing is known of either if it is written there.
    """

    rebound: set[str] = field(default_factory=set)
    home: dict[str, Path] = field(default_factory=dict)
    changed: dict[int, list[str]] = field(default_factory=dict)
    escaping: set[str] = field(default_factory=set)
    owned: set[str] = field(default_factory=set)
    untouched: frozenset[str] = frozenset()


class _Scan:
    def __init__(self, core: Core, readers: Collection[Any]) -> None:
        self.core, self.readers = core, readers
        self.bindings: dict[str, list[Path]] = {name: [()] for name in core.params}
        self.reads: dict[Path, set[str]] = {}
        self.writes: list[tuple[str, Path]] = []
        self.loads: dict[str, int] = {}
        self.proper: dict[str, int] = {}
        self.displays: dict[str, int] = {}
        self.stored: dict[str, tuple[int, Path]] = {}

    def block(self, body: list[gast.stmt], path: Path) -> None:
        bindings = self.bindings
        for stmt in body:
            kind = type(stmt)
            inner = (*path, id(stmt)) if kind is gast.For or kind is gast.While else path
            self.read(stmt, inner if kind is gast.While else path)
            for name in binds(stmt):
                if name in bindings:
                    bindings[name].append(inner)
                else:
                    bindings[name] = [inner]
            if kind is gast.Assign:
                target, value = stmt.targets[0], stmt.value
                if type(target) is gast.Name and (type(value) is gast.List or self.copies_list(value)):
                    self.displays[target.id] = self.displays.get(target.id, 0) + 1
            elif kind is gast.For or kind is gast.While:
                self.block(stmt.body, inner)
                self.block(stmt.orelse, path)
            elif kind is gast.If:
                self.block(stmt.body, path)
                self.block(stmt.orelse, path)

    def copies_list(self, value: gast.expr) -> bool:
        """Whether an expression is a new list of the elements of another."""
        return type(value) is gast.Call and lookup(self.core, value.func) is own_stack

    def read(self, stmt: gast.stmt, path: Path) -> None:
        """Take note of the names that a statement reads; if lists made here are among them, of how."""
        names = reads(stmt)
        if path in self.reads:
            self.reads[path].update(names)
        else:
            self.reads[path] = set(names)
        if not self.displays or self.displays.keys().isdisjoint(names):
            return
        for name in names:
            self.loads[name] = self.loads.get(name, 0) + 1
        if type(stmt) is gast.For:
            self.count(stmt.iter)
        elif type(stmt) is gast.Return:
            self.leave(stmt.value)
        elif type(stmt) is gast.Assign or type(stmt) is gast.AugAssign:
            target = stmt.targets[0] if type(stmt) is gast.Assign else stmt.target
            if type(target) is gast.Subscript and type(target.value) is gast.Name:
                self.writes.append((target.value.id, path))
        for node in expressions(stmt):
            self.look(node, path)

    def count(self, node: Any) -> None:
        """A use of a name that leaves it the only name of its list."""
        if type(node) is gast.Name:
            self.proper[node.id] = self.proper.get(node.id, 0) + 1

    def leave(self, node: Any) -> None:
        """What is returned: the names in it end here."""
        for part in node.elts if type(node) is gast.Tuple else [node]:
            self.leave(part) if type(part) is gast.Tuple else self.count(part)

    def look(self, node: gast.AST, path: Path) -> None:
        """Count the uses of lists in an expression that leave them their only names."""
        kind = type(node)
        if kind is gast.Call:
            self.call(node, path)
        elif kind is gast.Subscript:
            self.count(node.value)
        for name in CHILDREN[kind]:
            child = getattr(node, name)
            for part in child if type(child) is list else (child,):
                if isinstance(part, gast.AST):
                    self.look(part, path)

    def call(self, node: gast.Call, path: Path) -> None:
        func = node.func
        if type(func) is gast.Attribute and type(func.value) is gast.Name and func.attr in LIST_METHODS:
            base = func.value.id
            if base not in self.core.namespace:
                self.count(func.value)
                self.writes.append((base, path))
                if func.attr == "append" and len(node.args) == 1 and isinstance(node.args[0], gast.Name):
                    self.store(node.args[0], path)
        names = [arg for arg in node.args if type(arg) is gast.Name]
        if names and any(arg.id in self.displays for arg in names) and self.only_reads(func):
            for arg in names:
                self.count(arg)

    def store(self, element: gast.Name, path: Path) -> None:
        """A list becomes the element of another: from now on it may have a second name."""
        if element.id in self.displays and element.id not in self.stored:
            self.stored[element.id] = (len(self.writes), path)
            self.count(element)

    def is_complete(self, name: str) -> bool:
        """Whether a list is written only before it becomes an element of another one."""
        if name not in self.stored:
            return True
        count, path = self.stored[name]
        return path == self.bindings[name][0] and all(base != name for base, _ in self.writes[count:])

    def only_reads(self, func: gast.expr) -> bool:
        callee = lookup(self.core, func)
        try:
            return (
                callee in _READERS
                or callee in self.readers
                or (callee in TABLE and (getattr(callee, "__module__", None) or "").startswith("numpy"))
            )
        except TypeError:
            return False


def sites(core: Core, readers: Collection[Any] = ()) -> Sites:
    """Where the names of `core` are bound and read; functions in `readers` only read what they are given."""
    scan = _Scan(core, readers)
    scan.block(core.body, ())
    found = Sites()
    for name, paths in scan.bindings.items():
        home = paths[0] if len(paths) == 1 else _common(paths)
        if len(paths) > 1:
            found.rebound.add(name)
        if home:
            found.home[name] = home
            if any(path[: len(home)] != home and name in names for path, names in scan.reads.items()):
                found.escaping.add(name)
        single = name in scan.displays and len(paths) == scan.displays[name] == 1
        if single and scan.loads.get(name, 0) == scan.proper.get(name, 0) and scan.is_complete(name):
            found.owned.add(name)
    for name in found.rebound:
        for label in {label for path in scan.bindings[name] for label in path}:
            found.changed.setdefault(label, []).append(name)
    for name, path in scan.writes:
        if name in found.owned:
            for label in path[len(found.home.get(name, ())) :]:
                if name not in found.changed.setdefault(label, []):
                    found.changed[label].append(name)
    return found


def _common(paths: list[Path]) -> Path:
    first = paths[0]
    for path in paths[1:]:
        n = 0
        while n < min(len(first), len(path)) and first[n] == path[n]:
            n += 1
        first = first[:n]
    return first
