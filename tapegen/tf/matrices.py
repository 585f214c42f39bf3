"""More of `tf.linalg`: functions of matrices, factors, tridiagonal systems. SciPy's are imported when first called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from ..runtime.tensor import Tensor, make
from .arrays import reshape, stack
from .convert import pair, tensor
from .linalg import as_complex, diag, diag_part, matmul, matrix_transpose, solve


def _scipy(name: str, *args: Any) -> Any:
    """A function of `scipy.linalg` on matrices, or one after another on stacks of them."""
    try:
        function = getattr(importlib.import_module("scipy.linalg"), name)
    except ImportError:
        raise ImportError(f"this needs SciPy's {name}: pip install scipy") from None
    x = tensor(args[0])
    if x.ndim == 2:
        return apply(function, (x, *args[1:]))
    flat = reshape(x, [-1, *x.shape[-2:]])
    return reshape(stack([apply(function, (m, *args[1:])) for m in flat]), x.shape)


def _function(label: str, scipy_name: str) -> Callable[..., Any]:
    def call(input: Any, name: Any = None) -> Any:
        x = tensor(input)
        found = _scipy(scipy_name, x)
        return found if found.dtype == x.dtype else found.astype(x.dtype)

    call.__name__ = call.__qualname__ = label
    call.__doc__ = f"`scipy.linalg.{scipy_name}` of each matrix."
    return call


def eigvals(tensor: Any, name: Any = None) -> Any:
    return as_complex(apply(np.linalg.eigvals, (_tensor(tensor),)))


_tensor = tensor


def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: Any = None) -> Tensor:
    return make(np.asarray(np.linalg.matrix_rank(tensor(a)._a, tol), np.int32)[()])


def lu(input: Any, output_idx_type: Any = "int32", name: Any = None) -> tuple[Any, Any]:
    """Both factors in one matrix, and the order of its rows."""
    x = tensor(input)
    if x.ndim != 2:
        raise ValueError(f"lu takes one matrix, not the shape {x.shape}")
    rows, lower, upper = _scipy("lu", x)
    order = np.argmax(np.asarray(rows._a), 0).astype(output_idx_type)
    return lower - make(np.eye(*lower.shape, dtype=x.dtype)) + upper, make(order)


def lu_reconstruct(lower_upper: Any, perm: Any, validate_args: bool = False, name: Any = None) -> Any:
    """The matrix of which these are the factors."""
    lower, upper, order = _factors(lower_upper, perm)
    return matmul(lower, upper)[np.argsort(order)]


def lu_solve(lower_upper: Any, perm: Any, rhs: Any, validate_args: bool = False, name: Any = None) -> Any:
    lower, upper, order = _factors(lower_upper, perm)
    return solve(upper, solve(lower, tensor(rhs)[order]))


def lu_matrix_inverse(lower_upper: Any, perm: Any, validate_args: bool = False, name: Any = None) -> Any:
    lower, upper, order = _factors(lower_upper, perm)
    return solve(upper, solve(lower, make(np.eye(len(order), dtype=lower.dtype)[order])))


def _factors(lower_upper: Any, perm: Any) -> tuple[Any, Any, Any]:
    both = tensor(lower_upper)
    lower = apply(np.tril, (both, -1)) + make(np.eye(both.shape[-1], dtype=both.dtype))
    return lower, apply(np.triu, (both,)), np.asarray(perm)


def _tridiagonal(diagonals: Any, diagonals_format: str) -> Any:
    """The full matrix of three diagonals, superdiagonal first, or of a compact or full matrix.

    Raises: ValueError for an unknown format.
    """
    if diagonals_format == "matrix":
        above, middle, below = (diag_part(diagonals, k=k) for k in (1, 0, -1))
    elif diagonals_format == "sequence":
        above, middle, below = map(tensor, diagonals)
    elif diagonals_format == "compact":
        d = tensor(diagonals)
        above, middle, below = d[..., 0, :], d[..., 1, :], d[..., 2, :]
    else:
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    n = middle.shape[-1]
    above = above[..., : n - 1]
    below = below[..., -(n - 1) :] if n > 1 else below[..., :0]
    return diag(middle) + diag(above, k=1) + diag(below, k=-1)


def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: Any = None,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
) -> Any:
    """The solution of a tridiagonal system, by its full matrix."""
    a, b = pair(_tridiagonal(diagonals, diagonals_format), rhs, "TridiagonalSolve")
    b = apply(np.conjugate, (b,)) if conjugate_rhs else b
    if b.ndim == a.ndim - 1:
        return apply(np.squeeze, (solve(a, b[..., None]), -1))
    return solve(a, matrix_transpose(b) if transpose_rhs else b)


def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: Any = None) -> Any:
    return matmul(_tridiagonal(diagonals, diagonals_format), rhs)


def tensor_diag(diagonal: Any, name: Any = None) -> Any:
    """A Tensor of twice the rank, with `diagonal` where both halves of its indices are equal."""
    d = tensor(diagonal)
    return reshape(diag(reshape(d, [-1])), [*d.shape, *d.shape])


def tensor_diag_part(input: Any, name: Any = None) -> Any:
    x = tensor(input)
    half = x.shape[: x.ndim // 2]
    if x.ndim % 2 or half != x.shape[x.ndim // 2 :]:
        raise ValueError(f"tensor_diag_part needs an even rank and equal halves of the shape, not {x.shape}")
    count = int(np.prod(half, dtype=int))
    return reshape(diag_part(reshape(x, [count, count])), half)


def matrix_square_root(input: Any, name: Any = None) -> Any:
    return sqrtm(input)


expm, logm, sqrtm = (_function(name, name) for name in ("expm", "logm", "sqrtm"))

NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        expm, logm, sqrtm, eigvals, matrix_rank, lu, lu_reconstruct, lu_solve, lu_matrix_inverse, tridiagonal_solve,
        tridiagonal_matmul, tensor_diag, tensor_diag_part,
    )
}  # fmt: skip
TOP: dict[str, Any] = {"eigvals": eigvals, "matrix_square_root": matrix_square_root}
