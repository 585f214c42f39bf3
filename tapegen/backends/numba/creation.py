"""Calls that make arrays: filled ones, and others joined."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Value
from tapegen.backends.numba import arrays, scalars, views
from tapegen.backends.numba.handlers import (
    Arguments,
    as_view,
    constant,
    handles,
    result_dtype,
)
from tapegen.backends.numba.state import (
    Affine,
    Items,
    Scalar,
    Static,
    View,
    Work,
    atom_expr,
    dtype_of,
)
from tapegen.kernels import zeros_like as zero_cotangent
from tapegen.kernels.trees import copied as copied_kernel
from tapegen.kernels.trees import copied_tree
from tapegen.lang import build

# -- creation ---------------------------------------------------------------------------------------------------------

_FILLS = {np.zeros: 0, np.ones: 1, np.empty: 0, np.zeros_like: 0, np.ones_like: 1, np.empty_like: 0}


def _register_fills() -> None:
    for function, value in _FILLS.items():

        def handler(
            work: Work, arguments: Arguments, fact: Value, stem: str, value: int = value, f: Any = function
        ) -> Any:
            arguments.only(2, "shape", "dtype", "a")
            if f in (np.zeros, np.ones, np.empty):
                lengths = arrays.shape_of(work, arguments.take(0, "shape"), fact)
            else:
                lengths = as_view(work, arguments.take(0, "a")).lengths
            dtype = result_dtype(work, fact)
            return arrays.constant_array(
                work, stem, lengths, dtype, Scalar(arrays.typed(value, dtype), dtype, False)
            )

        handles(function)(handler)


_register_fills()


@handles(np.full, np.full_like)
def _full(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(3, "fill_value", "dtype")
    shape, value = arguments.take(0, "shape"), arguments.take(1, "fill_value")
    if not isinstance(value, Scalar):
        raise work.fail("np.full with an array")
    like = isinstance(shape, View)
    lengths = shape.lengths if like else arrays.shape_of(work, shape, fact)
    return arrays.constant_array(work, stem, lengths, result_dtype(work, fact), value)


@handles(zero_cotangent)
def _zero(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = arguments.positional[0]
    if isinstance(x, Scalar):
        dtype = x.dtype if scalars.is_float(x.dtype) else "float64"
        return Scalar(arrays.typed(0, dtype), dtype, x.python)
    x = as_view(work, x)
    dtype = x.dtype if scalars.is_float(x.dtype) else "float64"
    return arrays.constant_array(work, stem, x.lengths, dtype, Scalar(arrays.typed(0, dtype), dtype, False))


@handles(np.eye, np.identity)
def _eye(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1, "dtype")
    size = arguments.take(0, "N")
    lengths = arrays.shape_of(work, Items((size, size)), fact)
    dtype = result_dtype(work, fact)
    k0, k1 = arrays.index_exprs(2)
    one, zero = arrays.typed(1, dtype), arrays.typed(0, dtype)
    value = gast.IfExp(test=build.quote("a == b", a=k0, b=k1), body=one, orelse=zero)
    return arrays.filled(work, stem, lengths, dtype, value)


@handles(np.arange)
def _arange(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    if dtype_of(fact) != "int64" or not isinstance(fact, Array) or fact.shape is None:
        raise work.fail("np.arange of floats")
    bounds = [b for b in arguments.positional if isinstance(b, Scalar) and b.dtype == "int64"]
    if len(bounds) != len(arguments.positional):
        raise work.fail("np.arange of what are no integers")
    start = bounds[0].expr if len(bounds) == 2 else build.constant(0)
    length = work.length(fact.shape[0], lambda: build.quote("max(b - a, 0)", a=start, b=bounds[-1].expr))
    index = arrays.index_exprs(1)[0]
    value = index if len(bounds) == 1 else gast.BinOp(left=build.clone(start), op=gast.Add(), right=index)
    assert value is not None
    return arrays.filled(work, stem, (length,), "int64", value)


@handles(np.copy, copied_kernel, copied_tree)
def _copy(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = arguments.positional[0]
    if not isinstance(x, View):
        return x
    unchanged = x.base is not None and (x.lasts or work.never_written(x.base))
    if arguments.callee is not np.copy and unchanged and not work.classes.is_written(stem):  # type: ignore[attr-defined]
        return x
    return arrays.copied(work, x, stem)


@handles(np.array, np.stack, np.concatenate)
def _join(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    """Arrays beside each other: the result is allocated, and each part stored in its place."""
    arguments.only(2, "axis")
    parts = arguments.positional[0]
    callee = arguments.callee
    if callee is np.array and isinstance(parts, View):
        return arrays.copied(work, parts, stem)
    if not isinstance(parts, Items) or not parts.items or not isinstance(fact, Array) or fact.shape is None:
        raise work.fail(f"np.{callee.__name__} of a list that is not known")
    if callee is np.array and (arguments.named or len(arguments.positional) > 1):
        raise work.fail("np.array with a dtype")
    axis = 0 if callee is np.array else constant(work, arguments.take(1, "axis", Static(0)))
    pieces = [_as_piece(work, item, stem) for item in parts.items]
    if callee is not np.concatenate:
        pieces = [views.expanded(piece, [axis % (piece.rank + 1)]) for piece in pieces]
    return joined(work, stem, pieces, axis, fact)


@handles(np.vstack, np.hstack, np.column_stack)
def _stack(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    parts = arguments.positional[0]
    if not isinstance(parts, Items) or not parts.items or not isinstance(fact, Array) or fact.shape is None:
        raise work.fail(f"np.{arguments.callee.__name__} of a list that is not known")
    pieces = [_as_piece(work, item, stem) for item in parts.items]
    if arguments.callee is np.hstack:
        pieces = [views.expanded(p, [0]) if p.rank == 0 else p for p in pieces]
        return joined(work, stem, pieces, 0 if pieces[0].rank == 1 else 1, fact)
    rows = arguments.callee is np.vstack
    pieces = [views.expanded(p, [0]) if p.rank == 0 else p for p in pieces]
    pieces = [views.expanded(p, [0 if rows else 1]) if p.rank == 1 else p for p in pieces]
    return joined(work, stem, pieces, 0 if rows else 1, fact)


def _as_piece(work: Work, item: Any, stem: str) -> View:
    """A part of an array; of a list, the array of its elements."""
    if not isinstance(item, Items):
        return as_view(work, item)
    pieces = [views.expanded(_as_piece(work, part, stem), [0]) for part in item.items]
    if not pieces or len({piece.rank for piece in pieces}) > 1:
        raise work.fail("a list of lists as an array")
    dtypes = [Scalar(build.constant(0), piece.dtype, False) for piece in pieces]
    shape = tuple(n.dim for n in pieces[0].lengths)
    return joined(
        work, stem, pieces, 0, Array(scalars.promoted(dtypes, False), (len(pieces), *shape[1:]), False)
    )


def joined(work: Work, stem: str, pieces: list[View], axis: int, fact: Array) -> View:
    """The pieces along an axis of a new array."""
    assert fact.shape is not None
    rank = len(fact.shape)
    if any(piece.rank != rank for piece in pieces) or not -rank <= axis < rank:
        raise work.fail("joining arrays of several ranks")
    axis %= rank
    total: gast.expr = build.constant(0)
    starts = []
    for piece in pieces:
        starts.append(total)
        part = atom_expr(piece.lengths[axis].atom)
        if isinstance(total, gast.Constant) and isinstance(part, gast.Constant):
            total = build.constant(total.value + part.value)
        else:
            total = gast.BinOp(left=total, op=gast.Add(), right=part)
    along = work.length(fact.shape[axis], lambda: total)
    lengths = tuple(along if a == axis else n for a, n in enumerate(pieces[0].lengths))
    dtype = result_dtype(work, fact)
    result = arrays.allocate(work, stem, lengths, dtype)
    for piece, start in zip(pieces, starts):
        for a, n in enumerate(piece.lengths):
            if a != axis and n.atom != lengths[a].atom:
                check = build.call(work.kernel("check_equal"), atom_expr(n.atom), atom_expr(lengths[a].atom))
                work.emit(build.expression(check))
        offset, const = (None, start.value) if isinstance(start, gast.Constant) else (start, 0)
        subscripts = tuple(
            Affine(((a, 1),), offset, const) if a == axis else Affine(((a, 1),)) for a in range(rank)
        )
        place = View(result.base, subscripts, piece.lengths, dtype)
        element = Scalar(views.element(piece, arrays.index_exprs(rank)), piece.dtype, False)
        arrays.store(work, place, scalars.cast(element, dtype).expr)
    return result
