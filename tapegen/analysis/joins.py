"""The least description of several: what is known where paths meet."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from tapegen.analysis.values import (
    KINDS,
    NEVER,
    NONE,
    SEVERAL,
    SOME,
    UNKNOWN,
    Array,
    Dim,
    ListOf,
    Mapping,
    Maybe,
    Number,
    Record,
    Scalar,
    Sequence,
    Shape,
    Value,
    elements,
    kind_of,
    not_one,
    present,
    same_length,
)


def join(a: Value, b: Value) -> Value:
    """The least description of all that `a` or `b` describes.

    >>> print(join(Array("float64", (3, 4)), Array("float64", (3, 5))))
    float64[3, ?]
    >>> print(join(Number("float"), Array("float64", (), True)))
    scalar float64
    """
    if a is b or a == b or b is NEVER:
        return a
    if a is NEVER:
        return b
    if isinstance(a, Array) and isinstance(b, Array):
        return Array(
            a.dtype if a.dtype == b.dtype else None,
            join_shapes(a.shape, b.shape),
            a.scalar if a.scalar == b.scalar else None,
        )
    match a, b:
        case Number(), Number() if a.kind == b.kind:
            return Number(a.kind)
        case (Sequence(), Sequence()) if a.type is b.type and len(a.items) == len(b.items):
            return Sequence(a.type, tuple(map(join, a.items, b.items)))
        case (ListOf() | Sequence(), ListOf() | Sequence()) if _is_list(a) and _is_list(b):
            return ListOf(join_all([*elements(a), *elements(b)]))
        case (Mapping(), Mapping()) if a.type is b.type and a.keys == b.keys:
            return Mapping(a.type, a.keys, tuple(map(join, a.values, b.values)))
        case (Record(), Record()) if a.cls is b.cls and [k for k, _ in a.fields] == [k for k, _ in b.fields]:
            return Record(
                a.cls, tuple((k, join(v, w)) for (k, v), (_, w) in zip(a.fields, b.fields, strict=True))
            )
    if type(a) is Maybe or type(b) is Maybe or a == NONE or b == NONE:
        return _join_with_none(a, b)
    first, second = _as_scalar(a), _as_scalar(b)
    return UNKNOWN if first is None or second is None else _join_scalars(first, second)


def _join_with_none(a: Value, b: Value) -> Value:
    one, two = present(a), present(b)
    both = two if one == NONE else one if two == NONE else join(one, two)
    if isinstance(both, Number):
        return Maybe(Number(both.kind))
    return Maybe(both) if isinstance(both, (Array, Scalar)) else UNKNOWN


def join_all(values: Iterable[Value]) -> Value:
    """The join of several descriptions; UNKNOWN of none."""
    found = list(values)
    return functools.reduce(join, found) if found else UNKNOWN


def _is_list(value: Value) -> bool:
    return isinstance(value, ListOf) or (isinstance(value, Sequence) and value.type is list)


def join_shapes(a: Shape | None, b: Shape | None) -> Shape | None:
    """The shape that covers both."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(map(_join_dims, a, b))


def _join_dims(a: Dim, b: Dim) -> Dim:
    if same_length(a, b):
        return a if not_one(a) == not_one(b) or not not_one(a) else b
    return SEVERAL if not_one(a) and not_one(b) else SOME


def _as_scalar(value: Value) -> tuple[tuple[str, ...], str | None] | None:
    """The kinds of Python number and the dtype of NumPy scalar that `value` may be, or None if it may be neither.

    None stands for an unknown dtype, "" for no NumPy scalar.
    """
    match value:
        case Number(kind=kind):
            return (kind,), ""
        case Array(scalar=True, dtype=dtype):
            return (), dtype
        case Scalar(dtype=dtype):
            return value.kinds, dtype
    return None


def _join_scalars(a: tuple[tuple[str, ...], str | None], b: tuple[tuple[str, ...], str | None]) -> Scalar:
    kinds = tuple(kind for kind in KINDS if kind in a[0] or kind in b[0])
    highest = kinds[-1] if kinds else "bool"
    if a[1] == b[1] == "":
        dtype: str | None = {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128"}[
            highest
        ]
    else:
        dtype = a[1] if b[1] == "" else b[1] if a[1] == "" else a[1] if a[1] == b[1] else None
        if dtype and KINDS.index(kind_of(dtype)) < KINDS.index(highest):
            dtype = None
    return Scalar(dtype, None if kinds == Scalar(dtype).kinds else kinds)
