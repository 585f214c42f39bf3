"""Shape functions of NumPy's functions: each takes the descriptions of the arguments and gives that of the result.

Parameters are named as in NumPy, so that arguments can be passed by position or keyword. A call that a function here
does not accept, for it passes `out=` or `where=`, is unknown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import (
    as_array,
    axes_of,
    broadcast,
    dtype_of,
    elementwise,
    floating,
    is_rank_zero,
    length_of,
    nicer,
    product,
    promoted,
    real,
    scalar_of,
    shape_from,
    shape_value,
    static_int,
    summing,
    total,
)
from tapegen.analysis.values import (
    NONE,
    SOME,
    UNKNOWN,
    Array,
    Dim,
    ListOf,
    Number,
    Scalar,
    Sequence,
    Shape,
    Size,
    Static,
    Value,
    not_one,
    same_length,
)

ShapeFunction = Callable[..., Value]
TABLE: dict[Any, ShapeFunction] = {}
FALSE = Number("bool", False)
TRUE = Number("bool", True)


def shape_of(*functions: Any) -> Callable[[ShapeFunction], ShapeFunction]:
    """Enter a shape function for these NumPy functions."""

    def enter(rule: ShapeFunction) -> ShapeFunction:
        for function in functions:
            TABLE[function] = rule
        return rule

    return enter


def shape_of_each(functions: dict[Any, Any]) -> Callable[[ShapeFunction], ShapeFunction]:
    """The same, with a first argument that depends on the function."""

    def enter(rule: ShapeFunction) -> ShapeFunction:
        for function, first in functions.items():
            TABLE[function] = functools.partial(rule, first)
        return rule

    return enter


def numpy(*names: str) -> list[Any]:
    """NumPy's functions of these names, as far as this version has them."""
    return [getattr(np, name) for name in names if hasattr(np, name)]


def array_of(value: Value) -> Array:
    """`np.asarray`, unknown if need be."""
    found = as_array(value)
    if found is None:
        raise NotDescribed
    return found


def ranked(value: Value) -> tuple[Array, Shape]:
    """An array of known rank, and its shape."""
    found = array_of(value)
    if found.shape is None:
        raise NotDescribed
    return found, found.shape


class NotDescribed(Exception):
    """Raised by a shape function that can say nothing."""


def call_shape(function: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """What a function of the table gives; UNKNOWN for others."""
    rule = TABLE.get(function)
    if rule is None:
        return UNKNOWN
    try:
        return rule(*args, **keywords)
    except (NotDescribed, TypeError):
        return UNKNOWN


# ---------------------------------------------------------------------------------------------------------- reductions


@shape_of_each(
    {np.sum: summing, np.prod: summing, np.mean: floating, np.max: lambda d: d, np.min: lambda d: d}
    | {np.amax: lambda d: d, np.amin: lambda d: d, np.nansum: summing, np.nanmean: floating, np.nanprod: summing}
)
def reduced(rule: Any, a: Value, axis: Value = NONE, dtype: Value = NONE, keepdims: Value = FALSE) -> Value:
    kind = rule(array_of(a).dtype) if dtype == NONE else dtype_of(dtype)
    return reduction(a, kind, axis, keepdims)


def reduction(a: Value, dtype: str | None, axis: Value, keepdims: Value) -> Value:
    """A reduction of `a` over `axis`."""
    array, keep = array_of(a), keepdims.value if isinstance(keepdims, Number) else None
    if keep is None:
        return Array(dtype, None, None)
    if array.shape is None:
        whole = axis == NONE and not keep
        return Array(dtype, () if whole else None, True if whole else None)
    axes = axes_of(axis, len(array.shape))
    if axes is None:
        return Array(dtype, None, None)
    if keep:
        dims = tuple(1 if i in axes else n for i, n in enumerate(array.shape))
        return Array(dtype, dims, False if dims else None)
    dims = tuple(n for i, n in enumerate(array.shape) if i not in axes)
    return Array(dtype, dims, not dims)


def _variance(dtype: str | None) -> str | None:
    return real(floating(dtype))


@shape_of(np.std, np.var, np.nanstd, np.nanvar)
def variance(
    a: Value, axis: Value = NONE, dtype: Value = NONE, out: Value = NONE, ddof: Value = NONE, keepdims: Value = FALSE
) -> Value:
    if dtype != NONE or out != NONE:
        raise NotDescribed
    return reduction(a, _variance(array_of(a).dtype), axis, keepdims)


@shape_of(np.all, np.any)
def decided(a: Value, axis: Value = NONE, out: Value = NONE, keepdims: Value = FALSE) -> Value:
    return reduction(a, "bool", axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.argmax, np.argmin)
def located(a: Value, axis: Value = NONE, out: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    return reduction(a, np.dtype(np.intp).name, axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.count_nonzero)
def counted(a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    """An int or an intp, by NumPy's version."""
    return Scalar(np.dtype(np.intp).name) if axis == NONE and keepdims == FALSE else reduction(a, None, axis, keepdims)


@shape_of(np.ptp)
def peaked(a: Value, axis: Value = NONE, out: Value = NONE, keepdims: Value = FALSE) -> Value:
    return reduction(a, array_of(a).dtype, axis, keepdims) if out == NONE else UNKNOWN


@shape_of(np.average)
def averaged(a: Value, axis: Value = NONE, weights: Value = NONE) -> Value:
    dtype = floating(array_of(a).dtype) if weights == NONE else None
    found = reduction(a, dtype, axis, FALSE)
    return Array(dtype, found.shape, None if found.shape == () else found.scalar) if isinstance(found, Array) else found


@shape_of(np.median, np.nanmedian)
def middle(a: Value, axis: Value = NONE) -> Value:
    found = reduction(a, floating(array_of(a).dtype), axis, FALSE)
    return Array(found.dtype, found.shape, None if found.shape == () else found.scalar) if isinstance(found, Array) else found


@shape_of(np.linalg.norm)
def norm(x: Value, ord: Value = NONE, axis: Value = NONE, keepdims: Value = FALSE) -> Value:
    found = reduction(x, real(floating(array_of(x).dtype)), axis, keepdims)
    if isinstance(found, Array) and found.shape == ():
        return Array(found.dtype if ord == NONE else None, (), None)
    return found if ord == NONE else Array(None, found.shape, found.scalar) if isinstance(found, Array) else found


@shape_of(np.cumsum, np.cumprod, np.nancumsum)
def accumulated(a: Value, axis: Value = NONE) -> Value:
    array, shape = ranked(a)
    if axis == NONE:
        return Array(summing(array.dtype), (product(shape),), False)
    return Array(summing(array.dtype), shape or (1,), False)


@shape_of(np.sort)
def in_order(a: Value, axis: Value = Number("int", -1)) -> Value:
    found, dims = ranked(a)
    return Array(found.dtype, (product(dims),) if axis == NONE else dims, False) if dims else UNKNOWN


@shape_of(np.argsort)
def order(a: Value, axis: Value = Number("int", -1)) -> Value:
    found = in_order(a, axis)
    return Array(np.dtype(np.intp).name, found.shape, False) if isinstance(found, Array) else found


@shape_of(np.take)
def taken(a: Value, indices: Value, axis: Value = NONE) -> Value:
    (found, dims), (_, chosen) = ranked(a), ranked(indices)
    if axis == NONE:
        return Array(found.dtype, chosen, None if not chosen else False)
    axes = axes_of(axis, len(dims))
    if axes is None:
        raise NotDescribed
    shape = (*dims[: axes[0]], *chosen, *dims[axes[0] + 1 :])
    return Array(found.dtype, shape, False if shape else None)


@shape_of(np.trace)
def traced(a: Value) -> Value:
    array, shape = ranked(a)
    return Array(summing(array.dtype), shape[2:], None if len(shape) == 2 else False)


# ------------------------------------------------------------------------------------------------------------ creation


@shape_of(np.zeros, np.ones, np.empty)
def filled_with(shape: Value, dtype: Value = NONE) -> Value:
    return Array("float64" if dtype == NONE else dtype_of(dtype), shape_from(shape), False)


@shape_of(np.full)
def full(shape: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    given = as_array(fill_value)
    kind = (given.dtype if given else None) if dtype == NONE else dtype_of(dtype)
    return Array(kind, shape_from(shape), False)


@shape_of(np.zeros_like, np.ones_like, np.empty_like)
def like(a: Value, dtype: Value = NONE) -> Value:
    array = array_of(a)
    return Array(array.dtype if dtype == NONE else dtype_of(dtype), array.shape, False)


@shape_of(np.full_like)
def full_like(a: Value, fill_value: Value, dtype: Value = NONE) -> Value:
    return like(a, dtype)


@shape_of(np.eye, np.identity)
def eye(N: Value, M: Value = NONE, k: Value = NONE, dtype: Value = NONE) -> Value:
    rows = length_of(N)
    return Array("float64" if dtype == NONE else dtype_of(dtype), (rows, rows if M == NONE else length_of(M)), False)


@shape_of(np.arange)
def arange(start: Value, stop: Value = NONE, step: Value = NONE, dtype: Value = NONE) -> Value:
    given = [v for v in (start, stop, step) if v != NONE]
    ints = all(isinstance(v, Number) and v.kind == "int" for v in given)
    floats = all(isinstance(v, Number) for v in given) and any(v.kind == "float" for v in given)  # type: ignore[attr-defined]
    kind = dtype_of(dtype) if dtype != NONE else np.dtype(np.intp).name if ints else "float64" if floats else None
    if not ints or step != NONE:
        return Array(kind, (SOME,), False)
    first, last = (start, stop) if stop != NONE else (Number("int", 0), start)
    assert isinstance(first, Number) and isinstance(last, Number)
    if first.linear is None or last.linear is None:
        return Array(kind, (SOME,), False)
    length = last.linear - first.linear
    return Array(kind, (max(length, 0) if isinstance(length, int) else length,), False)


@shape_of(np.linspace)
def linspace(start: Value, stop: Value, num: Value = Number("int", 50), endpoint: Value = TRUE) -> Value:
    scalars = all(isinstance(v, Number) and v.kind in ("int", "float") for v in (start, stop))
    if not scalars and not (is_rank_zero(start) and is_rank_zero(stop)):
        raise NotDescribed
    return Array("float64" if scalars else None, (length_of(num),), False)


@shape_of(np.array, np.asarray)
def array(object: Value, dtype: Value = NONE) -> Value:
    found = array_of(object)
    return Array(found.dtype if dtype == NONE else dtype_of(dtype), found.shape, False)


@shape_of(np.copy)
def copied(a: Value) -> Value:
    found = array_of(a)
    return Array(found.dtype, found.shape, False)


@shape_of(np.ascontiguousarray)
def contiguous(a: Value) -> Value:
    found, dims = ranked(a)
    return Array(found.dtype, dims or (1,), False)


@shape_of(*numpy("astype"))
def astype(x: Value, dtype: Value, *, copy: Value = TRUE) -> Value:
    if not isinstance(x, Array):
        raise NotDescribed
    return Array(dtype_of(dtype), x.shape, x.scalar)


@shape_of(np.random.rand, np.random.randn)
def random_of_dims(*dims: Value) -> Value:
    if not dims:
        return Number("float")
    return Array("float64", tuple(map(length_of, dims)), False)


@shape_of(np.random.random, np.random.standard_normal)
def random_of_size(size: Value = NONE) -> Value:
    return Number("float") if size == NONE else Array("float64", shape_from(size), False)


@shape_of(np.random.normal, np.random.uniform)
def random_with_parameters(loc: Value = NONE, scale: Value = NONE, size: Value = NONE) -> Value:
    if size == NONE:
        raise NotDescribed
    return Array("float64", shape_from(size), False)


# ------------------------------------------------------------------------------------------------------------- shaping


@shape_of(np.shape)
def shape(a: Value) -> Value:
    return shape_value(ranked(a)[1]) if not is_rank_zero(a) else Sequence(tuple, ())


@shape_of(np.ndim)
def ndim(a: Value) -> Value:
    return Number("int", 0) if is_rank_zero(a) else Number("int", len(ranked(a)[1]))


@shape_of(np.size)
def size(a: Value, axis: Value = NONE) -> Value:
    dims = () if is_rank_zero(a) else ranked(a)[1]
    if axis != NONE:
        axes = axes_of(axis, len(dims))
        if axes is None or len(axes) != 1:
            return Number("int")
        dims = (dims[axes[0]],)
    whole = product(dims)
    return Number("int", whole) if isinstance(whole, int) else shape_value((whole,)).items[0]


@shape_of(np.transpose, *numpy("permute_dims"))
def transposed(a: Value, axes: Value = NONE) -> Value:
    array, dims = ranked(a)
    if axes == NONE:
        return Array(array.dtype, dims[::-1], False if dims else None)
    order = axes_of(axes, len(dims))
    if order is None or len(order) != len(dims):
        raise NotDescribed
    return Array(array.dtype, tuple(dims[i] for i in order), False if dims else None)


@shape_of(np.matrix_transpose if hasattr(np, "matrix_transpose") else np.transpose)
def matrix_transposed(x: Value) -> Value:
    array, dims = ranked(x)
    return Array(array.dtype, (*dims[:-2], dims[-1], dims[-2]), False) if len(dims) > 1 else UNKNOWN


@shape_of(np.swapaxes)
def swapped(a: Value, axis1: Value, axis2: Value) -> Value:
    array, dims = ranked(a)
    one, two = axes_of(axis1, len(dims)), axes_of(axis2, len(dims))
    if one is None or two is None:
        raise NotDescribed
    order = list(dims)
    order[one[0]], order[two[0]] = order[two[0]], order[one[0]]
    return Array(array.dtype, tuple(order), False)


@shape_of(np.moveaxis)
def moved(a: Value, source: Value, destination: Value) -> Value:
    array, dims = ranked(a)
    one, two = axes_of(source, len(dims)), axes_of(destination, len(dims))
    if one is None or two is None or len(one) != len(two):
        raise NotDescribed
    order = [i for i in range(len(dims)) if i not in one]
    for target, axis in sorted(zip(two, one, strict=True)):
        order.insert(target, axis)
    return Array(array.dtype, tuple(dims[i] for i in order), False)


@shape_of(np.reshape)
def reshaped(a: Value, shape: Value) -> Value:
    array = array_of(a)
    parts = shape.items if isinstance(shape, Sequence) else (shape,)
    if not all(isinstance(part, (Number, Array)) for part in parts):
        raise NotDescribed
    wild = [i for i, part in enumerate(parts) if static_int(part) == -1]
    unsure = [p for p in parts if static_int(p) is None and not (isinstance(p, Number) and p.dim and p.dim.natural)]
    dims: list[Dim] = [SOME if static_int(part) is None and part in unsure else length_of(part) for part in parts]
    if wild and not unsure:
        dims[wild[0]] = _remaining(array.shape, [n for i, n in enumerate(dims) if i != wild[0]])
    elif wild:
        dims[wild[0]] = SOME
    return Array(array.dtype, tuple(dims), False if dims else None)


def _remaining(shape: Shape | None, given: list[Dim]) -> Dim:
    """The length that -1 stands for in a reshape. None of the given lengths is 0, or NumPy raises."""
    if shape is None:
        return SOME
    whole, part = product(shape), product(given)
    if isinstance(whole, int) and isinstance(part, int):
        return whole // part if part else SOME
    rest = list(shape)
    for dim in given:
        match = next((i for i, n in enumerate(rest) if same_length(n, dim)), None)
        if match is not None:
            del rest[match]
        elif dim != 1:
            return SOME
    return product(rest)


@shape_of(np.ravel)
def raveled(a: Value) -> Value:
    array, dims = ranked(a)
    return Array(array.dtype, (dims[0] if len(dims) == 1 else product(dims),), False)


@shape_of(np.expand_dims)
def expanded(a: Value, axis: Value) -> Value:
    array, dims = ranked(a)
    extra = len(axis.items) if isinstance(axis, Sequence) else 1
    axes = axes_of(axis, len(dims) + extra) if axis != NONE else None
    if axes is None:
        raise NotDescribed
    found = list(dims)
    for place in sorted(axes):
        found.insert(place, 1)
    return Array(array.dtype, tuple(found), False)


@shape_of(np.squeeze)
def squeezed(a: Value, axis: Value = NONE) -> Value:
    array, dims = ranked(a)
    if axis == NONE:
        if not all(n == 1 or not_one(n) for n in dims):
            raise NotDescribed
        found = tuple(n for n in dims if n != 1)
    else:
        axes = axes_of(axis, len(dims))
        if axes is None:
            raise NotDescribed
        found = tuple(n for i, n in enumerate(dims) if i not in axes)
    return Array(array.dtype, found, False if found else None)


@shape_of(np.atleast_1d)
def at_least_1d(a: Value) -> Value:
    array, dims = ranked(a)
    return Array(array.dtype, dims or (1,), False)


def _parts(arrays: Value) -> tuple[list[Array], list[Shape]]:
    if not isinstance(arrays, Sequence):
        raise NotDescribed
    pairs = [ranked(item) for item in arrays.items]
    if not pairs or any(len(dims) != len(pairs[0][1]) for _, dims in pairs):
        raise NotDescribed
    return [array for array, _ in pairs], [dims for _, dims in pairs]


def _joined(arrays: list[Array], shapes: list[Shape], axis: int) -> Value:
    columns = list(zip(*shapes, strict=True))
    dims = [total(column) if i == axis else functools.reduce(nicer, column) for i, column in enumerate(columns)]
    return Array(promoted(tuple(a.dtype for a in arrays)), tuple(dims), False)


@shape_of(np.concatenate)
def concatenated(arrays: Value, axis: Value = Number("int", 0)) -> Value:
    if isinstance(arrays, ListOf):
        item, dims = ranked(arrays.item)
        return Array(None, (SOME,) * len(dims) if axis != NONE else (SOME,), False) if dims else UNKNOWN
    parts, shapes = _parts(arrays)
    if axis == NONE:
        return Array(promoted(tuple(a.dtype for a in parts)), (total(map(product, shapes)),), False)
    axes = axes_of(axis, len(shapes[0]))
    return _joined(parts, shapes, axes[0]) if axes else UNKNOWN


@shape_of(np.stack)
def stacked(arrays: Value, axis: Value = Number("int", 0)) -> Value:
    if isinstance(arrays, ListOf):
        _, dims = ranked(arrays.item)
        parts, shapes = [Array(None, dims)], [dims]
        count: Dim = SOME
    else:
        parts, shapes = _parts(arrays)
        count = len(parts)
    axes = axes_of(axis, len(shapes[0]) + 1)
    if axes is None:
        raise NotDescribed
    dims = [functools.reduce(nicer, column) for column in zip(*shapes, strict=True)]
    return Array(promoted(tuple(a.dtype for a in parts)), (*dims[: axes[0]], count, *dims[axes[0] :]), False)


@shape_of(np.vstack)
def vstacked(tup: Value) -> Value:
    parts, shapes = _parts(tup)
    return _joined(parts, [(1, *(dims or (1,))) if len(dims) < 2 else dims for dims in shapes], 0)


@shape_of(np.hstack)
def hstacked(tup: Value) -> Value:
    parts, shapes = _parts(tup)
    return _joined(parts, [dims or (1,) for dims in shapes], 0 if len(shapes[0]) < 2 else 1)


@shape_of(np.broadcast_to)
def broadcasted(array: Value, shape: Value) -> Value:
    return Array(array_of(array).dtype, shape_from(shape), False)


@shape_of(np.tril, np.triu)
def triangle(m: Value, k: Value = NONE) -> Value:
    found, dims = ranked(m)
    return Array(found.dtype, dims, False) if len(dims) > 1 else UNKNOWN


@shape_of(np.flip)
def flipped(m: Value, axis: Value = NONE) -> Value:
    found, dims = ranked(m)
    return Array(found.dtype, dims, False if dims else None)


@shape_of(np.roll)
def rolled(a: Value, shift: Value, axis: Value = NONE) -> Value:
    return flipped(a)


@shape_of(np.diag)
def diagonal(v: Value, k: Value = Number("int", 0)) -> Value:
    found, dims = ranked(v)
    if k != Number("int", 0):
        return Array(found.dtype, (SOME, SOME) if len(dims) == 1 else (SOME,), False)
    if len(dims) == 1:
        return Array(found.dtype, (dims[0], dims[0]), False)
    return Array(found.dtype, (dims[0] if same_length(*dims) else SOME,), False) if len(dims) == 2 else UNKNOWN


@shape_of(np.diff)
def differences(a: Value, n: Value = Number("int", 1), axis: Value = Number("int", -1)) -> Value:
    found, dims = ranked(a)
    axes, times = axes_of(axis, len(dims)), static_int(n)
    if found.dtype in (None, "bool") or axes is None or not dims or times is None or times < 0:
        raise NotDescribed
    place = axes[0]
    length = dims[place]
    less = max(length - times, 0) if isinstance(length, int) else length - times if isinstance(length, Size) else SOME
    return Array(found.dtype, (*dims[:place], less, *dims[place + 1 :]), False)


# ------------------------------------------------------------------------------------------------- elementwise, others


@shape_of(np.where)
def where(condition: Value, x: Value, y: Value) -> Value:
    test, one, two = array_of(condition), array_of(x), array_of(y)
    dims = broadcast((test.shape, one.shape, two.shape))
    chosen = elementwise(np.add, [x, y])  # Python numbers are weak here too
    kind = chosen.dtype if isinstance(chosen, Array) else None
    return Array(kind, dims, False)


@shape_of(np.clip)
def clipped(a: Value, a_min: Value = NONE, a_max: Value = NONE) -> Value:
    bounds = [bound for bound in (a_min, a_max) if bound != NONE]
    found: Value = array_of(a)
    for bound in bounds:
        found = elementwise(np.maximum, [found, bound])
    if not isinstance(found, Array):
        raise NotDescribed
    return Array(found.dtype, found.shape, None if found.shape == () else found.scalar)


@shape_of(np.real, np.imag)
def real_part(val: Value) -> Value:
    if isinstance(val, Number):
        raise NotDescribed
    found = array_of(val)
    return Array(real(found.dtype), found.shape, None if found.shape in ((), None) else False)


@shape_of(np.round, np.around)
def rounded(a: Value, decimals: Value = NONE) -> Value:
    found = array_of(a)
    return Array(None if found.dtype == "bool" else found.dtype, found.shape, scalar_of(found.shape) or None)


@shape_of(np.isclose)
def close(a: Value, b: Value, rtol: Value = NONE, atol: Value = NONE) -> Value:
    dims = broadcast((array_of(a).shape, array_of(b).shape))
    return Array("bool", dims, None if dims in ((), None) else False)


@shape_of(np.allclose, np.array_equal, np.iscomplexobj, np.isrealobj, np.isscalar)
def truth(*args: Value, rtol: Value = NONE, atol: Value = NONE) -> Value:
    return Number("bool")


@shape_of(np.meshgrid)
def meshgrid(x: Value, y: Value, indexing: Value = Static("xy")) -> Value:
    parts = [ranked(v) for v in (x, y)]
    if any(len(dims) != 1 for _, dims in parts) or not isinstance(indexing, Static):
        raise NotDescribed
    (n,), (m,) = (dims for _, dims in parts)
    dims = (n, m) if indexing.object == "ij" else (m, n)
    return Sequence(tuple, tuple(Array(a.dtype, dims, False) for a, _ in parts))


@shape_of(np.interp)
def interpolated(x: Value, xp: Value, fp: Value) -> Value:
    dims = array_of(x).shape
    return Array(None, dims, None if dims in ((), None) else False)


@shape_of(np.fft.fft, np.fft.ifft)
def transformed(a: Value) -> Value:
    found, dims = ranked(a)
    return Array("complex128" if found.dtype in ("float64", "complex128") else None, dims, False)


@shape_of(np.einsum)
def einsum(subscripts: Value, *operands: Value) -> Value:
    if not isinstance(subscripts, Static) or not isinstance(subscripts.object, str):
        raise NotDescribed
    left, arrow, right = subscripts.object.replace(" ", "").partition("->")
    terms = left.split(",")
    arrays = [ranked(operand) for operand in operands]
    if len(terms) != len(arrays) or "." in left + right:
        raise NotDescribed
    lengths: dict[str, Dim] = {}
    for term, (_, dims) in zip(terms, arrays, strict=True):
        if len(term) != len(dims):
            raise NotDescribed
        for letter, dim in zip(term, dims, strict=True):
            known = lengths.get(letter)
            lengths[letter] = dim if known is None or known == 1 else known if dim == 1 else nicer_or_one(known, dim)
    if not arrow:
        right = "".join(sorted(c for c in set(left) if left.count(c) == 1 and c != ","))
    dims = tuple(lengths[letter] for letter in right)
    return Array(promoted(tuple(a.dtype for a, _ in arrays)), dims, False if dims else None)


def nicer_or_one(a: Dim, b: Dim) -> Dim:
    """The length of a subscript in two operands of `einsum`, which broadcasts axes of length 1."""
    return (broadcast(((a,), (b,))) or (SOME,))[0]
