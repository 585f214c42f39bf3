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
