"""Schedules, initializers, random numbers, checks, refused names: what `cases/` compares only where TensorFlow is."""

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


SCHEDULES = [
    ("ExponentialDecay(0.1, 10, 0.5)(15)", 0.0353553),
    ("ExponentialDecay(0.1, 10, 0.5, staircase=True)(15)", 0.05),
    ("InverseTimeDecay(0.1, 10, 0.5)(15)", 0.0571429),
    ("PolynomialDecay(0.1, 10, 0.01, power=2.0)(5)", 0.0325),
    ("PolynomialDecay(0.1, 10, 0.01, cycle=True)(15)", 0.0325),
    ("CosineDecay(0.1, 10, alpha=0.1)(5)", 0.055),
    ("PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1])(5)", 1.0),
    ("PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1])(6)", 0.5),
]


@pytest.mark.parametrize(("text", "wanted"), SCHEDULES)
def test_schedules(tf, text, wanted):
    rate = eval(f"tf.keras.optimizers.schedules.{text}", {"tf": tf})
    assert rate.dtype == tf.float32 and rate.numpy() == pytest.approx(wanted, rel=1e-5)


def test_an_optimizer_follows_its_schedule(tf):
    schedule = tf.keras.optimizers.schedules.PiecewiseConstantDecay([1], [1.0, 0.5])
    optimizer, v = tf.keras.optimizers.SGD(schedule), tf.Variable(0.0)
    for _ in range(4):
        optimizer.apply_gradients([(tf.constant(-1.0), v)])
    assert v.numpy() == 3.0


def test_adam_with_weight_decay(tf):
    v = tf.Variable([1.0, 2.0])
    tf.keras.optimizers.AdamW(0.1, weight_decay=0.5).apply_gradients([(tf.constant([0.0, 0.0]), v)])
    np.testing.assert_allclose(v.numpy(), [0.95, 1.9], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "deviation"),
    [
        ("GlorotUniform(seed=1)", np.sqrt(2 / 500)),
        ("GlorotNormal(seed=1)", np.sqrt(2 / 500)),
        ("HeNormal(seed=1)", np.sqrt(2 / 200)),
        ("RandomNormal(stddev=0.3, seed=1)", 0.3),
        ("RandomUniform(-0.3, 0.3, seed=1)", 0.3 / np.sqrt(3)),
        ("VarianceScaling(2.0, 'fan_out', 'uniform', seed=1)", np.sqrt(2 / 300)),
    ],
)
def test_initializers(tf, text, deviation):
    values = eval(f"tf.keras.initializers.{text}", {"tf": tf})((200, 300)).numpy()
    assert values.shape == (200, 300) and values.dtype == np.float32
    assert values.std() == pytest.approx(deviation, rel=0.03) and abs(values.mean()) < 0.02 * deviation * 3


def test_initializers_without_chance(tf):
    q = tf.keras.initializers.Orthogonal(seed=1)((4, 3)).numpy()
    np.testing.assert_allclose(q.T @ q, np.eye(3), atol=1e-5)
    assert tf.zeros_initializer()((2,)).numpy().tolist() == [0.0, 0.0]
    assert tf.constant_initializer(3.0)((2,)).numpy().tolist() == [3.0, 3.0]
    assert tf.keras.initializers.Identity(2.0)((2, 2)).numpy().tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_random_numbers_without_state(tf):
    for name, arguments in (
        ("normal", {}), ("uniform", {}), ("truncated_normal", {}), ("gamma", {"alpha": 2.0}), ("poisson", {"lam": 2.0})
    ):  # fmt: skip
        draw = getattr(tf.random, f"stateless_{name}")
        one, two, other = (draw([5], seed=seed, **arguments).numpy() for seed in ([1, 2], [1, 2], [1, 3]))
        np.testing.assert_array_equal(one, two)
        assert not np.array_equal(one, other)
    assert tf.random.split([1, 2], 3).shape == (3, 2)
    assert tf.random.fold_in([1, 2], 3).shape == (2,)


def test_generators(tf):
    g = tf.random.Generator.from_seed(3)
    a, b = g.split(2)
    assert not np.array_equal(a.normal([4]).numpy(), b.normal([4]).numpy())
    counts = g.binomial([1000], counts=10.0, probs=0.5).numpy()
    assert 0 <= counts.min() and counts.max() <= 10 and abs(counts.mean() - 5) < 0.3
    assert isinstance(tf.random.get_global_generator(), tf.random.Generator)


def test_checks(tf):
    x = tf.constant([[1.0, 2.0, 3.0]])
    tf.debugging.assert_positive(x)
    tf.debugging.assert_rank(x, 2)
    tf.debugging.assert_shapes([(x, ("N", 3))])
    tf.debugging.assert_type(x, tf.float32)
    for fails in (
        lambda: tf.debugging.assert_negative(x),
        lambda: tf.debugging.assert_rank(x, 1),
        lambda: tf.debugging.assert_shapes([(x, ("N", 4))]),
        lambda: tf.debugging.assert_type(x, tf.float64),
        lambda: tf.debugging.assert_none_equal(x, x),
        lambda: tf.Assert(False, ["no"]),
        lambda: tf.assert_less(x, 0.0),
    ):
        with pytest.raises((ValueError, TypeError, tf.errors.InvalidArgumentError)):
            fails()


def test_integers_are_no_arguments_of_floating_functions(tf):
    for function in (tf.exp, tf.sin, tf.sqrt, tf.math.log, tf.tanh, tf.sigmoid):
        with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
            function(tf.constant([1, 2]))


def test_masks_of_slices(tf):
    x = tf.constant(np.arange(24.0).reshape(2, 3, 4))
    found = tf.strided_slice(x, [0, 1, 0], [0, 0, 2], [1, 1, 1], begin_mask=1, end_mask=1, shrink_axis_mask=2)
    np.testing.assert_array_equal(found.numpy(), x.numpy()[:, 1, 0:2])
    found = tf.strided_slice(x, [0, 0, 1], [0, 0, 3], ellipsis_mask=1, new_axis_mask=2)
    np.testing.assert_array_equal(found.numpy(), x.numpy()[..., None, 1:3])


REFUSED = [
    ("RaggedTensor.from_row_splits([1.0], [0, 1])", "pad the rows to one length"),
    ("SparseTensor([[0]], [1.0], [1])", "use a dense Tensor"),
    ("data.Dataset.from_tensor_slices([1.0])", "slice arrays in a loop"),
    ("keras.Sequential([])", "subclasses of tf.Module"),
    ("keras.layers.Dense(3)", "subclasses of tf.Module"),
    ("nn.ctc_loss([1], [2], [3], [4])", "decorate it with tf.function"),
]


@pytest.mark.parametrize(("text", "instead"), REFUSED)
def test_refused_names_say_what_to_use(text, instead):
    with pytest.raises(NotImplementedError, match=instead):
        eval(f"tf.{text}", {"tf": tapegen})
    assert not isinstance(tapegen.constant(1.0), tapegen.RaggedTensor)


def test_gradients_is_for_graphs(tf):
    x = tf.constant(1.0)
    with pytest.raises(RuntimeError, match="Use tf.GradientTape instead"):
        tf.gradients(x, x)


def test_contexts_and_groups(tf):
    with tf.device("cpu:0"), tf.control_dependencies([]), tf.init_scope(), tf.name_scope("n"):
        x, y = tf.tuple([tf.constant(1.0), tf.constant(2.0)])
    assert (x.numpy(), y.numpy()) == (1.0, 2.0)
    assert tf.config.list_physical_devices("GPU") == []
