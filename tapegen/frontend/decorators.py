"""Decorated inner functions: the plain function, and an assignment of what the decorators make of it.

    @logged                          def g_plain(x):
    def g(x):              ->            return x * x
        return x * x                 g = logged(g_plain)

Decorators that do not change what a call computes (`functools.lru_cache`, `functools.wraps(f)`, numba's `njit`) vanish.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import gast

from tapegen.frontend.read_source import Source
from tapegen.frontend.scoping import body_of, located
from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.walk import walk

_TRANSPARENT = (functools.lru_cache, functools.cache, functools.wraps)
_MISSING = object()


def undecorate(source: Source) -> Source:
    """The source without decorated inner functions."""
    nodes = walk(body_of(source.tree))
    if not any(isinstance(n, gast.FunctionDef) and n.decorator_list for n in nodes):
        return source
    tree = build.clone(source.tree)
    taken = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
    _block(tree, source.function, taken)
    return replace(source, tree=tree)


def _block(node: Any, function: Any, taken: set[str]) -> None:
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        out: list[Any] = []
        for stmt in block:
            _block(stmt, function, taken)
            out.append(stmt)
            if isinstance(stmt, gast.FunctionDef) and stmt.decorator_list:
                out += _assigned(stmt, function, taken)
        setattr(node, field, out)


def _assigned(stmt: gast.FunctionDef, function: Any, taken: set[str]) -> list[Any]:
    decorators = [d for d in stmt.decorator_list if not _is_transparent(d, function)]
    stmt.decorator_list = []
    if not decorators:
        return []
    name, plain = stmt.name, f"{stmt.name}_plain"
    while plain in taken:
        plain += "_"
    taken.add(plain)
    stmt.name = plain
    value: gast.expr = located(build.load(plain), stmt)
    for decorator in reversed(decorators):
        value = located(build.call(decorator, value), decorator)
    end = located(gast.Pass(), stmt)
    end.lineno, end.col_offset = stmt.end_lineno, stmt.end_col_offset  # it comes after the definition
    return [located(build.assign(located(build.store(name), end), value), end)]


def _is_transparent(decorator: Any, function: Any) -> bool:
    made = isinstance(decorator, gast.Call)
    obj = known_object(decorator.func if made else decorator, function)
    if any(obj is known for known in _TRANSPARENT):
        return made or obj is not functools.wraps
    return (getattr(obj, "__module__", None) or "").partition(".")[0] == "numba"


def known_object(node: Any, function: Any) -> Any:
    """What a dotted name denotes in the function's module or around it."""
    parts = dotted(node)
    if parts is None:
        return None
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    try:
        value = cells[parts[0]].cell_contents if parts[0] in cells else function.__globals__[parts[0]]
    except (KeyError, ValueError):
        return None
    for part in parts[1:]:
        value = getattr(value, part, _MISSING)
    return value
