"""Views that are only read: names for which a view of a written array may be treated as the value it had when taken.

`row = A[i]; s = row @ v; A[i, 0] = s` reads `row` before anything is written, so `row` is a value. It isn't where a
write to the same memory comes between the view and its last use, or where the view itself is written.
"""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.aliasing import Aliasing, result_aliases
from tapegen.analysis.predicates import is_array
from tapegen.analysis.values import Value
from tapegen.analysis.writes import written_names
from tapegen.lang.core import Core, blocks, loaded_names, lookup


def snapshot_reads(core: Core, classes: Aliasing, facts: Mapping[str, Value]) -> frozenset[str]:
    """Names bound to (views of) written memory that can be treated as plain values."""
    position: dict[int, int] = {}
    end: dict[int, int] = {}
    block_of: dict[int, tuple[int, ...]] = {}

    def number(body: list[gast.stmt], path: tuple[int, ...]) -> None:
        for stmt in body:
            position[id(stmt)] = len(position)
            block_of[id(stmt)] = path
            for block in blocks(stmt):
                number(block, (*path, id(stmt)))
            end[id(stmt)] = len(position) - 1

    number(core.body, ())
    writes: dict[str, list[int]] = {}
    written_directly: set[str] = set()
    derived: dict[str, set[str]] = {}
    uses: dict[str, list[gast.stmt]] = {}
    definitions: dict[str, list[gast.stmt]] = {}
    for stmt in core.statements:
        for name in written_names(core, stmt):
            written_directly.add(name)
            leader = classes.leader.get(name)
            if leader is not None:
                writes.setdefault(leader, []).append(position[id(stmt)])
        written_directly |= _kept(core, stmt, facts)
        for name in _own_loads(stmt):
            uses.setdefault(name, []).append(stmt)
        if isinstance(stmt, gast.Assign):
            for target, value in _bindings(stmt):
                definitions.setdefault(target, []).append(stmt)
                for source in result_aliases(core, value, facts, classes.fresh):
                    if isinstance(source, gast.Name):
                        derived.setdefault(source.id, set()).add(target)

    def escapes(name: str, seen: set[str]) -> bool:
        if name in written_directly or len(definitions.get(name, ())) > 1:
            return True
        seen.add(name)
        return any(escapes(child, seen) for child in derived.get(name, ()) if child not in seen)

    def readers(name: str) -> set[str]:
        """`name`, and all that may be views of it."""
        found = {name}
        work = [name]
        while work:
            new = derived.get(work.pop(), set()) - found
            found |= new
            work.extend(new)
        return found

    def only_read(name: str) -> bool:
        (definition,) = definitions[name]
        path = block_of[id(definition)]
        last = position[id(definition)]
        for use in (use for reader in readers(name) for use in uses.get(reader, ())):
            use_path = (*block_of[id(use)], id(use))
            if use_path[: len(path)] != path:
                return False
            child = use_path[len(path)]
            last = max(last, position[child] if child == id(use) else end[child] + 1)
        start = position[id(definition)]
        return not any(start < write < last for write in writes.get(classes.leader.get(name, ""), ()))

    candidates = [
        name
        for name, stmts in definitions.items()
        if len(stmts) == 1 and classes.is_written(name) and _is_view(core, stmts[0], facts, classes)
    ]
    return frozenset(name for name in candidates if not escapes(name, set()) and only_read(name))


def _is_view(core: Core, stmt: gast.stmt, facts: Mapping[str, Value], classes: Aliasing) -> bool:
    return isinstance(stmt, gast.Assign) and bool(result_aliases(core, stmt.value, facts, classes.fresh))


def _kept(core: Core, stmt: gast.stmt, facts: Mapping[str, Value]) -> set[str]:
    """Names that a statement may put into a container."""
    match stmt:
        case gast.Expr(value=gast.Call() as call) | gast.Assign(value=gast.Call() as call):
            return set().union(*map(loaded_names, call.args)) if lookup(core, call.func) is None else set()
        case gast.Assign(targets=[gast.Subscript(value=base) | gast.Attribute(value=base)], value=value):
            known = isinstance(base, gast.Name) and is_array(facts.get(base.id))
            return set() if known else loaded_names(value)
    return set()


def _bindings(stmt: gast.Assign) -> list[tuple[str, gast.expr]]:
    target = stmt.targets[0]
    if isinstance(target, gast.Name):
        return [(target.id, stmt.value)]
    if isinstance(target, gast.Tuple) and isinstance(stmt.value, gast.Tuple):
        return [(t.id, v) for t, v in zip(target.elts, stmt.value.elts, strict=True)]
    return []


def _own_loads(stmt: gast.stmt) -> set[str]:
    """Names that a statement itself reads, not the blocks inside it."""
    match stmt:
        case gast.If(test=test) | gast.While(test=test):
            return loaded_names(test)
        case gast.For(iter=iterable):
            return loaded_names(iterable)
    return loaded_names(stmt)
