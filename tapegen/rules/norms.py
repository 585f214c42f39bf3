"""Linear algebra: norms and condition numbers. Each norm is 0 at 0, and so is its derivative there."""

import numpy as np

from ..kernels import (
    as_matrices,
    from_matrices,
    hits,
    is_number,
)
from .registry import alias, general, reduction


@reduction(np.linalg.norm, wrt=("x",), complex="adjoint")
def norm(x, ord=None, axis=None, keepdims=False):
    """See the cases."""


@norm.case("ord", holds=lambda ord: ord is None or ord == "fro")
def norm_euclidean(x, ord=None, axis=None, keepdims=False, *, out):
    """x / |x|, and 0 at 0."""
    return x / (out + (out == 0))


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == 2 and is_number(axis))
def norm_two(x, ord=None, axis=None, keepdims=False, *, out):
    """x / |x|, and 0 at 0."""
    return x / (out + (out == 0))


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == 1 and is_number(axis))
def norm_one(x, ord=None, axis=None, keepdims=False):
    """The sum of absolute values."""
    return np.sign(x)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and abs(ord) == np.inf and is_number(axis))
def norm_largest(x, ord=None, axis=None, keepdims=False, *, out):
    """The largest (smallest) absolute value; ties share evenly."""
    return np.sign(x) * hits(np.abs(x), out, axis)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord != 0 and is_number(axis))
def norm_p(x, ord=None, axis=None, keepdims=False, *, out):
    """d/dx sum(|x|**p)**(1/p) = sign(x) * (|x| / out)**(p - 1)."""
    return np.sign(x) * (np.abs(x) / (out + (out == 0))) ** (ord - 1)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == 1)
def norm_column_sums(x, ord=None, axis=None, keepdims=False):
    """Of a matrix, the largest sum of absolute values of a column; a vector is a column. Ties share evenly."""
    m = as_matrices(x, axis)
    sums = np.sum(np.abs(m), axis=-2, keepdims=True)
    return from_matrices(np.sign(m) * hits(sums, np.max(sums, axis=-1, keepdims=True), -1), x, axis)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == np.inf)
def norm_row_sums(x, ord=None, axis=None, keepdims=False):
    """Of a matrix, the largest sum of absolute values of a row; of a vector, the largest absolute value."""
    m = as_matrices(x, axis)
    sums = np.sum(np.abs(m), axis=-1, keepdims=True)
    return from_matrices(np.sign(m) * hits(sums, np.max(sums, axis=-2, keepdims=True), -2), x, axis)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == 2)
def norm_spectral(x, ord=None, axis=None, keepdims=False):
    """Of a matrix, the largest singular value: u v^T of its singular vectors; of a vector, its length."""
    u, _, vh = np.linalg.svd(as_matrices(x, axis), full_matrices=False)
    return from_matrices(u[..., :, :1] @ vh[..., :1, :], x, axis)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == -1)
def norm_least_column_sum(x, ord=None, axis=None, keepdims=False, *, out):
    """Of a matrix, the smallest sum of absolute values of a column. Ties share evenly. Of a vector as for any p."""
    m = as_matrices(x, axis)
    sums = np.sum(np.abs(m), axis=-2, keepdims=True)
    least = from_matrices(np.sign(m) * hits(sums, np.min(sums, axis=-1, keepdims=True), -1), x, axis)
    return np.where(np.ndim(x) == 1, np.sign(x) * (np.abs(x) / (out + (out == 0))) ** (ord - 1), least)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == -np.inf)
def norm_least_row_sum(x, ord=None, axis=None, keepdims=False):
    """Of a matrix, the smallest sum of absolute values of a row. Ties share evenly."""
    m = as_matrices(x, axis)
    sums = np.sum(np.abs(m), axis=-1, keepdims=True)
    return from_matrices(np.sign(m) * hits(sums, np.min(sums, axis=-2, keepdims=True), -2), x, axis)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord == -2)
def norm_least_singular_value(x, ord=None, axis=None, keepdims=False, *, out):
    """Of a matrix, the smallest singular value: u v^T of its singular vectors. Of a vector as for any p."""
    u, _, vh = np.linalg.svd(as_matrices(x, axis), full_matrices=False)
    least = from_matrices(u[..., :, -1:] @ vh[..., -1:, :], x, axis)
    return np.where(np.ndim(x) == 1, np.sign(x) * (np.abs(x) / (out + (out == 0))) ** (ord - 1), least)


@norm.case("ord", "axis", holds=lambda ord, axis: is_number(ord) and ord != 0 and axis is None)
def norm_p_of_vector(x, ord=None, axis=None, keepdims=False, *, out):
    """As with an axis; matrices have no such norm."""
    return np.sign(x) * (np.abs(x) / (out + (out == 0))) ** (ord - 1)


@norm.case("ord", holds=lambda ord: ord == "nuc")
def norm_nuclear(x, ord=None, axis=None, keepdims=False):
    """The sum of the singular values: u v^T."""
    u, _, vh = np.linalg.svd(as_matrices(x, axis), full_matrices=False)
    return from_matrices(u @ vh, x, axis)


@reduction(np.linalg.vector_norm, wrt=("x",), complex="adjoint")
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """See the cases."""


@vector_norm.case("ord", holds=lambda ord: ord == 2)
def vector_norm_euclidean(x, axis=None, keepdims=False, ord=2, *, out):
    """x / |x|, and 0 at 0."""
    return x / (out + (out == 0))


@vector_norm.case("ord", holds=lambda ord: ord == 1)
def vector_norm_one(x, axis=None, keepdims=False, ord=2):
    return np.sign(x)


@vector_norm.case("ord", holds=lambda ord: abs(ord) == np.inf)
def vector_norm_largest(x, axis=None, keepdims=False, ord=2, *, out):
    """The largest (smallest) absolute value; ties share evenly."""
    return np.sign(x) * hits(np.abs(x), out, axis)


@vector_norm.case("ord", holds=lambda ord: ord != 0)
def vector_norm_p(x, axis=None, keepdims=False, ord=2, *, out):
    return np.sign(x) * (np.abs(x) / (out + (out == 0))) ** (ord - 1)


@general(np.linalg.cond, wrt=("x",), complex="refused")
def cond(x, p=None):
    """See the cases."""


@cond.case("p", holds=lambda p: p is None or (is_number(p) and p == 2))
def cond_spectral(x, p=None, *, out, ct):
    """The largest singular value s over the smallest r: d(s / r) = (ds - out * dr) / r."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    c = np.expand_dims(ct / s[..., -1], (-2, -1))
    last = np.expand_dims(out, (-2, -1)) * (u[..., :, -1:] @ vh[..., -1:, :])
    return c * (u[..., :, :1] @ vh[..., :1, :] - last)


@cond.defjvp
def cond_jvp(x, p=None, *, out, x_dot):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    s_dot = np.diagonal(np.swapaxes(u, -1, -2) @ x_dot @ np.swapaxes(vh, -1, -2), axis1=-2, axis2=-1)
    return (s_dot[..., 0] - out * s_dot[..., -1]) / s[..., -1]


if hasattr(np.linalg, "matrix_norm"):
    alias(np.linalg.matrix_norm, np.linalg.norm, defaults={"ord": "fro", "axis": (-2, -1)})
