"""Derivatives of `np.einsum`, of any order.

An einsum is linear in each operand. So all that can come up are derivatives of it in some directions, each a list with
one tangent for each operand: D(operands; d1, d2, ...), and the gradient of <ct, D> with respect to the operands.
Directions are kept as nested pairs, `((None, d1), d2)`, so that one more is easily written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .protocol import kernel
from .zeros import add, zeros_like

Directions = Any  # None, or (Directions, list of tangents)


@kernel
def einsum_derivative(subscripts: str, operands: Sequence[Any], directions: Directions) -> Any:
    """The derivative of `np.einsum(subscripts, *operands)` in the given directions; without any, the einsum itself.

    >>> einsum_derivative("i,i->", [np.ones(2), np.ones(2)], (None, [np.ones(2), np.zeros(2)]))
    np.float64(2.0)
    """
    total = None
    for chosen in _assignments(operands, directions, skip=None):
        total = add(total, np.einsum(subscripts, *chosen))
    return np.einsum(subscripts, *operands) * 0 if total is None else total


@kernel
def einsum_gradient(
    ct: Any, subscripts: str, operands: Sequence[Any], directions: Directions = None
) -> list[Any]:
    """The gradient of <ct, `einsum_derivative(subscripts, operands, directions)`> with respect to each operand.

    >>> einsum_gradient(1.0, "i,i->", [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    [array([3., 4.]), array([1., 2.])]
    """
    gradients = []
    for i, x in enumerate(operands):
        total = zeros_like(x) if directions is not None else None
        for chosen in _assignments(operands, directions, skip=i):
            total = add(total, _adjoint(ct, subscripts, chosen, i))
        gradients.append(total)
    return gradients


@kernel
def einsum_directions_gradient(
    ct: Any, subscripts: str, operands: Sequence[Any], directions: Directions
) -> Any:
    """The gradient of <ct, `einsum_derivative(...)`> with respect to each direction, nested as `directions`."""
    if directions is None:
        return None
    rest, last = directions
    inner = _listed(rest)
    outer = [
        einsum_gradient(ct, subscripts, operands, _paired([*inner[:m], *inner[m + 1 :], last]))
        for m in range(len(inner))
    ]
    return _paired([*outer, einsum_gradient(ct, subscripts, operands, rest)])


@kernel
def einsum_replaced_gradients(
    ct: Any, subscripts: str, operands: Sequence[Any], directions: Directions, value: Sequence[Any]
) -> Any:
    """For each direction, `einsum_gradient` with `value` in its place, nested as `directions`."""
    listed = _listed(directions)
    return _paired(
        [
            einsum_gradient(ct, subscripts, operands, _paired([*listed[:m], value, *listed[m + 1 :]]))
            for m in range(len(listed))
        ]
    )


@kernel
def einsum_derivative_along(
    subscripts: str, operands: Sequence[Any], directions: Directions, dots: Directions
) -> Any:
    """The tangent of `einsum_derivative` when the directions move by `dots`: it is linear in each of them."""
    listed, moves = _listed(directions), _listed(dots)
    total = None
    for m, move in enumerate(moves):
        moved = _paired([*listed[:m], move, *listed[m + 1 :]])
        total = add(total, einsum_derivative(subscripts, operands, moved))
    return total


@kernel
def einsum_gradient_along(
    ct: Any, subscripts: str, operands: Sequence[Any], directions: Directions, dots: Directions
) -> Any:
    """The tangent of `einsum_gradient` when the directions move by `dots`: it is linear in each of them."""
    listed, moves = _listed(directions), _listed(dots)
    total = None
    for m, move in enumerate(moves):
        moved = _paired([*listed[:m], move, *listed[m + 1 :]])
        total = add(total, einsum_gradient(ct, subscripts, operands, moved))
    return total


def _listed(directions: Directions) -> list[Any]:
    return [] if directions is None else [*_listed(directions[0]), directions[1]]


def _paired(directions: Sequence[Any]) -> Directions:
    return None if not directions else (_paired(directions[:-1]), directions[-1])


def _assignments(operands: Sequence[Any], directions: Directions, skip: int | None) -> Iterator[list[Any]]:
    """The operands with each direction taking the place of a different one, not of `skip`, in all ways."""
    if directions is None:
        yield list(operands)
        return
    rest, last = directions
    for i, tangent in enumerate(last):
        if i == skip:
            continue
        for chosen in _assignments(operands, rest, skip):
            if chosen[i] is operands[i]:
                yield [*chosen[:i], tangent, *chosen[i + 1 :]]


def _adjoint(ct: Any, subscripts: str, operands: Sequence[Any], position: int) -> Any:
    """The cotangent of the operand at `position` of `np.einsum(subscripts, *operands)`.

    The same sum with `ct` in the place of the operand. An index that only the operand has was summed over: its
    cotangent is constant along it. An index that it has twice picked a diagonal: the rest of its cotangent is zero.
    """
    terms, result = _explicit(subscripts, operands)
    shape, own = np.shape(operands[position]), terms[position]
    others = [term for i, term in enumerate(terms) if i != position]
    distinct = "".join(dict.fromkeys(own))
    wanted = "".join(letter for letter in distinct if letter in set(result).union(*others))
    rest = [operand for i, operand in enumerate(operands) if i != position]
    part = np.einsum(",".join([result, *others]) + "->" + wanted, ct, *rest)
    sizes = dict(zip(own, shape, strict=True))
    found = dict(zip(wanted, np.shape(part), strict=True))
    # An axis of size 1 that met a longer one was broadcast.
    stretched = tuple(i for i, c in enumerate(distinct) if sizes[c] == 1 and found.get(c, 1) > 1)
    part = np.sum(np.reshape(part, [found.get(c, 1) for c in distinct]), axis=stretched, keepdims=True)
    part = np.broadcast_to(part, [sizes[c] for c in distinct])
    if distinct == own:
        return part
    full = np.zeros(shape, part.dtype)
    grid = dict(zip(distinct, np.ix_(*(range(sizes[c]) for c in distinct)), strict=True))
    full[tuple(grid[c] for c in own)] = part
    return full


def _explicit(subscripts: str, operands: Sequence[Any]) -> tuple[list[str], str]:
    """The terms and the result of a subscript string, with letters for ellipses and the implied result."""
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in subscripts]
    ranks = [
        np.ndim(x) - len(t.replace("...", "")) for t, x in zip(terms, operands, strict=True) if "..." in t
    ]
    dots = "".join(free[: max(ranks, default=0)])
    terms = [
        t.replace("...", dots[len(dots) - (np.ndim(x) - len(t) + 3) :]) if "..." in t else t
        for t, x in zip(terms, operands, strict=True)
    ]
    if not arrow:
        letters = "".join(terms)
        result = dots + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))
    return terms, result.replace("...", dots)
