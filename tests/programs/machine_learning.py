"""Networks and their parts, trained and run in plain NumPy."""

import numpy as np

from .registry import program


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def layer_norm(x, gain, bias):
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(variance + 1e-5) + bias


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))


@program(
    lambda rng: (
        rng.standard_normal((4, 3)),
        rng.standard_normal((2, 4)),
        rng.standard_normal((5, 3)),
        rng.standard_normal((5, 2)),
    )
)
def two_layer_regression(w1, w2, x, y):
    hidden = np.tanh(x @ w1.T)
    return np.mean((hidden @ w2.T - y) ** 2)


@program(
    lambda rng: (
        {
            "w1": rng.standard_normal((3, 4)),
            "b1": rng.standard_normal(4),
            "w2": rng.standard_normal((4, 3)),
            "b2": rng.standard_normal(3),
        },
        rng.standard_normal((5, 3)),
        np.array([0, 2, 1, 1, 0]),
    ),
)
def classifier_loss(params, x, labels):
    hidden = np.maximum(x @ params["w1"] + params["b1"], 0.0)
    logits = hidden @ params["w2"] + params["b2"]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_probability[np.arange(len(labels)), labels])


@program(
    lambda rng: (
        [(rng.standard_normal((3, 3)), rng.standard_normal(3)) for _ in range(3)],
        rng.standard_normal((2, 3)),
    ),
    tags={"loop"},
)
def deep_network(layers, x):
    for w, b in layers:
        x = gelu(x @ w + b)
    return np.sum(softmax(x)[:, 0])


@program(
    lambda rng: (
        rng.standard_normal(2),
        rng.standard_normal(2),
        rng.standard_normal(3),
        rng.standard_normal((8, 5)),
        rng.standard_normal(8),
    ),
)
def lstm_cell(h, c, x, w, b):
    gates = w @ np.concatenate([h, x]) + b
    i, f, o, g = sigmoid(gates[:2]), sigmoid(gates[2:4]), sigmoid(gates[4:6]), np.tanh(gates[6:])
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c


@program(
    lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal((8, 5)) * 0.5, rng.standard_normal(8)),
    tags={"loop", "store"},
)
def lstm_sequence(xs, w, b):
    h = np.zeros(2)
    c = np.zeros(2)
    outputs = np.zeros((4, 2))
    for t in range(4):
        gates = w @ np.concatenate([h, xs[t]]) + b
        i, f, o = sigmoid(gates[:2]), sigmoid(gates[2:4]), sigmoid(gates[4:6])
        c = f * c + i * np.tanh(gates[6:])
        h = o * np.tanh(c)
        outputs[t] = h
    return outputs


@program(
    lambda rng: (
        rng.standard_normal((4, 2)),
        rng.standard_normal((3, 3)),
        rng.standard_normal((3, 2)),
        rng.standard_normal(3),
    ),
    level=3,
    tags={"loop", "list"},
)
def simple_rnn(xs, w, u, b):
    h = np.zeros(3)
    states = []
    for x in xs:
        h = np.tanh(w @ h + u @ x + b)
        states.append(h)
    return np.stack(states).mean(axis=0)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(2), rng.standard_normal((9, 5)) * 0.5))
def gru_cell(h, x, w):
    hx = np.concatenate((h, x))
    z = sigmoid(w[:3] @ hx)
    r = sigmoid(w[3:6] @ hx)
    candidate = np.tanh(w[6:] @ np.concatenate((r * h, x)))
    return (1.0 - z) * h + z * candidate


@program(
    lambda rng: (
        rng.standard_normal((4, 6)),
        rng.standard_normal((6, 6)),
        rng.standard_normal((6, 6)),
        rng.standard_normal((6, 6)),
    )
)
def causal_attention(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = q @ k.T / np.sqrt(6.0)
    mask = np.triu(np.ones((4, 4)), 1) * -1e9
    return softmax(scores + mask) @ v


@program(
    lambda rng: (
        rng.standard_normal((3, 4)),
        rng.standard_normal((3, 4, 4)) * 0.5,
        rng.standard_normal((4, 4)),
    )
)
def multi_head_attention(x, wqkv, wo):
    heads, size = 2, 2
    q, k, v = [np.transpose((x @ w).reshape(3, heads, size), (1, 0, 2)) for w in wqkv]
    weights = softmax(q @ np.swapaxes(k, 1, 2) / np.sqrt(size))
    mixed = np.transpose(weights @ v, (1, 0, 2)).reshape(3, heads * size)
    return mixed @ wo


@program(
    lambda rng: (
        rng.standard_normal((3, 4)),
        {"wq": rng.standard_normal((4, 4)), "wk": rng.standard_normal((4, 4)), "wv": rng.standard_normal((4, 4)),
         "g": rng.standard_normal(4), "b": rng.standard_normal(4), "w1": rng.standard_normal((4, 8)) * 0.5,
         "w2": rng.standard_normal((8, 4)) * 0.5},
    ),
)  # fmt: skip
def transformer_block(x, p):
    n = layer_norm(x, p["g"], p["b"])
    weights = softmax(n @ p["wq"] @ (n @ p["wk"]).T / 2.0)
    x = x + weights @ (n @ p["wv"])
    return x + gelu(layer_norm(x, p["g"], p["b"]) @ p["w1"]) @ p["w2"]


@program(lambda rng: (rng.standard_normal((6, 6)), rng.standard_normal((3, 3)), 0.2), tags={"loop", "store"})
def convolution_by_loops(image, kernel, bias):
    out = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel) + bias
    return np.maximum(out, 0.0)


@program(lambda rng: (rng.standard_normal((4, 4, 2)),))
def max_and_mean_pooling(x):
    blocks = x.reshape(2, 2, 2, 2, 2)
    return blocks.max(axis=(1, 3)) * blocks.mean(axis=(1, 3))


@program(lambda rng: (rng.standard_normal((5, 3)), rng.uniform(0.5, 1.5, 3), rng.standard_normal(3)))
def batch_normalisation(x, gamma, beta):
    mean = np.mean(x, axis=0)
    variance = np.var(x, axis=0)
    return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta


@program(
    lambda rng: (rng.standard_normal((6, 3)), np.array([[0, 5, 5], [2, 0, 1]]), rng.standard_normal((3, 2)))
)
def embedding_lookup(table, tokens, w):
    return np.tanh(table[tokens].mean(axis=1) @ w)


@program(lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), 0.5))
def contrastive_loss(a, b, temperature):
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.sqrt(np.sum(b**2, axis=1, keepdims=True))
    logits = a @ b.T / temperature
    rows = np.log(np.sum(np.exp(logits), axis=1))
    return np.mean(rows - np.diag(logits))


@program(
    lambda rng: (rng.standard_normal(3), rng.standard_normal((5, 3)), rng.standard_normal(5), 0.1),
    tags={"loop"},
)
def unrolled_gradient_descent(w, x, y, rate):
    for _ in range(4):
        residual = x @ w - y
        w = w - rate * (x.T @ residual) / 5
    return np.mean((x @ w - y) ** 2)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3), 0.1), tags={"loop"})
def adam_steps(w, target, rate):
    m = np.zeros(3)
    v = np.zeros(3)
    for t in range(1, 5):
        g = 2.0 * (w - target) + 0.3 * w**3
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        w = w - rate * (m / (1.0 - 0.9**t)) / (np.sqrt(v / (1.0 - 0.99**t)) + 1e-8)
    return w


@program(
    lambda rng: (
        rng.standard_normal((4, 3)),
        rng.standard_normal((3, 2)),
        np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]),
    ),
    tags={"loop", "store"},
)
def graph_convolution(features, w, edges):
    messages = np.zeros((4, 3))
    degree = np.ones(4)
    for k in range(len(edges)):
        a, b = edges[k, 0], edges[k, 1]
        messages[b] += features[a]
        degree[b] += 1.0
    return np.tanh((features + messages) / degree[:, None] @ w)


@program(
    lambda rng: (
        rng.standard_normal((4, 3)),
        rng.standard_normal((3, 2)),
        np.array([0, 0, 1, 3]),
        np.array([1, 2, 2, 2]),
    ),
    level=3,
    tags={"fancy", "in_place"},
)
def graph_scatter(features, w, sources, targets):
    messages = features @ w
    pooled = np.zeros_like(messages)
    np.add.at(pooled, targets, messages[sources])
    pooled += messages
    return pooled


@program(
    lambda rng: (rng.standard_normal((3, 2)), rng.standard_normal((2, 2)) * 0.4, rng.standard_normal(2)),
    tags={"loop"},
)
def normalising_flow(x, w, b):
    log_determinant = 0.0
    for k in range(3):
        left, right = x[:, :1], x[:, 1:]
        if k % 2 == 1:
            left, right = right, left
        scale = np.tanh(left * w[0, 0] + b[0])
        right = right * np.exp(scale) + left * w[1, 1] + b[1]
        x = np.concatenate([left, right], axis=1)
        log_determinant = log_determinant + np.sum(scale)
    return -0.5 * np.sum(x**2) + log_determinant


@program(lambda rng: (rng.standard_normal((4, 2)), rng.standard_normal((3, 2)), rng.standard_normal(3), 0.8))
def radial_basis_network(x, centres, weights, width):
    distances = np.sum((x[:, np.newaxis] - centres) ** 2, axis=-1)
    return np.exp(-distances / width**2) @ weights


@program(
    lambda rng: (
        rng.standard_normal((5, 4)),
        rng.standard_normal((4, 2)),
        rng.standard_normal((2, 2)),
        rng.standard_normal((5, 2)),
    )
)
def autoencoder(x, encoder, latent, noise):
    hidden = x @ encoder
    mean, log_variance = hidden @ latent, np.tanh(hidden)
    z = mean + np.exp(0.5 * log_variance) * noise
    reconstruction = sigmoid(z @ encoder.T)
    kl = -0.5 * np.sum(1.0 + log_variance - mean**2 - np.exp(log_variance))
    return np.sum((reconstruction - x) ** 2) + 0.1 * kl


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(4), np.array([0.0, 0.3, -0.2, 1.0])))
def robust_losses(prediction, target, shift):
    r = prediction - target + shift
    huber = np.where(np.abs(r) < 0.7, 0.5 * r**2, 0.7 * (np.abs(r) - 0.35))
    return np.sum(huber) + np.sum(np.log(np.cosh(r))) + np.sum(np.sqrt(1.0 + r**2) - 1.0)


@program(
    lambda rng: (rng.standard_normal((3, 3, 2)), rng.standard_normal((3, 3)), 0.9),
    level=3,
    tags={"loop", "break"},
)
def value_iteration(logits, rewards, discount):
    p = softmax(logits, axis=1)
    v = np.zeros(3)
    for _ in range(30):
        q = rewards[:, :2] + discount * np.einsum("ijk,j->ik", p, v)
        new = np.log(np.sum(np.exp(q), axis=1))
        if np.max(np.abs(new - v)) < 0.5:
            break
        v = new
    return v
