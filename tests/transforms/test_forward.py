"""The forward transform."""

import numpy as np

import tapegen
from tests.transforms.agreement import agree


def test_tangents_are_not_written():
    def f(x, items):
        x[1:] *= x[:-1]
        items.append(x[0] * items[0])
        return np.sum(x) + items[1]

    tangents = (np.ones(3), [2.0])
    tapegen.jvp(f, (np.arange(3.0), [1.0]), tangents)
    assert np.array_equal(tangents[0], np.ones(3))
    assert tangents[1] == [2.0]


def test_written_arguments():
    def f(x, y):
        a = np.tanh(y @ y)
        x += 0.3 * x
        y[::-1] = x * y
        return a + np.sum(x * y)

    agree(f, np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.2, 0.1]))


def test_index_read_from_what_is_written():
    def f(x, t):
        x[x > 0.2] = np.sin(t * t)
        x[x < 0.15] += t
        return np.sum(x * x) * t

    agree(f, np.array([0.1, 0.4, 0.3]), 0.45)
