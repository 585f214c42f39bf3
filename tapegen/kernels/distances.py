"""Helpers of the rules of distances between points."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def inverse_or_zero(d: Any) -> Any:
    """1 / d, and 0 where d is 0.

    >>> inverse_or_zero(np.array([2.0, 0.0]))
    array([0.5, 0. ])
    """
    return (d != 0) / (d + (d == 0))


@kernel
def squared(x: Any, checks: bool = False) -> Any:
    """`squareform`: a vector of distances as a matrix, or the vector of those above the diagonal of a matrix."""
    from scipy.spatial import distance

    return distance.squareform(np.asarray(x), checks=checks)


@kernel
def squared_back(ct_in: Any, x: Any) -> Any:
    """Its adjoint, which reads the shape of x.

    >>> squared_back(np.array([[0.0, 2.0], [3.0, 0.0]]), np.zeros(1))
    array([5.])
    """
    if np.ndim(x) == 1:
        return squared(np.asarray(ct_in) + np.transpose(ct_in))
    found = np.zeros(np.shape(x), np.asarray(ct_in).dtype)
    found[np.triu_indices(len(found), 1)] = ct_in
    return found
