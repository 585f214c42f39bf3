"""What each number depends on: arrays of sets in place of arrays of numbers.

The code that finds sparsity patterns (`transforms/dependence.py`) carries for each array one of the same shape whose
elements are frozensets of the positions, in the argument, that the element may depend on. They are unions, never
too small: what is not known to be sparse is taken to depend on everything that goes in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

NOTHING: frozenset[int] = frozenset()


def _filled(shape: Any, content: frozenset[int]) -> np.ndarray:
    found = np.empty(shape, object)
    found.fill(content)
    return found


def _like(x: Any, content: frozenset[int]) -> Any:
    """The dependence of `x` where all of it depends on `content`."""
    if isinstance(x, np.ndarray):
        return _filled(x.shape, content)
    if isinstance(x, (list, tuple)):
        return [_like(item, content) for item in x]
    return {key: _like(item, content) for key, item in x.items()} if isinstance(x, dict) else content


def nothing_like(x: Any) -> Any:
    """The dependence of what depends on nothing."""
    return _like(x, NOTHING)


def positions_of(x: Any) -> Any:
    """The dependence of an argument: each element on itself.

    >>> positions_of(np.zeros(2))
    array([frozenset({0}), frozenset({1})], dtype=object)
    """
    found = np.empty(np.size(x), object)
    found[:] = [frozenset((k,)) for k in range(found.size)]
    return found.reshape(np.shape(x)) if isinstance(x, np.ndarray) else found[0]


def sets_in(dep: Any) -> Iterator[frozenset[int]]:
    """All sets of a dependence."""
    if isinstance(dep, np.ndarray):
        yield from dep.flat
    elif isinstance(dep, (list, tuple, dict)):
        for item in dep.values() if isinstance(dep, dict) else dep:
            yield from sets_in(item)
    elif isinstance(dep, frozenset):
        yield dep


def everything(out: Any, *deps: Any) -> Any:
    """The dependence of `out` where all of it may depend on all of `deps`."""
    return _like(out, NOTHING.union(*sets_in(list(deps))))


def union_like(out: Any, *deps: Any) -> Any:
    """The dependence of the result of an elementwise operation.

    >>> union_like(np.zeros(2), positions_of(np.zeros(2)), frozenset({7}))
    array([frozenset({0, 7}), frozenset({1, 7})], dtype=object)
    """
    if isinstance(out, (list, tuple, dict)) or any(isinstance(d, (list, tuple, dict)) for d in deps):
        return everything(out, *deps)
    if not isinstance(out, np.ndarray):
        return NOTHING.union(*sets_in(list(deps)))
    parts = [dep if isinstance(dep, np.ndarray) else _filled((), dep) for dep in deps]
    total = functools.reduce(np.bitwise_or, parts)
    return np.array(
        np.broadcast_to(total if isinstance(total, np.ndarray) else _filled((), total), out.shape)
    )


def union_over(dep: Any, out: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The dependence of the result of a reduction over `axis`."""
    if not isinstance(dep, np.ndarray):
        return everything(out, dep)
    axes = range(dep.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for place in sorted((int(a) % dep.ndim for a in axes), reverse=True):
        reduced: Any = np.bitwise_or.reduce(dep, place, None, None, bool(keepdims), NOTHING)  # type: ignore[call-overload]
        dep = reduced if isinstance(reduced, np.ndarray) else _filled((), reduced)
    return dep if isinstance(out, np.ndarray) else dep.item()


def union_running(dep: Any, out: Any, axis: Any = None) -> Any:
    """The dependence of running sums."""
    if axis is None or not isinstance(dep, np.ndarray):
        dep, axis = np.ravel(dep), 0
    return np.bitwise_or.accumulate(dep, axis=axis)


def union_of_neighbours(dep: Any, out: Any, n: int = 1, axis: int = -1) -> Any:
    """The dependence of differences of order `n`."""
    dep = np.moveaxis(dep, axis, 0)
    for _ in range(n):
        dep = np.bitwise_or(dep[1:], dep[:-1])
    return np.moveaxis(dep, 0, axis)


def union_of_product(out: Any, x: Any, y: Any, x_dep: Any, y_dep: Any) -> Any:
    """The dependence of `x @ y`; of an operand without dependence, None in its place, only what is not zero counts."""
    x, y = np.asarray(x), np.asarray(y)
    if not (0 < x.ndim < 3 and 0 < y.ndim < 3 and x.size and y.size):
        return everything(out, *[dep for dep in (x_dep, y_dep) if dep is not None])
    rows, columns = np.atleast_2d(x), y.reshape(len(y), -1)
    found = _filled((len(rows), columns.shape[1]), NOTHING)
    for dep, other in ((x_dep, y_dep), (y_dep, x_dep)):
        if dep is None:
            continue
        left = dep is x_dep
        sets = dep.reshape(rows.shape if left else columns.shape)
        weights = (columns if left else rows.T) if other is None else np.ones((rows.shape[1], 1), bool)
        part = _gathered(sets if left else sets.T, weights != 0)
        found = np.bitwise_or(found, part if left else part.T)
    shaped = found.reshape(np.shape(out))
    return shaped if isinstance(out, np.ndarray) else shaped.item()


def _gathered(sets: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """For each row of sets and each column of `taken` the union of the sets that are taken."""
    found = _filled((len(sets), taken.shape[1]), NOTHING)
    whole = [NOTHING.union(*row) for row in sets] if taken.all(axis=0).any() else []
    for j, column in enumerate(taken.T):
        places = np.flatnonzero(column)
        for i, row in enumerate(sets):
            found[i, j] = whole[i] if len(places) == len(column) else NOTHING.union(*row[places])
    return found


def unite_at(dep: Any, index: Any, value: Any) -> None:
    """Add to the dependence of what is written by `np.add.at`."""
    if isinstance(dep, np.ndarray):
        np.bitwise_or.at(dep, index, value if isinstance(value, np.ndarray) else _filled((), value))
    else:
        dep[index] = union_like(dep[index], dep[index], value)
