"""Functions as arguments: integrals, roots, minimisers, differential equations; parameters in args and closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegen as tg

integrate = pytest.importorskip("scipy.integrate")
optimize = pytest.importorskip("scipy.optimize")

TIMES = np.linspace(0.0, 1.5, 4)


def decay(t, a):
    return np.exp(-a * t)


def integral_of_closure(a):
    def g(t):
        return np.exp(-a * t)

    return integrate.quad(g, 0.0, a)[0]


def nested(a):
    def inner(y):
        return integrate.quad(lambda t: np.sin(a * t * y), 0.0, 1.0)[0]

    return integrate.quad(inner, 0.0, 1.0)[0]


def systems_root(a):
    sol = optimize.root(lambda x: [x[0] ** 2 - a[0], x[1] * x[0] - 3 * a[1]], [1.0, 1.0], tol=1e-13)
    return np.sum(sol.x**3)


def bracketed(a):
    sol = optimize.root_scalar(lambda x: x**3 - a, bracket=(0, 10))
    return sol.root


def minimiser(a):
    sol = optimize.minimize(
        lambda x: (x[0] - a) ** 2 + (x[1] - a * x[0]) ** 2 * a + np.exp(x[0]),
        np.zeros(2),
        method="BFGS",
        options={"gtol": 1e-11},
    )
    return np.sum(sol.x**2)


def scalar_minimiser(a):
    return optimize.minimize_scalar(lambda x, b: (x - b) ** 2 + np.exp(x), args=(a,), tol=1e-12).x


def fitted(y):
    residuals = optimize.least_squares(
        lambda x: x[0] * np.exp(-x[1] * TIMES) - y, np.ones(2), xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    return np.sum(residuals.x**2)


EXACT: dict[str, tuple[Callable[..., Any], Any]] = {
    "args": (lambda a: integrate.quad(decay, 0.0, 1.0, args=(a,))[0], 2.0),
    "one argument": (lambda a: integrate.quad(decay, 0.0, 1.0, args=a)[0], 2.0),
    "closure, and an end": (integral_of_closure, 2.0),
    "an array in a lambda": (
        lambda a: integrate.quad(lambda t: np.sum(np.sin(a * t)), 0.0, 1.0)[0],
        np.array([2.0, 1.0]),
    ),
    "both, and an integer": (
        lambda a: integrate.quad(lambda t, b, n: np.sin(a * t) * b**n, 0.0, 1.5, args=(a * a, 2))[0],
        1.3,
    ),
    "infinite ends": (lambda a: integrate.quad(lambda t: np.exp(-a * t * t), -np.inf, np.inf)[0], 2.0),
    "a NumPy function": (lambda b: integrate.quad(np.sin, 0.0, b)[0], 2.0),
    "fixed_quad": (lambda a: integrate.fixed_quad(lambda t: np.exp(-a * t), 0.0, a)[0], 1.3),
    "quad_vec": (
        lambda a: np.sum(integrate.quad_vec(lambda t: np.exp(-a * t), 0.0, a[0])[0] ** 2),
        np.array([1.3, 0.6]),
    ),
    "brentq": (lambda a: optimize.brentq(lambda x: x**3 - a, 0, 10), 2.0),
    "brentq with args": (lambda a: optimize.brentq(lambda x, b: x**3 - b, 0, 10, args=(a,)), 2.0),
    "bisect": (lambda a: optimize.bisect(lambda x: x**3 - a, 0, 10, xtol=1e-14), 2.0),
    "newton": (lambda a: optimize.newton(lambda x: x**3 - a, 1.0, tol=1e-14), 2.0),
    "fsolve": (
        lambda a: np.sum(
            optimize.fsolve(lambda x: [x[0] ** 2 - a, x[1] * x[0] - 3 * a], [1.0, 1.0], xtol=1e-13) ** 3
        ),
        2.0,
    ),
    "fixed_point": (
        lambda a: np.sum(optimize.fixed_point(lambda x: np.sqrt(a + x), [1.0], xtol=1e-12)),
        2.0,
    ),
    "root": (systems_root, np.array([2.0, 1.0])),
    "root_scalar": (bracketed, 2.0),
}
ITERATED = {
    "nested": (nested, 1.3),
    "minimize": (minimiser, 2.0),
    "minimize_scalar": (scalar_minimiser, 2.0),
    "curve_fit": (
        lambda y: np.sum(
            optimize.curve_fit(lambda x, a, b: a * np.exp(-b * x), TIMES, y, ftol=1e-14)[0] ** 2
        ),
        2 * np.exp(-TIMES) + 0.1 * np.sin(9 * TIMES),
    ),
    "with its slope": (
        lambda a: optimize.minimize(
            lambda x: ((x[0] - a) ** 4 + x[0] ** 2, np.array([4 * (x[0] - a) ** 3 + 2 * x[0]])),
            [1.0],
            jac=True,
            bounds=[(-5.0, None)],
            options={"ftol": 1e-15, "gtol": 1e-12},
        ).x[0],
        2.0,
    ),
    "least_squares": (fitted, 2 * np.exp(-TIMES) + 0.1 * np.sin(9 * TIMES)),
}


@pytest.mark.parametrize("name", EXACT)
def test_both_modes_and_second_order(name: str) -> None:
    f, x = EXACT[name]
    tg.check_grads(f, (x,), order=2)


@pytest.mark.parametrize("name", ITERATED)
def test_both_modes(name: str) -> None:
    f, x = ITERATED[name]
    tg.check_grads(f, (x,), order=1)


def predators(y, t, a, b):
    return [a * y[0] - y[0] * y[1], b * y[0] * y[1] - y[1]]


def lotka(y0, a):
    return integrate.odeint(predators, y0, TIMES, args=(a, 0.5), rtol=1e-11, atol=1e-12)


def closed_over(a):
    def rate(t, y):
        return -a * y * t

    sol = integrate.solve_ivp(
        rate, (0.0, 1.5), np.array([1.0, 2.0]) * a, t_eval=TIMES, rtol=1e-10, atol=1e-12
    )
    return np.sum(sol.y**2)


def last_state(a):
    sol = integrate.solve_ivp(
        lambda t, y, k: [y[1], -k * y[0]], (0.0, 1.5), [1.0, a], args=(a,), rtol=1e-10, atol=1e-12
    )
    return np.sum(sol.y[:, -1] ** 2)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda a: np.sum(lotka([1.0, 2.0], a) ** 2), 1.3),
        (lambda y: np.sum(lotka(y, 1.2) ** 2), np.array([1.3, 1.0])),
        (lambda y: np.sum(lotka([y, 2 * y], 1.2) ** 2), 1.3),
        (
            lambda t: np.sum(integrate.odeint(predators, [1.0, 2.5], t, args=(1.3, 0.5), rtol=1e-11) ** 2),
            TIMES,
        ),
        (closed_over, 1.3),
        (last_state, 1.3),
    ],
)
def test_differential_equations(f: Callable[..., Any], x: Any) -> None:
    """Against differences, as exactly as the solver is; forward against reverse mode."""
    step = 1e-4
    direction = np.reshape(np.linspace(0.2, 0.5, np.size(x)), np.shape(x))
    pairs = [(f(x + h * direction) - f(x - h * direction)) / (2 * h) for h in (step, step / 2)]
    expected = (4 * pairs[1] - pairs[0]) / 3
    gradient = tg.grad(f)(x)
    tangent = tg.jvp(f, (x,), (direction if np.ndim(x) else float(direction),))[1]
    np.testing.assert_allclose(np.sum(gradient * direction), expected, rtol=2e-6)
    np.testing.assert_allclose(tangent, np.sum(gradient * direction), rtol=1e-6)


def oscillation(k, y0, end):
    """Cubic spring, from a closure and an argument, at the end that the solver reaches."""

    def rate(t, y, c):
        return [y[1], -k * y[0] ** 3 - c * y[1] + np.sin(t)]

    sol = integrate.solve_ivp(rate, (0.0, end), y0, args=(0.3,), rtol=1e-9, atol=1e-11)
    return sol.y[0, -1] ** 2 + sol.t[-1] * sol.y[1, -1]


def growth(y, times):
    """A right side without parameters, first asked for after its start."""
    sol = integrate.solve_ivp(lambda t, y: -y * y, (0.0, 2.0), [y], t_eval=times, rtol=1e-9, atol=1e-11)
    return np.sum(sol.y[0] * sol.t)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda p: oscillation(p[0], p[1:3], p[3]), np.array([1.3, 1.0, 0.2, 1.2])),
        (lambda p: growth(p[0], p[1:]), np.array([1.5, 0.3, 0.7, 1.5])),
        (lambda p: np.sum(lotka(p[:2], p[2]) ** 2), np.array([1.0, 2.0, 1.3])),
    ],
)
def test_second_derivatives_of_solutions(f: Callable[..., Any], x: Any) -> None:
    gradient, step = tg.grad(f), 1e-4
    rows = [(gradient(x + step * e) - gradient(x - step * e)) / (2 * step) for e in np.eye(len(x))]
    np.testing.assert_allclose(tg.hessian(f)(x), np.stack(rows), rtol=1e-5, atol=1e-5)
    direction = np.linspace(0.5, 1.0, len(x))
    pushed = tg.jvp(gradient, (x,), (direction,))[1]
    np.testing.assert_allclose(pushed, direction @ np.stack(rows), rtol=1e-5, atol=1e-5)


def test_curvature_of_a_solution() -> None:
    def decayed(y):
        sol = integrate.solve_ivp(
            lambda t, y: -y * y, (0.0, 1.0), [y], t_eval=[0.5, 1.0], rtol=1e-9, atol=1e-11
        )
        return sol.y[0, -1]

    assert tg.grad(decayed)(1.5) == pytest.approx(1 / 2.5**2, rel=1e-7)
    assert tg.grad(tg.grad(decayed))(1.5) == pytest.approx(-2 / 2.5**3, rel=1e-6)


def test_ends_and_times_of_a_solution() -> None:
    def exponential(a, b):
        return integrate.solve_ivp(lambda t, y: -y, (a, b), [1.0], rtol=1e-9, atol=1e-11).y[0, -1]

    np.testing.assert_allclose(
        tg.grad(exponential, (0, 1))(0.2, 1.1), np.exp(-0.9) * np.array([1, -1]), rtol=1e-7
    )
    times = np.array([0.3, 0.7])
    slope = tg.grad(growth, 1)(1.0, times)
    np.testing.assert_allclose(slope, 1 / (1 + times) ** 2, rtol=1e-7)
    np.testing.assert_allclose(tg.jvp(growth, (1.0, times), (0.0, np.ones(2)))[1], np.sum(slope), rtol=1e-7)


def test_what_a_differential_equation_has_not_got_is_refused() -> None:
    def hit(t, y):
        return y[0] - 0.5

    hit.terminal = True
    with pytest.raises(TypeError, match="no derivative where an event ends the solution"):
        tg.grad(lambda a: integrate.solve_ivp(lambda t, y: -a * y, (0.0, 9.0), [1.0], events=hit).y[0, -1])(
            1.0
        )
    with pytest.raises(tg.TransformError, match="does not support the argument 'dense_output'"):
        tg.grad(
            lambda a: integrate.solve_ivp(lambda t, y: -a * y, (0, 1), [1.0], dense_output=True).y[0, -1]
        )(1.0)


class Model:
    def __init__(self, k):
        self.k = k

    def rate(self, t):
        return self.k * t


def test_solutions_on_a_bound_and_covariances_are_refused() -> None:
    with pytest.raises(TypeError, match="a solution on a bound has no derivative"):
        tg.grad(lambda a: optimize.minimize(lambda x: (x[0] - a) ** 2, [0.5], bounds=[(0.0, 1.0)]).x[0])(2.0)
    with pytest.raises(TypeError, match="the covariances that curve_fit estimates have no derivative"):
        tg.grad(lambda y: np.sum(optimize.curve_fit(lambda x, a: a * x, TIMES, y)[1]))(np.sin(TIMES))


def test_functions_that_cannot_be_followed_are_refused() -> None:
    hidden = np.frompyfunc(lambda t, a: a * t, 2, 1)
    with pytest.raises(tg.TransformError, match="no derivative rule for func"):
        tg.grad(lambda a: integrate.quad(hidden, 0.0, 1.0, args=(a,))[0])(2.0)
    with pytest.raises(tg.TransformError):
        tg.grad(lambda a: integrate.quad(Model(a).rate, 0.0, 1.0)[0])(2.0)
    model = Model(3.0)
    with pytest.raises(tg.TransformError, match="use of a method as a value"):
        tg.grad(lambda b: integrate.quad(model.rate, 0.0, b)[0])(2.0)
    assert tg.grad(lambda b: integrate.quad(lambda t: model.rate(t), 0.0, b)[0])(2.0) == pytest.approx(6.0)


def test_other_fields_of_a_result_are_constant() -> None:
    def careful(a):
        sol = optimize.root(lambda x: x**2 - a, [1.0])
        if not sol.success:
            raise ValueError(sol.message)
        return sol.x[0]

    assert tg.grad(careful)(4.0) == pytest.approx(0.25)
