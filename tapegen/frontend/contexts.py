"""`with` for context managers that only change how warnings are treated, and for the user's own: enter, run, leave.

with np.errstate(all="ignore"):         context = np.errstate(all="ignore")
    return np.log(x)           ->       context.__enter__()
                                        value = np.log(x)
                                        context.__exit__(None, None, None)
                                        return value
"""

from __future__ import annotations

import contextlib
import sys
import types
import warnings
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.errors import TransformError
from tapegen.frontend.resolve import FreeVariable
from tapegen.frontend.scope import Scope
from tapegen.lang import build

_HARMLESS = (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.nullcontext)
_LOOPS = (gast.For, gast.While)


def lower_contexts(body: list[Any], scope: Scope, free: Mapping[str, FreeVariable]) -> list[Any]:
    """Statements without `with`.

    Raises: TransformError for a context manager that may do more.
    """
    out: list[Any] = []
    for stmt in body:
        for field in ("body", "orelse"):
            block = getattr(stmt, field, None)
            if isinstance(block, list) and block:
                setattr(stmt, field, lower_contexts(block, scope, free))
        for case in getattr(stmt, "cases", ()):
            case.body = lower_contexts(case.body, scope, free)
        out += _with(stmt, scope, free) if isinstance(stmt, gast.With) else [stmt]
    return out


def _with(stmt: Any, scope: Scope, free: Mapping[str, FreeVariable]) -> list[Any]:
    body: list[Any] = stmt.body
    for item in reversed(stmt.items):
        body = _enter(item, body, stmt.origin, scope, free)
    return body


def _enter(
    item: Any, body: list[Any], origin: Any, scope: Scope, free: Mapping[str, FreeVariable]
) -> list[Any]:
    manager = item.context_expr
    callee = scope.denotes(manager.func) if isinstance(manager, gast.Call) else None
    if not (
        any(callee is harmless for harmless in _HARMLESS) or _may_be_followed(manager, callee, scope, free)
    ):
        raise TransformError(
            "cannot differentiate `with` for this context manager",
            origin=scope.origin(manager) or origin,
            why="it may do anything on entry and exit",
            instead="enter the context in the caller, around the differentiated function",
        )
    if callee is contextlib.nullcontext:
        held = manager.args[0] if manager.args else build.constant(None)
        first = (
            build.expression(held) if item.optional_vars is None else build.assign(item.optional_vars, held)
        )
        return [build.at(first, origin), *body]
    name = scope.namer("context")

    def method(attribute: str, *args: gast.expr) -> gast.Call:
        func = gast.Attribute(value=build.load(name), attr=attribute, ctx=gast.Load())
        return build.at(build.call(func, *args), origin)

    def leave() -> Any:
        return build.expression(method("__exit__", *(build.constant(None) for _ in range(3))), origin)

    scope.kinds[name] = "object"
    out = [build.assign(name, manager, origin)]
    if item.optional_vars is None:
        out.append(build.expression(method("__enter__"), origin))
    else:
        out.append(build.assign(item.optional_vars, method("__enter__"), origin))
    out += _leaving(body, leave, scope, in_loop=False)
    return out if _ends(body) else [*out, leave()]


def _may_be_followed(manager: Any, callee: Any, scope: Scope, free: Mapping[str, FreeVariable]) -> bool:
    """Whether a context manager is an object of a class that is written in Python, as far as is known here."""
    if isinstance(manager, gast.Call):
        return _is_followed(callee)
    if isinstance(manager, gast.Name) and manager.id in free:
        return _is_followed(type(free[manager.id].read()))
    return scope.denotes(manager) is None


def _is_followed(cls: Any) -> bool:
    """Whether a class is a context manager written in Python, by the user."""
    methods = (getattr(cls, "__enter__", None), getattr(cls, "__exit__", None))
    root = (getattr(cls, "__module__", None) or "").partition(".")[0]
    return all(isinstance(m, types.FunctionType) for m in methods) and root not in sys.stdlib_module_names


def _leaving(body: list[Any], leave: Any, scope: Scope, in_loop: bool) -> list[Any]:
    """The block with the context left before each jump out of it."""
    out: list[Any] = []
    for stmt in body:
        if isinstance(stmt, gast.Return):
            if stmt.value is not None and not isinstance(stmt.value, gast.Constant):
                value = scope.namer("value")
                out.append(build.assign(value, stmt.value, stmt.origin))
                stmt = build.return_(build.load(value), stmt.origin)
            out += [leave(), stmt]
            continue
        if isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop:
            out += [leave(), stmt]
            continue
        inner = in_loop or isinstance(stmt, _LOOPS)
        if isinstance(getattr(stmt, "body", None), list):
            stmt.body = _leaving(stmt.body, leave, scope, inner)
        if isinstance(getattr(stmt, "orelse", None), list):
            stmt.orelse = _leaving(stmt.orelse, leave, scope, in_loop)
        for case in getattr(stmt, "cases", ()):
            case.body = _leaving(case.body, leave, scope, in_loop)
        out.append(stmt)
    return out


def _ends(body: list[Any]) -> bool:
    return bool(body) and isinstance(body[-1], (gast.Return, gast.Break, gast.Continue))
