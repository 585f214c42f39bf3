"""The one seam between compiler and tape: a call of a function with Tensors runs its generated forward code, and is
recorded as one operation whose pullback is the generated adjoint.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.api.arguments import differentiable, key_of
from tapegen.api.attributes import lift, reads, refuse_kept, refuse_written
from tapegen.api.contexts import generated
from tapegen.api.differentiate import derivative_of
from tapegen.api.methods import refuse_methods
from tapegen.api.ownership import disjoint, keep
from tapegen.api.products import Adjoint, Pair, match
from tapegen.api.program import FUNCTIONS, KEYS, Code, unwrap
from tapegen.errors import TransformError
from tapegen.linker import FOLLOWED, SPELLINGS, Linked
from tapegen.object_linker import NeedsHidden
from tapegen.pytree import flatten, tree_map
from tapegen.runtime import Tensor, Variable, record
from tapegen.runtime.record import is_recording
from tapegen.runtime.state import state
from tapegen.runtime.tensor import frozen, make
from tapegen.tf import MADE, SPELLED, table

_NESTS = (list, tuple, dict)
_PLAIN = frozenset({Tensor, np.ndarray, float, int, bool, type(None)})


def _learn_spellings() -> None:
    """Tell the linker what TensorFlow's names are on arrays."""
    for entries in (table.UNARY, {k: v[0] for k, v in table.BINARY.items()}):
        SPELLINGS.update(
            {table.NAMES[name]: function for name, function in entries.items() if name in table.NAMES}
        )
    SPELLINGS.update(MADE)
    SPELLINGS.update(SPELLED)
    FOLLOWED.update(SPELLED.values())


_learn_spellings()


def is_active() -> bool:
    """Whether a tape or accumulator is recording in this thread."""
    return bool(state.recorders)


def has_tensors(args: Sequence[Any]) -> bool:
    """Whether one of `args` is, or contains, a Tensor or Variable."""
    return any(
        isinstance(value, (Tensor, Variable)) or (type(value) is not np.ndarray and _holds_tensor(value))
        for value in args
    )


class LeftGeneratedCode(TransformError):
    """A call that computed with Tensors inside generated code, so that what it returned depends on nothing."""


class Seam:
    """A function on its way to the tapes: it compiles itself for the arguments it meets."""

    def __init__(self, fn: Any) -> None:
        call = unwrap(fn)
        self.fn, self.args, self.kwargs = call.fn, call.args, call.kwargs
        self._own = derivative_of(Pair, call.fn, ())
        self._plans: dict[Any, Plan] = {}
        # For calls by position whose arguments need no looking into.
        self._plain: dict[Any, tuple[Code, Plan]] = {}
        self._lock = threading.Lock()
        self.latest: Plan | None = None

    def prepare(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Callable[[], Any] | None:
        """Compile the function for a call, without running it.

        Returns: what runs the call and records it; None if no Tensor of floats comes in.
        Raises: TransformError if it can't be transformed for these arguments.
        """
        if not (kwargs or self.args or self.kwargs):
            found = self._found(args)
            if found is not None:
                return found
        code, bound = self._own.bind((*self.args, *args), {**self.kwargs, **kwargs})
        linked, bound = lift(code.linked, bound)
        given = [_read(value) for value in bound]
        key = (linked, *map(_key, given))
        plan = self._plans.get(key)
        if plan is None:
            wrt = tuple([i for i, value in enumerate(given) if any(map(_is_source, flatten(value)[0]))])
            if not wrt:
                return None
            refuse_written(linked, given)
            refuse_methods(linked, given)
            try:
                plan = Plan(self.fn, linked, wrt, given)
            except NeedsHidden as needed:
                self._own.extend(needed)
                return self.prepare(args, kwargs)
            with self._lock:
                if len(self._plans) >= KEYS:
                    self._plans.clear()
                self._plans[key] = plan
        if len(bound) == len(args) and linked.is_plain and all(type(value) in _PLAIN for value in given):
            with self._lock:
                if len(self._plain) >= KEYS:
                    self._plain.clear()
                self._plain[tuple(map(_key, given))] = code, plan
        self.latest = plan
        return functools.partial(plan.run, given)

    def _found(self, args: Sequence[Any]) -> Callable[[], Any] | None:
        """What runs a call, if one like it was prepared before: nothing to bind, to look into, or to read elsewhere."""
        given = [value if type(value) in _PLAIN else _read(value) for value in args]
        found = self._plain.get(tuple(map(_key, given)))
        if found is None or found[0] is not self._own.code():
            return None
        self.latest = found[1]
        return functools.partial(found[1].run, given)


@functools.lru_cache(maxsize=FUNCTIONS)
def _seam(fn: Any) -> Seam:
    return Seam(fn)


def seam_of(fn: Any) -> Seam:
    """The seam of a function; one for each function object, as long as it is among the last used."""
    try:
        return _seam(fn)
    except TypeError:  # can't be hashed
        return Seam(fn)


class Plan:
    """How to run and record a function for one kind of arguments.

    Attributes:
        wrt: the positions of the arguments that hold floating Tensors.
        sources: the positions of these among the leaves of the arguments.
        flat: whether each argument is a leaf itself.
    """

    def __init__(self, fn: Any, linked: Linked, wrt: tuple[int, ...], given: Sequence[Any]) -> None:
        self.fn, self.linked, self.wrt = fn, linked, wrt
        self.writes = bool(reads(linked).written)
        leaves = flatten(list(given))[0]
        self.flat = len(leaves) == len(given) and all(map(_same, leaves, given))
        self.sources = [i for i, leaf in enumerate(leaves) if _is_source(leaf)]
        self.arrays = [i for i, leaf in enumerate(leaves) if isinstance(leaf, np.ndarray)]
        self.pair = derivative_of(Pair, fn, wrt)
        self.code = self.pair.code_for(linked)
        self.forward = self.pair.find(self.code, [_with_arrays(value, self.writes) for value in given])
        refuse_kept(self.forward)
        self.adjoint = self.pair.adjoint_of(self.forward)

    @property
    def source(self) -> str:
        """The generated module."""
        compiled = self.code.by_signature.values()
        return str(next(c.source for c in compiled if c.functions[c.main] is generated(self.forward)))

    def run(self, given: Sequence[Any]) -> Any:
        """Run a call, and record it if a tape follows what comes in."""
        if self.writes:
            arguments = [_with_arrays(v, True) for v in given]
        else:
            arguments = [
                v._a if type(v) is Tensor else v if type(v) is np.ndarray else _with_arrays(v, False)
                for v in given
            ]
        out, residuals = self.forward(*arguments)
        leaves = given if self.flat else flatten(list(given))[0]
        inputs = [leaves[i] for i in self.sources]
        arrays = [leaves[i] for i in self.arrays]
        if type(out) is np.ndarray or isinstance(out, np.inexact):
            outs, structure = [out], None
        else:
            outs, structure = flatten(out)
            if any(isinstance(leaf, (Tensor, Variable)) for leaf in outs):
                raise LeftGeneratedCode(
                    f"{self.fn.__name__} cannot be recorded as one operation",
                    why="it made Tensors where generated code computes with arrays",
                    instead="make arrays, or pass the Tensors as arguments",
                )
        if arrays and not (structure is None and isinstance(outs[0], np.generic)):
            outs = disjoint(outs, arrays)
        floating = [i for i, leaf in enumerate(outs) if differentiable(leaf)]
        if is_recording(inputs):
            pullback = self.pullback(given, residuals, arrays, outs, structure, floating)
            if structure is None:
                return record(outs[0], inputs, pullback, self.pair.__name__)
            recorded = record([outs[i] for i in floating], inputs, pullback, self.pair.__name__)
        else:
            recorded = [make(frozen(outs[i])) for i in floating]
        for i, tensor in zip(floating, recorded, strict=True):
            outs[i] = tensor
        return outs[0] if structure is None else structure.unflatten(outs)

    def pullback(
        self,
        given: Sequence[Any],
        residuals: Any,
        arrays: list[Any],
        outs: list[Any],
        structure: Any,
        floating: list[int],
    ) -> Callable[..., list[Any]]:
        """From the cotangents of the results that are floating to those of the Tensors that came in."""
        # A Tensor is never written; what the caller gave as an array, or gets as one, may be.
        writable = [*arrays, *[v for i, v in enumerate(outs) if type(v) is np.ndarray and i not in floating]]
        kept = keep(residuals, writable) if writable else residuals
        if structure is None:
            kind = outs[0].dtype

            def pull_one(ct: Any) -> list[Any]:
                if type(ct) is Tensor:
                    return self.pull_tensors(given, ct)
                return self.chosen(given, self.adjoint(kept, ct if ct.dtype == kind else ct.astype(kind)))

            return pull_one
        like = [_zero(leaf) for leaf in outs]
        whole = structure.unflatten(like)

        def pull(*cts: Any) -> list[Any]:
            every = list(like)
            for place, ct in zip(floating, cts, strict=True):
                every[place] = ct
            nest = structure.unflatten(every)
            if any(isinstance(ct, Tensor) for ct in cts):
                return self.pull_tensors(given, nest)
            return self.chosen(given, self.adjoint(kept, match(nest, whole)))

        return pull

    def chosen(self, given: Sequence[Any], cotangents: Any) -> list[Any]:
        """The cotangents of the Tensors, from those of the arguments at `wrt`."""
        if self.flat:
            return list(cotangents)
        every: list[Any] = [None] * len(given)
        for position, value in zip(self.wrt, cotangents, strict=True):
            every[position] = value
        found: list[Any] = []
        for value, ct in zip(given, every, strict=True):
            found.extend([None] * len(flatten(value)[0]) if ct is None else flatten(ct)[0])
        return [found[i] for i in self.sources]

    def pull_tensors(self, given: Sequence[Any], ct: Any) -> list[Any]:
        """The pullback where a tape records it: the adjoint, called as a function of arguments and cotangent."""
        adjoint = derivative_of(Adjoint, self.fn, self.wrt)
        arguments = [_with_arrays(value, self.writes) for value in given]
        generated = adjoint.find(adjoint.code_for(self.linked), arguments)
        try:
            call = seam_of(generated).prepare((*given, ct), {})
        except TransformError as error:
            raise TransformError(
                f"cannot differentiate the adjoint of {self.fn.__name__}",
                why=str(error),
                instead="use tg.grad of it",
            ) from error
        assert call is not None
        return self.chosen(given, call())


def _same(a: Any, b: Any) -> bool:
    return a is b


def _key(value: Any) -> Any:
    """What stands for an argument where plans are kept."""
    kind = type(value)
    if kind is Tensor:
        return Tensor, value._a.dtype, value._a.shape
    if kind is np.ndarray:
        return value.dtype, value.shape
    if kind in _NESTS:
        names = tuple(value) if type(value) is dict else ()
        return type(value), names, *map(_key, value.values() if names else value)
    leaves, structure = flatten(value)
    if len(leaves) != 1 or leaves[0] is not value:
        return structure, *map(_key, leaves)
    return key_of(value)


def _read(value: Any) -> Any:
    """An argument with the values that its Variables have now: later assigns must not change the gradient."""
    kind = type(value)
    if kind is Variable or isinstance(value, Variable):
        return value._read()
    if kind in _PLAIN:
        return value
    if _holds_tensor(value):
        return tree_map(lambda leaf: leaf._read() if isinstance(leaf, Variable) else leaf, value)
    return value


def _with_arrays(value: Any, writes: bool) -> Any:
    """A nest with arrays for its Tensors."""
    if isinstance(value, Tensor):
        return _array(value, writes)
    if type(value) is np.ndarray or not _holds_tensor(value):
        return value
    return tree_map(lambda leaf: _array(leaf, writes) if isinstance(leaf, Tensor) else leaf, value)


def _array(value: Tensor, writes: bool) -> Any:
    """What generated code gets for a Tensor: a copy if it writes into its arguments."""
    return np.array(value._a) if writes else value._a


def _holds_tensor(value: Any) -> bool:
    return any(isinstance(leaf, (Tensor, Variable)) for leaf in flatten(value)[0])


def _is_source(leaf: Any) -> bool:
    return isinstance(leaf, Tensor) and leaf.dtype.kind in "fc"


def _zero(value: Any) -> Any:
    """The cotangent of a result that has none."""
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return value * 0 if differentiable(value) else value
