"""Messages, word by word."""

from __future__ import annotations

import copy
import linecache
import pickle
from dataclasses import dataclass
from textwrap import dedent

import pytest

from tapegen.errors import InternalError, TapegenError, TapegenWarning, TransformError


@dataclass(frozen=True)
class Place:
    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str = "loss"


@pytest.fixture
def text():
    """Registers lines as a file."""
    names = []

    def register(content, name="<text of test_errors>"):
        linecache.cache[name] = (len(content), None, content.splitlines(keepends=True), name)
        names.append(name)
        return name

    yield register
    for name in names:
        linecache.cache.pop(name, None)


def caret(message):
    """The characters of the source line above the carets."""
    shown, carets = message.splitlines()[2:4]
    start = carets.index("^")
    return shown[start : start + carets.count("^")]


def test_the_example_of_the_style_guide(text):
    name = text("def loss(w, x):\n\n    return sum(np.tanh(w @ x) for w in layers)\n", "model.py")
    error = TransformError(
        "cannot differentiate a generator expression",
        origin=Place(name, 3, 14, 3, 46),
        why="the number of terms is only known while it runs",
        instead='write a for loop, or use fallback="eager"',
    )
    assert (
        str(error)
        == dedent("""
        cannot differentiate a generator expression
          File "model.py", line 3, in loss
            return sum(np.tanh(w @ x) for w in layers)
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          why: the number of terms is only known while it runs
          instead: write a for loop, or use fallback="eager"
    """).strip()
    )


def test_what_alone():
    assert str(TransformError("cannot do this")) == "cannot do this"


def test_why_and_instead_alone():
    assert str(TransformError("no", why="because", instead="yes")) == "no\n  why: because\n  instead: yes"


def test_attributes():
    place = Place("nowhere.py", 1, 0, 1, 1)
    error = TransformError("what", origin=place, why="why", instead="instead")
    assert (error.what, error.origin, error.why, error.instead) == ("what", place, "why", "instead")
    assert error.args == ("what",)


def test_without_a_readable_file():
    message = str(TransformError("what", origin=Place("nowhere.py", 7, 0, 7, 3)))
    assert message == 'what\n  File "nowhere.py", line 7, in loss'


def test_a_span_of_several_lines_underlines_the_first(text):
    name = text("y = f(a,\n      b)  # end\n")
    assert caret(str(TransformError("what", origin=Place(name, 1, 4, 2, 8)))) == "f(a,"


def test_columns_are_bytes(text):
    line = "λ = 'é' + total"
    name = text(line + "\n")
    column = len(line.encode()) - len("total")
    assert caret(str(TransformError("what", origin=Place(name, 1, column, 1, column + 5)))) == "total"


def test_wide_characters_are_two_columns_wide(text):
    line = "表 = total"
    name = text(line + "\n")
    message = str(TransformError("what", origin=Place(name, 1, 6, 1, 11)))
    assert message.splitlines()[3] == "    " + " " * 5 + "^^^^^"


def test_tabs_stay_tabs(text):
    name = text("\tx =\ty\n")
    message = str(TransformError("what", origin=Place(name, 1, 5, 1, 6)))
    assert message.splitlines()[2:] == ["    x =\ty", "       \t^"]


@pytest.mark.parametrize("place", [(1, 90, 1, 99), (9, 0, 9, 1), (1, 3, 1, 3), (1, 5, 1, 2), (0, 0, 0, 0)])
def test_a_wrong_place_does_no_harm(text, place):
    name = text("    x = 1\n")
    assert str(TransformError("what", origin=Place(name, *place))).startswith("what\n")


def test_the_text_is_that_of_the_moment_of_the_error(text):
    name = text("before\n")
    error = TransformError("what", origin=Place(name, 1, 0, 1, 6))
    text("after\n")
    assert "before" in str(error)


@pytest.mark.parametrize("kind", [TransformError, InternalError])
@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_copies(text, kind, copied):
    name = text("x = y\n")
    error = kind("what", origin=Place(name, 1, 4, 1, 5), why="why", instead="instead")
    again = copied(error)
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.origin == error.origin


def test_family():
    assert issubclass(InternalError, TransformError)
    assert issubclass(TransformError, TapegenError)
    assert issubclass(TapegenWarning, UserWarning)
    assert f"{TransformError.__module__}.{TransformError.__name__}" == "tapegen.TransformError"
