"""NumPy's functions with options that no rule has, and those of polynomials and sets; compiled and on a tape."""

from __future__ import annotations

import numpy as np
import pytest

import tapegen as tg

C = np.arange(3.0) + 1
MASK = np.array([True, False, True])
X = np.array([0.3, 1.7, -0.8])
V = np.array([0.3, 1.7, -0.8, 2.2, 0.5])
M = np.array([[0.3, 1.7, -0.8], [0.9, -0.2, 1.1]])
S = np.array([[2.0, 0.3], [0.1, 1.5]])
ENDS = ((1.0, 2.0), (3.0, 4.0))
PADS = [
    (lambda x: np.pad(x, (3, 2), mode="linear_ramp"), V),
    (lambda x: np.pad(x, ((1, 2), (2, 1)), mode="maximum"), M),
    (lambda x: np.pad(x, ((1, 2), (2, 1)), mode="mean"), M),
    (lambda x: np.pad(x, 2, mode="median"), V),
    (lambda x: np.pad(x, 2, "minimum"), V),
    (lambda x: np.pad(x, 2, mode="mean", stat_length=2), V),
    (lambda x: np.pad(x, 2, constant_values=x[0]), V),
    (lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=ENDS), M),
    (lambda x: np.pad(x, 2, mode="linear_ramp", end_values=(x[0], 2.0)), V),
    (lambda x: np.pad(x, 2, mode="reflect", reflect_type="odd"), V),
    (lambda x: np.pad(x, 2, mode="symmetric", reflect_type="odd"), V),
]
CALLS = [
    (lambda x: np.var(x, where=MASK), X),
    (lambda x: np.std(x, axis=1, where=M > -0.5), M),
    (lambda x: np.var(x, correction=1), X),
    (lambda x: np.std(x, mean=np.mean(x, keepdims=True)), X),
    (lambda x: np.nansum(x * x, where=MASK, initial=x[0]), X),
    (lambda x: np.nanmean(np.where(x > 1, np.nan, x), where=MASK), X),
    (lambda x: np.nanmax(x, where=MASK, initial=0.0) * np.nanmin(x, where=MASK, initial=9.0), X),
    (lambda x: np.nanvar(np.where(x > 1, np.nan, x), correction=1), V),
    (lambda x: np.nanstd(x, axis=1, where=M > -0.5), M),
    (lambda x: np.nanprod(x, initial=2.0, where=MASK), X),
    (lambda x: np.stack(np.average(x, weights=x * x, returned=True)), X),
    (lambda x: np.cov(x, aweights=C, fweights=np.array([1, 2, 3])), M),
    (lambda x: np.linspace(x, x * x, 4, axis=1), X),
    (lambda x: np.linspace(x[0], x[1], 4, retstep=True)[1] * x, X),
    (lambda x: np.logspace(0.0, 1.0, 4, base=x + 2), 0.5),
    (lambda x: np.geomspace(x * x + 1, x * x + 2, 4, axis=1), X),
    (lambda x: np.diff(x, prepend=x[0] * 2, append=1.0), X),
    (lambda x: np.ediff1d(x, to_begin=x[0], to_end=2.0), X),
    (lambda x: np.choose([0, 3, 1], [x, x * x], mode="wrap"), X),
    (lambda x: np.multiply(*np.meshgrid(x, x * x, indexing="ij", sparse=True)), X),
    (lambda x: np.nan_to_num(x, copy=True), X),
    (lambda x: np.sort(x, axis=0, kind="stable"), M),
    (lambda x: np.frexp(x)[0], X),
    (lambda x: np.nextafter(x * x, 10.0), X),
    (lambda x: np.linalg.matrix_norm(x), S),
    (lambda x: np.linalg.matrix_norm(x, ord="nuc") * np.linalg.matrix_norm(x, ord=2), np.stack([S, 2 * S])),
    (lambda x: np.polyfit(np.arange(3.0), x * x, 1, w=C), X),
    (lambda x: np.polyint(x, 2, k=[1.0, 2.0]), X),
    (lambda x: np.polydiv(x, x[1:])[0], X),
    (lambda x: np.polydiv(x, [1.0, 2.0])[1], X),
    (lambda x: np.poly(x), X),
    (lambda x: np.trim_zeros(np.concatenate([[0.0], x])), X),
    (lambda x: np.union1d(x, [5.0]), X),
    (lambda x: np.setdiff1d(x, [9.0]), X),
    (lambda x: np.setxor1d(x, [9.0]), X),
    (lambda x: np.gradient(x * x, np.array([0.0, 1.0, 3.0])), X),
]
COMPILED = [
    (lambda x: np.interp(np.array([-0.5, 1.5]), np.cumsum(x * x), x, left=x[0], right=2.0), X),
    (lambda x: np.interp(np.array([-0.5, 1.5]), np.arange(3.0), x, period=3.0), X),
    (lambda x: np.vecdot(x, x * x, axis=0), M),
    (lambda x: np.array(x, copy=True, ndmin=2), X),
    (lambda x: np.require(x, dtype=float, requirements="C"), X),
]


@pytest.mark.parametrize(("f", "x"), PADS + CALLS + COMPILED)
def test_in_generated_code(f, x) -> None:
    plain = f(x)
    value, _ = tg.vjp(f, x)
    np.testing.assert_allclose(value, plain, rtol=1e-12, atol=1e-12)
    assert np.shape(value) == np.shape(plain)
    tg.check_grads(f, (x,), order=1)


@pytest.mark.slow
@pytest.mark.parametrize(("f", "x"), CALLS + COMPILED)
def test_second_order(f, x) -> None:
    tg.check_grads(f, (x,), order=2)


@pytest.mark.parametrize(("f", "x"), PADS + CALLS)
def test_on_a_tape(f, x) -> None:
    out, pull = tg.vjp(f, x)
    ct = np.random.default_rng(0).standard_normal(np.shape(out))
    t = tg.constant(np.asarray(x))
    with tg.GradientTape() as tape:
        tape.watch(t)
        y = f(t)
    np.testing.assert_allclose(y.numpy(), out, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(tape.gradient(y, t, ct).numpy(), pull(ct)[0], rtol=1e-10, atol=1e-10)


def test_modes_without_a_case_are_refused_in_both_modes() -> None:
    """Forward mode once padded the tangents by the statistics of the tangents."""
    for run in (lambda f, x: tg.grad(f)(x), lambda f, x: tg.jvp(f, (x,), (x,))):
        with pytest.raises(tg.TransformError, match="np.pad has no rule for mode='empty'"):
            run(lambda x: np.sum(np.pad(x, 1, mode="empty")[1:-1]), X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x, np.inf),
        lambda x: np.linalg.norm(x, -np.inf),
        lambda x: np.linalg.norm(x, ord=3),
        lambda x: np.linalg.norm(x, -1) * np.linalg.norm(x, -2),
        lambda x: by_order(x, 1) * by_order(x, np.inf),
        lambda x: np.linalg.norm(np.outer(x, x + 1), -1, (0, 1)),
    ],
)
def test_orders_of_norms(f) -> None:
    """`np.inf` once was no literal; of a vector the norms of order -1 and -2 had the derivatives of a matrix's."""
    tg.check_grads(f, (X,), order=1)


def by_order(x, p):
    return np.linalg.norm(x, p)


@pytest.mark.parametrize(
    "f", [lambda a, b: np.einsum("ij,jk->ik", a, b), lambda a, b: np.linalg.multi_dot([a, b, b.T])]
)
def test_complex_products_of_arrays_of_different_shapes(f) -> None:
    """The conjugate of a list of cotangents is that of each."""
    tg.check_grads(f, (M * (1 + 0.3j), np.outer(C, [1.0, 2.0j, 0.5, 1.0])), order=1)
