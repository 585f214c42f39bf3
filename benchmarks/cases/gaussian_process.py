"""Negative log marginal likelihood of a Gaussian process with a length scale for each dimension.

Source: Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, algorithm 2.1.
"""

import numpy as np

from benchmarks.case import Case, same_text


def primal(log_length, log_signal, log_noise, x, y):
    scaled = x / np.exp(log_length)
    distance2 = np.sum((scaled[:, None, :] - scaled[None, :, :]) ** 2, axis=2)
    covariance = np.exp(2 * log_signal - 0.5 * distance2) + np.exp(2 * log_noise) * np.eye(len(x))
    factor = np.linalg.cholesky(covariance)
    alpha = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(factor))) + 0.5 * len(x) * np.log(2 * np.pi)


def inputs(size, rng):
    n, d = {"small": (30, 2), "medium": (200, 3), "large": (600, 4)}[size]
    x = rng.normal(size=(n, d))
    return rng.normal(size=d) / 4, 0.1, -1.0, x, np.sin(2 * x[:, 0]) + 0.3 * rng.normal(size=n)


def by_hand(log_length, log_signal, log_noise, x, y):
    """Statement by statement; the adjoint of Cholesky's factor as in Murray (2016), arXiv:1602.07527, equation 10."""
    length = np.exp(log_length)
    scaled = x / length
    difference = scaled[:, None, :] - scaled[None, :, :]
    signal = np.exp(2 * log_signal - 0.5 * np.sum(difference**2, axis=2))
    noise = np.exp(2 * log_noise)
    factor = np.linalg.cholesky(signal + noise * np.eye(len(x)))
    white = np.linalg.solve(factor, y)
    alpha = np.linalg.solve(factor.T, white)
    diagonal = np.diagonal(factor)
    value = 0.5 * y @ alpha + np.sum(np.log(diagonal)) + 0.5 * len(x) * np.log(2 * np.pi)

    white_bar = np.linalg.solve(factor, 0.5 * y)
    factor_bar = -np.outer(alpha, white_bar) - np.outer(np.linalg.solve(factor.T, white_bar), white)
    factor_bar[np.diag_indices(len(x))] += 1 / diagonal
    inner = np.tril(factor.T @ np.tril(factor_bar))
    inner[np.diag_indices(len(x))] *= 0.5
    half = np.linalg.solve(factor.T, inner)
    covariance_bar = np.linalg.solve(factor.T, half.T)
    covariance_bar = 0.5 * (covariance_bar + covariance_bar.T)
    return value, _finish(covariance_bar, signal, difference, noise)


def tuned(log_length, log_signal, log_noise, x, y):
    """The closed form: the covariance's cotangent is half of its inverse minus alpha alpha^T (ibid., equation 5.9)."""
    length = np.exp(log_length)
    scaled = x / length
    difference = scaled[:, None, :] - scaled[None, :, :]
    signal = np.exp(2 * log_signal - 0.5 * np.sum(difference**2, axis=2))
    noise = np.exp(2 * log_noise)
    covariance = signal + noise * np.eye(len(x))
    factor = np.linalg.cholesky(covariance)
    inverse = np.linalg.inv(covariance)
    alpha = inverse @ y
    value = 0.5 * y @ alpha + np.sum(np.log(np.diag(factor))) + 0.5 * len(x) * np.log(2 * np.pi)
    return value, _finish(0.5 * (inverse - np.outer(alpha, alpha)), signal, difference, noise)


def _finish(covariance_bar, signal, difference, noise):
    exponent_bar = covariance_bar * signal
    return (
        np.einsum("ab,abk,abk->k", exponent_bar, difference, difference),
        2 * np.sum(exponent_bar),
        2 * noise * np.trace(covariance_bar),
    )


def in_torch():
    import torch

    def loss(log_length, log_signal, log_noise, x, y):
        scaled = x / torch.exp(log_length)
        distance2 = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(2)
        noise = torch.exp(2 * log_noise) * torch.eye(len(x), dtype=x.dtype)
        factor = torch.linalg.cholesky(torch.exp(2 * log_signal - 0.5 * distance2) + noise)
        alpha = torch.cholesky_solve(y[:, None], factor)[:, 0]
        return 0.5 * y @ alpha + torch.log(torch.diagonal(factor)).sum() + 0.5 * len(x) * np.log(2 * np.pi)

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(log_length, log_signal, log_noise, x, y):
        scaled = x / tf.exp(log_length)
        distance2 = tf.reduce_sum((scaled[:, None, :] - scaled[None, :, :]) ** 2, 2)
        noise = tf.exp(2 * log_noise) * tf.eye(len(x), dtype=x.dtype)
        factor = tf.linalg.cholesky(tf.exp(2 * log_signal - 0.5 * distance2) + noise)
        alpha = tf.linalg.cholesky_solve(factor, y[:, None])[:, 0]
        log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)))
        return 0.5 * tf.tensordot(y, alpha, 1) + log_det + 0.5 * len(x) * np.log(2 * np.pi)

    return loss


CASE = Case(
    name="gaussian_process",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1, 2),
    inputs=inputs,
    by_hand=by_hand,
    tuned=tuned,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
