"""scipy.fft: read when one of its functions is first asked for. The mathematics are those of NumPy's transforms, `fft`.

Each complex transform is symmetric: its own transpose, cut or filled with zeros to the input's size.
"""

from typing import Any

import numpy as np
from scipy import fft

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
from ..kernels.cosines import cosine_back
from ..kernels.protocol import kernel
from .registry import alias, constant, general, linear

FIXED = ("overwrite_x", "plan")
fft_of, rfft_of, fftn_of, rfftn_of = map(kernel, (fft.fft, fft.rfft, fft.fftn, fft.rfftn))
"""SciPy's functions, plain ones, which hand over to duck arrays: in rules, so that a tape can record them."""


def _along_one(function, transform):
    """`fft` or `ifft`."""

    @linear(function, wrt=("x",), complex="holomorphic", fixed=FIXED)
    def rule(x, axis, norm, *, ct):
        return fit_axis(transform(ct, None, axis, norm), x, axis)


def _along_several(function, transform):
    """`fft2`, `fftn` and their inverses."""

    @linear(function, wrt=("x",), complex="holomorphic", fixed=FIXED)
    def rule(x, s, axes, norm, *, ct):
        return fit_axes(transform(ct, None, transform_axes(s, axes), norm), x)


@linear(fft.rfft, wrt=("x",), fixed=FIXED)
def rfft(x, n, axis, norm, *, ct):
    """The first half of the spectrum of real numbers: the adjoint fills the other half with zeros, and is real."""
    full = np.conj(extend_axis(ct, transform_size(x, n, axis), axis))
    return fit_axis(np.real(fft_of(full, None, axis, norm)), x, axis)


@linear(fft.irfft, wrt=("x",), fixed=FIXED)
def irfft(x, axis, norm, *, ct):
    """All terms but the first and, for an even length, the last count twice, for their mirror images."""
    doubled = mirror_weights(ct, axis) * rfft_of(ct, None, axis, opposite(norm))
    return fit_axis(doubled, x, axis)


@linear(fft.hfft, wrt=("x",), fixed=FIXED)
def hfft(x, axis, norm, *, ct):
    """The inverse real transform of the conjugate: its adjoint, conjugated."""
    doubled = mirror_weights(ct, axis) * rfft_of(ct, None, axis, norm)
    return np.conj(fit_axis(doubled, x, axis))


@linear(fft.ihfft, wrt=("x",), fixed=FIXED)
def ihfft(x, n, axis, norm, *, ct):
    """The conjugate of the real transform, divided by the length."""
    full = extend_axis(ct, transform_size(x, n, axis), axis)
    return fit_axis(np.real(fft_of(full, None, axis, opposite(norm))), x, axis)


def _real(function):
    """`rfft2` and `rfftn`: as `rfft` along the last of the axes."""

    @linear(function, wrt=("x",), fixed=FIXED)
    def rule(x, s, axes, norm, *, ct):
        full = extend_axis(np.conj(ct), last_size(x, s, axes), last_axis(axes))
        return fit_axes(np.real(fftn_of(full, None, transform_axes(s, axes), norm)), x)


def _inverse_real(function):
    """`irfft2` and `irfftn`: as `irfft` along the last of the axes."""

    @linear(function, wrt=("x",), fixed=FIXED)
    def rule(x, s, axes, norm, *, ct):
        half = rfftn_of(ct, None, transform_axes(s, axes), opposite(norm))
        return fit_axes(mirror_weights(ct, last_axis(axes)) * half, x)


def _hermitian(function):
    """`hfft2` and `hfftn`: as `hfft` along the last of the axes."""

    @linear(function, wrt=("x",), fixed=FIXED)
    def rule(x, s, axes, norm, *, ct):
        half = rfftn_of(ct, None, transform_axes(s, axes), norm)
        return np.conj(fit_axes(mirror_weights(ct, last_axis(axes)) * half, x))


def _inverse_hermitian(function):
    """`ihfft2` and `ihfftn`: as `ihfft` along the last of the axes."""

    @linear(function, wrt=("x",), fixed=FIXED)
    def rule(x, s, axes, norm, *, ct):
        full = extend_axis(ct, last_size(x, s, axes), last_axis(axes))
        return fit_axes(np.real(fftn_of(full, None, transform_axes(s, axes), opposite(norm))), x)


def _cosine(name):
    """A cosine or sine transform along one axis or several: see `kernels.cosines`."""
    transform = TRANSFORMS[name] = kernel(getattr(fft, name))

    @general(
        getattr(fft, name), wrt=("x",), complex="adjoint", fixed=FIXED, spelled={"n": "s", "axis": "axes"}
    )
    def rule(x, type, s, axes, norm, orthogonalize, *, ct):
        return cosine_back(ct, x, name, type, s, axes, norm, orthogonalize)

    @rule.defjvp
    def rule_jvp(x, type, s, axes, norm, orthogonalize, *, x_dot):
        return transformed(x_dot, name, type, s, axes, norm, orthogonalize)

    alias(transform, getattr(fft, name))


TRANSFORMS: dict[str, Any] = {}
"""The cosine and sine transforms by name, as kernels."""


@kernel
def transformed(x, name, type, sizes, axes, norm, orthogonalize):
    """One of them."""
    return TRANSFORMS[name](x, type, sizes, axes, norm, orthogonalize=orthogonalize)


@linear(cosine_back, wrt=("ct_in",))
def _cosine_back(ct_in, x, name, type, sizes, axes, norm, orthogonalize, *, ct):
    return transformed(ct, name, type, sizes, axes, norm, orthogonalize)


@linear(transformed, wrt=("x",))
def _transformed(x, name, type, sizes, axes, norm, orthogonalize, *, ct):
    return cosine_back(ct, x, name, type, sizes, axes, norm, orthogonalize)


for _name in ("fft", "ifft"):
    _kernel = kernel(getattr(fft, _name)) if _name != "fft" else fft_of
    _along_one(getattr(fft, _name), _kernel)
    alias(_kernel, getattr(fft, _name))
for _name in ("fft2", "ifft2", "fftn", "ifftn"):
    _kernel = kernel(getattr(fft, _name)) if _name != "fftn" else fftn_of
    _along_several(getattr(fft, _name), _kernel)
    alias(_kernel, getattr(fft, _name))
for _name in ("2", "n"):
    _real(getattr(fft, f"rfft{_name}"))
    _inverse_real(getattr(fft, f"irfft{_name}"))
    _hermitian(getattr(fft, f"hfft{_name}"))
    _inverse_hermitian(getattr(fft, f"ihfft{_name}"))
alias(rfft_of, fft.rfft)
alias(rfftn_of, fft.rfftn)
for _name in ("dct", "idct", "dst", "idst"):
    _cosine(_name)
    _cosine(f"{_name}n")
for _name in ("fftshift", "ifftshift"):
    alias(getattr(fft, _name), getattr(np.fft, _name))
constant(fft.fftfreq, fft.rfftfreq, fft.next_fast_len, fft.prev_fast_len, fft.set_workers)
