"""What TensorFlow's two guides to automatic differentiation show, section by section: same calls, same numbers."""

import warnings

import numpy as np
import pytest


def shown(value):
    return np.round(value.numpy(), 4).tolist()


# -- introduction to gradients ----------------------------------------------------------------------------------------


def test_a_linear_layer(tf):
    tf.random.set_seed(0)
    w = tf.Variable(tf.random.normal((3, 2)), name="w")
    b = tf.Variable(tf.zeros(2, dtype=tf.float32), name="b")
    x = [[1.0, 2.0, 3.0]]
    with tf.GradientTape(persistent=True) as tape:
        y = x @ w + b
        loss = tf.reduce_mean(y**2)
    dl_dw, dl_db = tape.gradient(loss, [w, b])
    assert dl_dw.shape == w.shape and dl_db.shape == b.shape
    np.testing.assert_allclose(dl_db.numpy(), y.numpy()[0], rtol=1e-6)
    np.testing.assert_allclose(dl_dw.numpy(), np.outer([1, 2, 3], y.numpy()[0]), rtol=1e-6)
    by_name = tape.gradient(loss, {"w": w, "b": b})
    assert shown(by_name["b"]) == shown(dl_db)


def test_what_the_tape_watches(tf):
    x0 = tf.Variable(3.0, name="x0")
    x1 = tf.Variable(3.0, name="x1", trainable=False)
    x2 = tf.Variable(2.0, name="x2") + 1.0
    x3 = tf.constant(3.0, name="x3")
    with tf.GradientTape() as tape:
        y = (x0**2) + (x1**2) + (x2**2) + (x3**2)
    grad = tape.gradient(y, [x0, x1, x2, x3])
    assert grad[0].numpy() == 6.0 and grad[1:] == [None, None, None]
    assert [v.name for v in tape.watched_variables()] == ["x0:0"]


def test_watching_a_tensor_and_not_a_variable(tf):
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x**2
    assert tape.gradient(y, x).numpy() == 6.0
    x0, x1 = tf.Variable(0.0), tf.Variable(10.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x1)
        y0 = tf.math.sin(x0)
        y1 = tf.nn.softplus(x1)
        ys = tf.reduce_sum(y0 + y1)
    grad = tape.gradient(ys, {"x0": x0, "x1": x1})
    assert grad["x0"] is None
    assert round(float(grad["x1"]), 4) == 1.0


def test_intermediate_results(tf):
    x = tf.constant([1, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert tape.gradient(z, x).numpy().tolist() == [4.0, 108.0]
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 6.0]
    assert tape.gradient(z, y).numpy().tolist() == [2.0, 18.0]


def test_several_targets_and_vectors(tf):
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y0 = x**2
        y1 = 1 / x
    assert tape.gradient({"y0": y0, "y1": y1}, x).numpy() == 3.75
    with tf.GradientTape() as tape:
        y = x * [3.0, 4.0]
    assert tape.gradient(y, x).numpy() == 7.0
    x = tf.linspace(-10.0, 10.0, 201)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.sigmoid(x)
    s = 1 / (1 + np.exp(-np.linspace(-10, 10, 201)))
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), s * (1 - s), atol=1e-6)


def test_branches(tf):
    x, v0, v1 = tf.constant(1.0), tf.Variable(2.0), tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        result = v0 if x > 0.0 else v1**2
    dv0, dv1 = tape.gradient(result, [v0, v1])
    assert dv0.numpy() == 1.0 and dv1 is None
    assert tape.gradient(result, x) is None


def test_a_variable_replaced_by_a_tensor(tf):
    x = tf.Variable(2.0)
    found = []
    for _ in range(2):
        with tf.GradientTape() as tape:
            y = x + 1
        found.append(tape.gradient(y, x))
        x = x + 1
    assert found[0].numpy() == 1.0 and found[1] is None


@pytest.mark.ours
def test_calculations_in_numpy_stay_on_the_tape(tf):
    """TensorFlow gives None here; NumPy's functions on Tensors are recorded."""
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        x2 = x**2
        y = np.mean(x2, axis=0)
        y = tf.reduce_mean(y, axis=0)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), x.numpy() / 2)


def test_state_stops_gradients(tf):
    x0, x1 = tf.Variable(3.0), tf.Variable(0.0)
    with tf.GradientTape() as tape:
        x1.assign_add(x0)
        y = x1**2
    assert y.numpy() == 9.0
    assert tape.gradient(y, x0) is None


def test_zeros_instead_of_none(tf):
    x, y = tf.Variable([2.0, 2.0]), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        z = y**2
    assert tape.gradient(z, x, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy().tolist() == [
        0.0,
        0.0,
    ]


# -- advanced ---------------------------------------------------------------------------------------------------------


def test_stop_recording_and_reset(tf):
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as t:
        x_sq = x * x
        with t.stop_recording():
            y_sq = y * y
        z = x_sq + y_sq
    grad = t.gradient(z, {"x": x, "y": y})
    assert grad["x"].numpy() == 4.0 and grad["y"] is None
    reset = True
    with tf.GradientTape() as t:
        y_sq = y * y
        if reset:
            t.reset()
        z = x * x + y_sq
    grad = t.gradient(z, {"x": x, "y": y})
    assert grad["x"].numpy() == 4.0 and grad["y"] is None


def test_stop_gradient(tf):
    x, y = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as t:
        z = x**2 + tf.stop_gradient(y**2)
    grad = t.gradient(z, {"x": x, "y": y})
    assert grad["x"].numpy() == 4.0 and grad["y"] is None


def test_clipped_gradient(tf):
    @tf.custom_gradient
    def clip_gradients(y):
        def backward(dy):
            return tf.clip_by_norm(dy, 0.5)

        return y, backward

    v = tf.Variable(2.0)
    with tf.GradientTape() as t:
        output = clip_gradients(v * v)
    assert t.gradient(output, v).numpy() == 2.0


def test_several_tapes(tf):
    x0, x1 = tf.constant(0.0), tf.constant(0.0)
    with tf.GradientTape() as tape0, tf.GradientTape() as tape1:
        tape0.watch(x0)
        tape1.watch(x1)
        y0 = tf.math.sin(x0)
        y1 = tf.nn.sigmoid(x1)
        y = y0 + y1
        ys = tf.reduce_sum(y)
    assert tape0.gradient(ys, x0).numpy() == 1.0
    assert tape1.gradient(ys, x1).numpy() == 0.25


def test_higher_order(tf):
    x = tf.Variable(1.0)
    with tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            y = x * x * x
        dy_dx = t1.gradient(y, x)
    assert (dy_dx.numpy(), t2.gradient(dy_dx, x).numpy()) == (3.0, 6.0)


def test_input_gradient_regularisation(tf):
    x = tf.constant(np.linspace(-1, 1, 35).reshape(7, 5).astype(np.float32))
    kernel, bias = tf.Variable(tf.fill((5, 10), 0.1)), tf.Variable(tf.zeros(10))
    with tf.GradientTape() as t2:
        with tf.GradientTape(watch_accessed_variables=False) as t1:
            t1.watch(x)
            y = tf.nn.relu(x @ kernel + bias)
            out = tf.reduce_sum(y**2)
        g1 = t1.gradient(out, x)
        g1_mag = tf.norm(g1)
    dg1_mag = t2.gradient(g1_mag, [kernel, bias])
    assert [tuple(g.shape) for g in dg1_mag] == [(5, 10), (10,)]
    assert all(np.isfinite(g.numpy()).all() for g in dg1_mag)


def test_jacobian_of_a_scalar_source(tf):
    x = tf.linspace(-10.0, 10.0, 201)
    delta = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        y = tf.nn.sigmoid(x + delta)
    dy_dx = tape.jacobian(y, delta)
    assert dy_dx.shape == (201,)
    s = 1 / (1 + np.exp(-np.linspace(-10, 10, 201)))
    np.testing.assert_allclose(dy_dx.numpy(), s * (1 - s), atol=1e-6)


def test_jacobian_of_a_layer_sums_to_the_gradient(tf):
    x = tf.constant(np.linspace(-1, 1, 35).reshape(7, 5).astype(np.float32))
    kernel = tf.Variable(np.cos(np.arange(50.0)).reshape(5, 10).astype(np.float32))
    with tf.GradientTape(persistent=True) as tape:
        y = tf.nn.relu(x @ kernel)
    j = tape.jacobian(y, kernel)
    assert j.shape == (7, 10, 5, 10)
    g = tape.gradient(y, kernel)
    np.testing.assert_allclose(tf.reduce_sum(j, axis=[0, 1]).numpy(), g.numpy(), atol=1e-5)


def test_newton_step_with_a_hessian(tf):
    w = tf.Variable([[0.5, -0.2], [0.1, 0.3]])
    x = tf.constant([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
    with tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            loss = tf.reduce_mean((x @ w - 1.0) ** 2)
        g = t1.gradient(loss, w)
    h = t2.jacobian(g, w)
    assert h.shape == (2, 2, 2, 2)
    n = tf.reduce_prod(w.shape)
    g_vec = tf.reshape(g, [n, 1])
    h_mat = tf.reshape(h, [n, n])
    update = tf.linalg.solve(h_mat + tf.eye(n) * 1e-6, g_vec)
    w.assign_sub(tf.reshape(update, w.shape))
    with tf.GradientTape() as t1:
        loss = tf.reduce_mean((x @ w - 1.0) ** 2)
    np.testing.assert_allclose(t1.gradient(loss, w).numpy(), np.zeros((2, 2)), atol=1e-4)


def test_batch_jacobian_of_independent_rows(tf):
    x = tf.constant(np.sin(np.arange(35.0)).reshape(7, 5).astype(np.float32))
    a = tf.constant(np.cos(np.arange(30.0)).reshape(5, 6).astype(np.float32))
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = tf.nn.elu(x @ a)
    j = tape.jacobian(y, x)
    jb = tape.batch_jacobian(y, x)
    assert j.shape == (7, 6, 7, 5) and jb.shape == (7, 6, 5)
    np.testing.assert_allclose(tf.reduce_sum(j, axis=2).numpy(), jb.numpy(), atol=1e-6)
    np.testing.assert_allclose(tf.einsum("bxby->bxy", j).numpy(), jb.numpy(), atol=1e-6)


def test_slopes_of_each_element(tf):
    x = tf.linspace(-10.0, 10.0, 201)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.sigmoid(x)
    slopes = tape.gradient(y, x).numpy()
    s = 1 / (1 + np.exp(-np.linspace(-10.0, 10.0, 201)))
    np.testing.assert_allclose(slopes, s * (1 - s), atol=1e-6)
    assert slopes[100] == 0.25


def test_sources_that_are_integers_or_text_give_none(tf):
    x, text = tf.constant(10), tf.constant("ten")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ours warns, TensorFlow logs
        with tf.GradientTape() as tape:
            tape.watch([x, text])
            y = x * x
        assert tape.gradient(y, [x, text]) == [None, None]


def test_a_dictionary_of_variables(tf):
    w = tf.Variable([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], name="w")
    b = tf.Variable([0.0, 0.0], name="b")
    x = [[1.0, 2.0, 3.0]]
    with tf.GradientTape(persistent=True) as tape:
        y = x @ w + b
        loss = tf.reduce_mean(y**2)
    grads = tape.gradient(loss, {"w": w, "b": b})
    np.testing.assert_allclose(grads["b"].numpy(), [2.2, 2.8], rtol=1e-6)
    assert grads["w"].shape == w.shape
    assert [v.name for v in tape.watched_variables()] == ["w:0", "b:0"]
    del tape


def test_both_branches_of_a_variable(tf):
    v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
    for chosen, wanted in ((1.0, [1.0, None]), (-1.0, [None, 4.0])):
        x = tf.constant(chosen)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            result = v0 if x > 0.0 else v1**2
        found = tape.gradient(result, [v0, v1])
        assert [None if g is None else g.numpy() for g in found] == wanted
        assert tape.gradient(result, x) is None


def test_the_first_tape(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x**2
    dy_dx = tape.gradient(y, x)
    assert dy_dx.numpy() == 6.0


def test_gradients_of_a_model_have_the_shapes_of_its_variables(tf):
    class Dense(tf.Module):
        def __init__(self):
            super().__init__()
            self.kernel, self.bias = (
                tf.Variable(tf.ones((3, 2)), name="kernel"),
                tf.Variable(tf.zeros(2), name="bias"),
            )

        def __call__(self, x):
            return tf.nn.relu(x @ self.kernel + self.bias)

    layer, x = Dense(), tf.constant([[1.0, 2.0, 3.0]])
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_mean(y**2)
    grad = tape.gradient(loss, layer.trainable_variables)
    lines = [f"{var.name}, shape: {g.shape}" for var, g in zip(layer.trainable_variables, grad, strict=True)]
    assert lines == ["bias:0, shape: (2,)", "kernel:0, shape: (3, 2)"]


def test_each_of_several_targets(tf):
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y0 = x**2
        y1 = 1 / x
    assert tape.gradient(y0, x).numpy() == 4.0
    assert tape.gradient(y1, x).numpy() == -0.25


def test_rows_that_depend_on_each_other(tf):
    """As with a normalisation over the batch: the batch Jacobian exists, but is not what one thinks."""
    x = tf.constant(np.sin(np.arange(35.0)).reshape(7, 5).astype(np.float32))
    a = tf.constant(np.cos(np.arange(30.0)).reshape(5, 6).astype(np.float32))
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = tf.nn.elu(x @ a)
        y = y - tf.reduce_mean(y, axis=0)
    j, jb = tape.jacobian(y, x), tape.batch_jacobian(y, x)
    assert j.shape == (7, 6, 7, 5) and jb.shape == (7, 6, 5)
    np.testing.assert_allclose(tf.reduce_sum(j, axis=0).numpy(), np.zeros((6, 7, 5)), atol=1e-5)
    assert np.abs(tf.einsum("bxby->bxy", j).numpy() - jb.numpy()).max() > 0.01


@pytest.mark.ours
def test_an_operation_without_gradient_says_so(tf):
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.math.igamma(x, x)
    with pytest.raises(LookupError, match="gradient registry has no entry for"):
        tape.gradient(y, x)
