"""The methods of ufuncs, as programs: see `programs`. Those of the commonest ufuncs have rules of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .elements import as_axis
from .places import nth_places, repeats, segments
from .tables import beside


def at_of(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.at`: an element that is named several times changes as often."""

    def unary_at(a: Any, indices: Any) -> None:
        for n in range(repeats(a, indices)):
            places = nth_places(a, indices, n)
            a[places[0]] = ufunc(a[places[0]])

    def binary_at(a: Any, indices: Any, b: Any) -> None:
        operand = np.broadcast_to(b, np.shape(a[indices]))
        for n in range(repeats(a, indices)):
            places = nth_places(a, indices, n)
            a[places[0]] = ufunc(a[places[0]], operand[places[1]])

    return unary_at if ufunc.nin == 1 else binary_at


def outer_of(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.outer`: each element with each."""

    def outer(A: Any, B: Any) -> Any:
        return ufunc(beside(A, B), B)

    return outer


def reduce_of(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.reduce` along one axis, from the first element to the last."""

    def reduce(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Any:
        rows = np.moveaxis(array, as_axis(array, axis), 0)
        result = rows[0]
        for i in range(1, len(rows)):
            result = ufunc(result, rows[i])
        return np.expand_dims(result, as_axis(array, axis)) if keepdims else result

    return reduce


def accumulate_of(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.accumulate`: the results on the way of `reduce`."""

    def accumulate(array: Any, axis: Any = 0, dtype: Any = None) -> Any:
        rows = np.moveaxis(array, axis, 0)
        result = rows[0]
        results = [result]
        for i in range(1, len(rows)):
            result = ufunc(result, rows[i])
            results.append(result)
        return np.stack(results, axis)

    return accumulate


def reduceat_of(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.reduceat`: a reduction from each index to the next, or one element where that does not come later."""

    def reduceat(array: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
        rows = np.moveaxis(array, axis, 0)
        parts = [ufunc.reduce(rows[start:stop], axis=0) for start, stop in segments(len(rows), indices)]
        return np.moveaxis(np.stack(parts), 0, axis)

    return reduceat


_METHODS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "at": at_of,
    "outer": outer_of,
    "reduce": reduce_of,
    "accumulate": accumulate_of,
    "reduceat": reduceat_of,
}


@functools.cache
def program_of(method: Any) -> Callable[..., Any] | None:
    """The program for a method of a ufunc, such as `np.hypot.outer`.

    There is none for reductions by `np.power` and `np.arctan2`: in NumPy 2.4 these depend on the layout of the memory.
    """
    if method.__name__.startswith("reduce") and method.__self__ in (np.power, np.arctan2):
        return None
    return _METHODS[method.__name__](method.__self__)
