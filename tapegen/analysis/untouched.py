"""Containers that nobody writes: what is known of them stays true, whatever happens to others."""

from __future__ import annotations

import gast

from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.purity import callee_of
from tapegen.analysis.shape_builtins import IN_PLACE
from tapegen.lang.core import Core, lookup


def untouched(core: Core) -> frozenset[str]:
    """Names whose containers, and those in them, are written nowhere in the function, under no name.

    def f(config, x):
        seen = {}
        seen[config["name"]] = x       # writes `seen`; `config` is untouched
        return x * config["scale"]
    """
    classes = aliasing(core, {})
    touched = set(classes.written | classes.grown)

    def touch(node: gast.AST) -> None:
        if isinstance(node, gast.Name):
            touched.add(classes.leader.get(node.id, node.id))

    for stmt in core.statements:
        call = getattr(stmt, "value", None)
        if not isinstance(call, gast.Call):
            continue
        callee = lookup(core, call.func)
        in_place = type(callee).__hash__ is not None and callee in IN_PLACE
        unknown = callee is None and isinstance(call.func, gast.Name)
        if in_place or unknown or (callee is not None and not callee_of(core, call).pure):
            for node in [*call.args, *(k.value for k in call.keywords)]:
                touch(node.value if isinstance(node, gast.Starred) else node)
        if in_place and isinstance(stmt, gast.Assign):
            touch(stmt.targets[0])
    names = {*classes.leader, *core.params}
    return frozenset(name for name in names if classes.leader.get(name, name) not in touched)
