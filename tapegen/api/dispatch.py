"""The one seam between compiler and tape: a call of a function with Tensors runs its generated forward code, and is
recorded as one operation whose pullback is the generated adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tapegen.api.arguments import differentiable
from tapegen.api.attributes import lift, refuse_written
from tapegen.api.differentiate import derivative_of
from tapegen.api.ownership import disjoint, keep
from tapegen.api.products import Adjoint, Pair, match
from tapegen.api.program import unwrap
from tapegen.errors import TransformError
from tapegen.linker import SPELLINGS, Linked, writes_arguments
from tapegen.pytree import flatten, tree_map
from tapegen.runtime import Tensor, Variable, record
from tapegen.runtime.record import is_recording
from tapegen.runtime.state import state
from tapegen.runtime.tensor import frozen, make
from tapegen.tf import table

_TENSORS = (Tensor, Variable)


def _learn_spellings() -> None:
    """Tell the linker which of TensorFlow's names are NumPy's functions."""
    for entries in (table.UNARY, {k: v[0] for k, v in table.BINARY.items()}, table.REDUCTIONS):
        SPELLINGS.update(
            {table.NAMES[name]: function for name, function in entries.items() if name in table.NAMES}
        )


_learn_spellings()


def is_active() -> bool:
    """Whether a tape or accumulator is recording in this thread."""
    return bool(state.recorders)


def has_tensors(args: Iterable[Any]) -> bool:
    """Whether one of `args` is, or contains, a Tensor or Variable."""
    return any(
        isinstance(value, _TENSORS) or (not isinstance(value, np.ndarray) and _holds_tensor(value))
        for value in args
    )


def prepare(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Callable[[], Any]:
    """Compile `fn` for a call, without running it.

    Returns: what runs the call and records it.
    Raises: TransformError if `fn` can't be transformed for these arguments.
    """
    call = unwrap(fn)
    code, given = derivative_of(Pair, call.fn, ()).bind((*call.args, *args), {**call.kwargs, **kwargs})
    linked, given = lift(code.linked, given)
    wrt = tuple([i for i, value in enumerate(given) if _is_source(value)])
    if not wrt:
        return lambda: fn(*args, **kwargs)
    refuse_written(linked, given)
    return _Call(call.fn, linked, wrt, given).run


class _Call:
    """One call of a function of which some arguments are, or hold, Tensors.

    Attributes:
        given: the arguments, hidden ones and those read of objects too.
        wrt: the positions of those that hold floating Tensors.
        places: the positions of the floating Tensors among the leaves of `given`.
    """

    def __init__(self, fn: Any, linked: Linked, wrt: tuple[int, ...], given: list[Any]) -> None:
        self.fn, self.linked, self.wrt, self.given = fn, linked, wrt, given
        writes = writes_arguments(linked.core, linked.core.params)
        self.arguments = [_with_arrays(value, writes) for value in given]
        self.leaves = flatten(given)[0]
        self.places = [i for i, leaf in enumerate(self.leaves) if _is_floating_tensor(leaf)]
        self.pair = derivative_of(Pair, fn, wrt)
        self.forward = self.pair.find(self.pair.code_for(linked), self.arguments)

    def run(self) -> Any:
        out, residuals = self.forward(*self.arguments)
        outs, structure = flatten(out)
        outs = disjoint(outs, [leaf for leaf in self.leaves if isinstance(leaf, np.ndarray)])
        inputs = [self.leaves[i] for i in self.places]
        floating = [i for i, leaf in enumerate(outs) if differentiable(leaf)]
        if not is_recording(inputs):
            for i in floating:
                outs[i] = _tensor(outs[i])
            return structure.unflatten(outs)
        writable = [leaf for leaf in (*self.leaves, *outs) if isinstance(leaf, np.ndarray)]
        kept = keep(residuals, writable)
        adjoint = self.pair.adjoint_of(self.forward)
        like = [_zero(leaf) for leaf in outs]

        def pullback(*cts: Any) -> list[Any]:
            every = list(like)
            for place, ct in zip(floating, cts, strict=True):
                every[place] = ct
            if any(isinstance(ct, Tensor) for ct in cts):
                return self.pull_tensors(structure.unflatten(every))
            return self.chosen(adjoint(kept, match(structure.unflatten(every), out)))

        recorded = record([outs[i] for i in floating], inputs, pullback, self.pair.__name__)
        for i, tensor in zip(floating, recorded, strict=True):
            outs[i] = tensor
        return structure.unflatten(outs)

    def chosen(self, cotangents: Any) -> list[Any]:
        """The cotangents of the Tensors, from those of the arguments at `wrt`."""
        every: list[Any] = [None] * len(self.given)
        for position, value in zip(self.wrt, cotangents, strict=True):
            every[position] = value
        found: list[Any] = []
        for value, ct in zip(self.given, every, strict=True):
            found.extend([None] * len(flatten(value)[0]) if ct is None else flatten(ct)[0])
        return [found[i] for i in self.places]

    def pull_tensors(self, ct: Any) -> list[Any]:
        """The pullback where a tape records it: the adjoint, called as a function of arguments and cotangent."""
        adjoint = derivative_of(Adjoint, self.fn, self.wrt)
        generated = adjoint.find(adjoint.code_for(self.linked), self.arguments)
        try:
            call = prepare(generated, (*self.given, ct), {})
        except TransformError as error:
            raise TransformError(
                f"cannot differentiate the adjoint of {self.fn.__name__}",
                why=str(error),
                instead="use tg.grad of it",
            ) from error
        return self.chosen(call())


def _with_arrays(value: Any, writes: bool) -> Any:
    """A nest with arrays for its Tensors, of their own if the function writes into its arguments."""
    if isinstance(value, _TENSORS):
        return _array(value, writes)
    if not _holds_tensor(value):
        return value
    return tree_map(lambda leaf: _array(leaf, writes) if isinstance(leaf, _TENSORS) else leaf, value)


def _array(value: Tensor | Variable, writes: bool) -> np.ndarray:
    array = value._tensor._a if isinstance(value, Variable) else value._a
    return np.array(array) if writes or type(array) is not np.ndarray else array


def _holds_tensor(value: Any) -> bool:
    return any(isinstance(leaf, _TENSORS) for leaf in flatten(value)[0])


def _is_floating_tensor(leaf: Any) -> bool:
    return isinstance(leaf, _TENSORS) and leaf.dtype.kind in "fc"


def _is_source(value: Any) -> bool:
    return _is_floating_tensor(value) or any(map(_is_floating_tensor, flatten(value)[0]))


def _tensor(value: Any) -> Tensor:
    return make(frozen(value))


def _zero(value: Any) -> Any:
    """The cotangent of an output that has none."""
    return (
        np.zeros_like(value)
        if isinstance(value, np.ndarray)
        else value * 0
        if differentiable(value)
        else value
    )
