"""scipy.linalg: read when one of its functions is first asked for. Matrices are two-dimensional here."""

import numpy as np
from scipy import linalg

from ..kernels import columns_shape, corner, two_by_two
from ..kernels.matrices import is_transposed, opposite_trans, oriented, triangle, whole_matrix
from ..kernels.protocol import kernel
from .registry import alias, constant, general

solve_of, triangular_of, expm_of = map(kernel, (linalg.solve, linalg.solve_triangular, linalg.expm))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@general(linalg.solve, wrt=("a", "b"), fixed=("overwrite_a", "overwrite_b", "transposed"))
def solve(a, b, lower, assume_a, *, out, ct):
    """b_bar = a^-T ct, a_bar = -b_bar x^T. A symmetric matrix is differentiated among such."""
    g = solve_of(np.transpose(a), ct, not lower, False, False, True, whole_matrix(assume_a))
    return -(np.reshape(g, columns_shape(g, b)) @ np.transpose(np.reshape(out, columns_shape(out, b)))), g


@solve.defjvp
def solve_jvp(a, b, lower, assume_a, *, out, a_dot, b_dot):
    kind = whole_matrix(assume_a)
    return (
        -solve_of(a, a_dot @ out, lower, False, False, True, kind),
        solve_of(a, b_dot, lower, False, False, True, kind),
    )


@general(linalg.inv, wrt=("a",), fixed=("overwrite_a", "assume_a"))
def inv(a, *, out, ct):
    """d(a^-1) = -a^-1 da a^-1."""
    return -(np.transpose(out) @ ct @ np.transpose(out))


@inv.defjvp
def inv_jvp(a, *, out, a_dot):
    return -(out @ a_dot @ out)


@general(linalg.det, wrt=("a",), fixed=("overwrite_a",))
def det(a, *, out, ct):
    """Jacobi's formula: d det = det * trace(a^-1 da). The matrix must not be singular."""
    return ct * out * np.transpose(np.linalg.inv(a))


@det.defjvp
def det_jvp(a, *, out, a_dot):
    return out * np.trace(np.linalg.solve(a, a_dot))


@general(linalg.expm, wrt=("A",))
def expm(A, *, ct):
    """exp([[a, b], [0, a]]) has, above the diagonal, the derivative of exp(a) in the direction b.

    The adjoint is the derivative at a^T in the direction ct. Source: Najfeld and Havel (1995), Derivatives of the
    matrix exponential and their computation.
    """
    return corner(expm_of(two_by_two(np.swapaxes(A, -1, -2), ct)))


@expm.defjvp
def expm_jvp(A, *, A_dot):
    return corner(expm_of(two_by_two(A, A_dot)))


@general(linalg.solve_triangular, wrt=("a", "b"), fixed=("overwrite_b",))
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, *, out, ct):
    """As `solve`; only the triangle is read, and gets a cotangent. Not for the conjugate transposed matrix."""
    g = triangular_of(a, ct, opposite_trans(trans), lower, unit_diagonal)
    m = np.reshape(g, columns_shape(g, b)) @ np.transpose(np.reshape(out, columns_shape(out, b)))
    return -triangle(oriented(m, is_transposed(trans)), lower, unit_diagonal), g


@solve_triangular.defjvp
def solve_triangular_jvp(a, b, trans=0, lower=False, unit_diagonal=False, *, out, a_dot, b_dot):
    m = oriented(triangle(a_dot, lower, unit_diagonal), is_transposed(trans))
    return (
        -triangular_of(a, m @ out, trans, lower, unit_diagonal),
        triangular_of(a, b_dot, trans, lower, unit_diagonal),
    )


constant(whole_matrix)
alias(solve_of, linalg.solve)
alias(triangular_of, linalg.solve_triangular)
alias(expm_of, linalg.expm)
