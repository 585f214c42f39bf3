"""Broadcasting is the linear map that copies; its adjoint sums the copies."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .protocol import kernel, overloaded


def unbroadcast(ct: Any, x: Any) -> Any:
    """Bring a cotangent to the shape and dtype of its primal.

    Sums over the axes along which `x` was broadcast, casts to the dtype of `x`, and takes the real part where `x` is
    real. An integer `x` has no say in the dtype: a cotangent is never truncated.

    Args:
        ct: cotangent of the broadcast value; any shape that the shape of `x` broadcasts to.
        x: the primal, of which only shape and dtype are read; for a sequence, `ct` is one cotangent per element.
    Returns: `ct` itself where there is nothing to do; else an array, a scalar for a Python number `x`, a list for a
        sequence. The result may share memory with `ct`.

    >>> unbroadcast(np.ones((3, 2)), np.zeros((1, 2), np.float32))
    array([[3., 3.]], dtype=float32)
    >>> unbroadcast(np.ones(3), 2.0)
    3.0
    """
    kind = type(x)
    if kind is float:
        if type(ct) is float:
            return ct
    elif kind is np.ndarray and type(ct) is np.ndarray and ct.dtype is x.dtype and ct.shape == x.shape:
        return ct
    return _unbroadcast(ct, x)


def _unbroadcast(ct: Any, x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return [unbroadcast(c, element) for c, element in zip(ct, x, strict=True)]
    if isinstance(x, dict):
        return {key: unbroadcast(c, x[key]) for key, c in ct.items()}
    if isinstance(x, functools.partial):
        return [unbroadcast(c, element) for c, element in zip(ct, x.args, strict=True)]
    ct = _plain(ct, x)
    if _alike(ct, x):
        return ct
    shape = getattr(x, "shape", ())
    dtype = getattr(x, "dtype", None)
    found = overloaded(ct, x)
    if found is not None:
        return type(found).__array_function__(found, unbroadcast, (type(found),), (ct, x), {})
    ct = _cast(_sum_to(ct, shape), type(x) if dtype is None and isinstance(x, (float, complex)) else dtype)
    return ct.item() if dtype is None and isinstance(ct, (np.ndarray, np.generic)) else ct


def _plain(value: Any, x: Any) -> Any:
    """For an array `x`, `value` as one where it is a list or of a subclass: so what comes out is an array."""
    if type(x) is not np.ndarray or type(value) is np.ndarray:
        return value
    if not isinstance(value, (np.ndarray, list, tuple)) or overloaded(value) is not None:
        return value
    return np.asarray(value)


def _alike(a: Any, b: Any) -> bool:
    """Whether both have a dtype, the same, and the same shape."""
    dtype, other = getattr(a, "dtype", None), getattr(b, "dtype", None)
    return dtype is not None and other is not None and dtype == other and a.shape == b.shape


def _sum_to(ct: Any, shape: tuple[int, ...]) -> Any:
    """`ct` summed, or where it is smaller broadcast, to `shape`."""
    given = np.shape(ct)
    if given == shape:
        return ct
    extra = len(given) - len(shape)
    if extra < 0:
        return np.broadcast_to(ct, shape)
    stretched = [extra + i for i, n in enumerate(shape) if n == 1 and given[extra + i] != 1]
    summed = np.sum(ct, axis=(*range(extra), *stretched)) if extra or stretched else ct
    kept = tuple(1 if extra + i in stretched else given[extra + i] for i in range(len(shape)))
    return np.broadcast_to(np.reshape(summed, kept), shape)


def _cast(ct: Any, dtype: Any) -> Any:
    """`ct` as `dtype`, by its real part where that is real; as it is where `dtype` is not inexact."""
    if dtype is None:
        return ct
    dtype = np.dtype(dtype)
    if dtype.kind not in "fc":
        return ct
    if dtype.kind == "f" and np.iscomplexobj(ct):
        ct = np.real(ct)
    if not isinstance(ct, (np.ndarray, np.generic)):
        return dtype.type(ct)
    return ct if ct.dtype == dtype else ct.astype(dtype)


def broadcast_like(value: Any, x: Any) -> Any:
    """Bring a tangent to the shape and dtype of its primal `x`: the way back from `unbroadcast`.

    >>> broadcast_like(1.0, np.zeros(2))
    array([1., 1.])
    """
    if type(x) is float and type(value) is float:
        return value
    value = _plain(value, x)
    return value if _alike(value, x) else _broadcast_like(value, x)


def _broadcast_like(value: Any, x: Any) -> Any:
    found = overloaded(value, x)
    if found is not None:
        return type(found).__array_function__(found, broadcast_like, (type(found),), (value, x), {})
    value = _cast(value, getattr(x, "dtype", type(x) if isinstance(x, (float, complex)) else None))
    shape = getattr(x, "shape", None)
    if shape is None:
        return value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    return value if np.shape(value) == shape else np.broadcast_to(value, shape)


@kernel
def cast_like(value: Any, x: Any) -> Any:
    """`value` in the dtype of `x`, if that is inexact; the shape is that of `value`.

    >>> cast_like(np.array([True, False]), np.float32(3))
    array([1., 0.], dtype=float32)
    """
    return _cast(value, getattr(x, "dtype", type(x) if isinstance(x, (float, complex)) else None))


def unreduce(ct: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Put the axes that a reduction of `x` removed back as size 1, so that `ct` broadcasts against `x`.

    A reduction over all axes leaves a scalar, which broadcasts as it is.

    Args:
        ct: cotangent (or value) of the reduced array.
        x: the array that was reduced, of which only the shape is read.
        axis: integer, tuple of integers or None, as in `np.sum`.
        keepdims: whether the reduction kept its axes, so that nothing is to be done.

    >>> unreduce(np.ones(3), np.zeros((3, 2)), -1).shape
    (3, 1)
    """
    if axis is None or keepdims:
        return ct
    shape = list(np.shape(x))
    for a in axis if isinstance(axis, tuple) else (axis,):
        shape[a] = 1
    return np.reshape(ct, tuple(shape))


def axis_size(x: Any, axis: Any = None) -> int:
    """How many elements a reduction of `x` over `axis` combines into one.

    >>> axis_size(np.zeros((3, 4)), (0, -1))
    12
    """
    shape = np.shape(x)
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in axis) if isinstance(axis, tuple) else shape[axis]
