"""Which calls may stay nested in tests and indices: functions without effects, whose result is not differentiated."""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable
from typing import Any

import gast
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


_READS = frozenset(
    "keys values items copy index count get startswith endswith lower upper strip split isdigit".split()
)


def may_have_effects(node: Any, denotes: Callable[[Any], Any]) -> bool:
    """Whether a node is a call of a function written in Python, or of a method, that may change what it is given."""
    if not isinstance(node, gast.Call):
        return False
    callee = denotes(node.func)
    if callee is None:
        return not (isinstance(node.func, gast.Attribute) and node.func.attr in _READS)
    callee = getattr(callee, "py_func", callee)
    return isinstance(callee, (types.FunctionType, functools.partial)) and not is_pure_function(callee)


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
