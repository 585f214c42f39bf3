"""Jacobians and Hessians of known sparsity: patterns, colourings, values, and patterns that are wrong."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tapegen as tg
from tapegen.api.colouring import colour_columns, colour_star, groups_by_row
from tapegen.api.pattern import Pattern
from tapegen.api.sparse import Compressed

X = np.linspace(0.2, 1.4, 9)
N = len(X)


def tridiagonal(x):
    y = x * x
    y[1:] += np.sin(x[:-1])
    y[:-1] -= x[1:] ** 3 * x[:-1]
    return y


def five_points(u):
    v = np.zeros_like(u)
    v[1:-1, 1:-1] = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1] ** 2
    return v


def wide_rows(x):
    return np.stack([np.sum(x * x), np.prod(x[:3]), x[0] * x[1]])


def by_index(x):
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[(2 * i) % N] * x[i]
        if x[i] > 0.5:
            y[i] += x[-1]
    np.add.at(y, np.array([0, 0, 3]), x[2:5])
    return y


FUNCTIONS = [
    (tridiagonal, X),
    (five_points, X[:8].reshape(2, 4)[[0, 1, 0, 1]] + 1),
    (wide_rows, X),
    (by_index, X),
]


def arrow(x):
    return np.sum(x[1:] * x[0] ** 2) + np.sum(np.sin(x))


def chain(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize(("f", "x"), FUNCTIONS)
def test_values_are_those_of_the_dense_jacobian(f, x):
    dense = tg.jacobian(f)(x)
    pattern = tg.jacobian_sparsity(f)(x)
    assert not np.any((dense.reshape(pattern.shape) != 0) & ~pattern.toarray())
    for mode in (tg.jacobian, tg.jacfwd, tg.jacrev):
        np.testing.assert_allclose(mode(f, sparsity=pattern)(x), dense, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(tg.jacobian(f, sparsity="auto")(x), dense, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("f", "colours"), [(arrow, 2), (chain, 3)])
def test_hessians(f, colours):
    dense = tg.hessian(f)(X)
    sparse = tg.hessian(f, sparsity="auto")
    np.testing.assert_allclose(sparse(X), dense, rtol=1e-12, atol=1e-13)
    (compressed,) = sparse.sparse.known.values()
    assert len(compressed.seeds) == colours
    np.testing.assert_array_equal(compressed.pattern.toarray(), dense != 0)


def test_few_products():
    def count(f, x, mode=tg.jacobian):
        jacobian = mode(f, sparsity="auto")
        jacobian(x)
        return len(next(iter(jacobian.sparse.known.values())).seeds)

    assert count(tridiagonal, X) == 3
    assert count(tridiagonal, np.linspace(0.0, 1.0, 100)) == 3
    assert count(five_points, np.ones((8, 9))) <= 7
    assert count(wide_rows, X, tg.jacrev) == count(wide_rows, X) == 3
    assert count(wide_rows, X, tg.jacfwd) == N


def test_forms_of_patterns():
    dense = tg.jacobian(tridiagonal)(X)
    near = np.abs(np.subtract.outer(np.arange(N), np.arange(N))) < 2
    pairs = [(int(i), int(j)) for i, j in np.argwhere(near)]
    for pattern in (near, near.astype(float), pairs, np.argwhere(near), Pattern.of(near, near.shape)):
        np.testing.assert_allclose(tg.jacobian(tridiagonal, sparsity=pattern)(X), dense, rtol=1e-13)
    np.testing.assert_allclose(tg.jacobian(tridiagonal, sparsity="probe")(X), dense, rtol=1e-13)


def test_scipy_gives_and_takes():
    sparse = pytest.importorskip("scipy.sparse")
    near = sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(N, N))
    found = tg.jacobian(tridiagonal, sparsity=near, sparse=True)(X)
    assert isinstance(found, sparse.csr_array)
    assert found.nnz == 3 * N - 2
    np.testing.assert_allclose(found.toarray(), tg.jacobian(tridiagonal)(X), rtol=1e-13)
    u = np.ones((4, 5))
    assert tg.jacobian(five_points, sparsity="auto", sparse=True)(u).shape == (20, 20)


def test_a_pattern_that_lacks_an_entry_is_never_believed():
    near = np.abs(np.subtract.outer(np.arange(N), np.arange(N))) < 2
    for i, j in ((0, 1), (4, 4), (8, 7)):
        wrong = near.copy()
        wrong[i, j] = False
        for mode in (tg.jacfwd, tg.jacrev):
            with pytest.raises(ValueError, match="^the sparsity pattern lacks entries"):
                mode(tridiagonal, sparsity=wrong)(X)
    with pytest.raises(ValueError, match="^the sparsity pattern lacks entries"):
        tg.hessian(arrow, sparsity=np.eye(N, dtype=bool))(X)
    with pytest.raises(ValueError, match=r"^the sparsity pattern has shape \(3, 3\), but the Jacobian has"):
        tg.jacobian(tridiagonal, sparsity=np.eye(3, dtype=bool))(X)
    with pytest.raises(ValueError, match="^the sparsity pattern has entries outside of a Jacobian"):
        tg.jacobian(tridiagonal, sparsity=[(0, N)])(X)


def test_a_pattern_that_changes_is_found_again():
    def f(x, k):
        return x * x[k]

    jacobian = tg.jacobian(f, sparsity="auto")
    for k in (2, 5):
        np.testing.assert_allclose(jacobian(X, k), tg.jacobian(f)(X, k), rtol=1e-13)
    branches = tg.jacobian(by_index, sparsity="auto")
    for x in (X, X[::-1].copy(), X - 2.0):
        np.testing.assert_allclose(branches(x), tg.jacobian(by_index)(x), rtol=1e-13)


def test_operations_of_which_nothing_is_known_are_dense():
    def f(x):
        return np.linalg.solve(np.eye(N) * 2, x) + np.fft.irfft(np.fft.rfft(x), N)

    assert tg.jacobian_sparsity(f)(X).toarray().all()
    banded = np.eye(N) + np.eye(N, k=1)
    np.testing.assert_array_equal(tg.jacobian_sparsity(lambda x: banded @ x)(X).toarray(), banded != 0)


def test_arguments():
    with pytest.raises(TypeError, match="^sparsity= needs a single array as argument, not a dict"):
        tg.jacobian(lambda p: p["a"], sparsity="auto")({"a": X})
    with pytest.raises(TypeError, match="^sparsity= needs a single array as result, not a tuple"):
        tg.jacobian(lambda x: (x, x), sparsity="auto")(X)
    with pytest.raises(TypeError, match="^sparsity= needs one position as argnums"):
        tg.jacobian(tridiagonal, (0, 1), sparsity="auto")
    with pytest.raises(TypeError, match="^sparse=True needs sparsity="):
        tg.jacobian(tridiagonal, sparse=True)
    with pytest.raises(ValueError, match="^sparsity is a pattern, 'auto' or 'probe', not 'all'"):
        tg.jacobian(tridiagonal, sparsity="all")
    assert tg.jacobian(lambda x: x[:0], sparsity="auto")(X).shape == (0, N)
    assert tg.jacobian(lambda x: np.zeros(3) + 0 * x[0], sparsity="auto")(X).shape == (3, N)
    again = pickle.loads(pickle.dumps(tg.jacobian(tridiagonal, sparsity="auto")))
    np.testing.assert_array_equal(again(X), tg.jacobian(tridiagonal, sparsity="auto")(X))
    np.testing.assert_allclose(
        tg.jacobian(tridiagonal, sparsity="auto")(X.astype(np.float32)),
        tg.jacobian(tridiagonal)(X),
        rtol=1e-5,
    )


MATRICES = st.integers(1, 8).flatmap(
    lambda n: st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24).map(
        lambda pairs: Pattern.of(pairs, (n, n))
    )
)


@settings(max_examples=60)
@given(MATRICES)
def test_colourings_of_random_patterns_separate_what_they_must(pattern):
    values = np.arange(1.0, pattern.nnz + 1)
    matrix = np.zeros(pattern.shape)
    matrix[pattern.rows, pattern.columns] = values
    for mode, seen in (("fwd", matrix), ("rev", matrix.T)):
        found = Compressed.best(pattern, mode, symmetric=False)
        np.testing.assert_array_equal((found.seeds @ seen.T)[found.places], values)
    for row in groups_by_row(pattern):
        colours = colour_columns(pattern)[row]
        assert len(set(colours.tolist())) == len(row)
    both = matrix + matrix.T
    star = Compressed.best(pattern, "fwd", symmetric=True)
    entries = both[star.pattern.rows, star.pattern.columns]
    np.testing.assert_array_equal((star.seeds @ both)[star.places], entries)
    assert len(colour_star(star.pattern)) == pattern.shape[0]
