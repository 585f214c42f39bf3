"""Adjoints of reading by index: what was read from a place is added there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast
import numpy as np

from tapegen.analysis.indices import index_kind, never_repeats
from tapegen.analysis.predicates import is_container
from tapegen.kernels import scatter_add
from tapegen.kernels.trees import add_at
from tapegen.lang import build
from tapegen.lang.core import lookup, walk_statements
from tapegen.lang.walk import below
from tapegen.transforms.records import plain
from tapegen.transforms.scope import Scope, bar

if TYPE_CHECKING:
    from tapegen.transforms.contributions import Slots
    from tapegen.transforms.snapshots import Reader
    from tapegen.transforms.sweeper import Sweeper


def indexed_names(scope: Scope, body: list[gast.stmt]) -> set[str]:
    """Active variables that the statements read by index."""
    values = [
        plain(scope.core, scope.facts, stmt.value)
        for stmt in walk_statements(body)
        if isinstance(stmt, gast.Assign)
    ]
    return {
        v.value.id
        for v in values
        if isinstance(v, gast.Subscript) and scope.is_active(v.value) and without_new_axes(v.slice) is None
    }


def read_adjoint(
    sweeper: Sweeper, value: gast.Subscript, ct: gast.expr, slots: Slots, reader: Reader
) -> None:
    """Write the adjoint of `target = base[index]`: `base_bar[index] += ct`."""
    scope = sweeper.scope
    if not scope.is_active(value.value):
        return
    back = without_new_axes(value.slice)
    if back is not None and scope.is_array(value.value.id):
        sweeper.add(slots, value.value.id, gast.Subscript(value=ct, slice=back, ctx=gast.Load()))
        return
    buffer = sweeper.buffer(slots, value.value.id)
    index = reader.index(value.slice)
    emit_add_at(scope, value.value.id, buffer, index, ct)


def without_new_axes(index: gast.expr) -> gast.expr | None:
    """The index that takes back what `x[:, None]` did, `[:, 0]`; None for indices that do more than add axes."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    back: list[gast.expr] = []
    for part in parts:
        if isinstance(part, gast.Constant) and part.value is None:
            back.append(build.constant(0))
        elif isinstance(part, gast.Slice) and part.lower is part.upper is part.step is None:
            back.append(part)
        else:
            return None
    return build.tuple_of(back) if isinstance(index, gast.Tuple) else back[0]


def emit_add_at(scope: Scope, name: str, buffer: str, index: gast.expr, ct: gast.expr) -> None:
    """Write `buffer[index] += ct`, where `buffer` is the cotangent of `name`, in the form that the index needs."""
    kind = index_kind(index, scope.facts)
    once = kind in {"basic", "mask"} or never_repeats(index, scope.facts, lambda node: _is_count(scope, node))
    if scope.is_array(name) and once:
        target = gast.Subscript(value=build.load(buffer), slice=index, ctx=gast.Store())
        scope.emit(gast.AugAssign(target=target, op=gast.Add(), value=scope.atom(ct, bar(name))))
        return
    kernel = add_at if is_container(scope.facts.get(name)) else scatter_add
    place = index_value(scope, index)
    scope.emit(
        build.expression(
            build.call(scope.kernel(kernel), build.load(buffer), place, scope.atom(ct, bar(name)))
        )
    )


def index_value(scope: Scope, index: gast.expr) -> gast.expr:
    """An index as a value: `np.s_[1:, i]` for slices."""
    if any(isinstance(node, gast.Slice) for node in below(index)):
        maker = build.attribute(f"{scope.name_of(np, 'np')}.s_")
        return gast.Subscript(value=maker, slice=index, ctx=gast.Load())
    return index


def _is_count(scope: Scope, node: gast.expr) -> bool:
    """Whether `node` is a call `np.arange(n)`, or a variable bound to one."""
    if isinstance(node, gast.Name):
        found = [
            stmt.value
            for stmt in scope.core.statements
            if isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and stmt.targets[0].id == node.id
        ]
        return len(found) == 1 and isinstance(found[0], gast.Call) and _is_count(scope, found[0])
    return (
        isinstance(node, gast.Call)
        and lookup(scope.core, node.func) is np.arange
        and len(node.args) == 1
        and not node.keywords
    )
