"""Linear algebra: decompositions and eigenvalues.

Sources: Giles (2008), Collected matrix derivative results for forward and reverse mode AD; Townsend (2016),
Differentiating the singular value decomposition; Murray (2016), Differentiation of the Cholesky decomposition;
Walter and Lehmann (2010), Algorithmic differentiation of linear algebra functions (QR). Matrices are in the last two
axes throughout; ^T is `np.swapaxes(a, -1, -2)`, ^H its complex conjugate.
"""

import numpy as np

from ..kernels import (
    determined_columns,
    determined_rows,
    first_columns,
    first_rows,
    fit_axes,
    gap_quotients,
)
from .registry import general


@general(np.linalg.cholesky, wrt=("a",), complex="adjoint")
def cholesky(a, *, out, ct):
    """a_bar = L^-H phi(L^H ct) L^-1, made Hermitian; phi takes the lower triangle and half of the diagonal.

    The Hermitian part of phi(p) is half of p's lower triangle mirrored up, with the diagonal's real part.
    """
    h = np.conj(np.swapaxes(out, -1, -2))
    p = np.tril(h @ ct)
    s = p + np.conj(np.swapaxes(np.tril(p, -1), -1, -2))
    return 0.5 * np.linalg.solve(h, np.conj(np.swapaxes(np.linalg.solve(h, s), -1, -2)))


@cholesky.defjvp
def cholesky_jvp(a, *, out, a_dot):
    """dL = L phi(L^-1 da L^-H)."""
    s = 0.5 * (a_dot + np.conj(np.swapaxes(a_dot, -1, -2)))
    p = np.tril(np.linalg.solve(out, np.conj(np.swapaxes(np.linalg.solve(out, s), -1, -2))))
    return out @ (p - 0.5 * np.eye(np.shape(a)[-1]) * p)


@general(np.linalg.eigh, wrt=("a",), complex="adjoint")
def eigh(a, UPLO="L", *, out, ct):
    """a_bar = v (diag(w_bar) + F * (v^H v_bar)) v^H, made Hermitian, with F[i, j] = 1 / (w[j] - w[i]).

    Eigenvectors of equal eigenvalues have no derivative: their part is taken as 0. Nor has the phase of a complex
    eigenvector: the result must not depend on it.
    """
    w, v = out
    w_bar, v_bar = ct
    t = np.conj(np.swapaxes(v, -1, -2))
    inner = gap_quotients(w) * (t @ v_bar) + np.expand_dims(w_bar, -2) * np.eye(np.shape(a)[-1])
    s = v @ inner @ t
    return 0.5 * (s + np.conj(np.swapaxes(s, -1, -2)))


@eigh.defjvp
def eigh_jvp(a, UPLO="L", *, out, a_dot):
    w, v = out
    p = np.conj(np.swapaxes(v, -1, -2)) @ (0.5 * (a_dot + np.conj(np.swapaxes(a_dot, -1, -2)))) @ v
    return np.real(np.diagonal(p, axis1=-2, axis2=-1)), v @ (gap_quotients(w) * p)


@general(np.linalg.eigvalsh, wrt=("a",), complex="adjoint")
def eigvalsh(a, UPLO="L", *, ct):
    """The eigenvectors, squared, tell what an eigenvalue gains: a_bar = v diag(ct) v^H."""
    v = np.linalg.eigh(a, UPLO)[1]
    return (v * np.expand_dims(ct, -2)) @ np.conj(np.swapaxes(v, -1, -2))


@eigvalsh.defjvp
def eigvalsh_jvp(a, UPLO="L", *, a_dot):
    v = np.linalg.eigh(a, UPLO)[1]
    p = np.conj(np.swapaxes(v, -1, -2)) @ (0.5 * (a_dot + np.conj(np.swapaxes(a_dot, -1, -2)))) @ v
    return np.real(np.diagonal(p, axis1=-2, axis2=-1))


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


@svd.case("compute_uv", holds=lambda uv: not uv)
def svd_values(a, full_matrices=True, compute_uv=True, hermitian=False, *, ct):
    """As `svdvals`."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.expand_dims(ct, -2)) @ vh


@svd.tangent_of(svd_values)
def svd_values_jvp(a, full_matrices=True, compute_uv=True, hermitian=False, *, a_dot):
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.diagonal(np.swapaxes(u, -1, -2) @ a_dot @ np.swapaxes(vh, -1, -2), axis1=-2, axis2=-1)


@svd.case("full_matrices", "hermitian", holds=lambda full, hermitian: full and not hermitian)
def svd_full(a, full_matrices=True, compute_uv=True, hermitian=False, *, out, ct):
    """The further columns of u or rows of vh, of a matrix that is not square, are any basis: they have no derivative.

    Where their cotangents are not zero this is a ValueError. The rest is as without them.
    """
    s = out[1]
    u, vh = first_columns(out[0], s), first_rows(out[2], s)
    u_bar, vh_bar = determined_columns(ct[0], s), determined_rows(ct[2], s)
    s_bar = ct[1]
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


@svd.tangent_of(svd_full)
def svd_full_jvp(a, full_matrices=True, compute_uv=True, hermitian=False, *, out, a_dot):
    """The tangents of the further columns and rows are taken as 0, though they have none."""
    s = out[1]
    u, vh = first_columns(out[0], s), first_rows(out[2], s)
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)
    f = gap_quotients(s**2)
    rows, columns = np.expand_dims(s, -1), np.expand_dims(s, -2)
    inverse = (columns != 0) / (columns + (columns == 0))
    av, atu = a_dot @ v, np.swapaxes(a_dot, -1, -2) @ u
    p, pt = ut @ av, vh @ atu
    u_dot = u @ (f * (p * columns + rows * pt)) + (av - u @ p) * inverse
    v_dot = v @ (f * (rows * p + pt * columns)) + (atu - v @ pt) * inverse
    return (
        fit_axes(u_dot, out[0]),
        np.diagonal(p, axis1=-2, axis2=-1),
        fit_axes(np.swapaxes(v_dot, -1, -2), out[2]),
    )


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
