"""Shape functions of what moves, joins and selects elements, and of other functions of whole arrays."""

from __future__ import annotations

import functools

import numpy as np

from tapegen.analysis.shape_algebra import (
    axes_of,
    broadcast,
    elementwise,
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
    total,
)
from tapegen.analysis.shape_functions import (
    NotDescribed,
    array_of,
    numpy,
    ranked,
    shape_of,
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
    unsure = [
        p for p in parts if static_int(p) is None and not (isinstance(p, Number) and p.dim and p.dim.natural)
    ]
    dims: list[Dim] = [
        SOME if static_int(part) is None and part in unsure else length_of(part) for part in parts
    ]
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
    dims = [
        total(column) if i == axis else functools.reduce(nicer, column) for i, column in enumerate(columns)
    ]
    return Array(promoted(tuple(a.dtype for a in arrays)), tuple(dims), False)


@shape_of(np.concatenate)
def concatenated(arrays: Value, axis: Value = Number("int", 0)) -> Value:
    if isinstance(arrays, ListOf):
        _, dims = ranked(arrays.item)
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
    else:
        parts, shapes = _parts(arrays)
    count: Dim = SOME if isinstance(arrays, ListOf) else len(parts)
    axes = axes_of(axis, len(shapes[0]) + 1)
    if axes is None:
        raise NotDescribed
    common = [functools.reduce(nicer, column) for column in zip(*shapes, strict=True)]
    return Array(
        promoted(tuple(a.dtype for a in parts)), (*common[: axes[0]], count, *common[axes[0] :]), False
    )


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
    return (
        Array(found.dtype, (dims[0] if same_length(*dims) else SOME,), False) if len(dims) == 2 else UNKNOWN
    )


@shape_of(np.diagonal)
def view_of_diagonal(a: Value, offset: Value = Number("int", 0)) -> Value:
    return diagonal(a, offset) if len(ranked(a)[1]) == 2 else UNKNOWN


@shape_of(np.diff)
def differences(a: Value, n: Value = Number("int", 1), axis: Value = Number("int", -1)) -> Value:
    found, dims = ranked(a)
    axes, times = axes_of(axis, len(dims)), static_int(n)
    if found.dtype in (None, "bool") or axes is None or not dims or times is None or times < 0:
        raise NotDescribed
    place = axes[0]
    length = dims[place]
    less = (
        max(length - times, 0)
        if isinstance(length, int)
        else length - times
        if isinstance(length, Size)
        else SOME
    )
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
    if isinstance(val, (Number, Scalar)):
        raise NotDescribed  # a Python number stays one
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
            lengths[letter] = (
                dim if known is None or known == 1 else known if dim == 1 else nicer_or_one(known, dim)
            )
    if not arrow:
        right = "".join(sorted(c for c in set(left) if left.count(c) == 1 and c != ","))
    dims = tuple(lengths[letter] for letter in right)
    return Array(promoted(tuple(a.dtype for a, _ in arrays)), dims, False if dims else None)


def nicer_or_one(a: Dim, b: Dim) -> Dim:
    """The length of a subscript in two operands of `einsum`, which broadcasts axes of length 1."""
    return (broadcast(((a,), (b,))) or (SOME,))[0]
