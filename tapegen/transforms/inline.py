"""Inlines calls of Python functions: the body of the callee takes the place of the call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import shallow


@dataclass(frozen=True)
class Callee:
    """A function to inline: its Core, and the signature by which a call binds its first parameters.

    Attributes:
        hidden: the remaining parameters of the Core, by the name under which the caller provides them.
    """

    core: Core
    signature: inspect.Signature
    hidden: Mapping[str, str]


def inline_calls(core: Core, callee_of: Callable[[Any, gast.Call], Callee | None]) -> Core:
    """Replace each statement `x = f(a, b)` for which `callee_of` gives a callee by the statements of `f`.

    Args:
        callee_of: called with the object called and the call; None leaves the call as it is.
    """
    work = _Inline(core, callee_of)
    body = work.block(core.body)
    if not work.changed:
        return core
    return core.with_body(body, **work.added)


class _Inline:
    def __init__(self, core: Core, callee_of: Callable[[Any, gast.Call], Callee | None]) -> None:
        self.core, self.callee_of = core, callee_of
        self.namer = Namer(core.names)
        self.added: dict[str, Any] = {}
        self.changed = False

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                fresh = shallow(stmt)
                fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
                result.append(fresh)
                continue
            call = getattr(stmt, "value", None)
            if isinstance(stmt, (gast.Assign, gast.Expr)) and isinstance(call, gast.Call):
                obj = lookup(self.core, call.func)
                callee = None if obj is None else self.callee_of(obj, call)
                if callee is not None:
                    self.changed = True
                    result.extend(self.expand(stmt, call, callee))
                    continue
            result.append(stmt)
        return result

    def expand(self, stmt: gast.stmt, call: gast.Call, callee: Callee) -> list[gast.stmt]:
        origin = getattr(stmt, "origin", None)
        holes: dict[str, gast.expr | str] = dict(callee.hidden)
        written = _rebound(callee.core)
        result: list[gast.stmt] = []
        for name, value in bind_arguments(callee.signature, call, self.default, origin).items():
            if name in written or not isinstance(value, gast.Name):
                holes[name] = self.namer(name)
                result.append(build.assign(str(holes[name]), value, origin))
            else:
                holes[name] = value
        for name, obj in callee.core.namespace.items():
            holes[name] = self.imported(name, obj)
        for inner in callee.core.statements:
            for name in _bound(inner):
                if name not in holes:
                    holes[name] = self.namer(name)
        *body, last = callee.core.body
        result.extend(build.substitute(body, holes))
        if isinstance(stmt, gast.Assign) and isinstance(last, gast.Return):
            value = build.substitute(last.value or build.constant(None), holes)
            result.append(build.assign(stmt.targets[0], value, origin))
        return result

    def default(self, value: Any) -> gast.expr:
        """The expression for a parameter's default value."""
        if value is None or isinstance(value, (bool, int, float, complex, str)):
            return build.constant(value)
        return build.load(self.imported("default", value))

    def imported(self, name: str, obj: Any) -> str:
        """The name in this function for an object that the callee calls `name`."""
        known = {**self.core.namespace, **self.added}
        if known.get(name) is obj:
            return name
        for other, value in known.items():
            if value is obj:
                return other
        fresh = self.namer(name)
        self.added[fresh] = obj
        return fresh


def bind_arguments(
    signature: inspect.Signature, call: gast.Call, default: Callable[[Any], gast.expr], origin: Any
) -> dict[str, gast.expr]:
    """The argument of each parameter in a call; `*args` as a tuple, `**kwargs` as a dict.

    Raises: TransformError if the call does not fit the signature.
    """
    names = [k.arg for k in call.keywords]
    try:
        if len(set(names)) < len(names):
            raise TypeError("it gets several values for one argument")
        bound = signature.bind(*call.args, **{k.arg: k.value for k in call.keywords})
    except TypeError as error:
        raise TransformError(
            f"the call does not fit the function: {error}",
            origin=origin,
            why="it would raise a TypeError when it runs",
            instead="pass the arguments that the function takes",
        ) from None
    values: dict[str, gast.expr] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            values[name] = build.tuple_of(list(bound.arguments.get(name, ())))
        elif parameter.kind is parameter.VAR_KEYWORD:
            extra = bound.arguments.get(name, {})
            values[name] = gast.Dict(keys=[build.constant(key) for key in extra], values=list(extra.values()))
        elif name in bound.arguments:
            values[name] = bound.arguments[name]
        else:
            values[name] = default(parameter.default)
    return values


def _bound(stmt: gast.stmt) -> set[str]:
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
        return bound_names(stmt.targets[0])
    return bound_names(stmt.target) if isinstance(stmt, gast.For) else set()


def _rebound(core: Core) -> set[str]:
    """Parameters that the function binds again."""
    names: set[str] = set()
    for stmt in core.statements:
        names |= _bound(stmt)
    return names & set(core.params)
