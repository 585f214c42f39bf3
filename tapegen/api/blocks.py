"""The blocks of a Jacobian, from many directions at once: unit seeds are pushed forward or pulled back together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.analysis.values import Value
from tapegen.api.arguments import differentiable
from tapegen.api.differentiate import derivative_of
from tapegen.api.ownership import disjoint, keep
from tapegen.api.products import Pair, Tangent, structured
from tapegen.compiler import Compiled
from tapegen.directions import compile_pullbacks, compile_tangents
from tapegen.linker import Linked
from tapegen.pytree import flatten, tree_map

ELEMENTS = 2**15
"""So many numbers a batch of seeds holds at most; a larger Jacobian is computed in several batches.

Batches that stay in the cache are faster: with 400 elements a Hessian takes 13 ms in batches of 2**15, 32 ms at once.
"""


class Tangents(Tangent):
    """The tangent function of a function, for many tangents at once."""

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_tangents(linked, signature, self.__name__, self.inputs(linked))


class Pullbacks(Pair):
    """The forward and adjoint functions of a function, the second for many cotangents at once."""

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_pullbacks(linked, signature, self.__name__, self.inputs(linked))


def push_many(
    fn: Any, wrt: tuple[int, ...], args: Sequence[Any], kwargs: Mapping[str, Any], dots: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """The value of a call, and for each array in it the tangents that belong to `dots`, along a first axis.

    Args:
        dots: for each of the arguments at `wrt` a nest like it of arrays with a first axis.
    """
    run, arguments = derivative_of(Tangents, fn, wrt).ready(tuple(args), kwargs)
    out, out_dots = run(*arguments, *map(_fields, dots))
    return disjoint(out, arguments), flatten(structured(out_dots, out))[0]


def linearise_many(
    fn: Any, wrt: tuple[int, ...], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Callable[[Any], list[Any]]]:
    """The value of a call, and the map from cotangents, along a first axis, to those of the arguments at `wrt`."""
    pair = derivative_of(Pullbacks, fn, wrt)
    forward, arguments = pair.ready(tuple(args), kwargs)
    adjoint = pair.adjoint_of(forward)
    out, residuals = forward(*arguments)
    residuals = keep(residuals, [*arguments, out])

    def pull(cts: Any) -> list[Any]:
        return flatten(list(adjoint(residuals, _fields(cts))))[0]

    return disjoint(out, arguments), pull


def _fields(tree: Any) -> Any:
    """A nest with dicts in place of its dataclasses, as tangents and cotangents have them."""
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return {
            field.name: _fields(getattr(tree, field.name))
            for field in dataclasses.fields(tree)
            if hasattr(tree, field.name)
        }
    if isinstance(tree, (list, tuple)):
        items = [_fields(item) for item in tree]
        cls: Any = type(tree)
        return cls._make(items) if hasattr(tree, "_fields") else cls(items)
    return {key: _fields(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


def size(leaves: Sequence[Any]) -> int:
    """How many numbers with a derivative there are in a list of arrays, numbers and other things."""
    return sum(int(np.size(leaf)) for leaf in leaves if differentiable(leaf))


def copies(args: Sequence[Any]) -> list[Any]:
    """Arguments that the function may write."""
    return tree_map(lambda a: a.copy() if isinstance(a, np.ndarray) else a, list(args))  # type: ignore[no-any-return]


def _dtype(leaf: Any) -> np.dtype:
    return np.asarray(leaf).dtype


def unit_seeds(leaves: Sequence[Any]) -> Iterator[tuple[int, int, list[Any]]]:
    """The unit directions of all elements of `leaves`, in batches: first, end, and for each leaf its seeds."""
    total = size(leaves)
    step = max(1, min(total, ELEMENTS // max(total, 1)))
    for first in range(0, total, step):
        end = min(first + step, total)
        yield first, end, [_units(leaf, place, first, end) for leaf, place in zip(leaves, _places(leaves))]


def _places(leaves: Sequence[Any]) -> list[int]:
    """The position of the first element of each leaf among those of all leaves."""
    places, place = [], 0
    for leaf in leaves:
        places.append(place)
        place += size([leaf])
    return places


def _units(leaf: Any, place: int, first: int, end: int) -> Any:
    """The seeds of one leaf, at `place`, for the directions from `first` to `end`."""
    if not differentiable(leaf):
        return None
    seeds = np.zeros((end - first, int(np.size(leaf))), _dtype(leaf))
    start, stop = max(first, place), min(end, place + seeds.shape[1])
    if start < stop:
        hit = np.arange(start, stop)
        seeds[hit - first, hit - place] = 1
    return seeds.reshape(end - first, *np.shape(leaf))


def rows(
    outs: list[Any], structure: Any, pull: Callable[[Any], list[Any]], leaves: list[Any]
) -> list[list[Any]]:
    """For each array of the result a list with a block for each of `leaves`, by the cotangents of unit cotangents."""
    tables = [np.empty((size(outs), size([leaf])), _dtype(leaf)) for leaf in leaves]
    for first, end, seeds in unit_seeds(outs):
        for table, part, leaf in zip(tables, pull(structure.unflatten(seeds)), leaves, strict=True):
            if differentiable(leaf):
                table[first:end] = _flat(part, end - first)
    return [
        [
            _block(table[place : place + size([out])], out, leaf)
            for table, leaf in zip(tables, leaves, strict=True)
        ]
        for out, place in zip(outs, _places(outs), strict=True)
    ]


def columns(
    fn: Any, wrt: tuple[int, ...], args: Any, kwargs: Mapping[str, Any], leaves: list[Any]
) -> tuple[list[Any], list[list[Any]], Any]:
    """The leaves of the result, for each a list with a block for each of `leaves`, and the structure of the result."""
    structure = flatten([args[p] for p in wrt])[1]
    tables: list[np.ndarray] = []
    for first, end, seeds in unit_seeds(leaves):
        out, dots = push_many(fn, wrt, copies(args), kwargs, structure.unflatten(seeds))
        outs, out_structure = flatten(out)
        tables = tables or [np.empty((size([o]), size(leaves)), _dtype(o)) for o in outs]
        for table, found, leaf in zip(tables, dots, outs, strict=True):
            if differentiable(leaf):
                table[:, first:end] = np.transpose(_flat(found, end - first))
    blocks = [
        [
            _block(table[:, place : place + size([leaf])], out, leaf)
            for leaf, place in zip(leaves, _places(leaves), strict=True)
        ]
        for table, out in zip(tables, outs, strict=True)
    ]
    return outs, blocks, out_structure


def _flat(part: Any, count: int) -> Any:
    """The entries of `part` as rows. A number is the zero of every shape."""
    return np.reshape(part, (count, -1)) if np.ndim(part) else part


def plain_columns(fn: Any, position: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The Jacobian where argument and result are single real arrays, without the ceremony for nests; None elsewhere."""
    x = args[position]
    if type(x) is not np.ndarray or x.dtype.kind != "f" or not 0 < x.size * x.size <= ELEMENTS:
        return None
    own = [a.copy() if type(a) is np.ndarray else a for a in args]
    if not all(type(a) in (np.ndarray, float, int) for a in own):
        own = copies(args)
    run, arguments = derivative_of(Tangents, fn, (position,)).ready(tuple(own), kwargs)
    out, dots = run(*arguments, np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape))
    if not isinstance(out, (np.ndarray, np.floating, float)) or np.asarray(out).dtype.kind != "f":
        return None
    table = np.array(np.transpose(_flat(dots, x.size)), _dtype(out), order="C")
    if not table.ndim:
        table = np.full((int(np.size(out)), x.size), table)
    return table.reshape(*np.shape(out), *x.shape)


def _block(part: np.ndarray, out: Any, leaf: Any) -> Any:
    """A part of a table as a block of its own, of shape `out.shape + leaf.shape`; None without derivative."""
    if not (differentiable(out) and differentiable(leaf)):
        return None
    return like(np.array(part, order="C").reshape(np.shape(out) + np.shape(leaf)), leaf)


def like(block: Any, leaf: Any) -> Any:
    """A block of rank 0 as a number, unless the argument is an array."""
    if block.shape or isinstance(leaf, np.ndarray):
        return block
    return (
        block.item() if isinstance(leaf, (float, complex)) and not isinstance(leaf, np.generic) else block[()]
    )
