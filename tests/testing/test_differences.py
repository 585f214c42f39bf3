"""The references are right about functions whose derivative is known, and say so when they are not."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from tapegen.testing import trees
from tapegen.testing.differences import NotSmooth, central, complex_step, gradient


class Pair(NamedTuple):
    a: float
    b: np.ndarray


@dataclass
class Model:
    w: np.ndarray
    steps: int


def test_central_along_a_nested_direction():
    def f(pair, model):
        return {"s": pair.a * np.sum(np.sin(pair.b)), "n": model.steps, "v": model.w**2}

    args = (Pair(2.0, np.array([0.3, 0.7])), Model(np.array([1.0, 2.0, 3.0]), 4))
    v = (Pair(0.5, np.array([1.0, -1.0])), Model(np.array([1.0, 0.0, -2.0]), 9))
    got = central(f, args, v)
    expected = 0.5 * np.sum(np.sin(args[0].b)) + 2.0 * (np.cos(0.3) - np.cos(0.7))
    np.testing.assert_allclose(got.value["s"], expected, rtol=1e-11)
    np.testing.assert_allclose(got.value["v"], [2.0, 0.0, -12.0], rtol=1e-11)
    assert got.value["n"] == 4
    assert got.relative_error < 1e-10


def test_arguments_written_in_place_stay_as_they_were():
    def f(x):
        x *= 3.0
        return np.sum(x**2)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(gradient(f, (x,)).value, 18.0 * x, rtol=1e-11)
    np.testing.assert_array_equal(x, [1.0, 2.0])


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_steps_follow_the_scale_of_the_argument(scale):
    got = gradient(lambda x: np.sum(np.sin(x / scale)), (scale * np.array([0.4, 1.3]),))
    np.testing.assert_allclose(got.value, np.cos([0.4, 1.3]) / scale, rtol=1e-10)


def test_float32_arguments_are_differenced_in_float64():
    x = np.array([0.4, 1.3], np.float32)
    np.testing.assert_allclose(
        gradient(lambda x: np.sum(np.exp(x)), (x,)).value, np.exp(x.astype(float)), rtol=1e-10
    )


def test_the_error_estimate_bounds_the_error():
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b, c = rng.uniform(0.5, 2.0, 3)
        got = gradient(lambda x, a=a, b=b: np.sin(a * x) * np.exp(-b * x), (c,))
        exact = a * np.cos(a * c) * np.exp(-b * c) - b * np.sin(a * c) * np.exp(-b * c)
        assert abs(got.value - exact) <= 5 * got.errors[0] + 1e-15


def test_a_jump_shows_in_the_error_estimate():
    got = gradient(lambda x: x if x > 1.0 else x + 1.0, (1.0,))
    assert got.errors[0] > 1e-3 * abs(got.value)


def test_steps_beyond_the_domain_are_skipped():
    np.testing.assert_allclose(
        gradient(lambda x: np.sum(np.log(x)), (np.array([1e-3, 1.0]),)).value, [1e3, 1.0], rtol=1e-8
    )
    with pytest.raises(NotSmooth):
        gradient(lambda x: np.sqrt(x), (0.0,))


def test_complex_arguments_are_moved_both_ways():
    z = np.array([1.0 + 2.0j])
    np.testing.assert_allclose(gradient(lambda z: np.sum(np.abs(z) ** 2), (z,)).value, 2.0 * z, rtol=1e-10)


def test_complex_step_is_exact_and_refuses_what_it_cannot_do():
    x, v = np.array([0.3, 0.9]), np.array([1.0, -2.0])
    np.testing.assert_allclose(complex_step(np.tanh, (x,), (v,)), v * (1 - np.tanh(x) ** 2), rtol=1e-15)

    def stores(x):
        y = np.zeros(2)
        y[:] = x
        return y

    with pytest.raises(TypeError, match="imaginary"):
        complex_step(stores, (x,), (v,))


def test_paths_have_names_and_kinds_are_kept():
    tree = (1.0, [np.float32(2.0), {"k": np.ones(2)}], "s")
    assert [trees.name(path) for path, _ in trees.leaves(tree)] == [
        "argument 0",
        "argument 1[0]",
        "argument 1[1]['k']",
    ]
    new = trees.replace(tree, [3.0, 4.0, np.zeros(2)])
    assert isinstance(new[0], float)
    assert isinstance(new[1][0], np.generic)
    assert new[2] == "s"
