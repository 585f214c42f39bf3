"""How cotangents are made of each other and of numbers: as products, sums and linear images."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import gast
import numpy as np

from tapegen.analysis.predicates import is_number, is_real
from tapegen.analysis.regions import Regions
from tapegen.analysis.shapes import evaluator
from tapegen.analysis.uses import binding_counts, use_counts
from tapegen.analysis.values import Array, Number, Scalar, Value, agree
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.optimise.rewrite import is_literal, is_name

_LINEAR = (np.sum, np.transpose, np.swapaxes, np.reshape, np.squeeze, np.expand_dims, np.tril, np.triu)
_VIEWS = (np.transpose, np.swapaxes, np.reshape, np.squeeze, np.expand_dims)
_BILINEAR = (np.outer, np.dot, np.matmul)


@dataclass(frozen=True)
class Factor:
    """A number times names over names: what an array is multiplied with."""

    number: float = 1
    over: tuple[str, ...] = ()
    under: tuple[str, ...] = ()

    def __mul__(self, other: Factor) -> Factor:
        over, under = Counter(self.over + other.over), Counter(self.under + other.under)
        number = self.number * other.number
        if abs(number) < 2**53 and number == int(number):
            number = int(number)
        return Factor(number, tuple((over - under).elements()), tuple((under - over).elements()))

    def sign_to(self, other: Factor) -> int:
        """1 if `other` is the same, -1 if it is the opposite, 0 otherwise."""
        if (Counter(self.over), Counter(self.under)) != (Counter(other.over), Counter(other.under)):
            return 0
        return 1 if self.number == other.number else -1 if self.number == -other.number else 0

    def joint(self, other: Factor, sign: int) -> Factor | None:
        """What can be taken out of a sum, or difference (`sign` -1), of values with these factors; None if nothing.

        What is left inside is never minus a sum.
        """
        alike = self.sign_to(other)
        if not alike:
            return None
        if sign > 0:
            return other if alike < 0 < other.number else self
        return MINUS * self if alike > 0 > self.number else self


ONE, MINUS = Factor(), Factor(-1)


@dataclass(frozen=True)
class Form:
    """How a value is made: `own` times the product, sum or linear image of `operands`; of none, it is `own` all over.

    Attributes:
        sign: of the second operand of a sum; 0 for what is no sum.
        view: whether it shares the memory of its operand.
        each: whether it is the product of its operands element by element, so that the smaller one can be multiplied.
    """

    own: Factor
    operands: tuple[str, ...]
    sign: int = 0
    view: bool = False
    each: bool = False


class Forms:
    """What is known of a function, and how the cotangents in it are made of each other.

    Attributes:
        facts: about all names, new ones too.
        scalars: numbers that are minus others.
        rebound: the names that the block at hand binds before its last statement.
    """

    def __init__(self, fn: Core, facts: Mapping[str, Value]) -> None:
        self.fn = fn
        self.facts = dict(facts)
        self.counts, self.uses = binding_counts(fn), use_counts(fn)
        self.eval = evaluator(fn, self.facts)
        self._namer: Namer | None = None
        self._regions: Regions | None = None
        self.scalars: dict[str, Factor] = {}
        self.rebound: set[str] = set()

    def namer(self, name: str) -> str:
        if self._namer is None:
            self._namer = Namer(self.fn.names)
        return self._namer(name)

    def is_written(self, name: str) -> bool:
        if self._regions is None:
            self._regions = Regions(self.fn)
        return self._regions.is_written(name)

    def array(self, node: gast.expr) -> Array | None:
        """What is known of a name, if it is a real floating array of known rank."""
        fact = self.facts.get(node.id) if is_name(node) else None
        if isinstance(fact, Array) and fact.dtype in ("float64", "float32") and fact.shape is not None:
            return fact
        return None

    def number(self, node: gast.expr, result: Array) -> Factor | None:
        """A number by which the operand of a result like this may be multiplied at any time; a literal for a number."""
        dtype = result.dtype if result.shape else None
        if is_literal(node):
            value = node.value if type(node) is gast.Constant else -node.operand.value
            finite = type(value) in (int, float) and math.isfinite(value) and value != 0
            return Factor(value) if finite else None
        if dtype is None or not is_name(node) or not self.stays(node.id):
            return None
        fact = self.facts.get(node.id)
        if not is_number(fact) or not is_real(fact):
            return None
        if isinstance(fact, (Array, Scalar)) and fact.dtype != dtype:
            return None
        return self.scalars.get(node.id, Factor(1, (node.id,)))

    def form(self, name: str, value: gast.expr, forms: Mapping[str, Form]) -> Form | None:
        """How the value of a cotangent is made of others, if it can carry their factors."""
        result = self.array(build.load(name))
        if result is None:
            return None
        kind = type(value)
        if kind is gast.BinOp:
            return self.binary(result, value, forms)
        if kind is gast.UnaryOp and type(value.op) is gast.USub and self.same(result, value.operand):
            return self.scaled(MINUS, value.operand, forms)
        if kind is gast.Subscript and self.same(result, value.value) and _is_view(value.slice):
            return Form(ONE, (value.value.id,), view=True)
        if kind is gast.Call and value.args:
            callee = lookup(self.fn, value.func)
            if callee is np.broadcast_to and result.shape:
                scale = self.number(value.args[0], result)
                return None if scale is None else Form(scale, ())
            if callee in _LINEAR and self.same(result, value.args[0]):
                return Form(ONE, (value.args[0].id,), view=callee in _VIEWS)
            if callee in _BILINEAR and len(value.args) == 2 and not value.keywords:
                return self.product(result, *value.args)
        return None

    def binary(self, result: Array, value: gast.BinOp, forms: Mapping[str, Form]) -> Form | None:
        op, left, right = type(value.op), value.left, value.right
        if op is gast.Mult:
            for number, other in ((left, right), (right, left)):
                scale = self.number(number, result)
                if scale is not None and self.same(result, other):
                    return self.scaled(scale, other, forms)
                if self.is_all(number, forms) and self.same(result, other) and self.fits(other, result):
                    return self.scaled(forms[number.id].own, other, forms)
            return self.product(result, left, right, each=True)
        if op is gast.Div and self.same(result, left):
            scale = self.number(right, result)
            if scale is not None and is_name(right) and self.divides(right):
                return self.scaled(Factor(scale.number, scale.under, scale.over), left, forms)
            return Form(ONE, (left.id,)) if self.same(result, right) else None
        if op is gast.MatMult:
            return self.product(result, left, right)
        if op in (gast.Add, gast.Sub) and self.same(result, left) and self.same(result, right):
            if not self.is_all(left, forms) and not self.is_all(right, forms) and left.id != right.id:
                return Form(ONE, (left.id, right.id), sign=1 if op is gast.Add else -1)
        return None

    def product(self, result: Array, left: gast.expr, right: gast.expr, each: bool = False) -> Form | None:
        if not (self.same(result, left) and self.same(result, right)) or left.id == right.id:
            return None
        return Form(ONE, (left.id, right.id), each=each)

    def scaled(self, scale: Factor, node: gast.expr, forms: Mapping[str, Form]) -> Form | None:
        if self.is_all(node, forms):
            return Form(scale * forms[node.id].own, ())
        return None if self.is_written(node.id) else Form(scale, (node.id,))

    def divides(self, node: gast.Name) -> bool:
        """Whether numbers may be divided by this one too: by zero, Python's raise an error where arrays become inf."""
        fact = self.facts.get(node.id)
        return isinstance(fact, Array) or (
            isinstance(fact, Number) and fact.dim is not None and fact.dim.least > 0
        )

    def same(self, result: Array, node: gast.expr) -> bool:
        found = self.array(node)
        return found is not None and found.dtype == result.dtype and self.stays(node.id)

    def stays(self, name: str) -> bool:
        """Whether a name keeps its meaning to the end of the block."""
        return self.counts[name] == 1 or name not in self.rebound

    def fits(self, node: gast.expr, result: Array) -> bool:
        found = self.array(node)
        return found is not None and agree(found.shape or (), result.shape or ())

    def is_all(self, node: gast.expr, forms: Mapping[str, Form]) -> bool:
        """Whether a name is bound to a number, broadcast."""
        return is_name(node) and node.id in forms and not forms[node.id].operands

    def learn_scalar(self, name: str, value: gast.expr) -> None:
        """Remember that a number is minus another one, or a literal over another one."""
        kind = type(value)
        other = value.operand if kind is gast.UnaryOp else value.right if kind is gast.BinOp else None
        if (
            other is None
            or not is_name(other)
            or self.counts[other.id] != 1
            or not is_number(self.facts.get(name))
        ):
            return
        if not isinstance(self.facts.get(other.id), (Array, Number)) or not is_number(
            self.facts.get(other.id)
        ):
            return
        inner = self.scalars.get(other.id, Factor(1, (other.id,)))
        if kind is gast.UnaryOp and type(value.op) is gast.USub:
            self.scalars[name] = MINUS * inner
        elif (
            kind is gast.BinOp
            and type(value.op) is gast.Div
            and is_literal(value.left)
            and abs(inner.number) == 1
        ):
            number = value.left.value if type(value.left) is gast.Constant else -value.left.operand.value
            if type(number) in (int, float) and number != 0:
                self.scalars[name] = Factor(inner.number * number, inner.under, inner.over) * ONE


def _is_view(index: gast.expr) -> bool:
    """Whether an index of slices, literals and new axes gives a view."""
    if type(index) is gast.Tuple:
        return all(map(_is_view, index.elts))
    return type(index) is gast.Slice or (
        type(index) is gast.Constant and type(index.value) in (int, type(None))
    )
