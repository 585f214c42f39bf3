"""Optimizers with the names, defaults and numbers of `tf.keras.optimizers`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..runtime.record import raw, resolve
from ..runtime.tape import GradientTape
from ..runtime.tensor import Tensor
from ..runtime.variable import Variable


class Optimizer:
    """Base: keeps arrays for each Variable and the count of steps, clips gradients.

    Args:
        learning_rate: a number, or a function of no argument or of the step that gives one.
        weight_decay: fraction of each Variable, times the learning rate, taken off at each step.
        clipnorm, clipvalue, global_clipnorm: limits on each gradient's norm, its elements, the norm of all together.
    """

    def __init__(
        self,
        learning_rate: Any,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        **unused: Any,
    ) -> None:
        self._rate = learning_rate
        self.name = name or type(self).__name__
        self.iterations = Variable(np.int64(0), trainable=False, name="iteration")
        self.weight_decay, self.clipnorm, self.clipvalue = weight_decay, clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self._slots: dict[int, tuple[Variable, dict[str, np.ndarray]]] = {}

    @property
    def learning_rate(self) -> Any:
        rate = self._rate
        if not callable(rate) or isinstance(rate, Variable):
            return rate
        try:
            return rate(int(self.iterations))
        except TypeError:
            return rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self._rate = value

    lr = learning_rate

    def build(self, variables: Iterable[Variable]) -> None:
        """Nothing to prepare: slots are made when a Variable is first seen."""

    def minimize(self, loss: Any, var_list: Any, tape: GradientTape | None = None, **unused: Any) -> Variable:
        """One step: the gradient of `loss`, a function or a Tensor that `tape` recorded, then `apply_gradients`."""
        if callable(loss):
            with GradientTape() as tape:
                value = loss()
        elif tape is None:
            raise ValueError("`tape` is required when a `Tensor` loss is passed.")
        else:
            value = loss
        variables = list(var_list() if callable(var_list) else var_list)
        assert tape is not None
        return self.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))

    def apply_gradients(
        self, grads_and_vars: Iterable[tuple[Any, Variable]], name: Any = None, **unused: Any
    ) -> Variable:
        """Update Variables by their gradients; those of None are left alone.

        Raises: ValueError if all are None.
        """
        pairs = [(_array(g), v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise ValueError("No gradients provided for any variable.")
        grads = self._clipped([g for g, _ in pairs])
        step, rate = int(self.iterations._tensor._a) + 1, float(self.learning_rate)
        decay, slots = self.weight_decay, self._slots
        for g, (_, v) in zip(grads, pairs, strict=True):
            value = np.asarray(v._tensor._a)
            kind = value.dtype
            if id(v) not in slots:
                slots[id(v)] = v, self._start(value)
            if decay is not None:
                value = value - value * np.asarray(decay * rate, kind)
            new = value + self._change(g if g.dtype is kind else g.astype(kind), rate, step, slots[id(v)][1])
            v._set(new if new.dtype is kind else new.astype(kind))
        self.iterations._set(np.int64(step))
        return self.iterations

    def _clipped(self, grads: list[np.ndarray]) -> list[np.ndarray]:
        if self.global_clipnorm is not None:
            total = float(np.sqrt(sum(float(np.sum(np.square(np.abs(g)))) for g in grads)))
            scale = self.global_clipnorm / max(total, self.global_clipnorm)
            return [g * g.dtype.type(scale) for g in grads]
        if self.clipnorm is not None:
            limit = self.clipnorm
            return [g * g.dtype.type(limit / max(float(np.linalg.norm(g)), limit)) for g in grads]
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        return grads

    def _start(self, value: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays kept for a Variable."""
        raise NotImplementedError

    def _change(self, g: np.ndarray, rate: float, step: int, slot: dict[str, np.ndarray]) -> Any:
        """What to add to a Variable; updates its arrays."""
        raise NotImplementedError


def _array(gradient: Any) -> Any:
    return np.asarray(gradient._a if type(gradient) is Tensor else raw(resolve(gradient)))


class SGD(Optimizer):
    """Gradient descent, with momentum, or Nesterov's."""

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **options: Any
    ) -> None:
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = momentum, nesterov

    def _start(self, value: np.ndarray) -> dict[str, np.ndarray]:
        return {"velocity": np.zeros_like(value)} if self.momentum else {}

    def _change(self, g: np.ndarray, rate: float, step: int, slot: dict[str, np.ndarray]) -> Any:
        if not self.momentum:
            return -rate * g
        velocity = slot["velocity"] = self.momentum * slot["velocity"] - rate * g
        return self.momentum * velocity - rate * g if self.nesterov else velocity


class Adam(Optimizer):
    """Kingma and Ba (2015); with `amsgrad`, Reddi et al. (2018)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def _start(self, value: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.zeros_like(value) for name in ("m", "v", "largest")}

    def _change(self, g: np.ndarray, rate: float, step: int, slot: dict[str, np.ndarray]) -> Any:
        alpha = rate * (1 - self.beta_2**step) ** 0.5 / (1 - self.beta_1**step)
        m = slot["m"] = slot["m"] + (g - slot["m"]) * (1 - self.beta_1)
        v = slot["v"] = slot["v"] + (np.square(g) - slot["v"]) * (1 - self.beta_2)
        if self.amsgrad:
            v = slot["largest"] = np.maximum(slot["largest"], v)
        return -alpha * m / (np.sqrt(v) + self.epsilon)


class AdamW(Adam):
    """Loshchilov and Hutter (2019): Adam with weight decay."""

    def __init__(self, learning_rate: Any = 0.001, weight_decay: float = 0.004, **options: Any) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **options)


class RMSprop(Optimizer):
    """Tieleman and Hinton (2012)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def _start(self, value: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.zeros_like(value) for name in ("square", "mean", "momentum")}

    def _change(self, g: np.ndarray, rate: float, step: int, slot: dict[str, np.ndarray]) -> Any:
        square = slot["square"] = self.rho * slot["square"] + (1 - self.rho) * np.square(g)
        spread = square
        if self.centered:
            mean = slot["mean"] = self.rho * slot["mean"] + (1 - self.rho) * g
            spread = square - np.square(mean)
        change = rate * g / np.sqrt(spread + self.epsilon)
        if self.momentum:
            change = slot["momentum"] = self.momentum * slot["momentum"] + change
        return -change


class Adagrad(Optimizer):
    """Duchi et al. (2011)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def _start(self, value: np.ndarray) -> dict[str, np.ndarray]:
        return {"total": np.full_like(value, self.initial_accumulator_value)}

    def _change(self, g: np.ndarray, rate: float, step: int, slot: dict[str, np.ndarray]) -> Any:
        slot["total"] = slot["total"] + np.square(g)
        return -rate * g / np.sqrt(slot["total"] + self.epsilon)


NAMES: dict[str, Any] = {cls.__name__: cls for cls in (Optimizer, SGD, Adam, AdamW, RMSprop, Adagrad)}
