"""Calls that rearrange arrays or ask for their shapes."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Value
from tapegen.backends.numba import arrays, reductions, views
from tapegen.backends.numba.handlers import (
    Arguments,
    as_view,
    axes_of,
    constant,
    handles,
)
from tapegen.backends.numba.state import (
    Items,
    Scalar,
    Static,
    View,
    Work,
    atom_expr,
)
from tapegen.lang import build

# -- shapes and layout ------------------------------------------------------------------------------------------------


@handles(np.shape)
def _shape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    return Items(tuple(Scalar(atom_expr(n.atom), "int64", True) for n in x.lengths))


@handles(len)
def _len(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = arguments.positional[0]
    if isinstance(x, Items):
        return Scalar(build.constant(len(x.items)), "int64", True)
    if not isinstance(x, View) or not x.rank:
        raise work.fail("len of what is no array")
    return Scalar(atom_expr(x.lengths[0].atom), "int64", True)


@handles(np.size)
def _size(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    if len(arguments.positional) > 1:
        raise work.fail("np.size along an axis")
    value = reductions.count(x, set(range(x.rank)))
    return Scalar(value, "int64", True)


@handles(np.ndim)
def _ndim(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    return Scalar(build.constant(as_view(work, arguments.positional[0]).rank), "int64", True)


@handles(np.transpose, new=False)
def _transpose(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "axes")
    x = arguments.positional[0]
    if isinstance(x, Scalar):
        return x
    order = axes_of(work, arguments.take(1, "axes", Static(None)))
    return views.transposed(as_view(work, x), [a % x.rank for a in order] if order else range(x.rank)[::-1])


@handles(np.swapaxes, new=False)
def _swapaxes(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    first, second = (constant(work, a) % x.rank for a in arguments.positional[1:3])
    order = list(range(x.rank))
    order[first], order[second] = second, first
    return views.transposed(x, order)


@handles(np.moveaxis, new=False)
def _moveaxis(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    source, target = (axes_of(work, a) or () for a in arguments.positional[1:3])
    order = [axis for axis in range(x.rank) if axis not in {s % x.rank for s in source}]
    for place, axis in sorted(zip((t % x.rank for t in target), (s % x.rank for s in source))):
        order.insert(place, axis)
    return views.transposed(x, order)


@handles(np.expand_dims, new=False)
def _expand(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    return views.expanded(x, axes_of(work, arguments.take(1, "axis")) or ())


@handles(np.squeeze, new=False)
def _squeeze(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    return views.squeezed(work, x, axes_of(work, arguments.take(1, "axis", Static(None))))


@handles(np.broadcast_to, new=False)
def _broadcast(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    lengths = arrays.shape_of(work, arguments.take(1, "shape"), fact)
    return views.broadcast(work, x, lengths)


@handles(np.reshape, np.ravel, new=False)
def _reshape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "shape")
    x = as_view(work, arguments.positional[0])
    if not isinstance(fact, Array) or fact.shape is None:
        raise work.fail("np.reshape to a rank that is not known")
    given = arguments.take(1, "shape", None)
    items = given.items if isinstance(given, Items) else (given,)
    lengths = []
    for axis, dim in enumerate(fact.shape):
        item = items[axis] if axis < len(items) else None
        minus = isinstance(item, Scalar) and isinstance(item.expr, gast.Constant) and item.expr.value == -1

        def compute(item: Any = item, minus: bool = minus) -> gast.expr:
            if not isinstance(item, Scalar) or minus:
                raise work.fail("np.reshape to lengths that are not known")
            return item.expr

        lengths.append(work.length(dim, compute))
    shares = work.classes.is_written(str(x.base))  # type: ignore[attr-defined]
    if not lengths or x.rank == 0:
        raise work.fail("np.reshape to or from rank 0")
    return arrays.reshaped(work, stem, x, tuple(lengths), shares)


@handles(np.asarray, np.ascontiguousarray, np.asanyarray, new=False)
def _asarray(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = arguments.positional[0]
    if not isinstance(x, View) or not x.rank:
        raise work.fail("np.asarray of what is no array")
    return x
