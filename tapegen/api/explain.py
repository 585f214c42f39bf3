"""`tg.explain`: every stage of a function on its way to its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapegen.api.arguments import differentiable
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.function import Function
from tapegen.api.products import Pair
from tapegen.api.program import program_of


def explain(fn: Any, *args: Any) -> dict[str, str]:
    """The stages of a function on its way to its generated code, as named sources.

    Args:
        fn: a function, or a transform such as `tg.grad(f)`.
        args: example arguments, whose types the code is specialised for. Without them, a transform shows its last compilation,
            and a function the code for arguments of unknown type.
    Returns: from stage names, numbered in order, to source texts. Those before "differentiated" compute what `fn` computes.
    Raises: TransformError if `fn` cannot be transformed.

    >>> stages = explain(lambda x: x * x, 3.0)
    >>> print(stages["02 single assignment"])
    def function(x):
        result = x * x
        return result
    """
    transform = fn if isinstance(fn, Derivative) else _pair(fn, args)
    if args:
        transform.ready(args, {})
    return transform.stages


def _pair(fn: Any, args: Sequence[Any]) -> Derivative:
    fn = fn.fn if isinstance(fn, Function) else fn
    count = len(program_of(fn).linked().own_params)
    wrt = tuple(i for i in range(count) if not args or (i < len(args) and differentiable(args[i])))
    return derivative_of(Pair, fn, wrt)
