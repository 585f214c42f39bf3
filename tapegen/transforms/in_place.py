"""Decides what `x += v` and its kin mean: rebinding for numbers, writing in place for arrays.

The frontend leaves `x_1 = operator.iadd(x, v)`, which runs with exactly Python's meaning. With the type of `x` known it
becomes either `x_1 = x + v` or the store `x[...] = x + v`, after which `x_1` is `x`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.joins import join_all
from tapegen.analysis.owned import owned_sums
from tapegen.analysis.predicates import is_array, is_container, is_immutable, is_number, is_tuple
from tapegen.analysis.values import UNKNOWN, ListOf, Number, Sequence, Value, elements
from tapegen.analysis.values import Mapping as Mapping_
from tapegen.errors import TransformError
from tapegen.kernels.stores import update
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow

OPERATORS = {
    operator.iadd: gast.Add,
    operator.isub: gast.Sub,
    operator.imul: gast.Mult,
    operator.itruediv: gast.Div,
    operator.ipow: gast.Pow,
    operator.imatmul: gast.MatMult,
    operator.ifloordiv: gast.FloorDiv,
    operator.imod: gast.Mod,
}


_PLAIN = (gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow)


def resolve_in_place(core: Core, facts: Mapping[str, Value], *, final: bool = True) -> Core:
    """Replace augmented assignments, and calls that write whole arrays, by stores and plain operations.

    `np.copyto(x, v)` and `x.fill(v)` become `x[...] = v`; `np.add(a, b, out=x)` becomes `x[...] = a + b`.
    Args:
        final: whether no more will be known of the types later.

    Raises: TransformError where the type of the target isn't known, if that is final.
    """
    work = _Resolve(core, facts, final)
    body = work.block(core.body)
    return core.with_body(body, **work.added) if work.changed else core


def _takes_array(index: gast.expr) -> bool:
    """Whether only an array has such an index, or `xs[index] += v` writes a list in place as it does an array."""
    return isinstance(index, (gast.Slice, gast.Tuple)) or getattr(index, "value", None) is ...


class _Resolve:
    def __init__(self, core: Core, facts: Mapping[str, Value], final: bool) -> None:
        self.core, self.facts, self.final = core, facts, final
        self.namer = Namer(core.names)
        # With nothing known of the arguments (code that is only shown), a base is taken to be an array.
        self.generic = all(facts.get(p, UNKNOWN) is UNKNOWN for p in core.params)
        self.changed = False
        self.added: dict[str, Any] = {}

    @functools.cached_property
    def owned(self) -> frozenset[str]:
        """Variables for which adding in place and adding come to the same."""
        arrays = {name for name, fact in self.facts.items() if is_array(fact)}
        return owned_sums(self.core, arrays) - arrays

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                result.append(fresh)
                continue
            replacement = self.statement(stmt)
            self.changed |= replacement is not None
            result.extend([stmt] if replacement is None else replacement)
        return result

    def statement(self, stmt: gast.stmt) -> list[gast.stmt] | None:
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Subscript):
            return self.entry(stmt, stmt.target)
        call = getattr(stmt, "value", None)
        if not isinstance(call, gast.Call):
            return None
        origin = getattr(stmt, "origin", None)
        target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
        callee = lookup(self.core, call.func)
        if _hashable(callee) and callee in OPERATORS:
            return self.augmented(target, call, OPERATORS[callee], origin)
        out = next((k.value for k in call.keywords if k.arg == "out"), None)
        if isinstance(out, gast.Name) and (callable(callee) if callee is not None else self.is_method(call)):
            return self.with_out(target, call, out, origin)
        if callee is update:
            return self.updated(call, origin)
        if callee is np.copyto and len(call.args) == 2 and not call.keywords:
            return [_store(call.args[0], call.args[1], origin)]
        if isinstance(call.func, gast.Attribute) and callee is None and call.func.attr == "fill":
            if self.is_array(call.func.value):
                return [_store(call.func.value, call.args[0], origin)]
        if (
            isinstance(call.func, gast.Attribute)
            and callee is None
            and call.func.attr in {"sort", "partition"}
        ):
            if self.is_array(call.func.value):
                return self.rearranged(call, call.func, origin)
        return None

    def updated(self, call: gast.Call, origin: Any) -> list[gast.stmt] | None:
        """What a function wrote into an array that it was given; into a number it can't."""
        target, new = call.args
        if self.is_array(target) or self.generic:
            return [_store(target, new, origin)]
        if is_immutable(self.facts.get(target.id)):
            return []
        if not self.final:
            return None
        raise TransformError(
            f"cannot tell whether {target.id!r} is an array, into which a function that it is passed to writes",
            origin=origin,
            why="the type is not known",
            instead="return the new value from that function",
        )

    def is_method(self, call: gast.Call) -> bool:
        """Whether a call is one of an array's methods."""
        return isinstance(call.func, gast.Attribute) and self.is_array(call.func.value)

    def rearranged(self, call: gast.Call, func: gast.Attribute, origin: Any) -> list[gast.stmt]:
        """`x.sort()` as `x[...] = np.sort(x)`."""
        name = next((n for n, obj in self.core.namespace.items() if obj is np), None)
        if name is None:
            name = self.namer("np")
            self.added[name] = np
        value = self.namer(func.value.id)
        function = build.attribute(f"{name}.{func.attr}")
        plain = gast.Call(func=function, args=[func.value, *call.args], keywords=call.keywords)
        return [build.assign(value, plain, origin), _store(func.value, build.load(value), origin)]

    def entry(self, stmt: gast.AugAssign, place: gast.Subscript) -> list[gast.stmt] | None:
        """`xs[k] += v` for a list or dict `xs`: a write into the array `xs[k]`, or a new number there."""
        base = place.value
        fact = self.facts.get(base.id) if isinstance(base, gast.Name) else None
        if not is_container(fact) and (fact is not UNKNOWN or self.generic or _takes_array(place.slice)):
            return None
        origin = getattr(stmt, "origin", None)
        items = [item_of(fact, place.slice)]
        old = self.namer("old")
        read = gast.Subscript(value=build.clone(base), slice=build.clone(place.slice), ctx=gast.Load())
        if is_array(items[0]):
            whole = gast.Subscript(value=build.load(old), slice=build.constant(...), ctx=gast.Store())
            write = build.at(gast.AugAssign(target=whole, op=stmt.op, value=stmt.value), origin)
            return [build.assign(old, read, origin), write]
        if is_number(items[0]):
            new = self.namer("new")
            value = gast.BinOp(left=build.load(old), op=stmt.op, right=stmt.value)
            target = gast.Subscript(value=build.clone(base), slice=build.clone(place.slice), ctx=gast.Store())
            return [
                build.assign(old, read, origin),
                build.assign(new, value, origin),
                build.assign(target, build.load(new), origin),
            ]
        if not self.final:
            return None
        raise TransformError(
            f"cannot tell whether {gast.unparse(read).strip()} is an array or a number here",
            origin=origin,
            why="an augmented assignment writes an array in place but rebinds a number, and the type is not known",
            instead="write it out: xs[k] = xs[k] + v to rebind",
        )

    def is_array(self, node: gast.expr) -> bool:
        return isinstance(node, gast.Name) and is_array(self.facts.get(node.id))

    def augmented(self, target: Any, call: gast.Call, op: type, origin: Any) -> list[gast.stmt] | None:
        left, right = call.args
        fact = self.facts.get(left.id) if isinstance(left, gast.Name) else Number("float")
        if is_number(fact) or is_tuple(fact):
            return [build.assign(target, gast.BinOp(left=left, op=op(), right=right), origin)]
        if isinstance(left, gast.Name) and left.id in self.owned and op in _PLAIN:
            return [build.assign(target, gast.BinOp(left=left, op=op(), right=right), origin)]
        if self.is_array(left):
            return self.write_whole(target, left, right, op, origin)
        if is_container(fact) and op is gast.Add:
            extend = gast.Attribute(value=left, attr="extend", ctx=gast.Load())
            return [
                build.expression(build.call(extend, right), origin),
                build.assign(target, build.clone(left), origin),
            ]
        if not self.final:
            return None
        raise TransformError(
            f"cannot tell whether {gast.unparse(left).strip()!r} is an array or a number here",
            origin=origin,
            why="an augmented assignment writes an array in place but rebinds a number, and the type is not known",
            instead="write it out: x = x + v to rebind, x[...] = x + v to write in place",
        )

    def write_whole(
        self, target: Any, left: gast.Name, right: gast.expr, op: type, origin: Any
    ) -> list[gast.stmt]:
        whole = gast.Subscript(value=build.load(left.id), slice=build.constant(...), ctx=gast.Store())
        if op in (gast.Add, gast.Sub):
            write: list[gast.stmt] = [build.at(gast.AugAssign(target=whole, op=op(), value=right), origin)]
        else:
            value = self.namer(left.id)
            write = [
                build.assign(value, gast.BinOp(left=build.load(left.id), op=op(), right=right), origin),
                build.assign(whole, build.load(value), origin),
            ]
        return [*write, build.assign(target, build.load(left.id), origin)]

    def with_out(self, target: Any, call: gast.Call, out: gast.Name, origin: Any) -> list[gast.stmt] | None:
        if not self.is_array(out):
            return None
        value = self.namer(out.id)
        plain = gast.Call(
            func=call.func, args=call.args, keywords=[k for k in call.keywords if k.arg != "out"]
        )
        result: list[gast.stmt] = [build.assign(value, plain, origin), _store(out, build.load(value), origin)]
        if target is not None:
            result.append(build.assign(target, build.load(out.id), origin))
        return result


def item_of(fact: Value | None, index: gast.expr) -> Value:
    """What is known of `xs[index]`, of a container."""
    if isinstance(index, gast.Constant):
        if isinstance(fact, Mapping_) and index.value in fact.keys:
            return fact.values[fact.keys.index(index.value)]
        if (
            isinstance(fact, Sequence)
            and type(index.value) is int
            and -len(fact.items) <= index.value < len(fact.items)
        ):
            return fact.items[index.value]
    if isinstance(fact, Mapping_):
        return join_all(fact.values)
    return join_all(elements(fact)) if isinstance(fact, (Sequence, ListOf)) else UNKNOWN


def _store(array: gast.expr, value: gast.expr, origin: Any) -> gast.stmt:
    target = gast.Subscript(value=build.clone(array), slice=build.constant(...), ctx=gast.Store())
    return build.assign(target, value, origin)


def _hashable(obj: object) -> bool:
    return obj is not None and type(obj).__hash__ is not None
