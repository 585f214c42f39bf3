"""`tf.Module`, `tf.TensorSpec` and small things around Variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pytree import flatten, tree_map
from ..pytree import leaves as leaves_of
from ..runtime.tape import GradientTape
from ..runtime.tensor import Tensor
from ..runtime.variable import Variable
from .convert import tensor
from .dtypes import as_dtype


class Module:
    """A base class that finds the Variables in its attributes: in lists, tuples, dicts, and in other Modules."""

    def __init__(self, name: str | None = None) -> None:
        own = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()
        self._name = own if name is None else name

    @property
    def name(self) -> str:
        return self._name

    @property
    def name_scope(self) -> Any:
        return name_scope(self._name)

    def _walk(self, seen: set[int]) -> Iterator[Any]:
        """Variables of this Module's attributes, by name of the attribute, then those of its Modules; each once."""
        inner = []
        for attribute in sorted(vars(self)):
            for leaf in leaves_of(vars(self)[attribute]):
                if isinstance(leaf, (Variable, Module)) and id(leaf) not in seen:
                    seen.add(id(leaf))
                    yield leaf
                    if isinstance(leaf, Module):
                        inner.append(leaf)
        for module in inner:
            yield from module._walk(seen)

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(found for found in self._walk({id(self)}) if isinstance(found, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        return tuple(found for found in self._walk({id(self)}) if isinstance(found, Module))

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        return method


class name_scope:
    """Accepted and ignored: operations have no names here."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> str | None:
        return self.name

    def __exit__(self, *exception: object) -> None:
        pass


@dataclass(frozen=True)
class TensorSpec:
    """The shape and dtype that an argument has; None in the shape stands for any size, a shape of None for any rank."""

    shape: Any
    dtype: Any = "float32"
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", None if self.shape is None else tuple(self.shape))
        object.__setattr__(self, "dtype", as_dtype(self.dtype))

    @classmethod
    def from_tensor(cls, value: Any, name: str | None = None) -> TensorSpec:
        value = tensor(value)
        return cls(tuple(value.shape), value.dtype, name)

    def is_compatible_with(self, value: Any) -> bool:
        shape, dtype = (
            (value.shape, value.dtype) if hasattr(value, "dtype") else (np.shape(value), tensor(value).dtype)
        )
        if dtype != self.dtype:
            return False
        return self.shape is None or (
            len(shape) == len(self.shape)
            and all(w is None or w == n for w, n in zip(self.shape, shape, strict=True))
        )

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype=tf.{self.dtype}, name={self.name!r})"


class TensorArray:
    """A list of Tensors that is written by index and stacked in the end."""

    def __init__(self, dtype: Any, size: Any = None, dynamic_size: bool | None = None, **unused: Any) -> None:
        self.dtype = as_dtype(dtype)
        self._parts: list[Any] = [None] * int(size or 0)
        self._dynamic = bool(dynamic_size)

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        index = int(index)
        if index >= len(self._parts):
            if not self._dynamic:
                raise IndexError(
                    f"Tried to write to index {index} but array is not resizeable and size is: {len(self._parts)}"
                )
            self._parts += [None] * (index + 1 - len(self._parts))
        self._parts[index] = tensor(value)
        return self

    def read(self, index: Any, name: Any = None) -> Any:
        return self._parts[int(index)]

    def size(self, name: Any = None) -> Tensor:
        return Tensor(len(self._parts))

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        self._parts = list(tensor(value))
        return self

    def stack(self, name: Any = None) -> Any:
        return tensor(self._parts)

    def concat(self, name: Any = None) -> Any:
        return np.concatenate(self._parts)


def hessians(ys: Callable[[Any], Any], xs: Any, *unused: Any, **also: Any) -> list[Any]:
    """The Hessian of a scalar function at each of `xs`: of shape `x.shape + x.shape`.

    TensorFlow's own takes Tensors of a graph, which eager mode has not got; here `ys` is the function of `xs`.
    """
    points = [tensor(x)._identity() for x in (xs if isinstance(xs, (list, tuple)) else [xs])]
    found = []
    for i, x in enumerate(points):
        with GradientTape() as outer:
            outer.watch(x)
            with GradientTape() as inner:
                inner.watch(x)
                y = ys(*[x if j == i else p for j, p in enumerate(points)])
            slope = inner.gradient(y, x, unconnected_gradients="zero")
        found.append(outer.jacobian(slope, x, unconnected_gradients="zero"))
    return found


class Nest:
    """`tf.nest`: functions of nested containers."""

    @staticmethod
    def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
        return leaves_of(structure)

    @staticmethod
    def map_structure(func: Callable[..., Any], *structure: Any, **unused: Any) -> Any:
        return tree_map(func, *structure)

    @staticmethod
    def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
        return flatten(structure)[1].unflatten(flat_sequence)

    @staticmethod
    def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, **unused: Any) -> None:
        if flatten(nest1)[1] != flatten(nest2)[1]:
            raise ValueError(f"The two structures don't have the same nested structure: {nest1!r}, {nest2!r}")

    @staticmethod
    def is_nested(structure: Any) -> bool:
        return isinstance(structure, (list, tuple, dict))
