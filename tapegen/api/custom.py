"""Derivatives by hand: `tg.primitive`, `tg.custom_gradient`, and none at all: `tg.stop_gradient`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import tapegen.rules  # noqa: F401  (a rule of the user's comes after those of the book)
from tapegen.backends.load import load
from tapegen.kernels.trees import counted
from tapegen.linker import SPELLINGS
from tapegen.pytree import flatten
from tapegen.rules import registry
from tapegen.runtime import Tensor, Variable
from tapegen.runtime import custom_gradient as eager_custom_gradient
from tapegen.runtime import stop_gradient as eager_stop_gradient


def stop_gradient(value: Any, name: str | None = None) -> Any:
    """The value as a constant: no derivative passes.

    Args:
        value: an array, a number, a Tensor, or a nest of them.
        name: accepted for compatibility with TensorFlow.
    Returns: the same value; of a Tensor, one that no tape follows.
    Raises: nothing.
    Source: tf.stop_gradient.

    >>> import tapegen as tg
    >>> tg.grad(lambda x: x * tg.stop_gradient(x))(3.0)
    3.0
    """
    if any(isinstance(leaf, (Tensor, Variable)) for leaf in flatten(value)[0]):
        return eager_stop_gradient(value, name)
    return value


registry.constant(stop_gradient)


class primitive:
    """A function that is not looked into: its derivatives are what `defvjp` and `defjvp` say.

    Args:
        function: any callable with positional parameters, such as one of an extension module.
    Raises: TypeError where a derivative is asked for that is not defined.
    Source: `defvjp` and `defjvp` are those of HIPS autograd.

    >>> import math
    >>> import tapegen as tg
    >>> cube = tg.primitive(lambda x: x * x * x)
    >>> @cube.defvjp
    ... def cube_vjp(ct, out, x):
    ...     return (ct * 3 * x * x,)
    >>> @cube.defjvp
    ... def cube_jvp(tangents, out, x):
    ...     return tangents[0] * 3 * x * x
    >>> tg.grad(cube)(2.0)
    12.0
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self._vjp: Callable[..., Any] | None = None
        self._jvp: Callable[..., Any] | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def defvjp(self, vjp: Callable[..., Any]) -> Callable[..., Any]:
        """Set the cotangents: `vjp(ct, out, *args)` returns a tuple, one for each argument, None for one without."""
        self._vjp = vjp
        self._register()
        return vjp

    def defjvp(self, jvp: Callable[..., Any]) -> Callable[..., Any]:
        """Set the tangent: `jvp(tangents, out, *args)`, one tangent for each argument, returns that of the result."""
        self._jvp = jvp
        self._register()
        return jvp

    def _register(self) -> None:
        params = _positional(self.function)
        listed = ", ".join(params)
        count = len(params)
        results = ", ".join(f"cts[{i}]" for i in range(count))
        name = getattr(self, "__name__", "the primitive")
        vjp = (
            f"def vjp_rule({listed}, *, out, ct):\n"
            f"    cts = counted(vjp(ct, out, {listed}), {name!r}, {tuple(params)!r})\n    return {results}\n"
        )
        dots = ", ".join(f"{p}_dot" for p in params)
        jvp = (
            f"def jvp_rule({listed}, *, out, {dots}):\n    tangent = jvp(({dots},), out, {listed})\n"
            f"    return {', '.join(['tangent', *['0.0'] * (count - 1)])}\n"
        )
        missing = _missing(name)
        known = {"counted": counted, "vjp": self._vjp or missing, "jvp": self._jvp or missing}
        rules = load(vjp + "\n\n" + jvp, "primitive", known)
        for key in {id(self): self, id(self.function): self.function}.values():
            rule = registry.general(key, wrt=params)(rules["vjp_rule"])
            rule.defjvp(rules["jvp_rule"])


def _missing(name: str) -> Callable[..., Any]:
    def missing(*args: Any) -> Any:
        raise TypeError(f"{name} lacks this derivative: define it with defvjp or defjvp")

    return missing


def _positional(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError as error:
        raise TypeError("a primitive needs a signature: wrap the function in a Python function") from error
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if not parameters or any(p.kind not in kinds for p in parameters):
        raise TypeError("a primitive takes positional arguments: wrap the function in one that does")
    return [p.name for p in parameters]


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Decorator: a function that says what its gradient is, in TensorFlow's convention.

    Args:
        f: a function that returns `(outputs, grad_fn)`. `grad_fn(*cotangents)`, one for each output, returns the
            cotangents of the arguments; None stands for zero. If `f` reads Variables, `grad_fn` must take a keyword
            argument `variables`, the list of them, and return `(cotangents of arguments, cotangents of variables)`.
    Returns: a function of the same arguments that returns the outputs. Compiled code calls it too, if it takes
        positional arguments and has one output.
    Raises: when differentiated, ValueError if `grad_fn` returns too few or too many cotangents.
    Source: tf.custom_gradient.

    >>> import tapegen as tg
    >>> @tg.custom_gradient
    ... def clipped(x):
    ...     return x * x, lambda ct: ct * min(2.0 * x, 1.0)
    >>> tg.grad(lambda x: 3.0 * clipped(x))(5.0)
    3.0
    """
    if f is None:
        return custom_gradient
    decorated = eager_custom_gradient(f)
    try:
        count = len(_positional(f))
    except TypeError:  # compiled code refuses it
        return decorated
    plain = primitive(_values_of(f))
    plain.defvjp(_cotangents_of(f, count))
    SPELLINGS[decorated] = plain
    return decorated


def _values_of(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def values(*args: Any) -> Any:
        return _array(f(*args)[0])

    return values


def _cotangents_of(f: Callable[..., Any], count: int) -> Callable[..., Any]:
    def cotangents(ct: Any, out: Any, *args: Any) -> Any:
        outputs, grad_fn = f(*args)
        if isinstance(outputs, (tuple, list, dict)):
            raise TypeError(
                f"compiled code cannot use the gradient of {f.__name__}: it has several outputs; use a tape"
            )
        found = [None if leaf is None else _array(leaf) for leaf in flatten(grad_fn(ct))[0]]
        if len(found) != count:
            raise ValueError(
                f"custom_gradient function expected to return {count} gradients, but returned {len(found)} instead."
            )
        return found

    return cotangents


def _array(value: Any) -> Any:
    """A value without Tensors in it, which the caller may write."""
    return np.array(value.numpy()) if isinstance(value, (Tensor, Variable)) else value


__all__ = ["custom_gradient", "primitive", "stop_gradient"]
