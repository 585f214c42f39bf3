"""`tg.checkpoint`: less memory for more time, by running a function again when its adjoint needs it."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Literal, overload

from tapegen.api.function import Function, function
from tapegen.pytree import flatten
from tapegen.runtime import Tensor, Variable, recompute_grad


@overload
def checkpoint(fn: Callable[..., Any]) -> Checkpointed: ...


@overload
def checkpoint(
    fn: None = None, *, snapshots: int | Literal["log"]
) -> Callable[[Callable[..., Any]], Function]: ...


def checkpoint(fn: Callable[..., Any] | None = None, *, snapshots: int | Literal["log"] | None = None) -> Any:
    """A function with the values and derivatives of `fn` whose adjoint needs less memory, for it runs parts again.

    As `@tg.checkpoint`: nothing is kept but the arguments. Where a differentiated function calls it, the forward sweep
    stores these alone; the adjoint runs `fn` again and then backwards. So a loop of n steps in chunks of k, each chunk
    one call, keeps n / k states and the intermediate values of k steps instead of those of n: with k near the root of
    n, memory grows as that root, for one more run of `fn`. Checkpointed functions may call each other.

    As `@tg.checkpoint(snapshots=10)`: the outermost loops of `fn` are checkpointed; each keeps ten states at a time,
    and the steps between them are run again by the binomial schedule. With c snapshots, n steps are run at most r
    times again, where n <= (c + r)! / (c! r!). `snapshots="log"` takes the fewest for which r is at most c, so that
    memory, and time per step, grow as log(n). It is `tg.function(checkpoint=10)`; see docs/checkpointing.md.

    Args:
        fn: a Python function of arrays, numbers and nests of them. It may be used as a decorator.
        snapshots: how many states of a loop are kept at a time, or "log".
    Returns: a function that is called like `fn`; under a tape, it is one recorded operation that runs again.
    Raises: TypeError if `fn` is not a Python function. Where it is differentiated, TransformError for a function that
        writes into its arguments, for with these it could not be run again, and for a loop that could not be.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., chapter 12; (2000), Algorithm 799: Revolve.

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
    >>> @tg.checkpoint(snapshots=5)
    ... def g(x):
    ...     for _ in range(100):
    ...         x = x + 0.1 * np.sin(x)
    ...     return x
    >>> x = 0.5
    >>> dx = tg.grad(f)(x)
    >>> bool(np.isclose(dx, (f(x + 1e-6) - f(x - 1e-6)) / 2e-6)), tg.grad(g)(x) == dx
    (True, True)
    """
    if snapshots is not None:
        return function(fn, checkpoint=snapshots)
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
