"""Arithmetic, and the other elementwise functions of two arguments."""

import operator

import numpy as np

from .registry import constant, elementwise, general


@elementwise(np.add)
def add(x1, x2):
    return 1, 1


@elementwise(np.subtract)
def subtract(x1, x2):
    return 1, -1


@elementwise(np.multiply)
def multiply(x1, x2):
    return x2, x1


@elementwise(np.divide)
def divide(x1, x2, *, out):
    return 1 / x2, -out / x2


@elementwise(np.negative)
def negative(x):
    return -1


@elementwise(np.positive)
def positive(x):
    return 1


@elementwise(np.reciprocal)
def reciprocal(x, *, out):
    return -(out**2)


@elementwise(np.power)
def power(x1, x2, *, out):
    """d/dx1 = x2 * x1**(x2 - 1), for x2 == 0 it is 0, at x1 == 0 too; d/dx2 = log(x1) * out, 0 at x1 == 0."""
    return x2 * x1 ** (x2 - 1 + (x2 == 0)), np.log(x1 + (x1 == 0)) * out


@elementwise(np.float_power)
def float_power(x1, x2, *, out):
    return x2 * np.float_power(x1, x2 - 1 + (x2 == 0)), np.log(x1 + (x1 == 0)) * out


@elementwise(np.remainder, complex="refused")
def remainder(x1, x2):
    """x1 - floor(x1 / x2) * x2, where floor is constant."""
    return 1, -np.floor_divide(x1, x2)


@elementwise(np.fmod, complex="refused")
def fmod(x1, x2):
    """x1 - trunc(x1 / x2) * x2, where trunc is constant."""
    return 1, -np.trunc(x1 / x2)


@elementwise(np.maximum, complex="refused")
def maximum(x1, x2):
    """A tie is shared evenly."""
    return (x1 > x2) + 0.5 * (x1 == x2), (x1 < x2) + 0.5 * (x1 == x2)


@elementwise(np.minimum, complex="refused")
def minimum(x1, x2):
    """A tie is shared evenly."""
    return (x1 < x2) + 0.5 * (x1 == x2), (x1 > x2) + 0.5 * (x1 == x2)


@elementwise(np.fmax, complex="refused")
def fmax(x1, x2):
    """As `np.maximum`; a NaN loses against a number, and if both are NaN the first is the result."""
    return (
        (x1 > x2) + 0.5 * (x1 == x2) + np.isnan(x2),
        ((x1 < x2) + 0.5 * (x1 == x2) + np.isnan(x1)) * np.isfinite(x2 - x2),
    )


@elementwise(np.fmin, complex="refused")
def fmin(x1, x2):
    """As `np.minimum`; a NaN loses against a number, and if both are NaN the first is the result."""
    return (
        (x1 < x2) + 0.5 * (x1 == x2) + np.isnan(x2),
        ((x1 > x2) + 0.5 * (x1 == x2) + np.isnan(x1)) * np.isfinite(x2 - x2),
    )


@elementwise(np.hypot, complex="refused")
def hypot(x1, x2, *, out):
    return x1 / out, x2 / out


@elementwise(np.arctan2, complex="refused")
def arctan2(x1, x2):
    """d/dx1 = x2 / r2, d/dx2 = -x1 / r2 with r2 = x1**2 + x2**2; undefined at the origin."""
    r2 = x1**2 + x2**2
    return x2 / r2, -x1 / r2


@elementwise(np.logaddexp, complex="refused")
def logaddexp(x1, x2, *, out):
    return np.exp(x1 - out), np.exp(x2 - out)


@elementwise(np.logaddexp2, complex="refused")
def logaddexp2(x1, x2, *, out):
    return np.exp2(x1 - out), np.exp2(x2 - out)


@elementwise(np.copysign, wrt=("x1",), complex="refused")
def copysign(x1, x2):
    """The sign of the result against that of x1."""
    return np.copysign(1.0, x1) * np.copysign(1.0, x2)


@elementwise(np.heaviside, wrt=("x2",), complex="refused")
def heaviside(x1, x2):
    """The value at 0 is x2; the step itself has no derivative."""
    return x1 == 0


@elementwise(np.ldexp, wrt=("x1",), complex="refused")
def ldexp(x1, x2):
    return np.exp2(x2)


@elementwise(np.clip, complex="refused")
def clip(a, a_min=None, a_max=None, *, out):
    """At the edges the derivative is that of the inside."""
    return out == a, (a < a_min) & (out == a_min), (out != a) & (out == a_max) & (out != a_min)


constant(np.floor_divide)


@elementwise(operator.floordiv, complex="refused")
def floordiv(a, b):
    """As `np.floor_divide`; an operator's rule is quoted, so that it has to be one."""
    return 0, 0


@general(np.divmod, wrt=("x1", "x2"), complex="refused")
def divmod_(x1, x2, *, out, ct):
    """The quotient is constant, the remainder x1 - quotient * x2."""
    return ct[1], -out[0] * ct[1]


@divmod_.defjvp
def divmod_jvp(x1, x2, *, out, x1_dot, x2_dot):
    return (0 * out[0], x1_dot + 0 * out[1]), (0 * out[0], -out[0] * x2_dot)


@general(np.modf, wrt=("x",), complex="refused")
def modf(x, *, ct):
    """The integral part is constant."""
    return ct[0]


@modf.defjvp
def modf_jvp(x, *, x_dot):
    return x_dot, 0 * x_dot


@general(np.frexp, wrt=("x",), complex="refused")
def frexp(x, *, out, ct):
    """The exponent is constant, the mantissa x / 2**exponent."""
    return np.ldexp(ct[0], -out[1])


@frexp.defjvp
def frexp_jvp(x, *, out, x_dot):
    return np.ldexp(x_dot, -out[1]), 0 * x_dot


@elementwise(np.nextafter, complex="refused")
def nextafter(x1, x2):
    """The number next to the first: it moves along with that."""
    return 1, 0
