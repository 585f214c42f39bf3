"""Free names: code is looked up once and guarded, data is read again for each call."""

import inspect
import sys
import types

import numpy as np
import pytest

from tapegen.frontend.lower import lower
from tapegen.frontend.resolve import FreeVariable
from tapegen.lang.names import base_name
from tapegen.lang.show import show

settings = types.ModuleType("settings")
settings.RATE = 0.5
settings.step = lambda x: x + 1
SCALE = 2.0
WEIGHTS = np.ones(3)


def double(x):
    return 2 * x


def uses_data(x):
    return double(x) * SCALE + np.sum(WEIGHTS) * settings.RATE + settings.step(x)


def test_data_are_hidden_parameters():
    lowered = lower(uses_data)
    assert lowered.core.params == ["x", "SCALE", "WEIGHTS", "settings_RATE"]
    assert lowered.free["SCALE"] == FreeVariable("global", globals(), "SCALE")
    assert lowered.free["settings_RATE"] == FreeVariable("module", vars(settings), "RATE")


def test_data_are_read_when_the_function_runs(monkeypatch):
    lowered = lower(uses_data)
    monkeypatch.setitem(globals(), "SCALE", 7.0)
    monkeypatch.setattr(settings, "RATE", 3.0)
    assert lowered.arguments((1.0,), {})[1::2] == [7.0, 3.0]
    monkeypatch.delitem(globals(), "SCALE")
    with pytest.raises(NameError, match="name 'SCALE' is not defined"):
        lowered.arguments((1.0,), {})


def test_code_is_in_the_namespace_under_the_users_names():
    namespace = lower(uses_data).core.namespace
    assert namespace == {
        "double": double,
        "np": np,
        "settings": settings,
        "operator": __import__("operator"),
    } or (namespace == {"double": double, "np": np, "settings": settings})


def test_rebinding_a_function_is_noticed(monkeypatch):
    lowered = lower(uses_data)
    assert lowered.is_current()
    monkeypatch.setattr(settings, "step", abs)
    assert not lowered.is_current()
    monkeypatch.undo()
    assert lowered.is_current()
    monkeypatch.setitem(globals(), "double", abs)
    assert not lowered.is_current()


def test_closure_cells_are_read_live():
    def make():
        k = 2.0

        def inner(x):
            return helper(x) * k

        def helper(x):
            return x + 1

        def change(value):
            nonlocal k
            k = value

        return inner, change

    inner, change = make()
    lowered = lower(inner)
    assert lowered.core.params == ["x", "k"]
    assert lowered.free["k"].place == "cell"
    change(5.0)
    assert lowered.arguments((1.0,), {}) == [1.0, 5.0]
    assert lowered.is_current()


def kinds(a, /, b, c=3, *args, d, e=5, **kwargs):
    return a + b + c + sum(args) + d + e + len(kwargs)


def test_parameters_become_positional():
    lowered = lower(kinds)
    assert lowered.core.params == ["a", "b", "c", "args", "d", "e", "kwargs"]
    assert lowered.params == inspect.signature(kinds)
    assert lowered.arguments((1, 2), {"d": 4, "z": 6}) == [1, 2, 3, (), 4, 5, {"z": 6}]
    with pytest.raises(TypeError, match="missing a required"):
        lowered.arguments((1,), {})


def shadows(x):
    np = x * 2
    operator = np
    operator += 1
    range = [operator]
    for np in range:
        x = x + np
    return x


def test_locals_that_collide_are_renamed():
    core = lower(shadows).core
    assert not {"np", "operator", "range", "len"} & {base_name(p) for p in core.params}
    assert core.namespace["range"] is range
    assert "np_1 = x * 2" in show(core)


def uses_another_alias(x):
    import numpy as xp

    return xp.tanh(x).sum()


def test_methods_use_the_alias_that_is_there():
    assert "xp.sum(" in show(lower(uses_another_alias).core)


def copies(x):
    return x.copy()


def test_types_decide_about_methods():
    assert "np.copy(x)" in show(lower(copies).core)
    assert "x.copy()" in show(lower(copies, {"x": list}).core)


def iterates(x):
    total = 0.0
    for item in x:
        total = total + item
    return total


def test_types_decide_about_loops():
    assert "list(x)" not in show(lower(iterates).core)
    assert "items = list(x)" in show(lower(iterates, {"x": dict}).core)


class Model:
    def __init__(self):
        self.__w = 3.0

    def __call__(self, x):
        return self.__w * x.sum()


def test_methods_of_classes():
    lowered = lower(Model.__call__)
    assert lowered.core.params == ["self", "x"]
    assert "self._Model__w" in show(lowered.core)


def test_the_namespace_holds_what_the_tree_uses():
    for _, core in lower(uses_data).stages:
        exec(show(core), dict(core.namespace))
    assert sys.modules["numpy"] is lower(uses_data).core.namespace["np"]
