"""Operators and builtins: what they make of Python numbers, NumPy scalars, arrays and sequences."""

from __future__ import annotations

import builtins
import itertools
import operator
from typing import Any

import gast
import numpy as np

from tapegen.analysis.classes import is_instance
from tapegen.analysis.joins import join, join_all
from tapegen.analysis.records import record_class
from tapegen.analysis.shape_algebra import (
    at_most,
    elementwise,
    is_rank_zero,
    longer,
    number_of,
    operand_dtypes,
    product,
    quotient,
    shorter,
    static_int,
    ufunc_dtypes,
)
from tapegen.analysis.shape_functions import shape_of, shape_of_each
from tapegen.analysis.shape_products import matmul
from tapegen.analysis.values import (
    KINDS,
    NONE,
    UNKNOWN,
    Array,
    Linear,
    ListOf,
    Mapping,
    Maybe,
    Number,
    Range,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
    Value,
    elements,
    kind_of,
)

UFUNCS: dict[type, np.ufunc] = {
    gast.Add: np.add,
    gast.Sub: np.subtract,
    gast.Mult: np.multiply,
    gast.Div: np.true_divide,
    gast.FloorDiv: np.floor_divide,
    gast.Mod: np.remainder,
    gast.Pow: np.power,
    gast.MatMult: np.matmul,
    gast.BitAnd: np.bitwise_and,
    gast.BitOr: np.bitwise_or,
    gast.BitXor: np.bitwise_xor,
    gast.LShift: np.left_shift,
    gast.RShift: np.right_shift,
    gast.Lt: np.less,
    gast.LtE: np.less_equal,
    gast.Gt: np.greater,
    gast.GtE: np.greater_equal,
    gast.Eq: np.equal,
    gast.NotEq: np.not_equal,
    gast.USub: np.negative,
    gast.UAdd: np.positive,
    gast.Invert: np.invert,
}
_ARITHMETIC = {gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul}
_INTEGER = {gast.FloorDiv: operator.floordiv, gast.Mod: operator.mod}
_BITWISE = (gast.BitAnd, gast.BitOr, gast.BitXor)
_PLAIN = (Array, Number, Scalar)


def binary(op: type, a: Value, b: Value) -> Value:
    """The description of `a op b`."""
    if isinstance(a, Number) and isinstance(b, Number):
        return numbers(op, a, b)
    if op is gast.MatMult:
        return matmul(a, b) if isinstance(a, Array) and isinstance(b, Array) else UNKNOWN
    if _python_complex(a, b):
        known = (
            isinstance(b, (Array, Scalar)) and b.dtype is not None and a != Scalar(None) and is_rank_zero(b)
        )
        return Scalar("complex128") if known else UNKNOWN
    if isinstance(a, Array) or isinstance(b, Array):
        if not (isinstance(a, _PLAIN) and isinstance(b, _PLAIN)) and not (_is_ndarray(a) or _is_ndarray(b)):
            return UNKNOWN  # a list times a NumPy integer is repeated
        found = elementwise(UFUNCS[op], [a, b]) if op in UFUNCS else UNKNOWN
        if op is gast.Pow and isinstance(a, Array) and a.dtype == "bool" and isinstance(found, Array):
            return Array(None, found.shape, found.scalar)  # `flags ** 2` squares, as int8
        return found
    if isinstance(a, Scalar | Number) and isinstance(b, Scalar | Number):
        return _scalars(op, a, b)
    if isinstance(a, Sequence) and op is gast.Add:
        return (
            Sequence(a.type, a.items + b.items) if isinstance(b, Sequence) and a.type is b.type else UNKNOWN
        )
    if isinstance(a, Sequence) and op is gast.Mult and a.type in (list, tuple):
        times = static_int(b)
        if times is not None and times * len(a.items) < 1000:
            return Sequence(a.type, a.items * times)
        return ListOf(join_all(a.items)) if a.type is list and isinstance(b, Number) else UNKNOWN
    return UNKNOWN


def _is_ndarray(value: Value) -> bool:
    return isinstance(value, Array) and value.scalar is False and bool(value.shape)


def _python_complex(a: Value, b: Value) -> bool:
    """Whether the result may be a Python number for one reason: `complex` takes a `np.float64` for the float it is."""
    if not (isinstance(a, Number) and a.kind == "complex") and not (
        isinstance(a, Scalar) and (a.dtype is None or kind_of(a.dtype) == "complex")
    ):
        return False
    if isinstance(b, Array):
        return b.shape in ((), None) and b.scalar is not False and b.dtype in ("float64", None)
    return isinstance(b, Scalar) and b.dtype in ("float64", None)


def _scalars(op: type, a: Value, b: Value) -> Value:
    """Numbers that may be Python's or NumPy's: all combinations, joined."""
    one, two = operand_dtypes(a), operand_dtypes(b)
    if one is None or two is None or op not in UFUNCS:
        return Scalar(None)
    results: list[Value] = []
    for pair in itertools.product(one, two):
        if pair[0][0] == pair[1][0] == "<":
            results.append(numbers(op, Number(pair[0][1:-1]), Number(pair[1][1:-1])))
        elif (dtype := ufunc_dtypes(UFUNCS[op], pair)[0]) is not None:
            results.append(Array(dtype, (), True))
        else:
            return Scalar(None)
    return join_all(results)


def numbers(op: type, a: Number, b: Number) -> Value:
    """The description of `a op b` for Python numbers."""
    kind = max(a.kind, b.kind, "int", key=KINDS.index)
    if op in _ARITHMETIC:
        return _linear(op, a, b) if kind == "int" else Number(kind)
    if op is gast.Div:
        return Number(max(kind, "float", key=KINDS.index))
    if op in _INTEGER:
        one, two = static_int(a), static_int(b)
        if op is gast.FloorDiv and kind == "int" and two is not None and two > 0 and a.linear is not None:
            return _integer(quotient(a.linear, two))
        known = kind == "int" and one is not None and two is not None and two != 0
        return Number(kind, _INTEGER[op](one, two) if known else None)
    if op is gast.Pow:
        return _power(a, b, kind)
    if op in _BITWISE:
        return Number("bool" if a.kind == b.kind == "bool" else "int")
    return Number("int") if op in (gast.LShift, gast.RShift) else UNKNOWN


def _linear(op: type, a: Number, b: Number) -> Value:
    one, two = a.linear, b.linear
    if one is None or two is None:
        return Number("int")
    if op is gast.Mult and isinstance(one, Size) and isinstance(two, Size):
        if not (one.natural and two.natural):
            return Number("int")
        return number_of(product((one, two)))
    return _integer(_ARITHMETIC[op](one, two))


def _integer(linear: Linear | None) -> Number:
    """The integer that is this linear form."""
    return Number("int", None, linear) if isinstance(linear, Size) else Number("int", linear)


def _power(a: Number, b: Number, kind: str) -> Value:
    if kind == "complex":
        return Number(kind)
    if b.kind in ("int", "bool"):
        if a.kind == "float":
            return Number("float")
        exponent = static_int(b)
        if (
            b.kind == "bool"
            or (exponent is not None and exponent >= 0)
            or (b.dim is not None and b.dim.natural)
        ):
            base = static_int(a)
            small = base is not None and exponent is not None and abs(base) < 1000 and exponent < 10
            return Number(
                "int", base**exponent if small and base is not None and exponent is not None else None
            )
        return Scalar("float64")
    return Scalar("complex128")  # a negative number to a fractional power is complex


def unary(op: type, a: Value) -> Value:
    """The description of `op a`."""
    if op is gast.Not:
        known = truth(a)
        return Number("bool", None if known is None else not known)
    if isinstance(a, Number):
        kind = "int" if a.kind == "bool" else a.kind
        if op is gast.Invert:
            return Number("int")
        linear = a.linear
        if linear is None:
            return Number(kind)
        if op is gast.USub:
            linear = -linear
        return Number("int", None, linear) if isinstance(linear, Size) else Number("int", linear)
    if isinstance(a, Array):
        return elementwise(UFUNCS[op], [a])
    return a if isinstance(a, Scalar) and op is not gast.Invert and a.dtype not in ("bool", None) else UNKNOWN


def compared(op: type, a: Value, b: Value) -> Value:
    """The description of `a op b` for a comparison."""
    if op in (gast.Is, gast.IsNot):
        same = _identical(a, b)
        return Number("bool", same if same is None else same is (op is gast.Is))
    if op in (gast.In, gast.NotIn):
        return Number("bool")
    if isinstance(a, Number) and isinstance(b, Number):
        return Number("bool", _order(op, a, b))
    if (
        isinstance(a, Static)
        and isinstance(b, Static)
        and isinstance(a.object, str)
        and isinstance(b.object, str)
    ):
        if op in (gast.Eq, gast.NotEq):
            return Number("bool", (a.object == b.object) is (op is gast.Eq))
    if _python_complex(a, b):
        return Scalar("bool") if is_rank_zero(b) else UNKNOWN
    if (isinstance(a, Array) or isinstance(b, Array)) and isinstance(a, _PLAIN) and isinstance(b, _PLAIN):
        return elementwise(UFUNCS[op], [a, b])
    if isinstance(a, Scalar | Number) and isinstance(b, Scalar | Number):
        return Scalar("bool")
    if (
        isinstance(a, Sequence)
        and isinstance(b, Sequence)
        and op in (gast.Eq, gast.NotEq)
        and a.type is b.type
    ):
        return _same_items(op, a, b)
    return UNKNOWN


def _same_items(op: type, a: Sequence, b: Sequence) -> Value:
    """Tuples of integers, such as shapes, compared."""
    if len(a.items) != len(b.items):
        return Number("bool", op is gast.NotEq)
    found = [compared(gast.Eq, x, y) for x, y in zip(a.items, b.items, strict=True)]
    known = [truth(x) for x in found]
    equal = False if False in known else None if None in known else True
    return Number("bool", equal if equal is None else equal is (op is gast.Eq))


def _identical(a: Value, b: Value) -> bool | None:
    """Whether two values are one object, as far as None, True and False go."""
    if isinstance(b, Static) and b.object is None:
        return None if a is UNKNOWN or isinstance(a, Maybe) else isinstance(a, Static) and a.object is None
    if isinstance(a, Static) and a.object is None:
        return _identical(b, a)
    return None


def _order(op: type, a: Number, b: Number) -> bool | None:
    if a.linear is None or b.linear is None:
        return None
    gap = a.linear - b.linear
    if isinstance(gap, int):
        known = {
            gast.Lt: gap < 0,
            gast.LtE: gap <= 0,
            gast.Gt: gap > 0,
            gast.GtE: gap >= 0,
            gast.Eq: gap == 0,
            gast.NotEq: gap != 0,
        }
        return known.get(op)
    if gap.natural:
        positive = gap.offset > 0
        return {gast.GtE: True, gast.Lt: False, **(_STRICT if positive else {})}.get(op)
    less = -gap
    if isinstance(less, Size) and less.natural:
        negative = gap.offset < 0
        return {gast.LtE: True, gast.Gt: False, **(_STRICTLY_LESS if negative else {})}.get(op)
    return _not_one(op, a, b)


_STRICT = {gast.Gt: True, gast.LtE: False, gast.Eq: False, gast.NotEq: True}
_STRICTLY_LESS = {gast.Lt: True, gast.GtE: False, gast.Eq: False, gast.NotEq: True}


def _not_one(op: type, a: Number, b: Number) -> bool | None:
    for one, two in ((a, b), (b, a)):
        if two.linear == 1 and isinstance(one.dim, Size) and one.dim.not_one and op in (gast.Eq, gast.NotEq):
            return op is gast.NotEq
    return None


def truth(value: Value) -> bool | None:
    """What `bool(value)` is, if known."""
    if isinstance(value, Number):
        return None if value.value is None else bool(value.value)
    if isinstance(value, Static) and (value.object is None or isinstance(value.object, str)):
        return bool(value.object)
    return bool(value.items) if isinstance(value, Sequence) and value.type is tuple else None


# ------------------------------------------------------------------------------------------------------------ builtins


@shape_of_each({float: "float", int: "int", bool: "bool", complex: "complex"})
def converted(kind: str, x: Value = NONE) -> Value:
    if isinstance(x, Number) and x.kind == kind:
        return x
    if kind == "int" and isinstance(x, Number) and x.kind == "bool":
        return Number("int", None if x.value is None else int(x.value))
    return Number(kind, truth(x) if kind == "bool" else None)


@shape_of(abs, operator.abs)
def absolute(x: Value) -> Value:
    if isinstance(x, Number):
        value = static_int(x)
        return Number(
            {"bool": "int", "complex": "float"}.get(x.kind, x.kind), None if value is None else abs(value)
        )
    if isinstance(x, Array):
        return elementwise(np.absolute, [x])
    return (
        x
        if isinstance(x, Scalar) and x.dtype not in (None, "bool") and kind_of(x.dtype) != "complex"
        else UNKNOWN
    )


@shape_of(len)
def length(x: Value) -> Value:
    if isinstance(x, Array) and x.shape:
        return number_of(x.shape[0])
    if isinstance(x, Sequence):
        return Number("int", len(x.items))
    return Number("int", len(x.keys)) if isinstance(x, Mapping) else Number("int")


@shape_of_each({min: shorter, max: longer})
def extreme(of_lengths: Any, *args: Value) -> Value:
    if len(args) == 2 and all(isinstance(value, Number) and value.kind == "int" for value in args):
        one, two = (value.linear for value in args if isinstance(value, Number))
        if one is not None and two is not None and at_most(0, one) and at_most(0, two):
            return _integer(of_lengths(one, two))
    choices = args if len(args) > 1 else elements(args[0]) if args and not isinstance(args[0], Array) else ()
    if len(args) == 1 and isinstance(args[0], Array):
        return Array(args[0].dtype, (), True) if args[0].rank == 1 else UNKNOWN
    return join_all(choices)


@shape_of(sum)
def summed(iterable: Value, start: Value = Number("int", 0)) -> Value:
    if isinstance(iterable, Sequence):
        found = start
        for item in iterable.items:
            found = binary(gast.Add, found, item)
        return found
    if isinstance(iterable, ListOf):
        found = start
        for _ in range(3):
            more = join(found, binary(gast.Add, found, iterable.item))
            if more == found:
                return found
            found = more
    return UNKNOWN


@shape_of(round)
def rounded(number: Value, ndigits: Value = NONE) -> Value:
    if isinstance(number, Number):
        return Number("int") if ndigits == NONE else Number("int" if number.kind == "bool" else number.kind)
    return UNKNOWN


@shape_of(tuple)
def as_tuple(iterable: Value = Sequence(tuple, ())) -> Value:
    return Sequence(tuple, iterable.items) if isinstance(iterable, Sequence) else UNKNOWN


@shape_of(list)
def as_list(iterable: Value = Sequence(tuple, ())) -> Value:
    if isinstance(iterable, Sequence):
        return Sequence(list, iterable.items)
    if isinstance(iterable, Range):
        return ListOf(Number("int"))
    return iterable if isinstance(iterable, ListOf) else UNKNOWN


@shape_of(range)
def as_range(start: Value, stop: Value = NONE, step: Value = NONE) -> Value:
    return Range()


@shape_of(isinstance)
def instance(value: Value, of: Value) -> Value:
    return Number("bool", is_instance(value, of))


@shape_of(callable, hasattr, issubclass)
def question(*args: Value) -> Value:
    return Number("bool")


@shape_of(getattr)
def attribute(*args: Value) -> Value:
    return UNKNOWN


@shape_of(print)
def nothing(*args: Value, **keywords: Value) -> Value:
    return NONE


_OPERATORS: dict[Any, type] = {
    operator.add: gast.Add,
    operator.sub: gast.Sub,
    operator.mul: gast.Mult,
    operator.truediv: gast.Div,
    operator.floordiv: gast.FloorDiv,
    operator.mod: gast.Mod,
    operator.pow: gast.Pow,
    operator.matmul: gast.MatMult,
    builtins.pow: gast.Pow,
}
IN_PLACE: dict[Any, type] = {
    operator.iadd: gast.Add,
    operator.isub: gast.Sub,
    operator.imul: gast.Mult,
    operator.itruediv: gast.Div,
    operator.ifloordiv: gast.FloorDiv,
    operator.imod: gast.Mod,
    operator.ipow: gast.Pow,
    operator.imatmul: gast.MatMult,
    operator.iand: gast.BitAnd,
    operator.ior: gast.BitOr,
    operator.ixor: gast.BitXor,
    operator.ilshift: gast.LShift,
    operator.irshift: gast.RShift,
}


@shape_of_each(_OPERATORS)
def operated(op: type, a: Value, b: Value) -> Value:
    return binary(op, a, b)


@shape_of_each(IN_PLACE)
def in_place(op: type, a: Value, b: Value) -> Value:
    """In place for an array, which keeps its dtype and shape; rebinding for what is immutable."""
    if isinstance(a, Array):
        if a.scalar is False:
            return a
        other = binary(op, a, b)
        return other if a.scalar else join(a, other)
    immutable = isinstance(a, Number | Scalar) or (isinstance(a, Sequence) and a.type is tuple)
    return binary(op, a, b) if immutable else UNKNOWN


def has_container(value: Value) -> bool:
    """Whether a list, dict or record, which may be written in place, is in `value`."""
    if isinstance(value, Sequence):
        return value.type is list or any(map(has_container, value.items))
    return isinstance(value, (ListOf, Mapping, Record))


def without_containers(value: Value) -> Value:
    """`value`, where nothing is known of lists, dicts and records."""
    if isinstance(value, Sequence) and value.type is not list:
        return Sequence(value.type, tuple(map(without_containers, value.items)))
    if isinstance(value, Record) and record_class(value) is None:
        # A plain object is read at the entry only, before anything can be written.
        return Record(value.cls, tuple((key, without_containers(part)) for key, part in value.fields))
    return UNKNOWN if isinstance(value, (Sequence, ListOf, Mapping, Record)) else value
