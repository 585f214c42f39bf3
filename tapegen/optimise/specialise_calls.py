"""What `specialise` knows of single functions: for each, what a call of it becomes when its arguments are known."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import gast
import numpy as np

from tapegen import kernels
from tapegen.analysis.shape_algebra import axes_of, is_immutable_scalar, is_rank_zero
from tapegen.analysis.shape_builtins import IN_PLACE, truth
from tapegen.analysis.shape_functions import call_shape
from tapegen.analysis.shape_kernels import BY_RANK
from tapegen.analysis.values import (
    NONE,
    UNKNOWN,
    Array,
    Number,
    Scalar,
    Sequence,
    Shape,
    Value,
    kind_of,
    not_one,
    same_length,
    same_shape,
)
from tapegen.kernels import trees
from tapegen.lang import build


class Rewriter(Protocol):
    """What a rewrite may ask of the pass."""

    current: Any
    """The function that is called."""

    @property
    def uses(self) -> Mapping[str, int]:
        """How often each name is read."""

    @property
    def definitions(self) -> Mapping[str, gast.expr]:
        """What the names that are bound once are bound to."""

    def is_stable(self, node: gast.expr) -> bool:
        """Whether an atom means the same wherever its name is bound."""

    def np(self, function: str, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
        """The call `np.function(*args, **keywords)`."""

    def named(self, name: str, obj: Any) -> str:
        """A name for a global object."""

    def value(self, node: gast.expr) -> Value:
        """What is known of an expression."""

    @property
    def is_double(self) -> bool:
        """Whether Python's floats and NumPy's float64 can replace each other here."""

    @property
    def may_divide_by_zero(self) -> bool:
        """Whether numbers are divided here: by zero, Python's raise an error, and NumPy's do not."""

    def is_broadcast(self, call: gast.Call) -> bool:
        """Whether a call broadcasts what means the same wherever it stands."""

    def same_result(self, new: gast.expr, old: gast.expr) -> bool:
        """Whether two expressions have the same shape, dtype and kind."""

    def is_written(self, *nodes: gast.expr) -> bool:
        """Whether the memory of the target or of one of these atoms may be written in place."""


Rewrite = Callable[[Rewriter, list[gast.expr], list[Value]], gast.expr | None]
REWRITES: dict[Any, Rewrite] = {}


def rewrites(*callees: Any) -> Callable[[Rewrite], Rewrite]:
    def enter(rewrite: Rewrite) -> Rewrite:
        for callee in callees:
            REWRITES[callee] = rewrite
        return rewrite

    return enter


def find(callee: Any) -> Rewrite | None:
    try:
        return REWRITES.get(callee)
    except TypeError:
        return None


_KEYWORDS: dict[Any, tuple[str, ...]] = {
    kernels.unreduce: ("ct", "x", "axis", "keepdims"),
    kernels.axis_size: ("x", "axis"),
    np.transpose: ("a", "axes"),
    np.reshape: ("a", "shape"),
}


def positional(callee: Any, args: list[gast.expr], keywords: list[gast.keyword]) -> list[gast.expr] | None:
    """The arguments of a call in order; None if they can't be put in order."""
    if not keywords:
        return args
    names = _KEYWORDS.get(callee, ())
    given = {keyword.arg: keyword.value for keyword in keywords}
    rest = names[len(args) :]
    if not set(given) <= set(rest):
        return None
    last = max(rest.index(name) for name in given if name is not None)
    defaults = {"axis": build.constant(None), "keepdims": build.constant(False)}
    if any(name not in given and name not in defaults for name in rest[: last + 1]):
        return None
    return [*args, *(given.get(name) or defaults[name] for name in rest[: last + 1])]


def is_real(value: Value) -> bool:
    if isinstance(value, Number):
        return value.kind != "complex"
    dtype = value.dtype if isinstance(value, (Array, Scalar)) else None
    return dtype is not None and kind_of(dtype) != "complex"


def _is_inexact(dtype: str) -> bool:
    return kind_of(dtype) in ("float", "complex")


@rewrites(kernels.unbroadcast)
def _unbroadcast(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    (ct, _), (given, x) = args, values
    if isinstance(x, Number):
        return _to_number(to, ct, given, x)
    if isinstance(x, Scalar) and x.dtype == "float64":
        if isinstance(given, (Number, Scalar, Array)) and _strong(given) == "float64":
            return ct if is_immutable_scalar(given) else _sum_all(to, ct, given)
        return None
    if isinstance(given, Number) and is_immutable_scalar(x) and to.is_double and not to.may_divide_by_zero:
        return ct if given.kind == "float" and getattr(x, "dtype", None) == "float64" else None
    if not isinstance(x, Array) or not isinstance(given, Array) or x.dtype is None or given.dtype is None:
        return None
    wanted = x.dtype if _is_inexact(x.dtype) else given.dtype
    real = given.dtype != wanted and given.dtype == {"float64": "complex128", "float32": "complex64"}.get(
        wanted
    )
    if (given.dtype != wanted and not real) or x.shape is None or given.shape is None:
        return None
    axes = _summed_axes(given.shape, x.shape)
    if axes is None:
        if real or not _is_smaller(given.shape, x.shape):
            return None
        return to.np("broadcast_to", ct, to.np("shape", args[1]))
    found = ct
    extra, stretched = axes
    if not x.shape and extra:
        found = to.np("sum", ct)
    else:
        if stretched:
            found = to.np("sum", found, axis=_axes(stretched), keepdims=build.constant(True))
        if extra:
            found = to.np("sum", found, axis=_axes(extra))
    if real:
        return to.np("real", found)
    return found


def _summed_axes(ct: Shape, x: Shape) -> tuple[list[int], list[int]] | None:
    """The axes of a cotangent to sum away, and those to sum and keep; None if they are not known.

    `x` broadcasts to the shape of the cotangent, or along single axes the other way: two lengths that are not 1 agree.
    """
    extra = len(ct) - len(x)
    if extra < 0:
        return None
    stretched = []
    for axis, (given, wanted) in enumerate(zip(ct[extra:], x, strict=True), extra):
        if same_length(given, wanted) or (not_one(given) and not_one(wanted)):
            continue
        if wanted != 1:
            return None
        stretched.append(axis)
    return list(range(extra)), stretched


def _is_smaller(ct: Shape, x: Shape) -> bool:
    """Whether a cotangent is only to be stretched, as that of a sum is."""
    if len(ct) > len(x):
        return False
    return all(
        given == 1 or same_length(given, wanted) or (not_one(given) and not_one(wanted))
        for given, wanted in zip(ct[::-1], x[::-1], strict=False)
    )


def _axes(axes: list[int]) -> gast.expr:
    return build.constant(axes[0]) if len(axes) == 1 else build.tuple_of([build.constant(a) for a in axes])


def _strong(value: Value) -> str | None:
    return (
        {"float": "float64"}.get(value.kind) if isinstance(value, Number) else getattr(value, "dtype", None)
    )


def _sum_all(to: Rewriter, ct: gast.expr, given: Value) -> gast.expr | None:
    return to.np("sum", ct) if isinstance(given, Array) and given.shape is not None else None


def _to_number(to: Rewriter, ct: gast.expr, given: Value, x: Number) -> gast.expr | None:
    """A cotangent of a Python number."""
    if isinstance(given, Number):
        return ct if given.kind == x.kind or (x.kind in ("bool", "int")) else None
    if x.kind != "float" or not is_real(given) or not isinstance(given, (Array, Scalar)):
        return None
    if not is_immutable_scalar(given):
        if not isinstance(given, Array) or given.shape is None:
            return None
        if given.shape:
            ct = to.np("sum", ct)
    return ct if to.is_double else build.call(to.named("float", builtins.float), ct)


@rewrites(kernels.broadcast_like)
def _broadcast_like(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    given, x = values
    if isinstance(given, Array) and isinstance(x, Array) and given.dtype == x.dtype is not None:
        return args[0] if same_shape(given.shape, x.shape) else None
    return (
        args[0]
        if isinstance(given, Number) and isinstance(x, Number) and given.kind == x.kind == "float"
        else None
    )


@rewrites(kernels.cast_like)
def _cast_like(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    given, x = values
    same = isinstance(given, Array) and isinstance(x, Array) and given.dtype == x.dtype is not None
    return args[0] if same else None


@rewrites(kernels.unreduce)
def _unreduce(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    ct, given, x = args[0], values[0], values[1]
    axis = values[2] if len(values) > 2 else NONE
    keepdims = values[3] if len(values) > 3 else Number("bool", False)
    kept = truth(keepdims)
    if axis == NONE or kept:
        return ct
    if kept is None or not isinstance(given, Array) or not isinstance(x, Array) or x.shape is None:
        return None
    axes = axes_of(axis, len(x.shape))
    if axes is None or given.rank != len(x.shape) - len(axes):
        return None
    parts: list[gast.expr] = [
        build.constant(None) if i in axes else gast.Slice(lower=None, upper=None, step=None)
        for i in range(max(axes, default=-1) + 1)
    ]
    if not parts:
        return ct
    index = parts[0] if len(parts) == 1 else build.tuple_of(parts)
    return gast.Subscript(value=build.clone(ct), slice=index, ctx=gast.Load())


@rewrites(np.shape)
def _shape(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if is_rank_zero(values[0]):
        return build.tuple_of([])
    shape = values[0].shape if isinstance(values[0], Array) else None
    if shape is not None and all(isinstance(n, int) for n in shape):
        return build.tuple_of([build.constant(n) for n in shape])
    return None


@rewrites(np.ndim)
def _ndim(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if is_rank_zero(values[0]):
        return build.constant(0)
    rank = values[0].rank if isinstance(values[0], Array) else None
    return None if rank is None else build.constant(rank)


@rewrites(len)
def _len(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    match values[0]:
        case Array(shape=(int(n), *_)):
            return build.constant(n)
        case Sequence(type=kind, items=items) if kind is not list:
            return build.constant(len(items))
    return None


@rewrites(kernels.axis_size)
def _axis_size(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x, axis = values[0], values[1] if len(values) > 1 else NONE
    if axis == NONE:
        return to.np("size", args[0])
    if not isinstance(x, Array) or x.shape is None:
        return None
    axes = axes_of(axis, len(x.shape))
    if axes is None or len(axes) != 1:
        return None
    if axes[0] == 0:
        return build.call(to.named("len", builtins.len), args[0])
    shape = to.np("shape", args[0])
    return gast.Subscript(value=shape, slice=build.constant(axes[0]), ctx=gast.Load())


@rewrites(kernels.row_shape, kernels.column_shape)
def _matrix_shape(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    rank = values[0].rank if isinstance(values[0], Array) else None
    return None if rank in (None, 1) else to.np("shape", args[0])


@rewrites(kernels.columns_shape)
def _columns_shape(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    rank = values[1].rank if isinstance(values[1], Array) else None
    return None if rank in (None, 1) else to.np("shape", args[0])


@rewrites(kernels.product_shape)
def _product_shape(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    ranks = [value.rank if isinstance(value, Array) else None for value in values[1:]]
    return None if None in ranks or 1 in ranks else to.np("shape", args[0])


@rewrites(kernels.drop_column)
def _drop_column(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    rank = values[1].rank if isinstance(values[1], Array) else None
    return args[0] if rank not in (None, 1) else None


@rewrites(np.conj, np.real)
def _real(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if len(args) != 1 or not isinstance(x, Array) or not is_real(x):
        return None
    return args[0] if x.scalar or not to.is_written(args[0]) else None


@rewrites(np.sum)
def _sum(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if len(args) == 1 and isinstance(x, Array) and x.scalar and x.dtype is not None and _is_inexact(x.dtype):
        return args[0]
    return None


@rewrites(np.where)
def _where(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    """A choice between numbers, broadcast, as one between the numbers."""
    if len(args) != 3:
        return None
    sources = [to.definitions.get(a.id) if isinstance(a, gast.Name) else None for a in args[1:]]
    inner = [
        build.clone(source.args[0])
        if isinstance(source, gast.Call)
        and to.is_broadcast(source)
        and is_rank_zero(to.value(source.args[0]))
        else arg
        for arg, source in zip(args[1:], sources, strict=True)
    ]
    if inner[0] is args[1] and inner[1] is args[2]:
        return None
    new = to.np("where", args[0], *inner)
    return new if to.same_result(new, to.np("where", *args)) else None


@rewrites(kernels.zeros_like)
def _zeros_like(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    match values[0]:
        case Number(kind="complex"):
            return build.constant(0j)
        case Number():
            return build.constant(0.0)
        case Array(scalar=False, dtype=str(dtype)) if _is_inexact(dtype):
            return to.np("zeros_like", args[0])
    return None


@rewrites(trees.add_cotangents)
def _add_cotangents(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if all(isinstance(value, Array) for value in values):
        return gast.BinOp(left=args[0], op=gast.Add(), right=args[1])
    return None


@rewrites(trees.full)
def _full(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    return args[0] if isinstance(values[0], Array) else None


@rewrites(trees.copied)
def _copied(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    return args[0] if is_immutable_scalar(values[0]) else None


@rewrites(trees.zero_cotangent)
def _zero_cotangent(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if is_immutable_scalar(x):
        return build.constant(0.0)
    inexact = isinstance(x, Array) and x.scalar is False and x.dtype is not None and _is_inexact(x.dtype)
    return to.np("zeros_like", args[0]) if inexact else None


@rewrites(kernels.unpack)
def _unpack(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    ct, nest = values
    if not (isinstance(ct, Array) and ct.rank == 1 and isinstance(nest, Sequence) and ct.dtype is not None):
        return None
    for item in nest.items:
        same = isinstance(item, Array) and item.dtype == ct.dtype and item.scalar is True
        if not same and not (
            isinstance(item, (Number, Scalar)) and is_immutable_scalar(item) and is_real(ct)
        ):
            return None
    parts = [
        gast.Subscript(value=build.clone(args[0]), slice=build.constant(i), ctx=gast.Load())
        for i in range(len(nest.items))
    ]
    return gast.List(elts=parts, ctx=gast.Load())


@rewrites(trees.element)
def _element(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if isinstance(values[0], (Array, Sequence)):
        return gast.Subscript(value=args[0], slice=args[1], ctx=gast.Load())
    return None


@rewrites(trees.own)
def _own(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    ct, x = values
    if not isinstance(x, Number) or x.kind != "float":
        return None
    if isinstance(ct, Number) and ct.kind == "float":
        return args[0]
    real = isinstance(ct, (Array, Scalar, Number)) and is_immutable_scalar(ct) and is_real(ct)
    return build.call(to.named("float", builtins.float), args[0]) if real else None


@rewrites(trees.seed)
def _seed(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    return build.constant(1.0) if is_rank_zero(values[0]) and is_real(values[0]) else None


@rewrites(*BY_RANK, kernels.inverse_permutation)
def _by_rank(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    found = call_shape(to.current, values, {})
    return None if found is UNKNOWN else _literal(found)


def _literal(value: Value) -> gast.expr | None:
    """Integers, and tuples of them, as code."""
    if isinstance(value, Number) and value.value is not None:
        return build.constant(value.value)
    if value == NONE:
        return build.constant(None)
    if not isinstance(value, Sequence):
        return None
    parts = [_literal(item) for item in value.items]
    return None if None in parts else build.tuple_of([part for part in parts if part is not None])


@rewrites(kernels.add)
def _add(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if NONE in values:
        return args[1] if values[0] == NONE else args[0]
    if all(isinstance(value, (Array, Number, Scalar)) for value in values):
        return gast.BinOp(left=args[0], op=gast.Add(), right=args[1])
    return None


def _rebinds(op: type) -> Rewrite:
    def rewrite(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
        if len(args) == 2 and is_immutable_scalar(values[0]):
            return gast.BinOp(left=args[0], op=op(), right=args[1])
        return None

    return rewrite


for _function, _op in IN_PLACE.items():
    REWRITES[_function] = _rebinds(_op)
