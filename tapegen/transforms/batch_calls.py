"""How operations are batched: what each needs so that it works on each entry of its first axis.

Elementwise operations broadcast: their batched operands get axes of length 1 where they have fewer than the result.
Linear ones have their axes shifted, products become products of matrices. Whatever is not listed is called for each
seed in turn, which is always right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.kernels import broadcast_like, seeds, unbroadcast, unreduce
from tapegen.kernels.trees import copied, laid_out_like, own
from tapegen.kernels.views import shared_as
from tapegen.lang import build
from tapegen.lang.core import lookup
from tapegen.rules import tables

Handler = Callable[[Any, gast.Call], "gast.expr | None"]
"""Gives the batched call, or None if the call is not of a form that it knows. The first argument is the batch."""


def batched_call(batch: Any, call: gast.Call, callee: Any) -> gast.expr:
    """A call with batched arguments."""
    found = None
    plain = not any(isinstance(arg, gast.Starred) for arg in call.args) and all(k.arg for k in call.keywords)
    if plain:
        if isinstance(callee, np.ufunc) and callee.nin == len(call.args) and not call.keywords:
            found = _ufunc(batch, call)
        elif type(callee).__hash__ is not None and callee in _HANDLERS:
            found = _HANDLERS[callee](batch, call)
    if (
        type(callee).__hash__ is not None
        and callee in tables.VIEWS
        and (found is None or callee not in _VIEWS)
        and batch.follows_writes(batch.hint)
    ):
        raise batch.refuse("a view of what is written may become a copy")
    if found is not None:
        return found
    if not plain or (call.keywords and any(batch.is_batched(k.value) for k in call.keywords)):
        raise batch.refuse(f"a call of {gast.unparse(call.func).strip()} takes seeds by keyword")
    return each_entry(batch, call.func, list(call.args), list(call.keywords))


def each_entry(
    batch: Any, function: gast.expr, args: list[gast.expr], keywords: list[gast.keyword] | None = None
) -> gast.expr:
    """A call for each seed in turn."""
    flags = build.tuple_of([build.constant(batch.is_batched(arg)) for arg in args])
    return gast.Call(func=batch.kernel(seeds.each), args=[function, flags, *args], keywords=keywords or [])


def elementwise(batch: Any, operands: list[gast.expr], function: Any) -> list[gast.expr] | gast.expr:
    """The operands of an elementwise operation, so that they broadcast; or the call that takes them one by one."""
    ranks = [batch.rank(node) for node in operands]
    if any(known is None for known in ranks):
        name = f"{batch.kernel(np).id}.{function.__name__}"
        return each_entry(batch, build.attribute(name), operands)
    return [batch.aligned(node, max(ranks)) for node in operands]


def _ufunc(batch: Any, call: gast.Call) -> gast.expr | None:
    ranks = [batch.rank(node) for node in call.args]
    if any(known is None for known in ranks):
        return None
    args = [batch.aligned(node, max(ranks)) for node in call.args]
    return gast.Call(func=call.func, args=args, keywords=[])


def _as_it_is(batch: Any, call: gast.Call) -> gast.expr | None:
    return call


def product(batch: Any, left: gast.expr, right: gast.expr) -> gast.expr:
    """The matrix product of two atoms, one of which is batched at least."""
    one, two = batch.rank(left), batch.rank(right)
    many = batch.is_batched(left), batch.is_batched(right)
    if one and two and not all(many):
        if two <= 2 if many[0] else two >= 2 and one <= 2:
            return gast.BinOp(left=left, op=gast.MatMult(), right=right)
        if many[1] and one <= 2:
            if one == 2:
                left = batch.bound(build.call(f"{batch.kernel(np).id}.transpose", left), batch.hint)
            return gast.BinOp(left=right, op=gast.MatMult(), right=left)
    return each_entry(batch, build.attribute(f"{batch.kernel(np).id}.matmul"), [left, right])


def _product(batch: Any, call: gast.Call) -> gast.expr | None:
    if len(call.args) != 2 or call.keywords:
        return None
    left, right = call.args
    ranks = batch.rank(left), batch.rank(right)
    if None in ranks or 0 in ranks or max(ranks) > 2:
        return None
    return product(batch, left, right)


def _outer(batch: Any, call: gast.Call) -> gast.expr | None:
    if len(call.args) != 2 or call.keywords or [batch.rank(arg) for arg in call.args] != [1, 1]:
        return None
    every, new = gast.Slice(lower=None, upper=None, step=None), build.constant(None)

    def with_axes(node: gast.expr, last: bool) -> gast.expr:
        first = [every] if batch.is_batched(node) else []
        if not first and last:
            return node
        index = build.tuple_of([*first, new, every] if last else [*first, every, new])
        return batch.bound(gast.Subscript(value=node, slice=index, ctx=gast.Load()), batch.hint)

    left, right = call.args
    return gast.BinOp(left=with_axes(left, False), op=gast.Mult(), right=with_axes(right, True))


def _arguments(call: gast.Call, *names: str) -> dict[str, gast.expr] | None:
    """The arguments of a call by name, if it has no others than these."""
    found = dict(zip(names, call.args, strict=False))
    found.update((k.arg, k.value) for k in call.keywords)
    if len(call.args) > len(names) or not set(found) <= set(names):
        return None
    return found


def _literal(node: gast.expr | None) -> Any:
    """The value of a literal axis: an integer, a tuple of them, None; anything else is Ellipsis."""
    match node:
        case None | gast.Constant(value=None):
            return None
        case gast.Constant(value=int() as value) if not isinstance(value, bool):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int() as value)):
            return -value
        case gast.Tuple(elts=elements):
            parts = [_literal(e) for e in elements]
            return tuple(parts) if all(isinstance(p, int) for p in parts) else ...
        case gast.Constant(value=tuple() as value):
            return value
    return ...


def _shifted(axis: Any) -> Any:
    """An axis of an entry as one of the whole."""
    if isinstance(axis, tuple):
        return tuple(_shifted(a) for a in axis)
    return axis + 1 if axis >= 0 else axis


def _axes(value: Any) -> gast.expr:
    if isinstance(value, tuple):
        return build.tuple_of([_axes(v) for v in value])
    return (
        build.constant(value) if value >= 0 else gast.UnaryOp(op=gast.USub(), operand=build.constant(-value))
    )


def _reduction(batch: Any, call: gast.Call) -> gast.expr | None:
    given = _arguments(call, "a", "axis")
    if given is None and (given := _arguments(call, "a", "axis", "keepdims")) is None:
        return None
    axis, rank = _literal(given.get("axis")), batch.rank(given["a"])
    if axis is ... or rank is None:
        return None
    if axis is None:
        if rank == 0:
            return given["a"]
        axis = tuple(range(1, rank + 1)) if rank > 1 else 1
    else:
        axis = _shifted(axis)
    keep = {"keepdims": given["keepdims"]} if "keepdims" in given else {}
    return build.call(call.func, given["a"], axis=_axes(axis), **keep)


def _along(*names: str, default: int | None = None) -> Handler:
    """A function that works along the one of its parameters that is called `axis`."""

    def handler(batch: Any, call: gast.Call) -> gast.expr | None:
        given = _arguments(call, *names)
        if given is None or any(batch.is_batched(v) for n, v in given.items() if n != names[0]):
            return None
        axis = _literal(given.pop("axis", None if default is None else _axes(default)))
        rank = batch.rank(given[names[0]])
        if axis is None or axis is ... or not rank:
            return None
        args = [given.pop(names[0])]
        return build.call(call.func, *args, **given, axis=_axes(_shifted(axis)))

    return handler


def _transpose(batch: Any, call: gast.Call) -> gast.expr | None:
    given = _arguments(call, "a", "axes")
    rank = None if given is None else batch.rank(given["a"])
    if given is None or rank is None:
        return None
    axes = _literal(given.get("axes"))
    if axes is ... or isinstance(axes, int):
        return None
    if rank < 2:
        return given["a"]
    order = tuple(reversed(range(rank))) if axes is None else tuple(axis % rank for axis in axes)
    return build.call(call.func, given["a"], _axes((0, *[axis + 1 for axis in order])))


def _moved(batch: Any, call: gast.Call) -> gast.expr | None:
    """`swapaxes` and `moveaxis`."""
    if len(call.args) != 3 or call.keywords:
        return None
    axes = [_literal(node) for node in call.args[1:]]
    if not all(isinstance(axis, (int, tuple)) for axis in axes):
        return None
    return build.call(call.func, call.args[0], *[_axes(_shifted(axis)) for axis in axes])


def _matrices(batch: Any, call: gast.Call) -> gast.expr | None:
    """Functions of the last two axes."""
    rank = batch.rank(call.args[0])
    return call if rank is not None and rank >= 2 and not call.keywords else None


def _joined(batch: Any, call: gast.Call) -> gast.expr | None:
    """`concatenate` and `stack` of a display."""
    given = _arguments(call, "arrays", "axis")
    if given is None or not isinstance(given["arrays"], gast.Name):
        return None
    axis = _literal(given.get("axis", build.constant(0)))
    return (
        None
        if not isinstance(axis, int)
        else build.call(call.func, given["arrays"], axis=_axes(_shifted(axis)))
    )


def _kernel(function: Any, count: int) -> Handler:
    """The kernel that does the same for each entry, of a call of at most `count` positional arguments."""

    def handler(batch: Any, call: gast.Call) -> gast.expr | None:
        rest = call.args[1:]
        if len(call.args) > count or call.keywords or any(map(batch.is_batched, rest)):
            return None
        return build.call(batch.kernel(function), *call.args)

    return handler


def _ravel(batch: Any, call: gast.Call) -> gast.expr | None:
    if len(call.args) != 1 or call.keywords:
        return None
    return build.call(batch.kernel(seeds.reshape_each), call.args[0], build.constant(-1))


def _like(batch: Any, call: gast.Call) -> gast.expr | None:
    """`broadcast_like(value, x)`."""
    value, x = call.args
    rank, known = batch.rank(value), batch.rank(x)
    if batch.is_batched(x) or known is None:
        return None
    if known == rank == 0:
        return value
    shape = batch.bound(build.call(f"{batch.kernel(np).id}.shape", x), "shape")
    return build.call(batch.kernel(seeds.broadcast_each), value, shape)


def _laid_out(batch: Any, call: gast.Call) -> gast.expr | None:
    value, x = call.args
    rank = batch.rank(x)
    if batch.is_batched(x) or not rank or batch.is_tree(x):
        return None
    return build.call(batch.kernel(seeds.laid_out_each), batch.aligned(value, rank), x, batch.number())


def _own(batch: Any, call: gast.Call) -> gast.expr | None:
    """What is handed to the caller is copied there."""
    value, x = call.args
    return None if batch.is_tree(x) or batch.rank(x) is None or batch.rank(value) is None else value


def zeros_for_each(batch: Any, value: gast.expr) -> gast.expr | None:
    """An array of zeros that is to be written batched, if `value` is one."""
    match value:
        case gast.Call(args=[x], keywords=[]) if lookup(batch.core, value.func) in (
            np.zeros_like,
            laid_out_like,
        ):
            return (
                build.call(batch.kernel(seeds.laid_out_each), build.constant(0.0), x, batch.number())
                if batch.rank(x)
                else None
            )
        case gast.Call(args=[x, like], keywords=[]) if lookup(batch.core, value.func) is laid_out_like:
            if batch.rank(like) and (batch.rank(x) == batch.rank(like) or batch.rank(x) == 0):
                return build.call(batch.kernel(seeds.laid_out_each), x, like, batch.number())
    return None


_VIEWS = (np.transpose, np.swapaxes, np.moveaxis, np.matrix_transpose, np.squeeze, np.expand_dims, np.flip)
"""Functions whose results are views of batched arrays too."""

_HANDLERS: dict[Any, Handler] = {
    np.matmul: _product,
    np.dot: _product,
    np.outer: _outer,
    **dict.fromkeys((np.sum, np.mean, np.flip), _reduction),
    **dict.fromkeys((np.where, np.real, np.imag, np.conj, np.conjugate), _ufunc),
    **dict.fromkeys((np.copy, copied, shared_as), _as_it_is),
    **dict.fromkeys((np.cumsum, np.squeeze, np.expand_dims), _along("a", "axis")),
    np.roll: _along("a", "shift", "axis"),
    np.take: _along("a", "indices", "axis"),
    np.repeat: _along("a", "repeats", "axis"),
    np.diff: _along("a", "n", "axis", default=-1),
    np.transpose: _transpose,
    **dict.fromkeys((np.swapaxes, np.moveaxis), _moved),
    **dict.fromkeys((np.tril, np.triu, np.matrix_transpose, np.linalg.inv), _matrices),
    **dict.fromkeys((np.concatenate, np.stack), _joined),
    np.reshape: _kernel(seeds.reshape_each, 2),
    np.broadcast_to: _kernel(seeds.broadcast_each, 2),
    np.ravel: _ravel,
    unbroadcast: _kernel(seeds.unbroadcast_each, 2),
    unreduce: _kernel(seeds.unreduce_each, 4),
    broadcast_like: _like,
    laid_out_like: _laid_out,
    own: _own,
}
