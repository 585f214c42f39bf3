"""The zero cotangent of a value, and the sum of two cotangents."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def zeros_like(x: Any) -> Any:
    """The zero cotangent of `x`: an array, a scalar, a list, a dict; None where `x` has no derivative.

    The zero of an integer is a float, for a cotangent is never truncated.

    >>> zeros_like([np.ones(2, int), 3.0, "name"])
    [array([0., 0.]), 0.0, None]
    """
    if isinstance(x, np.ndarray):
        return (
            np.zeros(x.shape, x.dtype if x.dtype.kind in "fc" else float) if x.dtype.kind in "fciub" else None
        )
    if isinstance(x, (np.inexact, np.integer, np.bool_)):
        return x.dtype.type(0) if isinstance(x, np.inexact) else 0.0
    if isinstance(x, (float, int)):
        return 0.0
    if isinstance(x, complex):
        return 0j
    if isinstance(x, dict):
        return {key: zeros_like(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [zeros_like(value) for value in x]
    return None


def add(a: Any, b: Any) -> Any:
    """The sum of two cotangents; None stands for zero, lists and dicts add element by element.

    >>> add([1.0, None], [2.0, 3.0])
    [3.0, 3.0]
    """
    if a is None:
        return b
    if b is None:
        return a
    if isinstance(a, (list, tuple)):
        return [add(x, y) for x, y in zip(a, b, strict=True)]
    if isinstance(a, dict):
        return {key: add(a.get(key), b.get(key)) for key in {**a, **b}}
    return a + b
