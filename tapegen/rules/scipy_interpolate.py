"""scipy.interpolate: the rules of splines, read when one of its functions or classes is first asked for.

A curve moves with its points by its slope, the curve's own derivative. Its values are linear in its coefficients, and
these in the data: the adjoints apply the transposed matrices. See `stand_ins.splines` for the classes.
"""

import numpy as np

from ..kernels.grids import (
    constant_grid_value,
    grid_slopes,
    grid_slopes_back,
    grid_value,
    grid_value_back,
    grid_value_dot,
    options_of,
    points_of,
    scattered_value,
    scattered_value_back,
    scattered_value_dot,
    values_on,
)
from ..kernels.splines import (
    along_points,
    axis_in,
    axis_of,
    cubic_coefficients,
    cubic_coefficients_back,
    cubic_coefficients_dot,
    curve,
    curve_back,
    curve_derivative,
    curve_integral,
    curve_value,
    homogeneous,
    knots_of,
    over_values,
    spline_coefficients,
    spline_coefficients_back,
    spline_coefficients_dot,
)
from .registry import bilinear, constant, general, linear


@general(curve_value, wrt=("x",), complex="refused")
def _curve_value(whole, x, nu=0, options=None, *, ct):
    return over_values(ct, curve_value(whole, x, nu + 1, options), x, axis_of(whole))


@_curve_value.defjvp
def _curve_value_jvp(whole, x, nu=0, options=None, *, x_dot):
    return along_points(curve_value(whole, x, nu + 1, options), x_dot, axis_of(whole))


@bilinear(along_points, complex="refused")
def _along_points(slope, x_dot, axis, *, ct):
    return along_points(ct, x_dot, axis), over_values(ct, slope, x_dot, axis)


@bilinear(over_values, complex="refused")
def _over_values(ct_in, slope, x, axis, *, ct):
    return along_points(slope, ct, axis), along_points(ct_in, ct, axis)


@general(curve_integral, wrt=("a", "b"), complex="refused")
def _curve_integral(whole, a, b, *, ct):
    return -ct * curve_value(whole, a), ct * curve_value(whole, b)


@_curve_integral.defjvp
def _curve_integral_jvp(whole, a, b, *, a_dot, b_dot):
    return -a_dot * curve_value(whole, a), b_dot * curve_value(whole, b)


@general(curve, wrt=("c", "x"), lacking=("knots",), complex="refused")
def _curve(c, x, form, knots, nu=0, axis=0, *, ct):
    """Linear in the coefficients."""
    return (
        curve_back(ct, c, x, form, knots, nu, axis),
        over_values(ct, curve(c, x, form, knots, nu + 1, axis), x, axis),
    )


@_curve.defjvp
def _curve_jvp(c, x, form, knots, nu=0, axis=0, *, c_dot, x_dot):
    return (
        curve(c_dot, x, form, homogeneous(form, knots), nu, axis),
        along_points(curve(c, x, form, knots, nu + 1, axis), x_dot, axis),
    )


@general(curve_back, wrt=("ct_in", "x"), lacking=("knots",), complex="refused")
def _curve_back(ct_in, c, x, form, knots, nu=0, axis=0, *, ct):
    return (
        curve(ct, x, form, homogeneous(form, knots), nu, axis),
        over_values(ct_in, curve(ct, x, form, homogeneous(form, knots), nu + 1, axis), x, axis),
    )


@_curve_back.defjvp
def _curve_back_jvp(ct_in, c, x, form, knots, nu=0, axis=0, *, ct_in_dot, x_dot):
    return (
        curve_back(ct_in_dot, c, x, form, knots, nu, axis),
        curve_back(along_points(ct_in, x_dot, axis), c, x, form, knots, nu + 1, axis),
    )


@general(cubic_coefficients, wrt=("y",), lacking=("x", "bc_type"), complex="refused")
def _cubic_coefficients(y, x, axis=0, bc_type="not-a-knot", *, ct):
    return cubic_coefficients_back(ct, y, x, axis, bc_type)


@_cubic_coefficients.defjvp
def _cubic_coefficients_jvp(y, x, axis=0, bc_type="not-a-knot", *, y_dot):
    return cubic_coefficients_dot(y_dot, x, axis, bc_type)


@linear(cubic_coefficients_dot, wrt=("y_dot",), lacking=("x",))
def _cubic_coefficients_dot(y_dot, x, axis, bc_type, *, ct):
    return cubic_coefficients_back(ct, y_dot, x, axis, bc_type)


@linear(cubic_coefficients_back, wrt=("ct_in",), lacking=("x",))
def _cubic_coefficients_back(ct_in, y, x, axis, bc_type, *, ct):
    return cubic_coefficients_dot(ct, x, axis, bc_type)


@general(spline_coefficients, wrt=("y",), lacking=("x", "t", "bc_type"), complex="refused")
def _spline_coefficients(y, x, axis=0, k=3, t=None, bc_type=None, *, ct):
    return spline_coefficients_back(ct, y, x, axis, k, t, bc_type)


@_spline_coefficients.defjvp
def _spline_coefficients_jvp(y, x, axis=0, k=3, t=None, bc_type=None, *, y_dot):
    return spline_coefficients_dot(y_dot, x, axis, k, t, bc_type)


@linear(spline_coefficients_dot, wrt=("y_dot",), lacking=("x", "t"))
def _spline_coefficients_dot(y_dot, x, axis, k, t, bc_type, *, ct):
    return spline_coefficients_back(ct, y_dot, x, axis, k, t, bc_type)


@linear(spline_coefficients_back, wrt=("ct_in",), lacking=("x", "t"))
def _spline_coefficients_back(ct_in, y, x, axis, k, t, bc_type, *, ct):
    return spline_coefficients_dot(ct, x, axis, k, t, bc_type)


@general(grid_value, wrt=("values", "xi"), lacking=("points", "options"), complex="refused")
def _grid_value(values, xi, points, options, *, ct):
    """The product of the weights along the axes, each piecewise linear in its coordinate."""
    return (
        grid_value_back(ct, values, xi, points, options),
        np.expand_dims(ct, -1) * grid_slopes(values, xi, points, options),
    )


@_grid_value.defjvp
def _grid_value_jvp(values, xi, points, options, *, values_dot, xi_dot):
    return (
        grid_value_dot(values_dot, xi, points, options),
        np.sum(grid_slopes(values, xi, points, options) * xi_dot, axis=-1),
    )


@general(constant_grid_value, wrt=("xi",), complex="refused")
def _constant_grid_value(whole, xi, *, ct):
    slopes = grid_slopes(values_on(whole), xi, points_of(whole), options_of(whole))
    return np.expand_dims(ct, -1) * slopes


@_constant_grid_value.defjvp
def _constant_grid_value_jvp(whole, xi, *, xi_dot):
    slopes = grid_slopes(values_on(whole), xi, points_of(whole), options_of(whole))
    return np.sum(slopes * xi_dot, axis=-1)


@linear(grid_slopes, wrt=("values",), lacking=("xi", "points"))
def _grid_slopes(values, xi, points, options, *, ct):
    """The mixed derivatives by different coordinates are not in the book."""
    return grid_slopes_back(ct, values, xi, points, options)


@linear(grid_slopes_back, wrt=("ct_in",), lacking=("xi", "points"))
def _grid_slopes_back(ct_in, values, xi, points, options, *, ct):
    return grid_slopes(ct, xi, points, options)


@general(grid_value_dot, wrt=("values_dot",), lacking=("xi", "points"), complex="refused")
def _grid_value_dot(values_dot, xi, points, options, *, ct):
    """The mixed derivatives by values and places, and by different coordinates, are not in the book."""
    return grid_value_back(ct, values_dot, xi, points, options)


@_grid_value_dot.defjvp
def _grid_value_dot_jvp(values_dot, xi, points, options, *, values_dot_dot):
    return grid_value_dot(values_dot_dot, xi, points, options)


@general(grid_value_back, wrt=("ct_in",), lacking=("xi", "points"), complex="refused")
def _grid_value_back(ct_in, values, xi, points, options, *, ct):
    return grid_value_dot(ct, xi, points, options)


@_grid_value_back.defjvp
def _grid_value_back_jvp(ct_in, values, xi, points, options, *, ct_in_dot):
    return grid_value_back(ct_in_dot, values, xi, points, options)


@general(scattered_value, wrt=("values",), lacking=("given",), complex="refused")
def _scattered_value(values, form, given, *, ct):
    return scattered_value_back(ct, values, form, given)


@_scattered_value.defjvp
def _scattered_value_jvp(values, form, given, *, values_dot):
    return scattered_value_dot(values_dot, form, given)


@linear(scattered_value_dot, wrt=("values_dot",), lacking=("given",))
def _scattered_value_dot(values_dot, form, given, *, ct):
    return scattered_value_back(ct, values_dot, form, given)


@linear(scattered_value_back, wrt=("ct_in",), lacking=("given",))
def _scattered_value_back(ct_in, values, form, given, *, ct):
    return scattered_value_dot(ct, form, given)


constant(options_of, points_of, values_on)
constant(axis_in, axis_of, curve_derivative, homogeneous, knots_of)
