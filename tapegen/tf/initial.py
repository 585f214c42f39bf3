"""`tf.initializers`: functions of a shape that give the first values of Variables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from . import random
from .arrays import eye, ones, zeros
from .convert import constant, shape_of

Draw = Callable[[Any, Any], Any]


class Initializer:
    """Called with a shape, and a dtype, it gives a Tensor."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __call__(self, shape: Any, dtype: Any = None, **unused: Any) -> Any:
        return self._draw(shape_of(shape), "float32" if dtype is None else dtype)


def _kind(label: str, make: Callable[..., Draw]) -> type[Initializer]:
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        Initializer.__init__(self, make(*args, **options))

    return type(label, (Initializer,), {"__init__": __init__})


def _normal(mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> Draw:
    return lambda shape, dtype: random.normal(shape, mean, stddev, dtype, seed)


def _uniform(minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> Draw:
    return lambda shape, dtype: random.uniform(shape, minval, maxval, dtype, seed)


def _truncated(mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> Draw:
    return lambda shape, dtype: random.truncated_normal(shape, mean, stddev, dtype, seed)


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a unit of a kernel of this shape has."""
    if len(shape) < 2:
        count = float(shape[0]) if shape else 1.0
        return count, count
    field = math.prod(shape[:-2])
    return float(field * shape[-2]), float(field * shape[-1])


def _scaled(
    scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: Any = None
) -> Draw:
    """Variance `scale` over the number of inputs, outputs, or their mean.

    Source: Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.
    """
    if mode not in ("fan_in", "fan_out", "fan_avg") or distribution not in (
        "truncated_normal", "untruncated_normal", "normal", "uniform"
    ):  # fmt: skip
        raise ValueError(f"unknown mode {mode!r} or distribution {distribution!r}")

    def draw(shape: Any, dtype: Any) -> Any:
        inputs, outputs = _fans(shape)
        fan = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[mode]
        variance = scale / max(1.0, fan)
        if distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return random.uniform(shape, -limit, limit, dtype, seed)
        if distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype, seed)
        # a normal distribution cut off at two standard deviations has this standard deviation
        return random.truncated_normal(shape, 0.0, math.sqrt(variance) / 0.87962566103423978, dtype, seed)

    return draw


def _named_scale(scale: float, mode: str, distribution: str) -> Callable[..., Draw]:
    return lambda seed=None: _scaled(scale, mode, distribution, seed)


def _orthogonal(gain: float = 1.0, seed: Any = None) -> Draw:
    def draw(shape: Any, dtype: Any) -> Any:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        wide = rows < columns
        a = random.normal((columns, rows) if wide else (rows, columns), 0.0, 1.0, "float64", seed)._a
        q, r = np.linalg.qr(a)
        q = q * np.sign(np.diagonal(r))
        return constant(gain * (q.T if wide else q).reshape(shape), dtype)

    return draw


def _constant(value: Any = 0) -> Draw:
    return lambda shape, dtype: constant(value, dtype, shape)


def _identity(gain: float = 1.0) -> Draw:
    return lambda shape, dtype: apply(np.multiply, (eye(shape[0], shape[1], dtype=dtype), gain))


NAMES: dict[str, Any] = {
    label: _kind(label, make)
    for label, make in {
        "Zeros": lambda: lambda shape, dtype: zeros(shape, dtype),
        "Ones": lambda: lambda shape, dtype: ones(shape, dtype),
        "Constant": _constant,
        "Identity": _identity, "RandomNormal": _normal, "RandomUniform": _uniform, "TruncatedNormal": _truncated,
        "VarianceScaling": _scaled, "Orthogonal": _orthogonal,
        "GlorotUniform": _named_scale(1.0, "fan_avg", "uniform"),
        "GlorotNormal": _named_scale(1.0, "fan_avg", "truncated_normal"),
        "HeUniform": _named_scale(2.0, "fan_in", "uniform"),
        "HeNormal": _named_scale(2.0, "fan_in", "truncated_normal"),
        "LecunUniform": _named_scale(1.0, "fan_in", "uniform"),
        "LecunNormal": _named_scale(1.0, "fan_in", "truncated_normal"),
    }.items()
}  # fmt: skip
NAMES |= {
    "Initializer": Initializer,
    **{
        short: NAMES[label]
        for short, label in {
            "zeros": "Zeros", "ones": "Ones", "constant": "Constant", "identity": "Identity",
            "random_normal": "RandomNormal", "random_uniform": "RandomUniform", "truncated_normal": "TruncatedNormal",
            "variance_scaling": "VarianceScaling", "orthogonal": "Orthogonal", "glorot_uniform": "GlorotUniform",
            "glorot_normal": "GlorotNormal", "he_uniform": "HeUniform", "he_normal": "HeNormal",
            "lecun_uniform": "LecunUniform", "lecun_normal": "LecunNormal",
        }.items()
    },
}  # fmt: skip
TOP: dict[str, Any] = {
    "zeros_initializer": NAMES["Zeros"], "ones_initializer": NAMES["Ones"], "constant_initializer": NAMES["Constant"],
    "random_normal_initializer": NAMES["RandomNormal"], "random_uniform_initializer": NAMES["RandomUniform"],
}  # fmt: skip
