"""When a loop that runs again for its adjoint keeps its state: the binomial schedule.

With room for c snapshots at once, and no step run more than r times, C(c + r, c) steps can be reversed, and no schedule
reverses more. Source: Griewank and Walther (2000), Algorithm 799: Revolve.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np


def snapshots(start: int, end: int, room: int) -> list[int]:
    """The steps after `start` before which the state is kept on the way to `end`, with `room` for so many more.

    The last step is always one of them: its state is the one that is needed first.

    >>> snapshots(0, 10, 2)
    [4, 7, 9]
    """
    found = []
    while room > 0 and end - start > 2:
        start += _first_part(end - start, room + 1)
        if start >= end - 1:
            break
        found.append(start)
        room -= 1
    return [*found, end - 1] if end - 1 > (found[-1] if found else 0) else found


def _first_part(steps: int, kept: int) -> int:
    """How many of `steps` to take before the next of `kept` snapshots, the first being taken."""
    runs = next(r for r in itertools.count(1) if math.comb(kept + r, kept) >= steps)
    before = math.comb(kept + runs - 2, kept) if runs > 1 else 0
    return max(1, before, steps - math.comb(kept - 1 + runs, kept - 1))


def enough_snapshots(steps: int) -> int:
    """The fewest snapshots with which no step is run more often than there are snapshots: about log4(steps).

    >>> [enough_snapshots(n) for n in (1, 10, 1000, 10**6)]
    [1, 3, 7, 12]
    """
    return next(c for c in itertools.count(1) if math.comb(2 * c, c) >= steps)


def own_stack(stack: list[Any]) -> list[Any]:
    """A list of the same elements, to take from: the adjoint of a pair may run more than once."""
    return list(stack)


def check_apart(*arrays: Any) -> None:
    """Make sure that arrays which a checkpointed loop writes, or reads beside, share no memory.

    Raises: ValueError if they do: run again from copies, the loop would not be the same.
    """
    for one, two in itertools.combinations([a for a in arrays if isinstance(a, np.ndarray)], 2):
        if np.may_share_memory(one, two) and np.shares_memory(one, two):
            raise ValueError(
                "cannot checkpoint this loop: two of the arrays that it carries or reads share memory, and one is "
                "written in place: write np.copy(...) of one of them"
            )
