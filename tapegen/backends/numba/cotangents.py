"""Calls of our kernels in generated code."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegen.analysis.values import Array, Value
from tapegen.backends.numba import arrays, reductions, scalars, views
from tapegen.backends.numba.handlers import (
    Arguments,
    as_view,
    axes_of,
    constant,
    handles,
)
from tapegen.backends.numba.state import (
    Scalar,
    Static,
    View,
    Work,
)
from tapegen.kernels import cast_like, scatter_add, unbroadcast, unreduce

# -- cotangents -------------------------------------------------------------------------------------------------------


@handles(unbroadcast, new=False)
def _unbroadcast(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, x = arguments.positional
    if not isinstance(ct, (View, Scalar)) or not isinstance(x, (View, Scalar)):
        raise work.fail("the cotangent of what is no array")
    return reductions.unbroadcast(work, stem, ct, x)


@handles(unreduce, new=False)
def _unreduce(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    ct, x = arguments.take(0, "ct"), as_view(work, arguments.take(1, "x"))
    axes = axes_of(work, arguments.take(2, "axis", Static(None)))
    keepdims = constant(work, arguments.take(3, "keepdims", Static(False)))
    if axes is None or keepdims:
        return ct
    return views.expanded(as_view(work, ct), sorted(axis % x.rank for axis in axes))


@handles(cast_like)
def _cast_like(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    value, x = arguments.positional
    dtype = x.dtype if scalars.is_float(x.dtype) else value.dtype
    fact = Array(dtype, fact.shape if isinstance(fact, Array) else None, False)
    return arrays.elementwise(work, stem, [value], fact, lambda xs, d: scalars.cast(xs[0], str(d)))


@handles(scatter_add, np.add.at, new=False)
def _scatter(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    """`np.add.at(buffer, index, ct)`: every element that an index names gets its part."""
    buffer, ct = arguments.positional[0], arguments.positional[2]
    if not isinstance(buffer, View) or buffer.base is None or not isinstance(ct, (View, Scalar)):
        raise work.fail("np.add.at of what are no arrays")
    work.add_at(buffer, arguments.nodes[1], ct)  # type: ignore[attr-defined]
    return buffer
