"""Numbers that scale cotangents are multiplied with late: after sums, and once instead of with each factor."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.uses import all_binds, reads
from tapegen.analysis.values import Value
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.origin import Origin
from tapegen.optimise.factor_forms import MINUS, ONE, Factor, Form, Forms
from tapegen.optimise.factor_plan import Plan
from tapegen.optimise.rewrite import (
    changed,
    is_cotangent,
    is_literal,
    is_name,
    map_blocks,
    map_operands,
    same_items,
    substitute_names,
    target_name,
)


def gather_factors(fn: Core, facts: Mapping[str, Value]) -> tuple[Core, dict[str, Value]]:
    """Multiply cotangents with numbers where that costs least.

    >>> from tapegen.analysis.values import Array
    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(c, x, y):
    ...     a_bar = c * x
    ...     b_bar = -a_bar
    ...     c_bar = 2 * y
    ...     d_bar = b_bar * c_bar
    ...     e_bar = np.sum(d_bar)
    ...     return e_bar''')
    >>> flat, number = Array("float64", (9,)), Array("float64", (), True)
    >>> facts = {**dict.fromkeys(["x", "y", "a_bar", "b_bar", "c_bar", "d_bar"], flat), "c": number, "e_bar": number}
    >>> print(show(gather_factors(before, facts)[0]))
    def f(c, x, y):
        d_bar = x * y
        e_bar_1 = np.sum(d_bar)
        e_bar_2 = -2 * c
        e_bar = e_bar_2 * e_bar_1
        return e_bar

    Only products change into which a cotangent enters: what the user wrote is computed as he wrote it. The numbers are
    those that were there, multiplied in another order. Needs facts, and returns them with those of new names.
    """
    known = Forms(fn, facts)
    body = _gathered(known, fn.body)
    return (fn, dict(facts)) if same_items(body, fn.body) else (fn.with_body(body), known.facts)


def _gathered(known: Forms, body: list[gast.stmt]) -> list[gast.stmt]:
    """A block with its numbers late, and the same in the blocks nested in it."""
    body = [map_blocks(stmt, lambda inner: _gathered(known, inner)) for stmt in body]
    # What the last statement moves into carried variables is read by the next iteration only.
    known.rebound = all_binds(body[:-1])
    forms: dict[str, Form] = {}
    for stmt in body:
        name = target_name(stmt)
        if name is not None and known.counts[name] == 1 and is_cotangent(name):
            found = known.form(name, stmt.value, forms)
            if found is not None:
                forms[name] = found
            known.learn_scalar(name, stmt.value)
    if all(form.own == ONE for form in forms.values()):
        return body
    plan = Plan(known, body, forms)
    late = plan.late()
    return _Writer(plan, late).block(body) if plan.is_useful(late) else body


class _Writer:
    """Writes a block anew, with the factors of `late` left out and multiplied in where they are needed."""

    def __init__(self, plan: Plan, late: Mapping[str, Factor]) -> None:
        self.work, self.forms, self.plan, self.late = plan.work, plan.forms, plan, late
        self.bare: dict[str, str] = {}
        self.out: list[gast.stmt] = []
        self.products: dict[Factor, gast.expr] = {}
        self.shapes: dict[str, gast.expr] = {}
        self.broadcast_to: gast.expr | None = None

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        for stmt in body:
            name = target_name(stmt)
            form = self.forms.get(name or "")
            if name is None or form is None:
                self.multiplied(stmt)
            elif not form.operands:
                self.broadcast(stmt, name)
            else:
                self.statement(stmt, name, form)
        return self.out

    def multiplied(self, stmt: gast.stmt) -> None:
        """A statement that reads values as they are: those that wait are multiplied for it."""
        waiting = [name for name in dict.fromkeys(reads(stmt)) if name in self.late]
        if waiting:
            table = {name: self.multiply(name, stmt) for name in waiting}
            stmt = map_operands(stmt, lambda node: substitute_names(node, table))
        self.out.append(stmt)

    def broadcast(self, stmt: gast.stmt, name: str) -> None:
        """A number, broadcast: dead code if nobody needs it as an array."""
        value = stmt.value
        if type(value) is gast.Call:
            self.shapes[name] = value.args[1]
        else:
            source = next(n for n in reads(stmt) if n in self.shapes)
            self.shapes[name] = self.shapes[source]
            number = self.product(self.forms[name].own, name, getattr(stmt, "origin", None))
            value = gast.Call(func=self.broadcast_to, args=[number, self.shapes[name]], keywords=[])
        self.broadcast_to = value.func
        self.out.append(changed(stmt, value=value))

    def statement(self, stmt: gast.stmt, name: str, form: Form) -> None:
        waiting = {operand: self.late[operand] for operand in form.operands if operand in self.late}
        if form.sign and waiting:
            parts = [self.late.get(operand, ONE) for operand in form.operands]
            joint = parts[0].joint(parts[1], form.sign)
            if joint is None:
                self.multiplied(stmt)
                return
            left, right = (build.load(self.bare_name(operand)) for operand in form.operands)
            signs = parts[0].sign_to(joint), form.sign * parts[1].sign_to(joint)
            if signs[0] < 0:
                left, right = right, left
            op = gast.Add() if signs == (1, 1) else gast.Sub()
            self.finish(stmt, name, gast.BinOp(left=left, op=op, right=right), joint)
            return
        factor = form.own
        for part in waiting.values():
            factor *= part
        if not waiting and name not in self.late and not self.replaces(stmt, form):
            self.out.append(stmt)
            return
        self.finish(stmt, name, self.core_of(stmt.value, form), factor)

    def replaces(self, stmt: gast.stmt, form: Form) -> bool:
        """Whether an operand is a number, broadcast, so that the number itself will do."""
        return any(
            not self.forms[n].operands for n in reads(stmt) if n in self.forms and n not in form.operands
        )

    def bare_name(self, name: str) -> str:
        return self.bare.get(name, name)

    def core_of(self, value: gast.expr, form: Form) -> gast.expr:
        """The value without factors: a name, or an operation on names."""
        if len(form.operands) == 1 and type(value) in (gast.BinOp, gast.UnaryOp) and form.own != ONE:
            return build.load(self.bare_name(form.operands[0]))
        if type(value) is gast.BinOp and len(form.operands) == 1 and self.is_all_operand(value):
            return build.load(self.bare_name(form.operands[0]))
        return build.substitute(value, {n: build.load(self.bare_name(n)) for n in form.operands})

    def is_all_operand(self, value: gast.BinOp) -> bool:
        return any(
            is_name(n) and n.id in self.forms and not self.forms[n.id].operands
            for n in (value.left, value.right)
        )

    def finish(self, stmt: gast.stmt, name: str, core: gast.expr, factor: Factor) -> None:
        origin = getattr(stmt, "origin", None)
        if name in self.late:
            if is_name(core):
                self.bare[name] = core.id
            else:
                self.out.append(changed(stmt, value=core))
            return
        if not is_name(core) and factor == ONE:
            self.out.append(changed(stmt, value=core))
            return
        small = self.smaller(stmt, name)
        if small is not None:
            part = self.work.namer(name)
            self.out.append(build.assign(part, self.times(factor, build.load(small), name, origin), origin))
            self.work.facts[part] = self.work.facts[small]
            self.out.append(changed(stmt, value=substitute_names(core, {small: build.load(part)})))
            return
        if not is_name(core):
            bare = self.work.namer(name)
            self.out.append(build.assign(bare, core, origin))
            self.work.facts[bare] = self.work.facts[name]
            core = build.load(bare)
        self.out.append(changed(stmt, value=self.times(factor, core, name, origin)))

    def smaller(self, stmt: gast.stmt, name: str) -> str | None:
        """The smaller operand of a product, or the left one, to be multiplied instead of the product."""
        form = self.forms[name]
        sizes = {self.bare_name(operand): self.plan.size(operand) for operand in form.operands}
        return min(sizes, key=lambda operand: sizes[operand]) if form.each and len(sizes) == 2 else None

    def multiply(self, name: str, stmt: gast.stmt) -> gast.expr:
        """A value with its factor after all."""
        core = build.load(self.bare_name(name))
        fresh = self.work.namer(name)
        origin = getattr(stmt, "origin", None)
        self.out.append(build.assign(fresh, self.times(self.late[name], core, name, origin), origin))
        self.work.facts[fresh] = self.work.facts[name]
        return build.load(fresh)

    def times(self, factor: Factor, core: gast.expr, name: str, origin: Origin | None) -> gast.expr:
        if factor == MINUS:
            return gast.UnaryOp(op=gast.USub(), operand=core)
        if factor.number == 1 and not factor.over and len(factor.under) == 1:
            return gast.BinOp(left=core, op=gast.Div(), right=build.load(factor.under[0]))
        return gast.BinOp(left=self.product(factor, name, origin), op=gast.Mult(), right=core)

    def named(self, node: gast.expr, name: str, origin: Origin | None) -> gast.expr:
        fresh = self.work.namer(name)
        self.work.facts[fresh] = self.work.eval(node)
        self.out.append(build.assign(fresh, node, origin))
        return build.load(fresh)

    def product(self, factor: Factor, name: str, origin: Origin | None) -> gast.expr:
        """An atom for a factor."""
        found = self.products.get(factor)
        if found is not None:
            return build.clone(found)
        number, over = factor.number, list(factor.over)
        node: gast.expr
        if abs(number) == 1 and over:
            node = build.load(over.pop(0))
        else:
            node = build.constant(abs(number))
        if number < 0:
            node = gast.UnaryOp(op=gast.USub(), operand=node)
            node = node if is_literal(node) else self.named(node, name, origin)
        for op, names in ((gast.Mult, over), (gast.Div, factor.under)):
            for part in names:
                node = self.named(gast.BinOp(left=node, op=op(), right=build.load(part)), name, origin)
        self.products[factor] = node
        return build.clone(node)
