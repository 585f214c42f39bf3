"""Rules of our own kernels, for they stand on the path when a derivative is differentiated."""

import numpy as np

from .. import kernels as k
from .registry import constant, linear


@linear(k.unbroadcast, wrt=("value",))
def unbroadcast(value, x, *, ct):
    return np.broadcast_to(ct, np.shape(value))


@linear(k.broadcast_like, wrt=("value",))
def broadcast_like(value, x, *, ct):
    """The engine sums."""
    return ct


@linear(k.cast_like, wrt=("value",))
def cast_like(value, x, *, ct):
    """The engine casts back."""
    return ct


@linear(k.unreduce, wrt=("value",))
def unreduce(value, x, axis=None, keepdims=False, *, ct):
    return np.reshape(ct, np.shape(value))


@linear(k.scatter_like, wrt=("value",))
def scatter_like(value, index, x, *, ct):
    return ct[index]


@linear(k.scatter_taken, wrt=("value",))
def scatter_taken(value, indices, a, axis=None, mode="raise", *, ct):
    return np.take(ct, indices, axis, mode=mode)


@linear(k.embed_diagonal, wrt=("value",))
def embed_diagonal(value, a, offset=0, axis1=0, axis2=1, *, ct):
    return np.broadcast_to(np.diagonal(ct, offset, axis1, axis2), np.shape(np.diagonal(a, offset, axis1, axis2)))


@linear(k.drop_column, wrt=("a",))
def drop_column(a, y, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(k.split_like, wrt=("value",))
def split_like(value, arrays, axis=0, *, ct):
    return k.concatenate_like(ct, arrays, axis)


@linear(k.concatenate_like, wrt=("parts",))
def concatenate_like(parts, arrays, axis=0, *, ct):
    return k.split_like(ct, parts, axis)


@linear(k.unstack, wrt=("value",))
def unstack(value, arrays, axis=0, *, ct):
    return k.stack_like(ct, arrays, axis)


@linear(k.stack_like, wrt=("parts",))
def stack_like(parts, arrays, axis=0, *, ct):
    return k.unstack(ct, parts, axis)


@linear(k.unpack, wrt=("value",))
def unpack(value, object, *, ct):
    return k.pack(ct, object)


@linear(k.pack, wrt=("parts",))
def pack(parts, object, *, ct):
    return k.unpack(ct, parts)


@linear(k.sum_tiles, wrt=("value",))
def sum_tiles(value, a, reps, *, ct):
    return np.tile(ct, reps)


@linear(k.sum_repeats, wrt=("value",))
def sum_repeats(value, a, repeats, axis=None, *, ct):
    return np.reshape(np.repeat(ct, repeats, axis), np.shape(value))


constant(
    k.axis_size,
    k.column_shape,
    k.contraction,
    k.dot_axes,
    k.inner_axes,
    k.inverse_permutation,
    k.left_axes,
    k.left_order,
    k.product_shape,
    k.right_axes,
    k.right_order,
    k.row_shape,
    k.zeros_like,
)
