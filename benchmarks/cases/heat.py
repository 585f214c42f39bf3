"""Heat equation on a plate, written in place; the gradient with respect to the temperatures at the start."""

import numpy as np

from benchmarks.case import Case

RATE = 0.2


def primal(start, target, steps):
    u = start.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += RATE * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1])
    return np.sum((u - target) ** 2)


def inputs(size, rng):
    n, steps = {"small": (16, 20), "medium": (64, 100), "large": (256, 500)}[size]
    return rng.normal(size=(n, n)), rng.normal(size=(n, n)), steps


def by_hand(start, target, steps):
    u = start.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += RATE * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1])
    error = u - target
    value = np.sum(error**2)

    u_bar = 2 * error
    for _ in range(steps):
        flow = RATE * u_bar[1:-1, 1:-1]
        u_bar[:-2, 1:-1] += flow
        u_bar[2:, 1:-1] += flow
        u_bar[1:-1, :-2] += flow
        u_bar[1:-1, 2:] += flow
        u_bar[1:-1, 1:-1] -= 4 * flow
    return value, (u_bar,)


def curvature(u):
    return u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]


def in_autograd():
    import autograd.numpy as anp

    def loss(u, target, steps):
        for _ in range(steps):
            u = u + anp.pad(RATE * curvature(u), 1, "constant")
        return anp.sum((u - target) ** 2)

    return loss


def in_jax():
    import jax.numpy as jnp
    from jax import lax

    def loss(start, target, steps):
        def step(_, u):
            return u.at[1:-1, 1:-1].add(RATE * curvature(u))

        return jnp.sum((lax.fori_loop(0, steps, step, start) - target) ** 2)

    return loss


def in_torch():
    def loss(start, target, steps):
        u = start.clone()
        for _ in range(steps):
            u[1:-1, 1:-1] += RATE * curvature(u)
        return ((u - target) ** 2).sum()

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(u, target, steps):
        for _ in range(steps):
            u = u + tf.pad(RATE * curvature(u), [[1, 1], [1, 1]])
        return tf.reduce_sum((u - target) ** 2)

    return loss


CASE = Case(
    name="heat",
    kind="loop",
    primal=primal,
    argnums=(0,),
    inputs=inputs,
    by_hand=by_hand,
    peers={"autograd": in_autograd, "jax": in_jax, "torch": in_torch, "tensorflow": in_tensorflow},
)
