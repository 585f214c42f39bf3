"""Names that may become code, and fresh ones."""

from __future__ import annotations

import gast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapegen.errors import InternalError
from tapegen.lang.build import load, quote
from tapegen.lang.names import Namer, base_name, check_identifiers, is_identifier

LIGATURE = "\ufb01"  # Python reads it as "fi"
BAD = [
    "x + 1",
    "",
    "1x",
    "lambda",
    "x\nimport os",
    "a.b",
    LIGATURE,
    "None",
    'x + __import__("os").getpid()',
    3,
]


@pytest.mark.parametrize("name", BAD)
def test_no_identifier(name):
    assert not is_identifier(name)


@pytest.mark.parametrize("name", ["x", "_", "x_bar_1", "match", "type", "λ", "print"])
def test_identifier(name):
    assert is_identifier(name)


@given(st.text())
def test_an_identifier_reads_back_as_itself(name):
    if is_identifier(name):
        assert gast.parse(name).body[0].value.id == name


PLACES = {
    "name": lambda bad: load(bad),
    "attribute": lambda bad: gast.Attribute(value=load("x"), attr=bad, ctx=gast.Load()),
    "keyword": lambda bad: gast.Call(
        func=load("f"), args=[], keywords=[gast.keyword(arg=bad, value=load("x"))]
    ),
    "function": lambda bad: _renamed("def f(): pass", "name", bad),
    "class": lambda bad: _renamed("class f: pass", "name", bad),
    "parameter": lambda bad: _parameter(bad),
    "global": lambda bad: gast.Global(names=[bad]),
    "import": lambda bad: gast.Import(names=[gast.alias(name="os", asname=bad)]),
    "import from": lambda bad: gast.ImportFrom(
        module=bad, names=[gast.alias(name="os", asname=None)], level=0
    ),
    "nested": lambda bad: quote("f(x[hole])", hole=load(bad)),
}


def _renamed(template, field, bad):
    stmt = gast.parse(template).body[0]
    setattr(stmt, field, bad)
    return stmt


def _parameter(bad):
    stmt = gast.parse("def f(x): pass").body[0]
    stmt.args.args[0].id = bad
    return stmt


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("bad", ["x; import os", "lambda", LIGATURE, "a b"])
def test_each_place_is_checked(place, bad):
    with pytest.raises(InternalError, match="stands where an identifier belongs"):
        check_identifiers(PLACES[place](bad))
    check_identifiers(PLACES[place]("good"))


def test_dotted_imports_are_fine():
    check_identifiers(gast.parse("import a.b as c\nfrom d.e import f\nfrom . import g\nfrom h import *"))


def test_keyword_unpacking_is_fine():
    check_identifiers(gast.parse("f(**x)"))


@given(st.lists(st.sampled_from(["x", "y", "x_1", "x_2", "x_bar", "in", "_", "_1", "x_1_1"]), max_size=30))
def test_fresh_names_never_repeat(names):
    fresh = Namer({"x", "y_1"})
    given_out = [fresh(name) for name in names]
    assert len(set(given_out)) == len(given_out)
    assert not set(given_out) & {"x", "y_1"}
    assert all(map(is_identifier, given_out))
    assert all(base_name(new) == base_name(old) for new, old in zip(given_out, names))


def test_reserved_names_are_taken():
    fresh = Namer()
    fresh.reserve(["x"])
    assert fresh("x") == "x_1"


def test_a_namer_refuses_what_is_no_name():
    with pytest.raises(InternalError):
        Namer()("x y")
