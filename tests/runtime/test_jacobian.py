"""`jacobian` and `batch_jacobian`."""

import numpy as np
import pytest


def test_shape_is_target_then_source(tf):
    x = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with tf.GradientTape() as t:
        y = tf.reduce_sum(x * x, axis=1)
    j = t.jacobian(y, x)
    assert tuple(j.shape) == (2, 2, 3)
    wanted = np.zeros((2, 2, 3))
    wanted[0, 0], wanted[1, 1] = [2, 4, 6], [8, 10, 12]
    np.testing.assert_allclose(j.numpy(), wanted)


def test_scalar_target_and_scalar_source(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
        z = tf.stack([x, y])
    assert t.jacobian(y, x).numpy() == 6.0
    np.testing.assert_allclose(t.jacobian(z, x).numpy(), [1.0, 6.0])


def test_nest_of_sources(tf):
    a, b, c = tf.Variable([1.0, 2.0]), tf.Variable(3.0), tf.Variable(4.0)
    with tf.GradientTape() as t:
        y = a * b
    found = t.jacobian(y, {"a": a, "rest": [b, c]})
    np.testing.assert_allclose(found["a"].numpy(), 3 * np.eye(2))
    np.testing.assert_allclose(found["rest"][0].numpy(), [1.0, 2.0])
    assert found["rest"][1] is None


def test_unconnected_zero(tf):
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0, 5.0])
    with tf.GradientTape() as t:
        y = a * a
    found = t.jacobian(y, b, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    np.testing.assert_array_equal(found.numpy(), np.zeros((2, 3)))


def test_without_pfor_on_a_plain_tape(tf):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = x * x
    with pytest.raises(RuntimeError, match="persistent"):
        t.jacobian(y, x, experimental_use_pfor=False)


def test_without_pfor_on_a_persistent_tape(tf):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y = x * x
    j = t.jacobian(y, x, parallel_iterations=2, experimental_use_pfor=False)
    np.testing.assert_allclose(j.numpy(), np.diag([2.0, 4.0]))


@pytest.mark.parametrize("bad", [None, 3.0])
def test_target_must_be_a_tensor(tf, bad):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y = x * x
    with pytest.raises((TypeError, AttributeError)):
        t.jacobian(bad, x)
    with pytest.raises((TypeError, AttributeError)):
        t.jacobian([y, y], x)


def test_hessian_as_jacobian_of_a_gradient(tf):
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(x**3) + x[0] * x[1]
        g = inner.gradient(y, x)
    wanted = np.diag([6.0, 12.0, 18.0])
    wanted[0, 1] = wanted[1, 0] = 1.0
    np.testing.assert_allclose(outer.jacobian(g, x).numpy(), wanted)


def test_batch_jacobian(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.stack([x[:, 0] * x[:, 1], x[:, 0], x[:, 1] ** 2], 1)
    j = t.batch_jacobian(y, x)
    assert tuple(j.shape) == (3, 3, 2)
    np.testing.assert_allclose(j.numpy()[2], [[6.0, 5.0], [1.0, 0.0], [0.0, 12.0]])


def test_batch_jacobian_of_higher_ranks(tf):
    x = tf.ones((2, 3, 4))
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reduce_sum(x * x, 2)
    assert tuple(t.batch_jacobian(y, x).shape) == (2, 3, 3, 4)


def test_batch_jacobian_unconnected_is_zero(tf):
    x, z = tf.ones((2, 3)), tf.ones((2, 4))
    with tf.GradientTape() as t:
        t.watch([x, z])
        y = x * x
    np.testing.assert_array_equal(t.batch_jacobian(y, z).numpy(), np.zeros((2, 3, 4)))


def test_batch_jacobian_sums_over_rows_that_depend_on_each_other(tf):
    x = tf.constant([[1.0], [2.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * tf.reduce_sum(x)
    # row 0 gets d y0 / d x0 + d y1 / d x0 = (3 + 1) + 2
    np.testing.assert_allclose(t.batch_jacobian(y, x).numpy()[:, 0, 0], [6.0, 6.0])


@pytest.mark.parametrize(("target", "source"), [((2,), (2, 3)), ((2, 3), (2,)), ((2, 3), (4, 3))])
def test_batch_jacobian_of_wrong_shapes(tf, target, source):
    x = tf.ones(source)
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.ones(target) * tf.reduce_sum(x)
    with pytest.raises(ValueError):
        t.batch_jacobian(y, x)


def test_batch_jacobian_uses_up_a_plain_tape(tf):
    x = tf.ones((2, 3))
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * x
    t.batch_jacobian(y, x)
    with pytest.raises(RuntimeError, match="(?i)persistent"):
        t.gradient(y, x)


@pytest.mark.ours
def test_jacobian_inside_the_block_is_recorded_by_an_outer_tape(tf):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        j = inner.jacobian(y, x)
        trace = tf.reduce_sum(tf.linalg.diag_part(j))
    np.testing.assert_allclose(outer.gradient(trace, x).numpy(), [6.0, 12.0])


@pytest.mark.ours
def test_empty_batch(tf):
    x = tf.ones((0, 3))
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = x * x
    assert t.batch_jacobian(y, x).shape == (0, 3, 3)
    assert t.jacobian(y, x).shape == (0, 3, 0, 3)
