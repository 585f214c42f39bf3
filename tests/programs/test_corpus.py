"""The corpus itself: large enough, deterministic, finite, smooth where it is tested, its tags true."""

import numpy as np
import pytest

from tapegen.testing import differences, trees

from . import registry

PROGRAMS = registry.load()


def test_size():
    assert len(PROGRAMS) >= 300
    assert sum(p.level == 2 for p in PROGRAMS.values()) >= 120


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_is_fit_for_testing(name):
    program = PROGRAMS[name]
    args = program.args()
    first, second = trees.fresh(args), trees.fresh(args)
    out = program.function(*first)
    again = program.function(*second)
    assert trees.leaves(out), "no float in the result"
    for (path, a), (_, b) in zip(trees.leaves((out, first)), trees.leaves((again, second)), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=f"not deterministic at {path}")
        assert np.all(np.isfinite(a))
    assert _changed(args, first) == ("writes_argument" in program.tags)

    direction = trees.random_like(args, np.random.default_rng(1), program.argnums)
    difference = differences.central(program.function, args, direction)
    assert difference.relative_error < 1e-7, "near a kink, or too noisy to be checked by differences"


def _changed(before, after):
    # Objects of a class of the test's own are what their attributes are.
    before, after = ([vars(x) if hasattr(x, "__dict__") else x for x in args] for args in (before, after))
    a, b = trees.leaves(before), trees.leaves(after)
    return len(a) != len(b) or any(not np.array_equal(x, y) for (_, x), (_, y) in zip(a, b, strict=True))
