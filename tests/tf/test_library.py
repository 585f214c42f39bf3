"""Creation, dtypes, random numbers, Module, optimizers, and the kinks where TensorFlow has a rule of its own."""

import numpy as np
import pytest

KINKS = [
    ("tf.maximum(x, 0.0)", [0.0, 1.0, -1.0], [1.0, 1.0, 0.0]),
    ("tf.maximum(0.0, x)", [0.0, 1.0, -1.0], [0.0, 1.0, 0.0]),
    ("tf.minimum(x, 0.0)", [0.0, 1.0, -1.0], [1.0, 0.0, 1.0]),
    ("tf.abs(x)", [0.0, 1.0, -1.0], [0.0, 1.0, -1.0]),
    ("tf.nn.relu(x)", [0.0, 1.0, -1.0], [0.0, 1.0, 0.0]),
    ("tf.nn.relu6(x)", [0.0, 6.0, 3.0, 7.0], [0.0, 0.0, 1.0, 0.0]),
    ("tf.nn.leaky_relu(x)", [0.0, 1.0, -1.0], [0.2, 1.0, 0.2]),
    ("tf.nn.elu(x)", [0.0, 1.0], [1.0, 1.0]),
    ("tf.reduce_max(x)", [2.0, 2.0, 1.0], [0.5, 0.5, 0.0]),
    ("tf.reduce_min(x)", [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
    ("tf.reduce_prod(x)", [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("tf.reduce_prod(x)", [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    ("tf.clip_by_value(x, 0.0, 1.0)", [0.0, 1.0, 2.0, -1.0], [1.0, 1.0, 0.0, 0.0]),
    ("tf.sign(x)", [0.0, 2.0], [0.0, 0.0]),
    ("tf.where(x > 0.0, tf.sqrt(x), 0.0 * x)", [0.0, 4.0], [0.0, 0.25]),
    ("tf.norm(x)", [0.0, 0.0], [np.nan, np.nan]),
    ("tf.clip_by_norm(x, 1.0)", [0.0, 0.0], [1.0, 1.0]),
    ("tf.math.sigmoid(x)", [-100.0, 100.0, 0.0], [0.0, 0.0, 0.25]),
    ("tf.math.softplus(x)", [-1000.0, 1000.0, 0.0], [0.0, 1.0, 0.5]),
    (
        "tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(x), logits=x)",
        [-500.0, 0.0],
        [-1.0, -0.5],
    ),
    ("tf.nn.softmax_cross_entropy_with_logits([1.0, 0.0], x)", [-500.0, 500.0], [-1.0, 1.0]),
    ("tf.math.divide_no_nan(1.0, x)", [0.0, 2.0], [0.0, -0.25]),
    ("tf.math.multiply_no_nan(x, 0.0)", [np.inf, 1.0], [0.0, 0.0]),
    ("tf.reduce_logsumexp(x)", [1000.0, 1000.0], [0.5, 0.5]),
    ("tf.math.xlogy(0.0, x)", [0.0, 2.0], [0.0, 0.0]),
]


@pytest.mark.parametrize(("text", "at", "slope"), KINKS, ids=[f"{k[0]} at {k[1]}" for k in KINKS])
def test_kinks(tf, text, at, slope):
    x = tf.constant(at)
    with tf.GradientTape() as t:
        t.watch(x)
        y = eval(text, {"tf": tf, "x": x})
    np.testing.assert_allclose(t.gradient(y, x).numpy(), slope, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize(
    "text",
    [
        "tf.zeros((2, 3))", "tf.zeros([2], tf.int32)", "tf.ones((2, 3), dtype=tf.float64)", "tf.zeros(())",
        "tf.fill([2, 3], 7)", "tf.fill((2,), 1.5)", "tf.eye(3)", "tf.eye(2, 3, dtype=tf.float64)", "tf.range(5)",
        "tf.eye(2, batch_shape=[3])", "tf.range(2, 10, 3)", "tf.range(0.0, 1.0, 0.25)", "tf.range(5, dtype=tf.float32)",
        "tf.linspace(0.0, 1.0, 5)", "tf.linspace(1, 3, 3)", "tf.one_hot([0, 2], 3)",
        "tf.one_hot([[0], [1]], 2, axis=1)",
        "tf.one_hot([0, -1], 2, on_value=5, off_value=1, dtype=tf.int32)", "tf.zeros_like([1.0, 2.0])",
        "tf.ones_like(tf.constant([1, 2]), dtype=tf.float32)", "tf.shape(tf.ones((2, 3)))", "tf.size(tf.ones((2, 3)))",
        "tf.rank(tf.ones((2, 3)))", "tf.argmax([[1.0, 5.0], [7.0, 2.0]])", "tf.argmax([[1.0, 5.0], [7.0, 2.0]], 1)",
        "tf.argmin([3.0, 1.0], output_type=tf.int32)", "tf.argsort([3.0, 1.0, 2.0], direction='DESCENDING')",
        "tf.cast([1.7, -1.7], tf.int32)", "tf.cast([0.0, 2.0], tf.bool)", "tf.cast([True, False], tf.float32)",
        "tf.reduce_any([True, False])", "tf.reduce_all([True, False])", "tf.reduce_mean([1, 2, 4])",
        "tf.where([True, False, True])", "tf.unique([3, 1, 3])[1]", "tf.unique([3, 1, 3])[0]", "tf.floor([1.5, -1.5])",
        "tf.round([0.5, 1.5, 2.5])", "tf.math.ceil([1.5])", "tf.equal([1, 2], [1, 3])",
        "tf.logical_and([True], [False])",
        "tf.math.is_nan([1.0, np.nan])", "tf.math.floordiv([7, -7], 2)", "tf.math.mod([7, -7], 3)",
        "tf.sequence_mask([1, 3], 4)",
        "tf.math.bincount([0, 1, 1, 3])", "tf.math.in_top_k([1], [[0.1, 0.9]], 1)", "tf.nn.zero_fraction([0.0, 1.0])",
        "tf.math.truediv(7, 2)", "tf.searchsorted([1.0, 3.0, 5.0], [2.0, 6.0])", "tf.math.greater([1.0, 3.0], 2.0)",
        "tf.math.top_k([1.0, 3.0, 2.0], 2).indices", "tf.convert_to_tensor(np.arange(3))", "tf.constant([1.0, 2.0])",
        "tf.cond(tf.constant(True), lambda: tf.constant(1), lambda: tf.constant(2))",
        "tf.while_loop(lambda i: i < 5, lambda i: [i + 1], [tf.constant(0)])[0]", "tf.range(3) + 1",
        "tf.foldl(lambda a, b: a * b, tf.constant([1.0, 2.0, 4.0]))",
        "tf.scan(lambda a, b: a + b, tf.constant([1.0, 2.0, 4.0]))",
        "tf.complex(1.0, 2.0)", "tf.reduce_sum([1, 2], keepdims=True)", "tf.math.polyval([1.0, 2.0], 3.0)",
        "tf.broadcast_to([1, 2], [2, 2])", "tf.identity(3)",
    ],
)  # fmt: skip
def test_values_and_dtypes(tf, text):
    """Without TensorFlow this sees that nothing fails; with it, `tf` is first one, then the other."""
    found = eval(text, {"tf": tf, "np": np})
    wanted = EXPECTED.setdefault(text, (found.numpy(), found.dtype.name, tuple(found.shape)))
    np.testing.assert_allclose(found.numpy(), wanted[0])
    assert (found.dtype.name, tuple(found.shape)) == wanted[1:]


EXPECTED = {}


def test_name_is_accepted(tf):
    x = tf.constant([1.0, 2.0], name="x")
    y = tf.reduce_sum(tf.add(tf.sin(x, name="s"), x, name="a"), name="r")
    assert tf.reshape(y, [1], name="q").shape == (1,)


def test_shapes_may_be_tensors(tf):
    x = tf.ones((2, 3))
    assert tf.reshape(x, tf.constant([3, 2])).shape == (3, 2)
    assert tf.zeros(tf.shape(x)).shape == (2, 3)
    assert tf.reshape(x, [tf.shape(x)[0], -1]).shape == (2, 3)
    assert tf.reduce_sum(x, axis=tf.constant(1)).shape == (2,)


def test_conversion_of_another_dtype(tf):
    with pytest.raises(ValueError, match="conversion requested dtype"):
        tf.convert_to_tensor(tf.constant(1.0), dtype=tf.float64)
    with pytest.raises(ValueError, match="None"):
        tf.convert_to_tensor(None)


# -- random numbers ---------------------------------------------------------------------------------------------------


def test_random_numbers(tf):
    tf.random.set_seed(3)
    a = tf.random.normal((1000,), mean=2.0, stddev=0.5)
    b = tf.random.uniform((1000,), minval=-1.0, maxval=3.0)
    c = tf.random.uniform((50,), maxval=7, dtype=tf.int32)
    d = tf.random.truncated_normal([1000])
    assert a.dtype == tf.float32 and c.dtype == tf.int32
    assert abs(a.numpy().mean() - 2.0) < 0.1 and abs(a.numpy().std() - 0.5) < 0.1
    assert -1 <= b.numpy().min() and b.numpy().max() < 3.0
    assert set(c.numpy()) <= set(range(7))
    assert np.abs(d.numpy()).max() <= 2.0
    tf.random.set_seed(3)
    np.testing.assert_array_equal(tf.random.normal((1000,), mean=2.0, stddev=0.5).numpy(), a.numpy())


def test_generators_and_stateless_numbers(tf):
    g = tf.random.Generator.from_seed(1)
    h = tf.random.Generator.from_seed(1)
    np.testing.assert_array_equal(g.normal([3]).numpy(), h.normal([3]).numpy())
    np.testing.assert_array_equal(
        tf.random.stateless_uniform([3], seed=(1, 2)).numpy(),
        tf.random.stateless_uniform([3], seed=(1, 2)).numpy(),
    )


@pytest.mark.ours
def test_shuffle_is_differentiated(tf):
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        y = tf.random.shuffle(x)
        z = tf.reduce_sum(y * y)
    np.testing.assert_allclose(t.gradient(z, x).numpy(), [2.0, 4.0, 6.0])


def test_dropout(tf):
    x = tf.ones((1000,))
    y = tf.nn.dropout(x, rate=0.25).numpy()
    assert set(np.round(y, 4)) == {0.0, np.float32(1.3333)}
    assert 0.6 < (y > 0).mean() < 0.9


# -- Module and optimizers --------------------------------------------------------------------------------------------


def test_module(tf):
    class Dense(tf.Module):
        def __init__(self, n, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(tf.ones((n, n)), name="w")
            self.b = tf.Variable(tf.zeros(n), name="b")
            self.count = tf.Variable(0, trainable=False)

        def __call__(self, x):
            return x @ self.w + self.b

    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.layers = [Dense(2), Dense(2)]
            self.scale = {"s": tf.Variable(2.0)}

        def __call__(self, x):
            for layer in self.layers:
                x = layer(x)
            return x * self.scale["s"]

    net = Net()
    assert net.name == "net" and len(net.submodules) == 2
    assert len(net.variables) == 7 and len(net.trainable_variables) == 5
    with tf.GradientTape() as t:
        loss = tf.reduce_sum(net(tf.ones((1, 2))))
    grads = t.gradient(loss, net.trainable_variables)
    assert all(
        g is not None and g.shape == v.shape for g, v in zip(grads, net.trainable_variables, strict=True)
    )


OPTIMIZERS = [
    ("SGD(0.1)", [0.7, 2.6]),
    ("SGD(0.1, momentum=0.9)", [0.5245, 2.951]),
    ("SGD(0.1, momentum=0.9, nesterov=True)", [0.27205, 3.4559]),
    ("SGD()", [0.97, 2.06]),
    ("Adam()", [0.9970768, 2.002923]),
    ("Adam(0.1, amsgrad=True)", [0.7076847, 2.2923157]),
    ("RMSprop(0.1)", [0.13899484, 2.8610060]),
    ("RMSprop(0.1, momentum=0.5, centered=True)", [-0.35034755, 3.35034895]),
    ("Adagrad(0.1)", [0.7503613, 2.2638013]),
    ("SGD(0.1, clipnorm=1.0)", None),
    ("SGD(0.1, clipvalue=0.6)", [0.83, 2.18]),
    ("SGD(0.1, global_clipnorm=1.0)", None),
]


@pytest.mark.parametrize(("text", "wanted"), OPTIMIZERS, ids=[o[0] for o in OPTIMIZERS])
def test_optimizers(tf, text, wanted):
    """Three steps with gradients g, 2 g, 3 g; the numbers are those of Keras."""
    v = tf.Variable([1.0, 2.0])
    optimizer = eval(f"tf.optimizers.{text}", {"tf": tf})
    for i in range(3):
        optimizer.apply_gradients([(tf.constant([0.5, -1.0]) * (i + 1.0), v)])
    wanted = EXPECTED.setdefault(text, v.numpy()) if wanted is None else wanted
    np.testing.assert_allclose(v.numpy(), wanted, rtol=5e-6)
    assert int(optimizer.iterations) == 3


def test_apply_gradients_with_zip_and_none(tf):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.5)
    with tf.GradientTape() as t:
        loss = a * a
    grads = t.gradient(loss, [a, b])
    pairs = [(g, v) for g, v in zip(grads, [a, b], strict=True) if g is not None]
    optimizer.apply_gradients(pairs)
    assert (a.numpy(), b.numpy()) == (0.0, 2.0)
    with pytest.raises(ValueError):
        optimizer.apply_gradients([(None, b)])


@pytest.mark.ours
def test_minimize_and_schedules(tf):
    v = tf.Variable([3.0, -2.0])
    optimizer = tf.optimizers.SGD(lambda: 0.25)
    for _ in range(30):
        optimizer.minimize(lambda: tf.reduce_sum(v * v), [v])
    np.testing.assert_allclose(v.numpy(), [0.0, 0.0], atol=1e-6)
    optimizer.learning_rate = 0.5
    assert optimizer.learning_rate == 0.5


@pytest.mark.ours
def test_hessians(tf):
    (h,) = tf.hessians(lambda x: tf.reduce_sum(x**3) + x[0] * x[1], tf.constant([1.0, 2.0]))
    np.testing.assert_allclose(h.numpy(), [[6.0, 1.0], [1.0, 12.0]])


def test_tensor_spec(tf):
    spec = tf.TensorSpec([None, 2], tf.float32)
    assert spec.is_compatible_with(tf.ones((5, 2)))
    assert not spec.is_compatible_with(tf.ones((5, 3)))
    assert not spec.is_compatible_with(tf.ones((5, 2), tf.float64))
    assert repr(spec) == "TensorSpec(shape=(None, 2), dtype=tf.float32, name=None)"


def test_tensor_array(tf):
    x = tf.Variable(2.0)
    with tf.GradientTape() as t:
        array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in range(3):
            array = array.write(i, x ** float(i))
        y = tf.reduce_sum(array.stack())
    assert t.gradient(y, x).numpy() == 5.0


def test_nest(tf):
    nest = {"a": (1, [2]), "b": 3}
    assert tf.nest.flatten(nest) == [1, 2, 3]
    assert tf.nest.map_structure(lambda x: x * 2, nest) == {"a": (2, [4]), "b": 6}
    assert tf.nest.pack_sequence_as(nest, [4, 5, 6]) == {"a": (4, [5]), "b": 6}
