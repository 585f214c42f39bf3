"""Helpers of the rules of spectral decompositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .protocol import kernel


@kernel
def gap_quotients(w: Any) -> Any:
    """1 / (w[j] - w[i]) at [i, j], and 0 where the two are equal.

    >>> gap_quotients(np.array([1.0, 3.0, 3.0]))
    array([[ 0. ,  0.5,  0.5],
           [-0.5,  0. ,  0. ],
           [-0.5,  0. ,  0. ]])
    """
    gaps = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    equal = gaps == 0
    return (1 - equal) / (gaps + equal)


def is_number(value: Any) -> bool:
    """Whether `value` is a number: an order of a norm or one axis, not None, a name or a tuple."""
    return isinstance(value, (int, float, np.integer, np.floating))


@kernel
def as_matrices(x: Any, axis: tuple[int, int] | None) -> Any:
    """`x` with the two axes of a matrix norm last. Over no axes, `x` is one matrix, or a vector: a column."""
    if axis is None:
        return np.reshape(x, (-1, 1)) if np.ndim(x) == 1 else x
    return np.moveaxis(x, axis, (-2, -1))


@kernel
def from_matrices(m: Any, x: Any, axis: tuple[int, int] | None) -> Any:
    """The inverse of `as_matrices`, which reads only the shape of `x`."""
    return np.reshape(m, np.shape(x)) if axis is None else np.moveaxis(m, (-2, -1), axis)


@kernel
def first_columns(u: Any, s: Any) -> Any:
    """The columns of u that belong to the singular values s."""
    return u[..., :, : np.shape(s)[-1]]


@kernel
def first_rows(vh: Any, s: Any) -> Any:
    """The rows of vh that belong to the singular values s."""
    return vh[..., : np.shape(s)[-1], :]


@kernel
def determined_columns(value: Any, s: Any) -> Any:
    """The cotangents of these columns.

    Raises: ValueError if others have a cotangent: they are any basis of the rest of the space.
    """
    if np.any(value[..., :, np.shape(s)[-1] :]):
        raise ValueError(
            "the columns of u beyond the singular values have no derivative: use full_matrices=False"
        )
    return value[..., :, : np.shape(s)[-1]]


@kernel
def determined_rows(value: Any, s: Any) -> Any:
    """The cotangents of these rows; the same for those of vh."""
    if np.any(value[..., np.shape(s)[-1] :, :]):
        raise ValueError(
            "the rows of vh beyond the singular values have no derivative: use full_matrices=False"
        )
    return value[..., : np.shape(s)[-1], :]
