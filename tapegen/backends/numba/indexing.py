"""Indexing: numbers, slices, new axes and arrays of integers, as the subscripts of a view."""

from __future__ import annotations

from dataclasses import replace

import gast
import numpy as np

from tapegen.analysis.values import SOME, Array, Dim, Number, Size, Value
from tapegen.backends.numba.state import (
    Affine,
    Gathered,
    Length,
    Scalar,
    SliceOf,
    Subscript,
    View,
    Work,
    atom_expr,
)
from tapegen.backends.numba.views import broadcast, compose, element, joint_length
from tapegen.lang import build


def indexed(work: Work, view: View, index: gast.expr, fact: Value) -> View | Scalar:
    """`view[index]`; a number where every axis is given one.

    Args:
        fact: what is known of the result, for its lengths.
    """
    parts = list(index.elts) if isinstance(index, gast.Tuple) else [index]
    parts = [build.constant(None) if _is_new_axis(work, part) else part for part in parts]
    parts = _without_ellipsis(work, view, parts)
    dims: list[Dim | None] = list(fact.shape) if isinstance(fact, Array) and fact.shape is not None else []
    parts = [_spelled_out(work, part) for part in parts]
    if sum(_is_array(work, part) for part in parts) > 1 or (
        any(_is_array(work, part) for part in parts) and any(_is_number(part, work) for part in parts)
    ):
        return _indexed_by_several(work, view, parts)
    subscripts: list[Subscript] = []
    lengths: list[Length] = []
    axis = 0
    for part in parts:
        if isinstance(part, gast.Constant) and part.value is None:
            lengths.append(Length(1, 1))
            continue
        n = view.lengths[axis]
        if isinstance(part, gast.Slice):
            dim = dims[len(lengths)] if len(lengths) < len(dims) else None
            offset, const, step, length = sliced(work, n, part, dim)
            subscripts.append(Affine(((len(lengths), step),), offset, const))
            lengths.append(length)
        else:
            known = work.value(part)  # type: ignore[attr-defined]
            if isinstance(known, View):
                if known.dtype != "int64":
                    raise work.fail(f"an index of dtype {known.dtype}")
                work.kernel("at")
                axes = tuple(range(len(lengths), len(lengths) + known.rank))
                subscripts.append(Gathered(known, axes, n))
                lengths += known.lengths
            else:
                subscripts.append(point(work, n, known, part))
        axis += 1
    composed = [compose(view_part, subscripts, work) for view_part in view.subscripts]
    cut = view.part or any(isinstance(part, gast.Slice) and not _is_full(part) for part in parts)
    result = replace(view, subscripts=tuple(composed), lengths=tuple(lengths), part=cut)
    if result.rank == 0 and not any(
        isinstance(part, gast.Constant) and part.value is Ellipsis for part in parts
    ):
        return Scalar(element(result, ()), view.dtype, False)
    return result


def _spelled_out(work: Work, part: gast.expr) -> gast.expr:
    """A part of an index; the slice that a variable holds, spelled out."""
    known = work.env.get(part.id) if isinstance(part, gast.Name) else None
    return known.node if isinstance(known, SliceOf) else part


def _indexed_by_several(work: Work, view: View, parts: list[gast.expr]) -> View:
    """`view[parts]` where several are arrays, or arrays and numbers, that stand side by side."""
    advanced = [i for i, part in enumerate(parts) if _is_array(work, part) or _is_number(part, work)]
    if advanced != list(range(advanced[0], advanced[-1] + 1)):
        raise work.fail("an index with arrays that do not stand side by side")
    if any(isinstance(part, gast.Constant) and part.value is None for part in parts):
        raise work.fail("an index with arrays and new axes")
    known = {i: work.value(parts[i]) for i in advanced}  # type: ignore[attr-defined]
    picked = [each for each in known.values() if isinstance(each, View)]
    if any(each.dtype != "int64" for each in picked):
        raise work.fail("an index of several arrays that are not all of integers")
    rank = max(each.rank for each in picked)
    joint = []
    for axis in range(rank):
        own = [each.lengths[axis - rank + each.rank] for each in picked if axis - rank + each.rank >= 0]
        joint.append(joint_length(work, own))
    subscripts: list[Subscript] = []
    lengths: list[Length] = []
    for axis, part in enumerate(parts):
        n = view.lengths[axis]
        if axis == advanced[0]:
            first = len(lengths)
            lengths += joint
        if isinstance(part, gast.Slice):
            offset, const, step, length = sliced(work, n, part, None)
            subscripts.append(Affine(((len(lengths), step),), offset, const))
            lengths.append(length)
        elif isinstance(known[axis], View):
            work.kernel("at")
            stretched = broadcast(work, known[axis], joint)
            subscripts.append(Gathered(stretched, tuple(range(first, first + rank)), n))
        else:
            subscripts.append(point(work, n, known[axis], part))
    composed = tuple(compose(part, subscripts, work) for part in view.subscripts)
    return replace(view, subscripts=composed, lengths=tuple(lengths), part=True)


def _is_full(part: gast.Slice) -> bool:
    return part.lower is part.upper is part.step is None


def _without_ellipsis(work: Work, view: View, parts: list[gast.expr]) -> list[gast.expr]:
    """The index with an ellipsis spelled out, and whole slices at the end."""
    full = gast.Slice(lower=None, upper=None, step=None)
    given = sum(
        not (isinstance(p, gast.Constant) and (p.value is None or p.value is Ellipsis)) for p in parts
    )
    missing = view.rank - given
    if missing < 0:
        raise work.fail("more indices than axes")
    found: list[gast.expr] = []
    seen = False
    for part in parts:
        if isinstance(part, gast.Constant) and part.value is Ellipsis:
            found += [full] * missing
            seen = True
        else:
            found.append(part)
    return found if seen else [*found, *[full] * missing]


def _is_new_axis(work: Work, part: gast.expr) -> bool:
    return isinstance(part, gast.Attribute) and part.attr == "newaxis" and work.lookup(part.value) is np


def _is_array(work: Work, part: gast.expr) -> bool:
    return isinstance(part, gast.Name) and isinstance(work.env.get(part.id), View)


def _is_number(part: gast.expr, work: Work) -> bool:
    return (
        not isinstance(part, gast.Slice)
        and not _is_array(work, part)
        and not (isinstance(part, gast.Constant) and part.value is None)
    )


def point(work: Work, n: Length, known: object, node: gast.expr) -> Affine:
    """The subscript that is one number; what may be out of bounds is checked when the code runs."""
    if not isinstance(known, Scalar) or known.dtype not in ("int64", "int32"):
        raise work.fail("an index that is no integer")
    value = known.expr.value if isinstance(known.expr, gast.Constant) else None
    if isinstance(known.expr, gast.UnaryOp) and isinstance(known.expr.operand, gast.Constant):
        value = -known.expr.operand.value
    if isinstance(value, int) and isinstance(n.atom, int):
        if not -n.atom <= value < n.atom:
            raise work.fail("an index that is out of bounds")
        return Affine((), None, value % n.atom)
    if isinstance(value, int) and _least(n) > (value if value >= 0 else -value - 1):
        return Affine((), None if value >= 0 else atom_expr(n.atom), value)
    if work.is_within(known.expr, n):
        return Affine((), known.expr, 0)
    return Affine((), work.once("place", build.call(work.kernel("at"), known.expr, atom_expr(n.atom))), 0)


def _least(n: Length) -> int:
    if isinstance(n.atom, int):
        return n.atom
    return n.dim.least if isinstance(n.dim, Size) else 0


def sliced(
    work: Work, n: Length, part: gast.Slice, dim: Dim | None
) -> tuple[gast.expr | None, int, int, Length]:
    """Where a slice of an axis starts (a variable and a constant part), its step, and its length."""
    step = 1 if part.step is None else static_int(work, part.step)
    if step is None or step == 0:
        raise work.fail("a slice with a step that is not known")
    if step < 0 and (step != -1 or part.lower is not None or part.upper is not None):
        return _sliced_back(work, n, part, step, dim)
    if step == -1:
        if isinstance(n.atom, int):
            return None, max(n.atom - 1, 0), -1, n
        return atom_expr(n.atom), -1, -1, n
    start, offset, const = _bound(work, n, part.lower, build.constant(0))
    stop, _, _ = _bound(work, n, part.upper, atom_expr(n.atom))

    def compute() -> gast.expr:
        if step == 1 and _is_zero(start):
            return stop
        difference = gast.BinOp(left=stop, op=gast.Sub(), right=start)
        return build.call(work.kernel("span"), difference, build.constant(step))

    if isinstance(part.lower, type(None)) and isinstance(part.upper, type(None)) and step == 1:
        return None, 0, 1, n
    return offset, const, step, work.length(dim if dim is not None else SOME, compute)


def _sliced_back(
    work: Work, n: Length, part: gast.Slice, step: int, dim: Dim | None
) -> tuple[gast.expr | None, int, int, Length]:
    """`sliced` for a slice that runs backwards: from `lower` down to what comes after `upper`."""
    before_all, last = build.constant(-1), build.quote("n - 1", n=atom_expr(n.atom))
    ends = []
    for node, default in ((part.lower, last), (part.upper, before_all)):
        known = None if node is None else work.value(node)  # type: ignore[attr-defined]
        if known is None:
            ends.append(default)
        elif isinstance(known, Scalar) and known.dtype == "int64":
            ends.append(build.call(work.kernel("bound_back"), known.expr, atom_expr(n.atom)))
        else:
            raise work.fail("a bound of a slice that is no integer")
    start = work.once("start", ends[0])
    difference = gast.BinOp(left=ends[1], op=gast.Sub(), right=build.clone(start))
    length = build.call(work.kernel("span"), difference, build.constant(step))
    return start, 0, step, work.length(dim if dim is not None else SOME, lambda: length)


def _is_zero(node: gast.expr) -> bool:
    return isinstance(node, gast.Constant) and node.value == 0


def _bound(
    work: Work, n: Length, node: gast.expr | None, default: gast.expr
) -> tuple[gast.expr, gast.expr | None, int]:
    """A bound of a slice between 0 and the length: as an expression, and as a variable and a constant part."""
    if node is None:
        return default, None if isinstance(default, gast.Constant) else default, 0
    value = static_int(work, node)
    if value is not None:
        if isinstance(n.atom, int):
            at = min(max(value + n.atom if value < 0 else value, 0), n.atom)
            return build.constant(at), None, at
        if 0 <= value <= _least(n):
            return build.constant(value), None, value
        if value < 0 and -value <= _least(n):
            return (
                build.quote("n - c", n=atom_expr(n.atom), c=build.constant(-value)),
                atom_expr(n.atom),
                value,
            )
    known = work.value(node)  # type: ignore[attr-defined]
    if not isinstance(known, Scalar) or known.dtype != "int64":
        raise work.fail("a bound of a slice that is no integer")
    place = work.once("bound", build.call(work.kernel("bound"), known.expr, atom_expr(n.atom)))
    return place, build.clone(place), 0


def static_int(work: Work, node: gast.expr) -> int | None:
    """The integer that an expression is known to be."""
    fact = work.evaluate(node)
    if isinstance(fact, Number) and fact.kind == "int" and isinstance(fact.value, int):
        return fact.value
    return None
