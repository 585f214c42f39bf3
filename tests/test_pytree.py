"""tests of tapegen/pytree.py"""

import dataclasses
import doctest
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

from tapegen import pytree

Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Layer:
    w: object
    b: object = 0.0


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: object


class Rows(list):
    pass


NESTS = [
    1.0,
    None,
    (),
    [],
    {},
    (1, 2),
    [1, (2, [3, {"a": 4}])],
    {"b": 1, "a": (2, 3)},
    OrderedDict(z=1, a=2),
    Point(1, (2, 3)),
    Layer([1, 2], {"k": 3}),
    Frozen((1, 2)),
    [None, (None, 1)],
    Rows([1, 2]),
]


@pytest.mark.parametrize("nest", NESTS, ids=repr)
def test_round_trip(nest):
    leaves, structure = pytree.flatten(nest)
    again = structure.unflatten(leaves)
    assert again == nest
    assert type(again) is type(nest)
    assert structure.count == len(leaves)
    assert hash(structure) == hash(pytree.flatten(nest)[1])


def test_order_is_left_to_right_and_of_insertion():
    assert pytree.leaves({"b": 1, "a": [2, (3,)], "c": Point(4, 5)}) == [1, 2, 3, 4, 5]


def test_arrays_and_strings_are_leaves():
    x = np.ones((2, 2))
    leaves, structure = pytree.flatten([x, "ab", None])
    assert leaves[0] is x and leaves[1:] == ["ab", None]
    assert structure == pytree.flatten([1, 2, 3])[1]


def test_dataclass_class_is_a_leaf():
    assert pytree.leaves([Layer]) == [Layer]


def test_defaultdict_comes_back_as_a_dict():
    nest = defaultdict(list, a=1)
    leaves, structure = pytree.flatten(nest)
    assert structure.unflatten(leaves) == {"a": 1}


def test_wrong_number_of_leaves():
    structure = pytree.flatten((1, [2]))[1]
    with pytest.raises(ValueError, match="too few leaves: this structure has 2"):
        structure.unflatten([1])
    with pytest.raises(ValueError, match="too many leaves: this structure has 2"):
        structure.unflatten([1, 2, 3])


def test_tree_map():
    assert pytree.tree_map(lambda x: 2 * x, {"a": (1, 2)}) == {"a": (2, 4)}
    assert pytree.tree_map(lambda x, y: x + y, Point(1, 2), [3, 4]) == Point(4, 6)
    with pytest.raises(ValueError, match="different numbers of leaves"):
        pytree.tree_map(max, [1, 2], [1])


def test_structures_differ_by_kind_and_keys():
    kinds = [pytree.flatten(n)[1] for n in ([1], (1,), {"a": 1}, {"b": 1}, Layer(1), 1)]
    assert len(set(kinds)) == len(kinds)


def test_examples():
    assert doctest.testmod(pytree).failed == 0
