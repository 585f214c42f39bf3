"""Price of a European call by Monte Carlo in the Black-Scholes model, and its five Greeks path by path."""

import numpy as np

from benchmarks.case import Case, same_text


def primal(spot, strike, rate, volatility, maturity, z):
    drift = (rate - 0.5 * volatility**2) * maturity
    final = spot * np.exp(drift + volatility * np.sqrt(maturity) * z)
    payoff = np.maximum(final - strike, 0)
    return np.exp(-rate * maturity) * np.mean(payoff)


def inputs(size, rng):
    paths = {"small": 1000, "medium": 100_000, "large": 1_000_000}[size]
    return 100.0, 105.0, 0.03, 0.2, 1.5, rng.normal(size=paths)


def by_hand(spot, strike, rate, volatility, maturity, z):
    root = np.sqrt(maturity)
    drift = rate - 0.5 * volatility**2
    final = spot * np.exp(drift * maturity + volatility * root * z)
    discount = np.exp(-rate * maturity)
    gain = final - strike
    value = discount * np.mean(np.maximum(gain, 0))

    exercised = gain > 0
    paid = exercised * final
    mean = discount * np.sum(paid) / len(z)
    moment = discount * (paid @ z) / len(z)
    return value, (
        mean / spot,
        -discount * np.count_nonzero(exercised) / len(z),
        maturity * (mean - value),
        root * moment - volatility * maturity * mean,
        drift * mean + volatility / (2 * root) * moment - rate * value,
    )


def in_torch():
    import torch

    def loss(spot, strike, rate, volatility, maturity, z):
        drift = (rate - 0.5 * volatility**2) * maturity
        final = spot * torch.exp(drift + volatility * torch.sqrt(maturity) * z)
        return torch.exp(-rate * maturity) * torch.relu(final - strike).mean()

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(spot, strike, rate, volatility, maturity, z):
        drift = (rate - 0.5 * volatility**2) * maturity
        final = spot * tf.exp(drift + volatility * tf.sqrt(maturity) * z)
        return tf.exp(-rate * maturity) * tf.reduce_mean(tf.nn.relu(final - strike))

    return loss


CASE = Case(
    name="black_scholes",
    kind="vectorised",
    primal=primal,
    argnums=(0, 1, 2, 3, 4),
    inputs=inputs,
    by_hand=by_hand,
    peers={**same_text(primal), "torch": in_torch, "tensorflow": in_tensorflow},
)
