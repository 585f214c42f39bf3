"""Products of vectors, matrices and tensors."""

import numpy as np

from ..kernels import (
    column_shape,
    cross_axes,
    dot_axes,
    drop_column,
    einsum_derivative,
    einsum_gradient,
    embed_diagonal,
    inner_axes,
    kron_axes,
    kron_shape,
    left_axes,
    left_order,
    product_shape,
    right_axes,
    right_order,
    row_shape,
    unbroadcast,
)
from .registry import alias, bilinear, general, linear


@bilinear(np.matmul)
def matmul(x1, x2, *, ct):
    """x1_bar = ct x2^T, x2_bar = x1^T ct; a vector is a row on the left, a column on the right.

    Source: Giles (2008), Collected matrix derivative results for forward and reverse mode AD, 2.2.2.
    """
    c = np.reshape(ct, product_shape(ct, x1, x2))
    x = np.reshape(x1, row_shape(x1))
    y = np.reshape(x2, column_shape(x2))
    return c @ np.swapaxes(y, -1, -2), drop_column(np.swapaxes(x, -1, -2) @ c, x2)


@matmul.when(2, 2)
def matmul_matrix_matrix(x1, x2, *, ct):
    return ct @ np.transpose(x2), np.transpose(x1) @ ct


@matmul.when(2, 1)
def matmul_matrix_vector(x1, x2, *, ct):
    return np.outer(ct, x2), ct @ x1


@matmul.when(1, 2)
def matmul_vector_matrix(x1, x2, *, ct):
    return x2 @ ct, np.outer(x1, ct)


@matmul.when(1, 1)
def matmul_vector_vector(x1, x2, *, ct):
    return ct * x2, ct * x1


@bilinear(np.outer)
def outer(a, b, *, ct):
    return np.reshape(ct @ np.ravel(b), np.shape(a)), np.reshape(np.ravel(a) @ ct, np.shape(b))


@outer.when(1, 1)
def outer_vectors(a, b, *, ct):
    return ct @ b, a @ ct


@bilinear(np.dot)
def dot(a, b, *, ct):
    """A sum over the last axis of `a` and the last but one of `b`; all other axes are kept apart."""
    axes = dot_axes(a, b)
    return (
        np.transpose(np.tensordot(ct, b, left_axes(a, b, axes)), left_order(a, b, axes)),
        np.transpose(np.tensordot(a, ct, right_axes(a, b, axes)), right_order(a, b, axes)),
    )


@dot.when(2, 2)
def dot_matrix_matrix(a, b, *, ct):
    return np.dot(ct, np.transpose(b)), np.dot(np.transpose(a), ct)


@dot.when(2, 1)
def dot_matrix_vector(a, b, *, ct):
    return np.outer(ct, b), np.dot(ct, a)


@dot.when(1, 2)
def dot_vector_matrix(a, b, *, ct):
    return np.dot(b, ct), np.outer(a, ct)


@dot.when(1, 1)
def dot_vector_vector(a, b, *, ct):
    return ct * b, ct * a


@bilinear(np.tensordot)
def tensordot(a, b, axes=2, *, ct):
    """ct has the free axes of `a`, then those of `b`: contract it with the other operand over that one's free axes."""
    return (
        np.transpose(np.tensordot(ct, b, left_axes(a, b, axes)), left_order(a, b, axes)),
        np.transpose(np.tensordot(a, ct, right_axes(a, b, axes)), right_order(a, b, axes)),
    )


@bilinear(np.inner)
def inner(a, b, *, ct):
    """A sum over the last axes of both."""
    axes = inner_axes(a, b)
    return (
        np.transpose(np.tensordot(ct, b, left_axes(a, b, axes)), left_order(a, b, axes)),
        np.transpose(np.tensordot(a, ct, right_axes(a, b, axes)), right_order(a, b, axes)),
    )


@inner.when(1, 1)
def inner_vectors(a, b, *, ct):
    return ct * b, ct * a


@bilinear(np.vdot, complex="adjoint")
def vdot(a, b, *, ct):
    """The sum of conj(a) * b."""
    return np.reshape(np.conj(ct) * np.ravel(b), np.shape(a)), np.reshape(ct * np.ravel(a), np.shape(b))


@general(np.einsum, wrt=("operands",))
def einsum(subscripts, *operands, ct):
    """The same sum, with ct in the place of the operand."""
    return einsum_gradient(ct, subscripts, operands, None)


@einsum.defjvp
def einsum_jvp(subscripts, *operands, operands_dot):
    return einsum_derivative(subscripts, operands, (None, operands_dot))


@bilinear(np.kron)
def kron(a, b, *, ct):
    """Blocks of b, each times an element of a: ct with the axes of both apart is an outer product."""
    c = np.reshape(ct, kron_shape(a, b))
    x = np.reshape(a, kron_shape(a, np.ones((1,) * np.ndim(b))))
    y = np.reshape(b, kron_shape(np.ones((1,) * np.ndim(a)), b))
    return (
        np.reshape(np.sum(c * y, axis=kron_axes(a, b, 1)), np.shape(a)),
        np.reshape(np.sum(c * x, axis=kron_axes(a, b, 0)), np.shape(b)),
    )


@linear(np.trace, wrt=("a",))
def trace(a, offset=0, axis1=0, axis2=1, *, ct):
    return embed_diagonal(np.expand_dims(ct, -1), a, offset, axis1, axis2)


@bilinear(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None, *, ct):
    """a_bar = b x ct, b_bar = ct x a, of three components each."""
    i, j, k = cross_axes(axisa, axisb, axisc, axis)
    x, y, c = np.moveaxis(a, i, -1), np.moveaxis(b, j, -1), np.moveaxis(ct, k, -1)
    return (
        np.moveaxis(unbroadcast(np.cross(y, c), x), -1, i),
        np.moveaxis(unbroadcast(np.cross(c, x), y), -1, j),
    )


@bilinear(np.linalg.cross)
def linalg_cross(x1, x2, axis=-1, *, ct):
    return np.cross(x2, ct, axis=axis), np.cross(ct, x1, axis=axis)


@bilinear(np.vecdot, complex="adjoint")
def vecdot(x1, x2, *, ct):
    """The sums of conj(x1) * x2 over the last axis."""
    c = np.expand_dims(ct, -1)
    return np.conj(c) * x2, c * x1


@bilinear(np.linalg.vecdot, complex="adjoint")
def linalg_vecdot(x1, x2, axis=-1, *, ct):
    c = np.expand_dims(ct, axis)
    return np.conj(c) * x2, c * x1


if hasattr(np, "matvec"):

    @bilinear(np.matvec)
    def matvec(x1, x2, *, ct):
        c = np.expand_dims(ct, -1)
        return c * np.expand_dims(x2, -2), np.sum(c * x1, axis=-2)

    @bilinear(np.vecmat, complex="adjoint")
    def vecmat(x1, x2, *, ct):
        """conj(x1) @ x2."""
        c = np.expand_dims(ct, -2)
        return np.sum(np.conj(c) * x2, axis=-1), np.expand_dims(x1, -1) * c


@linear(np.linalg.diagonal, wrt=("x",))
def linalg_diagonal(x, offset=0, *, ct):
    return embed_diagonal(ct, x, offset, -2, -1)


@linear(np.linalg.trace, wrt=("x",))
def linalg_trace(x, offset=0, *, ct):
    return embed_diagonal(np.expand_dims(ct, -1), x, offset, -2, -1)


alias(np.linalg.matmul, np.matmul)
alias(np.linalg.outer, np.outer)
alias(np.linalg.tensordot, np.tensordot)
