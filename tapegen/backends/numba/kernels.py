"""Helpers that compiled code calls: checks that NumPy and Python make and Numba does not, and buffers that grow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled with NumPy's error model."""
    dispatcher: Callable[P, R] = njit(error_model="numpy")(function)
    return dispatcher


@compiled
def at(index: int, length: int) -> int:
    """The index as one from the start.

    Raises: IndexError if it is out of bounds.
    """
    if index < 0:
        index += length
    if index < 0 or index >= length:
        raise IndexError("index is out of bounds")
    return index


@compiled
def bound(place: int, length: int) -> int:
    """The bound of a slice, from the start and within the array."""
    if place < 0:
        place += length
    return min(max(place, 0), length)


@compiled
def bound_back(place: int, length: int) -> int:
    """The bound of a slice that runs backwards: between -1, before the first element, and the last one."""
    if place < 0:
        place += length
    return min(max(place, -1), length - 1)


@compiled
def span(difference: int, step: int) -> int:
    """The length of a slice."""
    return max((difference + step - (1 if step > 0 else -1)) // step, 0)


@compiled
def check_equal(one: int, other: int) -> None:
    """Raises: ValueError if lengths do not fit."""
    if one != other:
        raise ValueError("operands could not be broadcast together")


@compiled
def step(own: int, wanted: int) -> int:
    """0 for an axis of length 1 that is stretched, else 1."""
    if own == wanted:
        return 1
    if own != 1:
        raise ValueError("operands could not be broadcast together")
    return 0


@compiled
def joint(one: int, other: int) -> int:
    """The length of an axis along which arrays of these lengths are broadcast together."""
    if one != other and one != 1 and other != 1:
        raise ValueError("operands could not be broadcast together")
    return other if one == 1 else one


@compiled
def check_some(size: int) -> None:
    """Raises: ValueError if there is nothing to take the maximum of."""
    if size == 0:
        raise ValueError("zero-size array to reduction operation which has no identity")


@compiled
def divided(x: float, y: float) -> float:
    """Python's `x / y`."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x / y


@compiled
def floor_divided(x: Any, y: Any) -> Any:
    """Python's `x // y`."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x // y


@compiled
def remainder(x: Any, y: Any) -> Any:
    """Python's `x % y`."""
    if y == 0:
        raise ZeroDivisionError("division by zero")
    return x % y


@compiled
def power(x: float, y: float) -> float:
    """Python's `x ** y`.

    Raises: ValueError where that would be complex, overflow or divide by zero.
    """
    result: float = x**y
    if (math.isnan(result) or math.isinf(result)) and math.isfinite(x) and math.isfinite(y):
        raise ValueError("a power that is no finite number")
    return result


@compiled
def finite(result: float, x: float) -> float:
    """The result of a function of `math`, which raises where that of a finite number is not finite.

    Raises: ValueError.
    """
    if math.isnan(result) and not math.isnan(x):
        raise ValueError("math domain error")
    if math.isinf(result) and not math.isinf(x):
        raise ValueError("math range error")
    return result


@compiled
def truncated(x: float) -> int:
    """Python's `int(x)`.

    Raises: ValueError where that is no integer of 64 bits.
    """
    if not abs(x) < 9.0e18:
        raise ValueError("cannot convert to an integer")
    return int(x)


@compiled
def room_for(buffer: np.ndarray, size: int) -> np.ndarray:
    """A buffer with the same contents and room for `size` elements."""
    if size <= len(buffer):
        return buffer
    larger = np.empty(max(size, 2 * len(buffer)), buffer.dtype)
    for i in range(len(buffer)):  # a slice would take Numba five times as long to compile
        larger[i] = buffer[i]
    return larger
