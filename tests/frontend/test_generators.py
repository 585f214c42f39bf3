"""Generator functions: their bodies and those of the loops take turns, as in Python."""

import numpy as np
import pytest

import tapegen as tg


def times(start, step):
    """Endless."""
    t = start
    while True:
        yield t
        t = t + step


def halves(a, b, depth):
    """Recursive."""
    if depth == 0:
        yield a, b
        return
    m = 0.5 * (a + b)
    yield from halves(a, m, depth - 1)
    yield from halves(m, b, depth - 1)


def relaxed(u, rate, steps):
    """Yields one array, which it changes afterwards."""
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        yield u


def time_steps(x, h):
    total = 0.0
    for t in times(0.1, h):
        if t > 1.0:
            break
        if t < 0.3:
            continue
        total = total + x * t * h
    else:
        total = -1.0
    return total * t


def early_return(x, h):
    for k, t in enumerated(times(x, h)):
        if t > 2.0:
            return t * x * k
    return x


def enumerated(values):
    k = 0
    for v in values:
        yield k, v
        k += 1


def states_in_place(u, rate):
    total = 0.0
    for v in relaxed(u, rate, 4):
        total = total + np.sum(v**2)
    return total + v[1]


def consumed(x):
    def powers(v, n):
        p = v
        for _ in range(n):
            yield p
            p = p * v

    squares = [p * p for p in powers(x, 3) if p > 0.1]
    return (
        sum(p * 2.0 for p in powers(x, 4))
        + sum(powers(x, 2))
        + max(powers(x, 3))
        + squares[0]
        + sum(list(powers(x, 2)))
    )


def nested(x):
    def ups(n):
        for k in range(n):
            yield x * (k + 1)

    total = 0.0
    for a in ups(3):
        for b in ups(2):
            if b > a:
                break
            total += a * b
    return total


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (time_steps, (0.7, 0.15)),
        (states_in_place, (np.array([0.0, 1.0, 0.3, 0.5, 0.0]), 0.2)),
        (consumed, (0.7,)),
        (nested, (0.7,)),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_gradients(f, args):
    tg.check_grads(f, args, order=1)


def asks(x):
    def accumulate():
        total = 0.0
        while True:
            value = yield total
            total += value

    total = accumulate()
    next(total)
    return total.send(x)


def lazily(x):
    steps = times(x, 1.0)
    next(steps)
    return next(steps)


@pytest.mark.parametrize("f", [asks, lazily], ids=lambda f: f.__name__)
def test_generators_by_hand_are_refused(f):
    with pytest.raises(tg.TransformError):
        tg.grad(f)(0.5)
