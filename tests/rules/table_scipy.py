"""The rows of the table for SciPy, see `table`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from .arguments import A, Keywords, binary, reduced, regular, unary


def scipy_special() -> Iterator[tuple]:
    special = pytest.importorskip("scipy.special")
    for name in ("erf", "erfc"):
        yield getattr(special, name), True, unary(0.5, 1.5)
    names = "gamma loggamma gammaln rgamma digamma erfcx ndtr log_ndtr expit log_expit entr j0 j1 y0 y1 i0 i1"
    for name in names.split():
        yield getattr(special, name), False, unary(0.5, 1.5)
    for name in ("erfinv", "ndtri", "logit", "erfcinv"):
        yield getattr(special, name), False, unary(0.2, 0.8)
    for name in "beta betaln xlogy xlog1py rel_entr kl_div".split():
        yield getattr(special, name), False, binary(0.5, 2.0)
    yield special.polygamma, False, [(1, A(3, low=0.5)), (2, A(2, 3, low=0.5))]
    for name in ("jv", "yv", "iv", "kv"):
        yield getattr(special, name), False, [(1, A(3, low=0.5)), (np.array([0, 2]), A(3, 1, low=0.5))]
    for name in ("gammainc", "gammaincc"):
        yield getattr(special, name), False, [(2, A(3, low=0.5))]
    yield special.betainc, False, [(2, 3, A(3, low=0.2, high=0.8))]
    yield special.logsumexp, False, reduced(empty=False)
    for name in ("softmax", "log_softmax"):
        yield getattr(special, name), False, [(A(3),), (A(2, 3),), (A(2, 3), 1), (A(2, 3), 0)]


def scipy_linalg() -> Iterator[tuple]:
    linalg = pytest.importorskip("scipy.linalg")
    systems = [(regular(3, 3), A(3)), (regular(3, 3), A(3, 2))]
    yield linalg.solve, True, systems
    yield linalg.inv, True, [(regular(3, 3),)]
    yield linalg.det, True, [(regular(3, 3),)]
    yield linalg.expm, True, [(A(3, 3),), (A(2, 2),)]
    yield linalg.solve_triangular, True, [*systems, *((*s, Keywords(lower=True)) for s in systems)]


def scipy_signal() -> Iterator[tuple]:
    signal = pytest.importorskip("scipy.signal")
    for function in (signal.convolve, signal.fftconvolve):
        pairs = [(A(5), A(3)), (A(3), A(5)), (A(3, 4), A(2, 3)), (A(4), A(4))]
        yield function, True, [(a, b, mode) for a, b in pairs for mode in ("full", "same", "valid")]
    yield signal.lfilter, False, [([1.0, 0.5], [1.0, -0.3], A(5)), ([0.5], [1.0, 0.2, 0.1], A(2, 4), 0)]


GROUPS = (scipy_special, scipy_linalg, scipy_signal)


def elsewhere() -> list[Callable[..., Any]]:
    """Functions of functions, which have tests of their own in `test_callables`."""
    integrate = pytest.importorskip("scipy.integrate")
    optimize = pytest.importorskip("scipy.optimize")
    return [
        functools.partial,
        *(getattr(integrate, name) for name in ("quad", "odeint", "solve_ivp")),
        *(
            getattr(optimize, name)
            for name in (
                "brentq brenth bisect ridder newton fsolve fixed_point root root_scalar minimize minimize_scalar "
                "least_squares"
            ).split()
        ),
    ]
