"""Shape functions of what `kernels/programs.py` is made of: elements as numbers, and places to write to."""

from __future__ import annotations

from tapegen.analysis.shape_algebra import broadcast, shape_from, shape_value
from tapegen.analysis.shape_functions import array_of, ranked, shape_of
from tapegen.analysis.values import (
    NONE,
    SOME,
    UNKNOWN,
    Array,
    ListOf,
    Number,
    Sequence,
    Shape,
    Value,
    kind_of,
)
from tapegen.kernels import elements, places


def _number(dtype: str | None) -> Value:
    return UNKNOWN if dtype is None else Number(kind_of(dtype))


@shape_of(elements.arrayed)
def arrayed(x: Value) -> Value:
    found = array_of(x)
    return Array(found.dtype, found.shape, None if found.scalar is not False else False)


@shape_of(elements.item)
def item(a: Value, index: Value = NONE) -> Value:
    return _number(array_of(a).dtype)


@shape_of(elements.item_back, elements.from_numbers)
def of_shape(ct: Value, a: Value, index: Value = NONE) -> Value:
    found = array_of(a)
    return Array(found.dtype, found.shape, False)


@shape_of(elements.as_numbers)
def as_numbers(x: Value) -> Value:
    found, dims = ranked(x)
    return _nested(_number(found.dtype), dims)


def _nested(leaf: Value, dims: Shape) -> Value:
    if not dims:
        return leaf
    inner = _nested(leaf, dims[1:])
    return Sequence(list, (inner,) * dims[0]) if isinstance(dims[0], int) else ListOf(inner)


@shape_of(elements.as_vector)
def as_vector(values: Value, otypes: Value = NONE) -> Value:
    if isinstance(values, ListOf) and otypes == NONE:
        return Array(array_of(values.item).dtype, (SOME,), False)
    if not isinstance(values, Sequence) or not values.items:
        return Array(None, (SOME,), False)
    dtype = array_of(values.items[0]).dtype if otypes == NONE else None
    return Array(dtype, (len(values.items),), False)


@shape_of(elements.from_vector)
def from_vector(ct: Value, values: Value, otypes: Value = NONE) -> Value:
    if isinstance(values, Sequence):
        return Sequence(list, (Number("float"),) * len(values.items))
    return ListOf(Number("float"))


@shape_of(elements.vectorized_shape)
def vectorized_shape(*args: Value) -> Value:
    found = broadcast([array_of(arg).shape for arg in args])
    return UNKNOWN if found is None else shape_value(found)


@shape_of(places.flat_places, places.indexed_places, places.along_places, places.diagonal_places)
def places_of(a: Value, ind: Value = NONE, mode: Value = NONE) -> Value:
    rank = array_of(a).rank
    return UNKNOWN if rank is None else Sequence(tuple, (Array("int64", None, False),) * rank)


@shape_of(places.cycled)
def cycled(values: Value, count: Value) -> Value:
    return Array(array_of(values).dtype, shape_from(count), False)


@shape_of(places.uncycled)
def uncycled(ct: Value, values: Value) -> Value:
    found = array_of(values)
    return Array(array_of(ct).dtype, found.shape, False)


@shape_of(places.replaced)
def replaced(a: Value, mask: Value, values: Value) -> Value:
    found = array_of(a)
    return Array(found.dtype, found.shape, False)


@shape_of(places.pad_widths)
def pad_widths(array: Value, pad_width: Value) -> Value:
    rank = array_of(array).rank
    pair = Sequence(tuple, (Number("int"), Number("int")))
    return UNKNOWN if rank is None else Sequence(list, (pair,) * rank)
