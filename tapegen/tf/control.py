"""Branches, folds and checks under TensorFlow's names: here they are Python's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..runtime.tensor import Tensor
from .arrays import identity
from .convert import convert_to_tensor, tensor


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> Any:
    parts = list(tensor(elems))
    total = parts.pop() if initializer is None else tensor(initializer)
    for part in reversed(parts):
        total = fn(total, part)
    return total


def case(
    pred_fn_pairs: Sequence[tuple[Any, Callable[[], Any]]],
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: Any = None,
) -> Any:
    for condition, branch in pred_fn_pairs:
        if bool(condition):
            return branch()
    if default is None:
        raise ValueError("none of the conditions holds, and there is no default")
    return default()


def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: Any = None
) -> Any:
    branches = dict(enumerate(branch_fns) if not isinstance(branch_fns, dict) else branch_fns.items())
    chosen = branches.get(int(branch_index), default or list(branches.values())[-1])
    return chosen()


def identity_n(input: Any, name: Any = None) -> list[Any]:
    return [identity(part) for part in input]


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: Any = None) -> Any:
    """Calls `func` with Tensors; what it does is recorded as everything else."""
    return _converted(func(*[tensor(i) for i in inp]), Tout)


def numpy_function(
    func: Callable[..., Any],
    inp: Any,
    Tout: Any,
    stateful: bool = True,
    name: Any = None,
) -> Any:
    """Calls `func` with arrays, off the tape."""
    return _converted(func(*[tensor(i).numpy() for i in inp]), Tout)


def _converted(found: Any, dtypes: Any) -> Any:
    if isinstance(dtypes, (list, tuple)):
        return [_converted(f, d) for f, d in zip(found, dtypes, strict=True)]
    return found if isinstance(found, Tensor) else convert_to_tensor(found, dtypes)


def check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    """The Tensor itself.

    Raises: ValueError if there are NaNs or infinities in it.
    """
    x = convert_to_tensor(tensor)
    if not np.all(np.isfinite(x._a)):
        raise ValueError(f"{message} : Tensor had NaN or Inf values")
    return identity(x)


def _assertion(label: str, holds: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def check(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        a, b = tensor(x)._a, tensor(y)._a
        if not np.all(holds(a, b)):
            raise ValueError(f"{message or ''} Condition x {label} y did not hold: {a!r}, {b!r}".strip())

    return check


DEBUGGING: dict[str, Any] = {
    "check_numerics": check_numerics,
    **{
        f"assert_{name}": _assertion(label, holds)
        for name, label, holds in (
            ("equal", "==", np.equal), ("less", "<", np.less), ("less_equal", "<=", np.less_equal),
            ("greater", ">", np.greater), ("greater_equal", ">=", np.greater_equal), ("near", "~=", np.isclose),
        )
    },
    "assert_all_finite": lambda x, message="", name=None: check_numerics(x, message),
}  # fmt: skip
NAMES: dict[str, Any] = {
    f.__name__: f for f in (foldr, case, switch_case, identity_n, py_function, numpy_function)
}
