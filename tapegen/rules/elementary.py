"""Exponentials and logarithms, trigonometric and hyperbolic functions, roots."""

import math

import numpy as np

from ..kernels import sinc_derivative
from .registry import alias, elementwise


@elementwise(np.exp)
def exp(x, *, out):
    return out


@elementwise(np.exp2)
def exp2(x, *, out):
    return math.log(2) * out


@elementwise(np.expm1)
def expm1(x, *, out):
    return out + 1


@elementwise(np.log)
def log(x):
    return 1 / x


@elementwise(np.log2)
def log2(x):
    return 1 / (math.log(2) * x)


@elementwise(np.log10)
def log10(x):
    return 1 / (math.log(10) * x)


@elementwise(np.log1p)
def log1p(x):
    return 1 / (1 + x)


@elementwise(np.sqrt)
def sqrt(x, *, out):
    return 0.5 / out


@elementwise(np.cbrt, complex="refused")
def cbrt(x, *, out):
    return 1 / (3 * out**2)


@elementwise(np.square)
def square(x):
    return 2 * x


@elementwise(np.sin)
def sin(x):
    return np.cos(x)


@elementwise(np.cos)
def cos(x):
    return -np.sin(x)


@elementwise(np.tan)
def tan(x, *, out):
    return 1 + out**2


@elementwise(np.arcsin)
def arcsin(x):
    return 1 / np.sqrt(1 - x**2)


@elementwise(np.arccos)
def arccos(x):
    return -1 / np.sqrt(1 - x**2)


@elementwise(np.arctan)
def arctan(x):
    return 1 / (1 + x**2)


@elementwise(np.sinh)
def sinh(x):
    return np.cosh(x)


@elementwise(np.cosh)
def cosh(x):
    return np.sinh(x)


@elementwise(np.tanh)
def tanh(x, *, out):
    return 1 - out**2


@elementwise(np.arcsinh)
def arcsinh(x):
    return 1 / np.sqrt(1 + x**2)


@elementwise(np.arccosh)
def arccosh(x):
    """The product of two roots, not the root of x**2 - 1: so it has the branch cut of arccosh."""
    return 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))


@elementwise(np.arctanh)
def arctanh(x):
    return 1 / (1 - x**2)


@elementwise(np.deg2rad, complex="refused")
def deg2rad(x):
    return np.pi / 180


@elementwise(np.rad2deg, complex="refused")
def rad2deg(x):
    return 180 / np.pi


@elementwise(np.sinc, complex="refused")
def sinc(x):
    return sinc_derivative(x, 1)


alias(np.radians, np.deg2rad)
alias(np.degrees, np.rad2deg)
