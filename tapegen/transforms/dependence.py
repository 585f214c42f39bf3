"""Which element of the result may depend on which element of the argument: forward mode over sets.

The forward transform, with sets of positions in place of tangents: what a rule would multiply and add is united. Views,
writes in place, branches and loops are what they are in forward mode. So the pattern is that of the path that is run,
with the indices that it has there, and in these it is never too small. An operation of which nothing is known makes all
of its result depend on all of its operands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.aliasing import result_aliases
from tapegen.kernels import dependence as k
from tapegen.kernels.trees import copied_tree, zero_cotangent
from tapegen.kernels.views import shared_as
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.rules import registry
from tapegen.transforms.calls import followed_arguments
from tapegen.transforms.forward import ADDING, Forward
from tapegen.transforms.scope import Scope

_MOVES = frozenset(
    {
        np.transpose, np.matrix_transpose, np.reshape, np.ravel, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze,
        np.concatenate, np.stack, np.hstack, np.vstack, np.flip, np.fliplr, np.flipud, np.roll, np.rot90, np.take,
        np.repeat, np.tile, np.broadcast_to, np.where, np.diagonal, np.delete, np.append,
    }
)  # fmt: skip
"""Functions that only move elements: they do the same to sets."""

_ALIKE = frozenset({np.real, np.imag, np.conjugate, np.conj, np.copy, np.asarray, np.astype})
"""Functions of one array that keep each element where it is."""

_PRODUCTS = frozenset({np.matmul, np.dot})


def dependence(scope: Scope, inputs: Sequence[str], name: str) -> Core:
    """The function `name(params, dependences of inputs) -> (out, dependence of out)`."""
    return _Dependence(scope).function(list(inputs), name)


class _Dependence(Forward):
    def zero(self, name: str) -> gast.expr:
        return build.call(self.scope.kernel(k.nothing_like), build.load(name))

    def tangent_of(self, node: gast.expr) -> gast.expr:
        if isinstance(node, gast.Name):
            return super().tangent_of(node)
        return build.call(self.scope.kernel(k.nothing_like), node)

    def stored(self, value: gast.expr) -> gast.expr:
        return self.scope.atom(self.tangent_of(value), "stored")

    def statement(self, stmt: gast.stmt) -> None:
        scope = self.scope
        match stmt:
            case gast.AugAssign(target=gast.Subscript(value=base) as place, value=value):
                if scope.is_active(base) and scope.is_active(value):
                    target = gast.Subscript(value=self.tangent_of(base), slice=place.slice, ctx=gast.Store())
                    scope.emit(gast.AugAssign(target=target, op=gast.BitOr(), value=self.tangent_of(value)))
                scope.emit(stmt)
            case _:
                super().statement(stmt)

    def own(self, value_dot: gast.expr, value: gast.expr, target: str) -> gast.expr:
        scope = self.scope
        if scope.is_number(target) or not (scope.is_written(target) or scope.classes.is_grown(target)):
            return value_dot
        shares = result_aliases(scope.core, value, scope.facts, scope.classes.fresh)
        if not shares:
            return build.call(scope.kernel(copied_tree), value_dot)
        bases = [node for node in shares if scope.is_active(node)]
        if isinstance(value, gast.Call) and bases:
            both = [self.tangent_of(bases[0]), build.load(target), bases[0]]
            return build.call(scope.kernel(shared_as), value_dot, *both)
        return value_dot

    def effect(self, call: gast.Call, target: str | None) -> bool:
        scope = self.scope
        callee = lookup(scope.core, call.func)
        if type(callee).__hash__ is not None and callee in ADDING and scope.is_active(call.args[0]):
            if scope.is_active(call.args[-1]):
                index = call.args[1] if len(call.args) == 3 else build.constant(...)
                args = [self.tangent_of(call.args[0]), index, self.tangent_of(call.args[-1])]
                scope.emit(build.expression(build.call(scope.kernel(k.unite_at), *args)))
            return False
        return super().effect(call, target)

    def callee(self, call: gast.Call, target: str) -> bool:
        """A function that is not inlined is run by its tangent function, with tangents of zero."""
        scope = self.scope
        arguments = followed_arguments(scope, call)
        if arguments is None or scope.callees is None or not any(map(scope.is_active, arguments)):
            return False
        active = [node for node in arguments if scope.is_active(node)]
        values = [scope.fact(node) for node in arguments]
        function = scope.callees.tangent(
            lookup(scope.core, call.func), values, [scope.is_active(node) for node in arguments]
        )
        zeros = [scope.bind(build.call(scope.kernel(zero_cotangent), node), "zero") for node in active]
        both = scope.bind(build.call(scope.generated(function), *arguments, *zeros), f"{target}_pair")
        result = gast.Subscript(value=both, slice=build.constant(0), ctx=gast.Load())
        scope.emit(build.assign(target, result))
        self.bind(target, self.all_of(target, active))
        for node in active:
            if scope.is_written(node.id):
                args = [self.tangent_of(node), build.constant(...), self.tangent_of(build.load(target))]
                whole = build.call(scope.kernel(k.everything), build.constant(0.0), args[0], args[2])
                scope.emit(
                    build.expression(
                        build.call(scope.kernel(k.unite_at), *args[:2], scope.bind(whole, "written"))
                    )
                )
        return True

    def all_of(self, target: str, operands: Sequence[gast.expr]) -> gast.expr:
        deps = [self.at(operand) for operand in operands]
        return build.call(self.scope.kernel(k.everything), build.load(target), *deps)

    def by_rule(
        self, rule: registry.Rule, operands: tuple[Any, ...], value: gast.expr, target: str
    ) -> gast.expr:
        scope, out = self.scope, build.load(target)
        parts = [operands[position] for position in rule.wrt]
        flat = [node for part in parts for node in (part if isinstance(part, tuple) else (part,))]
        active = [node for node in flat if scope.is_active(node)]
        named = dict(zip(rule.params, operands, strict=True))
        function = rule.primitive if type(rule.primitive).__hash__ is not None else None
        if function in _MOVES:
            return self.applied(rule, value, operands, set(rule.wrt))
        if rule.kind == "elementwise" or function in _ALIKE:
            return build.call(scope.kernel(k.union_like), out, *map(self.at, active))
        if function in _PRODUCTS:
            none = build.constant(None)
            deps = [self.at(node) if scope.is_active(node) else none for node in operands[:2]]
            return build.call(scope.kernel(k.union_of_product), out, *operands[:2], *deps)
        if len(active) == 1 and active == flat[:1] and not isinstance(parts[0], tuple):
            options = {
                name: named[name]
                for name in ("axis", "keepdims", "n")
                if isinstance(named.get(name), gast.AST)
            }
            handler = self.along(rule, function)
            if handler is not None:
                known = {name: node for name, node in options.items() if name in handler.__code__.co_varnames}
                return build.call(scope.kernel(handler), self.at(active[0]), out, **known)
        return self.all_of(target, active)

    def along(self, rule: registry.Rule, function: Any) -> Any:
        """How sets are united where a function combines elements along an axis; None if it is not known."""
        if rule.kind == "reduction" or function in (np.sum, np.mean):
            return k.union_over
        return {np.cumsum: k.union_running, np.diff: k.union_of_neighbours}.get(function)
