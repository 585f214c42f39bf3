"""Which names may refer to the same memory, and which memory is written; by one walk over the function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import gast
import numpy as np

from tapegen.analysis.predicates import is_number
from tapegen.analysis.values import Number, Scalar, Static, Value
from tapegen.kernels import scatter_add, split_like, unbroadcast, unpack, unreduce, unstack
from tapegen.kernels.views import check_separate
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below

_OF_THE_FIRST = (unbroadcast, unreduce, split_like, unstack, unpack)
"""Functions that read of all arguments but the first only shapes and dtypes."""


@dataclass(frozen=True)
class Classes:
    """Attributes:
    root: for each name the representative of the names that may share its memory.
    written: representatives of memory that is written in place.
    bindings: how often each name is bound.
    """

    root: Mapping[str, str]
    written: frozenset[str]
    bindings: Mapping[str, int]

    def of(self, name: str) -> str:
        return self.root.get(name, name)

    def is_written(self, name: str) -> bool:
        return self.of(name) in self.written


def classes_of(core: Core, facts: Mapping[str, Value], makes_new: Callable[[gast.expr], bool]) -> Classes:
    """The classes of `core`.

    Args:
        makes_new: whether the value of an expression shares no memory with its operands.
    """
    parent: dict[str, str] = {}
    bindings: dict[str, int] = dict.fromkeys(core.params, 1)
    written: set[str] = set()
    separate: set[str] = set()

    def find(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    def join(names: Iterable[str]) -> None:
        first: str | None = None
        for name in names:
            if first is None:
                first = find(name)
            parent[find(name)] = first

    def immutable(name: str) -> bool:
        fact = facts.get(name)
        return is_number(fact) or isinstance(fact, (Number, Scalar, Static))

    def bind(target: str, value: gast.expr) -> None:
        bindings[target] = bindings.get(target, 0) + 1
        if immutable(target) or makes_new(value) or target in checked:
            return
        if isinstance(value, gast.Call) and lookup(core, value.func) in _OF_THE_FIRST and value.args:
            value = value.args[0]
        names = [n.id for n in below(value) if isinstance(n, gast.Name) and n.id not in core.namespace]
        join([target, *(name for name in names if not immutable(name))])

    displays: dict[str, list[str]] = {}
    checked = {
        arg.id
        for stmt in core.body
        if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call)
        if lookup(core, stmt.value.func) is check_separate
        for arg in stmt.value.args
        if isinstance(arg, gast.Name)
    }
    for stmt in core.statements:
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            if isinstance(target, gast.Name):
                bind(target.id, stmt.value)
                if isinstance(stmt.value, gast.Tuple):
                    displays[target.id] = [e.id for e in stmt.value.elts if isinstance(e, gast.Name)]
            elif isinstance(target, gast.Tuple) and isinstance(stmt.value, gast.Tuple):
                for part, value in zip(target.elts, stmt.value.elts):
                    bind(part.id, value)
            elif isinstance(target, gast.Subscript):
                written |= _base(target)
        elif isinstance(stmt, gast.AugAssign):
            written |= _base(stmt.target)
            if isinstance(stmt.target, gast.Name) and immutable(stmt.target.id):
                bindings[stmt.target.id] = bindings.get(stmt.target.id, 0) + 1
        elif isinstance(stmt, gast.For):
            for node in below(stmt.target):
                if isinstance(node, gast.Name):
                    bindings[node.id] = bindings.get(node.id, 0) + 1
        if isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(stmt.value, gast.Call):
            callee = lookup(core, stmt.value.func)
            if callee in (scatter_add, np.add.at) and stmt.value.args:
                written |= _base(stmt.value.args[0])
            elif callee is check_separate:
                separate.update(
                    *(displays.get(a.id, ()) for a in stmt.value.args[:1] if isinstance(a, gast.Name))
                )
    arrays = [name for name in core.params if not immutable(name)]
    touched = {find(name) for name in written}
    if any(find(name) in touched and name not in separate for name in arrays):
        join(arrays)
    return Classes(
        {name: find(name) for name in {*parent, *bindings}}, frozenset(find(n) for n in written), bindings
    )


def _base(node: gast.expr) -> set[str]:
    while isinstance(node, gast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, gast.Name) else set()
