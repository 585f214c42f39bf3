"""`tg.explain`: every stage of a function on its way to its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapegen.api.arguments import differentiable
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.products import Pair


def explain(fn: Any, *args: Any) -> dict[str, str]:
    """The stages of a function on its way to its generated code, as named sources.

    Args:
        fn: a function, or a transform such as `tg.grad(f)`.
        args: example arguments, whose types the code is specialised for. Without them, a transform shows its last
            compilation, and a function the code for arguments of unknown type.
    Returns: from stage names, numbered in order, to source texts. Those before "differentiated" compute what `fn`
        computes.
    Raises: TransformError if `fn` cannot be transformed; TypeError for arguments without derivative.
    Source: the stages are described in docs/architecture.md.

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
    pair: Derivative = derivative_of(Pair, fn, ())
    count = len(args) if args else len(pair.base().own_params) - len(pair.args)
    wrt = tuple(i for i in range(count) if not args or differentiable(args[i]))
    return derivative_of(Pair, fn, wrt or tuple(range(count)))  # type: ignore[no-any-return]
