"""Whole programs as users write them, written apart from the rest of the tests: both modes, two orders."""

import math

import numpy as np
import pytest

import tapegen as tg

rng = np.random.default_rng(1)
G = 9.81


def pendulum(theta0, length, steps):
    theta, omega = theta0, 0.0
    dt = 0.01
    for _ in range(steps):
        omega -= G / length * math.sin(theta) * dt
        theta += omega * dt
    return theta


def mlp(params, x, y):
    h = x
    for i, (w, b) in enumerate(params):
        h = h @ w + b
        if i < len(params) - 1:
            h = np.maximum(h, 0.0)
    return 0.5 * np.mean((h - y) ** 2)


def conv1d(x, k):
    n, m = len(x), len(k)
    out = np.zeros(n - m + 1)
    for i in range(n - m + 1):
        out[i] = np.dot(x[i : i + m], k)
    return np.sum(out**2)


def newton(a, x0):
    x = x0
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def softmax_ce(logits, labels):
    z = logits - logits.max(axis=-1, keepdims=True)
    p = np.exp(z)
    p /= p.sum(axis=-1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


def gp(x, y, ls, noise):
    d = x[:, None] - x[None, :]
    K = np.exp(-0.5 * (d / ls) ** 2) + noise * np.eye(len(x))
    L = np.linalg.cholesky(K)
    a = np.linalg.solve(L, y)
    return 0.5 * a @ a + np.sum(np.log(np.diag(L)))


def kmeans_step(c, x):
    total = 0.0
    for p in x:
        best = np.inf
        for q in c:
            d = np.sum((p - q) ** 2)
            if d < best:
                best = d
        total += best
    return total


def wave(u0, c, n):
    u = u0.copy()
    v = u0.copy()
    for _ in range(n):
        w = 2 * u - v
        w[1:-1] += c**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        v, u = u, w
    return np.sum(u**2)


def lu_det(a):
    a = a.copy()
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(np.log(np.abs(np.diag(a))))


def poly(c, x):
    r = 0.0
    for ck in c[::-1]:
        r = r * x + ck
    return np.sum(r)


def attention(q, k, v):
    s = q @ k.T / np.sqrt(q.shape[-1])
    s = np.exp(s - s.max(axis=1, keepdims=True))
    s = s / s.sum(axis=1, keepdims=True)
    return np.sum((s @ v) ** 2)


def quat(q, v):
    w, x, y, z = q / np.linalg.norm(q)
    R = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    return (R @ v)[0]


def tri(a, b, c, d):
    n = len(d)
    cp = np.zeros(n)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return np.sum(x**2)


def hmm(A, B, pi, obs):
    alpha = pi * B[:, obs[0]]
    ll = 0.0
    for o in obs[1:]:
        s = alpha.sum()
        ll += np.log(s)
        alpha = (alpha / s) @ A * B[:, o]
    return ll + np.log(alpha.sum())


def option(s, k, r, sigma, t, n):
    dt = t / n
    u = np.exp(sigma * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    v = np.maximum(s * u ** np.arange(n, -n - 1, -2.0) - k, 0.0)
    for _ in range(n):
        v = np.exp(-r * dt) * (p * v[:-1] + (1 - p) * v[1:])
    return v[0]


def ema(x, a):
    out = [x[0]]
    for v in x[1:]:
        out.append(a * v + (1 - a) * out[-1])
    return np.sum(np.array(out) ** 2)


def fft2(x):
    n = len(x)
    if n == 1:
        return x * 1.0
    e = fft2(x[::2])
    o = fft2(x[1::2])
    w = np.cos(2 * np.pi * np.arange(n // 2) / n)
    return np.concatenate([e + w * o, e - w * o])


def fftloss(x):
    return np.sum(fft2(x) ** 3)


def early(x, t):
    for i in range(len(x)):
        if x[i] > t:
            return x[i] ** 2 * i
    return np.sum(x)


def nested(x):
    def g(y):
        return np.sin(y) * x[0]

    return sum(g(v) for v in x)


def dicts(p):
    return np.sum(p["w"] * p["b"][0]) + p["b"][1]


PROGRAMS = [
    (pendulum, (0.5, 1.2, 20), (0, 1)),
    (
        mlp,
        (
            [(rng.normal(size=(4, 5)), rng.normal(size=5)), (rng.normal(size=(5, 3)), rng.normal(size=3))],
            rng.normal(size=(7, 4)),
            rng.normal(size=(7, 3)),
        ),
        (0,),
    ),
    (conv1d, (rng.normal(size=12), rng.normal(size=3)), (0, 1)),
    (newton, (2.0, 1.0), (0,)),
    (softmax_ce, (rng.normal(size=(6, 4)), np.array([0, 1, 2, 3, 0, 1])), (0,)),
    (gp, (rng.normal(size=6), rng.normal(size=6), 0.7, 0.1), (0, 1, 2, 3)),
    (kmeans_step, (rng.normal(size=(3, 2)), rng.normal(size=(8, 2))), (0,)),
    (wave, (rng.normal(size=12), 0.3, 7), (0, 1)),
    (lu_det, (rng.normal(size=(4, 4)) + 4 * np.eye(4),), (0,)),
    (poly, (rng.normal(size=5), rng.normal(size=3)), (0, 1)),
    (attention, (rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))), (0, 1, 2)),
    (quat, (rng.normal(size=4), rng.normal(size=3)), (0, 1)),
    (tri, tuple(rng.normal(size=6) * 0.1 + (3 if i == 1 else 0) for i in range(4)), (0, 1, 2, 3)),
    (hmm, (rng.random((3, 3)), rng.random((3, 4)), rng.random(3), np.array([0, 1, 3, 2, 1])), (0, 1, 2)),
    (option, (100.0, 95.0, 0.05, 0.2, 1.0, 12), (0, 1, 2, 3, 4)),
    (ema, (rng.normal(size=9), 0.3), (0, 1)),
    (fftloss, (rng.normal(size=8),), (0,)),
    (early, (np.array([0.1, 0.2, 0.9, 0.3]), 0.5), (0,)),
    (nested, (rng.normal(size=4),), (0,)),
    (dicts, ({"w": rng.normal(size=3), "b": [2.0, 1.0]},), (0,)),
]

FIRST_ORDER_ONLY = {"quat", "ema", "fftloss"}  # refused at second order


@pytest.mark.parametrize(
    ("function", "args"), [(f, a) for f, a, _ in PROGRAMS], ids=[f.__name__ for f, _, _ in PROGRAMS]
)
def test_gradients(function, args):
    tg.check_grads(function, args, order=1 if function.__name__ in FIRST_ORDER_ONLY else 2)
