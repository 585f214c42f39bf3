"""What Python's `math` lacks for its own derivatives."""

from __future__ import annotations


def polygamma(n: int, x: float) -> float:
    """The derivative of `math.lgamma` of order n + 1. It needs SciPy.

    >>> round(polygamma(0, 1.0), 6)
    -0.577216
    """
    from scipy import special

    return float(special.polygamma(n, x))
