"""Checks on views."""

from __future__ import annotations

import numpy as np


def same_memory(view: np.ndarray, base: np.ndarray) -> np.ndarray:
    """`view`, after making sure that it really is a view of `base`.

    Raises: ValueError if it is a copy, as `np.reshape` makes of an array whose layout leaves no other way: writes into it
        would not reach `base`.

    >>> a = np.zeros((2, 3))
    >>> same_memory(a.T, a).shape
    (3, 2)
    """
    if view.size and not np.may_share_memory(view, base):
        raise ValueError("an array that is written in place was reshaped into a copy here: write np.copy(...) to say so")
    return view


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
            "an array that is written in place was reshaped here, and its tangent is laid out differently: write np.copy(...) of it first"
        )
    return view
