"""Names: which strings may become code, and names that are still free.

Printing turns whatever string a name holds into code, so each is checked before a tree is printed.
"""

from __future__ import annotations

import functools
import keyword
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import gast

from tapegen.errors import InternalError

# Fields that hold identifiers as plain strings (gast keeps parameters and exception names as `Name` nodes).
_FIELDS: dict[str, tuple[str, ...]] = {
    "Name": ("id",),
    "Attribute": ("attr",),
    "keyword": ("arg",),
    "FunctionDef": ("name",),
    "AsyncFunctionDef": ("name",),
    "ClassDef": ("name",),
    "Global": ("names",),
    "Nonlocal": ("names",),
    "MatchAs": ("name",),
    "MatchStar": ("name",),
    "MatchMapping": ("rest",),
    "MatchClass": ("kwd_attrs",),
    "TypeVar": ("name",),
    "ParamSpec": ("name",),
    "TypeVarTuple": ("name",),
    "alias": ("asname",),
}
_DOTTED = {"alias": "name", "ImportFrom": "module"}
IDENTIFIERS = _FIELDS.keys() | _DOTTED.keys()
"""The kinds of node that hold identifiers."""


def is_identifier(name: object) -> bool:
    """Whether `name` is a string that Python reads back as this very name.

    False for keywords, and for letters that Python folds into others (NFKC), such as the ligature fi.

    >>> [is_identifier(n) for n in ("x_1", "λ", "match", "lambda", "1x", "x.y", "x; import os", "ﬁ", "")]
    [True, True, True, False, False, False, False, False, False]
    """
    return type(name) is str and _reads_back(name)


@functools.lru_cache(maxsize=4096)
def _reads_back(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name


def identifiers(node: gast.AST) -> Iterator[Any]:
    """What stands in the place of an identifier in one node; not looking into its children."""
    kind = type(node).__name__
    for field in _FIELDS.get(kind, ()):
        value = getattr(node, field, None)
        if isinstance(value, (list, tuple)):
            yield from value
        elif value is not None:
            yield value
    dotted = getattr(node, _DOTTED[kind], None) if kind in _DOTTED else None
    if isinstance(dotted, str):
        yield from () if kind == "alias" and dotted == "*" else dotted.split(".")
    elif dotted is not None:
        yield dotted


def nodes(tree: gast.AST) -> Iterator[gast.AST]:
    """`tree` and all nodes below it but operators and contexts, in no order; much faster than `gast.walk`."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        contents = vars(node)
        for field in node._fields:
            value = contents.get(field)
            if isinstance(value, list):
                todo += [item for item in value if isinstance(item, gast.AST)]
            elif isinstance(value, gast.AST) and value._fields:
                todo.append(value)


def check_identifiers(tree: gast.AST | list[gast.stmt]) -> None:
    """Refuse a tree in which a name, attribute, keyword or parameter is not an identifier.

    Raises: InternalError.

    >>> check_identifiers(gast.Name("x + y", gast.Load(), None, None))
    Traceback (most recent call last):
    tapegen.InternalError: 'x + y' stands where an identifier belongs
      why: it would be printed as code
    """
    for root in tree if isinstance(tree, list) else [tree]:
        for node in nodes(root):
            check_node(node)


def check_node(node: gast.AST) -> None:
    """Refuse a node that holds something else where an identifier belongs; not looking into its children.

    Raises: InternalError.
    """
    for name in identifiers(node):
        if not is_identifier(name):
            raise InternalError(
                f"{name!r} stands where an identifier belongs",
                origin=getattr(node, "origin", None),
                why="it would be printed as code",
            )


class Namer:
    """Hands out names that are not taken.

    >>> fresh = Namer({"x", "x_1"})
    >>> fresh("x"), fresh("x"), fresh("y"), fresh("x_1"), fresh("lambda")
    ('x_2', 'x_3', 'y', 'x_4', 'lambda_1')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._last: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        """`name` if it is free, else the first free one of `name_1`, `name_2`, ...; taken from now on."""
        if not is_identifier(name) and not keyword.iskeyword(name):
            raise InternalError(f"{name!r} stands where an identifier belongs")
        fresh, stem = name, name
        if not self.is_free(fresh):
            stem = base_name(name)
            count = self._last.get(stem, 0)
            while not self.is_free(fresh):
                count += 1
                fresh = f"{stem}_{count}"
            self._last[stem] = count
        self.taken.add(fresh)
        return fresh

    def is_free(self, name: str) -> bool:
        """Whether `name` is neither taken nor a keyword."""
        return name not in self.taken and not keyword.iskeyword(name)

    def reserve(self, names: Iterable[str]) -> None:
        """Take `names`."""
        self.taken.update(names)


def base_name(name: str) -> str:
    """`name` without the number that a `Namer` appended.

    >>> base_name("x_2"), base_name("x_bar_1"), base_name("x_bar"), base_name("_1"), base_name("w2"), base_name("x_01")
    ('x', 'x_bar', 'x_bar', '_1', 'w2', 'x_01')
    """
    stem, _, number = name.rpartition("_")
    numbered = stem and number.isascii() and number.isdigit() and not number.startswith("0")
    return stem if numbered else name
