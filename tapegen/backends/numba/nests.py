"""Loop nests over the elements of arrays, fused where they run over the same indices, with temporaries in scalars.

Every operation on whole arrays is first a nest of its own. Two nests become one where each element that both touch is
touched at the same indices, or only ever added to. A temporary array that lives in one nest alone becomes a scalar.
Source: Allen and Kennedy (2001), Optimizing Compilers for Modern Architectures, 8.6 (fusion) and 8.7 (contraction).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.backends.numba.state import INDICES, Atom, atom_expr
from tapegen.lang import build
from tapegen.lang.core import blocks
from tapegen.lang.walk import below


@dataclass(eq=False)
class Nest:
    """Loops over `extents`, with the indices `INDICES`, around statements on single elements."""

    extents: tuple[Atom, ...]
    body: list[gast.stmt]
    origin: Any = None
    effects: Effects | None = None


@dataclass
class Effects:
    """What a statement reads and writes.

    Attributes:
        reads, writes: names of locals.
        accesses: base array, its subscript as text, the subscript, and "read", "write" or "add".
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    accesses: list[tuple[str, str, gast.expr | None, str]] = field(default_factory=list)


def effects_of(item: Any) -> Effects:
    """The effects of a nest or a plain statement."""
    if isinstance(item, Nest):
        if item.effects is None:
            item.effects = _effects(item.body)
            item.effects.reads |= {n for n in item.extents if isinstance(n, str)}
            item.effects.reads -= set(INDICES)
        return item.effects
    return _effects([item])


def _effects(body: Sequence[gast.stmt]) -> Effects:
    found = Effects()
    for stmt in body:
        added: list[gast.expr] = []
        if isinstance(stmt, gast.AugAssign):
            target = stmt.target
            if isinstance(target, gast.Subscript):
                kind = "add" if isinstance(stmt.op, (gast.Add, gast.Sub)) else "write"
                found.accesses.append((target.value.id, gast.dump(target.slice), target.slice, kind))
                added.append(target)
            else:
                found.reads.add(target.id)
        _scan(stmt, found, added)
    return found


def _scan(node: Any, found: Effects, skip: Sequence[gast.expr] = ()) -> None:
    if isinstance(node, gast.Name):
        (found.reads if isinstance(node.ctx, gast.Load) else found.writes).add(node.id)
        if isinstance(node.ctx, gast.Load):
            found.accesses.append((node.id, "", None, "read"))
        return
    if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name):
        found.reads.add(node.value.id)
        if not any(node is other for other in skip):
            kind = "read" if isinstance(node.ctx, gast.Load) else "write"
            found.accesses.append((node.value.id, gast.dump(node.slice), node.slice, kind))
        _scan(node.slice, found)
        return
    if isinstance(node, gast.Attribute):
        if isinstance(node.value, gast.Name):
            found.reads.add(node.value.id)  # `x.shape`, `np.sin`: no elements are read
        else:
            _scan(node.value, found)
        return
    for child in gast.iter_child_nodes(node):
        _scan(child, found, skip)


# -- fusion -----------------------------------------------------------------------------------------------------------


Same = Callable[[str, str], bool]
"""Whether two local arrays may share memory."""


def fuse(body: Sequence[Any], same: Same) -> list[Any]:
    """The statements of a block, with nests fused.

    Allocations and other preliminaries move up as far as they can, and so does a nest that can be fused with an earlier
    one.
    """
    done: list[Any] = []
    for item in body:
        if isinstance(item, Nest):
            _place(item, done, same)
        elif getattr(item, "early", False):
            position = len(done)
            while position and _is_simple(done[position - 1]) and _commute(done[position - 1], item, same):
                position -= 1
            done.insert(position, item)
        else:
            for block in blocks(item) if not _is_simple(item) else ():
                block[:] = fuse(block, same)
            done.append(item)
    return done


def _is_simple(item: Any) -> bool:
    """Whether a statement neither holds nests nor leaves the block."""
    if isinstance(item, gast.If):  # a buffer that grows if it is full
        return not item.orelse and all(isinstance(stmt, gast.Assign) for stmt in item.body)
    return isinstance(item, (Nest, gast.Assign, gast.AugAssign)) or (
        isinstance(item, gast.Expr) and not isinstance(item.value, gast.Constant)
    )


def _place(nest: Nest, done: list[Any], same: Same) -> None:
    for position in range(len(done) - 1, -1, -1):
        earlier = done[position]
        if (
            isinstance(earlier, Nest)
            and _alike(earlier, nest, done[:position])
            and _can_fuse(earlier, nest, same)
        ):
            earlier.body += nest.body
            earlier.effects = None
            return
        if not _is_simple(earlier) or not _commute(earlier, nest, same):
            break
    done.append(nest)


def _alike(first: Nest, second: Nest, before: Sequence[Any]) -> bool:
    """Whether two nests run over the same indices: by their lengths, or by checks that stand before both."""
    if first.extents == second.extents:
        return True
    if len(first.extents) != len(second.extents):
        return False
    unequal = {frozenset(pair) for pair in zip(first.extents, second.extents) if pair[0] != pair[1]}
    for item in before:
        call = item.value if isinstance(item, gast.Expr) else None
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and call.func.id == "check_equal":
            unequal.discard(frozenset(getattr(arg, "id", getattr(arg, "value", None)) for arg in call.args))
    return not unequal


def _commute(first: Any, second: Any, same: Same) -> bool:
    one, two = effects_of(first), effects_of(second)
    if one.writes & (two.reads | two.writes) or two.writes & one.reads:
        return False
    return all(
        (a[3] == b[3] and a[3] != "write") or not same(a[0], b[0]) for a in one.accesses for b in two.accesses
    )


def _can_fuse(first: Nest, second: Nest, same: Same) -> bool:
    one, two = effects_of(first), effects_of(second)
    if one.writes & (two.reads | two.writes) or two.writes & one.reads:
        return False
    for a in one.accesses:
        for b in two.accesses:
            if a[3] == b[3] == "read" or not same(a[0], b[0]):
                continue
            if a[0] == b[0] and a[1] == b[1] and a[2] is not None and _hits_once(a[2], len(first.extents)):
                continue
            if a[3] == b[3] == "add":
                continue  # sums have no order
            return False
    return True


def _hits_once(index: gast.expr, rank: int) -> bool:
    """Whether different indices of the nest give different subscripts."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    found = {name for part in parts if (name := _sole_index(part)) is not None}
    return found == set(INDICES[:rank])


def _sole_index(part: gast.expr) -> str | None:
    """The index that a subscript is the sum of and of what does not change in the nest."""
    terms = [part]
    sole: str | None = None
    while terms:
        node = terms.pop()
        if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub)):
            terms += [node.left, node.right]
        elif isinstance(node, gast.Name) and node.id in INDICES:
            if sole is not None:
                return None
            sole = node.id
        elif any(isinstance(n, gast.Name) and n.id in INDICES for n in below(node)):
            return None
    return sole


# -- contraction ------------------------------------------------------------------------------------------------------


def contract(body: list[Any], temporaries: set[str]) -> list[Any]:
    """The statements with those temporaries in scalars that one nest alone writes and reads, element by element."""
    homes: dict[str, set[int]] = {}
    for item in all_items(body):
        names = {
            n.id
            for n in below(item.body if isinstance(item, Nest) else _headline(item))
            if isinstance(n, gast.Name)
        }
        for name in names & temporaries:
            if not _is_allocation(item, name):
                homes.setdefault(name, set()).add(id(item) if isinstance(item, Nest) else 0)
    nests = {id(item): item for item in all_items(body) if isinstance(item, Nest)}
    gone = set()
    for name, places in homes.items():
        place = next(iter(places))
        if len(places) == 1 and place and _is_pointwise(nests[place], name):
            gone.add(name)
    for nest in nests.values():
        nest.body = [_Contracted(gone).visit(stmt) for stmt in nest.body]
        nest.effects = None
    return _without_allocations(body, gone | (temporaries - set(homes)))


def all_items(body: Sequence[Any]) -> Iterator[Any]:
    for item in body:
        yield item
        if not isinstance(item, Nest):
            for block in blocks(item):
                yield from all_items(block)


def _headline(item: Any) -> list[Any]:
    """The expressions of a statement, without those of the blocks in it."""
    if isinstance(item, gast.For):
        return [item.target, item.iter]
    if isinstance(item, (gast.While, gast.If)):
        return [item.test]
    return [item]


def _is_allocation(item: Any, name: str) -> bool:
    return (
        isinstance(item, gast.Assign)
        and isinstance(item.targets[0], gast.Name)
        and item.targets[0].id == name
        and bool(getattr(item, "allocates", False))
    )


def _is_pointwise(nest: Nest, name: str) -> bool:
    rank = len(nest.extents)
    wanted = gast.dump(_identity_index(rank))
    first: str | None = None
    for stmt in nest.body:
        accesses = [a for a in _effects([stmt]).accesses if a[0] == name]
        if any(a[1] != wanted for a in accesses):
            return False
        if accesses and first is None:
            # A statement that reads and writes the element comes later in the list than its first store.
            first = accesses[0][3] if len(accesses) == 1 else "read"
    return first == "write"


def _identity_index(rank: int) -> gast.expr:
    parts = [build.load(name) for name in INDICES[:rank]]
    return parts[0] if rank == 1 else build.tuple_of(parts)


class _Contracted(gast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Subscript(self, node: gast.Subscript) -> gast.AST:
        if isinstance(node.value, gast.Name) and node.value.id in self.names:
            return (
                build.store(node.value.id) if isinstance(node.ctx, gast.Store) else build.load(node.value.id)
            )
        self.generic_visit(node)
        return node


def _without_allocations(body: list[Any], gone: set[str]) -> list[Any]:
    kept = []
    for item in body:
        if not isinstance(item, Nest):
            if any(_is_allocation(item, name) for name in gone):
                continue
            for block in blocks(item):
                block[:] = _without_allocations(block, gone) or [gast.Pass()]
        kept.append(item)
    return kept


# -- as loops ---------------------------------------------------------------------------------------------------------


def render(body: Sequence[Any]) -> list[gast.stmt]:
    """The statements with nests as loops."""
    written: list[gast.stmt] = []
    for item in body:
        if isinstance(item, Nest):
            block = item.body
            for index, extent in reversed(list(zip(INDICES, item.extents))):
                block = [build.for_(index, build.call("range", atom_expr(extent)), block, item.origin)]
            written += block
        else:
            for block in blocks(item):
                block[:] = render(block) or [gast.Pass()]
            written.append(item)
    return written
