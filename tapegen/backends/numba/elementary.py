"""Elementary functions of float64 without branches, which LLVM vectorises, unlike calls of the C library's.

Errors are below one unit in the last place, of `tanh` and `log1p` below three. Each is a reduction of the argument, a
polynomial, and selections for what is special; none raises.
Source: Cody and Waite (1980), Software Manual for the Elementary Functions; Tang (1990), Table-driven implementation of
the logarithm function; Muller (2016), Elementary Functions, 3rd ed., 11.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tapegen.backends.numba.kernels import compiled

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
LOG2_E = 1.4426950408889634
ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves an integer in the last bits
INVERSES = tuple(1.0 / math.factorial(k) for k in range(2, 14))
"""The coefficients of (exp(r) - 1 - r) / r**2."""


def _bits_of(context: Any, x: Any) -> Any:
    """The bits of a float64 as an int64."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), code


def _from_bits(context: Any, x: Any) -> Any:
    """The float64 with the bits of an int64."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), code


bits_of: Any = intrinsic(_bits_of)
from_bits: Any = intrinsic(_from_bits)
C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13 = INVERSES


@compiled
def tail(r: float) -> float:
    """`exp(r) - 1 - r` for |r| up to log(2) / 2."""
    s = r * r
    low = C2 + r * C3 + s * (C4 + r * C5)
    middle = C6 + r * C7 + s * (C8 + r * C9)
    high = C10 + r * C11 + s * (C12 + r * C13)
    quad = s * s
    return s * (low + quad * (middle + quad * high))


@compiled
def exp(x: float) -> float:
    """`np.exp(x)`."""
    inside = min(max(x, -746.0), 710.0)
    shifted = inside * LOG2_E + ROUND
    n = shifted - ROUND
    r = (inside - n * LN2_HIGH) - n * LN2_LOW
    count = bits_of(shifted) - bits_of(ROUND)
    half = count >> 1
    one = from_bits((half + 1023) << 52)
    other = from_bits((count - half + 1023) << 52)
    value = (1.0 + (r + tail(r))) * one * other
    return value if x == x else x


@compiled
def tanh(x: float) -> float:
    """`np.tanh(x)`."""
    size = min(abs(x), 22.0)
    double = size + size
    shifted = double * LOG2_E + ROUND
    n = shifted - ROUND
    r = (double - n * LN2_HIGH) - n * LN2_LOW
    power = from_bits((bits_of(shifted) - bits_of(ROUND) + 1023) << 52)
    less_one = power * (r + tail(r)) + (power - 1.0)
    value = math.copysign(less_one / (less_one + 2.0), x)
    return value if x == x else x


L1, L2, L3, L4 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
)
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
TINY = 2.2250738585072014e-308


@compiled
def log(x: float) -> float:
    """`np.log(x)`."""
    small = x < TINY
    scaled = x * 18014398509481984.0 if small else x  # 2**54
    bits = bits_of(scaled)
    # The exponent that leaves the fraction between sqrt(1/2) and sqrt(2).
    moved = bits - bits_of(0.7071067811865476)
    count = moved >> 52
    m = from_bits(bits - (count << 52))
    k = float(count) - (54.0 if small else 0.0)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    rest = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6))
    half = 0.5 * f * f
    value = k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f)
    value = value if x < np.inf else x
    value = value if x > 0.0 else -np.inf
    return value if x >= 0.0 else np.nan


@compiled
def log1p(x: float) -> float:
    """`np.log1p(x)`."""
    rounded = 1.0 + x
    value = log(rounded) + (x - (rounded - 1.0)) / rounded
    value = value if -1.0 < x < np.inf else log(rounded)
    return x if x == 0.0 else value
