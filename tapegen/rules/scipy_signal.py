"""scipy.signal: read when one of its functions is first asked for."""

import numpy as np
from scipy import signal

from ..kernels import embed_window_nd
from ..kernels.protocol import kernel
from .registry import alias, bilinear, general

convolve_of, fftconvolve_of, lfilter_of = map(kernel, (signal.convolve, signal.fftconvolve, signal.lfilter))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


@bilinear(signal.convolve)
def convolve(in1, in2, mode="full", method="auto", *, ct):
    c = embed_window_nd(ct, in1, in2, mode)
    return (
        convolve_of(c, np.flip(in2), "valid", method),
        convolve_of(c, np.flip(in1), "valid", method),
    )


@bilinear(signal.fftconvolve)
def fftconvolve(in1, in2, mode="full", *, ct):
    c = embed_window_nd(ct, in1, in2, mode)
    return fftconvolve_of(c, np.flip(in2), "valid"), fftconvolve_of(c, np.flip(in1), "valid")


@general(signal.lfilter, wrt=("x",), complex="adjoint")
def lfilter(b, a, x, axis=-1, *, ct):
    """In the signal: the filter runs backwards. There is no rule for the coefficients."""
    return np.flip(lfilter_of(np.conj(b), np.conj(a), np.flip(ct, axis), axis), axis)


@lfilter.defjvp
def lfilter_jvp(b, a, x, axis=-1, *, x_dot):
    return lfilter_of(b, a, x_dot, axis)


alias(convolve_of, signal.convolve)
alias(fftconvolve_of, signal.fftconvolve)
alias(lfilter_of, signal.lfilter)
