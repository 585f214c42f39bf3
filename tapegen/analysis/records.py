"""Namedtuples and dataclasses: which classes are mere records, and which calls put one together."""

from __future__ import annotations

import collections
import dataclasses
import functools
import inspect
import types
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.values import Mapping, Record, Sequence, Value
from tapegen.kernels.trees import record_like
from tapegen.lang.core import Core, lookup

_Pair: Any = collections.namedtuple("_Pair", "a b")
_FIELD_OF_A_TUPLE = type(_Pair.a)


@dataclass(frozen=True)
class Default:
    """What a field gets that the call says nothing of; `value` is None where it is made by a factory."""

    value: Any


@functools.cache
def record_fields(cls: type) -> tuple[str, ...] | None:
    """The fields of a namedtuple or dataclass whose attributes are read as they were stored; None for any other class.

    >>> record_fields(Default), record_fields(tuple)
    (('value',), None)
    """
    if is_named_tuple(cls):
        kept = all(getattr(cls, name) is getattr(tuple, name) for name in _OF_TUPLES)
        names = cls._fields  # type: ignore[attr-defined]
        read = all(isinstance(inspect.getattr_static(cls, n, None), _FIELD_OF_A_TUPLE) for n in names)
        return tuple(names) if kept and read else None
    if not dataclasses.is_dataclass(cls) or issubclass(cls, (tuple, list, dict)) or hasattr(cls, "__array__"):
        return None
    if cls.__getattribute__ is not object.__getattribute__:
        return None
    names = tuple(f.name for f in dataclasses.fields(cls))
    return None if any(_is_computed(inspect.getattr_static(cls, n, None)) for n in names) else names


_OF_TUPLES = ("__getattribute__", "__getitem__", "__iter__", "__len__")


def _is_computed(attribute: Any) -> bool:
    return hasattr(type(attribute), "__set__") and not isinstance(attribute, types.MemberDescriptorType)


def is_named_tuple(cls: Any) -> bool:
    """Whether a class is a namedtuple or derived from one."""
    return (
        isinstance(cls, type) and issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)
    )


def record_class(value: Value | None) -> type | None:
    """The class of a described record, None for any other description."""
    if isinstance(value, Record):
        return value.cls if record_fields(value.cls) is not None else None
    if isinstance(value, Sequence) and is_named_tuple(value.type):
        return value.type if record_fields(value.type) is not None else None
    return None


@functools.cache
def constructor(cls: Any) -> inspect.Signature | None:
    """The signature of a record class whose construction stores its arguments and does nothing else, or None."""
    if not isinstance(cls, type) or type(cls).__call__ is not type.__call__:
        return None
    made: Any = cls
    names = record_fields(cls)
    if names is None:
        return None
    if is_named_tuple(cls):
        plain = _owner(cls, "__new__") is _owner(cls, "_fields") and made.__init__ is object.__init__
    else:
        init = made.__init__
        plain = (
            made.__new__ is object.__new__
            and not hasattr(made, "__post_init__")
            and isinstance(init, types.FunctionType)
            and init.__code__.co_filename == "<string>"  # written by dataclasses, not by hand
            and (made.__setattr__ is object.__setattr__ or _is_frozen(cls))
        )
    if not plain:
        return None
    signature = inspect.signature(cls)
    return signature if set(signature.parameters) == set(names) else None


def _owner(cls: type, name: str) -> type | None:
    return next((base for base in cls.__mro__ if name in vars(base)), None)


def _is_frozen(cls: Any) -> bool:
    return bool(cls.__dataclass_params__.frozen)


def is_immutable_record(cls: type) -> bool:
    """Whether the fields of a record cannot be bound again: a namedtuple or a frozen dataclass."""
    return is_named_tuple(cls) or _is_frozen(cls)


def constructed(callee: Any, args: SequenceOf[Any], keywords: MappingOf[Any, Any]) -> dict[str, Any] | None:
    """What each field gets in a call that puts a record together, in the order of the fields; None for other calls.

    Args:
        args, keywords: of the call; values, descriptions or trees. The key of `**` is None.
    """
    if None in keywords:
        return None
    if callee is record_like:
        return dict(keywords) if len(args) == 1 else None
    if not isinstance(callee, type):
        return None
    signature = constructor(callee)
    if signature is None:
        return None
    try:
        given = signature.bind(*args, **keywords).arguments
    except TypeError:
        return None
    found = {}
    for name in record_fields(callee) or ():
        default = signature.parameters[name].default
        made = type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
        found[name] = given.get(name, Default(None if made else default))
    return found


def constructed_by(core: Core, value: gast.expr) -> dict[str, Any] | None:
    """What each field gets in an expression that puts a record together: trees and defaults; None for others."""
    if not isinstance(value, gast.Call) or any(isinstance(arg, gast.Starred) for arg in value.args):
        return None
    return constructed(lookup(core, value.func), value.args, {k.arg: k.value for k in value.keywords})


def cotangent_value(value: Value) -> Value:
    """The description of a cotangent or tangent of `value`: dataclasses have dicts."""
    match value:
        case Record(fields=fields):
            return Mapping(dict, tuple(k for k, _ in fields), tuple(cotangent_value(v) for _, v in fields))
        case Sequence(type=kind, items=items):
            return Sequence(kind, tuple(map(cotangent_value, items)))
        case Mapping(type=kind, keys=keys, values=values):
            return Mapping(kind, keys, tuple(map(cotangent_value, values)))
    return value
