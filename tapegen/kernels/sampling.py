"""Images between their points, by `scipy.ndimage`: how much each element counts at a place, along each axis.

The slope of a B-spline of order n is the difference of two of order n - 1, half a step to each side.
Source: Unser (1999), Splines: a perfect fit for signal and image processing, equation 11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .protocol import kernel

PADDING = 12
"""So far SciPy continues an image before it fits a spline, where it goes on with its edge or with zeros."""


def _weights(n: int, places: Any, order: int, mode: str, derivative: int = 0) -> Any:
    """How much each of n elements counts at each place, or the derivatives of these numbers: a row for each place."""
    from scipy import ndimage

    places = np.asarray(places, float)
    if derivative > order:
        return np.zeros((len(places), n))
    columns = []
    for unit in np.eye(n):
        if derivative == 0:
            columns.append(ndimage.map_coordinates(unit, [places], None, order, mode, 0.0))
        else:
            columns.append(_slope(unit, places, order, mode, derivative))
    found = np.stack(columns, -1)
    if derivative and mode in ("constant", "nearest"):
        beyond = 0 if mode == "constant" or order < 2 else PADDING
        found[(places < -beyond) | (places > n - 1 + beyond)] = 0.0
    return found


def _slope(unit: Any, places: Any, order: int, mode: str, derivative: int) -> Any:
    from scipy import ndimage

    if mode == "wrap":
        raise TypeError("mode='wrap' has a seam, and no derivative by coordinates: use mode='grid-wrap'")
    if mode in ("nearest", "grid-constant"):
        unit = np.pad(unit, PADDING, "edge" if mode == "nearest" else "constant")
        places = places + PADDING
    within = "mirror" if mode in ("constant", "nearest", "grid-constant") else mode
    c = ndimage.spline_filter1d(unit, order, mode=within) if order > 1 else unit
    total = np.zeros(len(places))
    for i in range(derivative + 1):
        moved = places + derivative / 2 - i
        part = ndimage.map_coordinates(c, [moved], None, order - derivative, within, 0.0, False)
        total += (-1) ** i * math.comb(derivative, i) * part
    return total


def _factors(shape: Sequence[int], places: Any, order: int, mode: str, which: Sequence[int]) -> list[Any]:
    """The weights along each axis, with derivatives as often as `which` says."""
    rows = [np.ravel(p) for p in places]
    return [_weights(n, p, order, mode, d) for n, p, d in zip(shape, rows, which, strict=True)]


def _gathered(x: Any, factors: list[Any]) -> Any:
    found = np.tensordot(factors[0], x, (1, 0))
    for factor in factors[1:]:
        found = np.einsum("pi...,pi->p...", found, factor)
    return found


def _scattered(ct: Any, factors: list[Any]) -> Any:
    found = np.ravel(ct)
    for factor in factors[:0:-1]:
        found = np.einsum("p...,pi->pi...", found, factor)
    return np.tensordot(factors[0], found, (0, 0))


def _units(rank: int) -> list[list[int]]:
    return [[int(i == j) for i in range(rank)] for j in range(rank)]


@kernel
def sampled(x: Any, places: Any, order: int, mode: str) -> Any:
    """`map_coordinates(x, places, order=order, mode=mode)`, with zeros where `mode` has a value beyond the edges."""
    from scipy import ndimage

    return ndimage.map_coordinates(x, places, None, order, mode, 0.0)


@kernel
def sampled_back(ct_in: Any, x: Any, places: Any, order: int, mode: str) -> Any:
    """Its adjoint, which reads the shape of x."""
    shape = np.shape(x)
    return _scattered(ct_in, _factors(shape, places, order, mode, [0] * len(shape)))


@kernel
def sampled_slopes(x: Any, places: Any, order: int, mode: str) -> Any:
    """The derivatives by each coordinate, in the shape of the places."""
    shape = np.shape(x)
    found = [_gathered(x, _factors(shape, places, order, mode, unit)) for unit in _units(len(shape))]
    return np.reshape(np.stack(found), np.shape(places))


@kernel
def sampled_slopes_back(ct_in: Any, x: Any, places: Any, order: int, mode: str) -> Any:
    """The adjoint of the slopes in x."""
    shape = np.shape(x)
    units = zip(ct_in, _units(len(shape)), strict=True)
    return sum(_scattered(ct, _factors(shape, places, order, mode, unit)) for ct, unit in units)


@kernel
def sampled_curvature(x: Any, places: Any, order: int, mode: str, direction: Any) -> Any:
    """The derivatives of the slopes along `direction`, a number for each coordinate of each place."""
    shape, units = np.shape(x), np.array(_units(np.ndim(x)))
    found = [
        sum(
            np.ravel(d) * _gathered(x, _factors(shape, places, order, mode, one + other))
            for d, other in zip(direction, units, strict=True)
        )
        for one in units
    ]
    return np.reshape(np.stack(found), np.shape(places))


# -- along the axes ---------------------------------------------------------------------------------------------------


def shifted_places(x: Any, shift: Any) -> list[Any]:
    """Where `ndimage.shift` reads, along each axis."""
    moves = np.broadcast_to(shift, (np.ndim(x),))
    return [np.arange(n) - s for n, s in zip(np.shape(x), moves, strict=True)]


def zoomed_places(x: Any, out: Any) -> list[Any]:
    """Where `ndimage.zoom` reads, along each axis."""
    return [np.linspace(0, n - 1, m) for n, m in zip(np.shape(x), np.shape(out), strict=True)]


@kernel
def resampled(x: Any, places: Sequence[Any], order: int, mode: str) -> Any:
    """The image at all combinations of the places along its axes."""
    for axis, place in enumerate(places):
        weights = _weights(np.shape(x)[axis], place, order, mode)
        x = np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis)
    return x


@kernel
def resampled_back(ct_in: Any, x: Any, places: Sequence[Any], order: int, mode: str) -> Any:
    """Its adjoint, which reads the shape of x."""
    for axis, place in enumerate(places):
        weights = _weights(np.shape(x)[axis], place, order, mode)
        ct_in = np.moveaxis(np.tensordot(weights, ct_in, (0, axis)), 0, axis)
    return ct_in


@kernel
def affine_places(matrix: Any, offset: Any, shape: Any) -> Any:
    """Where `ndimage.affine_transform` reads: `matrix @ place + offset` for each place of the result."""
    grid = np.indices(shape, float)
    if np.ndim(matrix) == 1:
        moved = np.reshape(matrix, (-1,) + (1,) * len(shape)) * grid
    else:
        moved = np.tensordot(matrix, grid, (1, 0))
    return moved + np.reshape(np.broadcast_to(offset, (len(grid),)), (-1,) + (1,) * len(shape))


@kernel
def affine_matrix_back(ct_in: Any, matrix: Any, shape: Any) -> Any:
    """The adjoint in the matrix."""
    grid, axes = np.indices(shape, float), tuple(range(1, len(shape) + 1))
    if np.ndim(matrix) == 1:
        return np.sum(ct_in * grid, axis=axes)
    return np.tensordot(ct_in, grid, (axes, axes))


@kernel
def affine_offset_back(ct_in: Any, offset: Any) -> Any:
    """The adjoint in the offset."""
    sums = np.sum(ct_in, axis=tuple(range(1, np.ndim(ct_in))))
    return sums if np.ndim(offset) else np.sum(sums)
