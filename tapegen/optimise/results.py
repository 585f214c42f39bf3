"""Results and seeds in the forms that the facts allow: a fresh array is not copied, the seed of a float is 1.0."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import gast

from tapegen.analysis.predicates import arrays, is_number, is_real
from tapegen.analysis.purity import is_fresh
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binds, names_in, reads
from tapegen.analysis.values import Array, Value
from tapegen.kernels.trees import own, seed
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.optimise.rewrite import changed, map_expression, map_operands, target_name, with_body


def settle_results(fn: Core, facts: Mapping[str, Value], regions: Regions | None = None) -> Core:
    """Drop the copies of results that are the caller's own anyway.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x):
    ...     out_bar = seed(np.sum(x))
    ...     x_bar_1 = np.ones_like(x)
    ...     x_bar = own(x_bar_1, x)
    ...     return x_bar''', own=own, seed=seed)
    >>> flat = Array("float64", (3,))
    >>> print(show(settle_results(before, {"x": flat, "x_bar_1": flat})))
    def f(x):
        out_bar = seed(np.sum(x))
        x_bar_1 = np.ones_like(x)
        x_bar = x_bar_1
        return x_bar

    A cotangent may be returned as it is if it is an array of the dtype of its primal, and nothing else that the caller
    sees shares its memory. It has the shape of its primal already.
    """
    work = _Settle(fn, facts, regions)
    return with_body(fn, [work.statement(stmt) for stmt in fn.body])


class _Settle:
    def __init__(self, fn: Core, facts: Mapping[str, Value], regions: Regions | None) -> None:
        self.fn, self.facts = fn, facts
        self._regions = regions
        self.settled = {name for name, value in fn.namespace.items() if value is seed or value is own}

    @functools.cached_property
    def regions(self) -> Regions:
        """Which names may share memory."""
        return self._regions or Regions(self.fn, arrays(self.facts))

    @functools.cached_property
    def taken(self) -> set[int]:
        """Regions that leave the function, other than through `own`."""
        found = {self.regions.outside_now}
        for stmt in self.fn.statements:
            if type(stmt) is gast.Return and stmt.value is not None:
                for name in names_in(stmt.value):
                    found.update(self.regions.reach(name))
        return found

    @functools.cached_property
    def fresh(self) -> set[str]:
        """Arrays that were made here: no broadcast views, which cannot be written."""
        return _made_here(self.fn)

    def statement(self, stmt: gast.stmt) -> gast.stmt:
        if type(stmt) in (gast.If, gast.For, gast.While) or self.settled.isdisjoint(reads(stmt)):
            return stmt
        return map_operands(stmt, lambda node: map_expression(node, self.expression))

    def expression(self, node: gast.expr) -> gast.expr:
        if type(node) is not gast.Call or len(node.args) == 0:
            return node
        callee = lookup(self.fn, node.func)
        if callee is seed and self.is_scalar(node.args[0]):
            return build.constant(1.0)
        if callee is own and self.is_free(*node.args):
            return changed(node.args[0])
        return node

    def is_scalar(self, node: gast.expr) -> bool:
        fact = self.facts.get(node.id) if type(node) is gast.Name else None
        return is_number(fact) and is_real(fact)

    def is_free(self, ct: gast.expr, x: gast.expr) -> bool:
        """Whether `ct` may be handed out as the cotangent of `x`."""
        if type(ct) is not gast.Name or type(x) is not gast.Name:
            return False
        mine, its = self.facts.get(ct.id), self.facts.get(x.id)
        if not isinstance(mine, Array) or not isinstance(its, Array) or mine.scalar is not False:
            return False
        if mine.dtype is None or mine.dtype != its.dtype:
            return False
        if ct.id not in self.fresh:
            return False
        reached = set(self.regions.reach(ct.id))
        if reached & self.taken:
            return False
        self.taken |= reached
        return True


def _made_here(fn: Core) -> set[str]:
    """Names that are only ever bound to new arrays."""
    made: dict[str, bool] = dict.fromkeys(fn.params, False)
    copies: list[tuple[str, str]] = []
    for stmt in fn.statements:
        for name, value in definitions(stmt):
            if isinstance(value, gast.Name):
                copies.append((name, value.id))
            elif value is None or not is_fresh(fn, value):
                made[name] = False
            made.setdefault(name, True)
    while True:  # what is bound to something else by way of a carried or merge variable
        wrong = [name for name, source in copies if made[name] and not made.get(source, False)]
        if not wrong:
            return {name for name, fresh in made.items() if fresh}
        made.update(dict.fromkeys(wrong, False))


def definitions(stmt: gast.stmt) -> list[tuple[str, gast.expr | None]]:
    """The names that a statement binds, with the expressions they are bound to where there are some."""
    names = binds(stmt)
    if type(stmt) is gast.Assign and len(names) == 1 and target_name(stmt) is not None:
        return [(names[0], stmt.value)]
    if type(stmt) is gast.Assign and type(stmt.value) is gast.Tuple and len(stmt.value.elts) == len(names):
        return list(zip(names, stmt.value.elts))
    return [(name, None) for name in names]
