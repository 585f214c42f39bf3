"""Jacobians, Hessians and Hessian-vector products."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.api.arguments import differentiable
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.gradients import Argnums, Gradient, checked_argnums, grad
from tapegen.api.products import Pair, Tangent, linearise, push
from tapegen.api.program import program_of
from tapegen.api.shipping import revive, ship
from tapegen.lang.names import is_identifier
from tapegen.pytree import flatten, tree_map


def jacrev(fn: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """The Jacobian by reverse mode, one adjoint sweep for each element of the result.

    Args:
        fn: a function of floats, arrays, and nests of them, with a result of the same kind.
        argnums: position of the argument to differentiate with respect to, or a sequence of positions.
    Returns: a function of the arguments of `fn`; its result has, for each array of the result of `fn` and each array of
        the arguments chosen, an array of shape `out.shape + argument.shape`. It has `.source`.
    Raises: TypeError for arguments without derivative, and for a complex result: use `jacfwd`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.2.

    >>> jacrev(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "rev")


def jacfwd(fn: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """The Jacobian by forward mode, one tangent sweep for each element of the argument.

    Args, Returns: as for `jacrev`. A complex argument is taken to be that of a holomorphic function.
    Raises: TypeError for arguments without derivative, and for a real result of a complex argument: use `jacrev`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.1.

    >>> jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "fwd")


def jacobian(fn: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """The Jacobian, by the mode that needs fewer sweeps.

    Args, Returns: as for `jacrev`.
    Raises: TypeError for arguments without derivative.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.3.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "fewer")


def hessian(fn: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """The Hessian of a scalar function: forward mode over reverse mode.

    Args: as for `grad`.
    Returns: a function of the arguments of `fn`; its result has an array of shape `a.shape + b.shape` for each pair of
        arrays `a`, `b` of the arguments chosen.
    Raises: as for `grad`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 5.4.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Jacobian(grad(fn, argnums), checked_argnums(argnums), "fwd")


def hvp(fn: Callable[..., Any], argnums: int = 0) -> HessianVectorProduct:
    """The product of the Hessian of a scalar function with a vector.

    Forward mode over reverse mode: about the cost of two gradients.

    Args:
        fn: as for `grad`.
        argnums: position of the argument to differentiate with respect to.
    Returns: a function `(*args, v)`, with `v` structured and shaped like the argument, as the result is.
    Raises: as for `grad`; ValueError if `v` does not fit the argument.
    Source: Pearlmutter (1994), Fast exact multiplication by the Hessian.

    >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([4., 2.])
    """
    position = checked_argnums(argnums)
    if isinstance(position, tuple):
        raise TypeError("hvp takes one position as argnums")
    return HessianVectorProduct(fn, position)


class _Transform:
    """What Jacobians and products share: they pickle by the source of their function."""

    def __init__(self, fn: Any) -> None:
        if not callable(fn):
            raise TypeError(f"expected a function, not a {type(fn).__name__}")
        self.fn = fn
        functools.update_wrapper(self, fn, updated=())
        name = getattr(fn, "__name__", "function")
        self.__name__ = f"{name if is_identifier(name) else 'function'}_{self.suffix}"

    suffix = ""

    def options(self) -> tuple[Any, ...]:
        """What the constructor takes after the function."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __reduce__(self) -> Any:
        fn = self.fn if isinstance(self.fn, Derivative) else ship(self.fn, program_of(self.fn).linked())
        return _rebuild, (type(self), fn, self.options())

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self.__call__, instance)


def _rebuild(kind: Any, fn: Any, options: tuple[Any, ...]) -> Any:
    return kind(revive(fn) if isinstance(fn, list) else fn, *options)


class HessianVectorProduct(_Transform):
    """`hvp(f)`."""

    suffix = "hvp"

    def __init__(self, fn: Any, argnums: int) -> None:
        super().__init__(fn)
        self.argnums = argnums

    def options(self) -> tuple[Any, ...]:
        return (self.argnums,)

    def __call__(self, *args_and_vector: Any, **kwargs: Any) -> Any:
        if len(args_and_vector) < 2:
            raise TypeError("hvp takes the arguments of the function, then a vector")
        *args, vector = args_and_vector
        position = _positions(self.argnums, args)[0]
        return push(grad(self.fn, position), (position,), args, kwargs, [vector])[1]

    @property
    def source(self) -> str:
        """The generated module of the last call."""
        gradient = grad(self.fn, self.argnums)
        return derivative_of(Tangent, gradient, (max(self.argnums, 0),)).source  # type: ignore[no-any-return]


class Jacobian(_Transform):
    """`jacobian(f)`, `jacrev(f)`, `jacfwd(f)` or `hessian(f)`: `mode` is "fewer", "rev" or "fwd"."""

    suffix = "jacobian"

    def __init__(self, fn: Any, argnums: int | tuple[int, ...], mode: str) -> None:
        super().__init__(fn)
        self.argnums, self.mode = argnums, mode

    def options(self) -> tuple[Any, ...]:
        return self.argnums, self.mode

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        positions = _positions(self.argnums, args)
        leaves, structure = flatten([args[p] for p in positions])
        blocks, out_structure = self.blocks(positions, args, kwargs, leaves)
        nests: list[Any] = [structure.unflatten(row) for row in blocks]
        single = isinstance(self.argnums, int)
        return out_structure.unflatten([nest[0] if single else tuple(nest) for nest in nests])

    def blocks(self, positions: tuple[int, ...], args: Any, kwargs: Any, leaves: list[Any]) -> Any:
        """For each array of the result a list with a block for each of `leaves`, and the structure of the result."""
        if self.mode == "fwd" or (self.mode == "fewer" and isinstance(self.fn, Gradient)):
            return columns(self.fn, positions, args, kwargs, leaves)
        out, pull, _ = linearise(self.fn, positions, _copies(args), kwargs)
        outs, structure = flatten(out)
        is_complex = any(map(np.iscomplexobj, outs))
        if self.mode == "rev" and is_complex:
            raise TypeError("jacrev needs a real result, but it is complex: use tg.jacfwd")
        wide = _size(outs) > _size(leaves) and not any(map(np.iscomplexobj, leaves))
        if self.mode == "fewer" and (wide or is_complex):
            return columns(self.fn, positions, args, kwargs, leaves)
        return rows(outs, structure, pull, leaves)

    @property
    def source(self) -> str:
        """The generated module of the last call: the pair, or in forward mode the tangent function."""
        wrt = self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)
        kind = Tangent if self.mode == "fwd" else Pair
        return derivative_of(kind, self.fn, wrt).source  # type: ignore[no-any-return]


def _positions(argnums: int | tuple[int, ...], args: Sequence[Any]) -> tuple[int, ...]:
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    for position in wanted:
        if not -len(args) <= position < len(args):
            raise TypeError(f"argnums={position}, but the call has {len(args)} positional arguments")
    return tuple([position % len(args) for position in wanted])


def _size(leaves: Sequence[Any]) -> int:
    return sum(int(np.size(leaf)) for leaf in leaves if differentiable(leaf))


def _copies(args: Sequence[Any]) -> list[Any]:
    """Arguments that the function may write."""
    return tree_map(lambda a: a.copy() if isinstance(a, np.ndarray) else a, list(args))  # type: ignore[no-any-return]


def _zeros(value: Any) -> Any:
    """A writable zero for a float or an array of floats; anything else as it is."""
    if not differentiable(value):
        return value
    return np.zeros(
        np.shape(value), getattr(value, "dtype", complex if isinstance(value, complex) else float)
    )


def rows(outs: list[Any], structure: Any, pull: Callable[[Any], Any], leaves: list[Any]) -> Any:
    """The blocks, row by row: by the cotangents of unit cotangents."""
    blocks = []
    for index, out in enumerate(outs):
        if not differentiable(out):
            blocks.append([None] * len(leaves))
            continue
        row = [
            np.empty(np.shape(out) + np.shape(leaf), np.result_type(leaf)) if differentiable(leaf) else None
            for leaf in leaves
        ]
        for place in np.ndindex(*np.shape(out)):
            seeds = list(map(_zeros, outs))
            seeds[index][place] = 1.0
            found = flatten(list(pull(structure.unflatten(seeds))))[0]
            for block, part in zip(row, found, strict=True):
                if block is not None:
                    block[place] = part
        blocks.append([_like(block, out, leaf) for block, leaf in zip(row, leaves, strict=True)])
    return blocks, structure


def columns(
    fn: Any, positions: tuple[int, ...], args: Any, kwargs: Mapping[str, Any], leaves: list[Any]
) -> Any:
    """The blocks, column by column: by the tangents of unit tangents."""
    structure = flatten([args[p] for p in positions])[1]

    def tangent(index: int | None, place: tuple[int, ...]) -> tuple[list[Any], list[Any], Any]:
        dots = list(map(_zeros, leaves))
        if index is not None:
            dots[index][place] = 1.0
        out, out_dot = push(fn, positions, _copies(args), kwargs, structure.unflatten(dots))
        outs, found = flatten(out)
        return outs, flatten(out_dot)[0], found

    parts: list[list[Any]] = []
    last = None
    for index, leaf in enumerate(leaves):
        places = list(np.ndindex(*np.shape(leaf))) if differentiable(leaf) else []
        found = []
        for place in places:
            last = tangent(index, place)
            found.append(last[1])
        parts.append(found)
    outs, _, out_structure = last or tangent(None, ())
    if any(map(np.iscomplexobj, leaves)) and not any(map(np.iscomplexobj, outs)):
        raise TypeError("jacfwd of a complex argument needs a complex result, but it is real: use tg.jacrev")
    blocks = []
    for i, out in enumerate(outs):
        row: list[Any] = []
        for leaf, found in zip(leaves, parts, strict=True):
            if not (differentiable(leaf) and differentiable(out)):
                row.append(None)
                continue
            shape = np.shape(out) + np.shape(leaf)
            block = np.stack([np.asarray(dots[i]) for dots in found], -1) if found else np.zeros(shape)
            row.append(_like(block.reshape(shape), out, leaf))
        blocks.append(row)
    return blocks, out_structure


def _like(block: Any, out: Any, leaf: Any) -> Any:
    """A block of rank 0 as a number, unless the result or the argument is an array."""
    if block is None or block.shape or isinstance(leaf, np.ndarray):
        return block
    return (
        block.item() if isinstance(leaf, (float, complex)) and not isinstance(leaf, np.generic) else block[()]
    )
