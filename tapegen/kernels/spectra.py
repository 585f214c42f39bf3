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
