"""`tg.function`: a function that meets the tape as one operation."""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Callable
from typing import Any, Literal, overload

from tapegen.api import dispatch
from tapegen.api.backend import backend_of, is_installed
from tapegen.api.cached import CacheInfo, cache_info
from tapegen.api.differentiate import derivative_of
from tapegen.api.products import Pair
from tapegen.api.program import program_of
from tapegen.api.shipping import revive, ship
from tapegen.api.signature import Signature
from tapegen.backends.options import Numba
from tapegen.errors import TapegenWarning, TransformError
from tapegen.linker import SNAPSHOTS, UNROLL

Backend = Literal["numpy", "numba"]
Fallback = Literal["eager", "error"]


class Function:
    """A decorated function.

    Called with arrays and numbers it runs as it stands. Called with Tensors, or reading Variables, its generated code
    runs, and a tape that is recording sees one operation with the generated adjoint. What can't be transformed is
    recorded operation by operation, after one warning that says why; with `fallback="error"` it raises.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        numba: Numba | None,
        fallback: Fallback,
        unroll: int | None,
        specs: Any = None,
    ) -> None:
        self.fn, self.numba, self.fallback, self.unroll = fn, numba, fallback, unroll
        self._signature = None if specs is None else Signature(fn, specs)
        self._reason: TransformError | None = None
        self._warned = False
        self._made: dispatch.Seam | None = None
        self.__name__ = str(getattr(fn, "__name__", type(fn).__name__))
        functools.update_wrapper(self, fn)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._signature is not None:
            args, kwargs = self._signature(args, kwargs)  # type: ignore[assignment]
        recording = dispatch.is_active()
        if self._reason is None and (recording or dispatch.has_tensors((*args, *kwargs.values()))):
            try:
                call = self._seam().prepare(args, kwargs)
            except TransformError as error:
                if self.fallback == "error":
                    raise
                self._reason = error
            else:
                try:
                    return self.fn(*args, **kwargs) if call is None else call()
                except dispatch.LeftGeneratedCode as error:
                    if self.fallback == "error":
                        raise
                    self._reason = error
        if recording and self._reason is not None and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.__name__} is recorded operation by operation, for it cannot be transformed: {self._reason}",
                TapegenWarning,
                stacklevel=2,
            )
        return self.fn(*args, **kwargs)

    def _seam(self) -> dispatch.Seam:
        if self._made is None:
            self._made = dispatch.seam_of(self.fn)
        return self._made

    @property
    def source(self) -> str:
        """The generated module: the pair of the last call, or before any call that for arguments of unknown type."""
        if self._made is not None and self._made.latest is not None:
            return self._made.latest.source
        linked = program_of(self.fn).linked()
        wrt = tuple(range(len(linked.own_params)))
        return str(derivative_of(Pair, self.fn, wrt).source)

    def cache_info(self) -> CacheInfo:
        """What has been compiled of the function, for tapes and by `tg.grad` and its kin, each with its source.

        >>> @function
        ... def square(x):
        ...     return x * x
        >>> from tapegen.api.gradients import grad
        >>> grad(square)(3.0)
        6.0
        >>> for specialisation in square.cache_info().specialisations:
        ...     print(specialisation)
        Specialisation(name='square_grad', arguments={'x': 'float'}, backend='numpy')
        """
        return cache_info(code for transform in program_of(self.fn).transforms for code in transform.codes())

    @property
    def input_signature(self) -> tuple[Any, ...] | None:
        """What the arguments must be, or None."""
        return None if self._signature is None else self._signature.specs

    @property
    def backend(self) -> Backend:
        """What runs the generated code."""
        return "numpy" if self.numba is None else "numba"

    @property
    def __tapegen_backend__(self) -> Numba | None:
        """The options that gradients of this function are compiled with."""
        return self.numba

    @property
    def __tapegen_function__(self) -> Any:
        """The function inside, which transforms differentiate."""
        return self.fn

    @property
    def py_func(self) -> Any:
        """The function inside, under numba's name for it: functions that call this one are followed into it."""
        return self.fn

    @property
    def python_function(self) -> Any:
        """The function inside, under TensorFlow's name for it."""
        return self.fn

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__name__} of tapegen>"

    def __reduce__(self) -> Any:
        try:
            shipped: Any = ship(self.fn, program_of(self.fn).linked())
        except TransformError:
            shipped = self.fn  # by name, as functions travel
        return _rebuild, (shipped, self.numba, self.fallback, self.unroll, self.input_signature)

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: Any) -> Function:
        return self


def marked(fn: Callable[..., Any], option: str, attribute: str, value: Any) -> Callable[..., Any]:
    """A copy of the function that says in an attribute how it is to be compiled."""
    if not isinstance(fn, types.FunctionType):
        raise TypeError(f"{option}= is for functions, not for a {type(fn).__name__}")
    copy = types.FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
    copy.__kwdefaults__ = fn.__kwdefaults__
    functools.update_wrapper(copy, fn)
    del copy.__wrapped__  # type: ignore[attr-defined]
    setattr(copy, attribute, value)
    return copy


def checked_unroll(unroll: Any) -> int:
    """The option `unroll`.

    Raises: TypeError if it is no number of rounds.
    """
    if not isinstance(unroll, int) or isinstance(unroll, bool) or unroll < 0:
        raise TypeError(f"unroll is a number of rounds, not {unroll!r}")
    return unroll


def checked_snapshots(checkpoint: Any) -> int | Literal["log"]:
    """The option `checkpoint`.

    Raises: TypeError if it is neither "log" nor a number of snapshots.
    """
    if checkpoint == "log":
        return "log"
    if not isinstance(checkpoint, int) or isinstance(checkpoint, bool) or checkpoint < 1:
        raise TypeError(f"checkpoint is a number of snapshots, or 'log', not {checkpoint!r}")
    return checkpoint


def _rebuild(
    shipped: Any, numba: Numba | None, fallback: Fallback, unroll: int | None, specs: Any = None
) -> Function:
    return Function(revive(shipped) if isinstance(shipped, list) else shipped, numba, fallback, unroll, specs)


@overload
def function(fn: Callable[..., Any], **options: Any) -> Function: ...


@overload
def function(fn: None = None, **options: Any) -> Callable[[Callable[..., Any]], Function]: ...


def function(  # type: ignore[misc]  # the overloads leave the options to this one
    fn: Callable[..., Any] | None = None,
    *,
    backend: Backend = "numpy",
    fallback: Fallback = "eager",
    unroll: int | None = None,
    checkpoint: int | Literal["log"] | None = None,
    input_signature: Any = None,
    reduce_retracing: bool | None = None,
    parallel: bool = False,
    fastmath: bool = False,
    cache: bool = False,
    jit_compile: bool | None = None,
    autograph: bool = True,
) -> Any:
    """Decorate a function for use under tapes.

    Args:
        fn: a Python function.
        backend: what runs the generated code of gradients: "numpy", or "numba", which compiles it as loops. What Numba
            can't compile runs on NumPy, after a warning; with `fallback="error"` it raises.
        parallel, fastmath: options of `numba.njit`; results may change.
        cache: whether what Numba compiles is kept on disk, in a directory of the user's own (`TAPEGEN_CACHE_DIR`), for
            processes that come later.
        fallback: what to do with a function that can't be transformed: "eager" records its operations one by one, after
            a warning; "error" raises.
        unroll: generated code writes out loops that are known to take at most so many rounds, 0 for none; loops over
            the elements of a tuple or list may take four times as many. If it is left out, 8 rounds, and a loop over
            numbers only if that makes at most 40 statements.
        checkpoint: so many states of each outermost loop are kept at once for its adjoint, which runs the steps between
            them again by the binomial schedule; "log" for about the logarithm of the number of steps.
        jit_compile: True for the numba backend, where Numba is installed.
        input_signature: a list of `tf.TensorSpec`s, or nests of them, one for each parameter; arguments that do not
            fit are refused, and numbers, lists and arrays become Tensors.
        reduce_retracing, autograph: accepted for compatibility with TensorFlow's `tf.function`. Nothing is ever
            retraced here, and without `input_signature` arguments of any shape are taken.
    Returns: a `Function`, called like `fn`. It has `.source`.
    Raises: TypeError if `fn` is no function, for an option of the wrong type, or if `input_signature` does not fit
        `fn`; ValueError for an unknown option; when called, TypeError for what does not fit `input_signature`,
        TransformError for what can't be transformed with `fallback="error"`.
    Source: the tape's node with a generated pullback is that of Innes (2019), Don't unroll adjoint, section 4.

    >>> @function
    ... def square(x):
    ...     return x * x
    >>> square(3.0)
    9.0
    """
    del reduce_retracing, autograph
    if fallback not in ("eager", "error"):
        raise ValueError(f"fallback is 'eager' or 'error', not {fallback!r}")

    numba = backend_of(backend, None)
    if numba is None and jit_compile and is_installed():
        numba = Numba()
    if numba is not None:
        numba = Numba(parallel, fastmath, "error" if fallback == "error" else "numpy", cache)

    def decorate(wrapped: Callable[..., Any]) -> Function:
        if isinstance(wrapped, Function):
            return wrapped
        if not callable(wrapped):
            raise TypeError(f"tg.function decorates a function, not a {type(wrapped).__name__}")
        if unroll is not None:
            wrapped = marked(wrapped, "unroll", UNROLL, checked_unroll(unroll))
        if checkpoint is not None:
            wrapped = marked(wrapped, "checkpoint", SNAPSHOTS, checked_snapshots(checkpoint))
        return Function(wrapped, numba, fallback, unroll, input_signature)

    return decorate if fn is None else decorate(fn)


__all__ = ["Function", "function"]
