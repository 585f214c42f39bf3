"""scipy.stats: densities, distributions and quantiles, read when one of its functions is first asked for.

With z = (x - loc) / scale, a logarithm of a density changes by s(z) / scale in x, where s is its slope for loc = 0 and
scale = 1, by -s / scale in loc and -(1 + z * s) / scale in scale. A density is an exponential of this, so that its rule
is the same times the density. A distribution changes by the density in x, by -density in loc, by -z * density in
scale; its derivatives by shapes such as the degrees of freedom are not in the book.
"""

import numpy as np
from scipy import special, stats

from ..kernels.protocol import kernel
from .registry import alias, elementwise


def times_out(out):
    return out


# -- the logarithms of densities --------------------------------------------------------------------------------------


@elementwise(stats.norm.logpdf, complex="refused")
def norm_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -z
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.norm.pdf, stats.norm.logpdf, times=times_out)


@elementwise(stats.expon.logpdf, complex="refused")
def expon_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -1.0 * (z >= 0)
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.expon.pdf, stats.expon.logpdf, times=times_out)


@elementwise(stats.uniform.logpdf, complex="refused")
def uniform_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = 0.0 * z
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.uniform.pdf, stats.uniform.logpdf, times=times_out)


@elementwise(stats.laplace.logpdf, complex="refused")
def laplace_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -np.sign(z)
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.laplace.pdf, stats.laplace.logpdf, times=times_out)


@elementwise(stats.logistic.logpdf, complex="refused")
def logistic_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -np.tanh(0.5 * z)
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.logistic.pdf, stats.logistic.logpdf, times=times_out)


@elementwise(stats.cauchy.logpdf, complex="refused")
def cauchy_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -2 * z / (1 + z**2)
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.cauchy.pdf, stats.cauchy.logpdf, times=times_out)


@elementwise(stats.gumbel_r.logpdf, complex="refused")
def gumbel_r_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = np.exp(-z) - 1
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.gumbel_r.pdf, stats.gumbel_r.logpdf, times=times_out)


@elementwise(stats.gumbel_l.logpdf, complex="refused")
def gumbel_l_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = 1 - np.exp(z)
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.gumbel_l.pdf, stats.gumbel_l.logpdf, times=times_out)


@elementwise(stats.halfnorm.logpdf, complex="refused")
def halfnorm_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = -z
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.halfnorm.pdf, stats.halfnorm.logpdf, times=times_out)


@elementwise(stats.rayleigh.logpdf, complex="refused")
def rayleigh_logpdf(x, loc=0, scale=1):
    z = (x - loc) / scale
    s = 1 / z - z
    return s / scale, -s / scale, -(1 + z * s) / scale


alias(stats.rayleigh.pdf, stats.rayleigh.logpdf, times=times_out)


@elementwise(stats.gamma.logpdf, complex="refused")
def gamma_logpdf(x, a, loc=0, scale=1):
    z = (x - loc) / scale
    s = (a - 1) / z - 1
    return s / scale, np.log(z) - special.digamma(a), -s / scale, -(1 + z * s) / scale


alias(stats.gamma.pdf, stats.gamma.logpdf, times=times_out)


@elementwise(stats.invgamma.logpdf, complex="refused")
def invgamma_logpdf(x, a, loc=0, scale=1):
    z = (x - loc) / scale
    s = (1 / z - a - 1) / z
    return s / scale, -np.log(z) - special.digamma(a), -s / scale, -(1 + z * s) / scale


alias(stats.invgamma.pdf, stats.invgamma.logpdf, times=times_out)


@elementwise(stats.beta.logpdf, complex="refused")
def beta_logpdf(x, a, b, loc=0, scale=1):
    z = (x - loc) / scale
    total = special.digamma(a + b)
    s = (a - 1) / z - (b - 1) / (1 - z)
    return (
        s / scale,
        np.log(z) - special.digamma(a) + total,
        np.log1p(-z) - special.digamma(b) + total,
        -s / scale,
        -(1 + z * s) / scale,
    )


alias(stats.beta.pdf, stats.beta.logpdf, times=times_out)


@elementwise(stats.t.logpdf, complex="refused")
def t_logpdf(x, df, loc=0, scale=1):
    z = (x - loc) / scale
    s = -(df + 1) * z / (df + z**2)
    return (
        s / scale,
        0.5
        * (
            special.digamma(0.5 * (df + 1))
            - special.digamma(0.5 * df)
            - np.log1p(z**2 / df)
            + (z**2 - 1) / (df + z**2)
        ),
        -s / scale,
        -(1 + z * s) / scale,
    )


alias(stats.t.pdf, stats.t.logpdf, times=times_out)


@elementwise(stats.chi2.logpdf, complex="refused")
def chi2_logpdf(x, df, loc=0, scale=1):
    z = (x - loc) / scale
    s = (0.5 * df - 1) / z - 0.5
    return s / scale, 0.5 * (np.log(0.5 * z) - special.digamma(0.5 * df)), -s / scale, -(1 + z * s) / scale


alias(stats.chi2.pdf, stats.chi2.logpdf, times=times_out)


@elementwise(stats.lognorm.logpdf, complex="refused")
def lognorm_logpdf(x, s, loc=0, scale=1):
    z = (x - loc) / scale
    slope = -(1 + np.log(z) / s**2) / z
    return slope / scale, (np.log(z) ** 2 / s**2 - 1) / s, -slope / scale, -(1 + z * slope) / scale


alias(stats.lognorm.pdf, stats.lognorm.logpdf, times=times_out)


@elementwise(stats.weibull_min.logpdf, complex="refused")
def weibull_min_logpdf(x, c, loc=0, scale=1):
    z = (x - loc) / scale
    s = (c - 1 - c * z**c) / z
    return s / scale, 1 / c + np.log(z) * (1 - z**c), -s / scale, -(1 + z * s) / scale


alias(stats.weibull_min.pdf, stats.weibull_min.logpdf, times=times_out)


@elementwise(stats.pareto.logpdf, complex="refused")
def pareto_logpdf(x, b, loc=0, scale=1):
    z = (x - loc) / scale
    s = -(b + 1) / z
    return s / scale, 1 / b - np.log(z), -s / scale, -(1 + z * s) / scale


alias(stats.pareto.pdf, stats.pareto.logpdf, times=times_out)


@elementwise(stats.f.logpdf, complex="refused")
def f_logpdf(x, dfn, dfd, loc=0, scale=1):
    z = (x - loc) / scale
    w = dfn * z + dfd
    total = special.digamma(0.5 * (dfn + dfd))
    s = (0.5 * dfn - 1) / z - 0.5 * dfn * (dfn + dfd) / (dfn * z + dfd)
    return (
        s / scale,
        0.5 * (total - special.digamma(0.5 * dfn) + np.log(dfn * z / w) + (dfd - dfd * z) / w),
        0.5 * (total - special.digamma(0.5 * dfd) + np.log(dfd / w) + (dfn * z - dfn) / w),
        -s / scale,
        -(1 + z * s) / scale,
    )


alias(stats.f.pdf, stats.f.logpdf, times=times_out)


# -- distributions ----------------------------------------------------------------------------------------------------


def minus(out):
    return -1.0


def over_out(out):
    return np.exp(-out)


def minus_over_out(out):
    return -np.exp(-out)


def _kernel_of(method):
    """The method as a plain function, which hands over to duck arrays: in rules, so that a tape can record it."""
    function = kernel(lambda *args, **kwargs: method(*args, **kwargs))
    alias(function, method)
    return function


def _distribution(d):
    """The rules for a distribution without shapes."""
    pdf = _kernel_of(d.pdf)

    @elementwise(d.cdf, complex="refused")
    def cdf(x, loc=0, scale=1):
        p = pdf(x, loc, scale)
        return p, -p, -p * (x - loc) / scale

    @elementwise(d.ppf, complex="refused")
    def ppf(q, loc=0, scale=1, *, out):
        return 1 / pdf(out, loc, scale), 1, (out - loc) / scale

    _derived(d)


def _distribution_1(d, name):
    """The rules for a distribution with one shape."""
    pdf = _kernel_of(d.pdf)

    @elementwise(
        d.cdf, wrt=("x", "loc", "scale"), complex="refused", lacking=("shape",), spelled={name: "shape"}
    )
    def cdf(x, shape, loc=0, scale=1):
        p = pdf(x, shape, loc, scale)
        return p, -p, -p * (x - loc) / scale

    @elementwise(
        d.ppf, wrt=("q", "loc", "scale"), complex="refused", lacking=("shape",), spelled={name: "shape"}
    )
    def ppf(q, shape, loc=0, scale=1, *, out):
        return 1 / pdf(out, shape, loc, scale), 1, (out - loc) / scale

    _derived(d)


def _distribution_2(d, first, second):
    """The rules for a distribution with two shapes."""
    pdf = _kernel_of(d.pdf)
    spelled = {first: "shape1", second: "shape2"}
    lacking = ("shape1", "shape2")

    @elementwise(d.cdf, wrt=("x", "loc", "scale"), complex="refused", lacking=lacking, spelled=spelled)
    def cdf(x, shape1, shape2, loc=0, scale=1):
        p = pdf(x, shape1, shape2, loc, scale)
        return p, -p, -p * (x - loc) / scale

    @elementwise(d.ppf, wrt=("q", "loc", "scale"), complex="refused", lacking=lacking, spelled=spelled)
    def ppf(q, shape1, shape2, loc=0, scale=1, *, out):
        return 1 / pdf(out, shape1, shape2, loc, scale), 1, (out - loc) / scale

    _derived(d)


def _derived(d):
    """The survival function 1 - cdf, its inverse, and the logarithms."""
    alias(d.sf, d.cdf, times=minus)
    alias(d.logcdf, d.cdf, times=over_out)
    alias(d.logsf, d.cdf, times=minus_over_out)


for _d in (
    stats.norm,
    stats.expon,
    stats.uniform,
    stats.laplace,
    stats.logistic,
    stats.cauchy,
    stats.gumbel_r,
    stats.gumbel_l,
    stats.halfnorm,
    stats.rayleigh,
):
    _distribution(_d)
for _d, _name in {
    stats.gamma: "a",
    stats.invgamma: "a",
    stats.t: "df",
    stats.chi2: "df",
    stats.lognorm: "s",
    stats.weibull_min: "c",
    stats.pareto: "b",
}.items():
    _distribution_1(_d, _name)
_distribution_2(stats.beta, "a", "b")
_distribution_2(stats.f, "dfn", "dfd")


# -- distributions of counts ------------------------------------------------------------------------------------------


@elementwise(stats.poisson.logpmf, wrt=("mu",), complex="refused")
def poisson_logpmf(k, mu, loc=0):
    """In the mean; a count has no derivative."""
    return (k - loc) / mu - 1


@elementwise(stats.binom.logpmf, wrt=("p",), complex="refused")
def binom_logpmf(k, n, p, loc=0):
    return (k - loc) / p - (n - (k - loc)) / (1 - p)


@elementwise(stats.bernoulli.logpmf, wrt=("p",), complex="refused")
def bernoulli_logpmf(k, p, loc=0):
    return (k - loc) / p - (1 - (k - loc)) / (1 - p)


@elementwise(stats.geom.logpmf, wrt=("p",), complex="refused")
def geom_logpmf(k, p, loc=0):
    return 1 / p - (k - loc - 1) / (1 - p)


@elementwise(stats.nbinom.logpmf, wrt=("n", "p"), complex="refused")
def nbinom_logpmf(k, n, p, loc=0):
    j = k - loc
    return special.digamma(j + n) - special.digamma(n) + np.log(p), n / p - j / (1 - p)


for _d in (stats.poisson, stats.binom, stats.bernoulli, stats.geom, stats.nbinom):
    alias(_d.pmf, _d.logpmf, times=times_out)
