"""Negative log-likelihood of a mixture of Gaussians, by their precision factors.

Source: the objective of Srajer, Kukelova and Fitzgibbon (2018), A benchmark of selected algorithmic differentiation
tools, without the Wishart prior.
"""

import numpy as np

from benchmarks.case import Case, same_text


def primal(weight, mean, log_scale, lower, x):
    """Component k has log-weight `weight[k]` (not normalised) and precision q q^T, q lower triangular."""
    q = np.tril(lower, -1) + np.exp(log_scale)[:, :, None] * np.eye(x.shape[1])
    z = (x - mean[:, None, :]) @ np.swapaxes(q, 1, 2)
    score = (weight + np.sum(log_scale, axis=1))[:, None] - 0.5 * np.sum(z**2, axis=2)
    top = np.max(score, axis=0)
    log_density = np.log(np.sum(np.exp(score - top), axis=0)) + top
    return len(x) * np.log(np.sum(np.exp(weight))) - np.sum(log_density)


def inputs(size, rng):
    n, d, components = {"small": (100, 2, 3), "medium": (1000, 10, 5), "large": (10_000, 20, 10)}[size]
    return (
        rng.normal(size=components),
        rng.normal(size=(components, d)),
        rng.normal(size=(components, d)) / 4,
        rng.normal(size=(components, d, d)) / 4,
        rng.normal(size=(n, d)),
    )


def by_hand(weight, mean, log_scale, lower, x):
    scale = np.exp(log_scale)
    q = np.tril(lower, -1) + scale[:, :, None] * np.eye(x.shape[1])
    difference = x - mean[:, None, :]
    z = difference @ np.swapaxes(q, 1, 2)
    score = (weight + np.sum(log_scale, axis=1))[:, None] - 0.5 * np.sum(z**2, axis=2)
    top = np.max(score, axis=0)
    power = np.exp(score - top)
    total = np.sum(power, axis=0)
    prior = np.exp(weight)
    prior_total = np.sum(prior)
    value = len(x) * np.log(prior_total) - np.sum(np.log(total) + top)

    share = power / total  # of component k in point n: minus the cotangent of score
    shares = np.sum(share, axis=1)
    z_bar = share[:, :, None] * z
    q_bar = np.swapaxes(z_bar, 1, 2) @ difference
    return value, (
        len(x) / prior_total * prior - shares,
        -np.sum(z_bar @ q, axis=1),
        np.diagonal(q_bar, axis1=1, axis2=2) * scale - shares[:, None],
        np.tril(q_bar, -1),
    )


def in_torch():
    import torch

    def loss(weight, mean, log_scale, lower, x):
        q = torch.tril(lower, -1) + torch.diag_embed(torch.exp(log_scale))
        z = (x - mean[:, None, :]) @ q.mT
        score = (weight + log_scale.sum(1))[:, None] - 0.5 * (z**2).sum(2)
        return len(x) * torch.logsumexp(weight, 0) - torch.logsumexp(score, 0).sum()

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(weight, mean, log_scale, lower, x):
        q = tf.linalg.set_diag(tf.linalg.band_part(lower, -1, 0), tf.exp(log_scale))
        z = (x - mean[:, None, :]) @ tf.linalg.matrix_transpose(q)
        score = (weight + tf.reduce_sum(log_scale, 1))[:, None] - 0.5 * tf.reduce_sum(z**2, 2)
        return len(x) * tf.reduce_logsumexp(weight) - tf.reduce_sum(tf.reduce_logsumexp(score, 0))

    return loss


CASE = Case(
    name="gaussian_mixture",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1, 2, 3),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
