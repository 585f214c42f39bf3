"""Lists of unknown length that grow by many items at once."""

import numpy as np
import pytest

import tapegen as tg
from tapegen.testing.differences import gradient as by_differences


def arc_lengths(x):
    s = [0.0]
    s.extend(np.cumsum(np.hypot(np.diff(x), 1.0)))
    total = 0.0
    for i in range(len(s)):
        total = total + s[i] ** 2 * i
    return total


def squares_after(x):
    s = [x[0]]
    for v in x:
        s.append(v * 2)
    s += [u**2 for u in x]
    return sum(s) * s[-1]


def doubled(x):
    s = []
    for v in x:
        s.append(np.sin(v))
    s.extend(s)
    t = s
    t += s
    return np.sum(np.array(s) * np.arange(len(t)))


def in_a_branch(x):
    s = [x[0]]
    for k in range(len(x)):
        if x[k] > 0.0:
            s.extend(x[k:])
        else:
            s += [x[k]]
    return np.sum(np.array(s) ** 2)


@pytest.mark.parametrize("function", [arc_lengths, squares_after, doubled, in_a_branch])
def test_gradients(function, rng):
    x = rng.standard_normal(11)
    value, gradient = tg.value_and_grad(function)(x)
    assert np.isclose(value, function(x))
    assert np.allclose(gradient, by_differences(function, (x,)).value, rtol=1e-8, atol=1e-8)
    ones = np.ones(11)
    _, tangent = tg.jvp(function, (x,), (ones,))
    assert np.isclose(tangent, np.sum(gradient))
    product = tg.hvp(function)(x, ones)
    slopes = by_differences(lambda t: tg.grad(function)(x + t) @ ones, (0.0,)).value
    assert np.isclose(np.sum(product), slopes, rtol=1e-6)
