"""Walking and copying trees: what every pass does, so it is written for speed.

The generic walkers of `ast` ask each node for all of its fields, operators and contexts included; these look only
where expressions and statements can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gast

REMEMBERED = ("_names", "_below")
"""The attributes under which a node of Core remembers what it reads and what is below it; a copy must not."""

_LEAVES = frozenset({"ctx", "op", "ops", "kind", "type_comment", "attr", "arg", "id", "conversion"})
_LEAF_KINDS = frozenset({gast.Name, gast.Constant})


class _Fields(dict[type, tuple[str, ...]]):
    def __missing__(self, kind: Any) -> tuple[str, ...]:
        found = self[kind] = tuple([field for field in kind._fields if field not in _LEAVES])
        return found


CHILDREN = _Fields(dict.fromkeys(_LEAF_KINDS, ()))
"""For a type of node the names of its fields that hold nodes or lists of them, in textual order.

Operators and contexts aside; names have none, their annotations are the frontend's affair.

>>> CHILDREN[gast.BinOp], CHILDREN[gast.Call], CHILDREN[gast.Name]
(('left', 'right'), ('func', 'args', 'keywords'), ())
"""


def walk(node: Any) -> list[Any]:
    """`node` (a tree or a list of them) and everything below it, outer before inner, in textual order.

    >>> [type(n).__name__ for n in walk(gast.parse("y = -x[0]").body)]
    ['Assign', 'Name', 'UnaryOp', 'Subscript', 'Name', 'Constant']
    """
    found: list[Any] = []
    for item in node if type(node) is list else (node,):
        _descend(item, found.append)
    return found


def _descend(item: Any, append: Callable[[Any], None]) -> None:
    append(item)
    contents = item.__dict__
    for field in CHILDREN[type(item)]:
        if field not in contents:
            continue
        value = contents[field]
        kind = type(value)
        if kind in _LEAF_KINDS:
            append(value)
        elif kind is list:
            for child in value:
                if type(child) in _LEAF_KINDS:
                    append(child)
                elif isinstance(child, gast.AST):
                    _descend(child, append)
        elif kind in CHILDREN or isinstance(value, gast.AST):
            _descend(value, append)


def below(node: Any) -> tuple[Any, ...]:
    """What `walk` gives for a tree of Core, or the trees of a list, which remember it: Core never changes.

    >>> tree = gast.parse("y = x").body[0]
    >>> below(tree) == tuple(walk(tree)) and below(tree) is below(tree)
    True
    """
    kind = type(node)
    if kind is gast.Name or kind is gast.Constant:
        return (node,)
    if kind is list:
        return tuple([part for item in node for part in below(item)])
    found: tuple[Any, ...] | None = node.__dict__.get("_below")
    if found is None:
        found = node.__dict__["_below"] = tuple(_below(node) if hasattr(node, "body") else walk(node))
    return found


def _below(node: Any) -> list[Any]:
    """What is below a statement that holds others: what those remember, and the rest."""
    found = [node]
    for field in CHILDREN[type(node)]:
        value = getattr(node, field, None)
        if field == "body" or field == "orelse":
            found += below(value)
        elif isinstance(value, (list, gast.AST)):
            found += walk(value)
    return found


def names_of(nodes: Iterable[Any]) -> set[str]:
    """The names that stand anywhere in trees of Core, read or bound.

    >>> sorted(names_of(gast.parse("y = np.sin(x)").body))
    ['np', 'x', 'y']
    """
    return {n.id for node in nodes for n in below(node) if type(n) is gast.Name}


def shallow(node: Any) -> Any:
    """A copy of one node, with its origin and comment; what stands below is shared."""
    kind: Any = type(node)
    fresh = kind.__new__(kind)
    contents = fresh.__dict__
    contents.update(node.__dict__)
    for name in REMEMBERED:
        if name in contents:
            del contents[name]
    return fresh


def clone(node: Any) -> Any:
    """A deep copy of a tree or a list of trees; operators, contexts, origins and comments are shared."""
    kind = type(node)
    if kind is list:
        return [clone(item) for item in node]
    if not isinstance(node, gast.AST):
        return node
    fresh = shallow(node)
    contents = fresh.__dict__
    for field in CHILDREN[kind]:
        if field in contents:
            value = contents[field]
            if type(value) is list or type(value) in CHILDREN or isinstance(value, gast.AST):
                contents[field] = clone(value)
    return fresh


def replaced(node: Any, step: Callable[[Any], Any]) -> Any:
    """A copy of a tree with what `step` returns for a node in its place; None means a plain copy.

    `step` sees outer nodes before inner ones, and none below what it has replaced.
    """
    if type(node) is list:
        return [replaced(item, step) for item in node]
    if not isinstance(node, gast.AST):
        return node
    new = step(node)
    if new is not None:
        return new
    kind = type(node)
    fresh = shallow(node)
    contents = fresh.__dict__
    for field in CHILDREN[kind]:
        value = contents.get(field)
        if type(value) is list or isinstance(value, gast.AST):
            contents[field] = replaced(value, step)
    return fresh
