"""`custom_gradient`, `stop_gradient`, `recompute_grad`, `grad_pass_through`."""

import numpy as np
import pytest


def slope(tf, f, at):
    x = tf.constant(at)
    with tf.GradientTape() as t:
        t.watch(x)
        y = f(x)
    return t.gradient(y, x)


def test_custom_gradient(tf):
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)

        def grad(upstream):
            return upstream * (1 - 1 / (1 + e))

        return tf.math.log(1 + e), grad

    assert slope(tf, log1pexp, 100.0).numpy() == 1.0


def test_the_rule_given_is_the_one_used(tf):
    @tf.custom_gradient
    def clip(x):
        return tf.identity(x), lambda dy: tf.clip_by_norm(dy, 0.5)

    assert slope(tf, lambda x: clip(x * x), 3.0).numpy() == 3.0


def test_several_arguments_and_none(tf):
    @tf.custom_gradient
    def f(a, b, c):
        return a * b * c, lambda dy: (dy * 10.0, None, dy * 30.0)

    a, b, c = tf.constant(2.0), tf.constant(3.0), tf.constant(4.0)
    with tf.GradientTape() as t:
        t.watch([a, b, c])
        y = f(a, b, c)
    assert y.numpy() == 24.0
    ga, gb, gc = t.gradient(y, [a, b, c])
    assert ga.numpy() == 10.0 and gb is None and gc.numpy() == 30.0


@pytest.mark.parametrize("kind", [tuple, list])
def test_containers_of_cotangents(tf, kind):
    @tf.custom_gradient
    def f(a, b):
        return a + b, lambda dy: kind([dy * 2.0, dy * 3.0])

    a, b = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as t:
        t.watch([a, b])
        y = f(a, b)
    assert [g.numpy() for g in t.gradient(y, [a, b])] == [2.0, 3.0]


def test_too_few_cotangents(tf):
    @tf.custom_gradient
    def f(a, b):
        return a + b, lambda dy: dy

    a, b = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as t:
        t.watch([a, b])
        y = f(a, b)
    with pytest.raises(ValueError, match="expected to return 2 gradients, but returned 1 instead"):
        t.gradient(y, [a, b])


def test_several_outputs_and_zeros_for_unused_ones(tf):
    seen = []

    @tf.custom_gradient
    def f(x):
        def grad(da, db):
            seen.append((da.numpy().tolist(), db.numpy().tolist()))
            return da * 2.0 + db * 3.0

        return (x * 2.0, x * 3.0), grad

    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as t:
        t.watch(x)
        _a, b = f(x)
    np.testing.assert_array_equal(t.gradient(b, x).numpy(), [3.0, 3.0])
    assert seen == [([0.0, 0.0], [1.0, 1.0])]


def test_the_rule_is_called_lazily(tf):
    calls = []

    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda dy: calls.append(1) or dy

    slope(tf, lambda x: f(x) * 0.0 + x, 1.0)
    assert calls == [1]
    x = tf.constant(1.0)
    with tf.GradientTape() as t:
        t.watch(x)
        f(x)
        y = x * 5.0
    t.gradient(y, x)
    assert calls == [1]


def test_errors_come_out(tf):
    @tf.custom_gradient
    def f(x):
        def grad(dy):
            raise ArithmeticError("no slope today")

        return x * 2.0, grad

    with pytest.raises(ArithmeticError, match="no slope today"):
        slope(tf, f, 1.0)
    assert slope(tf, lambda x: x * 2.0, 1.0).numpy() == 2.0


def test_methods_and_closures(tf):
    class Scaled:
        def __init__(self, factor):
            self.factor = factor

        @tf.custom_gradient
        def call(self, x):
            return x * self.factor, lambda dy: dy * 100.0

    scaled = Scaled(3.0)

    @tf.custom_gradient
    def bound(x):
        return x * scaled.factor, lambda dy: dy * scaled.factor

    assert slope(tf, bound, 1.0).numpy() == 3.0


def test_variables_inside(tf):
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        def grad(dy, variables=None):
            assert len(variables) == 1 and variables[0] is v
            return dy * 10.0, [dy * 20.0]

        return x * v, grad

    x = tf.constant(2.0)
    with tf.GradientTape() as t:
        t.watch(x)
        y = f(x)
    gx, gv = t.gradient(y, [x, v])
    assert (gx.numpy(), gv.numpy()) == (10.0, 20.0)


def test_variables_need_the_keyword(tf):
    v = tf.Variable(3.0)

    @tf.custom_gradient
    def f(x):
        return x * v, lambda dy: dy

    with tf.GradientTape(), pytest.raises(TypeError, match="must accept keyword argument 'variables'"):
        f(tf.constant(2.0))


def test_second_order_by_the_operations_of_the_rule(tf):
    @tf.custom_gradient
    def cube(x):
        return x**3, lambda dy: dy * 3.0 * x**2

    x = tf.Variable(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = cube(x)
        g = inner.gradient(y, x)
    assert (g.numpy(), outer.gradient(g, x).numpy()) == (12.0, 12.0)


def test_second_order_by_an_intermediate_of_the_function(tf):
    @tf.custom_gradient
    def exp(x):
        e = tf.exp(x)
        return e, lambda dy: dy * e

    x = tf.Variable(0.5)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = exp(x)
        g = inner.gradient(y, x)
    np.testing.assert_allclose(outer.gradient(g, x).numpy(), np.exp(0.5), rtol=1e-6)


def test_nested_custom_gradient(tf):
    @tf.custom_gradient
    def first(x):
        @tf.custom_gradient
        def second(dy):
            return dy * 5.0, lambda ddy: ddy * 7.0

        return x * 1.0, second

    x, w = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = first(x) * w
        g = inner.gradient(y, x)
    assert g.numpy() == 15.0
    assert outer.gradient(g, w).numpy() == 7.0


def test_stop_gradient(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = x * tf.stop_gradient(x * x)
    assert t.gradient(y, x).numpy() == 9.0


def test_stop_gradient_cuts_tangents(tf):
    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y = x * tf.stop_gradient(x)
        z = tf.stop_gradient(x)
    assert acc.jvp(y).numpy() == 3.0
    assert acc.jvp(z) is None or acc.jvp(z).numpy() == 0.0


def test_stop_gradient_alone_is_none(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = tf.stop_gradient(x) * 2.0
    assert t.gradient(y, x) is None


def test_recompute_grad(tf):
    calls = []
    w = tf.Variable(2.0)

    def f(x):
        calls.append(1)
        return tf.sin(x) * w * x

    x = tf.constant(0.7)
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.recompute_grad(f)(x)
    assert len(calls) == 1
    gx, gw = t.gradient(y, [x, w])
    assert len(calls) == 2
    np.testing.assert_allclose(gx.numpy(), 2 * (np.cos(0.7) * 0.7 + np.sin(0.7)), rtol=1e-6)
    np.testing.assert_allclose(gw.numpy(), np.sin(0.7) * 0.7, rtol=1e-6)


@pytest.mark.ours
def test_recompute_grad_second_order(tf):
    x = tf.Variable(0.7)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.recompute_grad(lambda x: tf.sin(x) * x)(x)
        g = inner.gradient(y, x)
    np.testing.assert_allclose(outer.gradient(g, x).numpy(), 2 * np.cos(0.7) - 0.7 * np.sin(0.7), rtol=1e-6)


@pytest.mark.ours
def test_recompute_grad_sees_the_variables_of_the_call(tf):
    w = tf.Variable(2.0)
    x = tf.constant(3.0)
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.recompute_grad(lambda x: x * x * w)(x)
    w.assign(100.0)
    assert t.gradient(y, x).numpy() == 12.0
    assert w.numpy() == 100.0


def test_grad_pass_through(tf):
    x = tf.Variable(2.4)
    with tf.GradientTape() as t:
        y = tf.grad_pass_through(tf.round)(x) * 3.0
    assert y.numpy() == 6.0
    assert t.gradient(y, x).numpy() == 3.0


@pytest.mark.ours
def test_tangents_of_custom_gradients(tf):
    """Forward mode transposes the rule that was given."""

    @tf.custom_gradient
    def f(x, y):
        return x * y, lambda dz: (dz * y * 10.0, dz * x * 100.0)

    x, y = tf.constant([2.0, 3.0]), tf.constant([4.0, 5.0])
    with tf.autodiff.ForwardAccumulator([x, y], [tf.constant([1.0, 0.0]), tf.constant([0.0, 1.0])]) as acc:
        z = f(x, y)
    np.testing.assert_allclose(acc.jvp(z).numpy(), [40.0, 300.0])


@pytest.mark.ours
def test_arrays_as_arguments(tf):
    a = np.array([1.0, 2.0])

    @tf.custom_gradient
    def f(x, a):
        return x * a, lambda dy: (dy * a, None)

    x = tf.constant(np.array([3.0, 4.0]))
    with tf.GradientTape() as t:
        t.watch(x)
        y = f(x, a)
    a[:] = 0
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), [1.0, 2.0])
