"""`copy.copy` and `copy.deepcopy`: what the corpus does not show."""

import copy

import numpy as np
import pytest

import tapegen as tg
from tapegen.analysis.values import abstract
from tapegen.lang.show import show
from tapegen.optimise.rewrite import core
from tapegen.transforms.deep_copies import spell_out_copies

SOURCE = """
def f(state):
    s = copy.deepcopy(state)
    return s"""


def spelled(state, source=SOURCE):
    before = core(source, copy=copy)
    return show(spell_out_copies(before, {"state": abstract(state, "state")}))


def test_what_is_immutable_stands_for_itself():
    assert "s = state" in spelled(2.0)
    assert "s = state" in spelled("name")
    assert "s = state" in spelled(None)


def test_a_shallow_copy_shares_the_items():
    text = spelled([np.zeros(3), 1.0], SOURCE.replace("deepcopy", "copy"))
    assert "copied" not in text and "s = [" in text


def test_structure_that_is_not_known_is_left_alone():
    before = core(SOURCE, copy=copy)
    assert spell_out_copies(before, {}) is before


def fresh(tree, x):
    other = copy.deepcopy(tree)
    other[0][...] = x
    return np.sum(tree[0] * other[1]) + np.sum(other[0])


def test_an_array_that_stands_twice_is_refused():
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    (first, second), slope = tg.grad(fresh, (0, 1))([a, b], 2.0)
    assert np.allclose(first, b) and np.allclose(second, a) and slope == 2.0
    with pytest.raises(ValueError, match="stands twice in what copy.deepcopy gets"):
        tg.grad(fresh, (0, 1))([a, a], 2.0)


class Fussy:
    def __init__(self, x):
        self.x = x

    def __deepcopy__(self, memo):
        return Fussy(self.x * 2.0)


class Doubling(Fussy):
    def __copy__(self):
        return Doubling(self.x * 2.0)


def test_a_class_that_copies_itself():
    assert tg.grad(lambda x: copy.copy(Doubling(x)).x ** 2)(3.0) == 24.0
    with pytest.raises(tg.TransformError, match="its class defines __deepcopy__"):
        tg.grad(lambda x: copy.deepcopy(Fussy(x)).x)(3.0)
