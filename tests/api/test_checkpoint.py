"""tg.checkpoint: the same derivatives, less memory, and no function that could not be run again."""

import pickle
import tracemalloc

import numpy as np
import pytest

import tapegen as tg


def plain(x, a, n):
    for _ in range(n):
        y = np.sin(a * x)
        x = x + 0.1 * y * y
    return x


chunk = tg.checkpoint(plain)
SCALE = np.array([1.0, 2.0, 0.5])


@tg.checkpoint
def scaled(x):
    return np.tanh(SCALE * x)


@tg.checkpoint
def halves(x, a, first, last):
    """Steps from `first` to `last`: of each half only its first state is kept."""
    if last - first == 1:
        return x + 0.1 * np.sin(a * x + first)
    middle = (first + last) // 2
    return halves(halves(x, a, first, middle), a, middle, last)


def in_chunks(x, a):
    for _ in range(20):
        x = chunk(x, a, n=20)
    return np.sum(x * x)


def at_once(x, a):
    for _ in range(20):
        x = plain(x, a, n=20)
    return np.sum(x * x)


X = np.linspace(0.1, 1.0, 3)


def test_values_and_gradients_are_those_of_the_plain_function():
    value, (x_bar, a_bar) = tg.value_and_grad(in_chunks, (0, 1))(X, 1.3)
    wanted, (x_wanted, a_wanted) = tg.value_and_grad(at_once, (0, 1))(X, 1.3)
    assert value == wanted
    np.testing.assert_allclose(x_bar, x_wanted, rtol=1e-12)
    np.testing.assert_allclose(a_bar, a_wanted, rtol=1e-12)


def test_second_order():
    def f(x, a):
        for _ in range(2):
            x = chunk(x, a, n=3)
        return np.sum(x * x)

    tg.check_grads(f, (X, 1.3), order=2)


def peak(function, *args):
    function(*args)
    tracemalloc.start()
    function(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_memory_is_that_of_one_chunk_and_a_state_for_each():
    x = np.linspace(0.1, 1.0, 2000)
    assert peak(tg.grad(in_chunks), x, 1.3) < 0.2 * peak(tg.grad(at_once), x, 1.3)


def test_recursive_halves_keep_a_state_a_level():
    def f(x, a):
        return np.sum(halves(x, a, 0, 64))

    def loop(x, a):
        for i in range(64):
            x = x + 0.1 * np.sin(a * x + i)
        return np.sum(x)

    np.testing.assert_allclose(tg.grad(f)(X, 1.3), tg.grad(loop)(X, 1.3), rtol=1e-12)
    x = np.linspace(0.1, 1.0, 5000)
    assert peak(tg.grad(f), x, 1.3) < 0.5 * peak(tg.grad(loop), x, 1.3)


def test_what_is_captured_is_an_argument_too():
    def f(x):
        return np.sum(scaled(x) ** 2)

    tg.check_grads(f, (X,), order=2)
    before = tg.grad(f)(X)
    SCALE[0] = 3.0
    try:
        assert not np.allclose(tg.grad(f)(X), before)
        tg.check_grads(f, (X,))
    finally:
        SCALE[0] = 1.0


def test_an_argument_that_is_written_afterwards_is_kept_as_it_was():
    def f(x):
        u = np.copy(x)
        total = 0.0
        for _ in range(3):
            v = scaled(u)
            u[1:] += v[:-1]
            total = total + np.sum(v * v)
        return total + np.sum(u)

    tg.check_grads(f, (X,), order=2)

    def through_a_view(x):
        u = np.copy(x)
        v = chunk(u, 1.3, 4)  # with n = 0 it would be u itself
        u[0] = 0.0
        return np.sum(u * v)

    with pytest.raises(tg.TransformError, match="cannot tell whether the result of chunk shares memory"):
        tg.grad(through_a_view)(X)


def test_forward_mode_vjp_and_top_level():
    out, pullback = tg.vjp(in_chunks, X, 1.3)
    assert out == in_chunks(X, 1.3)
    direction = np.array([1.0, -2.0, 0.5])
    _, tangent = tg.jvp(in_chunks, (X, 1.3), (direction, 0.0))
    np.testing.assert_allclose(np.dot(pullback(1.0)[0], direction), tangent, rtol=1e-10)
    np.testing.assert_allclose(
        tg.grad(lambda x: np.sum(chunk(x, 1.3, 5)))(X), tg.grad(lambda x: np.sum(plain(x, 1.3, 5)))(X)
    )
    top = tg.checkpoint(at_once)
    np.testing.assert_allclose(tg.grad(top)(X, 1.3), tg.grad(at_once)(X, 1.3))


def test_under_a_tape_it_is_one_operation():
    v = tg.Variable(X)
    with tg.GradientTape() as tape:
        loss = tg.reduce_sum(chunk(v, 1.3, 5))
    found = tape.gradient(loss, v).numpy()
    np.testing.assert_allclose(found, tg.grad(lambda x: np.sum(plain(x, 1.3, 5)))(X), rtol=1e-12)


class Model:
    def __init__(self, a):
        self.a = a

    @tg.checkpoint
    def step(self, x):
        return np.sin(x) * 2.0


def test_methods_and_pickles():
    assert np.array_equal(Model(2.0).step(X), np.sin(X) * 2.0)
    assert pickle.loads(pickle.dumps(scaled)) is scaled


def test_what_cannot_be_run_again_is_refused():
    @tg.checkpoint
    def writes(u):
        u[0] = 2.0 * u[1]
        return u * u

    with pytest.raises(tg.TransformError, match="cannot checkpoint writes(.|\n)*writes into its arguments"):
        tg.grad(lambda x: np.sum(writes(x * 1.0)))(X)
    rng = np.random.default_rng(0)
    draw = tg.checkpoint(lambda x: x * rng.normal())
    with pytest.raises(tg.TransformError, match="cannot checkpoint(.|\n)*draws random numbers"):
        tg.grad(lambda x: np.sum(draw(x)))(X)
    draw = tg.checkpoint(lambda x: x * np.random.rand())  # noqa: NPY002
    with pytest.raises(tg.TransformError, match="cannot checkpoint(.|\n)*draws random numbers"):
        tg.grad(lambda x: np.sum(draw(x)))(X)
    with pytest.raises(TypeError, match="takes a Python function, not a ufunc"):
        tg.checkpoint(np.sin)
