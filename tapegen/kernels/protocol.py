"""How kernels meet duck arrays: NEP 18's `__array_function__`, as for NumPy's own functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np


def overloaded(*values: Any) -> Any | None:
    """The first of `values`, or of the elements of a list among them, that overrides NumPy's functions; or None.

    >>> overloaded(1.0, np.ones(2), [np.ones(3)]) is None
    True
    """
    for value in values:
        kind = type(value)
        if kind is np.ndarray or kind is float or kind is int:
            continue
        if kind is list or kind is tuple:
            found = overloaded(*value)
            if found is not None:
                return found
        elif (
            hasattr(kind, "__array_function__")
            and kind.__array_function__ is not np.ndarray.__array_function__
        ):
            return value
    return None


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let duck arrays among the arguments take over a call of `function`."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        found = overloaded(*args)
        if found is None:
            return function(*args, **kwargs)
        return type(found).__array_function__(found, call, (type(found),), args, kwargs)

    return call
