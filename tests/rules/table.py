"""The table of covered functions: each with calls over shapes, axes and special arguments.

A row is `(function, complex, calls)`. A call is a tuple of arguments, the last of which may be a `Keywords`. Floating
arrays and numbers among the arguments that the rule differentiates are active. Where `complex` is true the calls are
repeated with complex numbers.
"""

from __future__ import annotations

import importlib.util
import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from .arguments import (
    MATRIX_SHAPES,
    A,
    Keywords,
    binary,
    definite,
    distinct,
    reduced,
    regular,
    symmetric,
    unary,
    with_keywords,
    with_nan,
)
from .table_numpy import GROUPS as MORE_OF_NUMPY
from .table_scipy import GROUPS as OF_SCIPY


def arithmetic() -> Iterator[tuple]:
    yield np.add, True, binary()
    yield np.subtract, True, binary()
    yield np.multiply, True, binary()
    yield np.divide, True, binary(low2=0.5)
    yield np.negative, True, unary()
    yield np.positive, True, unary()
    yield np.reciprocal, True, unary(0.5)
    yield (
        np.power,
        True,
        [*binary(0.5), (A(3), 2), (A(3, low=0.5), 2.0), (A(2, 3), 3), (A(3), np.array([1, 2, 3])), (A(2), 0)],
    )
    yield np.float_power, False, binary(0.5)
    yield np.remainder, False, binary(low2=2.1, high2=3.0)
    yield np.fmod, False, binary(low2=2.1, high2=3.0)
    yield np.maximum, False, binary()
    yield np.minimum, False, binary()
    yield np.fmax, False, binary()
    yield np.fmin, False, binary()
    yield np.hypot, False, binary(0.5)
    yield np.arctan2, False, binary(0.5)
    yield np.logaddexp, False, binary()
    yield np.logaddexp2, False, binary()
    yield np.copysign, False, binary()
    yield np.heaviside, False, [(np.array([-1.0, 0.0, 2.0]), A(3)), (np.zeros(2), 0.3)]
    yield np.ldexp, False, [(A(3), 2), (A(3), np.array([0, 1, -1]))]
    yield (
        np.clip,
        False,
        [
            (distinct(5), -1.0, 1.0),
            (distinct(2, 3), A(3) - 1.0, A(2, 1) + 2.0),
            (distinct(4), None, 0.5),
            (distinct(4), 0.5, None),
            (0.3, -1.0, 1.0),
        ],
    )
    yield np.divmod, False, binary(low2=2.1, high2=3.0)
    yield np.modf, False, [(A(3, low=0.1, high=0.9),), (np.array([1.5, -2.3]),)]
    yield operator.floordiv, False, [(np.array([1.5, -2.3]), 2.0), (3.5, 1.2)]
    for function in (operator.add, operator.truediv, operator.pow, pow):
        yield function, True, binary(0.5)
    yield operator.neg, True, unary()
    yield abs, True, unary()


def elementary() -> Iterator[tuple]:
    for function in (
        np.exp,
        np.exp2,
        np.expm1,
        np.sin,
        np.cos,
        np.tan,
        np.sinh,
        np.cosh,
        np.tanh,
        np.square,
        np.arctan,
    ):
        yield function, True, unary(-1.2, 1.2)
    for function in (np.log, np.log2, np.log10, np.log1p, np.sqrt):
        yield function, True, unary(0.3, 3.0)
    yield np.cbrt, False, unary(0.3, 3.0)
    yield np.sinc, False, [*unary(), (np.array([0.0, 1e-3, -0.1, 0.6, 0.64, 3.0, -7.5]),)]
    yield np.arcsin, True, unary(-0.8, 0.8)
    yield np.arccos, True, unary(-0.8, 0.8)
    yield np.arctanh, True, unary(-0.8, 0.8)
    yield np.arcsinh, True, unary()
    yield np.arccosh, True, unary(1.5, 3.0)
    for function in (np.deg2rad, np.radians, np.rad2deg, np.degrees):
        yield function, False, unary()
    for function in (np.absolute, np.conjugate, np.real, np.imag):
        yield function, True, unary()
    yield np.fabs, False, unary()
    yield np.real_if_close, False, [(A(3),)]
    yield complex, False, [(0.5, -1.5)]
    yield math.fsum, False, [([0.5, 1.5, -2.5],)]
    for function in (
        math.sin,
        math.cos,
        math.tan,
        math.tanh,
        math.exp,
        math.expm1,
        math.atan,
        math.sinh,
        math.asinh,
    ):
        yield function, False, [(0.7,), (-0.3,)]
    for function in (math.log, math.sqrt, math.log1p, math.log2, math.log10, math.asin, math.fabs):
        yield function, False, [(0.7,)]
    yield math.atan2, False, [(0.7, -0.2)]
    yield math.pow, False, [(0.7, 2.0), (0.7, 2)]
    yield math.hypot, False, [(0.7, -0.2)]
    yield math.log, False, [(0.7, 2.0), (0.7, 10)]
    yield math.remainder, False, [(5.2, 2.1), (0.4, 1.0)]
    for function in (math.erf, math.erfc):
        yield function, False, [(0.7,), (-0.3,)]
    if importlib.util.find_spec("scipy"):
        for function in (math.gamma, math.lgamma):
            yield function, False, [(1.7,), (-0.3,)]
    yield float, False, [(0.5,)]


def reductions() -> Iterator[tuple]:
    mask = np.array([True, False, True])
    masked = [(A(3), Keywords(where=mask)), (A(2, 3), Keywords(axis=1, where=mask))]
    initial = [(A(3), Keywords(initial=1.5)), (A(2, 3), Keywords(axis=0, initial=0.5, where=mask))]
    yield np.sum, True, reduced() + masked + initial
    yield np.mean, True, reduced(empty=False) + masked
    for function, least in ((np.max, -9.0), (np.min, 9.0)):
        yield function, False, reduced(distinct, empty=False)
        yield (
            function,
            False,
            [
                (distinct(3), Keywords(initial=least)),
                (distinct(2, 3), Keywords(axis=1, initial=0.3)),
                (distinct(2, 3), Keywords(axis=0, initial=least, where=mask)),
            ],
        )
    yield np.amax, False, reduced(distinct, empty=False)
    yield np.ptp, False, reduced(distinct, empty=False)
    yield np.var, True, [*reduced(empty=False), (A(2, 4), Keywords(axis=1, ddof=1))]
    yield (
        np.std,
        True,
        [(A(4),), (A(2, 3),), (A(2, 3), 0), (A(2, 4), Keywords(axis=1, ddof=1, keepdims=True))],
    )
    zeros = np.array([[1.0, 0.0, 3.0], [0.0, 2.0, 0.0]])
    yield np.prod, True, masked + [(A(3), Keywords(initial=2)), (A(2, 3), 1, Keywords(initial=3, where=mask))]
    yield np.prod, True, [*reduced(), (np.array([0.0, 2.0, 3.0]),), (zeros, 1), (zeros, 0), (zeros,)]
    yield np.median, False, reduced(distinct, empty=False)
    yield (
        np.quantile,
        False,
        [
            (distinct(5), 0.3),
            (distinct(2, 4), np.array([0.1, 0.5, 1.0]), 1),
            (distinct(2, 3, 2), 0.6, (0, 2)),
            (distinct(2, 4), [[0.2], [0.7]], 0, Keywords(keepdims=True)),
            (distinct(7), 0.4, Keywords(method="hazen")),
            (distinct(7), 0.4, Keywords(method="nearest")),
        ],
    )
    yield np.percentile, False, [(distinct(5), 30), (distinct(2, 4), [10.0, 50.0], 1)]
    yield np.cumsum, True, [(A(4),), (A(2, 3),), (A(2, 3), 0), (A(2, 3), -1), (A(0),), (A(),)]
    yield np.cumprod, True, [(A(4),), (A(2, 3),), (A(2, 3), 0), (zeros, 1), (zeros,), (A(0),), (A(),)]
    yield np.nansum, True, with_nan()
    yield np.nanmean, True, with_nan()
    yield np.nanmax, False, with_nan(distinct)
    yield np.nanmin, False, with_nan(distinct)
    yield np.nanprod, True, with_nan()
    yield np.nanmedian, False, with_nan(distinct)
    yield np.nanquantile, False, [(x, 0.3, *k) for x, *k in with_nan(distinct)]
    yield np.nanpercentile, False, [(x, [20.0, 70.0], *k) for x, *k in with_nan(distinct)]
    yield np.nancumprod, True, [(np.array([1.5, np.nan, 2.0]),), (np.array([[1.0, np.nan, 2.0]]), 1)]
    yield np.nanvar, True, with_nan()
    yield np.nanstd, True, with_nan()
    yield np.nancumsum, True, [(np.array([1.0, np.nan, 2.0]),), (np.array([[1.0, np.nan, 2.0]]), 1)]


def shapes() -> Iterator[tuple]:
    yield (
        np.reshape,
        True,
        [
            (A(2, 3), (3, 2)),
            (A(6), (2, -1)),
            (A(2, 3), 6),
            (A(2, 3), (6,), Keywords(order="F")),
            (A(0), (0, 3)),
        ],
    )
    yield np.ravel, True, [(A(2, 3),), (A(),), (A(2, 3), "F")]
    yield np.transpose, True, [(A(2, 3),), (A(2, 3, 4), (2, 0, 1)), (A(2, 3, 4), (-1, 0, 1)), (A(3),)]
    yield np.matrix_transpose, True, [(A(2, 3),), (A(2, 3, 4),)]
    yield np.swapaxes, True, [(A(2, 3, 4), 0, -1)]
    yield np.moveaxis, True, [(A(2, 3, 4), 0, -1), (A(2, 3, 4), (0, 1), (2, 0))]
    yield np.expand_dims, True, [(A(2, 3), 1), (A(2), (0, 2)), (A(), 0)]
    yield np.squeeze, True, [(A(1, 3, 1),), (A(1, 3, 1), 0), (A(1, 1),)]
    for function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
        yield function, True, [(A(),), (A(3),), (A(2, 3),)]
    yield (
        np.broadcast_to,
        True,
        [(A(3), (2, 3)), (A(2, 1), (4, 2, 3)), (A(), (3,)), (2.5, (2, 2)), (A(1), (0,))],
    )
    yield (
        np.concatenate,
        True,
        [
            ([A(2), A(3)],),
            ((A(2, 3), A(1, 3)), 0),
            ([A(2, 3), A(2, 1), A(2, 2)], -1),
            ([A(2, 3), A(2)], None),
            ([A(0), A(2)],),
        ],
    )
    yield (
        np.stack,
        True,
        [([A(3), A(3)],), ([A(2, 3), A(2, 3)], 1), ([A(2, 3), A(2, 3)], -1), ([1.5, A(), 2.5],)],
    )
    yield np.flip, True, [(A(2, 3),), (A(2, 3), 0), (A(2, 3), (0, 1))]
    yield np.fliplr, True, [(A(2, 3),)]
    yield np.flipud, True, [(A(2, 3),)]
    yield np.rot90, True, [(A(2, 3),), (A(2, 3), 2), (A(2, 3, 4), -1, (1, 2))]
    yield np.roll, True, [(A(5), 2), (A(2, 3), 1), (A(2, 3), -1, 1), (A(2, 3), (1, 2), (0, 1))]
    yield (
        np.tile,
        True,
        [(A(3), 2), (A(2, 3), (2, 1)), (A(3), (2, 2)), (A(2, 3), 2), (A(), 3), (A(2, 2, 2), (2, 1))],
    )
    yield (
        np.repeat,
        True,
        [(A(3), 2), (A(2, 3), 2, 1), (A(3), [1, 0, 2]), (A(2, 3), [2, 1], 0), (A(2, 3), 3, -1), (A(2, 3), 2)],
    )
    yield np.split, True, [(A(6), 3), (A(2, 6), [1, 4], 1), (A(4), [2])]
    yield np.array_split, True, [(A(7), 3), (A(2, 5), 2, 1)]
    for function in (np.vstack, np.hstack, np.column_stack, np.dstack):
        yield function, True, [([A(2), A(2)],), ([A(2, 3), A(2, 3)],), ((A(2, 3, 2), A(2, 3, 2)),)]
    yield np.block, True, [([A(2), A(3)],), ([[A(2, 2), A(2, 1)], [A(1, 2), A(1, 1)]],)]
    yield np.append, True, [(A(2), A(3)), (A(2, 3), A(1, 3), 0), (A(2, 2), A(3))]
    yield (
        np.insert,
        True,
        [
            (A(3), 1, A()),
            (A(3), [0, 2], A(2)),
            (A(2, 3), 1, A(3), 0),
            (A(2, 3), 1, A(2), 1),
            (A(2, 3), [1, 3], A(2, 2), 1),
            (A(2, 2), 3, 0.5),
            (A(3), slice(0, 2), A(2)),
        ],
    )
    yield np.broadcast_arrays, True, [(A(3), A(2, 1)), (A(), A(2)), (A(2),)]
    yield np.meshgrid, True, [(A(3), A(2)), (A(2), A(3), A(2)), (A(3),), (A(), A(2))]
    yield np.delete, True, [(A(4), 1), (A(2, 3), [0, 2], 1), (A(2, 3), 1)]
    yield np.resize, True, [(A(3), (2, 4)), (A(2, 3), 4)]
    yield np.rollaxis, True, [(A(2, 3, 4), 2), (A(2, 3, 4), 0, 3)]
    yield np.hsplit, True, [(A(2, 4), 2)]
    yield np.vsplit, True, [(A(4, 2), [1])]
    yield np.dsplit, True, [(A(2, 2, 4), 2)]
    yield np.diag, True, [(A(3),), (A(3), 1), (A(3, 3),), (A(2, 3), -1)]
    yield np.diagflat, True, [(A(3),), (A(2, 2), -1)]
    yield np.pad, True, [(A(3), 2), (A(2, 3), ((1, 0), (2, 1))), (A(2, 3), (0, 1))]
    yield np.pad, True, [(A(4), 2, mode) for mode in ("edge", "wrap", "reflect", "symmetric")]
    yield np.permute_dims, True, [(A(2, 3, 4), (2, 0, 1))]


def sorting() -> Iterator[tuple]:
    yield np.sort, False, [(distinct(5),), (distinct(2, 3), 0), (distinct(2, 3), None), (distinct(0),)]
    yield np.partition, False, [(distinct(5), 2), (distinct(2, 4), 1, 0)]
    order = np.array([[0, 0, 1], [1, 0, 1]])
    yield (
        np.take_along_axis,
        True,
        [(A(2, 3), order, 0), (A(2, 3), order, 1), (A(1, 3), order, -1), (A(4), np.array([1, 1]), 0)],
    )


def calculus() -> Iterator[tuple]:
    yield np.diff, True, [(A(4),), (A(2, 5), 2), (A(4, 2), 1, 0), (A(3), 0)]
    yield np.ediff1d, True, [(A(4),), (A(2, 2),)]
    coordinates = np.array([0.0, 0.5, 2.0, 2.5])
    yield (
        np.gradient,
        True,
        [
            (A(2),),
            (A(5),),
            (A(5), 0.5),
            (A(4), coordinates),
            (A(4), coordinates, Keywords(edge_order=2)),
            (A(3), Keywords(edge_order=2)),
            (A(3, 4),),
            (A(3, 4), 0.5, coordinates),
            (A(3, 4), Keywords(axis=1)),
            (A(2, 3, 4), 2.0, Keywords(axis=(2, 0))),
        ],
    )
    yield (
        np.trapezoid,
        False,
        [
            (A(4),),
            (A(2, 4), None, 0.5),
            (A(4), A(4)),
            (A(2, 4), A(4)),
            (A(4, 2), A(4), Keywords(axis=0)),
            (A(2, 4), A(2, 4)),
            (A(4), coordinates),
            (A(1),),
        ],
    )
    knots = np.array([-1.0, 0.0, 0.7, 2.0])
    yield (
        np.interp,
        False,
        [
            (np.array([-1.5, -0.4, 0.3, 1.1, 2.4]), knots, A(4)),
            (np.array([[-1.5, 0.2], [1.5, 2.5]]), knots, A(4), Keywords(left=0.0)),
            (np.array([-1.5, 0.2, 2.5]), knots, A(4), 1.0, 2.0),
            (0.3, knots, A(4)),
        ],
    )
    yield np.unwrap, False, [(np.array([0.0, 3.0, 6.5, 10.0]),), (A(2, 3), Keywords(axis=0, period=2.0))]
    for function in (np.convolve, np.correlate):
        complex_too = function is np.convolve
        yield (
            function,
            complex_too,
            [
                (A(m), A(n), mode)
                for mode in ("full", "same", "valid")
                for m, n in ((5, 3), (3, 3), (6, 4), (1, 1))
            ],
        )
    yield np.convolve, True, [(A(3), A(5), mode) for mode in ("full", "same", "valid")]
    yield (
        np.correlate,
        False,
        [(A(4), A(2)), (A(3), A(5), "full"), (A(2), A(5), "valid"), (A(4), A(7), "same")],
    )
    yield np.polyval, True, [(A(4), A(3)), (A(3), A(2, 2)), (A(3), 0.5), (A(1), A(2)), (A(3), A())]
    yield np.vander, True, [(A(3),), (A(3), 2), (A(2), 4, True), (A(2), 1)]
    yield np.polyder, True, [(A(4),), (A(2),)]
    yield np.polymul, True, [(A(3), A(2)), (A(2), A(2))]


def statistics() -> Iterator[tuple]:
    weights = np.array([1.0, 2.0, 0.5])
    yield (
        np.average,
        False,
        [
            (A(3),),
            (A(2, 3), 1),
            (A(3), None, weights),
            (A(2, 3), 1, weights.copy()),
            (A(3, 2), 0, weights.copy(), Keywords(keepdims=True)),
            (A(2, 3), None, A(2, 3, low=0.5)),
            (A(2, 3), -1, A(2, 3, low=0.5)),
            (A(2, 4, 3), (2, 0), A(3, 2, low=0.5)),
        ],
    )
    yield (
        np.cov,
        False,
        [
            (A(3, 5),),
            (A(5),),
            (A(5), A(5)),
            (A(2, 5), A(5)),
            (A(5, 2), A(5, 3), False),
            (A(2, 5), Keywords(bias=True)),
            (A(2, 5), Keywords(ddof=0)),
        ],
    )
    yield np.bincount, False, [(np.array([0, 2, 2]), A(3)), (np.array([1, 0]), A(2), 4)]
    yield (
        np.histogram,
        False,
        [
            (np.array([0.1, 0.6, 1.7, 1.9, 5.0]), np.array([0.0, 0.5, 2.0]), Keywords(weights=A(5))),
            (A(2, 3), 4, (-1.0, 1.0), Keywords(weights=A(2, 3))),
            (A(6), 3, Keywords(weights=A(6))),
            (A(2, 3), 4),
        ],
    )


def ufunc_methods() -> Iterator[tuple]:
    axes: list[dict[str, Any]] = [{}, {"axis": None}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}]
    for ufunc, make in ((np.add, A), (np.multiply, A), (np.maximum, distinct), (np.minimum, distinct)):
        holomorphic = ufunc in (np.add, np.multiply)
        some = [k for k in axes if ufunc is not np.logaddexp]
        yield ufunc.reduce, holomorphic, with_keywords(make, some, (3,), (2, 3), (2, 3, 2))
        yield ufunc.accumulate, holomorphic, [(make(4),), (make(2, 3),), (make(2, 3), 1), (make(2, 3), -1)]
    yield np.logaddexp.reduce, False, [(A(4),), (A(2, 3),), (A(2, 3), 1), (A(2, 3), -1, None, None, True)]
    yield np.logaddexp.accumulate, False, [(A(4),), (A(2, 3),), (A(2, 3), -1)]
    pairs = [((2,), (3,)), ((2, 3), (2,)), ((), (2,)), ((2,), ()), ((2,), (2, 2))]
    for ufunc in (np.add, np.subtract, np.multiply):
        yield ufunc.outer, True, [(A(*s), A(*t)) for s, t in pairs]
    some = Keywords(initial=0.5, where=np.array([True, False, True]))
    for ufunc in (np.add, np.multiply):
        yield ufunc.reduce, True, [(A(2, 3), 1, some), (A(3), Keywords(initial=0.5))]
    yield np.maximum.reduce, False, [(distinct(2, 3), 1, Keywords(initial=-9.0, where=some["where"]))]
    yield np.minimum.reduce, False, [(distinct(2, 3), 1, Keywords(initial=9.0))]


def indexing() -> Iterator[tuple]:
    mask = np.array([True, False, True])
    rows = np.array([0, 2, 2])
    yield (
        operator.getitem,
        True,
        [
            (A(3), 1),
            (A(3), -1),
            (A(3), slice(1, None)),
            (A(5), slice(None, None, -2)),
            (A(2, 3), (0, slice(1, None))),
            (A(2, 3), (Ellipsis, 0)),
            (A(3), None),
            (A(2, 3), (slice(None), None)),
            (A(), ()),
            (A(3), mask),
            (A(3), rows),
            (A(3), [0, 0]),
            (A(3, 2), rows),
            (A(3, 2), np.array([-1, 2, 0])),
            (A(3, 2), mask),
            (A(3, 3), (rows, rows)),
            (A(3, 3), (rows, slice(1, None))),
            (A(3, 3), (slice(None), mask)),
            (A(3, 3), np.ix_([0, 2], [1, 1])),
            (A(2, 3, 4), (0, slice(None), np.array([1, 1]))),
            (A(3), np.array([], int)),
            (A(3, 2), np.array([[0, 1], [1, 1]])),
            ([A(2), A(3)], 1),
        ],
    )
    yield (
        np.where,
        True,
        [
            (mask, A(3), A(3)),
            (mask, A(2, 3), A(3)),
            (np.array([[True], [False]]), A(3), 2.5),
            (mask, 1.5, A()),
            (True, A(2), A(2)),
        ],
    )
    yield np.choose, True, [(np.array([0, 1, 0]), [A(3), A(3)]), (np.array([[1], [0]]), [A(3), 2.5])]
    yield np.select, True, [([mask, ~mask], [A(3), A(2, 3)], 0.5), ([mask, rows > 1], [A(3), A(3)])]
    yield np.compress, True, [(mask, A(3)), ([True, False], A(2, 3), 0), ([False, True], A(2, 3))]
    yield np.extract, True, [(mask, A(3)), (np.eye(2), A(2, 2))]
    yield np.nan_to_num, False, [(np.array([1.0, np.nan, 2.0]),), (A(2, 3),)]
    yield (
        np.take,
        True,
        [
            (A(3), rows),
            (A(2, 3), rows, 1),
            (A(3, 2), rows, 0),
            (A(2, 3), np.array([[0, 5], [1, 1]])),
            (A(3), 1),
            (A(3), np.array([5, -2]), 0, None, "wrap"),
            (A(3), np.array([5, -2]), Keywords(mode="clip")),
            (A(2, 3, 2), np.array([[0, 2], [1, 1]]), 1),
        ],
    )
    yield (
        np.diagonal,
        True,
        [
            (A(3, 3),),
            (A(3, 4), 1),
            (A(4, 3), -1),
            (A(2, 3, 3), 0, 1, 2),
            (A(2, 3, 4), 1, -1, 0),
            (A(2, 2), 3),
        ],
    )
    yield np.tril, True, [(A(3, 3),), (A(2, 3), 1), (A(2, 3, 3), -1)]
    yield np.triu, True, [(A(3, 3),), (A(2, 3), 1), (A(2, 3, 3), -1)]


def products() -> Iterator[tuple]:
    matrices = [(A(*s), A(*t)) for s, t in MATRIX_SHAPES]
    yield np.matmul, True, matrices
    yield operator.matmul, True, matrices
    yield (
        np.dot,
        True,
        [(A(*s), A(*t)) for s, t in MATRIX_SHAPES if len(s) < 4 and len(t) < 4]
        + [
            (A(), A(3)),
            (A(2, 3), 2.5),
            (A(), A()),
        ],
    )
    yield np.outer, True, [(A(2), A(3)), (A(2, 2), A(3)), (A(), A(2))]
    yield np.inner, True, [(A(3), A(3)), (A(2, 3), A(3)), (A(2, 3), A(4, 3)), (A(), A(3)), (A(2, 2, 3), A(3))]
    yield np.vdot, True, [(A(3), A(3)), (A(2, 3), A(2, 3)), (A(), A())]
    yield (
        np.tensordot,
        True,
        [
            (A(2, 3), A(3, 4), 1),
            (A(2, 3), A(2, 3)),
            (A(2, 3, 4), A(4, 3, 5), ([1, 2], [1, 0])),
            (A(2, 3, 4), A(4, 3, 5), ((2, 1), (0, 1))),
            (A(2, 3), A(2, 2), (0, -1)),
            (A(2), A(3), 0),
        ],
    )
    yield np.kron, True, [(A(2), A(3)), (A(2, 3), A(2, 2)), (A(2, 3), A(2)), (A(), A(2)), (A(2), A(2, 2))]
    yield (
        np.einsum,
        True,
        [
            ("ij,jk->ik", A(2, 3), A(3, 4)),
            ("ij,jk", A(2, 3), A(3, 2)),
            ("ij->", A(2, 3)),
            ("ij->i", A(2, 3)),
            ("ii->i", A(3, 3)),
            ("ii", A(3, 3)),
            ("iij->j", A(2, 2, 3)),
            ("...ij,...jk->...ik", A(4, 2, 3), A(3, 2)),
            ("...i,i...->...", A(2, 3), A(3, 2)),
            ("i,j,k->ijk", A(2), A(3), A(2)),
            ("ij,j,ik->k", A(2, 3), A(3), A(2, 4)),
            ("i,i->i", A(3), A(1)),
            (",i->i", A(), A(3)),
            ("ab , bc", A(2, 2), A(2, 2)),
        ],
    )
    yield (
        np.cross,
        True,
        [
            (A(3), A(3)),
            (A(2, 3), A(3)),
            (A(3), A(4, 2, 3)),
            (A(3, 2), A(3, 2), Keywords(axis=0)),
            (A(3, 2), A(2, 3), 0, 1, 0),
            (A(2, 1, 3), A(4, 3)),
        ],
    )
    yield np.linalg.cross, True, [(A(3), A(3)), (A(2, 3), A(2, 3)), (A(3, 2), A(3, 2), Keywords(axis=0))]
    yield np.vecdot, True, [(A(3), A(3)), (A(2, 3), A(3)), (A(2, 1, 3), A(4, 3))]
    yield np.linalg.vecdot, True, [(A(3), A(3)), (A(3, 2), A(3, 2), Keywords(axis=-2))]
    if hasattr(np, "matvec"):
        yield np.matvec, True, [(A(2, 3), A(3)), (A(4, 2, 3), A(3)), (A(2, 3), A(4, 3))]
        yield np.vecmat, True, [(A(2), A(2, 3)), (A(2), A(4, 2, 3)), (A(4, 2), A(2, 3))]
    yield np.linalg.diagonal, True, [(A(3, 3),), (A(2, 3, 4), Keywords(offset=1))]
    yield np.linalg.trace, True, [(A(3, 3),), (A(2, 3, 4), Keywords(offset=1))]
    yield np.trace, True, [(A(3, 3),), (A(2, 3), 1), (A(2, 3, 3), 0, 1, 2)]


def creation() -> Iterator[tuple]:
    yield np.array, True, [(A(2, 3),), ([1.5, A(), 2.5],), ([[0.5, 1.5], A(2)],), ([A(2), A(2)],), (2.5,)]
    yield np.asarray, True, [(A(2, 3),), ([1.5, 2.5],)]
    yield np.sign, True, unary()
    yield np.angle, True, [*unary(0.3), (A(3), True)]
    yield np.copy, True, [(A(2, 3),), (A(),)]
    yield np.astype, False, [(A(3), np.longdouble), (A(3), complex)]
    yield np.full_like, False, [(np.zeros((2, 3)), A(3)), (np.zeros(3), 1.5)]
    yield np.full, True, [((2, 3), A(3)), (3, 1.5)]
    yield (
        np.linspace,
        True,
        [(0.5, 1.5), (A(), A(), 5), (A(2), A(2), 4), (0.5, 1.5, 4, False), (A(2), 1.0, 3)],
    )


def linalg() -> Iterator[tuple]:
    apart = np.random.default_rng(0).uniform(
        -2.0, 2.0, (2, 3, 4)
    )  # whose sums of columns are far from each other
    squares = [(regular(2, 2),), (regular(4, 3, 3),), (regular(1, 1),)]
    yield np.linalg.inv, True, squares
    yield np.linalg.det, True, squares
    yield np.linalg.slogdet, False, squares
    yield (
        np.linalg.solve,
        True,
        [
            (regular(3, 3), A(3)),
            (regular(3, 3), A(3, 2)),
            (regular(4, 3, 3), A(4, 3, 2)),
            (regular(4, 3, 3), A(3, 2)),
            (regular(3, 3), A(4, 3, 2)),
            (regular(4, 3, 3), A(3)),
        ],
    )
    matrices = [(definite(2, 2),), (definite(3, 3),), (definite(2, 3, 3),)]
    yield np.linalg.cholesky, False, matrices, symmetric
    yield np.linalg.eigh, False, matrices, symmetric
    yield np.linalg.eigvalsh, False, matrices, symmetric
    yield np.linalg.pinv, False, [(regular(3, 3),), (regular(4, 2),), (regular(2, 4),), (regular(2, 4, 3),)]
    yield np.linalg.qr, False, [(regular(3, 3),), (regular(4, 2),), (regular(2, 4, 3),)]
    yield (
        np.linalg.norm,
        True,
        [
            (A(3),),
            (A(2, 3),),
            (A(2, 3), None, 1),
            (A(2, 3), Keywords(axis=0, keepdims=True)),
            (A(2, 3), "fro"),
            (A(2, 3), 2, 0),
            (A(2, 3), 1, 0),
            (A(2, 3), 3, 1, True),
            (A(2, 3), 2.5, -1),
            (A(2, 3), np.inf, 1),
            (A(2, 3), -np.inf, 0),
        ],
    )
    yield (
        np.linalg.norm,
        False,
        [
            (A(3), 1),
            (A(3), 2),
            (A(3), np.inf),
            (A(2, 3), 1),
            (A(2, 3), np.inf),
            (A(2, 3), 2),
            (A(2, 3), "nuc"),
            (A(2, 3, 4), 2, (0, 2)),
            (A(2, 3, 4), "nuc", (2, 1), True),
            (apart, 1, (0, 1)),
        ],
    )
    yield (
        np.linalg.vector_norm,
        False,
        [
            (A(3),),
            (A(2, 3),),
            (A(2, 3), Keywords(axis=1, keepdims=True)),
            *[(A(2, 3), Keywords(axis=0, ord=p)) for p in (1, 3, np.inf, -np.inf)],
        ],
    )
    yield (
        np.linalg.matrix_power,
        True,
        [(regular(3, 3), n) for n in (0, 1, 2, 5, -2)] + [(regular(2, 3, 3), 3)],
    )
    yield (
        np.linalg.multi_dot,
        True,
        [
            ([A(2, 3), A(3, 4), A(4, 2)],),
            ([A(3), A(3, 4), A(4)],),
            ([A(2, 3), A(3, 2)],),
            ([A(2, 3), A(3, 2), A(2, 2), A(2)],),
        ],
    )
    yield (
        np.linalg.lstsq,
        False,
        [(A(4, 2), A(4)), (A(5, 3), A(5, 2)), (regular(3, 3), A(3)), (A(2, 4), A(2)), (A(2, 4), A(2, 3))],
    )
    # Real eigenvalues, well apart: NumPy fixes the phase of complex eigenvectors by their largest component.
    nearly = [(np.diag([1.0, 3.0, 6.0]) + 0.2 * A(3, 3),), (np.diag([1.0, 4.0]) + 0.2 * A(2, 2, 2),)]
    yield np.linalg.eigvals, False, nearly
    yield np.linalg.eig, False, nearly
    yield np.linalg.tensorsolve, True, [(regular(4, 4).reshape(2, 2, 4), A(2, 2)), (regular(3, 3), A(3))]
    yield np.linalg.tensorinv, True, [(regular(4, 4).reshape(2, 2, 4),), (regular(3, 3), 1)]
    full = Keywords(full_matrices=False)
    yield np.linalg.svd, False, [(A(3, 3), full), (A(4, 2), full), (A(2, 4), full), (A(2, 3, 3), full)]
    yield np.linalg.svdvals, False, [(A(3, 3),), (A(4, 2),), (A(2, 3, 4),)]
    yield (
        np.linalg.norm,
        False,
        [
            (A(4),),
        ],
    )


def fft() -> Iterator[tuple]:
    calls = [
        (A(4),),
        (A(5),),
        (A(5), 3),
        (A(3), 5),
        (A(2, 4), None, 0),
        (A(4), None, -1, "ortho"),
        (A(4), 6, 0, "forward"),
    ]
    for function in (np.fft.fft, np.fft.ifft):
        yield function, True, calls
    yield np.fft.rfft, False, calls
    yield np.fft.irfft, True, calls
    for function in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn):
        yield function, True, [(A(2, 3),), (A(2, 3, 2), None, (0, 1), "ortho"), (A(2, 3), (3, 2), (0, 1))]
    for function in (np.fft.rfft2, np.fft.rfftn, np.fft.irfft2, np.fft.irfftn):
        holomorphic = function in (np.fft.irfft2, np.fft.irfftn)
        yield (
            function,
            holomorphic,
            [
                (A(2, 4),),
                (A(3, 3),),
                (A(2, 3, 4), None, (2, 0), "ortho"),
                (A(3, 4), (2, 5), (0, 1)),
                (A(2, 3, 4), (4, 3), (-2, -1), "forward"),
            ],
        )
    for function in (np.fft.fftshift, np.fft.ifftshift):
        yield function, True, [(A(5),), (A(2, 3), 1)]


GROUPS = (
    arithmetic,
    elementary,
    reductions,
    shapes,
    indexing,
    sorting,
    calculus,
    statistics,
    ufunc_methods,
    products,
    linalg,
    fft,
    creation,
    *MORE_OF_NUMPY,
    *OF_SCIPY,
)


def rows() -> list[tuple]:
    """(group, function, complex, calls, projection of the tangents or None)."""
    return [(group.__name__, *row, *[None] * (4 - len(row))) for group in GROUPS for row in group()]
