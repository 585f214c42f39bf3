"""Differences."""

import numpy as np

from ..kernels import ends_of_differences
from .registry import linear


@linear(np.diff, wrt=("a",))
def diff(a, n=1, axis=-1, *, ct):
    """Differences of ct between n zeros at both ends, times (-1)**n."""
    return (-1) ** n * np.diff(np.pad(ct, ends_of_differences(ct, n, axis)), n, axis)


@linear(np.ediff1d, wrt=("ary",))
def ediff1d(ary, *, ct):
    return np.reshape(-np.diff(np.pad(ct, 1)), np.shape(ary))
