"""The names that are NumPy operations under another name: one line each, no mathematics.

A unary function takes `(x, name=None)`, a binary one `(x, y, name=None)`, a reduction
`(input_tensor, axis=None, keepdims=False, name=None)`, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..runtime.fast import total
from ..runtime.overloads import elementary
from ..runtime.record import apply
from ..runtime.tensor import Tensor, frozen, make
from .convert import axes_of, pair, tensor

UNARY: dict[str, Any] = {
    "abs": np.absolute, "acos": np.arccos, "acosh": np.arccosh, "angle": np.angle, "asin": np.arcsin,
    "asinh": np.arcsinh, "atan": np.arctan, "atanh": np.arctanh, "ceil": np.ceil, "conj": np.conjugate,
    "cos": np.cos, "cosh": np.cosh, "exp": np.exp, "expm1": np.expm1, "floor": np.floor, "imag": np.imag,
    "is_finite": np.isfinite, "is_inf": np.isinf, "is_nan": np.isnan, "log": np.log, "log1p": np.log1p,
    "logical_not": np.logical_not, "negative": np.negative, "real": np.real, "reciprocal": np.reciprocal,
    "rint": np.rint, "round": np.round, "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt, "square": np.square,
    "tan": np.tan, "tanh": np.tanh,
}  # fmt: skip

BINARY: dict[str, tuple[Any, str]] = {
    "add": (np.add, "AddV2"), "subtract": (np.subtract, "Sub"), "multiply": (np.multiply, "Mul"),
    "divide": (np.divide, "RealDiv"), "truediv": (np.divide, "RealDiv"), "realdiv": (np.divide, "RealDiv"),
    "floordiv": (np.floor_divide, "FloorDiv"), "floormod": (np.remainder, "FloorMod"),
    "mod": (np.remainder, "FloorMod"), "truncatemod": (np.fmod, "TruncateMod"), "pow": (np.power, "Pow"),
    "atan2": (np.arctan2, "Atan2"), "nextafter": (np.nextafter, "NextAfter"),
    "equal": (np.equal, "Equal"), "not_equal": (np.not_equal, "NotEqual"), "less": (np.less, "Less"),
    "less_equal": (np.less_equal, "LessEqual"), "greater": (np.greater, "Greater"),
    "greater_equal": (np.greater_equal, "GreaterEqual"), "logical_and": (np.logical_and, "LogicalAnd"),
    "logical_or": (np.logical_or, "LogicalOr"), "logical_xor": (np.logical_xor, "LogicalXor"),
}  # fmt: skip

REDUCTIONS: dict[str, Any] = {
    "reduce_sum": np.sum, "reduce_mean": np.mean, "reduce_prod": np.prod, "reduce_max": np.max, "reduce_min": np.min,
    "reduce_all": np.all, "reduce_any": np.any,
}  # fmt: skip


def _named(function: Callable[..., Any], name: str, primitive: Any) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"TensorFlow's `{name}`: `np.{getattr(primitive, '__name__', name)}` on Tensors."
    return function


_OF_INTEGERS = frozenset(
    "abs is_finite is_inf is_nan logical_not negative square real imag conj round".split()
)


def unary(name: str, primitive: Any) -> Callable[..., Any]:
    label = name
    if isinstance(primitive, np.ufunc):
        quick = elementary(primitive)
        floating = name not in _OF_INTEGERS

        def call(x: Any, name: Any = None) -> Any:
            x = x if type(x) is Tensor else tensor(x)
            if floating and x._a.dtype.kind not in "fc":
                raise InvalidArgumentError(
                    f"tf.{label} takes floating and complex Tensors, not {x.dtype}; use tf.cast"
                )
            return quick(x)
    else:

        def call(x: Any, name: Any = None) -> Any:
            return apply(primitive, (tensor(x),))

    return _named(call, name, primitive)


# Functions that Tensor's operators have a shorter way for.
_OPERATORS = {
    np.add: Tensor.__add__, np.subtract: Tensor.__sub__, np.multiply: Tensor.__mul__,
    np.divide: Tensor.__truediv__, np.power: Tensor.__pow__,
}  # fmt: skip


def binary(name: str, primitive: Any, label: str) -> Callable[..., Any]:
    operator = _OPERATORS.get(primitive)

    def call(x: Any, y: Any, name: Any = None) -> Any:
        if operator is not None and type(x) is Tensor and type(y) is Tensor:
            return operator(x, y)
        x, y = pair(x, y, label)
        return operator(x, y) if operator is not None else apply(primitive, (x, y))

    return _named(call, name, primitive)


def reduction(name: str, primitive: Any) -> Callable[..., Any]:
    def call(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None) -> Any:
        x = input_tensor if type(input_tensor) is Tensor else tensor(input_tensor)
        if axis is None and primitive is np.sum and not keepdims and x._a.dtype.kind == "f":
            return total(x)
        if primitive is np.mean and x._a.dtype.kind in "iu":
            summed = apply(np.sum, (x,), _keywords(axis, keepdims))
            return apply(np.floor_divide, (summed, _count(x, axis))).astype(x._a.dtype)
        if primitive in _EXTREMES and not x.size:
            return make(frozen(primitive(x._a, axes_of(axis), None, keepdims, _EXTREMES[primitive](x.dtype))))
        found = apply(primitive, (x,), _keywords(axis, keepdims))
        if found._a.dtype is not x._a.dtype and x._a.dtype.kind in "iu":
            found = found.astype(x._a.dtype)  # NumPy sums int32 in int64, TensorFlow in int32
        return found

    return _named(call, name, primitive)


# What reductions of nothing give.
_EXTREMES: dict[Any, Callable[[Any], Any]] = {
    np.max: lambda dtype: -np.inf if dtype.kind == "f" else np.iinfo(dtype).min,
    np.min: lambda dtype: np.inf if dtype.kind == "f" else np.iinfo(dtype).max,
}


def _keywords(axis: Any, keepdims: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if axis is not None:
        found["axis"] = axes_of(axis)
    if keepdims:
        found["keepdims"] = True
    return found


def _count(x: Tensor, axis: Any) -> int:
    shape = x.shape
    axes = axes_of(axis)
    if axes is None:
        return x.size
    return int(np.prod([shape[a] for a in (axes if isinstance(axes, tuple) else (axes,))], dtype=int))


NAMES: dict[str, Any] = {
    **{name: unary(name, f) for name, f in UNARY.items()},
    **{name: binary(name, f, label) for name, (f, label) in BINARY.items()},
    **{name: reduction(name, f) for name, f in REDUCTIONS.items()},
}
