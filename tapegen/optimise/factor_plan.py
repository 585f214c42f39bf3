"""Which cotangents are better computed without the numbers that scale them, by what the multiplications cost."""

from __future__ import annotations

import math
from collections.abc import Mapping

import gast

from tapegen.analysis.uses import reads
from tapegen.analysis.values import Array
from tapegen.optimise.factor_forms import MINUS, ONE, Factor, Form, Forms
from tapegen.optimise.rewrite import target_name


class Plan:
    """Which of the cotangents of a block are better computed without their factors.

    The costs of multiplications are compared: a number counts 1, an array 4 for each axis, multiplied.
    First the factors of the two parts of a sum are taken to be alike; then those that wait only if that is so.
    """

    def __init__(self, work: Forms, body: list[gast.stmt], forms: Mapping[str, Form]) -> None:
        self.work, self.forms = work, forms
        self.readers: dict[str, list[gast.stmt]] = {name: [] for name in forms}
        for stmt in body:
            for name in reads(stmt):
                if name in self.readers:
                    self.readers[name].append(stmt)
        self.total: dict[str, Factor] = {}
        self.cost: dict[str, float] = {}
        self.strict = False

    def late(self) -> dict[str, Factor]:
        """The names whose factors are to wait, with these."""
        able: Mapping[str, object] = self.forms
        found: dict[str, Factor] = {}
        for self.strict in (False, True):
            self.total = {}
            for name, form in self.forms.items():
                self.total[name] = self.whole(form, self.total) if form.operands and name in able else ONE
            for name in reversed(list(self.forms)):
                costs = sum(self.of_use(name, stmt) for stmt in self.readers[name])
                self.cost[name] = costs if len(self.readers[name]) == self.work.uses[name] else math.inf
            found = {}
            for name, form in self.forms.items():
                now = self.whole(form, found)
                if form.operands and now != ONE and self.waits(name):
                    found[name] = now
            able = found
        return found

    def is_useful(self, late: Mapping[str, Factor]) -> bool:
        """Whether anything changes: a factor waits, or a number is used in place of its broadcast."""
        return bool(late) or any(
            self.is_taken(name) for name, form in self.forms.items() if not form.operands
        )

    def is_taken(self, name: str) -> bool:
        """Whether a number can be used in place of its broadcast somewhere."""
        return any(self.accepts(name, stmt) for stmt in self.readers[name])

    def whole(self, form: Form, known: Mapping[str, Factor]) -> Factor:
        """The factor of a value whose operands come with these."""
        parts = [known.get(name, ONE) for name in form.operands]
        if form.sign:
            joint = parts[0].joint(parts[1], form.sign)
            return joint or (ONE if self.strict or ONE in parts else parts[0])
        found = form.own
        for part in parts:
            found *= part
        return found

    def waits(self, name: str) -> bool:
        now, then = self.weight(name), self.cost[name]
        return then < now or (then == now and self.joins(name))

    def joins(self, name: str) -> bool:
        """Whether what waits meets other factors in the one statement that reads it."""
        target = target_name(self.readers[name][0]) if len(self.readers[name]) == 1 else None
        form = self.forms.get(target or "")
        return form is not None and (form.own != ONE or form.each or form.view or form.sign != 0)

    def weight(self, name: str) -> float:
        """What it costs to multiply this value with a number."""
        form = self.forms.get(name)
        if form is not None and form.view:
            return math.inf
        return self.size(name)

    def size(self, name: str) -> float:
        fact = self.work.facts[name]
        assert isinstance(fact, Array) and fact.shape is not None
        return 4.0 ** sum(n != 1 for n in fact.shape)

    def accepts(self, name: str, stmt: gast.stmt) -> bool:
        """Whether a statement can take an operand without its factor, and pass that on."""
        target = target_name(stmt) or ""
        form = self.forms.get(target)
        if form is None:
            return False
        if not self.forms[name].operands:
            return name in reads(stmt) and name not in form.operands
        return form.operands.count(name) == 1 and (not form.sign or self.whole(form, self.total) != ONE)

    def of_use(self, name: str, stmt: gast.stmt) -> float:
        """What it costs to multiply later, for one statement that reads the value."""
        if not self.accepts(name, stmt):
            added = type(getattr(stmt, "value", None)) is gast.BinOp and type(stmt.value.op) in (
                gast.Add,
                gast.Sub,
            )
            free = self.total[name] == MINUS and (added or type(stmt) is gast.AugAssign)
            return 0 if free else math.inf
        target = target_name(stmt) or ""
        form = self.forms[target]
        if form.own != ONE or not form.operands:
            return 0
        scaled = sum(self.total.get(operand, ONE) != ONE for operand in form.operands)
        now = min([self.weight(target), *map(self.size, form.operands if form.each else ())])
        return min(now, self.cost[target]) / max(scaled, 1)
