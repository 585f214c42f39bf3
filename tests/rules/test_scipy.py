"""SciPy's functions that the table cannot call: they take or give more than arrays."""

from __future__ import annotations

import numpy as np
import pytest

import tapegen as tg

linalg = pytest.importorskip("scipy.linalg")

rng = np.random.default_rng(7)
ROOT = rng.standard_normal((3, 3))
RIGHT = rng.standard_normal((3, 2))


def definite(a):
    return a @ np.transpose(a) + 2 * np.eye(3)


@pytest.mark.parametrize("lower", [False, True])
def test_cholesky_factors_and_what_they_solve(lower: bool) -> None:
    def solved(a, b):
        return np.sum(linalg.cho_solve(linalg.cho_factor(definite(a), lower=lower), b) ** 2)

    tg.check_grads(solved, (ROOT, RIGHT), order=2)
    tg.check_grads(lambda b: solved(ROOT, b), (RIGHT[:, 0],), order=2)
    factor = linalg.cho_factor(definite(ROOT), lower=lower)
    tg.check_grads(lambda b: np.sum(linalg.cho_solve(factor, b) ** 2), (RIGHT,), order=2)


def test_factors_and_what_they_solve() -> None:
    def solved(a, b, trans):
        return np.sum(linalg.lu_solve(linalg.lu_factor(a), b, trans=trans) ** 2)

    a = ROOT[::-1] + np.diag([1.0, 2.0, 3.0])
    tg.check_grads(lambda a, b: solved(a, b, 0), (a, RIGHT), order=2)
    tg.check_grads(lambda a, b: solved(a, b, 1), (a, RIGHT[:, 0]), order=2)


def test_pairs_of_symmetric_matrices() -> None:
    def spectrum(a, b):
        w, v = linalg.eigh(a @ np.transpose(a), b @ np.transpose(b) + np.eye(3))
        return np.sum(w**2) + np.sum(v**4)

    tg.check_grads(spectrum, (ROOT, ROOT[::-1] * 0.5), order=2)


def test_toeplitz_matrices() -> None:
    c, r, b = np.array([4.0, 0.3, 0.2]), np.array([7.0, 0.5, -0.4]), RIGHT
    tg.check_grads(lambda c, r, b: np.sum(linalg.solve_toeplitz((c, r), b) ** 2), (c, r, b), order=2)
    tg.check_grads(lambda c, b: np.sum(linalg.solve_toeplitz(c, b) ** 2), (c, b[:, 0]), order=2)
    tg.check_grads(lambda c, r, b: np.sum(linalg.matmul_toeplitz((c, r), b) ** 3), (c, r, b), order=2)
    tg.check_grads(lambda c, b: np.sum(linalg.matmul_toeplitz(c, b) ** 3), (c, b[:, 0]), order=2)


def test_what_solve_reads_only_in_part_is_refused() -> None:
    with pytest.raises(TypeError, match="no derivative for assume_a='upper triangular'"):
        tg.grad(lambda a: np.sum(linalg.solve(a, np.ones(3), assume_a="upper triangular")))(np.eye(3))


def test_systems_in_generated_code() -> None:
    a = ROOT + 3 * np.eye(3)
    tg.check_grads(
        lambda a: np.sum(linalg.solve_triangular(a, np.ones(3), trans="T", lower=True) ** 2), (a,), order=2
    )
    tg.check_grads(lambda a: np.sum(linalg.lu(a)[2] ** 2), (a,), order=2)
    with pytest.raises(TypeError, match="no derivative for trans='C'"):
        tg.grad(lambda a: np.sum(linalg.solve_triangular(a, np.ones(3), trans="C") ** 2))(a)
