"""Operations on numbers and on elements of arrays, with the meaning that NumPy gives them and Numba not always.

Numba computes float32 with float64 as float64, wraps no int32, and lets Python's numbers divide by zero; so operands
are cast to the dtype of the result, and divisions of Python's numbers go through helpers that raise.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from tapegen.backends.numba.state import DTYPES, Scalar, Work
from tapegen.lang import build

Combine = Callable[[Sequence[Any], "str | None"], Scalar]
"""An operation on numbers: operands, and the dtype of the result, to the result."""

_WIDE = frozenset({"float64", "int64", "bool", "complex128"})
WIDTH = {"bool": 0, "int32": 1, "int64": 2, "float32": 3, "float64": 4, "complex128": 5}


def cast(x: Scalar, dtype: str) -> Scalar:
    """`x` as `dtype`."""
    if x.dtype == dtype:
        return x
    constant = x.expr.value if isinstance(x.expr, gast.Constant) else None
    if isinstance(constant, (bool, int, float)) and dtype in ("float64", "int64"):
        new = float(constant) if dtype == "float64" else int(constant)
        return Scalar(build.constant(new), dtype, x.python)
    if dtype == "bool":
        return Scalar(build.quote("x != 0", x=x.expr), dtype, x.python)
    if x.dtype == "bool" and is_float(dtype):
        one, zero = (
            Scalar(build.constant(1.0), "float64", False),
            Scalar(build.constant(0.0), "float64", False),
        )
        return Scalar(
            gast.IfExp(test=x.expr, body=cast(one, dtype).expr, orelse=cast(zero, dtype).expr),
            dtype,
            x.python,
        )
    if dtype == "float64" and WIDTH[x.dtype] < WIDTH["float32"]:
        return Scalar(build.call("float", x.expr), dtype, x.python)
    return Scalar(build.call(f"np.{dtype}", x.expr), dtype, x.python)


def promoted(operands: Sequence[Scalar], to_float: bool) -> str | None:
    """The dtype of a result of which the facts know nothing, where it does not depend on what is a Python number.

    Args:
        to_float: whether integers give floats.
    """
    dtypes = [operand.dtype for operand in operands]
    if not _WIDE.issuperset(dtypes):
        return None
    widest = max(dtypes, key=WIDTH.__getitem__)
    return "float64" if to_float and not is_float(widest) else widest


def is_float(dtype: str) -> bool:
    return dtype in ("float64", "float32", "complex128")


# -- operators --------------------------------------------------------------------------------------------------------


def binary(work: Work, op: gast.operator, x: Scalar, y: Scalar, dtype: str | None) -> Scalar:
    """`x op y`, of which `dtype` is the dtype that NumPy gives it."""
    if dtype is None:
        dtype = promoted([x, y], isinstance(op, gast.Div))
    if dtype not in DTYPES:
        raise work.fail(f"the dtype of a result is {dtype or 'not known'}")
    python = x.python and y.python
    kind = type(op)
    if kind in (gast.BitAnd, gast.BitOr, gast.BitXor):
        return _bitwise(work, op, x, y, dtype, python)
    if dtype == "bool" or x.dtype == y.dtype == "bool":
        return _of_truths(work, kind, x, y, dtype, python)
    if kind in (gast.Add, gast.Sub, gast.Mult):
        x, y = cast(x, dtype), cast(y, dtype)
        return _narrow(Scalar(gast.BinOp(left=x.expr, op=op, right=y.expr), dtype, python))
    if kind is gast.Div:
        x, y = cast(x, dtype), cast(y, dtype)
        if python and not _is_nonzero(y):
            return Scalar(build.call(work.kernel("divided"), x.expr, y.expr), dtype, python)
        return Scalar(gast.BinOp(left=x.expr, op=op, right=y.expr), dtype, python)
    if kind in (gast.FloorDiv, gast.Mod) and dtype in ("int64", "float64"):
        x, y = cast(x, dtype), cast(y, dtype)
        if not _is_nonzero(y):
            if not python:
                raise work.fail("floor division of arrays by a variable")
            name = "floor_divided" if kind is gast.FloorDiv else "remainder"
            return Scalar(build.call(work.kernel(name), x.expr, y.expr), dtype, python)
        return Scalar(gast.BinOp(left=x.expr, op=op, right=y.expr), dtype, python)
    if kind is gast.Pow:
        return _power(work, op, x, y, dtype, python)
    raise work.fail(f"the operator {kind.__name__}")


def _narrow(x: Scalar) -> Scalar:
    """`x` after an operation that Numba carries out in a wider type."""
    return (
        x
        if x.dtype in _WIDE or is_float(x.dtype)
        else Scalar(build.call(f"np.{x.dtype}", x.expr), x.dtype, x.python)
    )


def _is_nonzero(x: Scalar) -> bool:
    return isinstance(x.expr, gast.Constant) and x.expr.value != 0


def _bitwise(work: Work, op: gast.operator, x: Scalar, y: Scalar, dtype: str, python: bool) -> Scalar:
    if x.dtype == y.dtype == dtype == "bool" and not isinstance(op, gast.BitXor):
        joint = gast.And() if isinstance(op, gast.BitAnd) else gast.Or()
        return Scalar(gast.BoolOp(op=joint, values=[x.expr, y.expr]), "bool", python)
    if x.dtype == y.dtype == dtype == "bool":
        return Scalar(gast.Compare(left=x.expr, ops=[gast.NotEq()], comparators=[y.expr]), "bool", python)
    if x.dtype == y.dtype == dtype == "int64":
        return Scalar(gast.BinOp(left=x.expr, op=op, right=y.expr), dtype, python)
    raise work.fail("bitwise operators on mixed types")


def _of_truths(
    work: Work, kind: type[gast.operator], x: Scalar, y: Scalar, dtype: str, python: bool
) -> Scalar:
    """`x + y` and `x * y` of truth values: of NumPy's they are truth values, of Python's integers."""
    if kind not in (gast.Add, gast.Mult):
        raise work.fail("arithmetic of truth values")
    if dtype == "bool":
        joint = gast.And() if kind is gast.Mult else gast.Or()
        return Scalar(gast.BoolOp(op=joint, values=[x.expr, y.expr]), "bool", python)
    left, right = cast(cast(x, "float64"), dtype), cast(cast(y, "float64"), dtype)
    return Scalar(gast.BinOp(left=left.expr, op=kind(), right=right.expr), dtype, python)


def _power(work: Work, op: gast.operator, x: Scalar, y: Scalar, dtype: str, python: bool) -> Scalar:
    exponent = y.expr.value if isinstance(y.expr, gast.Constant) else None
    if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) <= 16 and is_float(dtype):
        exponent = int(exponent)
    if python and dtype == "float64":
        return Scalar(build.call(work.kernel("power"), cast(x, dtype).expr, cast(y, dtype).expr), dtype, True)
    if type(exponent) is int and 0 < exponent <= 16 and dtype != "bool":
        x = cast(x, dtype)
        return _narrow(Scalar(gast.BinOp(left=x.expr, op=op, right=build.constant(exponent)), dtype, python))
    if not is_float(dtype):
        raise work.fail("an integer power")
    x, y = cast(x, dtype), cast(y, dtype)
    if python:
        raise work.fail("a power of Python's complex numbers")
    return Scalar(gast.BinOp(left=x.expr, op=op, right=y.expr), dtype, python)


def unary(work: Work, op: gast.unaryop, x: Scalar) -> Scalar:
    """`op x`."""
    kind = type(op)
    if kind is gast.Not:
        return Scalar(gast.UnaryOp(op=op, operand=x.expr), "bool", True)
    if x.dtype == "bool":
        if kind is gast.Invert and not x.python:
            return Scalar(gast.UnaryOp(op=gast.Not(), operand=x.expr), "bool", False)
        raise work.fail("arithmetic of truth values")
    if kind is gast.UAdd:
        return x
    if kind is gast.USub or (kind is gast.Invert and x.dtype == "int64"):
        return _narrow(Scalar(gast.UnaryOp(op=op, operand=x.expr), x.dtype, x.python))
    raise work.fail(f"the operator {kind.__name__}")


_ORDER = (gast.Lt, gast.LtE, gast.Gt, gast.GtE, gast.Eq, gast.NotEq)


def compare(work: Work, op: gast.cmpop, x: Scalar, y: Scalar) -> Scalar:
    """`x op y`."""
    if not isinstance(op, _ORDER):
        raise work.fail(f"the comparison {type(op).__name__}")
    if "complex128" in (x.dtype, y.dtype):
        raise work.fail("comparison of complex numbers")
    narrow = {x.dtype, y.dtype} & {"float32"}
    if narrow:  # a Python number is compared as a float32, not the float32 as a float64
        if x.python or y.python:
            x, y = cast(x, "float32"), cast(y, "float32")
    return Scalar(gast.Compare(left=x.expr, ops=[op], comparators=[y.expr]), "bool", x.python and y.python)


# -- functions --------------------------------------------------------------------------------------------------------

_FLOAT_UNARY = (
    "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 log10 log1p sqrt "
    "floor ceil trunc rint deg2rad rad2deg radians degrees cbrt"
).split()
_COMPLEX_UNARY = frozenset("sin cos tan sinh cosh tanh exp log sqrt".split())
_FLOAT_BINARY = "arctan2 hypot logaddexp logaddexp2 copysign".split()
_EITHER_BINARY = "maximum minimum fmax fmin".split()
_INLINED = frozenset({"exp", "log", "log1p", "tanh"})  # see elementary.py
_PREDICATES = "isnan isinf isfinite signbit".split()
_OPERATORS: dict[Any, type[gast.operator]] = {
    np.add: gast.Add,
    np.subtract: gast.Sub,
    np.multiply: gast.Mult,
    np.divide: gast.Div,
    np.power: gast.Pow,
    np.floor_divide: gast.FloorDiv,
    np.remainder: gast.Mod,
    np.bitwise_and: gast.BitAnd,
    np.bitwise_or: gast.BitOr,
    np.bitwise_xor: gast.BitXor,
}
_COMPARISONS: dict[Any, type[gast.cmpop]] = {
    np.less: gast.Lt,
    np.less_equal: gast.LtE,
    np.greater: gast.Gt,
    np.greater_equal: gast.GtE,
    np.equal: gast.Eq,
    np.not_equal: gast.NotEq,
}
_NAMED: dict[Any, tuple[str, int]] = {
    **{getattr(np, name): (name, 1) for name in [*_FLOAT_UNARY, *_PREDICATES]},
    **{getattr(np, name): (name, 2) for name in [*_FLOAT_BINARY, *_EITHER_BINARY]},
}
_MATH: dict[Any, tuple[str, int]] = {
    **{
        getattr(math, name): (name, 1)
        for name in (
            "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p sqrt erf erfc "
            "fabs gamma lgamma"
        ).split()
    },
    **{getattr(math, name): (name, 2) for name in ("atan2", "hypot", "copysign")},
}
_PYTHONS: dict[Any, type[gast.operator]] = {
    operator.add: gast.Add,
    operator.sub: gast.Sub,
    operator.mul: gast.Mult,
    operator.truediv: gast.Div,
    operator.floordiv: gast.FloorDiv,
    operator.mod: gast.Mod,
    operator.pow: gast.Pow,
    pow: gast.Pow,
}
"""Functions that do what an operator does, for Python's numbers as Python does."""

_IDENTITIES = (np.real, np.conj, np.positive)

ELEMENTWISE: frozenset[Any] = frozenset(
    [
        *_OPERATORS,
        *_PYTHONS,
        *_COMPARISONS,
        *_NAMED,
        *_IDENTITIES,
        *(
            np.negative,
            np.absolute,
            np.abs,
            np.square,
            np.reciprocal,
            np.sign,
            np.where,
            np.clip,
            np.imag,
            np.fabs,
        ),
        *(np.logical_and, np.logical_or, np.logical_not, np.invert),
    ]
)
"""Functions of NumPy that work element by element."""

NUMERIC: frozenset[Any] = frozenset([*_MATH, float, int, bool, abs, min, max, complex])
"""Functions of Python's numbers."""


def apply(work: Work, function: Any, args: Sequence[Scalar | None], dtype: str | None) -> Scalar:
    """`function(*args)` for numbers or elements, of which `dtype` is the dtype that NumPy gives it."""
    if any(arg is None for arg in args) and function is not np.clip:
        raise work.fail("None as an argument")
    scalars: list[Any] = list(args)
    python = False
    if function in _OPERATORS and len(scalars) == 2:
        x, y = scalars
        return binary(work, _OPERATORS[function](), x, Scalar(y.expr, y.dtype, False), dtype)
    if function in _PYTHONS and len(scalars) == 2:
        return binary(work, _PYTHONS[function](), scalars[0], scalars[1], dtype)
    if function in _COMPARISONS and len(scalars) == 2:
        x, y = scalars
        found = compare(work, _COMPARISONS[function](), x, y)
        return Scalar(found.expr, "bool", False)
    if function in _NAMED:
        return _named(work, function, scalars, dtype)
    if function in NUMERIC:
        return _numeric(work, function, scalars, dtype)
    x = scalars[0]
    if function in (np.negative, np.invert):
        return unary(
            work, gast.USub() if function is np.negative else gast.Invert(), Scalar(x.expr, x.dtype, False)
        )
    if function in (np.absolute, np.fabs):
        return _absolute(work, x)
    if function is np.square:
        return binary(work, gast.Pow(), x, Scalar(build.constant(2), "int64", True), dtype)
    if function is np.reciprocal and dtype is not None and is_float(dtype):
        return binary(
            work,
            gast.Div(),
            Scalar(build.constant(1.0), "float64", True),
            Scalar(x.expr, x.dtype, False),
            dtype,
        )
    if function is np.sign and x.dtype in ("float64", "float32", "int64"):
        return Scalar(build.call("np.sign", x.expr), x.dtype, python)
    if function is np.sign and x.dtype == "complex128":
        value = build.quote("x / abs(x) if x != 0 else 0j", x=x.expr)
        return Scalar(value, x.dtype, python)
    if function is np.where and len(scalars) == 3:
        return _where(work, scalars, dtype)
    if function is np.clip and len(scalars) == 3:
        return _clip(work, scalars, dtype)
    if function in _IDENTITIES or (function is np.imag and x.dtype == "complex128"):
        return _part(work, function, x)
    if function is np.logical_not:
        return Scalar(gast.UnaryOp(op=gast.Not(), operand=cast(x, "bool").expr), "bool", False)
    if function in (np.logical_and, np.logical_or) and len(scalars) == 2:
        joint = gast.And() if function is np.logical_and else gast.Or()
        return Scalar(gast.BoolOp(op=joint, values=[cast(s, "bool").expr for s in scalars]), "bool", False)
    raise work.fail(f"{getattr(function, '__name__', function)} with these arguments")


def _named(work: Work, function: Any, args: list[Scalar], dtype: str | None) -> Scalar:
    name, count = _NAMED[function]
    if len(args) != count:
        raise work.fail(f"np.{name} with {len(args)} arguments")
    if dtype is None:
        dtype = promoted(args, name not in _EITHER_BINARY)
    if name in _PREDICATES:
        if args[0].dtype == "complex128":
            raise work.fail(f"np.{name} of complex numbers")
        return Scalar(build.call(f"np.{name}", cast(args[0], "float64").expr), "bool", False)
    if dtype not in DTYPES or dtype == "bool" or not (is_float(dtype) or name in _EITHER_BINARY):
        raise work.fail(f"np.{name} with a result of dtype {dtype or 'unknown'}")
    if dtype == "complex128" and name not in _COMPLEX_UNARY:
        raise work.fail(f"np.{name} of complex numbers")
    callee = work.kernel(name) if dtype == "float64" and name in _INLINED else f"np.{name}"
    return Scalar(build.call(callee, *(cast(arg, dtype).expr for arg in args)), dtype, False)


def _numeric(work: Work, function: Any, args: list[Scalar], dtype: str | None) -> Scalar:
    if function in (min, max):
        return _extreme(work, function, args, dtype)
    if function is not None and function in _MATH:
        name, count = _MATH[function]
        if len(args) != count or any(arg.dtype == "complex128" for arg in args):
            raise work.fail(f"math.{name} with these arguments")
        work.namespace.setdefault("math", math)
        operands = [cast(arg, "float64").expr for arg in args]
        value = build.call(f"math.{name}", *operands)
        if count == 1:
            value = build.call(work.kernel("finite"), value, build.clone(operands[0]))
        return Scalar(value, "float64", True)
    if len(args) != 1:
        raise work.fail(f"{function.__name__} with {len(args)} arguments")
    x = args[0]
    if function is abs:
        found = _absolute(work, x)
        return Scalar(found.expr, found.dtype, x.python)
    if x.dtype == "complex128" and function is not complex:
        raise work.fail(f"{function.__name__} of a complex number")
    if function is int and is_float(x.dtype):
        return Scalar(build.call(work.kernel("truncated"), cast(x, "float64").expr), "int64", True)
    target = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}[function]
    found = cast(x, target)
    return Scalar(found.expr, target, True)


def _extreme(work: Work, function: Any, args: list[Scalar], dtype: str | None) -> Scalar:
    """Python's `min` and `max`: the first of equal ones, and NaN only where it comes first."""
    if len(args) != 2 or dtype not in ("float64", "int64") or any(arg.dtype != dtype for arg in args):
        raise work.fail(f"{function.__name__} of numbers of several types")
    x, y = args
    test = build.quote("y < x" if function is min else "y > x", x=x.expr, y=y.expr)
    value = gast.IfExp(test=test, body=build.clone(y.expr), orelse=build.clone(x.expr))
    return Scalar(value, dtype, x.python and y.python)


def _absolute(work: Work, x: Scalar) -> Scalar:
    if x.dtype == "bool":
        raise work.fail("arithmetic of truth values")
    dtype = "float64" if x.dtype == "complex128" else x.dtype
    return _narrow(Scalar(build.call("abs", x.expr), dtype, False))


def _where(work: Work, args: list[Scalar], dtype: str | None) -> Scalar:
    if dtype is None:
        dtype = promoted(args[1:], False)
    if dtype not in DTYPES:
        raise work.fail(f"np.where with a result of dtype {dtype or 'unknown'}")
    test, x, y = args
    value = gast.IfExp(test=cast(test, "bool").expr, body=cast(x, dtype).expr, orelse=cast(y, dtype).expr)
    return Scalar(value, dtype, False)


def _clip(work: Work, args: list[Scalar | None], dtype: str | None) -> Scalar:
    x, low, high = args
    if dtype not in ("float64", "float32") or x is None:
        raise work.fail("np.clip of integers")
    value = cast(x, dtype).expr
    if low is not None:
        value = build.call("np.maximum", value, cast(low, dtype).expr)
    if high is not None:
        value = build.call("np.minimum", value, cast(high, dtype).expr)
    return Scalar(value, dtype, False)


def _part(work: Work, function: Any, x: Scalar) -> Scalar:
    if x.dtype != "complex128":
        return Scalar(x.expr, x.dtype, False)
    if function is np.conj:
        return Scalar(build.call("np.conj", x.expr), "complex128", False)
    if function is np.positive:
        return x
    name = "real" if function is np.real else "imag"
    return Scalar(gast.Attribute(value=x.expr, attr=name, ctx=gast.Load()), "float64", False)
