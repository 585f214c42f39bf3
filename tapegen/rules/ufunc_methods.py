"""Methods of ufuncs: reduce, accumulate, outer. Those that are not here are programs, `kernels/ufunc_programs.py`."""

import numpy as np

from ..kernels import (
    following,
    hits,
    previous,
    record_positions,
    recurrence,
    scatter_along,
    sum_columns,
    sum_rows,
)
from .registry import alias, bilinear, general, linear, reduction

alias(np.add.reduce, np.sum, spelled={"array": "a"}, defaults={"axis": 0})
alias(np.multiply.reduce, np.prod, spelled={"array": "a"}, defaults={"axis": 0})
alias(np.add.accumulate, np.cumsum, spelled={"array": "a"}, defaults={"axis": 0})
alias(np.multiply.accumulate, np.cumprod, spelled={"array": "a"}, defaults={"axis": 0})


@reduction(np.maximum.reduce, wrt=("array",), complex="refused")
def maximum_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    """As `np.max`."""
    return hits(array, out, axis)


@maximum_reduce.given("where")
def maximum_reduce_where(
    array, axis=0, dtype=None, _out=None, keepdims=False, initial=None, where=True, *, out
):
    return hits(np.where(where, array, np.nan), out, axis)


@reduction(np.minimum.reduce, wrt=("array",), complex="refused")
def minimum_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    """As `np.min`."""
    return hits(array, out, axis)


@minimum_reduce.given("where")
def minimum_reduce_where(
    array, axis=0, dtype=None, _out=None, keepdims=False, initial=None, where=True, *, out
):
    return hits(np.where(where, array, np.nan), out, axis)


@reduction(np.logaddexp.reduce, wrt=("array",), complex="refused")
def logaddexp_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, *, out):
    return np.exp(array - out)


@general(np.maximum.accumulate, wrt=("array",), complex="adjoint")
def maximum_accumulate(array, axis=0, dtype=None, _out=None, *, out, ct):
    """Of equal elements, the first one counts."""
    return scatter_along(ct, record_positions(array, out, axis), array, axis)


@maximum_accumulate.defjvp
def maximum_accumulate_jvp(array, axis=0, dtype=None, _out=None, *, out, array_dot):
    return np.take_along_axis(array_dot, record_positions(array, out, axis), axis)


@general(np.minimum.accumulate, wrt=("array",), complex="adjoint")
def minimum_accumulate(array, axis=0, dtype=None, _out=None, *, out, ct):
    """Of equal elements, the first one counts."""
    return scatter_along(ct, record_positions(array, out, axis), array, axis)


@minimum_accumulate.defjvp
def minimum_accumulate_jvp(array, axis=0, dtype=None, _out=None, *, out, array_dot):
    return np.take_along_axis(array_dot, record_positions(array, out, axis), axis)


@general(np.logaddexp.accumulate, wrt=("array",), complex="refused")
def logaddexp_accumulate(array, axis=0, dtype=None, _out=None, *, out, ct):
    """r[i] = ct[i] + exp(out[i] - out[i+1]) * r[i+1], times exp(array - out)."""
    decay = np.exp(previous(out, 0.0, axis) - out)
    r = np.flip(recurrence(np.flip(following(decay, 0.0, axis), axis), np.flip(ct, axis), axis), axis)
    return r * np.exp(array - out)


@logaddexp_accumulate.defjvp
def logaddexp_accumulate_jvp(array, axis=0, dtype=None, _out=None, *, out, array_dot):
    decay = np.exp(previous(out, 0.0, axis) - out)
    return recurrence(decay, np.exp(array - out) * array_dot, axis)


@linear(np.add.outer, wrt=("A", "B"))
def add_outer(A, B, *, ct):
    return sum_columns(ct, A), sum_rows(ct, B)


@linear(np.subtract.outer, wrt=("A", "B"))
def subtract_outer(A, B, *, ct):
    return sum_columns(ct, A), -sum_rows(ct, B)


@bilinear(np.multiply.outer)
def multiply_outer(A, B, *, ct):
    return np.tensordot(ct, B, np.ndim(B)), np.tensordot(A, ct, np.ndim(A))
