"""scipy.linalg: factorisations, structured systems and functions of matrices, read when one is first asked for.

Sources: Giles (2008), Collected matrix derivative results for forward and reverse mode AD; Higham (2008), Functions of
Matrices, chapter 3 (a function of [[a, b], [0, a]] has its derivative in the direction b above the diagonal).
"""

import numpy as np
from scipy import linalg

from ..kernels import columns_shape, corner, scatter_rearranged, two_by_two
from ..kernels.matrices import (
    band_of,
    band_times,
    factor_back,
    is_transposed,
    lower_factor,
    opposite_trans,
    oriented,
    put_together,
    spread_back,
    transposed_band,
    triangle,
)
from ..kernels.protocol import kernel
from .registry import alias, bilinear, constant, general, linear

triangular_of, sylvester_of, cho_solve_of = map(
    kernel, (linalg.solve_triangular, linalg.solve_sylvester, linalg.cho_solve)
)
lyapunov_of, discrete_lyapunov_of, banded_of = map(
    kernel, (linalg.solve_continuous_lyapunov, linalg.solve_discrete_lyapunov, linalg.solve_banded)
)
toeplitz_of, power_of, logm_of = map(kernel, (linalg.toeplitz, linalg.fractional_matrix_power, linalg.logm))
cosm_of, sinm_of, tanm_of = map(kernel, (linalg.cosm, linalg.sinm, linalg.tanm))
coshm_of, sinhm_of, tanhm_of = map(kernel, (linalg.coshm, linalg.sinhm, linalg.tanhm))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@general(linalg.cholesky, wrt=("a",), complex="refused", fixed=("overwrite_a",))
def cholesky(a, lower=False, *, out, ct):
    """As `np.linalg.cholesky`; the upper factor is the transposed lower one."""
    low = oriented(out, not lower)
    p = np.tril(np.transpose(low) @ oriented(ct, not lower))
    p = p - 0.5 * np.eye(np.shape(a)[0]) * p
    s = triangular_of(low, np.transpose(triangular_of(low, np.transpose(p), 1, True)), 1, True)
    return 0.5 * (s + np.transpose(s))


@cholesky.defjvp
def cholesky_jvp(a, lower=False, *, out, a_dot):
    low = oriented(out, not lower)
    s = 0.5 * (a_dot + np.transpose(a_dot))
    p = np.tril(triangular_of(low, np.transpose(triangular_of(low, s, 0, True)), 0, True))
    return oriented(low @ (p - 0.5 * np.eye(np.shape(a)[0]) * p), not lower)


@general(
    linalg.cho_factor,
    wrt=("a",),
    complex="refused",
    returns=(np.ndarray, bool),
    fixed=("overwrite_a",),
)
def cho_factor(a, lower=False, *, out, ct):
    """As `cholesky`; the other triangle of the result holds arbitrary numbers, which nobody is to read."""
    low = lower_factor(out[0], lower)
    p = np.tril(np.transpose(low) @ lower_factor(ct[0], lower))
    p = p - 0.5 * np.eye(np.shape(a)[0]) * p
    s = triangular_of(low, np.transpose(triangular_of(low, np.transpose(p), 1, True)), 1, True)
    return 0.5 * (s + np.transpose(s))


@cho_factor.defjvp
def cho_factor_jvp(a, lower=False, *, out, a_dot):
    low = lower_factor(out[0], lower)
    s = 0.5 * (a_dot + np.transpose(a_dot))
    p = np.tril(triangular_of(low, np.transpose(triangular_of(low, s, 0, True)), 0, True))
    return factor_back(low @ (p - 0.5 * np.eye(np.shape(a)[0]) * p), lower), 0.0


@general(linalg.cho_solve, wrt=("c_and_lower", "b"), complex="refused", fixed=("overwrite_b",))
def cho_solve(c_and_lower, b, *, out, ct):
    """b_bar = (l l^T)^-1 ct; the factor gets -(b_bar x^T + x b_bar^T) l."""
    g = cho_solve_of(c_and_lower, ct)
    m = np.reshape(g, columns_shape(g, b)) @ np.transpose(np.reshape(out, columns_shape(out, b)))
    low = lower_factor(c_and_lower[0], c_and_lower[1])
    return [factor_back(-np.tril((m + np.transpose(m)) @ low), c_and_lower[1]), 0.0], g


@cho_solve.defjvp
def cho_solve_jvp(c_and_lower, b, *, out, c_and_lower_dot, b_dot):
    low = lower_factor(c_and_lower[0], c_and_lower[1])
    m = lower_factor(c_and_lower_dot[0], c_and_lower[1]) @ np.transpose(low)
    return -cho_solve_of(c_and_lower, (m + np.transpose(m)) @ out), cho_solve_of(c_and_lower, b_dot)


@general(linalg.lu, wrt=("a",), complex="refused", fixed=("permute_l", "overwrite_a", "p_indices"))
def lu(a, *, out, ct):
    """a = p l u, for square matrices: a_bar = p l^-T (strict(l^T l_bar) + upper(u_bar u^T)) u^-T; p is constant."""
    low = out[1]
    u = out[2]
    m = np.tril(np.transpose(low) @ ct[1], -1) + np.triu(ct[2] @ np.transpose(u))
    s = triangular_of(low, m, 1, True, True)
    return out[0] @ np.transpose(triangular_of(u, np.transpose(s), 0, False))


@lu.defjvp
def lu_jvp(a, *, out, a_dot):
    low = out[1]
    u = out[2]
    s = triangular_of(low, np.transpose(out[0]) @ a_dot, 0, True, True)
    m = np.transpose(triangular_of(u, np.transpose(s), 1, False))
    return 0 * out[0], low @ np.tril(m, -1), np.triu(m) @ u


@linear(linalg.block_diag, wrt=("arrs",))
def block_diag(*arrs, ct):
    return spread_back(ct, arrs, linalg.block_diag)


@general(linalg.toeplitz, wrt=("c", "r"), complex="refused")
def toeplitz(c, r=None, *, ct):
    """Each number goes down a diagonal; the first of r is not read."""
    return spread_back(ct, (c, r), linalg.toeplitz)[0], spread_back(ct, (c, r), linalg.toeplitz)[1]


@toeplitz.defjvp
def toeplitz_jvp(c, r=None, *, c_dot, r_dot):
    return (
        put_together((c_dot, 0.0), (c, r), linalg.toeplitz),
        put_together((0.0, r_dot), (c, r), linalg.toeplitz),
    )


@linear(linalg.circulant, wrt=("c",))
def circulant(c, *, ct):
    return scatter_rearranged(ct, c, linalg.circulant, ())


@linear(linalg.convolution_matrix, wrt=("a",))
def convolution_matrix(a, n, mode="full", *, ct):
    return spread_back(ct, (a,), linalg.convolution_matrix, (n, mode))[0]


@general(linalg.solve_banded, wrt=("ab", "b"), complex="refused", fixed=("overwrite_ab", "overwrite_b"))
def solve_banded(l_and_u, ab, b, *, out, ct):
    """As `solve`, for the diagonals that ab holds: the transposed matrix has them turned about."""
    g = banded_of(l_and_u[::-1], transposed_band(ab, l_and_u), ct)
    return -band_of(np.reshape(g, columns_shape(g, b)), np.reshape(out, columns_shape(out, b)), l_and_u), g


@solve_banded.defjvp
def solve_banded_jvp(l_and_u, ab, b, *, out, ab_dot, b_dot):
    return -banded_of(l_and_u, ab, band_times(ab_dot, out, l_and_u)), banded_of(l_and_u, ab, b_dot)


@general(linalg.solve_sylvester, wrt=("a", "b", "q"))
def solve_sylvester(a, b, q, *, out, ct):
    """a x + x b = q: q_bar solves the transposed equation, a^T q_bar + q_bar b^T = ct."""
    g = sylvester_of(np.transpose(a), np.transpose(b), ct)
    return -(g @ np.transpose(out)), -(np.transpose(out) @ g), g


@solve_sylvester.defjvp
def solve_sylvester_jvp(a, b, q, *, out, a_dot, b_dot, q_dot):
    return -sylvester_of(a, b, a_dot @ out), -sylvester_of(a, b, out @ b_dot), sylvester_of(a, b, q_dot)


@general(linalg.solve_continuous_lyapunov, wrt=("a", "q"), complex="refused")
def solve_continuous_lyapunov(a, q, *, out, ct):
    """a x + x a^T = q."""
    g = lyapunov_of(np.transpose(a), ct)
    return -(g @ np.transpose(out) + np.transpose(g) @ out), g


@solve_continuous_lyapunov.defjvp
def solve_continuous_lyapunov_jvp(a, q, *, out, a_dot, q_dot):
    return -lyapunov_of(a, a_dot @ out + out @ np.transpose(a_dot)), lyapunov_of(a, q_dot)


@general(linalg.solve_discrete_lyapunov, wrt=("a", "q"), complex="refused")
def solve_discrete_lyapunov(a, q, method=None, *, out, ct):
    """a x a^T - x + q = 0."""
    g = discrete_lyapunov_of(np.transpose(a), ct)
    return g @ a @ np.transpose(out) + np.transpose(g) @ a @ out, g


@solve_discrete_lyapunov.defjvp
def solve_discrete_lyapunov_jvp(a, q, method=None, *, out, a_dot, q_dot):
    moved = a_dot @ out @ np.transpose(a) + a @ out @ np.transpose(a_dot)
    return discrete_lyapunov_of(a, moved), discrete_lyapunov_of(a, q_dot)


@general(linalg.sqrtm, wrt=("A",))
def sqrtm(A, *, out, ct):
    """x x = a: the tangent solves x x' + x' x = a'."""
    return sylvester_of(np.transpose(out), np.transpose(out), ct)


@sqrtm.defjvp
def sqrtm_jvp(A, *, out, A_dot):
    return sylvester_of(out, out, A_dot)


@general(linalg.logm, wrt=("A",))
def logm(A, *, ct):
    return corner(logm_of(two_by_two(np.transpose(A), ct)))


@logm.defjvp
def logm_jvp(A, *, A_dot):
    return corner(logm_of(two_by_two(A, A_dot)))


@general(linalg.cosm, wrt=("A",))
def cosm(A, *, ct):
    return corner(cosm_of(two_by_two(np.transpose(A), ct)))


@cosm.defjvp
def cosm_jvp(A, *, A_dot):
    return corner(cosm_of(two_by_two(A, A_dot)))


@general(linalg.sinm, wrt=("A",))
def sinm(A, *, ct):
    return corner(sinm_of(two_by_two(np.transpose(A), ct)))


@sinm.defjvp
def sinm_jvp(A, *, A_dot):
    return corner(sinm_of(two_by_two(A, A_dot)))


@general(linalg.tanm, wrt=("A",))
def tanm(A, *, ct):
    return corner(tanm_of(two_by_two(np.transpose(A), ct)))


@tanm.defjvp
def tanm_jvp(A, *, A_dot):
    return corner(tanm_of(two_by_two(A, A_dot)))


@general(linalg.coshm, wrt=("A",))
def coshm(A, *, ct):
    return corner(coshm_of(two_by_two(np.transpose(A), ct)))


@coshm.defjvp
def coshm_jvp(A, *, A_dot):
    return corner(coshm_of(two_by_two(A, A_dot)))


@general(linalg.sinhm, wrt=("A",))
def sinhm(A, *, ct):
    return corner(sinhm_of(two_by_two(np.transpose(A), ct)))


@sinhm.defjvp
def sinhm_jvp(A, *, A_dot):
    return corner(sinhm_of(two_by_two(A, A_dot)))


@general(linalg.tanhm, wrt=("A",))
def tanhm(A, *, ct):
    return corner(tanhm_of(two_by_two(np.transpose(A), ct)))


@tanhm.defjvp
def tanhm_jvp(A, *, A_dot):
    return corner(tanhm_of(two_by_two(A, A_dot)))


@general(linalg.fractional_matrix_power, wrt=("A",))
def fractional_matrix_power(A, t, *, ct):
    return corner(power_of(two_by_two(np.transpose(A), ct), t))


@fractional_matrix_power.defjvp
def fractional_matrix_power_jvp(A, t, *, A_dot):
    return corner(power_of(two_by_two(A, A_dot), t))


for _name in ("svdvals", "norm"):
    alias(getattr(linalg, _name), getattr(np.linalg, _name), spelled={"a": "x"})
alias(linalg.pinv, np.linalg.pinv)
for _kernel, _function in {
    triangular_of: linalg.solve_triangular,
    sylvester_of: linalg.solve_sylvester,
    cho_solve_of: linalg.cho_solve,
    lyapunov_of: linalg.solve_continuous_lyapunov,
    discrete_lyapunov_of: linalg.solve_discrete_lyapunov,
    banded_of: linalg.solve_banded,
    toeplitz_of: linalg.toeplitz,
    power_of: linalg.fractional_matrix_power,
    logm_of: linalg.logm,
    cosm_of: linalg.cosm,
    sinm_of: linalg.sinm,
    tanm_of: linalg.tanm,
    coshm_of: linalg.coshm,
    sinhm_of: linalg.sinhm,
    tanhm_of: linalg.tanhm,
}.items():
    alias(_kernel, _function)


@linear(lower_factor, wrt=("c",))
def _lower_factor(c, lower, *, ct):
    return factor_back(np.tril(ct), lower)


@linear(factor_back, wrt=("value",))
def _factor_back(value, lower, *, ct):
    return oriented(ct, not lower)


@linear(oriented, wrt=("m",))
def _oriented(m, transposed, *, ct):
    return oriented(ct, transposed)


@linear(triangle, wrt=("m",))
def _triangle(m, lower, unit, *, ct):
    return triangle(ct, lower, unit)


@linear(spread_back, wrt=("value",))
def _spread_back(value, arrays, function, more=(), *, ct):
    return put_together(ct, arrays, function, more)


@linear(put_together, wrt=("parts",))
def _put_together(parts, arrays, function, more=(), *, ct):
    return spread_back(ct, arrays, function, more)


@linear(transposed_band, wrt=("ab",))
def _transposed_band(ab, l_and_u, *, ct):
    return transposed_band(ct, l_and_u[::-1])


@bilinear(band_of)
def _band_of(g, x, l_and_u, *, ct):
    return band_times(ct, x, l_and_u), band_times(transposed_band(ct, l_and_u), g, l_and_u[::-1])


@bilinear(band_times)
def _band_times(ab, x, l_and_u, *, ct):
    return band_of(ct, x, l_and_u), band_times(transposed_band(ab, l_and_u), ct, l_and_u[::-1])


constant(opposite_trans, is_transposed)
