"""Operations on whole arrays as loop nests: elementwise functions, copies, creation, and changes of layout."""

from __future__ import annotations

from functools import partial

import gast
import numpy as np

from tapegen.analysis.values import SOME, Array, Dim, Value
from tapegen.backends.numba import scalars, views
from tapegen.backends.numba.nests import Nest
from tapegen.backends.numba.state import (
    DTYPES,
    INDICES,
    Items,
    Known,
    Length,
    Scalar,
    Static,
    View,
    Work,
    atom_expr,
    dtype_of,
    identity,
)
from tapegen.lang import build


def index_exprs(rank: int) -> list[gast.expr | None]:
    return [build.load(name) for name in INDICES[:rank]]


def allocate(work: Work, stem: str, lengths: tuple[Length, ...], dtype: str) -> View:
    """A new array that nobody else refers to."""
    if dtype not in DTYPES:
        raise work.fail(f"an array of dtype {dtype}")
    if len(lengths) > len(INDICES):
        raise work.fail("an array of more than six axes")
    name = work.namer(stem)
    shape = build.tuple_of([atom_expr(n.atom) for n in lengths])
    kind = build.attribute("np.bool_" if dtype == "bool" else f"np.{dtype}")
    stmt = build.assign(name, build.call("np.empty", shape, kind))
    stmt.allocates = stmt.early = True
    work.emit(stmt)
    work.define(name)
    work.temporaries.add(name)
    work.contiguous.add(name)
    work.roots[name] = name
    return View(name, identity(len(lengths)), lengths, dtype)


def nest(work: Work, lengths: tuple[Length, ...], body: list[gast.stmt]) -> None:
    """Write a loop nest over `lengths`."""
    for stmt in body:
        stmt.origin = work.origin
    work.emit(Nest(tuple(work.canonical(n.atom) for n in lengths), body, work.origin))


def store(work: Work, target: View, value: gast.expr) -> None:
    """Write `target[...] = value`, for a value in terms of the indices of `target`."""
    place = views.store_target(target, index_exprs(target.rank))
    if target.rank == 0:
        work.emit(build.assign(place, value))
    else:
        nest(work, target.lengths, [build.assign(place, value)])


def filled(work: Work, stem: str, lengths: tuple[Length, ...], dtype: str, value: gast.expr) -> View:
    """A new array whose elements are `value`, in terms of its indices."""
    result = allocate(work, stem, lengths, dtype)
    store(work, result, value)
    return result


def copied(work: Work, view: View, stem: str) -> View:
    """A new array with the elements of `view`."""
    return filled(work, stem, view.lengths, view.dtype, views.element(view, index_exprs(view.rank)))


def contiguous(work: Work, view: View, stem: str) -> str:
    """A local array in row-major order with the elements of `view`."""
    if view.is_whole and view.base is not None and view.base in work.contiguous:
        return view.base
    return str(copied(work, view, stem).base)


# -- elementwise ------------------------------------------------------------------------------------------------------


def joint_lengths(work: Work, operands: list[View], dims: tuple[Dim, ...] | None) -> tuple[Length, ...]:
    """The lengths of arrays broadcast together."""
    rank = max(v.rank for v in operands)
    found = []
    for axis in range(rank):
        lengths = [v.lengths[axis - rank + v.rank] for v in operands if axis - rank + v.rank >= 0]
        length = views.joint_length(work, lengths)
        if (
            dims is not None
            and len(dims) == rank
            and isinstance(dims[axis], int)
            and not isinstance(length.atom, int)
        ):
            length = Length(length.atom, dims[axis])
        found.append(length)
    return tuple(found)


def elementwise(
    work: Work, stem: str, args: list[Known], fact: Value, combine: scalars.Combine
) -> View | Scalar:
    """`combine` carried out on numbers, or on the elements of arrays."""
    operands = [arg for arg in args if isinstance(arg, View)]
    dtype = dtype_of(fact)
    if not operands:
        return combine([_number(work, arg) for arg in args], dtype)
    dims = fact.shape if isinstance(fact, Array) else None
    lengths = joint_lengths(work, operands, dims)
    indices = index_exprs(len(lengths))
    elements: list[Scalar | None] = []
    for arg in args:
        if isinstance(arg, View):
            stretched = views.broadcast(work, arg, lengths)
            elements.append(Scalar(views.element(stretched, indices), arg.dtype, False))
        else:
            elements.append(_number(work, arg))
    value = combine(elements, dtype)
    if not lengths:
        return Scalar(value.expr, value.dtype, False)
    return filled(work, stem, lengths, value.dtype, value.expr)


def _number(work: Work, arg: Known) -> Scalar | None:
    if isinstance(arg, Scalar):
        return arg
    if isinstance(arg, Static) and arg.value is None:
        return None
    raise work.fail("an operand that is neither a number nor an array")


# -- creation ---------------------------------------------------------------------------------------------------------


def shape_of(work: Work, known: Known, fact: Value) -> tuple[Length, ...]:
    """The lengths that a shape argument gives."""
    items = known.items if isinstance(known, Items) else (known,)
    dims = fact.shape if isinstance(fact, Array) and fact.shape is not None else [None] * len(items)
    if len(dims) != len(items):
        raise work.fail("a shape of unknown length")
    lengths = []
    for item, dim in zip(items, dims):
        if not isinstance(item, Scalar) or item.dtype != "int64":
            raise work.fail("a shape that is not made of integers")
        value = item.expr
        if isinstance(dim, int):
            lengths.append(Length(dim, dim))
        elif isinstance(value, gast.Constant):
            lengths.append(Length(int(value.value), int(value.value)))
        else:
            lengths.append(work.length(dim if dim is not None else SOME, partial(build.clone, value)))
    return tuple(lengths)


def constant_array(
    work: Work, stem: str, lengths: tuple[Length, ...], dtype: str, value: Scalar
) -> View | Scalar:
    """An array of equal elements; stored, for it may be written."""
    element = scalars.cast(value, dtype).expr
    if not lengths:
        result = allocate(work, stem, (), dtype)
        store(work, result, element)
        return result
    return filled(work, stem, lengths, dtype, element)


ZERO = {"float64": 0.0, "float32": 0.0, "int64": 0, "int32": 0, "bool": False, "complex128": 0j}


def typed(value: complex, dtype: str) -> gast.expr:
    """A constant of a dtype."""
    number = {"f": float, "i": int, "b": bool, "c": complex}[np.dtype(dtype).kind](value)
    plain = build.constant(number)
    return plain if dtype in ("float64", "int64", "bool", "complex128") else build.call(f"np.{dtype}", plain)


# -- layout -----------------------------------------------------------------------------------------------------------


def reshaped(work: Work, stem: str, view: View, lengths: tuple[Length, ...], shares: bool) -> View | Scalar:
    """`view` in another shape: a view of the same memory, or where nobody can tell the difference a copy."""
    if view.base is None:
        return View(None, (), lengths, view.dtype, view.fill)
    if tuple(n.atom for n in view.lengths) == tuple(n.atom for n in lengths):
        return view
    whole = view.is_whole and view.base in work.contiguous
    if not whole and shares:
        raise work.fail("np.reshape of an array that is written, where it may be a view or a copy")
    base = contiguous(work, view, stem)
    shape = build.tuple_of([atom_expr(n.atom) for n in lengths])
    name = work.local(stem, build.call("np.reshape", build.load(base), shape))
    work.roots[name] = work.roots.get(base, base)
    work.contiguous.add(name)
    return View(name, identity(len(lengths)), lengths, view.dtype)
