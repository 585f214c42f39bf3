"""Sparse matrices: products and solves with constant ones, and with those whose entries have derivatives.

The latter are given by their values and the row and column of each; several for one place are added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .protocol import kernel


def _matrix(values: Any, rows: Any, cols: Any, shape: Any) -> Any:
    from scipy import sparse

    return sparse.csr_array(sparse.coo_array((np.asarray(values), (rows, cols)), shape))


def _solution(matrix: Any, b: Any) -> Any:
    from scipy.sparse import linalg

    return linalg.spsolve(matrix.tocsc(), b)


@kernel
def product(whole: Any, x: Any) -> Any:
    """`whole @ x` for a constant sparse matrix."""
    return whole @ x


@kernel
def product_left(x: Any, whole: Any) -> Any:
    """`x @ whole`."""
    return x @ whole


@kernel
def solved(whole: Any, b: Any) -> Any:
    """`scipy.sparse.linalg.spsolve`: for a right side of one column, a vector."""
    return _solution(whole, b)


@kernel
def exponential_times(whole: Any, x: Any) -> Any:
    """`scipy.sparse.linalg.expm_multiply(whole, x)`."""
    from scipy.sparse import linalg

    return linalg.expm_multiply(whole, x)


@kernel
def factors_solved(whole: Any, b: Any, trans: str = "N") -> Any:
    """The solution of a system whose matrix is factorised already: what `splu` gives."""
    return whole.solve(np.asarray(b), trans)


def opposite_system(trans: str) -> str:
    """The system of the transposed matrix.

    Raises: TypeError for the conjugate transposed one.
    """
    if trans not in ("N", "T"):
        raise TypeError(f"solve has no derivative for trans={trans!r}: conjugate the matrix, and use 'T'")
    return "T" if trans == "N" else "N"


@kernel
def entries_product(values: Any, rows: Any, cols: Any, shape: Any, x: Any) -> Any:
    """The matrix of these entries times x.

    >>> entries_product(np.array([2.0, 3.0]), [0, 1], [1, 1], (2, 2), np.array([1.0, 10.0]))
    array([20., 30.])
    """
    return _matrix(values, rows, cols, shape) @ x


@kernel
def entry_products(a: Any, b: Any, rows: Any, cols: Any) -> Any:
    """`a @ b.T`, for vectors their outer product, at the given places.

    >>> entry_products(np.array([1.0, 2.0]), np.array([3.0, 4.0]), [0, 1], [1, 0])
    array([4., 6.])
    """
    found = np.asarray(a)[rows] * np.asarray(b)[cols]
    return found if found.ndim == 1 else np.sum(found, axis=-1)


@kernel
def entries_solved(values: Any, rows: Any, cols: Any, shape: Any, b: Any) -> Any:
    """The solution of the system with the matrix of these entries."""
    return _solution(_matrix(values, rows, cols, shape), b)


@kernel
def entries_dense(values: Any, rows: Any, cols: Any, shape: Any) -> Any:
    """The matrix of these entries as an array."""
    return _matrix(values, rows, cols, shape).toarray()


def lengths(a: Any, b: Any) -> tuple[int, int]:
    """The shape of a matrix that takes vectors like b to such like a."""
    return len(a), len(b)


def transposed(whole: Any) -> Any:
    """The transposed matrix."""
    return whole.T


def values_of(whole: Any) -> Any:
    """The entries of a constant matrix."""
    return whole.tocoo().data


def rows_of(whole: Any) -> Any:
    """The row of each entry."""
    return whole.tocoo().row


def cols_of(whole: Any) -> Any:
    """The column of each entry."""
    return whole.tocoo().col


def rows_in_dense(a: Any) -> Any:
    """The row of each entry of an array that is not zero."""
    return np.nonzero(_checked(a))[0]


def cols_in_dense(a: Any) -> Any:
    """The column of each such entry."""
    return np.nonzero(_checked(a))[1]


def _checked(a: Any) -> Any:
    if np.ndim(a) != 2:
        raise TypeError("a sparse matrix is made of (data, (row, col)), (data, indices, indptr) or a matrix")
    return np.asarray(a)


def expanded(indptr: Any) -> Any:
    """The row of each entry, for compressed rows.

    >>> expanded([0, 2, 3])
    array([0, 0, 1])
    """
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


def shape_of(rows: Any, cols: Any, shape: Any) -> tuple[int, int]:
    """The shape of a matrix of such entries, unless it is given."""
    return (int(np.max(rows)) + 1, int(np.max(cols)) + 1) if shape is None else tuple(shape)


def made(function: Callable[..., Any], *args: Any) -> Any:
    """A constant: what a function of SciPy gives."""
    return function(*args)


def asked(whole: Any, name: str, *args: Any) -> Any:
    """A constant: what a method of a constant matrix gives."""
    return getattr(whole, name)(*args)


@kernel
def as_scalar(x: Any) -> Any:
    """A number that a matrix is multiplied by.

    Raises: TypeError for an array.
    """
    if np.ndim(x):
        raise TypeError("only numbers times a sparse matrix have a derivative: write a @ x for the product")
    return x


# -- diagonals --------------------------------------------------------------------------------------------------------


def _lines(diagonals: Any, offsets: Any, shape: Any) -> tuple[list[Any], list[int], tuple[int, int]]:
    """The diagonals, their offsets and the shape, as `scipy.sparse.diags` takes them."""
    single = np.ndim(offsets) == 0
    lines = [diagonals if np.ndim(diagonals[0]) == 0 else diagonals[0]] if single else list(diagonals)
    places = [int(k) for k in np.atleast_1d(offsets)]
    if shape is None:
        size = len(lines[0]) + abs(places[0])
        shape = (size, size)
    return lines, places, tuple(shape)


def _length(shape: tuple[int, int], offset: int) -> int:
    return max(0, min(shape[0] + min(offset, 0), shape[1] - max(offset, 0)))


@kernel
def diagonal_values(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The entries of `scipy.sparse.diags(diagonals, offsets, shape)`, one diagonal after the other."""
    lines, places, shape = _lines(diagonals, offsets, shape)
    pairs = zip(lines, places, strict=True)
    return np.concatenate([np.broadcast_to(line, _length(shape, k)) for line, k in pairs])


@kernel
def diagonal_values_back(ct_in: Any, diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The adjoint of `diagonal_values`, of which it reads the shapes."""
    lines, places, shape = _lines(diagonals, offsets, shape)
    found, start = [], 0
    for line, k in zip(lines, places, strict=True):
        part = ct_in[start : start + _length(shape, k)]
        start += len(part)
        found.append(part if np.shape(line) == np.shape(part) else np.reshape(np.sum(part), np.shape(line)))
    if np.ndim(offsets) == 0:
        return found[0] if np.ndim(diagonals[0]) == 0 else [found[0]]
    return np.stack(found) if isinstance(diagonals, np.ndarray) else found


def diagonal_rows(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The row of each of these entries."""
    _, places, shape = _lines(diagonals, offsets, shape)
    return np.concatenate([np.arange(_length(shape, k)) - min(k, 0) for k in places])


def diagonal_cols(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """The column of each of these entries."""
    _, places, shape = _lines(diagonals, offsets, shape)
    return np.concatenate([np.arange(_length(shape, k)) + max(k, 0) for k in places])


def diagonal_shape(diagonals: Any, offsets: Any, shape: Any) -> tuple[int, int]:
    """The shape of the matrix."""
    return _lines(diagonals, offsets, shape)[2]
