"""`tf.nn`: activations, losses and normalisations, all compositions of operations that have rules."""

from __future__ import annotations

import math as _math
import operator
from typing import Any

import numpy as np

from ..runtime.record import apply
from ..runtime.tensor import Tensor, make
from .arrays import unstack
from .convert import axes_of, pair, tensor
from .elementwise import log_sigmoid, sigmoid, softplus, softsign, special, sqrt
from .linalg import clip_by_norm, l2_normalize
from .picking import gather, top_k
from .random import uniform
from .table import NAMES as _table


def relu(features: Any, name: Any = None) -> Any:
    """The positive part; the derivative at 0 is 0."""
    x = features if type(features) is Tensor else tensor(features)
    return apply(np.where, (make(np.less_equal(x._a, 0)), make(x._a.dtype.type(0)), x))


def relu6(features: Any, name: Any = None) -> Any:
    """The part between 0 and 6; the derivative at both is 0."""
    x = tensor(features)
    inside = make((x._a > 0) & (x._a < 6))
    return apply(np.where, (inside, x, make(np.clip(x._a, 0, 6))))


def leaky_relu(features: Any, alpha: Any = 0.2, name: Any = None) -> Any:
    x = tensor(features)
    return apply(np.where, (make(np.greater(x._a, 0)), x, x * alpha))


def elu(features: Any, name: Any = None) -> Any:
    x = tensor(features)
    return apply(np.where, (make(np.greater_equal(x._a, 0)), x, apply(np.expm1, (_below_zero(x),))))


def _below_zero(x: Tensor) -> Any:
    """`x` where it is below 0, else 0: so that exponentials of the branch not taken are finite."""
    return apply(np.where, (make(np.less(x._a, 0)), x, make(x.dtype.type(0))))


def selu(features: Any, name: Any = None) -> Any:
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    x = tensor(features)
    return scale * apply(
        np.where, (make(np.greater_equal(x._a, 0)), x, alpha * apply(np.expm1, (_below_zero(x),)))
    )


def crelu(features: Any, axis: int = -1, name: Any = None) -> Any:
    x = tensor(features)
    return apply(np.concatenate, ([relu(x), relu(-x)], axis))


def gelu(features: Any, approximate: bool = False, name: Any = None) -> Any:
    x = tensor(features)
    if approximate:
        inner = _math.sqrt(2 / _math.pi) * (x + 0.044715 * x**3)
        return 0.5 * x * (1.0 + apply(np.tanh, (inner,)))
    return 0.5 * x * (1.0 + special("erf")(x * _math.sqrt(0.5)))


def silu(features: Any, beta: Any = 1.0, name: Any = None) -> Any:
    x = tensor(features)
    return x * sigmoid(x * beta)


def softmax(logits: Any, axis: Any = -1, name: Any = None) -> Any:
    x = tensor(logits)
    shifted = x - make(np.max(x._a, axis, keepdims=True))
    weights = apply(np.exp, (shifted,))
    return weights / apply(np.sum, (weights, axes_of(axis)), {"keepdims": True})


def log_softmax(logits: Any, axis: Any = -1, name: Any = None) -> Any:
    x = tensor(logits)
    shifted = x - make(np.max(x._a, axis, keepdims=True))
    total = apply(np.sum, (apply(np.exp, (shifted,)), axes_of(axis)), {"keepdims": True})
    return shifted - apply(np.log, (total,))


def reduce_logsumexp(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None) -> Any:
    x, axis = tensor(input_tensor), axes_of(axis)
    top = np.max(x._a, axis, keepdims=True)
    top = make(np.where(np.isfinite(top), top, 0).astype(x.dtype))
    found = apply(np.log, (apply(np.sum, (apply(np.exp, (x - top,)), axis), {"keepdims": True}),)) + top
    if keepdims:
        return found
    return apply(np.reshape, (found, ())) if axis is None else apply(np.squeeze, (found, axis))


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: Any = None) -> Any:
    logits, labels = pair(logits, labels, "SoftmaxCrossEntropyWithLogits")
    return -apply(np.sum, (labels * log_softmax(logits, axis), axis))


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """The cross entropy of rows of logits with classes that are given by number."""
    logits, classes = tensor(logits), np.asarray(labels)
    if classes.shape != logits.shape[:-1]:
        raise ValueError(
            "`labels.shape` must equal `logits.shape` except for the last dimension: "
            f"{classes.shape} and {logits.shape}"
        )
    grid = np.ix_(*[np.arange(n) for n in classes.shape])
    return -apply(operator.getitem, (log_softmax(logits), (*grid, classes)))


def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None, name: Any = None) -> Any:
    logits, labels = pair(logits, labels, "SigmoidCrossEntropyWithLogits")
    return softplus(logits) - logits * labels


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: Any = None) -> Any:
    logits, labels = pair(logits, labels, "WeightedCrossEntropyWithLogits")
    return (1 - labels) * logits + (1 + (pos_weight - 1) * labels) * softplus(-logits)


def l2_loss(t: Any, name: Any = None) -> Any:
    t = tensor(t)
    return apply(np.sum, (apply(np.square, (t,)),)) * 0.5


def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: Any = None) -> Any:
    log_input, targets = pair(log_input, targets, "LogPoissonLoss")
    loss = apply(np.exp, (log_input,)) - log_input * targets
    if not compute_full_loss:
        return loss
    # Stirling's approximation of log(targets!), which TensorFlow leaves out for targets up to 1
    log = apply(np.log, (targets,))
    stirling = targets * log - targets + 0.5 * (_math.log(2 * _math.pi) + log)
    small = make((targets._a >= 0) & (targets._a <= 1))
    return loss + apply(np.where, (small, make(targets.dtype.type(0)), stirling))


def bias_add(value: Any, bias: Any, data_format: Any = None, name: Any = None) -> Any:
    value, bias = pair(value, bias, "BiasAdd")
    if data_format is not None and str(data_format).startswith("NC"):
        bias = apply(np.reshape, (bias, (-1, *[1] * (value.ndim - 2))))
    return value + bias


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None
) -> tuple[Any, Any]:
    x, axes = tensor(x), axes_of(axes)
    mean = apply(np.mean, (x, axes), {"keepdims": True})
    variance = apply(np.mean, (apply(np.square, (x - mean,)), axes), {"keepdims": True})
    return (mean, variance) if keepdims else tuple(apply(np.squeeze, (m, axes)) for m in (mean, variance))


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: Any = None
) -> tuple[Any, Any]:
    x, axes, weights = tensor(x), axes_of(axes), tensor(frequency_weights)
    keep = {"keepdims": True}
    total = apply(np.sum, (weights * np.ones(x.shape, x.dtype), axes), keep)
    mean = apply(np.sum, (x * weights, axes), keep) / total
    variance = apply(np.sum, (weights * apply(np.square, (x - mean,)), axes), keep) / total
    return (mean, variance) if keepdims else tuple(apply(np.squeeze, (m, axes)) for m in (mean, variance))


def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None
) -> tuple[Any, Any, Any, Any]:
    """How many elements there are, their sum and the sum of their squares, less `shift`, and `shift`."""
    x, axes = tensor(x), axes_of(axes)
    keep = {"keepdims": True} if keepdims else {}
    y = x if shift is None else x - shift
    total = apply(np.sum, (y, axes), keep)
    count = make(x.dtype.type(x.size // max(total.size, 1)))
    return count, total, apply(np.sum, (apply(np.square, (y,)), axes), keep), shift


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: Any = None
) -> tuple[Any, Any]:
    gap = tensor(mean_ss) / counts
    variance = tensor(variance_ss) / counts - apply(np.square, (gap,))
    return gap if shift is None else gap + shift, variance


def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None) -> Any:
    x, axis = tensor(input_tensor), axes_of(axis)
    gap = x - apply(np.mean, (x, axis), {"keepdims": True})
    return apply(np.mean, (apply(np.square, (gap,)), axis), {"keepdims": keepdims})


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None) -> Any:
    return sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    x = tensor(input_tensor)
    return sqrt(apply(np.sum, (apply(np.square, (x,)), axes_of(axis)), {"keepdims": keepdims}))


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: Any = None
) -> Any:
    factor = 1 / apply(np.sqrt, (tensor(variance) + variance_epsilon,))
    factor = factor if scale is None else factor * scale
    shift = -tensor(mean) * factor
    return tensor(x) * factor + (shift if offset is None else shift + offset)


def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: Any = None, name: Any = None) -> Any:
    x = tensor(x)
    if not 0 <= float(rate) < 1:
        raise ValueError(f"`rate` must be a scalar in the range [0, 1), got {rate}")
    kept = uniform(x.shape if noise_shape is None else noise_shape, dtype=x.dtype, seed=seed)._a >= rate
    scale = (kept / (1 - float(rate))).astype(x.dtype)
    return x * make(scale)


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: Any = None) -> Any:
    """Rows of a table by number; with `max_norm` those that are longer are scaled down to it."""
    found = gather(params, ids)
    if max_norm is None:
        return found
    return clip_by_norm(found, max_norm, list(np.arange(np.ndim(np.asarray(ids)), found.ndim)))


def in_top_k(targets: Any, predictions: Any, k: Any, name: Any = None) -> Tensor:
    scores, classes = tensor(predictions)._a, np.asarray(targets)
    own = np.take_along_axis(scores, classes[:, None].astype(int), 1)
    return make((scores > own).sum(1) < int(k))


def cumulative_logsumexp(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: Any = None
) -> Any:
    """log of the running sum of exponentials along an axis."""
    x = tensor(x)
    x = apply(np.flip, (x, axis)) if reverse else x
    parts = unstack(x, axis=axis)
    total: Any = make(np.full(parts[0].shape, -np.inf, x.dtype)[()]) if exclusive else parts[0]
    found = [total]
    for part in parts[:-1] if exclusive else parts[1:]:
        total = part if exclusive and len(found) == 1 else apply(np.logaddexp, (total, part))
        found.append(total)
    joined = apply(np.stack, (found, axis))
    return apply(np.flip, (joined, axis)) if reverse else joined


def zero_fraction(value: Any, name: Any = None) -> Tensor:
    return make(np.float32(np.mean(tensor(value)._a == 0)))


MATH: dict[str, Any] = {
    f.__name__: f
    for f in (
        reduce_logsumexp,
        reduce_variance,
        reduce_std,
        reduce_euclidean_norm,
        softmax,
        log_softmax,
        zero_fraction,
    )
}

NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        relu, relu6, leaky_relu, elu, selu, crelu, gelu, silu, softmax, log_softmax,
        softmax_cross_entropy_with_logits, sparse_softmax_cross_entropy_with_logits,
        sigmoid_cross_entropy_with_logits, weighted_cross_entropy_with_logits, l2_loss, log_poisson_loss, bias_add,
        moments, weighted_moments, sufficient_statistics, normalize_moments, batch_normalization, dropout,
        embedding_lookup, in_top_k, zero_fraction, sigmoid, log_sigmoid, softplus, softsign, l2_normalize, top_k,
    )
} | {"swish": silu, "tanh": _table["tanh"]}  # fmt: skip

ACTIVATIONS: dict[str, Any] = {
    **{
        name: NAMES[name]
        for name in "relu leaky_relu relu6 elu selu gelu silu swish softplus softsign".split()
    },
    **{name: NAMES[name] for name in "sigmoid softmax log_softmax tanh".split()},
    "exponential": _table["exp"],
    "linear": tensor,
}
