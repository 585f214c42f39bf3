"""Picking elements and placing them, by index and by order."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..runtime.record import apply, scatter_like
from ..runtime.tensor import Tensor, frozen, make
from .arrays import reshape
from .convert import axes_of, convert_to_tensor, pair, shape_of, tensor
from .dtypes import as_dtype


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: Any = None,
) -> Any:
    params, index = tensor(params), np.asarray(indices)
    if batch_dims < 0:
        batch_dims += index.ndim
    axis = batch_dims if axis is None else int(axis) % params.ndim
    if index.size and (index.min() < 0 or index.max() >= params.shape[axis]):
        raise IndexError(f"indices of gather are not in [0, {params.shape[axis]}): {index}")
    if not batch_dims:
        if axis:
            return apply(operator.getitem, (params, (*(slice(None),) * axis, index)))
        return apply(operator.getitem, (params, int(index) if index.ndim == 0 else index))
    own = np.arange(index.ndim - batch_dims)
    grid = list(
        np.ix_(*[np.arange(n) for n in params.shape[:axis]])
    )  # an index of its own for each axis before
    where = [g.reshape(*g.shape, *np.ones_like(own)) for g in grid]
    batch, rest = index.shape[:batch_dims], index.shape[batch_dims:]
    where.append(index.reshape(*batch, *[1] * (axis - batch_dims), *rest))
    return apply(operator.getitem, (params, tuple(where)))


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: Any = None) -> Any:
    params, index = tensor(params), np.asarray(indices)
    parts = tuple(np.moveaxis(index, -1, 0))
    if batch_dims:
        rows = np.ix_(*[np.arange(n) for n in index.shape[:batch_dims]])
        rest = index.ndim - 1 - batch_dims
        parts = (*[r.reshape(r.shape + (1,) * rest) for r in rows], *parts)
    return apply(operator.getitem, (params, parts))


def boolean_mask(tensor: Any, mask: Any, axis: Any = None, name: str = "boolean_mask") -> Any:
    x, mask = convert_to_tensor(tensor), np.asarray(mask)
    return apply(operator.getitem, (x, (*(slice(None),) * (axis or 0), mask)))


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    condition = tensor(condition)
    if x is None and y is None:
        return make(np.argwhere(condition._a).astype(np.int64))
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return apply(np.where, (condition, *pair(x, y, "SelectV2")))


def scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    """Zeros of `shape` with `updates` added at `indices`."""
    from_ = tensor(updates)
    return tensor_scatter_nd_add(make(np.zeros(shape_of(shape), from_.dtype)), indices, from_)


def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    """`tensor` with `updates` added; repeated indices add up."""
    x = convert_to_tensor(tensor)
    updates, position = (
        pair(updates, x, "TensorScatterAdd")[0],
        tuple(np.moveaxis(np.asarray(indices), -1, 0)),
    )
    return x + apply(scatter_like, (updates, position, make(x._a)))


def tensor_scatter_nd_sub(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    return tensor_scatter_nd_add(tensor, indices, -convert_to_tensor(updates))


def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    """`tensor` with `updates` in place of its elements: the last of repeated indices wins."""
    x = convert_to_tensor(tensor)
    updates = pair(updates, x, "TensorScatterUpdate")[0]
    position = tuple(np.moveaxis(np.asarray(indices), -1, 0))
    source = np.full(x.shape, -1)
    number = np.arange(updates.size).reshape(updates.shape)
    source[position] = number
    if not updates.size:
        return x
    new = apply(operator.getitem, (reshape(updates, [-1]), np.maximum(source, 0)))
    return apply(np.where, (make(source < 0), x, new))


def _tensor_scatter_choice(label: str, choose: Any) -> Any:
    """`tensor` with the largest or smallest of its elements and the updates at their place.

    Of equal ones the element of `tensor`, then the first update, gets the gradient.
    """

    def call(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
        x = convert_to_tensor(tensor)
        new, where = pair(updates, x, label)[0], tuple(np.moveaxis(np.asarray(indices), -1, 0))
        numbers = np.arange(x.size).reshape(x.shape)[where].reshape(-1)
        source = np.arange(x.size)  # for each place the number of the chosen one: its own, or size + update
        values, fresh = x._a.reshape(-1).copy(), new._a.reshape(-1)
        for i, (place, value) in enumerate(zip(numbers.tolist(), fresh, strict=True)):
            if choose(value, values[place]):
                values[place], source[place] = value, x.size + i
        both = apply(np.concatenate, ([reshape(x, [-1]), reshape(new, [-1])],))
        return reshape(apply(operator.getitem, (both, source)), x.shape)

    call.__name__ = call.__qualname__ = label
    return call


tensor_scatter_nd_max = _tensor_scatter_choice("tensor_scatter_nd_max", operator.gt)
tensor_scatter_nd_min = _tensor_scatter_choice("tensor_scatter_nd_min", operator.lt)


def segment_sum(data: Any, segment_ids: Any, name: Any = None) -> Any:
    ids = np.asarray(segment_ids)
    return unsorted_segment_sum(data, ids, int(ids.max()) + 1 if ids.size else 0)


def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
    data, ids = tensor(data), np.asarray(segment_ids)
    shape_ = (int(num_segments), *data.shape[ids.ndim :])
    if ids.size and ids.min() < 0:  # rows that belong to no segment
        flat, ids = reshape(data, [ids.size, *shape_[1:]]), ids.reshape(-1)
        data, ids = flat[np.flatnonzero(ids >= 0)], ids[ids >= 0]
    return scatter_nd(ids[..., None], data, shape_)


def segment_mean(data: Any, segment_ids: Any, name: Any = None) -> Any:
    total = segment_sum(data, segment_ids)
    counts = np.maximum(np.bincount(np.asarray(segment_ids), minlength=total.shape[0]), 1)
    return total / counts.astype(total.dtype).reshape(-1, *[1] * (total.ndim - 1))


def argmax(input: Any, axis: Any = None, output_type: Any = "int64", name: Any = None) -> Tensor:
    return make(
        frozen(np.argmax(tensor(input)._a, 0 if axis is None else int(axis)).astype(as_dtype(output_type)))
    )


def argmin(input: Any, axis: Any = None, output_type: Any = "int64", name: Any = None) -> Tensor:
    return make(
        frozen(np.argmin(tensor(input)._a, 0 if axis is None else int(axis)).astype(as_dtype(output_type)))
    )


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: Any = None
) -> Tensor:
    a = tensor(values)._a
    order = np.argsort(a if direction.upper() == "ASCENDING" else -a, axis, kind="stable")
    return make(order.astype(np.int32))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: Any = None) -> Any:
    values = tensor(values)
    return take_along_axis(values, argsort(values, axis, direction), axis)


def take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    """Elements of `x` at `indices` along `axis`, all other positions kept."""
    x, index = tensor(x), np.asarray(indices)
    grid = list(np.ix_(*[np.arange(n) for n in index.shape]))
    grid[axis] = index
    return apply(operator.getitem, (x, tuple(grid)))


class TopK(tuple[Any, Any]):
    """The pair `(values, indices)`."""

    @property
    def values(self) -> Any:
        return self[0]

    @property
    def indices(self) -> Any:
        return self[1]


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: Any = None) -> TopK:
    """The `k` largest elements along the last axis, and where they are."""
    x = tensor(input)
    order = np.argsort(-x._a, -1, kind="stable")[..., : int(k)].astype(np.int32)
    return TopK((take_along_axis(x, order, -1), make(order)))


def unique(x: Any, out_idx: Any = "int32", name: Any = None) -> tuple[Tensor, Tensor]:
    """Different values in order of appearance, and for each element the number of its value."""
    values, first, inverse = np.unique(tensor(x)._a, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return make(values[order]), make(place[inverse].astype(as_dtype(out_idx)))


def unique_with_counts(x: Any, out_idx: Any = "int32", name: Any = None) -> tuple[Tensor, Tensor, Tensor]:
    """As `unique`, and how often each value comes."""
    values, place = unique(x, out_idx)
    return values, place, make(np.bincount(place._a, minlength=len(values)).astype(as_dtype(out_idx)))


def unravel_index(indices: Any, dims: Any, name: Any = None) -> Tensor:
    index = tensor(indices)._a
    return make(np.stack(np.unravel_index(index, shape_of(dims))).astype(index.dtype))


def invert_permutation(x: Any, name: Any = None) -> Tensor:
    a = tensor(x)._a
    return make(np.argsort(a).astype(a.dtype))


def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: Any = None
) -> Tensor:
    found = np.count_nonzero(tensor(input)._a, axis=axes_of(axis), keepdims=bool(keepdims))
    return make(frozen(np.asarray(found).astype(as_dtype(dtype))))


def bincount(
    arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = "int32"
) -> Any:
    numbers = tensor(arr)._a.ravel()
    count = max(int(numbers.max()) + 1 if numbers.size else 0, int(minlength or 0))
    if weights is None:
        found = make(np.bincount(numbers, minlength=count).astype(as_dtype(dtype)))
    else:
        found = unsorted_segment_sum(reshape(weights, [-1]), numbers, count)
    return found[: int(maxlength)] if maxlength is not None else found


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = "int32", name: Any = None
) -> Tensor:
    return make(
        frozen(
            np.searchsorted(tensor(sorted_sequence)._a, tensor(values)._a, side).astype(as_dtype(out_type))  # type: ignore[call-overload]
        )
    )


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None) -> Tensor:
    lengths = np.asarray(lengths)
    count = int(lengths.max() if maxlen is None else maxlen)
    return make((np.arange(count) < lengths[..., None]).astype(as_dtype(dtype)))


NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        gather,
        gather_nd,
        boolean_mask,
        where,
        scatter_nd,
        tensor_scatter_nd_add,
        tensor_scatter_nd_sub,
        tensor_scatter_nd_update,
        argmax,
        argmin,
        argsort,
        sort,
        tensor_scatter_nd_max,
        tensor_scatter_nd_min,
        unique_with_counts,
        unravel_index,
        unique,
        searchsorted,
        sequence_mask,
    )
}

MATH: dict[str, Any] = {
    f.__name__: f
    for f in (
        argmax, argmin, top_k, segment_sum, segment_mean, unsorted_segment_sum, bincount, invert_permutation,
        count_nonzero,
    )
}  # fmt: skip
