"""Calls that are a few elementwise operations and reductions: variances, norms, shares of extremes, triangles."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Value
from tapegen.backends.numba import arrays, reductions, scalars, views
from tapegen.backends.numba.handlers import Arguments, as_view, axes_of, constant, handles
from tapegen.backends.numba.state import Items, Scalar, Static, View, Work, atom_expr
from tapegen.kernels import axis_size, hits, split_like, unpack, unstack
from tapegen.kernels.tables import sum_columns, sum_rows
from tapegen.kernels.trees import add_cotangents, laid_out_like, seed
from tapegen.lang import build

Numeric = View | Scalar


def binary(work: Work, stem: str, op: type[gast.operator], x: Numeric, y: Numeric, dtype: str) -> Any:
    """`x op y` for arrays or NumPy's numbers, whose result is of `dtype`."""
    fact = Array(dtype, None, False)
    return arrays.elementwise(
        work,
        stem,
        [_numpys(x), _numpys(y)],
        fact,
        lambda xs, d: scalars.binary(work, op(), xs[0], xs[1], d),
    )


def apply(work: Work, stem: str, function: Any, x: Numeric, dtype: str) -> Any:
    """`function(x)` element by element."""
    fact = Array(dtype, None, False)
    return arrays.elementwise(
        work, stem, [_numpys(x)], fact, lambda xs, d: scalars.apply(work, function, xs, d)
    )


def _numpys(x: Numeric) -> Numeric:
    return Scalar(x.expr, x.dtype, False) if isinstance(x, Scalar) else x


def _float_dtype(work: Work, x: View) -> str:
    if x.dtype == "complex128":
        raise work.fail("this function of complex numbers")
    return x.dtype if scalars.is_float(x.dtype) else "float64"


# -- moments ----------------------------------------------------------------------------------------------------------


@handles(np.var, np.std)
def _spread(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "axis", "ddof", "keepdims")
    x = as_view(work, arguments.take(0, "a"))
    dtype = _float_dtype(work, x)
    axes = axes_of(work, arguments.take(1, "axis", Static(None)))
    keepdims = bool(constant(work, arguments.take(9, "keepdims", Static(False))))
    ddof = constant(work, arguments.take(9, "ddof", Scalar(build.constant(0), "int64", True)))
    known = Array(dtype, None, False)
    mean = reductions.reduced(work, stem, "mean", x, axes, True, known)
    centred = binary(work, stem, gast.Sub, x, mean, dtype)
    squares = binary(work, stem, gast.Mult, centred, centred, dtype)
    total = reductions.reduced(work, stem, "sum", squares, axes, keepdims, known)
    gone = set(range(x.rank)) if axes is None else {axis % x.rank for axis in axes}
    count = build.quote("max(n - ddof, 0)", n=reductions.count(x, gone), ddof=build.constant(ddof))
    result = binary(work, stem, gast.Div, total, Scalar(count, "int64", False), dtype)
    return apply(work, stem, np.sqrt, result, dtype) if arguments.callee is np.std else result


@handles(np.linalg.norm)
def _norm(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(3, "ord", "axis", "keepdims")
    x = as_view(work, arguments.take(0, "x"))
    dtype = _float_dtype(work, x)
    order = constant(work, arguments.take(1, "ord", Static(None)))
    axes = axes_of(work, arguments.take(2, "axis", Static(None)))
    keepdims = bool(constant(work, arguments.take(9, "keepdims", Static(False))))
    along = x.rank if axes is None else len(axes)
    if order not in (None, 2) or (order == 2 and along != 1) or (axes is not None and along > 2):
        raise work.fail("a norm of this kind")
    squares = binary(work, stem, gast.Mult, x, x, dtype)
    total = reductions.reduced(work, stem, "sum", squares, axes, keepdims, Array(dtype, None, False))
    return apply(work, stem, np.sqrt, total, dtype)


@handles(np.vdot)
def _vdot(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    x, y = (as_view(work, each) for each in arguments.positional)
    if x.rank != 1 or y.rank != 1 or x.dtype == "complex128":
        raise work.fail("np.vdot of what are no real vectors")
    return reductions.product(work, stem, x, y, fact)


# -- extremes ---------------------------------------------------------------------------------------------------------


@handles(hits)
def _hits(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    """The shares of equal extremes."""
    arguments.only(3, "axis")
    x, out = as_view(work, arguments.take(0, "a")), arguments.take(1, "out")
    axes = axes_of(work, arguments.take(2, "axis", Static(None)))
    dtype = x.dtype if x.dtype in ("float64", "float32") else "float64"
    ties = arrays.elementwise(
        work,
        stem,
        [x, out],
        Array("bool", None, False),
        lambda xs, _: scalars.compare(work, gast.Eq(), xs[0], xs[1]),
    )
    counts = reductions.reduced(
        work, stem, "sum", as_view(work, ties), axes, True, Array("int64", None, False)
    )
    one = Scalar(build.constant(1), "int64", True)
    some = arrays.elementwise(
        work,
        stem,
        [counts, one],
        Array("int64", None, False),
        lambda xs, d: scalars.apply(work, np.maximum, xs, d),
    )
    return binary(work, stem, gast.Div, ties, some, dtype)


@handles(axis_size)
def _axis_size(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x = as_view(work, arguments.take(0, "x"))
    axes = axes_of(work, arguments.take(1, "axis", Static(None)))
    gone = set(range(x.rank)) if axes is None else {axis % x.rank for axis in axes}
    return Scalar(reductions.count(x, gone), "int64", True)


# -- cotangents -------------------------------------------------------------------------------------------------------


@handles(seed)
def _seed(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    out = as_view(work, arguments.positional[0])
    if out.rank or out.dtype == "complex128":
        raise work.fail("a result that is no real number")
    return Scalar(build.constant(1.0), "float64", True)


@handles(laid_out_like)
def _laid_out_like(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    x_dot, x = arguments.positional
    if not isinstance(x_dot, (View, Scalar)) or not isinstance(x, (View, Scalar)):
        raise work.fail("the tangent of a container")
    if isinstance(x, Scalar):
        return x_dot
    dtype = x.dtype if scalars.is_float(x.dtype) else "float64"
    dot = views.broadcast(work, as_view(work, x_dot), x.lengths)
    element = Scalar(views.element(dot, arrays.index_exprs(x.rank)), dot.dtype, False)
    return arrays.filled(work, stem, x.lengths, dtype, scalars.cast(element, dtype).expr)


@handles(add_cotangents, new=False)
def _add_cotangents(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    return _sum(work, stem, *arguments.positional)


def _sum(work: Work, stem: str, x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        zero = isinstance(one, Scalar) and isinstance(one.expr, gast.Constant) and one.expr.value == 0
        if zero or (isinstance(one, Static) and one.value is None):
            return other
    if isinstance(x, Items) and isinstance(y, Items) and len(x.items) == len(y.items):
        return Items(tuple(_sum(work, stem, a, b) for a, b in zip(x.items, y.items, strict=True)))
    if not isinstance(x, (View, Scalar)) or not isinstance(y, (View, Scalar)):
        raise work.fail("a sum of cotangents of which the kind is not known")
    dtype = scalars.promoted(
        [Scalar(build.constant(0), x.dtype, False), Scalar(build.constant(0), y.dtype, False)], False
    )
    if dtype is None:
        raise work.fail("a sum of cotangents of several dtypes")
    return binary(work, stem, gast.Add, x, y, dtype)


@handles(split_like, new=False)
def _split_like(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, pieces = as_view(work, arguments.take(0, "ct")), arguments.take(1, "arrays")
    axis = constant(work, arguments.take(2, "axis", Scalar(build.constant(0), "int64", True)))
    if not isinstance(pieces, Items) or type(axis) is not int or not ct.rank:
        raise work.fail("joined arrays whose number is not known")
    axis %= ct.rank
    start: gast.expr = build.constant(0)
    parts = []
    for piece in pieces.items:
        n = as_view(work, piece).lengths[axis]
        parts.append(reductions.unbroadcast(work, stem, views.window(work, ct, axis, start, n), piece))
        start = build.quote("start + n", start=start, n=atom_expr(n.atom))
    return Items(tuple(parts))


@handles(unstack, new=False)
def _unstack(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, pieces = as_view(work, arguments.take(0, "ct")), arguments.take(1, "arrays")
    axis = constant(work, arguments.take(2, "axis", Scalar(build.constant(0), "int64", True)))
    if not isinstance(pieces, Items) or type(axis) is not int:
        raise work.fail("joined arrays whose number is not known")
    return Items(
        tuple(
            reductions.unbroadcast(work, stem, views.slab(work, ct, axis % ct.rank, place), piece)
            for place, piece in enumerate(pieces.items)
        )
    )


@handles(unpack, new=False)
def _unpack(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, nest = arguments.positional
    return _unpacked(work, stem, as_view(work, ct), nest)


def _unpacked(work: Work, stem: str, ct: View, nest: Any) -> Any:
    if isinstance(nest, Items):
        parts = enumerate(nest.items)
        return Items(tuple(_unpacked(work, stem, views.slab(work, ct, 0, i), part) for i, part in parts))
    number = ct if ct.rank else Scalar(views.element(ct, ()), ct.dtype, False)
    return reductions.unbroadcast(work, stem, number, nest)


@handles(sum_columns, sum_rows)
def _sum_table(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, x = (as_view(work, each) for each in arguments.positional)
    extra = ct.rank - x.rank
    axes = range(x.rank, ct.rank) if arguments.callee is sum_columns else range(extra)
    known = Array(ct.dtype, None, False)
    return reductions.reduced(work, stem, "sum", ct, list(axes), False, known) if extra else ct


# -- parts of matrices ------------------------------------------------------------------------------------------------


@handles(np.tril, np.triu)
def _triangle(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "k")
    x = as_view(work, arguments.take(0, "m"))
    shift = constant(work, arguments.take(1, "k", Scalar(build.constant(0), "int64", True)))
    if x.rank < 2 or type(shift) is not int:
        raise work.fail("a triangle of what is no matrix")
    indices = arrays.index_exprs(x.rank)
    row, column = indices[-2], indices[-1]
    text = "column - row <= shift" if arguments.callee is np.tril else "column - row >= shift"
    assert row is not None and column is not None
    test = build.quote(text, row=row, column=column, shift=build.constant(shift))
    value = gast.IfExp(test=test, body=views.element(x, indices), orelse=arrays.typed(0, x.dtype))
    return arrays.filled(work, stem, x.lengths, x.dtype, value)


@handles(np.trace)
def _trace(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    return reductions.reduced(work, stem, "sum", _diagonal(work, arguments), None, False, fact)


@handles(np.diag)
def _diag(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = as_view(work, arguments.positional[0])
    if x.rank == 2:
        return arrays.copied(work, _diagonal(work, arguments), stem)
    if x.rank != 1:
        raise work.fail("np.diag of what is neither a vector nor a matrix")
    k0, k1 = arrays.index_exprs(2)
    assert k0 is not None and k1 is not None
    value = gast.IfExp(
        test=build.quote("a == b", a=k0, b=k1), body=views.element(x, [k0]), orelse=arrays.typed(0, x.dtype)
    )
    return arrays.filled(work, stem, (x.lengths[0], x.lengths[0]), x.dtype, value)


def _diagonal(work: Work, arguments: Arguments) -> View:
    """The diagonal of a square matrix, as a view."""
    x = as_view(work, arguments.positional[0])
    if x.rank != 2:
        raise work.fail("the diagonal of what is no matrix")
    reductions.require_equal(work, x.lengths[0], x.lengths[1])
    return views.diagonal(work, x)


@handles(np.add.outer, np.subtract.outer, np.multiply.outer, np.minimum.outer, np.maximum.outer)
def _outer(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    x, y = (as_view(work, each) for each in arguments.positional)
    column = views.expanded(x, range(x.rank, x.rank + y.rank))
    function = getattr(np, arguments.callee.__self__.__name__)
    return arrays.elementwise(
        work, stem, [column, y], fact, lambda xs, d: scalars.apply(work, function, xs, d)
    )
