"""Jacobians, Hessians and Hessian-vector products."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tapegen.api.arguments import key_of
from tapegen.api.blocks import Pullbacks, Tangents, columns, copies, linearise_many, plain_columns, rows, size
from tapegen.api.differentiate import Derivative, derivative_of
from tapegen.api.gradients import Argnums, Gradient, checked_argnums, grad
from tapegen.api.products import push, tangent_of
from tapegen.api.program import KEYS, program_of
from tapegen.api.shipping import revive, ship
from tapegen.api.sparse import Sparse
from tapegen.lang.names import is_identifier
from tapegen.pytree import flatten


def jacrev(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    sparsity: Any = None,
    sparse: bool = False,
    verify: bool = True,
) -> Jacobian:
    """The Jacobian by reverse mode, one adjoint sweep for each element of the result, all of them at once.

    Args:
        fn: a function of floats, arrays, and nests of them, with a result of the same kind.
        argnums: position of the argument to differentiate with respect to, or a sequence of positions.
        sparsity, sparse, verify: see `jacobian`.
    Returns: a function of the arguments of `fn`; its result has, for each array of the result of `fn` and each array of
        the arguments chosen, an array of shape `out.shape + argument.shape`. It has `.source`.
    Raises: TypeError for arguments without derivative, and for a complex result: use `jacfwd`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.2.

    >>> jacrev(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "rev", _sparse(sparsity, sparse, verify))


def jacfwd(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    sparsity: Any = None,
    sparse: bool = False,
    verify: bool = True,
) -> Jacobian:
    """The Jacobian by forward mode, one tangent sweep for each element of the argument, all of them at once.

    Args, Returns: as for `jacrev`. A complex argument is taken to be that of a holomorphic function.
    Raises: TypeError for arguments without derivative, and for a real result of a complex argument: use `jacrev`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.1.

    >>> jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "fwd", _sparse(sparsity, sparse, verify))


def jacobian(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    sparsity: Any = None,
    sparse: bool = False,
    verify: bool = True,
) -> Jacobian:
    """The Jacobian, by the mode that needs fewer sweeps.

    The directions are pushed forward, or pulled back, together: the generated code carries them along a first axis.

    Args:
        fn, argnums: as for `jacrev`.
        sparsity: which entries can be other than zero, for a function of one array with one array as result. Columns
            (or rows) that share no row are then computed in one direction: a tridiagonal Jacobian takes three, of any
            size. An array of bools, a sparse array of SciPy, a list of (row, column) pairs, a `Pattern`; "auto" for
            what `jacobian_sparsity` finds in the code; "probe" for the entries that are not zero at the first call.
        sparse: return a `scipy.sparse.csr_array`, of one row for each element of the result.
        verify: compare with the product in one further direction, which does not use the pattern.
    Returns: as for `jacrev`.
    Raises: TypeError for arguments without derivative; ValueError for a pattern that lacks an entry.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 3.3 and chapter 8.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """
    return Jacobian(fn, checked_argnums(argnums), "fewer", _sparse(sparsity, sparse, verify))


def hessian(
    fn: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    sparsity: Any = None,
    sparse: bool = False,
    verify: bool = True,
) -> Jacobian:
    """The Hessian of a scalar function: forward mode over reverse mode, all directions at once.

    Args:
        fn, argnums: as for `grad`.
        sparsity, sparse, verify: as for `jacobian`. The columns are grouped by a star colouring, which uses the
            symmetry: the Hessian of a sum of products with one common factor, an arrow, takes two directions.
    Returns: a function of the arguments of `fn`; its result has an array of shape `a.shape + b.shape` for each pair of
        arrays `a`, `b` of the arguments chosen.
    Raises: as for `grad`.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 5.4.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Jacobian(
        grad(fn, argnums), checked_argnums(argnums), "fwd", _sparse(sparsity, sparse, verify), symmetric=True
    )


def _sparse(sparsity: Any, sparse: bool, verify: bool) -> Sparse | None:
    if sparsity is None:
        if sparse:
            raise TypeError("sparse=True needs sparsity=: a pattern, or 'auto'")
        return None
    return Sparse(sparsity, sparse, verify)


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
        return tangent_of(gradient, (max(self.argnums, 0),)).source


class Jacobian(_Transform):
    """`jacobian(f)`, `jacrev(f)`, `jacfwd(f)` or `hessian(f)`: `mode` is "fewer", "rev" or "fwd"."""

    suffix = "jacobian"

    def __init__(
        self,
        fn: Any,
        argnums: int | tuple[int, ...],
        mode: str,
        sparse: Sparse | tuple[Any, bool, bool] | None = None,
        symmetric: bool = False,
    ) -> None:
        super().__init__(fn)
        self.argnums, self.mode, self.symmetric = argnums, mode, symmetric
        self.sparse = Sparse(*sparse) if isinstance(sparse, tuple) else sparse
        if sparse is not None and isinstance(argnums, tuple):
            raise TypeError("sparsity= needs one position as argnums")
        self._forward: set[Any] = set()  # the types of arguments for which that takes fewer sweeps
        self._kind: type[Derivative] = Tangents if mode == "fwd" else Pullbacks

    def options(self) -> tuple[Any, ...]:
        return self.argnums, self.mode, self.sparse and self.sparse.options(), self.symmetric

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        positions = _positions(self.argnums, args)
        if self.sparse is not None:
            return self.sparse.jacobian(self.fn, positions[0], args, kwargs, self.mode, self.symmetric)
        if self.forward(args) and isinstance(self.argnums, int):
            plain = plain_columns(self.fn, positions[0], args, kwargs)
            if plain is not None:
                self._kind = Tangents
                return plain
        leaves, structure = flatten([args[p] for p in positions])
        blocks, out_structure = self.blocks(positions, args, kwargs, leaves)
        nests: list[Any] = [structure.unflatten(row) for row in blocks]
        single = isinstance(self.argnums, int)
        return out_structure.unflatten([nest[0] if single else tuple(nest) for nest in nests])

    def blocks(self, positions: tuple[int, ...], args: Any, kwargs: Any, leaves: list[Any]) -> Any:
        """For each array of the result a list with a block for each of `leaves`, and the structure of the result."""
        if size(leaves) and self.forward(args):
            return self.columns(positions, args, kwargs, leaves)
        out, pull = linearise_many(self.fn, positions, copies(args), kwargs)
        outs, structure = flatten(out)
        is_complex = any(map(np.iscomplexobj, outs))
        if self.mode == "rev" and is_complex:
            raise TypeError("jacrev needs a real result, but it is complex: use tg.jacfwd")
        wide = size(outs) > size(leaves) and not any(map(np.iscomplexobj, leaves))
        if self.mode == "fewer" and size(leaves) and (wide or is_complex):
            if len(self._forward) >= KEYS:
                self._forward.clear()
            self._forward.add(tuple(map(key_of, args)))
            return self.columns(positions, args, kwargs, leaves)
        self._kind = Pullbacks
        return rows(outs, structure, pull, leaves), structure

    def forward(self, args: Sequence[Any]) -> bool:
        """Whether it is known without running the function that forward mode is to be used."""
        if self.mode == "fewer":
            return isinstance(self.fn, Gradient) or bool(
                self._forward and tuple(map(key_of, args)) in self._forward
            )
        return self.mode == "fwd"

    def columns(self, positions: tuple[int, ...], args: Any, kwargs: Any, leaves: list[Any]) -> Any:
        """As `blocks`, by forward mode."""
        self._kind = Tangents
        outs, blocks, structure = columns(self.fn, positions, args, kwargs, leaves)
        if any(map(np.iscomplexobj, leaves)) and not any(map(np.iscomplexobj, outs)):
            raise TypeError(
                "jacfwd of a complex argument needs a complex result, but it is real: use tg.jacrev"
            )
        return blocks, structure

    @property
    def source(self) -> str:
        """The generated module of the last call: the pair, or in forward mode the tangent function."""
        wrt = self.argnums if isinstance(self.argnums, tuple) else (self.argnums,)
        return derivative_of(self._kind, self.fn, wrt).source  # type: ignore[no-any-return]


def _positions(argnums: int | tuple[int, ...], args: Sequence[Any]) -> tuple[int, ...]:
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    for position in wanted:
        if not -len(args) <= position < len(args):
            raise TypeError(f"argnums={position}, but the call has {len(args)} positional arguments")
    return tuple([position % len(args) for position in wanted])
