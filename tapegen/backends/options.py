"""What a caller may choose of a backend."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Numba:
    """How code is compiled with Numba.

    Attributes:
        parallel, fastmath: see Numba's documentation of `njit`; both may change results.
        fallback: "numpy" runs what can't be compiled on NumPy, after a warning; "error" raises.
        cache: whether compiled code is kept on disk.
    """

    parallel: bool = False
    fastmath: bool = False
    fallback: str = "numpy"
    cache: bool = False
