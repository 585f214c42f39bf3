"""Arithmetic on numbers that does not change from step to step is done once, before the loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from tapegen.analysis.predicates import is_number
from tapegen.analysis.uses import all_binds, binding_counts, names_in
from tapegen.analysis.values import Value
from tapegen.lang.build import substitute
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.optimise.fold import is_written_by_user
from tapegen.optimise.rewrite import changed, with_body

_SAFE = (gast.Add, gast.Sub, gast.Mult)


def hoist_invariants(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Move sums, products and quotients of numbers out of the loops in which they do not change.

    >>> from tapegen.analysis.values import Number
    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(u, dt, n):
    ...     for i in range(n):
    ...         h = dt / 2
    ...         u[i] = h
    ...     return u''')
    >>> print(show(hoist_invariants(before, {"dt": Number("float")})))
    def f(u, dt, n):
        h = dt / 2
        for i in range(n):
            u[i] = h
        return u

    Only what cannot raise an error is moved, for the loop may not run at all. What the user gave no name is named after
    what it is, `dt_over_two`, not after the variable that it was a part of.
    Source: Aho et al., Compilers, 2nd ed., 9.5.
    """
    counts = binding_counts(fn)
    namer = Namer(fn.names)
    renamed: dict[str, gast.expr | str] = {}

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if type(stmt) is gast.If:
                stmt = changed(stmt, body=block(stmt.body), orelse=block(stmt.orelse))
            elif type(stmt) in (gast.For, gast.While):
                inner = block(stmt.body)
                inside = all_binds([stmt])
                kept: list[gast.stmt] = []
                for part in inner:
                    if is_invariant(part, inside):
                        result.append(part)
                        name, words = part.targets[0].id, description(part.value)
                        if words is not None and not is_written_by_user(name, part):
                            renamed[name] = namer(words)
                        inside.discard(part.targets[0].id)
                    else:
                        kept.append(part)
                stmt = changed(stmt, body=kept or [gast.Pass()])
            result.append(stmt)
        return result

    def is_invariant(stmt: gast.stmt, inside: set[str]) -> bool:
        if (
            type(stmt) is not gast.Assign
            or type(stmt.targets[0]) is not gast.Name
            or counts[stmt.targets[0].id] != 1
        ):
            return False
        value = stmt.value
        if type(value) is gast.Attribute:
            return type(lookup(fn, value)) is float  # such as np.pi
        if type(value) is not gast.BinOp:
            return False
        names = names_in(value)
        if not names or any(name in inside or not is_number(facts.get(name)) for name in names):
            return False
        divisor = value.right.value if type(value.right) is gast.Constant else None
        return type(value.op) in _SAFE or (
            type(value.op) is gast.Div and isinstance(divisor, (int, float)) and divisor != 0
        )

    body = block(fn.body)
    return with_body(fn, substitute(body, renamed) if renamed else body)


_WORDS = {gast.Add: "plus", gast.Sub: "minus", gast.Mult: "times", gast.Div: "over"}


def description(value: gast.expr) -> str | None:
    """A name that says what a sum, product or quotient is; None if it would begin with a number.

    >>> [description(gast.parse(text).body[0].value) for text in ("h / 6", "2 * a", "1 - a", "a / 0.5")]
    ['h_over_six', 'a_times_two', None, None]
    """
    if type(value) is not gast.BinOp:
        return None
    parts = [value.left, value.right]
    if type(value.op) is gast.Mult and type(value.left) is gast.Constant:
        parts.reverse()
    if type(parts[0]) is not gast.Name:
        return None
    # Spelled out, for a number at the end of a name is taken for a version.
    number = getattr(parts[1], "value", 0)
    second = parts[1].id if type(parts[1]) is gast.Name else _NUMBERS.get(number)
    return None if second is None else f"{parts[0].id}_{_WORDS[type(value.op)]}_{second}"


_NUMBERS: dict[Any, str] = dict(
    enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
)
