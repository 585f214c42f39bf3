"""How a transform is called: positions, keywords, defaults, methods, partials; which arguments it differentiates."""

import functools

import numpy as np
import pytest

import tapegen as tg


def f(x, y=2.0, *, scale=1.0):
    return scale * x * x * y


def test_keywords_and_defaults():
    g = tg.grad(f)
    assert g(3.0) == 12.0
    assert g(3.0, 5.0) == 30.0
    assert g(x=3.0) == 12.0
    assert g(y=5.0, x=3.0) == 30.0
    assert g(3.0, scale=10.0) == 120.0
    assert g(3.0, scale=10.0, y=1.0) == 60.0


def test_defaults_and_keywords_can_be_differentiated():
    assert tg.grad(f, 1)(3.0) == 9.0
    assert tg.grad(f, (0, 1))(3.0, y=5.0) == (30.0, 9.0)
    assert tg.grad(f, -1)(3.0, scale=4.0) == 18.0


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "missing a required argument: 'x'"),
        ((1.0, 2.0, 3.0), {}, "too many positional arguments"),
        ((1.0,), {"x": 2.0}, "multiple values for argument 'x'"),
        ((1.0,), {"z": 2.0}, "got an unexpected keyword argument 'z'"),
    ],
)
@pytest.mark.parametrize("g", [f, lambda x, y=2.0: x * y])
def test_calls_that_do_not_fit(g, args, kwargs, message):
    with pytest.raises(TypeError) as caught:
        tg.grad(g)(*args, **kwargs)
    assert str(caught.value) == message


def test_positional_only():
    g = tg.grad(lambda x, /, y=3.0: x * y)
    assert g(2.0) == 3.0
    assert g(2.0, y=4.0) == 4.0
    with pytest.raises(TypeError):
        g(x=2.0)


def product(x, y, z):
    return x * y * y * z


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 45.0),
        (1, 60.0),
        (-1, 18.0),
        (np.int64(2), 18.0),
        ((0,), (45.0,)),
        ((0, 2), (45.0, 18.0)),
        ((2, 0), (18.0, 45.0)),
        ([0, -1], (45.0, 18.0)),
        (range(3), (45.0, 60.0, 18.0)),
    ],
)
def test_argnums(argnums, expected):
    assert tg.grad(product, argnums)(2.0, 3.0, 5.0) == expected
    assert tg.value_and_grad(product, argnums)(2.0, 3.0, 5.0) == (90.0, expected)


@pytest.mark.parametrize(
    ("argnums", "kind", "message"),
    [
        (3, TypeError, "argnums=3, but product takes 3 arguments"),
        (-4, TypeError, "argnums=-4, but product takes 3 arguments"),
        ((0, 5), TypeError, "argnums=5, but product takes 3 arguments"),
        ((0, 0), TypeError, "argnums=(0, 0) names an argument twice"),
        ((0, -3), TypeError, "argnums=(0, -3) names an argument twice"),
        ("x", TypeError, "argnums is an integer or a sequence of integers, not 'x'"),
        (1.0, TypeError, "argnums is an integer or a sequence of integers, not 1.0"),
        (True, TypeError, "argnums is an integer or a sequence of integers, not True"),
        ((), ValueError, "argnums is empty: give at least one position"),
    ],
)
def test_argnums_that_do_not_fit(argnums, kind, message):
    with pytest.raises(kind) as caught:
        tg.grad(product, argnums)(2.0, 3.0, 5.0)
    assert str(caught.value) == message


def test_one_argument():
    def cube(x):
        return x**3

    with pytest.raises(TypeError, match=r"^argnums=1, but cube takes 1 argument$"):
        tg.grad(cube, 1)(2.0)


def test_a_backend_that_does_not_exist():
    with pytest.raises(ValueError, match=r"^backend is 'numpy' or 'numba', not 'fortran'$"):
        tg.grad(f, backend="fortran")


# -- any number of arguments ------------------------------------------------------------------------------------------


def weighted(first, *rest, power=1.0, **more):
    total = first
    for index, item in enumerate(rest):
        total = total + (index + 2.0) * item * first
    return total**power + more.get("extra", 0.0) * first


def test_any_number_of_arguments():
    g = tg.grad(weighted)
    assert g(1.0) == 1.0
    assert g(1.0, 2.0) == 5.0
    assert g(1.0, 2.0, 3.0) == 14.0
    assert g(1.0, 2.0, extra=7.0) == 12.0
    assert tg.grad(weighted, 2)(1.0, 2.0, 3.0) == 3.0
    assert tg.grad(weighted, (1, 2))(2.0, 2.0, 3.0) == (4.0, 6.0)
    assert tg.grad(lambda *args: args[0] * args[1], (1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert tg.vjp(weighted, 1.0, 2.0, 3.0)[1](1.0) == (14.0, 2.0, 3.0)
    assert tg.jvp(weighted, (1.0, 2.0, 3.0), (1.0, 0.0, 1.0))[1] == 17.0
    assert tg.grad(tg.grad(lambda *args: args[0] ** 3 * args[1]))(2.0, 5.0) == 60.0


# -- callables --------------------------------------------------------------------------------------------------------


class Spring:
    def __init__(self, k):
        self.k = k

    def energy(self, x, power=2):
        return self.k * x**power

    @tg.grad
    def force(self, x):
        return self.k * x

    @staticmethod
    def doubled(x):
        return 2.0 * x

    @classmethod
    def named(cls, x):
        return 3.0 * x

    def __call__(self, x):
        return self.k * x * x * x


def test_methods():
    spring = Spring(3.0)
    assert tg.grad(spring.energy)(2.0) == 12.0
    assert tg.grad(spring.energy)(2.0, power=3) == 36.0
    assert tg.value_and_grad(spring.energy, 0)(x=2.0) == (12.0, 12.0)
    assert tg.grad(tg.grad(spring.energy))(2.0) == 6.0
    assert tg.grad(Spring.doubled)(1.0) == 2.0
    assert tg.grad(spring.doubled)(1.0) == 2.0
    assert tg.grad(spring.named)(1.0) == 3.0
    assert tg.vjp(spring.energy, 2.0)[1](1.0) == (12.0,)
    assert tg.jvp(spring.energy, (2.0,), (1.0,)) == (12.0, 12.0)
    assert tg.jacobian(spring.energy)(2.0) == 12.0
    spring.k = 5.0
    assert tg.grad(spring.energy)(2.0) == 20.0
    with pytest.raises(TypeError, match=r"^argnums=2, but energy takes 2 arguments$"):
        tg.grad(spring.energy, 2)(2.0)


def test_callable_objects():
    assert tg.grad(Spring(3.0))(2.0) == 36.0
    assert tg.grad(tg.grad(Spring(3.0)))(2.0) == 36.0


def test_partials():
    assert tg.grad(functools.partial(product, 2.0))(3.0, 5.0) == 60.0
    assert tg.grad(functools.partial(product, z=5.0))(2.0, 3.0) == 45.0
    assert tg.grad(functools.partial(functools.partial(product, 2.0), 3.0))(5.0) == 18.0
    assert tg.grad(functools.partial(Spring(3.0).energy, power=3))(2.0) == 36.0


def test_unhashable_callables():
    class Unhashable:
        __hash__ = None

        def __call__(self, x):
            return x * x

        def method(self, x):
            return x * x * x

    assert tg.grad(Unhashable())(3.0) == 6.0
    assert tg.grad(Unhashable().method)(3.0) == 27.0
    assert tg.vjp(Unhashable(), 3.0)[1](1.0) == (6.0,)


def test_primitives():
    assert tg.grad(np.sin)(0.0) == 1.0
    np.testing.assert_array_equal(tg.vjp(np.multiply, 2.0, np.ones(2))[1](np.ones(2))[1], [2.0, 2.0])


def test_auxiliary_results():
    def g(x):
        return x * x, {"twice": 2.0 * x}

    assert tg.grad(g, has_aux=True)(3.0) == (6.0, {"twice": 6.0})
    assert tg.value_and_grad(g, has_aux=True)(3.0) == ((9.0, {"twice": 6.0}), 6.0)


def test_looks():
    g = tg.grad(f)
    assert g.__name__ == "f_grad"
    assert g.__wrapped__ is f
    assert repr(g) == "<gradient of f>"
    assert repr(tg.value_and_grad(f)) == "<value and gradient of f>"
    assert g.__doc__ == "Gradient of f."
    assert "def f_grad(x, y, scale):" in g.source
    assert "def function_grad(x):" in tg.grad(lambda x: x * x).source


def test_one_transform_for_one_function():
    assert tg.grad(f) is tg.grad(f, 0)
    assert tg.grad(f) is not tg.grad(f, 1)


# -- live names -------------------------------------------------------------------------------------------------------

RATE = 2.0


def helper(x):
    return 3.0 * x


def reads(x):
    return RATE * helper(x)


def test_names_of_the_module_are_live(monkeypatch):
    g = tg.grad(reads)
    assert g(1.0) == 6.0
    monkeypatch.setitem(globals(), "RATE", 5.0)
    assert g(1.0) == 15.0
    monkeypatch.setitem(globals(), "RATE", np.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="scalar result"):
        g(1.0)
    monkeypatch.setitem(globals(), "RATE", np.float32(4.0))
    monkeypatch.setitem(globals(), "helper", lambda x: x * x)
    assert g(3.0) == 24.0
    monkeypatch.delitem(globals(), "RATE")
    with pytest.raises(NameError, match="name 'RATE' is not defined"):
        g(1.0)


def test_cells_are_live():
    k = np.array([1.0, 2.0])

    def first(x):
        return 2.0 * x

    inner = first

    def outer(x):
        return np.sum(k * inner(x))

    g = tg.grad(outer)
    assert g(1.0) == 6.0
    k = np.ones((2, 2), np.float32)
    assert g(1.0) == 8.0
    k[0] = 5.0
    assert g(1.0) == 24.0

    def other(x):
        return x * x

    inner = other
    assert g(3.0) == 72.0


def test_a_numpy_function_is_rebound():
    function = np.sin

    def outer(x):
        return function(x)

    g = tg.grad(outer)
    assert g(0.0) == 1.0
    function = np.cos
    assert g(0.0) == 0.0
    assert tg.grad(g)(0.0) == -1.0
    function = np.exp
    assert tg.grad(g)(0.0) == 1.0


def test_a_function_of_numpy_is_replaced_before_it_is_compiled(monkeypatch):
    # What is patched into NumPy afterwards is not noticed: that would cost each call a look at each function.
    monkeypatch.setattr(np, "sinc", np.square)
    assert tg.grad(lambda x: np.sinc(x))(3.0) == 6.0


# -- errors leave nothing broken --------------------------------------------------------------------------------------


def recursive(x, n):
    if n <= 1:
        return x
    return x * recursive(x, n - 1)


def test_a_recursion_too_deep():
    g = tg.grad(recursive)
    for _ in range(2):
        assert g(1.0, 5) == 5.0
        with pytest.raises(RecursionError):
            g(1.0, 100_000)


def test_an_interruption_while_compiling(monkeypatch):
    from tapegen.api import gradients

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    g = tg.grad(lambda x: x**3)
    with monkeypatch.context() as patch:
        patch.setattr(gradients, "compile_gradient", interrupted)
        with pytest.raises(KeyboardInterrupt):
            g(2.0)
    assert g(2.0) == 12.0


def test_a_callee_of_the_same_name() -> None:
    """Two lambdas are both called `function` in generated code, and so are the parts of their pairs."""
    outer = lambda x: np.sum(np.array([positive(v) for v in x]))
    positive = lambda a: a * a if a > 0 else a
    _, pull = tg.vjp(outer, np.array([1.0, -2.0, 3.0]))
    np.testing.assert_array_equal(pull(1.0)[0], [2.0, 1.0, 6.0])
