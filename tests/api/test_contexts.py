"""Contexts that differentiated code enters are left, whatever it raises."""

import numpy as np
import pytest

import tapegen as tg


def f(x):
    with np.errstate(divide="raise", invalid="raise"):
        return np.sum(np.log(x) / (x - x[0]))


@pytest.mark.parametrize(
    "call", [tg.grad(f), lambda x: tg.vjp(f, x), lambda x: tg.jvp(f, (x,), (x,)), tg.function(f)]
)
def test_an_exception_leaves_numpy_as_it_was(call):
    before = np.geterr()
    try:
        with pytest.raises(FloatingPointError):
            call(np.array([1.0, 2.0]))
        assert np.geterr() == before
    finally:
        np.seterr(**before)


def test_second_order_and_a_tape_go_through_contexts():
    def g(x):
        with np.errstate(divide="ignore"):
            return np.sum(np.log(x) * x)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(tg.hessian(g)(x), np.diag(1 / x))
    with tg.GradientTape() as tape:
        t = tg.constant(x)
        tape.watch(t)
        y = tg.function(g)(t)
    np.testing.assert_allclose(tape.gradient(y, t), np.log(x) + 1)
