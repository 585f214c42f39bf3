"""Cotangents of arrays that are written in place, and of containers that hold them."""

import numpy as np
import pytest

import tapegen
from tests.transforms.agreement import agree

X = np.array([0.3, -0.5, 0.8, 0.2, 0.6])
Y = np.array([0.7, 0.1, -0.4, 0.9, 0.25])
M = np.arange(12.0).reshape(3, 4) * 0.1 - 0.3


def view_of_view(x):
    a = x * 2
    v = a[1:]
    w = v[::-1]
    w[0] = w[1] * w[2]
    v *= a[:-1]
    return np.sum(a**2)


def view_taken_before_write(x):
    a = x * 1.0
    v = a[1:]
    w = v[1:]
    a[2] = a[0] ** 2
    return np.sum(w * w)


def view_kept_in_tuple(x):
    a = x * 1.0
    t = (a[1:], 2.0)
    a[2] = a[0] ** 2
    return np.sum(t[0] * t[0]) * t[1]


def tuple_of_written(x, y):
    a = x * 1.0
    b = y * 1.0
    t = (a, b)
    t[0][1:] = t[1][:-1] * t[0][1:]
    u = t[1]
    u[0] = a[1] ** 2
    return np.sum(a * b)


def list_of_written(x, y):
    a = x * 1.0
    items = [a, y * 1.0]
    items[0][2] = items[1][2] * a[2]
    return np.sum(a * items[1]) + np.sum(items[0] ** 2)


def number_beside_written(x, y):
    d = {"number": y[0], "array": x}
    x[x > 0.25] *= 0.7
    return np.sum(x) + d["number"] ** 2


def joined_display(x, y):
    a = x * 1.0
    pair = [a, y]
    c = np.concatenate(pair)
    a[0] = c[3] ** 2
    return np.sum(c * c) + np.sum(np.stack(pair) ** 3)


def overlapping_shift(x):
    a = x * 1.0
    a[1:] = a[:-1]
    a[:-1] += a[1:]
    return np.sum(a * np.arange(5.0))


def whole_array_with_itself(x):
    a = x * 1.0
    a += a[::-1]
    a *= a[::-1]
    a += a
    return np.sum(a * np.arange(5.0))


def repeated_indices(x):
    a = x[:3] * 1.0
    index = np.array([0, 1, 0, 2, 0])
    a[index] *= x
    a[index] -= x**2
    return np.sum(a * np.array([1.0, 2.0, 3.0]))


def index_changes(x):
    index = np.array([0, 1, 2])
    b = x[index] * 2
    index[0] = 4
    return np.sum(b * b) + np.sum(x[index] ** 3)


def written_arguments(x, y):
    x[1:] *= y[1:]
    y[:] = x
    x[0] = y[1] * y[2]
    return np.sum(x * y)


def rows_by_iteration(m):
    a = m * 1.0
    for i in range(3):
        a[i, i] = a[i, i] ** 2 + a[i, i - 1]
        a[i] /= 1.0 + a[i, i] ** 2
    return np.sum(a)


def either_of_two(x, y):
    a = x * 1.0
    b = y * 1.0
    if a[0] > b[0]:
        c = a
    else:
        c = b
    c[1:] = a[:-1] * b[1:]
    return np.sum(a) + np.sum(b * c)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (view_of_view, (X,)),
        (view_taken_before_write, (X,)),
        (view_kept_in_tuple, (X,)),
        (tuple_of_written, (X, Y)),
        (list_of_written, (X, Y)),
        (joined_display, (X, Y)),
        (overlapping_shift, (X,)),
        (whole_array_with_itself, (X,)),
        (repeated_indices, (X,)),
        (index_changes, (X,)),
        (written_arguments, (X, Y)),
        (rows_by_iteration, (M,)),
        (either_of_two, (X, Y)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_first_and_second_order(f, args):
    agree(f, *args, second=True)


def nested_swaps(x, y):
    a = x * 1.0
    b = y * 1.0
    for i in range(3):
        for j in range(1, 4):
            b[j] = a[j - 1] * a[j + 1] + 0.5 * b[j]
            a, b = b, a
    return np.sum(a * a) + np.sum(b * 3)


def grown_list_of_written(x):
    items = [x * 1.0, x * 2.0]
    for i in range(3):
        items.append(items[-1] * items[-2])
        items[-1][0] = x[i]
    return np.sum(items[-1] * items[1])


def replaced_in_list(x):
    items = []
    a = x * 1.0
    for _ in range(3):
        items.append(a)
        a = a * x
    items[1][0] = 5.0
    items[0] = items[1] * items[2]
    return np.sum(items[0]) + np.sum(items[1]) + np.sum(a)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (nested_swaps, (X, Y)),
        (number_beside_written, (X, Y)),
        (grown_list_of_written, (X,)),
        (replaced_in_list, (X,)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_first_order(f, args):
    agree(f, *args)


def returns_itself(v, n):
    if n == 0:
        return v
    return returns_itself(v, n - 1)


def test_recursive_alias_is_refused():
    def f(x):
        a = x * 1.0
        b = returns_itself(a, 2)
        b[0] = b[1] * 2
        return np.sum(a * a)

    with pytest.raises(
        tapegen.TransformError, match="cannot tell whether the result of returns_itself shares memory"
    ):
        tapegen.vjp(f, X)


def rebound_in_a_branch(x):
    a = x * 1.0
    for i in range(2):
        if a[i] > 0.25:
            a[i] = a[i] ** 2
        else:
            a = a + 1.0
    return np.sum(a * a)


def test_second_order_of_arrays_found_when_it_runs():
    agree(rebound_in_a_branch, X, second=True)


def test_written_arguments_that_share_memory_are_refused():
    def f(x, y):
        x[0] = y[1] * 2
        return np.sum(x * y)

    z = X.copy()
    for mode in (tapegen.vjp, lambda f, *args: tapegen.jvp(f, args, args)):
        with pytest.raises(ValueError, match="pass a copy of one of them"):
            mode(f, z, z[::-1])
    agree(f, X[:2], Y[:2])


def test_index_of_a_number():
    def f(x):
        total = np.zeros(())
        total += x[0] * x[1]
        return (total * 2.0)[()] * x[2]

    agree(f, X, second=True)
