"""A function compiled by Numba where that is possible, and the same on NumPy where it is not."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tapegen.analysis.values import Value
from tapegen.backends.numba.compile import Module, build_module
from tapegen.backends.numba.state import Unsupported
from tapegen.backends.options import Numba
from tapegen.errors import InternalError, TapegenWarning, TransformError
from tapegen.lang.core import Core


@dataclass(frozen=True)
class Accelerated:
    """What stands for a function on NumPy.

    Attributes:
        function: to be called; on NumPy if Numba can't compile it.
        source: the text of what is compiled, or None where nothing is.
        reason: why nothing is compiled, or None.
    """

    function: Callable[..., Any]
    source: str | None
    reason: TransformError | None


def accelerate(
    core: Core,
    facts: Mapping[str, Value],
    plain: Callable[..., Any],
    others: Sequence[Core],
    title: str,
    options: Numba,
) -> Accelerated:
    """`plain`, compiled from its Core.

    Args:
        core: the function in single assignment, with `facts` about its names.
        plain: the function on NumPy.
        others: functions that it calls, which are not compiled.
    Raises: TransformError if it can't be compiled and `options` say so; ImportError if Numba is not installed.
    """
    try:
        if others:
            raise Unsupported(
                f"a call of {others[0].tree.name}, which is too large to be put in place of the call"
            )
        module = build_module(core, facts, title, options)
    except Unsupported as error:
        reason = refusal(core, error.reason, error.origin)
        if options.fallback == "error":
            raise reason from None
        return Accelerated(plain, None, reason)
    except (
        InternalError,
        AssertionError,
        AttributeError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
    ) as error:
        # A fault of ours must not keep a function from running; the warning says what it was.
        reason = refusal(core, f"a fault of tapegen: {type(error).__name__}: {error}", None)
        if options.fallback == "error":
            raise reason from error
        return Accelerated(plain, None, reason)
    return Accelerated(guarded(module, core, plain, options), module.source, None)


def refusal(core: Core, reason: str, origin: Any) -> TransformError:
    return TransformError(
        f"{core.tree.name} is not compiled with Numba",
        origin=origin or getattr(core.tree, "origin", None),
        why=f"there is {reason}" if not reason.startswith("Numba") else reason,
        instead='use backend="numpy" for this function',
    )


def guarded(module: Module, core: Core, plain: Callable[..., Any], options: Numba) -> Callable[..., Any]:
    """The compiled function; on NumPy where Numba refuses to compile it, or where the error is to be NumPy's own."""
    from numba.core.errors import NumbaError

    failed = False

    def run(*args: Any) -> Any:
        nonlocal failed
        if failed:
            return plain(*args)
        try:
            return module.function(*args)
        except NumbaError as error:
            failed = True
            reason = refusal(core, f"Numba said: {str(error).strip().splitlines()[0]}", None)
            if options.fallback == "error":
                raise reason from error
            warn(reason)
            return plain(*args)
        except Exception as error:
            if module.writes:
                raise
            # Nothing has been written: where the call is at fault, NumPy raises its own error here.
            result = plain(*args)
            # It was not: then the compiled code is, which must not stay unsaid, nor be run again.
            failed = True
            reason = refusal(core, f"a fault of tapegen: {type(error).__name__}: {error}", None)
            if options.fallback == "error":
                raise reason from error
            warn(reason)
            return result

    return run


def warn(reason: TransformError) -> None:
    """Say once why a function is not compiled."""
    warnings.warn(f"this function runs on NumPy: {reason}", TapegenWarning, stacklevel=4)
