"""The machinery behind `tg.grad` and its kin: a callable that compiles itself for the arguments it meets."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.analysis.values import UNKNOWN, Value, abstract
from tapegen.compiler import Compiled, link_generated
from tapegen.errors import TransformError
from tapegen.lang.core import Core
from tapegen.lang.names import is_identifier
from tapegen.lang.show import show
from tapegen.linker import Linked, link

Signature = tuple[Value, ...]
_FLOATS = (float, complex)


class Program:
    """A function as the compiler sees it: linked once, and again when something it calls was rebound."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn
        self._lock = threading.RLock()
        self._linked: Linked | None = None

    def linked(self) -> Linked:
        """The function with its helpers, up to date."""
        linked = self._linked
        if linked is None or not linked.is_current():
            with self._lock:
                linked = self._linked
                if linked is None or not linked.is_current():
                    linked = self._linked = link(self.fn)
        return linked


@functools.lru_cache(maxsize=1024)
def _program(fn: Any) -> Program:
    return Program(fn)


def program_of(fn: Any) -> Program:
    """The program of a function; one for each function object, as long as it is among the last thousand used."""
    try:
        return _program(fn)
    except TypeError:  # can't be hashed
        return Program(fn)


def describe(value: Any, name: str) -> Value:
    """The description of an argument.

    Raises: TypeError for what NumPy code could silently misread: masked arrays, matrices, object arrays, table columns.
    """
    kind = type(value)
    if isinstance(value, np.ndarray) and kind is not np.ndarray:
        raise TypeError(
            f"argument {name!r} is a {kind.__module__}.{kind.__name__}, whose operations differ from those of a plain array: "
            "pass np.asarray(...) of it"
        )
    if kind is np.ndarray and value.dtype.kind not in "biufc":
        raise TypeError(f"argument {name!r} is an array of dtype {value.dtype}: convert it with .astype(float)")
    if hasattr(value, "to_numpy") and not isinstance(value, type):
        raise TypeError(f"argument {name!r} is a {kind.__module__}.{kind.__name__}: pass its .to_numpy()")
    return abstract(value, name)


def key_of(value: Any) -> Any:
    """What stands for an argument in the first cache: equal keys have equal descriptions."""
    kind = type(value)
    if kind is np.ndarray:
        return (value.dtype, value.shape)
    return float if kind is float else None


def check_source(value: Any, name: str) -> None:
    """Refuse to differentiate with respect to what has no derivative.

    Raises: TypeError that names the argument and says what to pass.
    """
    if isinstance(value, (bool, np.bool_, str, bytes)) or value is None:
        raise TypeError(f"cannot differentiate with respect to argument {name!r}: it is a {type(value).__name__}, not a float")
    if isinstance(value, (int, np.integer)):
        raise TypeError(
            f"cannot differentiate with respect to argument {name!r}: it is an integer; pass {float(value)!r}"
        )
    if isinstance(value, np.ndarray) and value.dtype.kind not in "fc":
        raise TypeError(
            f"cannot differentiate with respect to argument {name!r}: it is an array of dtype {value.dtype}; "
            "pass .astype(float)"
        )
    if isinstance(value, (list, tuple, dict)):
        items = value.values() if isinstance(value, dict) else value
        if not any(_has_float(item) for item in items):
            raise TypeError(
                f"cannot differentiate with respect to argument {name!r}: there is no float in it; pass floats such as 3.0"
            )
    elif not isinstance(value, (float, complex, np.ndarray, np.inexact)) and not hasattr(type(value), "__dataclass_fields__"):
        raise TypeError(f"cannot differentiate with respect to argument {name!r}: it is a {type(value).__name__}")


def _has_float(value: Any) -> bool:
    if isinstance(value, (float, complex, np.inexact)):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    if isinstance(value, dict):
        return any(map(_has_float, value.values()))
    if hasattr(type(value), "__dataclass_fields__"):
        return any(_has_float(getattr(value, name)) for name in type(value).__dataclass_fields__)
    return isinstance(value, (list, tuple)) and any(map(_has_float, value))


class Derivative:
    """A transform of a function: called with arguments, it compiles code for their types and calls that.

    Attributes:
        fn: the function, or another transform.
    """

    def __init__(self, fn: Any) -> None:
        if not callable(fn):
            raise TypeError(f"expected a function, not a {type(fn).__name__}")
        self.fn = fn
        self._program = None if isinstance(fn, Derivative) else program_of(fn)
        self._lock = threading.RLock()
        self._linked: Linked | None = None
        self._by_key: dict[Any, Callable[..., Any]] = {}
        self._by_signature: dict[Signature, Compiled] = {}
        self._last: Compiled | None = None
        name = getattr(fn, "__name__", type(fn).__name__)
        name = name if is_identifier(name) else "function"
        functools.update_wrapper(self, fn, updated=())
        self.__name__ = self.generated_name(name)
        self.__doc__ = f"{self.what} of {name}.\n\n{fn.__doc__ or ''}".rstrip()

    what = "Derivative"

    def generated_name(self, name: str) -> str:
        """What the generated function is called."""
        raise NotImplementedError

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        """Compile for one description of the arguments."""
        raise NotImplementedError

    def inputs(self, linked: Linked) -> list[str]:
        """The parameters with respect to which this is a derivative."""
        raise NotImplementedError

    def check(self, arguments: Sequence[Any], linked: Linked) -> None:
        """Refuse arguments without derivative, before anything is compiled."""
        values = dict(zip(linked.core.params, arguments, strict=True))
        for name in self.inputs(linked):
            check_source(values[name], name)

    # -- compiling ----------------------------------------------------------------------------------------------------

    def linked_for(self, values: Sequence[Value]) -> Linked:
        """The program to differentiate; where `fn` is a transform itself, its generated code for these arguments."""
        if isinstance(self.fn, Derivative):
            return link_generated(self.fn.compiled_for(values), self.fn.base())
        return self.base()

    def base(self) -> Linked:
        """The user's function at the bottom of a stack of transforms."""
        return self.fn.base() if self._program is None else self._program.linked()

    def compiled_for(self, values: Sequence[Value]) -> Compiled:
        """The code for arguments of these descriptions."""
        key = tuple(values)
        with self._lock:
            found = self._by_signature.get(key)
            if found is None:
                linked = self.linked_for(values)
                found = self._by_signature[key] = self.build(linked, dict(zip(linked.core.params, values, strict=True)))
            self._last = found
        return found

    def function_for(self, arguments: Sequence[Any]) -> Callable[..., Any]:
        """The generated function for these arguments, hidden ones included."""
        linked = self.base()
        if linked is not self._linked:
            with self._lock:
                self._linked, self._by_key, self._by_signature = linked, {}, {}
        key = tuple([key_of(value) or describe(value, name) for value, name in zip(arguments, linked.core.params)])
        found = self._by_key.get(key)
        if found is None:
            self.check(arguments, linked)
            values = [describe(value, name) for name, value in zip(linked.core.params, arguments, strict=True)]
            compiled = self.compiled_for(values)
            found = self._by_key[key] = compiled.functions[compiled.main]
        return found

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments of the generated function: the call's own with defaults, then hidden ones, read now."""
        linked = self.base()
        if not kwargs and len(args) == len(linked.own_params) and linked.is_plain:
            own: list[Any] = list(args)
        else:
            bound = linked.signature.bind(*args, **kwargs)
            bound.apply_defaults()
            own = list(bound.arguments.values())
        return own + [variable.read() for variable in linked.free.values()]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = self.arguments(args, kwargs)
        return self.function_for(arguments)(*arguments)

    @property
    def source(self) -> str:
        """The generated module: that of the last call, or before any call, the one for arguments of unknown type."""
        if self._last is None:
            self.compiled_for([UNKNOWN] * len(self.base().core.params))
        assert self._last is not None
        return self._last.source

    @property
    def stages(self) -> dict[str, str]:
        """The stages of the last compilation, printed."""
        self.source  # noqa: B018  (compiles if nothing is)
        assert self._last is not None
        return print_stages(self._last.stages)

    def __repr__(self) -> str:
        return f"<{self.what.lower()} of {getattr(self.fn, '__qualname__', self.fn)!s}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


@functools.lru_cache(maxsize=1024)
def _derivative(kind: type[Derivative], fn: Any, options: tuple[Any, ...]) -> Derivative:
    return kind(fn, *options)


def derivative_of(kind: type[Derivative], fn: Any, *options: Any) -> Any:
    """The transform `kind(fn, *options)`, made once for each function, as long as it is among the last thousand used."""
    try:
        return _derivative(kind, fn, options)
    except TypeError:  # can't be hashed
        return kind(fn, *options)


def differentiable(value: Any) -> bool:
    """Whether an argument holds floats."""
    return _has_float(value)


def print_stages(stages: Sequence[tuple[str, Core]]) -> dict[str, str]:
    """Stages as text, numbered."""
    return {f"{index:02d} {name}": show(core) for index, (name, core) in enumerate(stages)}


__all__ = ["Derivative", "Program", "TransformError", "check_source", "describe", "inspect", "program_of"]
