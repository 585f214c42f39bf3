"""Single assignment: each local is bound by one statement, but for the phi functions of structured code.

if test:            c = init
    ...             for i in range(n):
    m = v1              ...
else:                   c = next
    ...
    m = v2
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import gast

from tapegen.errors import InternalError
from tapegen.lang.core import Core, blocks


@dataclass(frozen=True)
class Site:
    """A statement that binds a name.

    Attributes:
        stmt: the statement.
        path: the blocks around it, outermost first: the statement that owns the block, and the block's index in it.
        merges: whether nothing but assignments to names follows in its block.
        last: whether nothing but the loop's trailing break follows.
        replay: whether `stmt` is a loop that walks back over what an earlier loop kept, rebinding its names.
    """

    stmt: gast.stmt
    path: tuple[tuple[gast.stmt, int], ...]
    merges: bool
    last: bool
    replay: bool


def check_bindings(core: Core) -> None:
    """Check that each local is bound once, or is a merge variable or a carried variable.

    Raises: InternalError naming the binding that is one too many.
    """
    sites: dict[str, list[Site]] = {}
    for name, site in _sites(core.body, ()):
        sites.setdefault(name, []).append(site)
    for name in core.params:
        if name in sites:
            _fail(name, sites[name][0], "a parameter keeps its value")
    for name, bound in sites.items():
        first, *rest = bound
        # A replay gives a name the values that it had before, so what is known of the name stays true.
        rest = [site for site in rest if not site.replay]
        if not rest or (len(rest) == 1 and (_is_merge(first, rest[0]) or _is_carried(first, rest[0]))):
            continue
        _fail(name, rest[-1], "it is neither a merge variable of an if nor a carried variable of a loop")


def _is_merge(first: Site, second: Site) -> bool:
    """Whether the two close the two branches of one `if`."""
    if len(first.path) != len(second.path) or not first.path or not (first.merges and second.merges):
        return False
    (owner, branch), (other, other_branch) = first.path[-1], second.path[-1]
    return owner is other and isinstance(owner, gast.If) and (branch, other_branch) == (0, 1)


def _is_carried(first: Site, second: Site) -> bool:
    """Whether `second` is the last statement of a loop that `first` comes before."""
    if not second.path or not second.last or first.replay:
        return False
    owner = second.path[-1][0]
    before = [(id(stmt), block) for stmt, block in first.path]
    around = [(id(stmt), block) for stmt, block in second.path[:-1]]
    return isinstance(owner, (gast.For, gast.While)) and around[: len(before)] == before


def _sites(body: list[gast.stmt], path: tuple[tuple[gast.stmt, int], ...]) -> Iterator[tuple[str, Site]]:
    breaks = (
        bool(body) and isinstance(body[-1], gast.If) and any(isinstance(s, gast.Break) for s in body[-1].body)
    )
    end = len(body) - breaks
    moves = len(body)
    while moves and _is_move(body[moves - 1]):
        moves -= 1
    for position, stmt in enumerate(body):
        roots = (
            stmt.targets
            if isinstance(stmt, gast.Assign)
            else [stmt.target]
            if isinstance(stmt, gast.For)
            else []
        )
        for root in roots:
            for node in root.elts if isinstance(root, gast.Tuple) else [root]:
                if isinstance(node, gast.Name):
                    replay = isinstance(stmt, gast.For) and _callee(stmt.iter) in ("reversed", "zip")
                    yield node.id, Site(stmt, path, position >= moves, position == end - 1, replay)
        for index, block in enumerate(blocks(stmt)):
            yield from _sites(block, (*path, (stmt, index)))


def _is_move(stmt: gast.stmt) -> bool:
    return isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple))


def _callee(node: gast.expr) -> str | None:
    return node.func.id if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) else None


def _fail(name: str, site: Site, why: str) -> NoReturn:
    raise InternalError(
        f"not Core: {name} is bound twice", origin=getattr(site.stmt, "origin", None), why=why
    )
