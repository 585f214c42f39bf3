"""Helpers of the rules of Fourier transforms."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .protocol import kernel

Norm = Literal["backward", "ortho", "forward"] | None


@kernel
def fit_axis(value: Any, a: Any, axis: int = -1) -> Any:
    """`value`, along `axis` cut or filled with zeros to the size of `a`.

    >>> fit_axis(np.array([1.0, 2.0]), np.zeros(3))
    array([1., 2., 0.])
    """
    return extend_axis(value, np.shape(a)[axis], axis)


@kernel
def extend_axis(value: Any, size: int, axis: int = -1) -> Any:
    """`value`, along `axis` cut or filled with zeros to `size`."""
    moved = np.moveaxis(value, axis, -1)
    have = moved.shape[-1]
    if have > size:
        moved = moved[..., :size]
    elif have < size:
        moved = np.concatenate([moved, np.zeros((*moved.shape[:-1], size - have), moved.dtype)], -1)
    return np.moveaxis(moved, -1, axis)


@kernel
def fit_axes(value: Any, a: Any) -> Any:
    """`value`, along every axis cut or filled with zeros to the size of `a`."""
    for axis, size in enumerate(np.shape(a)):
        value = extend_axis(value, size, axis) if np.shape(value)[axis] != size else value
    return value


def last_axis(axes: Any) -> int:
    """The axis along which a transform of real numbers over `axes` halves the spectrum."""
    return -1 if axes is None else int(axes[-1])


def last_size(a: Any, s: Any, axes: Any) -> int:
    """The length of a transform of `a` along that axis."""
    return int(np.shape(a)[last_axis(axes)] if s is None else s[-1])


def transform_axes(s: Any, axes: Any) -> Any:
    """The axes of a transform: if only the sizes `s` are given, the last ones."""
    return tuple(range(-len(s), 0)) if axes is None and s is not None else axes


def transform_size(a: Any, n: int | None, axis: int = -1) -> int:
    """The length of a Fourier transform of `a`."""
    return np.shape(a)[axis] if n is None else n


def mirror_weights(signal: Any, axis: int = -1) -> Any:
    """How often each term of the half spectrum of a real signal stands in the whole: once or twice.

    >>> mirror_weights(np.zeros(4))
    array([1., 2., 1.])
    """
    rank, n = np.ndim(signal), np.shape(signal)[axis]
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    return np.reshape(weights, [-1 if i == axis % rank else 1 for i in range(rank)])


def opposite(norm: Norm) -> Norm:
    """The normalisation with which a forward transform has the factor that a backward one has with `norm`.

    >>> opposite(None), opposite("forward")
    ('forward', 'backward')
    """
    if norm == "ortho":
        return norm
    return "backward" if norm == "forward" else "forward"
