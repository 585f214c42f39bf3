"""Whole-array NumPy without writes: broadcasting, reductions, shapes, indexing, selection."""

import numpy as np

from .registry import program


def normal(*shapes):
    return lambda rng: tuple(
        rng.standard_normal(s) if s != () else float(rng.standard_normal()) for s in shapes
    )


def positive(*shapes):
    return lambda rng: tuple(rng.uniform(0.5, 2.0, s) for s in shapes)


@program(normal(5))
def sum_of_squares(x):
    return np.sum(x**2)


@program(normal((3, 4)))
def method_chain(x):
    return (x.T.reshape(2, 6).sum(axis=0) * x.mean()).max()


@program(normal((3, 4), (4,), (3, 1), ()))
def broadcasting(a, row, column, s):
    return np.sum((a + row) * column - s * row / (2.0 + column**2))


@program(normal((2, 1, 3), (4, 1)))
def broadcasting_both_ways(a, b):
    return np.sin(a) * b - a / (1.0 + b**2)


@program(normal((4, 3)))
def standardise(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)


@program(normal((3, 5)))
def softmax_rows(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


@program(normal((3, 5)))
def logsumexp(x):
    m = x.max(axis=-1, keepdims=True)
    return np.squeeze(m, -1) + np.log(np.exp(x - m).sum(axis=-1))


@program(normal((4, 3), (3, 2), (2,)))
def affine(x, w, b):
    return x @ w + b


@program(normal((2, 3, 4), (2, 4, 2)))
def batched_matmul(a, b):
    return np.matmul(a, b)


@program(normal(4, (4, 3), 3))
def vector_matrix_products(u, a, v):
    return u @ a @ v + np.dot(u, np.dot(a, v)) + np.vdot(a, a)


@program(normal(3, 4))
def outer_products(u, v):
    return np.outer(u, v) + u[:, None] * v[None, :] + np.multiply.outer(u, v) ** 2


@program(normal((2, 3, 4)))
def transposes(x):
    return (
        np.transpose(x, (2, 0, 1))
        * np.swapaxes(np.moveaxis(x, 0, -1), 1, 0).transpose(0, 2, 1)[:, :, :3].sum()
    )


@program(normal((3, 4)))
def slices(x):
    return x[1:, ::2] * x[:-1, 1::2] + x[-1, -1] + x[0, 3:1:-1]


@program(normal((3, 4)))
def reversed_axes(x):
    return np.sum(x[::-1, ::-1] * x) + np.sum(np.flip(x, 0) * x**2)


@program(normal((5, 3)))
def fancy_index_with_repeats(x):
    rows = np.array([0, 2, 2, 4])
    return np.sum(np.sin(x[rows]) * x[rows, [0, 1, 2, 0]][:, None])


@program(normal((4, 4)))
def boolean_mask(x):
    mask = np.arange(16).reshape(4, 4) % 3 == 0
    return np.sum(x[mask] ** 3) + x[~mask].mean()


@program(normal(6))
def mask_from_values(x):
    return np.sum(x[x > 0.1] ** 2) + np.prod(x[x <= 0.1])


@program(normal((3, 4)))
def ellipsis_and_newaxis(x):
    return (x[..., None, 1] * x[np.newaxis, ..., -2]).sum()


@program(normal(5, 5))
def where_both(x, y):
    return np.where(x > y, x * y, np.cos(x) - y)


@program(normal((3, 4)))
def extrema(x):
    return np.max(x, axis=0) * np.min(x) + x.max() - np.min(x, axis=1).sum()


@program(normal(4, 4))
def maximum_minimum(x, y):
    return np.maximum(x, y) ** 2 + np.minimum(x, 0.3 * y) + np.clip(x, -0.6, 0.6)


@program(normal((2, 3), (2, 2), (1, 3)))
def concatenation(a, b, c):
    return np.concatenate([np.concatenate((a, b), axis=1), np.hstack([c, c[:, :2]])], axis=0)


@program(normal(3, 3, 3))
def stacking(a, b, c):
    m = np.stack([a, b * c, c], axis=1)
    return np.vstack([a, b]) @ m


@program(normal((2, 3)))
def repeat_and_tile(x):
    return np.sum(np.tile(x, (2, 2)) * np.repeat(np.repeat(x, 2, axis=0), 2, axis=1))


@program(normal((3, 4)))
def cumulative(x):
    return np.cumsum(x, axis=1) * np.cumsum(x[::-1], axis=0) + np.diff(np.cumsum(x.ravel()))[:4]


@program(normal((2, 3, 4)))
def several_axes(x):
    return x.sum(axis=(0, 2)) * np.mean(x, axis=(1, 2)).sum() + np.std(x, axis=(0, 1)).prod()


@program(positive((3, 4)))
def products(x):
    return np.prod(x, axis=0) + np.prod(x) * np.cumprod(x[:, 0]).sum()


@program(normal((3, 3), (3, 3)))
def einsum(a, b):
    return np.einsum("ij,jk->ik", a, b) * np.einsum("ii->i", a) + np.einsum("ij,ij", a, b)


@program(normal((2, 3, 2), (3, 2, 4)))
def tensordot(a, b):
    return np.tensordot(a, b, axes=([1, 2], [0, 1])) + np.tensordot(a, b, axes=([1], [0])).sum()


@program(normal((4, 4)))
def triangles_and_diagonals(a):
    return np.tril(a) @ np.triu(a, 1) + np.diag(np.diag(a)) * np.trace(a)


@program(normal(3))
def norms(x):
    return np.linalg.norm(x) + np.sqrt(np.sum(x**2) + 1e-2) + np.abs(x).sum() * np.linalg.norm(x[:2])


@program(normal((3, 2)))
def pad_and_roll(x):
    return np.pad(x, ((1, 1), (0, 2)))[1:4, :2] * np.roll(x, 1, axis=0) + np.roll(x, -1, axis=1)


@program(normal(6))
def sorted_values(x):
    order = np.argsort(x)
    return np.sum(x[order] * np.arange(6)) + np.sort(x)[2] ** 2


@program(positive(4))
def elementwise_zoo(x):
    a = np.log(x) + np.log2(x) + np.log10(x) + np.expm1(x) + np.sqrt(x) + np.cbrt(x)
    b = np.sinh(x) + np.cosh(x) + np.arctan(x) + np.arcsinh(x) + np.square(x) + np.reciprocal(x)
    return a * b + np.arcsin(x / 3.0) - np.arccos(x / 3.0) + np.sign(x) * np.abs(x) + np.tan(x / 3.0)


@program(lambda rng: (rng.standard_normal(4).astype(np.float32), np.float32(0.7)))
def single_precision(x, s):
    return np.sum(np.tanh(x * s) ** 2)


@program(normal((2, 3)))
def shape_arithmetic(x):
    n, m = x.shape
    return x.reshape(m, n).sum(axis=0) / n + x.size * x.ndim * x.mean() / len(x)


@program(normal(3, 3))
def scalars_from_arrays(x, y):
    return [x[0] * y[1], (x[2] - y[2]) ** 2, x @ y]


@program(lambda rng: (np.array(0.7), np.zeros((0, 3)), np.ones(1)))
def degenerate_shapes(s, empty, one):
    return s * np.sum(empty) + np.sin(s) * one + empty.sum(axis=0).sum()


@program(lambda rng: (np.asfortranarray(rng.standard_normal((3, 4))), rng.standard_normal(8)[::-2]))
def unusual_memory_order(a, v):
    return a.ravel() @ np.outer(np.ones(3), v).ravel() + (a * v).reshape(-1)[5]


@program(lambda rng: (rng.standard_normal(3) + 1j * rng.standard_normal(3),), tags={"complex"})
def complex_magnitude(z):
    w = z * np.exp(1j * 0.3) + z.conj() * 2.0
    return np.sum(np.abs(w) ** 2) + np.sum(w.real * z.imag)
