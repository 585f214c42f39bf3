"""Likelihoods, mixtures, regressions, Gaussian processes, variational bounds."""

import math

import numpy as np

from .registry import program


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def normal_log_density(x, mean, deviation):
    z = (x - mean) / deviation
    return -0.5 * z**2 - np.log(deviation) - 0.5 * np.log(2.0 * np.pi)


@program(lambda rng: (rng.standard_normal(6), 0.3, 1.4))
def gaussian_likelihood(x, mean, deviation):
    return np.sum(normal_log_density(x, mean, deviation))


@program(
    lambda rng: (
        rng.standard_normal(6),
        rng.standard_normal(3),
        rng.standard_normal(3),
        rng.uniform(0.5, 1.5, 3),
    ),
    tags={"loop"},
)
def mixture_likelihood(x, logits, means, deviations):
    log_weights = logits - log_sum_exp(logits)
    total = 0.0
    for v in x:
        total = total + log_sum_exp(log_weights + normal_log_density(v, means, deviations))
    return total


@program(lambda rng: (rng.standard_normal((5, 2)), rng.standard_normal((3, 2)), rng.standard_normal(3)))
def mixture_vectorised(x, means, logits):
    squared = np.sum((x[:, None, :] - means[None, :, :]) ** 2, axis=-1)
    scores = logits - 0.5 * squared
    m = scores.max(axis=1, keepdims=True)
    return np.sum(m[:, 0] + np.log(np.sum(np.exp(scores - m), axis=1)))


@program(
    lambda rng: (
        rng.standard_normal((6, 3)),
        rng.standard_normal(3),
        np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
    )
)
def logistic_regression(x, w, y):
    logits = x @ w
    return np.mean(np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0.0) - logits * y) + 0.01 * w @ w


@program(lambda rng: (rng.standard_normal((6, 3)), rng.standard_normal((3, 4)), np.array([0, 3, 1, 2, 2, 0])))
def multinomial_regression(x, w, labels):
    logits = x @ w
    top = np.max(logits, axis=1, keepdims=True)
    log_probability = logits - top - np.log(np.sum(np.exp(logits - top), axis=1, keepdims=True))
    return -np.mean(log_probability[np.arange(6), labels])


@program(lambda rng: (rng.standard_normal((6, 2)), rng.standard_normal(2), rng.poisson(2.0, 6).astype(float)))
def poisson_regression(x, w, counts):
    eta = x @ w
    return np.sum(np.exp(eta) - counts * eta)


@program(lambda rng: (rng.standard_normal((5, 2)), rng.standard_normal(5), np.array([0.1, -0.2, -1.0])))
def gaussian_process_likelihood(x, y, log_parameters):
    length, amplitude, noise = np.exp(log_parameters)
    distances = np.sum((x[:, None] - x[None, :]) ** 2, axis=-1)
    k = amplitude**2 * np.exp(-0.5 * distances / length**2) + (noise**2 + 1e-6) * np.eye(5)
    factor = np.linalg.cholesky(k)
    alpha = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
    return -0.5 * y @ alpha - np.sum(np.log(np.diag(factor))) - 2.5 * np.log(2.0 * np.pi)


@program(
    lambda rng: (rng.standard_normal(4), rng.standard_normal(4), rng.standard_normal(2), 0.6),
    tags={"loop", "store"},
)
def gaussian_process_mean(x, y, new, length):
    k = np.zeros((4, 4))
    cross = np.zeros((2, 4))
    for i in range(4):
        for j in range(4):
            k[i, j] = np.exp(-0.5 * ((x[i] - x[j]) / length) ** 2)
        k[i, i] += 0.1
        for j in range(2):
            cross[j, i] = np.exp(-0.5 * ((new[j] - x[i]) / length) ** 2)
    return cross @ np.linalg.solve(k, y)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal((3, 3)), rng.standard_normal(3)))
def multivariate_normal(x, a, mean):
    covariance = a @ a.T + np.eye(3)
    d = x - mean
    sign, logdet = np.linalg.slogdet(covariance)  # noqa: RUF059
    return -0.5 * (d @ np.linalg.solve(covariance, d) + logdet + 3 * np.log(2.0 * np.pi))


@program(
    lambda rng: (rng.standard_normal(3), rng.standard_normal(3), rng.standard_normal((4, 3))), tags={"loop"}
)
def variational_bound(mean, log_deviation, noise):
    total = 0.0
    for e in noise:
        z = mean + np.exp(log_deviation) * e
        joint = -0.5 * np.sum(z**2) - np.sum(np.log(1.0 + np.exp(-z)))
        total = total + joint
    return total / 4 + np.sum(log_deviation)


@program(
    lambda rng: (
        rng.standard_normal(4),
        rng.uniform(0.3, 1.0, 4),
        rng.standard_normal(4),
        rng.uniform(0.3, 1.0, 4),
    )
)
def kl_of_gaussians(m1, s1, m2, s2):
    return np.sum(np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2.0 * s2**2) - 0.5)


@program(lambda rng: (rng.uniform(0.1, 1.0, 4), rng.uniform(0.1, 1.0, 4)))
def divergences(p, q):
    p = p / p.sum()
    q = q / q.sum()
    m = 0.5 * (p + q)
    return 0.5 * np.sum(p * np.log(p / m)) + 0.5 * np.sum(q * np.log(q / m)) - np.sum(np.sqrt(p * q))


@program(lambda rng: (rng.standard_normal(8), rng.standard_normal(8)))
def pearson_correlation(x, y):
    a = x - x.mean()
    b = y - y.mean()
    return np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))


@program(lambda rng: (rng.standard_normal(8),))
def skewness_and_kurtosis(x):
    z = (x - np.mean(x)) / np.std(x)
    return np.mean(z**3) + np.mean(z**4) - 3.0 + np.var(x, ddof=1)


@program(lambda rng: (rng.standard_normal(8),), tags={"loop"})
def welford_variance(x):
    mean = 0.0
    m2 = 0.0
    count = 0
    for v in x:
        count += 1
        delta = v - mean
        mean = mean + delta / count
        m2 = m2 + delta * (v - mean)
    return m2 / (count - 1)


@program(lambda rng: (rng.standard_normal(6), 0.7), level=3, tags={"comprehension"})
def kernel_density(x, bandwidth):
    def density(t):
        return sum(math.exp(-0.5 * ((t - v) / bandwidth) ** 2) for v in x) / (
            len(x) * bandwidth * math.sqrt(2.0 * math.pi)
        )

    return [density(t) for t in (-1.0, 0.0, 1.0)]


@program(lambda rng: (rng.standard_normal((6, 2)), rng.standard_normal((2, 2))), tags={"loop"})
def em_step(x, means):
    distances = np.sum((x[:, None, :] - means) ** 2, axis=2)
    weights = np.exp(-0.5 * distances)
    weights = weights / weights.sum(axis=1, keepdims=True)
    new = np.zeros((2, 2))
    for k in range(2):
        new[k] = weights[:, k] @ x / weights[:, k].sum()
    return new


@program(
    lambda rng: (rng.standard_normal((6, 2)), rng.standard_normal((2, 2))), level=3, tags={"loop", "in_place"}
)
def k_means_step(x, centres):
    assignment = np.argmin(((x[:, None, :] - centres) ** 2).sum(axis=2), axis=1)
    new = np.zeros_like(centres)
    for k in range(len(centres)):
        members = x[assignment == k]
        if len(members) > 0:
            new[k] = members.mean(axis=0)
        else:
            new[k] = centres[k]
    new += 0.1 * centres
    return new


@program(lambda rng: (rng.standard_normal((6, 2)), rng.standard_normal(6), np.zeros(2)), tags={"loop"})
def iteratively_reweighted_least_squares(x, y, w):
    for _ in range(3):
        residual = y - x @ w
        weights = 1.0 / np.sqrt(residual**2 + 0.1)
        w = np.linalg.solve(x.T @ (weights[:, None] * x), x.T @ (weights * y))
    return w


@program(
    lambda rng: (
        rng.uniform(0.5, 2.0, 6),
        np.array([1, 0, 1, 1, 0, 1]),
        rng.standard_normal((6, 2)),
        rng.standard_normal(2),
    ),
    tags={"loop"},
)
def cox_partial_likelihood(times, events, x, w):
    score = x @ w
    order = np.argsort(-times)
    total = 0.0
    risk = 0.0
    for i in order:
        risk = risk + np.exp(score[i])
        if events[i] == 1:
            total = total + score[i] - np.log(risk)
    return total


@program(lambda rng: (rng.standard_normal((4, 4)), 0.5), tags={"loop"})
def sinkhorn(cost, epsilon):
    k = np.exp(-cost / epsilon)
    u = np.ones(4)
    for _ in range(6):
        v = 0.25 / (k.T @ u)
        u = 0.25 / (k @ v)
    return np.sum(u[:, None] * k * v[None, :] * cost)


@program(lambda rng: (rng.standard_normal(4), 0.1, rng.standard_normal(4)), tags={"loop"})
def hamiltonian_trajectory(q, h, p):
    def_mass = 1.3
    for _ in range(5):
        p = p - 0.5 * h * (q + q**3)
        q = q + h * p / def_mass
        p = p - 0.5 * h * (q + q**3)
    return 0.5 * p @ p / def_mass + np.sum(0.5 * q**2 + 0.25 * q**4) + q[0]
