"""Arguments that are taken apart, and records whose fields are read from what they were put together from."""

from collections import namedtuple
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy as np

from tapegen.analysis.shapes import infer
from tapegen.analysis.values import abstract
from tapegen.frontend.lower import lower
from tapegen.lang.show import show
from tapegen.lang.verify import verify
from tapegen.transforms.records import settle_records
from tapegen.transforms.unpack import unpack

Point = namedtuple("Point", "x y")


@dataclass
class Params:
    weight: Any
    bias: Any


def taken_apart(fn, **arguments):
    core = lower(fn).core
    facts = {name: abstract(value, name) for name, value in arguments.items()}
    before = gast.dump(core.tree)
    new, nests = unpack(core, facts, list(arguments))
    assert gast.dump(core.tree) == before
    verify(new)
    for _ in range(3):
        new = settle_records(new, infer(new, facts))
        verify(new)
    return show(new).strip(), nests


def test_a_tuple():
    def f(p):
        w = p[0]
        z = w * p[1]
        return z

    text, nests = taken_apart(f, p=(1.0, 2.0))
    assert text.splitlines()[1:3] == ["    w = p[0]", "    z_1 = p[1]"]
    assert nests["p"].leaves() == ["w", "z_1"]


def test_a_dataclass():
    def f(p):
        z = p.weight * p.bias
        return z

    text, nests = taken_apart(f, p=Params(1.0, 2.0))
    names = nests["p"].leaves()
    assert text.splitlines() == [
        "def f(p):",
        f"    {names[0]} = p.weight",
        f"    {names[1]} = p.bias",
        f"    z = {names[0]} * {names[1]}",
        "    return z",
    ]
    assert nests["p"].kind is Params and nests["p"].keys == ("weight", "bias")


def test_a_nest_with_a_namedtuple():
    def f(p):
        q = p["point"]
        z = q.x * q[1]
        return z

    text, nests = taken_apart(f, p={"point": Point(1.0, 2.0), "n": 3})
    assert nests["p"].items[0].kind is Point
    assert len(nests["p"].leaves()) == 3
    assert "Point(" not in text


def test_an_argument_whose_field_is_written_stays_whole():
    def f(p):
        p.bias = 1.0
        z = p.weight * p.bias
        return z

    text, nests = taken_apart(f, p=Params(1.0, 2.0))
    assert not nests and "p.weight" in text


def test_fields_of_what_the_function_makes():
    def f(x, s):
        p = Point(x, s)
        q = p._replace(x=x * s)
        r = replace(Params(q.x, p.y), bias=2.0)
        return r.weight * r.bias

    text, _ = taken_apart(f, x=1.0, s=2.0)
    assert "Point" not in text and "Params" not in text


def test_a_variable_that_is_bound_again_is_not_read_late():
    def f(x):
        p = Point(x, x)
        for _ in range(3):
            x = x * 2.0
            p = Point(x, x)
            x = x + 1.0
        return p.x

    core = lower(f).core
    settled = settle_records(core, infer(core, {"x": abstract(1.0, "x")}))
    scope = dict(core.namespace)
    exec(show(settled), scope)
    assert scope["f"](1.0) == f(1.0) == 14.0


def test_arrays_in_records_keep_their_identity():
    def f(w):
        p = Params(w, w)
        v = p.weight
        v[0] = 5.0
        return p.bias

    core = lower(f).core
    settled = settle_records(core, infer(core, {"w": abstract(np.ones(2), "w")}))
    scope = dict(core.namespace)
    exec(show(settled), scope)
    w = np.ones(2)
    assert scope["f"](w) is w and w[0] == 5.0
