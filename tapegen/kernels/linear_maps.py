"""Functions that are linear along an axis, of which only the function itself is known: the matrix gives the adjoint."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .protocol import kernel

COLUMNS = 256
"""So many columns of the matrix are computed at a time."""

_OFFSETS = ("initial", "cval")
"""Options that add a constant to the result."""


def _linear(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the linear part of a function."""
    return {key: 0.0 if key in _OFFSETS and value is not None else value for key, value in options.items()}


def _axis(function: Callable[..., Any], options: Mapping[str, Any]) -> int:
    found = options.get("axis", inspect.signature(function).parameters["axis"].default)
    return int(found)


def _applied(function: Callable[..., Any], x: Any, options: Mapping[str, Any]) -> Any:
    """The function of x, the one argument without default that is not among the options."""
    parameters = inspect.signature(function).parameters.values()
    name = next(p.name for p in parameters if p.default is p.empty and p.name not in options)
    return function(**{name: x}, **options)


@kernel
def along(x: Any, function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """The linear part of `function(x, **options)`.

    >>> along(np.ones(3), np.cumsum, {})
    array([1., 2., 3.])
    """
    return _applied(function, x, _linear(options))


@kernel
def along_back(ct: Any, x: Any, function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """The adjoint of `along`, of which it reads the shape of x: by the matrix of the map, some columns at a time.

    Costs as many evaluations of the function as x is long.

    >>> along_back(np.array([1.0, 10.0]), np.zeros(3), np.diff, {})
    array([-1., -9., 10.])
    """
    axis, real = _axis(function, options), np.zeros(0, np.asarray(x).dtype).real.dtype
    n, given = np.shape(x)[axis], {**_linear(options), "axis": 0}
    rows = []
    for start in range(0, n, COLUMNS):
        columns = _applied(function, np.eye(n, min(COLUMNS, n - start), -start, real), given)
        if np.ndim(columns) == 1:  # the axis is gone
            rows.append(np.multiply.outer(np.conj(columns), ct))
        else:
            rows.append(np.tensordot(np.conj(columns), ct, (0, axis)))
    return np.moveaxis(np.concatenate(rows), 0, axis) if rows else np.zeros_like(x)
