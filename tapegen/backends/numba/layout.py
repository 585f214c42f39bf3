"""Calls that rearrange arrays or ask for their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import SOME, Array, Dim, Size, Value
from tapegen.backends.numba import arrays, reductions, scalars, views
from tapegen.backends.numba.handlers import (
    Arguments,
    as_view,
    axes_of,
    constant,
    handles,
)
from tapegen.backends.numba.state import (
    Items,
    Length,
    Scalar,
    SliceOf,
    Static,
    View,
    Work,
    atom_expr,
)
from tapegen.kernels.products import column_shape, drop_column, product_shape, row_shape
from tapegen.lang import build
from tapegen.lang.walk import below

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


@handles(np.flip, np.flipud, np.fliplr, new=False)
def _flip(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "axis")
    x = as_view(work, arguments.positional[0])
    axes = axes_of(work, arguments.take(1, "axis", Static(None)))
    if arguments.callee is not np.flip:
        axes = (0,) if arguments.callee is np.flipud else (1,)
    for axis in range(x.rank) if axes is None else sorted({axis % x.rank for axis in axes}):
        x = views.flipped(work, x, axis)
    return x


@handles(np.roll)
def _roll(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(3, "axis", "shift")
    x = as_view(work, arguments.take(0, "a"))
    axes = axes_of(work, arguments.take(2, "axis", Static(None)))
    shift = arguments.take(1, "shift")
    if axes is None:
        axes = (0,) if x.rank == 1 else ()
    shifts = shift.items if isinstance(shift, Items) else (shift,) * len(axes)
    if not axes or len(shifts) != len(axes):
        raise work.fail("np.roll of what is no vector, without an axis")
    for axis, by in zip(axes, shifts, strict=True):
        if not isinstance(by, Scalar) or by.dtype != "int64":
            raise work.fail("np.roll by what is no integer")
        x = _rolled(work, stem, x, axis % x.rank, by.expr)
    return x


def _rolled(work: Work, stem: str, x: View, axis: int, by: gast.expr) -> View:
    """A new array: what is pushed out at the end comes in at the start."""
    n = x.lengths[axis]
    first = work.local("first", build.quote("by % max(n, 1)", by=by, n=atom_expr(n.atom)))
    rest = work.local("rest", build.quote("n - first", n=atom_expr(n.atom), first=first))
    result = arrays.allocate(work, stem, x.lengths, x.dtype)
    zero = build.constant(0)
    halves = ((build.load(first), zero, rest), (zero, build.load(rest), first))
    for target, source, length in halves:
        part = Length(length, SOME)
        place = views.window(work, result, axis, target, part)
        value = views.window(work, x, axis, source, part)
        arrays.store(work, place, views.element(value, arrays.index_exprs(x.rank)))
    return result


@handles(np.pad)
def _pad(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(3, "mode", "pad_width", "constant_values")
    x = as_view(work, arguments.take(0, "array"))
    mode = constant(work, arguments.take(2, "mode", Static("constant")))
    value = arguments.take(9, "constant_values", Scalar(build.constant(0), "int64", True))
    widths = constant(work, arguments.take(1, "pad_width"))
    if mode != "constant" or not isinstance(value, Scalar):
        raise work.fail("np.pad other than by a constant")
    pairs = np.broadcast_to(widths, (x.rank, 2)).tolist()
    whole, inner = [], []
    for axis, (before, after) in enumerate(pairs):
        n = x.lengths[axis]
        size = build.quote("n + more", n=atom_expr(n.atom), more=build.constant(before + after))
        known = n.dim + (before + after) if isinstance(n.dim, (int, Size)) else SOME
        whole.append(work.length(known, lambda size=size: size))  # type: ignore[misc]
        inner.append((build.constant(before), n))
    edge = scalars.cast(value, x.dtype).expr
    result = place = arrays.filled(work, stem, tuple(whole), x.dtype, edge)
    work.temporaries.discard(str(result.base))
    for axis, (start, n) in enumerate(inner):
        place = views.window(work, place, axis, start, n)
    arrays.store(work, place, views.element(x, arrays.index_exprs(x.rank)))
    return result


@handles(slice)
def _slice(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(3)
    if any(
        isinstance(n, gast.Name) and work.is_rebound(n.id) for node in arguments.nodes for n in below(node)
    ):
        raise work.fail("a slice whose bounds change")
    bounds = [
        None if isinstance(x, Static) and x.value is None else node
        for x, node in zip(arguments.positional, arguments.nodes, strict=True)
    ]
    lower, upper = (None, bounds[0]) if len(bounds) == 1 else bounds[:2]
    return SliceOf(gast.Slice(lower=lower, upper=upper, step=bounds[2] if len(bounds) > 2 else None))


@handles(row_shape)
def _row_shape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    return _lengths([Length(1, 1)] * (x.rank == 1) + list(x.lengths))


@handles(column_shape)
def _column_shape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    y = as_view(work, arguments.positional[0])
    return _lengths(list(y.lengths) + [Length(1, 1)] * (y.rank == 1))


@handles(product_shape)
def _product_shape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, x, y = (as_view(work, each) for each in arguments.positional)
    lengths = list(ct.lengths)
    if x.rank == 1:
        lengths.insert(len(lengths) - (y.rank > 1), Length(1, 1))
    return _lengths(lengths + [Length(1, 1)] * (y.rank == 1))


@handles(drop_column, new=False)
def _drop_column(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    a, y = (as_view(work, each) for each in arguments.positional)
    return views.rearranged(a, range(a.rank - 1), a.lengths[:-1]) if y.rank == 1 else a


def _lengths(lengths: list[Length]) -> Items:
    return Items(tuple(Scalar(atom_expr(n.atom), "int64", True) for n in lengths))


@handles(np.broadcast_to, new=False)
def _broadcast(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.positional[0])
    lengths = arrays.shape_of(work, arguments.take(1, "shape"), fact)
    return views.broadcast(work, x, lengths)


@handles(np.reshape, np.ravel, new=False)
def _reshape(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "shape", "order")
    if constant(work, arguments.take(9, "order", Static("C"))) != "C":
        raise work.fail("np.reshape in another order than that of rows")
    x = as_view(work, arguments.positional[0])
    given = arguments.take(1, "shape", None)
    items = given.items if isinstance(given, Items) else (given,)
    dims = fact.shape if isinstance(fact, Array) else None
    if dims is None and not isinstance(given, Items):
        raise work.fail("np.reshape to a rank that is not known")
    lengths = []
    for axis, dim in enumerate(dims if dims is not None else [_known_length(item) for item in items]):
        item = items[axis] if axis < len(items) else None
        minus = isinstance(item, Scalar) and isinstance(item.expr, gast.Constant) and item.expr.value == -1

        def compute(item: Any = item, minus: bool = minus) -> gast.expr:
            if not isinstance(item, Scalar):
                raise work.fail("np.reshape to lengths that are not known")
            return _rest(work, x, items) if minus else item.expr

        lengths.append(work.length(dim, compute))
    shares = x.base is not None and work.may_be_written(x.base)
    if not lengths or (x.rank == 0 and x.base is not None):
        raise work.fail("np.reshape to or from rank 0")
    return arrays.reshaped(work, stem, x, tuple(lengths), shares)


def _rest(work: Work, x: View, items: Sequence[Any]) -> gast.expr:
    """The length that -1 stands for: what the others leave of the number of elements."""
    value = reductions.count(x, set(range(x.rank)))
    for item in items:
        if not isinstance(item, Scalar):
            raise work.fail("np.reshape to lengths that are not known")
        if not (isinstance(item.expr, gast.Constant) and item.expr.value == -1):
            value = build.quote("size // max(n, 1)", size=value, n=item.expr)
    return value


def _known_length(item: Any) -> Dim:
    value = item.expr if isinstance(item, Scalar) else None
    return int(value.value) if isinstance(value, gast.Constant) and value.value >= 0 else SOME


@handles(np.asarray, np.ascontiguousarray, np.asanyarray, new=False)
def _asarray(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = arguments.positional[0]
    if not isinstance(x, View) or not x.rank:
        raise work.fail("np.asarray of what is no array")
    return x
