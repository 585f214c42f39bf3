"""`tg.grad` and `tg.value_and_grad`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.analysis.values import Value
from tapegen.api.backend import backend_of
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.ownership import apart
from tapegen.backends.options import Numba
from tapegen.compiler import Compiled, compile_gradient
from tapegen.linker import Linked

Argnums = int | Sequence[int]


class Gradient(Derivative):
    """The gradient of a scalar function, or its value and gradient."""

    def __init__(
        self,
        fn: Any,
        argnums: int | tuple[int, ...],
        has_aux: bool,
        with_value: bool,
        backend: Numba | None = None,
    ) -> None:
        self.argnums, self.has_aux, self.with_value, self.backend = argnums, has_aux, with_value, backend
        self.what = "Value and gradient" if with_value else "Gradient"
        super().__init__(fn)

    @property
    def __tapegen_backend__(self) -> Numba | None:
        return self.backend

    def generated_name(self, name: str) -> str:
        return f"{name}_value_and_grad" if self.with_value else f"{name}_grad"

    def positions(self) -> tuple[int, ...]:
        return self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)

    def options(self) -> tuple[Any, ...]:
        return self.argnums, self.has_aux, self.with_value, self.backend

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_gradient(
            linked,
            signature,
            self.__name__,
            self.inputs(linked),
            with_value=self.with_value,
            has_aux=self.has_aux,
            single=isinstance(self.argnums, int),
            numba=self.backend,
        )

    def finish(self, result: Any) -> Any:
        # Gradients are their own already; a value of rank 0 may be an argument, and the auxiliary anything.
        if self.has_aux:
            value, gradient = result if self.with_value else (None, result)
            if self.with_value:
                return apart(value), gradient
            gradient, aux = gradient
            return gradient, apart(aux)
        if self.with_value and type(result[0]) is np.ndarray:
            return result[0].copy(), result[1]
        return result


def checked_argnums(argnums: Any) -> int | tuple[int, ...]:
    """`argnums` as an integer or a tuple of integers.

    Raises: TypeError if it is something else, ValueError if it is empty.
    """
    try:
        return operator.index(argnums) if not isinstance(argnums, bool) else _refuse(argnums)
    except TypeError:
        pass
    if isinstance(argnums, (str, bytes, bool)) or not isinstance(argnums, Sequence):
        _refuse(argnums)
    if not argnums:
        raise ValueError("argnums is empty: give at least one position")
    return tuple([operator.index(position) for position in argnums])


def _refuse(argnums: Any) -> Any:
    raise TypeError(f"argnums is an integer or a sequence of integers, not {argnums!r}")


def grad(
    fn: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None
) -> Gradient:
    """The gradient of a scalar function.

    Args:
        fn: a function of floats, arrays, and nests of them, with a real scalar result.
        argnums: position of the argument to differentiate with respect to, or a sequence of positions; negative ones
            count from the last parameter.
        has_aux: whether `fn` returns a pair, of which the second part is not differentiated.
        backend: what runs the generated code: "numpy"; "numba", which compiles it as loops; or None for what `fn` is
            decorated with.
    Returns: a function of the same arguments that returns the gradient, shaped and typed like the argument, in memory
        of its own; a tuple of gradients if `argnums` is a sequence; `(gradient, auxiliary)` if `has_aux`. It has
        `.source`.
    Raises: TypeError if the argument has no derivative or the result is no scalar; TransformError where `fn` uses
        what cannot be differentiated.
    Source: reverse mode, Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.2.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda w, x: w * x + w, argnums=(0, 1))(2.0, 3.0)
    (4.0, 2.0)
    """
    chosen = backend_of(backend, fn)
    return derivative_of(Gradient, fn, checked_argnums(argnums), has_aux, False, chosen)  # type: ignore[no-any-return]


def value_and_grad(
    fn: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, backend: str | None = None
) -> Gradient:
    """The value of a scalar function together with its gradient.

    Args: as for `grad`.
    Returns: a function of the same arguments that returns `(value, gradient)`; the value is `(value, auxiliary)` if
        `has_aux`. `scipy.optimize.minimize(..., jac=True)` takes it as it is.
    Raises: as for `grad`.
    Source: as for `grad`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    chosen = backend_of(backend, fn)
    return derivative_of(Gradient, fn, checked_argnums(argnums), has_aux, True, chosen)  # type: ignore[no-any-return]


# The linker carries these out where it meets `g = tg.grad(f)` in a function.
grad.makes_derivative = value_and_grad.makes_derivative = True  # type: ignore[attr-defined]
