"""Containers that are taken apart: what the text becomes, and that random functions keep their meaning."""

import linecache
import math

import gast
import pytest

import tapegen as tg
from tapegen.analysis.shapes import infer
from tapegen.analysis.values import Number, Size
from tapegen.frontend.lower import lower
from tapegen.lang.show import show
from tapegen.lang.verify import verify
from tapegen.transforms.containers import take_containers_apart
from tapegen.transforms.unroll import unroll

from .random_containers import program

FLOAT, COUNT = Number("float"), Number("int", None, Size.of("n"))


def apart(fn, **facts):
    core = lower(fn).core
    before = gast.dump(core.tree)
    new = take_containers_apart(core, infer(core, facts))
    assert gast.dump(core.tree) == before
    verify(new)
    return show(new).strip()


def test_a_dict_as_the_state_of_a_loop():
    def f(x, y, n):
        state = {"u": x, "v": y}
        for _ in range(n):
            state["v"] = state["v"] + state["u"]
        return state["v"] * state["u"]

    text = apart(f, x=FLOAT, y=FLOAT, n=COUNT)
    assert "state[" not in text and "{" not in text
    assert "state = " in text or "state_" in text


def test_a_new_dict_in_each_iteration():
    def f(x, y, n):
        state = {"u": x, "v": y}
        for _ in range(n):
            state = {"u": state["v"], "v": state["u"] * x}
        return state["v"]

    assert "{" not in apart(f, x=FLOAT, y=FLOAT, n=COUNT)


def test_methods_of_lists():
    def f(x, y):
        a = [x]
        b = a
        b.append(y)
        b.insert(0, x)
        last = a.pop()
        return last * a[0]

    text = apart(f, x=FLOAT, y=FLOAT)
    assert "append" not in text and "pop" not in text and "[" not in text


def test_a_list_of_unknown_length_stays():
    def f(x, n):
        a = [x]
        for _ in range(n):
            a.append(a[-1] * x)
        return a[-1]

    assert "a.append(" in apart(f, x=FLOAT, n=COUNT)


def test_aliases_that_differ_by_path_stay():
    def f(x, y):
        a = [x, y]
        b = [y, x]
        if x > y:
            c = a
        else:
            c = b
        c[0] = 1.0
        return a[0] * b[0]

    assert "c[0] = 1.0" in apart(f, x=FLOAT, y=FLOAT)


def test_what_is_handed_on_is_not_written_behind_its_back():
    def keep(values):
        return values

    def f(x, y):
        a = [x, y]
        held = opaque(a)
        a[0] = 5.0
        return held[0]

    opaque = keep
    assert tg.grad(f)(1.0, 2.0) == 0.0


def load(text, seed):
    """The function that a text defines, with its source where it is looked for."""
    file = f"<random container program {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"]


def results(fn):
    """What `fn` returns for several arguments, None where it raises."""
    found = []
    for args in ((0.4, 0.9, 3), (1.3, -0.2, 0), (0.1, 0.2, 1)):
        try:
            found.append(fn(*args))
        except (IndexError, KeyError, ValueError):
            found.append(None)
    return found


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_functions_mean_the_same(first):
    apart_at_all = 0
    for seed in range(first, first + 50):
        text = program(seed)
        expected = results(load(text, seed))
        if all(result is None for result in expected):
            continue
        core = lower(load(text, seed)).core
        facts = dict(zip(core.params, (FLOAT, FLOAT, COUNT), strict=True))
        for _ in range(4):
            new = take_containers_apart(core, infer(core, facts))
            apart_at_all += new is not core
            verify(new)
            namespace = dict(new.namespace)
            exec(show(new), namespace)
            for actual, wanted in zip(results(namespace["f"]), expected, strict=True):
                assert wanted is None or same(actual, wanted), f"{text}\n{show(core)}\n{show(new)}"
            core = unroll(new, infer(new, facts), 8)
    assert apart_at_all > 20
