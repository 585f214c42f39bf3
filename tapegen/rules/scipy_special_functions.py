"""scipy.special, besides what is in `scipy_special` and `scipy_bessel`: read when one of its functions is asked for.

Source: NIST Digital Library of Mathematical Functions, chapters 6 and 7 (exponential integrals, error functions), 8
(incomplete gamma and beta functions), 19 (elliptic integrals), 13, 15 and 16 (hypergeometric functions).
"""

import math

import numpy as np
from scipy import special

from ..kernels.protocol import kernel
from .registry import alias, constant, elementwise, general

zeta_of = kernel(special.zeta)
"""SciPy's function, a plain one, which hands over to duck arrays: in rules, so that a tape can record it."""


@elementwise(special.exp1, complex="refused")
def exp1(z):
    return -np.exp(-z) / z


@elementwise(special.expi, complex="refused")
def expi(x):
    return np.exp(x) / x


@elementwise(special.expn, wrt=("x",), complex="refused")
def expn(n, x, *, out):
    """In x; the order is an integer. From x E[n-1] + (n - 1) E[n] = exp(-x)."""
    return ((n - 1) * out - np.exp(-x)) / x


@elementwise(special.exp10, complex="refused")
def exp10(x, *, out):
    return math.log(10) * out


@elementwise(special.exprel, complex="refused")
def exprel(x):
    """(exp(x) - 1) / x is 1F1(1; 2; x)."""
    return 0.5 * special.hyp1f1(2, 3, x)


@elementwise(special.cosm1, complex="refused")
def cosm1(x):
    return -np.sin(x)


@elementwise(special.powm1, complex="refused")
def powm1(x, y, *, out):
    return y * x ** (y - 1), np.log(x) * (out + 1)


@elementwise(special.sindg, complex="refused")
def sindg(x):
    return math.pi / 180 * special.cosdg(x)


@elementwise(special.cosdg, complex="refused")
def cosdg(x):
    return -math.pi / 180 * special.sindg(x)


@elementwise(special.tandg, complex="refused")
def tandg(x, *, out):
    return math.pi / 180 * (1 + out**2)


@elementwise(special.cotdg, complex="refused")
def cotdg(x, *, out):
    return -math.pi / 180 * (1 + out**2)


@elementwise(special.erfi)
def erfi(z):
    return 2 / math.sqrt(math.pi) * np.exp(z**2)


@elementwise(special.dawsn, complex="refused")
def dawsn(x, *, out):
    return 1 - 2 * x * out


@elementwise(special.wofz)
def wofz(z, *, out):
    """The Faddeeva function, exp(-z**2) * erfc(-1j * z)."""
    return 2j / math.sqrt(math.pi) - 2 * z * out


@elementwise(special.ndtri_exp, complex="refused")
def ndtri_exp(y, *, out):
    return math.sqrt(2 * math.pi) * np.exp(y + 0.5 * out**2)


@elementwise(special.owens_t, complex="refused")
def owens_t(h, a):
    s = 1 + a**2
    return (
        -np.exp(-0.5 * h**2) * special.erf(a * h / math.sqrt(2)) / math.sqrt(8 * math.pi),
        np.exp(-0.5 * s * h**2) / (2 * math.pi * s),
    )


@elementwise(special.voigt_profile, complex="refused")
def voigt_profile(x, sigma, gamma, *, out):
    """The real part of the Faddeeva function at z = (x + i gamma) / (sigma sqrt(2)), over sigma sqrt(2 pi).

    The profile scales with its three arguments like the inverse of a length, which gives the derivative by sigma.
    """
    z = (x + 1j * gamma) / (math.sqrt(2) * sigma)
    slope = (1j / math.sqrt(math.pi) - z * special.wofz(z)) / (math.sqrt(math.pi) * sigma**2)
    return np.real(slope), -(out + x * np.real(slope) - gamma * np.imag(slope)) / sigma, -np.imag(slope)


@general(special.ellipj, wrt=("u",), complex="refused", lacking=("m",))
def ellipj(u, m, *, out, ct):
    """sn, cn, dn and the amplitude; there is no rule for m."""
    sn, cn, dn, _ = out
    return ct[0] * cn * dn - ct[1] * sn * dn - ct[2] * m * sn * cn + ct[3] * dn


@ellipj.defjvp
def ellipj_jvp(u, m, *, out, u_dot):
    sn, cn, dn, _ = out
    return cn * dn * u_dot, -sn * dn * u_dot, -m * sn * cn * u_dot, dn * u_dot


@elementwise(special.softplus, complex="refused")
def softplus(x):
    return special.expit(x)


@elementwise(special.wrightomega, complex="refused")
def wrightomega(z, *, out):
    return out / (1 + out)


@elementwise(special.spence, complex="refused")
def spence(z):
    return np.where(z == 1, -1.0, np.log(z) / (1 - z + (z == 1)))


@elementwise(special.lambertw, wrt=("z",))
def lambertw(z, k=0, tol=1e-8, *, out):
    return 1 / (z + np.exp(out))


@elementwise(special.poch, complex="refused")
def poch(z, m, *, out):
    s = special.digamma(z + m)
    return out * (s - special.digamma(z)), out * s


@elementwise(special.binom, complex="refused")
def binom(n, k, *, out):
    s = special.digamma(n - k + 1)
    return out * (special.digamma(n + 1) - s), out * (s - special.digamma(k + 1))


@elementwise(special.comb, wrt=("N", "k"), complex="refused")
def comb(N, k, _exact=False, _repetition=False, *, out):
    s = special.digamma(N - k + 1)
    return out * (special.digamma(N + 1) - s), out * (s - special.digamma(k + 1))


@elementwise(special.perm, wrt=("N", "k"), complex="refused")
def perm(N, k, _exact=False, *, out):
    s = special.digamma(N - k + 1)
    return out * (special.digamma(N + 1) - s), out * s


@elementwise(special.factorial, wrt=("n",), complex="refused")
def factorial(n, _exact=False, _extend="zero", *, out):
    return out * special.digamma(n + 1)


@elementwise(special.zeta, wrt=("q",), complex="refused", lacking=("x",))
def zeta(x, q=None):
    """In q; there is no rule for x."""
    return -x * zeta_of(x + 1, q)


alias(zeta_of, special.zeta)


@elementwise(special.multigammaln, wrt=("a",), complex="refused")
def multigammaln(a, d):
    return np.sum(special.digamma(np.expand_dims(a, -1) - 0.5 * np.arange(d)), axis=-1)


@elementwise(special.gammaincinv, wrt=("y",), complex="refused", lacking=("a",))
def gammaincinv(a, y, *, out):
    """In y; there is no rule for a."""
    return np.exp(special.gammaln(a) - (a - 1) * np.log(out) + out)


@elementwise(special.gammainccinv, wrt=("y",), complex="refused", lacking=("a",))
def gammainccinv(a, y, *, out):
    """In y; there is no rule for a."""
    return -np.exp(special.gammaln(a) - (a - 1) * np.log(out) + out)


@elementwise(
    special.betaincinv,
    wrt=("y",),
    complex="refused",
    lacking=(
        "a",
        "b",
    ),
)
def betaincinv(a, b, y, *, out):
    """In y; there is no rule for a and b."""
    return np.exp(special.betaln(a, b) - (a - 1) * np.log(out) - (b - 1) * np.log1p(-out))


@elementwise(
    special.betaincc,
    wrt=("x",),
    complex="refused",
    lacking=(
        "a",
        "b",
    ),
)
def betaincc(a, b, x):
    """In x; there is no rule for a and b."""
    return -np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - special.betaln(a, b))


@elementwise(
    special.betainccinv,
    wrt=("y",),
    complex="refused",
    lacking=(
        "a",
        "b",
    ),
)
def betainccinv(a, b, y, *, out):
    """In y; there is no rule for a and b."""
    return -np.exp(special.betaln(a, b) - (a - 1) * np.log(out) - (b - 1) * np.log1p(-out))


@elementwise(special.boxcox, complex="refused")
def boxcox(x, lmbda, *, out):
    zero = lmbda == 0
    return (
        x ** (lmbda - 1),
        np.where(zero, 0.5 * np.log(x) ** 2, (x**lmbda * np.log(x) - out) / (lmbda + zero)),
    )


@elementwise(special.boxcox1p, complex="refused")
def boxcox1p(x, lmbda, *, out):
    zero = lmbda == 0
    s = np.log1p(x)
    return (
        np.exp((lmbda - 1) * s),
        np.where(zero, 0.5 * s**2, (np.exp(lmbda * s) * s - out) / (lmbda + zero)),
    )


@elementwise(special.inv_boxcox, complex="refused")
def inv_boxcox(y, lmbda, *, out):
    zero = lmbda == 0
    slope = (y / (1 + lmbda * y) - np.log(out)) / (lmbda + zero)
    return (out ** (1 - lmbda), out * np.where(zero, -0.5 * y**2, slope))


@elementwise(special.inv_boxcox1p, complex="refused")
def inv_boxcox1p(y, lmbda, *, out):
    zero = lmbda == 0
    slope = (y / (1 + lmbda * y) - np.log1p(out)) / (lmbda + zero)
    return ((1 + out) ** (1 - lmbda), (1 + out) * np.where(zero, -0.5 * y**2, slope))


@elementwise(special.huber, complex="refused")
def huber(delta, r):
    inside = np.abs(r) <= delta
    return (np.where(inside, 0.0, np.abs(r) - delta), np.where(inside, r, delta * np.sign(r)))


@elementwise(special.pseudo_huber, complex="refused")
def pseudo_huber(delta, r, *, out):
    s = np.sqrt(1 + (r / delta) ** 2)
    return 2 * out / delta - r**2 / (delta * s), r / s


@elementwise(special.stdtr, wrt=("t",), complex="refused", lacking=("df",))
def stdtr(df, t):
    """In t; there is no rule for df."""
    c = special.gammaln(0.5 * (df + 1)) - special.gammaln(0.5 * df)
    return np.exp(c - 0.5 * (df + 1) * np.log1p(t**2 / df)) / np.sqrt(math.pi * df)


@elementwise(special.stdtrit, wrt=("p",), complex="refused", lacking=("df",))
def stdtrit(df, p, *, out):
    """In p; there is no rule for df."""
    c = special.gammaln(0.5 * df) - special.gammaln(0.5 * (df + 1))
    return np.exp(c + 0.5 * (df + 1) * np.log1p(out**2 / df)) * np.sqrt(math.pi * df)


@elementwise(special.chdtr, wrt=("x",), complex="refused", lacking=("v",))
def chdtr(v, x):
    """In x; there is no rule for v."""
    return 0.5 * np.exp((0.5 * v - 1) * np.log(0.5 * x) - 0.5 * x - special.gammaln(0.5 * v))


@elementwise(special.chdtrc, wrt=("x",), complex="refused", lacking=("v",))
def chdtrc(v, x):
    """In x; there is no rule for v."""
    return -0.5 * np.exp((0.5 * v - 1) * np.log(0.5 * x) - 0.5 * x - special.gammaln(0.5 * v))


@elementwise(
    special.gdtr,
    wrt=(
        "a",
        "x",
    ),
    complex="refused",
    lacking=("b",),
)
def gdtr(a, b, x):
    """In a and x; there is no rule for b."""
    g = np.exp((b - 1) * np.log(a * x) - a * x - special.gammaln(b))
    return x * g, a * g


@elementwise(
    special.gdtrc,
    wrt=(
        "a",
        "x",
    ),
    complex="refused",
    lacking=("b",),
)
def gdtrc(a, b, x):
    """In a and x; there is no rule for b."""
    g = -np.exp((b - 1) * np.log(a * x) - a * x - special.gammaln(b))
    return x * g, a * g


@elementwise(special.pdtr, wrt=("m",), complex="refused")
def pdtr(k, m):
    """In m; in the count k it is constant between the jumps."""
    return -np.exp(np.floor(k) * np.log(m) - m - special.gammaln(np.floor(k) + 1))


@elementwise(special.pdtrc, wrt=("m",), complex="refused")
def pdtrc(k, m):
    """In m; in the count k it is constant between the jumps."""
    return np.exp(np.floor(k) * np.log(m) - m - special.gammaln(np.floor(k) + 1))


@elementwise(special.ellipk, complex="refused")
def ellipk(m, *, out):
    return np.where(m == 0, math.pi / 8, (special.ellipe(m) / (1 - m) - out) / (2 * m + (m == 0)))


@elementwise(special.ellipkm1, complex="refused")
def ellipkm1(p, *, out):
    return np.where(p == 1, -math.pi / 8, (out - special.ellipe(1 - p) / p) / (2 * (1 - p) + (p == 1)))


@elementwise(special.ellipe, complex="refused")
def ellipe(m, *, out):
    return np.where(m == 0, -math.pi / 8, (out - special.ellipk(m)) / (2 * m + (m == 0)))


@elementwise(special.ellipkinc, complex="refused")
def ellipkinc(phi, m, *, out):
    s = np.sqrt(1 - m * np.sin(phi) ** 2)
    edge = np.sin(2 * phi) / (4 * (1 - m) * s)
    return (1 / s, (special.ellipeinc(phi, m) / (1 - m) - out) / (2 * m) - edge)


@elementwise(special.ellipeinc, complex="refused")
def ellipeinc(phi, m, *, out):
    return np.sqrt(1 - m * np.sin(phi) ** 2), (out - special.ellipkinc(phi, m)) / (2 * m)


@elementwise(special.hyp0f1, wrt=("z",), complex="refused", lacking=("v",))
def hyp0f1(v, z):
    """In z; there is no rule for the parameters."""
    return special.hyp0f1(v + 1, z) / v


@elementwise(
    special.hyp1f1,
    wrt=("x",),
    complex="refused",
    lacking=(
        "a",
        "b",
    ),
)
def hyp1f1(a, b, x):
    """In x; there is no rule for the parameters."""
    return a / b * special.hyp1f1(a + 1, b + 1, x)


@elementwise(
    special.hyp2f1,
    wrt=("z",),
    complex="refused",
    lacking=(
        "a",
        "b",
        "c",
    ),
)
def hyp2f1(a, b, c, z):
    """In z; there is no rule for the parameters."""
    return a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z)


@elementwise(
    special.hyperu,
    wrt=("x",),
    complex="refused",
    lacking=(
        "a",
        "b",
    ),
)
def hyperu(a, b, x):
    """In x; there is no rule for the parameters."""
    return -a * special.hyperu(a + 1, b + 1, x)


@general(special.sici, wrt=("x",), complex="refused")
def sici(x, *, out, ct):
    return ct[0] * (np.sin(x) / x) + ct[1] * (np.cos(x) / x)


@sici.defjvp
def sici_jvp(x, *, out, x_dot):
    return (np.sin(x) / x) * x_dot, (np.cos(x) / x) * x_dot


@general(special.shichi, wrt=("x",), complex="refused")
def shichi(x, *, out, ct):
    return ct[0] * (np.sinh(x) / x) + ct[1] * (np.cosh(x) / x)


@shichi.defjvp
def shichi_jvp(x, *, out, x_dot):
    return (np.sinh(x) / x) * x_dot, (np.cosh(x) / x) * x_dot


@general(special.fresnel, wrt=("z",), complex="refused")
def fresnel(z, *, out, ct):
    return ct[0] * (np.sin(0.5 * math.pi * z**2)) + ct[1] * (np.cos(0.5 * math.pi * z**2))


@fresnel.defjvp
def fresnel_jvp(z, *, out, z_dot):
    return (np.sin(0.5 * math.pi * z**2)) * z_dot, (np.cos(0.5 * math.pi * z**2)) * z_dot


@general(special.airy, wrt=("z",), complex="refused")
def airy(z, *, out, ct):
    return ct[0] * (out[1]) + ct[1] * (z * out[0]) + ct[2] * (out[3]) + ct[3] * (z * out[2])


@airy.defjvp
def airy_jvp(z, *, out, z_dot):
    return (out[1]) * z_dot, (z * out[0]) * z_dot, (out[3]) * z_dot, (z * out[2]) * z_dot


for _name in ("expm1", "exp2", "log1p", "cbrt"):
    alias(getattr(special, _name), getattr(np, _name))
constant(special.gammasgn, special.round)
