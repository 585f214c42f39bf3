"""Which names may share memory, and what that lets a pass do."""

import pytest

from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.purity import effects
from tapegen.analysis.regions import Regions
from tapegen.kernels import scatter_add
from tapegen.optimise.rewrite import core

WRITTEN = """
def f(x, n):
    y = np.zeros(3)
    v = y[1:]
    t = np.transpose(y)
    w = np.sin(y)
    box = [w]
    out = box[0]
    u = y + 1.0
    for i in range(n):
        c = v
        c[i] = 2.0
    return u
"""


@pytest.fixture
def regions():
    return Regions(core(WRITTEN))


@pytest.mark.parametrize("name", ["v", "t", "c"])
def test_views_are_of_the_region_of_their_array(regions, name):
    assert regions.may_alias("y", name) and regions.is_written(name)


@pytest.mark.parametrize("name", ["w", "u", "out"])
def test_new_arrays_are_not(regions, name):
    assert not regions.may_alias("y", name) and not regions.is_written(name)


def test_what_a_list_holds_is_what_is_read_from_it(regions):
    assert regions.may_alias("w", "out") and not regions.may_alias("w", "box")


def test_only_what_leaves_is_exposed(regions):
    assert regions.is_exposed("u") and regions.is_exposed("x")
    assert not regions.is_exposed("y") and not regions.is_exposed("w")
    assert regions.may_merge("w", "u") and not regions.may_merge("y", "u")


def test_unknown_calls_may_write_what_they_get():
    unknown = core("def f(x, g):\n    y = np.zeros(3)\n    g(y)\n    return x")
    assert Regions(unknown).is_written("y") and effects(unknown, unknown.body[1]).opaque


def test_aliasing_agrees_on_what_is_written():
    function = core(WRITTEN)
    classes = aliasing(function, {}, [])
    assert all(classes.is_written(name) for name in ("y", "v", "t", "c"))
    assert not classes.is_written("w") and not classes.is_written("u")


def test_an_array_holds_nothing_of_what_is_added_to_it():
    text = """
    def f(x, i, ct):
        a = np.zeros_like(x)
        t = ct * 1.0
        scatter_add(a, i, t)
        return a
    """
    found = Regions(core(text, scatter_add=scatter_add))
    assert found.is_written("a") and not found.is_written("t") and not found.is_written("i")
    assert found.reach("a") == (found.of("a"),)
    lists = Regions(core(text.replace("np.zeros_like(x)", "[x, x]"), scatter_add=scatter_add))
    assert lists.is_written("t") and len(lists.reach("a")) > 1
