"""Comparing the derivatives of a function with plain Python and with extrapolated differences."""

import copy

import numpy as np

import tapegen
from tapegen.testing import differences, trees


def slope(f, args, direction):
    """The directional derivative of a scalar function by differences, and by how much it may be wrong."""
    found = differences.central(f, copy.deepcopy(args), direction)
    return float(found.value), found.errors[0]


def agree(f, *args, seed=0, second=False):
    """Assert that value, side effects and both modes agree with plain Python; with `second`, the gradient's too."""
    plain = copy.deepcopy(args)
    expected = f(*plain)
    direction = trees.random_like(args, np.random.default_rng(seed))
    right, doubt = slope(f, args, direction)
    ours = copy.deepcopy(args)
    value, pullback = tapegen.vjp(f, *ours)
    assert np.allclose(value, expected, rtol=1e-12), f"value {value} should be {expected}"
    for (path, a), (_, b) in zip(trees.leaves(ours), trees.leaves(plain), strict=True):
        assert np.allclose(a, b, rtol=1e-12), f"{trees.name(path)} is left as {a}, should be {b}"
    tolerance = 1e-7 * (1 + abs(right)) + 20 * doubt
    reverse, _ = trees.inner(direction, pullback(1.0))
    assert abs(reverse - right) <= tolerance, (
        f"reverse mode: {reverse}, differences: {right}\n{pullback.source}"
    )
    kept = copy.deepcopy(direction)
    _, forward = tapegen.jvp(f, copy.deepcopy(args), direction)
    assert abs(float(forward) - right) <= tolerance, f"forward mode: {forward}, differences: {right}"
    for (path, a), (_, b) in zip(trees.leaves(direction), trees.leaves(kept), strict=True):
        assert np.array_equal(a, b), f"the tangent of {trees.name(path)} was written"
    if second:
        agree_second(f, args, seed)


def agree_second(f, args, seed=0):
    """Assert that the derivative of the gradient in a direction agrees with differences."""
    along = trees.random_like(args, np.random.default_rng(seed + 1))
    argnums = tuple(range(len(args)))

    def descent(*args):
        return trees.inner(along, tapegen.grad(f, argnums=argnums)(*copy.deepcopy(args)))[0]

    direction = trees.random_like(args, np.random.default_rng(seed + 2))
    right, doubt = slope(descent, args, direction)
    gradient = tapegen.grad(f, argnums=argnums)
    _, pullback = tapegen.vjp(gradient, *copy.deepcopy(args))
    reverse, _ = trees.inner(direction, pullback(along))
    assert abs(reverse - right) <= 1e-6 * (1 + abs(right)) + 20 * doubt, (
        f"second order: {reverse}, differences: {right}"
    )
