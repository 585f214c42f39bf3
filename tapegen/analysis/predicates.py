"""Questions that passes ask of a description."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Facts

import numpy as np

from tapegen.analysis.values import (
    Array,
    ListOf,
    Mapping,
    Number,
    Opaque,
    Record,
    Scalar,
    Sequence,
    Static,
    Value,
    agree,
    present,
    same_shape,
)


def _present(value: Value | None) -> Value | None:
    """The value where it is computed with. A None has neither derivatives nor memory, so it need not be told apart."""
    return None if value is None else present(value)


def is_number(value: Value | None) -> bool:
    """Whether it is a Python number or a NumPy scalar: of rank 0 and immutable."""
    value = _present(value)
    return isinstance(value, (Number, Scalar)) or (isinstance(value, Array) and value.scalar is True)


def is_array(value: Value | None) -> bool:
    """Whether it is an array, which can be written in place."""
    value = _present(value)
    return isinstance(value, Array) and value.scalar is False


def is_immutable(value: Value | None) -> bool:
    """Whether it can never be written in place: a number, a string, None."""
    return is_number(value) or isinstance(value, Static)


def is_container(value: Value | None) -> bool:
    """Whether it is a tuple, list, dict or record."""
    return isinstance(value, (Sequence, ListOf, Mapping, Record))


def is_sequence(value: Value | None) -> bool:
    """Whether it is a tuple or list."""
    return isinstance(value, (Sequence, ListOf))


def is_tuple(value: Value | None) -> bool:
    """Whether it is a tuple."""
    return isinstance(value, Sequence) and issubclass(value.type, tuple)


def is_discrete(value: Value | None) -> bool:
    """Whether a value of this description has no derivative: integers, booleans, strings, None, random generators."""
    match _present(value):
        case Number(kind=kind):
            return kind in {"bool", "int"}
        case Array(dtype=str(dtype)) | Scalar(dtype=str(dtype)):
            return dtype == "bool" or "int" in dtype
        case Static():
            return True
    return is_generator(value)


def is_generator(value: Value | None) -> bool:
    """Whether it is known to be one of NumPy's generators of random numbers."""
    return isinstance(value, Opaque) and issubclass(value.type, (np.random.Generator, np.random.RandomState))


def is_real(value: Value | None) -> bool:
    """Whether it is known not to be complex."""
    match _present(value):
        case Number(kind=kind):
            return kind != "complex"
        case Array(dtype=str(dtype)) | Scalar(dtype=str(dtype)):
            return "complex" not in dtype
        case Static():
            return True
    return False


def rank(value: Value | None) -> int | None:
    """The number of axes, or None if it is not known."""
    value = _present(value)
    if isinstance(value, Array):
        return value.rank
    return 0 if isinstance(value, (Number, Scalar)) else None


def is_float(value: Value | None) -> bool:
    """Whether it is known to be a floating number or array, real or complex."""
    match _present(value):
        case Number(kind=kind):
            return kind in {"float", "complex"}
        case Array(dtype=str(dtype)) | Scalar(dtype=str(dtype)):
            return "float" in dtype or "complex" in dtype
    return False


def known_length(value: Value | None) -> int | None:
    """How many elements an array or sequence is known to have."""
    if isinstance(value, Sequence):
        return len(value.items)
    if isinstance(value, Array) and value.shape and isinstance(value.shape[0], int):
        return value.shape[0]
    return None


def is_same_type(a: Value | None, b: Value | None) -> bool:
    """Whether two descriptions are known to be of arrays of one shape and dtype, or of numbers."""
    if isinstance(a, Array) and isinstance(b, Array):
        return a.dtype == b.dtype and a.dtype is not None and same_shape(a.shape, b.shape)
    return is_number(a) and is_number(b)


def fits_in_place(a: Value | None, b: Value | None) -> bool:
    """Whether the sum of two values that are added somewhere is known to have the shape and dtype of the first.

    Where they are added, lengths that are not 1 are equal, or NumPy raises; this says nothing of other values.
    """
    if isinstance(a, Array) and isinstance(b, Array) and a.shape is not None and b.shape is not None:
        return a.dtype == b.dtype and a.dtype is not None and agree(a.shape, b.shape)
    return is_number(a) and is_number(b)


def floats(facts: Facts[str, Value]) -> Callable[[str], bool]:
    """Whether a name stands for a float, by the facts."""
    return lambda name: is_float(facts.get(name))


def arrays(facts: Facts[str, Value]) -> Callable[[str], bool]:
    """Whether a name stands for an array or a number, never a container, by the facts."""
    return lambda name: isinstance(facts.get(name), (Array, Number))
