"""Loading a text: it runs, and everything that reads source code can read it."""

from __future__ import annotations

import inspect
import linecache
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from tapegen.backends.load import load, register
from tapegen.errors import InternalError

TEXT = "def f(x):\n    # divides\n    y = one / x\n    return y\n"


def test_it_runs():
    assert load(TEXT, "f", {"one": 1})["f"](4) == 0.25


def test_the_namespace_is_left_alone():
    given = {"one": 1}
    scope = load(TEXT, "f", given)
    assert given == {"one": 1}
    assert scope is not given
    assert scope["f"].__globals__ is scope


def test_loading_twice_gives_functions_of_their_own():
    first, second = load(TEXT, "f", {"one": 1}), load(TEXT, "f", {"one": 2})
    assert (first["f"](1), second["f"](1)) == (1, 2)


def test_file_name():
    code = load(TEXT, "loss_grad", {"one": 1})["f"].__code__
    assert code.co_filename.startswith("<tapegen loss_grad ")
    assert len(code.co_filename) == len("<tapegen loss_grad 1a2b3c4d>")


def test_getsource():
    assert inspect.getsource(load(TEXT, "f", {})["f"]) == TEXT


def test_traceback_shows_the_line():
    with pytest.raises(ZeroDivisionError) as caught:
        load(TEXT, "f", {"one": 1})["f"](0)
    assert "    y = one / x\n" in "".join(traceback.format_exception(caught.value))


def test_entries_survive_checkcache():
    function = load(TEXT, "f", {})["f"]
    linecache.checkcache()
    linecache.checkcache(function.__code__.co_filename)
    assert inspect.getsource(function) == TEXT
    assert linecache.getline(function.__code__.co_filename, 3) == "    y = one / x\n"


def test_a_cleared_cache_is_filled_again_by_the_next_load():
    function = load(TEXT, "f", {})["f"]
    del linecache.cache[function.__code__.co_filename]
    load(TEXT, "f", {})
    assert inspect.getsource(function) == TEXT


def test_identical_texts_share_an_entry():
    load(TEXT, "f", {})
    before = len(linecache.cache)
    for _ in range(50):
        load(TEXT, "f", {})
    assert len(linecache.cache) == before


def test_different_texts_never_share_a_name():
    """Not even if the short hashes are equal."""
    first = register(TEXT, "clash")
    linecache.cache[first] = (3, None, ["x=1\n"], first)
    second = register(TEXT, "clash")
    assert first != second
    assert linecache.getlines(first) == ["x=1\n"]
    assert "".join(linecache.getlines(second)) == TEXT
    assert register(TEXT, "clash") == second


def test_a_name_that_is_no_name():
    scope = load("def f(): pass", "<lambda>\n/../x", {})
    filename = scope["f"].__code__.co_filename
    assert "\n" not in filename and "/" not in filename


def test_the_text_inherits_no_future_features():
    scope = load("def f(x: int): pass", "f", {})
    assert scope["f"].__annotations__ == {"x": int}


def test_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load("x = 1 is 1", "x", {})["x"]


@pytest.mark.parametrize("text", ["def f(:", "x = '\0'", "return 1", "x = " + "(" * 300])
def test_what_does_not_compile(text):
    with pytest.raises(InternalError, match="the code generated for f does not compile"):
        load(text, "f", {})


def test_too_many_nested_blocks():
    text = "".join("    " * depth + f"for i{depth} in x:\n" for depth in range(22)) + "    " * 22 + "pass\n"
    with pytest.raises(InternalError, match="too many statically nested blocks"):
        load(text, "f", {})


def test_errors_of_the_text_itself_are_not_ours():
    with pytest.raises(ZeroDivisionError):
        load("1 / 0", "f", {})


def test_threads():
    with ThreadPoolExecutor(8) as pool:
        scopes = list(pool.map(lambda i: load(f"x = {i % 3}", "x", {}), range(60)))
    assert [scope["x"] for scope in scopes] == [i % 3 for i in range(60)]
