"""`ForwardAccumulator`: tangents computed along with the values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..pytree import leaves as leaves_of
from ..pytree import tree_map
from .record import apply, resolve
from .state import enter, leave, state
from .sweep import ensure_key
from .tape import UnconnectedGradients, _wants_zero
from .tensor import Tensor, constant_array, frozen, make
from .variable import Variable


class ForwardAccumulator:
    """Compute Jacobian-vector products: the derivative of everything in the block along one direction.

    Args:
        primals: Tensors or Variables, one or a nest.
        tangents: the direction, a like nest of Tensors, arrays or numbers.
    Raises: ValueError if a primal comes twice, or shapes or structures differ; TypeError for other primals.

    What it computes is seen by the accumulators and tapes that were entered before it, never by those inside it.

    >>> x = Tensor(3.0)
    >>> with ForwardAccumulator(x, Tensor(1.0)) as acc:
    ...     y = x * x
    >>> acc.jvp(y)
    <tf.Tensor: shape=(), dtype=float32, numpy=6.0>
    """

    __slots__ = ("__weakref__", "known", "tangents")
    forward = True

    def __init__(self, primals: Any, tangents: Any) -> None:
        self.tangents: dict[int, Tensor] = {}
        self.known = self.tangents
        sources, given = leaves_of(primals), leaves_of(tangents)
        if isinstance(primals, (Tensor, Variable)) and isinstance(tangents, (list, tuple)):
            given = [tangents]
        if len(sources) != len(given):
            raise ValueError(f"there are {len(sources)} primals but {len(given)} tangents")
        for primal, tangent in zip(sources, given, strict=True):
            self._watch(primal, tangent)

    def _watch(self, primal: Any, tangent: Any) -> None:
        if isinstance(primal, Variable):
            primal = primal._tensor
        if not isinstance(primal, Tensor):
            raise TypeError(f"a primal must be a Tensor or Variable, not {primal!r}")
        if primal._a.dtype.kind not in "fc":
            raise ValueError(f"the dtype of a primal must be floating (e.g. tf.float32), got {primal.dtype}")
        key = ensure_key(primal)
        if key in self.tangents:
            raise ValueError(f"Tensor {primal} is given as a primal twice; add its tangents and give it once")
        dot = resolve(tangent)
        if not isinstance(dot, Tensor):
            dot = make(constant_array(np.asarray(dot, primal._a.dtype)))
        if dot._a.shape != primal._a.shape:
            raise ValueError(f"a primal has the shape {primal.shape}, its tangent {dot.shape}")
        if dot._a.dtype != primal._a.dtype:
            raise ValueError(f"a primal has the dtype {primal.dtype}, its tangent {dot.dtype}")
        self.tangents[key] = dot

    def __enter__(self) -> ForwardAccumulator:
        if self in state.recorders:
            raise ValueError("Accumulator is already active.")
        enter(self)
        return self

    def __exit__(self, *exception: object) -> None:
        leave(self)

    def follows(self, key: Any) -> bool:
        if type(key) is tuple:
            return any(self.follows(k) for k in key)
        return key in self.tangents

    def watch_variable(self, variable: Variable) -> None:
        """Variables other than the primals are constants."""

    def assigned(self, variable: Variable) -> None:
        """From its assignment on, a primal that is a Variable is a constant: assigning is not differentiated."""
        if variable._key in self.tangents:
            self.tangents[variable._key] = make(frozen(np.zeros(variable.shape, variable.dtype)))

    def jvp(
        self, primals: Any, unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE
    ) -> Any:
        """The tangents of a nest of values, None or zeros for those not connected. It only looks them up."""
        zero = _wants_zero(unconnected_gradients)
        return tree_map(lambda value: self._tangent(value, zero), primals)

    def _tangent(self, value: Any, zero: bool) -> Any:
        if isinstance(value, Variable):
            value = value._tensor
        dot = self.tangents.get(value._key or 0) if isinstance(value, Tensor) else None
        if dot is None and zero:
            return apply(np.zeros_like, (value,))
        return dot
