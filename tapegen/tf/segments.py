"""Rows by groups: reductions of segments, parts put together by number, sequences turned round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from ..runtime.tensor import Tensor, frozen, make
from .arrays import concat, stack
from .convert import tensor
from .dtypes import as_dtype
from .picking import gather, segment_sum, unsorted_segment_sum


def _segments(
    name: str, primitive: Any, empty: Callable[[np.dtype[Any]], Any], missing: int = 0
) -> tuple[Any, Any]:
    """`segment_...` and `unsorted_segment_...` for a reduction, with the values of a segment without rows in each."""

    def unsorted(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
        data, ids = tensor(data), np.asarray(segment_ids)
        flat = apply(np.reshape, (data, (ids.size, *data.shape[ids.ndim :])))
        blank = make(frozen(np.full(flat.shape[1:], empty(data.dtype), data.dtype)))
        rows = [np.flatnonzero(ids.reshape(-1) == k) for k in range(int(num_segments))]
        return stack([apply(primitive, (gather(flat, row), 0)) if row.size else blank for row in rows])

    def sorted_(data: Any, segment_ids: Any, name: Any = None) -> Any:
        ids = np.asarray(segment_ids)
        count = int(ids.max()) + 1 if ids.size else 0
        filled = unsorted(data, ids, count)
        present = np.isin(np.arange(count), ids)
        if present.all():
            return filled
        column = present.reshape(-1, *[1] * (filled.ndim - 1))
        return apply(np.where, (make(column), filled, make(filled.dtype.type(missing))))

    unsorted.__name__ = unsorted.__qualname__ = f"unsorted_segment_{name}"
    sorted_.__name__ = sorted_.__qualname__ = f"segment_{name}"
    return sorted_, unsorted


def _limit(dtype: np.dtype[Any], largest: bool) -> Any:
    info: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return info.max if largest else info.min


segment_prod, unsorted_segment_prod = _segments("prod", np.prod, lambda dtype: 1, 1)
segment_max, unsorted_segment_max = _segments("max", np.max, lambda dtype: _limit(dtype, False))
segment_min, unsorted_segment_min = _segments("min", np.min, lambda dtype: _limit(dtype, True))


def _counts(segment_ids: Any, total: Any) -> Any:
    counts = np.bincount(np.asarray(segment_ids).reshape(-1), minlength=total.shape[0])
    return np.maximum(counts, 1).astype(total.dtype).reshape(-1, *[1] * (total.ndim - 1))


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
    total = unsorted_segment_sum(data, segment_ids, num_segments)
    return total / _counts(segment_ids, total)


def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: Any = None) -> Any:
    total = unsorted_segment_sum(data, segment_ids, num_segments)
    return total / np.sqrt(_counts(segment_ids, total))


def dynamic_partition(data: Any, partitions: Any, num_partitions: Any, name: Any = None) -> list[Any]:
    """The rows of each part, in their order."""
    data, parts = tensor(data), np.asarray(partitions)
    flat = apply(np.reshape, (data, (parts.size, *data.shape[parts.ndim :])))
    return [gather(flat, np.flatnonzero(parts.reshape(-1) == k)) for k in range(int(num_partitions))]


def dynamic_stitch(indices: Any, data: Any, name: Any = None) -> Any:
    """Rows put at their indices; of those with the same index the last one counts."""
    numbers = [np.asarray(index) for index in indices]
    rows = []
    for index, values in zip(numbers, map(tensor, data), strict=True):
        rows.append(apply(np.reshape, (values, (index.size, *values.shape[index.ndim :]))))
    where = np.concatenate([index.reshape(-1) for index in numbers])
    last = np.zeros(int(where.max()) + 1 if where.size else 0, int)
    last[where] = np.arange(where.size)
    return gather(concat(rows, 0), last)


def reverse_sequence(
    input: Any, seq_lengths: Any, seq_axis: int = 1, batch_axis: int = 0, name: Any = None
) -> Any:
    """The first `seq_lengths[b]` entries of each row `b` in reverse."""
    x, lengths = tensor(input), np.asarray(seq_lengths)
    count = x.shape[seq_axis]
    place = np.arange(count)[None, :]
    order = np.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
    order = order if batch_axis < seq_axis else order.T
    shape = [1] * x.ndim
    shape[batch_axis], shape[seq_axis] = x.shape[batch_axis], count
    return apply(np.take_along_axis, (x, np.broadcast_to(order.reshape(shape), x.shape), seq_axis))


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: Any = None,
) -> Tensor:
    rows, columns = np.asarray(labels), np.asarray(predictions)
    count = int(max(rows.max(), columns.max())) + 1 if num_classes is None else int(num_classes)
    found = np.zeros((count, count), as_dtype(dtype))
    np.add.at(found, (rows, columns), 1 if weights is None else np.asarray(weights))
    return make(found)


NAMES: dict[str, Any] = {f.__name__: f for f in (dynamic_partition, dynamic_stitch, reverse_sequence)}
MATH: dict[str, Any] = {
    f.__name__: f
    for f in (
        segment_sum, segment_prod, segment_max, segment_min, unsorted_segment_prod, unsorted_segment_max,
        unsorted_segment_min, unsorted_segment_mean, unsorted_segment_sqrt_n, confusion_matrix,
    )
}  # fmt: skip
