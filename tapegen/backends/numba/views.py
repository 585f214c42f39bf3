"""Views as arithmetic of subscripts: slices, transposes, new axes, broadcasts and gathers; and their elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gast

from tapegen.analysis.values import Size, same_length
from tapegen.backends.numba.state import (
    Affine,
    Atom,
    Gathered,
    Length,
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


def length_expr(length: Length) -> gast.expr:
    return atom_expr(length.atom)


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


def diagonal(work: Work, view: View) -> View:
    """The diagonal of a square matrix."""
    index = Affine(((0, 1),))
    subscripts = tuple(compose(part, [index, index], work) for part in view.subscripts)
    return replace(view, subscripts=subscripts, lengths=view.lengths[:1], part=True)


def flipped(work: Work, view: View, axis: int) -> View:
    """`view` with its elements along one axis in the opposite order."""
    n = view.lengths[axis].atom
    back = (
        Affine(((axis, -1),), None, n - 1) if isinstance(n, int) else Affine(((axis, -1),), atom_expr(n), -1)
    )
    inner = [back if place == axis else Affine(((place, 1),)) for place in range(view.rank)]
    return replace(view, subscripts=tuple(compose(part, inner, work) for part in view.subscripts))


def window(work: Work, view: View, axis: int, start: gast.expr, length: Length) -> View:
    """The part of `view` that begins at `start` along one axis."""
    offset = None if isinstance(start, gast.Constant) else start
    const = int(start.value) if isinstance(start, gast.Constant) else 0
    inner = [
        Affine(((place, 1),), offset, const) if place == axis else Affine(((place, 1),))
        for place in range(view.rank)
    ]
    lengths = tuple(length if place == axis else n for place, n in enumerate(view.lengths))
    subscripts = tuple(compose(part, inner, work) for part in view.subscripts)
    return replace(view, subscripts=subscripts, lengths=lengths, part=True)


def slab(work: Work, view: View, axis: int, place: int) -> View:
    """The elements of `view` at `place` along one axis, without that axis."""
    others = iter(range(view.rank - 1))
    inner = [
        Affine((), None, place) if other == axis else Affine(((next(others), 1),))
        for other in range(view.rank)
    ]
    lengths = tuple(n for other, n in enumerate(view.lengths) if other != axis)
    subscripts = tuple(compose(part, inner, work) for part in view.subscripts)
    return replace(view, subscripts=subscripts, lengths=lengths, part=True)


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
        terms: list[tuple[int, Atom]] = []
        for axis, factor in subscript.terms:
            if axis in factors and factor != 1:
                both = build.quote("a * b", a=atom_expr(factors[axis]), b=atom_expr(factor))
                terms.append((axis, work.local("step", both)))
            else:
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


# -- views of views ---------------------------------------------------------------------------------------------------


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
