"""Derivatives without an engine: complex step and extrapolated central differences.

Both take a function of nested arguments and a direction of the same structure, and may be trusted as a reference
because they share nothing with what they check. The function may write into its arguments: each call gets copies.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tapegen.testing import trees

_LEVELS = 20
_PATIENCE = 3
_GOOD = 1e-8
_RATIO = 2.0
_FIRST_STEP = 0.02


class Difference(NamedTuple):
    """A directional derivative, with an estimate of the largest absolute error in each of its float leaves."""

    value: Any
    errors: list[float]

    @property
    def relative_error(self) -> float:
        """Largest error of a leaf in units of that leaf's largest entry; 0 for a leaf that is zero within its error."""
        worst = 0.0
        for (_, leaf), error in zip(trees.leaves(self.value), self.errors, strict=True):
            size = float(np.max(np.abs(leaf), initial=0.0))
            if size > error:
                worst = max(worst, error / size)
        return worst


class NotSmooth(ValueError):
    """No step gave finite values of unchanged shape on both sides of the point."""


def complex_step(
    f: Callable[..., Any], args: tuple[Any, ...], direction: tuple[Any, ...], *, step: float = 1e-25
) -> Any:
    """Directional derivative `Im f(x + i h v) / h`, exact to rounding where f is built of analytic operations.

    Args:
        f: function of real arguments; not for absolute values, real parts or stores into real arrays.
        args: its arguments, nested; only real float leaves are moved.
        direction: same structure as `args`.
        step: h, far below rounding, for nothing is subtracted.
    Returns: the structure of the result of `f`, real.
    Raises: TypeError when f throws the imaginary part away or was complex to begin with.
    Source: Squire and Trapp (1998), Using Complex Variables to Estimate Derivatives of Real Functions.
    """
    moved = []
    for (_, x), (_, v) in _pairs(args, direction):
        if np.iscomplexobj(x):
            raise TypeError("complex_step needs real arguments")
        moved.append(np.asarray(x) + 1j * step * np.asarray(v))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            out = f(*trees.replace(args, moved))
        except np.exceptions.ComplexWarning as error:
            raise TypeError("the function drops the imaginary part; complex_step cannot be used") from error
    derivative = []
    for _, leaf in trees.leaves(out):
        derivative.append(np.imag(np.asarray(leaf)) / step)
    return trees.replace(out, derivative)


def central(
    f: Callable[..., Any], args: tuple[Any, ...], direction: tuple[Any, ...], *, step: float | None = None
) -> Difference:
    """Directional derivative by central differences, extrapolated to step zero in Ridders' tableau.

    Args:
        f: function of nested arguments; gets copies.
        args: the point; float16 and float32 leaves are raised to float64, for differences of them would be noise.
        direction: same structure as `args`; integers and other leaves are ignored.
        step: first step; without it 2 % of the smallest ratio of an argument's largest entry to its direction's.
    Returns: the derivative in the structure of the result of `f`, with errors from tableau and rounding.
    Raises: NotSmooth when no two-sided finite step exists; what f raises at the point itself.
    Source: Ridders (1982), Accurate computation of F'(x) and F'(x)F''(x); Numerical Recipes, 3rd ed., 5.7.
    """
    pairs = _pairs(args, direction)
    points = [_raised(x) for (_, x), _ in pairs]
    tangents = [_raised(v) for _, (_, v) in pairs]
    h = _first_step(points, tangents) if step is None else step

    def evaluate(t: float) -> Any:
        return f(*trees.replace(args, [x + t * v for x, v in zip(points, tangents, strict=True)]))

    with np.errstate(all="ignore"):
        middle = evaluate(0.0)
        centre = [np.asarray(leaf) for _, leaf in trees.leaves(middle)]
        tableaus = [_Tableau(np.asarray(leaf)) for leaf in centre]
        last: Exception | None = None
        for _ in range(_LEVELS):
            try:
                ahead = [np.asarray(leaf) for _, leaf in trees.leaves(evaluate(h))]
                behind = [np.asarray(leaf) for _, leaf in trees.leaves(evaluate(-h))]
            except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
                last = error
            else:
                same = [a.shape for a in ahead] == [b.shape for b in behind] == [c.shape for c in centre]
                if same and all(np.all(np.isfinite(a)) for a in ahead + behind):
                    for tableau, a, b in zip(tableaus, ahead, behind, strict=True):
                        tableau.add(a, b, h)
            h /= _RATIO
            if all(tableau.settled() for tableau in tableaus):
                break
    if any(tableau.best is None for tableau in tableaus):
        raise NotSmooth("no step gave finite values on both sides of the point") from last
    return Difference(trees.replace(middle, [t.best for t in tableaus]), [t.error for t in tableaus])


def gradient(f: Callable[..., Any], args: tuple[Any, ...], argnums: int | Sequence[int] = 0) -> Difference:
    """Full gradient of a scalar function by one extrapolated central difference for each real entry of the arguments.

    Returns: `value` in the structure of the argument `argnums` (a tuple of them when several), one error for each leaf.
    """
    several = not isinstance(argnums, int)
    positions = tuple(argnums) if not isinstance(argnums, int) else (argnums,)
    zeros = [np.zeros(np.shape(x), _raised(x).dtype) for _, x in trees.leaves(args)]
    result = [z.copy() for z in zeros]
    errors = [0.0] * len(zeros)
    for k, (path, _) in enumerate(trees.leaves(args)):
        if path[0] not in positions:
            continue
        for index in np.ndindex(zeros[k].shape):
            for unit in (1.0, 1j) if np.iscomplexobj(zeros[k]) else (1.0,):
                direction = [z.copy() for z in zeros]
                direction[k][index] = unit
                difference = central(f, args, trees.replace(args, direction))
                result[k][index] += unit * float(np.asarray(difference.value).item())
                errors[k] = max(errors[k], difference.errors[0])
    tree = trees.replace(args, result)
    kept = [errors[k] for n in positions for k, (path, _) in enumerate(trees.leaves(args)) if path[0] == n]
    return Difference(tuple(tree[n] for n in positions) if several else tree[positions[0]], kept)


class _Tableau:
    """Neville extrapolation of central differences in h**2, keeping the entry with the smallest error estimate."""

    def __init__(self, centre: np.ndarray) -> None:
        self.noise = 4.0 * float(np.finfo(centre.dtype).eps) * float(np.max(np.abs(centre), initial=0.0))
        self.best: np.ndarray | None = None
        self.error = np.inf
        self.stale = 0
        self.row: list[np.ndarray] = []

    def add(self, ahead: np.ndarray, behind: np.ndarray, h: float) -> None:
        row = [(ahead - behind) / (2.0 * h)]
        before = self.error
        for j, old in enumerate(self.row):
            factor = _RATIO ** (2 * (j + 1))
            new = (row[j] * factor - old) / (factor - 1.0)
            error = max(_largest(new - row[j]), _largest(new - old), self.noise / h)
            row.append(new)
            if error <= self.error:
                self.best, self.error = new, error
        if self.best is None:
            self.best = row[0]
        self.row = row
        self.stale = self.stale + 1 if np.isfinite(before) and self.error >= before else 0

    def settled(self) -> bool:
        """True once smaller steps no longer help; a poor estimate goes on, for a kink may be near."""
        if self.best is None or self.stale < _PATIENCE:
            return False
        return self.error <= _GOOD * _largest(self.best) or not np.any(self.best)


def _largest(x: np.ndarray) -> float:
    return float(np.max(np.abs(x), initial=0.0))


def _pairs(args: Any, direction: Any) -> list[tuple[tuple[trees.Path, Any], tuple[trees.Path, Any]]]:
    points = trees.leaves(args)
    result = []
    for path, x in points:
        v = trees.at(direction, path)
        if v is None:
            v = np.zeros(np.shape(x), np.asarray(x).dtype)
        if np.shape(v) != np.shape(x):
            raise ValueError(
                f"direction of {trees.name(path)} has shape {np.shape(v)}, the argument {np.shape(x)}"
            )
        result.append(((path, x), (path, v)))
    return result


def _raised(x: Any) -> np.ndarray:
    array: np.ndarray = np.asarray(x)
    small = array.dtype.itemsize < 8 or array.dtype == np.complex64
    return np.asarray(array, np.result_type(array.dtype, np.float64)) if small else array


def _first_step(points: list[np.ndarray], tangents: list[np.ndarray]) -> float:
    ratios = []
    for x, v in zip(points, tangents, strict=True):
        moved = _largest(v)
        if moved > 0.0:
            size = _largest(x)
            ratios.append((size if size > 0.0 else 1.0) / moved)
    return _FIRST_STEP * min(ratios, default=1.0)
