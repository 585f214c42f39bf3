"""The table of calls: how handlers are registered, and how they read their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Value
from tapegen.backends.numba import reductions, scalars
from tapegen.backends.numba.state import (
    DTYPES,
    Items,
    Scalar,
    Static,
    View,
    Work,
    dtype_of,
)
from tapegen.lang.core import Core, lookup

MISSING = object()


class Arguments:
    """The arguments of a call, by position or name."""

    def __init__(self, work: Work, node: gast.Call) -> None:
        if any(isinstance(arg, gast.Starred) for arg in node.args) or any(
            k.arg is None for k in node.keywords
        ):
            raise work.fail("a call with starred arguments")
        self.work = work
        self.callee = work.lookup(node.func)
        self.nodes = list(node.args)
        self.positional = [work.value(arg) for arg in node.args]  # type: ignore[attr-defined]
        self.named = {k.arg: work.value(k.value) for k in node.keywords}  # type: ignore[attr-defined]

    def take(self, position: int, name: str, default: Any = MISSING) -> Any:
        """One argument.

        Raises: Unsupported if it is not given and has no default.
        """
        if position < len(self.positional):
            return self.positional[position]
        if name in self.named:
            return self.named[name]
        if default is MISSING:
            raise self.work.fail(f"a call without {name}")
        return default

    def only(self, count: int, *names: str) -> None:
        """Refuse arguments beyond `count` positional ones and `names`."""
        if len(self.positional) > count or set(self.named) - set(names):
            raise self.work.fail("a call with arguments that are not compiled")


Handler = Callable[[Work, Arguments, Value, str], Any]
HANDLERS: dict[Any, Handler] = {}
NEW: set[Any] = set(scalars.ELEMENTWISE - {np.real}) | set(scalars.NUMERIC) | set(reductions.REDUCTIONS)


def handles(*functions: Any, new: bool = True) -> Callable[[Handler], Handler]:
    """The handler below is for these functions; `new`: whether their result shares no memory with arguments."""

    def register(handler: Handler) -> Handler:
        for function in functions:
            HANDLERS[function] = handler
            if new:
                NEW.add(function)
        return handler

    return register


def as_view(work: Work, known: Any) -> View:
    """An array, or a number as an array without axes."""
    if isinstance(known, View):
        return known
    if isinstance(known, Scalar):
        return View(None, (), (), known.dtype, known.expr)
    raise work.fail("what is neither a number nor an array")


def constant(work: Work, known: Any) -> Any:
    """A value that is known while compiling."""
    if isinstance(known, Static):
        return known.value
    if isinstance(known, Scalar):
        if isinstance(known.expr, gast.Constant):
            return known.expr.value
        raise work.fail("an argument that must be known beforehand")
    if isinstance(known, Items):
        return tuple(constant(work, item) for item in known.items)
    raise work.fail("an argument that must be known beforehand")


def axes_of(work: Work, known: Any) -> tuple[int, ...] | None:
    """An axis argument."""
    value = constant(work, known)
    if value is None:
        return None
    found = value if isinstance(value, tuple) else (value,)
    if not all(type(axis) is int for axis in found):
        raise work.fail("an axis that is no integer")
    return found


def result_dtype(work: Work, fact: Value) -> str:
    dtype = dtype_of(fact)
    if dtype not in DTYPES:
        raise work.fail(f"an array of dtype {dtype or 'unknown'}")
    return dtype


def makes_new(core: Core, node: gast.expr) -> bool:
    """Whether the value of an expression shares no memory with its operands."""
    if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.BoolOp, gast.Constant)):
        return True
    if isinstance(node, gast.Call):
        callee = lookup(core, node.func)
        return type(callee).__hash__ is not None and callee in NEW
    return False
