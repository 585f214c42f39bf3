"""Activity analysis: which values both depend on an active input and reach the output.

Varied is propagated forwards, useful backwards; a value is active if it is both. Arrays that share memory are varied
and useful together. Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 6.2; Hascoët, Naumann
and Pascual (2005), "To be recorded" analysis in reverse-mode automatic differentiation.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.aliasing import Aliasing, writing_method
from tapegen.analysis.predicates import is_discrete
from tapegen.analysis.values import Value
from tapegen.lang.core import Core, Generated, loaded_names, lookup
from tapegen.lang.walk import below
from tapegen.rules import registry, tables


@dataclass(frozen=True)
class Activity:
    """Names that are varied, useful, and both."""

    varied: frozenset[str]
    useful: frozenset[str]

    @property
    def active(self) -> frozenset[str]:
        """Names that carry a cotangent in the reverse sweep."""
        return self.varied & self.useful


def flows(core: Core, stmt: gast.stmt) -> Iterator[tuple[str, set[str]]]:
    """Pairs (written name, names whose value flows into it) of one statement, not of the blocks inside it."""
    match stmt:
        case gast.Assign(targets=[gast.Name(id=target)], value=value):
            sources = differentiable_operands(core, value)
            yield target, sources
            yield from _call_flows(core, value, {target})
        case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
            for left, right in zip(targets, values, strict=True):
                yield left.id, differentiable_operands(core, right)
        case gast.Assign(targets=[gast.Subscript(value=base) | gast.Attribute(value=base)], value=value):
            if isinstance(base, gast.Name):
                yield base.id, differentiable_operands(core, value)
        case gast.AugAssign(target=gast.Subscript(value=gast.Name(id=base)), value=value):
            yield base, differentiable_operands(core, value)
        case gast.AugAssign(target=gast.Name(id=target), value=value):
            yield target, differentiable_operands(core, value)
        case gast.Expr(value=value):
            yield from _call_flows(core, value, set())
        case gast.For(target=target, iter=iterable):
            if not (isinstance(iterable, gast.Call) and getattr(iterable.func, "id", "") == "range"):
                for left in below(target):
                    if isinstance(left, gast.Name):
                        yield left.id, loaded_names(iterable)


def _call_flows(core: Core, value: gast.expr, results: set[str]) -> Iterator[tuple[str, set[str]]]:
    if not isinstance(value, gast.Call):
        return
    callee = lookup(core, value.func)
    if callee is None:
        if isinstance(value.func, gast.Attribute) and isinstance(value.func.value, gast.Name):
            if writing_method(value):
                names: set[str] = set().union(*(loaded_names(arg) for arg in value.args))
                yield value.func.value.id, names
        return
    if not isinstance(callee, types.FunctionType | type) and _may_do_anything(callee):
        for arg in value.args:
            if isinstance(arg, gast.Name):
                yield arg.id, set().union(*(loaded_names(other) for other in value.args if other is not arg))
    mutated = tables.MUTATES.get(callee) if type(callee).__hash__ is not None else None
    if mutated is not None and mutated < len(value.args) and isinstance(value.args[mutated], gast.Name):
        names = set().union(*(loaded_names(arg) for i, arg in enumerate(value.args) if i != mutated))
        yield value.args[mutated].id, names


def _may_do_anything(callee: Any) -> bool:
    """Whether nothing is known of a callee: no rule, no constant, no builtin that only reads."""
    return (
        registry.rule_for(callee) is None
        and not registry.is_constant(callee)
        and getattr(callee, "__module__", None) not in {"builtins", "math"}
        and not (type(callee).__hash__ is not None and callee in tables.MUTATES)
        and not isinstance(callee, Generated)
    )


def differentiable_operands(core: Core, value: gast.expr) -> set[str]:
    """Names whose infinitesimal change can change `value`."""
    match value:
        case (
            gast.Compare() | gast.BoolOp() | gast.UnaryOp(op=gast.Not()) | gast.JoinedStr() | gast.Constant()
        ):
            return set()
        case gast.Subscript(value=base):
            return differentiable_operands(core, base)
        case gast.Call(func=func, args=args, keywords=keywords):
            callee = lookup(core, func)
            operands = [*args, *(k.value for k in keywords)]
            if callee is None:
                base = [func.value if isinstance(func, gast.Attribute) else func]
                return set().union(*(loaded_names(o) for o in [*base, *operands]))
            if registry.is_constant(callee):
                return set()
            rule = registry.rule_for(callee)
            if rule is not None:
                operands = _in_wrt(rule, args, keywords)
            return set().union(*(loaded_names(o) for o in operands)) if operands else set()
    return loaded_names(value) - set(core.namespace)


def _in_wrt(rule: registry.Rule, args: list[gast.expr], keywords: list[gast.keyword]) -> list[gast.expr]:
    """The operands of a call in whose direction the primitive has a derivative, be it in the book or not."""
    wanted = {rule.params[position] for position in (*rule.wrt, *rule.lacking)}
    last = rule.params[rule.variadic] if rule.variadic is not None else None
    names = [*rule.params[: rule.variadic], *[last] * len(args)] if last else list(rule.params)
    bound = [*zip(names, args, strict=False), *((rule.spelled.get(k.arg, k.arg), k.value) for k in keywords)]
    return [node for name, node in bound if name in wanted]


def activity(
    core: Core,
    inputs: frozenset[str],
    outputs: frozenset[str],
    facts: Mapping[str, Value],
    classes: Aliasing,
    constants: frozenset[str] = frozenset(),
) -> Activity:
    """Varied and useful names.

    Args:
        inputs: parameters with respect to which the derivative is taken.
        outputs: names whose cotangent is given.
        constants: names that are known not to vary, see `shifts`.
    """
    edges = [
        (target, source)
        for stmt in core.statements
        for target, sources in flows(core, stmt)
        for source in sources
        if source not in core.namespace
    ]

    def discrete(name: str) -> bool:
        return is_discrete(facts.get(name))

    def shared(name: str) -> str:
        leader = classes.leader.get(name)
        return f"@{leader}" if leader in classes.written or leader in classes.grown else name

    forward: dict[str, set[str]] = {}
    backward: dict[str, set[str]] = {}
    members: dict[str, set[str]] = {}
    for target, source in edges:
        if discrete(target) or discrete(source) or target in constants:
            continue
        forward.setdefault(shared(source), set()).add(shared(target))
        backward.setdefault(shared(target), set()).add(shared(source))
    for name in classes.leader:
        members.setdefault(shared(name), set()).add(name)

    def closure(start: frozenset[str], edges: Mapping[str, set[str]]) -> frozenset[str]:
        reached = {shared(name) for name in start if not discrete(name)}
        work = list(reached)
        while work:
            for nxt in edges.get(work.pop(), ()):
                if nxt not in reached:
                    reached.add(nxt)
                    work.append(nxt)
        names = {n for key in reached for n in (members.get(key, {key}) if key.startswith("@") else {key})}
        return frozenset(name for name in names if not discrete(name))

    return Activity(varied=closure(inputs, forward), useful=closure(outputs, backward))
