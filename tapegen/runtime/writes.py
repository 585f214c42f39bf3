"""Writes that a tape can't follow: into Tensors, which are immutable, and of Tensors into arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..rules.registry import qualified_name
from .record import key_of, resolve
from .state import state
from .tensor import Tensor
from .variable import Variable


def refuse_write(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """A function that writes into its first argument: no Tensor can be that, nor can a tape follow into an array."""
    written, *others = (*args, *kwargs.values())
    if isinstance(resolve(written), Tensor):
        raise TypeError(
            f"{qualified_name(function)} would write into a Tensor, which is immutable: use np.where or tg.scatter_nd, "
            "or decorate the function with @tg.function"
        )
    if any(recorder.follows(key_of(resolve(other))) for other in others for recorder in state.recorders):
        raise TypeError(
            f"{qualified_name(function)} would write a recorded Tensor into an array, where the tape can't follow: "
            "decorate the function with @tg.function, or use t.numpy()"
        )


def write_into(ufunc: np.ufunc, method: str, inputs: Any, kwargs: Any, out: Any) -> Any:
    """`array += t` and its like: fine where nothing is lost by it, an error where the tape would lose track."""
    recorders = state.recorders
    if any(r.follows(key_of(resolve(i))) for i in inputs for r in recorders):
        raise TypeError(
            f"np.{ufunc.__name__} would write a recorded Tensor into an array, where the tape can't follow: "
            "write `a = a + t` instead of `a += t`, or use t.numpy()"
        )
    plain = [np.asarray(i) if isinstance(i, (Tensor, Variable)) else i for i in inputs]
    return getattr(ufunc, method)(*plain, out=out, **kwargs)
