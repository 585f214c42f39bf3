"""Linear algebra.

Sources: Giles (2008), Collected matrix derivative results for forward and reverse mode AD; Townsend (2016),
Differentiating the singular value decomposition; Murray (2016), Differentiation of the Cholesky decomposition;
Walter and Lehmann (2010), Algorithmic differentiation of linear algebra functions (QR); Golub and Pereyra (1973),
The differentiation of pseudo-inverses. Matrices are in the last two axes throughout; ^T is `np.swapaxes(a, -1, -2)`.
"""

import math

import numpy as np

from ..kernels import (
    as_matrices,
    chain_derivative,
    chain_gradient,
    columns_shape,
    corner,
    drop_column,
    from_matrices,
    gap_quotients,
    hits,
    is_number,
    residual_cotangent,
    two_by_two,
)
from .registry import general, reduction


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


@det.defjvp
def det_jvp(a, *, out, a_dot):
    return out * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@general(np.linalg.slogdet, wrt=("a",), complex="refused")
def slogdet(a, *, ct):
    """d log|det| = trace(a^-1 da); the sign is constant."""
    return np.expand_dims(ct[1], (-2, -1)) * np.swapaxes(np.linalg.inv(a), -1, -2)


@slogdet.defjvp
def slogdet_jvp(a, *, out, a_dot):
    return 0 * out[0], np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)


@general(np.linalg.cholesky, wrt=("a",), complex="refused")
def cholesky(a, *, out, ct):
    """a_bar = L^-T phi(L^T ct) L^-1, made symmetric; phi takes the lower triangle and half of the diagonal."""
    p = np.tril(np.swapaxes(out, -1, -2) @ ct)
    p = p - 0.5 * np.eye(np.shape(a)[-1]) * p
    t = np.swapaxes(out, -1, -2)
    s = np.linalg.solve(t, np.swapaxes(np.linalg.solve(t, np.swapaxes(p, -1, -2)), -1, -2))
    return 0.5 * (s + np.swapaxes(s, -1, -2))


@cholesky.defjvp
def cholesky_jvp(a, *, out, a_dot):
    """dL = L phi(L^-1 da L^-T)."""
    s = 0.5 * (a_dot + np.swapaxes(a_dot, -1, -2))
    p = np.tril(np.linalg.solve(out, np.swapaxes(np.linalg.solve(out, s), -1, -2)))
    return out @ (p - 0.5 * np.eye(np.shape(a)[-1]) * p)


@general(np.linalg.eigh, wrt=("a",), complex="refused")
def eigh(a, UPLO="L", *, out, ct):
    """a_bar = v (diag(w_bar) + F * (v^T v_bar)) v^T, made symmetric, with F[i, j] = 1 / (w[j] - w[i]).

    Eigenvectors of equal eigenvalues have no derivative: their part is taken as 0.
    """
    w, v = out
    w_bar, v_bar = ct
    t = np.swapaxes(v, -1, -2)
    inner = gap_quotients(w) * (t @ v_bar) + np.expand_dims(w_bar, -2) * np.eye(np.shape(a)[-1])
    s = v @ inner @ t
    return 0.5 * (s + np.swapaxes(s, -1, -2))


@eigh.defjvp
def eigh_jvp(a, UPLO="L", *, out, a_dot):
    w, v = out
    p = np.swapaxes(v, -1, -2) @ (0.5 * (a_dot + np.swapaxes(a_dot, -1, -2))) @ v
    return np.diagonal(p, axis1=-2, axis2=-1), v @ (gap_quotients(w) * p)


@general(np.linalg.eigvalsh, wrt=("a",), complex="refused")
def eigvalsh(a, UPLO="L", *, ct):
    """The eigenvectors, squared, tell what an eigenvalue gains: a_bar = v diag(ct) v^T."""
    v = np.linalg.eigh(a, UPLO)[1]
    return (v * np.expand_dims(ct, -2)) @ np.swapaxes(v, -1, -2)


@eigvalsh.defjvp
def eigvalsh_jvp(a, UPLO="L", *, a_dot):
    v = np.linalg.eigh(a, UPLO)[1]
    p = np.swapaxes(v, -1, -2) @ (0.5 * (a_dot + np.swapaxes(a_dot, -1, -2))) @ v
    return np.diagonal(p, axis1=-2, axis2=-1)


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


@general(np.linalg.qr, wrt=("a",), complex="refused")
def qr(a, mode="reduced"):
    """See the case."""


@qr.case("mode", holds=lambda mode: mode == "reduced")
def qr_reduced(a, mode="reduced", *, out, ct):
    """For a matrix of full column rank, with m = r r_bar^T - q_bar^T q and its lower triangle mirrored up:

    a_bar = (q_bar + q mirrored(m)) r^-T.
    """
    q, r = out
    q_bar, r_bar = ct
    m = np.tril(r @ np.swapaxes(r_bar, -1, -2) - np.swapaxes(q_bar, -1, -2) @ q)
    s = m + np.swapaxes(np.tril(m, -1), -1, -2)
    return np.swapaxes(np.linalg.solve(r, np.swapaxes(q_bar + q @ s, -1, -2)), -1, -2)


@qr.defjvp
def qr_jvp(a, mode="reduced", *, out, a_dot):
    """With da r^-1 = q x + (the part outside of q): dr = (x - skew) r, where skew has the lower triangle of x."""
    q, r = out
    y = np.swapaxes(np.linalg.solve(np.swapaxes(r, -1, -2), np.swapaxes(a_dot, -1, -2)), -1, -2)
    x = np.swapaxes(q, -1, -2) @ y
    low = np.tril(x, -1)
    skew = low - np.swapaxes(low, -1, -2)
    return y - q @ (x - skew), (x - skew) @ r


@general(np.linalg.svd, wrt=("a",), complex="refused")
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """See the cases."""


@svd.case(
    "full_matrices",
    "compute_uv",
    "hermitian",
    holds=lambda full, uv, hermitian: not (full or hermitian) and uv,
)
def svd_reduced(a, full_matrices=True, compute_uv=True, hermitian=False, *, out, ct):
    """Townsend (2016). Singular vectors of equal singular values have no derivative: their part is taken as 0.

    With F[i, j] = 1 / (s[j]**2 - s[i]**2), u^T u_bar and v^T v_bar turn by F times their skew parts; what of the
    cotangents lies outside of the spans of u and v comes through 1 / s.
    """
    u, s, vh = out
    u_bar, s_bar, vh_bar = ct
    ut, v, v_bar = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2), np.swapaxes(vh_bar, -1, -2)
    f = gap_quotients(s**2)
    x, y = ut @ u_bar, vh @ v_bar
    rows, columns = np.expand_dims(s, -1), np.expand_dims(s, -2)
    inverse = (columns != 0) / (columns + (columns == 0))
    turn = f * (x - np.swapaxes(x, -1, -2)) * columns + rows * f * (y - np.swapaxes(y, -1, -2))
    core = u @ (turn + np.expand_dims(s_bar, -2) * np.eye(np.shape(s)[-1])) @ vh
    left = ((u_bar - u @ x) * inverse) @ vh
    right = (u * inverse) @ np.swapaxes(v_bar - v @ y, -1, -2)
    return core + left + right


@svd.defjvp
def svd_jvp(a, full_matrices=True, compute_uv=True, hermitian=False, *, out, a_dot):
    u, s, vh = out
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)
    f = gap_quotients(s**2)
    rows, columns = np.expand_dims(s, -1), np.expand_dims(s, -2)
    inverse = (columns != 0) / (columns + (columns == 0))
    av, atu = a_dot @ v, np.swapaxes(a_dot, -1, -2) @ u
    p, pt = ut @ av, vh @ atu
    u_dot = u @ (f * (p * columns + rows * pt)) + (av - u @ p) * inverse
    v_dot = v @ (f * (rows * p + pt * columns)) + (atu - v @ pt) * inverse
    return u_dot, np.diagonal(p, axis1=-2, axis2=-1), np.swapaxes(v_dot, -1, -2)


@general(np.linalg.svdvals, wrt=("x",), complex="refused")
def svdvals(x, *, ct):
    """x_bar = u diag(ct) v^T."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return (u * np.expand_dims(ct, -2)) @ vh


@svdvals.defjvp
def svdvals_jvp(x, *, x_dot):
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.diagonal(np.swapaxes(u, -1, -2) @ x_dot @ np.swapaxes(vh, -1, -2), axis1=-2, axis2=-1)


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
    q = np.sum(r * (a_dot @ x), axis=0)[: np.size(out[1])]
    w = np.sum(r * z, axis=0)[: np.size(out[1])]
    return (
        (drop_column(x_dot, b), -2 * q, 0, s_dot),
        (drop_column(p @ z, b), 2 * w, 0, 0 * out[3]),
    )


@general(np.linalg.eigvals, wrt=("a",))
def eigvals(a, *, ct):
    """dw = diag(v^-1 da v): a_bar = v^-T diag(ct) v^T. Equal eigenvalues have no derivative."""
    v = np.swapaxes(np.linalg.eig(a)[1], -1, -2)
    return np.linalg.solve(v, np.expand_dims(ct, -1) * v)


@eigvals.defjvp
def eigvals_jvp(a, *, a_dot):
    v = np.linalg.eig(a)[1]
    return np.diagonal(np.linalg.solve(v, a_dot @ v), axis1=-2, axis2=-1)


@general(np.linalg.eig, wrt=("a",), complex="adjoint")
def eig(a, *, out, ct):
    """a_bar = v^-H (diag(w_bar) + conj(F) * (v^H v_bar - v^H v diag(Re(v^H v_bar)))) v^H, F[i, j] = 1 / (w[j] - w[i]).

    Eigenvectors are of length 1; what depends on their phases has no derivative, nor have those of equal eigenvalues.
    Source: Boeddeker et al. (2017), On the computation of complex-valued gradients with application to statistically
    optimum beamforming, 4.18.
    """
    w, v = out
    w_bar, v_bar = ct
    h = np.conj(np.swapaxes(v, -1, -2))
    i = np.eye(np.shape(a)[-1])
    m = h @ v_bar
    turn = np.conj(gap_quotients(w)) * (m - (h @ v) * np.sum(np.real(m) * i, axis=-2, keepdims=True))
    return np.linalg.solve(h, (turn + np.expand_dims(w_bar, -2) * i) @ h)


@eig.defjvp
def eig_jvp(a, *, out, a_dot):
    w, v = out
    p = np.linalg.solve(v, a_dot @ v)
    turn = v @ (gap_quotients(w) * p)
    return (
        np.diagonal(p, axis1=-2, axis2=-1),
        turn - v * np.sum(np.real(np.conj(v) * turn), axis=-2, keepdims=True),
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
