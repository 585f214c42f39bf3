"""The adjoints of discrete cosine and sine transforms.

Without normalisation the matrix of type 3 is the transposed one of type 2, but for a factor of 2 in one element at the
edge; types 4, and type 1 of sines, are symmetric. Source: Martucci (1994), Symmetric convolution and the discrete sine
and cosine transforms, IEEE Trans. Signal Processing 42.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .protocol import kernel
from .spectral import fit_axis, opposite

_INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def _scale(kind: str, type: int, n: int, norm: Any) -> float:
    """What a transform with this normalisation is divided by."""
    whole = 2 * n if type != 1 else 2 * (n - 1) if kind == "dct" else 2 * (n + 1)
    return 1.0 if norm in (None, "backward") else math.sqrt(whole) if norm == "ortho" else float(whole)


def _weighted(value: Any, kind: str, both: bool, weight: float, axis: int) -> Any:
    """The first element of a cosine, the last of a sine transform, or `both` ends, times a weight."""
    weights = np.ones(np.shape(value)[axis])
    weights[[0, -1] if both else 0 if kind == "dct" else -1] = weight
    return np.moveaxis(np.moveaxis(value, axis, -1) * weights, -1, axis).astype(value.dtype, copy=False)


def _back(ct: Any, kind: str, type: int, axis: int, norm: Any, orthogonalize: bool) -> Any:
    from scipy import fft

    transform = fft.dct if kind == "dct" else fft.dst
    size = np.shape(ct)[axis]
    edge = math.sqrt(0.5) if orthogonalize else 1.0
    if type == 1 and kind == "dct":
        value = _weighted(ct, kind, True, 2 * edge, axis)
        value = _weighted(transform(value, 1, axis=axis), kind, True, 0.5 / edge, axis)
    elif type == 2:
        value = transform(_weighted(ct, kind, False, 2 * edge, axis), 3, axis=axis)
    elif type == 3:
        value = _weighted(transform(ct, 2, axis=axis), kind, False, 0.5 / edge, axis)
    else:
        value = transform(ct, type, axis=axis)
    return value / _scale(kind, type, size, norm)


@kernel
def cosine_back(
    ct_in: Any, x: Any, name: str, type: int, sizes: Any, axes: Any, norm: Any, orthogonalize: bool | None
) -> Any:
    """The adjoint of `scipy.fft`'s function `name`: `dct`, `dstn`, `idct` ..., of which it reads the shape of x.

    Args:
        sizes, axes: numbers, or sequences for a transform along several axes, or None.
    """
    kind = name.lstrip("i")[:3]
    if name.startswith("i"):
        type, norm = _INVERSE[type], opposite(norm)
    orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
    for axis in _axes(x, sizes, axes):
        ct_in = fit_axis(_back(ct_in, kind, type, axis, norm, orthogonal), x, axis)
    return ct_in


def _axes(x: Any, sizes: Any, axes: Any) -> list[int]:
    rank = np.ndim(x)
    if axes is None:
        count = rank if sizes is None else np.size(sizes)
        return list(range(rank - count, rank))
    return [int(axis) for axis in np.atleast_1d(axes)]
