"""State estimation and sequence models: Kalman, hidden Markov, particles, digital filters, alignment."""

import numpy as np

from .registry import program


@program(
    lambda rng: (np.array([[1.0, 0.1], [0.0, 1.0]]), 0.1 * np.eye(2), 0.5, rng.standard_normal(6)),
    tags={"loop"},
)
def kalman_log_likelihood(transition, process, noise, observations):
    h = np.array([1.0, 0.0])
    mean = np.zeros(2)
    covariance = np.eye(2)
    total = 0.0
    for z in observations:
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + process
        innovation = z - h @ mean
        s = h @ covariance @ h + noise
        gain = covariance @ h / s
        mean = mean + gain * innovation
        covariance = covariance - np.outer(gain, h @ covariance)
        total = total - 0.5 * (np.log(2.0 * np.pi * s) + innovation**2 / s)
    return total


@program(
    lambda rng: (rng.standard_normal((5, 2)), rng.standard_normal((2, 2)) * 0.5, 0.3), tags={"loop", "store"}
)
def kalman_filter_means(observations, a, r):
    n = observations.shape[0]
    means = np.zeros((n, 2))
    x = np.zeros(2)
    p = np.eye(2)
    for t in range(n):
        x = a @ x
        p = a @ p @ a.T + 0.1 * np.eye(2)
        k = np.linalg.solve((p + r * np.eye(2)).T, p.T).T
        x = x + k @ (observations[t] - x)
        p = (np.eye(2) - k) @ p
        means[t] = x
    return means


@program(lambda rng: (rng.standard_normal(8), 0.1, 0.5), level=3, tags={"loop", "list"})
def rts_smoother(y, q, r):
    m, p = 0.0, 1.0
    filtered = []
    for value in y:
        p_pred = p + q
        k = p_pred / (p_pred + r)
        m = m + k * (value - m)
        p = (1.0 - k) * p_pred
        filtered.append((m, p))
    smooth = [filtered[-1][0]]
    for m, p in reversed(filtered[:-1]):
        gain = p / (p + q)
        smooth.append(m + gain * (smooth[-1] - m))
    return np.array(smooth[::-1])


@program(
    lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal((3, 4)), np.array([0, 2, 1, 3, 0])),
    tags={"loop"},
)
def hmm_forward_log(transition_logits, emission_logits, symbols):
    transition = np.exp(transition_logits)
    transition = transition / transition.sum(axis=1, keepdims=True)
    emission = np.exp(emission_logits)
    emission = emission / emission.sum(axis=1, keepdims=True)
    alpha = np.ones(3) / 3 * emission[:, symbols[0]]
    total = 0.0
    for symbol in symbols[1:]:
        alpha = (alpha @ transition) * emission[:, symbol]
        scale = alpha.sum()
        total = total + np.log(scale)
        alpha = alpha / scale
    return total


@program(lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal((5, 3))), tags={"loop", "store"})
def crf_partition(transitions, scores):
    n, k = scores.shape
    forward = np.zeros((n, k))
    forward[0] = scores[0]
    for t in range(1, n):
        for j in range(k):
            paths = forward[t - 1] + transitions[:, j]
            m = np.max(paths)
            forward[t, j] = scores[t, j] + m + np.log(np.sum(np.exp(paths - m)))
    m = np.max(forward[-1])
    return m + np.log(np.sum(np.exp(forward[-1] - m)))


@program(lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal((3, 3))), level=3, tags={"loop"})
def viterbi_score(scores, transitions):
    best = scores[0]
    for t in range(1, len(scores)):
        candidates = best[:, None] + transitions
        best = candidates.max(axis=0) + scores[t]
    return best.max()


@program(lambda rng: (rng.standard_normal((4, 2)), rng.standard_normal((5, 2)), 0.7), tags={"loop", "store"})
def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)
    cost = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            cost[i, j] = np.sum((x[i] - y[j]) ** 2)
    r = np.full((n + 1, m + 1), 1e3)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            z = np.array([r[i - 1, j - 1], r[i - 1, j], r[i, j - 1]]) / -gamma
            top = np.max(z)
            r[i, j] = cost[i - 1, j - 1] - gamma * (top + np.log(np.sum(np.exp(z - top))))
    return r[n, m]


@program(lambda rng: (rng.standard_normal(8), 0.6), tags={"loop", "store"})
def first_order_lowpass(x, a):
    y = np.zeros_like(x)
    y[0] = (1.0 - a) * x[0]
    for n in range(1, len(x)):
        y[n] = a * y[n - 1] + (1.0 - a) * x[n]
    return y


@program(
    lambda rng: (rng.standard_normal(8), np.array([0.3, 0.2, 0.1]), np.array([-0.4, 0.2])),
    level=3,
    tags={"loop", "store"},
)
def biquad_direct_form(x, b, a):
    y = np.empty(len(x))
    z1 = z2 = 0.0
    for n, v in enumerate(x):
        out = b[0] * v + z1
        z1 = b[1] * v - a[0] * out + z2
        z2 = b[2] * v - a[1] * out
        y[n] = out
    return y


@program(lambda rng: (rng.standard_normal(6), rng.standard_normal(6), 0.1), tags={"loop"})
def lms_adaptive_filter(x, d, mu):
    w = np.zeros(3)
    total = 0.0
    for n in range(2, 6):
        window = x[n - 2 : n + 1]
        error = d[n] - w @ window
        w = w + mu * error * window
        total = total + error**2
    return total


@program(lambda rng: (rng.standard_normal((4, 5)), rng.standard_normal(4), 0.3), tags={"loop"})
def particle_filter_log_likelihood(noise, observations, sigma):
    particles = np.zeros(5)
    total = 0.0
    for t in range(4):
        particles = 0.9 * particles + sigma * noise[t]
        log_weights = -0.5 * (observations[t] - particles) ** 2 / 0.5
        top = np.max(log_weights)
        weights = np.exp(log_weights - top)
        total = total + top + np.log(np.mean(weights))
        particles = particles + 0.1 * (np.sum(weights * particles) / np.sum(weights) - particles)
    return total


@program(lambda rng: (0.5, 0.1, 0.8, rng.standard_normal(8)), tags={"loop"})
def garch_log_likelihood(omega, alpha, beta, returns):
    variance = omega / (1.0 - alpha - beta + 0.2)
    total = 0.0
    for r in returns:
        total = total - 0.5 * (np.log(variance) + r**2 / variance)
        variance = omega + alpha * r**2 + beta * variance
    return total


@program(lambda rng: (rng.uniform(1.0, 2.0, 8), 0.3, 0.2, 0.1), level=3, tags={"loop", "list"})
def holt_winters(y, alpha, beta, gamma):
    level, trend = y[0], y[1] - y[0]
    season = [v - level for v in y[:2]]
    errors = []
    for t in range(2, len(y)):
        s = season[t % 2]
        errors.append(y[t] - (level + trend + s))
        old = level
        level = alpha * (y[t] - s) + (1.0 - alpha) * (level + trend)
        trend = beta * (level - old) + (1.0 - beta) * trend
        season[t % 2] = gamma * (y[t] - level) + (1.0 - gamma) * s
    return np.sum(np.array(errors) ** 2)


@program(lambda rng: (rng.standard_normal((3, 2)), rng.standard_normal((4, 2)), 0.5), tags={"loop", "store"})
def smith_waterman_soft(x, y, gap):
    score = np.zeros((4, 5))
    for i in range(1, 4):
        for j in range(1, 5):
            match = score[i - 1, j - 1] + np.tanh(x[i - 1] @ y[j - 1])
            delete = score[i - 1, j] - gap
            insert = score[i, j - 1] - gap
            score[i, j] = np.log(1.0 + np.exp(match) + np.exp(delete) + np.exp(insert))
    return np.sum(score)
