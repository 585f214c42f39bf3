"""Creating arrays, copying them, changing their dtype."""

import numpy as np

from ..kernels import unpack
from .registry import alias, linear


@linear(np.array, wrt=("object",))
def array(object, dtype=None, *, ct):
    return unpack(ct, object)


@linear(np.asarray, wrt=("object",))
def asarray(object, dtype=None, *, ct):
    return unpack(ct, object)


@linear(np.copy, wrt=("a",))
def copy(a, order="K", *, ct):
    return ct


@linear(np.astype, wrt=("x",))
def astype(x, dtype, *, ct):
    """The engine casts back. To an integer type the value is rounded: its tangent would be 0, not this."""
    return ct


@linear(np.full_like, wrt=("fill_value",))
def full_like(a, fill_value, dtype=None, *, ct):
    return ct


@linear(np.full, wrt=("fill_value",))
def full(shape, fill_value, dtype=None, *, ct):
    return ct


@linear(np.linspace, wrt=("start", "stop"))
def linspace(start, stop, num=50, endpoint=True, *, ct):
    """(1 - t) * start + t * stop, with t from 0 to 1."""
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (num,) + (1,) * (np.ndim(ct) - 1))
    return np.sum((1 - t) * ct, axis=0), np.sum(t * ct, axis=0)


alias(np.asanyarray, np.asarray)
alias(np.ascontiguousarray, np.asarray)
alias(np.asfortranarray, np.asarray)
