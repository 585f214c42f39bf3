"""Random numbers with the noise held fixed: samples as functions of their parameters ("reparametrised").

The noise is read off the sample itself, so no rule draws a number. What is drawn without parameters is constant, and
so are whole numbers. Each rule holds for `np.random.f`, `Generator.f` and `RandomState.f`; Python's `random` is last.
Source: Mohamed et al. (2020), Monte Carlo gradient estimation in machine learning, section 5.
"""

import dataclasses
import random

import numpy as np

from .naming import qualified_name
from .registry import Rule, alias, constant, elementwise, register

_OWNERS = (np.random.Generator, np.random.RandomState)


def methods(rule: Rule, name: str) -> None:
    """Let `Generator.name` and `RandomState.name` share a rule, with the generator as first parameter."""
    for owner in _OWNERS:
        method = getattr(owner, name)
        register(
            dataclasses.replace(
                rule,
                primitive=method,
                name=qualified_name(method),
                params=("generator", *rule.params),
                wrt=tuple(position + 1 for position in rule.wrt),
                lacking=tuple(position + 1 for position in rule.lacking),
                cache={},
            )
        )


def location_and_scale(loc=0.0, scale=1.0, size=None, *, out):
    """loc + scale * noise."""
    return 1, (out - loc) / scale


for _name in ("normal", "laplace", "logistic", "gumbel"):
    methods(elementwise(getattr(np.random, _name), wrt=("loc", "scale"))(location_and_scale), _name)


@elementwise(np.random.uniform, wrt=("low", "high"))
def uniform(low=0.0, high=1.0, size=None, *, out):
    """low + (high - low) * noise."""
    return (high - out) / (high - low), (out - low) / (high - low)


def scaled(scale=1.0, size=None, *, out):
    """scale * noise."""
    return out / scale


for _name in ("exponential", "rayleigh"):
    methods(elementwise(getattr(np.random, _name), wrt=("scale",))(scaled), _name)


@elementwise(np.random.lognormal, wrt=("mean", "sigma"))
def lognormal(mean=0.0, sigma=1.0, size=None, *, out):
    """exp(mean + sigma * noise)."""
    return out, out * (np.log(out) - mean) / sigma


def power(a, size=None, *, out):
    """noise ** (1 / a)."""
    return -out * np.log(out) / a


for _name in ("power", "weibull"):
    methods(elementwise(getattr(np.random, _name), wrt=("a",))(power), _name)


@elementwise(np.random.pareto, wrt=("a",))
def pareto(a, size=None, *, out):
    """exp(noise / a) - 1."""
    return -(1 + out) * np.log1p(out) / a


@elementwise(np.random.triangular, wrt=("left", "mode", "right"))
def triangular(left, mode, right, size=None, *, out):
    """The inverse of the distribution function: (out - left)**2 = noise * (mode - left) * (right - left) on the left of
    the mode, (right - out)**2 = (1 - noise) * (right - mode) * (right - left) on the right."""
    width = right - left
    low = np.where(out <= mode, 0.5 * (out - left), 0.0)
    high = np.where(out <= mode, 0.0, 0.5 * (right - out))
    rise, fall = low / (mode - left + (low == 0)), high / (right - mode + (high == 0))
    by_left = np.where(out <= mode, 1 - rise - low / width, high / width)
    by_right = np.where(out <= mode, low / width, 1 - fall - high / width)
    return by_left, rise + fall, by_right


@elementwise(np.random.gamma, wrt=("scale",), lacking=("shape",))
def gamma(shape, scale=1.0, size=None, *, out):
    """scale * noise, where the noise depends on the shape in a way that is not in the book."""
    return out / scale


@elementwise(np.random.vonmises, wrt=("mu",), lacking=("kappa",))
def vonmises(mu, kappa, size=None):
    """mu + noise, brought to the circle."""
    return 1


@elementwise(np.random.multivariate_normal, wrt=("mean",), lacking=("cov",))
def multivariate_normal(mean, cov, size=None, check_valid="warn", tol=1e-8, method="svd"):
    """mean + A noise with A A^T = cov. For the derivative by cov draw the noise and write the rest."""
    return 1


_LACKING = {
    "beta": ("a", "b"),
    "chisquare": ("df",),
    "dirichlet": ("alpha",),
    "f": ("dfnum", "dfden"),
    "noncentral_chisquare": ("df", "nonc"),
    "noncentral_f": ("dfnum", "dfden", "nonc"),
    "standard_gamma": ("shape",),
    "standard_t": ("df",),
    "wald": ("mean", "scale"),
}
"""Samplers that reject numbers, or solve for one: their parameters have derivatives which are not in the book."""


def _no_results(size=None):
    return ()


for _name, _params in _LACKING.items():
    _sampler = getattr(np.random, _name)
    _lacking = tuple(range(len(_params)))
    _rule = Rule(
        _sampler,
        qualified_name(_sampler),
        "elementwise",
        _no_results,
        (*_params, "size"),
        {"size": None},
        lacking=_lacking,
    )
    methods(register(_rule), _name)

for _rule in (uniform, lognormal, pareto, triangular, gamma, vonmises, multivariate_normal):
    methods(_rule, _rule.primitive.__name__)

_CONSTANT = (
    "standard_normal standard_exponential standard_cauchy random bytes poisson binomial negative_binomial geometric "
    "hypergeometric logseries zipf multinomial"
).split()
for _name in _CONSTANT:
    constant(*(getattr(owner, _name) for owner in (np.random, *_OWNERS)))
_OLD = "rand randn randint random_integers random_sample ranf sample seed".split()
for _owner in (np.random, np.random.RandomState):
    constant(*(getattr(_owner, _name) for _name in _OLD if hasattr(_owner, _name)))
constant(np.random.Generator.integers, np.random.Generator.spawn)
constant(np.random.default_rng, np.random.RandomState, np.random.SeedSequence)


@elementwise(random.gauss, wrt=("mu", "sigma"))
def gauss(mu=0.0, sigma=1.0, *, out):
    return 1, (out - mu) / sigma


@elementwise(random.uniform, wrt=("a", "b"))
def python_uniform(a, b, *, out):
    return (b - out) / (b - a), (out - a) / (b - a)


@elementwise(random.expovariate, wrt=("lambd",))
def expovariate(lambd=1.0, *, out):
    """noise / lambd."""
    return -out / lambd


alias(random.normalvariate, random.gauss)
constant(random.random, random.randint, random.randrange, random.getrandbits, random.seed)
