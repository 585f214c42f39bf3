"""The one seam between compiler and tape: a call of a function with Tensors runs its generated forward code, and is
recorded as one operation whose pullback is the generated adjoint.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tapegen.api.arguments import differentiable
from tapegen.api.differentiate import derivative_of
from tapegen.api.ownership import keep
from tapegen.api.products import Adjoint, Pair, match
from tapegen.api.program import unwrap
from tapegen.errors import TransformError
from tapegen.linker import SPELLINGS, Linked
from tapegen.pytree import flatten
from tapegen.runtime import Tensor, Variable, record
from tapegen.runtime.record import is_recording
from tapegen.tf import table

_TENSORS = (Tensor, Variable)


def _learn_spellings() -> None:
    """Tell the linker which of TensorFlow's names are NumPy's functions."""
    for entries in (table.UNARY, {k: v[0] for k, v in table.BINARY.items()}, table.REDUCTIONS):
        SPELLINGS.update(
            {table.NAMES[name]: function for name, function in entries.items() if name in table.NAMES}
        )


_learn_spellings()


def has_tensors(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether an argument is, or contains, a Tensor or Variable."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, _TENSORS):
            return True
        if isinstance(value, (list, tuple, dict)) and any(
            isinstance(leaf, _TENSORS) for leaf in flatten(value)[0]
        ):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def _free_names(code: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*code.co_names, *code.co_freevars]))


def reads_variables(fn: Callable[..., Any]) -> bool:
    """Whether a function reads a Variable or Tensor through a global or a closure."""
    code = getattr(fn, "__code__", None)
    if code is None:
        return False
    cells = dict(zip(code.co_freevars, fn.__closure__ or (), strict=False))
    for name in _free_names(code):
        try:
            value = cells[name].cell_contents if name in cells else fn.__globals__.get(name)
        except ValueError:
            continue
        if isinstance(value, _TENSORS):
            return True
    return False


def prepare(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Callable[[], Any]:
    """Compile `fn` for a call, without running it.

    Returns: what runs the call and records it.
    Raises: TransformError if `fn` can't be transformed for these arguments.
    """
    call = unwrap(fn)
    target = call.fn
    code, given = derivative_of(Pair, target, ()).bind((*call.args, *args), {**call.kwargs, **kwargs})
    leaves, structure = flatten(given)
    arrays = [_array(leaf) for leaf in leaves]
    arguments = structure.unflatten(arrays)
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, _TENSORS) and differentiable(arrays[i])]
    wrt = tuple(i for i, value in enumerate(given) if _holds_tensor(value) and differentiable(arguments[i]))
    if not wrt:
        return lambda: _wrap(fn(*args, **kwargs))
    pair = derivative_of(Pair, target, wrt)
    forward = pair.find(pair.code_for(code.linked), arguments)
    adjoint = pair.adjoint_of(forward)

    def run() -> Any:
        out, residuals = forward(*arguments)
        outs, out_structure = flatten(out)
        inputs = [leaves[i] for i in places]
        if not is_recording(inputs):
            return out_structure.unflatten([_wrap(leaf) for leaf in outs])
        kept = keep(residuals, [*arrays, *outs])

        def pullback(*cts: Any) -> list[Any]:
            if any(isinstance(ct, Tensor) for ct in cts):
                return _pullback_with_tensors(target, code.linked, wrt, given, places, out_structure, cts)
            ct = match(out_structure.unflatten(_zeros_for(cts, outs)), out)
            return _chosen(adjoint(kept, ct), wrt, given, places)

        floating = [i for i, leaf in enumerate(outs) if differentiable(leaf)]
        recorded = record(
            [outs[i] for i in floating], inputs, _spread(pullback, floating, outs), pair.__name__
        )
        results = [_wrap(leaf) for leaf in outs]
        for i, tensor in zip(floating, recorded, strict=True):
            results[i] = tensor
        return out_structure.unflatten(results)

    return run


def _array(leaf: Any) -> Any:
    if isinstance(leaf, _TENSORS):
        array = np.asarray(leaf.numpy())
        return array if array.flags.writeable else array.copy()
    return leaf


def _holds_tensor(value: Any) -> bool:
    return isinstance(value, _TENSORS) or any(isinstance(leaf, _TENSORS) for leaf in flatten(value)[0])


def _wrap(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic, float)) and differentiable(value):
        return record([np.asarray(value)], [], lambda ct: [])[0]
    return value


def _zeros_for(cts: Any, outs: list[Any]) -> list[Any]:
    return [np.zeros_like(out) if ct is None else ct for ct, out in zip(cts, outs, strict=True)]


def _spread(pullback: Callable[..., Any], floating: list[int], outs: list[Any]) -> Callable[..., Any]:
    """The pullback of all outputs, as one of those that are floating."""

    def pull(*cts: Any) -> Any:
        every: list[Any] = [np.zeros(np.shape(out)) for out in outs]
        for place, ct in zip(floating, cts, strict=True):
            every[place] = ct
        return pullback(*every)

    return pull


def _chosen(cotangents: Any, wrt: tuple[int, ...], given: list[Any], places: list[int]) -> list[Any]:
    """The cotangents of the leaves at `places`, from those of the arguments `wrt`."""
    every: list[Any] = [None] * len(given)
    for position, value in zip(wrt, cotangents, strict=True):
        every[position] = value
    found: list[Any] = []
    for value, ct in zip(given, every, strict=True):
        count = len(flatten(value)[0])
        found.extend([None] * count if ct is None else flatten(ct)[0])
    return [found[i] for i in places]


def _pullback_with_tensors(
    fn: Any,
    linked: Linked,
    wrt: tuple[int, ...],
    given: list[Any],
    places: list[int],
    out_structure: Any,
    cts: Any,
) -> list[Any]:
    """The pullback where a tape records it: the adjoint as a function of arguments and cotangent, recorded in turn."""
    adjoint = derivative_of(Adjoint, fn, wrt)
    leaves, structure = flatten(given)
    arguments = structure.unflatten([_array(leaf) for leaf in leaves])
    generated = adjoint.find(adjoint.code_for(linked), arguments)
    try:
        call = prepare(generated, (*given, out_structure.unflatten(list(cts))), {})
    except TransformError as error:
        raise TransformError(
            f"cannot differentiate the adjoint of {fn.__name__}",
            origin=None,
            why=str(error),
            instead="use tg.grad of it",
        ) from error
    return _chosen(call(), wrt, given, places)
