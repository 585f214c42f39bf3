"""`tf.optimizers.schedules`: learning rates as functions of the step."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..runtime.tensor import Tensor


class Schedule:
    """Called with a step it gives the learning rate as a Tensor."""

    def rate(self, step: Any) -> float:
        raise NotImplementedError

    def __call__(self, step: Any) -> Tensor:
        return Tensor(self.rate(step))


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """`rate * decay_rate**(step / decay_steps)`, by whole steps with `staircase`."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str | None = None

    def rate(self, step: Any) -> float:
        rounds = float(step) / self.decay_steps
        return float(
            self.initial_learning_rate * self.decay_rate ** (math.floor(rounds) if self.staircase else rounds)
        )


@dataclass(frozen=True)
class InverseTimeDecay(Schedule):
    """`rate / (1 + decay_rate * step / decay_steps)`, by whole steps with `staircase`."""

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False
    name: str | None = None

    def rate(self, step: Any) -> float:
        rounds = float(step) / self.decay_steps
        return self.initial_learning_rate / (
            1 + self.decay_rate * (math.floor(rounds) if self.staircase else rounds)
        )


@dataclass(frozen=True)
class PolynomialDecay(Schedule):
    """From one rate to another in `decay_steps`, along a power of what is left."""

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str | None = None

    def rate(self, step: Any) -> float:
        now, steps = float(step), float(self.decay_steps)
        if self.cycle:
            steps *= max(1, math.ceil(now / steps))
        left = (1 - min(now, steps) / steps) ** self.power
        return float((self.initial_learning_rate - self.end_learning_rate) * left + self.end_learning_rate)


@dataclass(frozen=True)
class CosineDecay(Schedule):
    """Half a wave of the cosine down to `alpha` times the rate.

    Source: Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts.
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    name: str | None = None

    def rate(self, step: Any) -> float:
        wave = 0.5 * (1 + math.cos(math.pi * min(float(step), self.decay_steps) / self.decay_steps))
        return float(self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha))


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """`values[i]` up to and including step `boundaries[i]`, then the last of `values`."""

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str | None = None

    def rate(self, step: Any) -> float:
        return float(self.values[bisect.bisect_left(list(self.boundaries), float(step))])


NAMES: dict[str, Any] = {"LearningRateSchedule": Schedule} | {
    cls.__name__: cls
    for cls in (ExponentialDecay, InverseTimeDecay, PolynomialDecay, CosineDecay, PiecewiseConstantDecay)
}
