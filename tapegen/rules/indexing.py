"""Indexing, and choosing between values."""

import operator

import numpy as np

from ..kernels import embed_diagonal, scatter_like, scatter_taken
from .registry import linear


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
