"""Which functions are followed into their source."""

from __future__ import annotations

import functools
import os
import sys
import types
from typing import Any

from tapegen.rules import registry

FOLLOWED: set[Any] = set()
"""Functions of our own that are followed into, as the user's are."""
_NUMERIC = frozenset(
    "bisect cmath collections colorsys contextlib copy fractions functools heapq itertools math numbers operator random"
    " statistics types typing".split()
)
"""The modules of the standard library whose functions may have a share in what is computed from floats."""
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")
"""Where the standard library is: a file of the user's may be called `signal.py` too."""


def python_function(obj: Any) -> types.FunctionType | None:
    """The Python function to follow for a callee without a rule, or None."""
    if registry.rule_for(obj) is not None:
        return None
    obj = obj.__wrapped__ if is_cached(obj) else getattr(obj, "py_func", obj)
    root = (getattr(obj, "__module__", "") or "").partition(".")[0]
    if (
        isinstance(obj, types.FunctionType)
        and not _is_of_a_library(obj, root)
        and (obj in FOLLOWED or not _is_ours(obj))
    ):
        return obj
    return None


def is_cached(obj: Any) -> bool:
    """Whether calls of a function are remembered by `functools.lru_cache`: what is constant is still asked of it."""
    return isinstance(obj, functools._lru_cache_wrapper)


def _is_of_a_library(obj: types.FunctionType, root: str) -> bool:
    """Whether a function is one of NumPy's or SciPy's, or of the standard library and computes nothing."""
    if root in ("numpy", "scipy"):
        return True
    return (
        root in sys.stdlib_module_names
        and root not in _NUMERIC
        and obj.__code__.co_filename.startswith(_LIBRARY)
    )


def _is_ours(obj: types.FunctionType) -> bool:
    # Not `__module__`: what `functools.wraps` writes there is the user's.
    home = str(obj.__globals__.get("__name__", ""))
    return home.startswith("tapegen.") and not home.startswith(
        ("tapegen.generated.", "tapegen.rules.stand_ins.")
    )
