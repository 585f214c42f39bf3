"""Sums, products, averages, extrema."""

import numpy as np

from ..kernels import axis_size, cast_like, unreduce
from .registry import alias, linear, reduction


@linear(np.sum, wrt=("a",))
def sum(a, axis=None, dtype=None, _out=None, keepdims=False, *, ct):
    return np.broadcast_to(unreduce(ct, a, axis, keepdims), np.shape(a))


@linear(np.mean, wrt=("a",))
def mean(a, axis=None, dtype=None, _out=None, keepdims=False, *, ct):
    return np.broadcast_to(unreduce(ct / axis_size(a, axis), a, axis, keepdims), np.shape(a))


@reduction(np.max, complex="refused")
def max(a, axis=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    ties = cast_like(a == out, a)
    return ties / np.sum(ties, axis=axis, keepdims=True)


@reduction(np.min, complex="refused")
def min(a, axis=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    ties = cast_like(a == out, a)
    return ties / np.sum(ties, axis=axis, keepdims=True)


alias(np.amax, np.max)
alias(np.amin, np.min)
