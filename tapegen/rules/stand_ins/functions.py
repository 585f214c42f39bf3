"""Functions of SciPy that others of its functions make up, in a few lines of Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate, linalg, special

from ...kernels.structured import toeplitz_solved, toeplitz_times
from . import spells_out


@spells_out(linalg.solve_toeplitz)
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    if isinstance(c_or_cr, tuple):
        c, r = c_or_cr
    else:
        c, r = c_or_cr, c_or_cr
    solution = toeplitz_solved(c, r, b)
    return solution


@spells_out(linalg.matmul_toeplitz)
def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: Any = False, workers: Any = None) -> Any:
    if isinstance(c_or_cr, tuple):
        c, r = c_or_cr
    else:
        c, r = c_or_cr, c_or_cr
    product = toeplitz_times(c, r, x)
    return product


@spells_out(integrate.fixed_quad)
def fixed_quad(func: Any, a: Any, b: Any, args: Any = (), n: Any = 5) -> Any:
    nodes, weights = special.roots_legendre(n)
    x = (b - a) * (nodes + 1) / 2.0 + a
    return (b - a) / 2.0 * np.sum(weights * func(x, *args), axis=-1), None
