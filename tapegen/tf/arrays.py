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
    on_value: Any = 1,
    off_value: Any = 0,
    axis: int = -1,
    dtype: Any = None,
    name: Any = None,
) -> Tensor:
    kind = as_dtype(dtype) if dtype is not None else _number_dtype(on_value, off_value)
    hot = np.expand_dims(np.asarray(indices), axis)
    shape = [1] * hot.ndim
    shape[axis] = int(depth)
    return make(
        np.where(hot == np.arange(int(depth)).reshape(shape), raw(on_value), raw(off_value)).astype(kind)
    )


def raw(value: Any) -> Any:
    return value._a if isinstance(value, Tensor) else value


def _number_dtype(on_value: Any, off_value: Any) -> np.dtype[Any]:
    given = [v.dtype for v in (on_value, off_value) if hasattr(v, "dtype")]
    return given[0] if given else np.dtype("float32")


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
    return apply(np.tile, (tensor(input), shape_of(multiples)))


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
    options: Any = {"constant_values": -1} if kind == "constant" else {}
    index = np.pad(np.arange(x.size).reshape(x.shape), widths, mode=kind, **options)  # type: ignore[call-overload]
    found = apply(operator.getitem, (reshape(x, [-1]), index))
    if kind == "constant":
        found = apply(np.where, (make(index < 0), make(x.dtype.type(constant_values)), found))
    return found


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
    return apply(np.concatenate, (tensors(values), axes_of(axis)))


def stack(values: Any, axis: int = 0, name: Any = None) -> Any:
    return apply(np.stack, (tensors(values), axes_of(axis)))


def unstack(value: Any, num: Any = None, axis: int = 0, name: Any = None) -> list[Any]:
    value = tensor(value)
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
        ends = np.concatenate([[0], np.cumsum(sizes)])
    before = (slice(None),) * (axis % value.ndim)
    return [
        apply(operator.getitem, (value, (*before, slice(int(a), int(b)))))
        for a, b in itertools.pairwise(ends)
    ]


def slice_(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:
    parts = zip(shape_of(begin), shape_of(size), strict=True)
    return apply(
        operator.getitem, (tensor(input_), tuple(slice(b, None if n < 0 else b + n) for b, n in parts))
    )


def strided_slice(input_: Any, begin: Any, end: Any, strides: Any = None, name: Any = None) -> Any:
    steps = [1] * len(shape_of(begin)) if strides is None else shape_of(strides)
    parts = zip(shape_of(begin), shape_of(end), steps, strict=True)
    return apply(operator.getitem, (tensor(input_), tuple(slice(b, e, s) for b, e, s in parts)))


# picking and placing


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
    return apply(np.flip, (found, axis)) if reverse else found


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    x = tensor(x)
    x.set_shape(shape)
    return x


def map_fn(fn: Any, elems: Any, *args: Any, **kwargs: Any) -> Any:
    """`fn` of each element along axis 0, stacked."""
    return stack([fn(e) for e in tensor(elems)])


def vectorized_map(fn: Any, elems: Any, *args: Any, **kwargs: Any) -> Any:
    return map_fn(fn, elems)


def foldl(fn: Any, elems: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> Any:
    parts = list(tensor(elems))
    total = parts.pop(0) if initializer is None else tensor(initializer)
    for part in parts:
        total = fn(total, part)
    return total


def scan(fn: Any, elems: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> Any:
    parts = list(tensor(elems))
    total = parts.pop(0) if initializer is None else tensor(initializer)
    found = [total] if initializer is None else []
    for part in parts:
        total = fn(total, part)
        found.append(total)
    return stack(found)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    return true_fn() if bool(pred) else false_fn()


def while_loop(cond: Any, body: Any, loop_vars: Any, maximum_iterations: Any = None, **kwargs: Any) -> Any:
    count = 0
    while (maximum_iterations is None or count < int(maximum_iterations)) and bool(cond(*loop_vars)):
        loop_vars = body(*loop_vars)
        loop_vars = loop_vars if isinstance(loop_vars, (list, tuple)) else [loop_vars]
        count += 1
    return loop_vars


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
        strided_slice, cumsum, ensure_shape, map_fn, vectorized_map, foldl, scan, cond, while_loop, no_op,
    )
} | {"slice": slice_, "cast": to_dtype, "print": print_}  # fmt: skip

MATH: dict[str, Any] = {"cumsum": cumsum, "cumprod": cumprod}
