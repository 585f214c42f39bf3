"""Transforms in many threads at once: nested ones, the first compilation raced for, none wrong."""

import sys
import threading

import numpy as np
import pytest

import tapegen as tg

THREADS, CALLS = 8, 3000


def cube(x):
    return x * x * x


def looped(x):
    total = 0.0
    for i in range(4):
        total = total + x * x * i
    return total


def in_threads(work):
    """Run `work(number)` in eight threads that change places every microsecond; what they raised."""
    errors = []
    start = threading.Barrier(THREADS)

    def run(number):
        try:
            start.wait()
            work(number)
        except BaseException as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    return errors


def test_nested_gradients_built_in_the_threads():
    wrong = []

    def work(number):
        for i in range(CALLS):
            x = 1.0 + number + i / CALLS
            f, expected = (cube, 6 * x) if (i + number) % 2 else (looped, 12.0)
            if abs(tg.grad(tg.grad(f))(x) - expected) > 1e-12 * abs(expected):
                wrong.append((number, i))

    assert in_threads(work) == []
    assert wrong == []


@pytest.mark.parametrize("shared", [True, False])
def test_the_first_compilation_is_raced_for(shared):
    def fresh():
        def f(x, w):
            return np.sum(np.tanh(x * w) ** 2)

        return f

    one = fresh()
    found = [None] * THREADS

    def work(number):
        f = one if shared else fresh()
        found[number] = tg.value_and_grad(tg.grad(lambda x, w: f(x, w)))(0.3, 0.7)

    assert in_threads(work) == []
    assert len(set(found)) == 1


def test_kinds_of_arguments_are_raced_for():
    def f(x):
        return np.sum(x * x)

    gradient = tg.grad(f)

    def work(number):
        for i in range(40):
            x = np.full((1 + (i + number) % 9, 1 + i % 3), 1.0 + number)
            x = x.astype(np.float32) if i % 2 else x
            got = gradient(x)
            assert got.dtype == x.dtype
            assert np.array_equal(got, 2 * x)

    assert in_threads(work) == []


def test_a_helper_is_replaced_while_others_call():

    def helper_2(x):
        return 2.0 * x

    def helper_3(x):
        return 3.0 * x

    helper = helper_2

    def f(x):
        return helper(x)

    gradient = tg.grad(f)

    def work(number):
        nonlocal helper
        for i in range(60):
            if number == 0:
                helper = helper_3 if i % 2 else helper_2
            assert gradient(1.0) in (2.0, 3.0)

    assert in_threads(work) == []
    helper = helper_3
    assert gradient(1.0) == 3.0
