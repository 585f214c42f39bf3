"""Arguments for the calls of the table: arrays over shapes, axes and orders of magnitude."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

SHAPES = [(), (0,), (3,), (2, 3), (1, 2)]
PAIRS = [
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2,)),
    ((0,), (1,)),
    ((2, 3), ()),
    ((2, 0), (1,)),
]
AXES: list[dict[str, Any]] = [
    {},
    {"axis": 0},
    {"axis": -1, "keepdims": True},
    {"axis": (0, 1)},
    {"axis": (-1,), "keepdims": True},
    {"keepdims": True},
]

_rng = np.random.default_rng(20261121)


class Keywords(dict):
    """The keyword arguments of a call."""


def A(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """A random array, with all elements different."""
    return _rng.uniform(low, high, shape)


def distinct(*shape: int) -> np.ndarray:
    """Random, and far apart compared with the step of a difference."""
    size = math.prod(shape)
    return _rng.permutation(np.linspace(-2.0, 2.0, size) + 0.1).reshape(shape)


def unary(low: float = -2.0, high: float = 2.0) -> list[tuple]:
    return [(A(*shape, low=low, high=high),) for shape in SHAPES] + [(float(_rng.uniform(low, high)),)]


def binary(
    low: float = -2.0, high: float = 2.0, low2: float | None = None, high2: float | None = None
) -> list[tuple]:
    second = (low if low2 is None else low2, high if high2 is None else high2)
    calls = [(A(*s, low=low, high=high), A(*t, low=second[0], high=second[1])) for s, t in PAIRS]
    return calls + [(A(3, low=low, high=high), float(_rng.uniform(*second)))]


def with_keywords(
    make: Callable[..., np.ndarray], keywords: list[dict[str, Any]], *shapes: tuple[int, ...]
) -> list[tuple]:
    return [(make(*shape), Keywords(k)) for shape in shapes for k in keywords if _fits(k, shape)]


def _fits(keywords: dict[str, Any], shape: tuple[int, ...]) -> bool:
    axis = keywords.get("axis")
    axes = axis if isinstance(axis, tuple) else () if axis is None else (axis,)
    return all(-len(shape) <= a < len(shape) for a in axes)


def reduced(make: Callable[..., np.ndarray] = A, empty: bool = True) -> list[tuple]:
    shapes: list[tuple[int, ...]] = [(), (3,), (2, 3), (2, 3, 2), (1, 1)]
    return with_keywords(make, AXES, *shapes) + (
        [(make(0),), (make(0, 3), Keywords(axis=1))] if empty else []
    )


MATRIX_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((4, 1, 2, 3), (5, 3, 2)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 2)),
]


def with_nan(make: Callable[..., np.ndarray] = A) -> list[tuple]:
    """Calls with a NaN among the elements, for the functions that skip it."""
    calls = with_keywords(make, AXES, (3,), (2, 3), (2, 3, 2))
    for x, _ in calls:
        x.flat[1] = np.nan
    return calls


def definite(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices, with eigenvalues well apart."""
    x = 0.4 * A(*shape)
    return x @ np.swapaxes(x, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))


def regular(*shape: int) -> np.ndarray:
    """Matrices far from singular."""
    return 0.4 * A(*shape) + 2 * np.eye(*shape[-2:])


def symmetric(tangent: np.ndarray) -> np.ndarray:
    """The directions in which functions of symmetric matrices are differentiated."""
    return 0.5 * (tangent + np.swapaxes(tangent, -1, -2))
