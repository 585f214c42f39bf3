"""NPBench applications after their published mathematics: networks, physics, spectra."""

import numpy as np

from .registry import program

NB = {"npbench"}


def relu(x):
    return np.maximum(x, 0)


def softmax_last(x):
    top = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - top)
    return e / np.sum(e, axis=-1, keepdims=True)


@program(lambda rng: (rng.standard_normal((2, 2, 2, 3)),), tags=NB)
def softmax(x):
    return softmax_last(x)


@program(
    lambda rng: (rng.standard_normal((3, 4)), rng.standard_normal((4, 5)), rng.standard_normal(5),
                 rng.standard_normal((5, 4)), rng.standard_normal(4), rng.standard_normal((4, 3)),
                 rng.standard_normal(3)),
    tags=NB,
)  # fmt: skip
def mlp(x, w1, b1, w2, b2, w3, b3):
    x = relu(x @ w1 + b1)
    x = relu(x @ w2 + b2)
    return softmax_last(x @ w3 + b3)


def conv2d(x, weights):
    size = weights.shape[0]
    n, height, width = x.shape[0], x.shape[1] - size + 1, x.shape[2] - size + 1
    out = np.empty((n, height, width, weights.shape[3]))
    for i in range(height):
        for j in range(width):
            patch = x[:, i : i + size, j : j + size, :, np.newaxis]
            out[:, i, j, :] = np.sum(patch * weights, axis=(1, 2, 3))
    return out


def maxpool2d(x):
    out = np.empty((x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]))
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            out[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return out


@program(
    lambda rng: (
        rng.standard_normal((1, 4, 4, 2)),
        rng.standard_normal((3, 3, 2, 2)),
        rng.standard_normal(2),
    ),
    tags=NB | {"loop", "store"},
)
def conv2d_bias(x, weights, bias):
    return conv2d(x, weights) + bias


@program(
    lambda rng: (rng.standard_normal((2, 6, 6, 1)), rng.standard_normal((3, 3, 1, 2)) * 0.5, rng.standard_normal(2),
                 rng.standard_normal((8, 4)), rng.standard_normal(4), rng.standard_normal((4, 3))),
    tags=NB | {"loop", "store"},
)  # fmt: skip
def lenet(x, kernel, bias, w1, b1, w2):
    x = maxpool2d(relu(conv2d(x, kernel) + bias))
    x = np.reshape(x, (2, 8))
    return relu(x @ w1 + b1) @ w2


def batchnorm2d(x, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    deviation = np.std(x, axis=0, keepdims=True)
    return (x - mean) / np.sqrt(deviation + eps)


@program(
    lambda rng: (
        rng.standard_normal((3, 3, 3, 2)),
        rng.standard_normal((1, 1, 2, 2)),
        rng.standard_normal((3, 3, 2, 2)) * 0.4,
        rng.standard_normal((1, 1, 2, 2)),
    ),
    tags=NB | {"loop", "store"},
)
def resnet_block(x, w1, w2, w3):
    padded = np.zeros((3, 5, 5, 2))
    padded[:, 1:-1, 1:-1, :] = conv2d(x, w1)
    y = relu(batchnorm2d(padded))
    y = relu(batchnorm2d(conv2d(y, w2)))
    return relu(batchnorm2d(conv2d(y, w3)) + x)


def acceleration(position, mass, softening):
    x, y, z = position[:, 0:1], position[:, 1:2], position[:, 2:3]
    dx, dy, dz = x.T - x, y.T - y, z.T - z
    inverse = (dx**2 + dy**2 + dz**2 + softening**2) ** (-1.5)
    return np.hstack(((dx * inverse) @ mass, (dy * inverse) @ mass, (dz * inverse) @ mass))


def energies(position, velocity, mass):
    kinetic = 0.5 * np.sum(mass * velocity**2)
    d = position[:, None, :] - position[None, :, :]
    distance = np.sqrt(np.sum(d**2, axis=2) + np.eye(len(position)))
    potential = -np.sum(np.triu(mass @ mass.T / distance, 1))
    return kinetic, potential


@program(
    lambda rng: (
        rng.uniform(0.5, 1.5, (3, 1)),
        rng.standard_normal((3, 3)),
        rng.standard_normal((3, 3)),
        0.1,
    ),
    level=3,
    tags=NB | {"loop", "writes_argument", "store"},
)
def nbody(mass, position, velocity, softening):
    velocity -= np.mean(mass * velocity, axis=0) / np.mean(mass)
    acc = acceleration(position, mass, softening)
    kinetic = np.empty(4)
    potential = np.empty(4)
    kinetic[0], potential[0] = energies(position, velocity, mass)
    dt = 0.01
    for i in range(3):
        velocity += acc * dt / 2.0
        position += velocity * dt
        acc = acceleration(position, mass, softening)
        velocity += acc * dt / 2.0
        kinetic[i + 1], potential[i + 1] = energies(position, velocity, mass)
    return kinetic, potential


@program(
    lambda rng: (rng.standard_normal((3, 2, 2)), rng.standard_normal((2, 1))),
    level=3,
    tags=NB | {"loop", "complex"},
)
def contour_integral(hamiltonian, y):
    p0 = np.zeros((2, 1)) + 0j
    for k in range(4):
        z = 2.0 * np.exp(2j * np.pi * (k + 0.5) / 4)
        t = np.zeros((2, 2)) + 0j
        for n in range(3):
            t = t + z ** (1 - n) * hamiltonian[n]
        p0 = p0 + z / 4 * np.linalg.solve(t, y + 0j)
    return np.sum(np.abs(p0) ** 2)


@program(lambda rng: (rng.uniform(0.1, 1.0, 5), rng.uniform(0.1, 1.0, 5), 2.0), tags=NB)
def arc_distance(theta, phi, shift):
    temp = (
        np.sin((theta[1:] - theta[:-1]) / 2) ** 2
        + np.cos(theta[:-1]) * np.cos(theta[1:]) * np.sin((phi[1:] - phi[:-1] + shift) / 2) ** 2
    )
    return 2.0 * np.arctan2(np.sqrt(temp), np.sqrt(1.0 - temp))


@program(lambda rng: (rng.standard_normal(6), rng.standard_normal(6), rng.standard_normal()), tags=NB)
def compute(a, b, c):
    return np.clip(a, -0.9, 0.9) * 4 + b * c + 9.0


@program(lambda rng: (rng.standard_normal((3, 4)),), level=3, tags=NB | {"loop"})
def go_fast(a):
    trace = 0.0
    for i in range(3):
        trace += np.tanh(a[i, i])
    return a + trace


@program(
    lambda rng: (rng.uniform(0.5, 1.5, 6), rng.uniform(0.1, 2.0, 5), 1.7),
    level=3,
    tags=NB | {"loop", "in_place"},
)
def azimuthal_soft_histogram(values, edges, width):
    histogram = np.zeros(len(edges))
    weights = np.zeros(len(edges))
    for i in range(len(values)):
        closeness = np.exp(-width * (edges - values[i]) ** 2)
        histogram += closeness * values[i]
        weights += closeness
    return histogram / weights


@program(
    lambda rng: (
        rng.standard_normal((2, 2, 2)),
        rng.standard_normal((2, 2, 2)),
        rng.uniform(0.5, 1.5, (2, 2)),
    ),
    tags=NB | {"loop", "store"},
    level=3,
)
def scattering_self_energy(green, derivative, d):
    sigma = np.zeros((2, 2, 2))
    for k in range(2):
        for q in range(2):
            for i in range(2):
                dhg = green[k] @ derivative[i]
                dhd = derivative[i] * d[q, i]
                sigma[k] += dhg @ dhd
    return sigma


@program(lambda rng: (3.2, 0.1), level=3, tags=NB | {"loop", "break"})
def escape_time_smooth(radius, shift):
    x, y = 0.0, 0.0
    cx, cy = 0.35 + shift, 0.4
    for n in range(50):
        x, y = x * x - y * y + cx, 2.0 * x * y + cy
        if x * x + y * y > radius:
            break
    return n + 1.0 - np.log(np.log(x * x + y * y)) / np.log(2.0)


@program(
    lambda rng: (rng.uniform(0.5, 1.0, (2, 3)), rng.uniform(-1.0, 1.0, 3), 0.3),
    level=3,
    tags=NB | {"loop", "list"},
)
def clipped_average_of_paths(paths, strikes, rate):
    payoffs = []
    for path in paths:
        running = 1.0
        for step, strike in zip(path, strikes):
            running *= np.exp(rate * step)
            payoffs.append(np.tanh(running - strike))
    return np.mean(np.array(payoffs))
