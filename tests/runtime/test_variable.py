"""`Variable`: state, and what tapes make of it."""

import copy
import pickle

import numpy as np
import pytest


def test_creation(tf):
    assert tf.Variable(1.0).dtype == tf.float32
    assert tf.Variable([1, 2]).dtype == tf.int32
    assert tf.Variable(np.ones(2)).dtype == tf.float64
    assert tf.Variable(1, dtype=tf.float64).dtype == tf.float64
    assert tf.Variable(tf.ones((2, 3))).shape == (2, 3)
    assert tf.Variable(tf.Variable(3.0)).numpy() == 3.0
    assert tf.Variable(lambda: tf.ones(2)).shape == (2,)


def test_arrays_are_copied(tf):
    a = np.ones(3)
    v = tf.Variable(a)
    a[0] = 9
    np.testing.assert_array_equal(v.numpy(), [1, 1, 1])


def test_assign(tf):
    v = tf.Variable([1.0, 2.0])
    v.assign([3.0, 4.0])
    v.assign_add([1.0, 1.0])
    v.assign_sub(tf.constant([0.5, 0.5]))
    np.testing.assert_array_equal(v.numpy(), [3.5, 4.5])
    result = v.assign_add([1.0, 1.0])
    np.testing.assert_array_equal((result + 1.0).numpy(), [5.5, 6.5])


def test_assign_of_another_shape(tf):
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="(?i)shape"):
        v.assign([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])


def test_assign_from_itself(tf):
    v = tf.Variable(3.0)
    v.assign(v * v + 1.0)
    assert v.numpy() == 10.0


def test_gradient_is_of_the_value_read(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
        v.assign(100.0)
    assert t.gradient(y, v).numpy() == 6.0


def test_gradient_adds_up_over_reads_before_and_after_an_assign(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
        v.assign(5.0)
        y = y + v * v
    assert t.gradient(y, v).numpy() == 16.0


def test_assigning_is_not_differentiated(tf):
    v, w = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape() as t:
        w.assign(v * v)
        y = w * 2.0
    gv, gw = t.gradient(y, [v, w])
    assert gv is None and gw.numpy() == 2.0


def test_assign_add_in_the_block(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        v.assign_add(1.0)
        y = v * v
    assert t.gradient(y, v).numpy() == 8.0


def test_reading(tf):
    v = tf.Variable([1.0, 2.0], name="w")
    np.testing.assert_array_equal(v.read_value().numpy(), [1.0, 2.0])
    np.testing.assert_array_equal(v.value().numpy(), [1.0, 2.0])
    np.testing.assert_array_equal(np.asarray(v), [1.0, 2.0])
    assert float(tf.Variable(2.5)) == 2.5 and int(tf.Variable(2)) == 2
    assert v.name == "w:0" and v.trainable and v.shape == (2,)
    assert len(list(v)) == 2


def test_a_read_value_is_a_source_of_its_own(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        r = v.read_value()
        y = r * r + v
    assert t.gradient(y, r).numpy() == 6.0
    assert t.gradient(y, v).numpy() == 7.0


def test_references(tf):
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    table = {v.ref(): "v", w.ref(): "w"}
    assert table[v.ref()] == "v" and table[w.ref()] == "w"
    assert v.ref().deref() is v
    with pytest.raises(TypeError, match="unhashable"):
        hash(v)


def test_repr(tf):
    assert (
        repr(tf.Variable([1.0, 2.0], name="w"))
        == "<tf.Variable 'w:0' shape=(2,) dtype=float32, numpy=array([1., 2.], dtype=float32)>"
    )


def test_sliced_assign(tf):
    v = tf.Variable([1.0, 2.0, 3.0, 4.0])
    v[1].assign(9.0)
    v[2:].assign([7.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [1.0, 9.0, 7.0, 8.0])


def test_sliced_assign_does_not_touch_what_was_read(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        y = tf.reduce_sum(v * v)
        v[0].assign(50.0)
    np.testing.assert_array_equal(t.gradient(y, v).numpy(), [2.0, 4.0, 6.0])


def test_slices_are_differentiated(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        y = v[0] * v[2] + tf.reduce_sum(v[1:])
    np.testing.assert_array_equal(t.gradient(y, v).numpy(), [3.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("operation", "slope"),
    [
        (lambda p: p * 2.0, 2.0),
        (lambda p: 2.0 * p, 2.0),
        (lambda p: p * p, 6.0),
        (lambda p: -p, -1.0),
        (lambda p: p**2, 6.0),
        (lambda p: 3.0 / p, -1 / 3),
        (lambda p: np.float32(2) * p, 2.0),
        (lambda p: p + p[...], 2.0),
    ],
)
def test_slices_of_variables_are_tensors(tf, operation, slope):
    """They can be assigned to besides, which must not cost them their place on the tape."""
    v = tf.Variable([1.0, 3.0])
    with tf.GradientTape() as t:
        y = operation(v[1])
    np.testing.assert_allclose(t.gradient(y, v).numpy(), [0.0, slope], rtol=1e-6)


def test_scatter(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    v.scatter_nd_update([[0], [2]], [10.0, 30.0])
    np.testing.assert_array_equal(v.numpy(), [10.0, 2.0, 30.0])
    v.scatter_nd_add([[0], [0]], [1.0, 1.0])
    np.testing.assert_array_equal(v.numpy(), [12.0, 2.0, 30.0])


@pytest.mark.parametrize(
    ("operation", "value", "slope"),
    [
        (lambda v: v + 2.0, 5.0, 1.0),
        (lambda v: 2.0 - v, -1.0, -1.0),
        (lambda v: v * 2, 6.0, 2.0),
        (lambda v: 6.0 / v, 2.0, -2 / 3),
        (lambda v: v**2, 9.0, 6.0),
        (lambda v: 2.0**v, 8.0, 8 * np.log(2)),
        (lambda v: -v, -3.0, -1.0),
        (lambda v: abs(v), 3.0, 1.0),
        (lambda v: v % 2.0, 1.0, 1.0),
        (lambda v: v + np.float32(1), 4.0, 1.0),
    ],
)
def test_operators(tf, operation, value, slope):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = operation(v)
    assert y.dtype == tf.float32
    np.testing.assert_allclose(y.numpy(), value)
    np.testing.assert_allclose(t.gradient(y, v).numpy(), slope, rtol=1e-6)


def test_comparisons(tf):
    v = tf.Variable([1.0, 2.0])
    np.testing.assert_array_equal((v > 1.5).numpy(), [False, True])
    np.testing.assert_array_equal((v == 2.0).numpy(), [False, True])
    np.testing.assert_array_equal((v != 2.0).numpy(), [True, False])
    assert bool(tf.Variable(1.0) <= 1.0)


def test_trainable_variables_are_not_mixed_up(tf):
    ws = [tf.Variable(float(i)) for i in range(5)]
    with tf.GradientTape() as t:
        y = sum(i * w for i, w in enumerate(ws))
    assert [g.numpy() for g in t.gradient(y, ws)] == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.ours
def test_copies_and_pickles(tf):
    v = tf.Variable([1.0, 2.0], trainable=False, name="w")
    for w in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        assert w is not v and not w.trainable and w.name == "w:0"
        w.assign([3.0, 4.0])
        np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])


def test_no_initial_value(tf):
    with pytest.raises(ValueError, match="initial_value"):
        tf.Variable(None)


def test_training_loop_converges(tf):
    w = tf.Variable([0.0, 0.0])
    x = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    y = tf.constant([1.0, 2.0, 3.0])
    for _ in range(200):
        with tf.GradientTape() as t:
            loss = tf.reduce_mean(tf.square(tf.linalg.matvec(x, w) - y))
        w.assign_sub(0.5 * t.gradient(loss, w))
    np.testing.assert_allclose(w.numpy(), [1.0, 2.0], atol=1e-4)
