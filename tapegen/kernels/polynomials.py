"""NumPy's functions of polynomials and sets as programs of what has rules: see `programs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .elements import arrayed, is_new, nonzero_range


def polyint(p: Any, m: Any = 1, k: Any = 0) -> Any:
    """Integrated once after the other, with the constants `k`."""
    result = arrayed(p)
    for i in range(m):
        constant = k if np.ndim(k) == 0 else k[i if len(k) > 1 else 0]
        powers = np.arange(np.size(result), 0, -1)
        result = np.concatenate([result / powers, np.reshape(constant, (1,))])
    return result


def polydiv(u: Any, v: Any) -> Any:
    """Long division: quotient and remainder."""
    divisor, rest = np.atleast_1d(v), np.atleast_1d(u) + 0.0
    steps = max(len(rest) - len(divisor) + 1, 1)
    if len(rest) < len(divisor):
        return np.zeros(1), rest
    terms = []
    for k in range(steps):
        term = rest[k] / divisor[0]
        terms.append(term)
        rest = rest - np.concatenate([np.zeros(k), term * divisor, np.zeros(len(rest) - k - len(divisor))])
    return np.stack(terms), np.trim_zeros(np.concatenate([np.zeros(1), rest[steps:]]), "f")


def poly(seq_of_zeros: Any) -> Any:
    """The product of the factors; of a matrix that of its eigenvalues."""
    zeros = np.linalg.eigvals(seq_of_zeros) if np.ndim(seq_of_zeros) == 2 else np.atleast_1d(seq_of_zeros)
    result = np.ones(1)
    for zero in zeros:
        result = np.convolve(result, np.stack([1.0 + 0 * zero, -zero]))
    return result


def polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False
) -> Any:
    """Least squares with scaled powers, as NumPy does it."""
    if full or cov:
        raise TypeError("np.polyfit has a derivative of its coefficients only: leave out full and cov")
    powers, values = np.vander(x, deg + 1), arrayed(y)
    if w is not None:
        powers = powers * np.expand_dims(w, 1)
        values = np.transpose(np.transpose(values) * w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.lstsq(powers / scale, values, rcond)[0]
    return np.transpose(np.transpose(found) / scale)


def trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:
    """What lies between the zeros at the ends."""
    first, last = nonzero_range(filt, trim)
    return filt[first:last]


def union1d(ar1: Any, ar2: Any) -> Any:
    """The elements of either."""
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


def intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    """The elements of both, as they are in the first."""
    if return_indices:
        raise TypeError("np.intersect1d has a derivative without return_indices only")
    found = np.unique(ar1)
    return found[~is_new(found, ar2)]


def setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """The elements of the first that the second has not got."""
    found = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return found[is_new(found, ar2)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    """The elements of only one of them."""
    return np.sort(np.concatenate([setdiff1d(ar1, ar2), setdiff1d(ar2, ar1)]))


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """The array itself."""
    return np.asarray(a, dtype)


FUNCTIONS: dict[Any, Any] = {
    np.polyint: polyint,
    np.polydiv: polydiv,
    np.poly: poly,
    np.polyfit: polyfit,
    np.trim_zeros: trim_zeros,
    np.union1d: union1d,
    np.intersect1d: intersect1d,
    np.setdiff1d: setdiff1d,
    np.setxor1d: setxor1d,
    np.require: require,
}
"""NumPy's function -> the program for it."""
