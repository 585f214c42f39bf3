"""The gradients that tapegen is measured against are right. No test here looks at a clock."""

import copy
from itertools import pairwise

import numpy as np
import pytest

import tapegen as tg
from benchmarks import cases

CASES = cases.load()
BY_HAND = [
    pytest.param(case.primal, getattr(case, way), case, id=f"{name}-{way}")
    for name, case in CASES.items()
    for way in ("by_hand", "tuned")
    if getattr(case, way) is not None
]


def directional_derivative(f, args, argnums, direction):
    """Derivative of f along `direction`: central differences, extrapolated twice (Richardson).

    Steps are so short that no path of Black-Scholes crosses the strike, and the functions are well scaled.
    """

    def difference(h):
        ends = []
        for sign in (1, -1):
            moved = list(args)
            for n, tangent in zip(argnums, direction):
                moved[n] = args[n] + sign * h * tangent
            ends.append(float(f(*moved)))
        return (ends[0] - ends[1]) / (2 * h)

    table = [difference(h) for h in (4e-6, 2e-6, 1e-6)]
    for order in (4, 16):
        table = [(order * fine - coarse) / (order - 1) for coarse, fine in pairwise(table)]
    return table[0]


def assert_is_gradient(value, cotangents, case, args, rng):
    assert float(value) == pytest.approx(float(case.primal(*args)), rel=1e-12)
    assert [np.shape(ct) for ct in cotangents] == [np.shape(args[n]) for n in case.argnums]
    for _ in range(3):
        direction = [
            rng.normal(size=np.shape(args[n])) / max(1, np.sqrt(np.size(args[n]))) for n in case.argnums
        ]
        expected = directional_derivative(case.primal, args, case.argnums, direction)
        scale = sum(np.linalg.norm(ct) * np.linalg.norm(t) for ct, t in zip(cotangents, direction))
        got = sum(np.sum(ct * tangent) for ct, tangent in zip(cotangents, direction))
        assert got == pytest.approx(expected, rel=0, abs=1e-7 * scale)


@pytest.mark.parametrize(("primal", "gradient", "case"), BY_HAND)
def test_gradients_by_hand(primal, gradient, case, rng):
    args = case.arguments("small")
    before = copy.deepcopy(args)
    value, cotangents = gradient(*args)
    assert_is_gradient(value, cotangents, case, args, rng)
    np.testing.assert_equal(args, before)


@pytest.mark.skipif(not hasattr(tg, "value_and_grad"), reason="tapegen has no gradients yet")
@pytest.mark.parametrize("name", CASES)
def test_tapegen_agrees(name):
    case = CASES[name]
    args = case.arguments("small")
    value, cotangents = tg.value_and_grad(case.primal, argnums=case.argnums)(*args)
    expected_value, expected = case.by_hand(*args)
    assert value == pytest.approx(expected_value, rel=1e-12)
    for got, wanted in zip(cotangents, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * np.max(np.abs(wanted)))


def test_inputs_are_the_same_in_every_run():
    for case in CASES.values():
        np.testing.assert_equal(case.arguments("small"), case.arguments("small"))
