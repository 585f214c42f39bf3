"""Values that nobody else refers to: for these, `x += v` in place and `x = x + v` come to the same."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator

import gast

from tapegen.analysis.purity import callee_of
from tapegen.lang.core import Core, blocks, loaded_names, lookup, walk_statements

IN_PLACE = (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow)


def owned_sums(core: Core, arrays: Collection[str] = ()) -> frozenset[str]:
    """Variables that only ever hold numbers or arrays made by arithmetic, and that are only read by arithmetic.

    total = 0.0                                    `total`, `total_1`: whatever `f` returns,
    for k in range(n):                             no other name can refer to the sum
        total_1 = operator.iadd(total, f(k) * w)
        total = total_1

    Args:
        arrays: names known to be arrays: what is stored in a part of one is copied.
    """
    group: dict[str, str] = {}
    spoiled: set[str] = set(core.params)
    shown: set[str] = (
        set()
    )  # others may refer to these from now on: it matters if they are added to afterwards

    def find(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for stmt in core.statements:
        for target, value in _bindings(stmt):
            match value:
                case gast.Name(id=source):
                    group[find(source)] = find(target)
                case gast.Call(func=func, args=[gast.Name(id=source), other]) if _in_place(core, func):
                    group[find(source)] = find(target)
                    spoiled |= loaded_names(other) & {target}
                case (
                    gast.Constant(value=bool() | int() | float() | complex()) | gast.BinOp() | gast.UnaryOp()
                ):
                    find(target)
                case _:
                    find(target)
                    spoiled.add(target)
                    if not _forgets(core, value):
                        shown |= loaded_names(value)
        spoiled |= _exposed(core, stmt, arrays)
    spoiled |= shown & _passed_on(core)
    spoiled |= _read_after_use(core)
    bad = {find(name) for name in spoiled}
    return frozenset(name for name in group if find(name) not in bad)


def _passed_on(core: Core) -> set[str]:
    """Names whose value passes to another name, by a copy or an augmented assignment."""
    found = set()
    for stmt in core.statements:
        for _, value in _bindings(stmt):
            if isinstance(value, gast.Call) and _in_place(core, value.func):
                value = value.args[0]
            if isinstance(value, gast.Name):
                found.add(value.id)
    return found


def _read_after_use(core: Core) -> set[str]:
    """Names that are read after their value has passed to another name, by a copy or an augmented assignment.

    If the value is an array, that name would see what is written through the other.
    """
    order: list[tuple[gast.stmt, gast.stmt | None]] = []

    def number(body: list[gast.stmt], loop: gast.stmt | None) -> None:
        for stmt in body:
            order.append((stmt, loop))
            inner = stmt if isinstance(stmt, (gast.For, gast.While)) else loop
            for block in blocks(stmt):
                number(block, inner)

    number(core.body, None)
    reads: dict[str, list[int]] = {}
    binds: dict[str, list[int]] = {}
    passed: list[tuple[str, int, gast.stmt | None]] = []
    inside: dict[gast.stmt, set[str]] = {}
    for place, (stmt, loop) in enumerate(order):
        for name in _own_reads(stmt):
            reads.setdefault(name, []).append(place)
        for target, value in _bindings(stmt):
            binds.setdefault(target, []).append(place)
            if isinstance(value, gast.Name):
                passed.append((value.id, place, loop))
            elif (
                isinstance(value, gast.Call)
                and _in_place(core, value.func)
                and isinstance(value.args[0], gast.Name)
            ):
                passed.append((value.args[0].id, place, loop))
        if isinstance(stmt, (gast.For, gast.While)):
            inside[stmt] = {t for inner in walk_statements(stmt.body) for t, _ in _bindings(inner)}
    found = set()
    for name, place, loop in passed:
        if loop is not None and name not in inside[loop]:
            found.add(name)
        again = min((p for p in binds.get(name, ()) if p > place), default=len(order))
        if any(place < read <= again for read in reads.get(name, ())):
            found.add(name)
    return found


def _own_reads(stmt: gast.stmt) -> set[str]:
    """Names that a statement reads itself, not the blocks in it."""
    match stmt:
        case gast.If(test=test) | gast.While(test=test):
            return loaded_names(test)
        case gast.For(iter=iterable):
            return loaded_names(iterable)
    return loaded_names(stmt)


def _forgets(core: Core, value: gast.expr) -> bool:
    """Whether what an expression reads cannot be reached through its result: `float(x)`, `np.sum(x)`."""
    if not isinstance(value, gast.Call):
        return False
    known = callee_of(core, value)
    return known.pure and known.fresh and not known.holds


def _in_place(core: Core, func: gast.expr) -> bool:
    callee = lookup(core, func)
    return type(callee).__hash__ is not None and callee in IN_PLACE


def _bindings(stmt: gast.stmt) -> Iterator[tuple[str, gast.expr]]:
    if isinstance(stmt, gast.Assign):
        target = stmt.targets[0]
        if isinstance(target, gast.Name):
            yield target.id, stmt.value
        elif isinstance(target, gast.Tuple) and isinstance(stmt.value, gast.Tuple):
            yield from ((t.id, v) for t, v in zip(target.elts, stmt.value.elts, strict=True))


def _exposed(core: Core, stmt: gast.stmt, arrays: Collection[str]) -> set[str]:
    """Names that a statement other than a binding may give another reference to, or write."""
    match stmt:
        case (
            gast.Assign(targets=[gast.Subscript(value=gast.Name(id=base)) as place])
            | gast.AugAssign(target=gast.Subscript(value=gast.Name(id=base)) as place)
        ) if base in arrays:
            return loaded_names(place)
        case gast.Assign(targets=[gast.Name() | gast.Tuple()]) | gast.If() | gast.While():
            return set()
        case gast.For(iter=iterable):
            return loaded_names(iterable)
        case gast.Return():
            return set()
    return loaded_names(stmt)
