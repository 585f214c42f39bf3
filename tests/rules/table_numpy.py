"""Further rows of the table for NumPy, see `table`."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import numpy as np

from .arguments import A, distinct, unary


def made() -> Iterator[tuple]:
    yield np.arange, False, [(0.5, 2.6), (0.5, 2.6, 0.4), (0.5, 2.6, 0.4, np.float64), (2.6,)]
    yield np.logspace, True, [(0.5, 1.5), (A(), A(), 5), (A(2), A(2), 4, True, 3.0), (0.5, 1.5, 4, False)]
    yield np.geomspace, False, [(0.5, 1.5), (A(2, low=0.5), A(2, low=0.5), 4), (0.5, 1.5, 4, False)]
    yield np.fromiter, False, [([0.5, 1.5, 2.5], float)]
    yield np.r_.__getitem__, True, [(A(3),)]
    yield np.c_.__getitem__, True, [(A(3),)]
    if importlib.util.find_spec("scipy"):
        yield np.i0, False, unary(0.3)
        yield np.kaiser, False, [(5, 2.5), (4, A(low=1.0))]


def sets() -> Iterator[tuple]:
    yield np.unique, False, [(distinct(4),), (distinct(2, 3),)]
    yield np.unique_values, False, [(distinct(4),), (distinct(2, 3),)]
    yield np.sort_complex, False, [(distinct(4),)]


GROUPS = (made, sets)
