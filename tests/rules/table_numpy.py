"""Further rows of the table for NumPy, see `table`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np

from tapegen.rules.registry import rule_for, rules

from .arguments import A, Keywords, definite, distinct, regular, unary


def made() -> Iterator[tuple]:
    yield np.arange, False, [(0.5, 2.6), (0.5, 2.6, 0.4), (0.5, 2.6, 0.4, np.float64), (2.6,)]
    yield np.logspace, True, [(0.5, 1.5), (A(), A(), 5), (A(2), A(2), 4, True, 3.0), (0.5, 1.5, 4, False)]
    yield np.geomspace, False, [(0.5, 1.5), (A(2, low=0.5), A(2, low=0.5), 4), (0.5, 1.5, 4, False)]
    yield np.frexp, False, [(A(3, low=0.1),), (np.array([1.5, -2.3, 7.0]),)]
    yield np.nextafter, False, [(A(3), A(3)), (A(2, 3), 9.0)]
    yield np.fromiter, False, [([0.5, 1.5, 2.5], float)]
    yield np.r_.__getitem__, True, [(A(3),)]
    yield np.c_.__getitem__, True, [(A(3),)]
    if importlib.util.find_spec("scipy"):
        yield np.i0, False, unary(0.3)
        yield np.kaiser, False, [(5, 2.5), (4, A(low=1.0))]


def sets() -> Iterator[tuple]:
    yield np.unique, False, [(distinct(4),), (distinct(2, 3),)]
    yield np.unique_values, False, [(distinct(4),), (distinct(2, 3),)]
    yield np.sort_complex, False, [(distinct(4),)]


def more() -> Iterator[tuple]:
    yield np.linalg.svd, False, [(A(3, 3),), (A(2, 3, 3),), (A(3, 3), False)]
    values = Keywords(compute_uv=False)
    yield np.linalg.svd, False, [(A(3, 3), values), (A(4, 2), values), (A(2, 2, 4), True, False)]
    yield np.linalg.norm, False, [(A(3, low=0.3), p) for p in (-1, -2, 3, 0.5, -np.inf, np.inf, 1, 2)]
    yield np.linalg.norm, False, [(A(2, 3), p) for p in (-1, -2, -np.inf)] + [(A(2, 3, 4), -1, (0, 2))]
    if hasattr(np.linalg, "matrix_norm"):
        calls = [(A(2, 3),), (A(2, 2, 3), Keywords(ord=1)), (A(2, 2, 3), Keywords(keepdims=True))]
        yield np.linalg.matrix_norm, False, calls
    yield np.linalg.cond, False, [(regular(3, 3),), (A(2, 3), 2), (regular(2, 3, 3),)]
    yield np.linalg.cholesky, True, [(definite(3, 3),)], hermitian
    yield np.linalg.eigvalsh, True, [(definite(3, 3),)], hermitian
    for function in (np.fft.hfft, np.fft.ihfft):
        calls = [(A(4),), (A(5),), (A(5), 6), (A(2, 4), None, 0), (A(4), None, -1, "ortho")]
        yield function, function is np.fft.hfft, calls
    for function in (np.polyadd, np.polysub):
        yield function, True, [(A(3), A(3)), (A(2), A(4)), (A(4), A(1))]
    real, pair = np.array([1.0, -3.5, 1.2, 2.0]), np.array([2.0, 0.3, 1.0])
    yield np.roots, True, [(real,), (pair,), (np.array([1.0, 0.5]),)]
    yield np.corrcoef, False, [(A(3, 5),), (A(5), A(5)), (A(5, 2), None, False)]
    if hasattr(np, "unstack"):
        yield np.unstack, True, [(A(3, 2),), (A(2, 3), Keywords(axis=1))]
        yield np.cumulative_sum, True, [(A(3),), (A(2, 3), Keywords(axis=1))]
        yield np.cumulative_prod, True, [(A(3),), (A(2, 3), Keywords(axis=0))]


def hermitian(tangent: np.ndarray) -> np.ndarray:
    """The directions in which functions of Hermitian matrices are differentiated."""
    return 0.5 * (tangent + np.conj(np.swapaxes(tangent, -1, -2)))


def samplers() -> list[Any]:
    """Functions with tests of their own, in `test_random`."""
    rule_for(np.random.normal)  # reads their rules
    ours = [r for r in rules() if getattr(r.function, "__module__", None) == "tapegen.rules.random"]
    return [rule.primitive for rule in ours if rule.wrt]


GROUPS = (made, sets, more)
