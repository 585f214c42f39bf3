"""Methods of ufuncs: reduce, accumulate, outer."""

import numpy as np

from ..kernels import (
    beside,
    following,
    hits,
    merge_axes,
    previous,
    record_positions,
    recurrence,
    scatter_along,
    sum_columns,
    sum_rows,
    unmerge_axes,
    unreduce,
)
from .registry import bilinear, general, linear, reduction


@linear(np.add.reduce, wrt=("array",))
def add_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, *, ct):
    return np.broadcast_to(unreduce(ct, array, axis, keepdims), np.shape(array))


@reduction(np.multiply.reduce, wrt=("array",))
def multiply_reduce(array, axis=0, dtype=None, _out=None, keepdims=False):
    """As `np.prod`."""
    x = merge_axes(array, axis)
    before = np.cumprod(previous(x, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(following(x, 1.0), -1), axis=-1), -1)
    return unmerge_axes(before * after, array, axis)


@reduction(np.maximum.reduce, wrt=("array",), complex="refused")
def maximum_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    return hits(array, out, axis)


@reduction(np.minimum.reduce, wrt=("array",), complex="refused")
def minimum_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    return hits(array, out, axis)


@reduction(np.logaddexp.reduce, wrt=("array",), complex="refused")
def logaddexp_reduce(array, axis=0, dtype=None, _out=None, keepdims=False, *, out):
    return np.exp(array - out)


@linear(np.add.accumulate, wrt=("array",))
def add_accumulate(array, axis=0, dtype=None, _out=None, *, ct):
    return np.flip(np.cumsum(np.flip(ct, axis), axis), axis)


@general(np.multiply.accumulate, wrt=("array",))
def multiply_accumulate(array, axis=0, dtype=None, _out=None, *, ct):
    """As `np.cumprod`."""
    r = np.flip(recurrence(np.flip(following(array, 0.0, axis), axis), np.flip(ct, axis), axis), axis)
    return r * np.cumprod(previous(array, 1.0, axis), axis)


@multiply_accumulate.defjvp
def multiply_accumulate_jvp(array, axis=0, dtype=None, _out=None, *, out, array_dot):
    return recurrence(array, array_dot * previous(out, 1.0, axis), axis)


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


@general(np.divide.outer, wrt=("A", "B"))
def divide_outer(A, B, *, out, ct):
    return sum_columns(ct / B, A), sum_rows(-ct * out / B, B)


@divide_outer.defjvp
def divide_outer_jvp(A, B, *, out, A_dot, B_dot):
    return beside(A_dot, B) / B, -out * (B_dot / B)


@general(np.power.outer, wrt=("A", "B"))
def power_outer(A, B, *, out, ct):
    """As `np.power`."""
    x = beside(A, B)
    return (
        sum_columns(ct * B * x ** (B - 1 + (B == 0)), A),
        sum_rows(ct * np.log(x + (x == 0)) * out, B),
    )


@power_outer.defjvp
def power_outer_jvp(A, B, *, out, A_dot, B_dot):
    x = beside(A, B)
    return B * x ** (B - 1 + (B == 0)) * beside(A_dot, B), np.log(x + (x == 0)) * out * B_dot


@general(np.maximum.outer, wrt=("A", "B"), complex="refused")
def maximum_outer(A, B, *, ct):
    """A tie is shared evenly."""
    x = beside(A, B)
    share = (x > B) + 0.5 * (x == B)
    return sum_columns(ct * share, A), sum_rows(ct * (1 - share), B)


@maximum_outer.defjvp
def maximum_outer_jvp(A, B, *, A_dot, B_dot):
    x = beside(A, B)
    share = (x > B) + 0.5 * (x == B)
    return share * beside(A_dot, B), (1 - share) * B_dot


@general(np.minimum.outer, wrt=("A", "B"), complex="refused")
def minimum_outer(A, B, *, ct):
    """A tie is shared evenly."""
    x = beside(A, B)
    share = (x < B) + 0.5 * (x == B)
    return sum_columns(ct * share, A), sum_rows(ct * (1 - share), B)


@minimum_outer.defjvp
def minimum_outer_jvp(A, B, *, A_dot, B_dot):
    x = beside(A, B)
    share = (x < B) + 0.5 * (x == B)
    return share * beside(A_dot, B), (1 - share) * B_dot
