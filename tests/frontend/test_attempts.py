"""`try`: the primal decides which handler runs, and the derivative is that of what ran."""

import numpy as np
import pytest

import tapegen as tg


class NotConverged(Exception):
    pass


def solve_or_least_squares(a, b):
    try:
        x = np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        x = a.T @ b
    return np.sum(x**2)


def newton(x, a, steps):
    for _ in range(steps):
        x = x - (x**2 - a) / (2 * x)
        if abs(x**2 - a) < 1e-10:
            return x
    raise NotConverged(f"after {steps} steps")


def newton_or_bisection(a, steps):
    try:
        root = newton(1.0 + 0.0 * a, a, steps)
    except NotConverged:
        low, high = 0.0, 1.0 + a
        for _ in range(30):
            middle = 0.5 * (low + high)
            if middle**2 > a:
                high = middle
            else:
                low = middle
        root = 0.5 * (low + high)
        root = root - (root**2 - a) / (2 * root)
    return root * a


def with_else_and_finally(x):
    count = 0
    try:
        y = np.log(x)
        if x > 1.0:
            raise ValueError("too large", x)
    except ValueError as error:
        y = x * len(error.args)
    else:
        y = y * 3.0
    finally:
        count += 1
    return y * count


def retries(a, shift):
    for attempt in range(5):
        try:
            return np.sum(np.linalg.cholesky(a)) * shift
        except np.linalg.LinAlgError:
            a = a + shift * np.eye(2)
    raise NotConverged


def skips_in_a_loop(x):
    total = 0.0
    for v in x:
        try:
            if v < 0:
                raise ArithmeticError
            term = np.sqrt(v)
        except ArithmeticError:
            continue
        total += term * v
    return total


def breaks_out(x):
    total = 0.0
    for k in range(len(x)):
        try:
            total = total + 1.0 / float(3 - k) * x[k]
        except ZeroDivisionError:
            break
    return total


def nested(x):
    try:
        try:
            if x > 0.5:
                raise KeyError("inner")
            y = x
        except KeyError:
            if x > 0.8:
                raise
            y = 2.0 * x
    except LookupError:
        y = 3.0 * x
    return y * x


def by_a_closure(x, k):
    scale = x

    def helper(v):
        if v > k:
            raise OverflowError
        return v * scale

    try:
        result = helper(x) + helper(2 * x)
    except OverflowError:
        result = -x
    return result


MATRICES = [np.array([[2.0, 0.3], [0.1, 1.0]]), np.array([[1.0, 2.0], [2.0, 4.0]])]
CASES = [
    *((solve_or_least_squares, (a, np.array([1.0, 0.5]))) for a in MATRICES[:1]),
    (newton_or_bisection, (2.0, 20)),
    (newton_or_bisection, (2.0, 1)),
    (with_else_and_finally, (0.7,)),
    (with_else_and_finally, (1.7,)),
    (skips_in_a_loop, (np.array([0.5, -1.0, 2.0]),)),
    (breaks_out, (np.arange(1.0, 6.0),)),
    (nested, (0.3,)),
    (nested, (0.6,)),
    (nested, (0.9,)),
    (by_a_closure, (0.3, 1.0)),
    (by_a_closure, (0.7, 1.0)),
]


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_gradients(f, args):
    tg.check_grads(f, args, order=1)


def test_the_handler_of_a_singular_matrix():
    a, b = MATRICES[1], np.array([1.0, 0.5])
    x = a.T @ b
    np.testing.assert_allclose(tg.grad(solve_or_least_squares, 1)(a, b), 2 * a @ x)


def test_retries():
    a, shift = np.array([[1.0, 2.0], [2.0, 1.0]]), 0.7
    value, slope = tg.value_and_grad(retries, 1)(a, shift)
    assert value == retries(a, shift)
    h = 1e-6
    np.testing.assert_allclose(slope, (retries(a, shift + h) - retries(a, shift - h)) / (2 * h), rtol=1e-6)


def test_what_is_not_caught_is_raised():
    with pytest.raises(ValueError, match="no"):
        tg.grad(uncaught)(1.0, [])


def uncaught(x, seen):
    try:
        if x > 0:
            raise ValueError("no")
    except KeyError:
        x = 2 * x
    return x


def prints(x):
    try:
        print(x)
        return x * x
    except ValueError:
        return x


def writes(x):
    u = np.zeros(3)
    try:
        u[0] = x
    except ValueError:
        u[1] = x
    return np.sum(u)


def halfway(x):
    y = 1.0
    try:
        y = x * x
        z = np.log(y) / float(y > 1)
    except ZeroDivisionError:
        z = y
    return z * y


def counts(x):
    calls = 0

    def f(v):
        nonlocal calls
        calls += 1
        return v * calls

    try:
        y = f(x)
    except ValueError:
        y = x
    return y


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (prints, "it calls print"),
        (writes, "writes into an array or a list from outside"),
        (halfway, "`y` may be read after an exception"),
        (counts, "writes into an array or a list from outside"),
    ],
)
def test_blocks_that_cannot_run_twice_are_refused(f, what):
    with pytest.raises(tg.TransformError, match=what):
        tg.grad(f)(0.5)


def averaged(x, mean=np.mean):
    try:
        result = mean(x)
        y = result * x
    except Exception:
        print(x)
        raise
    return np.sum(y)


def test_a_handler_that_hands_every_exception_on_decides_nothing():
    x = np.array([1.0, 2.0, 3.0])
    assert np.allclose(tg.grad(averaged)(x), np.sum(x) / 3 + np.mean(x))
    with pytest.raises(np.linalg.LinAlgError):
        tg.grad(averaged)(x, lambda x: np.linalg.solve(np.zeros((3, 3)), x))


def cleared(x, mean=np.mean):
    try:
        result = mean(x)
        y = result * x
    except Exception:
        x.fill(0.0)
        raise
    return np.sum(y)


def test_a_handler_that_writes_before_it_hands_on_is_not_left_out():
    x = np.array([1.0, 2.0, 3.0])
    with pytest.raises(tg.TransformError, match="cannot differentiate this `try`"):
        tg.grad(cleared)(x, lambda x: np.linalg.solve(np.zeros((3, 3)), x))
