"""Python's own functions and operators: the rules of NumPy, with `math` in the bodies where arguments are floats."""

import math
import operator

import numpy as np

from ..kernels import polygamma
from .registry import alias, constant, elementwise, linear

_SAME = "sin cos tan sinh cosh tanh exp exp2 expm1 log2 log10 log1p sqrt cbrt fabs fmod hypot copysign ldexp"
for _name in _SAME.split():
    if hasattr(math, _name):
        alias(getattr(math, _name), getattr(np, _name), module_swap=(np, math))
for _short, _long in {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "pow": "power",
    "degrees": "degrees",
    "radians": "radians",
    "modf": "modf",
}.items():
    alias(getattr(math, _short), getattr(np, _long), module_swap=(np, math))

for _operator, _ufunc in {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.matmul: np.matmul,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.abs: np.absolute,
    abs: np.absolute,
    pow: np.power,
    divmod: np.divmod,
    operator.inv: np.invert,
}.items():
    alias(_operator, _ufunc)


@elementwise(float)
def float_(x):
    return 1


@elementwise(complex)
def complex_(real, imag=0):
    """real + 1j * imag."""
    return 1, 1j


@linear(math.fsum, wrt=("seq",))
def fsum(seq, *, ct):
    return [ct] * len(seq)


@elementwise(math.log, complex="refused")
def log(x, base=math.e):
    return 1 / x, 0


@log.given("base")
def log_base(x, base=math.e, *, out):
    """log(x) / log(base)."""
    return 1 / (x * math.log(base)), -out / (base * math.log(base))


@elementwise(math.erf, complex="refused")
def erf(x):
    return 2 / math.sqrt(math.pi) * math.exp(-(x**2))


@elementwise(math.erfc, complex="refused")
def erfc(x):
    return -2 / math.sqrt(math.pi) * math.exp(-(x**2))


@elementwise(math.gamma, complex="refused")
def gamma(x, *, out):
    """Needs SciPy, for the digamma function."""
    return out * polygamma(0, x)


@elementwise(math.lgamma, complex="refused")
def lgamma(x):
    """Needs SciPy, for the digamma function."""
    return polygamma(0, x)


@elementwise(math.remainder, complex="refused")
def remainder(x, y):
    """x - n * y, with the integer n next to x / y."""
    return 1, -round(x / y)


constant(math.ulp)
