"""Indexing, and choosing between values."""

import operator

import numpy as np

from ..kernels import choose_adjoint, embed_diagonal, first_true, scatter_like, scatter_taken
from .registry import elementwise, linear


@linear(operator.getitem, wrt=("a",))
def getitem(a, index, *, ct):
    return scatter_like(ct, index, a)


@linear(np.where, wrt=("x", "y"))
def where(condition, x, y, *, ct):
    return np.where(condition, ct, 0.0), np.where(condition, 0.0, ct)


@linear(np.take, wrt=("a",))
def take(a, indices, axis=None, _out=None, mode="raise", *, ct):
    return scatter_taken(ct, indices, a, axis, mode)


@linear(np.diagonal, wrt=("a",))
def diagonal(a, offset=0, axis1=0, axis2=1, *, ct):
    return embed_diagonal(ct, a, offset, axis1, axis2)


@linear(np.tril, wrt=("m",))
def tril(m, k=0, *, ct):
    return np.tril(ct, k)


@linear(np.triu, wrt=("m",))
def triu(m, k=0, *, ct):
    return np.triu(ct, k)


@linear(np.choose, wrt=("choices",))
def choose(a, choices, *, ct):
    return choose_adjoint(ct, a, choices)


@linear(np.select, wrt=("choicelist", "default"))
def select(condlist, choicelist, default=0, *, ct):
    first = first_true(condlist)
    return choose_adjoint(ct, first, choicelist), np.where(first == len(condlist), ct, 0.0)


@linear(np.compress, wrt=("a",))
def compress(condition, a, axis=None, *, ct):
    return scatter_taken(ct, np.flatnonzero(condition), a, axis)


@linear(np.extract, wrt=("arr",))
def extract(condition, arr, *, ct):
    return scatter_taken(ct, np.flatnonzero(condition), arr)


@elementwise(np.nan_to_num, wrt=("x",), complex="refused")
def nan_to_num(x, _copy=True, nan=0.0, posinf=None, neginf=None):
    """0 where a number was put in place of NaN or infinity."""
    return np.isfinite(x)
