"""Arrays of truth values as indices: elements are read and stored in the order in which they stand."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.analysis.values import SOME, Array
from tapegen.backends.numba import arrays, scalars, views
from tapegen.backends.numba.state import Length, Scalar, View, Work
from tapegen.lang import build


def mask_of(work: Work, view: View, index: gast.expr) -> View | None:
    """The array of truth values that `index` is, if it is one.

    Raises: Unsupported if its shape is not that of `view`.
    """
    known = work.env.get(index.id) if isinstance(index, gast.Name) else None
    fact = work.evaluate(index)
    if known is None and isinstance(fact, Array) and fact.dtype == "bool" and fact.scalar is False:
        known = work.value(index)  # type: ignore[attr-defined]
    if not isinstance(known, View) or known.dtype != "bool":
        return None
    if known.rank != view.rank:
        raise work.fail("a mask of lower rank than the array")
    return views.broadcast(work, known, view.lengths)


def read(work: Work, view: View, mask: View, stem: str) -> View:
    """A new vector of the elements where `mask` is true."""
    indices = arrays.index_exprs(view.rank)
    count, place = work.namer("count"), work.namer("place")
    for name in (count, place):
        work.emit(build.assign(name, build.constant(0)))
    test = views.element(mask, indices)
    arrays.nest(work, view.lengths, [build.if_(test, [_increment(count)], [])])
    result = arrays.allocate(work, stem, (Length(count, SOME),), view.dtype)
    work.temporaries.discard(str(result.base))
    target = views.store_target(result, [build.load(place)])
    move = build.assign(target, views.element(view, indices))
    arrays.nest(work, view.lengths, [build.if_(build.clone(test), [move, _increment(place)], [])])
    return result


def write(work: Work, view: View, mask: View, value: Any, op: gast.operator | None) -> None:
    """`view[mask] = value`, or `view[mask] op= value`."""
    if not isinstance(value, (Scalar, View)):
        raise work.fail("a store of what is neither a number nor an array")
    indices = arrays.index_exprs(view.rank)
    step: list[gast.stmt] = []
    if isinstance(value, View) and value.rank:
        if value.rank != 1:
            raise work.fail("a store of what is no vector where a mask is true")
        value = arrays.copied(work, value, "old")
        work.temporaries.discard(str(value.base))
        place = work.namer("place")
        work.emit(build.assign(place, build.constant(0)))
        at = build.call(work.kernel("at"), build.load(place), views.length_expr(value.lengths[0]))
        new = Scalar(views.element(value, [at]), value.dtype, False)
        step.append(_increment(place))
    else:
        new = Scalar(views.element(value, ()), value.dtype, False) if isinstance(value, View) else value
    if op is not None:
        old = Scalar(views.element(view, indices), view.dtype, False)
        new = scalars.binary(work, op, old, new, view.dtype)
    store = build.assign(views.store_target(view, indices), scalars.cast(new, view.dtype).expr)
    arrays.nest(work, view.lengths, [build.if_(views.element(mask, indices), [store, *step], [])])


def _increment(name: str) -> gast.stmt:
    return gast.AugAssign(target=build.store(name), op=gast.Add(), value=build.constant(1))
