"""Jacobians, Hessians and Hessian-vector products."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tapegen.api.gradients import Gradient, grad
from tapegen.api.products import jvp, match, vjp
from tapegen.pytree import flatten

Argnums = int | Sequence[int]


def jacrev(fn: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian by reverse mode, one adjoint sweep for each element of the result.

    Returns: a function of the arguments of `fn`; its result has, for each array of the result of `fn` and each array of
        the arguments chosen, an array of shape `out.shape + argument.shape`.

    >>> jacrev(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return _Jacobian(fn, argnums, _by_rows)


def jacfwd(fn: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian by forward mode, one tangent sweep for each element of the argument. Shapes as for `jacrev`.

    >>> jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return _Jacobian(fn, argnums, _by_columns)


def jacobian(fn: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian, by the mode that needs fewer sweeps. Shapes as for `jacrev`.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    return _Jacobian(fn, argnums, None)


def hessian(fn: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Hessian of a scalar function: forward mode over reverse mode.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return _Jacobian(grad(fn, argnums), argnums, _by_columns)


def hvp(fn: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The product of the Hessian of a scalar function with a vector: `hvp(f)(*args, v)`, with `v` like the argument.

    Forward mode over reverse mode: about the cost of two gradients. Source: Pearlmutter (1994), Fast exact multiplication
    by the Hessian.

    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([4., 2.])
    """
    gradient = grad(fn, argnums)

    @functools.wraps(fn)
    def product(*args_and_vector: Any) -> Any:
        *args, vector = args_and_vector
        tangents: list[Any] = [None] * len(args)
        tangents[argnums] = vector
        return jvp(gradient, args, tangents)[1]

    return product


class _Jacobian:
    def __init__(self, fn: Any, argnums: Argnums, mode: Callable[..., Any] | None) -> None:
        self.fn, self.argnums, self.mode = fn, argnums, mode
        functools.update_wrapper(self, fn, updated=())

    def __call__(self, *args: Any) -> Any:
        positions = (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)
        chosen = [args[p] for p in positions]
        leaves, structure = flatten(chosen)
        if self.mode is not None:
            blocks, out_structure = self.mode(self.fn, args, positions, leaves)
        else:
            blocks, out_structure = _by_fewer(self.fn, args, positions, leaves)
        nests = [structure.unflatten(row) for row in blocks]
        if isinstance(self.argnums, int):
            nests = [nest[0] for nest in nests]
        else:
            nests = [tuple(nest) for nest in nests]
        return out_structure.unflatten(nests)


def _size(leaves: Sequence[Any]) -> int:
    return sum(int(np.size(leaf)) for leaf in leaves)


def _by_fewer(fn: Any, args: Sequence[Any], positions: Sequence[int], leaves: Sequence[Any]) -> Any:
    if isinstance(fn, Gradient):
        return _by_columns(fn, args, positions, leaves)
    out, pullback = vjp(fn, *_copies(args))
    outs, structure = flatten(out)
    if _size(outs) <= _size(leaves):
        return _rows(outs, structure, pullback, positions, leaves)
    return _by_columns(fn, args, positions, leaves)


def _by_rows(fn: Any, args: Sequence[Any], positions: Sequence[int], leaves: Sequence[Any]) -> Any:
    out, pullback = vjp(fn, *_copies(args))
    outs, structure = flatten(out)
    return _rows(outs, structure, pullback, positions, leaves)


def _copies(args: Sequence[Any]) -> list[Any]:
    """Arguments that the function may write."""
    leaves, structure = flatten(list(args))
    return structure.unflatten([leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves])


def _rows(outs: Sequence[Any], structure: Any, pullback: Any, positions: Sequence[int], leaves: Sequence[Any]) -> Any:
    blocks = []
    zeros = [np.zeros(np.shape(out), getattr(out, "dtype", float)) for out in outs]
    for index, out in enumerate(outs):
        row = [np.empty(np.shape(out) + np.shape(leaf), np.result_type(leaf)) for leaf in leaves]
        for place in np.ndindex(*np.shape(out)):
            seed = np.zeros_like(zeros[index])
            seed[place] = 1.0
            ct = structure.unflatten([seed if i == index else zero for i, zero in enumerate(zeros)])
            cotangents = pullback(ct)
            for block, part in zip(row, flatten([cotangents[p] for p in positions])[0], strict=True):
                block[place] = part
        blocks.append([_scalar(block) for block in row])
    return blocks, structure


def _by_columns(fn: Any, args: Sequence[Any], positions: Sequence[int], leaves: Sequence[Any]) -> Any:
    _, structure = flatten([args[p] for p in positions])
    columns: list[list[Any]] = []
    out_structure: Any = None
    for index, leaf in enumerate(leaves):
        parts: list[Any] = []
        for place in np.ndindex(*np.shape(leaf)):
            dots = [np.zeros(np.shape(other), getattr(other, "dtype", float)) for other in leaves]
            dots[index][place] = 1.0
            tangents: list[Any] = [None] * len(args)
            for position, dot in zip(positions, structure.unflatten(dots), strict=True):
                tangents[position] = match(dot, args[position], "tangent")
            out_dots, out_structure = flatten(jvp(fn, _copies(args), tangents)[1])
            parts.append(out_dots)
        columns.append([np.stack([np.asarray(p[i]) for p in parts], -1) for i in range(len(parts[0]))])
    blocks = []
    for i in range(len(columns[0])):
        row = []
        for leaf, column in zip(leaves, columns, strict=True):
            shape = column[i].shape[:-1] + np.shape(leaf)
            row.append(_scalar(column[i].reshape(shape)))
        blocks.append(row)
    return blocks, out_structure


def _scalar(block: np.ndarray) -> Any:
    return block.item() if block.shape == () else block
