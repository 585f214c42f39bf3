"""Expressions of Core as numbers, views and loop nests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from tapegen.analysis.values import Array, Size, Value, present
from tapegen.backends.numba import arrays, indexing, masks, scalars
from tapegen.backends.numba.calls import call
from tapegen.backends.numba.classes import Classes
from tapegen.backends.numba.stacks import (
    Stack,
)
from tapegen.backends.numba.state import (
    Items,
    Known,
    Length,
    Scalar,
    Static,
    View,
    Work,
    dtype_of,
    identity,
)
from tapegen.lang import build


class Slot:
    """A name of Core with several bindings, which is a local of the compiled function whatever it holds."""

    def __init__(self, value: Value, python: bool) -> None:
        self.may_be_absent = present(value) is not value
        value = present(value)
        self.value, self.python = value, python
        self.dtype = dtype_of(value)
        self.rank = value.rank if isinstance(value, Array) and value.scalar is not True else 0
        self.is_array = isinstance(value, Array) and value.scalar is False


class Expressions(Work):
    """How a lowering evaluates expressions."""

    classes: Classes
    stacks: dict[str, Stack]
    escaping: frozenset[str]

    def never_written(self, base: str) -> bool:
        return bool(self._names_of(base)) and not self.may_be_written(base)

    def may_be_written(self, base: str) -> bool:
        return any(map(self.classes.is_written, self._names_of(base)))

    def _names_of(self, base: str) -> set[str]:
        return self.names.get(base, {base} if base in self.core.params else set())

    def is_rebound(self, name: str) -> bool:
        return isinstance(self.env.get(name), Slot)

    # -- values -------------------------------------------------------------------------------------------------------

    def value(self, node: gast.expr) -> Any:
        """What an expression stands for."""
        if isinstance(node, gast.Name) and node.id not in self.core.namespace:
            if node.id in self.stacks:
                return self.stacks[node.id]
            known = self.env.get(node.id)
            if known is None:
                raise self.fail(f"{node.id}, which has no value here that can be compiled")
            return self.read(node.id, known) if isinstance(known, Slot) else known
        if isinstance(node, gast.Constant):
            return self.constant(node.value)
        if isinstance(node, (gast.Name, gast.Attribute)):
            found = self.lookup(node)
            if isinstance(node, gast.Attribute) and found is None:
                raise self.fail(f"the attribute {node.attr}")
            if type(found) is float and isinstance(node, gast.Attribute):
                return self.constant(found)
            return self.constant(found) if type(found) in (bool, int, float, complex) else Static(found)
        if isinstance(node, (gast.Tuple, gast.List)):
            return Items(tuple(map(self.value, node.elts)))
        return self.expression(node, self.evaluate(node), "value")

    def constant(self, value: object) -> Known:
        kinds = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
        if type(value) in kinds:
            if type(value) is int and not -(2**63) <= value < 2**63:
                raise self.fail("an integer of more than 64 bits")
            return Scalar(build.constant(value), kinds[type(value)], True)
        return Static(value)

    def read(self, name: str, slot: Slot) -> Known:
        """The value that a slot holds now."""
        if slot.dtype is None:
            raise self.fail(f"{name}, of which the type is not known")
        if not slot.is_array:
            return Scalar(build.load(name), slot.dtype, slot.python)
        assert isinstance(slot.value, Array) and slot.value.shape is not None
        lengths = []
        for axis, dim in enumerate(slot.value.shape):
            known = self.known(dim) if isinstance(dim, Size) and not slot.may_be_absent else None
            if isinstance(dim, int):
                lengths.append(Length(dim, dim))
            elif known is not None:
                lengths.append(Length(known, dim))
            else:
                lengths.append(Length(self.local("n", self.shape_entry(name, axis)), dim))
        return View(name, identity(len(lengths)), tuple(lengths), slot.dtype)

    @staticmethod
    def shape_entry(name: str, axis: int) -> gast.expr:
        return build.quote("x.shape[axis]", x=name, axis=build.constant(axis))

    def scalar(self, node: gast.expr) -> Scalar:
        """A number, which may be a nested expression."""
        found = self.value(node)
        if not isinstance(found, Scalar):
            raise self.fail("an array or object where a number is needed")
        return found

    def pure(self, node: gast.expr) -> gast.expr:
        """A nested expression that needs no statements of its own."""
        self.inline = True
        with self.block() as written:
            found = self.scalar(node)
        self.inline = False
        if written:
            raise self.fail("an operation on arrays in a test")
        return found.expr

    # -- expressions --------------------------------------------------------------------------------------------------

    def expression(self, node: gast.expr, fact: Value, stem: str) -> Any:
        """What `node` stands for; statements that compute it are written. `fact` is what is known of it."""
        if isinstance(node, (gast.Name, gast.Constant, gast.Attribute, gast.Tuple, gast.List)):
            return self.value(node)
        if isinstance(node, gast.BinOp):
            return self.binary(node, fact, stem)
        if isinstance(node, gast.UnaryOp):
            operand = self.value(node.operand)
            if (
                isinstance(operand, Scalar)
                and isinstance(operand.expr, gast.Constant)
                and isinstance(node.op, gast.USub)
            ):
                if isinstance(operand.expr.value, (int, float)) and not isinstance(operand.expr.value, bool):
                    return Scalar(build.constant(-operand.expr.value), operand.dtype, operand.python)
            return arrays.elementwise(
                self, stem, [operand], fact, lambda xs, _: scalars.unary(self, node.op, xs[0])
            )
        if isinstance(node, gast.Compare) and len(node.ops) == 1:
            operands = [self.value(node.left), self.value(node.comparators[0])]
            if isinstance(node.ops[0], (gast.Is, gast.IsNot)):
                if isinstance(node.left, gast.Name) and isinstance(self.env.get(node.left.id), Slot):
                    raise self.fail("a test whether a variable is None")
                return self.identical(node.ops[0], operands)
            return arrays.elementwise(
                self, stem, operands, fact, lambda xs, _: scalars.compare(self, node.ops[0], *xs)
            )
        if isinstance(node, gast.Compare):
            tests = []
            left = node.left
            for op, right in zip(node.ops, node.comparators):
                tests.append(scalars.compare(self, op, self.scalar(left), self.scalar(right)).expr)
                left = right
            return Scalar(gast.BoolOp(op=gast.And(), values=tests), "bool", True)
        if isinstance(node, gast.BoolOp):
            values = [self.scalar(value) for value in node.values]
            if any(value.dtype != "bool" for value in values):
                raise self.fail("`and` or `or` of numbers")
            return Scalar(gast.BoolOp(op=node.op, values=[value.expr for value in values]), "bool", True)
        if isinstance(node, gast.Subscript):
            return self.subscript(node, fact)
        if isinstance(node, gast.Call):
            return call(self, node, fact, stem)
        raise self.fail(f"an expression of kind {type(node).__name__}")

    def identical(self, op: gast.cmpop, operands: Sequence[Any]) -> Scalar:
        """`x is None` where that is known."""
        x, y = operands
        if not (isinstance(y, Static) and y.value is None) or not isinstance(x, (Scalar, View, Static)):
            raise self.fail("a test of identity")
        same = isinstance(x, Static) and x.value is None
        return Scalar(build.constant(same == isinstance(op, gast.Is)), "bool", True)

    def binary(self, node: gast.BinOp, fact: Value, stem: str) -> Any:
        x, y = self.value(node.left), self.value(node.right)
        if isinstance(node.op, gast.MatMult):
            return call(self, node, fact, stem)
        if not all(isinstance(operand, (Scalar, View)) for operand in (x, y)):
            raise self.fail("an operator on what are no numbers")
        return arrays.elementwise(
            self, stem, [x, y], fact, lambda xs, dtype: scalars.binary(self, node.op, xs[0], xs[1], dtype)
        )

    def subscript(self, node: gast.Subscript, fact: Value) -> Any:
        base = self.value(node.value)
        if isinstance(base, Items):
            index = indexing.static_int(self, node.slice)
            if index is None or not -len(base.items) <= index < len(base.items):
                raise self.fail("an element of a tuple that is not known")
            return base.items[index]
        if not isinstance(base, View):
            raise self.fail("an index of what is no array")
        mask = masks.mask_of(self, base, node.slice)
        if mask is not None:
            return masks.read(self, base, mask, "picked")
        return indexing.indexed(self, base, node.slice, fact)
