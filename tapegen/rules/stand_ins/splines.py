"""Splines as they are followed: constant ones, and those that the function makes of its data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ...kernels.grids import constant_grid_value, grid_value, scattered_value
from ...kernels.splines import (
    axis_in,
    cubic_coefficients,
    curve,
    curve_derivative,
    curve_integral,
    curve_value,
    knots_of,
    spline_coefficients,
)
from . import is_display, spells_out, stands_in_for


@stands_in_for(
    interpolate.CubicSpline,
    interpolate.CubicHermiteSpline,
    interpolate.PchipInterpolator,
    interpolate.Akima1DInterpolator,
    interpolate.PPoly,
    interpolate.BSpline,
)
class ConstantSpline:
    """A spline without derivative in its data."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __call__(self, x: Any, nu: Any = 0, extrapolate: Any = None) -> Any:
        if extrapolate is None:
            value = curve_value(self.whole, x, nu)
        else:
            value = curve_value(self.whole, x, nu, {"extrapolate": extrapolate})
        return value

    def derivative(self, nu: Any = 1) -> ConstantSpline:
        return ConstantSpline(curve_derivative(self.whole, nu))

    def antiderivative(self, nu: Any = 1) -> ConstantSpline:
        return ConstantSpline(curve_derivative(self.whole, -nu))

    def integrate(self, a: Any, b: Any) -> Any:
        return curve_integral(self.whole, a, b)

    @property
    def c(self) -> Any:
        return self.whole.c

    @property
    def x(self) -> Any:
        return self.whole.x

    @property
    def t(self) -> Any:
        return self.whole.t

    @property
    def k(self) -> Any:
        return self.whole.k


@stands_in_for(
    interpolate.UnivariateSpline, interpolate.InterpolatedUnivariateSpline, interpolate.LSQUnivariateSpline
)
class Smoothing:
    """A spline of FITPACK's, which has names of its own."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __call__(self, x: Any, nu: Any = 0, ext: Any = None) -> Any:
        value = curve_value(self.whole, x, nu, {"ext": ext})
        return value

    def derivative(self, n: Any = 1) -> Smoothing:
        return Smoothing(curve_derivative(self.whole, n))

    def antiderivative(self, n: Any = 1) -> Smoothing:
        return Smoothing(curve_derivative(self.whole, -n))

    def integral(self, a: Any, b: Any) -> Any:
        return curve_integral(self.whole, a, b)


@stands_in_for(interpolate.interp1d)
class ConstantTable:
    """A table without derivative in its data."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __call__(self, x: Any) -> Any:
        value = curve_value(self.whole, x)
        return value


class Curve:
    """A curve whose coefficients have derivatives: see `kernels.splines.curve`."""

    def __init__(self, c: Any, form: Any, given: Any, axis: Any, nu: Any = 0) -> None:
        self.c = c
        self.form = form
        self.given = given
        self.axis = axis
        self.nu = nu

    def __call__(self, x: Any, nu: Any = 0) -> Any:
        value = curve(self.c, x, self.form, self.given, self.nu + nu, self.axis)
        return value

    def derivative(self, nu: Any = 1) -> Curve:
        return Curve(self.c, self.form, self.given, self.axis, self.nu + nu)


@spells_out(interpolate.CubicSpline)
def cubic_spline(
    x: Any, y: Any, axis: Any = 0, bc_type: Any = "not-a-knot", extrapolate: Any = None
) -> Curve:
    place = axis_in(y, axis)
    c = cubic_coefficients(y, x, place, bc_type)
    return Curve(c, "piecewise", (x, extrapolate), place)


@spells_out(interpolate.PPoly)
def piecewise_polynomial(c: Any, x: Any, extrapolate: Any = None, axis: Any = 0) -> Curve:
    first = np.moveaxis(np.moveaxis(c, axis + 1, 0), axis + 1, 0)
    return Curve(first, "piecewise", (x, extrapolate), axis)


@spells_out(interpolate.make_interp_spline)
def make_interp_spline(
    x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0, check_finite: Any = True
) -> Curve:
    place = axis_in(y, axis)
    c = spline_coefficients(y, x, place, k, t, bc_type)
    knots = knots_of(y, x, place, k, t, bc_type)
    return Curve(c, "spline", (knots, k, True), place)


@spells_out(interpolate.BSpline)
def b_spline(t: Any, c: Any, k: Any, extrapolate: Any = True, axis: Any = 0) -> Curve:
    return Curve(c, "spline", (t, k, extrapolate), axis_in(c, axis))


@spells_out(interpolate.interp1d)
def table(
    x: Any,
    y: Any,
    kind: Any = "linear",
    axis: Any = -1,
    copy: Any = True,
    bounds_error: Any = None,
    fill_value: Any = float("nan"),
    assume_sorted: Any = False,
) -> Curve:
    options = {
        "kind": kind,
        "bounds_error": bounds_error,
        "fill_value": fill_value,
        "assume_sorted": assume_sorted,
    }
    return Curve(y, "table", (x, options), axis_in(y, axis))


@spells_out(interpolate.splev)
def splev(x: Any, tck: Any, der: Any = 0, ext: Any = 0) -> Any:
    if isinstance(tck, (Curve, ConstantSpline)):
        return tck(x, der)
    t, c, k = tck
    return Curve(c, "fitpack", (t, k, ext), 0)(x, der)


# -- in several variables ---------------------------------------------------------------------------------------------


def _as_points(xi: Any) -> Any:
    if is_display(xi):
        return np.stack(xi, -1)
    return xi


@stands_in_for(interpolate.RegularGridInterpolator)
class ConstantGrid:
    """Values on a grid, without derivative."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __call__(self, xi: Any) -> Any:
        value = constant_grid_value(self.whole, _as_points(xi))
        return value


class Grid:
    """Values on a grid, with derivatives."""

    def __init__(self, points: Any, values: Any, options: Any) -> None:
        self.points = points
        self.values = values
        self.options = options

    def __call__(self, xi: Any) -> Any:
        value = grid_value(self.values, _as_points(xi), self.points, self.options)
        return value


@spells_out(interpolate.RegularGridInterpolator)
def regular_grid(
    points: Any,
    values: Any,
    method: Any = "linear",
    bounds_error: Any = True,
    fill_value: Any = float("nan"),
) -> Grid:
    options = {"method": method, "bounds_error": bounds_error, "fill_value": fill_value}
    return Grid(points, values, options)


@spells_out(interpolate.interpn)
def interpn(
    points: Any,
    values: Any,
    xi: Any,
    method: Any = "linear",
    bounds_error: Any = True,
    fill_value: Any = float("nan"),
) -> Any:
    options = {"method": method, "bounds_error": bounds_error, "fill_value": fill_value}
    value = grid_value(values, _as_points(xi), points, options)
    return value


@spells_out(interpolate.griddata)
def griddata(
    points: Any,
    values: Any,
    xi: Any,
    method: Any = "linear",
    fill_value: Any = float("nan"),
    rescale: Any = False,
) -> Any:
    value = scattered_value(values, "griddata", (points, xi, method, fill_value, rescale))
    return value


class RadialBasis:
    """Values at scattered points, with derivatives."""

    def __init__(self, y: Any, d: Any, options: Any) -> None:
        self.y = y
        self.d = d
        self.options = options

    def __call__(self, x: Any) -> Any:
        value = scattered_value(self.d, "rbf", (self.y, x, self.options))
        return value


@spells_out(interpolate.RBFInterpolator)
def radial_basis(
    y: Any,
    d: Any,
    neighbors: Any = None,
    smoothing: Any = 0.0,
    kernel: Any = "thin_plate_spline",
    epsilon: Any = None,
    degree: Any = None,
) -> RadialBasis:
    options = {
        "neighbors": neighbors,
        "smoothing": smoothing,
        "kernel": kernel,
        "epsilon": epsilon,
        "degree": degree,
    }
    return RadialBasis(y, d, options)
