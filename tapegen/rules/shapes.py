"""Shape and layout: maps that move elements about. Their adjoints move them back."""

import numpy as np

from ..kernels import (
    diag_adjoint,
    insert_adjoint,
    inside,
    inverse_permutation,
    mesh_adjoint,
    scatter_rearranged,
    split_like,
    sum_repeats,
    sum_tiles,
    unjoin,
    unstack,
)
from .registry import alias, linear


@linear(np.reshape, wrt=("a",))
def reshape(a, shape, order="C", *, ct):
    return np.reshape(ct, np.shape(a), order=order)


@linear(np.ravel, wrt=("a",))
def ravel(a, order="C", *, ct):
    return np.reshape(ct, np.shape(a), order=order)


@linear(np.transpose, wrt=("a",))
def transpose(a, axes=None, *, ct):
    return np.transpose(ct, inverse_permutation(axes))


@linear(np.matrix_transpose, wrt=("x",))
def matrix_transpose(x, *, ct):
    return np.swapaxes(ct, -1, -2)


@linear(np.swapaxes, wrt=("a",))
def swapaxes(a, axis1, axis2, *, ct):
    return np.swapaxes(ct, axis1, axis2)


@linear(np.moveaxis, wrt=("a",))
def moveaxis(a, source, destination, *, ct):
    return np.moveaxis(ct, destination, source)


@linear(np.expand_dims, wrt=("a",))
def expand_dims(a, axis, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(np.squeeze, wrt=("a",))
def squeeze(a, axis=None, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(np.atleast_1d, wrt=("a",))
def atleast_1d(a, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(np.atleast_2d, wrt=("a",))
def atleast_2d(a, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(np.atleast_3d, wrt=("a",))
def atleast_3d(a, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(np.broadcast_to, wrt=("array",))
def broadcast_to(array, shape, *, ct):
    """The engine sums."""
    return ct


@linear(np.broadcast_arrays, wrt=("args",))
def broadcast_arrays(*args, ct):
    """The engine sums."""
    return ct


@linear(np.meshgrid, wrt=("xi",))
def meshgrid(*xi, ct):
    return mesh_adjoint(ct, xi)


@linear(np.concatenate, wrt=("arrays",))
def concatenate(arrays, axis=0, *, ct):
    return split_like(ct, arrays, axis)


@linear(np.stack, wrt=("arrays",))
def stack(arrays, axis=0, *, ct):
    return unstack(ct, arrays, axis)


@linear(np.flip, wrt=("m",))
def flip(m, axis=None, *, ct):
    return np.flip(ct, axis)


@linear(np.fliplr, wrt=("m",))
def fliplr(m, *, ct):
    return np.fliplr(ct)


@linear(np.flipud, wrt=("m",))
def flipud(m, *, ct):
    return np.flipud(ct)


@linear(np.rot90, wrt=("m",))
def rot90(m, k=1, axes=(0, 1), *, ct):
    return np.rot90(ct, -k, axes)


@linear(np.roll, wrt=("a",))
def roll(a, shift, axis=None, *, ct):
    return np.roll(ct, np.negative(shift), axis)


@linear(np.tile, wrt=("A",))
def tile(A, reps, *, ct):
    return sum_tiles(ct, A, reps)


@linear(np.repeat, wrt=("a",))
def repeat(a, repeats, axis=None, *, ct):
    return sum_repeats(ct, a, repeats, axis)


@linear(np.split, wrt=("ary",))
def split(ary, indices_or_sections, axis=0, *, ct):
    return np.concatenate(ct, axis)


@linear(np.array_split, wrt=("ary",))
def array_split(ary, indices_or_sections, axis=0, *, ct):
    return np.concatenate(ct, axis)


@linear(np.vstack, wrt=("tup",))
def vstack(tup, *, ct):
    return unjoin(ct, tup, np.vstack)


@linear(np.hstack, wrt=("tup",))
def hstack(tup, *, ct):
    return unjoin(ct, tup, np.hstack)


@linear(np.dstack, wrt=("tup",))
def dstack(tup, *, ct):
    return unjoin(ct, tup, np.dstack)


@linear(np.column_stack, wrt=("tup",))
def column_stack(tup, *, ct):
    return unjoin(ct, tup, np.column_stack)


@linear(np.block, wrt=("arrays",))
def block(arrays, *, ct):
    return unjoin(ct, arrays, np.block)


@linear(np.append, wrt=("arr", "values"))
def append(arr, values, axis=None, *, ct):
    return split_like(ct, [arr, values], axis)[0], split_like(ct, [arr, values], axis)[1]


@linear(np.insert, wrt=("arr", "values"))
def insert(arr, obj, values, axis=None, *, ct):
    return (
        insert_adjoint(ct, arr, obj, values, axis)[0],
        insert_adjoint(ct, arr, obj, values, axis)[1],
    )


@linear(np.delete, wrt=("arr",))
def delete(arr, obj, axis=None, *, ct):
    return scatter_rearranged(ct, arr, np.delete, (obj, axis))


@linear(np.resize, wrt=("a",))
def resize(a, new_shape, *, ct):
    return scatter_rearranged(ct, a, np.resize, (new_shape,))


@linear(np.rollaxis, wrt=("a",))
def rollaxis(a, axis, start=0, *, ct):
    return scatter_rearranged(ct, a, np.rollaxis, (axis, start))


@linear(np.hsplit, wrt=("ary",))
def hsplit(ary, indices_or_sections, *, ct):
    return np.hstack(ct)


@linear(np.vsplit, wrt=("ary",))
def vsplit(ary, indices_or_sections, *, ct):
    return np.vstack(ct)


@linear(np.dsplit, wrt=("ary",))
def dsplit(ary, indices_or_sections, *, ct):
    return np.dstack(ct)


@linear(np.diag, wrt=("v",))
def diag(v, k=0, *, ct):
    return diag_adjoint(ct, v, k)


@linear(np.diagflat, wrt=("v",))
def diagflat(v, k=0, *, ct):
    return np.reshape(np.diagonal(ct, k), np.shape(v))


@linear(np.pad, wrt=("array",))
def pad(array, pad_width, mode="constant"):
    """See the cases."""


@pad.case("mode", holds=lambda mode: mode == "constant")
def pad_constant(array, pad_width, mode="constant", *, ct):
    return ct[inside(array, pad_width)]


@pad.case("mode", holds=lambda mode: mode in ("edge", "wrap", "reflect", "symmetric"))
def pad_repeat(array, pad_width, mode="constant", *, ct):
    return scatter_rearranged(ct, array, np.pad, (pad_width, mode))


if hasattr(np, "unstack"):

    @linear(np.unstack, wrt=("x",))
    def unstack_(x, axis=0, *, ct):
        return np.stack(ct, axis)


alias(np.permute_dims, np.transpose)
alias(np.linalg.matrix_transpose, np.matrix_transpose)
if hasattr(np, "concat"):
    alias(np.concat, np.concatenate)
if hasattr(np, "row_stack"):
    alias(getattr(np, "row_stack"), np.vstack)  # noqa: B009  (an old name)
