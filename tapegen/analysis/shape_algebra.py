"""Arithmetic of lengths, shapes and dtypes: broadcasting, promotion, slicing."""

from __future__ import annotations

import functools
import math
from collections.abc import Container, Iterable
from typing import Any

import numpy as np

from tapegen.analysis.values import (
    SEVERAL,
    SOME,
    UNKNOWN,
    Array,
    Dim,
    Linear,
    ListOf,
    Number,
    Scalar,
    Sequence,
    Shape,
    Size,
    Some,
    Static,
    Symbol,
    Value,
    dtype_name,
    kind_of,
    not_one,
    same_length,
)

# ------------------------------------------------------------------------------------------------------------- lengths


def number_of(dim: Dim) -> Number:
    """The integer that a length is."""
    if isinstance(dim, int):
        return Number("int", dim)
    if isinstance(dim, Some):
        return Number("int")
    if dim.natural:
        return Number("int", None, dim)
    return Number("int", None, Size.of(f"max({dim}, 0)", not_one=dim.not_one))


def length_of(value: Value) -> Dim:
    """The length that a call asks for by this value, such as `n` in `np.zeros(n)`; never negative, or NumPy raises."""
    if isinstance(value, Number) and value.linear is not None:
        return value.linear
    return SOME


def static_int(value: Value | None) -> int | None:
    """The integer, if the value is a static one."""
    if isinstance(value, Number) and value.kind in ("int", "bool") and value.value is not None:
        return int(value.value)
    return None


def product(dims: Iterable[Dim]) -> Dim:
    """The number of elements."""
    factor, rest = 1, []
    for dim in dims:
        if isinstance(dim, int):
            factor *= dim
        else:
            rest.append(dim)
    if not rest or factor == 0:
        return factor
    several = factor != 1 or any(d.not_one for d in rest)
    sizes = [d for d in rest if isinstance(d, Size)]
    if len(sizes) < len(rest):
        return Some(several)
    if len(sizes) == 1:
        return sizes[0] * factor
    text = " * ".join(sorted(map(_factor, sizes)))
    return Size.of(f"({text})", not_one=several, least=math.prod(size.least for size in sizes)) * factor


def _factor(dim: Size) -> str:
    if not dim.natural:
        return f"max({dim}, 0)"
    simple = dim.offset == 0 and len(dim.terms) == 1 and dim.terms[0][1] == 1
    return str(dim) if simple else f"({dim})"


def total(dims: Iterable[Dim]) -> Dim:
    """The sum of lengths, for concatenation."""
    found: Linear = 0
    for dim in dims:
        linear = dim if isinstance(dim, int) else number_of(dim).linear
        if linear is None:
            return SOME
        found = linear + found
    return found


def sliced(dim: Dim, start: Value | None, stop: Value | None, step: Value | None) -> Dim:
    """The length of `x[start:stop:step]` where `x` has length `dim`; None stands for a bound that is left out."""
    stride = 1 if step is None else static_int(step)
    first = 0 if start is None else static_int(start)
    last = None if stop is None else static_int(stop)
    if stride is None or stride == 0:
        return SOME
    if start is None and stop is None and stride in (1, -1):
        return dim
    known = (start is None or first is not None) and (stop is None or last is not None)
    if known and isinstance(dim, int):
        return len(range(*slice(None if start is None else first, last, stride).indices(dim)))
    if isinstance(dim, Some):
        return SOME
    if stride == 1:
        found = _cut(dim, start, first, stop, last)
        if found is not None:
            return found
    if known:
        text = f"{'' if start is None else first}:{'' if stop is None else last}"
        return Size.of(f"len({dim})[{text}{'' if stride == 1 else f':{stride}'}]")
    return SOME


def _cut(
    dim: int | Size, start: Value | None, first: int | None, stop: Value | None, last: int | None
) -> Dim | None:
    """The length of `x[start:stop]` as a linear form or a minimum, or None."""
    end = 0 if stop is None else last
    lower = start.linear if isinstance(start, Number) else 0 if start is None else None
    if end is not None and (stop is None or end < 0) and lower is not None and _is_natural(lower):
        length = dim + end - lower  # max(0, max(dim + end, 0) - min(lower, dim))
        if isinstance(length, int):
            return max(length, 0)
        return Size(length.terms, length.offset, end == 0 and _is_rest_several(dim, lower))
    upper = stop.linear if isinstance(stop, Number) else None
    if lower is None or upper is None or not (_is_natural(lower) and _is_natural(upper)):
        return None
    if upper == 0 or at_most(upper, dim):
        length = upper - lower
        return max(length, 0) if isinstance(length, int) else length
    return shorter(dim, upper) if lower == 0 else None


def at_most(a: Linear, b: Linear) -> bool:
    """Whether one number is known not to exceed another: `3 * (n // 4)` does not exceed n."""
    if _is_natural(b - a):
        return True
    share = _share(a)
    return share is not None and share[0] <= share[1] and at_most(share[3], b)


def _share(linear: Linear) -> tuple[int, int, int, Size] | None:
    """`times, k, least, whole` for `times * (whole // k)`, where `least` is a lower bound of the quotient."""
    if not isinstance(linear, Size) or linear.offset or len(linear.terms) != 1:
        return None
    symbol, times = linear.terms[0]
    return None if symbol.part is None or times < 0 else (times, symbol.part[1], symbol.least, symbol.part[0])


def _is_rest_several(dim: Linear, lower: Linear) -> bool:
    """Whether `x[lower:]` is known to be longer than 1: at least n // 4 are left of n after `3 * (n // 4)`."""
    share = _share(lower)
    return share is not None and (share[1] - share[0]) * share[2] >= 2 and at_most(share[3], dim)


def quotient(a: Linear, k: int) -> Linear | None:
    """`a // k` for a positive k; None if unknown."""
    if isinstance(a, int):
        return a // k
    if a.offset % k == 0 and all(factor % k == 0 for _, factor in a.terms):
        return Size(tuple((symbol, factor // k) for symbol, factor in a.terms), a.offset // k)
    if not a.natural:
        return None
    return Size(((Symbol(f"({a} // {k})", True, a.least // k, (a, k)), 1),))


def longer(a: Size | int, b: Size | int) -> Linear:
    """The larger of two lengths, which is one of the two."""
    for one, two in ((a, b), (b, a)):
        if at_most(one, two):
            return two
    least = max(_least(a), _least(b))
    several = least >= 2 or (not_one(a) and not_one(b))
    texts = sorted(str(n) if isinstance(n, int) else _factor(n) for n in (a, b))
    return Size.of(f"max({', '.join(texts)})", not_one=several, least=least)


def shorter(a: Dim, b: Dim) -> Dim:
    """The smaller of two lengths, which is one of the two."""
    if same_length(a, b):
        return a
    several = not_one(a) and not_one(b)
    if isinstance(a, Some) or isinstance(b, Some):
        return Some(several)
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    for one, two in ((a, b), (b, a)):
        if one == 0 or (_is_natural(one) and at_most(one, two)):
            return one
    texts = sorted(str(n) if isinstance(n, int) else _factor(n) for n in (a, b))
    return Size.of(f"min({', '.join(texts)})", not_one=several, least=min(map(_least, (a, b))))


def _least(dim: int | Size) -> int:
    return dim if isinstance(dim, int) else dim.least


def _is_natural(linear: Linear) -> bool:
    return linear >= 0 if isinstance(linear, int) else linear.natural


# -------------------------------------------------------------------------------------------------------------- shapes


def broadcast(shapes: Iterable[Shape | None]) -> Shape | None:
    """The shape of an elementwise result. Two lengths that are both known not to be 1 must agree, or NumPy raises."""
    result: Shape | None = None
    for shape in shapes:
        if shape is None:
            return None
        if not result:
            result = shape
        elif shape is not result and shape and shape != result:
            result = _broadcast_two(result, shape)
    return result


def _broadcast_two(a: Shape, b: Shape) -> Shape:
    if len(a) < len(b):
        a, b = b, a
    extra = len(a) - len(b)
    return a[:extra] + tuple(map(broadcast_dims, a[extra:], b))


def broadcast_dims(a: Dim, b: Dim) -> Dim:
    """The length along one axis of an elementwise result."""
    if same_length(a, b):
        return nicer(a, b)
    if isinstance(a, int) and isinstance(b, int):
        return b if a == 1 else a
    if not_one(a):
        return nicer(a, b) if not_one(b) else a
    if not_one(b) or a == 1:
        return b
    return a if b == 1 else SOME


def nicer(a: Dim, b: Dim) -> Dim:
    """The more telling of two lengths that are equal."""
    if isinstance(a, Some) or isinstance(b, Some):
        one, other = (a, b) if isinstance(b, Some) else (b, a)
        if isinstance(one, Some):
            return SEVERAL if not_one(a) or not_one(b) else SOME
        if isinstance(one, int) or not_one(one) or not not_one(other):
            return one
        return Size(one.terms, one.offset, True)
    if isinstance(a, int):
        return a
    if isinstance(b, int):
        return b
    best = a if _length_of_text(a) <= _length_of_text(b) else b
    return best if not_one(best) or not (not_one(a) or not_one(b)) else Size(best.terms, best.offset, True)


def in_parts(result: Array, operands: Iterable[Value], divided: Container[Size]) -> Array:
    """The description of an elementwise result, by those of equal lengths that have been divided into parts.

    Where `width = len(b) // 4`, the columns of `x @ w + b` are `len(b)` and not `w.shape[1]`, for then slices of them
    by `width` have known lengths.
    """
    found = list(result.shape or ())
    for operand in operands:
        shape = operand.shape if isinstance(operand, Array) else None
        for place, dim in enumerate(reversed(shape or ()), 1):
            if isinstance(dim, Size) and dim in divided and not_one(dim) and not_one(found[-place]):
                found[-place] = dim
    return result if tuple(found) == result.shape else Array(result.dtype, tuple(found), result.scalar)


def _length_of_text(size: Size) -> tuple[bool, int, int]:
    return size.offset != 0, len(size.terms), len(str(size))


# -------------------------------------------------------------------------------------------------------------- dtypes

_PYTHON: dict[str, Any] = {"bool": np.dtype(bool), "int": int, "float": float, "complex": complex}
_STRONG = {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128"}


@functools.lru_cache(maxsize=4096)
def ufunc_dtypes(ufunc: np.ufunc, operands: tuple[str, ...]) -> tuple[str | None, ...]:
    """The dtypes of the results of `ufunc`; a Python number is given by its kind in angle brackets, as `<float>`."""
    given = [_PYTHON[d[1:-1]] if d[0] == "<" else np.dtype(d) for d in operands]
    try:
        resolved = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout))
    except (TypeError, ValueError):
        return (None,) * ufunc.nout
    return tuple(map(dtype_name, resolved[ufunc.nin :]))


def operand_dtypes(value: Value) -> tuple[str, ...] | None:
    """How `ufunc_dtypes` takes the dtype of `value`; several if it may be several things, None if unknown."""
    match value:
        case Array(dtype=str(dtype)):
            return (dtype,)
        case Number(kind=kind):
            return (f"<{kind}>",)
        case Scalar(dtype=str(dtype)):
            return (dtype, *(f"<{kind}>" for kind in value.kinds))
    return None


def result_dtypes(ufunc: np.ufunc, operands: Iterable[Value]) -> tuple[str | None, ...]:
    """The dtypes of the results of `ufunc`, by the rules of NEP 50."""
    choices: list[tuple[str, ...]] = [()]
    for value in operands:
        known = operand_dtypes(value)
        if known is None:
            return (None,) * ufunc.nout
        choices = [(*chosen, dtype) for chosen in choices for dtype in known]
    found = {ufunc_dtypes(ufunc, chosen) for chosen in choices}
    return found.pop() if len(found) == 1 else (None,) * ufunc.nout


@functools.lru_cache(maxsize=1024)
def promoted(dtypes: tuple[str | None, ...]) -> str | None:
    """The dtype that holds all of these."""
    if None in dtypes or not dtypes:
        return None
    return dtype_name(functools.reduce(np.promote_types, [np.dtype(name) for name in dtypes]))


def floating(dtype: str | None) -> str | None:
    """The dtype of `np.mean`: integers become float64."""
    return dtype if dtype is None or kind_of(dtype) in ("float", "complex") else "float64"


def real(dtype: str | None) -> str | None:
    """The dtype of the real part."""
    return dtype if dtype is None else np.zeros((), dtype).real.dtype.name


def summing(dtype: str | None) -> str | None:
    """The dtype of `np.sum`: small integers become int64 or uint64."""
    if dtype is None or kind_of(dtype) in ("float", "complex"):
        return dtype
    return str(np.add.reduce(np.zeros(0, dtype)).dtype.name)


def dtype_of(value: Value) -> str | None:
    """The dtype that a value given as the argument `dtype` asks for; None if unknown."""
    if not isinstance(value, Static):
        return None
    try:
        return dtype_name(np.dtype(value.object))
    except TypeError:
        return None


# -------------------------------------------------------------------------------------------------------------- values


def as_array(value: Value) -> Array | None:
    """What `np.asarray` makes of `value`; None if unknown."""
    match value:
        case Array():
            return value
        case Number(kind=kind):
            return Array(_STRONG[kind], (), False)
        case Scalar(dtype=dtype):
            return Array("bool" if dtype == "bool" else None, (), None)
        case Sequence(items=items, type=kind) if kind in (tuple, list):
            parts = [part for part in map(as_array, items) if part is not None]
            if not items:
                return Array("float64", (0,), False)
            if len(parts) < len(items):
                return None
            return Array(
                promoted(tuple(p.dtype for p in parts)), _stacked(len(parts), [p.shape for p in parts]), False
            )
        case ListOf(item=item):
            part = as_array(item)  # np.asarray([]) has one axis, whatever its elements might have been
            if part is not None and part.shape == ():
                return Array(part.dtype if part.dtype == "float64" else None, (SOME,), False)
    return None


def _stacked(n: int, shapes: list[Shape | None]) -> Shape | None:
    if any(shape is None or len(shape) != len(shapes[0] or ()) for shape in shapes):
        return None
    known = [shape for shape in shapes if shape is not None]
    return (n, *(functools.reduce(nicer, dims) for dims in zip(*known, strict=True)))


def is_rank_zero(value: Value) -> bool:
    """Whether a value is known to have no axes: numbers, NumPy scalars, arrays of shape ()."""
    return isinstance(value, (Number, Scalar)) or (isinstance(value, Array) and value.shape == ())


def is_immutable_scalar(value: Value) -> bool:
    """Whether a value is a Python number or NumPy scalar."""
    return isinstance(value, (Number, Scalar)) or (isinstance(value, Array) and value.scalar is True)


def elementwise(ufunc: np.ufunc, operands: list[Value]) -> Value:
    """The result of a ufunc called on these."""
    shape: Shape | None = ()
    keys: list[str] | None = []
    typed: list[Value] = []
    for value in operands:
        kind = type(value)
        if kind is Array:
            array = value
        elif (found := as_array(value)) is not None:
            array = found
        else:
            return UNKNOWN
        assert isinstance(array, Array)
        if shape is not None:
            shape = None if array.shape is None else broadcast((shape, array.shape))
        if keys is not None:
            key = array.dtype if kind is Array else f"<{value.kind}>" if isinstance(value, Number) else None
            keys = None if key is None else [*keys, key]
        typed.append(value if isinstance(value, (Number, Scalar)) else array)
    dtypes = result_dtypes(ufunc, typed) if keys is None else ufunc_dtypes(ufunc, tuple(keys))
    scalar = scalar_of(shape)
    if len(dtypes) == 1:
        return Array(dtypes[0], shape, scalar)
    return Sequence(tuple, tuple(Array(dtype, shape, scalar) for dtype in dtypes))


def scalar_of(shape: Shape | None) -> bool | None:
    """Whether a function that turns arrays of rank 0 into scalars gives a scalar for this shape."""
    return None if shape is None else not shape


def axes_of(axis: Value, rank: int) -> tuple[int, ...] | None:
    """The axes that an argument `axis` names, from 0 up; None if unknown. All for `axis=None`."""
    if isinstance(axis, Static) and axis.object is None:
        return tuple(range(rank))
    parts = axis.items if isinstance(axis, Sequence) else (axis,)
    found = [static_int(part) for part in parts]
    if any(a is None or not -rank <= a < rank for a in found):
        return None
    return tuple(a % rank for a in found if a is not None)


def shape_value(shape: Shape) -> Sequence:
    """The tuple that `np.shape` gives."""
    return Sequence(tuple, tuple(map(number_of, shape)))


def shape_from(value: Value) -> Shape | None:
    """The shape that an argument such as that of `np.zeros` asks for."""
    match value:
        case Number():
            return (length_of(value),)
        case Sequence(items=items):
            return tuple(map(length_of, items))
        case Array(shape=()):
            return (SOME,)
    return None
