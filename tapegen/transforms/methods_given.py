"""Bound methods that are arguments: the function gets the object, and binds the method itself."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any

from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer


def is_bound_method(value: Any) -> bool:
    """Whether a value is a method of an object, not of a class."""
    return isinstance(value, types.MethodType) and not isinstance(value.__self__, type)


def with_methods(core: Core, methods: Mapping[str, Callable[..., Any]]) -> Core:
    """The function for calls in which these parameters are objects, and were methods of them.

    def f(x, step):                 def f(x, step):
        y = step(x)        →            step_1 = partial(move, step)
        return y                        y = step_1(x)
                                        return y
    """
    if not methods:
        return core
    namer = Namer(core.names)
    partial = namer("partial")
    added: dict[str, Any] = {partial: functools.partial}
    head, table = [], {}
    for parameter, function in methods.items():
        name, bound = namer(function.__name__), namer(parameter)
        added[name] = function
        call = build.call(partial, build.load(name), build.load(parameter))
        head.append(build.assign(bound, call, getattr(core.tree, "origin", None)))
        table[parameter] = build.load(bound)
    body = [build.substitute(stmt, table) for stmt in core.body]
    return core.with_body([*head, *body], **added)
