"""Functions that are values."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


class Defaults:
    """A function with default arguments that were computed when it was defined."""

    def __init__(self, function: Callable[..., Any], defaults: dict[str, Any]) -> None:
        self.function, self.defaults = function, defaults

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = inspect.signature(self.function).bind_partial(*args, **kwargs).arguments
        missing = {name: value for name, value in self.defaults.items() if name not in given}
        return self.function(*args, **kwargs, **missing)


def with_defaults(function: Callable[..., Any], **defaults: Any) -> Callable[..., Any]:
    """`function` with values for parameters that a call leaves out.

    >>> def power(x, n):
    ...     return x**n
    >>> square = with_defaults(power, n=2)
    >>> square(3), square(3, 3)
    (9, 27)
    """
    return Defaults(function, defaults)


def exception_in(function: Callable[..., Any], *args: Any) -> Exception | None:
    """The exception that a call raises, or None.

    >>> exception_in(int, "4"), exception_in(int, "four")
    (None, ValueError("invalid literal for int() with base 10: 'four'"))
    """
    try:
        function(*args)
    except Exception as error:
        return error
    return None


def is_caught(error: Exception | None, classes: Any) -> bool:
    """Whether `except classes` catches an exception; `classes` is a class or a tuple of classes.

    >>> is_caught(KeyError("x"), (ValueError, LookupError)), is_caught(None, Exception)
    (True, False)
    """
    return isinstance(error, classes)
