"""Lists and dicts that a block makes, fills at known places and takes apart again: variables do as well."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.analysis.uses import binding_counts, reads, use_counts
from tapegen.lang.core import Core
from tapegen.optimise.rewrite import changed, is_atom, is_name, map_blocks, target_name, with_body


def forward_slots(fn: Core) -> Core:
    """Read what was stored last at a place of a list or dict, and do without the list or dict.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x):
    ...     s = [0.0, 0.0]
    ...     a = s[1]
    ...     b = a + x
    ...     s[1] = b
    ...     c = s[1]
    ...     return c''')
    >>> print(show(forward_slots(before)))
    def f(x):
        a = 0.0
        b = a + x
        c = b
        return c

    Only displays that have one name and are read and written, in the block that makes them, by literal keys alone.
    """
    counts, uses = binding_counts(fn), use_counts(fn)

    def stable(node: gast.expr) -> bool:
        return is_atom(node) and (not is_name(node) or counts[node.id] == 1)

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        body = [map_blocks(stmt, block) for stmt in body]
        slots: dict[str, dict[Any, gast.expr]] = {}
        for stmt in body:
            name, entries = target_name(stmt), _entries(stmt)
            if (
                name is not None
                and entries is not None
                and counts[name] == 1
                and all(map(stable, entries.values()))
            ):
                slots[name] = entries
        if not slots:
            return body
        seen = dict.fromkeys(slots, 0)
        for stmt in body:
            for name in reads(stmt):
                if name in slots:
                    seen[name] += 1
                    access = _access(stmt)
                    if (
                        access is None
                        or access[0] != name
                        or access[1] not in slots[name]
                        or not stable(access[2])
                    ):
                        del slots[name]
        slots = {name: entries for name, entries in slots.items() if seen[name] == uses[name]}
        return [new for stmt in body if (new := forwarded(stmt, slots)) is not None]

    def forwarded(stmt: gast.stmt, slots: dict[str, dict[Any, gast.expr]]) -> gast.stmt | None:
        if target_name(stmt) in slots:
            return None
        access = _access(stmt)
        if access is None or access[0] not in slots:
            return stmt
        name, key, value = access
        if target_name(stmt) is not None:
            return changed(stmt, value=slots[name][key])
        slots[name][key] = value
        return None

    return with_body(fn, block(fn.body))


def _entries(stmt: gast.stmt) -> dict[Any, gast.expr] | None:
    """What a display holds, by key."""
    value: Any = getattr(stmt, "value", None)
    if type(value) is gast.List:
        return dict(enumerate(value.elts))
    if type(value) is gast.Dict and all(type(key) is gast.Constant for key in value.keys):
        return {key.value: item for key, item in zip(value.keys, value.values, strict=True)}
    return None


def _access(stmt: gast.stmt) -> tuple[str, Any, gast.expr] | None:
    """`x = s[1]` or `s[1] = x`: the name `s`, the key, and x."""
    if type(stmt) is not gast.Assign:
        return None
    for one, other in ((stmt.value, stmt.targets[0]), (stmt.targets[0], stmt.value)):
        if type(one) is gast.Subscript and is_name(one.value) and type(one.slice) is gast.Constant:
            return (one.value.id, one.slice.value, other) if is_name(other) or is_atom(other) else None
    return None
