"""`Tensor`: values, conversions, operators, text."""

import pickle

import numpy as np
import pytest

import tapegen as tg


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.0, "float32"), (1, "int32"), (True, "bool"), (1j, "complex128"), ([1, 2], "int32"), ([1, 2.5], "float32"),
        ([], "float32"), (2**40, "int64"), (np.float64(1), "float64"), (np.ones(2, np.float16), "float16"),
        ([np.float64(1), 2.0], "float64"), (np.arange(3), "int64"), (((1.0, 2.0), (3.0, 4.0)), "float32"),
    ],
)  # fmt: skip
def test_default_dtypes(tf, value, dtype):
    assert tf.constant(value).dtype == getattr(tf, dtype)


def test_constant_with_dtype_and_shape(tf):
    assert tf.constant([1, 2], tf.float32).dtype == tf.float32
    np.testing.assert_array_equal(tf.constant(3.0, shape=(2, 2)).numpy(), [[3.0, 3.0], [3.0, 3.0]])
    np.testing.assert_array_equal(tf.constant([1, 2, 3, 4], shape=(2, 2)).numpy(), [[1, 2], [3, 4]])
    with pytest.raises(TypeError):
        tf.constant([1.5], tf.int32)


def test_arrays_are_copied(tf):
    a = np.ones(3)
    x = tf.constant(a)
    a[0] = 9
    np.testing.assert_array_equal(x.numpy(), [1, 1, 1])


@pytest.mark.ours
def test_numpy_gives_a_copy(tf):
    x = tf.constant([1.0, 2.0])
    a = x.numpy()
    a[0] = 9
    np.testing.assert_array_equal(x.numpy(), [1.0, 2.0])
    view = np.asarray(x)
    assert not view.flags.writeable
    np.array(x)[0] = 9.0
    np.testing.assert_array_equal(x.numpy(), [1.0, 2.0])


def test_immutable(tf):
    x = tf.constant([1.0, 2.0])
    with pytest.raises((TypeError, AttributeError)):
        x[0] = 3.0


def test_repr_and_str(tf):
    x = tf.constant(3.0)
    assert repr(x) == "<tf.Tensor: shape=(), dtype=float32, numpy=3.0>"
    assert str(x) == "tf.Tensor(3.0, shape=(), dtype=float32)"
    assert f"{x} {x:.2f}" == "3.0 3.00"
    v = tf.constant([1.0, 2.0])
    assert repr(v) == "<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>"
    m = tf.ones((2, 2))
    assert repr(m) == (
        "<tf.Tensor: shape=(2, 2), dtype=float32, numpy=\narray([[1., 1.],\n       [1., 1.]], dtype=float32)>"
    )
    assert str(m) == "tf.Tensor(\n[[1. 1.]\n [1. 1.]], shape=(2, 2), dtype=float32)"


def test_scalars(tf):
    assert float(tf.constant(2.5)) == 2.5
    assert int(tf.constant(2)) == 2
    assert [10, 20, 30][tf.constant(1)] == 20
    assert list(range(tf.constant(3))) == [0, 1, 2]
    assert bool(tf.constant(True)) and not bool(tf.constant(0.0))


def test_truth_of_a_vector(tf):
    with pytest.raises(ValueError):
        bool(tf.constant([1.0, 2.0]))


def test_len_and_iteration(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2
    assert [row.numpy().tolist() for row in x] == [[1.0, 2.0], [3.0, 4.0]]
    _a, b = x
    assert b[0].numpy() == 3.0
    with pytest.raises(TypeError):
        len(tf.constant(1.0))
    with pytest.raises(TypeError):
        iter(tf.constant(1.0))


def test_iteration_is_differentiated(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        t.watch(x)
        y = sum(i * e * e for i, e in enumerate(x))
    np.testing.assert_allclose(t.gradient(y, x).numpy(), [0.0, 4.0, 12.0])


def test_hash_and_equality(tf):
    x = tf.constant(3.0)
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    assert {x.ref(): 1}[x.ref()] == 1 and x.ref().deref() is x
    assert bool(x == 3.0) and bool(x != 4.0)
    assert not (x == None)  # noqa: E711
    np.testing.assert_array_equal((tf.constant([1, 2]) == tf.constant([1, 3])).numpy(), [True, False])


def test_shape(tf):
    x = tf.ones((2, 3))
    assert x.shape == (2, 3) and x.shape[0] == 2 and x.ndim == 2
    assert x.shape.as_list() == [2, 3] and x.shape.rank == 2 and x.get_shape() == (2, 3)
    assert x.shape.num_elements() == 6
    a, b = x.shape
    assert (a, b) == (2, 3) and list(x.shape) == [2, 3]


@pytest.mark.parametrize(
    "index",
    [
        0, -1, slice(1, None), slice(None, None, 2), slice(None, None, -1), (0, 1), (slice(None), 1), (..., 0),
        (None, 0), (slice(1, 3), slice(None, -1)), (Ellipsis, None), (0, slice(None), None),
    ],
    ids=repr,
)  # fmt: skip
def test_slices_and_their_gradients(tf, index):
    a = np.arange(12.0).reshape(4, 3)
    x = tf.constant(a)
    with tf.GradientTape() as t:
        t.watch(x)
        y = x[index] * 2.0
    np.testing.assert_array_equal(y.numpy(), a[index] * 2)
    wanted = np.zeros_like(a)
    wanted[index] += 2.0
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), wanted)


def test_index_by_a_tensor(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    assert x[tf.constant(1)].numpy() == 2.0
    assert x[tf.argmax(x)].numpy() == 3.0
    np.testing.assert_array_equal(x[x > 1.5].numpy(), [2.0, 3.0])


@pytest.mark.ours
def test_index_arrays(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        t.watch(x)
        y = x[[0, 0, 2]] * tf.constant([1.0, 10.0, 100.0])
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), [11.0, 0.0, 100.0])


# -- dtypes of operators ----------------------------------------------------------------------------------------------


def test_numbers_and_arrays_take_the_tensors_dtype(tf):
    x = tf.constant([1.0, 2.0])
    for y in (
        x + 1,
        1 + x,
        x * np.float64(2),
        x + np.ones(2),
        np.ones(2) + x,
        np.ones(2) * x,
        x + [1.0, 2.0],
        2**x,
    ):
        assert y.dtype == tf.float32
    for y in (np.float64(2) * x, np.arange(2) * x, x * np.arange(2), np.float64(2) - x, np.float64(2) / x):
        assert y.dtype == tf.float32
    assert (tf.constant([1, 2], tf.int64) * 2).dtype == tf.int64
    assert (2.0 * tf.constant([1.0], tf.float64)).dtype == tf.float64


def test_dtypes_do_not_mix(tf):
    f, d, i = tf.constant([1.0]), tf.constant([1.0], tf.float64), tf.constant([1])
    error = (TypeError, tf.errors.InvalidArgumentError)
    for operation in (
        lambda: f + d,
        lambda: d * f,
        lambda: i + f,
        lambda: f / i,
        lambda: tf.add(f, d),
        lambda: i + 1.5,
    ):
        with pytest.raises(error):
            operation()
    with pytest.raises(error):
        tf.matmul(tf.ones((2, 2)), tf.ones((2, 2), tf.float64))


@pytest.mark.ours
def test_the_message_of_mixed_dtypes(tf):
    with pytest.raises(TypeError) as error:
        tf.constant([1.0]) + tf.constant([1.0], tf.float64)
    assert str(error.value) == (
        "cannot compute AddV2 as input #1(zero-based) was expected to be a float32 tensor but is a float64 tensor; "
        "use tf.cast"
    )


def test_integers(tf):
    i = tf.constant([5, 7])
    assert (i / 2).dtype == tf.float64
    np.testing.assert_array_equal((i / 2).numpy(), [2.5, 3.5])
    np.testing.assert_array_equal((i // 2).numpy(), [2, 3])
    np.testing.assert_array_equal((i % 4).numpy(), [1, 3])
    assert tf.reduce_sum(i).dtype == tf.int32


def test_matmul_operator(tf):
    a = np.arange(6.0).reshape(2, 3)
    x = tf.constant(a)
    np.testing.assert_array_equal((x @ a.T).numpy(), a @ a.T)
    np.testing.assert_array_equal((a.T @ x).numpy(), a.T @ a)


def test_logic(tf):
    p, q = tf.constant([True, False]), tf.constant([True, True])
    np.testing.assert_array_equal((p & q).numpy(), [True, False])
    np.testing.assert_array_equal((p | q).numpy(), [True, True])
    np.testing.assert_array_equal((p ^ q).numpy(), [False, True])
    np.testing.assert_array_equal((~p).numpy(), [False, True])


@pytest.mark.parametrize(
    ("f", "df"),
    [
        (lambda x: x + x, lambda x: 2 + 0 * x), (lambda x: 1.0 - x, lambda x: -1 + 0 * x),
        (lambda x: x * x * x, lambda x: 3 * x**2), (lambda x: 1.0 / x, lambda x: -1 / x**2),
        (lambda x: x / (x + 1.0), lambda x: 1 / (x + 1) ** 2), (lambda x: x**3.0, lambda x: 3 * x**2),
        (lambda x: x**x, lambda x: x**x * (1 + np.log(x))), (lambda x: 2.0**x, lambda x: 2**x * np.log(2)),
        (lambda x: -x, lambda x: -1 + 0 * x), (lambda x: abs(-x), lambda x: 1 + 0 * x),
        (lambda x: [1.0, 2.0, 3.0] * x, lambda x: np.array([1.0, 2.0, 3.0])),
        (lambda x: x - [[1.0], [2.0]], lambda x: 2 + 0 * x),
        (lambda x: x % 0.3, lambda x: 1 + 0 * x),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_operators(tf, f, df, dtype):
    a = np.array([0.5, 1.0, 2.0], dtype)
    x = tf.constant(a)
    with tf.GradientTape() as t:
        t.watch(x)
        y = f(x)
    g = t.gradient(y, x)
    assert y.dtype == getattr(tf, dtype) and g.dtype == getattr(tf, dtype)
    np.testing.assert_allclose(g.numpy(), df(a), rtol=1e-6)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((), (3,)),
        ((3,), ()),
        ((2, 3), (3,)),
        ((2, 1), (1, 3)),
        ((3,), (2, 3)),
        ((1,), (4, 3)),
        ((2, 1, 3), (4, 1)),
    ],
)
def test_broadcasting_backwards(tf, left, right):
    a, b = np.full(left, 2.0, np.float32), np.full(right, 3.0, np.float32)
    x, y = tf.constant(a), tf.constant(b)
    with tf.GradientTape() as t:
        t.watch([x, y])
        z = x * y + y
    gx, gy = t.gradient(z, [x, y])
    size = np.broadcast(a, b).size
    assert gx.shape == left and gy.shape == right
    np.testing.assert_allclose(gx.numpy(), np.full(left, 3.0 * size / a.size))
    np.testing.assert_allclose(gy.numpy(), np.full(right, 3.0 * size / b.size))


@pytest.mark.ours
def test_pickle(tf):
    for value in (3.0, [1.0, 2.0], np.ones((2, 3))):
        x = tf.constant(value)
        y = pickle.loads(pickle.dumps(x))
        assert y.dtype == x.dtype and y.shape == x.shape
        np.testing.assert_array_equal(x.numpy(), y.numpy())


def test_cast(tf):
    x = tf.constant([1.5, 2.5])
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = tf.cast(x, tf.float64) * 2.0
        z = tf.cast(tf.cast(x, tf.int32), tf.float32) * 2.0
    g = t.gradient(y, x)
    assert y.dtype == tf.float64 and g.dtype == tf.float32
    np.testing.assert_array_equal(g.numpy(), [2.0, 2.0])
    assert t.gradient(z, x) is None


def test_complex_convention(tf):
    x = tf.constant(1.0 + 2.0j)
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = x * x
        r = tf.math.real(y)
        a = tf.abs(x)
    np.testing.assert_allclose(t.gradient(y, x).numpy(), 2 - 4j)  # the conjugate of the derivative
    np.testing.assert_allclose(t.gradient(r, x).numpy(), 2 - 4j)
    np.testing.assert_allclose(t.gradient(a, x).numpy(), (1 + 2j) / np.sqrt(5))


@pytest.mark.parametrize(
    ("function", "value", "gradient"),
    [
        (lambda v: np.sum(v, initial=2.0), 5.0, [1.0, 1.0]),
        (lambda v: np.sum(v, where=np.array([True, False])), 1.0, [1.0, 0.0]),
        (lambda v: np.max(v, initial=0.0), 2.0, [0.0, 1.0]),
        (lambda v: np.min(v, initial=9.0), 1.0, [1.0, 0.0]),
    ],
)
def test_reductions_that_start_somewhere_or_skip(function, value, gradient):
    v = tg.Variable(np.array([1.0, 2.0]))
    with tg.GradientTape() as t:
        y = function(v)
    assert y.numpy() == value
    np.testing.assert_array_equal(t.gradient(y, v).numpy(), gradient)


def test_shapes_are_put_together(tf):
    shape = tf.ones((2, 3, 4)).shape
    assert shape == [2, 3, 4] and shape == (2, 3, 4) and shape != [2, 3]
    assert (shape[:-1] + [5]).as_list() == [2, 3, 5] and list([1] + shape) == [1, 2, 3, 4]
    assert shape.concatenate([5]).rank == 4 and shape.is_compatible_with([None, 3, 4])
    assert not shape.is_compatible_with([2, 3])
    assert tf.reshape(tf.ones((2, 3, 4)), shape[:1] + [12]).shape == [2, 12]
