"""Compositions of TensorFlow's names drawn at random: gradients and second derivatives as TensorFlow's own."""

import random
import types

import numpy as np
import pytest

from tapegen import tf as names_of_tf
from tests.tf.conftest import load_tensorflow

OURS = types.SimpleNamespace(**names_of_tf.names)
UNARY = """
tf.sin({}) | tf.tanh({}) | tf.exp(-tf.square({})) | tf.nn.relu({}) | tf.abs({}) | tf.nn.softmax({})
tf.cumsum({},axis=-1)
tf.reverse({},[-1]) | tf.sqrt(tf.abs({})+0.1) | tf.math.log(tf.abs({})+0.5)
{}**2 | {}**3.0 | 2.0**{} | -{} | 1.0/({}+3.0)
{}*tf.constant([1.,2.,3.]) | tf.nn.softplus({}) | tf.math.sigmoid({}) | tf.sort({}) | tf.roll({},1,axis=-1)
tf.clip_by_value({},-0.5,0.5) | tf.nn.elu({}) | tf.stop_gradient({})*2.0+{} | tf.where({}>0.0,{},{}*{})
tf.gather({},[2,0,1],axis=1) | tf.concat([{}[:,1:],{}[:,:1]],1) | tf.stack(tf.unstack({}),0)
tf.math.cumprod({},axis=1)
tf.pad({},[[0,0],[1,0]])[:,:3] | tf.tile({},[2,1])[1:3] | tf.einsum("ij,kj->ik",{},tf.ones((3,3))) | tf.math.asinh({})
tf.maximum({},0.1) | tf.minimum({},0.3) | tf.nn.leaky_relu({}) | tf.cast(tf.cast({},tf.float64),tf.float32)
tf.tensor_scatter_nd_add({},[[0]],tf.ones((1,3))) | tf.split({},3,axis=1)[1]+{} | tf.linalg.band_part({},0,1)
tf.norm({}+0.1,axis=1,keepdims=True)*{} | tf.nn.moments({},[1],keepdims=True)[0]*{}
tf.reshape(tf.reshape({},[-1]),[2,3])
"""
BINARY = """
{}+{} | {}*{} | {}-{} | {}/(tf.square({})+1.0) | tf.maximum({},{}) | tf.minimum({},{}) | tf.where({}>{},{},{})
tf.math.squared_difference({},{}) | tf.atan2({},{}+5.0) | tf.add_n([{},{}]) | tf.pow(tf.abs({})+0.2,{})
tf.concat([{}[:1],{}[1:]],0) | tf.matmul({},{},transpose_b=True)@tf.ones((2,3))
"""
REDUCTIONS = """
tf.reduce_sum({}) | tf.reduce_mean({}) | tf.reduce_max({}) | tf.reduce_logsumexp({}) | tf.reduce_prod({}*0.5+1.0)
tf.nn.l2_loss({}) | tf.reduce_sum(tf.reduce_max({},axis=0)) | {}[0,1]*{}[1,2]
"""


def choices(table):
    return [text.strip() for line in table.strip().splitlines() for text in line.split("|")]


def expression(rng, depth):
    if depth == 0:
        return rng.choice("xy")
    if rng.random() < 0.35:
        text = rng.choice(choices(BINARY))
        pair = [expression(rng, depth - 1), expression(rng, depth - 1)]
        return f"({text.format(*pair * (text.count('{}') // 2))})"
    text = rng.choice(choices(UNARY))
    return f"({text.format(*[expression(rng, depth - 1)] * text.count('{}'))})"


def program(seed):
    rng = random.Random(seed)
    text = rng.choice(choices(REDUCTIONS))
    return text.format(*[expression(rng, rng.randint(1, 4))] * text.count("{}"))


def derivatives(tf, text, a, b):
    """Value, gradient, and the gradient of a function of that."""
    x, y = tf.Variable(a), tf.constant(b)
    with tf.GradientTape() as outer:
        outer.watch(y)
        with tf.GradientTape() as inner:
            inner.watch(y)
            z = eval(text, {"tf": tf, "x": x, "y": y})
        slopes = inner.gradient(z, [x, y], unconnected_gradients="zero")
        slopes = [tf.convert_to_tensor(s) for s in slopes]
        total = tf.reduce_sum(tf.sin(slopes[0])) + tf.reduce_sum(slopes[1] ** 2)
    second = outer.gradient(total, [x, y], unconnected_gradients="zero")
    return [z.numpy(), *[tf.convert_to_tensor(s).numpy() for s in [*slopes, *second]]]


@pytest.mark.slow
def test_random_programs():
    tensorflow = load_tensorflow()
    if tensorflow is None:
        pytest.skip("TensorFlow is not installed")
    for seed in range(400):
        text, rng = program(seed), np.random.default_rng(seed)
        inputs = [rng.normal(size=(2, 3)).astype("f") for _ in range(2)]
        for part, (found, wanted) in enumerate(
            zip(derivatives(OURS, text, *inputs), derivatives(tensorflow, text, *inputs), strict=True)
        ):
            assert found.shape == wanted.shape and found.dtype == wanted.dtype, text
            size = 1 + np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0)
            slack = 1e-3 if part < 3 else 2e-2
            assert np.allclose(found, wanted, slack, slack * size, equal_nan=True), (text, found, wanted)
