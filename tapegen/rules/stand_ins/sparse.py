"""Sparse matrices as they are followed: constant ones, and by their entries those made in the function."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from ...kernels.sparse import (
    as_scalar,
    asked,
    cols_in_dense,
    cols_of,
    diagonal_cols,
    diagonal_rows,
    diagonal_shape,
    diagonal_values,
    entries_dense,
    entries_product,
    entries_solved,
    expanded,
    exponential_times,
    factors_solved,
    made,
    product,
    product_left,
    rows_in_dense,
    rows_of,
    shape_of,
    solved,
    transposed,
    values_of,
)
from . import is_display, spells_out, spells_out_bound, stands_in_for

_FORMATS = [
    getattr(sparse, f"{name}_{kind}")
    for name in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
    for kind in ("matrix", "array")
]


class _Arithmetic:
    """What constant matrices and those with derivatives have in common."""

    values: Any
    rows: Any
    cols: Any
    shape: Any
    __array_priority__ = 10.1

    def dot(self, other: Any) -> Any:
        return self @ other

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __neg__(self) -> Any:
        return self * (-1.0)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __rmul__(self, number: Any) -> Any:
        return self * number

    def __truediv__(self, number: Any) -> Any:
        return self * (1.0 / number)

    def __mul__(self, number: Any) -> Any:
        values = self.values * as_scalar(number)
        rows = self.rows
        cols = self.cols
        return SparseMatrix(values, rows, cols, self.shape)

    def __add__(self, other: Any) -> Any:
        values = np.concatenate((self.values, other.values))
        rows = np.concatenate((self.rows, other.rows))
        return SparseMatrix(values, rows, np.concatenate((self.cols, other.cols)), self.shape)

    def multiply(self, other: Any) -> Any:
        return SparseMatrix(self.values * other[self.rows, self.cols], self.rows, self.cols, self.shape)

    def tocsr(self) -> Any:
        return self

    def tocsc(self) -> Any:
        return self

    def tocoo(self) -> Any:
        return self

    def asformat(self, format: Any) -> Any:
        return self

    def copy(self) -> Any:
        return self


@stands_in_for(*_FORMATS)
class ConstantSparseMatrix(_Arithmetic):
    """A matrix without derivative."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    @property
    def values(self) -> Any:
        return values_of(self.whole)

    @property
    def rows(self) -> Any:
        return rows_of(self.whole)

    @property
    def cols(self) -> Any:
        return cols_of(self.whole)

    @property
    def shape(self) -> Any:
        return self.whole.shape

    @property
    def data(self) -> Any:
        return self.whole.data

    @property
    def indices(self) -> Any:
        return self.whole.indices

    @property
    def indptr(self) -> Any:
        return self.whole.indptr

    @property
    def nnz(self) -> Any:
        return self.whole.nnz

    @property
    def T(self) -> ConstantSparseMatrix:
        return ConstantSparseMatrix(transposed(self.whole))

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, ConstantSparseMatrix):
            return ConstantSparseMatrix(product(self.whole, other.whole))
        return product(self.whole, other)

    def __rmatmul__(self, other: Any) -> Any:
        return product_left(other, self.whole)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, ConstantSparseMatrix):
            return ConstantSparseMatrix(self.whole + other.whole)
        return other.__add__(self)

    def __neg__(self) -> ConstantSparseMatrix:
        return ConstantSparseMatrix(-self.whole)

    def toarray(self) -> Any:
        return asked(self.whole, "toarray")

    def diagonal(self) -> Any:
        return asked(self.whole, "diagonal")

    def sum(self, axis: Any = None) -> Any:
        return asked(self.whole, "sum", axis)

    def tocsr(self) -> ConstantSparseMatrix:
        return ConstantSparseMatrix(asked(self.whole, "tocsr"))

    def tocsc(self) -> ConstantSparseMatrix:
        return ConstantSparseMatrix(asked(self.whole, "tocsc"))

    def solved(self, b: Any) -> Any:
        solution = solved(self.whole, b)
        return solution


class SparseMatrix(_Arithmetic):
    """A matrix whose entries have derivatives."""

    def __init__(self, values: Any, rows: Any, cols: Any, shape: Any) -> None:
        self.values = values
        self.rows = rows
        self.cols = cols
        self.shape = shape

    @property
    def T(self) -> SparseMatrix:
        return SparseMatrix(self.values, self.cols, self.rows, self.shape[::-1])

    def __matmul__(self, other: Any) -> Any:
        product = entries_product(self.values, self.rows, self.cols, self.shape, other)
        return product

    def __rmatmul__(self, other: Any) -> Any:
        found = entries_product(self.values, self.cols, self.rows, self.shape[::-1], np.transpose(other))
        return np.transpose(found)

    def toarray(self) -> Any:
        return entries_dense(self.values, self.rows, self.cols, self.shape)

    def diagonal(self) -> Any:
        return np.diagonal(self.toarray())

    def sum(self) -> Any:
        return np.sum(self.values)

    def solved(self, b: Any) -> Any:
        solution = entries_solved(self.values, self.rows, self.cols, self.shape, b)
        return solution


# -- how they are made ------------------------------------------------------------------------------------------------


@spells_out(*(f for f in _FORMATS if f.__name__[:3] in ("csr", "coo", "lil", "dok", "bsr")))
def by_rows(arg1: Any, shape: Any = None, dtype: Any = None, copy: Any = False) -> Any:
    """`csr_matrix((data, (row, col)))`, `csr_matrix((data, indices, indptr))`, `csr_matrix(a)`."""
    if is_display(arg1) and len(arg1) == 3:
        rows = expanded(arg1[2])
        return SparseMatrix(arg1[0], rows, arg1[1], shape_of(rows, arg1[1], shape))
    return _made(arg1, shape)


@spells_out(sparse.csc_matrix, sparse.csc_array)
def by_columns(arg1: Any, shape: Any = None, dtype: Any = None, copy: Any = False) -> Any:
    """`csc_matrix((data, (row, col)))`, `csc_matrix((data, indices, indptr))`, `csc_matrix(a)`."""
    if is_display(arg1) and len(arg1) == 3:
        cols = expanded(arg1[2])
        return SparseMatrix(arg1[0], arg1[1], cols, shape_of(arg1[1], cols, shape))
    return _made(arg1, shape)


def _made(arg1: Any, shape: Any) -> Any:
    if isinstance(arg1, _Arithmetic):
        return arg1
    if is_display(arg1):
        rows, cols = arg1[1]
        return SparseMatrix(arg1[0], rows, cols, shape_of(rows, cols, shape))
    rows, cols = rows_in_dense(arg1), cols_in_dense(arg1)
    return SparseMatrix(arg1[rows, cols], rows, cols, np.shape(arg1))


@spells_out(sparse.diags)
def diags(diagonals: Any, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None) -> Any:
    values = diagonal_values(diagonals, offsets, shape)
    rows = diagonal_rows(diagonals, offsets, shape)
    cols = diagonal_cols(diagonals, offsets, shape)
    size = diagonal_shape(diagonals, offsets, shape)
    return SparseMatrix(values, rows, cols, size)


@spells_out(sparse.diags_array)
def diags_array(
    diagonals: Any, *, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = None
) -> Any:
    return diags(diagonals, offsets, shape)


@spells_out(sparse.eye)
def eye(m: Any, n: Any = None, k: Any = 0, dtype: Any = float, format: Any = None) -> Any:
    return ConstantSparseMatrix(made(sparse.eye, m, n, k, dtype, format))


@spells_out(sparse.identity)
def identity(n: Any, dtype: Any = "d", format: Any = None) -> Any:
    return ConstantSparseMatrix(made(sparse.identity, n, dtype, format))


@spells_out(sparse.eye_array)
def eye_array(m: Any, n: Any = None, *, k: Any = 0, dtype: Any = float, format: Any = None) -> Any:
    return ConstantSparseMatrix(made(sparse.eye, m, n, k, dtype, format))


@spells_out(sparse.kron)
def kron(A: Any, B: Any, format: Any = None) -> Any:
    return ConstantSparseMatrix(made(sparse.kron, A.whole, B.whole, format))


# -- what is done with them -------------------------------------------------------------------------------------------


@spells_out(linalg.spsolve)
def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: Any = True) -> Any:
    return A.solved(b)


@spells_out(linalg.expm_multiply)
def expm_multiply(A: Any, B: Any) -> Any:
    product = exponential_times(A.whole, B)
    return product


@stands_in_for(type(linalg.splu(sparse.csc_array(np.eye(1)))))
class Factorised:
    """A factorised constant matrix."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def solve(self, rhs: Any, trans: Any = "N") -> Any:
        solution = factors_solved(self.whole, rhs, trans)
        return solution


@spells_out_bound("solve", Factorised)
def solving(factors: Any) -> Any:
    """What calls of `factorized(a)` are, which SciPy gives as the method of the factors."""

    def solve(rhs: Any) -> Any:
        solution = factors_solved(factors, rhs, "N")
        return solution

    return solve


class Factors:
    """A factorised matrix: solving with it is solving with the matrix."""

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix

    def solve(self, rhs: Any, trans: Any = "N") -> Any:
        if trans == "N":
            return self.matrix.solved(rhs)
        return self.matrix.T.solved(rhs)

    def __call__(self, rhs: Any) -> Any:
        return self.matrix.solved(rhs)


@spells_out(linalg.splu, linalg.spilu, linalg.factorized)
def splu(A: Any) -> Any:
    return Factors(A)
