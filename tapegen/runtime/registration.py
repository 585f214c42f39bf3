"""Gradients for functions that have no rule: `RegisterGradient` gives one, `no_gradient` says that there is none.

NumPy's way of handing a call to a Tensor is what such a function needs: a ufunc, of `np.frompyfunc` or SciPy, or a
function under `__array_function__`. For a Python function there is `custom_gradient`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..rules.registry import qualified_name, rule_for

_own: dict[Any, Callable[..., Any] | None] = {}


@dataclass(frozen=True)
class Operation:
    """A call, as a gradient function sees it: its arguments and results as Tensors."""

    name: str
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


class RegisterGradient:
    """Decorator: the gradient of a function that has no derivative rule.

    Args:
        op_type: the function, such as a ufunc.
    `grad_fn(op, *cotangents)` is given the call, with `op.inputs` and `op.outputs`, and one cotangent for each output;
    it returns one for each input, None for zero.
    Raises: KeyError if the function has a rule or was registered before; TypeError for a name or a Python function.

    >>> import numpy as np
    >>> from tapegen.runtime import GradientTape, Tensor
    >>> cube = np.frompyfunc(lambda x: x**3, 1, 1)
    >>> @RegisterGradient(cube)
    ... def _(op, ct):
    ...     return ct * 3 * op.inputs[0] ** 2
    >>> x = Tensor(2.0)
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = cube(x)
    >>> tape.gradient(y, x)
    <tf.Tensor: shape=(), dtype=float32, numpy=12.0>
    """

    def __init__(self, op_type: Any) -> None:
        self._function = _unregistered(op_type)

    def __call__(self, grad_fn: Callable[..., Any]) -> Callable[..., Any]:
        _own[self._function] = grad_fn
        return grad_fn


def no_gradient(op_type: Any) -> None:
    """Say that a function without a derivative rule is constant: its results are not followed.

    Raises: as `RegisterGradient`.
    """
    _own[_unregistered(op_type)] = None


def _unregistered(function: Any) -> Any:
    if isinstance(function, str) or not callable(function):
        raise TypeError(f"give the function itself, such as a ufunc, not {function!r}")
    if not hasattr(function, "nin") and not hasattr(function, "_implementation"):
        raise TypeError(
            f"{qualified_name(function)} is not called by way of NumPy, so a tape sees the operations in it; "
            "decorate it with custom_gradient"
        )
    if function in _own or rule_for(function) is not None:
        raise KeyError(f"{qualified_name(function)} has a gradient already")
    return function


def registered(function: Any) -> tuple[Callable[..., Any] | None] | None:
    """What was registered for a function: one gradient function, or None for a constant; None if nothing was."""
    return (_own[function],) if function in _own else None


def pullback_of(
    grad_fn: Callable[..., Any], name: str, inputs: Sequence[Any], outputs: Sequence[Any]
) -> Callable[..., Any]:
    """The pullback that calls a gradient function."""
    operation = Operation(name, tuple(inputs), tuple(outputs))

    def pullback(*cts: Any) -> list[Any]:
        found = grad_fn(operation, *cts)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        if len(found) != len(operation.inputs):
            raise ValueError(
                f"the gradient of {name} should return {len(operation.inputs)} values, but returned {len(found)}"
            )
        return found

    return pullback
