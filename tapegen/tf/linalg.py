"""`tf.linalg`: TensorFlow's arguments around `np.linalg`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..runtime.record import apply
from ..runtime.tensor import Tensor, make
from .arrays import expand_dims, eye
from .convert import axes_of, pair, tensor
from .elementwise import maximum, sqrt


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: Any = None,
) -> Any:
    """The matrix product, of stacks of matrices too."""
    a, b = pair(a, b, "MatMul")
    if a.ndim < 2 or b.ndim < 2:
        raise ValueError(f"matmul needs operands of rank 2 at least, not shapes {a.shape} and {b.shape}")
    a = adjoint(a) if adjoint_a else matrix_transpose(a) if transpose_a else a
    b = adjoint(b) if adjoint_b else matrix_transpose(b) if transpose_b else b
    return apply(np.matmul, (a, b))


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: Any = None,
) -> Any:
    a, b = pair(a, b, "MatMul")
    a = adjoint(a) if adjoint_a else matrix_transpose(a) if transpose_a else a
    return apply(np.squeeze, (apply(np.matmul, (a, expand_dims(b, -1))), -1))


def matrix_transpose(a: Any, name: Any = "matrix_transpose", conjugate: bool = False) -> Any:
    a = apply(np.swapaxes, (tensor(a), -1, -2))
    return apply(np.conjugate, (a,)) if conjugate else a


def adjoint(matrix: Any, name: Any = None) -> Any:
    return matrix_transpose(matrix, conjugate=tensor(matrix).dtype.kind == "c")


def tensordot(a: Any, b: Any, axes: Any, name: Any = None) -> Any:
    a, b = pair(a, b, "TensorDot")
    if not isinstance(axes, int):
        axes = tuple(axes_of(part) for part in axes)
    return apply(np.tensordot, (a, b, axes))


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    return apply(np.einsum, (equation, *[tensor(i) for i in inputs]))


def inv(input: Any, adjoint: bool = False, name: Any = None) -> Any:
    return apply(np.linalg.inv, (_adjointed(tensor(input), adjoint),))


def _adjointed(a: Any, wanted: bool) -> Any:
    return adjoint(a) if wanted else a


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: Any = None) -> Any:
    return apply(np.linalg.pinv, (tensor(a),))


def det(input: Any, name: Any = None) -> Any:
    return apply(np.linalg.det, (tensor(input),))


def slogdet(input: Any, name: Any = None) -> Any:
    return apply(np.linalg.slogdet, (tensor(input),))


def logdet(matrix: Any, name: Any = None) -> Any:
    """log det of a positive definite matrix, by its Cholesky factor."""
    factor = cholesky(matrix)
    return 2.0 * apply(np.sum, (apply(np.log, (diag_part(factor),)), -1))


def cholesky(input: Any, name: Any = None) -> Any:
    return apply(np.linalg.cholesky, (tensor(input),))


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: Any = None) -> Any:
    a, b = pair(matrix, rhs, "MatrixSolve")
    return apply(np.linalg.solve, (_adjointed(a, adjoint), b))


def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: Any = None
) -> Any:
    """The solution with one triangle of `matrix`; the other is not read."""
    a, b = pair(matrix, rhs, "MatrixTriangularSolve")
    a = apply(np.tril if lower else np.triu, (a,))
    return apply(np.linalg.solve, (_adjointed(a, adjoint), b))


def cholesky_solve(chol: Any, rhs: Any, name: Any = None) -> Any:
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True)


def lstsq(matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: Any = None) -> Any:
    """Least squares by the normal equations, as TensorFlow's fast path."""
    a, b = pair(matrix, rhs, "MatrixSolveLs")
    transposed = adjoint(a)
    wide = a.shape[-2] < a.shape[-1]
    gram = apply(np.matmul, (a, transposed) if wide else (transposed, a))
    gram = gram + float(l2_regularizer) * eye(gram.shape[-1], dtype=a.dtype)
    if wide:  # the solution of least norm
        return apply(np.matmul, (transposed, apply(np.linalg.solve, (gram, b))))
    return apply(np.linalg.solve, (gram, apply(np.matmul, (transposed, b))))


def eigh(tensor: Any, name: Any = None) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors of the Hermitian matrix of which only the lower triangle is read."""
    found = apply(np.linalg.eigh, (_from_lower(_tensor(tensor)),))
    return found[0], found[1]


_tensor = tensor


def _from_lower(x: Any) -> Any:
    return apply(np.tril, (x,)) + adjoint(apply(np.tril, (x, -1)))


def eigvalsh(tensor: Any, name: Any = None) -> Any:
    return apply(np.linalg.eigvalsh, (_from_lower(_tensor(tensor)),))


def eig(tensor: Any, name: Any = None) -> tuple[Any, Any]:
    found = apply(np.linalg.eig, (_tensor(tensor),))
    return as_complex(found[0]), as_complex(found[1])


def as_complex(x: Any) -> Any:
    """In the complex dtype of the same precision, as TensorFlow has eigenvalues of any matrix."""
    return x.astype(np.result_type(x.dtype, np.complex64))


def qr(input: Any, full_matrices: bool = False, name: Any = None) -> tuple[Any, Any]:
    found = apply(np.linalg.qr, (tensor(input), "complete" if full_matrices else "reduced"))
    return found[0], found[1]


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """Singular values first, then u and v (not its adjoint), as TensorFlow orders them."""
    u, s, vh = apply(np.linalg.svd, (_tensor(tensor), full_matrices and compute_uv))
    return (s, u, adjoint(vh)) if compute_uv else s


def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: Any = None
) -> Any:
    """Vector norms over one axis, or all; Frobenius over two. The gradient at 0 is NaN, as TensorFlow has it."""
    x, axis = _tensor(tensor), axes_of(axis)
    keep = {"keepdims": True} if keepdims else {}
    size = apply(np.absolute, (x,))
    if ord in ("euclidean", "fro", 2) and not (ord == 2 and isinstance(axis, tuple)):
        return sqrt(apply(np.sum, (apply(np.square, (size,)), axis), keep))
    if ord == 1 and not isinstance(axis, tuple):
        return apply(np.sum, (size, axis), keep)
    if ord == np.inf and not isinstance(axis, tuple):
        return apply(np.max, (size, axis), keep)
    if isinstance(ord, (int, float)) and not isinstance(axis, tuple):
        return apply(np.sum, (size**ord, axis), keep) ** (1.0 / ord)
    return apply(np.linalg.norm, (x, ord, axis), keep)


def trace(x: Any, name: Any = None) -> Any:
    return apply(np.trace, (tensor(x), 0, -2, -1))


def diag_part(
    input: Any, name: str = "diag_part", k: int = 0, padding_value: Any = 0, align: str = "RIGHT_LEFT"
) -> Any:
    """The k-th diagonal of each matrix; one diagonal only, so that nothing is padded or aligned."""
    return apply(np.diagonal, (tensor(input), _one(k), -2, -1))


def _one(k: Any) -> int:
    """The number of a diagonal.

    Raises: ValueError for a band of several.
    """
    if isinstance(k, (tuple, list)):
        raise ValueError(f"k is the number of one diagonal here, not a band {k}")
    return int(k)


def _places(length: int, rows: int, columns: int, k: int) -> np.ndarray:
    """For each element of a matrix its number on the k-th diagonal of so many elements, -1 off it."""
    found = np.full((rows, columns), -1)
    first = np.arange(length) + max(-k, 0)
    found[first, first + k] = np.arange(length)
    return found


def diag(
    diagonal: Any,
    name: str = "diag",
    k: int = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
    align: str = "RIGHT_LEFT",
) -> Any:
    """A stack of matrices with these diagonals.

    Raises: ValueError if the diagonal does not fit into `num_rows` and `num_cols`.
    """
    d, k = tensor(diagonal), _one(k)
    length = d.shape[-1]
    least = [length + max(-k, 0), length + max(k, 0)]
    rows, columns = (
        max(least) if wanted < 0 and other < 0 else own if wanted < 0 else int(wanted)
        for wanted, other, own in ((num_rows, num_cols, least[0]), (num_cols, num_rows, least[1]))
    )
    if rows < least[0] or columns < least[1] or (rows > least[0] and columns > least[1]):
        raise ValueError(
            f"a diagonal of {length} elements is not diagonal {k} of a {rows} by {columns} matrix"
        )
    place = _places(length, rows, columns, k)
    spread = apply(operator.getitem, (d, (..., np.maximum(place, 0))))
    return apply(np.where, (make(place >= 0), spread, make(d.dtype.type(padding_value))))


def set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: int = 0, align: str = "RIGHT_LEFT") -> Any:
    x, d = pair(input, diagonal, "MatrixSetDiag")
    place = _places(d.shape[-1], x.shape[-2], x.shape[-1], _one(k))
    return apply(np.where, (make(place >= 0), apply(operator.getitem, (d, (..., np.maximum(place, 0)))), x))


def band_part(input: Any, num_lower: Any, num_upper: Any, name: Any = None) -> Any:
    x = tensor(input)
    lower, upper = int(num_lower), int(num_upper)
    gap = np.arange(x.shape[-2])[:, None] - np.arange(x.shape[-1])
    mask = ((lower < 0) | (gap <= lower)) & ((upper < 0) | (-gap <= upper))
    return apply(np.where, (make(mask), x, make(x.dtype.type(0))))


def cross(a: Any, b: Any, name: Any = None) -> Any:
    """The vector product, of vectors of length 3 along the last axis."""
    a, b = pair(a, b, "Cross")
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"cross needs vectors of length 3, not shapes {a.shape} and {b.shape}")
    turn = lambda v, n: apply(np.roll, (v, n, -1))  # noqa: E731
    return turn(a, -1) * turn(b, -2) - turn(a, -2) * turn(b, -1)  # type: ignore[no-untyped-call]


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None) -> Any:
    x = tensor(x)
    square = apply(np.sum, (apply(np.square, (apply(np.absolute, (x,)),)), axes_of(axis)), {"keepdims": True})
    return x * (1 / apply(np.sqrt, (apply(np.maximum, (square, float(epsilon))),)))


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None) -> tuple[Any, Any]:
    """A Tensor divided by its norm, and the norm, whose axes are kept."""
    x = _tensor(tensor)
    length = norm(x, ord, axis, keepdims=True)
    return x / length, length


def global_norm(t_list: Any, name: Any = None) -> Any:
    squares = [apply(np.sum, (apply(np.square, (tensor(t),)),)) for t in t_list if t is not None]
    total: Any = squares[0]
    for s in squares[1:]:
        total = total + s
    return apply(np.sqrt, (total,))


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """`t`, scaled down to `clip_norm` if its norm is larger. Safe at 0."""
    t = tensor(t)
    square = apply(np.sum, (apply(np.square, (t,)), axes_of(axes)), {"keepdims": True})
    positive = make(square._a > 0)
    length = apply(np.sqrt, (apply(np.where, (positive, square, make(np.ones((), t.dtype)[()]))),))
    length = apply(np.where, (positive, length, square))
    limit = clip_norm if isinstance(clip_norm, Tensor) else float(clip_norm)
    return t * limit / maximum(length, limit)


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: Any = None
) -> tuple[list[Any], Any]:
    total = global_norm(t_list) if use_norm is None else tensor(use_norm)
    limit = clip_norm if isinstance(clip_norm, Tensor) else float(clip_norm)
    scale = limit / apply(np.maximum, (total, limit))
    return [None if t is None else tensor(t) * scale for t in t_list], total


TOP: dict[str, Any] = {
    f.__name__: f for f in (matmul, tensordot, einsum, norm, clip_by_norm, clip_by_global_norm, eye)
} | {"eig": eig}

NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        matmul, matvec, matrix_transpose, adjoint, tensordot, einsum, inv, pinv, det, slogdet, logdet, cholesky, solve,
        triangular_solve, cholesky_solve, lstsq, eigh, eigvalsh, eig, qr, svd, norm, trace, diag_part, diag, set_diag,
        band_part, cross, normalize, global_norm, l2_normalize, eye,
    )
}  # fmt: skip
