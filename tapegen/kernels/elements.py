"""Arrays as lists of Python numbers, and back: `x.tolist()`, and what `np.vectorize` makes of results."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def arrayed(x: Any) -> Any:
    """`np.asarray(x)`, which a duck array takes over as it does any function."""
    return np.asarray(x)


@kernel
def item(a: Any, index: Any = ()) -> Any:
    """`a.item(index)`: one element as a Python number.

    >>> item(np.array([1.0, 2.0]), 1)
    2.0
    """
    return np.asarray(a).item(index)


@kernel
def item_back(ct: Any, a: Any, index: Any = ()) -> Any:
    """The adjoint of `item(a, index)`: zeros like `a` with `ct` in its place.

    >>> item_back(2.0, np.zeros(2), 1)
    array([0., 2.])
    """
    buffer = np.zeros(np.shape(a), np.result_type(ct))
    number = np.arange(buffer.size).reshape(buffer.shape).item(index)
    buffer.reshape(-1)[number] = ct
    return buffer


@kernel
def as_numbers(x: Any) -> Any:
    """`x.tolist()`: a nest of lists of Python numbers, or one number.

    >>> as_numbers(np.array([1.0, 2.0]))
    [1.0, 2.0]
    """
    return np.asarray(x).tolist()


@kernel
def from_numbers(ct: Any, x: Any) -> Any:
    """The adjoint of `as_numbers(x)`; what is None, or 0.0 for a whole list, is zero.

    >>> from_numbers([[1.0, None], 0.0], np.ones((2, 2)))
    array([[1., 0.],
           [0., 0.]])
    """
    return np.array(_filled(ct, np.shape(x)))


def _filled(ct: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        return 0.0 if ct is None else ct
    parts = ct if isinstance(ct, (list, tuple)) else [ct] * shape[0]
    return [_filled(part, shape[1:]) for part in parts]


@kernel
def as_vector(values: Any, otypes: Any = None) -> Any:
    """The results of a vectorised function as `np.vectorize` returns them: in `otypes`, or the dtype of the first.

    Raises: ValueError where there are none and `otypes` is not given; TypeError where a result is no number.

    >>> as_vector([1, 2.5]), as_vector([1, 2.5], "d")
    (array([1, 2]), array([1. , 2.5]))
    """
    if not values and otypes is None:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if any(isinstance(value, (list, tuple)) or np.ndim(value) for value in values):
        raise TypeError(
            "np.vectorize of a function that returns no number has no derivative: return one number"
        )
    return np.array(values).astype(np.asarray(values[0]).dtype if otypes is None else np.dtype(otypes[0]))


@kernel
def from_vector(ct: Any, values: Any, otypes: Any = None) -> Any:
    """The adjoint of `as_vector(values, otypes)`, which is constant where it makes integers.

    >>> from_vector(np.array([1.0, 2.0]), [0.5, 1.5])
    [1.0, 2.0]
    """
    dtype = (
        np.asarray(values[0]).dtype if otypes is None and values else np.dtype(otypes[0] if otypes else float)
    )
    return [part.item() if dtype.kind in "fc" else 0.0 for part in np.asarray(ct)]


def vectorized_shape(*args: Any) -> tuple[int, ...]:
    """The shape that arguments are broadcast to."""
    return np.broadcast_shapes(*map(np.shape, args))


def as_axis(a: Any, axis: Any) -> int:
    """One axis, as a number; None if there is no more than one.

    Raises: TypeError where there are several.

    >>> as_axis(np.ones((2, 3)), (-1,)), as_axis(np.ones(3), None)
    (-1, 0)
    """
    axes = tuple(range(np.ndim(a))) if axis is None else tuple(np.atleast_1d(axis).tolist())
    if len(axes) != 1:
        raise TypeError(f"this ufunc's reduction has a derivative along one axis, not along {axes}")
    return int(axes[0])


def is_new(a: Any, b: Any) -> Any:
    """Which elements of `a` are not among those of `b`."""
    return ~np.isin(a, b)


def nonzero_range(filt: Any, trim: str = "fb") -> tuple[int, int]:
    """Where `np.trim_zeros(filt, trim)` starts and ends.

    >>> nonzero_range(np.array([0.0, 1.0, 0.0]), "f")
    (1, 3)
    """
    places = np.flatnonzero(filt)
    count = np.size(filt)
    if not places.size:
        return (count, count) if "f" in trim.lower() else (0, 0)
    first = int(places[0]) if "f" in trim.lower() else 0
    return first, int(places[-1]) + 1 if "b" in trim.lower() else count
