"""Constant folding and algebraic identities."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.analysis.purity import functions_named, is_fresh
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts, binds, names_in, use_counts
from tapegen.kernels.broadcasting import unbroadcast, unreduce
from tapegen.lang.build import constant, load
from tapegen.lang.core import Core, lookup
from tapegen.optimise.rewrite import (
    changed,
    is_cotangent,
    is_flat,
    is_literal,
    map_blocks,
    map_children,
    map_operands,
    target_name,
    with_body,
)


def fold_constants(
    fn: Core,
    is_float: Callable[[str], bool] | None = None,
    regions: Regions | None = None,
    keep: Callable[[str], bool] | None = None,
) -> Core:
    """Evaluate arithmetic on literals, and drop operations that change nothing.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x):
    ...     n_bar = 2 - 1
    ...     y = np.sin(x)
    ...     a = y ** n_bar
    ...     b = 2 * a
    ...     c = b * 1.0
    ...     d = 1 / x
    ...     e = c * d
    ...     return e''')
    >>> print(show(fold_constants(before)))
    def f(x):
        n_bar = 1
        y = np.sin(x)
        a = y
        b = 2 * a
        c = b
        d = 1 / x
        e = c / x
        return e

    Args:
        is_float: tells the names of floating or complex values, beside those that are seen to be by the code itself;
            for others `x * 1` may be what makes an integer of a bool. By default, cotangents and tangents.
        keep: tells the names whose literal value is not to replace them, for the user gave the name to the number.
            By default, all but cotangents and names ending in a number.

    An operation is dropped only where nobody can tell its result from its operand: `x * 1` is a new array.
    `-0.0 + 0.0` becomes -0.0, and `a * (1 / b)`, `2 * (3 * a)` round once instead of twice.
    """
    return _Fold(fn, is_float, regions, keep).run()


_NUMBERS = (bool, int, float, complex)
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}
_FLOAT_FUNCTIONS = frozenset(
    functions_named(
        np,
        "sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 log10",
        "log1p sqrt cbrt hypot logaddexp logaddexp2 mean average std var sinc true_divide",
    )
)
_NEW_FLOATS = frozenset(functions_named(np, "zeros ones empty"))
_KEEP_FLOAT = frozenset(
    (
        unbroadcast,
        unreduce,
        *functions_named(
            np,
            "sum prod max min cumsum transpose reshape ravel broadcast_to squeeze expand_dims swapaxes moveaxis matmul",
            "dot copy negative abs square roll flip diag trace tile repeat zeros_like ones_like add subtract multiply",
            "power",
        ),
    )
)


class _Fold:
    def __init__(
        self,
        fn: Core,
        is_float: Callable[[str], bool] | None,
        regions: Regions | None,
        keep: Callable[[str], bool] | None,
    ) -> None:
        self.fn = fn
        self.is_float = is_float or is_cotangent
        self.keep = keep or (lambda name: not (is_cotangent(name) or name[-1].isdigit()))
        self._regions = regions
        self.counts = binding_counts(fn)
        self.uses = use_counts(fn)
        self._floats: set[str] | None = None
        self.literals: dict[str, gast.expr] = {}
        self.values: dict[str, gast.expr] = {}
        self.target: str | None = None

    def run(self) -> Core:
        return with_body(self.fn, self.block(self.fn.body))

    @property
    def regions(self) -> Regions:
        if self._regions is None:
            self._regions = Regions(self.fn)
        return self._regions

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        """Fold a block. What it learns of names holds in it and below it."""
        known = len(self.values)
        out = []
        for stmt in body:
            self.target = name = target_name(stmt)
            if name is not None:
                value = self.expression(stmt.value)
                stmt = stmt if value is stmt.value else changed(stmt, value=value)
                self.learn(name, value)
            else:
                stmt = map_operands(stmt, self.expression)
                if type(stmt) is gast.AugAssign:
                    stmt = self.accumulated(stmt)
                stmt = map_blocks(stmt, self.block)
            out.append(stmt)
        # Insertion order: what this block has added comes last.
        while len(self.values) > known:
            self.literals.pop(self.values.popitem()[0], None)
        return out

    def accumulated(self, stmt: gast.AugAssign) -> gast.stmt:
        """`x[i] += -y` as `x[i] -= y`."""
        inner = self.meaning(stmt.value)
        if type(stmt.op) not in (gast.Add, gast.Sub) or not _is_negation(inner) or is_literal(inner):
            return stmt
        op = gast.Sub() if type(stmt.op) is gast.Add else gast.Add()
        return changed(stmt, op=op, value=inner.operand)

    def learn(self, name: str, value: gast.expr) -> None:
        if self.counts[name] != 1 or name in self.values:
            return
        self.values[name] = value
        if is_literal(value) and type(_value(value)) in (*_NUMBERS, str, type(None)):
            self.literals[name] = value

    def is_floating(self, name: str) -> bool:
        """Whether a name surely stands for a floating or complex value."""
        if self.is_float(name):
            return True
        if self._floats is None:
            self._floats = set()
            self.find_floats(self._floats)
        return name in self._floats

    def find_floats(self, found: set[str]) -> None:
        """Enter the names all of whose values are surely floating or complex; `floating` reads what is found so far."""
        definitions: list[tuple[str, Any]] = []
        for stmt in self.fn.statements:
            names = binds(stmt)
            value: Any = stmt.value if type(stmt) is gast.Assign else None
            if (
                type(value) is gast.Tuple
                and type(stmt.targets[0]) is gast.Tuple
                and len(value.elts) == len(names)
            ):
                definitions += zip(names, value.elts)
            else:
                whole = len(names) == 1 and target_name(stmt) is not None
                definitions += [(name, value if whole else None) for name in names]
        refuted = set(self.fn.params)
        again = True
        while again:
            # Definitions stand before uses, so once through is enough, unless a carried variable turns out otherwise.
            found.clear()
            again = False
            for name, value in definitions:
                if name not in refuted:
                    if value is not None and self.floating(value):
                        found.add(name)
                    else:
                        again |= name in found
                        refuted.add(name)

    def floating(self, node: gast.expr) -> bool:
        """Whether a value is surely floating or complex."""
        kind = type(node)
        if kind is gast.Name:
            return self.is_floating(node.id)
        if kind is gast.Constant:
            return type(node.value) in (float, complex)
        if kind is gast.BinOp:
            if type(node.op) is gast.Div:
                return True
            if type(node.op) in (gast.Add, gast.Sub, gast.Mult, gast.Pow, gast.MatMult):
                return self.floating(node.left) or self.floating(node.right)
        if kind is gast.UnaryOp:
            return type(node.op) is not gast.Not and self.floating(node.operand)
        if kind is gast.Subscript:
            return self.floating(node.value)
        if kind is gast.Call:
            function = lookup(self.fn, node.func)
            if any(keyword.arg in ("dtype", "out") for keyword in node.keywords):
                return False
            try:
                if function in _FLOAT_FUNCTIONS or (function in _NEW_FLOATS and len(node.args) == 1):
                    return True
                return function in _KEEP_FLOAT and bool(node.args) and self.floating(node.args[0])
            except TypeError:
                return False
        return False

    def expression(self, node: gast.expr) -> gast.expr:
        kind = type(node)
        if kind is gast.Name:
            return self.inner(node)
        if kind is gast.Call and is_flat(node) and self.literals.keys().isdisjoint(names_in(node)):
            return self.where(node)
        if kind is gast.BinOp and type(node.left) is gast.Name and type(node.right) is gast.Name:
            if not self.literals or (
                node.left.id not in self.literals and node.right.id not in self.literals
            ):
                return self.combined(node, type(node.op), node.left, node.right)
        # Only a whole right-hand side can turn into a name that others refer to.
        return self.simplified(map_children(node, self.inner), top=True)

    def inner(self, node: gast.expr) -> gast.expr:
        kind = type(node)
        if kind is gast.Name:
            literal = self.literals.get(node.id)
            return (
                node if literal is None or self.keep(node.id) or type(node.ctx) is not gast.Load else literal
            )
        if kind is gast.Attribute or kind is gast.Subscript or kind is gast.Call:
            # A literal must not take the place of a base: `n.real` with 1 for n.
            return node
        return self.simplified(node, top=False)

    def simplified(self, node: gast.expr, top: bool) -> gast.expr:
        kind = type(node)
        if kind is gast.BinOp:
            return self.arithmetic(node, top)
        if kind is gast.UnaryOp:
            return self.unary(node, top)
        if kind is gast.Compare and len(node.ops) == 1:
            return self.evaluated(node, type(node.ops[0]), node.left, node.comparators[0])
        if kind is gast.BoolOp:
            return self.logical(node)
        if kind is gast.Call and top:
            return self.where(node)
        return node

    def number(self, node: gast.expr) -> Any:
        """The number that an operand is known to be, or None."""
        if type(node) is gast.Name:
            node = self.literals.get(node.id, node)
        if is_literal(node):
            value = _value(node)
            if type(value) in _NUMBERS:
                return value
        return None

    def meaning(self, node: gast.expr) -> gast.expr:
        """What stands for an operand: itself, or the expression that its name is bound to, if that still holds."""
        if type(node) is not gast.Name:
            return node
        value = self.values.get(node.id)
        if value is None or type(value) not in (gast.BinOp, gast.UnaryOp) or self.regions.is_written(node.id):
            return node
        for name in names_in(value):
            if self.counts[name] != 1 or self.regions.is_written(name):
                return node
        return value

    def arithmetic(self, node: gast.BinOp, top: bool) -> gast.expr:
        left, right, op = node.left, node.right, type(node.op)
        a, b = self.number(left), self.number(right)
        if a is not None and b is not None:
            return self.evaluated(node, op, left, right)
        if b is not None and type(b) is not bool:
            return self.with_right_literal(node, op, left, b, top)
        if a is not None and type(a) is not bool:
            return self.with_left_literal(node, op, a, right, top)
        return self.combined(node, op, left, right)

    def with_right_literal(self, node: gast.BinOp, op: type, x: gast.expr, b: Any, top: bool) -> gast.expr:
        if b == 0 and type(b) is int and op in (gast.Add, gast.Sub) and self.is_count(x):
            return x
        unit = (op in (gast.Mult, gast.Div, gast.Pow) and b == 1) or (op in (gast.Add, gast.Sub) and b == 0)
        if unit and (op is not gast.Div or self.floating(x)):
            return self.dropped(node, x, b, top)
        if op is gast.Mult and b == -1 and self.floating(x) and type(b) is not complex:
            return gast.UnaryOp(op=gast.USub(), operand=x)
        if op is gast.Mult and type(b) in (int, float):
            return self.scaled(node, b, x)
        if op is gast.Add and type(b) in (int, float) and _negative(b):
            return changed(node, op=gast.Sub(), right=constant(-b))
        return node

    def with_left_literal(self, node: gast.BinOp, op: type, a: Any, x: gast.expr, top: bool) -> gast.expr:
        if (op is gast.Mult and a == 1) or (op is gast.Add and a == 0):
            return self.dropped(node, x, a, top)
        if op is gast.Mult and a == -1 and self.floating(x) and type(a) is not complex:
            return gast.UnaryOp(op=gast.USub(), operand=x)
        if op is gast.Mult and type(a) in (int, float):
            return self.scaled(node, a, x)
        return node

    def is_count(self, x: gast.expr) -> bool:
        """Whether a name is bound to a length or a size, which is an integer of Python's."""
        value: Any = self.values.get(x.id) if type(x) is gast.Name else None
        return type(value) is gast.Call and lookup(self.fn, value.func) in (len, np.size)

    def dropped(self, node: gast.BinOp, x: gast.expr, unit: Any, top: bool) -> gast.expr:
        """`x` in place of `node`, the operation with a unit, if that changes neither dtype nor who owns the array."""
        if not self.floating(x) or type(unit) is complex:
            return node
        if top and type(x) is gast.Name and not self.may_become(x.id):
            return node
        return x

    def may_become(self, name: str) -> bool:
        """Whether the array that the statement makes may be that of `name`, as they are equal."""
        if self.target is None or not self.regions.may_merge(self.target, name):
            return False
        # What leaves the function is an array of its own, not a view that may be read-only.
        if self.regions.is_exposed(self.target) and not is_fresh(self.fn, self.values.get(name, load(name))):
            return False
        self.regions.merge(self.target, name)
        return True

    def scaled(self, node: gast.BinOp, c: Any, x: gast.expr) -> gast.expr:
        """`c * (d * y)` as `(c * d) * y`."""
        inner = self.meaning(x)
        if type(inner) is gast.BinOp and type(inner.op) is gast.Mult and self.floating(inner):
            for scale, other in ((inner.left, inner.right), (inner.right, inner.left)):
                d = self.number(scale)
                if type(d) in (int, float) and type(c) in (int, float):
                    product = _literal(c * d)
                    if product is not None and self.number(other) is None:
                        return gast.BinOp(left=product, op=gast.Mult(), right=other)
        return node

    def combined(self, node: gast.BinOp, op: type, left: gast.expr, right: gast.expr) -> gast.expr:
        if op is gast.Mult:
            for one, other in ((left, right), (right, left)):
                if type(other) is gast.Name and self.uses[other.id] != 1:
                    continue  # the quotient is there anyway: a product is cheaper
                inner = self.meaning(other)
                if type(inner) is gast.BinOp and type(inner.op) is gast.Div and self.number(inner.left) == 1:
                    if type(self.number(inner.left)) is int or self.floating(one):
                        return gast.BinOp(left=one, op=gast.Div(), right=inner.right)
        if op in (gast.Add, gast.Sub):
            inner = self.meaning(right)
            if _is_negation(inner) and not is_literal(inner):
                return gast.BinOp(
                    left=left, op=gast.Sub() if op is gast.Add else gast.Add(), right=inner.operand
                )
        if op is gast.Add:
            inner = self.meaning(left)
            if _is_negation(inner) and not is_literal(inner):
                return gast.BinOp(left=right, op=gast.Sub(), right=inner.operand)
        return node

    def unary(self, node: gast.UnaryOp, top: bool) -> gast.expr:
        kind = type(node.op)
        value = self.number(node.operand)
        if kind is gast.Not and value is not None:
            return constant(not value)
        if kind is gast.USub and value is not None and type(value) is not bool:
            return (
                node
                if type(node.operand) is gast.Constant and not _negative(value)
                else _literal(-value) or node
            )
        if kind is gast.USub:
            inner = self.meaning(node.operand)
            if _is_negation(inner) and type(inner.operand) is gast.Name:
                x = inner.operand
                if not top or self.may_become(x.id):
                    return load(x.id)
        return node

    def logical(self, node: gast.BoolOp) -> gast.expr:
        absorbing = type(node.op) is gast.Or
        kept: list[gast.expr] = []
        for place, value in enumerate(node.values):
            known = value.value if type(value) is gast.Constant and type(value.value) is bool else None
            if known is absorbing:
                kept.append(value)
                break
            if known is None or place == len(node.values) - 1:
                kept.append(value)
        if len(kept) == len(node.values):
            return node
        return kept[0] if len(kept) == 1 else changed(node, values=kept)

    def where(self, node: gast.Call) -> gast.expr:
        """`np.where(True, a, b)` as `a`, if `b` is a number that has no say in shape and dtype."""
        if lookup(self.fn, node.func) is not np.where or len(node.args) != 3 or node.keywords:
            return node
        test = node.args[0]
        if type(test) is not gast.Constant or type(test.value) is not bool:
            return node
        chosen, other = (node.args[1], node.args[2]) if test.value else (node.args[2], node.args[1])
        if self.number(other) is None or type(chosen) is not gast.Name or not self.floating(chosen):
            return node
        return chosen if self.may_become(chosen.id) else node

    def evaluated(self, node: gast.expr, op: type, left: gast.expr, right: gast.expr) -> gast.expr:
        a, b = self.number(left), self.number(right)
        if a is None or b is None or op not in _OPERATORS:
            return node
        if op is gast.Pow and (abs(b) > 64 or abs(a) > 1e6):
            return node
        try:
            result = _literal(_OPERATORS[op](a, b))
        except (ArithmeticError, TypeError, ValueError):
            return node
        return node if result is None else result


def _value(node: gast.expr) -> Any:
    if type(node) is gast.UnaryOp:
        return -node.operand.value if type(node.operand.value) in _NUMBERS else None
    return node.value


def _negative(value: Any) -> bool:
    return type(value) in (int, float) and (value < 0 or repr(value).startswith("-"))


def _is_negation(node: gast.expr) -> bool:
    return type(node) is gast.UnaryOp and type(node.op) is gast.USub


def _literal(value: Any) -> gast.expr | None:
    """The literal of a number, or None if it would not read well: `1 / 3` stays as it is."""
    if type(value) not in _NUMBERS or value != value or abs(value) == float("inf") or len(repr(value)) > 12:
        return None
    if _negative(value):
        return gast.UnaryOp(op=gast.USub(), operand=constant(-value))
    return constant(value)
