"""Shape functions of NumPy's functions: each takes the descriptions of the arguments and gives that of the result.

Parameters are named as in NumPy, so that arguments can be passed by position or keyword. A call that a function here
does not accept, for it passes `out=` or `where=`, is unknown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import (
    as_array,
)
from tapegen.analysis.values import (
    UNKNOWN,
    Array,
    Number,
    Shape,
    Value,
)

ShapeFunction = Callable[..., Value]
TABLE: dict[Any, ShapeFunction] = {}
FALSE = Number("bool", False)
TRUE = Number("bool", True)


def shape_of(*functions: Any) -> Callable[[ShapeFunction], ShapeFunction]:
    """Enter a shape function for these NumPy functions."""

    def enter(rule: ShapeFunction) -> ShapeFunction:
        for function in functions:
            TABLE[function] = rule
        return rule

    return enter


def shape_of_each(functions: dict[Any, Any]) -> Callable[[ShapeFunction], ShapeFunction]:
    """The same, with a first argument that depends on the function."""

    def enter(rule: ShapeFunction) -> ShapeFunction:
        for function, first in functions.items():
            TABLE[function] = functools.partial(rule, first)
        return rule

    return enter


def numpy(*names: str) -> list[Any]:
    """NumPy's functions of these names, as far as this version has them."""
    return [getattr(np, name) for name in names if hasattr(np, name)]


def array_of(value: Value) -> Array:
    """`np.asarray`, unknown if need be."""
    found = as_array(value)
    if found is None:
        raise NotDescribed
    return found


def ranked(value: Value) -> tuple[Array, Shape]:
    """An array of known rank, and its shape."""
    found = array_of(value)
    if found.shape is None:
        raise NotDescribed
    return found, found.shape


class NotDescribed(Exception):
    """Raised by a shape function that can say nothing."""


def call_shape(function: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """What a function of the table gives; UNKNOWN for others."""
    rule = TABLE.get(function)
    if rule is None:
        return UNKNOWN
    try:
        return rule(*args, **keywords)
    except (NotDescribed, TypeError):
        return UNKNOWN
