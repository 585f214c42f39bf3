"""Calls of LAPACK, which Numba makes for matrices in memory order; and cumulative sums along an axis."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Value
from tapegen.backends.numba import arrays, reductions, views
from tapegen.backends.numba.handlers import Arguments, as_view, axes_of, handles
from tapegen.backends.numba.state import Items, Scalar, Static, View, Work, atom_expr, dtype_of, identity
from tapegen.lang import build

_LAPACK = ("float64", "float32", "complex128")


def _matrix(work: Work, known: Any) -> tuple[View, str]:
    """A square matrix, and a local array in memory order with its elements."""
    view = as_view(work, known)
    if not work.nested:  # it would take seconds to compile, and no less time than NumPy's to run
        raise work.fail("linear algebra outside of loops")
    if view.rank != 2 or view.dtype not in _LAPACK:
        raise work.fail("linear algebra of what is no matrix of floats")
    reductions.require_equal(work, view.lengths[0], view.lengths[1])
    return view, arrays.contiguous(work, view, "contiguous")


def _made(work: Work, name: str, view: View) -> View:
    """The array `name` that LAPACK has made."""
    work.roots[name] = name
    return View(name, identity(view.rank), view.lengths, view.dtype)


@handles(np.linalg.solve)
def _solve(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    a, matrix = _matrix(work, arguments.positional[0])
    b = as_view(work, arguments.positional[1])
    if not 1 <= b.rank <= 2 or a.dtype != b.dtype:
        raise work.fail("np.linalg.solve of arrays of several kinds")
    reductions.require_equal(work, a.lengths[0], b.lengths[0])
    right = arrays.contiguous(work, b, "contiguous")
    name = work.local(stem, build.call("np.linalg.solve", build.load(matrix), build.load(right)))
    return _in_rows(work, _made(work, name, b), stem)


@handles(np.linalg.inv, np.linalg.cholesky)
def _inverse(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    a, matrix = _matrix(work, arguments.positional[0])
    name = work.local(stem, build.call(f"np.linalg.{arguments.callee.__name__}", build.load(matrix)))
    return _in_rows(work, _made(work, name, a), stem)


def _in_rows(work: Work, view: View, stem: str) -> View:
    """LAPACK's results have their columns in memory order."""
    return arrays.copied(work, view, stem) if view.rank == 2 else view


@handles(np.linalg.det)
def _determinant(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    a, matrix = _matrix(work, arguments.positional[0])
    name = work.local(stem, build.call("np.linalg.det", build.load(matrix)))
    return Scalar(build.load(name), a.dtype, False)


@handles(np.linalg.slogdet)
def _log_determinant(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    a, matrix = _matrix(work, arguments.positional[0])
    if a.dtype == "complex128":
        raise work.fail("np.linalg.slogdet of complex numbers")
    both = work.local(stem, build.call("np.linalg.slogdet", build.load(matrix)))
    parts = [build.quote("both[place]", both=both, place=build.constant(place)) for place in (0, 1)]
    return Items(tuple(Scalar(build.load(work.local(stem, part)), a.dtype, False) for part in parts))


@handles(np.cumsum, np.cumprod)
def _cumulative(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "axis")
    x = as_view(work, arguments.take(0, "a"))
    axes = axes_of(work, arguments.take(1, "axis", Static(None)))
    if x.rank == 0 or (axes is None and x.rank != 1):
        raise work.fail("a cumulative sum of what is no vector, without an axis")
    axis = 0 if axes is None else axes[0] % x.rank
    dtype = dtype_of(fact)
    if dtype not in ("float64", "float32", "complex128", "int64") or x.dtype != dtype:
        raise work.fail("a cumulative sum of this dtype")
    order = [axis, *(other for other in range(x.rank) if other != axis)]
    result = arrays.copied(work, x, stem)
    moved = views.transposed(result, order)
    indices = arrays.index_exprs(x.rank)
    before = build.quote("index - 1", index=str(getattr(indices[0], "id", "")))
    target = views.store_target(moved, indices)
    op = gast.Add() if arguments.callee is np.cumsum else gast.Mult()
    value = views.element(moved, [before, *indices[1:]])
    step = gast.AugAssign(target=target, op=op, value=value)
    first = build.quote("index > 0", index=str(getattr(indices[0], "id", "")))
    work.temporaries.discard(str(result.base))
    arrays.nest(work, moved.lengths, [build.if_(first, [step], [])])
    return result


@handles(np.argmax, np.argmin)
def _place_of_extreme(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(1)
    x = as_view(work, arguments.positional[0])
    if x.rank != 1 or x.dtype not in ("float64", "float32", "int64"):
        raise work.fail("the place of an extreme of what is no vector of numbers")
    work.emit(build.expression(build.call(work.kernel("check_some"), atom_expr(x.lengths[0].atom))))
    base = arrays.contiguous(work, x, "contiguous")
    name = work.local(stem, build.call(f"np.{arguments.callee.__name__}", build.load(base)))
    return Scalar(build.load(name), "int64", False)
