"""Fourier transforms. Each is linear and symmetric: its own transpose, cut or filled with zeros to the input's size."""

import numpy as np

from ..kernels import (
    extend_axis,
    fit_axes,
    fit_axis,
    last_axis,
    last_size,
    mirror_weights,
    opposite,
    transform_axes,
    transform_size,
)
from .registry import constant, linear


@linear(np.fft.fft, wrt=("a",), complex="holomorphic")
def fft(a, n=None, axis=-1, norm=None, *, ct):
    return fit_axis(np.fft.fft(ct, None, axis, norm), a, axis)


@linear(np.fft.ifft, wrt=("a",), complex="holomorphic")
def ifft(a, n=None, axis=-1, norm=None, *, ct):
    return fit_axis(np.fft.ifft(ct, None, axis, norm), a, axis)


@linear(np.fft.fft2, wrt=("a",), complex="holomorphic")
def fft2(a, s=None, axes=(-2, -1), norm=None, *, ct):
    return fit_axes(np.fft.fft2(ct, None, transform_axes(s, axes), norm), a)


@linear(np.fft.ifft2, wrt=("a",), complex="holomorphic")
def ifft2(a, s=None, axes=(-2, -1), norm=None, *, ct):
    return fit_axes(np.fft.ifft2(ct, None, transform_axes(s, axes), norm), a)


@linear(np.fft.fftn, wrt=("a",), complex="holomorphic")
def fftn(a, s=None, axes=None, norm=None, *, ct):
    return fit_axes(np.fft.fftn(ct, None, transform_axes(s, axes), norm), a)


@linear(np.fft.ifftn, wrt=("a",), complex="holomorphic")
def ifftn(a, s=None, axes=None, norm=None, *, ct):
    return fit_axes(np.fft.ifftn(ct, None, transform_axes(s, axes), norm), a)


@linear(np.fft.rfft, wrt=("a",))
def rfft(a, n=None, axis=-1, norm=None, *, ct):
    """The first half of the spectrum of real numbers: the adjoint fills the other half with zeros, and is real."""
    full = np.conj(extend_axis(ct, transform_size(a, n, axis), axis))
    return fit_axis(np.real(np.fft.fft(full, None, axis, norm)), a, axis)


@linear(np.fft.irfft, wrt=("a",))
def irfft(a, n=None, axis=-1, norm=None, *, ct):
    """All terms but the first and, for an even length, the last count twice, for their mirror images."""
    doubled = mirror_weights(ct, axis) * np.fft.rfft(ct, None, axis, opposite(norm))
    return fit_axis(doubled, a, axis)


@linear(np.fft.rfft2, wrt=("a",))
def rfft2(a, s=None, axes=(-2, -1), norm=None, *, ct):
    """As `rfft` along the last of the axes."""
    full = extend_axis(np.conj(ct), last_size(a, s, axes), last_axis(axes))
    return fit_axes(np.real(np.fft.fftn(full, None, transform_axes(s, axes), norm)), a)


@linear(np.fft.irfft2, wrt=("a",))
def irfft2(a, s=None, axes=(-2, -1), norm=None, *, ct):
    """As `irfft` along the last of the axes."""
    half = np.fft.rfftn(ct, None, transform_axes(s, axes), opposite(norm))
    return fit_axes(mirror_weights(ct, last_axis(axes)) * half, a)


@linear(np.fft.rfftn, wrt=("a",))
def rfftn(a, s=None, axes=None, norm=None, *, ct):
    """As `rfft` along the last of the axes."""
    full = extend_axis(np.conj(ct), last_size(a, s, axes), last_axis(axes))
    return fit_axes(np.real(np.fft.fftn(full, None, transform_axes(s, axes), norm)), a)


@linear(np.fft.irfftn, wrt=("a",))
def irfftn(a, s=None, axes=None, norm=None, *, ct):
    """As `irfft` along the last of the axes."""
    half = np.fft.rfftn(ct, None, transform_axes(s, axes), opposite(norm))
    return fit_axes(mirror_weights(ct, last_axis(axes)) * half, a)


@linear(np.fft.hfft, wrt=("a",))
def hfft(a, n=None, axis=-1, norm=None, *, ct):
    """The inverse real transform of the conjugate: its adjoint, conjugated."""
    doubled = mirror_weights(ct, axis) * np.fft.rfft(ct, None, axis, norm)
    return np.conj(fit_axis(doubled, a, axis))


@linear(np.fft.ihfft, wrt=("a",))
def ihfft(a, n=None, axis=-1, norm=None, *, ct):
    """The conjugate of the real transform, divided by the length."""
    full = extend_axis(ct, transform_size(a, n, axis), axis)
    return fit_axis(np.real(np.fft.fft(full, None, axis, opposite(norm))), a, axis)


@linear(np.fft.fftshift, wrt=("x",))
def fftshift(x, axes=None, *, ct):
    return np.fft.ifftshift(ct, axes)


@linear(np.fft.ifftshift, wrt=("x",))
def ifftshift(x, axes=None, *, ct):
    return np.fft.fftshift(ct, axes)


constant(np.fft.fftfreq, np.fft.rfftfreq)
