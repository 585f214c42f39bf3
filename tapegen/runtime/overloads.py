"""Operators, NumPy functions and array methods on Tensors and Variables.

Operators follow TensorFlow's rules of dtype: a Python number takes the dtype of the Tensor, an array of the same sort
(floats, integers) does too, and two Tensors of different dtypes are a `TypeError`. NumPy's functions promote as NumPy
does, and so do operators inside rules.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..kernels.option_programs import OPTIONS, program_for
from ..kernels.programs import PROGRAMS
from ..kernels.ufunc_programs import program_of
from ..rules.registry import qualified_name, rule_for
from ..rules.tables import MUTATES
from .fast import Fast, record_binary, record_pick, record_unary
from .record import apply, key_of, record, resolve, unbroadcast
from .state import left, state
from .tensor import Tensor, constant_array, frozen, make
from .variable import Variable, VariableSlice
from .writes import refuse_write, write_into

_NUMBERS = (int, float, complex, bool)


def _binary(ufunc: np.ufunc, compute: Callable[[Any, Any], Any], name: str) -> tuple[Any, Any]:
    """The operator and its reflected form."""
    fast = Fast(ufunc)

    def forward(self: Tensor, other: Any) -> Any:
        kind = type(other)
        a = self._a
        if kind is Tensor:
            b = other._a
            if a.dtype is not b.dtype:
                return slow(self, other)
            out = compute(a, b)
            recorders = state.recorders
            if recorders and (self._key is not None or other._key is not None):
                return record_binary(fast, self, other, out, recorders)
        elif kind is float or kind is int:
            out = compute(a, other)
            if out.dtype is not a.dtype:
                return slow(self, other)
            recorders = state.recorders
            if recorders and self._key is not None:
                return record_binary(fast, self, other, out, recorders)
        else:
            return slow(self, other)
        return make(out)

    def backward(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if kind is float or kind is int:
            a = self._a
            out = compute(other, a)
            if out.dtype is not a.dtype:
                return slow(other, self)
            recorders = state.recorders
            if recorders and self._key is not None:
                return record_binary(fast, other, self, out, recorders)
            return make(out)
        return slow(other, self)

    def slow(x: Any, y: Any) -> Any:
        operands = alike(x, y, name)
        return NotImplemented if operands is NotImplemented else apply(ufunc, operands)

    return forward, backward


def alike(x: Any, y: Any, name: str) -> Any:
    """Two operands, at least one of them a Tensor or Variable, in one dtype; NotImplemented for foreign types.

    Raises: TypeError where a dtype would have to change silently.
    """
    x, y = resolve(x), resolve(y)
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if x._a.dtype != y._a.dtype and not state.lenient:
            raise InvalidArgumentError(
                f"cannot compute {name} as input #1(zero-based) was expected to be a {x.dtype} tensor but is a "
                f"{y.dtype} tensor; use tf.cast"
            )
        return x, y
    if isinstance(x, Tensor):
        y = _adopt(y, x._a.dtype, name)
        return NotImplemented if y is NotImplemented else (x, y)
    x = _adopt(x, y._a.dtype, name)
    return NotImplemented if x is NotImplemented else (x, y)


def _adopt(value: Any, dtype: np.dtype[Any], name: str) -> Any:
    """A number, list or array in the dtype of the Tensor that it meets."""
    if state.lenient:
        return value
    if isinstance(value, (list, tuple)) and any(key_of(v) is not None for v in value):
        return apply(np.stack, (list(value),))
    if not isinstance(value, (*_NUMBERS, np.ndarray, np.generic, list, tuple)):
        return NotImplemented
    given = value.dtype if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value).dtype
    if given == dtype:
        return value
    if type(value) is bool and dtype.kind in "fc":
        return dtype.type(value)
    if _ORDER.get(given.kind, 9) > _ORDER.get(dtype.kind, 9) or given.kind == "b" or dtype.kind == "b":
        raise InvalidArgumentError(
            f"cannot compute {name} as input #1(zero-based) was expected to be a {dtype} tensor but is a {given} tensor"
        )
    return constant_array(np.asarray(value), dtype)


_ORDER = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def power(x: Tensor, y: Tensor) -> Any:
    """`x**y` whose slope in `x` is `y * x**(y - 1)` without exception, so NaN for `x**0` at 0, as TensorFlow has it.

    The slope in `y` is 0 where `x` is not positive. NumPy's `np.power` has the rule of the rule book.
    """

    def pullback(ct: Any) -> list[Any]:
        by_x = ct * y * power(x, y - 1)
        positive = make(frozen(np.greater(x._a, 0)))
        logarithm = apply(np.log, (apply(np.where, (positive, x, make(x._a.dtype.type(1)))),))
        by_y = None if y._key is None else apply(unbroadcast, (ct * power(x, y) * logarithm, y))
        return [None if x._key is None else apply(unbroadcast, (by_x, x)), by_y]

    return record(np.power(x._a, y._a), (x, y), pullback, "pow", tensors=True)


def _power_operators() -> tuple[Any, Any]:
    """`**`, where slopes may differ from the rule of `np.power` by way of `power`."""
    forward, backward = _binary(np.power, operator.pow, "Pow")

    def call(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if (kind is int or kind is float) and other != 0 and other != 1:
            return forward(self, other)
        return _checked_power(self, other, forward)

    def reflected(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if (kind is int or kind is float) and other > 0:
            return backward(self, other)
        return _checked_power(other, self, np.power)

    return call, reflected


def _checked_power(x: Any, y: Any, otherwise: Any) -> Any:
    operands = (x, y) if state.lenient else alike(x, y, "Pow")
    if operands is NotImplemented:
        return NotImplemented
    dtype = next(o._a.dtype for o in operands if isinstance(o, Tensor))
    if state.lenient or dtype.kind != "f":
        return otherwise(x, y) if otherwise is not np.power else apply(np.power, operands)
    x, y = (o if isinstance(o, Tensor) else Tensor(o, dtype) for o in operands)
    return power(x, y)


def _unary(ufunc: np.ufunc, compute: Callable[[Any], Any]) -> Any:
    fast = Fast(ufunc)

    def call(self: Tensor) -> Any:
        out = compute(self._a)
        recorders = state.recorders
        if recorders and self._key is not None:
            return record_unary(fast, self, out, recorders)
        return make(frozen(out))

    return call


@functools.cache
def elementary(ufunc: np.ufunc) -> Callable[[Any], Any]:
    """A ufunc of one Tensor on the shortest way."""
    rule = rule_for(ufunc)
    if rule is None or rule.kind != "elementwise" or len(rule.params) != 1:
        return lambda x: apply(ufunc, (x,))
    fast = Fast(ufunc)

    def call(x: Any) -> Any:
        if type(x) is not Tensor:
            return apply(ufunc, (x,))
        out = ufunc(x._a)
        recorders = state.recorders
        if recorders and x._key is not None:
            return record_unary(fast, x, out, recorders)
        return make(frozen(out))

    return call


def _comparison(ufunc: np.ufunc, name: str, otherwise: Any = NotImplemented) -> Any:
    def compare(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return otherwise
        operands = alike(self, other, name)
        if operands is NotImplemented:
            return otherwise
        if state.recorders:
            for operand in operands:
                left(key_of(operand), f"np.{ufunc.__name__}, whose result is not a number")
        x, y = (o._a if isinstance(o, Tensor) else o for o in operands)
        try:
            return make(frozen(ufunc(x, y)))
        except ValueError:
            if otherwise is NotImplemented:
                raise
            return otherwise  # `==` of shapes that do not broadcast

    return compare


def _logical(ufunc: np.ufunc, name: str) -> tuple[Any, Any]:
    def forward(self: Any, other: Any) -> Any:
        operands = alike(self, other, name)
        return NotImplemented if operands is NotImplemented else apply(ufunc, operands)

    def backward(self: Any, other: Any) -> Any:
        operands = alike(other, self, name)
        return NotImplemented if operands is NotImplemented else apply(ufunc, operands)

    return forward, backward


def _divide(a: Any, b: Any) -> Any:
    return a / b


def matmul(self: Any, other: Any) -> Any:
    if type(self) is Tensor and type(other) is Tensor and self._a.dtype is other._a.dtype:
        return apply(np.matmul, (self, other))
    operands = alike(self, other, "MatMul")
    return NotImplemented if operands is NotImplemented else apply(np.matmul, operands)


def rmatmul(self: Any, other: Any) -> Any:
    operands = alike(other, self, "MatMul")
    return NotImplemented if operands is NotImplemented else apply(np.matmul, operands)


def getitem(self: Tensor, index: Any) -> Any:
    """`t[index]`; the index may hold Tensors of integers or booleans."""
    kind = type(index)
    if kind is int or kind is slice:
        return record_pick(self, index, self._a[index])
    if kind is tuple and all(type(i) is int or type(i) is slice for i in index):
        return record_pick(self, index, self._a[index])
    return apply(operator.getitem, (self, index))


def getitem_of_variable(self: Variable, index: Any) -> Any:
    part = apply(operator.getitem, (self, index))
    found = object.__new__(VariableSlice)
    found._a, found._key, found._variable, found._index = part._a, part._key, self, index
    return found


def identity(t: Tensor) -> Tensor:
    """A Tensor of its own with the same value."""
    return record_unary(_positive, t, t._a, state.recorders) if state.recorders else make(t._a)


_positive = Fast(np.positive)


# -- NumPy's protocols ------------------------------------------------------------------------------------------------


def array_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's ufuncs on Tensors. Of the methods, those that have a rule as functions are recorded too."""
    out = kwargs.pop("out", None)
    if out is not None:
        if not any(isinstance(o, (Tensor, Variable)) for o in out):
            return write_into(ufunc, method, inputs, kwargs, out)
        raise TypeError(f"np.{ufunc.__name__}: a Tensor is immutable and can't be `out`")
    if method == "__call__":
        if not kwargs:
            if len(inputs) == 1:
                return elementary(ufunc)(inputs[0])
            if len(inputs) == 2 and not state.lenient and _takes_two_floats(ufunc):
                inputs = _adopted(inputs)
        return apply(ufunc, inputs, kwargs or None)
    function = getattr(ufunc, method)
    if method == "at":
        refuse_write(function, inputs, kwargs)
    given = {k: v for k, v in kwargs.items() if v is not None}
    program = None if rule_for(function) else program_of(function)
    return apply(function, inputs, given or None) if program is None else program(*inputs, **given)


@functools.cache
def _takes_two_floats(ufunc: np.ufunc) -> bool:
    """Whether both operands may be of the same floating dtype: not those of `np.ldexp`."""
    return any(kinds[:2] in ("dd", "ff") for kinds in ufunc.types)


def _adopted(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """A real array or scalar beside a floating Tensor takes its dtype: `a * t` and `t * a` are the same."""
    x, y = inputs
    if isinstance(y, (Tensor, Variable)):
        return (_taken(x, y.dtype), y)
    return (x, _taken(y, x.dtype))


def _taken(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, (np.ndarray, np.generic)) and dtype.kind in "fc" and value.dtype.kind in "iuf":
        return value if value.dtype == dtype else value.astype(dtype)
    return value


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's functions, and tapegen's kernels, on Tensors."""
    if kwargs.get("out") is not None:
        raise TypeError(f"{qualified_name(function)}: `out` is not supported on Tensors, which are immutable")
    if function in MUTATES:
        refuse_write(function, args, kwargs)
    elif function in PROGRAMS:
        return PROGRAMS[function](*args, **kwargs)
    if function in OPTIONS and (rule := rule_for(function)):
        mode = kwargs.get("mode", args[2] if len(args) > 2 else None)
        program = program_for(function, [*rule.params, *rule.spelled], kwargs, mode)
        if program is not None:
            return program(*args, **kwargs)
    return apply(function, args, kwargs or None)


# -- installing -------------------------------------------------------------------------------------------------------

_OPERATORS = {
    "add": _binary(np.add, operator.add, "AddV2"),
    "sub": _binary(np.subtract, operator.sub, "Sub"),
    "mul": _binary(np.multiply, operator.mul, "Mul"),
    "pow": _power_operators(),
    "mod": _logical(np.remainder, "FloorMod"),
    "floordiv": _logical(np.floor_divide, "FloorDiv"),
    "and": _logical(np.bitwise_and, "BitwiseAnd"),  # of booleans it is the logical one
    "or": _logical(np.bitwise_or, "BitwiseOr"),
    "xor": _logical(np.bitwise_xor, "BitwiseXor"),
}
_float_division = _binary(np.divide, operator.truediv, "RealDiv")


def _true_divide(self: Any, other: Any) -> Any:
    """As TensorFlow: integers become float64 first, whatever their width up to 64 (float32 for 8 and 16 bits)."""
    if self.dtype.kind in "iu":
        operands = alike(self, other, "RealDiv")
        return (
            NotImplemented
            if operands is NotImplemented
            else apply(np.divide, tuple(map(_floating, operands)))
        )
    return _float_division[0](self, other)


def _true_rdivide(self: Any, other: Any) -> Any:
    if self.dtype.kind in "iu":
        operands = alike(other, self, "RealDiv")
        return (
            NotImplemented
            if operands is NotImplemented
            else apply(np.divide, tuple(map(_floating, operands)))
        )
    return _float_division[1](self, other)


def _floating(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)[()]


def _methods() -> dict[str, Any]:
    """Everything that Tensors and Variables share."""
    table: dict[str, Any] = {
        "__truediv__": _true_divide,
        "__rtruediv__": _true_rdivide,
        "__div__": _true_divide,
        "__matmul__": matmul,
        "__rmatmul__": rmatmul,
        "__neg__": _unary(np.negative, operator.neg),
        "__pos__": lambda self: apply(np.positive, (self,)),
        "__abs__": _unary(np.absolute, abs),
        "__invert__": lambda self: apply(np.logical_not if self.dtype == bool else np.invert, (self,)),
        "__lt__": _comparison(np.less, "Less"),
        "__le__": _comparison(np.less_equal, "LessEqual"),
        "__gt__": _comparison(np.greater, "Greater"),
        "__ge__": _comparison(np.greater_equal, "GreaterEqual"),
        "__eq__": _comparison(np.equal, "Equal", False),
        "__ne__": _comparison(np.not_equal, "NotEqual", True),
        "__array_ufunc__": array_ufunc,
        "__array_function__": array_function,
    }
    for name, (forward, backward) in _OPERATORS.items():
        table[f"__{name}__"], table[f"__r{name}__"] = forward, backward
    return table


# Array methods and attributes, so that code written for arrays runs on Tensors; each is the function of that name.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in (
        "all any argmax argmin argsort clip conj conjugate cumprod cumsum diagonal dot max mean min nonzero prod "
        "ravel repeat round searchsorted sort squeeze std sum swapaxes take trace var"
    ).split()
} | {"flatten": np.ravel, "copy": np.positive}


def _array_method(function: Callable[..., Any]) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return apply(function, (self, *args), kwargs or None)

    method.__name__ = getattr(function, "__name__", "method")
    method.__doc__ = f"`{qualified_name(function)}` of this Tensor."
    return method


def reshape(self: Any, *shape: Any, **kwargs: Any) -> Any:
    return apply(np.reshape, (self, shape[0] if len(shape) == 1 else shape), kwargs or None)


def transpose(self: Any, *axes: Any) -> Any:
    return apply(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None))


def astype(self: Any, dtype: Any, copy: bool = True) -> Any:
    """The Tensor in another dtype; differentiable between floating and complex dtypes."""
    return cast(self, dtype)


def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype."""
    x = resolve(x)
    dtype = np.dtype(dtype)
    if not isinstance(x, Tensor):
        return make(constant_array(x if hasattr(x, "dtype") else np.asarray(x), dtype))
    if x._a.dtype == dtype:
        return x
    if dtype.kind in "fc" and x._a.dtype.kind in "fc":
        return apply(np.astype, (x, dtype))
    left(x._key, f"a cast to {dtype}")
    array = x._a.real if x._a.dtype.kind == "c" else x._a
    return make(frozen(array.astype(dtype)))


def install() -> None:
    """Put the operators and methods on both classes."""
    shared = _methods()
    for name, method in shared.items():
        setattr(Tensor, name, method)
        setattr(
            Variable,
            name,
            _reading(method) if name not in ("__array_ufunc__", "__array_function__") else method,
        )
    for cls in (Tensor, Variable):
        for name, function in _FUNCTIONS.items():
            setattr(cls, name, _array_method(function))
        cls.reshape, cls.transpose, cls.astype = reshape, transpose, astype  # type: ignore[method-assign, union-attr]
        for name, function in {  # type: ignore[assignment]
            "T": np.transpose,
            "mT": np.matrix_transpose,
            "real": np.real,
            "imag": np.imag,
        }.items():
            setattr(cls, name, property(_array_method(function)))
    Tensor.__getitem__ = getitem  # type: ignore[assignment, method-assign]
    Variable.__getitem__ = getitem_of_variable  # type: ignore[assignment, method-assign]
    Tensor._identity = identity  # type: ignore[assignment, method-assign]


def _reading(method: Any) -> Any:
    """The method on the Variable's value."""

    def call(self: Any, *args: Any) -> Any:
        return method(self._read(), *args)

    return call


install()
