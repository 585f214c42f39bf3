"""Lotka-Volterra equations on 2-vectors by the classical Runge-Kutta method, 1,000 steps at medium size."""

import numpy as np

from benchmarks.case import Case, with_numpy

STEP = 0.02


def growth(state, rates):
    hare, lynx = state
    birth, caught, fed, death = rates
    return np.array([birth * hare - caught * hare * lynx, fed * hare * lynx - death * lynx])


def runge_kutta_step(state, rates, h):
    k1 = growth(state, rates)
    k2 = growth(state + h / 2 * k1, rates)
    k3 = growth(state + h / 2 * k2, rates)
    k4 = growth(state + h * k3, rates)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def primal(rates, start, target, steps):
    state = start
    for _ in range(steps):
        state = runge_kutta_step(state, rates, STEP)
    return np.sum((state - target) ** 2)


def inputs(size, rng):
    steps = {"small": 100, "medium": 1000, "large": 10_000}[size]
    return np.array([0.55, 0.028, 0.024, 0.8]), np.array([34.0, 5.9]), np.array([20.0, 10.0]), steps


def by_hand(rates, start, target, steps):
    """The stages are kept; an expert's first version, on the arrays of the primal."""
    h = STEP
    stages = np.empty((steps, 4, 2))
    state = start
    for i in range(steps):
        k1 = growth(state, rates)
        state2 = state + h / 2 * k1
        k2 = growth(state2, rates)
        state3 = state + h / 2 * k2
        k3 = growth(state3, rates)
        state4 = state + h * k3
        k4 = growth(state4, rates)
        stages[i] = state, state2, state3, state4
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    error = state - target
    value = np.sum(error**2)

    state_bar = 2 * error
    rates_bar = np.zeros(4)
    for state1, state2, state3, state4 in stages[::-1]:
        state4_bar = _growth_adjoint(state4, rates, h / 6 * state_bar, rates_bar)
        state3_bar = _growth_adjoint(state3, rates, h / 3 * state_bar + h * state4_bar, rates_bar)
        state2_bar = _growth_adjoint(state2, rates, h / 3 * state_bar + h / 2 * state3_bar, rates_bar)
        state1_bar = _growth_adjoint(state1, rates, h / 6 * state_bar + h / 2 * state2_bar, rates_bar)
        state_bar = state_bar + state1_bar + state2_bar + state3_bar + state4_bar
    return value, (rates_bar, state_bar)


def _growth_adjoint(state, rates, ct, rates_bar):
    """Cotangent of `state`; that of `rates` is added to `rates_bar`."""
    hare, lynx = state
    birth, caught, fed, death = rates
    hare_ct, lynx_ct = ct
    meetings = hare * lynx
    rates_bar += np.array([hare_ct * hare, -hare_ct * meetings, lynx_ct * meetings, -lynx_ct * lynx])
    meetings_bar = lynx_ct * fed - hare_ct * caught
    return np.array([hare_ct * birth + meetings_bar * lynx, meetings_bar * hare - lynx_ct * death])


def tuned(rates, start, target, steps):
    """The 2-vectors spelled out as Python floats."""
    h = STEP
    birth, caught, fed, death = rates.tolist()
    x, y = start.tolist()
    stages = []
    for _ in range(steps):
        xy = x * y
        kx1, ky1 = birth * x - caught * xy, fed * xy - death * y
        x2, y2 = x + h / 2 * kx1, y + h / 2 * ky1
        xy = x2 * y2
        kx2, ky2 = birth * x2 - caught * xy, fed * xy - death * y2
        x3, y3 = x + h / 2 * kx2, y + h / 2 * ky2
        xy = x3 * y3
        kx3, ky3 = birth * x3 - caught * xy, fed * xy - death * y3
        x4, y4 = x + h * kx3, y + h * ky3
        xy = x4 * y4
        kx4, ky4 = birth * x4 - caught * xy, fed * xy - death * y4
        stages.append((x, y, x2, y2, x3, y3, x4, y4))
        x += h / 6 * (kx1 + 2 * kx2 + 2 * kx3 + kx4)
        y += h / 6 * (ky1 + 2 * ky2 + 2 * ky3 + ky4)
    error_x, error_y = x - float(target[0]), y - float(target[1])
    value = error_x * error_x + error_y * error_y

    x_bar, y_bar = 2 * error_x, 2 * error_y
    birth_bar = caught_bar = fed_bar = death_bar = 0.0
    for stage in reversed(stages):
        next_x_bar, next_y_bar = x_bar, y_bar
        sx = sy = 0.0
        for k, (weight, reach) in enumerate(((h / 6, 0.0), (h / 3, h), (h / 3, h / 2), (h / 6, h / 2))):
            x, y = stage[6 - 2 * k], stage[7 - 2 * k]
            cx = weight * next_x_bar + reach * sx
            cy = weight * next_y_bar + reach * sy
            birth_bar += cx * x
            caught_bar -= cx * x * y
            fed_bar += cy * x * y
            death_bar -= cy * y
            xy_bar = cy * fed - cx * caught
            sx = cx * birth + xy_bar * y
            sy = xy_bar * x - cy * death
            x_bar += sx
            y_bar += sy
    return value, (np.array([birth_bar, caught_bar, fed_bar, death_bar]), np.array([x_bar, y_bar]))


def in_autograd():
    import autograd.numpy

    return with_numpy(primal, autograd.numpy)


def in_jax():
    import jax.numpy as jnp
    from jax import lax

    step = with_numpy(runge_kutta_step, jnp)

    def loss(rates, start, target, steps):
        state, _ = lax.scan(lambda state, _: (step(state, rates, STEP), None), start, None, length=steps)
        return jnp.sum((state - target) ** 2)

    return loss


def _on_tensors(stack):
    """The program for libraries whose arrays are made by `stack`."""

    def rates_of_change(state, rates):
        hare, lynx = state[0], state[1]
        meetings = hare * lynx
        return stack([rates[0] * hare - rates[1] * meetings, rates[2] * meetings - rates[3] * lynx])

    def loss(rates, start, target, steps):
        state, h = start, STEP
        for _ in range(steps):
            k1 = rates_of_change(state, rates)
            k2 = rates_of_change(state + h / 2 * k1, rates)
            k3 = rates_of_change(state + h / 2 * k2, rates)
            k4 = rates_of_change(state + h * k3, rates)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        error = state - target
        return error[0] ** 2 + error[1] ** 2

    return loss


def in_torch():
    import torch

    return _on_tensors(torch.stack)


def in_tensorflow():
    import tensorflow as tf

    return _on_tensors(tf.stack)


CASE = Case(
    name="runge_kutta",
    kind="loop",
    primal=primal,
    argnums=(0, 1),
    inputs=inputs,
    by_hand=by_hand,
    tuned=tuned,
    peers={"autograd": in_autograd, "jax": in_jax, "torch": in_torch, "tensorflow": in_tensorflow},
)
