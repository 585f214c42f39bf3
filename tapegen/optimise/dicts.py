"""Dicts that are only taken apart again."""

from __future__ import annotations

import gast

from tapegen.analysis.uses import binding_counts, expressions
from tapegen.lang.core import Core
from tapegen.lang.walk import below
from tapegen.optimise.rewrite import changed, is_atom, map_blocks, with_body


def forward_entries(fn: Core) -> Core:
    """Replace a read of a dict display by what stands there.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, y):
    ...     p = {"w": x, "b": y}
    ...     w = p["w"]
    ...     return w''')
    >>> print(show(forward_entries(before)))
    def f(x, y):
        p = {'w': x, 'b': y}
        w = x
        return w

    Only dicts that have one name and are read by literal keys, and entries that keep their meaning.
    """
    counts = binding_counts(fn)
    entries: dict[str, dict[object, gast.expr]] = {}
    for stmt in fn.statements:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Dict(keys=keys, values=values)) if (
                counts[name] == 1
            ):
                if all(isinstance(key, gast.Constant) for key in keys) and all(map(is_atom, values)):
                    entries[name] = {key.value: value for key, value in zip(keys, values, strict=True)}
    for stmt in fn.statements:
        for name in _other_uses(stmt, entries):
            entries.pop(name, None)
    if not entries:
        return fn

    def stable(node: gast.expr) -> bool:
        return not isinstance(node, gast.Name) or counts[node.id] == 1 or node.id in fn.params

    def step(stmt: gast.stmt) -> gast.stmt:
        if isinstance(stmt, (gast.If, gast.For, gast.While)):
            return map_blocks(stmt, lambda body: [step(inner) for inner in body])
        match stmt:
            case gast.Assign(value=gast.Subscript(value=gast.Name(id=name), slice=gast.Constant(value=key))):
                found = entries.get(name, {}).get(key)
                if found is not None and stable(found):
                    return changed(stmt, value=found)
        return stmt

    return with_body(fn, [step(stmt) for stmt in fn.body])


def _other_uses(stmt: gast.stmt, known: dict[str, dict[object, gast.expr]]) -> set[str]:
    """Dicts that a statement uses other than by reading a literal key."""
    match stmt:
        case gast.Assign(
            targets=[gast.Name()], value=gast.Subscript(value=gast.Name(), slice=gast.Constant(value=key))
        ) if key in known.get(stmt.value.value.id, ()):
            return set()
    return {
        node.id
        for part in expressions(stmt)
        for node in below(part)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id in known
    }
