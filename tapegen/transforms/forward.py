"""The forward transform: each statement is followed by its tangent.

An active variable `x` has a tangent `x_dot` of its shape; an array that is written in place has a tangent array that is
written in the same way, so views, branches and loops need nothing special. Source: Griewank and Walther (2008),
Evaluating Derivatives, 2nd ed., section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.activity import differentiable_operands
from tapegen.analysis.aliasing import result_aliases
from tapegen.analysis.predicates import is_float
from tapegen.kernels import broadcast_like, scatter_add, unreduce
from tapegen.kernels.trees import add_at, add_cotangents, add_into, copied_tree, laid_out_like, zero_cotangent
from tapegen.kernels.twins import Shadows, shadow_of
from tapegen.kernels.views import shared_as
from tapegen.lang import build
from tapegen.lang.core import Core, loaded_names, lookup
from tapegen.lang.flatten import is_atom
from tapegen.rules import registry, tables
from tapegen.transforms.calls import followed_arguments
from tapegen.transforms.contributions import zeros
from tapegen.transforms.effects import check_effect, separation, unknown_call
from tapegen.transforms.pullbacks import bind, check_lacking, conjugates, find_rule, quoter, rule_body, times
from tapegen.transforms.records import plain
from tapegen.transforms.scope import Scope

ADDING = (np.add.at, np.subtract.at, scatter_add, add_at, add_into)
"""Functions that add their last argument to their first: linear in both."""


def tangent(scope: Scope, inputs: Sequence[str], name: str) -> Core:
    """The function `name(params, tangents of inputs) -> (out, out_dot)`."""
    return Forward(scope).function(list(inputs), name)


def dot(name: str) -> str:
    """The usual name for the tangent of `name`."""
    return f"{name}_dot"


class Forward:
    """Writes the tangent function; `transforms/dependence.py` writes sets in place of tangents."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.dots: dict[str, str] = {}
        self.registry: str | None = None

    def function(self, inputs: list[str], name: str) -> Core:
        scope = self.scope
        *body, last = scope.core.body
        assert isinstance(last, gast.Return) and last.value is not None
        seeds = [self.dot_of(param) for param in inputs]
        written: list[gast.stmt] = []
        with scope.writing_to(written):
            written.extend(separation(scope))
            for param, seed in zip(inputs, seeds, strict=True):
                if scope.classes.is_written(param) or scope.classes.is_grown(param):
                    # The caller's tangents are not ours to write.
                    self.dots[param] = scope.bind(
                        build.call(scope.kernel(copied_tree), build.load(seed)), seed
                    ).id
            for param in scope.core.params:
                if param in scope.active and param not in inputs:
                    scope.emit(build.assign(self.dot_of(param), self.zero(param)))
            self.block(body)
            scope.origin = getattr(last, "origin", None)
            out_dot = self.tangent_of(last.value)
            scope.emit(build.return_(build.tuple_of([last.value, out_dot])))
        if self.registry is not None:
            written.insert(0, build.assign(self.registry, build.call(scope.kernel(Shadows))))
        params = [*scope.core.params, *seeds]
        return Core(
            build.function(name, params, written, getattr(scope.core.tree, "origin", None)), scope.namespace
        )

    def dot_of(self, name: str) -> str:
        """The name of the tangent of `name`."""
        if name not in self.dots:
            self.dots[name] = self.scope.namer(dot(name))
        return self.dots[name]

    def tangent_of(self, node: gast.expr) -> gast.expr:
        """The tangent of an atom: its variable, or zero."""
        if self.scope.is_active(node):
            return build.load(self.dot_of(node.id))
        return self.zero(node.id) if isinstance(node, gast.Name) else build.constant(0.0)

    def zero(self, name: str) -> gast.expr:
        """The expression for a zero tangent of `name`."""
        value = zeros(self.scope, name)
        if isinstance(value, gast.Constant) and not self.scope.is_number(name):
            return build.call(self.scope.kernel(zero_cotangent), build.load(name))
        return value

    # -- statements ---------------------------------------------------------------------------------------------------

    def block(self, body: list[gast.stmt]) -> None:
        for stmt in body:
            self.scope.origin = getattr(stmt, "origin", None)
            self.statement(stmt)

    def nested(self, body: list[gast.stmt]) -> list[gast.stmt]:
        with self.scope.writing_to([]) as block:
            self.block(body)
        return block

    def statement(self, stmt: gast.stmt) -> None:
        scope = self.scope
        origin = scope.origin
        match stmt:
            case gast.If(test=test, body=body, orelse=orelse):
                scope.emit(build.if_(test, self.nested(body), self.nested(orelse), origin))
            case gast.For(target=target, iter=iterable, body=body):
                scope.emit(build.for_(target, iterable, self.nested(body), origin))
            case gast.While(test=test, body=body):
                scope.emit(build.while_(test, self.nested(body), origin))
            case gast.Assign(targets=[gast.Name(id=target)], value=value):
                if isinstance(value, gast.Call) and self.effect(value, target):
                    scope.emit(stmt)
                    return
                if isinstance(value, gast.Call) and target in scope.active and self.callee(value, target):
                    return
                scope.emit(stmt)
                if target in scope.active:
                    value = plain(scope.core, scope.facts, value)
                    self.bind(target, self.own(self.derivative(value, target), value, target))
            case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
                self.move(targets, values)
            case gast.Assign(targets=[gast.Subscript(value=base) as place], value=value):
                # The tangent first: the index may be read from what is written.
                if scope.is_active(base):
                    self.store(place, self.stored(value))
                scope.emit(stmt)
            case gast.AugAssign(target=gast.Subscript(value=base) as place, op=op, value=value):
                if scope.is_active(base) and scope.is_active(value):
                    target = gast.Subscript(value=self.tangent_of(base), slice=place.slice, ctx=gast.Store())
                    scope.emit(gast.AugAssign(target=target, op=op, value=self.tangent_of(value)))
                scope.emit(stmt)
            case gast.Expr(value=gast.Call() as call):
                self.effect(call, None)
                scope.emit(stmt)
            case gast.Assign(targets=[gast.Attribute(value=base)], value=value):
                if scope.is_active(value) or scope.is_active(base):
                    raise scope.refuse(
                        f"cannot differentiate the write to the attribute {gast.unparse(stmt.targets[0]).strip()}",
                        why="the object may be shared with code that is not followed",
                        instead="keep the value in a local variable and return it",
                    )
                scope.emit(stmt)
            case _:
                scope.emit(stmt)

    def own(self, value_dot: gast.expr, value: gast.expr, target: str) -> gast.expr:
        """`value_dot`, sharing memory with other tangents exactly where `target = value` shares it with other values.

        That is so by itself unless something is written in place: `x * 1.0` is a new array, its tangent may be `x_dot`.
        """
        scope = self.scope
        shares = result_aliases(scope.core, value, scope.facts, scope.classes.fresh)
        if isinstance(value, gast.Call) and lookup(scope.core, value.func) is shadow_of:
            return value_dot
        if not shares:
            written = scope.is_written(target) or scope.classes.is_grown(target)
            if not written and not any(map(scope.is_written, loaded_names(value) & scope.active)):
                return value_dot
            if scope.is_number(target) or (not written and isinstance(value_dot, gast.BinOp)):
                return value_dot
            if is_float(scope.facts.get(target)) and gast.dump(value_dot) == gast.dump(self.zero(target)):
                return value_dot
            return build.call(scope.kernel(laid_out_like), value_dot, build.load(target))
        bases = [node for node in shares if scope.is_active(node) and scope.is_written(node.id)]
        if isinstance(value, gast.Call) and bases:
            base = bases[0]
            return build.call(
                scope.kernel(shared_as), value_dot, self.tangent_of(base), build.load(target), base
            )
        return value_dot

    def bind(self, target: str, value: gast.expr) -> None:
        """Write `target_dot = value`."""
        flat = self.scope.flat(value, dot(target))
        self.scope.emit(build.assign(self.dot_of(target), flat))

    def move(self, targets: list[gast.Name], values: list[gast.expr]) -> None:
        names, sources = [], []
        for target, value in zip(targets, values, strict=True):
            names.append(target.id)
            sources.append(value)
            if target.id in self.scope.active:
                names.append(self.dot_of(target.id))
                sources.append(self.scope.atom(self.tangent_of(value), dot(target.id)))
        self.scope.emit(build.move(names, sources))

    def stored(self, value: gast.expr) -> gast.expr:
        return self.tangent_of(value) if self.scope.is_active(value) else build.constant(0.0)

    def store(self, place: gast.Subscript, value: gast.expr) -> None:
        target = gast.Subscript(value=self.tangent_of(place.value), slice=place.slice, ctx=gast.Store())
        self.scope.emit(build.assign(target, value))

    def effect(self, call: gast.Call, target: str | None) -> bool:
        """Write the tangent of a call with effects; return whether that binds the tangent of its result."""
        scope = self.scope
        callee = lookup(scope.core, call.func)
        if callee is None and isinstance(call.func, gast.Attribute) and scope.is_active(call.func.value):
            method = gast.Attribute(
                value=self.tangent_of(call.func.value), attr=call.func.attr, ctx=gast.Load()
            )
            match call.func.attr, call.args:
                case (("append" | "extend"), [item]):
                    args = [scope.atom(self.tangent_of(item), "item_dot")]
                case "insert", [index, item]:
                    args = [index, scope.atom(self.tangent_of(item), "item_dot")]
                case "pop", args:
                    if target is not None and target in scope.active:
                        scope.emit(build.assign(self.dot_of(target), build.call(method, *args)))
                        return True
                case _ if target is not None:
                    raise unknown_call(scope, call)
                case _:
                    raise scope.refuse(
                        f"cannot differentiate the method {call.func.attr}",
                        why="its derivative is not known",
                        instead="use append, pop, insert, or build a new list",
                    )
            scope.emit(build.expression(build.call(method, *args)))
        elif type(callee).__hash__ is not None and callee in tables.MUTATES and scope.is_active(call.args[0]):
            if callee not in ADDING:
                raise scope.refuse(
                    f"cannot differentiate {gast.unparse(call.func).strip()}",
                    why="it writes into its argument, and its derivative is not known",
                    instead="assign the new values with x[...] = ...",
                )
            first, *rest, last = call.args
            if scope.is_active(last):
                args = [self.tangent_of(first), *rest, self.tangent_of(last)]
                scope.emit(build.expression(gast.Call(func=call.func, args=args, keywords=[])))
        elif target is None and not (type(callee).__hash__ is not None and callee in tables.MUTATES):
            check_effect(scope, call)
        return False

    # -- expressions --------------------------------------------------------------------------------------------------

    def derivative(self, value: gast.expr, target: str) -> gast.expr:
        """The tangent of `target = value`."""
        scope = self.scope
        if isinstance(value, gast.Call) and lookup(scope.core, value.func) is shadow_of:
            return build.call(scope.kernel(shadow_of), self.registry_dot(), build.load(target))
        if not differentiable_operands(scope.core, value) & scope.active:
            return self.zero(target)
        match value:
            case gast.Name():
                return self.tangent_of(value)
            case gast.Subscript(value=base, slice=index):
                return gast.Subscript(value=self.tangent_of(base), slice=index, ctx=gast.Load())
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return type(value)(elts=[self.tangent_of(e) for e in elements], ctx=gast.Load())
            case gast.Dict(keys=keys, values=values):
                return gast.Dict(keys=keys, values=[self.tangent_of(v) for v in values])
            case gast.BinOp(left=left, op=op, right=right):
                return self.by_rule(self.operator_rule(op), (left, right), value, target)
            case gast.UnaryOp(op=op, operand=operand):
                return self.by_rule(self.operator_rule(op), (operand,), value, target)
            case gast.Call():
                _, rule = find_rule(scope, value)
                return self.by_rule(rule, bind(scope, rule, value), value, target)
        raise scope.refuse_expression(value)

    def registry_dot(self) -> gast.expr:
        """The variable that holds the tangents of arrays that share memory as is known when it runs."""
        if self.registry is None:
            self.registry = self.scope.namer("tangent")
        return build.load(self.registry)

    def callee(self, call: gast.Call, target: str) -> bool:
        """Write the call of a function that is not inlined as one of its tangent function; return whether it is one."""
        scope = self.scope
        arguments = followed_arguments(scope, call)
        if arguments is None or scope.callees is None or not any(map(scope.is_active, arguments)):
            return False
        active = [scope.is_active(node) for node in arguments]
        values = [scope.fact(node) for node in arguments]
        function = scope.callees.tangent(lookup(scope.core, call.func), values, active)
        dots = [self.tangent_of(node) for node, wanted in zip(arguments, active, strict=True) if wanted]
        both = scope.bind(build.call(scope.generated(function), *arguments, *dots), f"{target}_pair")
        for index, name in enumerate((target, self.dot_of(target))):
            part = gast.Subscript(value=both, slice=build.constant(index), ctx=gast.Load())
            scope.emit(build.assign(name, part))
        return True

    def operator_rule(self, op: gast.AST) -> registry.Rule:
        rule = registry.rule_for(tables.OPERATORS.get(type(op).__name__))
        assert rule is not None, type(op).__name__
        return rule

    def by_rule(
        self, rule: registry.Rule, operands: tuple[Any, ...], value: gast.expr, target: str
    ) -> gast.expr:
        scope = self.scope
        check_lacking(scope, rule, operands)
        active = tuple(i for i in rule.wrt if _any_active(scope, operands[i]))
        if rule.cases and rule.kind in ("linear", "bilinear"):
            rule_body(scope, rule, active, operands)  # refuses what no case covers
        match rule.kind:
            case "linear":
                terms = [self.applied(rule, value, operands, set(rule.wrt))]
            case "bilinear":
                terms = [self.applied(rule, value, operands, {position}) for position in active]
            case "general":
                terms = self.general(rule, operands, active, target)
            case _:
                terms = [self.partials(rule, operands, active, target)]
        total = terms[0]
        for term in terms[1:]:
            left, right = scope.atom(total, dot(target)), scope.atom(term, dot(target))
            if rule.kind == "general" and not scope.is_array(target) and not scope.is_number(target):
                total = build.call(scope.kernel(add_cotangents), left, right)
            else:
                total = gast.BinOp(left=left, op=gast.Add(), right=right)
        if rule.kind in {"elementwise", "bilinear"}:
            total = build.call(
                scope.kernel(broadcast_like), scope.atom(total, dot(target)), build.load(target)
            )
        return total

    def applied(
        self, rule: registry.Rule, value: gast.expr, operands: tuple[Any, ...], wanted: set[int]
    ) -> gast.expr:
        """The primitive applied to the tangents of the operands at `wanted`, and to the others as they are."""
        if isinstance(value, (gast.BinOp, gast.UnaryOp)):
            parts = [self.tangent_of(o) if i in wanted else o for i, o in enumerate(operands)]
            parts = [self.scope.atom(p, "dot") for p in parts]
            if isinstance(value, gast.BinOp):
                return gast.BinOp(left=parts[0], op=value.op, right=parts[1])
            return gast.UnaryOp(op=value.op, operand=parts[0])
        assert isinstance(value, gast.Call)
        names = {rule.params[i] for i in wanted}
        positions = dict(enumerate(rule.params))
        if rule.variadic is not None:
            for index in range(rule.variadic, len(value.args)):
                positions[index] = rule.params[rule.variadic]
        args = [self.at(a) if positions[i] in names else a for i, a in enumerate(value.args)]
        keywords = [
            gast.keyword(
                arg=k.arg, value=self.at(k.value) if rule.spelled.get(k.arg, k.arg) in names else k.value
            )
            for k in value.keywords
        ]
        return gast.Call(func=build.clone(value.func), args=args, keywords=keywords)

    def at(self, node: gast.expr) -> gast.expr:
        return self.scope.atom(self.tangent_of(node), "dot")

    def general(
        self, rule: registry.Rule, operands: tuple[Any, ...], active: tuple[int, ...], target: str
    ) -> list[gast.expr]:
        body = rule_body(self.scope, rule, active, operands, "jvp")
        holes: dict[str, Any] = {"out": build.load(target), **dict(zip(rule.params, operands, strict=True))}
        for position in rule.wrt:
            operand = operands[position]
            if isinstance(operand, tuple):
                holes[dot(rule.params[position])] = tuple(self.at(part) for part in operand)
            else:
                holes[dot(rule.params[position])] = self.at(operand)
        quote = quoter(self.scope, rule, body, holes, target, lambda node: node)
        return [self.scope.flat(quote(result), dot(target)) for result in body.results]

    def partials(
        self, rule: registry.Rule, operands: tuple[Any, ...], active: tuple[int, ...], target: str
    ) -> gast.expr:
        scope = self.scope
        for operand in operands:
            assert isinstance(operand, tuple | gast.Tuple) or is_atom(operand), gast.unparse(operand)
        body = rule_body(scope, rule, active, operands)
        holes: dict[str, Any] = {"out": build.load(target), **dict(zip(rule.params, operands, strict=True))}
        axes = []
        if rule.kind == "reduction":
            axes = [holes.get("axis", build.constant(None)), holes.get("keepdims", build.constant(False))]
            if "out" in body.reads:
                whole = holes[rule.params[rule.wrt[0]]]
                holes["out"] = scope.bind(
                    build.call(scope.kernel(unreduce), build.load(target), whole, *axes), target
                )
        adjoint = rule.complex == "adjoint" and scope.may_be_complex
        conjugates(scope, rule, target, operands)
        quote = quoter(scope, rule, body, holes, target, lambda node: node)
        total: gast.expr | None = None
        for position, result in zip(active, body.results, strict=True):
            term = times(scope, self.at(operands[position]), quote(result), adjoint)
            if adjoint:
                term = build.call(f"{scope.name_of(np, 'np')}.real", term)
            total = term if total is None else gast.BinOp(left=total, op=gast.Add(), right=term)
        assert total is not None
        if rule.kind == "reduction":
            reduced = {"axis": axes[0], "keepdims": axes[1]}
            keywords = {key: node for key, node in reduced.items() if key in rule.params}
            total = build.call(f"{scope.name_of(np, 'np')}.sum", total, **keywords)
        return total


def _any_active(scope: Scope, operand: Any) -> bool:
    return any(map(scope.is_active, operand)) if isinstance(operand, tuple) else scope.is_active(operand)
