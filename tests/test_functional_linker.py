"""Functions among the arguments of what is differentiated."""

import functools

import numpy as np
import pytest

import tapegen as tg
from tapegen.testing.differences import gradient as by_differences


def euler(rate, y, steps, rhs):
    for _ in range(steps):
        y = y + 0.1 * rhs(y, rate)
    return np.sum(y**2)


def pendulum(y, rate):
    return np.array([y[1], -rate * np.sin(y[0])])


def decay(y, rate):
    return -rate * y


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness

    def force(self, y, rate):
        return np.array([y[1], -self.stiffness * rate * y[0]])

    def __call__(self, y, rate):
        return self.force(y, rate) * 0.5


START = np.array([1.0, 0.5])
STIFF = Spring(3.0)
RIGHT_HAND_SIDES = {
    "function": pendulum,
    "lambda": lambda y, rate: -rate * y**2,
    "partial": functools.partial(lambda a, y, rate: a * decay(y, rate), 2.0),
    "ufunc": np.multiply,
    "method": STIFF.force,
    "object": STIFF,
}


@pytest.mark.parametrize("rhs", RIGHT_HAND_SIDES.values(), ids=RIGHT_HAND_SIDES)
def test_both_modes(rhs):
    (slope, by_start) = tg.grad(euler, argnums=(0, 1))(0.7, START, 4, rhs)
    known = by_differences(lambda rate: euler(rate, START, 4, rhs), (0.7,)).value
    assert np.isclose(slope, known, rtol=1e-7)
    _, tangent = tg.jvp(functools.partial(euler, steps=4, rhs=rhs), (0.7, START), (1.0, np.ones(2)))
    assert np.isclose(tangent, slope + np.sum(by_start), rtol=1e-12)


def test_one_transform_for_many_functions():
    gradient = tg.grad(euler, argnums=1)
    first = gradient(0.7, START, 1, decay)
    assert np.allclose(first, 2 * START * 0.93**2)
    second = gradient(0.7, START, 1, rhs=np.multiply)
    assert np.allclose(second, 2 * START * 1.07**2)
    assert np.array_equal(gradient(0.7, START, 1, decay), first)
    assert np.allclose(gradient(0.7, START, 1, Spring(0.0).force), gradient(0.7, START, 1, Spring(0.0).force))
    assert not np.allclose(
        gradient(0.7, START, 1, Spring(1.0).force), gradient(0.7, START, 1, Spring(0.0).force)
    )


def network(x, layers):
    for activation, weight in layers["pairs"]:
        x = activation(weight @ x)
    return layers["scale"] * np.sum(x)


def test_tables_of_functions_and_data():
    w = np.array([[0.5, 0.1], [0.2, 0.3]])
    layers = {"pairs": [(np.tanh, w), (lambda v: v**2, 2 * w)], "scale": 2.0}
    value = np.tanh(w @ START)
    known = 2.0 * ((2 * (2 * w @ value)) @ (2 * w) * (1 - value**2)) @ w
    assert np.allclose(tg.grad(network)(START, layers), known)
    assert np.allclose(tg.grad(network)(START, {**layers, "scale": 3.0}), 1.5 * known)


def shifted(a):
    return lambda y, rate: a * y * rate


def test_what_a_closure_holds_is_read_at_every_call():
    gradient = tg.grad(euler, argnums=1)
    for a in (1.0, 2.0, 3.0):
        assert np.allclose(gradient(0.7, START, 1, shifted(a)), 2 * START * (1 + 0.07 * a) ** 2)


def test_second_order_recursion_and_tapes():
    def applied(f, x, times):
        return x if times == 0 else applied(f, f(x), times - 1)

    slope = tg.grad(applied, 1)(np.sin, 0.5, 2)
    assert np.isclose(slope, np.cos(np.sin(0.5)) * np.cos(0.5))
    curvature = tg.grad(tg.grad(applied, 1), 1)(np.sin, 0.5, 2)
    assert np.isclose(
        curvature, by_differences(lambda x: tg.grad(applied, 1)(np.sin, x, 2), (0.5,)).value, rtol=1e-7
    )
    x = tg.constant(START)
    with tg.GradientTape() as tape:
        tape.watch(x)
        y = tg.function(euler)(0.7, x, 4, pendulum)
    assert np.allclose(tape.gradient(y, x), tg.grad(euler, 1)(0.7, START, 4, pendulum))


def helper(y):
    return y * y


def test_a_helper_of_a_given_function_that_is_rebound_is_noticed():
    global helper
    before = helper
    gradient = tg.grad(lambda y, f: f(y))
    given = lambda y: helper(y)
    try:
        assert gradient(3.0, given) == 6.0
        helper = lambda y: y * y * y
        assert gradient(3.0, given) == 27.0
    finally:
        helper = before
