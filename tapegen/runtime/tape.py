"""`GradientTape`: records operations as they run, and runs their adjoints backwards.

A tape is a list of nodes (see operations.py) and the set of keys that it follows. It holds arrays only where an adjoint
reads them, and nothing points back to it, so deleting it frees everything at once.
"""

from __future__ import annotations

import enum
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import numpy as np

from ..errors import TapegenWarning
from ..kernels import cast_like
from ..pytree import flatten
from ..pytree import leaves as leaves_of
from . import record as _record
from .inspection import Graph, graph, why_none
from .listing import source
from .record import apply, resolve
from .state import enter, leave, state
from .sweep import ensure_key, keys_in, relevant, sweep
from .tensor import Tensor, constant_array, frozen, make
from .variable import Variable


class UnconnectedGradients(enum.Enum):
    """What `gradient` gives for a source that the target doesn't depend on."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
    """Record operations for automatic differentiation.

    Args:
        persistent: whether `gradient` may be called more than once. The record then lives as long as the tape.
        watch_accessed_variables: whether trainable Variables are watched when they are first read.

    >>> x = Tensor(3.0)
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> tape.gradient(y, x)
    <tf.Tensor: shape=(), dtype=float32, numpy=6.0>
    """

    __slots__ = (
        "__weakref__",
        "_auto",
        "_persistent",
        "_spent",
        "_variables",
        "exits",
        "known",
        "nodes",
        "was_reset",
    )
    forward = False

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = bool(persistent)
        self._auto = bool(watch_accessed_variables)
        self.reset()
        self.was_reset = False
        self._spent = True  # until it is entered

    # recording

    def __enter__(self) -> GradientTape:
        if self in state.recorders:
            raise ValueError(
                "Tape is still recording, This can happen if you try to re-enter an already-active tape."
            )
        self._spent = False
        enter(self)
        return self

    def __exit__(self, *exception: object) -> None:
        leave(self)

    def add(self, node: tuple[Any, Any, Any, Any]) -> None:
        """Write down a node and follow its results."""
        out = node[0]
        self.nodes.append(node)
        if type(out) is int:
            self.known.add(out)
        else:
            self.known.update(keys_in(out))

    def follows(self, key: Any) -> bool:
        """Whether a key, or one of a nest of keys, is followed."""
        if type(key) is tuple:
            return any(self.follows(k) for k in key)
        return key in self.known

    def watch_variable(self, variable: Variable) -> None:
        if self._auto and variable._key not in self.known and variable._tensor._a.dtype.kind in "fc":
            self.known.add(variable._key)
            self._variables.append(variable)

    def _follow_variable(self, variable: Variable) -> None:
        if variable._tensor._a.dtype.kind in "fc":
            self.known.add(variable._key)
            self._variables.append(variable)

    def assigned(self, variable: Variable) -> None:
        """A Variable got a new value: nothing to do, its key stays and what was recorded holds the old value."""

    def watch(self, tensor: Any) -> None:
        """Follow a Tensor or Variable, or a nest of them, from now on.

        Raises: ValueError for anything else.
        """
        if type(tensor) is Tensor and tensor._a.dtype.kind in "fc":
            self.known.add(ensure_key(tensor))
            return
        for t in leaves_of(tensor):
            if isinstance(t, Variable):
                if _differentiable(
                    t.dtype, "The dtype of the watched tensor must be floating (e.g. tf.float32), got"
                ):
                    if t._key not in self.known:
                        self._follow_variable(t)
            elif isinstance(t, Tensor):
                if _differentiable(
                    t.dtype, "The dtype of the watched tensor must be floating (e.g. tf.float32), got"
                ):
                    self.known.add(ensure_key(t))
            else:
                hint = (
                    "; make it a Tensor: x = tf.constant(x)"
                    if isinstance(t, (np.ndarray, np.generic))
                    else ""
                )
                raise ValueError(
                    f"Passed in object {t} of type '{type(t).__name__}', not tf.Tensor or tf.Variable or "
                    f"ExtensionType{hint}."
                )

    def watched_variables(self) -> tuple[Variable, ...]:
        """The Variables watched, in the order in which they were first used."""
        return tuple(self._variables)

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Operations inside the block are not recorded.

        Raises: RuntimeError if the tape is not recording.
        """
        before = state.recorders
        if self not in before:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        state.recorders = tuple([r for r in before if r is not self])
        try:
            yield
        finally:
            if self not in state.recorders:
                state.recorders = (*state.recorders, self) if before[-1] is self else before

    def reset(self) -> None:
        """Forget all operations and what was watched."""
        self.nodes: list[Any] = []
        self.known: set[int] = set()
        self._variables: list[Variable] = []
        self.exits: list[tuple[int, str]] = []
        self._spent = False
        self.was_reset = True

    # looking at it

    def graph(self) -> Graph:
        """What was recorded, as a structure that prints, and draws itself where Graphviz is installed."""
        return graph(self)

    def source(self, target: Any = None) -> str:
        """The recorded computation of `target`, by default the last result, and its adjoint, as straight-line Python.

        Ask before `gradient`, or ask a persistent tape.
        """
        return source(self, target)

    def why_none(self, target: Any, source: Any) -> str:
        """Why the gradient of `target` with respect to `source` is None."""
        return why_none(self, target, source)

    # differentiating

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of the sum of `target` with respect to `sources`.

        Args:
            target: Tensor, Variable or nest of them; several are summed, each over its elements.
            sources: Tensor, Variable or nest of them.
            output_gradients: cotangents of the targets, in their order, instead of ones.
            unconnected_gradients: NONE or ZERO, for sources that the target does not depend on.
        Returns: a nest like `sources`.
        Raises: RuntimeError on a second call, unless persistent; TypeError for a target of None; ValueError for an
            unknown `unconnected_gradients` or an `output_gradients` of a wrong shape; LookupError where an operation
            on the way has no derivative rule.
        """
        if self._spent:
            self._claim()
        zero = _wants_zero(unconnected_gradients)
        if target is None:
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors, Variables or CompositeTensors to "
                "be differentiated, but received None."
            )
        targets = [_target(t) for t in ([target] if isinstance(target, Tensor) else leaves_of(target))]
        found, build = _sources(sources)
        leaves = [_source(s) for s in found]
        seeds = _seeds(targets, output_gradients)
        nodes = self._take() if not self._persistent else self.nodes
        return build(sweep(nodes, targets, seeds, leaves, zero))

    def _claim(self) -> None:
        """Raises: RuntimeError if the record was let go of."""
        if self._spent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians); "
                "make it persistent=True to call it more than once"
            )

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """All derivatives of one Tensor, each of shape `target.shape + source.shape`.

        `parallel_iterations` and `experimental_use_pfor` are accepted for TensorFlow's sake. As there, a plain tape
        refuses `experimental_use_pfor=False`.
        Raises: as `gradient`; TypeError if `target` is not one Tensor.
        """
        self._claim()
        if not experimental_use_pfor and not self._persistent:
            raise RuntimeError(
                "GradientTape must be created with persistent=True to compute the jacobian with "
                "experimental_use_pfor=False."
            )
        zero = _wants_zero(unconnected_gradients)
        target = _single(target)
        found, structure = flatten(sources)
        leaves = [_source(s) for s in found]
        nodes = relevant(self._take(), leaves)
        shape, dtype = target._a.shape, target._a.dtype
        rows: list[list[Any]] = []
        for i in range(max(target.size, 1)):
            seed = np.zeros(shape, dtype)
            if target.size:
                seed.reshape(-1)[i] = 1
            rows.append(sweep(nodes, [target], [make(frozen(seed))], leaves, zero))
        columns = list(zip(*rows, strict=True))
        return structure.unflatten(
            [_stack(column, shape, s, target.size) for column, s in zip(columns, leaves, strict=True)]
        )

    def _take(self) -> list[Any]:
        """The nodes for one computation; a plain tape lets go of them."""
        nodes = self.nodes
        if not self._persistent:
            if self in state.recorders:
                leave(self)
            self.nodes, self.known, self._spent = [], set(), True
        return nodes

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """Derivatives of each row of `target` by the same row of `source`: shape (b, target..., source...).

        Rows that do depend on each other are summed over. Zeros where they are not connected.
        Raises: as `jacobian`; ValueError for ranks below 2 or different numbers of rows.
        """
        self._claim()
        if not experimental_use_pfor and not self._persistent:
            raise RuntimeError(
                "GradientTape must be created with persistent=True to compute the batch_jacobian with "
                "experimental_use_pfor=False."
            )
        _wants_zero(unconnected_gradients)
        target, source = _single(target), _source(source)
        if target.ndim < 2 or source.ndim < 2 or target.shape[0] != source.shape[0]:
            raise ValueError(
                f"Need first dimension of target shape {target.shape} and source shape {source.shape} to match, "
                "and both of rank 2 at least."
            )
        nodes = relevant(self._take(), [source])
        rows = []
        inner = target._a.shape[1:]
        for j in np.ndindex(inner):
            seed = np.zeros(target._a.shape, target._a.dtype)
            seed[(slice(None), *j)] = 1
            rows.append(sweep(nodes, [target], [make(seed)], [source], True)[0])
        shape = (target.shape[0], *inner, *source.shape[1:])
        if not rows:
            return make(np.zeros(shape, source.dtype))
        return apply(np.reshape, (apply(np.stack, (rows, 1)), shape))


_SOURCES = frozenset({Tensor, Variable})


def _sources(sources: Any) -> tuple[list[Any], Any]:
    """The sources, and what puts their gradients together as they are."""
    kind = type(sources)
    if kind is Tensor or kind is Variable:
        return [sources], itemgetter(0)
    if kind is list and _SOURCES.issuperset(map(type, sources)):
        return sources, list
    found, structure = flatten(sources)
    return found, structure.unflatten


def _differentiable(dtype: np.dtype[Any], message: str) -> bool:
    if dtype.kind in "fc":
        return True
    warnings.warn(f"{message} {dtype}", TapegenWarning, stacklevel=3)
    return False


def _wants_zero(choice: UnconnectedGradients | str) -> bool:
    if choice is UnconnectedGradients.NONE:
        return False
    try:
        return UnconnectedGradients(choice) is UnconnectedGradients.ZERO
    except ValueError:
        raise ValueError(f"Unknown value for unconnected_gradients: {choice!r}") from None


def _target(t: Any) -> Tensor:
    if type(t) is Tensor and t._a.dtype.kind in "fc":
        return t
    if isinstance(t, Variable):
        return t._tensor
    if not isinstance(t, Tensor):
        raise TypeError(f"Argument `target` should be a nest of Tensors or Variables, but it contains {t!r}.")
    _differentiable(
        t.dtype,
        "The dtype of the target tensor must be floating (e.g. tf.float32) when calling GradientTape.gradient, got",
    )
    return t


def _source(s: Any) -> Tensor:
    if isinstance(s, Variable):
        s = s._tensor
    if type(s) is Tensor and s._a.dtype.kind in "fc":
        return s
    if not isinstance(s, Tensor):
        raise TypeError(
            f"Argument `sources` should be a nest of Tensors or Variables, but it contains {s!r}."
        )
    _differentiable(
        s.dtype,
        "The dtype of the source tensor must be floating (e.g. tf.float32) when calling GradientTape.gradient, got",
    )
    return s


def _single(target: Any) -> Tensor:
    if not isinstance(target, (Tensor, Variable)):
        raise TypeError(f"Argument `target` should be one Tensor, but received {target!r}.")
    return _target(target)


def _seeds(targets: Sequence[Tensor], given: Any) -> list[Tensor]:
    """Cotangents of the targets, ones where none are given."""
    if given is None:
        return [make(_ones(t._a)) for t in targets]
    cts = [given] if isinstance(given, (Tensor, Variable, np.ndarray, np.generic)) else leaves_of(given)
    if len(cts) != len(targets):
        raise ValueError(f"output_gradients has {len(cts)} elements, but there are {len(targets)} targets")
    seeds = []
    for t, ct in zip(targets, cts, strict=True):
        ct = resolve(ct)
        if ct is None:
            ct = np.ones(t._a.shape, t._a.dtype)
        if not isinstance(ct, Tensor):
            ct = make(constant_array(np.asarray(ct, t._a.dtype)))
        if ct._a.shape != t._a.shape:
            if ct.size != t.size and ct.size != 1:
                raise ValueError(f"output_gradients has the shape {ct.shape}, but its target has {t.shape}")
            ct = apply(np.reshape if ct.size == t.size else np.broadcast_to, (ct, tuple(t._a.shape)))
        if ct._a.dtype != t._a.dtype:
            ct = apply(cast_like, (ct, t))
        seeds.append(ct)
    return seeds


def _ones(value: Any) -> Any:
    return np.ones(value.shape, value.dtype) if type(value) is np.ndarray else value.dtype.type(1)


def _stack(rows: Sequence[Any], shape: tuple[int, ...], source: Tensor, count: int) -> Any:
    """Rows of a Jacobian as one Tensor; None if all are."""
    if all(row is None for row in rows):
        return None
    whole = (*shape, *source._a.shape)
    if not count:
        return make(np.zeros(whole, source._a.dtype))
    rows = [make(frozen(np.zeros(source._a.shape, source._a.dtype))) if r is None else r for r in rows]
    return apply(np.reshape, (apply(np.stack, (list(rows),)), whole))


def _transpose(pull: Any, results: Sequence[Tensor], tangents: Sequence[Any]) -> list[Any]:
    """The tangents of the results of an operation, given the pullback of its inputs and their tangents.

    A pullback is linear in its cotangents u; its own adjoint with respect to u is the map from tangents to tangents.
    """
    tape = GradientTape(watch_accessed_variables=False)
    seeds = [make(frozen(np.zeros(t._a.shape, t._a.dtype))) for t in results]
    with tape:
        tape.watch(seeds)
        cts = list(pull(*seeds))
    kept = [(ct, dot) for ct, dot in zip(cts, tangents, strict=True) if isinstance(ct, Tensor)]
    if not kept:
        return seeds
    return tape.gradient(  # type: ignore[no-any-return]
        [ct for ct, _ in kept], seeds, [dot for _, dot in kept], UnconnectedGradients.ZERO
    )


_record.transpose = _transpose
