"""Programs as people write them for TensorFlow, with only the import changed.

Each gives numbers, of which a digest was taken from TensorFlow 2.21; where that is installed they are compared anew.
"""

import warnings

import numpy as np
import pytest

import tapegen
from tests.tf.conftest import load_tensorflow


@pytest.fixture(params=["tapegen", "tensorflow"])
def tf(request):
    module = tapegen if request.param == "tapegen" else load_tensorflow()
    if module is None:
        pytest.skip("TensorFlow is not installed")
    return module


def sample(*shape):
    return np.sin(1.0 + np.arange(np.prod(shape))).reshape(shape).astype("f")


def layers_in_modules(tf):
    class Dense(tf.Module):
        def __init__(self, inputs, outputs, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(sample(inputs, outputs), name="w")
            self.b = tf.Variable(tf.zeros([outputs]), name="b")

        def __call__(self, x):
            return tf.nn.relu(x @ self.w + self.b)

    class Sequential(tf.Module):
        def __init__(self):
            super().__init__(name="sequential")
            self.first, self.second = Dense(3, 3), Dense(3, 2)

        @tf.function
        def __call__(self, x):
            return self.second(self.first(x))

    model = Sequential()
    assert model.name == "sequential" and len(model.submodules) == 2
    assert [v.name for v in model.variables] == ["b:0", "w:0", "b:0", "w:0"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.constant([[2.0, 2.0, 2.0]])) ** 2)
    return tape.gradient(loss, model.trainable_variables)


def variables_made_at_the_first_call(tf):
    class Flexible(tf.Module):
        def __init__(self, outputs):
            super().__init__()
            self.built, self.outputs = False, outputs

        def __call__(self, x):
            if not self.built:
                self.w = tf.Variable(tf.ones([x.shape[-1], self.outputs]))
                self.b = tf.Variable(tf.zeros([self.outputs]))
                self.built = True
            return x @ self.w + self.b

    model = Flexible(2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(tf.constant([[1.0, 2.0]])))
    return tape.gradient(loss, model.trainable_variables)


def a_training_loop(tf):
    class Model(tf.Module):
        def __init__(self, **options):
            super().__init__(**options)
            self.w, self.b = tf.Variable(5.0), tf.Variable(0.0)

        def __call__(self, x):
            return self.w * x + self.b

    model, x = Model(), tf.cast(tf.linspace(-2.0, 2.0, 20), tf.float32)
    losses = []
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(3.0 * x + 2.0 - model(x)))
        dw, db = tape.gradient(loss, [model.w, model.b])
        model.w.assign_sub(0.1 * dw)
        model.b.assign_sub(0.1 * db)
        losses.append(loss)
    return [*losses, model.w, model.b]


def loops_on_values(tf):
    @tf.function
    def f(x):
        total = tf.constant(0.0)
        for i in tf.range(5):
            if i == 3:
                continue
            total = total + x * tf.cast(i, tf.float32)
        while total < 100.0:
            total = total * 2.0
        return total

    x = tf.Variable(1.5)
    with tf.GradientTape() as tape:
        y = f(x)
    return [y, tape.gradient(y, x)]


def branches_on_values(tf):
    @tf.function
    def f(x, flag=True):
        if tf.reduce_sum(x) > 0:
            y = x**2
        elif flag:
            y = -x
        else:
            y = x
        return {"y": y, "n": tf.norm(y)}

    found, kept = [], [tf.Variable([1.0, 2.0]), tf.Variable([-1.0, -2.0])]
    for x in kept:
        with tf.GradientTape() as tape:
            result = f(x)
        found += [result["n"], tape.gradient(result["n"], x)]
    return found


def rows_one_by_one(tf):
    @tf.function
    def f(x):
        total = tf.zeros([2])
        for row in x:
            total = total + row**2
        return tf.reduce_sum(total)

    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return [tape.gradient(y, x)]


def a_recurrent_network(tf):
    @tf.function
    def run(xs, w):
        h = tf.zeros([2])
        states = tf.TensorArray(tf.float32, size=3)
        for i in tf.range(3):
            h = tf.tanh(h + xs[i] * w)
            states = states.write(i, h)
        return states.stack()

    w, xs = tf.Variable([0.5, 0.2]), tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(run(xs, w))
    return [tape.gradient(y, w)]


def a_counter_in_a_decorated_method(tf):
    class Counting(tf.Module):
        def __init__(self):
            super().__init__()
            self.count, self.w = tf.Variable(0), tf.Variable(2.0)

        @tf.function
        def __call__(self, x):
            self.count.assign_add(1)
            return self.w * x

    layer = Counting()
    with tf.GradientTape() as tape:
        y = layer(tf.constant(3.0)) + layer(tf.constant(4.0))
    return [layer.count, tape.gradient(y, layer.w)]


def shapes_in_a_decorated_function(tf):
    @tf.function
    def f(x):
        rows, columns = x.shape.as_list()
        return tf.reshape(x, [rows * columns]) / float(x.shape.rank)

    x = tf.Variable(sample(2, 3))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(f(x) ** 2)
    return [tape.gradient(y, x)]


def normalisation(tf):
    x = tf.constant(sample(2, 3))
    gain, shift = tf.Variable(tf.ones(3)), tf.Variable(tf.zeros(3))
    with tf.GradientTape() as tape:
        mean, variance = tf.nn.moments(x, [-1], keepdims=True)
        loss = tf.reduce_sum(tf.nn.batch_normalization(x, mean, variance, shift, gain, 1e-5) ** 3)
    return tape.gradient(loss, [gain, shift])


def attention(tf):
    q, k, v = (tf.Variable(sample(2, 4, 3) + i) for i in range(3))
    with tf.GradientTape() as tape:
        scores = tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(tf.cast(tf.shape(k)[-1], tf.float32))
        scores += (1 - tf.linalg.band_part(tf.ones((4, 4)), -1, 0)) * -1e9
        found = tf.einsum("bij,bjd->bid", tf.nn.softmax(scores, axis=-1), v)
        loss = tf.reduce_sum(found**2)
    return tape.gradient(loss, [q, k, v])


def a_convolutional_network(tf):
    filters, weights = tf.Variable(sample(3, 3, 2, 4)), tf.Variable(sample(16, 3))
    images = tf.constant(sample(2, 4, 4, 2))
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(tf.nn.conv2d(images, filters, strides=1, padding="SAME"))
        hidden = tf.nn.max_pool2d(hidden, ksize=2, strides=2, padding="VALID")
        scores = tf.reshape(hidden, [2, -1]) @ weights
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 2], logits=scores)
        loss = tf.reduce_mean(losses)
    return [loss, *tape.gradient(loss, [filters, weights])]


def embeddings(tf):
    table = tf.Variable(sample(4, 3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [0, 1, 1]) ** 2) + tf.reduce_sum(
            tf.gather(table, [3])
        )
    return [tf.convert_to_tensor(tape.gradient(loss, table))]


def a_differential_equation(tf):
    w, b, out = tf.Variable(sample(1, 5)), tf.Variable(tf.zeros(5)), tf.Variable(sample(5, 1))
    x = tf.constant(np.linspace(-1, 1, 7)[:, None].astype("f"))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                u = tf.tanh(x @ w + b) @ out
            du = first.gradient(u, x)
        ddu = second.gradient(du, x)
        loss = tf.reduce_mean((ddu + du * u) ** 2)
    return [loss, *outer.gradient(loss, [w, b, out])]


def a_policy_gradient(tf):
    w, states = tf.Variable(sample(4, 2)), tf.constant(sample(6, 4))
    actions, rewards = tf.constant([0, 1, 1, 0, 1, 0]), tf.constant(sample(6))
    with tf.GradientTape() as tape:
        logits = tf.nn.log_softmax(states @ w)
        chosen = tf.reduce_sum(logits * tf.one_hot(actions, 2), axis=1)
        again = tf.gather_nd(logits, tf.stack([tf.range(6), actions], axis=1))
        loss = -tf.reduce_mean(chosen * tf.stop_gradient(rewards)) - tf.reduce_mean(again * rewards)
    return [tape.gradient(loss, w)]


def a_gaussian_process(tf):
    scale = tf.Variable(1.0, dtype=tf.float64)
    x = tf.constant(np.linspace(0, 1, 5)[:, None])
    y = tf.sin(x)
    with tf.GradientTape() as tape:
        gaps = tf.reduce_sum((x[:, None, :] - x[None, :, :]) ** 2, -1)
        kernel = tf.exp(-0.5 * gaps / scale**2) + 1e-2 * tf.eye(5, dtype=tf.float64)
        factor = tf.linalg.cholesky(kernel)
        white = tf.linalg.triangular_solve(factor, y)
        loss = 0.5 * tf.reduce_sum(white**2) + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)))
    return [loss, tape.gradient(loss, scale)]


def clipped_steps_of_adam(tf):
    variables = [tf.Variable([3.0, 4.0]), tf.Variable(2.0)]
    optimizer = tf.keras.optimizers.Adam(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(variables[0] ** 2) * variables[1]
        slopes, norm = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        optimizer.apply_gradients(zip(slopes, variables, strict=True))
    return [*variables, norm]


def forward_over_a_decorated_function(tf):
    @tf.function
    def f(x):
        return tf.sin(x) * x

    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(f(x) * x[0])
        slope = tape.gradient(y, x)
    return [acc.jvp(y), slope, acc.jvp(slope)]


def parts_of_a_variable(tf):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    v[0, 1].assign(9.0)
    v[1].assign([7.0, 8.0])
    v.scatter_nd_update([[0, 0]], [5.0])
    w = tf.Variable(v)
    w.assign_add(tf.ones((2, 2)))
    assert w.shape[:-1] + [3] == [2, 3] and [1] + list(w.shape) == [1, 2, 2]
    return [v, w, v @ w, v[0]]


PROGRAMS = {
    layers_in_modules: -2.25392,
    variables_made_at_the_first_call: -0.3029,
    a_training_loop: 7.17549,
    loops_on_values: 228.514,
    branches_on_values: 0.595216,
    rows_one_by_one: -6.25561,
    a_recurrent_network: 3.27516,
    a_counter_in_a_decorated_method: 5.78212,
    shapes_in_a_decorated_function: 1.2854,
    normalisation: -1.47041,
    attention: -7.03642,
    a_convolutional_network: -0.613535,
    embeddings: 5.98936,
    a_differential_equation: 10.5543,
    a_policy_gradient: -0.00815246,
    a_gaussian_process: -6.11372,
    clipped_steps_of_adam: -23.7486,
    forward_over_a_decorated_function: 3.17065,
    parts_of_a_variable: -197.715,
}


def digest(found):
    flat = np.concatenate([np.ravel(np.asarray(part.numpy(), float)) for part in found])
    return float(flat @ np.cos(np.arange(flat.size)))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_programs(program, tf):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a counter is recorded operation by operation
        found = program(tf)
    assert digest(found) == pytest.approx(PROGRAMS[program], rel=2e-4, abs=1e-4)
