"""`tf.random`: NumPy's generators under TensorFlow's names. The numbers are not TensorFlow's, for the same seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.tensor import Tensor, frozen, make
from ..runtime.variable import Variable
from .convert import shape_of, tensor
from .dtypes import as_dtype


class Generator:
    """A source of random numbers with a state of its own."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = np.random.default_rng(seed)

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        return cls(seed)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        return cls()

    def reset_from_seed(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: Any = None
    ) -> Tensor:
        return _moved(self._random.standard_normal(shape_of(shape)), stddev, mean, as_dtype(dtype))

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", name: Any = None
    ) -> Tensor:
        kind = as_dtype(dtype)
        if kind.kind in "iu":
            if maxval is None:
                raise ValueError(f"Must specify maxval for integer dtype {kind}")
            return make(
                frozen(self._random.integers(np.asarray(minval), np.asarray(maxval), shape_of(shape), kind))
            )
        high = 1 if maxval is None else maxval
        return _moved(self._random.random(shape_of(shape)), high - minval, minval, kind)

    def uniform_full_int(self, shape: Any, dtype: Any = "uint64", name: Any = None) -> Tensor:
        kind = as_dtype(dtype)
        limits = np.iinfo(kind)
        return make(
            frozen(self._random.integers(limits.min, limits.max, shape_of(shape), kind, endpoint=True))
        )

    def binomial(self, shape: Any, counts: Any, probs: Any, dtype: Any = "int32", name: Any = None) -> Tensor:
        drawn = self._random.binomial(np.asarray(counts).astype(int), np.asarray(probs), shape_of(shape))
        return make(frozen(np.asarray(drawn).astype(as_dtype(dtype))))

    def split(self, count: int = 1) -> list[Generator]:
        """Generators whose numbers are independent of this one's."""
        return [Generator(int(seed)) for seed in self._random.integers(0, 2**63, int(count))]

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", name: Any = None
    ) -> Tensor:
        """Normal numbers, those beyond two standard deviations drawn again."""
        values = np.asarray(self._random.standard_normal(shape_of(shape)))
        while (far := np.abs(values) > 2).any():
            values[far] = self._random.standard_normal(int(far.sum()))
        return _moved(values, stddev, mean, as_dtype(dtype))


def _moved(values: Any, scale: Any, shift: Any, dtype: np.dtype[Any]) -> Tensor:
    """`values * scale + shift`, differentiable with respect to these."""
    if any(isinstance(v, (Tensor, Variable)) for v in (scale, shift)):
        return make(frozen(np.asarray(values).astype(dtype))) * scale + shift  # type: ignore[no-any-return]
    return make(frozen(np.asarray(values * np.asarray(scale) + np.asarray(shift)).astype(dtype)))


_state = [Generator()]


def set_seed(seed: int) -> None:
    """Start the module's generator anew."""
    _state[0].reset_from_seed(int(seed))


def get_global_generator() -> Generator:
    return _state[0]


def set_global_generator(generator: Generator) -> None:
    _state[0] = generator


def _source(seed: Any) -> Generator:
    """The global generator, or for an operation with a `seed` one of its own: the same numbers each time."""
    return _state[0] if seed is None else Generator(zlib.crc32(repr(seed).encode()))


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: Any = None, name: Any = None
) -> Tensor:
    return _source(seed).normal(shape, mean, stddev, dtype)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: Any = None, name: Any = None
) -> Tensor:
    return _source(seed).truncated_normal(shape, mean, stddev, dtype)


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: Any = None,
    name: Any = None,
) -> Tensor:
    return _source(seed).uniform(shape, minval, maxval, dtype)


def shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    """The rows in another order; differentiable."""
    value = tensor(value)
    return value[_source(seed)._random.permutation(value.shape[0])]


def categorical(
    logits: Any, num_samples: Any, dtype: Any = "int64", seed: Any = None, name: Any = None
) -> Tensor:
    """Class numbers drawn from rows of log-probabilities."""
    a = tensor(logits)._a
    noise = _source(seed)._random.gumbel(size=(a.shape[0], int(num_samples), a.shape[1]))
    return make(np.argmax(a[:, None, :] + noise, -1).astype(as_dtype(dtype)))


def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: Any = None, name: Any = None
) -> Tensor:
    alpha, beta = np.asarray(alpha), np.asarray(1.0 if beta is None else beta)
    size = (*shape_of(shape), *np.broadcast_shapes(alpha.shape, beta.shape))
    return make(
        frozen(np.asarray(_source(seed)._random.gamma(alpha, 1 / beta, size)).astype(as_dtype(dtype)))
    )


def poisson(shape: Any, lam: Any, dtype: Any = "float32", seed: Any = None, name: Any = None) -> Tensor:
    lam = np.asarray(lam)
    return make(
        frozen(
            np.asarray(_source(seed)._random.poisson(lam, (*shape_of(shape), *lam.shape))).astype(
                as_dtype(dtype)
            )
        )
    )


def _stateless(drawn: Any) -> Callable[..., Any]:
    """A function whose numbers are decided by `seed`, a pair of integers, alone."""

    def call(shape: Any, seed: Any, *args: Any, alg: Any = None, **kwargs: Any) -> Any:
        return drawn(shape, *args, seed=tuple(np.asarray(seed).tolist()), **kwargs)

    call.__name__ = call.__qualname__ = f"stateless_{drawn.__name__}"
    return call


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = "int64", name: Any = None
) -> Tensor:
    return categorical(logits, num_samples, dtype, tuple(np.asarray(seed).tolist()))


def stateless_binomial(
    shape: Any, seed: Any, counts: Any, probs: Any, output_dtype: Any = "int32", name: Any = None
) -> Tensor:
    return _source(tuple(np.asarray(seed).tolist())).binomial(shape, counts, probs, output_dtype)


def split(seed: Any, num: int = 2, alg: Any = None) -> Tensor:
    """New seeds from one."""
    drawn = _source(tuple(np.asarray(seed).tolist()))._random.integers(0, 2**31, (int(num), 2))
    return make(drawn.astype(np.int32))


def fold_in(seed: Any, data: Any, alg: Any = None) -> Tensor:
    """A new seed from one and a number."""
    return split((*np.asarray(seed).tolist(), int(data)), 1)[0]  # type: ignore[no-any-return]


NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        Generator, set_seed, get_global_generator, set_global_generator, normal, truncated_normal, uniform, shuffle,
        categorical, gamma, poisson, split, fold_in, stateless_categorical, stateless_binomial,
        _stateless(normal), _stateless(truncated_normal), _stateless(uniform), _stateless(gamma), _stateless(poisson),
    )
}  # fmt: skip
