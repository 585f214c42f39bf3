"""The user's own classes: which they are, and what an attribute of one denotes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
from typing import Any

import numpy as np

from tapegen.analysis.instances import LIBRARIES
from tapegen.analysis.values import ListOf, Mapping, Record, Sequence, Static, Value

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()
_FOREIGN = (BaseException, np.ndarray, list, dict, set, int, float, complex, str, bytes, enum.Enum)


@functools.cache
def is_user_class(cls: Any) -> bool:
    """Whether `cls` is a class written in Python by the user, whose instances are made of their attributes.

    >>> is_user_class(float), is_user_class(dataclasses.Field)
    (False, False)
    """
    if not isinstance(cls, type) or issubclass(cls, _FOREIGN) or _is_foreign(cls.__module__):
        return False
    if hasattr(cls, "__array__") or (hasattr(cls, "__array_ufunc__") and cls.__array_ufunc__ is not None):
        return False
    named = issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)
    return named or not issubclass(cls, tuple)


def _is_foreign(module: str | None) -> bool:
    """Whether a module is a library's, and not one of our classes that stand in for a library's."""
    named = module or ""
    return named.partition(".")[0] in LIBRARIES and not named.startswith("tapegen.rules.stand_ins.")


@functools.cache
def has_behaviour(cls: Any) -> bool:
    """Whether a class of the user's own is more than a record: it has methods, properties, a constructor by hand."""
    if not isinstance(cls, type) or not is_user_class(cls):
        return False
    record = dataclasses.is_dataclass(cls) or issubclass(cls, tuple)
    return not record or any(
        _is_written(member) for base in cls.__mro__ if is_user_class(base) for member in vars(base).values()
    )


def _is_written(member: Any) -> bool:
    """Whether an attribute of a class is code that the user wrote, not what `dataclass` or `namedtuple` generated."""
    if isinstance(member, property):
        return True
    function = getattr(member, "__func__", None) or getattr(member, "func", member)
    if not isinstance(function, types.FunctionType):
        return False
    generated = function.__code__.co_filename.startswith("<") and function.__name__.startswith("_")
    return not generated and not _is_foreign(function.__globals__.get("__name__"))


def holds_object(value: Value) -> bool:
    """Whether a described argument is, or holds, an instance of a class with behaviour, or such a class."""
    match value:
        case Static(object=obj):
            return has_behaviour(obj)
        case Record(cls=cls, fields=fields):
            return has_behaviour(cls) or any(holds_object(part) for _, part in fields)
        case Sequence(type=kind, items=items):
            return has_behaviour(kind) or any(map(holds_object, items))
        case ListOf(item=item):
            return holds_object(item)
        case Mapping(values=values):
            return any(map(holds_object, values))
    return False


def find_in_class(cls: type, name: str) -> Any:
    """What a class or the first of its bases that has it says of an attribute, or MISSING."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return MISSING


class ClassNames:
    """The attributes of a class, its bases' included, as a mapping: what guards and hidden parameters read."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def __getitem__(self, name: str) -> Any:
        found = find_in_class(self.cls, name)
        if found is MISSING:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute, or `default`."""
        found = find_in_class(self.cls, name)
        return default if found is MISSING else found


@functools.lru_cache(maxsize=1024)
def names_of(cls: type) -> ClassNames:
    """The attributes of a class as a mapping, the same object each time."""
    return ClassNames(cls)


def is_frozen(cls: Any) -> bool:
    """Whether the attributes of an instance cannot be assigned: a frozen dataclass or a namedtuple."""
    params = getattr(cls, "__dataclass_params__", None)
    return issubclass(cls, tuple) or bool(params is not None and params.frozen)
