"""Tuples and dicts that are written out once and never changed: `f(*args)` and `f(**options)` can be spelled out.

args = (x, 3.0)
y = f(*args)            ->      y = f(args[0], args[1])
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.walk import walk


@dataclass(frozen=True)
class Displays:
    """Lengths of known tuples, and keys of known dicts."""

    tuples: dict[str, int] = field(default_factory=dict)
    dicts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def positional(self, node: gast.expr) -> list[gast.expr] | None:
        """What `*node` stands for, or None."""
        if isinstance(node, (gast.Tuple, gast.List)) and not any(
            isinstance(e, gast.Starred) for e in node.elts
        ):
            return list(node.elts)
        if not isinstance(node, gast.Name) or node.id not in self.tuples:
            return None
        return [_item(node.id, k) for k in range(self.tuples[node.id])]

    def named(self, node: gast.expr) -> list[tuple[str, gast.expr]] | None:
        """What `**node` stands for, or None."""
        if isinstance(node, gast.Dict):
            keys = _texts(node)
            return None if keys is None else list(zip(keys, node.values, strict=True))
        if not isinstance(node, gast.Name) or node.id not in self.dicts:
            return None
        return [(key, _item(node.id, key)) for key in self.dicts[node.id]]


def find_displays(body: list[Any], params: set[str]) -> Displays:
    """The displays among the statements; nothing where no call has a star."""
    stored: Counter[str] = Counter()
    loaded: Counter[str] = Counter()
    harmless: Counter[str] = Counter()
    candidates: dict[str, Any] = {}
    has_star = False
    for node in walk(body):
        match node:
            case gast.Name(id=name, ctx=gast.Load()):
                loaded[name] += 1
            case gast.Name(id=name):
                stored[name] += 1
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Tuple() | gast.Dict()):
                candidates[name] = node.value
            case gast.Starred():
                has_star = True
            case gast.keyword(arg=None, value=value):
                has_star = True
                if isinstance(value, gast.Name):
                    harmless[value.id] += 1
            case gast.Subscript(value=gast.Name(id=name), ctx=gast.Load()):
                harmless[name] += 1
    found = Displays()
    if not has_star:
        return found
    for name, value in candidates.items():
        if stored[name] != 1 or name in params:
            continue
        if isinstance(value, gast.Tuple):
            if not any(isinstance(e, gast.Starred) for e in value.elts):
                found.tuples[name] = len(value.elts)
            continue
        keys = _texts(value)
        if keys is not None and loaded[name] == harmless[name]:
            found.dicts[name] = keys
    return found


def _texts(node: gast.Dict) -> tuple[str, ...] | None:
    if all(isinstance(key, gast.Constant) and isinstance(key.value, str) for key in node.keys):
        return tuple(key.value for key in node.keys)
    return None


def _item(name: str, key: int | str) -> gast.Subscript:
    return gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())
