"""Creating arrays, copying them, changing their dtype."""

import copy as copying

import numpy as np

from ..kernels import bessel_i, join_key, unjoin_key, unpack
from .registry import alias, elementwise, general, linear


@linear(np.array, wrt=("object",))
def array(object, dtype=None, *, ct):
    return unpack(ct, object)


@linear(np.asarray, wrt=("object",))
def asarray(object, dtype=None, *, ct):
    return unpack(ct, object)


@linear(np.copy, wrt=("a",))
def copy(a, order="K", *, ct):
    return ct


@linear(copying.copy, wrt=("x",))
def shallow_copy(x, *, ct):
    return ct


@linear(copying.deepcopy, wrt=("x",))
def deep_copy(x, memo=None, *, ct):
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


@linear(np.fromiter, wrt=("iter",))
def fromiter(iter, dtype=None, count=-1, *, ct):
    return unpack(ct, iter)


@general(np.logspace, wrt=("start", "stop", "base"))
def logspace(start, stop, num=50, endpoint=True, base=10.0, *, out, ct):
    """base ** linspace(start, stop)."""
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (num,) + (1,) * (np.ndim(ct) - 1))
    c = ct * out * np.log(base)
    by_base = ct * out * ((1 - t) * start + t * stop) / base
    return np.sum((1 - t) * c, axis=0), np.sum(t * c, axis=0), np.sum(by_base, axis=0)


@logspace.defjvp
def logspace_jvp(start, stop, num=50, endpoint=True, base=10.0, *, out, start_dot, stop_dot, base_dot):
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (num,) + (1,) * (np.ndim(out) - 1))
    by_base = out * ((1 - t) * start + t * stop) / base
    return (1 - t) * out * np.log(base) * start_dot, t * out * np.log(base) * stop_dot, by_base * base_dot


@general(np.geomspace, wrt=("start", "stop"))
def geomspace(start, stop, num=50, endpoint=True, *, out, ct):
    """start ** (1 - t) * stop ** t, with t from 0 to 1."""
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (num,) + (1,) * (np.ndim(ct) - 1))
    c = ct * out
    return np.sum((1 - t) * c, axis=0) / start, np.sum(t * c, axis=0) / stop


@geomspace.defjvp
def geomspace_jvp(start, stop, num=50, endpoint=True, *, out, start_dot, stop_dot):
    t = np.reshape(np.linspace(0.0, 1.0, num, endpoint), (num,) + (1,) * (np.ndim(out) - 1))
    return (1 - t) * out * (start_dot / start), t * out * (stop_dot / stop)


@general(np.arange, wrt=("start", "step"), complex="refused")
def arange(start, stop=None, step=1, dtype=None, *, ct):
    """start + i * step; the end only decides how many there are. Of one argument, the end, the values are constant."""
    return np.where(stop is None, 0.0, np.sum(ct)), np.sum(ct * np.arange(np.size(ct)))


@arange.defjvp
def arange_jvp(start, stop=None, step=1, dtype=None, *, out, start_dot, step_dot):
    return np.where(stop is None, 0.0, start_dot), np.arange(np.size(out)) * step_dot


@elementwise(np.i0, complex="refused")
def i0(x):
    """Needs SciPy, for the Bessel function of order 1."""
    return bessel_i(1, x)


@general(np.kaiser, wrt=("beta",), complex="refused")
def kaiser(M, beta, *, out, ct):
    """i0(beta * r) / i0(beta) with r = sqrt(1 - t**2), t from -1 to 1. Needs SciPy, as `np.i0`."""
    r = np.sqrt(1 - np.linspace(-1.0, 1.0, M) ** 2)
    return np.sum(ct * (r * bessel_i(1, beta * r) - out * bessel_i(1, beta)) / bessel_i(0, beta))


@kaiser.defjvp
def kaiser_jvp(M, beta, *, out, beta_dot):
    r = np.sqrt(1 - np.linspace(-1.0, 1.0, M) ** 2)
    return beta_dot * (r * bessel_i(1, beta * r) - out * bessel_i(1, beta)) / bessel_i(0, beta)


@general(np.r_.__getitem__, wrt=("key",), complex="adjoint")
def rows_joined(key, *, ct):
    """Arrays and numbers put together; slices among them stand for ranges, which are constant."""
    return unjoin_key(ct, key, np.r_.__getitem__)


@rows_joined.defjvp
def rows_joined_jvp(key, *, key_dot):
    return join_key(key_dot, key, np.r_.__getitem__)


@general(np.c_.__getitem__, wrt=("key",), complex="adjoint")
def columns_joined(key, *, ct):
    """Arrays and numbers put together; slices among them stand for ranges, which are constant."""
    return unjoin_key(ct, key, np.c_.__getitem__)


@columns_joined.defjvp
def columns_joined_jvp(key, *, key_dot):
    return join_key(key_dot, key, np.c_.__getitem__)


alias(np.asanyarray, np.asarray)
alias(np.asarray_chkfinite, np.asarray)
alias(np.ascontiguousarray, np.asarray)
alias(np.asfortranarray, np.asarray)
