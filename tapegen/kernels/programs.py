"""NumPy's functions that call functions or write into arrays, as programs: they are followed as the user's code is.

Their derivatives come from what they do. `PROGRAMS` says which function each stands for.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from . import polynomials
from .elements import arrayed, as_vector, item, vectorized_shape
from .places import (
    along_places,
    cycled,
    diagonal_places,
    flat_places,
    indexed_places,
    replaced,
)

# -- functions of functions -------------------------------------------------------------------------------------------


def vectorized(function: Any, otypes: Any, *args: Any, **kwargs: Any) -> Any:
    """What `np.vectorize(function)` does: a call for each element."""
    shape = vectorized_shape(*args)
    columns = [np.ravel(np.broadcast_to(arg, shape)) for arg in args]
    values = [function(*[item(column[i]) for column in columns], **kwargs) for i in range(len(columns[0]))]
    return np.reshape(as_vector(values, otypes), shape)


def vectorize(
    pyfunc: Any,
    otypes: Any = None,
    doc: Any = None,
    excluded: Any = None,
    cache: Any = False,
    signature: Any = None,
) -> Any:
    """`np.vectorize`. With `excluded` all keyword arguments are passed on as they are; there is no `signature`."""
    if signature is not None:
        raise TypeError("np.vectorize with a signature has no derivative: write a loop over the rows")
    return functools.partial(vectorized, pyfunc, otypes)


def check_vectorized(made: Any) -> Any:
    """The result of `np.vectorize`, if its calls can be followed."""
    if made.signature is not None:
        raise TypeError("np.vectorize with a signature has no derivative: write a loop over the rows")
    return made


def each(function: Any, *arrays: Any) -> Any:
    """`np.atleast_2d(a, b)` and its like: what the function makes of each."""
    return tuple([function(array) for array in arrays])


def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """What the function makes of each row, in the place of the row."""
    rows = np.moveaxis(arr, axis, -1)
    outer = np.shape(rows)[:-1]
    values = np.stack([func1d(row, *args, **kwargs) for row in np.reshape(rows, (-1, np.shape(rows)[-1]))])
    inner = np.shape(values)[1:]
    result = np.reshape(values, (*outer, *inner))
    first = len(outer)
    places = [axis % np.ndim(arr) + i for i in range(len(inner))]
    return np.moveaxis(result, [first + i for i in range(len(inner))], places)


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """The function over each of the axes in turn; what it reduces keeps its axis."""
    result = arrayed(a)
    for axis in np.atleast_1d(axes).tolist():
        found = func(result, axis)
        result = found if np.ndim(found) == np.ndim(result) else np.expand_dims(found, axis)
    return result


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function on the elements for which its condition holds, the last such one; a number is constant."""
    x = arrayed(x)
    result = np.zeros_like(x)
    masks = [np.reshape(np.asarray(condition, bool), np.shape(x)) for condition in condlist]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any(np.stack(masks), axis=0))
    for mask, function in zip(masks, funclist, strict=True):
        result = replaced(result, mask, function(x[mask], *args, **kw) if callable(function) else function)
    return result


def always(value: Any, *args: Any, **kwargs: Any) -> Any:
    """With `functools.partial`, a constant function."""
    return value


def fromfunction(function: Any, shape: Any, *, dtype: Any = float, like: Any = None, **kwargs: Any) -> Any:
    """The function of the grids of indices."""
    grids = np.indices(shape, dtype=dtype)
    return function(*[grids[i] for i in range(len(shape))], **kwargs)


# -- functions that write ---------------------------------------------------------------------------------------------


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> Any:
    """Of an element that is named several times, the last value counts."""
    places = flat_places(a, ind, mode)
    a[places] = cycled(v, len(places[0]))


def put_flat(a: Any, index: Any, values: Any) -> None:
    """`a.flat[index] = values`: a value, or several from the start again."""
    places = indexed_places(a, index)
    a[places] = cycled(values, len(places[0]))


def place(arr: Any, mask: Any, vals: Any) -> Any:
    """The first values, in the order of the elements."""
    chosen = np.reshape(np.asarray(mask, bool), np.shape(arr))
    arr[chosen] = cycled(vals, np.count_nonzero(chosen))


def putmask(a: Any, mask: Any, values: Any) -> Any:
    """The values that stand in the same places."""
    chosen = np.reshape(np.asarray(mask, bool), np.shape(a))
    a[...] = np.where(chosen, np.reshape(cycled(values, np.size(a)), np.shape(a)), a)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> Any:
    """Of an element that is named several times, the last value counts."""
    arr[along_places(arr, indices, axis)] = values


def fill_diagonal(a: Any, val: Any, wrap: Any = False) -> Any:
    """A value, or several from the start again."""
    places = diagonal_places(a, wrap)
    a[places] = cycled(val, len(places[0]))


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> Any:
    """With `where`; without it a copy is a store."""
    dst[...] = np.where(where, src, dst)


def computed_where(function: Any, out: Any, where: Any, *operands: Any) -> Any:
    """`function(*operands, out=out, where=where)` of a ufunc: nothing is computed, or differentiated, elsewhere."""
    shape = np.shape(out)
    mask = np.broadcast_to(where, shape)
    out[mask] = function(*[np.broadcast_to(operand, shape)[mask] for operand in operands])
    return out


PROGRAMS: dict[Any, Any] = {
    np.vectorize: vectorize,
    np.apply_along_axis: apply_along_axis,
    np.apply_over_axes: apply_over_axes,
    np.piecewise: piecewise,
    np.fromfunction: fromfunction,
    np.put: put,
    np.place: place,
    np.putmask: putmask,
    np.put_along_axis: put_along_axis,
    np.fill_diagonal: fill_diagonal,
    np.copyto: copyto,
    **polynomials.FUNCTIONS,
}
"""NumPy's function -> the program for it."""
