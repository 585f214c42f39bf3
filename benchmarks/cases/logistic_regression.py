"""Logistic regression with a quadratic penalty."""

import numpy as np

from benchmarks.case import Case, same_text

PENALTY = 1e-2


def primal(w, b, x, y):
    z = x @ w + b
    return np.mean(np.logaddexp(0, z) - y * z) + PENALTY / 2 * np.sum(w**2)


def inputs(size, rng):
    n, features = {"small": (100, 5), "medium": (1000, 20), "large": (10_000, 50)}[size]
    x = rng.normal(size=(n, features))
    w = rng.normal(size=features)
    return rng.normal(size=features), 0.1, x, (x @ w + rng.normal(size=n) > 0).astype(float)


def by_hand(w, b, x, y):
    z = x @ w + b
    value = np.mean(np.logaddexp(0, z) - y * z) + PENALTY / 2 * np.sum(w**2)
    z_bar = (1 / (1 + np.exp(-z)) - y) / len(y)
    return value, (z_bar @ x + PENALTY * w, np.sum(z_bar))


def in_torch():
    import torch

    def loss(w, b, x, y):
        z = x @ w + b
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y) + PENALTY / 2 * torch.sum(w**2)

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(w, b, x, y):
        z = tf.linalg.matvec(x, w) + b
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z)
        return tf.reduce_mean(losses) + PENALTY / 2 * tf.reduce_sum(w**2)

    return loss


CASE = Case(
    name="logistic_regression",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
