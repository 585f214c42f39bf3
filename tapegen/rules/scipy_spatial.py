"""scipy.spatial.distance: read when one of its functions is first asked for. Where two points meet, the slope is 0."""

import numpy as np
from scipy.spatial import distance

from ..kernels.distances import inverse_or_zero, squared, squared_back
from .registry import elementwise, general, linear


@general(distance.cdist, wrt=("XA", "XB"), complex="refused", fixed=("out",))
def cdist(XA, XB, metric):
    """See the cases: the metrics euclidean, sqeuclidean, cityblock and cosine."""


@cdist.case("metric", holds=lambda metric: metric == "euclidean")
def cdist_euclidean(XA, XB, *, out, ct):
    w = ct * inverse_or_zero(out)
    return (
        np.sum(w, axis=1, keepdims=True) * XA - w @ XB,
        np.reshape(np.sum(w, axis=0), (-1, 1)) * XB - np.transpose(w) @ XA,
    )


@cdist.tangent_of(cdist_euclidean)
def cdist_euclidean_jvp(XA, XB, *, out, XA_dot, XB_dot):
    w = inverse_or_zero(out)
    return (
        w * (np.sum(XA * XA_dot, axis=1, keepdims=True) - XA_dot @ np.transpose(XB)),
        w * (np.sum(XB * XB_dot, axis=1) - XA @ np.transpose(XB_dot)),
    )


@cdist.case("metric", holds=lambda metric: metric == "sqeuclidean")
def cdist_sqeuclidean(XA, XB, *, ct):
    w = 2 * ct
    return (
        np.sum(w, axis=1, keepdims=True) * XA - w @ XB,
        np.reshape(np.sum(w, axis=0), (-1, 1)) * XB - np.transpose(w) @ XA,
    )


@cdist.tangent_of(cdist_sqeuclidean)
def cdist_sqeuclidean_jvp(XA, XB, *, XA_dot, XB_dot):
    return (
        2 * (np.sum(XA * XA_dot, axis=1, keepdims=True) - XA_dot @ np.transpose(XB)),
        2 * (np.sum(XB * XB_dot, axis=1) - XA @ np.transpose(XB_dot)),
    )


@cdist.case("metric", holds=lambda metric: metric == "cityblock")
def cdist_cityblock(XA, XB, *, ct):
    s = np.sign(np.expand_dims(XA, 1) - np.expand_dims(XB, 0))
    return np.einsum("ij,ijk->ik", ct, s), -np.einsum("ij,ijk->jk", ct, s)


@cdist.tangent_of(cdist_cityblock)
def cdist_cityblock_jvp(XA, XB, *, XA_dot, XB_dot):
    s = np.sign(np.expand_dims(XA, 1) - np.expand_dims(XB, 0))
    return np.einsum("ijk,ik->ij", s, XA_dot), -np.einsum("ijk,jk->ij", s, XB_dot)


@cdist.case("metric", holds=lambda metric: metric == "cosine")
def cdist_cosine(XA, XB, *, out, ct):
    """1 - a.b / (|a| |b|): with the cosine c = 1 - out, the slope by a is (c a / |a| - b / |b|) / |a|."""
    m = np.sqrt(np.sum(XA**2, axis=1, keepdims=True))
    n = np.sqrt(np.sum(XB**2, axis=1, keepdims=True))
    a = XA / m
    b = XB / n
    w = ct * (1 - out)
    return (
        (np.sum(w, axis=1, keepdims=True) * a - ct @ b) / m,
        (np.reshape(np.sum(w, axis=0), (-1, 1)) * b - np.transpose(ct) @ a) / n,
    )


@cdist.defjvp
def cdist_cosine_jvp(XA, XB, *, out, XA_dot, XB_dot):
    m = np.sqrt(np.sum(XA**2, axis=1, keepdims=True))
    n = np.sqrt(np.sum(XB**2, axis=1, keepdims=True))
    a = XA / m
    b = XB / n
    c = 1 - out
    p = XA_dot / m
    q = XB_dot / n
    return (
        c * np.sum(a * p, axis=1, keepdims=True) - p @ np.transpose(b),
        c * np.sum(b * q, axis=1) - a @ np.transpose(q),
    )


@general(distance.pdist, wrt=("X",), complex="refused", fixed=("out",))
def pdist(X, metric):
    """See the cases, which are those of `cdist`. Each pair stands for two in the matrix of distances."""


@pdist.case("metric", holds=lambda metric: metric == "euclidean")
def pdist_euclidean(X, *, out, ct):
    w = squared(ct * inverse_or_zero(out))
    return np.sum(w, axis=1, keepdims=True) * X - w @ X


@pdist.tangent_of(pdist_euclidean)
def pdist_euclidean_jvp(X, *, out, X_dot):
    p = np.sum(X * X_dot, axis=1, keepdims=True) - X_dot @ np.transpose(X)
    return inverse_or_zero(out) * squared(p + np.transpose(p))


@pdist.case("metric", holds=lambda metric: metric == "sqeuclidean")
def pdist_sqeuclidean(X, *, ct):
    w = 2 * squared(ct)
    return np.sum(w, axis=1, keepdims=True) * X - w @ X


@pdist.tangent_of(pdist_sqeuclidean)
def pdist_sqeuclidean_jvp(X, *, X_dot):
    p = np.sum(X * X_dot, axis=1, keepdims=True) - X_dot @ np.transpose(X)
    return 2 * squared(p + np.transpose(p))


@pdist.case("metric", holds=lambda metric: metric == "cityblock")
def pdist_cityblock(X, *, ct):
    s = np.sign(np.expand_dims(X, 1) - np.expand_dims(X, 0))
    return np.einsum("ij,ijk->ik", squared(ct), s)


@pdist.tangent_of(pdist_cityblock)
def pdist_cityblock_jvp(X, *, X_dot):
    s = np.sign(np.expand_dims(X, 1) - np.expand_dims(X, 0))
    p = np.einsum("ijk,ik->ij", s, X_dot)
    return squared(p + np.transpose(p))


@pdist.case("metric", holds=lambda metric: metric == "cosine")
def pdist_cosine(X, *, out, ct):
    m = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
    a = X / m
    c = squared(ct)
    return (np.sum(c * (1 - squared(out)), axis=1, keepdims=True) * a - c @ a) / m


@pdist.defjvp
def pdist_cosine_jvp(X, *, out, X_dot):
    m = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
    a = X / m
    q = X_dot / m
    p = (1 - squared(out)) * np.sum(a * q, axis=1, keepdims=True) - q @ np.transpose(a)
    return squared(p + np.transpose(p))


@general(distance.euclidean, wrt=("u", "v"), complex="refused")
def euclidean(u, v, _w=None, *, out, ct):
    g = ct * inverse_or_zero(out) * np.subtract(u, v)
    return g, -g


@euclidean.defjvp
def euclidean_jvp(u, v, _w=None, *, out, u_dot, v_dot):
    g = inverse_or_zero(out) * np.subtract(u, v)
    return np.sum(g * u_dot), -np.sum(g * v_dot)


@general(distance.sqeuclidean, wrt=("u", "v"), complex="refused")
def sqeuclidean(u, v, _w=None, *, ct):
    g = 2 * ct * np.subtract(u, v)
    return g, -g


@sqeuclidean.defjvp
def sqeuclidean_jvp(u, v, _w=None, *, u_dot, v_dot):
    g = 2 * np.subtract(u, v)
    return np.sum(g * u_dot), -np.sum(g * v_dot)


@general(distance.cityblock, wrt=("u", "v"), complex="refused")
def cityblock(u, v, _w=None, *, ct):
    g = ct * np.sign(np.subtract(u, v))
    return g, -g


@cityblock.defjvp
def cityblock_jvp(u, v, _w=None, *, u_dot, v_dot):
    g = np.sign(np.subtract(u, v))
    return np.sum(g * u_dot), -np.sum(g * v_dot)


@general(distance.cosine, wrt=("u", "v"), complex="refused")
def cosine(u, v, _w=None, *, out, ct):
    """As `cdist`."""
    m = np.sqrt(np.sum(np.square(u)))
    n = np.sqrt(np.sum(np.square(v)))
    c = 1 - out
    return ct * (c * np.divide(u, m) - np.divide(v, n)) / m, ct * (c * np.divide(v, n) - np.divide(u, m)) / n


@cosine.defjvp
def cosine_jvp(u, v, _w=None, *, out, u_dot, v_dot):
    m = np.sqrt(np.sum(np.square(u)))
    n = np.sqrt(np.sum(np.square(v)))
    c = 1 - out
    return (
        np.sum((c * np.divide(u, m) - np.divide(v, n)) / m * u_dot),
        np.sum((c * np.divide(v, n) - np.divide(u, m)) / n * v_dot),
    )


@linear(distance.squareform, wrt=("X",))
def squareform(X, _force="no", checks=True, *, ct):
    """A matrix is read above its diagonal."""
    return squared_back(ct, X)


@linear(squared, wrt=("x",))
def _squared(x, checks=False, *, ct):
    return squared_back(ct, x)


@linear(squared_back, wrt=("ct_in",))
def _squared_back(ct_in, x, *, ct):
    return squared(ct)


@elementwise(inverse_or_zero, complex="refused")
def _inverse_or_zero(d, *, out):
    return -(out**2)
