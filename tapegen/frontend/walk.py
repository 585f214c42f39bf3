"""Walking a tree, faster than `gast.walk` and in textual order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast


def walk(node: Any) -> Iterator[Any]:
    """`node` (a tree or a list of them) and everything below it except expression contexts and operators."""
    stack: list[Any] = list(reversed(node)) if isinstance(node, list) else [node]
    while stack:
        item = stack.pop()
        yield item
        kind = type(item)
        if kind is gast.Name or kind is gast.Constant:
            continue
        for field in reversed(kind._fields):
            value = getattr(item, field, None)
            if isinstance(value, list):
                stack.extend(child for child in reversed(value) if isinstance(child, gast.AST))
            elif isinstance(value, gast.AST) and value._fields:
                stack.append(value)


def names_read(node: Any) -> set[str]:
    """Names loaded anywhere in `node`."""
    return {n.id for n in walk(node) if type(n) is gast.Name and type(n.ctx) is gast.Load}
