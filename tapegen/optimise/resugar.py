"""Resugaring: loops and transposes as people write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.analysis.purity import effects, functions_named
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import all_binds, binding_counts, use_counts
from tapegen.lang.build import call, store, tuple_of
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.optimise.rewrite import (
    changed,
    is_name,
    map_blocks,
    map_expression,
    map_operands,
    target_name,
    with_body,
)


def loop_over_elements(
    fn: Core, is_sequence: Callable[[str], bool] | None = None, regions: Regions | None = None
) -> Core:
    """Loop over elements instead of indices.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, y):
    ...     xs = [x, y]
    ...     for k in range(len(xs)):
    ...         v = xs[k]
    ...         print(v)
    ...     for k_1 in range(len(xs)):
    ...         u = xs[k_1]
    ...         print(k_1, u)
    ...     return x''')
    >>> print(show(loop_over_elements(before)))
    def f(x, y):
        xs = [x, y]
        for v in xs:
            print(v)
        for k_1, u in enumerate(xs):
            print(k_1, u)
        return x

    Args:
        is_sequence: tells names of arrays, lists and tuples, for a loop over a dictionary gives its keys. By default,
            names bound to displays of lists and tuples or to NumPy's constructors.
    """
    known = is_sequence or _sequences(fn).__contains__
    uses = use_counts(fn)
    counts = binding_counts(fn)

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        return [sugared(map_blocks(stmt, block)) for stmt in body]

    def sugared(stmt: gast.stmt) -> gast.stmt:
        if type(stmt) is not gast.For or not is_name(stmt.target) or not stmt.body:
            return stmt
        counter, sequence, element = stmt.target.id, _range_of_length(stmt.iter), target_name(stmt.body[0])
        if sequence is None or element is None or not known(sequence) or element in (counter, sequence):
            return stmt
        read = stmt.body[0].value
        if type(read) is not gast.Subscript or not is_name(read.value) or not is_name(read.slice):
            return stmt
        if read.value.id != sequence or read.slice.id != counter:
            return stmt
        inner = all_binds(stmt.body[1:])
        if {counter, element, sequence} & inner or counts[counter] != 1 or grows(stmt, sequence):
            return stmt
        rest = stmt.body[1:] or [gast.Pass()]
        if uses[counter] == 1:
            return changed(stmt, target=store(element), iter=read.value, body=rest)
        pair = tuple_of([store(counter), store(element)], gast.Store())
        return changed(stmt, target=pair, iter=call("enumerate", read.value), body=rest)

    def grows(stmt: gast.stmt, sequence: str) -> bool:
        """Whether the sequence may be changed by the loop, an array's values left aside."""
        where = regions or Regions(fn)
        for part in walk_statements([stmt]):
            done = effects(fn, part)
            if not done.none and where.of(sequence) in where.written_by(done):
                return True
        return False

    return with_body(fn, block(fn.body))


def _range_of_length(node: gast.expr) -> str | None:
    """The name in `range(len(name))`."""
    for function in ("range", "len"):
        if type(node) is not gast.Call or not is_name(node.func) or node.func.id != function or node.keywords:
            return None
        if len(node.args) != 1:
            return None
        node = node.args[0]
    return str(node.id) if is_name(node) else None


_MATRICES = (np.outer, np.diag, np.tril, np.triu, np.linalg.inv, np.linalg.solve)
_SEQUENCES = set(functions_named(np, "zeros ones empty full linspace arange zeros_like ones_like"))


def _sequences(fn: Core) -> set[str]:
    counts = binding_counts(fn)
    found = set()
    for stmt in fn.statements:
        name = target_name(stmt)
        if name is not None and counts[name] == 1:
            if type(stmt.value) in (gast.List, gast.Tuple):
                found.add(name)
            elif type(stmt.value) is gast.Call and lookup(fn, stmt.value.func) in _SEQUENCES:
                found.add(name)
    return found


def use_attributes(
    fn: Core,
    is_array: Callable[[str], bool] | None = None,
    is_double: Callable[[str], bool] = lambda name: False,
) -> Core:
    """Write `np.transpose(x)` as `x.T`, and `np.size(x)` and `np.shape(x)` as attributes.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x):
    ...     a = np.tanh(x)
    ...     b = np.transpose(a) @ np.transpose(x)
    ...     return b''')
    >>> print(show(use_attributes(before)))
    def f(x):
        a = np.tanh(x)
        b = a.T @ np.transpose(x)
        return b

    Args:
        is_array: tells names of arrays, beside those that are results of NumPy functions; lists have no `.T`.
        is_double: tells names of arrays of doubles; `np.zeros(x.shape)` is much quicker than `np.zeros_like(x)`.
    """
    known = _results_of_numpy(fn, is_array or (lambda name: False))

    def array(node: gast.expr) -> bool:
        if is_name(node):
            return known(node.id)
        if type(node) is gast.BinOp:
            return type(node.op) is gast.MatMult
        return type(node) is gast.Call and lookup(fn, node.func) in _MATRICES

    def step(node: gast.expr) -> gast.expr:
        if type(node) is gast.Call and len(node.args) == 1 and not node.keywords and array(node.args[0]):
            called = lookup(fn, node.func)
            if called is np.transpose or (called in (np.size, np.shape) and is_name(node.args[0])):
                attr = "T" if called is np.transpose else "size" if called is np.size else "shape"
                return gast.Attribute(value=node.args[0], attr=attr, ctx=gast.Load())
            if called is np.zeros_like and is_name(node.args[0]) and is_double(node.args[0].id):
                shape = gast.Attribute(value=node.args[0], attr="shape", ctx=gast.Load())
                return changed(node, func=changed(node.func, attr="zeros"), args=[shape])
        return node

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        return [
            map_blocks(map_operands(stmt, lambda node: map_expression(node, step)), block) for stmt in body
        ]

    return with_body(fn, block(fn.body))


def _results_of_numpy(fn: Core, is_array: Callable[[str], bool]) -> Callable[[str], bool]:
    """Tells names all of whose bindings are surely arrays or NumPy scalars."""
    good: set[str] = set()
    bad: set[str] = set(fn.params)

    def array(node: Any) -> bool:
        kind = type(node)
        if kind is gast.Name:
            return is_array(node.id) or (node.id in good and node.id not in bad)
        if kind is gast.Call:
            function = lookup(fn, node.func)
            return isinstance(function, np.ufunc) or function in _SEQUENCES
        if kind is gast.BinOp:
            return array(node.left) or array(node.right)
        return False

    for stmt in fn.statements:
        name = target_name(stmt)
        if name is not None:
            (good if array(stmt.value) else bad).add(name)
        else:
            bad |= all_binds([stmt]) if type(stmt) is gast.For else set()
    return lambda name: is_array(name) or (name in good and name not in bad)
