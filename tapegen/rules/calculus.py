"""Differences, integrals, interpolation, convolution, polynomials."""

import numpy as np

from ..kernels import (
    embed_window,
    ends_of_differences,
    exponents,
    gradient_adjoint,
    kept,
    neighbours,
    scatter_taken,
    segment,
    spread_to_neighbours,
    widths,
    widths_back,
    within,
)
from .registry import bilinear, general, linear


@linear(np.diff, wrt=("a",))
def diff(a, n=1, axis=-1, *, ct):
    """Differences of ct between n zeros at both ends, times (-1)**n."""
    return (-1) ** n * np.diff(np.pad(ct, ends_of_differences(ct, n, axis)), n, axis)


@linear(np.ediff1d, wrt=("ary",))
def ediff1d(ary, *, ct):
    return np.reshape(-np.diff(np.pad(ct, 1)), np.shape(ary))


@linear(np.gradient, wrt=("f",))
def gradient(f, *varargs, axis=None, edge_order=1, ct):
    """In the values; there is no rule for the coordinates."""
    return gradient_adjoint(ct, f, varargs, axis, edge_order)


@general(np.trapezoid, wrt=("y", "x"), complex="refused")
def trapezoid(y, x=None, dx=1.0, axis=-1, *, ct):
    """The sum of widths times means of neighbours."""
    c = 0.5 * np.expand_dims(ct, axis)
    return (
        spread_to_neighbours(c * widths(x, y, dx, axis), axis),
        widths_back(c * neighbours(y, axis), x, y, dx, axis),
    )


@trapezoid.defjvp
def trapezoid_jvp(y, x=None, dx=1.0, axis=-1, *, y_dot, x_dot):
    return (
        0.5 * np.sum(widths(x, y, dx, axis) * neighbours(y_dot, axis), axis=axis),
        0.5 * np.sum(widths(x_dot, y, dx, axis) * neighbours(y, axis), axis=axis),
    )


@general(np.interp, wrt=("x", "xp", "fp"), complex="refused")
def interp(x, xp, fp, left=None, right=None, _period=None, *, ct):
    """Between two knots (1 - t) * f0 + t * f1 with t = (x - x0) / (x1 - x0); at a knot the slope to its right counts.

    Moving a knot moves the result against the slope.
    """
    i = segment(x, xp)
    inside = within(x, xp)
    x0, f0 = np.take(xp, i), np.take(fp, i)
    h = np.take(xp, i + 1) - x0
    slope = inside * (np.take(fp, i + 1) - f0) / h
    t = np.where(inside, (x - x0) / h, i > 0)
    c = ct * kept(x, xp, left, right)
    return (
        ct * slope,
        -scatter_taken(ct * slope * (1 - t), i, xp) - scatter_taken(ct * slope * t, i + 1, xp),
        scatter_taken(c * (1 - t), i, fp) + scatter_taken(c * t, i + 1, fp),
    )


@interp.defjvp
def interp_jvp(x, xp, fp, left=None, right=None, _period=None, *, x_dot, xp_dot, fp_dot):
    i = segment(x, xp)
    inside = within(x, xp)
    x0, f0 = np.take(xp, i), np.take(fp, i)
    h = np.take(xp, i + 1) - x0
    slope = inside * (np.take(fp, i + 1) - f0) / h
    t = np.where(inside, (x - x0) / h, i > 0)
    return (
        slope * x_dot,
        -slope * ((1 - t) * np.take(xp_dot, i) + t * np.take(xp_dot, i + 1)),
        kept(x, xp, left, right) * ((1 - t) * np.take(fp_dot, i) + t * np.take(fp_dot, i + 1)),
    )


@general(np.unwrap, wrt=("p",), complex="refused")
def unwrap(p, discont=None, axis=-1, period=2 * np.pi, *, ct):
    """What is added is constant between the jumps."""
    return ct


@unwrap.defjvp
def unwrap_jvp(p, discont=None, axis=-1, period=2 * np.pi, *, p_dot):
    return p_dot


@bilinear(np.convolve)
def convolve(a, v, mode="full", *, ct):
    c = embed_window(ct, a, v, mode)
    return np.convolve(c, np.flip(v), "valid"), np.convolve(c, np.flip(a), "valid")


@bilinear(np.correlate, complex="refused")
def correlate(a, v, mode="valid", *, ct):
    """The convolution of a with v backwards."""
    c = embed_window(ct, a, v, mode, True)
    return np.convolve(c, v, "valid"), np.flip(np.convolve(c, np.flip(a), "valid"))


@general(np.polyval, wrt=("p", "x"))
def polyval(p, x, *, ct):
    slope = np.polyval(p[:-1] * np.arange(np.size(p) - 1, 0, -1), x)
    return np.ravel(ct) @ np.vander(np.ravel(x), np.size(p)), ct * slope


@polyval.defjvp
def polyval_jvp(p, x, *, p_dot, x_dot):
    slope = np.polyval(p[:-1] * np.arange(np.size(p) - 1, 0, -1), x)
    return np.polyval(p_dot, x), slope * x_dot


@general(np.vander, wrt=("x",))
def vander(x, N=None, increasing=False, *, ct):
    n = exponents(x, N, increasing)
    return np.sum(ct * n * np.expand_dims(x, 1) ** np.maximum(n - 1, 0), axis=1)


@vander.defjvp
def vander_jvp(x, N=None, increasing=False, *, x_dot):
    n = exponents(x, N, increasing)
    return n * np.expand_dims(x, 1) ** np.maximum(n - 1, 0) * np.expand_dims(x_dot, 1)


@linear(np.polyder, wrt=("p",))
def polyder(p, *, ct):
    return np.pad(ct * np.arange(np.size(p) - 1, 0, -1), (0, 1))


@bilinear(np.polymul)
def polymul(a1, a2, *, ct):
    """A convolution of the coefficients; the first ones must not vanish, for NumPy would drop them."""
    return np.convolve(ct, np.flip(a2), "valid"), np.convolve(ct, np.flip(a1), "valid")


@linear(np.polyadd, wrt=("a1", "a2"))
def polyadd(a1, a2, *, ct):
    """The shorter one has zeros in front."""
    return ct[np.size(ct) - np.size(a1) :], ct[np.size(ct) - np.size(a2) :]


@linear(np.polysub, wrt=("a1", "a2"))
def polysub(a1, a2, *, ct):
    return ct[np.size(ct) - np.size(a1) :], -ct[np.size(ct) - np.size(a2) :]


@general(np.roots, wrt=("p",))
def roots(p, *, out, ct):
    """p'(r) dr = - the sum of dp[k] r**(n - k), where the root r is simple."""
    slope = np.polyval(np.polyder(p), out)
    return -(ct / slope) @ np.vander(out, np.size(p))


@roots.defjvp
def roots_jvp(p, *, out, p_dot):
    return -(np.vander(out, np.size(p)) @ p_dot) / np.polyval(np.polyder(p), out)
