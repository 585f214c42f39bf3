"""Classes of libraries that are followed into: for each, a class of ours stands in, in plain Python over kernels.

    spline = CubicSpline(t, y)        t_c = cubic_coefficients(t, y, 0, "not-a-knot")
    return spline(x) ** 2       ->    return piecewise_value(t_c, t, x) ** 2

An object that comes from outside is a constant: its stand-in has one attribute, `whole`, which is the object itself.
One that is made in the function is taken apart like an object of the user's own class, so its data have derivatives.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from ..registry import rule_for

WHOLE = "whole"
"""The attribute of a stand-in that is the library's object itself."""

_classes: dict[type, tuple[Any, tuple[str, ...]]] = {}
_calls: dict[Any, Any] = {}
_code: dict[type, Mapping[str, Any]] = {}
_bound: dict[tuple[str, type], Any] = {}
REMEMBERED = 128
"""So many methods of objects are remembered as functions."""


def stands_in_for(
    *classes: type, attributes: tuple[str, ...] = (WHOLE,), read: Mapping[str, Any] | None = None
) -> Callable[[type], type]:
    """Decorator: objects of these classes that come from outside are followed as those of the decorated class.

    Args:
        attributes: what is read of such an object; `WHOLE` is the object itself.
        read: those that are code, and how the object leads to it.
    """

    def register(cls: type) -> type:
        _classes.update(dict.fromkeys(classes, (cls, attributes)))
        _code[cls] = read or {}
        return cls

    return register


def spells_out(*callees: Any) -> Callable[[Any], Any]:
    """Decorator: calls of these classes and functions are calls of the decorated function, which is followed into."""

    def register(function: Any) -> Any:
        _calls.update(dict.fromkeys(callees, function))
        return function

    return register


def spells_out_bound(name: str, cls: type) -> Callable[[Any], Any]:
    """Decorator: from an object for which `cls` stands in, what its method of that name is, as a function."""

    def register(make: Any) -> Any:
        _bound[name, cls] = functools.lru_cache(REMEMBERED)(make)
        return make

    return register


def _home(obj: Any) -> Any:
    """What to ask for a rule, so that the rules are read that an object of SciPy belongs to; None for others."""
    if getattr(obj, "__name__", "") == "SuperLU" and "scipy.sparse.linalg" in sys.modules:
        return sys.modules["scipy.sparse.linalg"].splu
    module = getattr(obj, "__module__", None)
    return obj if isinstance(module, str) and module.partition(".")[0] == "scipy" else None


def stand_in_for(value: Any) -> tuple[Any, tuple[str, ...]] | None:
    """The class that stands in for an object of a library, and the attributes that are read; None if there is none."""
    kind = type(value)
    if kind in _classes:
        return _classes[kind]
    home = _home(kind)
    if home is None:
        return None
    rule_for(home)  # reads what is read late
    return _classes.get(kind)


def code_of(value: Any, cls: type, attribute: str) -> Any:
    """The function or distribution that is an attribute of a library's object; None if the attribute is data."""
    read = _code[cls].get(attribute)
    return None if read is None else read(value)


def call_for(callee: Any) -> Any:
    """What is called instead of a class or function of a library; None if it is called as it is."""
    if type(callee).__hash__ is None or isinstance(callee, types.ModuleType):
        return None
    if callee in _calls:
        return _calls[callee]
    if isinstance(callee, types.BuiltinMethodType) and not isinstance(callee.__self__, types.ModuleType):
        standing = stand_in_for(callee.__self__)
        make = None if standing is None else _bound.get((callee.__name__, standing[0]))
        return None if make is None else make(callee.__self__)
    if _home(callee) is None:
        return None
    rule_for(callee)
    return _calls.get(callee)


def followed() -> list[Any]:
    """The classes and functions of libraries that are followed, as far as they have been read."""
    return [*_calls, *_classes]


def is_stand_in(cls: Any) -> bool:
    """Whether a class or function is one that stands in for something of a library."""
    return (getattr(cls, "__module__", None) or "").startswith(f"{__name__}.")


def is_display(value: Any) -> bool:
    """Whether an argument is a tuple or list; decided where the call is written."""
    return isinstance(value, (tuple, list))
