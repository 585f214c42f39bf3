"""Checks on views."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

_ADVICE = "write np.copy(...) of it first"


def same_memory(view: np.ndarray, base: np.ndarray, view_of: np.ndarray, base_of: np.ndarray) -> np.ndarray:
    """The cotangent of `view_of`, an array that may be a view of `base_of`: `view` of its cotangent `base`, or zeros.

    Raises: ValueError if only `view` is a copy: what is added to it would not reach `base`.

    >>> a, a_bar = np.zeros((2, 3)), np.zeros((2, 3))
    >>> same_memory(a_bar.T, a_bar, a.T, a).shape
    (3, 2)
    """
    if not np.may_share_memory(view_of, base_of):
        return np.zeros_like(view_of)
    if view.size and not np.may_share_memory(view, base):
        raise ValueError(
            "an array that is written in place was reshaped here, and its cotangent is laid out differently: "
            + _ADVICE
        )
    return view


def own_part(ct_in: Any, view: Any, base: np.ndarray) -> Any:
    """`ct_in` if the cotangent `view` has memory of its own; zeros if it is a view of `base`, which has it already.

    The pieces of a list, which `np.split` and its like give, are looked at one by one.
    """
    if isinstance(view, (list, tuple)):
        return [own_part(ct, piece, base) for ct, piece in zip(ct_in, view, strict=True)]
    return np.zeros_like(ct_in) if np.may_share_memory(view, base) else ct_in


def shared_as(view: Any, base: Any, view_of: Any, base_of: Any) -> Any:
    """A tangent `view` of a tangent `base`, as `view_of` is a view or a copy of `base_of`.

    Raises: ValueError if only the tangent is a copy: writes into it would not reach `base`.
    """
    if not all(isinstance(x, np.ndarray) for x in (view, base, view_of, base_of)) or not view.size:
        return view
    ours, theirs = np.may_share_memory(view, base), np.may_share_memory(view_of, base_of)
    if ours and not theirs:
        return view.copy("K")
    if theirs and not ours:
        raise ValueError(
            "an array that is written in place was reshaped here, and its tangent is laid out differently: "
            + _ADVICE
        )
    return view


def check_separate(written: Any, others: Any) -> None:
    """Make sure that no argument in `written`, which a function writes in place, shares memory with another argument.

    Raises: ValueError if one does: the gradient would treat them as independent.
    """
    arrays = list(_arrays(written))
    rest = list(_arrays(others))
    for index, array in enumerate(arrays):
        for other in [*arrays[index + 1 :], *rest]:
            if np.may_share_memory(array, other) and np.shares_memory(array, other):
                raise ValueError(
                    "an array that this function writes in place was passed with another that shares its memory, so "
                    "derivatives with respect to them can't be told apart: pass a copy of one of them"
                )


def _arrays(tree: Any) -> Iterator[np.ndarray]:
    if isinstance(tree, np.ndarray):
        yield tree
    elif isinstance(tree, (list, tuple, dict)):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _arrays(item)
    elif dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        for field in dataclasses.fields(tree):
            yield from _arrays(getattr(tree, field.name, None))
