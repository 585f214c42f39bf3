"""scipy.ndimage: images between their points; read when one of its functions is first asked for.

An image is linear in its elements, and moves with the places by its slopes; see `kernels.sampling`. The value beyond
the edges is constant.
"""

import numpy as np
from scipy import ndimage

from ..kernels.sampling import (
    affine_matrix_back,
    affine_offset_back,
    affine_places,
    resampled,
    resampled_back,
    sampled,
    sampled_back,
    sampled_curvature,
    sampled_slopes,
    sampled_slopes_back,
    shifted_places,
    zoomed_places,
)
from .registry import constant, general, linear
from .scipy_along import linear_along


@general(
    ndimage.map_coordinates,
    wrt=("input", "coordinates"),
    complex="refused",
    fixed=("output", "prefilter"),
    lacking=("cval",),
)
def map_coordinates(input, coordinates, order, mode, *, ct):
    return (
        sampled_back(ct, input, coordinates, order, mode),
        np.expand_dims(ct, 0) * sampled_slopes(input, coordinates, order, mode),
    )


@map_coordinates.defjvp
def map_coordinates_jvp(input, coordinates, order, mode, *, input_dot, coordinates_dot):
    return (
        sampled(input_dot, coordinates, order, mode),
        np.sum(sampled_slopes(input, coordinates, order, mode) * coordinates_dot, axis=0),
    )


@general(sampled, wrt=("x", "places"), complex="refused")
def _sampled(x, places, order, mode, *, ct):
    return (
        sampled_back(ct, x, places, order, mode),
        np.expand_dims(ct, 0) * sampled_slopes(x, places, order, mode),
    )


@_sampled.defjvp
def _sampled_jvp(x, places, order, mode, *, x_dot, places_dot):
    return (
        sampled(x_dot, places, order, mode),
        np.sum(sampled_slopes(x, places, order, mode) * places_dot, axis=0),
    )


@general(sampled_back, wrt=("ct_in", "places"), complex="refused")
def _sampled_back(ct_in, x, places, order, mode, *, ct):
    return (
        sampled(ct, places, order, mode),
        np.expand_dims(ct_in, 0) * sampled_slopes(ct, places, order, mode),
    )


@_sampled_back.defjvp
def _sampled_back_jvp(ct_in, x, places, order, mode, *, ct_in_dot, places_dot):
    return (
        sampled_back(ct_in_dot, x, places, order, mode),
        sampled_slopes_back(np.expand_dims(ct_in, 0) * places_dot, x, places, order, mode),
    )


@general(sampled_slopes, wrt=("x", "places"), complex="refused")
def _sampled_slopes(x, places, order, mode, *, ct):
    return (
        sampled_slopes_back(ct, x, places, order, mode),
        sampled_curvature(x, places, order, mode, ct),
    )


@_sampled_slopes.defjvp
def _sampled_slopes_jvp(x, places, order, mode, *, x_dot, places_dot):
    return (
        sampled_slopes(x_dot, places, order, mode),
        sampled_curvature(x, places, order, mode, places_dot),
    )


@general(sampled_slopes_back, wrt=("ct_in",), lacking=("places",), complex="refused")
def _sampled_slopes_back(ct_in, x, places, order, mode, *, ct):
    """Third derivatives by places are not in the book."""
    return sampled_slopes(ct, places, order, mode)


@_sampled_slopes_back.defjvp
def _sampled_slopes_back_jvp(ct_in, x, places, order, mode, *, ct_in_dot):
    return sampled_slopes_back(ct_in_dot, x, places, order, mode)


@general(
    ndimage.shift, wrt=("input",), complex="refused", fixed=("output", "prefilter"), lacking=("shift", "cval")
)
def shift(input, shift, order, mode, *, ct):
    """In the image; `map_coordinates` has the derivative by the shift."""
    return resampled_back(ct, input, shifted_places(input, shift), order, mode)


@shift.defjvp
def shift_jvp(input, shift, order, mode, *, input_dot):
    return resampled(input_dot, shifted_places(input, shift), order, mode)


@general(
    ndimage.zoom,
    wrt=("input",),
    complex="refused",
    fixed=("output", "prefilter", "grid_mode"),
    lacking=("zoom", "cval"),
)
def zoom(input, zoom, order, mode, *, out, ct):
    return resampled_back(ct, input, zoomed_places(input, out), order, mode)


@zoom.defjvp
def zoom_jvp(input, zoom, order, mode, *, out, input_dot):
    return resampled(input_dot, zoomed_places(input, out), order, mode)


@linear(resampled, wrt=("x",))
def _resampled(x, places, order, mode, *, ct):
    return resampled_back(ct, x, places, order, mode)


@linear(resampled_back, wrt=("ct_in",))
def _resampled_back(ct_in, x, places, order, mode, *, ct):
    return resampled(ct, places, order, mode)


@general(
    ndimage.affine_transform,
    wrt=("input", "matrix", "offset"),
    complex="refused",
    fixed=("output", "prefilter"),
    lacking=("cval",),
)
def affine_transform(input, matrix, offset, order, mode, *, out, ct):
    places = affine_places(matrix, offset, np.shape(out))
    places_bar = np.expand_dims(ct, 0) * sampled_slopes(input, places, order, mode)
    return (
        sampled_back(ct, input, places, order, mode),
        affine_matrix_back(places_bar, matrix, np.shape(out)),
        affine_offset_back(places_bar, offset),
    )


@affine_transform.defjvp
def affine_transform_jvp(input, matrix, offset, order, mode, *, out, input_dot, matrix_dot, offset_dot):
    places = affine_places(matrix, offset, np.shape(out))
    slopes = sampled_slopes(input, places, order, mode)
    return (
        sampled(input_dot, places, order, mode),
        np.sum(slopes * affine_places(matrix_dot, 0.0, np.shape(out)), axis=0),
        np.sum(slopes * affine_places(0.0 * np.asarray(matrix), offset_dot, np.shape(out)), axis=0),
    )


@linear(affine_places, wrt=("matrix", "offset"))
def _affine_places(matrix, offset, shape, *, ct):
    return affine_matrix_back(ct, matrix, shape), affine_offset_back(ct, offset)


@linear(affine_matrix_back, wrt=("ct_in",))
def _affine_matrix_back(ct_in, matrix, shape, *, ct):
    return affine_places(ct, 0.0, shape)


@linear(affine_offset_back, wrt=("ct_in",))
def _affine_offset_back(ct_in, offset, *, ct):
    return np.reshape(ct, (-1,) + (1,) * (np.ndim(ct_in) - 1)) + np.zeros(np.shape(ct_in))


linear_along(ndimage.spline_filter1d, "input", ("output",))
constant(shifted_places, zoomed_places)
constant(ndimage.label, ndimage.find_objects, ndimage.distance_transform_edt, ndimage.binary_dilation)
constant(ndimage.binary_erosion, ndimage.binary_opening, ndimage.binary_closing, ndimage.binary_fill_holes)
