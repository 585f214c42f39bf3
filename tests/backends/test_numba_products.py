"""`tg.vjp`, `tg.jvp` and what is made of them, of functions whose backend is Numba."""

import numpy as np
import pytest

import tapegen as tg

pytest.importorskip("numba")


def recurrence(x, scale):
    y = x * 1.0
    for i in range(1, len(x)):
        y[i] = np.exp(-y[i - 1]) * x[i] * scale
    x[0] = 7.0
    return y * y[0]


def compiled(fn):
    return tg.function(fn, backend="numba", fallback="error")


X = np.linspace(0.1, 1.0, 9)


def test_vjp_runs_compiled_code_and_may_be_called_again():
    expected, pull = tg.vjp(recurrence, X.copy(), 2.0)
    x = X.copy()
    out, fast = tg.vjp(compiled(recurrence), x, 2.0)
    assert x[0] == 7.0 and "njit" in fast.source
    x[:] = 0.0  # what is kept is its own
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    for ct in (np.ones(9), X):
        for got, wanted in zip(fast(ct), pull(ct), strict=True):
            assert type(got) is type(wanted)
            np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_jvp_runs_compiled_code():
    directions = (np.cos(X), 1.0)
    expected = tg.jvp(recurrence, (X.copy(), 2.0), directions)
    got = tg.jvp(compiled(recurrence), (X.copy(), 2.0), directions)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_hessian_vector_products_run_compiled_code():
    def f(x):
        return np.sum(np.tanh(x) * x[::-1])

    got = tg.hvp(compiled(f))
    np.testing.assert_allclose(got(X, np.sin(X)), tg.hvp(f)(X, np.sin(X)), rtol=1e-11)
    assert "njit" in got.source
