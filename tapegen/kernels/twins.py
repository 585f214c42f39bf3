"""Second memories: arrays laid out like others, so that views of the ones correspond to views of the others."""

from __future__ import annotations

from typing import Any

import numpy as np


class Twins:
    """A twin for each array: the same view of the twin of the memory behind it.

    Two arrays that share memory get twins that share memory in the same way.
    """

    def __init__(self) -> None:
        self._twins: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def fresh(self, base: np.ndarray) -> np.ndarray:
        """The twin of an array that owns its memory, laid out like it."""
        raise NotImplementedError

    def __call__(self, x: Any) -> Any:
        """The twin of array `x`."""
        base = x
        while isinstance(base.base, np.ndarray):
            base = base.base
        known = self._twins.get(id(base))
        if known is None:
            # The base is kept too: its address must not be reused while we know it.
            known = self._twins[id(base)] = (base, self.fresh(base))
        twin = known[1]
        if x is base:
            return twin
        offset = x.__array_interface__["data"][0] - _start(base)
        return np.ndarray(x.shape, x.dtype, _bytes(twin), offset, x.strides)


def _start(array: np.ndarray) -> int:
    """The lowest address of an array's elements."""
    address = array.__array_interface__["data"][0]
    return int(
        address + sum(min(0, (n - 1) * s) for n, s in zip(array.shape, array.strides, strict=True) if n)
    )


def _bytes(array: np.ndarray) -> Any:
    """The memory of an array, from its lowest address on."""
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    dense = array[tuple(slice(None, None, -1 if s < 0 else 1) for s in array.strides)].transpose(order)
    if not dense.flags.c_contiguous:
        raise ValueError("the array behind a view has gaps in its memory: copy it first with np.copy")
    return dense.reshape(-1).view(np.uint8)


class Shadows(Twins):
    """Cotangents of arrays whose aliasing is only known at run time: `shadows(x)` is that of `x`, zero at first.

    Source: the duplicated arguments of Moses and Churavy (2020), Instead of rewriting foreign code for machine
    learning, automatically synthesize fast gradients.
    """

    def __init__(self) -> None:
        super().__init__()
        self._containers: dict[int, tuple[Any, Any]] = {}

    def fresh(self, base: np.ndarray) -> np.ndarray:
        return np.zeros_like(base)

    def __call__(self, x: Any) -> Any:
        """The shadow of an array, list, tuple or dict; a container's holds those of its arrays, and 0.0 for numbers.

        Raises: ValueError for a number, which has none.
        """
        if isinstance(x, np.ndarray):
            return super().__call__(x)
        if not isinstance(x, (list, tuple, dict)):
            raise ValueError(
                f"here {x!r} is read where an array that is written in place might be: use a variable of its own for it"
            )
        known = self._containers.get(id(x))
        if known is None:
            empty: Any = {} if isinstance(x, dict) else []
            known = self._containers[id(x)] = (x, empty)
            if isinstance(x, dict):
                empty.update((key, self._part(item)) for key, item in x.items())
            else:
                empty.extend(map(self._part, x))
        return known[1]

    def _part(self, item: Any) -> Any:
        return self(item) if isinstance(item, (np.ndarray, list, tuple, dict)) else 0.0


def shadow_of(shadows: Shadows, x: Any) -> Any:
    """The shadow of `x`."""
    return shadows(x)


class Copies(Twins):
    """Copies that share memory among themselves as the originals do."""

    def fresh(self, base: np.ndarray) -> np.ndarray:
        return base.copy("K")
