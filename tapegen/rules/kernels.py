"""Rules of our own kernels, for they stand on the path when a derivative is differentiated."""

import numpy as np

from .. import kernels as k
from .registry import constant, elementwise, general, linear


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
    return np.broadcast_to(
        np.diagonal(ct, offset, axis1, axis2), np.shape(np.diagonal(a, offset, axis1, axis2))
    )


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


@general(k.recurrence, wrt=("a", "b"))
def recurrence(a, b, axis=-1, *, out, ct):
    """The adjoint is the same recurrence backwards: r[i] = ct[i] + a[i+1] * r[i+1]."""
    r = np.flip(k.recurrence(np.flip(k.following(a, 0.0, axis), axis), np.flip(ct, axis), axis), axis)
    return r * k.previous(out, 0.0, axis), r


@recurrence.defjvp
def recurrence_jvp(a, b, axis=-1, *, out, a_dot, b_dot):
    return k.recurrence(a, a_dot * k.previous(out, 0.0, axis), axis), k.recurrence(a, b_dot, axis)


@general(k.previous, wrt=("x",), complex="adjoint")
def previous(x, first=0.0, axis=-1, *, ct):
    return k.following(ct, 0.0, axis)


@previous.defjvp
def previous_jvp(x, first=0.0, axis=-1, *, x_dot):
    return k.previous(x_dot, 0.0, axis)


@general(k.following, wrt=("x",), complex="adjoint")
def following(x, last=0.0, axis=-1, *, ct):
    return k.previous(ct, 0.0, axis)


@following.defjvp
def following_jvp(x, last=0.0, axis=-1, *, x_dot):
    return k.following(x_dot, 0.0, axis)


@linear(k.merge_axes, wrt=("x",))
def merge_axes(x, axis, *, ct):
    return k.unmerge_axes(ct, x, axis)


@linear(k.unmerge_axes, wrt=("merged",))
def unmerge_axes(merged, x, axis, *, ct):
    return k.merge_axes(ct, axis)


@linear(k.scatter_along, wrt=("value",))
def scatter_along(value, indices, x, axis=-1, *, ct):
    return np.take_along_axis(ct, indices, axis)


@linear(k.join, wrt=("parts",))
def join(parts, function, *, ct):
    return k.unjoin(ct, parts, function)


@linear(k.unjoin, wrt=("value",))
def unjoin(value, arrays, function, *, ct):
    return k.join(ct, function)


@linear(k.scatter_rearranged, wrt=("value",))
def scatter_rearranged(value, x, function, arguments, *, ct):
    return k.rearrange(ct, function, arguments)


@linear(k.rearrange, wrt=("x",))
def rearrange(x, function, arguments, *, ct):
    return k.scatter_rearranged(ct, x, function, arguments)


@linear(k.weighted, wrt=("x",))
def weighted(x, weights, axis=None, keepdims=False, *, ct):
    return k.weighted_back(ct, weights, x, axis, keepdims)


@linear(k.weighted_back, wrt=("value",))
def weighted_back(value, weights, x, axis=None, keepdims=False, *, ct):
    return k.weighted(ct, weights, axis, keepdims)


@general(k.einsum_derivative, wrt=("operands", "directions"))
def einsum_derivative(subscripts, operands, directions, *, ct):
    return (
        k.einsum_gradient(ct, subscripts, operands, directions),
        k.einsum_directions_gradient(ct, subscripts, operands, directions),
    )


@general(k.einsum_gradient, wrt=("value", "operands", "directions"))
def einsum_gradient(value, subscripts, operands, directions=None, *, ct):
    return (
        k.einsum_derivative(subscripts, operands, (directions, ct)),
        k.einsum_gradient(value, subscripts, operands, (directions, ct)),
        k.einsum_replaced_gradients(value, subscripts, operands, directions, ct),
    )


@einsum_gradient.defjvp
def einsum_gradient_jvp(
    value, subscripts, operands, directions=None, *, value_dot, operands_dot, directions_dot
):
    return (
        k.einsum_gradient(value_dot, subscripts, operands, directions),
        k.einsum_gradient(value, subscripts, operands, (directions, operands_dot)),
        k.einsum_gradient_along(value, subscripts, operands, directions, directions_dot),
    )


@einsum_derivative.defjvp
def einsum_derivative_jvp(subscripts, operands, directions, *, operands_dot, directions_dot):
    return (
        k.einsum_derivative(subscripts, operands, (directions, operands_dot)),
        k.einsum_derivative_along(subscripts, operands, directions, directions_dot),
    )


@general(k.gap_quotients, wrt=("w",))
def gap_quotients(w, *, out, ct):
    """d out[i, j] = -out[i, j]**2 * (dw[j] - dw[i])."""
    g = -ct * out**2
    return np.sum(g, axis=-2) - np.sum(g, axis=-1)


@gap_quotients.defjvp
def gap_quotients_jvp(w, *, out, w_dot):
    return -(out**2) * (np.expand_dims(w_dot, -2) - np.expand_dims(w_dot, -1))


@linear(k.first_columns, wrt=("u",))
def first_columns(u, s, *, ct):
    return k.fit_axes(ct, u)


@linear(k.first_rows, wrt=("vh",))
def first_rows(vh, s, *, ct):
    return k.fit_axes(ct, vh)


@linear(k.determined_columns, wrt=("value",))
def determined_columns(value, s, *, ct):
    return k.fit_axes(ct, value)


@linear(k.determined_rows, wrt=("value",))
def determined_rows(value, s, *, ct):
    return k.fit_axes(ct, value)


@linear(k.as_matrices, wrt=("x",))
def as_matrices(x, axis, *, ct):
    return k.from_matrices(ct, x, axis)


@linear(k.from_matrices, wrt=("m",))
def from_matrices(m, x, axis, *, ct):
    return k.as_matrices(ct, axis)


@linear(k.diag_adjoint, wrt=("value",))
def diag_adjoint(value, v, k=0, *, ct):
    return np.broadcast_to(np.diag(ct, k), np.shape(value))


@linear(k.choose_adjoint, wrt=("value",))
def choose_adjoint(value, a, choices, *, ct):
    return np.choose(a, ct)


@linear(k.fit_axis, wrt=("value",))
def fit_axis(value, a, axis=-1, *, ct):
    return k.fit_axis(ct, value, axis)


@linear(k.fit_axes, wrt=("value",))
def fit_axes(value, a, *, ct):
    return k.fit_axes(ct, value)


@linear(k.extend_axis, wrt=("value",))
def extend_axis(value, size, axis=-1, *, ct):
    return k.fit_axis(ct, value, axis)


@elementwise(k.sinc_derivative, wrt=("x",), complex="refused")
def sinc_derivative(x, n):
    return k.sinc_derivative(x, n + 1)


@linear(k.gradient_adjoint, wrt=("value",))
def gradient_adjoint(value, f, spacing, axis, edge_order, *, ct):
    return k.gradient_with(ct, spacing, axis, edge_order)


@linear(k.gradient_with, wrt=("f",))
def gradient_with(f, spacing, axis, edge_order, *, ct):
    return k.gradient_adjoint(ct, f, spacing, axis, edge_order)


@linear(k.neighbours, wrt=("y",))
def neighbours(y, axis=-1, *, ct):
    return k.spread_to_neighbours(ct, axis)


@linear(k.spread_to_neighbours, wrt=("value",))
def spread_to_neighbours(value, axis=-1, *, ct):
    return k.neighbours(ct, axis)


@linear(k.widths, wrt=("x",))
def widths(x, y, dx=1.0, axis=-1, *, ct):
    return k.widths_back(ct, x, y, dx, axis)


@linear(k.widths_back, wrt=("value",))
def widths_back(value, x, y, dx=1.0, axis=-1, *, ct):
    return np.broadcast_to(k.widths(ct, y, dx, axis), np.shape(value))


@linear(k.embed_window, wrt=("value",))
def embed_window(value, a, v, mode, correlation=False, *, ct):
    return k.cut_window(ct, a, v, mode, correlation)


@linear(k.cut_window, wrt=("full",))
def cut_window(full, a, v, mode, correlation=False, *, ct):
    return k.embed_window(ct, a, v, mode, correlation)


@linear(k.embed_window_nd, wrt=("value",))
def embed_window_nd(value, a, v, mode, *, ct):
    return k.cut_window_nd(ct, a, v, mode)


@linear(k.cut_window_nd, wrt=("full",))
def cut_window_nd(full, a, v, mode, *, ct):
    return k.embed_window_nd(ct, a, v, mode)


@linear(k.spread_weights, wrt=("weights",))
def spread_weights(weights, a, axis, *, ct):
    return k.gather_weights(ct, weights, a, axis)


@linear(k.gather_weights, wrt=("value",))
def gather_weights(value, weights, a, axis, *, ct):
    return k.spread_weights(ct, a, axis)


@linear(k.stack_variables, wrt=("m", "y"))
def stack_variables(m, y, rowvar, *, ct):
    return k.split_variables(ct, m, y, rowvar)[0], k.split_variables(ct, m, y, rowvar)[1]


@linear(k.split_variables, wrt=("value",))
def split_variables(value, m, y, rowvar, *, ct):
    return k.stack_variables(ct[0], ct[1], rowvar)


@linear(k.beside, wrt=("a",))
def beside(a, b, *, ct):
    return np.reshape(ct, np.shape(a))


@linear(k.sum_columns, wrt=("value",))
def sum_columns(value, a, *, ct):
    return np.broadcast_to(
        np.reshape(ct, np.shape(a) + (1,) * (np.ndim(value) - np.ndim(a))), np.shape(value)
    )


@linear(k.sum_rows, wrt=("value",))
def sum_rows(value, b, *, ct):
    return np.broadcast_to(ct, np.shape(value))


@linear(k.insert_adjoint, wrt=("value",))
def insert_adjoint(value, arr, obj, values, axis=None, *, ct):
    return np.insert(ct[0], obj, ct[1], axis)


@linear(k.mesh_adjoint, wrt=("value",))
def mesh_adjoint(value, xi, *, ct):
    return np.meshgrid(*ct)


@linear(k.two_by_two, wrt=("a", "b"))
def two_by_two(a, b, *, ct):
    return k.diagonal_blocks(ct), k.corner(ct)


@linear(k.corner, wrt=("m",))
def corner(m, *, ct):
    return k.embed_corner(ct)


@linear(k.embed_corner, wrt=("b",))
def embed_corner(b, *, ct):
    return k.corner(ct)


@linear(k.diagonal_blocks, wrt=("m",))
def diagonal_blocks(m, *, ct):
    return k.two_by_two(ct, 0 * ct)


@general(k.chain_gradient, wrt=("value", "arrays"))
def chain_gradient(value, arrays, *, ct):
    return k.chain_derivative(arrays, ct), k.chain_gradient_derivative(value, arrays, ct)


@chain_gradient.defjvp
def chain_gradient_jvp(value, arrays, *, value_dot, arrays_dot):
    return k.chain_gradient(value_dot, arrays), k.chain_gradient_derivative(value, arrays, arrays_dot)


@general(k.chain_derivative, wrt=("arrays", "directions"))
def chain_derivative(arrays, directions, *, ct):
    return k.chain_gradient_derivative(ct, arrays, directions), k.chain_gradient(ct, arrays)


@chain_derivative.defjvp
def chain_derivative_jvp(arrays, directions, *, arrays_dot, directions_dot):
    return k.chain_mixed(arrays, directions, arrays_dot), k.chain_derivative(arrays, directions_dot)


@elementwise(k.polygamma, wrt=("x",), complex="refused")
def polygamma(n, x):
    return k.polygamma(n + 1, x)


@elementwise(k.bessel_i, wrt=("x",), complex="refused")
def bessel_i(n, x):
    return 0.5 * (k.bessel_i(n - 1, x) + k.bessel_i(n + 1, x))


@linear(k.sums_of_weights, wrt=("weights",))
def sums_of_weights(a, edges, weights, *, ct):
    return k.is_counted(a, edges) * np.take(ct, k.bin_numbers(a, edges))


@linear(k.unjoin_key, wrt=("value",))
def unjoin_key(value, key, join, *, ct):
    return k.join_key(ct, key, join)


@linear(k.join_key, wrt=("parts",))
def join_key(parts, key, join, *, ct):
    return k.unjoin_key(ct, key, join)


constant(
    k.first_places,
    k.cross_axes,
    k.residual_cotangent,
    k.bin_numbers,
    k.end_shares,
    k.exponents,
    k.freedom,
    k.is_counted,
    k.kept,
    k.record_positions,
    k.segment,
    k.within,
    k.mirror_weights,
    k.opposite,
    k.last_axis,
    k.last_size,
    k.transform_axes,
    k.transform_size,
    k.axis_size,
    k.column_shape,
    k.columns_shape,
    k.contraction,
    k.dot_axes,
    k.ends_of_differences,
    k.first_true,
    k.sorting_order,
    k.hits,
    k.inner_axes,
    k.inside,
    k.inverse_permutation,
    k.is_number,
    k.kron_axes,
    k.kron_shape,
    k.larger,
    k.left_axes,
    k.left_order,
    k.matching_order,
    k.nanquantile_weights,
    k.product_shape,
    k.quantile_weights,
    k.right_axes,
    k.right_order,
    k.row_shape,
    k.running_axis,
    k.zeros_like,
)
