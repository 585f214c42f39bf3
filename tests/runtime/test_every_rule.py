"""Every function of the rule book that NumPy hands over to Tensors: recorded, with the gradient that its rule has."""

import numpy as np
import pytest

from tapegen.rules import rule_for
from tapegen.runtime import GradientTape, Tensor
from tests.rules.harness import Call, is_inexact, leaves, map_leaves, random_like
from tests.rules.table import rows


def is_handed_over(function):
    """Whether NumPy asks the arguments of a function for their own way of doing it; kernels do too."""
    return isinstance(function, np.ufunc) or hasattr(function, "_implementation")


# NumPy looks at the first argument of `full_like` alone, which is not the one with the derivative.
ROWS = [r for r in rows() if is_handed_over(r[1]) and rule_for(r[1]) is not None and r[1] is not np.full_like]
NAMES = [f"{group}-{getattr(function, '__name__', function)}" for group, function, *_ in ROWS]
CALLS_OF_EACH = 3


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_recorded_as_its_rule_has_it(row):
    _, function, _, calls, project = row
    for i, args in enumerate(list(calls)[:CALLS_OF_EACH]):
        check(Call(function, args, "float64", i, project))


def check(call):
    tensors = [map_leaves(lambda leaf: Tensor(np.asarray(leaf)), value) for value in call.bound_active()]
    sources = leaves(tensors)
    with GradientTape() as tape:
        tape.watch(sources)
        out = call.run(tensors)
    found, wanted = leaves(out), leaves(call.out)
    label = f"{call.rule.name}{call.args}{call.keywords}"
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-12, err_msg=label)
    ct = random_like(call.rng, call.out)
    pairs = [(t, c) for t, c, value in zip(found, leaves(ct), wanted, strict=True) if is_inexact(value)]
    assert all(isinstance(t, Tensor) for t, _ in pairs), label
    slopes = tape.gradient([t for t, _ in pairs], sources, [c for _, c in pairs], "zero")
    for slope, cotangent in zip(slopes, leaves(list(call.pull(ct))), strict=True):
        np.testing.assert_allclose(slope.numpy(), np.asarray(cotangent), rtol=1e-9, atol=1e-12, err_msg=label)


def test_what_numpy_does_not_hand_over_is_an_error():
    x = Tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="would write a recorded Tensor into an array"):
            np.full_like(np.ones(2), x)


def test_there_are_enough():
    assert len({id(row[1]) for row in ROWS}) >= 250
