"""Absolute value, and the parts of complex numbers.

None of these is holomorphic: the bodies state adjoints for the inner product Re(conj(a) b), see `Rule.complex`.
"""

import numpy as np

from .registry import constant, elementwise, linear


@elementwise(np.absolute, complex="adjoint")
def absolute(x):
    """x / |x|, and 0 at 0."""
    return np.sign(x)


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




@linear(np.real_if_close, wrt=("a",))
def real_if_close(a, tol=100, *, ct):
    return ct


constant(np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.sign)
