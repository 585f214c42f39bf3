"""Where a statement of Core came from: the position in the user's text that follows it to the end."""

from __future__ import annotations

from dataclasses import dataclass

import gast


@dataclass(frozen=True)
class Origin:
    """A span of the user's text.

    Lines count from 1 and columns from 0, as in the `ast` module.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str


def origin_of(node: gast.AST) -> Origin | None:
    """The origin attached to `node`, or None."""
    return getattr(node, "origin", None)


def set_origin(node: gast.AST, origin: Origin | None) -> gast.AST:
    """Attach `origin` to `node` and return it."""
    node.origin = origin
    return node
