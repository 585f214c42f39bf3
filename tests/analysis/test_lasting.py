"""Elements that are not overwritten after they have been read."""

import pytest

from tapegen.analysis.lasting import lasting
from tapegen.analysis.shapes import infer
from tapegen.analysis.values import Array, Size
from tapegen.optimise.rewrite import core


def found(text):
    fn = core(text)
    facts = infer(
        fn, {"a": Array("float64", (Size.of("n"), Size.of("m"))), "b": Array("float64", (Size.of("k"),))}
    )
    result = lasting(fn, facts, lambda name: name, lambda name: name in fn.params)
    return sorted(result.read), sorted(result.stored)


CHOLESKY = """
def f(a):
    for i in range(1, np.shape(a)[0]):
        for j in range(i):
            row = a[i, :j]
            other = a[j, :j]
            old = a[i, j]
            pivot = a[j, j]
            new = old / pivot
            a[i, j] = new
        left = a[i, :i]
        last = np.dot(left, left)
        a[i, i] = last
    return a
"""


def test_rows_of_a_triangle():
    assert found(CHOLESKY) == (["left", "other", "pivot", "row"], ["last", "new"])


@pytest.mark.parametrize(
    ("index", "lasts"),
    [("b[i - 1]", True), ("b[:i]", True), ("b[i]", False), ("b[i + 1]", False), ("b[:i + 1]", False)],
)
def test_what_is_behind_or_ahead_of_the_store(index, lasts):
    text = f"""
def f(b):
    for i in range(1, np.shape(b)[0] - 1):
        read = {index}
        b[i] = 2.0
    return b
"""
    assert (found(text)[0] == ["read"]) == lasts


def test_a_loop_that_runs_down():
    text = """
def f(b):
    for i in range(np.shape(b)[0] - 2, 0, -1):
        above = b[i + 1]
        below = b[i - 1]
        b[i] = 2.0
    return b
"""
    assert found(text)[0] == ["above"]


def test_a_second_sweep_overwrites():
    text = """
def f(b):
    for t in range(3):
        for i in range(1, np.shape(b)[0]):
            read = b[i - 1]
            b[i] = read
    return b
"""
    assert found(text) == ([], [])


def test_an_index_that_may_be_negative_counts_from_the_end():
    text = """
def f(b):
    for i in range(np.shape(b)[0]):
        read = b[i - 1]
        b[i] = 2.0
    return b
"""
    assert found(text)[0] == []


def test_a_while_loop_may_come_back():
    text = """
def f(b, n):
    i = 1
    while i < n:
        read = b[0]
        b[i] = read
        i = i + 1
    return b
"""
    assert found(text)[0] == []


def test_other_names_and_calls_may_write():
    text = """
def f(b):
    read = b[0]
    np.add.at(b, 0, 1.0)
    return b
"""
    assert found(text)[0] == []
