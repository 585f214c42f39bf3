"""Rosenbrock's function as a loop over indices."""

import numpy as np

from benchmarks.case import Case, same_text


def primal(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def inputs(size, rng):
    return (rng.normal(size={"small": 10, "medium": 300, "large": 3000}[size]),)


def by_hand(x):
    total = 0.0
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1):
        step = x[i + 1] - x[i] ** 2
        rest = 1 - x[i]
        total += 100 * step**2 + rest**2
        x_bar[i + 1] += 200 * step
        x_bar[i] -= 400 * step * x[i] + 2 * rest
    return total, (x_bar,)


def tuned(x):
    """The same on a list of Python's own floats."""
    total = 0.0
    x_bar = [0.0] * len(x)
    here = float(x[0])
    for i, following in enumerate(x[1:].tolist()):
        step = following - here * here
        rest = 1.0 - here
        total += 100.0 * step * step + rest * rest
        x_bar[i + 1] = 200.0 * step
        x_bar[i] -= 400.0 * step * here + 2.0 * rest
        here = following
    return total, (np.array(x_bar),)


def in_jax():
    from jax import lax

    def loss(x):
        def add(i, total):
            return total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2

        return lax.fori_loop(0, len(x) - 1, add, 0.0)

    return loss


def in_torch():
    return primal


def in_tensorflow():
    return primal


CASE = Case(
    name="rosenbrock_loop",
    kind="loop",
    primal=primal,
    argnums=(0,),
    inputs=inputs,
    by_hand=by_hand,
    tuned=tuned,
    peers={
        "autograd": same_text(primal)["autograd"],
        "jax": in_jax,
        "torch": in_torch,
        "tensorflow": in_tensorflow,
    },
)
