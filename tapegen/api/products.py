"""`tg.vjp` and `tg.jvp`: the two products with the Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from tapegen.analysis.values import Value
from tapegen.api.arguments import differentiable
from tapegen.api.backend import backend_of
from tapegen.api.contexts import generated
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.ownership import disjoint, keep
from tapegen.backends.options import Numba
from tapegen.compiler import Compiled, compile_adjoint, compile_pair, compile_tangent
from tapegen.kernels.trees import record_like
from tapegen.linker import Linked
from tapegen.pytree import tree_map


class Product(Derivative):
    """A product with the Jacobian with respect to the parameters in `wrt`, hidden ones included."""

    def __init__(self, fn: Any, wrt: tuple[int, ...], backend: Numba | None = None) -> None:
        self.wrt, self.backend = wrt, backend
        super().__init__(fn)

    def positions(self) -> tuple[int, ...]:
        return self.wrt

    def options(self) -> tuple[Any, ...]:
        return (self.wrt,) if self.backend is None else (self.wrt, self.backend)

    def inputs(self, linked: Linked) -> list[str]:
        return [linked.core.params[position + len(self.args)] for position in self.wrt]


class Pair(Product):
    """The forward and adjoint functions of a function."""

    what = "Vector-Jacobian product"

    def generated_name(self, name: str) -> str:
        return name

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_pair(linked, signature, self.__name__, self.inputs(linked))

    def adjoint_of(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """The second function of a pair, given the first."""
        return generated(forward).__globals__[f"{self.__name__}_adj"]  # type: ignore[no-any-return]


class Adjoint(Product):
    """The cotangents as a function of all parameters and the cotangent of the result."""

    what = "Adjoint"

    def generated_name(self, name: str) -> str:
        return f"{name}_vjp"

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_adjoint(linked, signature, self.__name__, self.inputs(linked), self.backend)


class Tangent(Product):
    """The tangent function of a function."""

    what = "Jacobian-vector product"
    keeps_checkpoints = True

    def generated_name(self, name: str) -> str:
        return f"{name}_jvp"

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_tangent(linked, signature, self.__name__, self.inputs(linked), self.backend)


def vjp(fn: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and the map from a cotangent of it to those of the arguments.

    Args:
        fn: a function of floats, arrays, and nests of them.
        args: where to evaluate it.
    Returns: `(out, vjp_fn)`; `vjp_fn(ct)`, with `ct` structured like `out`, returns a tuple with one cotangent for each
        argument, None for an argument that holds no floats. It may be called any number of times; what it keeps is its
        own. It has `.source`.
    Raises: TypeError for arguments that can't be handled; ValueError if `ct` does not fit `out`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.2.

    >>> import numpy as np
    >>> out, pullback = vjp(lambda x, y: x * y, np.array([1.0, 2.0]), 3.0)
    >>> pullback(np.array([1.0, 1.0]))
    (array([3., 3.]), 3.0)
    """
    wrt = tuple(i for i, value in enumerate(args) if differentiable(value))
    if not args:
        raise TypeError("vjp needs an argument to differentiate with respect to")
    if not wrt:
        derivative_of(Pair, fn, (0,)).ready(args, {})  # says what is wrong with the first
    out, pull, source = linearise(fn, wrt, args, {})

    def pullback(ct: Any) -> tuple[Any, ...]:
        cotangents: list[Any] = [None] * len(args)
        for position, value in zip(wrt, pull(ct), strict=True):
            cotangents[position] = value
        return tuple(cotangents)

    pullback.source = source  # type: ignore[attr-defined]
    return out, pullback


def linearise(
    fn: Any, wrt: tuple[int, ...], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, Callable[[Any], Sequence[Any]], str]:
    """The value of a call, the map from its cotangent to those of the arguments at `wrt`, and the source of that."""
    backend = backend_of(None, fn)
    if backend is not None:
        return _run_again(fn, wrt, args, kwargs, backend)
    pair = derivative_of(Pair, fn, wrt)
    forward, arguments = pair.ready(tuple(args), kwargs)
    adjoint = pair.adjoint_of(forward)
    out, residuals = forward(*arguments)
    residuals = keep(residuals, [*arguments, out])
    out = disjoint(out, arguments)
    like = tree_map(lambda leaf: leaf, out)  # the caller may change the containers

    def pull(ct: Any) -> Sequence[Any]:
        return adjoint(residuals, match(ct, like))  # type: ignore[no-any-return]

    return out, pull, pair.source


def _run_again(
    fn: Any, wrt: tuple[int, ...], args: Sequence[Any], kwargs: Mapping[str, Any], backend: Numba
) -> tuple[Any, Callable[[Any], Sequence[Any]], str]:
    """`linearise` for compiled code: what is kept are the arguments, and the adjoint runs the function again."""
    compiled = derivative_of(Adjoint, fn, wrt, backend)
    run, arguments = compiled.ready(tuple(args), kwargs)
    kept = keep(tuple(arguments), [*arguments])
    value, primals = derivative_of(Tangent, fn, (), backend).ready(tuple(args), kwargs)
    out = disjoint(value(*primals)[0], arguments)
    like = tree_map(lambda leaf: leaf, out)  # the caller may change the containers

    def pull(ct: Any) -> Sequence[Any]:
        again = keep(kept, [*kept])  # the function may write its arguments
        return run(*again, match(ct, like))  # type: ignore[no-any-return]

    return out, pull, compiled.source


def jvp(fn: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function, and its derivative in a direction.

    Args:
        primals: the arguments of `fn`.
        tangents: the direction, one tangent for each argument, structured and shaped like it; None for an argument
            that holds no floats or does not move.
    Returns: `(out, tangent of out)`.
    Raises: TypeError if a tangent is given for an integer; ValueError if one does not fit its primal.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.1.

    >>> jvp(lambda x: x**3, (2.0,), (1.0,))
    (8.0, 12.0)
    """
    if len(primals) != len(tangents):
        raise TypeError(f"jvp got {len(primals)} primals but {len(tangents)} tangents")
    wrt = tuple(i for i, dot in enumerate(tangents) if dot is not None)
    return push(fn, wrt, primals, {}, [tangents[i] for i in wrt])


def tangent_of(fn: Any, wrt: tuple[int, ...]) -> Tangent:
    """The tangent function of `fn`, on the backend that it is decorated with."""
    backend = backend_of(None, fn)
    options = (wrt,) if backend is None else (wrt, backend)
    return derivative_of(Tangent, fn, *options)  # type: ignore[no-any-return]


def push(
    fn: Any, wrt: tuple[int, ...], args: Sequence[Any], kwargs: Mapping[str, Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The value of a call and its tangent, for tangents of the arguments at `wrt`."""
    run, arguments = tangent_of(fn, wrt).ready(tuple(args), kwargs)
    dots = [match(dot, args[i], "tangent") for dot, i in zip(tangents, wrt, strict=True)]
    out, out_dot = run(*arguments, *dots)
    return disjoint((out, structured(out_dot, out)), [*arguments, *dots])  # type: ignore[no-any-return]


def match(ct: Any, primal: Any, what: str = "cotangent") -> Any:
    """`ct` in the dtype of `primal`, after checking that structure and shape agree.

    Raises: ValueError if they do not, TypeError for what is no number, or complex where the primal is real.
    """
    if isinstance(primal, (list, tuple)):
        if not isinstance(ct, (list, tuple)) or len(ct) != len(primal):
            raise ValueError(
                f"the {what} must be a {type(primal).__name__} of length {len(primal)}, like its primal"
            )
        items = [match(c, p, what) for c, p in zip(ct, primal, strict=True)]
        cls: Any = type(primal)
        return cls._make(items) if hasattr(primal, "_fields") else cls(items)
    if isinstance(primal, dict):
        if not isinstance(ct, dict) or ct.keys() != primal.keys():
            raise ValueError(f"the {what} must be a dict with the keys {list(primal)}, like its primal")
        return {key: match(ct[key], value, what) for key, value in primal.items()}
    if is_dataclass(primal) and not isinstance(primal, type):
        if type(ct) is not type(primal):
            raise ValueError(f"the {what} must be a {type(primal).__name__}, like its primal")
        names = [field.name for field in fields(primal) if hasattr(primal, field.name)]
        return {name: match(getattr(ct, name), getattr(primal, name), what) for name in names}
    return _match_leaf(ct, primal, what) if differentiable(primal) else ct


def structured(dot: Any, primal: Any) -> Any:
    """The tangent of `primal` with its namedtuples and dataclasses, None for their fields that hold no floats."""
    if isinstance(primal, (list, tuple)) and isinstance(dot, (list, tuple)):
        items = [structured(d, p) for d, p in zip(dot, primal, strict=True)]
        if hasattr(primal, "_fields"):
            cls: Any = type(primal)
            return cls._make(d if differentiable(p) else None for d, p in zip(items, primal, strict=True))
        return type(dot)(items) if type(dot) in (list, tuple) else dot
    if isinstance(primal, dict) and isinstance(dot, dict):
        return {key: structured(dot[key], value) for key, value in primal.items()}
    if is_dataclass(primal) and not isinstance(primal, type) and isinstance(dot, dict):
        parts = {name: (d, getattr(primal, name)) for name, d in dot.items()}
        return record_like(
            primal,
            **{name: structured(d, p) if differentiable(p) else None for name, (d, p) in parts.items()},
        )
    return dot


def _match_leaf(ct: Any, primal: Any, what: str) -> Any:
    array = np.asarray(ct)
    if array.dtype.kind not in "biufc":
        if isinstance(primal, np.ndarray):
            raise TypeError(f"the {what} has dtype {array.dtype}, but its primal has dtype {primal.dtype}")
        raise TypeError(f"the {what} is {ct!r}, but its primal is a {type(primal).__name__}")
    if array.shape != np.shape(primal):
        like = f"has shape {primal.shape}" if isinstance(primal, np.ndarray) else "is a scalar"
        raise ValueError(f"the {what} has shape {array.shape}, but its primal {like}")
    if array.dtype.kind == "c" and not np.iscomplexobj(primal):
        raise TypeError(f"the {what} is complex, but its primal is real")
    if isinstance(primal, np.ndarray):
        return array.astype(primal.dtype, copy=False)
    return primal.dtype.type(array) if isinstance(primal, np.generic) else type(primal)(array)
