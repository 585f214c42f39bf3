"""scipy.linalg: spectral decompositions, orthogonal factors; read when one of its functions is first asked for.

Source: Giles (2008), Collected matrix derivative results. Eigenvectors of equal eigenvalues have no derivative: their
part is taken as 0.
"""

import numpy as np
from scipy import linalg

from ..kernels import gap_quotients
from ..kernels.protocol import kernel
from .decompositions import qr_jvp, qr_reduced
from .registry import alias, general

eigh_of, sylvester_of = map(kernel, (linalg.eigh, linalg.solve_sylvester))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""
SYMMETRIC = ("overwrite_a", "overwrite_b", "type", "subset_by_index", "subset_by_value")


@general(linalg.eigh, wrt=("a", "b"), complex="refused", fixed=SYMMETRIC)
def eigh(a, b, lower, eigvals_only):
    """See the cases. Differentiated among symmetric matrices; a v = b v diag(w) with v^T b v = 1."""


@eigh.case("eigvals_only", holds=lambda only: not only)
def eigh_vectors(a, b, *, out, ct):
    """The cotangents of v^T da v and v^T db v, taken back by v."""
    w, v = out
    w_bar, v_bar = ct
    g = np.transpose(v) @ v_bar
    turn = gap_quotients(w) * g
    p = v @ (turn + np.diag(w_bar)) @ np.transpose(v)
    q = v @ (turn * w + np.diag(w_bar * w + 0.5 * np.diagonal(g))) @ np.transpose(v)
    return 0.5 * (p + np.transpose(p)), -0.5 * (q + np.transpose(q))


@eigh.defjvp
def eigh_vectors_jvp(a, b, *, out, a_dot, b_dot):
    w, v = out
    p = np.transpose(v) @ (0.5 * (a_dot + np.transpose(a_dot))) @ v
    q = np.transpose(v) @ (0.5 * (b_dot + np.transpose(b_dot))) @ v
    f = gap_quotients(w)
    return (
        (np.diagonal(p), v @ (f * p)),
        (-w * np.diagonal(q), -(v @ (f * q * w + 0.5 * np.diag(np.diagonal(q))))),
    )


@eigh.case("eigvals_only", holds=lambda only: bool(only))
def eigh_values(a, b, lower, *, out, ct):
    v = eigh_of(a, b, lower=lower)[1]
    return v @ np.diag(ct) @ np.transpose(v), -(v @ np.diag(ct * out) @ np.transpose(v))


@eigh.tangent_of(eigh_values)
def eigh_values_jvp(a, b, lower, *, out, a_dot, b_dot):
    v = eigh_of(a, b, lower=lower)[1]
    p = np.transpose(v) @ (0.5 * (a_dot + np.transpose(a_dot))) @ v
    q = np.transpose(v) @ (0.5 * (b_dot + np.transpose(b_dot))) @ v
    return np.diagonal(p), -out * np.diagonal(q)


@general(linalg.eigvalsh, wrt=("a", "b"), complex="refused", fixed=SYMMETRIC)
def eigvalsh(a, b, lower, *, out, ct):
    """As `eigh`."""
    v = eigh_of(a, b, lower=lower)[1]
    return v @ np.diag(ct) @ np.transpose(v), -(v @ np.diag(ct * out) @ np.transpose(v))


eigvalsh.defjvp(eigh_values_jvp)


@general(linalg.qr, wrt=("a",), complex="refused", fixed=("overwrite_a",))
def qr(a, mode, pivoting):
    """See the case: `mode="economic"`, without pivoting, is NumPy's `qr`."""


qr.case("mode", "pivoting", holds=lambda mode, pivoting: mode == "economic" and not pivoting)(qr_reduced)
qr.defjvp(qr_jvp)


@general(linalg.polar, wrt=("a",), complex="refused")
def polar(a, side="right", *, ct):
    """See the case."""


@polar.case("side", holds=lambda side: side == "right")
def polar_right(a, side="right", *, out, ct):
    """a = u p with p p = a^T a: du = (da - u dp) p^-1, and dp solves p dp + dp p = da^T a + a^T da."""
    u, p = out
    z = np.transpose(np.linalg.solve(p, np.transpose(ct[0])))
    y = sylvester_of(p, p, ct[1] - np.transpose(u) @ z)
    return z + a @ (y + np.transpose(y))


@polar.defjvp
def polar_jvp(a, side="right", *, out, a_dot):
    u, p = out
    c = np.transpose(a_dot) @ a
    p_dot = sylvester_of(p, p, c + np.transpose(c))
    return np.transpose(np.linalg.solve(p, np.transpose(a_dot - u @ p_dot))), p_dot


alias(eigh_of, linalg.eigh)
alias(sylvester_of, linalg.solve_sylvester)
for _name in ("svd", "eig", "eigvals"):
    alias(getattr(linalg, _name), getattr(np.linalg, _name))
alias(linalg.lstsq, np.linalg.lstsq, spelled={"cond": "rcond"})
