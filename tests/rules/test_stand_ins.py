"""Objects of SciPy that are followed into: sparse matrices, splines, frozen distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegen as tg

interpolate = pytest.importorskip("scipy.interpolate")
sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")
stats = pytest.importorskip("scipy.stats")

T = np.linspace(0.0, 1.0, 7)
Y = np.sin(3 * T)
X = np.array([0.13, 0.42, 0.71, 0.94])
ROWS, COLS = np.array([0, 1, 2, 3, 0, 2]), np.array([0, 1, 2, 3, 1, 2])
MATRIX = sparse.csr_matrix(3 * np.eye(4) + np.diag(np.ones(3), 1))
BOTH = np.stack([Y, Y**2], -1)

CONSTANTS = {
    "cubic": interpolate.CubicSpline(T, Y),
    "two curves": interpolate.CubicSpline(T, BOTH),
    "turned": interpolate.CubicSpline(T, BOTH.T, axis=1),
    "pchip": interpolate.PchipInterpolator(T, Y),
    "akima": interpolate.Akima1DInterpolator(T, Y),
    "b-spline": interpolate.make_interp_spline(T, Y, 4),
    "fitpack": interpolate.UnivariateSpline(T, Y, s=0),
    "table": interpolate.interp1d(T, Y),
    "cubic table": interpolate.interp1d(T, BOTH, "cubic", axis=0),
    "filled": interpolate.interp1d(T, Y, "quadratic", bounds_error=False, fill_value=1.0),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant_curves_at_active_points(name: str) -> None:
    spline = CONSTANTS[name]
    tg.check_grads(lambda x: np.sum(spline(x) ** 2), (X,), order=2)


GRID = interpolate.RegularGridInterpolator((T, T), np.outer(Y, Y + 1), fill_value=None, bounds_error=False)
FACTORS, SOLVE = linalg.splu(MATRIX.tocsc()), linalg.factorized(MATRIX.tocsc())
FROZEN = stats.gamma(2.5, scale=0.7)


def entries(d: Any) -> Any:
    return sparse.csr_matrix((d, (ROWS, COLS)), shape=(4, 4))


def heat(k: Any, u: Any) -> Any:
    """Implicit steps of the heat equation."""
    a = sparse.eye(4).tocsc() + 0.1 * k * MATRIX
    for _ in range(2):
        u = linalg.spsolve(a, u)
    return np.sum(u**2)


def variable_heat(c: Any) -> Any:
    a = sparse.diags([-c[1:], c + 2.0, -c[1:]], [-1, 0, 1], format="csc")
    return np.sum(linalg.spsolve(a, np.stack([c, X], -1)) ** 2) + np.sum((a @ c) ** 2)


D = np.array([2.0, 1.5, 1.2, 3.0, 0.4, 0.3])
ACTIVE: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "cubic": (lambda y, x: np.sum(interpolate.CubicSpline(T, y)(x) ** 2), (Y, X)),
    "ends": (
        lambda y: np.sum(interpolate.CubicSpline(T, y, bc_type=((1, 0.3), "natural"))(X, 1) ** 2),
        (Y,),
    ),
    "two curves": (lambda y: np.sum(interpolate.CubicSpline(T, y, axis=1)(X) ** 2), (BOTH.T,)),
    "b-spline": (lambda y, x: np.sum(interpolate.make_interp_spline(T, y)(x) ** 2), (Y, X)),
    "b-splines": (lambda y: np.sum(interpolate.make_interp_spline(T, y, k=2)(X) ** 2), (BOTH,)),
    "clamped": (
        lambda y: np.sum(interpolate.make_interp_spline(T, y, bc_type="clamped").derivative()(X) ** 2),
        (Y,),
    ),
    "coefficients": (
        lambda c, x: np.sum(interpolate.BSpline(CONSTANTS["b-spline"].t, c, 4)(x, 1) ** 2),
        (CONSTANTS["b-spline"].c, X),
    ),
    "splev": (
        lambda c, x: np.sum(interpolate.splev(x, (CONSTANTS["b-spline"].t, c, 4), der=1) ** 2),
        (CONSTANTS["b-spline"].c, X),
    ),
    "table": (lambda y, x: np.sum(interpolate.interp1d(T, y, kind="cubic")(x) ** 2), (Y, X)),
    "tables": (
        lambda y: np.sum(
            interpolate.interp1d(T, y, axis=0, bounds_error=False, fill_value=2.0)(X + 0.1) ** 2
        ),
        (BOTH,),
    ),
    "derivative and integral": (
        lambda x: np.sum(CONSTANTS["cubic"].derivative()(x) ** 2) + CONSTANTS["cubic"].integrate(x[0], x[1]),
        (X,),
    ),
    "polynomials of two": (
        lambda c: np.sum(interpolate.PPoly(c, np.array([0.0, 0.5, 1.0]), axis=1)(X) ** 2),
        (np.reshape(np.arange(18.0), (3, 3, 2)) / 9,),
    ),
    "polynomials": (lambda c: np.sum(interpolate.PPoly(c, np.array([0.0, 0.5, 1.0]))(X) ** 2), (BOTH[:4],)),
    "values at points": (lambda v: np.sum(interpolate.griddata(T, v, X) ** 2), (Y,)),
    "radial": (
        lambda v: np.sum(interpolate.RBFInterpolator(BOTH, v)(np.stack([X, X], -1)) ** 2),
        (Y,),
    ),
    "product": (lambda x: np.sum((MATRIX @ x) ** 3) + np.sum((x @ MATRIX.T) ** 2), (X,)),
    "entries": (lambda d, x: np.sum((entries(d) @ x) ** 2), (D, X)),
    "several columns": (lambda d, x: np.sum((entries(d).T @ np.outer(x, x)) ** 2), (D, X)),
    "sums": (lambda d, x: np.sum((2.0 * entries(d) + MATRIX - entries(d).T).dot(x) ** 2), (D, X)),
    "compressed": (
        lambda p: np.sum(
            (sparse.csr_matrix((MATRIX.data * p, MATRIX.indices, MATRIX.indptr), shape=MATRIX.shape) @ X) ** 2
        ),
        (1.3,),
    ),
    "dense": (
        lambda d: np.sum(entries(d).toarray() ** 2) + np.sum(sparse.csc_array(np.outer(d, d)) @ D),
        (D,),
    ),
    "solve": (lambda d, b: np.sum(linalg.spsolve(entries(d).tocsc(), b) ** 2), (D, X)),
    "factors": (
        lambda b: np.sum(FACTORS.solve(b) * FACTORS.solve(b**2, "T")) + np.sum(SOLVE(b) ** 2),
        (X,),
    ),
    "exponential": (lambda x: np.sum(linalg.expm_multiply(MATRIX, x) ** 2), (X,)),
    "own factors": (lambda d: np.sum(linalg.splu(entries(d).tocsc()).solve(X) ** 2), (D,)),
    "heat": (heat, (1.3, X)),
    "variable heat": (variable_heat, (X,)),
    "frozen": (
        lambda p: np.sum(stats.norm(p[0], scale=p[1]).logpdf(X)) + np.sum(stats.norm(p[0]).cdf(X) ** 2),
        (np.array([0.3, 0.8]),),
    ),
    "a frozen one": (lambda x: np.sum(FROZEN.logpdf(x) * FROZEN.cdf(x)), (X,)),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_data_and_points(name: str) -> None:
    f, args = ACTIVE[name]
    tg.check_grads(f, args, order=2)


def test_grids() -> None:
    tg.check_grads(lambda x, y: np.sum(GRID((x, y)) ** 2), (X, X[::-1] ** 2), order=1)
    tg.check_grads(
        lambda v, x: np.sum(interpolate.interpn((T, T), v, np.stack([x, x**2], -1)) ** 2),
        (np.outer(Y, Y + 1), X),
        order=1,
    )
    with pytest.raises(tg.TransformError, match="no derivative in its argument 'xi'"):
        tg.hessian(lambda v: np.sum(interpolate.interpn((T, T), np.outer(v, v), np.stack([v, v], -1)) ** 2))(
            T
        )


def test_the_generated_code_has_no_objects() -> None:
    source = tg.grad(lambda y: interpolate.make_interp_spline(T, y)(0.3))
    source(Y)
    assert "spline_coefficients_back" in source.source
    assert "Curve" not in source.source


def test_arguments_and_cells_hold_such_objects() -> None:
    spline = CONSTANTS["cubic"]

    def through(s: Any, x: float) -> Any:
        return s(x) ** 2

    slope = tg.grad(through, argnums=1)(spline, 0.4)
    assert slope == pytest.approx(2 * spline(0.4) * spline(0.4, 1))
    again = tg.grad(through, argnums=1)(CONSTANTS["b-spline"], 0.4)
    assert again == pytest.approx(2 * CONSTANTS["b-spline"](0.4) * CONSTANTS["b-spline"](0.4, 1))
    assert tg.grad(lambda b: np.sum(MATRIX.diagonal()) * b)(2.0) == 12.0


def test_what_has_no_derivative_is_refused() -> None:
    with pytest.raises(tg.TransformError, match="no derivative in its argument 'knots'"):
        tg.grad(lambda t: np.sum(interpolate.CubicSpline(t, Y)(X)))(T)
    with pytest.raises(TypeError, match="a periodic spline has no derivative in its data"):
        tg.grad(lambda y: np.sum(interpolate.CubicSpline(T, y, bc_type="periodic")(X)))(np.ones(7))
    with pytest.raises(TypeError, match="write a @ x for the product"):
        tg.grad(lambda x: np.sum((MATRIX * x).toarray()))(X)
    with pytest.raises(tg.TransformError, match="cannot follow the attribute 'whole'"):
        tg.grad(lambda d: np.sum(linalg.expm_multiply(entries(d), X)))(D)
