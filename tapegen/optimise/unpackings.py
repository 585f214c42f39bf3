"""Elements that are taken one after the other are unpacked in one statement."""

from __future__ import annotations

from collections.abc import Callable

import gast

from tapegen.analysis.uses import use_counts
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.optimise.rewrite import map_blocks, with_body


def unpack_in_one(fn: Core, length: Callable[[str], int | None]) -> Core:
    """Write `a = p[0]; b = p[1]` as `a, b = p`.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(p):
    ...     a = p[0]
    ...     b = p[1]
    ...     pair = divmod(a, b)
    ...     q = pair[0]
    ...     r = pair[1]
    ...     return q * r''')
    >>> print(show(unpack_in_one(before, lambda name: 2)))
    def f(p):
        a, b = p
        q, r = divmod(a, b)
        return q * r

    Args:
        length: how many elements a name is known to have, or None.
    """
    uses = use_counts(fn)

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        place = 0
        while place < len(body):
            stmt = (
                map_blocks(body[place], block)
                if type(body[place]) in (gast.If, gast.For, gast.While)
                else body[place]
            )
            targets = run(body, place)
            if targets is None:
                result.append(stmt)
                place += 1
                continue
            base = stmt.value.value
            value: gast.expr = build.clone(base)
            last = result[-1] if result else None
            if (
                last is not None
                and type(last) is gast.Assign
                and type(last.targets[0]) is gast.Name
                and last.targets[0].id == base.id
                and type(last.value) is gast.Call
                and uses[base.id] == len(targets)
            ):
                value = last.value
                result.pop()
            names = build.tuple_of([build.store(name) for name in targets], gast.Store())
            whole = build.assign(names, value, getattr(stmt, "origin", None))
            if getattr(stmt, "comment", None):
                whole.comment = stmt.comment
            result.append(whole)
            place += len(targets)
        return result

    def run(body: list[gast.stmt], start: int) -> list[str] | None:
        """The targets of a run of statements that take all elements of one name, in order."""
        base = taken(body[start], 0)
        if base is None:
            return None
        count = length(base)
        if count is None or not 2 <= count <= 8 or start + count > len(body):
            return None
        targets = []
        for index in range(count):
            if taken(body[start + index], index) != base:
                return None
            targets.append(body[start + index].targets[0].id)
        return targets if len({*targets, base}) == count + 1 else None

    def taken(stmt: gast.stmt, index: int) -> str | None:
        """The name whose element `index` a statement takes."""
        if (
            type(stmt) is not gast.Assign
            or type(stmt.targets[0]) is not gast.Name
            or type(stmt.value) is not gast.Subscript
        ):
            return None
        base, key = stmt.value.value, stmt.value.slice
        if (
            type(base) is not gast.Name
            or type(key) is not gast.Constant
            or key.value != index
            or type(key.value) is not int
        ):
            return None
        return str(base.id)

    return with_body(fn, block(fn.body))
