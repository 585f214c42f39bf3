"""scipy.signal: convolutions and linear filters, read when one of its functions is first asked for.

With v = x / a(z) and w = y / a(z), a filter y = b(z) / a(z) x changes by v[n - k] in b[k] and by -w[n - k] in a[k].
Source: differentiate a(z) y = b(z) x; Oppenheim and Schafer, Discrete-Time Signal Processing, section 6.2.
"""

import numpy as np
from scipy import signal

from ..kernels import embed_window_nd
from ..kernels.filters import before, lagged, lengthened, one
from ..kernels.protocol import kernel
from .registry import alias, bilinear, constant, general, linear, no_derivative
from .scipy_along import linear_along

convolve_of, fftconvolve_of, lfilter_of = map(kernel, (signal.convolve, signal.fftconvolve, signal.lfilter))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@bilinear(signal.convolve)
def convolve(in1, in2, mode="full", method="auto", *, ct):
    c = embed_window_nd(ct, in1, in2, mode)
    return (
        convolve_of(c, np.flip(in2), "valid", method),
        convolve_of(c, np.flip(in1), "valid", method),
    )


@bilinear(signal.correlate, complex="refused")
def correlate(in1, in2, mode="full", method="auto", *, ct):
    """A convolution with the second array turned round."""
    c = embed_window_nd(ct, in1, in2, mode)
    return (
        convolve_of(c, in2, "valid", method),
        np.flip(convolve_of(c, np.flip(in1), "valid", method)),
    )


@bilinear(signal.fftconvolve)
def fftconvolve(in1, in2, mode="full", _axes=None, *, ct):
    c = embed_window_nd(ct, in1, in2, mode)
    return fftconvolve_of(c, np.flip(in2), "valid"), fftconvolve_of(c, np.flip(in1), "valid")


@bilinear(signal.convolve2d)
def convolve2d(in1, in2, mode="full", _boundary="fill", _fillvalue=0, *, ct):
    c = embed_window_nd(ct, in1, in2, mode)
    return convolve_of(c, np.flip(in2), "valid"), convolve_of(c, np.flip(in1), "valid")


@bilinear(signal.correlate2d, complex="refused")
def correlate2d(in1, in2, mode="full", _boundary="fill", _fillvalue=0, *, ct):
    """As `correlate`; "same" counts the window from the other end."""
    c = np.flip(embed_window_nd(np.flip(ct), in1, in2, mode))
    return convolve_of(c, in2, "valid"), np.flip(convolve_of(c, np.flip(in1), "valid"))


@general(signal.lfilter, wrt=("b", "a", "x", "zi"), complex="refused")
def lfilter(b, a, x, axis=-1, zi=None, *, out, ct):
    """Filters of the cotangent turned round; the state zi before the first sample counts as zero if it isn't given."""
    g = np.flip(lfilter_of(one(a), a, np.flip(ct, axis), axis), axis)
    return (
        lagged(g, x, axis, b),
        -lagged(g, out, axis, a),
        np.flip(lfilter_of(b, one(a), np.flip(g, axis), axis), axis),
        0.0,
    )


@lfilter.defjvp
def lfilter_jvp(b, a, x, axis=-1, zi=None, *, out, b_dot, a_dot, x_dot, zi_dot):
    return (
        lfilter_of(b_dot, a, x, axis),
        -lfilter_of(one(a), a, lfilter_of(a_dot, one(a), out, axis), axis),
        lfilter_of(b, a, x_dot, axis),
        0.0,
    )


@lfilter.given("zi")
def lfilter_from_state(b, a, x, axis=-1, zi=None, *, ct):
    """The last state is what a(z) makes of the samples that would follow without input: filters of longer arrays."""
    tail = np.flip(lfilter_of(np.divide(a, a[0]), one(a), np.flip(ct[1], axis), axis), axis)
    c = np.flip(np.concatenate((ct[0], tail), axis), axis)
    return (
        no_derivative("lfilter with a state zi has no derivative in its coefficients"),
        no_derivative("lfilter with a state zi has no derivative in its coefficients"),
        before(np.flip(lfilter_of(b, a, c, axis), axis), x, axis),
        before(np.flip(lfilter_of(a[:1], a, c, axis), axis), zi, axis),
    )


@lfilter.tangent_of(lfilter_from_state)
def lfilter_from_state_jvp(b, a, x, axis=-1, zi=None, *, b_dot, a_dot, x_dot, zi_dot):
    return (
        no_derivative("lfilter with a state zi has no derivative in its coefficients"),
        no_derivative("lfilter with a state zi has no derivative in its coefficients"),
        lfilter_of(b, a, x_dot, axis, np.multiply(0, zi)),
        lfilter_of(b, a, np.multiply(0, x), axis, zi_dot),
    )


@bilinear(lagged)
def _lagged(g, v, axis, b, *, ct):
    return (
        lfilter_of(ct, one(ct), v, axis),
        np.flip(lfilter_of(ct, one(ct), np.flip(g, axis), axis), axis),
    )


@linear(before, wrt=("value",))
def _before(value, x, axis, *, ct):
    return lengthened(ct, value, axis)


@linear(lengthened, wrt=("value",))
def _lengthened(value, like, axis, *, ct):
    return before(ct, value, axis)


constant(one, no_derivative)
alias(convolve_of, signal.convolve)
alias(fftconvolve_of, signal.fftconvolve)
alias(signal.oaconvolve, signal.fftconvolve)
alias(lfilter_of, signal.lfilter)
linear_along(signal.sosfilt, "x", ("zi",), ("sos",))
linear_along(signal.filtfilt, "x", (), ("b", "a"))
linear_along(signal.sosfiltfilt, "x", (), ("sos",))
linear_along(signal.savgol_filter, "x", (), ("delta",))
linear_along(signal.detrend, "data", ("overwrite_data",))
linear_along(signal.hilbert, "x")
linear_along(signal.resample, "x", ("t",), ("window",))
linear_along(signal.resample_poly, "x", (), ("window", "cval"))
linear_along(signal.decimate, "x")
linear_along(signal.upfirdn, "x", (), ("h",))
