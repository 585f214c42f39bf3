"""What a gradient keeps: for linear updates in place nothing per step, for others what the adjoint reads."""

import tracemalloc

import numpy as np
import pytest

import tapegen as tg


def in_place(u, n):
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u)


def from_a_copy(u, n):
    v = u.copy()
    for _ in range(n):
        w = v.copy()
        v[1:-1] = w[1:-1] + 0.1 * (w[2:] - 2 * w[1:-1] + w[:-2])
    return np.sum(v)


def two_buffers(u, n):
    a, b = u.copy(), u.copy()
    for _ in range(n):
        b[1:-1] = a[1:-1] + 0.1 * (a[2:] - 2 * a[1:-1] + a[:-2])
        a, b = b, a
    return np.sum(a)


def functional(u, n):
    for _ in range(n):
        u = u + 0.1 * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return np.sum(u * u)


def with_boundary(u, n):
    for i in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        if i % 2 == 0:
            u[0] = 0.0
        else:
            u[0] = u[1]
        u[-1] = u[-2]
    return np.sum(u * u)


def nonlinear(u, n):
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] ** 2 + u[:-2])
    return np.sum(u)


def peak(function, u, steps):
    """In arrays of the size of `u`."""
    function(u.copy(), steps)
    own = u.copy()
    tracemalloc.start()
    function(own, steps)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / u.nbytes


U = np.linspace(0.1, 1.0, 2000)


@pytest.mark.parametrize("function", [in_place, from_a_copy, two_buffers, functional, with_boundary])
def test_a_linear_stencil_keeps_nothing(function):
    gradient = tg.grad(function)
    assert peak(gradient, U, 1000) < 14
    assert peak(gradient, U, 1000) - peak(gradient, U, 100) < 1.5, "references at most"
    tg.check_grads(lambda u: function(u * u, 3), (U[:7],), order=1)


def test_shapes_are_borrowed_from_arrays_of_the_same_shape_only():
    def rows(x, a):
        total = 0.0
        for i in range(len(a)):
            row = a[i]
            total += x[i] * row[i % 2]
        return total

    x, a = np.arange(1.0, 4.0), np.arange(12.0).reshape(3, 4)
    tg.check_grads(rows, (x, a), order=1)


def test_a_stencil_keeps_one_factor_for_each_step():
    gradient = tg.grad(nonlinear)
    kept = (peak(gradient, U, 300) - peak(gradient, U, 100)) / 200
    assert 0.9 < kept < 1.15
