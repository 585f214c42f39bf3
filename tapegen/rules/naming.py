"""What functions are called in messages."""

from __future__ import annotations

import random
from typing import Any

import numpy as np


def qualified_name(primitive: Any) -> str:
    """How messages call a function: `np.linalg.solve`, `math.sin`.

    >>> qualified_name(np.linalg.solve), qualified_name(np.add), qualified_name(abs)
    ('np.linalg.solve', 'np.add', 'abs')
    """
    name = getattr(primitive, "__qualname__", getattr(primitive, "__name__", repr(primitive)))
    if isinstance(getattr(primitive, "__self__", None), np.ufunc):
        return f"{qualified_name(primitive.__self__)}.{primitive.__name__}"
    if isinstance(primitive, np.ufunc) and getattr(np, primitive.__name__, None) is primitive:
        return f"np.{name}"
    owner = _owner(getattr(primitive, "__self__", None))
    if owner:
        return f"{owner}.{primitive.__name__}"
    module = getattr(primitive, "__module__", None) or ""
    if module == "builtins" or not module:
        return name
    if module == "_operator":
        return f"operator.{name}"
    parts = [part for part in module.split(".") if not part.startswith("_")]
    return ".".join(
        ["np" if part == "numpy" else "operator" if part == "operator" else part for part in parts] + [name]
    )


def _owner(obj: Any) -> str | None:
    """How messages call an object whose methods are primitives: `np.r_`, `scipy.stats.norm`."""
    if isinstance(obj, (np.random.RandomState, random.Random)):
        return "np.random" if isinstance(obj, np.random.RandomState) else "random"
    if obj is np.r_ or obj is np.c_:
        return "np.r_" if obj is np.r_ else "np.c_"
    if type(obj).__module__.startswith("scipy.stats."):
        return f"scipy.stats.{getattr(obj, 'name', None) or type(obj).__name__.removesuffix('_gen')}"
    return None
