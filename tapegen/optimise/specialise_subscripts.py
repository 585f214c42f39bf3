"""What `specialise` knows of subscripts: elements of what was split, axes that were only kept to be dropped."""

from __future__ import annotations

import functools
import operator
from typing import Any

import gast
import numpy as np

from tapegen.analysis.shape_algebra import static_int
from tapegen.analysis.values import Array, Linear, Number, Sequence, Size, Value
from tapegen.kernels import split_like
from tapegen.lang import build


def subscripted(to: Any, node: gast.Subscript) -> gast.expr | None:
    """A simpler expression for `base[index]`; None if there is none.

    Args:
        to: the pass, which knows the definitions of names.
    """
    if type(node.value) is not gast.Name or type(node.ctx) is not gast.Load:
        return None
    definition = to.definitions.get(node.value.id)
    if type(definition) is gast.Call and type(node.slice) is gast.Constant and type(node.slice.value) is int:
        if to.callee(definition.func) is split_like and not definition.keywords:
            return _piece(to, definition, node.slice.value)
    dropped = _dropped_axes(node.slice)
    if not dropped:
        return None
    if type(definition) is gast.Call and to.callee(definition.func) is np.sum:
        return _sum_without(to, definition, dropped)
    if type(definition) is gast.Subscript and type(definition.value) is gast.Name:
        if _new_axes(definition.slice) == dropped and to.is_stable(definition.value):
            return build.load(definition.value.id)
    return None


def _parts(index: gast.expr) -> list[gast.expr]:
    return list(index.elts) if type(index) is gast.Tuple else [index]


def _is_full(part: gast.expr) -> bool:
    return type(part) is gast.Slice and part.lower is part.upper is part.step is None


def _axes(index: gast.expr, value: Any) -> list[int]:
    """The places of this constant in an index that is otherwise made of full slices; none if it is another index."""
    parts = _parts(index)
    found = [k for k, p in enumerate(parts) if type(p) is gast.Constant and p.value is value]
    return found if all(_is_full(p) or k in found for k, p in enumerate(parts)) else []


def _dropped_axes(index: gast.expr) -> list[int]:
    """The axes of length 1 that an index such as `[:, 0]` drops, and nothing else."""
    found = _axes(index, 0)
    return found if not any(type(_parts(index)[k].value) is bool for k in found) else []


def _new_axes(index: gast.expr) -> list[int]:
    return _axes(index, None)


def _sum_without(to: Any, call: gast.Call, dropped: list[int]) -> gast.expr | None:
    """`np.sum(x, axis=1, keepdims=True)[:, 0]` as `np.sum(x, axis=1)`."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    kept: Any = given.get("keepdims")
    if len(call.args) != 1 or set(given) != {"axis", "keepdims"} or len(dropped) != 1:
        return None
    if (
        type(kept) is not gast.Constant
        or kept.value is not True
        or static_int(to.value(given["axis"])) != dropped[0]
    ):
        return None
    x = call.args[0]
    if type(x) is not gast.Name or not to.is_stable(x) or to.is_written(x):
        return None
    found: gast.expr = to.np("sum", build.clone(x), axis=build.clone(given["axis"]))
    return found


def _piece(to: Any, call: gast.Call, place: int) -> gast.expr | None:
    """`split_like(ct, arrays, axis)[1]` as a slice of `ct`."""
    if len(call.args) != 3 or type(call.args[0]) is not gast.Name or not to.is_stable(call.args[0]):
        return None
    ct, arrays, axis = call.args[0], to.value(call.args[1]), static_int(to.value(call.args[2]))
    whole = to.value(ct)
    if not isinstance(arrays, Sequence) or axis is None or not 0 <= place < len(arrays.items):
        return None
    if (
        not isinstance(whole, Array)
        or whole.shape is None
        or not -len(whole.shape) <= axis < len(whole.shape)
    ):
        return None
    axis %= len(whole.shape)
    lengths = [_length(item, whole, axis) for item in arrays.items]
    before, mine = lengths[:place], lengths[place]
    if mine is None or None in before:
        return None
    start: Linear = functools.reduce(operator.add, filter(None, before), 0)
    last = place == len(lengths) - 1
    bounds = [_spelled(to, start), None if last else _spelled(to, start + mine)]
    if bounds[0] is None or (bounds[1] is None and not last):
        return None
    cut = gast.Slice(lower=bounds[0] if start != 0 else None, upper=bounds[1], step=None)
    full = [gast.Slice(lower=None, upper=None, step=None) for _ in range(axis)]
    index = build.tuple_of([*full, cut]) if full else cut
    return gast.Subscript(value=build.load(ct.id), slice=index, ctx=gast.Load())


def _length(item: Value, whole: Array, axis: int) -> Linear | None:
    """The length of an array along an axis, if its cotangent is a slice of `whole` as it is."""
    if not isinstance(item, Array) or item.shape is None or item.scalar is not False:
        return None
    if item.dtype != whole.dtype or item.dtype is None or len(item.shape) != len(whole.shape or ()):
        return None
    dim = item.shape[axis]
    return dim if isinstance(dim, (int, Size)) else None


def _spelled(to: Any, length: Linear) -> gast.expr | None:
    """An atom for a length: a literal, a variable that holds it, or one bound to the length of an argument."""
    if isinstance(length, int):
        return build.constant(length)
    for name, fact in to.facts.items():
        if isinstance(fact, Number) and fact.dim is not None and fact.dim.terms == length.terms:
            if fact.dim.offset == length.offset and name in to.outermost:
                return build.load(name)
    if len(length.terms) != 1 or length.offset or length.terms[0][1] != 1:
        return None
    return _length_of_argument(to, length.terms[0][0].name)


def _length_of_argument(to: Any, symbol: str) -> gast.expr | None:
    """The atom for the symbol `x.shape[0]`, if x is an argument."""
    name, _, rest = symbol.partition(".shape[")
    if name not in to.core.params or to.counts.get(name) != 1 or not rest[:-1].isdigit():
        return None
    shape = to.bind(to.np("shape", build.load(name)))
    found: gast.expr = to.bind(
        gast.Subscript(value=shape, slice=build.constant(int(rest[:-1])), ctx=gast.Load())
    )
    return found
