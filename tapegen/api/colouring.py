"""Columns of a sparse Jacobian that can be computed together: colourings of graphs, greedily.

Sources: Curtis, Powell and Reid (1974), On the estimation of sparse Jacobian matrices; Gebremedhin, Manne and Pothen
(2005), What color is your Jacobian?, algorithms 3.1 and 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tapegen.api.pattern import Pattern


def groups_by_row(pattern: Pattern) -> list[list[int]]:
    """For each row the columns of its entries."""
    found: list[list[int]] = [[] for _ in range(pattern.shape[0])]
    for i, j in zip(pattern.rows.tolist(), pattern.columns.tolist(), strict=True):
        found[i].append(j)
    return found


def colour_columns(pattern: Pattern) -> np.ndarray:
    """A colour for each column, such that columns with an entry in a common row have different ones.

    Columns are taken by the number of their entries, largest first. Columns without entries get -1.

    >>> tridiagonal = Pattern.of([(i, j) for i in range(6) for j in range(6) if abs(i - j) < 2], (6, 6))
    >>> int(colour_columns(tridiagonal).max()) + 1
    3
    """
    rows, columns = groups_by_row(pattern), groups_by_row(pattern.transposed)
    colours = [-1] * pattern.shape[1]
    for j in sorted(range(len(columns)), key=lambda j: -len(columns[j])):
        if columns[j]:
            taken = {colours[other] for i in columns[j] for other in rows[i]}
            colours[j] = _first_free(taken)
    return np.array(colours, int)


def _first_free(taken: set[int]) -> int:
    colour = 0
    while colour in taken:
        colour += 1
    return colour


def colour_star(pattern: Pattern) -> np.ndarray:
    """A star colouring of a symmetric pattern: neighbours differ, and no path of four vertices has two colours.

    Then each entry (i, j) stands alone among those of its colour in row i, or in row j.

    >>> arrow = Pattern.of([(i, j) for i in range(6) for j in range(6) if i == j or 0 in (i, j)], (6, 6))
    >>> int(colour_star(arrow).max()) + 1
    2
    """
    near = [[j for j in row if j != i] for i, row in enumerate(groups_by_row(pattern))]
    colours = [-1] * len(near)
    for v in sorted(range(len(near)), key=lambda v: -len(near[v])):
        colours[v] = _first_free(_forbidden(v, near, colours))
    return np.array(colours, int)


def _forbidden(v: int, near: Sequence[Sequence[int]], colours: Sequence[int]) -> set[int]:
    """The colours that would make a path of four vertices with two colours end at or pass `v`."""
    taken: set[int] = set()
    for w in near[v]:
        if colours[w] >= 0:
            taken.add(colours[w])
        for x in near[w]:
            if x == v or colours[x] < 0:
                continue
            if colours[w] < 0 or any(y != w and colours[y] == colours[w] for y in near[x]):
                taken.add(colours[x])
    # v between two neighbours of one colour: none of its own colour may stand beyond either of them.
    seen: dict[int, int] = {}
    for w in near[v]:
        if colours[w] >= 0:
            seen[colours[w]] = seen.get(colours[w], 0) + 1
    for w in near[v]:
        if colours[w] >= 0 and seen[colours[w]] > 1:
            taken.update(colours[x] for x in near[w] if x != v and colours[x] >= 0)
    return taken
