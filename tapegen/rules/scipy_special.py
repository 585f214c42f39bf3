"""scipy.special: read when one of its functions is first asked for.

Source: NIST Digital Library of Mathematical Functions, chapters 5 (gamma), 7 (error functions), 10 (Bessel).
"""

import math

import numpy as np
from scipy import special

from ..kernels.protocol import kernel
from .registry import alias, elementwise, general, reduction

polygamma_of = kernel(special.polygamma)
"""SciPy's function, a plain one, which hands over to duck arrays: in rules, so that a tape can record it."""


@elementwise(special.gamma, complex="refused")
def gamma(z, *, out):
    return out * special.digamma(z)


@elementwise(special.gammaln, complex="refused")
def gammaln(x):
    return special.digamma(x)


@elementwise(special.loggamma, complex="refused")
def loggamma(z):
    return special.digamma(z)


@elementwise(special.rgamma)
def rgamma(z, *, out):
    return -out * special.digamma(z)


@elementwise(special.digamma, complex="refused")
def digamma(z):
    return polygamma_of(1, z)


@elementwise(special.polygamma, wrt=("x",), complex="refused")
def polygamma(n, x):
    return polygamma_of(n + 1, x)


alias(polygamma_of, special.polygamma)


@elementwise(special.beta, complex="refused")
def beta(a, b, *, out):
    s = special.digamma(a + b)
    return out * (special.digamma(a) - s), out * (special.digamma(b) - s)


@elementwise(special.betaln, complex="refused")
def betaln(a, b):
    s = special.digamma(a + b)
    return special.digamma(a) - s, special.digamma(b) - s


@elementwise(special.erf)
def erf(z):
    return 2 / math.sqrt(math.pi) * np.exp(-(z**2))


@elementwise(special.erfc)
def erfc(x):
    return -2 / math.sqrt(math.pi) * np.exp(-(x**2))


@elementwise(special.erfcx, complex="refused")
def erfcx(x, *, out):
    return 2 * x * out - 2 / math.sqrt(math.pi)


@elementwise(special.erfinv, complex="refused")
def erfinv(y, *, out):
    return math.sqrt(math.pi) / 2 * np.exp(out**2)


@elementwise(special.erfcinv, complex="refused")
def erfcinv(y, *, out):
    return -math.sqrt(math.pi) / 2 * np.exp(out**2)


@elementwise(special.ndtr, complex="refused")
def ndtr(x):
    return np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)


@elementwise(special.ndtri, complex="refused")
def ndtri(p, *, out):
    return math.sqrt(2 * math.pi) * np.exp(0.5 * out**2)


@elementwise(special.log_ndtr, complex="refused")
def log_ndtr(x, *, out):
    """The density over the distribution, as one exponential, so that it lasts far into the tail."""
    return np.exp(-0.5 * x**2 - out) / math.sqrt(2 * math.pi)


@elementwise(special.expit, complex="refused")
def expit(x, *, out):
    return out * (1 - out)


@elementwise(special.logit, complex="refused")
def logit(x):
    return 1 / (x * (1 - x))


@elementwise(special.log_expit, complex="refused")
def log_expit(x):
    return special.expit(-x)


@elementwise(special.xlogy, complex="refused")
def xlogy(x, y):
    return np.log(y), x / y


@elementwise(special.xlog1py, complex="refused")
def xlog1py(x, y):
    return np.log1p(y), x / (1 + y)


@elementwise(special.entr, complex="refused")
def entr(x):
    return -np.log(x) - 1


@elementwise(special.rel_entr, complex="refused")
def rel_entr(x, y):
    return np.log(x / y) + 1, -x / y


@elementwise(special.kl_div, complex="refused")
def kl_div(x, y):
    return np.log(x / y), 1 - x / y


@elementwise(special.j0, complex="refused")
def j0(x):
    return -special.j1(x)


@elementwise(special.j1, complex="refused")
def j1(x):
    return 0.5 * (special.j0(x) - special.jv(2, x))


@elementwise(special.y0, complex="refused")
def y0(x):
    return -special.y1(x)


@elementwise(special.y1, complex="refused")
def y1(x, *, out):
    return special.y0(x) - out / x


@elementwise(special.i0, complex="refused")
def i0(x):
    return special.i1(x)


@elementwise(special.i1, complex="refused")
def i1(x):
    return 0.5 * (special.i0(x) + special.iv(2, x))


@elementwise(special.jv, wrt=("z",), complex="refused")
def jv(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.jv(v - 1, z) - special.jv(v + 1, z))


@elementwise(special.yv, wrt=("z",), complex="refused")
def yv(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.yv(v - 1, z) - special.yv(v + 1, z))


@elementwise(special.iv, wrt=("z",), complex="refused")
def iv(v, z):
    """In z; there is no rule for the order."""
    return 0.5 * (special.iv(v - 1, z) + special.iv(v + 1, z))


@elementwise(special.kv, wrt=("z",), complex="refused")
def kv(v, z):
    """In z; there is no rule for the order."""
    return -0.5 * (special.kv(v - 1, z) + special.kv(v + 1, z))


@elementwise(special.gammainc, wrt=("x",), complex="refused")
def gammainc(a, x):
    """In x; there is no rule for a."""
    return np.exp((a - 1) * np.log(x) - x - special.gammaln(a))


@elementwise(special.gammaincc, wrt=("x",), complex="refused")
def gammaincc(a, x):
    """In x; there is no rule for a."""
    return -np.exp((a - 1) * np.log(x) - x - special.gammaln(a))


@elementwise(special.betainc, wrt=("x",), complex="refused")
def betainc(a, b, x):
    """In x; there is no rule for a and b."""
    return np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - special.betaln(a, b))


@reduction(special.logsumexp, wrt=("a", "b"), complex="refused")
def logsumexp(a, axis=None, b=None, keepdims=False, _return_sign=False, *, out):
    return np.exp(a - out), 0.0


@logsumexp.given("b")
def logsumexp_weighted(a, axis=None, b=None, keepdims=False, _return_sign=False, *, out):
    """Weighted by b, which may be zero or negative, as long as the sum is positive."""
    e = np.exp(a - out)
    return b * e, e


@general(special.softmax, wrt=("x",), complex="refused")
def softmax(x, axis=None, *, out, ct):
    return out * (ct - np.sum(out * ct, axis=axis, keepdims=True))


@softmax.defjvp
def softmax_jvp(x, axis=None, *, out, x_dot):
    return out * (x_dot - np.sum(out * x_dot, axis=axis, keepdims=True))


@general(special.log_softmax, wrt=("x",), complex="refused")
def log_softmax(x, axis=None, *, out, ct):
    return ct - np.exp(out) * np.sum(ct, axis=axis, keepdims=True)


@log_softmax.defjvp
def log_softmax_jvp(x, axis=None, *, out, x_dot):
    return x_dot - np.sum(np.exp(out) * x_dot, axis=axis, keepdims=True)
