"""`ForwardAccumulator`, alone and with tapes."""

import numpy as np
import pytest


def test_tangent_of_a_product(tf):
    x = tf.constant([[2.0, 3.0], [1.0, 4.0]])
    dense = tf.constant([[1.0], [-1.0]])
    with tf.autodiff.ForwardAccumulator(primals=dense, tangents=tf.constant([[1.0], [0.0]])) as acc:
        loss = tf.reduce_sum(tf.square(tf.matmul(x, dense) - tf.constant([[1.0], [-1.0]])))
    # d loss = 2 (x w - y)^T x_0
    assert acc.jvp(loss).numpy() == -12.0


def test_jvp_only_looks_up(tf):
    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as acc:
        y = x * x
        inside = acc.jvp(y)
    assert inside.numpy() == acc.jvp(y).numpy() == 12.0
    assert acc.jvp(x).numpy() == 2.0


def test_nests(tf):
    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        out = {"a": x * x, "b": [x, tf.constant(1.0)]}
    found = acc.jvp(out)
    assert found["a"].numpy() == 6.0 and found["b"][0].numpy() == 1.0 and found["b"][1] is None
    zero = acc.jvp(out, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert zero["b"][1].numpy() == 0.0


def test_several_primals(tf):
    v, x = tf.Variable(2.0), tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator([v, x], [tf.constant(1.0), tf.constant(10.0)]) as acc:
        y = v * x
    assert acc.jvp(y).numpy() == 23.0


def test_the_same_primal_twice(tf):
    x = tf.constant(3.0)
    with pytest.raises(ValueError, match="(?i)twice|multiple"):
        tf.autodiff.ForwardAccumulator([x, x], [tf.constant(1.0), tf.constant(1.0)])


def test_other_variables_are_constants(tf):
    v, w = tf.Variable(2.0), tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as acc:
        y = v * w
        z = w * w
    assert acc.jvp(y).numpy() == 3.0 and acc.jvp(z) is None


def test_nothing_after_the_block(tf):
    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y = x * x
    z = y * 2.0
    assert acc.jvp(z) is None


def test_forward_over_forward(tf):
    x = tf.constant(1.1)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as outer:
        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as inner:
            y = tf.sin(x) * x
        slope = inner.jvp(y)
    np.testing.assert_allclose(slope.numpy(), np.cos(1.1) * 1.1 + np.sin(1.1), rtol=1e-6)
    np.testing.assert_allclose(outer.jvp(slope).numpy(), 2 * np.cos(1.1) - 1.1 * np.sin(1.1), rtol=1e-5)


def test_forward_over_reverse_gives_hessian_times_vector(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.autodiff.ForwardAccumulator(v, tf.constant([1.0, 0.0, 1.0])) as acc:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v**3)
        g = tape.gradient(y, v)
    np.testing.assert_allclose(acc.jvp(g).numpy(), [6.0, 0.0, 18.0])


def test_reverse_over_forward(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        with tf.autodiff.ForwardAccumulator(v, tf.constant([1.0, 0.0, 1.0])) as acc:
            y = tf.reduce_sum(v**3)
        slope = acc.jvp(y)
    np.testing.assert_allclose(tape.gradient(slope, v).numpy(), [6.0, 0.0, 18.0])


def test_a_tape_inside_does_not_see_tangents(tf):
    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            slope = acc.jvp(y)
    assert tape.gradient(slope, x) is None


def test_third_order_mixed(tf):
    x = tf.constant(0.7)
    one = tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, one) as acc:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.sin(x)
            first = inner.gradient(y, x)
        second = outer.gradient(first, x)
    np.testing.assert_allclose(acc.jvp(second).numpy(), -np.cos(0.7), rtol=1e-5)


@pytest.mark.ours
def test_shapes_and_dtypes_must_agree(tf):
    x = tf.constant([1.0, 2.0])
    with pytest.raises(ValueError, match="a primal has the shape"):
        tf.autodiff.ForwardAccumulator(x, tf.constant(1.0))
    with pytest.raises(ValueError, match="a primal has the dtype float32, its tangent float64"):
        tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 2.0], tf.float64))
    with pytest.raises(ValueError, match="there are 2 primals but 1 tangents"):
        tf.autodiff.ForwardAccumulator([x, tf.constant(1.0)], [tf.constant([1.0, 2.0])])
    with pytest.raises(TypeError, match="a primal must be a Tensor or Variable"):
        tf.autodiff.ForwardAccumulator(3.0, 1.0)


@pytest.mark.ours
def test_arrays_as_tangents(tf):
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, np.array([1.0, 10.0])) as acc:
        y = x * x
    np.testing.assert_array_equal(acc.jvp(y).numpy(), [2.0, 40.0])
    assert acc.jvp(y).dtype == tf.float32


@pytest.mark.ours
def test_assigned_primal_is_a_constant_from_then_on(tf):
    v = tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as acc:
        a = v * v
        v.assign(5.0)
        b = v * v
    assert acc.jvp(a).numpy() == 6.0
    assert acc.jvp(b).numpy() == 0.0


@pytest.mark.parametrize(
    "f",
    [
        lambda tf, x: tf.reduce_mean(x, axis=1, keepdims=True),
        lambda tf, x: tf.concat([x, x * 2.0], 0),
        lambda tf, x: tf.stack([x, x * x], 1),
        lambda tf, x: tf.reduce_max(x, 1),
        lambda tf, x: tf.nn.softmax(x),
        lambda tf, x: x[0] * x[1, ::-1],
        lambda tf, x: tf.transpose(x) @ x,
        lambda tf, x: tf.where(x > 0.5, x, x * x),
        lambda tf, x: tf.split(x, 3, axis=1)[1],
        lambda tf, x: tf.reshape(x, [3, 2]),
    ],
)
def test_tangents_agree_with_differences(tf, f):
    a, d = np.array([[0.1, 0.8, 0.3], [0.9, 0.2, 0.7]]), np.array([[1.0, -2.0, 0.5], [0.3, 0.2, -1.0]])

    class Double:
        def __getattr__(self, name):
            return getattr(tf, name)

    x = tf.constant(a)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(d)) as acc:
        y = f(Double(), x)
    h = 1e-6
    wanted = (f(tf, tf.constant(a + h * d)).numpy() - f(tf, tf.constant(a - h * d)).numpy()) / (2 * h)
    np.testing.assert_allclose(acc.jvp(y).numpy(), wanted, rtol=1e-6, atol=1e-8)
