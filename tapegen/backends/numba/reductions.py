"""Reductions and products: sums of elements in loops that fuse with what makes the elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Value, same_length
from tapegen.backends.numba import arrays, scalars, views
from tapegen.backends.numba.state import DTYPES, Length, Scalar, View, Work, atom_expr, dtype_of, identity
from tapegen.lang import build

SHORT = 16
"""Products of matrices whose lengths are known to be at most this are loops; others are left to BLAS."""

REDUCTIONS: dict[Any, str] = {
    np.sum: "sum",
    np.mean: "mean",
    np.prod: "prod",
    np.max: "max",
    np.amax: "max",
    np.min: "min",
    np.amin: "min",
    np.any: "any",
    np.all: "all",
}


def reduced(
    work: Work, stem: str, kind: str, view: View, axes: Sequence[int] | None, keepdims: bool, fact: Value
) -> View | Scalar:
    """A reduction over `axes`, or over all."""
    dtype = dtype_of(fact)
    if dtype is None and kind in ("sum", "mean", "max", "min", "prod"):
        dtype = scalars.promoted([Scalar(build.constant(0), view.dtype, False)], kind == "mean")
        dtype = "int64" if dtype == "bool" and kind in ("sum", "prod") else dtype
    if dtype not in DTYPES:
        raise work.fail(f"a reduction with a result of dtype {dtype or 'unknown'}")
    gone = set(range(view.rank)) if axes is None else {axis % view.rank for axis in axes}
    kept = [axis for axis in range(view.rank) if axis not in gone]
    element = Scalar(views.element(view, arrays.index_exprs(view.rank)), view.dtype, False)
    if kind in ("max", "min") and dtype not in ("float64", "float32"):
        raise work.fail(f"np.{kind} of integers")
    if kind in ("max", "min"):
        for axis in sorted(gone):
            work.emit(
                build.expression(build.call(work.kernel("check_some"), atom_expr(view.lengths[axis].atom)))
            )
    start = _start(kind, dtype)
    if not kept and not keepdims:
        name = work.namer(stem)
        work.emit(build.assign(name, start), early=True)
        step = _step(kind, build.store(name), build.load(name), element, dtype)
        arrays.nest(work, view.lengths, [step]) if view.rank else work.emit(step)
        if kind == "mean":
            work.emit(build.assign(name, _divided(build.load(name), count(view, gone), dtype)))
        return Scalar(build.load(name), dtype, False)
    lengths = tuple(view.lengths[axis] for axis in kept)
    result = arrays.filled(work, stem, lengths, dtype, start)
    own = views.expanded(result, sorted(gone))
    indices = arrays.index_exprs(view.rank)
    target = views.store_target(own, indices)
    arrays.nest(work, view.lengths, [_step(kind, target, views.element(own, indices), element, dtype)])
    if kind == "mean":
        place = arrays.index_exprs(result.rank)
        value = _divided(views.element(result, place), count(view, gone), dtype)
        arrays.store(work, result, value)
    return views.expanded(result, sorted(gone)) if keepdims else result


def _start(kind: str, dtype: str) -> gast.expr:
    if kind in ("max", "min"):
        value = build.attribute("np.inf")
        return value if kind == "min" else gast.UnaryOp(op=gast.USub(), operand=value)
    return arrays.typed({"sum": 0, "mean": 0, "prod": 1, "any": False, "all": True}[kind], dtype)


def _step(kind: str, target: gast.expr, current: gast.expr, element: Scalar, dtype: str) -> gast.stmt:
    value = scalars.cast(element, dtype).expr
    if kind in ("sum", "mean", "prod"):
        op: gast.operator = gast.Mult() if kind == "prod" else gast.Add()
        return gast.AugAssign(target=target, op=op, value=value)
    if kind in ("any", "all"):
        joint: gast.boolop = gast.Or() if kind == "any" else gast.And()
        return build.assign(target, gast.BoolOp(op=joint, values=[current, value]))
    return build.assign(target, build.call("np.maximum" if kind == "max" else "np.minimum", current, value))


def count(view: View, axes: set[int]) -> gast.expr:
    """The number of elements along some axes."""
    value: gast.expr | None = None
    for axis in sorted(axes):
        factor = atom_expr(view.lengths[axis].atom)
        value = factor if value is None else gast.BinOp(left=value, op=gast.Mult(), right=factor)
    return build.constant(1) if value is None else value


def _divided(value: gast.expr, count: gast.expr, dtype: str) -> gast.expr:
    divisor = build.call("np.float32" if dtype == "float32" else "float", count)
    return gast.BinOp(left=value, op=gast.Div(), right=divisor)


def unbroadcast(work: Work, stem: str, ct: View | Scalar, x: View | Scalar) -> View | Scalar:
    """`ct` summed over the axes along which `x` was broadcast, in the dtype of `x` where that is inexact."""
    dtype = x.dtype if scalars.is_float(x.dtype) else ct.dtype
    if ct.dtype == "complex128" and dtype != "complex128":
        raise work.fail("the cotangent of a real number that became complex")
    if isinstance(x, Scalar) or isinstance(ct, Scalar):
        return _to_number(work, stem, ct, x, dtype)
    extra = ct.rank - x.rank
    if extra < 0:
        raise work.fail("a cotangent of lower rank than its primal")
    plain = True
    own: list[int | None] = []
    for axis, n in enumerate(x.lengths):
        wide = ct.lengths[axis + extra]
        if n.is_one and not wide.is_one:
            plain = False
            own.append(None)
        else:
            if work.canonical(n.atom) != work.canonical(wide.atom):
                if not (n.not_one and wide.not_one) and not same_length(n.dim, wide.dim):
                    return _where_it_was(work, stem, ct, x, dtype)
                views.fit(work, wide, n)
            own.append(axis + extra)
    if plain and not extra:
        return ct if ct.dtype == dtype else _cast(work, stem, ct, dtype)
    gone = [axis for axis in range(ct.rank) if axis not in own]
    kept = tuple(x.lengths[axis] for axis, place in enumerate(own) if place is not None)
    fact = Array(dtype, tuple(n.dim for n in kept), False)
    total = reduced(work, stem, "sum", ct, gone, False, fact)
    if isinstance(total, Scalar):
        if not x.rank:
            return total
        return View(None, (), x.lengths, dtype, total.expr)
    places = iter(range(len(kept)))
    return views.rearranged(total, [None if p is None else next(places) for p in own], x.lengths)


def _where_it_was(work: Work, stem: str, ct: View, x: View, dtype: str) -> View:
    """`ct` added up in an array of the lengths of `x`: an index along an axis of length 1 is always 0."""
    extra = ct.rank - x.rank
    indices = arrays.index_exprs(ct.rank)
    places: list[gast.expr | None] = []
    for n, wide, index in zip(x.lengths, ct.lengths[extra:], indices[extra:], strict=True):
        if n.is_one:
            places.append(None)
        elif work.canonical(n.atom) == work.canonical(wide.atom):
            places.append(index)
        else:
            step = work.local(
                "step", build.call(work.kernel("step"), atom_expr(n.atom), atom_expr(wide.atom))
            )
            places.append(build.quote("step * index", step=step, index=index))
    result = arrays.filled(work, stem, x.lengths, dtype, arrays.typed(0, dtype))
    element = scalars.cast(Scalar(views.element(ct, indices), ct.dtype, False), dtype)
    target = views.store_target(result, places)
    arrays.nest(work, ct.lengths, [gast.AugAssign(target=target, op=gast.Add(), value=element.expr)])
    return result


def _to_number(work: Work, stem: str, ct: View | Scalar, x: View | Scalar, dtype: str) -> View | Scalar:
    if isinstance(ct, View) and isinstance(x, Scalar):
        return reduced(work, stem, "sum", ct, None, False, Array(dtype, (), True))
    assert isinstance(ct, Scalar)
    number = scalars.cast(ct, dtype)
    if isinstance(x, Scalar):
        return Scalar(number.expr, dtype, x.python)
    return View(None, (), x.lengths, dtype, number.expr)


def _cast(work: Work, stem: str, view: View, dtype: str) -> View:
    element = Scalar(views.element(view, arrays.index_exprs(view.rank)), view.dtype, False)
    return arrays.filled(work, stem, view.lengths, dtype, scalars.cast(element, dtype).expr)


# -- products ---------------------------------------------------------------------------------------------------------


def product(work: Work, stem: str, x: View, y: View, fact: Value) -> View | Scalar:
    """`x @ y` of vectors and matrices."""
    dtype = dtype_of(fact)
    if dtype is None:
        dtype = scalars.promoted([Scalar(build.constant(0), each.dtype, False) for each in (x, y)], False)
    if dtype not in ("float64", "float32", "complex128") or not 1 <= x.rank <= 2 or not 1 <= y.rank <= 2:
        raise work.fail("a product of stacks of matrices, or of integers")
    inner, other = x.lengths[-1], y.lengths[0]
    require_equal(work, inner, other)
    rows, columns = list(x.lengths[:-1]), list(y.lengths[1:])
    every = [*rows, inner, *columns]
    small = all(isinstance(n.atom, int) and n.atom <= SHORT for n in every)
    if x.rank == y.rank == 1 or small or x.dtype != dtype or y.dtype != dtype:
        return _by_loops(work, stem, x, y, rows, inner, columns, dtype)
    operands = [build.load(_for_blas(work, operand)) for operand in (x, y)]
    name = work.local(stem, build.call("np.dot", *operands))
    work.roots[name] = name
    work.contiguous.add(name)
    return View(name, identity(len(rows) + len(columns)), (*rows, *columns), dtype)


def require_equal(work: Work, one: Length, other: Length) -> None:
    """See to it that two lengths are equal, if that is not known by a check when the code runs."""
    first, second = work.canonical(one.atom), work.canonical(other.atom)
    if first == second:
        return
    if isinstance(first, int) and isinstance(second, int):
        raise work.fail("matrices that do not fit")
    check = build.call(work.kernel("check_equal"), atom_expr(first), atom_expr(second))
    work.emit(build.expression(check), early=True)
    work.note_equal(first, second)


def _for_blas(work: Work, view: View) -> str:
    """A local array that BLAS can read as it is: one in row-major order, or the transpose of one."""
    if view.rank == 2:
        swapped = views.transposed(view, (1, 0))
        if not view.is_whole and swapped.is_whole and swapped.base in work.contiguous:
            return _shared(work, "transposed", "np.transpose", swapped.base)
        if not view.is_whole and swapped.is_whole:
            base = _shared(work, "contiguous", "np.ascontiguousarray", str(swapped.base))
            return _shared(work, "transposed", "np.transpose", base)
    if view.is_whole and view.base not in work.contiguous:
        return _shared(work, "contiguous", "np.ascontiguousarray", str(view.base))
    return arrays.contiguous(work, view, "contiguous")


def _shared(work: Work, stem: str, function: str, base: str) -> str:
    """A local for `function(base)`, which may share the memory of `base`."""
    name = work.local(stem, build.call(function, build.load(base)))
    work.roots[name] = work.roots.get(base, base)
    return name


def _by_loops(
    work: Work,
    stem: str,
    x: View,
    y: View,
    rows: list[Length],
    inner: Length,
    columns: list[Length],
    dtype: str,
) -> View | Scalar:
    lengths = (*rows, inner, *columns)
    indices = arrays.index_exprs(len(lengths))
    at = len(rows)
    left = scalars.cast(Scalar(views.element(x, indices[: at + 1]), x.dtype, False), dtype).expr
    right = scalars.cast(Scalar(views.element(y, indices[at:]), y.dtype, False), dtype).expr
    term = gast.BinOp(left=left, op=gast.Mult(), right=right)
    if not rows and not columns:
        name = work.namer(stem)
        work.emit(build.assign(name, arrays.typed(0, dtype)), early=True)
        arrays.nest(work, lengths, [gast.AugAssign(target=build.store(name), op=gast.Add(), value=term)])
        return Scalar(build.load(name), dtype, False)
    result = arrays.filled(work, stem, (*rows, *columns), dtype, arrays.typed(0, dtype))
    own = views.expanded(result, [at])
    target = views.store_target(own, indices)
    arrays.nest(work, lengths, [gast.AugAssign(target=target, op=gast.Add(), value=term)])
    return result
