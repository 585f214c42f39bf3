"""Views as arithmetic of subscripts: slices, transposes, new axes, broadcasts and gathers; and their elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gast
import numpy as np

from tapegen.analysis.values import SOME, Array, Dim, Number, Size, Value, same_length
from tapegen.backends.numba.state import (
    Affine,
    Atom,
    Gathered,
    Length,
    Scalar,
    Subscript,
    View,
    Work,
    atom_expr,
)
from tapegen.lang import build

# -- elements ---------------------------------------------------------------------------------------------------------


def element(view: View, indices: Sequence[gast.expr | None]) -> gast.expr:
    """The element at `indices`, one for each axis; None is an index 0."""
    if view.base is None:
        assert view.fill is not None
        return build.clone(view.fill)
    return _subscripted(view.base, [_subscript(s, indices) for s in view.subscripts])


def store_target(view: View, indices: Sequence[gast.expr | None]) -> gast.Subscript:
    """The element as the target of a store."""
    assert view.base is not None
    node = _subscripted(view.base, [_subscript(s, indices) for s in view.subscripts])
    node.ctx = gast.Store()
    return node


def _subscripted(base: str, parts: list[gast.expr]) -> gast.Subscript:
    index = parts[0] if len(parts) == 1 else build.tuple_of(parts)
    return gast.Subscript(value=build.load(base), slice=index, ctx=gast.Load())


def _subscript(subscript: Subscript, indices: Sequence[gast.expr | None]) -> gast.expr:
    if isinstance(subscript, Gathered):
        inner = element(subscript.indices, [indices[axis] for axis in subscript.axes])
        return build.call("at", inner, atom_expr(subscript.length.atom))
    found: gast.expr | None = None if subscript.offset is None else build.clone(subscript.offset)
    for axis, factor in subscript.terms:
        index = indices[axis]
        if index is not None:
            term = build.clone(index)
            if factor == -1:
                found = (
                    gast.UnaryOp(op=gast.USub(), operand=term)
                    if found is None
                    else _sum(found, gast.Sub(), term)
                )
                continue
            if factor != 1:
                term = gast.BinOp(left=atom_expr(factor), op=gast.Mult(), right=term)
            found = term if found is None else _sum(found, gast.Add(), term)
    if found is None:
        return build.constant(subscript.const)
    if subscript.const:
        op: gast.operator = gast.Add() if subscript.const > 0 else gast.Sub()
        return _sum(found, op, build.constant(abs(subscript.const)))
    return found


def _sum(left: gast.expr, op: gast.operator, right: gast.expr) -> gast.expr:
    return gast.BinOp(left=left, op=op, right=right)


# -- axes -------------------------------------------------------------------------------------------------------------


def rearranged(view: View, axes: Sequence[int | None], lengths: Sequence[Length]) -> View:
    """The view whose axis `j` is the axis `axes[j]` of `view`, or a new one where that is None.

    Axes of `view` that do not appear must be of length 1, or the element does not depend on them.
    """
    place = {old: new for new, old in enumerate(axes) if old is not None}

    def moved(subscript: Subscript) -> Subscript:
        if isinstance(subscript, Gathered):
            if not all(axis in place for axis in subscript.axes):
                kept = [(i, axis) for i, axis in enumerate(subscript.axes) if axis in place]
                inner = rearranged(
                    subscript.indices, [i for i, _ in kept], [subscript.indices.lengths[i] for i, _ in kept]
                )
                return replace(subscript, indices=inner, axes=tuple(place[axis] for _, axis in kept))
            return replace(subscript, axes=tuple(place[axis] for axis in subscript.axes))
        return replace(subscript, terms=tuple((place[a], f) for a, f in subscript.terms if a in place))

    return replace(view, subscripts=tuple(map(moved, view.subscripts)), lengths=tuple(lengths))


def transposed(view: View, order: Sequence[int]) -> View:
    return rearranged(view, order, [view.lengths[axis] for axis in order])


def expanded(view: View, axes: Sequence[int]) -> View:
    """`view` with new axes of length 1 at `axes` of the result."""
    rank = view.rank + len(axes)
    new = {axis % rank for axis in axes}
    old = iter(range(view.rank))
    places = [None if axis in new else next(old) for axis in range(rank)]
    return rearranged(view, places, [Length(1, 1) if p is None else view.lengths[p] for p in places])


def squeezed(work: Work, view: View, axes: Sequence[int] | None) -> View:
    """`view` without its axes of length 1."""
    if axes is None:
        if any(not n.is_one and not n.not_one for n in view.lengths):
            raise work.fail("np.squeeze of an array whose lengths are not known")
        drop = {axis for axis, n in enumerate(view.lengths) if n.is_one}
    else:
        drop = {axis % view.rank for axis in axes}
        if any(not view.lengths[axis].is_one for axis in drop):
            raise work.fail("np.squeeze of an axis that is not known to be of length 1")
    kept = [axis for axis in range(view.rank) if axis not in drop]
    return rearranged(view, kept, [view.lengths[axis] for axis in kept])


def broadcast(work: Work, view: View, lengths: Sequence[Length]) -> View:
    """`view` stretched to `lengths`."""
    extra = len(lengths) - view.rank
    if extra < 0:
        raise work.fail("broadcasting to a lower rank")
    places: list[int | None] = [None] * extra
    factors: dict[int, Atom] = {}
    for axis, (own, wanted) in enumerate(zip(view.lengths, lengths[extra:], strict=True)):
        if own.is_one and not wanted.is_one:
            places.append(None)
            continue
        places.append(axis)
        factor = fit(work, own, wanted)
        if factor != 1:
            factors[axis] = factor
    return rearranged(_scaled(work, view, factors), places, lengths)


def _scaled(work: Work, view: View, factors: dict[int, Atom]) -> View:
    """`view` with the indices of some axes multiplied by 0 or 1, as a local says."""
    if not factors:
        return view

    def scaled(subscript: Subscript) -> Subscript:
        if isinstance(subscript, Gathered):
            inner = {i: factors[a] for i, a in enumerate(subscript.axes) if a in factors}
            return replace(subscript, indices=_scaled(work, subscript.indices, inner))
        terms = []
        for axis, factor in subscript.terms:
            if axis in factors and factor != 1:
                raise work.fail("a slice with a step, of a length that may be 1")
            terms.append((axis, factors.get(axis, factor)))
        return replace(subscript, terms=tuple(terms))

    return replace(view, subscripts=tuple(map(scaled, view.subscripts)))


def fit(work: Work, own: Length, wanted: Length) -> Atom:
    """What indices along an axis are multiplied by, so that it fits one of length `wanted`: 1, or where it may be of
    length 1 a local that is 0 if it is. Lengths that do not fit raise when the code runs."""
    one, other = work.canonical(own.atom), work.canonical(wanted.atom)
    if one == other:
        return 1
    if own.not_one or (isinstance(own.dim, Size) and same_length(own.dim, wanted.dim)):
        if isinstance(own.atom, int) and isinstance(wanted.atom, int):
            raise work.fail(f"arrays of lengths {own.atom} and {wanted.atom} that do not fit")
        check = build.call(work.kernel("check_equal"), atom_expr(one), atom_expr(other))
        work.emit(build.expression(check), early=True)
        work.note_equal(one, other)
        return 1
    return work.local("step", build.call(work.kernel("step"), atom_expr(own.atom), atom_expr(wanted.atom)))


def joint_length(work: Work, lengths: Sequence[Length]) -> Length:
    """The length of an axis along which arrays of these lengths are broadcast together."""
    candidates = [n for n in lengths if not n.is_one]
    if not candidates:
        return Length(1, 1)
    sure = [n for n in candidates if n.not_one]
    if sure:
        return min(sure, key=lambda n: not isinstance(n.atom, int))
    first = candidates[0]
    for other in candidates[1:]:
        if other.atom != first.atom:
            value = build.call(work.kernel("joint"), atom_expr(first.atom), atom_expr(other.atom))
            first = Length(work.local("n", value), Size.of(f"joint {len(work.namer.taken)}#"))
    return first


# -- indexing ---------------------------------------------------------------------------------------------------------


def indexed(work: Work, view: View, index: gast.expr, fact: Value) -> View | Scalar:
    """`view[index]`; a number where every axis is given one.

    Args:
        fact: what is known of the result, for its lengths.
    """
    parts = list(index.elts) if isinstance(index, gast.Tuple) else [index]
    parts = [build.constant(None) if _is_new_axis(work, part) else part for part in parts]
    parts = _without_ellipsis(work, view, parts)
    dims: list[Dim | None] = list(fact.shape) if isinstance(fact, Array) and fact.shape is not None else []
    arrays = [i for i, part in enumerate(parts) if _is_array(work, part)]
    if arrays and (len(arrays) > 1 or any(_is_number(part, work) for part in parts)):
        raise work.fail("an index with several arrays")
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
    result = replace(view, subscripts=tuple(composed), lengths=tuple(lengths))
    if result.rank == 0 and not any(
        isinstance(part, gast.Constant) and part.value is Ellipsis for part in parts
    ):
        return Scalar(element(result, ()), view.dtype, False)
    return result


def compose(outer: Subscript, inner: Sequence[Subscript], work: Work) -> Subscript:
    """A subscript of the base in terms of the axes of a view of the view."""
    if isinstance(outer, Gathered):
        indices = outer.indices
        if all(inner[axis] == Affine(((axis, 1),)) for axis in outer.axes):
            return outer
        picked = [inner[axis] for axis in outer.axes]
        if any(isinstance(part, Gathered) for part in picked):
            raise work.fail("an index of an array picked by an array")
        used = sorted({axis for part in picked if isinstance(part, Affine) for axis, _ in part.terms})
        place = {axis: i for i, axis in enumerate(used)}
        local = [
            Affine(tuple((place[a], f) for a, f in part.terms), part.offset, part.const)
            for part in picked
            if isinstance(part, Affine)
        ]
        composed = tuple(compose(part, local, work) for part in indices.subscripts)
        return Gathered(
            replace(indices, subscripts=composed, lengths=tuple(Length(0, 0) for _ in used)),
            tuple(used),
            outer.length,
        )
    if len(outer.terms) == 1 and outer.terms[0][1] == 1 and outer.offset is None and outer.const == 0:
        return inner[outer.terms[0][0]]
    terms: list[tuple[int, Atom]] = []
    offset, const = outer.offset, outer.const
    for axis, factor in outer.terms:
        part = inner[axis]
        if isinstance(part, Gathered):
            raise work.fail("an array as index of a view")
        for new_axis, new_factor in part.terms:
            if factor == 1:
                terms.append((new_axis, new_factor))
            elif new_factor == 1:
                terms.append((new_axis, factor))
            elif isinstance(factor, int) and isinstance(new_factor, int):
                terms.append((new_axis, factor * new_factor))
            else:
                raise work.fail("a view of a view with steps that are not known")
        if isinstance(factor, int):
            const += factor * part.const
            added = part.offset
            if added is not None and factor != 1:
                added = gast.BinOp(left=build.constant(factor), op=gast.Mult(), right=build.clone(added))
        else:
            added = part.offset
            if part.const:
                added = (
                    build.constant(part.const)
                    if added is None
                    else _sum(added, gast.Add(), build.constant(part.const))
                )
            if added is not None:
                added = gast.BinOp(left=atom_expr(factor), op=gast.Mult(), right=build.clone(added))
        if added is not None:
            offset = added if offset is None else _sum(offset, gast.Add(), added)
    return Affine(tuple(terms), offset, const)


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
    if step is None or step == 0 or (step < 0 and step != -1):
        raise work.fail("a slice with a step that is not known")
    if step == -1:
        if part.lower is not None or part.upper is not None:
            raise work.fail("a slice that runs backwards between bounds")
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
