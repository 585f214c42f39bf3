"""Every rule, on every call of the table."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tapegen.rules.evaluate import pullback

from .harness import (
    Call,
    close,
    difference,
    dual,
    inner,
    leaves,
    like,
    map_leaves,
    random_like,
    tangent,
)
from .table import rows

ROWS = rows()
NAMES = [f"{group}-{getattr(function, '__name__', function)}" for group, function, *_ in ROWS]


def calls(row: tuple, kind: str = "float64"):
    _, function, _, arguments, project = row
    for i, args in enumerate(arguments):
        yield Call(function, args, kind, i, project)


def kinds(row: tuple) -> list[str]:
    return ["float64", "complex128"] if row[2] else ["float64"]


def check_first_order(call: Call) -> None:
    before = copy.deepcopy((call.args, call.keywords))
    tangents = call.tangents()
    ct = random_like(call.rng, call.out)
    cotangents, pushed = call.pull(ct), call.push(tangents)
    label = f"{call.rule.name}{call.args}{call.keywords}"
    assert all(like(c, v) for c, v in zip(cotangents, call.bound_active(), strict=True)), label
    assert like(pushed, call.out), f"tangent of {label}: {pushed!r} for {call.out!r}"
    left, scale = inner(ct, pushed)
    right, other_scale = inner(list(cotangents), tangents)
    assert abs(left - right) <= 1e-12 * max(scale, other_scale), f"dot product {left} and {right}: {label}"
    numeric = difference(lambda h: leaves(call.run(call.moved(tangents, h))))
    for a, b in zip(leaves(pushed), numeric, strict=True):
        assert close(a, b, 3e-8), f"jvp {a} is not {b}: {label}"
    np.testing.assert_equal((call.args, call.keywords), before, f"{label} has changed its arguments")


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_first_order(row: tuple) -> None:
    for kind in kinds(row):
        for call in calls(row, kind):
            check_first_order(call)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_each_argument_alone(row: tuple) -> None:
    for call in calls(row):
        if len(call.active) < 2:
            continue
        ct = random_like(call.rng, call.out)
        together = call.pull(ct)
        for position, expected in zip(call.active, together, strict=True):
            (alone,) = call.pull(ct, (position,))
            for a, b in zip(leaves(alone), leaves(expected), strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_float32(row: tuple) -> None:
    if getattr(row[1], "__name__", "") == "logm":
        pytest.skip("SciPy warns of its accuracy in single precision")
    for double, single in zip(calls(row), calls(row, "float32"), strict=True):
        if not all(is_float32(leaf) for leaf in leaves(single.out)):
            continue
        ct = random_like(single.rng, single.out)
        cotangents = single.pull(ct)
        label = f"{single.rule.name}{single.args}"
        assert all(like(c, v) for c, v in zip(cotangents, single.bound_active(), strict=True)), label
        assert like(single.push(single.tangents()), single.out), label
        exact = double.pull(map_leaves(lambda c: np.asarray(c, float) if np.ndim(c) else float(c), ct))
        for a, b in zip(leaves(list(cotangents)), leaves(list(exact)), strict=True):
            assert close(a, b, 1e-4), f"{label}: {a} is not {b}"


def is_float32(value: Any) -> bool:
    return getattr(value, "dtype", None) == np.float32


def check_second_order(call: Call) -> None:
    """Push tangents through the body of the rule itself, against differences of its cotangents."""
    tangents = call.tangents()
    ct = random_like(call.rng, call.out)
    bound = list(call.bound)
    for position, t in zip(call.active, tangents, strict=True):
        bound[position] = dual(call.bound[position], t)
    out = dual(call.out, call.push(tangents))
    pushed = pullback(call.rule, bound, None, out, call.active)(ct)

    def first(h: float) -> list[Any]:
        values = call.moved(tangents, h)
        moved = list(call.bound)
        for position, value in zip(call.active, values, strict=True):
            moved[position] = value
        return leaves(list(pullback(call.rule, moved, None, call.run(values), call.active)(ct)))

    label = f"{call.rule.name}{call.args}{call.keywords}"
    for a, b in zip(leaves(list(pushed)), difference(first), strict=True):
        assert close(tangent(a), b, 1e-6), f"second order {tangent(a)} is not {b}: {label}"


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_second_order(row: tuple) -> None:
    if getattr(row[1], "__module__", None) == "math":
        pytest.skip("takes Python numbers only; the bodies are those of NumPy's functions")
    for kind in kinds(row):
        for call in calls(row, kind):
            check_second_order(call)
