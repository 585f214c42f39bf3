"""Shapes that need not be kept: of what a loop of the adjoint takes from its list only for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.predicates import is_array
from tapegen.analysis.values import Array, Value, same_shape
from tapegen.kernels import broadcast_like, unbroadcast, unreduce
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, lookup, walk_statements
from tapegen.lang.walk import CHILDREN
from tapegen.optimise.rewrite import changed

_SHAPES: dict[Any, tuple[int, ...]] = {
    **dict.fromkeys((np.zeros_like, np.ones_like, np.empty_like, np.shape, np.size, np.ndim), (0,)),
    **dict.fromkeys((unbroadcast, broadcast_like, unreduce), (1,)),
}
"""Arguments of which nothing but the shape counts; not those that are looked up by their memory, as in `shadow_of`."""


def borrow_shapes(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Read the shape of an array that an adjoint loop takes from a list off an array outside, known to have the same.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.analysis.values import Array, Size
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(v, stack):
    ...     for w in reversed(stack):
    ...         w_bar = np.zeros_like(w)
    ...         v[...] += w_bar
    ...     return v''')
    >>> vector = Array("float64", (Size.of("n"),))
    >>> print(show(borrow_shapes(before, {"v": vector, "w": vector}).tree))
    def f(v, stack):
        for w in reversed(stack):
            w_bar = np.zeros_like(v)
            v[...] += w_bar
        return v

    Then nobody reads the list, and dead code elimination drops it: a linear update in place keeps nothing.
    """
    bound: dict[str, int] = {}
    for stmt in walk_statements(fn.body):
        if isinstance(stmt, (gast.Assign, gast.For)):
            for name in bound_names(stmt.targets[0] if isinstance(stmt, gast.Assign) else stmt.target):
                bound[name] = bound.get(name, 0) + 1
    lenders = [name for name in fn.params if name not in bound and is_array(facts.get(name))]
    body: list[gast.stmt] = []
    for stmt in fn.body:
        if isinstance(stmt, gast.For):
            stmt = _without_shape_reads(fn, stmt, lenders, facts)
        elif isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            name = stmt.targets[0].id
            if bound[name] == 1 and is_array(facts.get(name)):
                lenders.append(name)
        body.append(stmt)
    return fn if all(map(_is, body, fn.body)) else fn.with_body(body)


def _is(a: Any, b: Any) -> bool:
    return a is b


def _without_shape_reads(
    fn: Core, loop: gast.For, lenders: list[str], facts: Mapping[str, Value]
) -> gast.For:
    """The loop, with other names where only the shapes of what it takes from lists are read."""
    if not isinstance(loop.iter, gast.Call) or getattr(loop.iter.func, "id", "") not in ("reversed", "zip"):
        return loop
    borrowed = {}
    needed: set[str] = set()
    _read_values(fn, loop.body, needed)
    for name in sorted(bound_names(loop.target)):
        if is_array(facts.get(name)) and name not in needed:
            same = [other for other in lenders if _same(facts.get(name), facts.get(other))]
            if same:
                borrowed[name] = same[0]
    return changed(loop, body=build.substitute(loop.body, borrowed)) if borrowed else loop


def _same(a: Value | None, b: Value | None) -> bool:
    """Whether two arrays are known to have one shape and dtype."""
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.dtype is None or a.dtype != b.dtype:
        return False
    return same_shape(a.shape, b.shape)


def _read_values(fn: Core, node: Any, found: set[str]) -> None:
    """Enter the names of arrays whose elements are read, and those that are bound again."""
    if isinstance(node, list):
        for part in node:
            _read_values(fn, part, found)
    elif isinstance(node, gast.Name):
        found.add(node.id)
    elif isinstance(node, gast.Call):
        callee = lookup(fn, node.func)
        spared = _SHAPES.get(callee, ()) if type(callee).__hash__ is not None else ()
        args = [arg for i, arg in enumerate(node.args) if i not in spared or not isinstance(arg, gast.Name)]
        _read_values(fn, [node.func, *args, *node.keywords], found)
    elif isinstance(node, gast.AST):
        for field in CHILDREN[type(node)]:
            _read_values(fn, getattr(node, field), found)
