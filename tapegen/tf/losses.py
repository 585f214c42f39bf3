"""`tf.losses`: what tutorials ask of `tf.keras.losses`, as means of functions that exist.

A function gives one number for each row, as Keras' functions do; a class gives their mean, sum, or the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from .convert import pair, tensor
from .elementwise import clip_by_value, maximum, softplus, squared_difference
from .linalg import l2_normalize
from .nn import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
)

_EPSILON = 1e-7


def _operands(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Both as Tensors, what is true in the dtype of what is predicted."""
    y_pred = tensor(y_pred)
    return pair(tensor(y_true).astype(y_pred.dtype), y_pred, "loss")


def _mean(x: Any) -> Any:
    return apply(np.mean, (x, -1))


def _log(x: Any) -> Any:
    return apply(np.log, (x,))


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    return _mean(squared_difference(*_operands(y_true, y_pred)))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    return _mean(abs(y_true - y_pred))


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    return 100.0 * _mean(abs((y_true - y_pred) / maximum(abs(y_true), _EPSILON)))


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = (_log(maximum(y, _EPSILON) + 1.0) for y in _operands(y_true, y_pred))
    return _mean(squared_difference(y_true, y_pred))


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    gap = y_pred - y_true
    return _mean(gap + softplus(-2.0 * gap) - float(np.log(2.0)))


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    gap = abs(y_true - y_pred)
    near = apply(np.less_equal, (gap, delta))
    return _mean(apply(np.where, (near, 0.5 * apply(np.square, (gap,)), delta * gap - 0.5 * delta**2)))


def hinge(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    return _mean(maximum(1.0 - _signs(y_true) * y_pred, 0.0))


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    return _mean(apply(np.square, (maximum(1.0 - _signs(y_true) * y_pred, 0.0),)))


def _signs(y: Any) -> Any:
    """Labels -1 and 1, from these or from 0 and 1."""
    return 2.0 * y - 1.0 if np.isin(y._a, (0, 1)).all() else y


def poisson(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    return _mean(y_pred - y_true * _log(y_pred + _EPSILON))


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = (clip_by_value(y, _EPSILON, 1.0) for y in _operands(y_true, y_pred))
    return apply(np.sum, (y_true * _log(y_true / y_pred), -1))


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    y_true, y_pred = (l2_normalize(y, axis) for y in _operands(y_true, y_pred))
    return -apply(np.sum, (y_true * y_pred, axis))


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        return apply(np.mean, (sigmoid_cross_entropy_with_logits(y_true, y_pred), axis))
    p = clip_by_value(y_pred, _EPSILON, 1.0 - _EPSILON)
    return -apply(np.mean, (y_true * _log(p) + (1.0 - y_true) * _log(1.0 - p), axis))


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    y_true, y_pred = _operands(y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[axis]
    if from_logits:
        return softmax_cross_entropy_with_logits(y_true, y_pred, axis)
    p = y_pred / apply(np.sum, (y_pred, axis), {"keepdims": True})
    return -apply(np.sum, (y_true * _log(clip_by_value(p, _EPSILON, 1.0 - _EPSILON)), axis))


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """The cross entropy of rows with classes that are given by number."""
    if ignore_class is not None or axis != -1:
        raise ValueError(
            "sparse_categorical_crossentropy takes classes along the last axis, and ignores none"
        )
    scores, classes = tensor(y_pred), np.asarray(y_true).astype(int)
    if classes.ndim == scores.ndim and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if not from_logits:
        scores = _log(clip_by_value(scores, _EPSILON, 1.0 - _EPSILON))
    return sparse_softmax_cross_entropy_with_logits(classes, scores)


class Loss:
    """The mean over all rows of a function of what is true and what is predicted.

    Args:
        fn: gives a number for each row.
        reduction: "sum_over_batch_size" is their mean, "sum" their sum, None or "none" gives the rows.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        **options: Any,
    ) -> None:
        if reduction not in ("sum_over_batch_size", "mean", "sum", "none", None):
            raise ValueError(f"Invalid value for argument `reduction`: {reduction!r}")
        self.fn, self.reduction, self.options = fn, reduction, options
        self.name = name or getattr(fn, "__name__", "loss")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        rows = self.fn(y_true, y_pred, **self.options)
        if sample_weight is not None:
            rows = rows * np.asarray(sample_weight, rows.dtype)
        if self.reduction in ("none", None):
            return rows
        return apply(np.sum if self.reduction == "sum" else np.mean, (rows,))


def _class(label: str, fn: Callable[..., Any], *names: str) -> type:
    """A loss as Keras has it: a class of the options of a function."""

    def __init__(
        self: Any, *args: Any, reduction: Any = "sum_over_batch_size", name: Any = None, **options: Any
    ) -> None:
        options.update(zip(names, args, strict=False))
        Loss.__init__(self, fn, reduction, name, **options)

    return type(label, (Loss,), {"__init__": __init__, "__doc__": f"The mean of `{fn.__name__}`."})


_FUNCTIONS = (
    mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error, log_cosh,
    huber, hinge, squared_hinge, poisson, kl_divergence, cosine_similarity, binary_crossentropy,
    categorical_crossentropy, sparse_categorical_crossentropy,
)  # fmt: skip
NAMES: dict[str, Any] = {
    "Loss": Loss,
    **{f.__name__: f for f in _FUNCTIONS},
    "logcosh": log_cosh, "kld": kl_divergence, "kullback_leibler_divergence": kl_divergence,
    "mse": mean_squared_error, "mae": mean_absolute_error, "MSE": mean_squared_error,
    "mape": mean_absolute_percentage_error, "msle": mean_squared_logarithmic_error, "MAE": mean_absolute_error,
    "MeanSquaredError": _class("MeanSquaredError", mean_squared_error),
    "MeanAbsoluteError": _class("MeanAbsoluteError", mean_absolute_error),
    "MeanAbsolutePercentageError": _class("MeanAbsolutePercentageError", mean_absolute_percentage_error),
    "MeanSquaredLogarithmicError": _class("MeanSquaredLogarithmicError", mean_squared_logarithmic_error),
    "LogCosh": _class("LogCosh", log_cosh), "Huber": _class("Huber", huber, "delta"),
    "Hinge": _class("Hinge", hinge), "SquaredHinge": _class("SquaredHinge", squared_hinge),
    "Poisson": _class("Poisson", poisson), "KLDivergence": _class("KLDivergence", kl_divergence),
    "BinaryCrossentropy": _class("BinaryCrossentropy", binary_crossentropy, "from_logits", "label_smoothing"),
    "CategoricalCrossentropy": _class(
        "CategoricalCrossentropy", categorical_crossentropy, "from_logits", "label_smoothing"
    ),
    "SparseCategoricalCrossentropy": _class(
        "SparseCategoricalCrossentropy", sparse_categorical_crossentropy, "from_logits", "ignore_class"
    ),
}  # fmt: skip
