"""A function of fifty lines, as in a modelling script: its first gradient costs the time to transform it."""

import numpy as np

X = np.linspace(0.1, 1.0, 12)


def loss(x):
    """Log-posterior of an invented cell model; every line depends on the parameters."""
    growth = np.exp(x[0])
    decay = np.exp(x[1])
    capacity = 1 + x[2] ** 2
    affinity = np.exp(-x[3])
    leak = 0.1 * x[4]
    gain = np.tanh(x[5])
    offset = x[6]
    width = np.exp(x[7])
    weights = x[8:12]
    grid = np.arange(20) / 20
    light = np.exp(-affinity * grid)
    uptake = growth * light / (1 + light)
    shade = np.cumsum(uptake) / 20
    damped = uptake * np.exp(-decay * shade)
    level = damped / (capacity + damped)
    response = gain * np.tanh(level + offset)
    baseline = leak * np.sqrt(1 + grid)
    signal = response + baseline
    smooth = 0.5 * (signal[1:] + signal[:-1])
    slope = signal[1:] - signal[:-1]
    curvature = slope[1:] - slope[:-1]
    energy = np.sum(smooth**2)
    roughness = np.sum(curvature**2) / width
    total = 0.0
    for k in range(4):
        bump = np.exp(-((grid - 0.25 * k) ** 2) / width)
        share = weights[k] * np.sum(bump * signal)
        if k % 2 == 0:
            total += np.log(1 + share**2)
        else:
            total -= 0.5 * np.cos(share)
    state = signal[0]
    for t in range(1, 10):
        drive = damped[t] * growth
        state = state + 0.1 * (drive - decay * state)
        state = state / (1 + 0.01 * state**2)
        total = total + 0.01 * state
    peak = np.max(signal)
    spread = np.mean((signal - np.mean(signal)) ** 2)
    entropy = -np.sum(level * np.log(level))
    prior = 0.5 * np.sum(x**2) + 0.1 * np.sum(np.abs(x))
    scores = np.concatenate([smooth, slope])
    top = np.max(scores)
    partition = top + np.log(np.sum(np.exp(scores - top)))
    fit = energy + roughness - entropy
    shape = peak / (1 + spread)
    penalty = prior + partition
    result = fit + shape + penalty + total
    return result / len(x)
