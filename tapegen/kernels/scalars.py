"""Functions of SciPy that the derivatives of Python's and NumPy's own functions need."""

from __future__ import annotations

from typing import Any

from .protocol import kernel


def polygamma(n: int, x: float) -> float:
    """The derivative of `math.lgamma` of order n + 1. It needs SciPy.

    >>> round(polygamma(0, 1.0), 6)
    -0.577216
    """
    from scipy import special

    return float(special.polygamma(n, x))


@kernel
def bessel_i(n: int, x: Any) -> Any:
    """The modified Bessel function of integer order, the derivative of `np.i0` for n = 1. It needs SciPy.

    >>> round(float(bessel_i(1, 1.0)), 6)
    0.565159
    """
    from scipy import special

    return special.iv(n, x)
