"""Adjoints of statements that write into arrays and lists."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

import gast
import numpy as np

from tapegen.analysis.aliasing import writing_method
from tapegen.analysis.indices import index_kind
from tapegen.analysis.predicates import is_immutable, rank
from tapegen.errors import TransformError
from tapegen.kernels import scatter_add, unbroadcast
from tapegen.kernels.objects import (
    check_distinct,
    keep_attribute,
    keep_change,
    keep_item,
    keep_items,
    read_attribute,
)
from tapegen.kernels.revolve import check_apart
from tapegen.kernels.stores import last_stored
from tapegen.kernels.trees import add_at, add_into, copied, copied_tree
from tapegen.kernels.views import check_separate
from tapegen.lang import build
from tapegen.lang.core import Core, loaded_names, lookup
from tapegen.rules import tables
from tapegen.transforms.indexing import index_value
from tapegen.transforms.pullbacks import three_lines
from tapegen.transforms.scope import Scope, bar

if TYPE_CHECKING:
    from tapegen.transforms.contributions import Slots
    from tapegen.transforms.snapshots import Reader
    from tapegen.transforms.sweeper import Sweeper


def separation(scope: Scope) -> list[gast.stmt]:
    """The check that arguments which are written share no memory with others; none where it can't matter."""
    read, owners = _attributes(scope)
    params = [
        name
        for name in (*scope.core.params, *read)
        if name not in owners and not is_immutable(scope.facts.get(name))
    ]
    written = [name for name in params if scope.classes.is_written(name) and name in scope.active]
    if not written or (len(params) == 1 and scope.is_array(params[0])):
        return []
    parts = [
        build.tuple_of([read.get(n, build.load(n)) for n in names])
        for names in (written, [n for n in params if n not in written])
    ]
    with scope.writing_to([]) as check:
        scope.emit(
            build.expression(scope.flat(build.call(scope.kernel(check_separate), *parts), "arguments"))
        )
    return check


def _attributes(scope: Scope) -> tuple[dict[str, gast.expr], set[str]]:
    """What is read of the caller's objects at the entry, variable by variable with how; and the objects."""
    found: dict[str, gast.expr] = {}
    owners: set[str] = set()
    for stmt in scope.core.body:
        match stmt:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=func, args=[gast.Name(id=owner), key])
            ) if lookup(scope.core, func) is read_attribute:
                found[name] = build.call(func, found.get(owner, build.load(owner)), key)
                owners.add(owner)
    return found, owners


def store_adjoint(sweeper: Sweeper, stmt: gast.stmt, slots: Slots, reader: Reader) -> None:
    """Write the adjoint of `base[index] = value` or `base[index] += value`."""
    scope = sweeper.scope
    match stmt:
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=base), slice=index)], value=value):
            if base in scope.active:
                _stored(sweeper, base, reader.index(index), value, slots, accumulates=None)
        case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=base), slice=index), op=op, value=value):
            if base in scope.active:
                _stored(sweeper, base, reader.index(index), value, slots, accumulates=op)
        case gast.Pass() | gast.Assert() | gast.Raise():
            return
        case gast.Assign(targets=[gast.Attribute(value=base)], value=value):
            if scope.is_active(value) or scope.is_active(base):
                raise scope.refuse(
                    f"cannot differentiate the write to the attribute {gast.unparse(stmt.targets[0]).strip()}",
                    why="the object may be shared with code that is not followed",
                    instead="keep the value in a local variable and return it",
                )
        case _:
            if any(name in scope.active for name in loaded_names(stmt)):
                raise scope.refuse(
                    f"cannot differentiate the statement {type(stmt).__name__}",
                    why="there is no adjoint for it",
                    instead="rewrite it with assignments",
                )


def _stored(
    sweeper: Sweeper,
    base: str,
    index: gast.expr,
    value: gast.expr,
    slots: Slots,
    accumulates: gast.AST | None,
) -> None:
    scope = sweeper.scope
    shadow = sweeper.shadows.names[base]
    kind = index_kind(index, scope.facts)
    is_list = sweeper.shadows.is_list(base)
    if is_list and isinstance(index, gast.Slice):
        raise scope.refuse(
            "cannot differentiate the assignment to a slice of this list",
            why="it may change the length of the list, which is only known when it runs",
            instead="build a new list: xs = xs[:i] + ys + xs[j:]",
        )
    ct: gast.expr | None = None
    if scope.is_active(value):
        read: gast.expr = gast.Subscript(value=build.load(shadow), slice=build.clone(index), ctx=gast.Load())
        if not is_list and kind in {"gather", "unknown"}:
            read = build.call(scope.kernel(last_stored), build.load(shadow), index_value(scope, index))
        elif not is_list and not _selects_scalar(scope, base, index):
            read = build.call(scope.kernel(copied), scope.bind(read, bar(value.id)))
        ct = scope.bind(read, bar(value.id))
        if not is_list:
            ct = build.call(scope.kernel(unbroadcast), ct, value)
        if isinstance(accumulates, gast.Sub):
            ct = gast.UnaryOp(op=gast.USub(), operand=scope.atom(ct, bar(value.id)))
    if accumulates is None:
        # Before the value gets its cotangent: it may lie in the memory that was overwritten.
        target = gast.Subscript(value=build.load(shadow), slice=build.clone(index), ctx=gast.Store())
        scope.emit(build.assign(target, build.constant(0.0)))
    if ct is not None and not (is_list and value.id in sweeper.shadows.names):
        sweeper.add(slots, value.id, ct, maybe_zero=is_list)


def _selects_scalar(scope: Scope, base: str, index: gast.expr) -> bool:
    """Whether `base[index]` is known to be one element."""
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    integers = all(_is_integer(scope, part) for part in parts)
    return integers and len(parts) == rank(scope.facts.get(base))


def _is_integer(scope: Scope, node: gast.expr) -> bool:
    match node:
        case gast.Constant(value=int()):
            return True
        case gast.Name(id=name):
            return scope.is_number(name)
        case gast.BinOp(left=left, right=right):
            return _is_integer(scope, left) and _is_integer(scope, right)
        case gast.UnaryOp(operand=operand):
            return _is_integer(scope, operand)
    return False


def effect_adjoint(
    sweeper: Sweeper, call: gast.Call, target: str | None, slots: Slots, reader: Reader
) -> bool:
    """Write the adjoint of a call with effects; return whether that covers its result."""
    scope = sweeper.scope
    callee = lookup(scope.core, call.func)
    if callee is None:
        func = call.func
        if isinstance(func, gast.Attribute) and scope.is_active(func.value) and writing_method(call):
            if func.value.id not in sweeper.shadows.names or not sweeper.shadows.is_list(func.value.id):
                raise unknown_call(scope, call) if target is not None else _unknown_effect(scope, call)
            _list_method(sweeper, call, func, target, slots)
            return True
    elif type(callee).__hash__ is not None and callee in tables.MUTATES:
        _mutating_call(sweeper, call, callee, slots, reader)
        return False
    if target is None:
        if scope.again and callee in _KEEPING and scope.is_active(call.args[0]):
            raise scope.refuse(
                "cannot differentiate again a function that writes into a list or dict of the caller's",
                why="what it holds at the end is not what it held at first",
                instead="return a new one, or use forward mode: tg.jvp, tg.jacfwd, tg.hvp",
            )
        check_effect(scope, call)
    return False


def check_effect(scope: Scope, call: gast.Call) -> None:
    """Refuse a call of something unknown, for its effect, that gets an array which the result depends on."""
    callee = lookup(scope.core, call.func)
    says = callee is None and isinstance(call.func, gast.Attribute) and call.func.attr in LOGS
    if not says and callee not in _HARMLESS and _may_write(scope, call):
        raise _unknown_effect(scope, call)


def unknown_call(scope: Scope, call: gast.Call) -> TransformError:
    """A function of some object, called for its result."""
    name = gast.unparse(call.func).strip()
    return scope.refuse(
        f"no derivative rule for {name}",
        why=f"{name} has no rule and its source cannot be followed",
        instead=three_lines(name, call),
    )


def _unknown_effect(scope: Scope, call: gast.Call) -> TransformError:
    return scope.refuse(
        f"cannot follow the call of {gast.unparse(call.func).strip()}",
        why="it may change an object that the result depends on, and its source is not followed",
        instead="return the new value from a Python function, or use tg.stop_gradient on what you pass",
    )


_SAYING = (
    *(print, warnings.warn, logging.debug, logging.info, logging.warning, logging.error),
    *(logging.critical, logging.exception, logging.log),
)
LOGS = frozenset("debug info warning error critical exception log".split())
"""Methods of loggers, which only look at what they are given."""

_KEEPING = (keep_change, keep_item, keep_items)
_HARMLESS = (
    *(check_separate, check_apart, check_distinct, keep_attribute, *_KEEPING),
    *(len, repr, str, isinstance),
    *_SAYING,
)


def is_harmless(core: Core, stmt: gast.stmt) -> bool:
    """Whether a statement only says something: it prints, logs or warns."""
    return (
        isinstance(stmt, gast.Expr)
        and isinstance(stmt.value, gast.Call)
        and lookup(core, stmt.value.func) in _SAYING
    )


def _may_write(scope: Scope, call: gast.Call) -> bool:
    operands = [*call.args, *(k.value for k in call.keywords)]
    return any(scope.is_active(node) and not scope.is_number(node.id) for node in operands)


def _list_method(
    sweeper: Sweeper, call: gast.Call, func: gast.Attribute, target: str | None, slots: Slots
) -> None:
    scope = sweeper.scope
    name = func.value.id
    shadow = sweeper.shadows.names[name]

    def pop(*args: gast.expr) -> gast.expr:
        return build.call(gast.Attribute(value=build.load(shadow), attr="pop", ctx=gast.Load()), *args)

    match func.attr, call.args:
        case "append", [item]:
            ct = scope.bind(pop(), bar(getattr(item, "id", name)))
            if scope.is_active(item) and not sweeper.shadows.shares(item.id):
                sweeper.add(slots, item.id, ct, maybe_zero=True)
        case "insert", [place, item]:
            ct = scope.bind(pop(place), bar(getattr(item, "id", name)))
            if scope.is_active(item) and not sweeper.shadows.shares(item.id):
                sweeper.add(slots, item.id, ct, maybe_zero=True)
        case "pop", args if len(args) <= 1:
            slot = slots.pop(target, None) if target else None
            ct = build.load(slot.name) if slot else build.constant(0.0)
            if target in sweeper.shadows.names:
                ct = build.load(sweeper.shadows.names[target])
            method = "insert" if args else "append"
            push = gast.Attribute(value=build.load(shadow), attr=method, ctx=gast.Load())
            scope.emit(build.expression(build.call(push, *args, ct)))
        case _:
            raise scope.refuse(
                f"cannot differentiate the list method {func.attr}",
                why="its adjoint is not known",
                instead="use append, pop, insert, or build a new list",
            )


def _mutating_call(sweeper: Sweeper, call: gast.Call, callee: object, slots: Slots, reader: Reader) -> None:
    scope = sweeper.scope
    buffer = call.args[0]
    if not scope.is_active(buffer):
        return
    if callee in (np.add.at, np.subtract.at, scatter_add):
        shadow = sweeper.shadows.names[buffer.id]
        value = call.args[2]
        if scope.is_active(value):
            read = gast.Subscript(value=build.load(shadow), slice=reader.index(call.args[1]), ctx=gast.Load())
            ct: gast.expr = build.call(scope.kernel(copied), scope.bind(read, bar(value.id)))
            ct = build.call(scope.kernel(unbroadcast), ct, value)
            if callee == np.subtract.at:
                ct = gast.UnaryOp(op=gast.USub(), operand=scope.atom(ct, bar(value.id)))
            sweeper.add(slots, value.id, ct)
        return
    if callee is add_into and scope.is_active(call.args[1]):
        ct = build.call(scope.kernel(copied_tree), build.load(sweeper.shadows.names[buffer.id]))
        sweeper.add(slots, call.args[1].id, ct)
        return
    if callee is add_at and scope.is_active(call.args[2]):
        read = gast.Subscript(
            value=build.load(sweeper.shadows.names[buffer.id]), slice=call.args[1], ctx=gast.Load()
        )
        ct = build.call(scope.kernel(copied_tree), scope.bind(read, bar(call.args[2].id)))
        sweeper.add(slots, call.args[2].id, ct, maybe_zero=True)
        return
    if callee in (add_into, add_at):
        return
    raise scope.refuse(
        f"cannot differentiate {gast.unparse(call.func).strip()}",
        why="it writes into its argument, and its adjoint is not known",
        instead="assign the new values with x[...] = ...",
    )
