"""`tg.checkpoint`: less memory for more time, by running a function again when its adjoint needs it."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from tapegen.pytree import flatten
from tapegen.runtime import Tensor, Variable, recompute_grad


def checkpoint(fn: Callable[..., Any]) -> Checkpointed:
    """A function with the values and derivatives of `fn` that keeps nothing but its arguments for the adjoint.

    Where a differentiated function calls it, the forward sweep stores the arguments alone; the adjoint runs `fn` again
    and then backwards. So a loop of n steps in chunks of k, each chunk one call, keeps n / k states and the
    intermediate values of k steps instead of those of n: with k near the root of n, memory grows as that root, for one
    more run of `fn`. Checkpointed functions may call each other, which saves more for more runs.

    Args:
        fn: a Python function of arrays, numbers and nests of them. It may be used as a decorator.
    Returns: a function that is called like `fn`; under a tape, it is one recorded operation that runs again.
    Raises: TypeError if `fn` is not a Python function. Where it is differentiated, TransformError for a function that
        writes into its arguments, for with these it could not be run again.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., chapter 12.

    >>> import numpy as np
    >>> import tapegen as tg
    >>> @tg.checkpoint
    ... def chunk(x):
    ...     for _ in range(10):
    ...         x = x + 0.1 * np.sin(x)
    ...     return x
    >>> def f(x):
    ...     for _ in range(10):
    ...         x = chunk(x)
    ...     return x
    >>> x = 0.5
    >>> dx = tg.grad(f)(x)
    >>> bool(np.isclose(dx, (f(x + 1e-6) - f(x - 1e-6)) / 2e-6))
    True
    """
    if not isinstance(fn, types.FunctionType):
        raise TypeError(f"tg.checkpoint takes a Python function, not a {type(fn).__name__}")
    return Checkpointed(fn)


class Checkpointed:
    """What `tg.checkpoint` returns."""

    __tapegen_checkpoint__ = True

    def __init__(self, fn: Callable[..., Any]) -> None:
        functools.update_wrapper(self, fn)
        self.py_func = fn

    @property
    def __tapegen_function__(self) -> Callable[..., Any]:
        return self.py_func

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(leaf, (Tensor, Variable)) for leaf in flatten((args, kwargs))[0]):
            return recompute_grad(self.py_func)(*args, **kwargs)
        return self.py_func(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self) -> str:
        return self.py_func.__qualname__

    def __repr__(self) -> str:
        return f"<tg.checkpoint of {self.py_func.__qualname__}>"


__all__ = ["Checkpointed", "checkpoint"]
