"""Samples as functions of their parameters: differences with the same noise, by the rules and in generated code."""

from __future__ import annotations

import random

import numpy as np
import pytest

import tapegen as tg
from tapegen.rules.evaluate import pullback
from tapegen.rules.registry import rule_for

from .harness import close, difference

FAMILIES = {
    **{
        name: (0.3, 1.7)
        for name in ("normal", "laplace", "logistic", "gumbel", "uniform", "lognormal", "vonmises")
    },
    **{name: (1.7,) for name in ("exponential", "rayleigh", "weibull", "pareto", "power")},
    "triangular": (-1.0, 0.2, 2.0),
    "gamma": (2.5, 1.7),
}
SIZE = (2, 20)


def owners(seed: int = 3) -> list[tuple]:
    """Each way to call a sampler, with a fresh stream: the function, and the argument before its parameters."""
    np.random.seed(seed)  # noqa: NPY002
    return [
        (np.random, ()),
        (np.random.Generator, (np.random.default_rng(seed),)),
        (np.random.RandomState, (np.random.RandomState(seed),)),
    ]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_rule_of_each_sampler(name: str) -> None:
    params = FAMILIES[name]
    for way in range(3):
        owner, first = owners()[way]
        rule = rule_for(getattr(owner, name))
        out = rule.primitive(*first, *params, SIZE)
        ct = np.random.default_rng(0).standard_normal(SIZE)
        found = pullback(rule, (*first, *params), {"size": SIZE}, out, rule.wrt)(ct)
        for position, bar in zip(rule.wrt, found, strict=True):
            i = position - len(first)

            def loss(h: float, i: int = i) -> list:
                moved = [p + h * (j == i) for j, p in enumerate(params)]
                owner, first = owners()[way]
                return [np.sum(ct * getattr(owner, name)(*first, *moved, SIZE))]

            assert close(bar, difference(loss)[0], 1e-7), (rule.name, position)


def walk(generator, x):
    for _ in range(3):
        x = generator.normal(x, 0.1)
    return x


CALLS = [
    lambda x: np.sum(np.random.default_rng(3).normal(x, np.exp(x)) * x),
    lambda x: np.sum(np.random.RandomState(3).gumbel(scale=x[0], size=5)) * x[1],
    lambda x: walk(np.random.default_rng(3), x[0]) ** 2,
    lambda x: np.sum(np.random.default_rng(3).multivariate_normal(x, np.eye(3), size=4) ** 2),
    lambda x: np.sum(np.random.default_rng(3).poisson(5 * x) * x),
    lambda x: np.sum(x[np.random.default_rng(3).permutation(3)] * x),
    lambda x: random.Random(3).random() * x[0] + np.sum(np.random.default_rng(0).uniform(size=3) * x),
]


@pytest.mark.parametrize("f", CALLS)
def test_in_generated_code(f) -> None:
    tg.check_grads(f, (np.array([0.7, 1.3, 0.4]),), order=2)


def test_a_generator_from_outside_goes_on() -> None:
    generator = np.random.default_rng(5)
    gradient = tg.grad(lambda x: np.sum(generator.normal(x, 1.0) * x))
    first, x = np.random.default_rng(5), np.array([0.5, 2.0])
    for _ in range(2):
        np.testing.assert_allclose(gradient(x), 2 * x + first.normal(size=2), rtol=1e-15)


def test_python_s_random() -> None:
    def f(x):
        random.seed(1)
        return random.gauss(x, x * x) * random.uniform(x, 3.0) + random.expovariate(x)

    tg.check_grads(f, (0.7,), order=1)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: np.sum(np.random.default_rng(0).gamma(x)), "no derivative in its argument 'shape'"),
        (lambda x: np.sum(np.random.beta(x, 2.0)), "no derivative in its argument 'a'"),  # noqa: NPY002
        (lambda x: np.sum(np.random.default_rng(0).choice(x, 2)), "no derivative rule"),
        (lambda x: shuffled(np.random, x * x), "cannot follow the call"),
        (lambda x: shuffled(np.random.default_rng(0), x * x), "cannot follow the call"),
        (lambda x: filled(np.random.default_rng(0), x * x), "cannot follow the call"),
    ],
)
def test_what_is_refused_in_both_modes(f, message: str) -> None:
    x = np.array([0.7, 1.3])
    with pytest.raises(tg.TransformError, match=message):
        tg.grad(f)(x)
    with pytest.raises(tg.TransformError, match=message):
        tg.jvp(f, (x,), (x,))


def shuffled(generator, y):
    generator.shuffle(y)
    return y[0]


def filled(generator, y):
    generator.standard_normal(out=y)
    return np.sum(y)
