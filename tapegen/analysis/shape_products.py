"""Shape functions of products of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import (
    axes_of,
    broadcast,
    product,
    promoted,
    result_dtypes,
    scalar_of,
    static_int,
)
from tapegen.analysis.shape_functions import NotDescribed, array_of, numpy, ranked, shape_of
from tapegen.analysis.values import UNKNOWN, Array, Number, Sequence, Shape, Value


def _linalg(name: str) -> list[Any]:
    """The function of this name in `np.linalg`, which newer versions have."""
    return [getattr(np.linalg, name)] if hasattr(np.linalg, name) else []


@shape_of(np.matmul, *_linalg("matmul"))
def matmul(x1: Value, x2: Value) -> Value:
    left, right = array_of(x1), array_of(x2)
    dtype = result_dtypes(np.matmul, (left, right))[0]
    if left.shape is None or right.shape is None:
        return Array(dtype, None, None)
    if not left.shape or not right.shape:
        return UNKNOWN  # raises
    batch = broadcast((left.shape[:-2], right.shape[:-2])) or ()
    dims = (*batch, *left.shape[-2:-1], *(right.shape[-1:] if len(right.shape) > 1 else ()))
    return Array(dtype, dims, not dims)


@shape_of(np.dot)
def dot(a: Value, b: Value) -> Value:
    left, right = array_of(a), array_of(b)
    dtype = result_dtypes(np.multiply, (left, right))[0]
    if left.shape is None or right.shape is None:
        return Array(dtype, None, None)
    if not left.shape or not right.shape:
        dims: Shape = left.shape or right.shape
    else:
        last = (right.shape[-1],) if len(right.shape) > 1 else ()
        dims = (*left.shape[:-1], *right.shape[:-2], *last)
    return Array(dtype, dims, scalar_of(dims))


@shape_of(np.vdot)
def vdot(a: Value, b: Value) -> Value:
    return Array(promoted((array_of(a).dtype, array_of(b).dtype)), (), True)


@shape_of(np.inner)
def inner(a: Value, b: Value) -> Value:
    (left, one), (right, two) = ranked(a), ranked(b)
    dims = (*one[:-1], *two[:-1]) if one and two else one or two
    return Array(promoted((left.dtype, right.dtype)), dims, False if dims else None)


@shape_of(np.outer, *_linalg("outer"))
def outer(a: Value, b: Value) -> Value:
    (_, one), (_, two) = ranked(a), ranked(b)
    dtype = result_dtypes(np.multiply, (array_of(a), array_of(b)))[0]
    return Array(dtype, (product(one), product(two)), False)


@shape_of(np.tensordot, *_linalg("tensordot"))
def tensordot(a: Value, b: Value, axes: Value = Number("int", 2)) -> Value:
    (left, one), (right, two) = ranked(a), ranked(b)
    count = static_int(axes)
    if count is not None:
        lose = set(range(len(one) - count, len(one))), set(range(count))
    elif isinstance(axes, Sequence) and len(axes.items) == 2:
        found = axes_of(axes.items[0], len(one)), axes_of(axes.items[1], len(two))
        if found[0] is None or found[1] is None:
            raise NotDescribed
        lose = set(found[0]), set(found[1])
    else:
        raise NotDescribed
    dims = tuple(
        n for dims, gone in zip((one, two), lose, strict=True) for i, n in enumerate(dims) if i not in gone
    )
    return Array(promoted((left.dtype, right.dtype)), dims, False if dims else None)


@shape_of(np.cross)
def cross(a: Value, b: Value) -> Value:
    (left, one), (right, two) = ranked(a), ranked(b)
    dims = broadcast((one, two)) if one[-1:] == two[-1:] == (3,) else None
    return Array(promoted((left.dtype, right.dtype)), dims, False if dims else None)


@shape_of(np.kron)
def unknown_product(a: Value, b: Value) -> Value:
    return Array(promoted((array_of(a).dtype, array_of(b).dtype)), None, None)


@shape_of(*numpy("matvec"))
def matvec(x1: Value, x2: Value) -> Value:
    (left, one), (right, two) = ranked(x1), ranked(x2)
    if len(one) < 2 or not two:
        raise NotDescribed
    batch = broadcast((one[:-2], two[:-1])) or ()
    return Array(promoted((left.dtype, right.dtype)), (*batch, one[-2]), False)
