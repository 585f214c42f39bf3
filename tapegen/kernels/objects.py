"""Writes into the caller's objects: what their attributes are is followed in variables, and kept in the object too."""

from __future__ import annotations

from typing import Any


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


def check_distinct(*owners: Any) -> None:
    """Make sure that objects which are followed as different ones are different.

    Raises: ValueError.
    """
    if len({id(owner) for owner in owners}) < len(owners):
        raise ValueError(
            f"two of the objects of class {type(owners[0]).__name__} that were passed are one and the same, "
            "and the function writes into one of them: pass different objects"
        )
