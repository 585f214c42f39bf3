"""scipy.ndimage: linear filters, read when one of its functions is first asked for.

Each is a convolution with the image, which goes on beyond its edges as `mode` says; see `kernels.images`. The value
`cval` beyond an edge is constant, as are widths such as sigma.
"""

from scipy import ndimage

from ..kernels.images import (
    correlated,
    correlated_back,
    filtered,
    filtered_back,
    on_axis,
    reach_of_gaussian,
    reach_of_size,
    weights_back,
)
from .registry import bilinear, constant, general, linear


@general(
    ndimage.gaussian_filter,
    wrt=("input",),
    complex="adjoint",
    lacking=(
        "sigma",
        "cval",
    ),
)
def gaussian_filter(
    input,
    sigma,
    order=0,
    _output=None,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
    _axes=None,
    *,
    ct,
):
    options = {"sigma": sigma, "order": order, "truncate": truncate, "radius": radius}
    return filtered_back(
        ct, ndimage.gaussian_filter, options, mode, reach_of_gaussian(ct, sigma, truncate, radius)
    )


@gaussian_filter.defjvp
def gaussian_filter_jvp(
    input,
    sigma,
    order=0,
    _output=None,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
    _axes=None,
    *,
    input_dot,
):
    options = {"sigma": sigma, "order": order, "truncate": truncate, "radius": radius}
    return filtered(
        input_dot, ndimage.gaussian_filter, options, mode, reach_of_gaussian(input, sigma, truncate, radius)
    )


@general(
    ndimage.gaussian_filter1d,
    wrt=("input",),
    complex="adjoint",
    lacking=(
        "sigma",
        "cval",
    ),
)
def gaussian_filter1d(
    input, sigma, axis=-1, order=0, _output=None, mode="reflect", cval=0.0, truncate=4.0, radius=None, *, ct
):
    options = {"sigma": sigma, "axis": axis, "order": order, "truncate": truncate, "radius": radius}
    return filtered_back(
        ct,
        ndimage.gaussian_filter1d,
        options,
        mode,
        on_axis(ct, reach_of_gaussian([0.0], sigma, truncate, radius)[0], axis),
    )


@gaussian_filter1d.defjvp
def gaussian_filter1d_jvp(
    input,
    sigma,
    axis=-1,
    order=0,
    _output=None,
    mode="reflect",
    cval=0.0,
    truncate=4.0,
    radius=None,
    *,
    input_dot,
):
    options = {"sigma": sigma, "axis": axis, "order": order, "truncate": truncate, "radius": radius}
    return filtered(
        input_dot,
        ndimage.gaussian_filter1d,
        options,
        mode,
        on_axis(input, reach_of_gaussian([0.0], sigma, truncate, radius)[0], axis),
    )


@general(ndimage.uniform_filter, wrt=("input",), complex="adjoint", lacking=("cval",))
def uniform_filter(input, size=3, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, ct):
    options = {"size": size, "origin": origin}
    return filtered_back(ct, ndimage.uniform_filter, options, mode, reach_of_size(ct, size, origin))


@uniform_filter.defjvp
def uniform_filter_jvp(
    input, size=3, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, input_dot
):
    options = {"size": size, "origin": origin}
    return filtered(input_dot, ndimage.uniform_filter, options, mode, reach_of_size(input, size, origin))


@general(ndimage.uniform_filter1d, wrt=("input",), complex="adjoint", lacking=("cval",))
def uniform_filter1d(input, size, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, ct):
    options = {"size": size, "axis": axis, "origin": origin}
    return filtered_back(
        ct, ndimage.uniform_filter1d, options, mode, on_axis(ct, reach_of_size([0.0], size, origin)[0], axis)
    )


@uniform_filter1d.defjvp
def uniform_filter1d_jvp(
    input, size, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, input_dot
):
    options = {"size": size, "axis": axis, "origin": origin}
    return filtered(
        input_dot,
        ndimage.uniform_filter1d,
        options,
        mode,
        on_axis(input, reach_of_size([0.0], size, origin)[0], axis),
    )


@general(ndimage.sobel, wrt=("input",), complex="adjoint", lacking=("cval",))
def sobel(input, axis=-1, _output=None, mode="reflect", cval=0.0, *, ct):
    options = {"axis": axis}
    return filtered_back(ct, ndimage.sobel, options, mode, reach_of_size(ct, 3))


@sobel.defjvp
def sobel_jvp(input, axis=-1, _output=None, mode="reflect", cval=0.0, *, input_dot):
    options = {"axis": axis}
    return filtered(input_dot, ndimage.sobel, options, mode, reach_of_size(input, 3))


@general(ndimage.prewitt, wrt=("input",), complex="adjoint", lacking=("cval",))
def prewitt(input, axis=-1, _output=None, mode="reflect", cval=0.0, *, ct):
    options = {"axis": axis}
    return filtered_back(ct, ndimage.prewitt, options, mode, reach_of_size(ct, 3))


@prewitt.defjvp
def prewitt_jvp(input, axis=-1, _output=None, mode="reflect", cval=0.0, *, input_dot):
    options = {"axis": axis}
    return filtered(input_dot, ndimage.prewitt, options, mode, reach_of_size(input, 3))


@general(ndimage.laplace, wrt=("input",), complex="adjoint", lacking=("cval",))
def laplace(input, _output=None, mode="reflect", cval=0.0, _axes=None, *, ct):
    return filtered_back(ct, ndimage.laplace, {}, mode, reach_of_size(ct, 3))


@laplace.defjvp
def laplace_jvp(input, _output=None, mode="reflect", cval=0.0, _axes=None, *, input_dot):
    return filtered(input_dot, ndimage.laplace, {}, mode, reach_of_size(input, 3))


@general(
    ndimage.gaussian_laplace,
    wrt=("input",),
    complex="adjoint",
    lacking=(
        "sigma",
        "cval",
    ),
)
def gaussian_laplace(input, sigma, _output=None, mode="reflect", cval=0.0, _axes=None, *, ct):
    options = {"sigma": sigma}
    return filtered_back(ct, ndimage.gaussian_laplace, options, mode, reach_of_gaussian(ct, sigma))


@gaussian_laplace.defjvp
def gaussian_laplace_jvp(input, sigma, _output=None, mode="reflect", cval=0.0, _axes=None, *, input_dot):
    options = {"sigma": sigma}
    return filtered(input_dot, ndimage.gaussian_laplace, options, mode, reach_of_gaussian(input, sigma))


@general(ndimage.correlate, wrt=("input", "weights"), lacking=("cval",), complex="refused")
def correlate(input, weights, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, ct):
    return (
        correlated_back(ct, weights, ndimage.correlate, None, mode, origin),
        weights_back(ct, input, weights, ndimage.correlate, None, mode, cval, origin),
    )


@correlate.defjvp
def correlate_jvp(
    input, weights, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, input_dot, weights_dot
):
    return (
        correlated(input_dot, weights, ndimage.correlate, None, mode, 0.0, origin),
        correlated(input, weights_dot, ndimage.correlate, None, mode, cval, origin),
    )


@general(ndimage.convolve, wrt=("input", "weights"), lacking=("cval",), complex="refused")
def convolve(input, weights, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, ct):
    return (
        correlated_back(ct, weights, ndimage.convolve, None, mode, origin),
        weights_back(ct, input, weights, ndimage.convolve, None, mode, cval, origin),
    )


@convolve.defjvp
def convolve_jvp(
    input, weights, _output=None, mode="reflect", cval=0.0, origin=0, _axes=None, *, input_dot, weights_dot
):
    return (
        correlated(input_dot, weights, ndimage.convolve, None, mode, 0.0, origin),
        correlated(input, weights_dot, ndimage.convolve, None, mode, cval, origin),
    )


@general(ndimage.correlate1d, wrt=("input", "weights"), lacking=("cval",), complex="refused")
def correlate1d(input, weights, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, ct):
    return (
        correlated_back(ct, weights, ndimage.correlate1d, axis, mode, origin),
        weights_back(ct, input, weights, ndimage.correlate1d, axis, mode, cval, origin),
    )


@correlate1d.defjvp
def correlate1d_jvp(
    input, weights, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, input_dot, weights_dot
):
    return (
        correlated(input_dot, weights, ndimage.correlate1d, axis, mode, 0.0, origin),
        correlated(input, weights_dot, ndimage.correlate1d, axis, mode, cval, origin),
    )


@general(ndimage.convolve1d, wrt=("input", "weights"), lacking=("cval",), complex="refused")
def convolve1d(input, weights, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, ct):
    return (
        correlated_back(ct, weights, ndimage.convolve1d, axis, mode, origin),
        weights_back(ct, input, weights, ndimage.convolve1d, axis, mode, cval, origin),
    )


@convolve1d.defjvp
def convolve1d_jvp(
    input, weights, axis=-1, _output=None, mode="reflect", cval=0.0, origin=0, *, input_dot, weights_dot
):
    return (
        correlated(input_dot, weights, ndimage.convolve1d, axis, mode, 0.0, origin),
        correlated(input, weights_dot, ndimage.convolve1d, axis, mode, cval, origin),
    )


@general(correlated, wrt=("x", "weights"), complex="refused")
def _correlated(x, weights, function, axis, mode, cval, origin, *, ct):
    return (
        correlated_back(ct, weights, function, axis, mode, origin),
        weights_back(ct, x, weights, function, axis, mode, cval, origin),
    )


@_correlated.defjvp
def _correlated_jvp(x, weights, function, axis, mode, cval, origin, *, x_dot, weights_dot):
    return (
        correlated(x_dot, weights, function, axis, mode, 0.0, origin),
        correlated(x, weights_dot, function, axis, mode, cval, origin),
    )


@bilinear(correlated_back, complex="refused")
def _correlated_back(ct_in, weights, function, axis, mode, origin, *, ct):
    return (
        correlated(ct, weights, function, axis, mode, 0.0, origin),
        weights_back(ct_in, ct, weights, function, axis, mode, 0.0, origin),
    )


@general(weights_back, wrt=("ct_in", "x"), complex="refused")
def _weights_back(ct_in, x, weights, function, axis, mode, cval, origin, *, ct):
    return (
        correlated(x, ct, function, axis, mode, cval, origin),
        correlated_back(ct_in, ct, function, axis, mode, origin),
    )


@_weights_back.defjvp
def _weights_back_jvp(ct_in, x, weights, function, axis, mode, cval, origin, *, ct_in_dot, x_dot):
    return (
        weights_back(ct_in_dot, x, weights, function, axis, mode, cval, origin),
        weights_back(ct_in, x_dot, weights, function, axis, mode, 0.0, origin),
    )


@linear(filtered, wrt=("x",))
def _filtered(x, function, options, mode, reach, *, ct):
    return filtered_back(ct, function, options, mode, reach)


@linear(filtered_back, wrt=("ct_in",))
def _filtered_back(ct_in, function, options, mode, reach, *, ct):
    return filtered(ct, function, options, mode, reach)


constant(reach_of_gaussian, reach_of_size, on_axis)
