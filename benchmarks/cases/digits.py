"""The network of examples/digits.py: a tanh layer, and softmax cross-entropy in log-sum-exp form."""

import numpy as np

from benchmarks.case import Case, same_text


def primal(w1, b1, w2, b2, x, digit):
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    top = np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(scores - top), axis=1)) + top[:, 0]
    right = scores[np.arange(len(digit)), digit]
    return np.mean(log_sum - right)


def inputs(size, rng):
    images, hidden = {"small": (64, 64), "medium": (256, 256), "large": (1797, 512)}[size]
    return (
        rng.normal(size=(64, hidden)) / 8,
        rng.normal(size=hidden) / 8,
        rng.normal(size=(hidden, 10)) / np.sqrt(hidden),
        rng.normal(size=10) / 8,
        rng.integers(0, 17, size=(images, 64)) / 16,
        rng.integers(0, 10, size=images),
    )


def by_hand(w1, b1, w2, b2, x, digit):
    n = len(digit)
    rows = np.arange(n)
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    scores -= np.max(scores, axis=1, keepdims=True)
    powers = np.exp(scores)
    total = np.sum(powers, axis=1)
    value = np.mean(np.log(total) - scores[rows, digit])

    scores_bar = powers / total[:, None]
    scores_bar[rows, digit] -= 1
    scores_bar /= n
    hidden_bar = scores_bar @ w2.T * (1 - hidden**2)
    return value, (
        x.T @ hidden_bar,
        np.sum(hidden_bar, axis=0),
        hidden.T @ scores_bar,
        np.sum(scores_bar, axis=0),
    )


def in_torch():
    import torch

    def loss(w1, b1, w2, b2, x, digit):
        hidden = torch.tanh(x @ w1 + b1)
        return torch.nn.functional.cross_entropy(hidden @ w2 + b2, digit)

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(w1, b1, w2, b2, x, digit):
        scores = tf.tanh(x @ w1 + b1) @ w2 + b2
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(digit, scores))

    return loss


CASE = Case(
    name="digits",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1, 2, 3),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
