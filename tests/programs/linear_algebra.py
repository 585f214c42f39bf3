"""Solvers and factorisations, by NumPy's routines and by hand, in place as textbooks have them."""

import numpy as np

from .registry import program


def spd(rng, n=4):
    a = rng.standard_normal((n, n))
    return a @ a.T + n * np.eye(n)


def dominant(rng, n=4):
    return rng.standard_normal((n, n)) + n * np.eye(n)


@program(lambda rng: (dominant(rng), rng.standard_normal(4)))
def solve(a, b):
    return np.linalg.solve(a, b)


@program(lambda rng: (dominant(rng), rng.standard_normal((4, 2))))
def inverse_and_determinant(a, b):
    return np.linalg.inv(a) @ b * np.log(np.linalg.det(a))


@program(lambda rng: (spd(rng),))
def log_determinant_by_cholesky(a):
    factor = np.linalg.cholesky(0.5 * (a + a.T))
    return 2.0 * np.sum(np.log(np.diag(factor)))


@program(lambda rng: (spd(rng),))
def slogdet(a):
    sign, logdet = np.linalg.slogdet(a)
    return sign * logdet


@program(lambda rng: (spd(rng),))
def symmetric_eigenvalues(a):
    values = np.linalg.eigvalsh(0.5 * (a + a.T))
    return np.sum(np.sqrt(values)) * values[0]


@program(lambda rng: (spd(rng), rng.standard_normal(4)))
def matrix_function_by_eigh(a, v):
    values, vectors = np.linalg.eigh(0.5 * (a + a.T))
    return vectors @ (np.exp(-values) * (vectors.T @ v))


@program(lambda rng: (rng.standard_normal((4, 3)),))
def nuclear_norm(a):
    return np.sum(np.linalg.svd(a, compute_uv=False)) + np.linalg.norm(a)


@program(lambda rng: (rng.standard_normal((5, 3)), rng.standard_normal(5)))
def least_squares_normal_equations(a, b):
    return np.linalg.solve(a.T @ a, a.T @ b)


@program(lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal(4)))
def least_squares_by_qr(a, b):
    q, r = np.linalg.qr(a)
    return np.linalg.solve(r, q.T @ b)


@program(lambda rng: (dominant(rng) / 5.0, 3))
def matrix_power(a, n):
    return np.linalg.matrix_power(a, n) @ np.ones(4) + np.trace(a @ a)


@program(
    lambda rng: (rng.uniform(-1, 1, 5), 4.0 + rng.random(6), rng.uniform(-1, 1, 5), rng.standard_normal(6)),
    tags={"loop", "store"},
)
def thomas_algorithm(lower, diagonal, upper, rhs):
    n = diagonal.shape[0]
    c = np.zeros(n)
    d = np.zeros(n)
    c[0] = upper[0] / diagonal[0]
    d[0] = rhs[0] / diagonal[0]
    for i in range(1, n):
        pivot = diagonal[i] - lower[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = upper[i] / pivot
        d[i] = (rhs[i] - lower[i - 1] * d[i - 1]) / pivot
    x = np.zeros(n)
    x[n - 1] = d[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = d[i] - c[i] * x[i + 1]
    return x


@program(
    lambda rng: (rng.uniform(-1, 1, 5), 4.0 + rng.random(6), rng.uniform(-1, 1, 5), rng.standard_normal(6)),
    level=3,
    tags={"loop", "writes_argument"},
)
def thomas_in_place(lower, diagonal, upper, rhs):
    n = len(diagonal)
    for i in range(1, n):
        m = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= m * upper[i - 1]
        rhs[i] -= m * rhs[i - 1]
    rhs[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        rhs[i] = (rhs[i] - upper[i] * rhs[i + 1]) / diagonal[i]
    return rhs


@program(lambda rng: (spd(rng),), level=3, tags={"loop", "writes_argument"})
def cholesky_in_place(a):
    n = a.shape[0]
    for j in range(n):
        a[j, j] -= a[j, :j] @ a[j, :j]
        a[j, j] = np.sqrt(a[j, j])
        for i in range(j + 1, n):
            a[i, j] -= a[i, :j] @ a[j, :j]
            a[i, j] /= a[j, j]
    return np.tril(a)


@program(lambda rng: (spd(rng),), tags={"loop", "store"})
def cholesky_banachiewicz(a):
    n = a.shape[0]
    factor = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = 0.0
            for k in range(j):
                s = s + factor[i, k] * factor[j, k]
            if i == j:
                factor[i, i] = np.sqrt(a[i, i] - s)
            else:
                factor[i, j] = (a[i, j] - s) / factor[j, j]
    return factor


@program(lambda rng: (dominant(rng), rng.standard_normal(4)), level=3, tags={"loop", "in_place", "view"})
def gaussian_elimination_with_pivoting(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k:] -= m * a[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


@program(lambda rng: (dominant(rng),), level=3, tags={"loop", "in_place"})
def lu_determinant(a):
    u = a.copy()
    n = u.shape[0]
    determinant = 1.0
    for k in range(n):
        determinant *= u[k, k]
        u[k + 1 :, k] /= u[k, k]
        u[k + 1 :, k + 1 :] -= np.outer(u[k + 1 :, k], u[k, k + 1 :])
    return determinant


@program(lambda rng: (spd(rng), rng.standard_normal(4)), tags={"loop"})
def conjugate_gradient(a, b):
    x = np.zeros(4)
    r = b - a @ x
    p = r
    rs = r @ r
    for _ in range(3):
        ap = a @ p
        alpha = rs / (p @ ap)
        x = x + alpha * p
        r = r - alpha * ap
        new = r @ r
        p = r + (new / rs) * p
        rs = new
    return x


@program(lambda rng: (spd(rng), rng.standard_normal(4)), level=3, tags={"loop", "break"})
def steepest_descent_until_small(a, b):
    x = np.zeros_like(b)
    for _ in range(50):
        r = b - a @ x
        if np.sqrt(r @ r) < 1e-2:
            break
        x = x + (r @ r) / (r @ (a @ r)) * r
    return x


@program(lambda rng: (dominant(rng), rng.standard_normal(4)), tags={"loop", "store"})
def jacobi_iteration(a, b):
    x = np.zeros(4)
    for _ in range(4):
        new = np.zeros(4)
        for i in range(4):
            s = b[i]
            for j in range(4):
                if j != i:
                    s = s - a[i, j] * x[j]
            new[i] = s / a[i, i]
        x = new
    return x


@program(lambda rng: (dominant(rng), rng.standard_normal(4), 1.1), level=3, tags={"loop", "in_place"})
def sor_in_place(a, b, omega):
    x = np.zeros(4)
    for _ in range(3):
        for i in range(4):
            sigma = a[i] @ x - a[i, i] * x[i]
            x[i] += omega * ((b[i] - sigma) / a[i, i] - x[i])
    return x


@program(lambda rng: (spd(rng),), tags={"loop"})
def power_iteration(a):
    v = np.ones(4)
    for _ in range(12):
        v = a @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


@program(lambda rng: (rng.standard_normal((5, 3)),), level=3, tags={"loop", "in_place"})
def gram_schmidt(a):
    q = a.copy()
    for j in range(q.shape[1]):
        for k in range(j):
            q[:, j] -= (q[:, k] @ q[:, j]) * q[:, k]
        q[:, j] /= np.sqrt(q[:, j] @ q[:, j])
    return q


@program(lambda rng: (rng.standard_normal((4, 3)),), level=3, tags={"loop", "in_place"})
def householder_qr(a):
    r = a.copy()
    m, n = r.shape  # noqa: RUF059
    for k in range(n):
        v = r[k:, k].copy()
        v[0] += np.sign(v[0]) * np.sqrt(v @ v)
        r[k:, k:] -= 2.0 * np.outer(v, v @ r[k:, k:]) / (v @ v)
    return np.triu(r)[:n]


@program(lambda rng: (rng.uniform(0.1, 1.0, (4, 4)), 0.85), tags={"loop"})
def pagerank(links, damping):
    transition = links / links.sum(axis=0)
    rank = np.ones(4) / 4
    for _ in range(10):
        rank = damping * (transition @ rank) + (1.0 - damping) / 4
    return rank


@program(lambda rng: (dominant(rng) / 6.0,), tags={"loop"})
def matrix_exponential_series(a):
    result = np.eye(4)
    term = np.eye(4)
    for k in range(1, 9):
        term = term @ a / k
        result = result + term
    return result


@program(lambda rng: (dominant(rng),), tags={"loop"})
def newton_schulz_inverse(a):
    x = a.T / (np.sum(a**2))
    for _ in range(6):
        x = x @ (2.0 * np.eye(4) - a @ x)
    return x


@program(lambda rng: (rng.standard_normal((2, 2)) * 0.4, spd(rng, 2)), tags={"kron"})
def lyapunov_equation(a, q):
    n = a.shape[0]
    operator = np.eye(n * n) - np.kron(a, a)
    return np.linalg.solve(operator, q.reshape(-1)).reshape(n, n)


@program(lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal(3)), tags={"cross"})
def triple_products(a, v):
    return a[0] @ np.cross(a[1], a[2]) + np.sum(np.cross(a, v) ** 2)
