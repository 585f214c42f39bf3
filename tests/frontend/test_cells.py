"""Variables that inner functions share with the function around them, and change."""

import functools

import numpy as np
import pytest

import tapegen as tg


def written_in_a_loop_and_a_branch(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v * x

    for i in range(5):
        add(x + i)
        if total > 3:
            add(-1.0)
    return total


def none_at_first(x):
    best = None

    def note(v):
        nonlocal best
        if best is None or v > best:
            best = v

    for v in x:
        note(v * v)
    return best


def grows_in_a_loop(x):
    f = lambda v: v
    for k in range(3):
        g = f
        f = lambda v, g=g, k=k: g(v) * x + k
    return f(x)


def defaults_that_are_computed(x, n=3):
    def power(v, m=n + 1, *, bias=x * 2):
        return v**m + bias

    return power(x) + power(x, 2) + power(x, bias=x)


def memoised_recursion(x):
    @functools.lru_cache(maxsize=None)
    def fib(n):
        if n < 2:
            return x
        return fib(n - 1) * 0.5 + fib(n - 2)

    return fib(8)


def decorated_inside(x):
    def twice(f):
        @functools.wraps(f)
        def w(*a):
            return f(f(*a))

        return w

    @twice
    def h(v):
        return np.sin(v) * x

    return h(x)


def arrays_that_are_rebound(x):
    u = x.copy()
    scale = 1.0

    def step():
        nonlocal u, scale
        u = u * scale + 0.1 * np.roll(u, 1)
        scale = scale * 0.9

    for _ in range(20):
        step()
    return np.sum(u)


def two_sets_of_closures(x):
    def acc():
        t = 0.0

        def add(v):
            nonlocal t
            t = t + v
            return t

        def get():
            return t

        return add, get

    a, g = acc()
    a(x)
    a(x * x)
    b, h = acc()
    b(g())
    return g() * h()


def counted_late(x):
    functions = []
    for k in range(3):
        functions = [*functions, lambda v: v * x + k]
    k = 5
    return functions[0](x) * functions[2](2.0)


def changed_after_it_was_passed(x):
    def compose(f, g):
        return lambda v: f(g(v))

    f = np.sin
    for k in range(3):
        f = compose(f, lambda v: v * x + k)
    return f(x)


SCALAR = [
    written_in_a_loop_and_a_branch,
    grows_in_a_loop,
    defaults_that_are_computed,
    memoised_recursion,
    decorated_inside,
    two_sets_of_closures,
    counted_late,
    changed_after_it_was_passed,
]


@pytest.mark.parametrize("f", SCALAR, ids=lambda f: f.__name__)
def test_of_a_number(f):
    tg.check_grads(f, (0.7,), order=1)


@pytest.mark.parametrize("f", [none_at_first, arrays_that_are_rebound], ids=lambda f: f.__name__)
def test_of_an_array(f):
    tg.check_grads(f, (np.array([0.3, 1.2, -0.7]),), order=1)


def test_no_cell_is_left_in_generated_code():
    gradient = tg.grad(written_in_a_loop_and_a_branch)
    gradient(0.7)
    assert "[0]" not in gradient.source


def test_a_write_that_others_see_is_refused():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return x * count

    with pytest.raises(tg.TransformError, match="an assignment to the nonlocal `count`"):
        tg.grad(f)(1.0)


def test_functions_that_call_themselves_through_a_variable_are_refused():
    def f(x):
        again = None

        def g(n, v):
            return v if n == 0 else again(n - 1, v * x) + again(n - 1, v)

        again = g
        return again(3, x)

    with pytest.raises(tg.TransformError, match="never end to call each other"):
        tg.grad(f)(0.5)


def test_a_condition_that_changes_variables_and_arrays():
    def changes_variables(x):
        total = 0.0

        def bump(v):
            nonlocal total
            total = total + v
            return total > 2

        for k in range(5):
            if bump(x * k):
                total = total * 1.5
        while not bump(x):
            total = total + 0.1
        return total * x

    def changes_an_array(x):
        u = x.copy()

        def double(v):
            v *= 2.0
            return np.sum(v) > 2

        if double(u) and len(u) > 1:
            u = u + 1.0
        return np.sum(u * x)

    tg.check_grads(changes_variables, (0.7,), order=1)
    tg.check_grads(changes_an_array, (np.array([1.0, 2.0]),), order=1)
