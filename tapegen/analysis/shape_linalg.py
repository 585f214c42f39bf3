"""Shape functions of linear algebra: `np.linalg` without its products."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import broadcast, floating, nicer, promoted, real, shorter
from tapegen.analysis.shape_functions import FALSE, TRUE, NotDescribed, ranked, shape_of
from tapegen.analysis.values import (
    NONE,
    SOME,
    UNKNOWN,
    Array,
    Number,
    Sequence,
    Shape,
    Static,
    Value,
    kind_of,
    same_length,
)

_ONE = np.eye(1)


def _type_of(result: Any) -> type:
    """The class of several results together: a tuple, or in newer versions of NumPy a namedtuple."""
    return type(result)


def _matrices(a: Value) -> tuple[Array, Shape]:
    """A stack of matrices, and its shape."""
    found, dims = ranked(a)
    if len(dims) < 2:
        raise NotDescribed
    return found, dims


def _linalg(dtype: str | None) -> str | None:
    return (
        None
        if dtype in ("float16", "longdouble", "float128", "clongdouble", "complex256")
        else floating(dtype)
    )


@shape_of(np.linalg.inv, np.linalg.cholesky)
def inverse(a: Value) -> Value:
    found, dims = ranked(a)
    if len(dims) < 2:
        raise NotDescribed
    side = nicer(dims[-1], dims[-2])
    return Array(_linalg(found.dtype), (*dims[:-2], side, side), False)


@shape_of(np.linalg.pinv)
def pseudo_inverse(a: Value) -> Value:
    found, dims = ranked(a)
    return Array(_linalg(found.dtype), (*dims[:-2], dims[-1], dims[-2]), False) if len(dims) > 1 else UNKNOWN


@shape_of(np.linalg.det)
def determinant(a: Value) -> Value:
    found, dims = ranked(a)
    return Array(_linalg(found.dtype), dims[:-2], len(dims) == 2)


@shape_of(np.linalg.slogdet)
def log_determinant(a: Value) -> Value:
    found, dims = _matrices(a)
    kind, scalar = _linalg(found.dtype), len(dims) == 2
    parts = Array(kind, dims[:-2], scalar), Array(real(kind), dims[:-2], scalar)
    return Sequence(_type_of(np.linalg.slogdet(_ONE)), parts)


@shape_of(np.linalg.solve)
def solve(a: Value, b: Value) -> Value:
    (left, one), (right, two) = ranked(a), ranked(b)
    if len(one) < 2 or not two:
        raise NotDescribed
    dtype = _linalg(promoted((left.dtype, right.dtype)))
    if len(two) == 1:
        return Array(dtype, (*one[:-2], nicer(nicer(one[-1], one[-2]), two[0])), False)
    batch = broadcast((one[:-2], two[:-2])) or ()
    return Array(dtype, (*batch, nicer(nicer(one[-1], one[-2]), two[-2]), two[-1]), False)


@shape_of(np.linalg.eigvalsh)
def eigenvalues(a: Value) -> Value:
    found, dims = ranked(a)
    if len(dims) < 2:
        raise NotDescribed
    side = dims[-1] if same_length(dims[-1], dims[-2]) else nicer(dims[-1], dims[-2])
    return Array(real(_linalg(found.dtype)), (*dims[:-2], side), False)


@shape_of(np.linalg.matrix_power)
def matrix_power(a: Value, n: Value) -> Value:
    found, dims = ranked(a)
    return Array(None if found.dtype is None else floating(found.dtype) if n == NONE else None, dims, False)


@shape_of(np.linalg.eigh)
def hermitian_decomposition(a: Value, UPLO: Value = NONE) -> Value:
    found, dims = _matrices(a)
    kind, side = _linalg(found.dtype), nicer(dims[-1], dims[-2])
    parts = Array(real(kind), (*dims[:-2], side), False), Array(kind, (*dims[:-2], side, side), False)
    return Sequence(_type_of(np.linalg.eigh(_ONE)), parts)


def _general(dtype: str | None) -> str | None:
    """The dtype of eigenvalues: those of a real matrix come out real or complex, by their values."""
    kind = _linalg(dtype)
    return kind if kind is not None and kind_of(kind) == "complex" else None


@shape_of(np.linalg.eig)
def decomposition(a: Value) -> Value:
    found, dims = _matrices(a)
    kind, side = _general(found.dtype), nicer(dims[-1], dims[-2])
    parts = Array(kind, (*dims[:-2], side), False), Array(kind, (*dims[:-2], side, side), False)
    return Sequence(_type_of(np.linalg.eig(_ONE)), parts)


@shape_of(np.linalg.eigvals)
def general_eigenvalues(a: Value) -> Value:
    found, dims = _matrices(a)
    return Array(_general(found.dtype), (*dims[:-2], nicer(dims[-1], dims[-2])), False)


@shape_of(np.linalg.svd)
def singular_decomposition(
    a: Value, full_matrices: Value = TRUE, compute_uv: Value = TRUE, hermitian: Value = FALSE
) -> Value:
    found, dims = _matrices(a)
    kind, (*batch, rows, columns) = _linalg(found.dtype), dims
    least = shorter(rows, columns)
    values = Array(real(kind), (*batch, least), False)
    if compute_uv == FALSE:
        return values
    if compute_uv != TRUE or full_matrices not in (TRUE, FALSE):
        raise NotDescribed
    left, right = (rows, columns) if full_matrices == TRUE else (least, least)
    parts = Array(kind, (*batch, rows, left), False), values, Array(kind, (*batch, right, columns), False)
    return Sequence(_type_of(np.linalg.svd(_ONE)), parts)


if hasattr(np.linalg, "svdvals"):

    @shape_of(np.linalg.svdvals)
    def singular_values(x: Value) -> Value:
        return singular_decomposition(x, TRUE, FALSE)


@shape_of(np.linalg.qr)
def orthogonal_decomposition(a: Value, mode: Value = Static("reduced")) -> Value:
    found, dims = _matrices(a)
    kind, (*batch, rows, columns) = _linalg(found.dtype), dims
    least = shorter(rows, columns)
    if mode == Static("r"):
        return Array(kind, (*batch, least, columns), False)
    if mode == Static("complete"):
        least = rows
    elif mode != Static("reduced"):
        raise NotDescribed
    parts = Array(kind, (*batch, rows, least), False), Array(kind, (*batch, least, columns), False)
    return Sequence(_type_of(np.linalg.qr(_ONE)), parts)


@shape_of(np.linalg.lstsq)
def least_squares(a: Value, b: Value, rcond: Value = NONE) -> Value:
    """There are no residuals where the matrix is of lower rank, or has fewer rows than columns."""
    (left, (rows, columns)), (right, two) = _matrices(a), ranked(b)
    if len(two) not in (1, 2):
        raise NotDescribed
    kind = _linalg(promoted((left.dtype, right.dtype)))
    real_kind = None if kind is None else real(kind)
    return Sequence(
        tuple,
        (
            Array(kind, (columns, *two[1:]), False),
            Array(real_kind, (SOME,), False),
            UNKNOWN,
            Array(real_kind, (shorter(rows, columns),), False),
        ),
    )


@shape_of(np.linalg.multi_dot)
def chain(arrays: Value) -> Value:
    if not isinstance(arrays, Sequence) or len(arrays.items) < 2:
        raise NotDescribed
    pairs = [ranked(item) for item in arrays.items]
    first, last = pairs[0][1], pairs[-1][1]
    if any(
        len(dims) != 2 and not (len(dims) == 1 and i in (0, len(pairs) - 1))
        for i, (_, dims) in enumerate(pairs)
    ):
        raise NotDescribed  # of two arrays, it is np.dot
    dims = (*first[:-1], *last[1:])
    return Array(promoted(tuple(array.dtype for array, _ in pairs)), dims, False if dims else None)


@shape_of(np.linalg.tensorinv)
def tensor_inverse(a: Value, ind: Value = Number("int", 2)) -> Value:
    found, dims = ranked(a)
    if not isinstance(ind, Number) or not isinstance(ind.value, int):
        raise NotDescribed
    return Array(_linalg(found.dtype), (*dims[ind.value :], *dims[: ind.value]), False)


@shape_of(np.linalg.tensorsolve)
def tensor_solution(a: Value, b: Value, axes: Value = NONE) -> Value:
    (left, one), (right, two) = ranked(a), ranked(b)
    if axes != NONE or len(one) < len(two):
        raise NotDescribed
    dims = one[len(two) :]
    return Array(_linalg(promoted((left.dtype, right.dtype))), dims, False if dims else None)
