"""`input_signature` of `tg.function`: what each argument must be, checked at each call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.runtime import Tensor, Variable
from tapegen.runtime.tensor import constant_array, make


class Signature:
    """The shapes and dtypes that a decorated function takes; `self` of a method is not among them.

    Args:
        fn: the function.
        specs: a list or tuple of `TensorSpec`s, or nests of them, one for each parameter.
    Raises: TypeError if they are not that, or are more or less than the parameters without default.
    """

    def __init__(self, fn: Callable[..., Any], specs: Any) -> None:
        if not isinstance(specs, (list, tuple)):
            raise TypeError(f"input_signature must be either a tuple or a list, got {type(specs)}.")
        wrong = [leaf for leaf in _leaves(specs) if not _is_spec(leaf)]
        if wrong:
            raise TypeError(f"input_signature must be a nested sequence of TensorSpec objects, got {wrong}.")
        self.specs = tuple(specs)
        parameters = list(inspect.signature(fn).parameters.values())
        self.method = bool(parameters) and parameters[0].name == "self"
        parameters = parameters[self.method :]
        self.bound = inspect.Signature(parameters)
        if not any(p.kind is p.VAR_POSITIONAL for p in parameters):
            extra = len(specs) - len(parameters)
            if extra > 0:
                raise TypeError(f"input_signature contains {extra} extra type constraints.")
        positional = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        missing = [p.name for p in positional[len(specs) :] if p.default is p.empty]
        if missing:
            raise TypeError(f"input_signature missing type constraint for {', '.join(missing)}")

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call as Tensors of these shapes and dtypes.

        Raises: TypeError for arguments that are not, or that the function does not take.
        """
        owner, given = list(args[: self.method]), args[self.method :]
        try:
            call = self.bound.bind(*given, **kwargs)
        except TypeError as error:
            raise TypeError(f"Binding inputs to tf.function failed due to `{error}`.") from None
        values = list(call.args)
        for i, (value, spec) in enumerate(zip(values, self.specs, strict=False)):
            values[i] = _fitted(value, spec)
        rest = list(self.bound.parameters.values())[len(self.specs) :]
        for p in rest:
            if p.name in call.arguments and p.default is not call.arguments[p.name] and p.kind not in (
                p.VAR_POSITIONAL, p.VAR_KEYWORD
            ):  # fmt: skip
                raise TypeError(
                    f"Binding inputs to tf.function failed due to `{p.name}` is not in the input_signature, so it "
                    "must keep its default`."
                )
        return owner + values, dict(call.kwargs)


def _is_spec(leaf: Any) -> bool:
    return hasattr(leaf, "is_compatible_with") and hasattr(leaf, "shape") and hasattr(leaf, "dtype")


def _leaves(specs: Any) -> Iterator[Any]:
    """The leaves of a nest; a specification is one, though it is a dataclass."""
    if isinstance(specs, (list, tuple, dict)):
        for part in specs.values() if isinstance(specs, dict) else specs:
            yield from _leaves(part)
    else:
        yield specs


def _fitted(value: Any, spec: Any) -> Any:
    """A value as its specification says; Python numbers, lists and arrays are converted, Tensors never."""
    if _is_spec(spec):
        found = value if isinstance(value, (Tensor, Variable)) else _converted(value, spec)
        if not spec.is_compatible_with(found):
            raise TypeError(
                f"Binding inputs to tf.function failed due to `Can not cast a Tensor of shape {tuple(found.shape)} and "
                f"dtype {found.dtype} to {spec!r}`."
            )
        return found
    if (
        type(value) is not type(spec)
        or len(value) != len(spec)
        or (isinstance(spec, dict) and set(value) != set(spec))
    ):
        raise TypeError(
            f"Binding inputs to tf.function failed due to `{value!r} is not structured like {spec!r}`."
        )
    if isinstance(spec, dict):
        return {name: _fitted(value[name], part) for name, part in spec.items()}
    parts = [_fitted(v, part) for v, part in zip(value, spec, strict=True)]
    return type(spec)._make(parts) if hasattr(spec, "_make") else type(spec)(parts)


def _converted(value: Any, spec: Any) -> Tensor:
    try:
        array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else value
        return make(constant_array(array, spec.dtype))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Binding inputs to tf.function failed due to `Cannot convert {value!r} to {spec!r}`."
        ) from error
