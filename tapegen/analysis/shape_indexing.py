"""The shape of `x[index]`."""

from __future__ import annotations

from dataclasses import dataclass

from tapegen.analysis.joins import join_all
from tapegen.analysis.shape_algebra import as_array, broadcast, sliced, static_int
from tapegen.analysis.values import (
    SOME,
    UNKNOWN,
    Array,
    Dim,
    ListOf,
    Mapping,
    Number,
    Sequence,
    Shape,
    Static,
    Value,
    kind_of,
)


@dataclass(frozen=True, slots=True)
class Slice(Value):
    """A slice written in an index; None stands for a bound that is left out."""

    start: Value | None
    stop: Value | None
    step: Value | None


def indexed(base: Value, index: Value) -> Value:
    """The description of `base[index]`."""
    if isinstance(base, Array):
        return _indexed_array(base, index)
    if isinstance(base, Sequence):
        return _indexed_sequence(base, index)
    if isinstance(base, ListOf):
        return base if isinstance(index, Slice) else base.item if _is_int(index) else UNKNOWN
    if isinstance(base, Mapping):
        if isinstance(index, Static) and isinstance(index.object, str) and index.object in base.keys:
            return base.values[base.keys.index(index.object)]
        position = static_int(index)
        if position is not None and position in base.keys:
            return base.values[base.keys.index(position)]
    return UNKNOWN


def _is_int(index: Value) -> bool:
    return isinstance(index, Number) or (isinstance(index, Array) and index.shape == ())


def _indexed_sequence(base: Sequence, index: Value) -> Value:
    position = static_int(index)
    if position is not None:
        return base.items[position] if -len(base.items) <= position < len(base.items) else UNKNOWN
    if isinstance(index, Slice):
        bounds = [index.start, index.stop, index.step]
        known = [static_int(b) if b is not None else None for b in bounds]
        if all(b is None or k is not None for b, k in zip(bounds, known, strict=True)) and known[2] != 0:
            return Sequence(list if base.type is list else tuple, base.items[slice(*known)])
        return ListOf(join_all(base.items)) if base.type is list else UNKNOWN
    return join_all(base.items) if _is_int(index) else UNKNOWN


@dataclass(slots=True)
class _Result:
    """The axes of the result so far, and the integer arrays and integers among the indices."""

    dims: list[Dim]
    advanced: list[Shape]
    place: int | None = None
    split: bool = False
    last: int = -2

    def add_advanced(self, shape: Shape, position: int) -> None:
        if self.place is None:
            self.place = len(self.dims)
        elif position != self.last + 1:
            self.split = True
        self.last = position
        self.advanced.append(shape)


def _indexed_array(base: Array, index: Value) -> Value:
    items = index.items if isinstance(index, Sequence) and index.type is tuple else (index,)
    shape = base.shape
    if shape is None:
        return Array(base.dtype, None, None)
    parts = [_part(item) for item in items]
    if any(part is None for part in parts):
        return Array(base.dtype, None, None)
    dots = [i for i, part in enumerate(parts) if part is Ellipsis]
    consumed = sum(_consumes(part) for part in parts)
    missing = len(shape) - consumed
    if missing < 0 or len(dots) > 1:
        return UNKNOWN  # raises
    arrays = any(isinstance(part, Array) for part in parts)
    result, axis = _Result([], []), 0
    for position, part in enumerate(parts):
        if part is Ellipsis:
            result.dims.extend(shape[axis : axis + missing])
            axis += missing
        elif isinstance(part, Slice):
            result.dims.append(sliced(shape[axis], part.start, part.stop, part.step))
            axis += 1
        elif part == "newaxis":
            result.dims.append(1)
        elif part == "int":
            axis += 1
            if arrays:
                result.add_advanced((), position)
        elif isinstance(part, Array):
            assert part.shape is not None
            mask = part.dtype == "bool"
            result.add_advanced((SOME,) if mask else part.shape, position)
            axis += len(part.shape) if mask else 1
    result.dims.extend(shape[axis:])
    dims = tuple(result.dims)
    if arrays:
        common = broadcast(result.advanced) or ()
        place = 0 if result.split or result.place is None else result.place
        dims = dims[:place] + common + dims[place:]
        return Array(base.dtype, dims, None if not dims else False)
    return Array(
        base.dtype, dims, None if dims == () and dots and base.scalar is not False else not dims and not dots
    )


def _part(item: Value) -> object:
    """One index as Ellipsis, "newaxis", "int", a slice, or an array of indices; None if unknown."""
    if isinstance(item, Slice):
        return item
    if isinstance(item, Number):
        return "int" if item.kind == "int" else None
    if isinstance(item, Static):
        if item.object is Ellipsis:
            return Ellipsis
        if isinstance(item.object, slice):
            bounds = (item.object.start, item.object.stop, item.object.step)
            if all(b is None or type(b) is int for b in bounds):
                return Slice(*(None if b is None else Number("int", b) for b in bounds))
        return "newaxis" if item.object is None else None
    if isinstance(item, Sequence) and item.type is not list:
        return None
    array = as_array(item)
    if array is None or array.dtype is None or array.shape is None:
        return None
    kind = kind_of(array.dtype)
    if array.shape == ():
        return "int" if kind == "int" and array.scalar is True else array if kind == "int" else None
    return array if kind in ("int", "bool") or array.shape == (0,) else None


def _consumes(part: object) -> int:
    if part is Ellipsis or part == "newaxis":
        return 0
    if isinstance(part, Array):
        assert part.shape is not None
        return len(part.shape) if part.dtype == "bool" else 1
    return 1
