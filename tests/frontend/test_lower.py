"""Every stage of the frontend runs like the function that it came from."""

import copy
import inspect

import gast
import numpy as np
import pytest

from tapegen.frontend.lower import lower
from tapegen.lang.core import walk_statements
from tapegen.lang.show import show
from tapegen.lang.verify import verify
from tests.frontend.corpus import CASES


def same(a, b):
    """Equal in value and kind, objects by their attributes."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (
            a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, float) and a != a:
        return b != b
    if hasattr(a, "__dict__"):
        return same(vars(a), vars(b))
    return bool(a == b)


def outcome(call, args):
    """The result of a call and what it left of its arguments."""
    args = copy.deepcopy(args)
    try:
        result = call(*args)
    except Exception as error:
        result = (type(error), str(error))
    return result, args


def runnable(core):
    namespace = dict(core.namespace)
    exec(compile(show(core), "<stage>", "exec"), namespace)
    return namespace[core.tree.name]


def check(function, calls):
    lowered = lower(function)
    verify(lowered.core)
    for name, core in lowered.stages:
        run = runnable(core)
        for args in calls:
            expected = outcome(function, args)
            got = outcome(lambda *a: run(*lowered.arguments(a, {})), args)
            assert same(expected, got), f"{name}\n{show(core)}\n{args}\n{expected}\n{got}"
    return lowered


@pytest.mark.parametrize(("function", "calls"), CASES, ids=[function.__name__ for function, _ in CASES])
def test_every_stage_runs_like_the_original(function, calls):
    check(function, calls)


@pytest.mark.parametrize("function", [function for function, _ in CASES], ids=lambda f: f.__name__)
def test_every_statement_knows_its_origin(function):
    lines, first = inspect.getsourcelines(function)
    for stmt in walk_statements(lower(function).core.body):
        if isinstance(stmt, gast.Break):
            continue
        assert stmt.origin is not None, gast.dump(stmt)
        assert first <= stmt.origin.line < first + len(lines)
        assert stmt.origin.function == function.__qualname__
