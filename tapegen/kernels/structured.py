"""Systems whose matrices are given by few numbers: pivots, Toeplitz matrices, symmetric bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from .matrices import band_of, band_times, transposed_band
from .protocol import kernel


@kernel
def permutation(pivots: Any) -> Any:
    """The rows of the product of the factors in what `lu_factor` was given.

    >>> permutation([1, 1])
    array([1, 0])
    """
    rows = np.arange(len(pivots))
    for i, p in enumerate(pivots):
        rows[[i, p]] = rows[[p, i]]
    return rows


@kernel
def toeplitz_solved(c: Any, r: Any, b: Any, transposed: bool = False) -> Any:
    """`solve_toeplitz((c, r), b)`, or the solution of the transposed system; the first of r is not read."""
    from scipy import linalg

    return linalg.solve_toeplitz(_turned(c, r) if transposed else (c, r), b)


@kernel
def toeplitz_times(c: Any, r: Any, x: Any, transposed: bool = False) -> Any:
    """`matmul_toeplitz((c, r), x)`, or the product with the transposed matrix."""
    from scipy import linalg

    return linalg.matmul_toeplitz(_turned(c, r) if transposed else (c, r), x)


def _turned(c: Any, r: Any) -> tuple[Any, Any]:
    return np.concatenate([np.ravel(c)[:1], np.ravel(r)[1:]]), np.ravel(c)


def _symmetric_band(ab: Any, lower: bool) -> tuple[int, int]:
    return (len(ab) - 1, 0) if lower else (0, len(ab) - 1)


def _half_diagonal(ab: Any, lower: bool) -> Any:
    halved = np.array(ab)
    halved[0 if lower else -1] *= 0.5
    return halved


@kernel
def symmetric_band_times(ab: Any, x: Any, lower: bool) -> Any:
    """The product of a symmetric matrix, of which ab holds the diagonals on one side, with x.

    >>> symmetric_band_times(np.array([[0.0, 2.0], [1.0, 3.0]]), np.array([1.0, 10.0]), False)
    array([21., 32.])
    """
    band, l_and_u = _half_diagonal(ab, lower), _symmetric_band(ab, lower)
    turned = band_times(transposed_band(band, l_and_u), x, l_and_u[::-1])
    return band_times(band, x, l_and_u) + turned


@kernel
def symmetric_band_of(g: Any, x: Any, ab: Any, lower: bool) -> Any:
    """The adjoint of that product in the diagonals, of which it reads the shape: both sides of g x^T."""
    g, x = np.reshape(g, (len(g), -1)), np.reshape(x, (len(x), -1))
    l_and_u = _symmetric_band(ab, lower)
    return _half_diagonal(band_of(g, x, l_and_u) + band_of(x, g, l_and_u), lower)


def transposed_circulant(c: Any) -> Any:
    """The places of the first column of the transposed circulant matrix in that of the matrix."""
    return -np.arange(len(c)) % len(c)
