"""Shape functions of families of functions: positions and grids, transforms, whole arrays, and SciPy's by their names.

What matters most is whether a result is an array at all, and its rank.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegen.analysis.shape_algebra import (
    as_array,
    floating,
    length_of,
    promoted,
    scalar_of,
    shape_from,
    static_int,
)
from tapegen.analysis.shape_functions import NotDescribed, array_of, numpy, ranked, shape_of
from tapegen.analysis.values import NONE, SOME, UNKNOWN, Array, Dim, Number, Sequence, Value, present

_INDEX = np.dtype(np.intp).name
_COMPLEX = {
    "float64": "complex128",
    "complex128": "complex128",
    "float32": "complex64",
    "complex64": "complex64",
}


def _positions(*shape: Dim) -> Array:
    return Array(_INDEX, shape, False)


# -- positions and grids ----------------------------------------------------------------------------------------------


@shape_of(np.indices)
def indices(dimensions: Value, dtype: Value = NONE) -> Value:
    shape = shape_from(dimensions)
    if shape is None or not isinstance(dimensions, Sequence):
        raise NotDescribed
    found = _positions(len(shape), *shape)
    return found if dtype == NONE else Array(None, found.shape, False)


@shape_of(np.nonzero)
def nonzero(a: Value) -> Value:
    return Sequence(tuple, tuple(_positions(SOME) for _ in ranked(a)[1]))


@shape_of(np.flatnonzero)
def flatnonzero(a: Value) -> Value:
    return _positions(SOME)


@shape_of(np.argwhere)
def argwhere(a: Value) -> Value:
    return _positions(SOME, len(ranked(a)[1]))


@shape_of(np.searchsorted)
def searchsorted(a: Value, v: Value, side: Value = NONE) -> Value:
    found = array_of(v)
    return Array(_INDEX, found.shape, scalar_of(found.shape))


@shape_of(np.digitize)
def digitize(x: Value, bins: Value, right: Value = NONE) -> Value:
    return searchsorted(bins, x)


@shape_of(np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from)
def triangle(n: Value, k: Value = NONE, m: Value = NONE) -> Value:
    return Sequence(tuple, (_positions(SOME), _positions(SOME)))


@shape_of(np.diag_indices)
def diagonal_positions(n: Value, ndim: Value = NONE) -> Value:
    count = 2 if ndim == NONE else static_int(ndim)
    if count is None or not isinstance(n, Number) or n.linear is None:
        raise NotDescribed
    return Sequence(tuple, (_positions(length_of(n)),) * count)


@shape_of(np.ix_)
def open_mesh(*args: Value) -> Value:
    """Masks become positions: of those only the number is unknown."""
    found = [ranked(arg) for arg in args]
    if any(len(dims) != 1 for _, dims in found):
        raise NotDescribed
    lengths = [(SOME if array.dtype in ("bool", None) else dims[0]) for array, dims in found]
    count = len(args)
    shapes = [tuple(lengths[i] if i == j else 1 for j in range(count)) for i in range(count)]
    kept = [None if array.dtype in ("bool", None) else array.dtype for array, _ in found]
    return Sequence(
        tuple, tuple(Array(dtype, shape, False) for dtype, shape in zip(kept, shapes, strict=True))
    )


# -- whole arrays -----------------------------------------------------------------------------------------------------


@shape_of(np.atleast_2d, np.atleast_3d)
def with_axes(ary: Value) -> Value:
    found = array_of(ary)
    return found if found.shape and len(found.shape) >= 3 else Array(found.dtype, None, False)


@shape_of(np.asfortranarray, np.asarray_chkfinite, np.fft.fftshift, np.fft.ifftshift)
def same(a: Value, *rest: Value) -> Value:
    found = array_of(a)
    return Array(found.dtype, found.shape, False) if found.shape else Array(found.dtype, None, False)


@shape_of(np.unwrap)
def unwrapped(p: Value, discont: Value = NONE, axis: Value = NONE) -> Value:
    found, dims = ranked(p)
    return Array(floating(found.dtype) if found.dtype == "float64" else None, dims, False)


@shape_of(np.column_stack)
def columns(tup: Value) -> Value:
    return Array(_joined(tup), (SOME, SOME), False)


@shape_of(np.dstack)
def in_depth(tup: Value) -> Value:
    return Array(_joined(tup), None, False)


def _joined(parts: Value) -> str | None:
    if not isinstance(parts, Sequence) or not parts.items:
        raise NotDescribed
    arrays = [ranked(part) for part in parts.items]
    if any(len(dims) > 2 for _, dims in arrays):
        raise NotDescribed
    return promoted(tuple(array.dtype for array, _ in arrays))


@shape_of(np.gradient)
def gradient(f: Value, *varargs: Value) -> Value:
    found, dims = ranked(f)
    if len(dims) == 1:
        return Array(found.dtype if found.dtype in ("float64", "complex128") else None, dims, False)
    one = Array(found.dtype if found.dtype in ("float64", "complex128") else None, dims, False)
    return Sequence(tuple, (one,) * len(dims))


@shape_of(np.vander)
def vander(x: Value, N: Value = NONE, increasing: Value = NONE) -> Value:
    return Array(None, (SOME, SOME), False)


@shape_of(np.unique, *numpy("unique_values"))
def unique(ar: Value) -> Value:
    return Array(array_of(ar).dtype, (SOME,), False)


@shape_of(np.ediff1d)
def flat_differences(ary: Value) -> Value:
    ranked(ary)
    return Array(None, (SOME,), False)


@shape_of(np.bincount)
def bincount(x: Value, weights: Value = NONE, minlength: Value = NONE) -> Value:
    return Array(_INDEX if weights == NONE else None, (SOME,), False)


@shape_of(np.histogram)
def histogram(a: Value, bins: Value = NONE, range: Value = NONE) -> Value:
    return Sequence(tuple, (Array(None, (SOME,), False), Array(None, (SOME,), False)))


@shape_of(np.compress, np.extract)
def chosen(condition: Value, a: Value) -> Value:
    return Array(array_of(a).dtype, (SOME,), False)


@shape_of(np.select, np.block, np.resize)
def some_array(*args: Value) -> Value:
    return Array(None, None, False)


# -- transforms -------------------------------------------------------------------------------------------------------


@shape_of(np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn)
def whole_transform(a: Value) -> Value:
    found, dims = ranked(a)
    if not dims:
        raise NotDescribed
    return Array(_COMPLEX.get(found.dtype or ""), dims, False)


@shape_of(
    np.fft.rfft,
    np.fft.rfft2,
    np.fft.rfftn,
    np.fft.ihfft,
    np.fft.irfft,
    np.fft.irfft2,
    np.fft.irfftn,
    np.fft.hfft,
)
def half_transform(a: Value, *rest: Value) -> Value:
    return Array(None, (SOME,) * len(ranked(a)[1]), False)


@shape_of(np.fft.fftfreq, np.fft.rfftfreq)
def frequencies(n: Value, d: Value = NONE) -> Value:
    if d != NONE and not isinstance(d, Number):
        raise NotDescribed
    return Array("float64" if d in (NONE, Number("float")) else None, (SOME,), False)


# -- SciPy ------------------------------------------------------------------------------------------------------------

# Results like an argument, by its position, and results that are arrays of any shape.
_LIKE: tuple[dict[str, str], ...] = (
    {
        "scipy.linalg": "inv expm logm sqrtm cosm sinm tanm coshm sinhm tanhm fractional_matrix_power cholesky",
        "scipy.fft": "fft ifft fft2 ifft2 fftn ifftn dct idct dst idst dctn idctn dstn idstn fftshift ifftshift",
        "scipy.ndimage": "gaussian_filter gaussian_filter1d uniform_filter uniform_filter1d convolve convolve1d"
        " correlate correlate1d laplace gaussian_laplace sobel prewitt",
        "scipy.signal": "detrend savgol_filter",
    },
    {"scipy.linalg": "solve solve_triangular cho_solve", "scipy.signal": "sosfiltfilt"},
    {"scipy.signal": "filtfilt"},
)
_ARRAYS = {
    "scipy.linalg": "pinv svdvals toeplitz circulant hankel block_diag solve_sylvester solve_continuous_lyapunov"
    " solve_discrete_lyapunov solve_banded solveh_banded solve_toeplitz convolution_matrix eigvals eigvalsh",
    "scipy.fft": "rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft fftfreq rfftfreq",
    "scipy.signal": "fftconvolve convolve convolve2d correlate correlate2d hilbert resample resample_poly decimate",
}
# Keywords that change neither that the result is one array nor its shape.
_HARMLESS = frozenset(
    "axis axes mode cval origin order sigma size lower trans unit_diagonal overwrite_a overwrite_b overwrite_x"
    " check_finite assume_a norm orthogonalize type workers deriv delta polyorder window_length method t".split()
)


def _names(table: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((package, name) for package, names in table.items() for name in names.split())


_POSITIONS = {name: place for place, table in enumerate(_LIKE) for name in _names(table)}
_OTHERS = _names(_ARRAYS)


def scipy_result(callee: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """The result of a function of SciPy, which is known by its name, for SciPy is not imported here."""
    module = getattr(callee, "__module__", None) or ""
    if not module.startswith("scipy.") or not _HARMLESS.issuperset(keywords):
        return UNKNOWN
    name = (".".join(module.split(".")[:2]), getattr(callee, "__name__", ""))
    if name in _OTHERS:
        return Array(None, None, False)
    place = _POSITIONS.get(name)
    if place is None or place >= len(args):
        return UNKNOWN
    if name in _TAKES_DISP and len(args) > 1:
        return UNKNOWN
    like = as_array(present(args[place]))
    if like is None or not like.shape:
        return Array(None, None, None)
    resized = name[0] == "scipy.fft" and len(args) > 1
    return Array(None, (SOME,) * len(like.shape) if resized else like.shape, False)


# With `disp=False`, and nothing else, these give two results.
_TAKES_DISP = frozenset({("scipy.linalg", "logm"), ("scipy.linalg", "sqrtm")})
