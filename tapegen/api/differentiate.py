"""The machinery behind `tg.grad` and its kin: a callable that compiles itself for the arguments it meets."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.analysis.values import UNKNOWN, Value
from tapegen.api.arguments import check_source, describe, key_of, with_lengths
from tapegen.api.cached import CacheInfo, cache_info
from tapegen.api.contexts import leaving_contexts
from tapegen.api.program import FUNCTIONS, KEYS, Code, Program, bound, program_of, unwrap, without_checkpoints
from tapegen.api.shipping import revive, ship
from tapegen.api.variadic import spread
from tapegen.compiler import Compiled, link_generated
from tapegen.errors import TapegenWarning
from tapegen.functional_linker import with_functions
from tapegen.lang.names import is_identifier
from tapegen.lang.show import show
from tapegen.linker import Linked
from tapegen.object_linker import NeedsHidden, NeedsLengths, meets_objects, without_objects

_ndarray = np.ndarray


class Derivative:
    """A transform of a function: called with arguments, it compiles code for their types and calls that.

    Attributes:
        fn: the function, or another transform.
        args, kwargs: arguments given beforehand, as the object of a method is.
    """

    what = "Derivative"
    keeps_checkpoints = False  # whether checkpointed loops in generated code can be transformed again

    def __init__(self, fn: Any) -> None:
        if not callable(fn):
            raise TypeError(f"expected a function, not a {type(fn).__name__}")
        call = unwrap(fn)
        self.fn, self.args, self.kwargs = call.fn, call.args, call.kwargs
        self._program = None
        if isinstance(self.fn, Derivative):
            self.args, self.kwargs = (*self.fn.args, *self.args), {**self.fn.kwargs, **self.kwargs}
        else:
            self._program = program_of(self.fn)
        self._given = bool(self.args or self.kwargs)
        self.program().enter(self)
        self._lock = threading.RLock()
        self._code: Code | None = None
        self._variadic: dict[Linked, Code] = {}
        self._last: Compiled | None = None
        self._told = False
        found = getattr(fn, "__name__", None) or getattr(self.fn, "__name__", None)
        name = found if isinstance(found, str) and is_identifier(found) else "function"
        functools.update_wrapper(self, fn, updated=())
        self.__name__ = self.generated_name(name)
        self.__doc__ = f"{self.what} of {name}.\n\n{getattr(fn, '__doc__', None) or ''}".rstrip()

    # -- what a kind of transform says of itself ----------------------------------------------------------------------

    def generated_name(self, name: str) -> str:
        """What the generated function is called."""
        raise NotImplementedError

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        """Compile for one description of the arguments."""
        raise NotImplementedError

    def positions(self) -> tuple[int, ...]:
        """The positions of the arguments with respect to which this is a derivative, given ones not counted."""
        raise NotImplementedError

    def options(self) -> tuple[Any, ...]:
        """What the constructor takes after the function."""
        raise NotImplementedError

    # -- compiling ----------------------------------------------------------------------------------------------------

    def inputs(self, linked: Linked) -> list[str]:
        """The parameters with respect to which this is a derivative.

        Raises: TypeError if there are fewer.
        """
        params, given = linked.own_params, len(self.args)
        count = len(params) - given
        found = []
        for position in self.positions():
            if not -count <= position < count:
                many = "1 argument" if count == 1 else f"{count} arguments"
                raise TypeError(f"argnums={position}, but {self.base_name()} takes {many}")
            found.append(params[position if position < 0 else position + given])
        if len(set(found)) < len(found):
            raise TypeError(f"argnums={self.positions()} names an argument twice")
        return found

    is_derivative = True

    def base_name(self) -> str:
        """The name of the user's function."""
        return self.fn.base_name() if self._program is None else getattr(self.fn, "__name__", "the function")

    def base(self) -> Linked:
        """The user's function at the bottom of a stack of transforms."""
        return self.fn.base() if self._program is None else self._program.linked()

    def program(self) -> Program:
        """The program of the user's function."""
        return self.fn.program() if self._program is None else self._program

    def extend(self, needed: NeedsHidden) -> None:
        """Link the function with the hidden parameters that its methods need."""
        self.program().extend(needed.variables)
        with self._lock:
            self._code = None

    def code(self) -> Code:
        """What is compiled of the function as it is now."""
        code = self._code
        if code is not None and code.is_current():
            return code
        linked = self.base()
        if code is None or code.linked is not linked:
            with self._lock:
                code = self._code
                if code is None or code.linked is not linked:
                    code = self._code = Code(linked)
                    self._variadic = {}
        return code

    def compiled_for(self, values: Sequence[Value], code: Code) -> Compiled:
        """The code for arguments of these descriptions."""
        key = tuple(values)
        with self._lock:
            found = code.by_signature.get(key)
            if found is None:
                linked = code.linked
                if not isinstance(self.fn, Derivative) and meets_objects(linked, values):
                    linked = without_objects(linked, values)
                if isinstance(self.fn, Derivative):
                    if not self.keeps_checkpoints:
                        linked = without_checkpoints(linked)
                    inner = self.fn.compiled_for(values, self.fn.code_for(linked))
                    linked = link_generated(inner, linked)
                found = self.build(linked, dict(zip(linked.core.params, values, strict=True)))
                if len(code.by_signature) >= KEYS:
                    code.by_signature.clear()
                code.by_signature[key] = found
            self._last = found
        return found

    def code_for(self, linked: Linked) -> Code:
        """What is compiled of `linked`, the function at the bottom, whose `*args` may have been made parameters."""
        code = self.code()
        if code.linked is linked:
            return code
        with self._lock:
            found = self._variadic.get(linked)
            if found is None:
                found = self._variadic[linked] = Code(linked)
            return found

    # -- calling ------------------------------------------------------------------------------------------------------

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Code, Sequence[Any]]:
        """The arguments of the generated function: the call's own with defaults, then hidden ones, read now."""
        code = self.code()
        args, kwargs = (*self.args, *args), {**self.kwargs, **kwargs}
        if code.variadic is not None:
            linked, own = spread(code.linked, bound(code.linked.signature, args, kwargs))
            code = self.code_for(linked)
        else:
            own = code.bind(args, kwargs)
        linked, own = with_functions(code.linked, own)
        if linked is not code.linked:
            code = self.code_for(linked)
        return code, [*own, *code.read()]

    def find(self, code: Code, arguments: Sequence[Any]) -> Callable[..., Any]:
        """The generated function for these arguments, compiled if need be.

        Raises: TypeError for arguments that can't be handled, before anything is compiled.
        """
        found = code.by_key.get(key := tuple([key_of(value) for value in arguments]))
        if found is None:
            values = dict(zip(code.linked.core.params, arguments, strict=True))
            for name in self.inputs(code.linked):
                check_source(values[name], name)
            described = [describe(value, name) for name, value in values.items()]
            try:
                compiled = self.compiled_for(described, code)
            except NeedsLengths:
                compiled = self.compiled_for(list(map(with_lengths, described, arguments)), code)
            found = compiled.fast or compiled.functions[compiled.main]
            if ".__enter__(" in compiled.source:
                found = leaving_contexts(found)
            if compiled.slow is not None and not self._told:
                self._told = True
                warnings.warn(f"this runs on NumPy: {compiled.slow}", TapegenWarning, stacklevel=4)
            if len(code.by_key) >= KEYS:
                code.by_key.clear()
            code.by_key[key] = found
        return found

    def ready(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Callable[..., Any], Sequence[Any]]:
        """The generated function for a call, and its arguments."""
        code, arguments = self.bind(args, kwargs)
        try:
            return self.find(code, arguments), arguments
        except NeedsHidden as needed:
            self.extend(needed)
            return self.ready(args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # `ready` spelled out for the usual call, which should cost next to nothing.
        code = self._code
        if code is None or not code.is_current():
            code = self.code()
        if kwargs or self._given or len(args) != code.count:
            code, arguments = self.bind(args, kwargs)
        else:
            arguments = [*args, *code.read()] if code.free else args
        key = tuple([
            (value.dtype, value.shape) if type(value) is _ndarray else float if type(value) is float else key_of(value)
            for value in arguments
        ])  # fmt: skip
        found = code.by_key.get(key)
        if found is None:
            found, arguments = self.ready(args, kwargs)
        return self.finish(found(*arguments))

    def finish(self, result: Any) -> Any:
        """The result as it is handed out."""
        return result

    # -- looking ------------------------------------------------------------------------------------------------------

    def latest(self) -> Compiled:
        """What was compiled last; before any call, the code for arguments of unknown type."""
        if self._last is None:
            code = self.code()
            try:
                self.compiled_for([UNKNOWN] * len(code.linked.core.params), code)
            except NeedsHidden as needed:
                self.extend(needed)
                return self.latest()
        assert self._last is not None
        return self._last

    @property
    def source(self) -> str:
        """The generated module: that of the last call, or before any call, the one for arguments of unknown type."""
        return self.latest().source

    def codes(self) -> list[Code]:
        """What is compiled of the function as it was when it was last called."""
        return [code for code in (self._code, *self._variadic.values()) if code is not None]

    def cache_info(self) -> CacheInfo:
        """The specialisations that have been compiled, each with its source."""
        return cache_info(self.codes())

    @property
    def stages(self) -> dict[str, str]:
        """The stages of the last compilation, numbered, as text."""
        return {f"{i:02d} {name}": show(core) for i, (name, core) in enumerate(self.latest().stages)}

    def __repr__(self) -> str:
        return f"<{self.what.lower()} of {getattr(self.fn, '__qualname__', self.fn)!s}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    # -- travelling ---------------------------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self._shipped(), self.args, self.kwargs, self.options())

    def _shipped(self) -> Any:
        return self.fn if isinstance(self.fn, Derivative) else ship(self.fn, self.base())

    def __copy__(self) -> Derivative:
        return self

    def __deepcopy__(self, memo: Any) -> Derivative:
        return self


def _rebuild(
    kind: type[Derivative],
    shipped: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    options: tuple[Any, ...],
) -> Derivative:
    fn = shipped if isinstance(shipped, Derivative) else revive(shipped)
    rebuilt = kind(fn, *options)
    rebuilt.args, rebuilt.kwargs, rebuilt._given = args, kwargs, bool(args or kwargs)
    return rebuilt


@functools.lru_cache(maxsize=FUNCTIONS)
def _derivative(kind: type[Derivative], fn: Any, options: tuple[Any, ...]) -> Derivative:
    return kind(fn, *options)


def derivative_of(kind: type[Derivative], fn: Any, *options: Any) -> Any:
    """The transform `kind(fn, *options)`: one for each function object, as long as it is among the last used."""
    try:
        return _derivative(kind, fn, options)  # type: ignore[arg-type]
    except TypeError:
        return kind(fn, *options)  # can't be hashed; or no function at all, as this call says again
