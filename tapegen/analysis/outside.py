"""What a function does to the world around it: to its arguments, and to what it is not given."""

from __future__ import annotations

import functools
from collections.abc import Collection, Container, Mapping, Sequence
from typing import Any

import gast

from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.purity import LIST_READS, LIST_WRITES, STRING_METHODS, callee_of
from tapegen.kernels.functions import exception_in
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below


def writes_arguments(core: Core, params: Sequence[str]) -> bool:
    """Whether a function may write into its arguments."""
    classes = aliasing(core, {})
    return any(classes.is_written(p) or classes.is_grown(p) for p in params)


def returns_argument(core: Core, params: Sequence[str], fresh: Collection[Any] = ()) -> bool:
    """Whether a function may return (a view of) one of its arguments, where those in `fresh` don't."""
    classes = aliasing(core, {}, fresh)
    last = core.body[-1]
    names = [n.id for n in below(last) if isinstance(n, gast.Name)] if isinstance(last, gast.Return) else []
    return any(classes.may_alias(name, p) for name in names for p in params)


def shares_memory(core: Core, params: Sequence[str]) -> bool:
    """Whether a function writes into its arguments or may return (a view of) one of them."""
    return writes_arguments(core, params) or returns_argument(core, params)


def fresh_results(functions: Mapping[Any, tuple[Core, Sequence[str]]]) -> list[Any]:
    """The functions, given with their parameters, whose results share no memory with their arguments.

    They may call each other: a recursive function returns no argument if none of its paths does, given that its own
    calls don't.
    """
    left = dict(functions)
    while True:
        fresh = list(left)
        for function in fresh:
            core, params = left[function]
            if returns_argument(core, params, fresh):
                del left[function]
        if len(left) == len(fresh):
            return fresh


def attempts(core: Core) -> list[Any]:
    """The functions that are tried for the exceptions that they raise; None for one that is not known."""
    return [
        lookup(core, call.args[0])
        for call in below(core.tree)
        if isinstance(call, gast.Call) and lookup(core, call.func) is exception_in
    ]


def effect_of(core: Core, params: Sequence[str], followed: Container[Any]) -> str | None:
    """What calling a function does besides computing, in words, or None; calls of what is in `followed` aside."""
    if writes_arguments(core, params):
        return f"{core.tree.name} writes into an array or a list from outside"
    for stmt in core.statements:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Attribute):
            return f"it sets the attribute {stmt.targets[0].attr}"
        for call in below(stmt):
            if isinstance(call, gast.Call) and not _is_quiet(core, call, followed):
                return f"it calls {gast.unparse(call.func).strip()}"
    return None


def _is_quiet(core: Core, call: gast.Call, followed: Container[Any]) -> bool:
    """Whether a call only computes, or changes a container that `writes_arguments` knows of."""
    obj = lookup(core, call.func)
    if isinstance(obj, type) and issubclass(obj, BaseException):
        return True
    if obj is None:
        methods = LIST_WRITES | LIST_READS | STRING_METHODS
        return isinstance(call.func, gast.Attribute) and call.func.attr in methods
    known = callee_of(core, call)
    quiet = known.pure or bool(known.writes) or obj is functools.partial
    return obj is not print and (quiet or (type(obj).__hash__ is not None and obj in followed))


def depends_on_caller(core: Core) -> bool:
    """Whether a function calls what only its caller knows, or passes on arguments whose number only that knows."""
    for node in below(core.tree):
        if isinstance(node, gast.Starred) or (isinstance(node, gast.keyword) and node.arg is None):
            return True
        if (
            isinstance(node, gast.Call)
            and isinstance(node.func, gast.Name)
            and node.func.id not in core.namespace
        ):
            return True
    return False
