"""PolyBench linear algebra and data mining after their published mathematics, with loops and writes."""

import numpy as np

from .registry import program

NB = {"npbench"}


@program(
    lambda rng: (1.5, 1.2, rng.random((3, 4)), rng.random((3, 2)), rng.random((2, 4))),
    level=3,
    tags=NB | {"writes_argument"},
)
def gemm(alpha, beta, c, a, b):
    c[:] = alpha * a @ b + beta * c
    return c


@program(
    lambda rng: (1.5, 1.2, rng.random((3, 4)), rng.random((4, 2)), rng.random((2, 3)), rng.random((3, 3))),
    level=3,
    tags=NB | {"writes_argument"},
)
def k2mm(alpha, beta, a, b, c, d):
    d[:] = alpha * a @ b @ c + beta * d
    return d


@program(
    lambda rng: (rng.random((3, 2)), rng.random((2, 4)), rng.random((4, 3)), rng.random((3, 2))), tags=NB
)
def k3mm(a, b, c, d):
    return a @ b @ c @ d


@program(lambda rng: (rng.random((4, 3)), rng.random(3)), tags=NB)
def atax(a, x):
    return (a @ x) @ a


@program(lambda rng: (rng.random((4, 3)), rng.random(3), rng.random(4)), tags=NB)
def bicg(a, p, r):
    return r @ a, a @ p


@program(
    lambda rng: (rng.random(4), rng.random(4), rng.random(4), rng.random(4), rng.random((4, 4))),
    level=3,
    tags=NB | {"writes_argument"},
)
def mvt(x1, x2, y1, y2, a):
    x1 += a @ y1
    x2 += y2 @ a
    return x1 @ x2


@program(lambda rng: (1.5, 1.2, rng.random((4, 4)), rng.random((4, 4)), rng.random(4)), tags=NB)
def gesummv(alpha, beta, a, b, x):
    return alpha * a @ x + beta * b @ x


@program(
    lambda rng: (
        1.5,
        1.2,
        rng.random((4, 4)),
        rng.random(4),
        rng.random(4),
        rng.random(4),
        rng.random(4),
        np.zeros(4),
        np.zeros(4),
        rng.random(4),
        rng.random(4),
    ),
    level=3,
    tags=NB | {"writes_argument"},
)
def gemver(alpha, beta, a, u1, v1, u2, v2, w, x, y, z):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ a + z
    w += alpha * a @ x
    return np.sum(w)


@program(
    lambda rng: (1.5, 1.2, rng.random((3, 4)), rng.random((3, 3)), rng.random((3, 4))),
    level=3,
    tags=NB | {"loop", "writes_argument"},
)
def symm(alpha, beta, c, a, b):
    temp2 = np.empty((c.shape[1],))
    c *= beta
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            c[:i, j] += alpha * b[i, j] * a[i, :i]
            temp2[j] = b[:i, j] @ a[i, :i]
        c[i, :] += alpha * b[i, :] * a[i, i] + alpha * temp2
    return c


@program(
    lambda rng: (1.5, 1.2, rng.random((3, 3)), rng.random((3, 2))),
    level=3,
    tags=NB | {"loop", "writes_argument"},
)
def syrk(alpha, beta, c, a):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    return c


@program(
    lambda rng: (1.5, 1.2, rng.random((3, 3)), rng.random((3, 2)), rng.random((3, 2))),
    level=3,
    tags=NB | {"loop", "writes_argument"},
)
def syr2k(alpha, beta, c, a, b):
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += a[: i + 1, k] * alpha * b[i, k] + b[: i + 1, k] * alpha * a[i, k]
    return c


@program(
    lambda rng: (1.5, rng.random((3, 3)), rng.random((3, 4))), level=3, tags=NB | {"loop", "writes_argument"}
)
def trmm(alpha, a, b):
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            b[i, j] += a[i + 1 :, i] @ b[i + 1 :, j]
    b *= alpha
    return b


@program(
    lambda rng: (rng.random((2, 3, 4)), rng.random((4, 4))), level=3, tags=NB | {"loop", "writes_argument"}
)
def doitgen(a, c4):
    for r in range(a.shape[0]):
        for q in range(a.shape[1]):
            a[r, q, :] = a[r, q, :] @ c4
    return a


@program(lambda rng: (rng.random((5, 3)),), level=3, tags=NB | {"loop", "writes_argument"})
def covariance(data):
    m = data.shape[1]
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i:m, i] = cov[i, i:m] = data[:, i] @ data[:, i:m] / (data.shape[0] - 1.0)
    return cov


@program(lambda rng: (rng.random((5, 3)),), level=3, tags=NB | {"loop", "writes_argument"})
def correlation(data):
    n, m = data.shape
    mean = np.mean(data, axis=0)
    deviation = np.std(data, axis=0)
    deviation[deviation <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(n) * deviation
    corr = np.eye(m)
    for i in range(m - 1):
        corr[i + 1 : m, i] = corr[i, i + 1 : m] = data[:, i] @ data[:, i + 1 : m]
    return corr


@program(lambda rng: (rng.random((4, 4)), 0.5), tags=NB | {"loop"})
def floyd_warshall_soft(path, gamma):
    for k in range(4):
        through = path[:, k : k + 1] + path[k : k + 1, :]
        path = -gamma * np.log(np.exp(-path / gamma) + np.exp(-through / gamma))
    return path


@program(lambda rng: (rng.uniform(0.1, 3.0, (4, 4)),), level=3, tags=NB | {"loop", "writes_argument"})
def floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return path


@program(
    lambda rng: (rng.random(6), np.array([0, 2, 3, 3, 6]), np.array([0, 2, 1, 0, 1, 3]), rng.random(4)),
    level=3,
    tags=NB | {"loop", "store"},
)
def sparse_matrix_vector(values, pointers, columns, x):
    y = np.zeros(len(pointers) - 1)
    for i in range(len(y)):
        span = slice(pointers[i], pointers[i + 1])
        y[i] = values[span] @ x[columns[span]]
    return y
