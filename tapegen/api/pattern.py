"""Sparsity patterns: which entries of a Jacobian may be other than zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tapegen.analysis.values import Value
from tapegen.api.differentiate import derivative_of
from tapegen.api.products import Tangent
from tapegen.compiler import Compiled
from tapegen.directions import compile_dependence
from tapegen.kernels.dependence import positions_of, sets_in
from tapegen.linker import Linked


@dataclass(frozen=True, eq=False)
class Pattern:
    """The entries of a matrix that may be other than zero.

    Attributes:
        rows, columns: of the entries, sorted by rows, then by columns.
        shape: of the matrix.

    >>> pattern = Pattern.of([(0, 0), (1, 0), (1, 2)], (2, 3))
    >>> pattern.toarray()
    array([[ True, False, False],
           [ True, False,  True]])
    """

    rows: np.ndarray
    columns: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(cls, given: Any, shape: tuple[int, int]) -> Pattern:
        """A pattern from another, an array, a sparse array of SciPy, or (row, column) pairs.

        Raises: ValueError if it does not fit `shape`.
        """
        if isinstance(given, Pattern):
            rows, columns, found = given.rows, given.columns, given.shape
        elif hasattr(given, "tocoo"):
            entries = given.tocoo()
            rows, columns, found = entries.row, entries.col, tuple(entries.shape)
        elif isinstance(given, np.ndarray) and (
            given.dtype == bool or given.shape == shape != (len(given), 2)
        ):
            rows, columns = np.nonzero(given)
            found = given.shape
        else:
            pairs = np.asarray(given, int).reshape(-1, 2)
            rows, columns, found = pairs[:, 0], pairs[:, 1], shape
        if tuple(found) != shape:
            raise ValueError(
                f"the sparsity pattern has shape {tuple(found)}, but the Jacobian has shape {shape}"
            )
        if len(rows) and (
            min(rows.min(), columns.min()) < 0 or rows.max() >= shape[0] or columns.max() >= shape[1]
        ):
            raise ValueError(f"the sparsity pattern has entries outside of a Jacobian of shape {shape}")
        keys = np.unique(rows.astype(np.int64) * shape[1] + columns)
        return cls(keys // max(shape[1], 1), keys % max(shape[1], 1), shape)

    @property
    def nnz(self) -> int:
        """How many entries there are."""
        return len(self.rows)

    @property
    def transposed(self) -> Pattern:
        """The pattern of the transposed matrix."""
        return Pattern.of(np.stack([self.columns, self.rows], 1), self.shape[::-1])

    def symmetric(self) -> Pattern:
        """The pattern with the mirror image of each entry."""
        pairs = np.concatenate([[self.rows, self.columns], [self.columns, self.rows]], 1)
        return Pattern.of(pairs.T, self.shape)

    def toarray(self) -> np.ndarray:
        """As an array of bools."""
        dense = np.zeros(self.shape, bool)
        dense[self.rows, self.columns] = True
        return dense


class Dependence(Tangent):
    """The function that finds what each element of the result depends on."""

    what = "Sparsity pattern"

    def generated_name(self, name: str) -> str:
        return f"{name}_dependence"

    def build(self, linked: Linked, signature: Mapping[str, Value]) -> Compiled:
        return compile_dependence(linked, signature, self.__name__, self.inputs(linked))


def detect(fn: Any, position: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Pattern:
    """The pattern of the Jacobian of a function of one array, by the code of the function.

    Raises: TypeError unless the argument and the result are single arrays or numbers.
    """
    run, arguments = derivative_of(Dependence, fn, (position,)).ready(tuple(args), kwargs)
    single(args[position], "argument")
    out, found = run(*arguments, positions_of(args[position]))
    single(out, "result")
    rows = list(sets_in(found))
    pairs = [(i, j) for i, row in enumerate(rows) for j in row]
    return Pattern.of(pairs, (int(np.size(out)), int(np.size(args[position]))))


def single(value: Any, what: str) -> None:
    """Refuse what is no array and no number.

    Raises: TypeError.
    """
    if np.asarray(value).dtype.kind not in "biufc" or isinstance(value, (list, tuple)):
        raise TypeError(f"sparsity= needs a single array as {what}, not a {type(value).__name__}")


def jacobian_sparsity(fn: Callable[..., Any], argnums: int = 0) -> Callable[..., Pattern]:
    """The sparsity pattern of the Jacobian of a function, found from its code.

    The function runs once, with sets of positions beside its numbers. Where two elements are combined their sets are
    united, so that no entry is missed on the path that the function takes with these arguments; entries that
    happen to be zero, as in `x - x`, are in the pattern. An operation of which it is not known how its elements go
    together (a decomposition, a call that is not followed) makes its whole result depend on all that goes in.

    Args:
        fn: a function of one array with one array as result, besides arguments that are not differentiated.
        argnums: the position of the argument to differentiate with respect to.
    Returns: a function of the arguments of `fn` that returns a `Pattern`: `.rows` and `.columns` of the entries,
        `.shape`, `.nnz`, `.toarray()`. It can be given to `jacobian(fn, sparsity=...)`.
    Raises: TypeError for other arguments and results.
    Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 7.1.

    >>> def f(x):
    ...     return x[1:] * x[:-1]
    >>> jacobian_sparsity(f)(np.ones(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """

    def pattern(*args: Any, **kwargs: Any) -> Pattern:
        return detect(fn, argnums % len(args), args, kwargs)

    return pattern
