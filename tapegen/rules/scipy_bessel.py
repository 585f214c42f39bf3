"""scipy.special, Bessel functions and orthogonal polynomials: read when one of its functions is first asked for.

Source: NIST Digital Library of Mathematical Functions, chapters 10 (Bessel), 11 (Struve) and 18 (polynomials).
"""

import math

import numpy as np
from scipy import special

from ..kernels.protocol import kernel
from .registry import alias, elementwise

_spherical = {name: kernel(getattr(special, name)) for name in dir(special) if name.startswith("spherical_")}
jn_of, yn_of, in_of, kn_of = (_spherical[f"spherical_{name}"] for name in ("jn", "yn", "in", "kn"))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@elementwise(special.ive, wrt=("z",), complex="refused", lacking=("v",))
def ive(v, z, *, out):
    """In z; there is no rule for the order."""
    return 0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z)) - np.sign(z) * out


@elementwise(special.kve, wrt=("z",), complex="refused", lacking=("v",))
def kve(v, z, *, out):
    """In z; there is no rule for the order."""
    return out - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z))


@elementwise(special.jve, wrt=("z",), complex="refused", lacking=("v",))
def jve(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.jve(v - 1, z) - special.jve(v + 1, z))


@elementwise(special.yve, wrt=("z",), complex="refused", lacking=("v",))
def yve(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.yve(v - 1, z) - special.yve(v + 1, z))


@elementwise(special.i0e, complex="refused")
def i0e(x, *, out):
    return special.i1e(x) - np.sign(x) * out


@elementwise(special.i1e, complex="refused")
def i1e(x, *, out):
    return 0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * out


@elementwise(special.k0, complex="refused")
def k0(x):
    return -special.k1(x)


@elementwise(special.k1, complex="refused")
def k1(x):
    return -0.5 * (special.k0(x) + special.kv(2, x))


@elementwise(special.k0e, complex="refused")
def k0e(x, *, out):
    return out - special.k1e(x)


@elementwise(special.k1e, complex="refused")
def k1e(x, *, out):
    return out - 0.5 * (special.k0e(x) + special.kve(2, x))


@elementwise(special.kn, wrt=("x",), complex="refused")
def kn(n, x):
    """The order is an integer."""
    return -0.5 * (special.kv(n - 1, x) + special.kv(n + 1, x))


@elementwise(special.yn, wrt=("x",), complex="refused")
def yn(n, x):
    """The order is an integer."""
    return 0.5 * (special.yv(n - 1, x) - special.yv(n + 1, x))


@elementwise(special.hankel1, wrt=("z",), lacking=("v",))
def hankel1(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z))


@elementwise(special.hankel2, wrt=("z",), lacking=("v",))
def hankel2(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z))


@elementwise(special.struve, wrt=("x",), complex="refused", lacking=("v",))
def struve(v, x):
    """In x; there is no rule for the order."""
    c = np.exp(v * np.log(0.5 * x) - special.gammaln(v + 1.5)) / math.sqrt(math.pi)
    return 0.5 * (special.struve(v - 1, x) - special.struve(v + 1, x) + c)


@elementwise(special.ber, complex="refused")
def ber(x):
    return special.berp(x)


@elementwise(special.bei, complex="refused")
def bei(x):
    return special.beip(x)


@elementwise(special.ker, complex="refused")
def ker(x):
    return special.kerp(x)


@elementwise(special.kei, complex="refused")
def kei(x):
    return special.keip(x)


@elementwise(special.berp, complex="refused")
def berp(x, *, out):
    return -special.bei(x) - out / x


@elementwise(special.beip, complex="refused")
def beip(x, *, out):
    return special.ber(x) - out / x


@elementwise(special.kerp, complex="refused")
def kerp(x, *, out):
    return -special.kei(x) - out / x


@elementwise(special.keip, complex="refused")
def keip(x, *, out):
    return special.ker(x) - out / x


@elementwise(special.spherical_jn, wrt=("z",), complex="refused")
def spherical_jn(n, z, _derivative=False, *, out):
    return n / z * out - jn_of(n + 1, z)


alias(jn_of, special.spherical_jn)


@elementwise(special.spherical_yn, wrt=("z",), complex="refused")
def spherical_yn(n, z, _derivative=False, *, out):
    return n / z * out - yn_of(n + 1, z)


alias(yn_of, special.spherical_yn)


@elementwise(special.spherical_in, wrt=("z",), complex="refused")
def spherical_in(n, z, _derivative=False, *, out):
    return n / z * out + in_of(n + 1, z)


alias(in_of, special.spherical_in)


@elementwise(special.spherical_kn, wrt=("z",), complex="refused")
def spherical_kn(n, z, _derivative=False, *, out):
    return n / z * out - kn_of(n + 1, z)


alias(kn_of, special.spherical_kn)


@elementwise(special.eval_legendre, wrt=("x",), complex="refused")
def eval_legendre(n, x):
    """In x; the degree is an integer."""
    return 0.5 * (n + 1) * (n > 0) * special.eval_jacobi(np.maximum(n - 1, 0), 1, 1, x)


@elementwise(
    special.eval_jacobi,
    wrt=("x",),
    complex="refused",
    lacking=(
        "alpha",
        "beta",
    ),
)
def eval_jacobi(n, alpha, beta, x):
    """In x; the degree is an integer."""
    return (
        0.5
        * (n + alpha + beta + 1)
        * (n > 0)
        * special.eval_jacobi(np.maximum(n - 1, 0), alpha + 1, beta + 1, x)
    )


@elementwise(special.eval_gegenbauer, wrt=("x",), complex="refused", lacking=("alpha",))
def eval_gegenbauer(n, alpha, x):
    """In x; the degree is an integer."""
    return 2 * alpha * (n > 0) * special.eval_gegenbauer(np.maximum(n - 1, 0), alpha + 1, x)


@elementwise(special.eval_chebyt, wrt=("x",), complex="refused")
def eval_chebyt(n, x):
    """In x; the degree is an integer."""
    return n * (n > 0) * special.eval_chebyu(np.maximum(n - 1, 0), x)


@elementwise(special.eval_chebyu, wrt=("x",), complex="refused")
def eval_chebyu(n, x):
    """In x; the degree is an integer."""
    return 2 * (n > 0) * special.eval_gegenbauer(np.maximum(n - 1, 0), 2, x)


@elementwise(special.eval_hermite, wrt=("x",), complex="refused")
def eval_hermite(n, x):
    """In x; the degree is an integer."""
    return 2 * n * special.eval_hermite(np.maximum(n - 1, 0), x)


@elementwise(special.eval_hermitenorm, wrt=("x",), complex="refused")
def eval_hermitenorm(n, x):
    """In x; the degree is an integer."""
    return n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)


@elementwise(special.eval_laguerre, wrt=("x",), complex="refused")
def eval_laguerre(n, x):
    """In x; the degree is an integer."""
    return -1.0 * (n > 0) * special.eval_genlaguerre(np.maximum(n - 1, 0), 1, x)


@elementwise(special.eval_genlaguerre, wrt=("x",), complex="refused", lacking=("alpha",))
def eval_genlaguerre(n, alpha, x):
    """In x; the degree is an integer."""
    return -1.0 * (n > 0) * special.eval_genlaguerre(np.maximum(n - 1, 0), alpha + 1, x)
