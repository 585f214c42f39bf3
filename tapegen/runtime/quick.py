"""Faster ways to the same values: NumPy's own functions spend more time on their arguments than on small arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _quick_sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    if where is True and (initial is None or (type(initial) is int and initial == 0)):
        return np.add.reduce(a, axis, dtype, None, keepdims)  # type: ignore[call-overload]
    return np.add.reduce(a, axis, dtype, None, keepdims, 0 if initial is None else initial, where)  # type: ignore[call-overload]


def _quick_max(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    return np.maximum.reduce(a, axis, None, None, keepdims, initial, where)  # type: ignore[call-overload]


def _quick_min(
    a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
) -> Any:
    return np.minimum.reduce(a, axis, None, None, keepdims, initial, where)  # type: ignore[call-overload]


def _quick_reshape(a: Any, shape: Any, order: Any = "C", *, copy: Any = None) -> Any:
    return a.reshape(shape, order=order)


def _quick_transpose(a: Any, axes: Any = None) -> Any:
    return a.transpose(axes)


def _quick_astype(x: Any, dtype: Any, copy: bool = True, device: Any = None) -> Any:
    return x.astype(dtype)


QUICK: dict[Any, Callable[..., Any]] = {
    np.sum: _quick_sum,
    np.max: _quick_max,
    np.min: _quick_min,
    np.astype: _quick_astype,
    np.reshape: _quick_reshape,
    np.transpose: _quick_transpose,
}
