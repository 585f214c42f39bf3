"""Sorting: a permutation, constant until two elements change places. Of equal elements the first one comes first."""

import numpy as np

from ..kernels import matching_order, scatter_along
from .registry import general, linear


@general(np.sort, wrt=("a",), complex="adjoint")
def sort(a, axis=-1, _kind=None, _order=None, *, ct):
    return scatter_along(ct, np.argsort(a, axis=axis, kind="stable"), a, axis)


@sort.defjvp
def sort_jvp(a, axis=-1, _kind=None, _order=None, *, a_dot):
    return np.take_along_axis(a_dot, np.argsort(a, axis=axis, kind="stable"), axis)


@general(np.partition, wrt=("a",), complex="adjoint")
def partition(a, kth, axis=-1, _kind="introselect", _order=None, *, out, ct):
    return scatter_along(ct, matching_order(a, out, axis), a, axis)


@partition.defjvp
def partition_jvp(a, kth, axis=-1, _kind="introselect", _order=None, *, out, a_dot):
    return np.take_along_axis(a_dot, matching_order(a, out, axis), axis)


@linear(np.take_along_axis, wrt=("arr",))
def take_along_axis(arr, indices, axis=-1, *, ct):
    return scatter_along(ct, indices, arr, axis)
