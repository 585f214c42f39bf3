"""Which objects are instances of the user's own classes."""

from __future__ import annotations

import sys
from typing import Any

LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "numba", "tapegen"}
_NOT_ATTRIBUTES = (BaseException, list, dict, set, frozenset, tuple, int, float, complex, str, bytes)


def is_plain_instance(value: Any) -> bool:
    """Whether a value is an object of a class of the user's own, which is its attributes and nothing else.

    >>> is_plain_instance(LIBRARIES), is_plain_instance(3.0)
    (False, False)
    """
    kind = type(value)
    if (kind.__module__ or "").partition(".")[0] in LIBRARIES or issubclass(kind, _NOT_ATTRIBUTES):
        return False
    return (
        hasattr(value, "__dict__")
        and not hasattr(kind, "__array__")
        and not hasattr(kind, "__array_function__")
    )
