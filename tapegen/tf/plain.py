"""TensorFlow's names on plain arrays: what the compiler reads where a function that it transforms calls them.

A decorated function runs on arrays, so that conversions to Tensors fall away. Each function here has the parameters
of the one that it stands for, and the same derivatives by NumPy's rules.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import raw


def on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes Tensors of what is no Tensor, as one that makes arrays."""

    @functools.wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        return raw(function(*args, **kwargs))

    return made


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def reduce_sum(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.sum(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_mean(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.mean(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_prod(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.prod(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_max(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.max(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_min(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.min(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_all(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.all(input_tensor, axis=_axes(axis), keepdims=keepdims)


def reduce_any(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.any(input_tensor, axis=_axes(axis), keepdims=keepdims)


# shapes


def reshape(tensor: Any, shape: Any, name: Any = None) -> Any:
    return np.reshape(tensor, shape)


def transpose(a: Any, perm: Any = None, conjugate: Any = False, name: Any = None) -> Any:
    a = np.transpose(a, perm)
    return np.conjugate(a) if conjugate else a


def expand_dims(input: Any, axis: Any, name: Any = None) -> Any:
    return np.expand_dims(input, axis)


def squeeze(input: Any, axis: Any = None, name: Any = None) -> Any:
    return np.squeeze(input, _axes(axis))


def concat(values: Any, axis: Any, name: Any = None) -> Any:
    return np.concatenate(values, axis)


def stack(values: Any, axis: Any = 0, name: Any = None) -> Any:
    return np.stack(values, axis)


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    return np.tile(input, multiples)


def zeros_like(input: Any, dtype: Any = None, name: Any = None) -> Any:
    return np.zeros_like(input, dtype=dtype)


def ones_like(input: Any, dtype: Any = None, name: Any = None) -> Any:
    return np.ones_like(input, dtype=dtype)


def identity(input: Any, name: Any = None) -> Any:
    return input


def cast(x: Any, dtype: Any, name: Any = None) -> Any:
    return np.astype(x, dtype)


# products


def matmul(
    a: Any,
    b: Any,
    transpose_a: Any = False,
    transpose_b: Any = False,
    adjoint_a: Any = False,
    adjoint_b: Any = False,
    name: Any = None,
) -> Any:
    if transpose_a or adjoint_a:
        a = np.swapaxes(a, -1, -2)
    if transpose_b or adjoint_b:
        b = np.swapaxes(b, -1, -2)
    return np.matmul(np.conjugate(a) if adjoint_a else a, np.conjugate(b) if adjoint_b else b)


def squared_difference(x: Any, y: Any, name: Any = None) -> Any:
    return np.square(x - y)


# activations and losses


def relu(features: Any, name: Any = None) -> Any:
    return np.where(features <= 0, 0, features)


def leaky_relu(features: Any, alpha: Any = 0.2, name: Any = None) -> Any:
    return np.where(features > 0, features, features * alpha)


def elu(features: Any, name: Any = None) -> Any:
    return np.where(features >= 0, features, np.expm1(np.where(features < 0, features, 0)))


def sigmoid(x: Any, name: Any = None) -> Any:
    return np.exp(-np.logaddexp(0.0, -x))


def softplus(features: Any, name: Any = None) -> Any:
    return np.logaddexp(features, 0.0)


def log_sigmoid(x: Any, name: Any = None) -> Any:
    return -np.logaddexp(-x, 0.0)


def softsign(features: Any, name: Any = None) -> Any:
    return features / (1 + np.absolute(features))


def silu(features: Any, beta: Any = 1.0, name: Any = None) -> Any:
    return features * np.exp(-np.logaddexp(0.0, -features * beta))


def softmax(logits: Any, axis: Any = -1, name: Any = None) -> Any:
    weights = np.exp(logits - np.max(logits, axis=axis, keepdims=True))
    return weights / np.sum(weights, axis=axis, keepdims=True)


def log_softmax(logits: Any, axis: Any = -1, name: Any = None) -> Any:
    shifted = logits - np.max(logits, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: Any = -1, name: Any = None) -> Any:
    return -np.sum(np.asarray(labels) * log_softmax(logits, axis), axis=axis)


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: Any = None) -> Any:
    return np.logaddexp(logits, 0.0) - logits * np.asarray(labels)


def l2_loss(t: Any, name: Any = None) -> Any:
    return np.sum(np.square(t)) * 0.5


# picking, order, kinks


def gather(params: Any, indices: Any, *, axis: Any = None, name: Any = None) -> Any:
    return np.take(params, indices, axis=0 if axis is None else axis)


def where(condition: Any, x: Any, y: Any, name: Any = None) -> Any:
    return np.where(condition, x, y)


def maximum(x: Any, y: Any, name: Any = None) -> Any:
    return np.where((x >= y) | np.isnan(x), x, y)


def minimum(x: Any, y: Any, name: Any = None) -> Any:
    return np.where((x <= y) | np.isnan(x), x, y)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    return maximum(minimum(t, clip_value_max), clip_value_min)


def cumsum(x: Any, axis: Any = 0, *, name: Any = None) -> Any:
    return np.cumsum(x, axis)


def cumprod(x: Any, axis: Any = 0, *, name: Any = None) -> Any:
    return np.cumprod(x, axis)


def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Any:
    return np.roll(input, shift, axis)


def repeat(input: Any, repeats: Any, axis: Any = None, name: Any = None) -> Any:
    return np.repeat(input, repeats, axis)


def broadcast_to(input: Any, shape: Any, name: Any = None) -> Any:
    return np.broadcast_to(input, tuple(shape))


def bias_add(value: Any, bias: Any, *, name: Any = None) -> Any:
    return value + bias


# statistics and linear algebra


def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    gap = input_tensor - np.mean(input_tensor, axis=_axes(axis), keepdims=True)
    return np.mean(np.square(gap), axis=_axes(axis), keepdims=keepdims)


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None
) -> Any:
    return np.sqrt(np.sum(np.square(input_tensor), axis=_axes(axis), keepdims=keepdims))


def norm(tensor: Any, *, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    return np.sqrt(np.sum(np.square(np.absolute(tensor)), axis=_axes(axis), keepdims=keepdims))


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    return np.tensordot(a, b, axes)


def matvec(a: Any, b: Any, *, name: Any = None) -> Any:
    return np.squeeze(np.matmul(a, np.expand_dims(b, -1)), -1)


def inv(input: Any, *, name: Any = None) -> Any:
    return np.linalg.inv(input)


def det(input: Any, name: Any = None) -> Any:
    return np.linalg.det(input)


def cholesky(input: Any, name: Any = None) -> Any:
    return np.linalg.cholesky(input)


def solve(matrix: Any, rhs: Any, *, name: Any = None) -> Any:
    return np.linalg.solve(matrix, rhs)


def trace(x: Any, name: Any = None) -> Any:
    return np.trace(x, 0, -2, -1)


def diag_part(input: Any, name: Any = "diag_part", *, k: Any = 0) -> Any:
    return np.diagonal(input, k, -2, -1)


# roots and sums


def sqrt(x: Any, name: Any = None) -> Any:
    return np.sqrt(x)


def rsqrt(x: Any, name: Any = None) -> Any:
    return 1 / np.sqrt(x)


def reciprocal(x: Any, name: Any = None) -> Any:
    return np.reciprocal(x)


def add_n(inputs: Any, name: Any = None) -> Any:
    total = inputs[0]
    for part in inputs[1:]:
        total = total + part
    return total


def einsum(equation: Any, *inputs: Any) -> Any:
    return np.einsum(equation, *inputs)


def reduce_logsumexp(input_tensor: Any, axis: Any = None, keepdims: Any = False, name: Any = None) -> Any:
    top = np.max(input_tensor, axis=_axes(axis), keepdims=True)
    total = np.sum(np.exp(input_tensor - top), axis=_axes(axis), keepdims=True)
    return np.sum(np.log(total) + top, axis=_axes(axis), keepdims=keepdims)


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    classes = np.expand_dims(np.asarray(labels), -1)
    return -np.squeeze(np.take_along_axis(log_softmax(logits), classes, -1), -1)


def l2_normalize(x: Any, axis: Any = None, epsilon: Any = 1e-12, name: Any = None) -> Any:
    square = np.sum(np.square(np.absolute(x)), axis=_axes(axis), keepdims=True)
    return x * (1 / np.sqrt(np.maximum(square, epsilon)))


def moments(x: Any, axes: Any, *, keepdims: Any = False, name: Any = None) -> Any:
    mean = np.mean(x, axis=_axes(axes), keepdims=True)
    square = np.square(x - mean)
    return np.mean(x, axis=_axes(axes), keepdims=keepdims), np.mean(
        square, axis=_axes(axes), keepdims=keepdims
    )


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: Any = None
) -> Any:
    factor = 1 / np.sqrt(variance + variance_epsilon)
    if scale is not None:
        factor = factor * scale
    found = (x - mean) * factor
    return found if offset is None else found + offset


def argmax(input: Any, axis: Any = None, name: Any = None) -> Any:
    return np.argmax(input, axis=0 if axis is None else axis)


def argmin(input: Any, axis: Any = None, name: Any = None) -> Any:
    return np.argmin(input, axis=0 if axis is None else axis)


def one_hot(indices: Any, depth: Any, *, dtype: Any = np.float32, name: Any = None) -> Any:
    return np.astype(np.expand_dims(np.asarray(indices), -1) == np.arange(depth), dtype)


def pad(tensor: Any, paddings: Any, *, name: Any = None) -> Any:
    return np.pad(tensor, paddings)


def diag(diagonal: Any, *, name: Any = None) -> Any:
    return np.expand_dims(diagonal, -1) * np.eye(diagonal.shape[-1], dtype=diagonal.dtype)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    return true_fn() if pred else false_fn()


def selu(features: Any, name: Any = None) -> Any:
    below = 1.6732632423543772 * np.expm1(np.where(features < 0, features, 0))
    return 1.0507009873554805 * np.where(features >= 0, features, below)


FUNCTIONS = (
    reduce_sum, reduce_mean, reduce_prod, reduce_max, reduce_min, reduce_all, reduce_any, reshape, transpose,
    expand_dims, squeeze, concat, stack, tile, zeros_like, ones_like, identity, cast, matmul, squared_difference,
    relu, leaky_relu, elu, sigmoid, softplus, log_sigmoid, softsign, silu, softmax, log_softmax,
    softmax_cross_entropy_with_logits, sigmoid_cross_entropy_with_logits, l2_loss, gather, where, maximum, minimum,
    clip_by_value, cumsum, cumprod, roll, repeat, broadcast_to, bias_add, reduce_variance, reduce_std,
    reduce_euclidean_norm, norm, tensordot, matvec, inv, det, cholesky, solve, trace, diag_part, sqrt, rsqrt,
    reciprocal, add_n, einsum, reduce_logsumexp, sparse_softmax_cross_entropy_with_logits, l2_normalize, moments,
    batch_normalization, argmax, argmin, one_hot, pad, diag, cond, selu,
)  # fmt: skip
