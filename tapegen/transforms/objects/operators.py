"""Operators: the methods behind them for objects; arithmetic of literals is done at once."""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Number, Scalar
from tapegen.lang import build
from tapegen.transforms.objects.attributes import apply_method
from tapegen.transforms.objects.containers import method as container_method
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import Conflict, Data, Ref, Static, Tup, same

_BINARY = {
    gast.Add: "add", gast.Sub: "sub", gast.Mult: "mul", gast.Div: "truediv", gast.FloorDiv: "floordiv", gast.Mod: "mod",
    gast.Pow: "pow", gast.MatMult: "matmul", gast.BitAnd: "and", gast.BitOr: "or", gast.BitXor: "xor",
    gast.LShift: "lshift", gast.RShift: "rshift",
}  # fmt: skip
_COMPARE = {
    gast.Lt: ("__lt__", "__gt__"),
    gast.Gt: ("__gt__", "__lt__"),
    gast.LtE: ("__le__", "__ge__"),
    gast.GtE: ("__ge__", "__le__"),
    gast.Eq: ("__eq__", "__eq__"),
    gast.NotEq: ("__ne__", "__ne__"),
}
_FOLDED = {
    gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul, gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod, gast.Lt: operator.lt, gast.LtE: operator.le, gast.Gt: operator.gt, gast.GtE: operator.ge,
    gast.Eq: operator.eq, gast.NotEq: operator.ne,
}  # fmt: skip


def binary(work: Evaluator, op: Any, left: Any, right: Any) -> Any:
    """`left op right`."""
    if isinstance(left, Data) and isinstance(right, Data):
        return _fold(op, left, right) or Data(
            gast.BinOp(left=work.residual(left), op=op, right=work.residual(right))
        )
    if work.is_object(left) or work.is_object(right):
        name = _BINARY[type(op)]
        return _dispatched(work, f"__{name}__", f"__r{name}__", left, right, f"the operator of {name}")
    if isinstance(op, gast.Add):
        if isinstance(left, Tup) and isinstance(right, Tup):
            return Tup((*left.items, *right.items))
        if work.class_of(left) is list and work.class_of(right) is list:
            parts = [*work.heap[left.cell].values(), *work.heap[right.cell].values()]
            return work.new_cell(list, work.cell(left).hint, dict(enumerate(parts)))
    if isinstance(op, gast.Mult) and isinstance(right, Data) and right.is_constant:
        count = right.node.value
        if isinstance(left, Tup) and type(count) is int:
            return Tup(left.items * count)
        if work.class_of(left) is list and type(count) is int:
            return work.new_cell(
                list, work.cell(left).hint, dict(enumerate([*work.heap[left.cell].values()] * count))
            )
    return Data(gast.BinOp(left=work.atom(left), op=op, right=work.atom(right)))


def in_place(work: Evaluator, op: Any, left: Any, right: Any) -> Any:
    """`left op= right` for an object or container on either side."""
    if work.is_object(left):
        found = apply_method(work, left, f"__i{_BINARY[type(op)]}__", (right,))
        if found is not None and not _is_not_implemented(found):
            return found
    if work.class_of(left) is list and isinstance(op, gast.Add):
        container_method(work, left, "extend", [right], {})
        return left
    return binary(work, op, left, right)


def _dispatched(work: Evaluator, name: str, reflected: str, left: Any, right: Any, what: str) -> Any:
    """Python's rule: the left operand's method, then the right one's; the right one's first if of a derived class."""
    first, second = work.class_of(left), work.class_of(right)
    tries = [(left, name, right), (right, reflected, left)]
    if (
        first is not None
        and second is not None
        and second is not first
        and issubclass(second, first)
        and getattr(second, reflected, None) is not getattr(first, reflected, None)
    ):
        tries.reverse()
    for owner, method, other in tries:
        if not work.is_object(owner):
            if isinstance(owner, Data) and method is name:
                _defers(work, owner, second)
            continue
        found = apply_method(work, owner, method, (other,))
        if found is not None and not _is_not_implemented(found):
            return found
    raise work.refuse(
        f"cannot differentiate {what} of {work.kind(left)} and {work.kind(right)}",
        why=f"neither has a method {name} or {reflected} for the other",
        instead="define the method",
    )


def _defers(work: Evaluator, owner: Data, cls: type | None) -> None:
    """Make sure that a number stands on the left of an object: an array would take the object for each entry."""
    if (
        owner.is_constant
        or getattr(cls, "__array_ufunc__", 1) is None
        or getattr(cls, "__array_priority__", 0) > 0
    ):
        return
    fact = work.fact(owner.node)
    if isinstance(fact, (Number, Scalar)) or (isinstance(fact, Array) and fact.scalar):
        return
    name = getattr(cls, "__name__", "object")
    if isinstance(fact, Array) and fact.scalar is False:
        raise work.refuse(
            f"cannot differentiate an operator of an array and an object of class {name}",
            why=f"NumPy makes an array of objects: {name} does not say __array_ufunc__ = None",
            instead="write the object on the left, or set __array_ufunc__ = None in the class",
        )
    operand = work.atom(owner)
    test = build.call(
        work.imported(isinstance, "isinstance"),
        operand,
        gast.Attribute(value=work.imported(np, "np"), attr="ndarray", ctx=gast.Load()),
    )
    failed = gast.UnaryOp(op=gast.Not(), operand=test)
    message = build.constant(f"NumPy would make an array of {name} objects: write the {name} on the left")
    work.emit(gast.Assert(test=failed, msg=message))


def _is_not_implemented(value: Any) -> bool:
    return isinstance(value, Static) and value.object is NotImplemented


def _fold(op: Any, left: Data, right: Data) -> Data | None:
    """Arithmetic and comparisons of literal integers and strings."""
    if not (left.is_constant and right.is_constant):
        return None
    a, b = left.node.value, right.node.value
    function = _FOLDED.get(type(op))
    integers = type(a) in (int, bool) and type(b) in (int, bool)
    if function is None or not (
        integers or (type(a) is str and type(b) is str and isinstance(op, (gast.Eq, gast.NotEq)))
    ):
        return None
    if isinstance(op, (gast.FloorDiv, gast.Mod)) and b == 0:
        return None
    return Data(build.constant(function(a, b)))


def truth(work: Evaluator, value: Any) -> Any:
    """True or False where it is known what a value counts as in a test, else the data to test."""
    match value:
        case Data(node=gast.Constant(value=constant)):
            return bool(constant)
        case Data():
            return value
        case Tup(items=items):
            return bool(items)
        case Ref() if not work.is_object(value):
            return bool(work.heap[value.cell])
        case Ref():
            for method in ("__bool__", "__len__"):
                found = apply_method(work, value, method, ())
                if found is not None:
                    return truth(work, found)
            return True
        case Conflict():
            return Data(work.residual(value))
        case Static(object=obj):
            return bool(obj)
    return True


def compare(work: Evaluator, op: Any, left: Any, right: Any) -> Any:
    """`left op right` for a comparison."""
    if isinstance(op, (gast.Is, gast.IsNot)):
        known = _identical(left, right)
        if known is not None:
            return Data(build.constant(known == isinstance(op, gast.Is)))
    elif isinstance(op, (gast.In, gast.NotIn)):
        known = _contained(work, left, right)
        if known is not None:
            return Data(build.constant(known == isinstance(op, gast.In)))
    elif work.is_object(left) or work.is_object(right):
        return _compared(work, op, left, right)
    elif isinstance(left, Static) and isinstance(right, Static) and isinstance(op, (gast.Eq, gast.NotEq)):
        return Data(build.constant(bool(left.object == right.object) == isinstance(op, gast.Eq)))
    if isinstance(left, Data) and isinstance(right, Data):
        folded = _fold(op, left, right)
        if folded is not None:
            return folded
    return Data(gast.Compare(left=work.residual(left), ops=[op], comparators=[work.residual(right)]))


def _compared(work: Evaluator, op: Any, left: Any, right: Any) -> Any:
    name, reflected = _COMPARE[type(op)]
    for owner in (left, right):
        cls = work.class_of(owner)
        if (
            cls is not None
            and getattr(cls, name) is getattr(object, name)
            and isinstance(op, (gast.Eq, gast.NotEq))
        ):
            other = right if owner is left else left
            theirs = work.class_of(other)
            if theirs is None or getattr(theirs, name) is getattr(object, name):
                return Data(build.constant(same(left, right) == isinstance(op, gast.Eq)))
    if isinstance(op, gast.NotEq) and all(
        getattr(work.class_of(v), "__ne__", object.__ne__) is object.__ne__ for v in (left, right)
    ):
        equal = _dispatched(work, "__eq__", "__eq__", left, right, "the comparison")
        known = truth(work, equal)
        if isinstance(known, bool):
            return Data(build.constant(not known))
        return Data(gast.UnaryOp(op=gast.Not(), operand=work.residual(known)))
    return _dispatched(work, name, reflected, left, right, "the comparison")


def _identical(left: Any, right: Any) -> bool | None:
    if isinstance(left, Data) and isinstance(right, Data):
        if left.is_constant and right.is_constant:
            return left.node.value is right.node.value
        return None
    if isinstance(left, Static) and isinstance(right, Static):
        return left.object is right.object
    if isinstance(left, Ref) and isinstance(right, Ref):
        return left.cell == right.cell
    if isinstance(left, Data) != isinstance(right, Data):
        data = left if isinstance(left, Data) else right
        return False if data.is_constant else None
    return None


def _contained(work: Evaluator, item: Any, container: Any) -> bool | None:
    """Whether `item in container` is known."""
    match container:
        case Ref() if work.cell(container).cls is dict and isinstance(item, Data) and item.is_constant:
            return item.node.value in work.heap[container.cell]
        case Ref() if work.cell(container).cls is list:
            known = [_identical(item, part) for part in work.heap[container.cell].values()]
            return True if True in known else None if None in known or isinstance(item, Data) else False
        case Tup(items=items) if isinstance(item, Data) and item.is_constant:
            if all(isinstance(i, Data) and i.is_constant for i in items):
                return item.node.value in [i.node.value for i in items]
    return None
