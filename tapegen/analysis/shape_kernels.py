"""Shape functions of the kernels that generated code calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen import kernels
from tapegen.analysis.joins import join
from tapegen.analysis.shape_algebra import (
    as_array,
    axes_of,
    broadcast,
    is_immutable_scalar,
    is_rank_zero,
    product,
    scalar_of,
    shape_value,
)
from tapegen.analysis.shape_builtins import binary
from tapegen.analysis.shape_functions import NotDescribed, array_of, ranked, shape_of
from tapegen.analysis.shape_indexing import indexed
from tapegen.analysis.shape_layouts import concatenated, size, stacked
from tapegen.analysis.values import (
    NONE,
    UNKNOWN,
    Array,
    ListOf,
    Number,
    Record,
    Scalar,
    Sequence,
    Static,
    Value,
    kind_of,
)
from tapegen.kernels import revolve, trees, twins, views
from tapegen.kernels.objects import (
    check_distinct,
    keep_attribute,
    keep_change,
    keep_item,
    keep_items,
    read_attribute,
    same_container,
)

FALSE = Number("bool", False)


def _dtype(value: Value) -> str | None:
    found = as_array(value)
    return None if found is None else found.dtype


def _inexact(dtype: str | None) -> bool:
    return dtype is not None and kind_of(dtype) in ("float", "complex")


@shape_of(kernels.sorting_order)
def sorting_order(keys: Value, reverse: Value = FALSE) -> Value:
    if isinstance(keys, Sequence):
        return Sequence(list, (Number("int"),) * len(keys.items))
    return ListOf(Number("int"))


@shape_of(kernels.unbroadcast)
def unbroadcast(ct: Value, x: Value) -> Value:
    if ct == NONE:
        raise NotDescribed
    if isinstance(x, Number):
        if x.kind in ("float", "complex"):
            return Number(x.kind)
        return ct if isinstance(ct, Number) else UNKNOWN
    if isinstance(x, Array):
        return _like(ct, x)
    if isinstance(x, Scalar) and is_immutable_scalar(ct) and x.dtype is not None and _is_real(ct):
        return Scalar(x.dtype) if kind_of(x.dtype) == "float" else UNKNOWN
    if isinstance(x, Sequence) and isinstance(ct, Sequence) and len(x.items) == len(ct.items):
        return Sequence(list, tuple(map(unbroadcast, ct.items, x.items)))
    return UNKNOWN


def _is_real(ct: Value) -> bool:
    if isinstance(ct, Number):
        return ct.kind != "complex"
    dtype = ct.dtype if isinstance(ct, (Array, Scalar)) else None
    return dtype is not None and kind_of(dtype) != "complex"


def _like(value: Value, x: Array) -> Value:
    """`value` in the shape of `x`, and in its dtype if that is inexact; for an array `x`, whatever `value` may be."""
    if x.shape and x.scalar is False and _inexact(x.dtype):
        return x
    if x.dtype is None or not isinstance(value, (Array, Number, Scalar)):
        return UNKNOWN
    if _inexact(x.dtype):
        scalar = False if x.shape else True if x.shape == () and is_immutable_scalar(value) else None
        return Array(x.dtype, x.shape, scalar)
    if x.shape:
        dtype = _dtype(value)
        return Array(dtype if _inexact(dtype) else None, x.shape, False)  # integers may have been summed
    return value if x.shape == () and is_immutable_scalar(value) else UNKNOWN


@shape_of(kernels.broadcast_like)
def broadcast_like(value: Value, x: Value) -> Value:
    if isinstance(x, Array):
        return _like(value, x)
    if isinstance(x, Scalar) and is_immutable_scalar(value) and x.dtype is not None and _is_real(value):
        return Scalar(x.dtype) if kind_of(x.dtype) == "float" else UNKNOWN
    return Number("float") if isinstance(x, Number) and x.kind == "float" else UNKNOWN


@shape_of(kernels.cast_like)
def cast_like(value: Value, x: Value) -> Value:
    if isinstance(x, Number) and x.kind in ("float", "complex"):
        dtype: str | None = {"float": "float64", "complex": "complex128"}[x.kind]
    elif isinstance(x, Array) and _inexact(x.dtype):
        dtype = x.dtype
    else:
        return value if isinstance(x, (Number, Array)) and _dtype(x) is not None else UNKNOWN
    if isinstance(value, Array):
        return Array(dtype, value.shape, value.scalar)
    return Array(dtype, (), True) if isinstance(value, (Number, Scalar)) else UNKNOWN


@shape_of(kernels.unreduce)
def unreduce(ct: Value, x: Value, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    kept = keepdims.value if isinstance(keepdims, Number) else None
    if axis == NONE or kept:
        return ct
    if kept is None or axis is UNKNOWN:
        raise NotDescribed
    dims = ranked(x)[1]
    axes = axes_of(axis, len(dims))
    if axes is None:
        raise NotDescribed
    found = array_of(ct)
    shape = tuple(1 if i in axes else n for i, n in enumerate(dims))
    return Array(found.dtype, shape, False)


@shape_of(kernels.axis_size)
def axis_size(x: Value, axis: Value = NONE) -> Value:
    if axis == NONE:
        return size(x)
    dims = ranked(x)[1]
    axes = axes_of(axis, len(dims))
    if axes is None:
        return Number("int")
    whole = product(dims[i] for i in axes)
    return Number("int", whole) if isinstance(whole, int) else shape_value((whole,)).items[0]


@shape_of(kernels.zeros_like)
def zeros_like(x: Value) -> Value:
    if isinstance(x, Number):
        return Number("complex" if x.kind == "complex" else "float")
    if isinstance(x, Scalar):
        return x if x.dtype is not None and _inexact(x.dtype) else UNKNOWN
    if isinstance(x, Array) and x.dtype is not None:
        if _inexact(x.dtype):
            return x
        return (
            Array("float64", x.shape, False)
            if x.scalar is False
            else Number("float")
            if x.scalar
            else UNKNOWN
        )
    if isinstance(x, Sequence) and x.type in (list, tuple):
        return Sequence(list, tuple(map(zeros_like, x.items)))
    return UNKNOWN


@shape_of(kernels.add)
def add(a: Value, b: Value) -> Value:
    if NONE in (a, b):
        return b if a == NONE else a
    if isinstance(a, Sequence) and isinstance(b, Sequence) and len(a.items) == len(b.items):
        return Sequence(list, tuple(map(add, a.items, b.items)))
    plain = (Array, Number, Scalar)
    return binary(gast.Add, a, b) if isinstance(a, plain) and isinstance(b, plain) else UNKNOWN


@shape_of(kernels.scatter_add)
def scatter_add(buffer: Value, index: Value, ct: Value) -> Value:
    return buffer if isinstance(buffer, Array) else UNKNOWN


@shape_of(kernels.scatter_like)
def scatter_like(ct: Value, index: Value, x: Value) -> Value:
    found = zeros_like(x)
    return Array(found.dtype, found.shape, False) if isinstance(found, Array) else UNKNOWN


@shape_of(kernels.scatter_taken, kernels.scatter_along)
def scattered(
    ct: Value, indices: Value, a: Value, *others: Value, axis: Value = NONE, mode: Value = NONE
) -> Value:
    return scatter_like(ct, indices, a)


@shape_of(kernels.diag_adjoint)
def diag_adjoint(ct: Value, v: Value, k: Value = Number("int", 0)) -> Value:
    dims = ranked(v)[1]
    return Array(array_of(ct).dtype, dims, False) if len(dims) == 1 else scatter_like(ct, NONE, v)


@shape_of(kernels.embed_diagonal)
def embed_diagonal(ct: Value, a: Value, *others: Value) -> Value:
    return scatter_like(ct, NONE, a)


@shape_of(kernels.inverse_permutation)
def inverse_permutation(axes: Value) -> Value:
    if axes == NONE:
        return NONE
    order = axes_of(axes, len(axes.items)) if isinstance(axes, Sequence) else None
    if order is None:
        raise NotDescribed
    return Sequence(tuple, tuple(Number("int", order.index(i)) for i in range(len(order))))


@shape_of(kernels.split_like)
def split_like(ct: Value, arrays: Value, axis: Value = NONE) -> Value:
    if not isinstance(arrays, Sequence) or not isinstance(ct, Array):
        raise NotDescribed
    return Sequence(list, tuple(unbroadcast(Array(ct.dtype), item) for item in arrays.items))


@shape_of(kernels.unstack)
def unstack(ct: Value, arrays: Value, axis: Value = NONE) -> Value:
    return split_like(ct, arrays)


@shape_of(kernels.concatenate_like)
def concatenate_like(parts: Value, arrays: Value, axis: Value = Number("int", 0)) -> Value:
    return concatenated(parts, axis)


@shape_of(kernels.stack_like)
def stack_like(parts: Value, arrays: Value, axis: Value = Number("int", 0)) -> Value:
    return stacked(parts, axis)


@shape_of(kernels.row_shape)
def row_shape(x: Value) -> Value:
    dims = () if is_rank_zero(x) else ranked(x)[1]
    return shape_value((1, *dims) if len(dims) == 1 else dims)


@shape_of(kernels.column_shape)
def column_shape(y: Value) -> Value:
    dims = () if is_rank_zero(y) else ranked(y)[1]
    return shape_value((*dims, 1) if len(dims) == 1 else dims)


@shape_of(kernels.product_shape)
def product_shape(ct: Value, x: Value, y: Value) -> Value:
    dims = () if is_rank_zero(ct) else ranked(ct)[1]
    one, two = len(ranked(x)[1]), len(ranked(y)[1])
    if one == 1:
        dims = (*dims[:-1], 1, *dims[-1:]) if two > 1 else (*dims, 1)
    return shape_value((*dims, 1) if two == 1 else dims)


@shape_of(kernels.hits)
def hits(a: Value, out: Value, axis: Value = NONE) -> Value:
    array, extreme = array_of(a), array_of(out)
    kind = None if array.dtype is None else array.dtype if kind_of(array.dtype) == "float" else "float64"
    shape = broadcast((array.shape, extreme.shape))
    return Array(kind, shape, False if shape else None)


@shape_of(kernels.cross_axes)
def cross_axes(axisa: Value, axisb: Value, axisc: Value, axis: Value) -> Value:
    return Sequence(tuple, (axisa, axisb, axisc) if axis == NONE else (axis, axis, axis))


@shape_of(kernels.larger)
def larger(a: Value, b: Value) -> Value:
    shape = broadcast((array_of(a).shape, array_of(b).shape))
    return Array("float64", shape, scalar_of(shape))


@shape_of(kernels.previous, kernels.following)
def moved(x: Value, coming: Value = NONE, axis: Value = NONE) -> Value:
    found, dims = ranked(x)
    return Array(found.dtype, dims, False)


@shape_of(kernels.sum_tiles, kernels.sum_repeats)
def summed_copies(ct: Value, a: Value, *others: Value) -> Value:
    dtype = array_of(ct).dtype
    return Array(dtype if _inexact(dtype) else None, ranked(a)[1], None)


@shape_of(kernels.drop_column)
def drop_column(a: Value, y: Value) -> Value:
    found, dims = ranked(a)
    if len(ranked(y)[1]) != 1:
        return a
    if not dims:
        raise NotDescribed
    return Array(found.dtype, dims[:-1], False if dims[:-1] else None)


# ------------------------------------------------------------------------------------------------- nests of cotangents


def _plain(*values: Value) -> bool:
    return all(isinstance(value, (Array, Number, Scalar)) for value in values)


@shape_of(trees.zero_cotangent)
def zero_cotangent(x: Value) -> Value:
    if isinstance(x, Number | Scalar) or (isinstance(x, Array) and x.scalar):
        return Number("float")
    if isinstance(x, Array):
        return (
            Array(x.dtype if _inexact(x.dtype) else "float64", x.shape, False)
            if x.dtype and x.scalar is not None
            else UNKNOWN
        )
    return UNKNOWN


@shape_of(trees.add_cotangents)
def add_cotangents(a: Value, b: Value) -> Value:
    """The number 0.0 may stand for an array of zeros, so only arrays and scalars are sure to be added."""
    if isinstance(a, Array) and isinstance(b, Array):
        return binary(gast.Add, a, b)
    return join(binary(gast.Add, a, b), join(a, b)) if _plain(a, b) else UNKNOWN


@shape_of(trees.element)
def element(tree: Value, key: Value) -> Value:
    return indexed(tree, key) if isinstance(tree, (Array, Sequence)) else UNKNOWN


@shape_of(trees.full)
def full(ct: Value, x: Value) -> Value:
    return ct if isinstance(ct, Array) else UNKNOWN


@shape_of(trees.copied_tree)
def copied_tree(tree: Value) -> Value:
    return tree if isinstance(tree, (Array, Number, Scalar)) else UNKNOWN


@shape_of(revolve.own_stack)
def own_stack(stack: Value) -> Value:
    return stack if isinstance(stack, (ListOf, Sequence)) else UNKNOWN


@shape_of(trees.copied)
def copied(x: Value) -> Value:
    if isinstance(x, Array):
        return x
    return x if _plain(x) else UNKNOWN


@shape_of(twins.shadow_of)
def shadow_of(shadows: Value, x: Value) -> Value:
    return x if isinstance(x, Array) and x.scalar is False else UNKNOWN


@shape_of(views.same_memory)
def same_memory(view: Value, base: Value, view_of: Value, base_of: Value) -> Value:
    return view_of if isinstance(view_of, Array) and _inexact(view_of.dtype) else view


@shape_of(views.own_part)
def own_part(ct: Value, view: Value, base: Value) -> Value:
    return ct


@shape_of(views.shared_as)
def shared_as(view: Value, base: Value, view_of: Value, base_of: Value) -> Value:
    return view


@shape_of(trees.laid_out_like)
def laid_out_like(x_dot: Value, x: Value) -> Value:
    return x if isinstance(x, Array) and x.scalar is False and _inexact(x.dtype) else UNKNOWN


@shape_of(trees.own)
def own(ct: Value, x: Value) -> Value:
    if isinstance(x, Array) and x.dtype is not None and x.shape is not None and _plain(ct):
        if x.scalar:
            return x
        return Array(x.dtype, ct.shape, False) if isinstance(ct, Array) and x.scalar is False else UNKNOWN
    return Number(x.kind) if isinstance(x, Number) and x.kind in ("float", "complex") else UNKNOWN


@shape_of(trees.seed)
def seed(out: Value) -> Value:
    return Number("float")


# ------------------------------------------------------------------------------------------------ permutations, by rank


def _stand_in(value: Value) -> Any:
    """An object of the same rank, or the integers that a value is."""
    if is_rank_zero(value) and not isinstance(value, Number):
        return np.empty(())
    if isinstance(value, Array) and value.shape is not None:
        return np.empty((1,) * len(value.shape))
    if isinstance(value, Number) and value.value is not None:
        return value.value
    if isinstance(value, Sequence) and value.type in (tuple, list):
        return value.type(map(_stand_in, value.items))
    if value == NONE:
        return None
    raise NotDescribed


def _literal(value: Any) -> Value:
    return Number("int", value) if isinstance(value, int) else Sequence(tuple, tuple(map(_literal, value)))


def _by_rank(kernel: Callable[..., Any]) -> Callable[..., Value]:
    """The result itself: these kernels read nothing but ranks and integers."""

    def rule(*args: Value) -> Value:
        try:
            return _literal(kernel(*map(_stand_in, args)))
        except (ValueError, IndexError, ZeroDivisionError):
            raise NotDescribed from None

    return rule


BY_RANK = (
    kernels.contraction,
    kernels.dot_axes,
    kernels.inner_axes,
    kernels.kron_axes,
    kernels.left_axes,
    kernels.left_order,
    kernels.right_axes,
    kernels.right_order,
    kernels.running_axis,
)
for _kernel in BY_RANK:
    shape_of(_kernel)(_by_rank(_kernel))


@shape_of(keep_attribute, keep_item)
def kept(owner: Value, key: Value, value: Value) -> Value:
    """Nothing is read of the caller's object after the entry, so what was known of it then is still what is read."""
    return NONE


@shape_of(keep_items, keep_change)
def all_kept(owner: Value, what: Value, *items: Value) -> Value:
    return NONE


@shape_of(same_container)
def same_one(owner: Value, items: Value) -> Value:
    return UNKNOWN


@shape_of(read_attribute)
def attribute_read(owner: Value, name: Value) -> Value:
    if isinstance(owner, Record) and isinstance(name, Static):
        return dict(owner.fields).get(name.object, UNKNOWN)
    return UNKNOWN


@shape_of(check_distinct)
def distinct(*owners: Value) -> Value:
    return NONE


@shape_of(kernels.unpack)
def unpack(ct: Value, nest: Value) -> Value:
    if isinstance(nest, Sequence):
        return Sequence(list, tuple(unpack(UNKNOWN, item) for item in nest.items))
    return unbroadcast(UNKNOWN, nest)
