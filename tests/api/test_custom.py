"""Derivatives by hand, compiled and on the tape."""

import numpy as np
import pytest

import tapegen as tg


def hidden(f):
    """A function without source."""
    return np.frompyfunc(f, 1, 1)


def make():
    cube = tg.primitive(lambda x: float(x) ** 3 if np.ndim(x) == 0 else np.asarray(x) ** 3)

    @cube.defvjp
    def cube_vjp(ct, out, x):
        return (ct * 3 * x * x,)

    @cube.defjvp
    def cube_jvp(tangents, out, x):
        return tangents[0] * 3 * x * x

    return cube


def test_primitive_in_both_modes_and_second_order():
    cube = make()
    x = np.array([1.0, 2.0])
    assert cube(2.0) == 8.0
    assert tg.grad(cube)(2.0) == 12.0
    assert tg.grad(lambda x: cube(x) * x)(2.0) == 32.0
    np.testing.assert_array_equal(tg.grad(lambda x: np.sum(cube(x)))(x), 3 * x**2)
    assert tg.jvp(lambda x: cube(x) * x, (2.0,), (1.0,)) == (16.0, 32.0)
    assert tg.grad(tg.grad(cube))(2.0) == 12.0
    np.testing.assert_array_equal(tg.jacobian(cube)(x), np.diag(3 * x**2))
    tg.check_grads(lambda x: np.sum(cube(x)), (x,))


def test_primitive_with_several_arguments():
    scaled = tg.primitive(lambda x, n: x * n)
    scaled.defvjp(lambda ct, out, x, n: (ct * n, None))
    scaled.defjvp(lambda tangents, out, x, n: tangents[0] * n)
    assert tg.grad(scaled)(2.0, 3) == 3.0
    assert tg.jvp(lambda x: scaled(x, 4), (2.0,), (1.0,)) == (8.0, 4.0)


def test_primitive_without_a_derivative():
    lonely = tg.primitive(lambda x: x * x)
    lonely.defvjp(lambda ct, out, x: (ct * 2 * x,))
    assert tg.grad(lonely)(3.0) == 6.0
    with pytest.raises(TypeError, match="lacks this derivative: define it with defvjp or defjvp"):
        tg.jvp(lonely, (3.0,), (1.0,))


def test_primitives_need_positional_arguments():
    with pytest.raises(
        TypeError, match=r"^a primitive takes positional arguments: wrap the function in one that does$"
    ):
        tg.primitive(lambda *args: 0.0).defvjp(lambda ct, out, *args: args)


def test_a_wrong_rule_is_caught():
    wrong = tg.primitive(lambda x: x * x)
    wrong.defvjp(lambda ct, out, x: (ct * 3 * x,))
    wrong.defjvp(lambda tangents, out, x: tangents[0] * 2 * x)
    with pytest.raises(AssertionError, match="reverse mode"):
        tg.check_grads(wrong, (2.0,), order=1)


def test_stop_gradient_in_compiled_code():
    assert tg.grad(lambda x: x * tg.stop_gradient(x))(3.0) == 3.0
    assert tg.grad(lambda x: tg.stop_gradient(x * x) + x)(3.0) == 1.0
    assert tg.jvp(lambda x: x * tg.stop_gradient(x), (3.0,), (1.0,)) == (9.0, 3.0)
    assert tg.grad(tg.grad(lambda x: x * x * tg.stop_gradient(x)))(3.0) == 6.0


def test_stop_gradient_of_nests():
    def f(x):
        a, b = tg.stop_gradient((x, x * x))
        return a * x + b

    assert tg.grad(f)(3.0) == 3.0


def test_stop_gradient_on_the_tape():
    x = tg.constant(3.0)
    with tg.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * tg.stop_gradient(x)
        z = tg.function(lambda x: x * tg.stop_gradient(x))(x)
    assert tape.gradient(y, x).numpy() == 3.0
    assert tape.gradient(z, x).numpy() == 3.0


@tg.custom_gradient
def log1pexp(x):
    e = tg.exp(x)

    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))

    return tg.math.log(1 + e), grad


def test_custom_gradient_on_the_tape():
    x = tg.constant(100.0)
    with tg.GradientTape() as tape:
        tape.watch(x)
        y = log1pexp(x)
    assert tape.gradient(y, x).numpy() == 1.0


def test_custom_gradient_is_never_looked_past():
    """Compiled code uses the gradient given by hand or refuses; it never differentiates what is inside."""

    @tg.custom_gradient
    def twisted(x):
        return x * x, lambda ct: ct * 100.0

    try:
        found = tg.grad(lambda x: twisted(x) * 1.0)(3.0)
    except tg.TransformError:
        return
    assert found == 100.0


def test_custom_gradient_in_compiled_code():
    x = np.array([1.0, 100.0])
    np.testing.assert_allclose(tg.grad(lambda x: np.sum(2.0 * log1pexp(x)))(x[:1]), 2 / (1 + np.exp(-x[:1])))

    @tg.custom_gradient
    def product(a, b):
        return a * b, lambda ct: (ct * 10.0, ct * 20.0)

    assert tg.grad(lambda a, b: product(a, b) + a, (0, 1))(2.0, 3.0) == (11.0, 20.0)
    with pytest.raises(TypeError, match="lacks this derivative"):
        tg.jvp(lambda a: product(a, a), (2.0,), (1.0,))


def test_custom_gradient_with_a_wrong_number_of_cotangents():
    @tg.custom_gradient
    def lonely(a, b):
        return a * b, lambda ct: ct

    with pytest.raises(ValueError, match="expected to return 2 gradients, but returned 1 instead"):
        tg.grad(lambda a: lonely(a, 3.0))(2.0)
