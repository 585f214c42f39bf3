"""Interpolation in several variables: on grids and between scattered points, linear in the values there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def grid_value(values: Any, xi: Any, points: Any, options: Mapping[str, Any]) -> Any:
    """`RegularGridInterpolator(points, values, **options)(xi)`."""
    from scipy import interpolate

    return interpolate.RegularGridInterpolator(points, values, **options)(xi)


@kernel
def constant_grid_value(whole: Any, xi: Any) -> Any:
    """The same for an interpolator that is constant."""
    return whole(xi)


def values_on(whole: Any) -> Any:
    """The values of such an interpolator."""
    return whole.values


def points_of(whole: Any) -> Any:
    """The places of the values."""
    return whole.grid


def options_of(whole: Any) -> dict[str, Any]:
    """What it was made with besides."""
    return {"method": whole.method, "bounds_error": whole.bounds_error, "fill_value": whole.fill_value}


def _weights(places: Any, x: Any, options: Mapping[str, Any]) -> Any:
    """How much each value along one axis counts at x: a row for each x.

    Raises: TypeError for a method that is not linear or nearest.
    """
    from scipy import interpolate

    if options.get("method", "linear") not in ("linear", "nearest"):
        raise TypeError("interpolation on a grid has derivatives for the methods 'linear' and 'nearest'")
    beyond = None if options.get("fill_value", np.nan) is None else 0.0
    unit = interpolate.RegularGridInterpolator(
        (places,), np.eye(len(places)), options.get("method", "linear"), False, beyond
    )
    return unit(np.reshape(x, (-1, 1)))


def _slopes(places: Any, x: Any, options: Mapping[str, Any]) -> Any:
    """The derivatives of the weights by x: between two places, differences; beyond the ends 0 where nothing goes on."""
    found = np.zeros((np.size(x), len(places)))
    if options.get("method", "linear") == "nearest":
        return found
    left = np.clip(np.searchsorted(places, x, side="right") - 1, 0, len(places) - 2)
    rows, width = np.arange(np.size(x)), np.asarray(places)[left + 1] - np.asarray(places)[left]
    found[rows, left], found[rows, left + 1] = -1 / width, 1 / width
    if options.get("fill_value", np.nan) is not None:
        found[(x < np.min(places)) | (x > np.max(places))] = 0.0
    return found


def _rows(xi: Any, points: Any) -> tuple[Any, Any]:
    """The points as rows, and their shape."""
    xi = np.stack(np.broadcast_arrays(*xi), -1) if isinstance(xi, tuple) else np.asarray(xi, float)
    return np.reshape(xi, (-1, len(points))), xi.shape[:-1]


def _contracted(values: Any, factors: list[Any]) -> Any:
    """For each point, the values weighted along every axis."""
    found = np.tensordot(factors[0], values, (1, 0))
    for factor in factors[1:]:
        found = np.einsum("pi...,pi->p...", found, factor)
    return found


@kernel
def grid_slopes(values: Any, xi: Any, points: Any, options: Mapping[str, Any]) -> Any:
    """The derivatives of `grid_value` by each coordinate of each point, for values that are numbers."""
    rows, shape = _rows(xi, points)
    plain = [_weights(p, x, options) for p, x in zip(points, rows.T, strict=True)]
    found = [
        _contracted(values, [*plain[:i], _slopes(p, x, options), *plain[i + 1 :]])
        for i, (p, x) in enumerate(zip(points, rows.T, strict=True))
    ]
    return np.reshape(np.stack(found, -1), (*shape, len(points)))


@kernel
def grid_slopes_back(ct_in: Any, values: Any, xi: Any, points: Any, options: Mapping[str, Any]) -> Any:
    """The adjoint of the slopes in the values."""
    rows, _ = _rows(xi, points)
    plain = [_weights(p, x, options) for p, x in zip(points, rows.T, strict=True)]
    total = np.zeros(np.shape(values))
    for i, ct in enumerate(np.reshape(ct_in, np.shape(rows)).T):
        found = ct
        for j in range(len(points) - 1, -1, -1):
            factor = _slopes(points[j], rows[:, j], options) if j == i else plain[j]
            found = np.einsum("p...,pi->pi...", found, factor)
        total += np.sum(found, axis=0)
    return total


@kernel
def grid_value_dot(values_dot: Any, xi: Any, points: Any, options: Mapping[str, Any]) -> Any:
    """The part of `grid_value` that is linear in the values."""
    rows, shape = _rows(xi, points)
    factors = [_weights(p, x, options) for p, x in zip(points, rows.T, strict=True)]
    return np.reshape(_contracted(values_dot, factors), (*shape, *np.shape(values_dot)[len(points) :]))


@kernel
def grid_value_back(ct_in: Any, values: Any, xi: Any, points: Any, options: Mapping[str, Any]) -> Any:
    """Its adjoint, of which it reads the shape of the values."""
    rows, _ = _rows(xi, points)
    found = np.reshape(ct_in, (len(rows), *np.shape(values)[len(points) :]))
    for place, x in zip(points[::-1], rows.T[::-1], strict=True):
        factor = _weights(place, x, options)
        found = np.einsum("p...,pi->pi...", found, factor)
    return np.sum(found, axis=0)


# -- scattered points -------------------------------------------------------------------------------------------------


@kernel
def scattered_value(values: Any, form: str, given: tuple[Any, ...]) -> Any:
    """`griddata` or `RBFInterpolator`, in the values at the points.

    Args:
        form, given: "griddata" with points, xi, method, fill_value and rescale; "rbf" with points, xi and options.
    Raises: TypeError for `griddata` with the method "cubic", whose slopes are found by iteration.
    """
    from scipy import interpolate

    if form == "rbf":
        points, xi, options = given
        return interpolate.RBFInterpolator(points, values, **options)(xi)
    points, xi, method, fill_value, rescale = given
    if method == "cubic" and np.ndim(points) > 1 and np.shape(points)[-1] > 1:
        raise TypeError("griddata has no derivative for method='cubic': use 'linear', or RBFInterpolator")
    return interpolate.griddata(points, values, xi, method, fill_value, rescale)


@kernel
def scattered_value_dot(values_dot: Any, form: str, given: tuple[Any, ...]) -> Any:
    """The part of it that is linear in the values."""
    return scattered_value(values_dot, form, given if form == "rbf" else (*given[:3], 0.0, given[4]))


@kernel
def scattered_value_back(ct_in: Any, values: Any, form: str, given: tuple[Any, ...]) -> Any:
    """Its adjoint: the matrix is what the function makes of the unit vectors."""
    basis = scattered_value_dot(np.eye(len(values)), form, given)
    axes = tuple(range(basis.ndim - 1))
    return np.tensordot(basis, ct_in, (axes, axes))
