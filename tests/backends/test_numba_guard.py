"""Compiled code that raises where NumPy does not is at fault: it says so once and is not run again."""

import pytest

import tapegen as tg
from tapegen.backends.numba.compile import Module
from tapegen.backends.numba.run import guarded
from tapegen.backends.options import Numba
from tapegen.optimise.rewrite import core

pytest.importorskip("numba")
FUNCTION = core("def f(x):\n    return x")


def broken(calls, writes=False):
    def function(x):
        calls.append(x)
        raise IndexError("out of bounds")

    return Module(function, "", writes)


def test_a_fault_of_compiled_code_is_said_once():
    calls = []
    run = guarded(broken(calls), FUNCTION, lambda x: 2 * x, Numba())
    with pytest.warns(tg.TapegenWarning, match="a fault of tapegen: IndexError: out of bounds"):
        assert run(3) == 6
    assert run(4) == 8 and calls == [3]


def test_a_fault_of_compiled_code_is_an_error_where_that_is_asked_for():
    run = guarded(broken([]), FUNCTION, lambda x: 2 * x, Numba(fallback="error"))
    with pytest.raises(tg.TransformError, match="a fault of tapegen"):
        run(3)


def test_a_fault_of_the_call_is_numpys_error_and_compiled_code_stays():
    def plain(x):
        raise IndexError("NumPy's own words")

    calls = []
    run = guarded(broken(calls), FUNCTION, plain, Numba())
    for x in (1, 2):
        with pytest.raises(IndexError, match="NumPy's own words"):
            run(x)
    assert calls == [1, 2]


def test_what_may_have_written_is_not_run_again():
    run = guarded(broken([], writes=True), FUNCTION, lambda x: 2 * x, Numba())
    with pytest.raises(IndexError, match="out of bounds"):
        run(1)
