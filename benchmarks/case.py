"""What is measured: a program, its inputs, its gradient by hand, and the same program for other libraries."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = ("small", "medium", "large")
Kind = Literal["loop", "vectorised"]
Gradient = tuple[Any, tuple[Any, ...]]
"""The value and the cotangents of the arguments at `argnums`, in their order."""


@dataclass(frozen=True)
class Case:
    """One benchmark.

    `kind` says which group it is averaged in: "loop" for scalar and small-array loops, whose time goes into overhead,
    "vectorised" for programs of few statements on larger arrays.
    `peers` maps a library's name to a function that imports the library and returns the primal as its users write it;
    what is differentiated and how belongs to `peers.py`. Python ints among the inputs are static to compilers.
    `tuned` is a second gradient by hand that uses a trick beyond differentiating the program statement by statement.
    """

    name: str
    kind: Kind
    primal: Callable[..., Any]
    argnums: tuple[int, ...]
    inputs: Callable[[Size, np.random.Generator], tuple[Any, ...]]
    by_hand: Callable[..., Gradient]
    tuned: Callable[..., Gradient] | None = None
    peers: Mapping[str, Callable[[], Callable[..., Any]]] = field(default_factory=dict)

    def arguments(self, size: Size) -> tuple[Any, ...]:
        """The inputs of a size: the same in every run."""
        return self.inputs(size, np.random.default_rng(20261120))


def with_numpy(function: Callable[..., Any], namespace: Any) -> Callable[..., Any]:
    """A copy of `function`, text unchanged, in a copy of its module where `np` is another library's NumPy."""
    spec = importlib.util.find_spec(function.__module__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np = namespace  # type: ignore[attr-defined]
    return getattr(module, function.__name__)  # type: ignore[no-any-return]


def same_text(function: Callable[..., Any]) -> dict[str, Callable[[], Callable[..., Any]]]:
    """Peers that accept the very text of the primal: autograd and JAX."""

    def in_autograd() -> Callable[..., Any]:
        import autograd.numpy

        return with_numpy(function, autograd.numpy)

    def in_jax() -> Callable[..., Any]:
        import jax.numpy

        return with_numpy(function, jax.numpy)

    return {"autograd": in_autograd, "jax": in_jax}
