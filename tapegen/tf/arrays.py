"""Making Tensors and changing their shape: TensorFlow's arguments around NumPy's functions."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..runtime.record import apply, resolve
from ..runtime.tensor import Tensor, TensorShape, frozen, make
from ..runtime.variable import Variable
from .convert import axes_of, constant, convert_to_tensor, pair, shape_of, tensor, tensors, to_dtype
from .dtypes import as_dtype

# creation


def zeros(shape: Any, dtype: Any = "float32", name: Any = None) -> Tensor:
    return make(frozen(np.zeros(shape_of(shape), as_dtype(dtype))))


def ones(shape: Any, dtype: Any = "float32", name: Any = None) -> Tensor:
    return make(frozen(np.ones(shape_of(shape), as_dtype(dtype))))


def zeros_like(input: Any, dtype: Any = None, name: Any = None) -> Tensor:
    x = tensor(input)
    return make(frozen(np.zeros(x._a.shape, x.dtype if dtype is None else as_dtype(dtype))))


def ones_like(input: Any, dtype: Any = None, name: Any = None) -> Tensor:
    x = tensor(input)
    return make(frozen(np.ones(x._a.shape, x.dtype if dtype is None else as_dtype(dtype))))


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    return apply(np.broadcast_to, (tensor(value), shape_of(dims)))


def eye(
    num_rows: Any, num_columns: Any = None, batch_shape: Any = None, dtype: Any = "float32", name: Any = None
) -> Tensor:
    found = np.eye(int(num_rows), None if num_columns is None else int(num_columns), dtype=as_dtype(dtype))
    return make(
        found if batch_shape is None else np.broadcast_to(found, (*shape_of(batch_shape), *found.shape))
    )


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None) -> Tensor:
    """Numbers from `start` (0 if only one is given) up to, not including, `limit`."""
    if limit is None:
        start, limit = 0, start
    parts = [tensor(part) for part in (start, limit, delta)]
    kinds = [p.dtype for p in parts]
    floating = [k for k in kinds if k.kind == "f"]
    kind = as_dtype(dtype) if dtype is not None else np.result_type(*(floating or kinds))
    return make(np.arange(*[p._a for p in parts], dtype=kind))


def linspace(start: Any, stop: Any, num: Any, name: Any = None, axis: int = 0) -> Any:
    start, stop = pair(start, stop, "LinSpace")
    if start.dtype.kind in "iu":
        start, stop = to_dtype(start, "float64"), to_dtype(stop, "float64")
    shape = [1] * (max(start.ndim, stop.ndim) + 1)
    shape[axis] = int(num)
    steps = make(np.linspace(0, 1, int(num), dtype=start.dtype).reshape(shape))
    return expand_dims(start, axis) + steps * expand_dims(stop - start, axis)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int = -1,
    dtype: Any = None,
    name: Any = None,
) -> Tensor:
    given = [tensor(v) for v in (on_value, off_value) if v is not None]
    kind = as_dtype(dtype) if dtype is not None else given[0].dtype if given else np.dtype("float32")
    on, off = (default if v is None else raw(v) for v, default in ((on_value, 1), (off_value, 0)))
    hot = np.expand_dims(np.asarray(indices), axis)
    shape = [1] * hot.ndim
    shape[axis] = int(depth)
    return make(np.where(hot == np.arange(int(depth)).reshape(shape), on, off).astype(kind))


def raw(value: Any) -> Any:
    return value._a if isinstance(value, Tensor) else value


def meshgrid(*args: Any, indexing: str = "xy", name: Any = None) -> list[Any]:
    vectors = [reshape(tensor(a), [-1]) for a in args]
    sizes = [v.size for v in vectors]
    order = list(np.arange(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[0], order[1] = 1, 0  # type: ignore[call-overload]
    shape = [sizes[i] for i in order]
    found = []
    for place, v in zip(np.argsort(order), vectors, strict=True):
        column = [1] * len(shape)
        column[place] = v.size
        found.append(broadcast_to(reshape(v, column), shape))
    return found


# what there is


def shape(input: Any, out_type: Any = "int32", name: Any = None) -> Tensor:
    return make(np.array(tensor(input)._a.shape, as_dtype(out_type)))


def size(input: Any, out_type: Any = "int32", name: Any = None) -> Tensor:
    return make(as_dtype(out_type).type(tensor(input).size))


def rank(input: Any, name: Any = None) -> Tensor:
    return make(np.int32(tensor(input).ndim))


def is_tensor(x: Any) -> bool:
    return isinstance(x, (Tensor, Variable))


def identity(input: Any, name: Any = None) -> Any:
    return tensor(input)._identity()


def executing_eagerly() -> bool:
    return True


# shapes


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    return apply(np.reshape, (convert_to_tensor(tensor), shape_of(shape)))


def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: Any = None) -> Any:
    a = apply(np.transpose, (tensor(a), None if perm is None else shape_of(perm)))
    return apply(np.conjugate, (a,)) if conjugate else a


def expand_dims(input: Any, axis: Any, name: Any = None) -> Any:
    return apply(np.expand_dims, (tensor(input), axes_of(axis)))


def squeeze(input: Any, axis: Any = None, name: Any = None) -> Any:
    return apply(np.squeeze, (tensor(input), axes_of(axis)))


def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    return apply(np.broadcast_to, (tensor(input), shape_of(shape)))


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    return TensorShape(np.broadcast_shapes(tuple(shape_x), tuple(shape_y)))


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    x, counts = tensor(input), shape_of(multiples)
    if len(counts) != x.ndim:
        raise ValueError(
            f"Expected multiples argument to be a vector of length {x.ndim} but got length {len(counts)}"
        )
    return apply(np.tile, (x, counts))


def repeat(input: Any, repeats: Any, axis: Any = None, name: Any = None) -> Any:
    repeats = np.asarray(repeats)
    return apply(np.repeat, (tensor(input), repeats if repeats.ndim else int(repeats), axes_of(axis)))


def reverse(tensor: Any, axis: Any, name: Any = None) -> Any:
    return apply(np.flip, (convert_to_tensor(tensor), axes_of(axis)))


def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Any:
    return apply(np.roll, (tensor(input), axes_of(shift), axes_of(axis)))


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Any:
    widths = tuple(map(tuple, np.asarray(paddings).tolist()))
    x = convert_to_tensor(tensor)
    if mode.upper() == "CONSTANT" and not constant_values:
        return _padded(x, widths)
    kind = {"SYMMETRIC": "symmetric", "REFLECT": "reflect"}.get(mode.upper(), "constant")
    _check_mirrored(x, widths, kind)
    options: Any = {"constant_values": -1} if kind == "constant" else {}
    index = np.pad(np.arange(x.size).reshape(x.shape), widths, mode=kind, **options)  # type: ignore[call-overload]
    found = apply(operator.getitem, (reshape(x, [-1]), index))
    if kind == "constant":
        found = apply(np.where, (make(index < 0), make(x.dtype.type(constant_values)), found))
    return found


def _check_mirrored(x: Tensor, widths: Any, kind: str) -> None:
    """Raises: ValueError for more padding than one reflection gives."""
    most = {"symmetric": 0, "reflect": 1}.get(kind)
    if most is not None and any(max(w) > n - most for w, n in zip(widths, x.shape, strict=True)):
        raise ValueError(f"paddings must be less than the dimension size: {widths} of {x.shape}")


def _padded(x: Tensor, widths: Sequence[tuple[int, int]]) -> Any:
    """Zeros around, by joining."""
    for axis, (before, after) in enumerate(widths):
        parts = [x]
        for count, place in ((before, 0), (after, len(parts) + 1)):
            if count:
                block = list(x.shape)
                block[axis] = count
                parts.insert(place, make(np.zeros(block, x.dtype)))
        if len(parts) > 1:
            x = concat(parts, axis)
    return x


# joining and parting


def concat(values: Any, axis: Any, name: Any = None) -> Any:
    if not isinstance(values, (list, tuple)):
        return identity(values)  # one Tensor is a list of one
    return apply(np.concatenate, (tensors(values), axes_of(axis)))


def stack(values: Any, axis: int = 0, name: Any = None) -> Any:
    return apply(np.stack, (tensors(values), axes_of(axis)))


def unstack(value: Any, num: Any = None, axis: int = 0, name: Any = None) -> list[Any]:
    value = tensor(value)
    if num is not None and int(num) != value.shape[axis]:
        raise ValueError(f"Input shape axis {axis} must equal {num}, got shape {value.shape}")
    before = (slice(None),) * (axis % value.ndim)
    return [apply(operator.getitem, (value, (*before, i))) for i in np.arange(value.shape[axis]).tolist()]


def split(value: Any, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: Any = None) -> list[Any]:
    value, axis = tensor(value), int(axis)
    total = value.shape[axis]
    sizes = np.asarray(num_or_size_splits)
    if sizes.ndim == 0:
        if total % int(sizes):
            raise ValueError(f"Dimension size must be evenly divisible by {int(sizes)} but is {total}")
        ends = np.arange(0, total + 1, total // int(sizes))
    else:
        sizes = np.where(sizes < 0, total - sizes[sizes >= 0].sum(), sizes)
        if sizes.sum() != total:
            raise ValueError(f"the sizes {sizes.tolist()} do not add up to the dimension {total}")
        ends = np.concatenate([[0], np.cumsum(sizes)])
    before = (slice(None),) * (axis % value.ndim)
    return [
        apply(operator.getitem, (value, (*before, slice(int(a), int(b)))))
        for a, b in itertools.pairwise(ends)
    ]


def slice_(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    x, parts = tensor(input_), list(zip(shape_of(begin), shape_of(size), strict=True))
    if any(b < 0 or b + max(n, 0) > length for (b, n), length in zip(parts, x.shape, strict=True)):
        raise ValueError(f"begin {begin} and size {size} do not fit into the shape {x.shape}")
    return apply(operator.getitem, (x, tuple(slice(b, None if n < 0 else b + n) for b, n in parts)))


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: Any = None,
) -> Any:
    """`input_[begin:end:strides]`; bit i of a mask says that place i has no begin, no end, is `...`, None, a number."""
    steps = [1] * len(shape_of(begin)) if strides is None else shape_of(strides)
    index: list[Any] = []
    for i, (b, e, s) in enumerate(zip(shape_of(begin), shape_of(end), steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(b)
        else:
            index.append(slice(None if begin_mask & bit else b, None if end_mask & bit else e, s))
    return apply(operator.getitem, (tensor(input_), tuple(index)))


# order


def cumsum(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None) -> Any:
    return _cumulate(np.cumsum, x, axis, exclusive, reverse, 0)


def cumprod(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: Any = None) -> Any:
    return _cumulate(np.cumprod, x, axis, exclusive, reverse, 1)


def _cumulate(function: Any, x: Any, axis: Any, exclusive: bool, reverse: bool, neutral: int) -> Any:
    x, axis = tensor(x), int(axis)
    x = apply(np.flip, (x, axis)) if reverse else x
    if exclusive:
        first = list(x.shape)
        first[axis] = 1
        before = (slice(None),) * (axis % x.ndim)
        x = concat([make(np.full(first, neutral, x.dtype)), x[(*before, slice(None, -1))]], axis)
    found = apply(function, (x, axis))
    if x.dtype.kind in "iu":
        found = found.astype(x.dtype)
    return apply(np.flip, (found, axis)) if reverse else found


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    x = tensor(x)
    x.set_shape(shape)
    return x


def no_op(name: Any = None) -> None:
    return None


def print_(*inputs: Any, **kwargs: Any) -> None:
    """`tf.print`: Tensors print as their values, on standard error."""
    print(
        *[resolve(i).numpy() if is_tensor(i) else i for i in inputs],
        file=kwargs.get("output_stream", sys.stderr),
    )


NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        constant, convert_to_tensor, zeros, ones, zeros_like, ones_like, fill, eye, range, linspace, one_hot, meshgrid,
        shape, size, rank, is_tensor, identity, executing_eagerly, reshape, transpose, expand_dims, squeeze,
        broadcast_to, broadcast_static_shape, tile, repeat, reverse, roll, pad, concat, stack, unstack, split,
        strided_slice, cumsum, ensure_shape, no_op,
    )
} | {"slice": slice_, "cast": to_dtype, "print": print_}  # fmt: skip

MATH: dict[str, Any] = {"cumsum": cumsum, "cumprod": cumprod}
