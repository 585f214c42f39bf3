"""Derivatives by hand, and none at all."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..pytree import flatten, tree_map
from ..pytree import leaves as leaves_of
from .record import record, resolve, stopped
from .state import left, recording_into, state
from .tape import GradientTape
from .tensor import Tensor, frozen, make
from .variable import Variable


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """The value of a Tensor, as a constant: neither gradients nor tangents pass. Nests keep their structure."""
    return tree_map(_constant, input)


def _constant(value: Any) -> Any:
    if isinstance(value, (Tensor, Variable, np.ndarray, np.generic, int, float, complex)):
        if not isinstance(value, (Tensor, Variable)):
            return Tensor(value)
        value = resolve(value)
        left(value._key, "stop_gradient")
        return make(value._a)
    return value


class _Watcher:
    """A recorder that notes which trainable Variables are read, and nothing else."""

    forward = False

    def __init__(self) -> None:
        self.variables: list[Variable] = []

    known: frozenset[int] = frozenset()
    exits: tuple[Any, ...] = ()

    def follows(self, key: Any) -> bool:
        return False

    def watch_variable(self, variable: Variable) -> None:
        if all(v is not variable for v in self.variables):
            self.variables.append(variable)

    def assigned(self, variable: Variable) -> None:
        pass


def custom_gradient(f: Callable[..., Any] | None = None) -> Any:
    """Decorator: a function that says what its gradient is.

    `f(*args)` returns `(outputs, grad_fn)`. Numbers and arrays among `args` become Tensors. `grad_fn(*cotangents)`, one
    for each output, returns the cotangents of `args`, flat if these are nests; None stands for zero. If `f` reads
    Variables, `grad_fn` must take a keyword argument `variables`, the list of them, and return
    `(cotangents of args, cotangents of variables)`.

    What `grad_fn` does is differentiated for second order, or use `custom_gradient` in it.
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        count = len(leaves_of(args))
        leaves = [_as_tensor(leaf, i < count) for i, leaf in enumerate(leaves)]
        args, kwargs = structure.unflatten(leaves)
        watcher = _Watcher()
        with recording_into((*state.recorders, watcher)):
            outputs, grad_fn = f(*args, **kwargs)
        inputs = [leaf for leaf in leaves if isinstance(leaf, (Tensor, Variable))]
        variables = [v for v in watcher.variables if all(v is not i for i in inputs)]
        if variables and not _accepts_variables(grad_fn):
            raise TypeError(
                "@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function uses variables: "
                f"{variables}"
            )
        found, result = flatten(outputs)
        count = len(inputs)

        def pullback(*cts: Any) -> list[Any]:
            if variables:
                returned, by_variable = grad_fn(*cts, variables=variables)
                by_variable = leaves_of(by_variable)
                if len(by_variable) != len(variables):
                    raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
            else:
                returned, by_variable = grad_fn(*cts), []
            grads = leaves_of(returned)
            if len(grads) != count:
                raise ValueError(
                    f"custom_gradient function expected to return {count} gradients, but returned {len(grads)} instead."
                )
            return [
                _cotangent(g, i) for g, i in zip([*grads, *by_variable], [*inputs, *variables], strict=True)
            ]

        name = getattr(f, "__name__", "custom_gradient")
        return result.unflatten(record(found, [*inputs, *variables], pullback, name, tensors=True))

    return decorated


def _as_tensor(leaf: Any, positional: bool) -> Any:
    """Arrays as Tensors, and numbers that are given by position, as TensorFlow has it."""
    number = positional and type(leaf) in (float, int, complex)
    return Tensor(leaf) if number or isinstance(leaf, (np.ndarray, np.generic)) else leaf


def _accepts_variables(function: Callable[..., Any]) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(
        p.kind is p.VAR_KEYWORD or (p.name == "variables" and p.kind is not p.POSITIONAL_ONLY)
        for p in parameters
    )


def _cotangent(value: Any, primal: Any) -> Any:
    """What a `grad_fn` returned, as a Tensor of the dtype of its primal."""
    if value is None:
        return None
    value = resolve(value)
    return value if isinstance(value, Tensor) else make(frozen(np.array(value, primal.dtype)))


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the values and gradients of `f` that keeps nothing: it runs again for gradients."""

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        positions = [i for i, leaf in enumerate(leaves) if isinstance(leaf, (Tensor, Variable))]
        watcher = _Watcher()
        with recording_into((watcher,)):
            outputs = f(*args, **kwargs)
        inputs = [leaves[i] for i in positions]
        variables = [v for v in watcher.variables if all(v is not i for i in inputs)]
        held = [
            resolve(v) for v in variables
        ]  # the values of now, should somebody assign before the gradient
        found, result = flatten(outputs)
        constants = [resolve(i) for i in inputs]

        def pullback(*cts: Any) -> list[Any]:
            again = list(leaves)
            tape = GradientTape(watch_accessed_variables=False)
            fresh = [c._identity() for c in constants] if state.recorders else [make(c._a) for c in constants]
            for i, t in zip(positions, fresh, strict=True):
                again[i] = t
            now = [v._tensor for v in variables]
            for v, t in zip(variables, held, strict=True):
                v._tensor = t
            try:
                with tape:
                    tape.watch([t for t in fresh if t.dtype.kind in "fc"])
                    tape.watch([v for v in variables if v.dtype.kind in "fc"])
                    args, kwargs = structure.unflatten(again)
                    repeated = leaves_of(f(*args, **kwargs))
                return list(tape.gradient(repeated, [*fresh, *variables], list(cts)))
            finally:
                for v, t in zip(variables, now, strict=True):
                    v._tensor = t

        return result.unflatten(
            record(found, [*inputs, *variables], pullback, "recompute_grad", tensors=True)
        )

    return decorated


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the values of `f` and the gradient of the identity."""

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with stopped():
            outputs = f(*args, **kwargs)
        leaves = [a for a in leaves_of((args, kwargs)) if isinstance(a, (Tensor, Variable))]
        found, result = flatten(outputs)

        def pullback(*cts: Any) -> list[Any]:
            return [*cts, *[None] * (len(leaves) - len(cts))]

        return result.unflatten(record(found, leaves, pullback, "grad_pass_through", tensors=True))

    return decorated


__all__ = ["custom_gradient", "grad_pass_through", "recompute_grad", "stop_gradient"]
