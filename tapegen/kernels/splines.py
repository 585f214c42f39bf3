"""Splines: their values by SciPy's classes, and the adjoints, which are linear in coefficients and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .protocol import kernel

# -- values at active points ------------------------------------------------------------------------------------------


@kernel
def curve_value(whole: Any, x: Any, nu: int = 0, options: Mapping[str, Any] | None = None) -> Any:
    """The derivative of order `nu` of one of SciPy's splines that is constant, at x."""
    if hasattr(whole, "_kind"):
        return _table_value(whole, x, nu)
    return whole(x, nu, **(options or {}))


def _table_value(table: Any, x: Any, nu: int) -> Any:
    """The same of an `interp1d`, whose derivatives are those of the spline; 0 beyond its ends, and of steps."""
    if nu == 0:
        return table(x)
    return _slope_of_table(table.x, table.y, x, _degree(table), table.axis, nu, _goes_on(table))


def _degree(table: Any) -> int:
    if table._kind in ("linear", "slinear"):
        return 1
    return int(getattr(getattr(table, "_spline", None), "k", 0))


def _goes_on(table: Any) -> bool:
    return isinstance(table.fill_value, str)


def _slope_of_table(x: Any, y: Any, t: Any, degree: int, axis: int, nu: int, goes_on: bool) -> Any:
    from scipy import interpolate

    y = np.moveaxis(y, axis, 0)
    if nu > degree:
        found = np.zeros((*np.shape(t), *y.shape[1:]))
    else:
        found = interpolate.make_interp_spline(x, y, degree)(t, nu)
    inside = np.ones(np.shape(t)) if goes_on else (np.asarray(t) >= np.min(x)) & (np.asarray(t) <= np.max(x))
    found = found * np.reshape(inside, np.shape(inside) + (1,) * (y.ndim - 1))
    place = axis % y.ndim
    first = tuple(range(np.ndim(t)))
    return np.moveaxis(found, first, tuple(place + i for i in first))


def axis_of(whole: Any) -> int:
    """Where the axes of the points stand in the values of a spline."""
    axis = int(getattr(whole, "axis", 0))
    return axis % np.ndim(whole.y) if hasattr(whole, "_kind") else axis


@kernel
def along_points(slope: Any, x_dot: Any, axis: int) -> Any:
    """The slopes at points times a number for each point, whose axes begin at `axis`."""
    return slope * _spread(x_dot, slope, axis)


@kernel
def over_values(ct: Any, slope: Any, x: Any, axis: int) -> Any:
    """The adjoint of `along_points` in the numbers: for each point the sum over the curve's components."""
    kept = range(axis, axis + np.ndim(x))
    return np.sum(ct * slope, axis=tuple(i for i in range(np.ndim(ct)) if i not in kept))


def _spread(x: Any, values: Any, axis: int) -> Any:
    return np.reshape(x, np.shape(x) + (1,) * (np.ndim(values) - axis - np.ndim(x)))


@kernel
def curve_integral(whole: Any, a: Any, b: Any) -> Any:
    """The integral of a constant spline from a to b."""
    integrate = getattr(whole, "integrate", None) or whole.integral
    found = integrate(a, b)
    return found[()] if isinstance(found, np.ndarray) else found


def curve_derivative(whole: Any, order: int) -> Any:
    """The spline that is its derivative; its antiderivative for a negative order."""
    return whole.derivative(order) if order >= 0 else whole.antiderivative(-order)


# -- values of curves whose coefficients are active -------------------------------------------------------------------


def _piecewise(c: Any, x: Any, nu: int, axis: int, breaks: Any, extrapolate: Any) -> Any:
    from scipy import interpolate

    goes_on = True if extrapolate is None else extrapolate
    return interpolate.PPoly.construct_fast(np.asarray(c, float), np.asarray(breaks, float), goes_on, axis)(
        x, nu
    )


def _spline(c: Any, x: Any, nu: int, axis: int, t: Any, k: int, extrapolate: Any) -> Any:
    from scipy import interpolate

    return interpolate.BSpline(t, c, k, extrapolate, axis)(x, nu)


def _table(y: Any, x: Any, nu: int, axis: int, places: Any, options: Mapping[str, Any]) -> Any:
    from scipy import interpolate

    return _table_value(interpolate.interp1d(places, y, axis=axis, **options), x, nu)


def _fitpack(c: Any, x: Any, nu: int, axis: int, t: Any, k: int, ext: int) -> Any:
    from scipy import interpolate

    if nu > k:
        return np.zeros((*np.shape(x), *np.shape(c)[1:]))
    if np.ndim(c) == 1:
        return np.asarray(interpolate.splev(x, (t, c, k), nu, ext))
    return np.stack([interpolate.splev(x, (t, one, k), nu, ext) for one in np.transpose(c)], -1)


_FORMS: dict[str, Callable[..., Any]] = {
    "piecewise": _piecewise,
    "spline": _spline,
    "table": _table,
    "fitpack": _fitpack,
}


@kernel
def curve(c: Any, x: Any, form: str, knots: tuple[Any, ...], nu: int = 0, axis: int = 0) -> Any:
    """The derivative of order `nu` at x of the curve with the coefficients c.

    Args:
        form, knots: "piecewise" with the breakpoints and how to extrapolate a `PPoly`; "spline" with knots, degree and
            how to extrapolate a `BSpline`; "table" with places and options of an `interp1d`, whose data is c;
            "fitpack" with knots, degree and `ext` of `splev`.
        axis: where the points stand in the result.
    """
    return _FORMS[form](c, x, nu, axis, *knots)


@kernel
def curve_back(
    ct_in: Any, c: Any, x: Any, form: str, knots: tuple[Any, ...], nu: int = 0, axis: int = 0
) -> Any:
    """The adjoint of `curve` in c, of which it reads the shape: the curves for each unit vector."""
    whole = form == "piecewise"
    moved = c if whole else np.moveaxis(c, axis, 0)
    shape = np.shape(moved)[: 2 if whole else 1]
    size = int(np.prod(shape))
    units = np.reshape(np.eye(size), (*shape, size))
    basis = np.nan_to_num(_FORMS[form](units, x, nu, 0, *homogeneous(form, knots)))
    points = tuple(range(np.ndim(x)))
    ct_in = np.moveaxis(ct_in, tuple(axis + i for i in points), points)
    found = np.reshape(np.tensordot(basis, ct_in, (points, points)), np.shape(moved))
    return found if whole else np.moveaxis(found, 0, axis)


def homogeneous(form: str, knots: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same without what does not hang on the coefficients: the values that fill in beyond the ends of a table."""
    if form != "table" or isinstance(knots[1]["fill_value"], str):
        return knots
    return knots[0], {**knots[1], "fill_value": 0.0}


def axis_in(y: Any, axis: int) -> int:
    """The axis of y, counted from the first."""
    return axis % np.ndim(y)


# -- coefficients as linear functions of data -------------------------------------------------------------------------


def _cubic(x: Any, y: Any, axis: int, bc_type: Any) -> Any:
    from scipy import interpolate

    return interpolate.CubicSpline(x, y, axis, bc_type).c


def _interpolating(x: Any, y: Any, axis: int, k: int, t: Any, bc_type: Any) -> Any:
    from scipy import interpolate

    return interpolate.make_interp_spline(x, y, k, t, bc_type, axis).c


@kernel
def cubic_coefficients(y: Any, x: Any, axis: int = 0, bc_type: Any = "not-a-knot") -> Any:
    """The coefficients of `CubicSpline(x, y, axis, bc_type)`."""
    return _cubic(x, y, axis, bc_type)


@kernel
def cubic_coefficients_dot(y_dot: Any, x: Any, axis: int, bc_type: Any) -> Any:
    """Their linear part: prescribed slopes at the ends are constant."""
    return _cubic(x, y_dot, axis, _homogeneous(bc_type, np.moveaxis(y_dot, axis, 0)))


@kernel
def cubic_coefficients_back(ct: Any, y: Any, x: Any, axis: int, bc_type: Any) -> Any:
    """Its adjoint: the coefficients for each unit vector."""
    n = np.shape(y)[axis]
    basis = _cubic(x, np.eye(n), 0, _homogeneous(bc_type, np.eye(n)))
    return np.moveaxis(np.tensordot(basis, ct, ((0, 1), (0, 1))), 0, axis)


@kernel
def spline_coefficients(y: Any, x: Any, axis: int = 0, k: int = 3, t: Any = None, bc_type: Any = None) -> Any:
    """The coefficients of `make_interp_spline(x, y, k, t, bc_type, axis)`."""
    return _interpolating(x, y, axis, k, t, bc_type)


@kernel
def spline_coefficients_dot(y_dot: Any, x: Any, axis: int, k: int, t: Any, bc_type: Any) -> Any:
    """Their linear part."""
    return _interpolating(x, y_dot, axis, k, t, _homogeneous(bc_type, np.moveaxis(y_dot, axis, 0)))


@kernel
def spline_coefficients_back(ct: Any, y: Any, x: Any, axis: int, k: int, t: Any, bc_type: Any) -> Any:
    """Its adjoint: without conditions at the ends, the transposed system of the values of the basis at x."""
    from scipy import interpolate
    from scipy.sparse import linalg

    n = np.shape(y)[axis]
    if bc_type is None and k > 0:
        knots = interpolate.make_interp_spline(x, np.zeros(n), k, t).t
        matrix = interpolate.BSpline.design_matrix(np.asarray(x, float), knots, k)
        found = linalg.spsolve(matrix.T.tocsc(), np.reshape(ct, (n, -1)))
    else:
        basis = _interpolating(x, np.eye(n), 0, k, t, _homogeneous(bc_type, np.eye(n)))
        found = basis.T @ np.reshape(ct, (len(ct), -1))
    return np.moveaxis(np.reshape(found, np.moveaxis(y, axis, 0).shape), 0, axis)


def knots_of(y: Any, x: Any, axis: int, k: int, t: Any, bc_type: Any) -> Any:
    """The knots of such a spline, which only hang on x."""
    from scipy import interpolate

    return interpolate.make_interp_spline(x, y, k, t, bc_type, axis).t


def _homogeneous(bc_type: Any, y: Any) -> Any:
    """The conditions at the ends with zeros for prescribed values.

    Raises: TypeError for a periodic spline, whose first and last values must agree.
    """
    if bc_type == "periodic":
        raise TypeError(
            "a periodic spline has no derivative in its data: its first and last values must agree"
        )
    if bc_type is None or isinstance(bc_type, str):
        return bc_type
    return tuple(_homogeneous_end(end, y) for end in bc_type)


def _homogeneous_end(end: Any, y: Any) -> Any:
    if end is None or isinstance(end, str):
        return end
    if isinstance(end, tuple) and len(end) == 2 and np.ndim(end[0]) == 0:
        return (end[0], np.zeros(y.shape[1:]))
    return [(order, np.zeros(y.shape[1:])) for order, _ in end]
