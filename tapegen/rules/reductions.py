"""Sums, products, averages, extrema, and their running versions."""

import numpy as np

from ..kernels import (
    axis_size,
    following,
    hits,
    merge_axes,
    nanquantile_weights,
    previous,
    quantile_weights,
    recurrence,
    running_axis,
    unmerge_axes,
    unreduce,
    weighted,
    weighted_back,
)
from .registry import alias, general, linear, reduction


@linear(np.sum, wrt=("a", "initial"))
def sum(a, axis=None, dtype=None, _out=None, keepdims=False, initial=0, where=True, *, ct):
    return np.broadcast_to(unreduce(ct, a, axis, keepdims), np.shape(a)), ct


@sum.given("where")
def sum_where(a, axis=None, dtype=None, _out=None, keepdims=False, initial=0, where=True, *, ct):
    return np.where(where, np.broadcast_to(unreduce(ct, a, axis, keepdims), np.shape(a)), 0.0), ct


@linear(np.mean, wrt=("a",))
def mean(a, axis=None, dtype=None, _out=None, keepdims=False, where=True, *, ct):
    return np.broadcast_to(unreduce(ct / axis_size(a, axis), a, axis, keepdims), np.shape(a))


@mean.given("where")
def mean_where(a, axis=None, dtype=None, _out=None, keepdims=False, where=True, *, ct):
    counts = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims)
    return np.where(where, np.broadcast_to(unreduce(ct / counts, a, axis, keepdims), np.shape(a)), 0.0)


@reduction(np.prod)
def prod(a, axis=None, dtype=None, _out=None, keepdims=False, initial=1, where=True):
    """The product of all other elements: of those before times of those after, so that zeros do no harm."""
    x = merge_axes(a, axis)
    before = np.cumprod(previous(x, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(following(x, 1.0), -1), axis=-1), -1)
    return unmerge_axes(before * after, a, axis)


@prod.given("where")
def prod_where(a, axis=None, dtype=None, _out=None, keepdims=False, initial=1, where=True):
    x = merge_axes(np.where(where, a, 1.0), axis)
    before = np.cumprod(previous(x, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(following(x, 1.0), -1), axis=-1), -1)
    return np.where(where, unmerge_axes(initial * before * after, a, axis), 0.0)


@prod.given("initial")
def prod_initial(a, axis=None, dtype=None, _out=None, keepdims=False, initial=1, where=True):
    x = merge_axes(a, axis)
    before = np.cumprod(previous(x, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(following(x, 1.0), -1), axis=-1), -1)
    return unmerge_axes(initial * before * after, a, axis)


@reduction(np.var, complex="adjoint")
def var(a, axis=None, dtype=None, _out=None, ddof=0, keepdims=False):
    return 2 * (a - np.mean(a, axis=axis, keepdims=True)) / (axis_size(a, axis) - ddof)


@reduction(np.std, complex="adjoint")
def std(a, axis=None, dtype=None, _out=None, ddof=0, keepdims=False, *, out):
    """0 where all elements are equal."""
    return (a - np.mean(a, axis=axis, keepdims=True)) / ((axis_size(a, axis) - ddof) * (out + (out == 0)))


@reduction(np.max, complex="refused")
def max(a, axis=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    """Ties share evenly; a tie with `initial` goes to the elements."""
    return hits(a, out, axis)


@max.given("where")
def max_where(a, axis=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    return hits(np.where(where, a, np.nan), out, axis)


@reduction(np.min, complex="refused")
def min(a, axis=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    """Ties share evenly; a tie with `initial` goes to the elements."""
    return hits(a, out, axis)


@min.given("where")
def min_where(a, axis=None, _out=None, keepdims=False, initial=None, where=True, *, out):
    return hits(np.where(where, a, np.nan), out, axis)


@reduction(np.ptp, complex="refused")
def ptp(a, axis=None, _out=None, keepdims=False):
    """Maximum minus minimum; ties share evenly."""
    high = hits(a, np.max(a, axis=axis, keepdims=True), axis)
    low = hits(a, np.min(a, axis=axis, keepdims=True), axis)
    return high - low


@reduction(np.median, complex="refused")
def median(a, axis=None, _out=None, _overwrite_input=False, keepdims=False):
    """Of equal elements, the first ones count."""
    return quantile_weights(a, 0.5, axis)


@general(np.quantile, wrt=("a",), complex="refused")
def quantile(a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, ct):
    """A weighted sum of the elements; the weights change only when two elements change places."""
    return weighted_back(ct, quantile_weights(a, q, axis, method), a, axis, keepdims)


@quantile.defjvp
def quantile_jvp(
    a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, a_dot
):
    return weighted(a_dot, quantile_weights(a, q, axis, method), axis, keepdims)


@general(np.percentile, wrt=("a",), complex="refused")
def percentile(a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, ct):
    return weighted_back(ct, quantile_weights(a, np.divide(q, 100), axis, method), a, axis, keepdims)


@percentile.defjvp
def percentile_jvp(
    a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, a_dot
):
    return weighted(a_dot, quantile_weights(a, np.divide(q, 100), axis, method), axis, keepdims)


@linear(np.cumsum, wrt=("a",))
def cumsum(a, axis=None, dtype=None, _out=None, *, ct):
    """The sum of all later cotangents."""
    return np.reshape(np.flip(np.cumsum(np.flip(ct, axis), axis), axis), np.shape(a))


@general(np.cumprod, wrt=("a",))
def cumprod(a, axis=None, dtype=None, _out=None, *, ct):
    """r[i] = ct[i] + a[i+1] * r[i+1], times the product of all elements before i; zeros do no harm."""
    i = running_axis(axis)
    x = np.reshape(a, np.shape(ct))
    r = np.flip(recurrence(np.flip(following(x, 0.0, i), i), np.flip(ct, i), i), i)
    return np.reshape(r * np.cumprod(previous(x, 1.0, i), i), np.shape(a))


@cumprod.defjvp
def cumprod_jvp(a, axis=None, dtype=None, _out=None, *, out, a_dot):
    i = running_axis(axis)
    return recurrence(
        np.reshape(a, np.shape(out)), np.reshape(a_dot, np.shape(out)) * previous(out, 1.0, i), i
    )


@reduction(np.nansum)
def nansum(a, axis=None, dtype=None, _out=None, keepdims=False):
    return ~np.isnan(a)


@reduction(np.nanmean)
def nanmean(a, axis=None, dtype=None, _out=None, keepdims=False):
    valid = ~np.isnan(a)
    return valid / np.sum(valid, axis=axis, keepdims=True)


@reduction(np.nanmax, complex="refused")
def nanmax(a, axis=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    return hits(a, out, axis)


@reduction(np.nanmin, complex="refused")
def nanmin(a, axis=None, _out=None, keepdims=False, *, out):
    """Ties share evenly."""
    return hits(a, out, axis)


@reduction(np.nanprod)
def nanprod(a, axis=None, dtype=None, _out=None, keepdims=False):
    x = merge_axes(np.where(np.isnan(a), 1.0, a), axis)
    before = np.cumprod(previous(x, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(following(x, 1.0), -1), axis=-1), -1)
    return np.where(np.isnan(a), 0.0, unmerge_axes(before * after, a, axis))


@reduction(np.nanvar, complex="adjoint")
def nanvar(a, axis=None, dtype=None, _out=None, ddof=0, keepdims=False):
    count = np.sum(~np.isnan(a), axis=axis, keepdims=True)
    return np.where(np.isnan(a), 0.0, 2 * (a - np.nanmean(a, axis=axis, keepdims=True)) / (count - ddof))


@reduction(np.nanstd, complex="adjoint")
def nanstd(a, axis=None, dtype=None, _out=None, ddof=0, keepdims=False, *, out):
    """0 where all elements are equal."""
    count = np.sum(~np.isnan(a), axis=axis, keepdims=True)
    deviation = a - np.nanmean(a, axis=axis, keepdims=True)
    return np.where(np.isnan(a), 0.0, deviation / ((count - ddof) * (out + (out == 0))))


@general(np.nancumsum, wrt=("a",), complex="adjoint")
def nancumsum(a, axis=None, dtype=None, _out=None, *, ct):
    later = np.reshape(np.flip(np.cumsum(np.flip(ct, axis), axis), axis), np.shape(a))
    return np.where(np.isnan(a), 0.0, later)


@nancumsum.defjvp
def nancumsum_jvp(a, axis=None, dtype=None, _out=None, *, a_dot):
    return np.cumsum(np.where(np.isnan(a), 0.0, a_dot), axis)


@reduction(np.nanmedian, complex="refused")
def nanmedian(a, axis=None, _out=None, _overwrite_input=False, keepdims=False):
    """Of equal elements, the first ones count."""
    return nanquantile_weights(a, 0.5, axis)


@general(np.nanquantile, wrt=("a",), complex="refused")
def nanquantile(a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, ct):
    return weighted_back(ct, nanquantile_weights(a, q, axis, method), a, axis, keepdims)


@nanquantile.defjvp
def nanquantile_jvp(
    a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, a_dot
):
    return weighted(a_dot, nanquantile_weights(a, q, axis, method), axis, keepdims)


@general(np.nanpercentile, wrt=("a",), complex="refused")
def nanpercentile(a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, ct):
    return weighted_back(ct, nanquantile_weights(a, np.divide(q, 100), axis, method), a, axis, keepdims)


@nanpercentile.defjvp
def nanpercentile_jvp(
    a, q, axis=None, _out=None, _overwrite_input=False, method="linear", keepdims=False, *, a_dot
):
    return weighted(a_dot, nanquantile_weights(a, np.divide(q, 100), axis, method), axis, keepdims)


@general(np.nancumprod, wrt=("a",))
def nancumprod(a, axis=None, dtype=None, _out=None, *, ct):
    """As `np.cumprod`, with ones for NaN."""
    i = running_axis(axis)
    valid = np.reshape(~np.isnan(a), np.shape(ct))
    x = np.where(valid, np.reshape(a, np.shape(ct)), 1.0)
    r = np.flip(recurrence(np.flip(following(x, 0.0, i), i), np.flip(ct, i), i), i)
    return np.reshape(np.where(valid, r * np.cumprod(previous(x, 1.0, i), i), 0.0), np.shape(a))


@nancumprod.defjvp
def nancumprod_jvp(a, axis=None, dtype=None, _out=None, *, out, a_dot):
    i = running_axis(axis)
    valid = np.reshape(~np.isnan(a), np.shape(out))
    x = np.where(valid, np.reshape(a, np.shape(out)), 1.0)
    x_dot = np.where(valid, np.reshape(a_dot, np.shape(out)), 0.0)
    return recurrence(x, x_dot * previous(out, 1.0, i), i)


if hasattr(np, "cumulative_sum"):

    @linear(np.cumulative_sum, wrt=("x",))
    def cumulative_sum(x, axis=None, dtype=None, *, ct):
        return np.reshape(np.flip(np.cumsum(np.flip(ct, axis), axis), axis), np.shape(x))

    @general(np.cumulative_prod, wrt=("x",))
    def cumulative_prod(x, axis=None, dtype=None, *, ct):
        """As `np.cumprod`."""
        i = running_axis(axis)
        r = np.flip(recurrence(np.flip(following(x, 0.0, i), i), np.flip(ct, i), i), i)
        return r * np.cumprod(previous(x, 1.0, i), i)

    @cumulative_prod.defjvp
    def cumulative_prod_jvp(x, axis=None, dtype=None, *, out, x_dot):
        i = running_axis(axis)
        return recurrence(x, x_dot * previous(out, 1.0, i), i)


alias(np.amax, np.max)
alias(np.amin, np.min)
