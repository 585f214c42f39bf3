"""Triangles, bands and blocks of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def oriented(m: Any, transposed: bool) -> Any:
    """A matrix, transposed on demand."""
    return np.transpose(m) if transposed else m


@kernel
def triangle(m: Any, lower: bool, unit: bool) -> Any:
    """A triangle of a matrix, without its diagonal where that is taken to be of ones."""
    return np.tril(m, -int(unit)) if lower else np.triu(m, int(unit))


def opposite_trans(trans: Any) -> int:
    """Which system `solve_triangular` solves, the matrix or the transposed one, in the adjoint of the other."""
    return 0 if is_transposed(trans) else 1


def is_transposed(trans: Any) -> bool:
    """Whether it is the transposed one.

    Raises: TypeError for the conjugate transposed one.
    """
    if trans in (2, "C"):
        raise TypeError(
            f"solve_triangular has no derivative for trans={trans!r}: conjugate the matrix, and use trans=1"
        )
    return trans in (1, "T")


def whole_matrix(assume_a: Any) -> Any:
    """What `solve` is told of a matrix all of whose numbers count, or both triangles alike.

    Raises: TypeError where it reads only a part.
    """
    if assume_a not in (
        None,
        "gen",
        "general",
        "sym",
        "symmetric",
        "her",
        "hermitian",
        "pos",
        "positive definite",
    ):
        raise TypeError(
            f"solve has no derivative for assume_a={assume_a!r}: use the function for such matrices"
        )
    return assume_a


@kernel
def lower_factor(c: Any, lower: bool) -> Any:
    """The lower triangular factor in what `cho_factor` gives.

    >>> lower_factor(np.array([[1.0, 2.0], [9.0, 3.0]]), False)
    array([[1., 0.],
           [2., 3.]])
    """
    return np.tril(c) if lower else np.transpose(np.triu(c))


@kernel
def factor_back(value: Any, lower: bool) -> Any:
    """A lower triangle where `cho_factor` puts it."""
    return value if lower else np.transpose(value)


@kernel
def spread_back(
    value: Any, arrays: Sequence[Any], function: Callable[..., Any], more: tuple[Any, ...] = ()
) -> Any:
    """The adjoint of `function(*arrays, *more)`, which puts numbers into places and zeros elsewhere; None stays.

    It sees where they go by putting their numbers, counted from 1, into place.

    >>> from scipy import linalg
    >>> spread_back(np.arange(4.0).reshape(2, 2), (np.zeros(2), None), linalg.toeplitz)
    [array([3., 3.]), None]
    """
    sizes = [0 if a is None else np.size(a) for a in arrays]
    starts = np.cumsum([1, *sizes])
    numbers = [
        None if a is None else np.reshape(np.arange(s, s + n), np.shape(a))
        for a, s, n in zip(arrays, starts, sizes, strict=False)
    ]
    places = np.asarray(function(*numbers, *more))
    sums = np.zeros(starts[-1], np.asarray(value).dtype)
    np.add.at(sums, places, value)
    return [
        None if a is None else np.reshape(sums[s : s + n], np.shape(a))
        for a, s, n in zip(arrays, starts, sizes, strict=False)
    ]


@kernel
def put_together(
    parts: Sequence[Any], arrays: Sequence[Any], function: Callable[..., Any], more: tuple[Any, ...] = ()
) -> Any:
    """The adjoint of `spread_back`: `function` of the parts, zeros for those that are not there."""
    filled = [
        None
        if a is None
        else np.zeros(np.shape(a))
        if p is None or (isinstance(p, float) and np.ndim(a))
        else p
        for p, a in zip(parts, arrays, strict=True)
    ]
    return function(*filled, *more)


def _entries(n: int, l_and_u: tuple[int, int]) -> tuple[Any, Any]:
    """Rows and columns of the matrix entries in the places of a band, clipped, and whether there are such."""
    low, up = l_and_u
    columns = np.broadcast_to(np.arange(n), (low + up + 1, n))
    rows = columns + np.arange(low + up + 1)[:, None] - up
    return rows, (rows >= 0) & (rows < n)


@kernel
def transposed_band(ab: Any, l_and_u: tuple[int, int]) -> Any:
    """The band of the transposed matrix.

    >>> transposed_band(np.array([[0.0, 2.0], [1.0, 3.0]]), (0, 1))
    array([[1., 3.],
           [2., 0.]])
    """
    low = l_and_u[0]
    n = np.shape(ab)[1]
    rows, there = _entries(n, l_and_u)
    result = np.zeros(np.shape(ab), np.asarray(ab).dtype)
    columns = np.broadcast_to(np.arange(n), rows.shape)
    result[(columns - rows + low)[there], rows[there]] = np.asarray(ab)[there]
    return result


@kernel
def band_of(g: Any, x: Any, l_and_u: tuple[int, int]) -> Any:
    """The band of the matrix g x^T."""
    rows, there = _entries(np.shape(x)[0], l_and_u)
    inner = np.sum(np.asarray(g)[np.where(there, rows, 0)] * np.asarray(x)[None, :], axis=-1)
    return np.where(there, inner, 0.0)


@kernel
def band_times(ab: Any, x: Any, l_and_u: tuple[int, int]) -> Any:
    """The product of a band matrix with x."""
    rows, there = _entries(np.shape(ab)[1], l_and_u)
    terms = np.where(there, ab, 0.0)
    result = np.zeros(np.shape(x), np.result_type(ab, x))
    if np.ndim(x) > 1:
        terms = terms[..., None]
    np.add.at(result, np.where(there, rows, 0), terms * np.asarray(x)[None, :])
    return result
