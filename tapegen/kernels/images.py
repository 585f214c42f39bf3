"""Linear filters of images, and their adjoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .indexing import scatter_rearranged
from .protocol import kernel

_PAD = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}
"""The name in `np.pad` of each way to go on beyond the edge. "constant" has none: what is there is no input."""
_SAME = {"grid-mirror": "reflect", "grid-wrap": "wrap", "grid-constant": "constant"}


def _modes(mode: Any, rank: int) -> list[str]:
    modes = [mode] * rank if isinstance(mode, str) else list(mode)
    return [_SAME.get(m, m) for m in modes]


def _per_axis(value: Any, rank: int) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value] * rank


def reach_of_gaussian(x: Any, sigma: Any, truncate: float = 4.0, radius: Any = None) -> list[int]:
    """How many elements a Gaussian filter reads to each side, along each axis."""
    rank = np.ndim(x)
    if radius is not None:
        return [int(r) for r in _per_axis(radius, rank)]
    return [int(truncate * float(s) + 0.5) for s in _per_axis(sigma, rank)]


def reach_of_size(x: Any, size: Any, origin: Any = 0) -> list[int]:
    """The same for a filter with a window of so many elements."""
    rank = np.ndim(x)
    pairs = zip(_per_axis(size, rank), _per_axis(origin, rank), strict=True)
    return [int(n) // 2 + 1 + abs(int(o)) for n, o in pairs]


def on_axis(x: Any, reach: int, axis: int) -> list[int]:
    """The same for a filter along one axis."""
    return [reach if i == axis % np.ndim(x) else 0 for i in range(np.ndim(x))]


@kernel
def filtered(x: Any, function: Callable[..., Any], options: Mapping[str, Any], mode: Any, reach: Any) -> Any:
    """A filter of `scipy.ndimage` applied to x, with nothing beyond its edges where `mode` is "constant"."""
    return function(x, mode=mode, cval=0.0, **options)


@kernel
def filtered_back(
    ct_in: Any, function: Callable[..., Any], options: Mapping[str, Any], mode: Any, reach: Sequence[int]
) -> Any:
    """The adjoint of `filtered`.

    Between zeros wide enough, a filter is a convolution, and its adjoint the same filter of the array turned round.
    What that gives beyond the edges belongs to the elements that stood there, as `np.pad` puts them.
    """
    ends = [(int(r), int(r)) for r in reach]
    turned = function(np.flip(np.pad(ct_in, ends)), mode="constant", cval=0.0, **options)
    spread = np.flip(turned)
    for axis, m in enumerate(_modes(mode, np.ndim(ct_in))):
        before = [end if i == axis else (0, 0) for i, end in enumerate(ends)]
        shape = [
            n if i == axis else s for i, (n, s) in enumerate(zip(np.shape(ct_in), spread.shape, strict=True))
        ]
        if m == "constant":
            inside = tuple(slice(b, b + n) for (b, _), n in zip(before, shape, strict=True))
            spread = spread[inside]
        else:
            spread = scatter_rearranged(spread, np.zeros(shape, spread.dtype), np.pad, (before, _PAD[m]))
    return spread


@kernel
def weights_back(
    ct_in: Any,
    x: Any,
    weights: Any,
    function: Callable[..., Any],
    axis: int | None,
    mode: Any,
    cval: Any,
    origin: Any,
) -> Any:
    """The adjoint of `correlated` in the weights, of which it reads the shape: what of x each of them met, times ct."""
    from scipy import signal

    rank, turned = np.ndim(x), function.__name__.startswith("convolve")
    sizes = list(np.shape(weights)) if axis is None else on_axis(x, np.size(weights), axis)
    sizes = [n or 1 for n in sizes]
    origins = _per_axis(origin, rank) if axis is None else on_axis(x, origin, axis)
    padded = np.asarray(x)
    for i, (n, o, m) in enumerate(zip(sizes, origins, _modes(mode, rank), strict=True)):
        before = n // 2 + (
            -o - (n % 2 == 0) if turned else o
        )  # a convolution turns the weights, and their centre
        ends = [(before, n - 1 - before) if j == i else (0, 0) for j in range(rank)]
        options: Any = {"constant_values": cval} if m == "constant" else {}
        style: Any = "constant" if m == "constant" else _PAD[m]
        padded = np.pad(padded, ends, style, **options)
    found = signal.correlate(padded, ct_in, mode="valid")
    return np.reshape(np.flip(found) if turned else found, np.shape(weights))


@kernel
def correlated(
    x: Any, weights: Any, function: Callable[..., Any], axis: int | None, mode: Any, cval: Any, origin: Any
) -> Any:
    """`ndimage.correlate` or `convolve`, or one of these along an axis."""
    return function(x, weights, *(() if axis is None else (axis,)), mode=mode, cval=cval, origin=origin)


@kernel
def correlated_back(
    ct_in: Any, weights: Any, function: Callable[..., Any], axis: int | None, mode: Any, origin: Any
) -> Any:
    """The adjoint of `correlated` in x, with nothing beyond the edges where `mode` is "constant"."""
    options = {"weights": weights, "origin": origin} | ({} if axis is None else {"axis": axis})
    reach = reach_of_size(ct_in, np.shape(weights), origin) if axis is None else None
    along = [] if axis is None else on_axis(ct_in, np.size(weights) // 2 + 1 + abs(int(origin)), axis)
    return filtered_back(ct_in, function, options, mode, reach or along)
