"""Kernels, against NumPy and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tapegen import kernels as k

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (1, 3), (2, 1), (1, 1), (4, 2, 3)])
def test_unbroadcast_is_the_adjoint_of_broadcasting(shape):
    x, ct = RNG.standard_normal(shape), RNG.standard_normal((4, 2, 3))
    back = k.unbroadcast(ct, x)
    assert back.shape == shape
    assert np.isclose(np.sum(back * x), np.sum(ct * np.broadcast_to(x, ct.shape)))


@pytest.mark.parametrize(
    ("ct", "x", "expected"),
    [
        (np.ones(2), np.float32(1), np.float32(2)),
        (np.ones(2), 1.0, 2.0),
        (1.0, np.zeros(()), np.array(1.0)),
        (1 + 2j, 3.0, 1.0),
        (np.ones(2) + 1j, np.zeros(2), np.ones(2)),
        (np.ones(2), np.zeros(2, complex), np.ones(2, complex)),
        (np.ones(2), np.zeros(2, ">f8"), np.ones(2, ">f8")),
        (1j, np.zeros(()), np.array(0.0)),
        (2.0, np.zeros((2, 2)), np.full((2, 2), 2.0)),
    ],
)
def test_unbroadcast_takes_the_dtype_of_the_primal(ct, x, expected):
    got = k.unbroadcast(ct, x)
    assert np.array_equal(got, expected)
    assert getattr(got, "dtype", float) == getattr(expected, "dtype", float)
    assert (type(got) is float) == (type(x) is float)


def test_unbroadcast_never_truncates():
    assert k.unbroadcast(np.array([0.5]), np.array([1])) == 0.5
    assert k.unbroadcast(0.5, 1) == 0.5


def test_unbroadcast_returns_what_fits_as_it_is():
    ct = np.ones(3)
    assert k.unbroadcast(ct, np.zeros(3)) is ct


INDICES = [
    1,
    -1,
    slice(None, None, -1),
    Ellipsis,
    None,
    (slice(1, None), 0),
    np.array([0, 2, 2]),
    np.array([-1, 2, 0]),
    np.array([], int),
    [0, 0],
    np.array([True, False, True]),
    (np.array([0, 0]), np.array([1, 1])),
    (slice(None), np.array([1, 1])),
    (np.array([True, False, True]), 1),
    (np.array([True, False, True]), np.array([1, 1])),
    np.array([[0, 1], [1, 1]]),
    True,
    (np.int64(2),),
]


@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("dtype", [float, np.float32, complex])
def test_scatter_add_is_add_at(index, dtype):
    expected, buffer = np.ones((3, 2), dtype), np.ones((3, 2), dtype)
    ct = RNG.standard_normal(expected[index].shape)
    np.add.at(expected, index, ct)
    assert k.scatter_add(buffer, index, ct) is buffer
    np.testing.assert_allclose(buffer, expected, rtol=1e-6)


def test_add_into_a_number_is_refused():
    with pytest.raises(TypeError, match="cannot add a cotangent in place to float"):
        k.trees.add_into(0.0, 1.0)


def test_scatter_add_into_containers():
    assert k.scatter_add([None, 1.0], 0, 2.0) == [2.0, 1.0]
    assert k.scatter_add([1.0, 1.0, 1.0], slice(1, None), [2.0, 3.0]) == [1.0, 3.0, 4.0]
    assert k.scatter_add({}, "a", 2.0) == {"a": 2.0}
    assert k.scatter_add({"a": [1.0, None]}, "a", [2.0, 3.0]) == {"a": [3.0, 3.0]}


def test_scatter_add_keeps_the_real_part_in_a_real_buffer():
    assert np.array_equal(k.scatter_add(np.zeros(2), 0, 1 + 2j), [1.0, 0.0])


def test_zeros_like():
    assert k.zeros_like(2) == 0.0
    assert isinstance(k.zeros_like(2), float)
    assert k.zeros_like({"a": (1.0, "x")}) == {"a": [0.0, None]}
    assert k.zeros_like(np.float32(1)).dtype == np.float32
    assert k.zeros_like(np.ones(2, int)).dtype == float


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (-1, 0)])
def test_merge_axes_and_back(axis):
    x = RNG.standard_normal((2, 3, 4))
    merged = k.merge_axes(x, axis)
    np.testing.assert_allclose(np.prod(merged, axis=-1), np.prod(x, axis=axis))
    np.testing.assert_array_equal(k.unmerge_axes(merged, x, axis), x)


@pytest.mark.parametrize("zero", [False, True])
def test_recurrence_with_and_without_zeros(zero):
    a, b = RNG.uniform(0.5, 2.0, (3, 6)), RNG.standard_normal((3, 6))
    if zero:
        a[1, 2] = 0.0
    y = np.zeros_like(b)
    for i in range(6):
        y[:, i] = b[:, i] + (a[:, i] * y[:, i - 1] if i else 0)
    np.testing.assert_allclose(k.recurrence(a, b), y, rtol=1e-12)


@pytest.mark.parametrize(
    "method", ["linear", "lower", "higher", "nearest", "midpoint", "hazen", "median_unbiased"]
)
@pytest.mark.parametrize("q", [0.0, 0.3, 0.5, 1.0])
def test_quantile_weights_give_the_quantile(method, q):
    a = np.array([3.0, 1.0, 2.0, 2.0, 5.0, -1.0])
    assert np.isclose(np.sum(k.quantile_weights(a, q, method=method) * a), np.quantile(a, q, method=method))


def test_duck_arrays_take_over():
    class Duck:
        shape, dtype = (3,), np.dtype(float)

        def __array_function__(self, function, types, args, kwargs):
            return function

    duck = Duck()
    assert k.unbroadcast(duck, np.zeros(3)) is duck
    assert k.unbroadcast(duck, np.zeros(1)) is k.unbroadcast
    assert k.scatter_like(duck, 0, np.zeros((2, 3))) is k.scatter_like
    assert k.broadcast_like(duck, np.zeros((2, 3))) is k.broadcast_like


@pytest.mark.parametrize(
    "ct",
    [1, 2.0, 1j, True, np.float32(2), [1.0, 2.0], (1, 2), np.ones((3, 2)), np.ones((2, 2), complex)]
    + [np.ones((1, 1)), np.ma.masked_array(np.ones((3, 2))), np.ma.masked_array([1.0, 2.0])],
)
@pytest.mark.parametrize("kernel", [k.unbroadcast, k.broadcast_like])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_what_is_brought_to_an_array_is_an_array_of_its_shape_and_dtype(kernel, ct, dtype):
    x = np.zeros((2,), dtype)
    if kernel is k.broadcast_like and np.ndim(ct) > 1:
        return
    result = kernel(ct, x)
    assert type(result) is np.ndarray
    assert result.shape == x.shape and result.dtype == x.dtype


@pytest.mark.parametrize(
    ("function", "arguments", "x", "expected"),
    [
        (k.scatter_taken, ([0, 0],), np.float64(1.0), 2.0),
        (k.scatter_taken, ([0, 1],), [1.0, 2.0], [1.0, 1.0]),
        (k.scatter_rearranged, (np.resize, (2,)), np.float64(1.0), 2.0),
        (k.scatter_rearranged, (np.resize, (2,)), 1.0, 2.0),
        (k.embed_diagonal, (), [[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]),
    ],
)
def test_numbers_and_lists_have_cotangents_of_their_kind(function, arguments, x, expected):
    """In NumPy scalars nothing can be added in place, and lists have no shape."""
    first, rest = (arguments[:1], arguments[1:]) if function is k.scatter_taken else ((), arguments)
    if function is k.scatter_rearranged:
        got = function(np.ones(2), x, rest[0], rest[1:])
    else:
        got = function(np.ones(2), *first, x, *rest)
    assert np.shape(got) == np.shape(x) and np.array_equal(got, expected)
