"""Results share memory with nothing; what a pullback or a tape keeps is safe from later writes."""

import numpy as np
import pytest

import tapegen as tg
from tapegen.pytree import flatten, tree_map

K = np.arange(3.0, 7.0)


def identity(x):
    return x


def view(x):
    return x[1:]


def constant(x):
    return K


def product(x):
    return x * K


def twice(x):
    return x, [x]


def views(x):
    return {"a": x, "b": (x[::2], x.reshape(2, 2))}


def written(x):
    y = x.copy()
    y[1:] *= y[:-1]
    y[0] = np.exp(y[0])
    return y


def looped(x):
    total = x
    for i in range(3):
        total = total * x + K
    return total


VECTOR = [identity, view, constant, product, twice, views, written, looped]


def arrays(*values):
    return [leaf for leaf in flatten(list(values))[0] if isinstance(leaf, np.ndarray)]


def assert_apart(results, others):
    """No array of `results` shares memory with one of `others` or with another of `results`."""
    found = arrays(*results)
    for index, a in enumerate(found):
        for b in [*arrays(*others), *found[index + 1 :]]:
            assert not np.shares_memory(a, b)


def point():
    return np.array([1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize("f", VECTOR)
def test_vjp_gives_memory_of_its_own(f):
    x = point()
    out, pullback = tg.vjp(f, x)
    ct = tree_map(np.ones_like, out)
    assert_apart([out, pullback(ct), pullback(ct)], [x, ct, K])


@pytest.mark.parametrize("f", VECTOR)
def test_jvp_gives_memory_of_its_own(f):
    x, v = point(), point()
    assert_apart([tg.jvp(f, (x,), (v,)), tg.jvp(f, (x,), (v,))], [x, v, K])


@pytest.mark.parametrize("transform", [tg.jacobian, tg.jacrev, tg.jacfwd])
@pytest.mark.parametrize("f", VECTOR)
def test_jacobians_give_memory_of_their_own(f, transform):
    x = point()
    assert_apart([transform(f)(x), transform(f)(x)], [x, K])


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: np.sum(x), (point(),)),
        (lambda x: np.dot(x, K), (point(),)),
        (lambda p: np.sum(p["a"]) + np.sum(p["b"][0] * K), ({"a": point(), "b": [point(), point()]},)),
        (lambda x: 0.0, (point(),)),
        (lambda x: np.sum(x[1:]) + np.sum(x.reshape(2, 2)), (point(),)),
    ],
    ids=["sum", "dot", "nest", "independent", "views"],
)
def test_gradients_give_memory_of_their_own(f, args):
    value, gradient = tg.value_and_grad(f)(*args)
    assert_apart([value, gradient, tg.grad(f)(*args), tg.grad(f)(*args)], [args, K])
    if isinstance(args[0], np.ndarray):
        assert_apart([tg.hessian(f)(*args), tg.hessian(f)(*args)], [args, K])
        assert_apart([tg.hvp(f)(*args, args[0])], [args, K])


def test_gradients_of_one_array_passed_twice():
    x = point()
    assert_apart(tg.grad(lambda x, y: np.sum(x) + np.sum(y), (0, 1))(x, x), [x])


def test_the_auxiliary_result_and_a_value_of_rank_zero():
    x, z = point(), np.array(3.0)

    def f(x):
        return np.sum(x), (x, x[1:], K)

    assert_apart([tg.grad(f, has_aux=True)(x), tg.value_and_grad(f, has_aux=True)(x)], [x, K])
    assert_apart(tg.value_and_grad(identity)(z), [z])


@pytest.mark.parametrize("f", VECTOR)
def test_a_pullback_is_safe_from_later_writes(f):
    x = point()
    _, untouched = tg.vjp(f, x.copy())
    out, pullback = tg.vjp(f, x)
    ct = tree_map(lambda a: np.linspace(1.0, 2.0, a.size).reshape(a.shape), out)
    expected = untouched(ct)[0]
    x[...] = -7.0
    for leaf in arrays(out):
        leaf[...] = 13.0
    first = pullback(ct)[0]
    np.testing.assert_array_equal(first, expected)
    first[...] = np.nan
    np.testing.assert_array_equal(pullback(ct)[0], expected)


def test_a_pullback_is_safe_from_writes_into_globals_and_attributes():
    class Model:
        def __init__(self):
            self.w = np.array([1.0, 2.0])

    data, model = np.array([5.0, 6.0]), Model()

    def f(x):
        return x * data * model.w

    _, pullback = tg.vjp(f, np.ones(2))
    data[:] = 0.0
    model.w[:] = 0.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [5.0, 12.0])


def test_a_pullback_is_safe_from_writes_into_containers():
    params = {"w": [np.array([2.0, 3.0])]}

    def f(p, x):
        return p["w"][0] * x

    _, pullback = tg.vjp(f, params, np.array([1.0, 5.0]))
    params["w"][0][:] = 0.0
    params["w"] = []
    p_bar, x_bar = pullback(np.ones(2))
    np.testing.assert_array_equal(p_bar["w"][0], [1.0, 5.0])
    np.testing.assert_array_equal(x_bar, [2.0, 3.0])


def test_a_tape_is_safe_from_writes_into_what_a_function_got():
    data = np.array([5.0, 6.0])

    @tg.function
    def f(x, y):
        return x * y * data

    x, y = tg.constant([1.0, 2.0]), np.array([3.0, 4.0], np.float32)
    with tg.GradientTape() as tape:
        tape.watch(x)
        out = f(x, y)
    y[:] = 0.0
    data[:] = 0.0
    np.testing.assert_array_equal(tape.gradient(out, x).numpy(), [15.0, 24.0])


def test_a_pullback_is_safe_from_writes_into_a_list_of_numbers():
    weights = [2.0, 3.0]
    _, pullback = tg.vjp(lambda w, x: w[0] * x * w[1], weights, 5.0)
    weights[0] = weights[1] = 0.0
    assert pullback(1.0) == ([15.0, 10.0], 6.0)
