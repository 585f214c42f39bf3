"""A long short-term memory cell over a batch of sequences, with a linear readout and a squared loss."""

import numpy as np

from benchmarks.case import Case, with_numpy


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def primal(w, b, readout, x, target):
    """`w` maps (input, hidden) to the four gates; `x` and `target` are (time, batch, features)."""
    steps, batch, _ = x.shape
    width = len(b) // 4
    hidden = np.zeros((batch, width))
    cell = np.zeros((batch, width))
    total = 0.0
    for t in range(steps):
        gates = np.concatenate([x[t], hidden], axis=1) @ w + b
        keep = sigmoid(gates[:, :width])
        write = sigmoid(gates[:, width : 2 * width])
        show = sigmoid(gates[:, 2 * width : 3 * width])
        new = np.tanh(gates[:, 3 * width :])
        cell = keep * cell + write * new
        hidden = show * np.tanh(cell)
        total += np.sum((hidden @ readout - target[t]) ** 2)
    return total / steps


def inputs(size, rng):
    steps, batch, features, width = {
        "small": (10, 1, 8, 16),
        "medium": (30, 16, 32, 64),
        "large": (100, 64, 64, 256),
    }[size]
    return (
        rng.normal(size=(features + width, 4 * width)) / np.sqrt(features + width),
        np.zeros(4 * width),
        rng.normal(size=(width, features)) / np.sqrt(width),
        rng.normal(size=(steps, batch, features)),
        rng.normal(size=(steps, batch, features)),
    )


def by_hand(w, b, readout, x, target):
    steps, batch, features = x.shape
    width = len(b) // 4
    hidden = np.zeros((batch, width))
    cell = np.zeros((batch, width))
    total = 0.0
    kept = []
    for t in range(steps):
        both = np.concatenate([x[t], hidden], axis=1)
        gates = both @ w + b
        keep = sigmoid(gates[:, :width])
        write = sigmoid(gates[:, width : 2 * width])
        show = sigmoid(gates[:, 2 * width : 3 * width])
        new = np.tanh(gates[:, 3 * width :])
        previous = cell
        cell = keep * cell + write * new
        shown = np.tanh(cell)
        hidden = show * shown
        error = hidden @ readout - target[t]
        total += np.sum(error**2)
        kept.append((both, keep, write, show, new, previous, shown, hidden, error))

    w_bar = np.zeros_like(w)
    b_bar = np.zeros_like(b)
    readout_bar = np.zeros_like(readout)
    hidden_bar = np.zeros((batch, width))
    cell_bar = np.zeros((batch, width))
    gates_bar = np.empty((batch, 4 * width))
    for both, keep, write, show, new, previous, shown, hidden, error in reversed(kept):
        error_bar = 2 / steps * error
        readout_bar += hidden.T @ error_bar
        hidden_bar = hidden_bar + error_bar @ readout.T
        cell_bar = cell_bar + hidden_bar * show * (1 - shown**2)
        gates_bar[:, :width] = cell_bar * previous * keep * (1 - keep)
        gates_bar[:, width : 2 * width] = cell_bar * new * write * (1 - write)
        gates_bar[:, 2 * width : 3 * width] = hidden_bar * shown * show * (1 - show)
        gates_bar[:, 3 * width :] = cell_bar * write * (1 - new**2)
        cell_bar = cell_bar * keep
        w_bar += both.T @ gates_bar
        b_bar += np.sum(gates_bar, axis=0)
        hidden_bar = gates_bar @ w[features:].T
    return total / steps, (w_bar, b_bar, readout_bar)


def in_autograd():
    import autograd.numpy

    return with_numpy(primal, autograd.numpy)


def in_jax():
    import jax
    import jax.numpy as jnp

    def loss(w, b, readout, x, target):
        steps, batch, _ = x.shape
        width = len(b) // 4

        def step(state, now):
            hidden, cell = state
            x_now, target_now = now
            gates = jnp.concatenate([x_now, hidden], axis=1) @ w + b
            keep, write, show = (jax.nn.sigmoid(g) for g in jnp.split(gates[:, : 3 * width], 3, axis=1))
            cell = keep * cell + write * jnp.tanh(gates[:, 3 * width :])
            hidden = show * jnp.tanh(cell)
            return (hidden, cell), jnp.sum((hidden @ readout - target_now) ** 2)

        zeros = jnp.zeros((batch, width))
        _, losses = jax.lax.scan(step, (zeros, zeros), (x, target))
        return jnp.sum(losses) / steps

    return loss


def in_torch():
    import torch

    def loss(w, b, readout, x, target):
        steps, batch, _ = x.shape
        width = len(b) // 4
        hidden = cell = torch.zeros((batch, width), dtype=x.dtype)
        total = 0.0
        for t in range(steps):
            gates = torch.cat([x[t], hidden], 1) @ w + b
            keep, write, show = torch.sigmoid(gates[:, : 3 * width]).chunk(3, 1)
            cell = keep * cell + write * torch.tanh(gates[:, 3 * width :])
            hidden = show * torch.tanh(cell)
            total = total + ((hidden @ readout - target[t]) ** 2).sum()
        return total / steps

    return loss


def in_tensorflow():
    import tensorflow as tf

    def loss(w, b, readout, x, target):
        steps, batch, _ = x.shape
        width = len(b) // 4
        hidden = cell = tf.zeros((batch, width), dtype=x.dtype)
        total = 0.0
        for t in range(steps):
            gates = tf.concat([x[t], hidden], 1) @ w + b
            keep, write, show = tf.split(tf.sigmoid(gates[:, : 3 * width]), 3, 1)
            cell = keep * cell + write * tf.tanh(gates[:, 3 * width :])
            hidden = show * tf.tanh(cell)
            total = total + tf.reduce_sum((hidden @ readout - target[t]) ** 2)
        return total / steps

    return loss


CASE = Case(
    name="lstm",
    kind="loop",
    primal=primal,
    argnums=(0, 1, 2),
    inputs=inputs,
    by_hand=by_hand,
    peers={"autograd": in_autograd, "jax": in_jax, "torch": in_torch, "tensorflow": in_tensorflow},
)
