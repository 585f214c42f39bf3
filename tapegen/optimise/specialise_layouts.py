"""What `specialise` knows of functions that give an array another shape or order of axes."""

from __future__ import annotations

import gast
import numpy as np

from tapegen import kernels
from tapegen.analysis.shape_algebra import axes_of
from tapegen.analysis.values import NONE, Array, Number, Sequence, Value, same_length, same_shape
from tapegen.lang import build
from tapegen.optimise.specialise_calls import Rewriter, rewrites


@rewrites(np.reshape, np.broadcast_to)
def _same_shape(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    if len(args) != 2 or not isinstance(values[0], Array):
        return None
    wanted = to.value(to.np("broadcast_to", build.clone(args[0]), build.clone(args[1])))
    same = isinstance(wanted, Array) and same_shape(values[0].shape, wanted.shape)
    return args[0] if same else None


@rewrites(np.size)
def _size(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    """The size of an operand of the same shape, where the result is computed for its size only."""
    name, x = args[0], values[0]
    if len(args) != 1 or not isinstance(name, gast.Name) or not isinstance(x, Array) or to.uses[name.id] != 1:
        return None
    definition = to.definitions.get(name.id)
    if isinstance(definition, gast.BinOp) and not isinstance(definition.op, gast.MatMult):
        for operand in (definition.left, definition.right):
            known = to.value(operand)
            alike = isinstance(known, Array) and same_shape(known.shape, x.shape)
            if isinstance(operand, gast.Name) and alike and to.is_stable(operand):
                return to.np("size", build.clone(operand))
    return None


@rewrites(np.transpose)
def _transpose(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if not isinstance(x, Array) or x.shape is None:
        return None
    rank = len(x.shape)
    if len(args) == 1 or values[1] == NONE:
        plain = None if len(args) == 1 else to.np("transpose", args[0])
        return args[0] if rank < 2 else plain
    order = axes_of(values[1], rank)
    if order == tuple(range(rank)):
        return args[0]
    return to.np("transpose", args[0]) if order == tuple(range(rank))[::-1] and rank < 4 else None


@rewrites(np.moveaxis)
def _moveaxis(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if len(args) != 3 or not isinstance(x, Array) or x.shape is None:
        return None
    axes = [axes_of(value, len(x.shape)) for value in values[1:]]
    return args[0] if axes[0] is not None and axes[0] == axes[1] and NONE not in values else None


@rewrites(np.expand_dims)
def _expand_dims(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    """New axes by an index, which NumPy does in a tenth of the time."""
    x = values[0]
    if len(args) != 2 or not isinstance(x, Array) or x.shape is None or x.scalar is not False:
        return None
    count = len(values[1].items) if isinstance(values[1], Sequence) else 1
    axes = axes_of(values[1], len(x.shape) + count)
    if axes is None or len(set(axes)) < count:
        return None
    places = range(max(axes, default=-1) + 1)
    full = gast.Slice(lower=None, upper=None, step=None)
    parts: list[gast.expr] = [build.constant(None) if i in axes else full for i in places]
    index = parts[0] if len(parts) == 1 else build.tuple_of(parts)
    return gast.Subscript(value=build.clone(args[0]), slice=index, ctx=gast.Load()) if parts else None


@rewrites(kernels.diag_adjoint)
def _diag_adjoint(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    """`np.diag` takes the diagonal of a square matrix, or puts it back."""
    ct, v = values[0], values[1]
    if (
        not isinstance(ct, Array)
        or not isinstance(v, Array)
        or None in (v.shape, ct.dtype)
        or v.dtype != ct.dtype
    ):
        return None
    shape = v.shape or ()
    if len(shape) == 1:
        return to.np("diagonal", *(args[:1] if values[2:] in ([], [_ZERO]) else (args[0], args[2])))
    square = len(shape) == 2 and same_length(*shape) and values[2:] in ([], [_ZERO])
    return to.np("diag", args[0]) if square else None


_ZERO = Number("int", 0)


@rewrites(np.swapaxes)
def _swapaxes(to: Rewriter, args: list[gast.expr], values: list[Value]) -> gast.expr | None:
    x = values[0]
    if len(args) != 3 or not isinstance(x, Array) or x.rank != 2:
        return None
    axes = [axes_of(value, 2) for value in values[1:]]
    if None in axes:
        return None
    return args[0] if axes[0] == axes[1] else to.np("transpose", args[0])
