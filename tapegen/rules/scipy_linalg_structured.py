"""scipy.linalg: packed factors, Toeplitz, circulant and symmetric band systems, Riccati equations; read when asked for.

Source of the Riccati equations: with the gain k that minimises, x changes as if k were constant, so its differential
solves a Lyapunov equation. Kao and Hennequin (2020), Automatic differentiation of Sylvester, Lyapunov, and algebraic
Riccati equations.
"""

import numpy as np
from scipy import linalg

from ..kernels import columns_shape
from ..kernels.matrices import is_transposed, opposite_trans, oriented, put_together, spread_back
from ..kernels.protocol import kernel
from ..kernels.structured import (
    permutation,
    symmetric_band_of,
    symmetric_band_times,
    toeplitz_solved,
    toeplitz_times,
    transposed_circulant,
)
from .registry import alias, bilinear, constant, general

triangular_of, lyapunov_of, discrete_lyapunov_of = map(
    kernel, (linalg.solve_triangular, linalg.solve_continuous_lyapunov, linalg.solve_discrete_lyapunov)
)
lu_solve_of, banded_of, circulant_of = map(
    kernel, (linalg.lu_solve, linalg.solveh_banded, linalg.solve_circulant)
)
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@general(
    linalg.lu_factor,
    wrt=("a",),
    complex="refused",
    returns=(np.ndarray, np.ndarray),
    fixed=("overwrite_a",),
)
def lu_factor(a, *, out, ct):
    """As `lu`, with both factors in one array; the pivots are constant."""
    low = np.tril(out[0], -1) + np.eye(np.shape(a)[0])
    u = np.triu(out[0])
    m = np.tril(np.transpose(low) @ np.tril(ct[0], -1), -1) + np.triu(np.triu(ct[0]) @ np.transpose(u))
    s = triangular_of(low, m, 1, True, True)
    return np.transpose(triangular_of(u, np.transpose(s), 0, False))[np.argsort(permutation(out[1]))]


@lu_factor.defjvp
def lu_factor_jvp(a, *, out, a_dot):
    low = np.tril(out[0], -1) + np.eye(np.shape(a)[0])
    u = np.triu(out[0])
    s = triangular_of(low, a_dot[permutation(out[1])], 0, True, True)
    m = np.transpose(triangular_of(u, np.transpose(s), 1, False))
    return low @ np.tril(m, -1) + np.triu(m) @ u, 0.0


@general(linalg.lu_solve, wrt=("lu_and_piv", "b"), complex="refused", fixed=("overwrite_b",))
def lu_solve(lu_and_piv, b, trans, *, out, ct):
    """b_bar = a^-T ct; the product of the factors gets -b_bar x^T, its rows in the order of the pivots."""
    g = lu_solve_of(lu_and_piv, ct, opposite_trans(trans))
    m = np.reshape(g, columns_shape(g, b)) @ np.transpose(np.reshape(out, columns_shape(out, b)))
    p = oriented(m, is_transposed(trans))[permutation(lu_and_piv[1])]
    lu = lu_and_piv[0]
    low = np.tril(lu, -1) + np.eye(np.shape(lu)[0])
    return [-(np.tril(p @ np.transpose(np.triu(lu)), -1) + np.triu(np.transpose(low) @ p)), 0.0], g


@lu_solve.defjvp
def lu_solve_jvp(lu_and_piv, b, trans, *, out, lu_and_piv_dot, b_dot):
    lu = lu_and_piv[0]
    lu_dot = lu_and_piv_dot[0]
    low = np.tril(lu, -1) + np.eye(np.shape(lu)[0])
    p = np.tril(lu_dot, -1) @ np.triu(lu) + low @ np.triu(lu_dot)
    m = oriented(p[np.argsort(permutation(lu_and_piv[1]))], is_transposed(trans))
    return -lu_solve_of(lu_and_piv, m @ out, trans), lu_solve_of(lu_and_piv, b_dot, trans)


@general(linalg.solveh_banded, wrt=("ab", "b"), complex="refused", fixed=("overwrite_ab", "overwrite_b"))
def solveh_banded(ab, b, lower, *, out, ct):
    """As `solve`; each number beside the diagonal stands for two."""
    g = banded_of(ab, ct, False, False, lower)
    return -symmetric_band_of(g, out, ab, lower), g


@solveh_banded.defjvp
def solveh_banded_jvp(ab, b, lower, *, out, ab_dot, b_dot):
    moved = symmetric_band_times(ab_dot, out, lower)
    return -banded_of(ab, moved, False, False, lower), banded_of(ab, b_dot, False, False, lower)


@bilinear(symmetric_band_times)
def _symmetric_band_times(ab, x, lower, *, ct):
    return symmetric_band_of(ct, x, ab, lower), symmetric_band_times(ab, ct, lower)


@bilinear(symmetric_band_of)
def _symmetric_band_of(g, x, ab, lower, *, ct):
    return symmetric_band_times(ct, x, lower), symmetric_band_times(ct, g, lower)


@general(toeplitz_solved, wrt=("c", "r", "b"), complex="refused")
def _toeplitz_solved(c, r, b, transposed=False, *, out, ct):
    """As `solve`, each number summed over its diagonal."""
    g = toeplitz_solved(c, r, ct, not transposed)
    m = np.reshape(g, columns_shape(g, b)) @ np.transpose(np.reshape(out, columns_shape(out, b)))
    parts = spread_back(-oriented(m, transposed), (c, r), linalg.toeplitz)
    return parts[0], parts[1], g


@_toeplitz_solved.defjvp
def _toeplitz_solved_jvp(c, r, b, transposed=False, *, out, c_dot, r_dot, b_dot):
    first = oriented(put_together((c_dot, 0.0), (c, r), linalg.toeplitz), transposed)
    second = oriented(put_together((0.0, r_dot), (c, r), linalg.toeplitz), transposed)
    return (
        -toeplitz_solved(c, r, first @ out, transposed),
        -toeplitz_solved(c, r, second @ out, transposed),
        toeplitz_solved(c, r, b_dot, transposed),
    )


@general(toeplitz_times, wrt=("c", "r", "x"), complex="refused")
def _toeplitz_times(c, r, x, transposed=False, *, ct):
    m = np.reshape(ct, columns_shape(ct, x)) @ np.transpose(np.reshape(x, columns_shape(x, x)))
    parts = spread_back(oriented(m, transposed), (c, r), linalg.toeplitz)
    return parts[0], parts[1], toeplitz_times(c, r, ct, not transposed)


@_toeplitz_times.defjvp
def _toeplitz_times_jvp(c, r, x, transposed=False, *, c_dot, r_dot, x_dot):
    first = oriented(put_together((c_dot, 0.0), (c, r), linalg.toeplitz), transposed)
    second = oriented(put_together((0.0, r_dot), (c, r), linalg.toeplitz), transposed)
    return first @ x, second @ x, toeplitz_times(c, r, x_dot, transposed)


@general(
    linalg.solve_circulant, wrt=("c", "b"), complex="refused", fixed=("singular", "caxis", "baxis", "outaxis")
)
def solve_circulant(c, b, *, out, ct):
    """By Fourier transforms: c_bar is the circular correlation of -b_bar with x, summed over columns."""
    g = circulant_of(c[transposed_circulant(c)], ct)
    f = np.fft.fft(np.reshape(g, columns_shape(g, b)), None, 0)
    h = np.fft.fft(np.reshape(out, columns_shape(out, b)), None, 0)
    return -np.real(np.fft.ifft(np.sum(f * np.conj(h), axis=1))), g


@solve_circulant.defjvp
def solve_circulant_jvp(c, b, *, out, c_dot, b_dot):
    f = np.reshape(np.fft.fft(c_dot), (-1, 1))
    h = np.fft.fft(np.reshape(out, columns_shape(out, b)), None, 0)
    moved = np.real(np.fft.ifft(f * h, None, 0))
    return -circulant_of(c, np.reshape(moved, np.shape(out))), circulant_of(c, b_dot)


@general(linalg.hankel, wrt=("c", "r"), complex="refused")
def hankel(c, r=None, *, ct):
    """Each number goes up a diagonal; the first of r is not read."""
    return spread_back(ct, (c, r), linalg.hankel)[0], spread_back(ct, (c, r), linalg.hankel)[1]


@hankel.defjvp
def hankel_jvp(c, r=None, *, c_dot, r_dot):
    return (
        put_together((c_dot, 0.0), (c, r), linalg.hankel),
        put_together((0.0, r_dot), (c, r), linalg.hankel),
    )


@bilinear(linalg.khatri_rao)
def khatri_rao(a, b, *, ct):
    c = np.reshape(ct, (np.shape(a)[0], np.shape(b)[0], np.shape(a)[1]))
    return np.einsum("ijk,jk->ik", c, b), np.einsum("ijk,ik->jk", c, a)


@general(
    linalg.solve_continuous_are, wrt=("a", "b", "q", "r"), complex="refused", fixed=("e", "s", "balanced")
)
def solve_continuous_are(a, b, q, r, *, out, ct):
    """With k = r^-1 b^T x and h = a - b k: y solves h y + y h^T = -ct, and a_bar = x (y + y^T)."""
    k = np.linalg.solve(r, np.transpose(b) @ out)
    y = lyapunov_of(a - b @ k, -0.5 * (ct + np.transpose(ct)))
    a_bar = 2 * out @ y
    return a_bar, -(a_bar @ np.transpose(k)), y, k @ y @ np.transpose(k)


@solve_continuous_are.defjvp
def solve_continuous_are_jvp(a, b, q, r, *, out, a_dot, b_dot, q_dot, r_dot):
    k = np.linalg.solve(r, np.transpose(b) @ out)
    h = np.transpose(a - b @ k)
    c = out @ a_dot
    d = -(out @ b_dot @ k)
    e = np.transpose(k) @ r_dot @ k
    return (
        lyapunov_of(h, -(c + np.transpose(c))),
        lyapunov_of(h, -(d + np.transpose(d))),
        lyapunov_of(h, -0.5 * (q_dot + np.transpose(q_dot))),
        lyapunov_of(h, -0.5 * (e + np.transpose(e))),
    )


@general(linalg.solve_discrete_are, wrt=("a", "b", "q", "r"), complex="refused", fixed=("e", "s", "balanced"))
def solve_discrete_are(a, b, q, r, *, out, ct):
    """With k = (r + b^T x b)^-1 b^T x a and h = a - b k: y = h y h^T + ct, and a_bar = x h (y + y^T)."""
    k = np.linalg.solve(r + np.transpose(b) @ out @ b, np.transpose(b) @ out @ a)
    h = a - b @ k
    y = discrete_lyapunov_of(h, 0.5 * (ct + np.transpose(ct)))
    a_bar = 2 * out @ h @ y
    return a_bar, -(a_bar @ np.transpose(k)), y, k @ y @ np.transpose(k)


@solve_discrete_are.defjvp
def solve_discrete_are_jvp(a, b, q, r, *, out, a_dot, b_dot, q_dot, r_dot):
    k = np.linalg.solve(r + np.transpose(b) @ out @ b, np.transpose(b) @ out @ a)
    h = np.transpose(a - b @ k)
    c = h @ out @ a_dot
    d = -(h @ out @ b_dot @ k)
    e = np.transpose(k) @ r_dot @ k
    return (
        discrete_lyapunov_of(h, c + np.transpose(c)),
        discrete_lyapunov_of(h, d + np.transpose(d)),
        discrete_lyapunov_of(h, 0.5 * (q_dot + np.transpose(q_dot))),
        discrete_lyapunov_of(h, 0.5 * (e + np.transpose(e))),
    )


alias(triangular_of, linalg.solve_triangular)
alias(lyapunov_of, linalg.solve_continuous_lyapunov)
alias(discrete_lyapunov_of, linalg.solve_discrete_lyapunov)
alias(lu_solve_of, linalg.lu_solve)
alias(banded_of, linalg.solveh_banded)
alias(circulant_of, linalg.solve_circulant)
constant(permutation, transposed_circulant)
constant(linalg.hilbert, linalg.invhilbert, linalg.pascal, linalg.invpascal, linalg.hadamard, linalg.helmert)
constant(linalg.dft, linalg.issymmetric, linalg.ishermitian, linalg.bandwidth)
