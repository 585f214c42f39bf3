"""Programs as people write them with SciPy: gradients against differences, and what they are for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegen as tg

fft = pytest.importorskip("scipy.fft")
integrate = pytest.importorskip("scipy.integrate")
interpolate = pytest.importorskip("scipy.interpolate")
linalg = pytest.importorskip("scipy.linalg")
optimize = pytest.importorskip("scipy.optimize")
signal = pytest.importorskip("scipy.signal")
stats = pytest.importorskip("scipy.stats")

T = np.linspace(0.0, 1.0, 30)
TARGET = np.sin(6 * T) + 0.3 * T
KNOTS = np.linspace(0.0, 1.0, 7)


def spline_loss(y):
    """A curve through seven points against data."""
    return np.mean((interpolate.make_interp_spline(KNOTS, y)(T) - TARGET) ** 2)


def predators_and_prey(p):
    def rate(t, y):
        return [p[0] * y[0] - p[1] * y[0] * y[1], p[1] * y[0] * y[1] - p[2] * y[1]]

    times = np.array([0.5, 1.0, 1.5])
    sol = integrate.solve_ivp(rate, (0.0, 1.5), [1.0, 0.7], t_eval=times, rtol=1e-9, atol=1e-10)
    return np.sum((sol.y - np.array([[1.1, 1.3, 1.4], [0.6, 0.6, 0.7]])) ** 2)


WAITS = np.array([0.4, 1.2, 2.2, 0.9, 3.1, 1.7])


def gamma_likelihood(log_parameters):
    shape, scale = np.exp(log_parameters)
    return -np.sum(stats.gamma.logpdf(WAITS, shape, scale=scale))


def gaussian_process(log_parameters):
    """The negative log marginal likelihood with a squared exponential kernel."""
    length, noise = np.exp(log_parameters)
    x = T[:8]
    k = np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2 / length**2) + noise**2 * np.eye(8)
    c = linalg.cho_factor(k, lower=True)
    return 0.5 * TARGET[:8] @ linalg.cho_solve(c, TARGET[:8]) + np.sum(np.log(np.diag(c[0])))


def burgers(u):
    """Viscous flow by spectral derivatives, some steps of explicit integration."""
    k = 1j * np.arange(9)
    for _ in range(4):
        spectrum = fft.rfft(u)
        slope = fft.irfft(k * spectrum, n=16)
        bend = fft.irfft(k**2 * spectrum, n=16)
        u = u + 0.01 * (0.1 * bend - u * slope)
    return np.sum(u**2)


NOISE = np.random.default_rng(3).standard_normal(40)
FILTERED = signal.lfilter([0.2, 0.3], [1.0, -0.5], NOISE)


def filter_design(p):
    a = np.concatenate([np.ones(1), p[2:]])
    return np.mean((signal.lfilter(p[:2], a, NOISE) - FILTERED) ** 2)


def implicit_euler(k):
    y = np.array([1.0, 0.5])
    for _ in range(3):
        y = optimize.fsolve(
            lambda new, old: new - old + 0.1 * np.array([k * new[0] ** 3, new[1] - new[0]]),
            y,
            args=(y,),
            xtol=1e-12,
        )
    return np.sum(y**2)


def spectrum_of_cosines(x):
    """An image in a few cosines."""
    coefficients = fft.dctn(np.reshape(x, (4, 4)), norm="ortho")
    return np.sum(
        fft.idctn(coefficients * np.exp(-np.add.outer(np.arange(4), np.arange(4))), norm="ortho") ** 2
    )


PROGRAMS: dict[str, tuple[Callable[..., Any], Any]] = {
    "spline": (spline_loss, np.zeros(7) + 0.1),
    "predators and prey": (predators_and_prey, np.array([0.6, 0.9, 0.4])),
    "gamma": (gamma_likelihood, np.array([0.3, 0.1])),
    "gaussian process": (gaussian_process, np.array([-1.0, -2.0])),
    "burgers": (burgers, np.sin(2 * np.pi * np.arange(16) / 16)),
    "filter": (filter_design, np.array([0.1, 0.1, -0.2])),
    "implicit Euler": (implicit_euler, 0.8),
    "cosines": (spectrum_of_cosines, TARGET[:16]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients(name: str) -> None:
    f, x = PROGRAMS[name]
    direction = np.linspace(0.3, 1.0, np.size(x)).reshape(np.shape(x))

    def central(h: float) -> Any:
        return (f(x + h * direction) - f(x - h * direction)) / (2 * h)

    expected = (4 * central(5e-4) - central(1e-3)) / 3
    found = tg.grad(f)(x)
    np.testing.assert_allclose(np.sum(found * direction), expected, rtol=1e-6)


def test_descent_fits_a_curve_and_designs_a_filter() -> None:
    for f, x, rate, steps in ((spline_loss, np.zeros(7), 1.5, 60), (filter_design, np.zeros(3), 0.5, 60)):
        slope, first = tg.value_and_grad(f), f(x)
        for _ in range(steps):
            _, gradient = slope(x)
            x = x - rate * gradient
        assert f(x) < 0.05 * first
