"""Rosenbrock's function as a statement on slices."""

import numpy as np

from benchmarks.case import Case, same_text


def primal(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def inputs(size, rng):
    return (rng.normal(size={"small": 10, "medium": 1000, "large": 1_000_000}[size]),)


def by_hand(x):
    a = x[:-1]
    step = x[1:] - a**2
    rest = 1 - a
    value = np.sum(100 * step**2 + rest**2)
    step_bar = 200 * step
    x_bar = np.empty_like(x)
    x_bar[:-1] = -2 * (a * step_bar + rest)
    x_bar[-1] = 0
    x_bar[1:] += step_bar
    return value, (x_bar,)


def in_torch():
    def loss(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(x):
        return tf.reduce_sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    return loss


CASE = Case(
    name="rosenbrock",
    kind="vectorised",
    primal=primal,
    argnums=(0,),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
