"""Which backend runs the generated code."""

from __future__ import annotations

import importlib.util
from typing import Any

from tapegen.backends.options import Numba


def backend_of(name: str | None, fn: Any) -> Numba | None:
    """The options for Numba, or None for NumPy.

    Args:
        name: "numpy", "numba", or None for what `fn` is decorated with.
    Raises: ValueError for a name that is no backend; ImportError if Numba is not installed.

    >>> backend_of(None, abs) is backend_of("numpy", abs) is None
    True
    """
    if name is None:
        chosen = getattr(fn, "__tapegen_backend__", None)
        return chosen if isinstance(chosen, Numba) else None
    if name == "numpy":
        return None
    if name != "numba":
        raise ValueError(f"backend is 'numpy' or 'numba', not {name!r}")
    if not is_installed():
        raise ImportError("backend='numba' needs Numba: pip install 'tapegen[numba]'")
    return Numba()


def is_installed() -> bool:
    """Whether Numba can be imported."""
    return importlib.util.find_spec("numba") is not None
