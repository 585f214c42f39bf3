"""Which functions are followed into their source."""

from __future__ import annotations

import functools
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
_NOT_FOLLOWED = frozenset({"numpy", "scipy", *sys.stdlib_module_names})


def python_function(obj: Any) -> types.FunctionType | None:
    """The Python function to follow for a callee without a rule, or None."""
    if registry.rule_for(obj) is not None:
        return None
    obj = obj.__wrapped__ if is_cached(obj) else getattr(obj, "py_func", obj)
    root = (getattr(obj, "__module__", "") or "").partition(".")[0]
    if (
        isinstance(obj, types.FunctionType)
        and (root not in _NOT_FOLLOWED or root in _NUMERIC)
        and (obj in FOLLOWED or not _is_ours(obj))
    ):
        return obj
    return None


def is_cached(obj: Any) -> bool:
    """Whether calls of a function are remembered by `functools.lru_cache`: what is constant is still asked of it."""
    return isinstance(obj, functools._lru_cache_wrapper)


def _is_ours(obj: types.FunctionType) -> bool:
    # Not `__module__`: what `functools.wraps` writes there is the user's.
    home = str(obj.__globals__.get("__name__", ""))
    return home.startswith("tapegen.") and not home.startswith(
        ("tapegen.generated.", "tapegen.rules.stand_ins.")
    )
