"""A function as the compiler sees it, and what has been compiled of it so far."""

from __future__ import annotations

import functools
import inspect
import threading
import types
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tapegen.analysis.values import Value
from tapegen.api.variadic import variadic
from tapegen.compiler import Compiled
from tapegen.linker import Linked, link
from tapegen.object_linker import with_free

KEYS = 512
"""So many kinds of arguments are remembered for one transform; beyond that it starts afresh."""
FUNCTIONS = 256
"""So many functions are remembered; what a function's closure holds lives as long."""


class Program:
    """A function, linked when it is first needed, and again when something it calls was rebound."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn
        self._lock = threading.RLock()
        self._linked: Linked | None = None
        self._transforms: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def transforms(self) -> list[Any]:
        """The transforms of the function that are in use."""
        with self._lock:
            return list(self._transforms)

    def enter(self, transform: Any) -> None:
        """Note a transform of the function."""
        with self._lock:
            self._transforms.add(transform)

    def linked(self) -> Linked:
        """The function with its helpers, up to date."""
        linked = self._linked
        if linked is None or not linked.is_current():
            with self._lock:
                linked = self._linked
                if linked is None or not linked.is_current():
                    linked = self._linked = link(self.fn)
        return linked

    def extend(self, variables: Sequence[Any]) -> None:
        """Give the function further hidden parameters: methods that it calls read data from outside."""
        with self._lock:
            self._linked = with_free(self.linked(), variables)


@functools.lru_cache(maxsize=FUNCTIONS)
def _program(fn: Any) -> Program:
    return Program(fn)


def program_of(fn: Any) -> Program:
    """The program of a function; one for each function object, as long as it is among the last used."""
    fn = unwrap(fn).fn
    try:
        return _program(fn)
    except TypeError:  # can't be hashed
        return Program(fn)


def without_checkpoints(linked: Linked) -> Linked:
    """The function with all that its adjoint needs kept, in its loops and in those of what it calls."""
    found: Linked | None = linked.remembered.get("without checkpoints")
    if found is None:
        callees: dict[Any, Linked] = {}
        found = replace(linked, snapshots=None, callees=callees, remembered={})
        linked.remembered["without checkpoints"] = found
        callees.update({obj: without_checkpoints(callee) for obj, callee in linked.callees.items()})
        if linked.snapshots is None and all(callees[obj] is linked.callees[obj] for obj in callees):
            found = linked.remembered["without checkpoints"] = linked
    return found


@dataclass(frozen=True)
class Call:
    """A callable as a Python function with some arguments given: a method is one with its object.

    Attributes:
        fn: the function, or what is no Python function.
        args: the arguments given by position.
        kwargs: those given by name.
    """

    fn: Any
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def unwrap(fn: Any) -> Call:
    """The function behind methods, partials, callable objects and decorated functions."""
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    while True:
        if isinstance(fn, types.MethodType):
            args, fn = (fn.__self__, *args), fn.__func__
        elif isinstance(fn, functools.partial):
            args, kwargs, fn = (*fn.args, *args), {**fn.keywords, **kwargs}, fn.func
        elif hasattr(type(fn), "__tapegen_function__"):
            fn = fn.__tapegen_function__
        elif _is_callable_object(fn):
            args, fn = (fn, *args), type(fn).__call__
        else:
            return Call(fn, args, kwargs)


def _is_callable_object(fn: Any) -> bool:
    """Whether `fn` is an object whose class defines `__call__` in Python; wrappers and our own are not looked into."""
    call = inspect.getattr_static(type(fn), "__call__", None)
    if not isinstance(call, types.FunctionType) or isinstance(fn, type) or hasattr(fn, "__wrapped__"):
        return False
    return type(fn).__module__.partition(".")[0] not in {"tapegen", "numba"}


class Code:
    """What a transform has compiled of one linked function. Written by several threads: entries are only ever added.

    Attributes:
        linked: the function.
        count: how many arguments a call has that gives them all by position; -1 if calls must be bound by signature.
        by_key: generated functions, by the keys of their arguments.
        by_signature: generated modules, by the descriptions of their arguments.
    """

    __slots__ = (
        "_cells",
        "_defaults",
        "_globals",
        "_positional",
        "_reads",
        "by_key",
        "by_signature",
        "count",
        "free",
        "linked",
        "params",
        "variadic",
    )

    def __init__(self, linked: Linked) -> None:
        self.linked, self.params = linked, linked.own_params
        self.count = len(self.params) if linked.is_plain else -1
        self.variadic = variadic(linked)
        self.free = tuple(linked.free.values())
        self._reads = [(v.place == "cell", v.holder, v.key) for v in self.free]
        self.by_key: dict[Any, Callable[..., Any]] = {}
        self.by_signature: dict[tuple[Value, ...], Compiled] = {}
        guards = linked.guards
        self._cells = [(g.holder, g.value) for g in guards if isinstance(g.holder, types.CellType)]
        self._globals = [
            (g.holder, g.key, g.value) for g in guards if not isinstance(g.holder, types.CellType)
        ]
        parameters = linked.signature.parameters
        self._defaults = {name: p.default for name, p in parameters.items() if p.default is not p.empty}
        kinds = [p.kind for p in parameters.values()]
        self._positional = sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds)
        if self._positional + kinds.count(inspect.Parameter.KEYWORD_ONLY) < len(kinds) or self.params != list(
            parameters
        ):
            self._positional = -1  # calls are bound by signature

    def is_current(self) -> bool:
        """Whether every function and module that was looked up is still the same."""
        if self.linked.watched and not all(guard.holds() for guard in self.linked.watched):
            return False
        try:
            for holder, key, value in self._globals:
                if holder[key] is not value:
                    return False
            for cell, value in self._cells:
                if cell.cell_contents is not value:
                    return False
        except (LookupError, ValueError):
            return False
        return True

    def read(self) -> list[Any]:
        """The hidden arguments as they are now.

        Raises: NameError for one that is not defined.
        """
        try:
            return [holder.cell_contents if cell else holder[key] for cell, holder, key in self._reads]
        except (KeyError, ValueError):
            return [variable.read() for variable in self.free]

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments of a call in the order of the parameters, defaults filled in.

        Raises: TypeError as the call would.
        """
        if len(args) <= self._positional:
            own, used = list(args), 0
            for name in self.params[len(args) :]:
                if name in kwargs:
                    own.append(kwargs[name])
                    used += 1
                elif name in self._defaults:
                    own.append(self._defaults[name])
                else:
                    break
            else:
                if used == len(kwargs):
                    return own
        return list(bound(self.linked.signature, args, kwargs).arguments.values())


def bound(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """A call bound to a signature, defaults filled in.

    Raises: TypeError as the call would.
    """
    found = signature.bind(*args, **kwargs)
    found.apply_defaults()
    return found
