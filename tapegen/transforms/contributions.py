"""The cotangents of a reverse sweep: who has one, under which name, and how another contribution is added to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import gast
import numpy as np

from tapegen.analysis.predicates import is_container
from tapegen.analysis.values import Array
from tapegen.kernels.trees import add_cotangents, add_into, added_into, full, zero_cotangent
from tapegen.lang import build
from tapegen.transforms.scope import Scope, bar


@dataclass(frozen=True)
class Slot:
    """The cotangent of one variable.

    Attributes:
        name: the variable that holds it.
        buffer: whether it is an array (or container) of its own that is added to in place.
        maybe_zero: whether it may be the number 0.0, the zero of every shape.
    """

    name: str
    buffer: bool = False
    maybe_zero: bool = False


Slots = dict[str, Slot]


def numeric(scope: Scope, name: str) -> bool:
    """Whether the cotangents of `name` can be added with `+`: it is known to be an array or a number."""
    return scope.is_array(name) or scope.is_number(name) or isinstance(scope.facts.get(name), Array)


def contribute(scope: Scope, slots: Slots, name: str, ct: gast.expr, *, maybe_zero: bool = False) -> None:
    """Write the code that adds `ct` to the cotangent of `name`."""
    slot = slots.get(name)
    if slot is None:
        slots[name] = Slot(scope.bind(ct, bar(name)).id, maybe_zero=maybe_zero)
    elif slot.buffer and (scope.is_array(name) or is_container(scope.facts.get(name))):
        add_to_buffer(scope, name, slot.name, ct, maybe_zero=maybe_zero)
    elif slot.buffer:  # it may hold a number on this path
        total = build.call(scope.kernel(added_into), build.load(slot.name), scope.atom(ct, bar(name)))
        slots[name] = Slot(scope.bind(total, bar(name)).id, buffer=True)
    elif numeric(scope, name):
        total = gast.BinOp(left=build.load(slot.name), op=gast.Add(), right=scope.atom(ct, bar(name)))
        slots[name] = Slot(scope.bind(total, bar(name)).id, maybe_zero=maybe_zero and slot.maybe_zero)
    else:
        total = build.call(scope.kernel(add_cotangents), build.load(slot.name), ct)
        slots[name] = Slot(scope.bind(total, bar(name)).id, maybe_zero=maybe_zero or slot.maybe_zero)


def add_to_buffer(scope: Scope, name: str, buffer: str, ct: gast.expr, *, maybe_zero: bool = False) -> None:
    """Write `buffer += ct` in the form that fits what `name` is."""
    value = scope.atom(ct, bar(name))
    if scope.is_array(name):
        target = gast.Subscript(value=build.load(buffer), slice=build.constant(...), ctx=gast.Store())
        scope.emit(gast.AugAssign(target=target, op=gast.Add(), value=value))
    else:
        scope.emit(build.expression(build.call(scope.kernel(add_into), build.load(buffer), value)))


def zeros(scope: Scope, name: str) -> gast.expr:
    """The expression for a zero cotangent of `name`: writable zeros for an array, 0.0 for a number."""
    if scope.is_array(name):
        return build.call(f"{scope.name_of(np, 'np')}.zeros_like", build.load(name))
    if scope.is_number(name):
        return build.constant(0.0)
    if is_container(scope.facts.get(name)):
        return build.call(scope.kernel(zero_cotangent), build.load(name))
    return build.constant(0.0)


def ensure_buffer(scope: Scope, slots: Slots, name: str) -> Slot:
    """The cotangent of `name` as a buffer that can be added to by index; written now if it is not there yet."""
    slot = slots.get(name)
    if slot is not None and slot.buffer:
        return slot
    empty = zeros(scope, name)
    if isinstance(empty, gast.Constant):
        empty = build.call(scope.kernel(zero_cotangent), build.load(name))
    buffer = Slot(scope.bind(empty, bar(name)).id, buffer=True)
    if slot is not None:
        add_to_buffer(scope, name, buffer.name, build.load(slot.name), maybe_zero=slot.maybe_zero)
    slots[name] = buffer
    return buffer


def accumulator(scope: Scope, slots: Slots, name: str) -> Slot:
    """A variable to carry the cotangent of `name` through a loop or a branch, initialised to what there is of it."""
    slot = slots.get(name)
    if slot is not None and slot.buffer:
        return slot
    start = build.load(slot.name) if slot else zeros(scope, name)
    literal = isinstance(start, gast.Constant) and not scope.is_number(name)
    return Slot(scope.bind(start, bar(name)).id, maybe_zero=slot.maybe_zero if slot else literal)


def value_of(scope: Scope, slot: Slot, name: str) -> gast.expr:
    """The cotangent in `slot`, as an array where `name` is one."""
    if slot.maybe_zero:
        return scope.bind(build.call(scope.kernel(full), build.load(slot.name), build.load(name)), bar(name))
    return build.load(slot.name)


def shifted(slot: Slot, name: str) -> Slot:
    """The same slot under another name."""
    return replace(slot, name=name)
