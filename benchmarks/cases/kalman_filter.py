"""Negative log-likelihood of a linear Gaussian state-space model by the Kalman filter."""

import numpy as np

from benchmarks.case import Case, with_numpy


def primal(transition, observe, log_q, log_r, y):
    """`log_q` and `log_r` are the logarithms of the diagonal noise covariances of state and observation."""
    q = np.diag(np.exp(log_q))
    r = np.diag(np.exp(log_r))
    mean = np.zeros(len(log_q))
    covariance = np.eye(len(log_q))
    total = 0.0
    for t in range(len(y)):
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + q
        innovation = y[t] - observe @ mean
        projected = observe @ covariance
        s = projected @ observe.T + r
        gain = np.linalg.solve(s, projected).T
        total += 0.5 * (innovation @ np.linalg.solve(s, innovation) + np.linalg.slogdet(s)[1])
        mean = mean + gain @ innovation
        covariance = covariance - gain @ projected
    return total


def inputs(size, rng):
    steps, states, observed = {"small": (20, 2, 1), "medium": (200, 4, 2), "large": (500, 32, 16)}[size]
    return (
        0.9 * np.linalg.qr(rng.normal(size=(states, states)))[0],
        rng.normal(size=(observed, states)),
        np.full(states, -1.0),
        np.full(observed, -2.0),
        rng.normal(size=(steps, observed)),
    )


def by_hand(transition, observe, log_q, log_r, y):
    q_diagonal, r_diagonal = np.exp(log_q), np.exp(log_r)
    q, r = np.diag(q_diagonal), np.diag(r_diagonal)
    mean = np.zeros(len(log_q))
    covariance = np.eye(len(log_q))
    total = 0.0
    kept = []
    for t in range(len(y)):
        prior_mean, prior_covariance = mean, covariance
        mean = transition @ mean
        covariance = transition @ covariance @ transition.T + q
        innovation = y[t] - observe @ mean
        projected = observe @ covariance
        s = projected @ observe.T + r
        s_inverse = np.linalg.inv(s)
        gain = (s_inverse @ projected).T
        weighted = s_inverse @ innovation
        total += 0.5 * (innovation @ weighted + np.linalg.slogdet(s)[1])
        kept.append(
            (prior_mean, prior_covariance, mean, covariance, innovation, projected, s_inverse, gain, weighted)
        )
        mean = mean + gain @ innovation
        covariance = covariance - gain @ projected

    transition_bar = np.zeros_like(transition)
    observe_bar = np.zeros_like(observe)
    q_bar = np.zeros_like(q)
    r_bar = np.zeros_like(r)
    mean_bar = np.zeros_like(mean)
    covariance_bar = np.zeros_like(covariance)
    for (
        prior_mean, prior_covariance, mean, covariance, innovation, projected, s_inverse, gain, weighted,
    ) in reversed(kept):  # fmt: skip
        gain_bar = np.outer(mean_bar, innovation) - covariance_bar @ projected.T
        innovation_bar = weighted + gain.T @ mean_bar
        solved_bar = s_inverse @ gain_bar.T  # s is symmetric
        s_bar = 0.5 * (s_inverse - np.outer(weighted, weighted)) - solved_bar @ gain
        projected_bar = solved_bar - gain.T @ covariance_bar + s_bar @ observe
        r_bar += s_bar
        observe_bar += s_bar.T @ projected + projected_bar @ covariance.T - np.outer(innovation_bar, mean)
        covariance_bar = covariance_bar + observe.T @ projected_bar
        mean_bar = mean_bar - observe.T @ innovation_bar
        q_bar += covariance_bar
        transition_bar += (
            covariance_bar @ transition @ prior_covariance.T
            + covariance_bar.T @ transition @ prior_covariance
            + np.outer(mean_bar, prior_mean)
        )
        covariance_bar = transition.T @ covariance_bar @ transition
        mean_bar = transition.T @ mean_bar
    return total, (
        transition_bar,
        observe_bar,
        np.diagonal(q_bar) * q_diagonal,
        np.diagonal(r_bar) * r_diagonal,
    )


def in_autograd():
    import autograd.numpy

    return with_numpy(primal, autograd.numpy)


def in_jax():
    import jax.numpy as jnp
    from jax import lax

    def loss(transition, observe, log_q, log_r, y):
        q, r = jnp.diag(jnp.exp(log_q)), jnp.diag(jnp.exp(log_r))

        def step(state, y_now):
            mean, covariance = state
            mean = transition @ mean
            covariance = transition @ covariance @ transition.T + q
            innovation = y_now - observe @ mean
            projected = observe @ covariance
            s = projected @ observe.T + r
            gain = jnp.linalg.solve(s, projected).T
            term = 0.5 * (innovation @ jnp.linalg.solve(s, innovation) + jnp.linalg.slogdet(s)[1])
            return (mean + gain @ innovation, covariance - gain @ projected), term

        _, terms = lax.scan(step, (jnp.zeros(len(log_q)), jnp.eye(len(log_q))), y)
        return jnp.sum(terms)

    return loss


def in_torch():
    import torch

    def loss(transition, observe, log_q, log_r, y):
        q, r = torch.diag(torch.exp(log_q)), torch.diag(torch.exp(log_r))
        mean = torch.zeros(len(log_q), dtype=y.dtype)
        covariance = torch.eye(len(log_q), dtype=y.dtype)
        total = 0.0
        for y_now in y:
            mean = transition @ mean
            covariance = transition @ covariance @ transition.T + q
            innovation = y_now - observe @ mean
            projected = observe @ covariance
            s = projected @ observe.T + r
            gain = torch.linalg.solve(s, projected).T
            fit = innovation @ torch.linalg.solve(s, innovation)
            total = total + 0.5 * (fit + torch.linalg.slogdet(s)[1])
            mean = mean + gain @ innovation
            covariance = covariance - gain @ projected
        return total

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(transition, observe, log_q, log_r, y):
        q, r = tf.linalg.diag(tf.exp(log_q)), tf.linalg.diag(tf.exp(log_r))
        mean = tf.zeros((len(log_q), 1), dtype=y.dtype)
        covariance = tf.eye(len(log_q), dtype=y.dtype)
        total = 0.0
        for t in range(len(y)):
            mean = transition @ mean
            covariance = transition @ covariance @ tf.transpose(transition) + q
            innovation = y[t][:, None] - observe @ mean
            projected = observe @ covariance
            s = projected @ tf.transpose(observe) + r
            gain = tf.transpose(tf.linalg.solve(s, projected))
            fit = tf.reduce_sum(innovation * tf.linalg.solve(s, innovation))
            total = total + 0.5 * (fit + tf.linalg.slogdet(s)[1])
            mean = mean + gain @ innovation
            covariance = covariance - gain @ projected
        return total

    return loss


CASE = Case(
    name="kalman_filter",
    kind="loop",
    primal=primal,
    argnums=(0, 1, 2, 3),
    inputs=inputs,
    by_hand=by_hand,
    peers={"autograd": in_autograd, "jax": in_jax, "torch": in_torch, "tensorflow": in_tensorflow},
)
