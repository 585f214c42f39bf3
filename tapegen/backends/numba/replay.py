"""Residuals that need no storage: what the adjoint can compute again from what lasts.

A value pushed in a loop is spelled out in terms of the variables of the loops around it, of locals that are bound once
before all loops, and of elements that are not overwritten any more. If that is cheap, the adjoint's loop, which runs
over the same range backwards, evaluates it with its own variables in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import gast

from tapegen.backends.numba.state import Affine, Atom, Length, Loop, Scalar, Subscript, View, Work, atom_expr
from tapegen.lang import build

BUDGET = 20
"""So many operations may be repeated for one number."""
_CHEAP = frozenset({"at", "bound", "span", "max", "min", "float"})
_OPERATORS = (gast.Add, gast.Sub, gast.Mult)


class Stored(Exception):
    """A value that was to be computed again must be stored after all."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Recipe:
    """A number or view in terms of what lasts, and the loops in which it was pushed."""

    value: Scalar | View
    loops: tuple[Loop, ...]


class _Speller:
    """Spells expressions out in terms of what lasts."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.left = BUDGET
        self.indices = {loop.local for loop in work.loops if loop.local}

    def spelled(self, node: gast.expr) -> gast.expr | None:
        self.left -= 1
        if self.left < 0:
            return None
        if isinstance(node, gast.Constant):
            return node
        if isinstance(node, gast.Name):
            return self.name(node)
        if isinstance(node, gast.BinOp) and isinstance(node.op, _OPERATORS):
            left, right = self.spelled(node.left), self.spelled(node.right)
            return None if left is None or right is None else gast.BinOp(left=left, op=node.op, right=right)
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
            operand = self.spelled(node.operand)
            return None if operand is None else gast.UnaryOp(op=node.op, operand=operand)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in _CHEAP:
            args = [self.spelled(arg) for arg in node.args]
            return None if any(arg is None for arg in args) else build.call(node.func.id, *args)
        if isinstance(node, gast.Subscript):
            return self.element(node)
        return None

    def name(self, node: gast.Name) -> gast.expr | None:
        if node.id in self.indices or node.id in self.work.settled:
            return node
        known = self.work.definitions.get(node.id)
        return None if known is None else self.spelled(known)

    def element(self, node: gast.Subscript) -> gast.expr | None:
        base = node.value
        if not isinstance(base, gast.Name) or base.id not in self.work.settled:
            return None
        if not getattr(node, "lasts", False) and not self.work.never_written(base.id):
            return None
        parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        new = [self.spelled(part) for part in parts]
        if any(part is None for part in new):
            return None
        index = build.tuple_of(new) if isinstance(node.slice, gast.Tuple) else new[0]
        return gast.Subscript(value=base, slice=index, ctx=gast.Load())

    def atom(self, atom: Atom) -> gast.expr | None:
        return self.spelled(atom_expr(atom))


def recipe(work: Work, name: str, depth: int, known: Scalar | View) -> Recipe | None:
    """How a value pushed on the list `name`, `depth` lists deep, is computed again; None if it must be stored."""
    if name in work.stored or not is_regular(work, depth):
        return None
    speller = _Speller(work)
    if isinstance(known, Scalar):
        expr = speller.spelled(known.expr)
        return None if expr is None else Recipe(replace(known, expr=expr), tuple(work.loops))
    if known.base is None or known.base not in work.settled:
        return None
    if not known.lasts and not work.never_written(known.base):
        return None
    subscripts: list[Subscript] = []
    for part in known.subscripts:
        if not isinstance(part, Affine):
            return None
        speller.left = BUDGET
        offset = None if part.offset is None else speller.spelled(part.offset)
        if part.offset is not None and offset is None:
            return None
        if not all(isinstance(factor, int) or factor in work.settled for _, factor in part.terms):
            return None
        subscripts.append(replace(part, offset=offset))
    lengths = [length(work, n) for n in known.lengths]
    if any(n is None for n in lengths):
        return None
    return Recipe(replace(known, subscripts=tuple(subscripts)), tuple(work.loops))


def length(work: Work, n: Length) -> gast.expr | None:
    """A length in terms of what lasts."""
    return _Speller(work).atom(n.atom)


def is_regular(work: Work, depth: int) -> bool:
    """Whether the last `depth` loops, one for each level of a list, run over ranges."""
    return depth <= len(work.loops) and all(loop.local for loop in work.loops[-depth:])


def mapping(work: Work, name: str, loops: tuple[Loop, ...]) -> Mapping[str, gast.expr]:
    """The variables of the loops here for those of `loops`, which ran over the same ranges forwards.

    Raises: Stored if they do not correspond.
    """
    if len(loops) != len(work.loops):
        raise Stored(name)
    found: dict[str, gast.expr] = {}
    names: dict[str, str] = {}
    for there, here in zip(loops, work.loops, strict=True):
        if there is here:
            continue
        if not there.local or not here.local or here.node is None or there.node is None:
            raise Stored(name)
        holes = {name: build.load(new) for name, new in names.items()}
        ranges = [build.substitute(arg, holes) for arg in there.node.args]
        if list(map(gast.dump, ranges)) != list(map(gast.dump, here.node.args)) or not here.backwards:
            raise Stored(name)
        names[there.target] = here.target
        found[there.local] = build.load(here.local)
    return found


def replayed(work: Work, name: str, target: str, known: Recipe, dims: list[Length]) -> Scalar | View:
    """The value that a recipe stands for, in the adjoint's loop.

    Args:
        dims: the lengths, for a view.
    """
    holes = dict(mapping(work, name, known.loops))
    if isinstance(known.value, Scalar):
        work.emit(build.assign(target, build.substitute(known.value.expr, holes)))
        return replace(known.value, expr=build.load(target))
    parts = []
    for part in known.value.subscripts:
        assert isinstance(part, Affine)
        offset = None if part.offset is None else work.once("start", build.substitute(part.offset, holes))
        parts.append(replace(part, offset=offset))
    return replace(known.value, subscripts=tuple(parts), lengths=tuple(dims))
