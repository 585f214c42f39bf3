"""Python's own functions and operators: the rules of NumPy, with `math` in the bodies where arguments are floats."""

import math
import operator

import numpy as np

from .registry import alias, elementwise, linear

_SAME = (
    "sin cos tan sinh cosh tanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt fabs fmod hypot copysign ldexp"
)
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
    divmod: None,
}.items():
    if _ufunc is not None:
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
