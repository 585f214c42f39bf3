"""`input_signature`: as TensorFlow takes and refuses arguments, on both libraries where TensorFlow is installed."""

import pickle

import numpy as np
import pytest

import tapegen as tg
from tests.tf.conftest import load_tensorflow


@pytest.fixture(params=["tapegen", "tensorflow"])
def tf(request):
    module = tg if request.param == "tapegen" else load_tensorflow()
    if module is None:
        pytest.skip("TensorFlow is not installed")
    return module


def doubled(x):
    return x * 2.0


def scaled(x, by, k=3.0):
    return x * by["a"] * k


TAKEN = [
    [1.0, 2.0], [1, 2], np.array([1.0, 2.0]), np.array([1.0, 2.0], np.float32), (1.0, 2.0),
]  # fmt: skip
REFUSED = [
    lambda tf: (tf.constant([1.0, 2.0], tf.float64),),
    lambda tf: (tf.constant([1, 2]),),
    lambda tf: (tf.constant(1.0),),
    lambda tf: (1.0,),
    lambda tf: (),
    lambda tf: (tf.constant([1.0]), tf.constant([1.0])),
    lambda tf: ("a",),
    lambda tf: ([[1.0]],),
]


@pytest.mark.parametrize("value", TAKEN, ids=repr)
def test_numbers_and_arrays_become_tensors(tf, value):
    f = tf.function(doubled, input_signature=[tf.TensorSpec([None], tf.float32)])
    found = f(value)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found.numpy(), [2.0, 4.0])


@pytest.mark.parametrize("make", REFUSED)
def test_what_does_not_fit_is_refused(tf, make):
    f = tf.function(doubled, input_signature=[tf.TensorSpec([None], tf.float32)])
    with pytest.raises(TypeError, match="Binding inputs to tf.function failed"):
        f(*make(tf))


def test_gradients_pass(tf):
    f = tf.function(doubled, input_signature=[tf.TensorSpec([None], tf.float32)])
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = f(x)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [2.0, 2.0])
    assert f(x=tf.constant([1.0])).numpy() == [2.0]


def test_nests_and_defaults(tf):
    signature = [tf.TensorSpec([None], tf.float32), {"a": tf.TensorSpec([], tf.float32)}]
    f = tf.function(scaled, input_signature=signature)
    assert f(tf.constant([1.0]), {"a": 2.0}).numpy() == [6.0]
    for args in ([[1.0], {"b": 2.0}], [[1.0], [2.0]], [[1.0], {"a": 2.0}, 4.0]):
        with pytest.raises(TypeError):
            f(*args)


def test_methods(tf):
    class Layer(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(3.0)

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def __call__(self, x):
            return self.w * x

    layer = Layer()
    with tf.GradientTape() as tape:
        y = layer(2.0)
    assert tape.gradient(y, layer.w).numpy() == 2.0
    with pytest.raises(TypeError):
        layer(tf.constant([2.0]))


def test_signatures_that_do_not_fit_the_function(tf):
    spec = tf.TensorSpec([], tf.float32)
    with pytest.raises(TypeError, match="must be either a tuple or a list"):
        tf.function(doubled, input_signature=spec)
    with pytest.raises(TypeError, match="nested sequence of TensorSpec objects"):
        tf.function(doubled, input_signature=[3])
    for wrong in ([spec, spec], []):
        with pytest.raises(TypeError, match=r"extra type constraints|missing type constraint"):
            tf.function(doubled, input_signature=wrong)(1.0)


def test_it_travels():
    f = tg.function(doubled, input_signature=[tg.TensorSpec([None], tg.float32)])
    again = pickle.loads(pickle.dumps(f))
    assert again.input_signature == f.input_signature
    with pytest.raises(TypeError):
        again(1.0)
