"""Constants that print as what they are.

A generated tree may hold constants that no parser produces: `Constant(-2.0)` prints as `-2.0`, and then
`BinOp(Constant(-2.0), Pow, 2)` reads back as `-(2.0 ** 2)`. Here each constant becomes the tree that the parser
would give for it: negative numbers a minus sign, inf and nan `np.inf` and `np.nan`, complex numbers a call of
`complex`, NumPy scalars a call of their type (`.item()` would lose the dtype, which promotion looks at), tuples a
display.
"""

from __future__ import annotations

import math
from typing import Any

import gast
import numpy as np

from tapegen.errors import InternalError

_PLAIN = (bool, int, str, bytes, type(None), type(Ellipsis))


def literal(value: Any, numpy_name: str | None = "np") -> gast.expr:
    """The expression that evaluates to `value`: same type, same value, same sign of zero.

    Args:
        value: a number, string, bytes, bool, None, Ellipsis, or a tuple of such.
        numpy_name: the name of NumPy where the expression stands, or None if there is none.
    Raises: InternalError for a constant that must be bound to a name instead, such as an array.

    >>> print(gast.unparse(literal(-2.0)))
    -2.0
    >>> print(gast.unparse(literal(float("inf"))))
    np.inf
    """
    if type(value) in _PLAIN:
        if type(value) is int and value < 0:
            return gast.UnaryOp(op=gast.USub(), operand=_constant(-value))
        return _constant(value)
    if type(value) is float:
        return _float(value, numpy_name)
    if type(value) is complex:
        return _complex(value, numpy_name)
    if type(value) is tuple:
        return gast.Tuple(elts=[literal(item, numpy_name) for item in value], ctx=gast.Load())
    if numpy_name is not None and isinstance(value, (np.bool_, np.number)):
        item = value.item()
        if type(item) in (bool, int, float, complex):
            kind = "bool_" if isinstance(value, np.bool_) else type(value).__name__
            return _call(_numpy(numpy_name, kind), literal(item, numpy_name))
    raise InternalError(
        f"{type(value).__name__} constant in generated code",
        why="only numbers, strings, bytes, bool, None, Ellipsis and tuples of these have a literal; "
        "everything else must be bound to a name",
    )


def _float(value: float, numpy_name: str | None) -> gast.expr:
    if math.copysign(1.0, value) < 0 and not math.isnan(value):
        return gast.UnaryOp(op=gast.USub(), operand=_float(-value, numpy_name))
    if math.isfinite(value):
        return _constant(value)
    if numpy_name is not None:
        return _numpy(numpy_name, "nan" if math.isnan(value) else "inf")
    # Without NumPy at hand, a literal too large to represent.
    infinity = _constant(math.inf)
    if math.isinf(value):
        return infinity
    return gast.BinOp(left=infinity, op=gast.Sub(), right=_constant(math.inf))


def _complex(value: complex, numpy_name: str | None) -> gast.expr:
    positive = math.copysign(1.0, value.real) > 0 and math.copysign(1.0, value.imag) > 0
    if value.real == 0 and positive and math.isfinite(value.imag):
        return _constant(value)
    return _call(_name("complex"), _float(value.real, numpy_name), _float(value.imag, numpy_name))


def _constant(value: Any) -> gast.Constant:
    return gast.Constant(value=value, kind=None)


def _name(name: str) -> gast.Name:
    return gast.Name(id=name, ctx=gast.Load(), annotation=None, type_comment=None)


def _numpy(numpy_name: str, attribute: str) -> gast.expr:
    return gast.Attribute(value=_name(numpy_name), attr=attribute, ctx=gast.Load())


def _call(function: gast.expr, *arguments: gast.expr) -> gast.Call:
    return gast.Call(func=function, args=list(arguments), keywords=[])
