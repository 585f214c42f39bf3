"""Derivatives by hand: `tg.primitive`, `tg.custom_gradient`, and none at all: `tg.stop_gradient`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import tapegen.rules  # noqa: F401  (a rule of the user's comes after those of the book)
from tapegen.backends.load import load
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
        function: any callable, such as one of an extension module.

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
        """Set the tangent: `jvp(tangents, out, *args)`, with one tangent for each argument, returns that of the result."""
        self._jvp = jvp
        self._register()
        return jvp

    def _register(self) -> None:
        params = _positional(self.function)
        listed = ", ".join(params)
        count = len(params)
        results = ", ".join(f"cts[{i}]" for i in range(count))
        vjp = f"def vjp_rule({listed}, *, out, ct):\n    cts = vjp(ct, out, {listed})\n    return {results}\n"
        dots = ", ".join(f"{p}_dot" for p in params)
        jvp = (
            f"def jvp_rule({listed}, *, out, {dots}):\n    tangent = jvp(({dots},), out, {listed})\n"
            f"    return {', '.join(['tangent', *['0.0'] * (count - 1)])}\n"
        )
        missing = _missing(getattr(self, "__name__", "the primitive"))
        rules = load(
            vjp + "\n\n" + jvp, "primitive", {"vjp": self._vjp or missing, "jvp": self._jvp or missing}
        )
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


custom_gradient = eager_custom_gradient
