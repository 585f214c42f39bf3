"""Which calls may stay nested in tests and indices: functions without effects, whose result is not differentiated."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

_BUILTINS = tuple(
    getattr(builtins, name)
    for name in (
        "abs all any bool divmod float hasattr id int isinstance issubclass len max min ord range round slice "
        "str tuple type"
    ).split()
)
_NUMPY_EFFECTS = frozenset(
    "copyto fill_diagonal put place putmask put_along_axis save savetxt savez seterr set_printoptions "
    "shuffle at".split()
)


def is_pure_function(callee: Any) -> bool:
    """Whether `callee` is a function of Python's or NumPy's that has no effect besides its result."""
    if callee is None:
        return False
    if any(callee is function for function in _BUILTINS):
        return True
    if isinstance(callee, np.ufunc):
        return True
    if isinstance(callee, type) and issubclass(callee, np.generic):
        return True
    root, _, rest = (getattr(callee, "__module__", None) or "").partition(".")
    if root == "math":
        return True
    return (
        root == "numpy"
        and not rest.startswith("random")
        and getattr(callee, "__name__", "") not in _NUMPY_EFFECTS
    )
