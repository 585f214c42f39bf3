"""Which objects are instances of the user's own classes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "numba", "tapegen"}
_NOT_ATTRIBUTES = (BaseException, list, dict, set, frozenset, tuple, int, float, complex, str, bytes)


ENOUGH = 1000
"""So many objects are looked into for one argument; what is beyond is not known."""


class _Open(threading.local):
    """The objects that are being looked into, and how many have been."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.count = 0


_open = _Open()


class attributes_of:
    """The attributes of an object as a context, in which they may be looked into; None where it contains itself.

    >>> class Node: ...
    >>> node = Node()
    >>> node.value, node.me = 1.0, node
    >>> with attributes_of(node) as known, attributes_of(known["me"]) as again:
    ...     print(list(known), again)
    ['value', 'me'] None
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __enter__(self) -> Mapping[str, Any] | None:
        if not _open.ids:
            _open.count = 0
        _open.count += 1
        self.entered = id(self.value) not in _open.ids and _open.count <= ENOUGH
        if not self.entered:
            return None
        _open.ids.add(id(self.value))
        found: Mapping[str, Any] = vars(self.value)
        return found

    def __exit__(self, *error: object) -> None:
        if self.entered:
            _open.ids.discard(id(self.value))


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
