"""Functions as values: what is resolved, what stays, and that guards see tables change."""

import functools

import numpy as np
import pytest

import tapegen as tg


def check(f, *args):
    tg.check_grads(f, args, order=1)


def source(f, *args):
    derivative = tg.grad(f)
    derivative(*args)
    return derivative.source


def twice(f, x):
    return f(f(x))


def square(x):
    return x * x


def test_a_function_as_an_argument_leaves_nothing_behind():
    def f(x):
        return twice(lambda v: v * x, 2.0) + twice(square, x)

    check(f, 0.7)
    assert "partial" not in source(f, 0.7)


def test_partials_of_partials_and_keywords_that_a_call_overrides():
    def line(a, x, *, slope=1.0, shift=0.0):
        return a + slope * x + shift

    def f(x, y):
        one = functools.partial(line, slope=x)
        two = functools.partial(one, y, shift=x * y)
        return two(x) + two(2.0, shift=y) + one(x, y, slope=3.0)

    check(f, 0.7, 1.2)


def adaptive(f, a, b, tolerance):
    """Adaptive Simpson: recursive, and takes a function."""
    m = 0.5 * (a + b)
    whole = (b - a) / 6 * (f(a) + 4 * f(m) + f(b))
    left = (m - a) / 6 * (f(a) + 4 * f(0.5 * (a + m)) + f(m))
    right = (b - m) / 6 * (f(m) + 4 * f(0.5 * (m + b)) + f(b))
    if abs(left + right - whole) < tolerance:
        return left + right
    return adaptive(f, a, m, tolerance / 2) + adaptive(f, m, b, tolerance / 2)


def test_a_recursive_function_is_specialised_for_what_it_is_given():
    def f(k, b):
        return adaptive(lambda t: np.exp(-k * t) * np.sin(3 * t), 0.0, b, 1e-4) + adaptive(
            np.cos, 0.0, k, 1e-4
        )

    check(f, 0.7, 2.0)


def grow(k, n, x):
    if n == 0:
        return k(x)
    return grow(lambda v: k(v * x), n - 1, x)


def test_a_recursion_whose_functions_grow_is_refused():
    with pytest.raises(tg.TransformError, match="each recursive call gives it another function"):
        tg.grad(lambda x: grow(np.sin, 2, x))(0.5)


@pytest.mark.parametrize("k", [0.5, 1.5, 2.5])
def test_a_function_chosen_by_a_branch(k):
    def f(x, k):
        scale = 3.0
        if k > 2:
            act = np.tanh
        elif k > 1:
            slope = x * 2.0
            act = lambda v: v * slope
        else:
            act = functools.partial(np.multiply, scale)
        return act(x) + act(2 * x)

    check(f, 0.5, k)


TABLE = {"sin": np.sin, "square": square}
STEPS = [np.tanh, np.sin]


def test_a_table_that_changes_is_looked_up_again():
    def f(x, name):
        return TABLE[name](x)

    gradient = tg.grad(f)
    assert gradient(0.5, "square") == 1.0
    with pytest.raises(KeyError):
        gradient(0.5, "cube")
    TABLE["cube"] = lambda x: x**3
    try:
        assert gradient(0.5, "cube") == pytest.approx(0.75)
        TABLE["square"] = lambda x: 5.0 * x
        assert gradient(0.5, "square") == 5.0
    finally:
        TABLE.pop("cube")
        TABLE["square"] = square


def test_a_list_of_functions_with_weights_and_an_index_that_is_out_of_range():
    def f(x, w):
        for a, g in zip(w, STEPS):
            x = g(a * x)
        return x

    check(f, 0.5, np.array([0.7, 1.3]))
    pick = tg.grad(lambda x, k: STEPS[k](x))
    assert pick(0.5, -1) == pytest.approx(np.cos(0.5))
    with pytest.raises(IndexError):
        pick(0.5, 2)


def test_a_list_that_changes_is_followed():
    def f(x):
        steps = [np.sin, square]
        steps.append(np.exp)
        steps[0] = np.cos
        total = x
        for k in range(3):
            total = steps[k](total)
        last = steps.pop()
        return total * last(x) * steps[-1](x)

    check(f, 0.5)


def test_a_list_that_changes_in_a_loop_or_a_branch_gives_no_wrong_number():
    def in_a_loop(x):
        steps = [np.sin, square]
        for _ in range(20):
            x = steps[0](x)
            steps[0] = np.cos
        return x

    def in_a_branch(x):
        steps = [np.sin, square]
        if x > 0:
            steps[0] = np.cos
        return steps[0](x)

    def by_another_name(x):
        steps = [np.sin, square]
        same = steps
        same[0] = np.cos
        return steps[0](x)

    check(in_a_loop, 0.5)  # unrolled
    check(by_another_name, 0.5)
    with pytest.raises(tg.TransformError):
        tg.grad(in_a_branch)(0.5)


def test_optional_callbacks_and_norms():
    def step(x, callback=None, norm=None):
        norm = np.sum if norm is None else norm
        if callback is not None and callable(callback):
            callback(x)
        return norm(x * x)

    seen = []

    def f(x):
        return step(x) * step(x, norm=np.max) + step(x, callback=seen.append)

    tg.check_grads(f, (np.array([0.3, 0.9]),), order=1)


def test_options_that_are_passed_on():
    def inner(x, scale=1.0, shift=0.0):
        return scale * x + shift

    def outer(f, *args, **options):
        options.setdefault("shift", 2.0)
        scale = options.pop("scale", 3.0)
        return f(*args, scale=scale, **options)

    def f(x, y):
        return outer(inner, x, scale=y) * outer(inner, y) + outer(inner, x, shift=x)

    check(f, 0.5, 1.5)


def counted(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            result = function(*args, **kwargs)
            for _ in range(times - 1):
                result = result + function(*args, **kwargs)
            return result

        return wrapper

    return decorate


@counted(times=3)
def cube(x, *, scale=1.0):
    return scale * x**3


def test_a_decorator_with_arguments():
    def f(x):
        return cube(x) + cube(x, scale=x)

    check(f, 0.8)


def test_a_result_with_functions_in_it():
    def optimiser(rate):
        def init(x):
            return x, 0.0 * x

        def update(gradient, state):
            x, momentum = state
            momentum = 0.9 * momentum + gradient
            return x - rate * momentum, momentum

        return init, update

    def f(x, rate):
        init, update = optimiser(rate)
        state = init(x)
        for _ in range(4):
            state = update(2 * state[0], state)
        return np.sum(state[0])

    check(f, np.array([1.0, 0.3]), 0.1)
