"""Sorting: a permutation, constant until two elements change places. Of equal elements the first one comes first."""

import numpy as np

from ..kernels import first_places, matching_order, scatter_along, scatter_taken
from .registry import general, linear


@general(np.sort, wrt=("a",), complex="adjoint")
def sort(a, axis=-1, kind=None, _order=None, *, stable=None, ct):
    return scatter_along(ct, np.argsort(a, axis=axis, kind="stable"), a, axis)


@sort.defjvp
def sort_jvp(a, axis=-1, kind=None, _order=None, *, stable=None, a_dot):
    return np.take_along_axis(a_dot, np.argsort(a, axis=axis, kind="stable"), axis)


@general(np.partition, wrt=("a",), complex="adjoint")
def partition(a, kth, axis=-1, kind="introselect", _order=None, *, out, ct):
    return scatter_along(ct, matching_order(a, out, axis), a, axis)


@partition.defjvp
def partition_jvp(a, kth, axis=-1, kind="introselect", _order=None, *, out, a_dot):
    return np.take_along_axis(a_dot, matching_order(a, out, axis), axis)


@linear(np.take_along_axis, wrt=("arr",))
def take_along_axis(arr, indices, axis=-1, *, ct):
    return scatter_along(ct, indices, arr, axis)


@general(np.unique_values, wrt=("x",), complex="adjoint")
def unique_values(x, *, out, ct):
    """Of equal elements, the first one counts."""
    return scatter_taken(ct, first_places(x, out), x)


@unique_values.defjvp
def unique_values_jvp(x, *, out, x_dot):
    return np.take(x_dot, first_places(x, out))


@general(np.unique, wrt=("ar",), complex="adjoint")
def unique(
    ar,
    _return_index=False,
    _return_inverse=False,
    _return_counts=False,
    _axis=None,
    equal_nan=True,
    *,
    out,
    ct,
):
    """Of equal elements, the first one counts."""
    return scatter_taken(ct, first_places(ar, out), ar)


@unique.defjvp
def unique_jvp(
    ar,
    _return_index=False,
    _return_inverse=False,
    _return_counts=False,
    _axis=None,
    equal_nan=True,
    *,
    out,
    ar_dot,
):
    return np.take(ar_dot, first_places(ar, out))


@general(np.sort_complex, wrt=("a",), complex="adjoint")
def sort_complex(a, *, ct):
    return scatter_along(ct, np.argsort(a, axis=-1, kind="stable"), a + 0j, -1)


@sort_complex.defjvp
def sort_complex_jvp(a, *, a_dot):
    return np.take_along_axis(a_dot + 0j, np.argsort(a, axis=-1, kind="stable"), -1)
