"""`tg.grad` and `tg.value_and_grad`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tapegen.analysis.values import Value
from tapegen.api.differentiate import Derivative
from tapegen.compiler import Compiled, compile_gradient
from tapegen.linker import Linked

Argnums = int | Sequence[int]


class Gradient(Derivative):
    """The gradient of a scalar function, or its value and gradient."""

    def __init__(self, fn: Any, argnums: Argnums, has_aux: bool, with_value: bool) -> None:
        self.argnums, self.has_aux, self.with_value = argnums, has_aux, with_value
        self.what = "Value and gradient" if with_value else "Gradient"
        super().__init__(fn)

    def generated_name(self, name: str) -> str:
        return f"{name}_value_and_grad" if self.with_value else f"{name}_grad"

    def positions(self) -> tuple[int, ...]:
        """`argnums` as a tuple."""
        return (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)

    def inputs(self, linked: Linked) -> list[str]:
        params = linked.own_params
        for position in self.positions():
            if not -len(params) <= position < len(params):
                raise TypeError(f"argnums={position}, but {self.fn.__name__} takes {len(params)} arguments")
        return [params[position] for position in self.positions()]

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_gradient(
            linked,
            signature,
            self.__name__,
            self.inputs(linked),
            with_value=self.with_value,
            has_aux=self.has_aux,
            single=isinstance(self.argnums, int),
        )


def grad(fn: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Gradient:
    """The gradient of a scalar function.

    Args:
        fn: a function of floats, arrays, and nests of them, with a real scalar result.
        argnums: position of the argument to differentiate with respect to, or a sequence of positions.
        has_aux: whether `fn` returns a pair, of which the second part is not differentiated.
    Returns: a function of the same arguments that returns the gradient, shaped and typed like the argument; a tuple
        of gradients if `argnums` is a sequence; `(gradient, auxiliary)` if `has_aux`. It has `.source`.
    Raises: TypeError if the argument has no derivative or the result is no scalar; TransformError where `fn` uses what
        cannot be differentiated.
    Source: reverse mode, Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.2.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    """
    return Gradient(fn, argnums, has_aux, with_value=False)


def value_and_grad(fn: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Gradient:
    """The value of a scalar function together with its gradient.

    Args: as for `grad`.
    Returns: a function of the same arguments that returns `(value, gradient)`; the value is `(value, auxiliary)` if `has_aux`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    return Gradient(fn, argnums, has_aux, with_value=True)
