"""Averages, covariances, counts with weights."""

import numpy as np

from ..kernels import (
    bin_numbers,
    end_shares,
    freedom,
    gather_weights,
    is_counted,
    split_variables,
    spread_weights,
    stack_variables,
    sums_of_weights,
    unreduce,
    zeros_like,
)
from .registry import general, linear


@general(np.average, wrt=("a", "weights"), complex="refused")
def average(a, axis=None, weights=None, _returned=False, keepdims=False, *, out, ct):
    """sum(w * a) / sum(w)."""
    w = spread_weights(weights, a, axis)
    g = unreduce(ct, a, axis, keepdims) / np.sum(w, axis=axis, keepdims=True)
    return g * w, gather_weights(g * (a - unreduce(out, a, axis, keepdims)), weights, a, axis)


@average.defjvp
def average_jvp(a, axis=None, weights=None, _returned=False, keepdims=False, *, out, a_dot, weights_dot):
    w = spread_weights(weights, a, axis)
    w_dot = spread_weights(weights_dot, a, axis)
    total = np.sum(w, axis=axis, keepdims=keepdims)
    shift = a - unreduce(out, a, axis, keepdims)
    return (
        np.sum(w * a_dot, axis=axis, keepdims=keepdims) / total,
        np.sum(w_dot * shift, axis=axis, keepdims=keepdims) / total,
    )


@general(np.cov, wrt=("m", "y"), complex="refused")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, _fweights=None, _aweights=None, *, ct):
    """d d^T / n, where the rows of d are the variables, each less its mean."""
    x = stack_variables(m, y, rowvar)
    d = x - np.mean(x, axis=1, keepdims=True)
    k = np.shape(x)[0]
    c = np.reshape(ct, (k, k)) / freedom(x, bias, ddof)
    parts = split_variables((c + np.transpose(c)) @ d, m, y, rowvar)
    return parts[0], parts[1]


@cov.defjvp
def cov_jvp(
    m, y=None, rowvar=True, bias=False, ddof=None, _fweights=None, _aweights=None, *, out, m_dot, y_dot
):
    x = stack_variables(m, y, rowvar)
    d = (x - np.mean(x, axis=1, keepdims=True)) / freedom(x, bias, ddof)
    p = d @ np.transpose(stack_variables(m_dot, zeros_like(y), rowvar))
    q = d @ np.transpose(stack_variables(zeros_like(m), y_dot, rowvar))
    return np.reshape(p + np.transpose(p), np.shape(out)), np.reshape(q + np.transpose(q), np.shape(out))


@linear(np.bincount, wrt=("weights",))
def bincount(x, weights=None, minlength=0, *, ct):
    return np.take(ct, x)


@general(np.histogram, wrt=("a", "weights"), complex="refused")
def histogram(a, bins=10, range=None, _density=None, weights=None, *, out, ct):
    """Counts do not change with `a`, nor sums of weights; edges do where they run from its minimum to its maximum."""
    shares = end_shares(a, bins, range)
    t = np.linspace(0.0, 1.0, np.size(out[1]))
    a_bar = shares[0] * np.sum((1 - t) * ct[1]) + shares[1] * np.sum(t * ct[1])
    return a_bar, is_counted(a, out[1]) * np.take(ct[0], bin_numbers(a, out[1]))


@histogram.defjvp
def histogram_jvp(a, bins=10, range=None, _density=None, weights=None, *, out, a_dot, weights_dot):
    shares = end_shares(a, bins, range)
    t = np.linspace(0.0, 1.0, np.size(out[1]))
    edges_dot = (1 - t) * np.sum(shares[0] * a_dot) + t * np.sum(shares[1] * a_dot)
    return (0.0 * out[0], edges_dot), (sums_of_weights(a, out[1], weights_dot), 0.0 * out[1])


@general(np.corrcoef, wrt=("x", "y"), complex="refused")
def corrcoef(x, y=None, rowvar=True, *, out, ct):
    """d d^T of the variables d, each less its mean and of length 1."""
    v = stack_variables(x, y, rowvar)
    d = v - np.mean(v, axis=1, keepdims=True)
    length = np.sqrt(np.sum(d**2, axis=1, keepdims=True))
    k = np.shape(v)[0]
    c = np.reshape(ct, (k, k))
    g = (c + np.transpose(c)) @ (d / length)
    h = g - (d / length) * np.sum(g * d / length, axis=1, keepdims=True)
    parts = split_variables(h / length, x, y, rowvar)
    return parts[0], parts[1]


@corrcoef.defjvp
def corrcoef_jvp(x, y=None, rowvar=True, *, out, x_dot, y_dot):
    v = stack_variables(x, y, rowvar)
    d = v - np.mean(v, axis=1, keepdims=True)
    length = np.sqrt(np.sum(d**2, axis=1, keepdims=True))
    e = d / length
    p = stack_variables(x_dot, zeros_like(y), rowvar) / length
    q = stack_variables(zeros_like(x), y_dot, rowvar) / length
    pt = (p - np.mean(p, axis=1, keepdims=True) - e * np.sum(e * p, axis=1, keepdims=True)) @ np.transpose(e)
    qt = (q - np.mean(q, axis=1, keepdims=True) - e * np.sum(e * q, axis=1, keepdims=True)) @ np.transpose(e)
    return np.reshape(pt + np.transpose(pt), np.shape(out)), np.reshape(qt + np.transpose(qt), np.shape(out))
