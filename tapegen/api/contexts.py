"""Generated code enters and leaves contexts statement by statement: an exception must not leave one behind."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np


def leaving_contexts(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, after which NumPy treats errors and prints as before, whatever it raises.

    >>> def left():
    ...     np.errstate(divide="raise").__enter__()
    ...     raise ValueError
    >>> before = np.geterr()
    >>> try:
    ...     leaving_contexts(left)()
    ... except ValueError:
    ...     print(np.geterr() == before)
    True
    """

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        with np.errstate(), np.printoptions():
            return function(*args)

    call.generated = function  # type: ignore[attr-defined]
    return call


def generated(function: Callable[..., Any]) -> Any:
    """The generated function that is called."""
    return getattr(function, "generated", function)
