"""What is refused, word for word."""

import pathlib

import pytest

from tapegen.errors import TransformError
from tapegen.frontend.lower import lower
from tests.frontend.refused import REFUSED

SNAPSHOT = pathlib.Path(__file__).with_name("refused.txt")


def message(function):
    with pytest.raises(TransformError) as caught:
        lower(function)
    return str(caught.value).replace(function.__code__.co_filename, "refused.py")


def expected():
    entries = SNAPSHOT.read_text(encoding="utf-8").split("\n\n")
    return {name: text.rstrip("\n") for name, _, text in (entry.partition("\n") for entry in entries)}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_message(function):
    assert message(function) == expected()[f"# {function.__name__}"]


def test_snapshot_has_no_leftovers():
    assert set(expected()) == {f"# {function.__name__}" for function in REFUSED}
