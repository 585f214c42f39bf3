"""NumPy's functions that call functions or write into arrays, in generated code, in all modes and orders."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tapegen as tg
from tapegen.kernels.ufunc_programs import program_of

C = np.arange(3.0) + 1
MASK = np.array([True, False, True])
X = np.array([0.3, 1.7, -0.8])
M = np.array([[0.3, 1.7, -0.8], [0.9, -0.2, 1.1]])
LONG = np.linspace(-1.0, 1.1, 12)


def scaled(a, b=2.0):
    return a * a * b


VECTORIZED = np.vectorize(scaled)


@np.vectorize
def decorated(a):
    return a * b if (b := math.sin(a)) > 0 else a


def steps(t):
    total = 0.0
    for k in range(3):
        total += t**k
    return total


def closed(x):
    s = x[0] * 2
    return np.vectorize(lambda t: t * s)(x)


CALLS = [
    (lambda x: np.vectorize(lambda a, b: a * b if a > 0 else a + b)(x, C), X),
    (lambda x: VECTORIZED(x) * C, X),
    (lambda x: decorated(x), LONG),
    (lambda x: np.vectorize(scaled, excluded=["b"])(x, b=x[0]), X),
    (lambda x: np.vectorize(scaled, otypes=[float])(x), X),
    (lambda x: np.vectorize(steps)(x), LONG),
    (lambda x: np.vectorize(math.sin)(x), X),
    (lambda x: np.vectorize(lambda a, b: a * b * b)(x, x[:, :1]), M),
    (closed, X),
    (lambda x: np.apply_along_axis(lambda r: r * r[0], 1, x), M),
    (lambda x: np.apply_along_axis(lambda r, k, q=1.0: r[:1] * k * q, 0, x, 2.0, q=x[0, 0]), M),
    (lambda x: np.apply_along_axis(lambda r: np.sum(r**2) * r[0], 0, x), M),
    (lambda x: np.apply_along_axis(np.sort, 1, x), M),
    (lambda x: np.apply_along_axis(lambda r: np.outer(r, r), 1, x), LONG.reshape(2, 3, 2)),
    (lambda x: np.apply_over_axes(np.sum, x * x, [0, 1]), M),
    (lambda x: np.apply_over_axes(np.mean, x * x, 0), M),
    (lambda x: np.piecewise(x, [x < 0, x > 1], [-1.0, lambda v: v**3, lambda v: v * 2]), X),
    (lambda x: np.piecewise(x, [x < -0.3, x > 0.3], [np.sin, lambda v: v**3, np.cos]), LONG),
    (lambda x: np.piecewise(x, [x < 0.3], [lambda v, a: v * a, lambda v, a: a - v], x[0]), X),
    (lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: v * v, lambda v: v**3]), 0.4),
    (lambda a: np.fromfunction(lambda i, j: np.sin(a * i) + j * a * a, (2, 3)), 0.7),
    (lambda a: np.fromfunction(lambda i, b: i * b, (3,), b=a), 0.7),
    (lambda x: sum(v * v for v in x.flat) + x.flat[2] * np.sum(x.flat[1:3]), M),
    (lambda x: sum(v * v * (i + j) for (i, j), v in np.ndenumerate(x)), M),
    (lambda x: x.item(1, 0) * x.item(2) + np.asarray(x[0, 0]).item() ** 2, M),
    (lambda x: sum(v * v for v in x.tolist()), X),
    (lambda x: np.sum((x * x).view()), X),
    (lambda x: np.log(x, out=np.zeros_like(x), where=x > 0), LONG),
    (lambda x: np.divide(x[:, :1], x, out=x * 1, where=x > 0), M),
]

CALLS += [
    (lambda x: np.hypot.outer(x, C) * x[0], X),
    (lambda x: np.arctan2.outer(C, x), X),
    (lambda x: np.divide.outer(x, x), X),
    (lambda x: np.power.outer(C, x), X),
    (lambda x: np.maximum.outer(x, x[:2]), X),
    (lambda x: np.subtract.reduce(x * x, axis=1), M),
    (lambda x: np.divide.reduce(x, keepdims=True), M),
    (lambda x: np.logaddexp2.reduce(x, axis=(-1,)), M),
    (lambda x: np.hypot.reduce(x, axis=None), X),
    (lambda x: np.subtract.accumulate(x * x, axis=1), M),
    (lambda x: np.power.accumulate(x + 2), X),
    (lambda x: np.add.reduceat(x * x, [0, 2, 1]), X),
    (lambda x: np.multiply.reduceat(x, [0, 1], axis=1), M),
    (lambda x: np.maximum.reduceat(x, [0, 1], axis=-1), M),
]


def written(write, start=lambda x: x * x):
    def f(x):
        y = start(x)
        write(y, x)
        return y

    return f


def set_flat(y, x):
    y.flat[1:4] = x[0, :2]


def powers(y, x):
    np.power.at(y, [0, 1], 2)


WRITES = [
    (written(lambda y, x: np.put(y, [0, 2], x[1:])), X),
    (written(lambda y, x: np.put(y, [0, 5, -3], x[:2], mode="wrap")), X),
    (written(lambda y, x: np.put(y, [0, 4], x[0, :2])), M),
    (written(lambda y, x: np.place(y, MASK, x[:1])), X),
    (written(lambda y, x: np.place(y, MASK, x)), X),
    (written(lambda y, x: np.putmask(y, MASK, x[:2])), X),
    (written(lambda y, x: np.copyto(y, x[::-1])), X),
    (written(lambda y, x: np.copyto(y, x[0], where=MASK)), X),
    (written(lambda y, x: np.put_along_axis(y, np.array([[1], [0]]), x[:, :1], axis=1)), M),
    (written(lambda y, x: np.put_along_axis(y, np.array([1, 4]), x[0, :2], axis=None)), M),
    (written(lambda y, x: np.fill_diagonal(y, x[0])), M),
    (written(lambda y, x: np.fill_diagonal(y, x[0, 0], wrap=True), lambda x: np.vstack([x.T, x.T])), M),
    (written(set_flat), M),
    (written(set_flat, lambda x: (x * x).T), M),
    (written(lambda y, x: np.multiply.at(y, [0, 0, 1], x)), X),
    (written(lambda y, x: np.divide.at(y, ([0, 1], [2, 2]), x[:, 0])), M),
    (written(lambda y, x: np.maximum.at(y, [0, 2], x[:2])), X),
    (written(lambda y, x: np.negative.at(y, [0, 2, 0])), X),
    (written(lambda y, x: np.exp.at(y, slice(0, 2))), X),
    (written(powers), X),
]


@pytest.mark.parametrize(("f", "x"), CALLS + WRITES)
def test_derivatives(f, x) -> None:
    plain = f(x)
    value, _ = tg.vjp(f, x)
    np.testing.assert_array_equal(value, plain)
    assert np.asarray(value).dtype == np.asarray(plain).dtype
    tg.check_grads(f, (x,), order=1)


SECOND = [(f, x) for f, x in CALLS + WRITES if f is not CALLS[2][0] and f is not CALLS[5][0]]


@pytest.mark.slow
@pytest.mark.parametrize(("f", "x"), SECOND)
def test_second_order(f, x) -> None:
    """Left out are long loops over functions with loops or branches, as in code without `np.vectorize`."""
    tg.check_grads(f, (x,), order=2)


def test_vectorize_takes_the_dtype_of_the_first_result() -> None:
    """So does NumPy: where the first number is an integer, all are, and nothing depends on x."""
    f = lambda x: np.sum(np.vectorize(lambda a: 1 if a < 0.5 else a * a)(x))
    assert f(X) == 1 + 2 + 1
    np.testing.assert_array_equal(tg.grad(f)(X), np.zeros(3))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: np.vectorize(lambda a: (a, a))(x)[0], "returns no number"),
        (lambda x: np.vectorize(lambda r: r, signature="(n)->(n)")(x), "with a signature has no derivative"),
        (lambda x: np.multiply(x, x, where=MASK), "'where'"),
        (lambda x: np.power.reduce(x), "no derivative rule for np.power.reduce"),
        (lambda x: np.hypot.reduce(np.outer(x, x), axis=(0, 1)), "along one axis"),
    ],
)
def test_what_is_refused(f, message) -> None:
    with pytest.raises((TypeError, tg.TransformError), match=message):
        tg.vjp(f, X)


UFUNCS = [
    u for u in vars(np).values() if isinstance(u, np.ufunc) and (u.nin, u.nout) == (2, 1) and not u.signature
]


def test_methods_of_all_ufuncs_are_what_numpy_computes() -> None:
    x, method_args = np.random.default_rng(0).uniform(0.5, 2.0, (4, 3)), {"outer": 1, "reduceat": [0, 2, 1]}
    for ufunc in UFUNCS:
        if not ufunc.__name__.startswith("logical"):
            for name in ("reduce", "accumulate", "outer", "reduceat"):
                method, args = getattr(ufunc, name), [x, method_args[name]] if name in method_args else [x]
                program = program_of(method)
                for a in (x, x.T):
                    try:
                        expected = method(a, *args[1:])
                    except TypeError:
                        continue
                    if program is not None:
                        np.testing.assert_allclose(program(a, *args[1:]), expected, rtol=1e-14)


def test_nothing_is_computed_where_it_is_masked_out() -> None:
    """No warning of the logarithm, and no NaN from 0 times infinity."""
    np.testing.assert_array_equal(
        tg.grad(lambda x: np.sum(np.log(x, out=np.zeros_like(x), where=x > 0)))(np.array([0.0, -1.0, 2.0])),
        [0.0, 0.0, 0.5],
    )


def test_several_arrays_are_given_axes_at_once():
    def f(a, b, c):
        a, b = np.atleast_2d(a, b)
        x, _, z = np.atleast_1d(a, b, c)
        return np.sum(a @ b.T) + np.sum(z * x)

    a, b, c = tg.grad(f, (0, 1, 2))(np.arange(3.0), np.ones(3), 2.0)
    assert np.array_equal(a, [3.0, 3.0, 3.0]) and np.array_equal(b, [0.0, 1.0, 2.0]) and c == 3.0
