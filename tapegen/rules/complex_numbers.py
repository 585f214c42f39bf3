"""Absolute value, and the parts of complex numbers.

None of these is holomorphic: the bodies state adjoints for the inner product Re(conj(a) b), see `Rule.complex`.
"""

import numpy as np

from .registry import constant, elementwise, general, linear


@elementwise(np.absolute, complex="adjoint")
def absolute(x):
    """x / |x|, and 0 at 0."""
    return np.sign(x)


@general(np.sign, wrt=("x",), complex="adjoint")
def sign(x, *, out, ct):
    """Constant for real x. A complex number of modulus 1 can only turn: the part of ct along it drops out."""
    return (x != 0) * (ct - out * np.real(np.conj(out) * ct)) / (np.abs(x) + (x == 0))


@sign.defjvp
def sign_jvp(x, *, out, x_dot):
    return (x != 0) * (x_dot - out * np.real(np.conj(out) * x_dot)) / (np.abs(x) + (x == 0))


@elementwise(np.fabs, complex="refused")
def fabs(x):
    return np.sign(x)


@linear(np.conjugate, wrt=("x",))
def conjugate(x, *, ct):
    return np.conj(ct)


@linear(np.real, wrt=("val",))
def real(val, *, ct):
    return ct


@linear(np.imag, wrt=("val",))
def imag(val, *, ct):
    """Of a real argument, the engine keeps the real part: 0."""
    return 1j * ct


@general(np.angle, wrt=("z",), complex="adjoint")
def angle(z, deg=False, *, ct):
    """d angle = Im(dz / z): for real z the angle is constant."""
    return np.where(deg, 180 / np.pi, 1.0) * ct * 1j / np.conj(z)


@angle.defjvp
def angle_jvp(z, deg=False, *, z_dot):
    return np.where(deg, 180 / np.pi, 1.0) * np.imag(z_dot / z)


@linear(np.real_if_close, wrt=("a",))
def real_if_close(a, tol=100, *, ct):
    return ct


constant(np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj)
