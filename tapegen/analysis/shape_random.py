"""Shape functions of random numbers: of `np.random`, and of the methods of generators."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import broadcast, length_of, shape_from
from tapegen.analysis.shape_functions import array_of, shape_of
from tapegen.analysis.values import NONE, Array, Number, Opaque, Value

_OWNERS = (np.random, np.random.Generator, np.random.RandomState)


def _named(names: str) -> list[Any]:
    return [getattr(owner, name) for owner in _OWNERS for name in names.split() if hasattr(owner, name)]


@shape_of(np.random.default_rng)
def default_rng(seed: Value = NONE) -> Value:
    return Opaque(np.random.Generator)


@shape_of(np.random.RandomState)
def random_state(seed: Value = NONE) -> Value:
    return Opaque(np.random.RandomState)


@shape_of(np.random.rand, np.random.randn)
def of_dims(*dims: Value) -> Value:
    if not dims:
        return Number("float")
    return Array("float64", tuple(map(length_of, dims)), False)


def sample(*params: Value, size: Value = NONE) -> Value:
    """A sample of the size that is asked for, or that the parameters are broadcast to."""
    shape = shape_from(size) if size != NONE else broadcast([array_of(p).shape for p in params])
    return (
        Number("float")
        if size == NONE and not shape and shape is not None
        else Array("float64", shape, False)
    )


@shape_of(np.random.random, np.random.standard_normal)
def of_size(size: Value = NONE) -> Value:
    return sample(size=size)


@shape_of(*_named("normal uniform laplace logistic gumbel lognormal"))
def of_two(loc: Value = Number("float"), scale: Value = Number("float"), size: Value = NONE) -> Value:
    return sample(loc, scale, size=size)


@shape_of(*_named("exponential rayleigh"))
def of_scale(scale: Value = Number("float"), size: Value = NONE) -> Value:
    return sample(scale, size=size)


@shape_of(*_named("poisson geometric logseries zipf"))
def count_of_one(p: Value = Number("float"), size: Value = NONE) -> Value:
    return _counted(sample(p, size=size))


@shape_of(*_named("binomial negative_binomial"))
def count_of_two(n: Value, p: Value, size: Value = NONE) -> Value:
    return _counted(sample(n, p, size=size))


def _counted(drawn: Value) -> Value:
    return Array("int64", drawn.shape, False) if isinstance(drawn, Array) else Number("int")
