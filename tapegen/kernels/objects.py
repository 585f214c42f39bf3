"""Writes into the caller's objects: what their attributes are is followed in variables, and kept in the object too."""

from __future__ import annotations

from typing import Any

import numpy as np


def read_attribute(owner: Any, name: str) -> Any:
    """`owner.name`, at the entry of a function that is not differentiated with respect to `owner`."""
    return getattr(owner, name)


def keep_attribute(owner: Any, name: str, value: Any) -> None:
    """`owner.name = value`.

    >>> import types
    >>> p = types.SimpleNamespace(x=1.0)
    >>> keep_attribute(p, "x", 2.0)
    >>> p.x
    2.0
    """
    setattr(owner, name, value)


def keep_item(owner: Any, key: Any, value: Any) -> None:
    """`owner[key] = value` for a list or dict that holds objects."""
    owner[key] = value


def same_container(owner: Any, items: Any) -> Any:
    """`owner`, a list or dict of the caller's in which are `items`; the mark of what is followed item by item."""
    return owner


def keep_change(owner: Any, method: str, *args: Any) -> None:
    """`owner.append(...)` or another change of a list or dict of the caller's."""
    getattr(owner, method)(*args)


def keep_items(owner: Any, keys: tuple[Any, ...] | None, *items: Any) -> None:
    """Let these be all that is in a list of the caller's, or under these keys in a dict.

    >>> p = {"a": 1.0, "b": 2.0}
    >>> keep_items(p, ("b", "c"), 3.0, 4.0)
    >>> p
    {'b': 3.0, 'c': 4.0}
    """
    if keys is None:
        owner[:] = items
        return
    if tuple(owner) != keys:
        owner.clear()
    owner.update(zip(keys, items, strict=True))


def check_distinct(*owners: Any) -> None:
    """Make sure that objects which are followed as different ones are different.

    Raises: ValueError.
    """
    if len({id(owner) for owner in owners}) == len(owners):
        return
    if isinstance(owners[0], np.ndarray):
        raise ValueError(
            "an array stands twice in what copy.deepcopy gets, and would be one array in the copy too, "
            "which cannot be followed: copy one of the two first"
        )
    raise ValueError(
        "two of the lists, dicts or objects that were passed are one and the same, "
        "and the function writes into one of them: pass different ones"
    )
