"""Linear algebra: inverses, systems of equations, determinants, powers.

Sources: Giles (2008), Collected matrix derivative results for forward and reverse mode AD; Golub and Pereyra (1973),
The differentiation of pseudo-inverses. Matrices are in the last two axes throughout; ^T is `np.swapaxes(a, -1, -2)`.
"""

import math

import numpy as np

from ..kernels import (
    chain_derivative,
    chain_gradient,
    columns_shape,
    corner,
    drop_column,
    residual_cotangent,
    two_by_two,
)
from .registry import general


@general(np.linalg.inv, wrt=("a",))
def inv(a, *, out, ct):
    """d(a^-1) = -a^-1 da a^-1."""
    t = np.swapaxes(out, -1, -2)
    return -(t @ ct @ t)


@inv.defjvp
def inv_jvp(a, *, out, a_dot):
    return -(out @ a_dot @ out)


@general(np.linalg.solve, wrt=("a", "b"))
def solve(a, b, *, out, ct):
    """b_bar = a^-T ct, a_bar = -b_bar x^T."""
    x = np.reshape(out, columns_shape(out, b))
    g = np.linalg.solve(np.swapaxes(a, -1, -2), np.reshape(ct, columns_shape(ct, b)))
    return -(g @ np.swapaxes(x, -1, -2)), drop_column(g, b)


@solve.defjvp
def solve_jvp(a, b, *, out, a_dot, b_dot):
    x = np.reshape(out, columns_shape(out, b))
    return -drop_column(np.linalg.solve(a, a_dot @ x), b), np.linalg.solve(a, b_dot)


@solve.when(2, 1)
def solve_vector(a, b, *, out, ct):
    g = np.linalg.solve(np.transpose(a), ct)
    return -np.outer(g, out), g


@solve.when(2, 2)
def solve_matrix(a, b, *, out, ct):
    g = np.linalg.solve(np.transpose(a), ct)
    return -(g @ np.transpose(out)), g


@general(np.linalg.det, wrt=("a",))
def det(a, *, out, ct):
    """Jacobi's formula: d det = det * trace(a^-1 da). The matrix must not be singular."""
    return np.expand_dims(ct * out, (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@det.when(2)
def det_matrix(a, *, out, ct):
    return ct * out * np.transpose(np.linalg.inv(a))


@det.defjvp
def det_jvp(a, *, out, a_dot):
    return out * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@general(np.linalg.slogdet, wrt=("a",), complex="refused")
def slogdet(a, *, ct):
    """d log|det| = trace(a^-1 da); the sign is constant."""
    return np.expand_dims(ct[1], (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@slogdet.when(2)
def slogdet_matrix(a, *, ct):
    return ct[1] * np.transpose(np.linalg.inv(a))


@slogdet.defjvp
def slogdet_jvp(a, *, out, a_dot):
    return 0 * out[0], np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@general(np.linalg.pinv, wrt=("a",), complex="refused")
def pinv(a, rcond=None, hermitian=False, *, out, ct):
    """Golub and Pereyra: dp = -p da p + p p^T da^T (1 - a p) + (1 - p a) da^T p^T p, for constant rank."""
    t, c = np.swapaxes(out, -1, -2), np.swapaxes(ct, -1, -2)
    left = np.eye(np.shape(a)[-2]) - a @ out
    right = np.eye(np.shape(a)[-1]) - out @ a
    return -(t @ ct @ t) + left @ c @ out @ t + t @ out @ c @ right


@pinv.defjvp
def pinv_jvp(a, rcond=None, hermitian=False, *, out, a_dot):
    t, d = np.swapaxes(out, -1, -2), np.swapaxes(a_dot, -1, -2)
    left = np.eye(np.shape(a)[-2]) - a @ out
    right = np.eye(np.shape(a)[-1]) - out @ a
    return -(out @ a_dot @ out) + out @ t @ d @ left + right @ d @ t @ out


@general(np.linalg.matrix_power, wrt=("a",))
def matrix_power(a, n, *, ct):
    """The power of [[a, b], [0, a]] has, above the diagonal, the derivative of a**n in the direction b.

    The adjoint is the derivative at a^T in the direction ct.
    """
    return corner(np.linalg.matrix_power(two_by_two(np.swapaxes(a, -1, -2), ct), n))


@matrix_power.defjvp
def matrix_power_jvp(a, n, *, a_dot):
    return corner(np.linalg.matrix_power(two_by_two(a, a_dot), n))


@general(np.linalg.multi_dot, wrt=("arrays",))
def multi_dot(arrays, *, ct):
    """Each factor's cotangent is the chain of those before, transposed, ct, and those after, transposed."""
    return chain_gradient(ct, arrays)


@multi_dot.defjvp
def multi_dot_jvp(arrays, *, arrays_dot):
    return chain_derivative(arrays, arrays_dot)


@general(np.linalg.lstsq, wrt=("a", "b"), complex="refused")
def lstsq(a, b, rcond=None, *, out, ct):
    """For a matrix of full rank: x = p b, with the pseudo-inverse p of a (Golub and Pereyra, as for `pinv`).

    The residual r = b - a x enters by its square, which changes with 2 r only, for x is its minimum; singular
    values by u diag(ct) v^T.
    """
    p = np.linalg.pinv(a)
    x = np.reshape(out[0], columns_shape(out[0], b))
    c = np.reshape(ct[0], columns_shape(ct[0], b))
    y = np.reshape(b, columns_shape(b, b))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    r, t, xt, ctr = y - a @ x, np.transpose(p), np.transpose(x), np.transpose(c)
    r_bar = 2 * r * residual_cotangent(ct[1], x)
    right = t @ x @ ctr @ (np.eye(np.shape(a)[1]) - p @ a)
    return (
        r @ ctr @ p @ t - t @ c @ xt + right - r_bar @ xt + (u * ct[3]) @ vh,
        drop_column(t @ c + r_bar, b),
    )


@lstsq.defjvp
def lstsq_jvp(a, b, rcond=None, *, out, a_dot, b_dot):
    p = np.linalg.pinv(a)
    x = np.reshape(out[0], columns_shape(out[0], b))
    y = np.reshape(b, columns_shape(b, b))
    z = np.reshape(b_dot, columns_shape(b_dot, b))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    r, d = y - a @ x, np.transpose(a_dot)
    x_dot = (
        p @ np.transpose(p) @ d @ r
        - p @ a_dot @ x
        + (np.eye(np.shape(a)[1]) - p @ a) @ d @ np.transpose(p) @ x
    )
    s_dot = np.diagonal(np.transpose(u) @ a_dot @ np.transpose(vh))
    q = np.reshape(np.sum(r * (a_dot @ x), axis=0)[: np.size(out[1])], np.shape(out[1]))
    w = np.reshape(np.sum(r * z, axis=0)[: np.size(out[1])], np.shape(out[1]))
    return (
        (drop_column(x_dot, b), -2 * q, 0, s_dot),
        (drop_column(p @ z, b), 2 * w, 0, 0 * out[3]),
    )


@general(np.linalg.tensorsolve, wrt=("a", "b"))
def tensorsolve(a, b, _axes=None, *, out, ct):
    """As `solve`, with the axes of b as rows and those of the solution as columns."""
    m = np.reshape(a, (np.size(b), np.size(b)))
    g = np.linalg.solve(np.transpose(m), np.ravel(ct))
    return np.reshape(-np.outer(g, np.ravel(out)), np.shape(a)), np.reshape(g, np.shape(b))


@tensorsolve.defjvp
def tensorsolve_jvp(a, b, _axes=None, *, out, a_dot, b_dot):
    n = np.size(b)
    m = np.reshape(a, (n, n))
    moved = np.reshape(a_dot, (n, n)) @ np.ravel(out)
    return (
        np.reshape(-np.linalg.solve(m, moved), np.shape(out)),
        np.reshape(np.linalg.solve(m, np.ravel(b_dot)), np.shape(out)),
    )


@general(np.linalg.tensorinv, wrt=("a",))
def tensorinv(a, ind=2, *, out, ct):
    n = math.isqrt(np.size(a))
    t = np.transpose(np.reshape(out, (n, n)))
    return np.reshape(-(t @ np.reshape(ct, (n, n)) @ t), np.shape(a))


@tensorinv.defjvp
def tensorinv_jvp(a, ind=2, *, out, a_dot):
    n = math.isqrt(np.size(a))
    x = np.reshape(out, (n, n))
    return np.reshape(-(x @ np.reshape(a_dot, (n, n)) @ x), np.shape(out))
