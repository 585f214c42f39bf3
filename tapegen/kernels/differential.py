"""Derivatives of the solutions of ordinary differential equations, by `scipy.integrate.solve_ivp`.

Source: Cao, Li, Petzold and Serban (2003), Adjoint sensitivity analysis for differential-algebraic equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .callables import Function, composed, flattened, pulled, pulled_back, pushed
from .joining import unpack

RTOL, ATOL = 1e-9, 1e-11


def _argument(t: Any, y: Any, t_first: bool) -> tuple[Any, Any]:
    return (t, y) if t_first else (y, t)


def _solved(rate: Any, start: float, end: float, y: Any, method: str) -> Any:
    from scipy import integrate

    return integrate.solve_ivp(rate, (start, end), y, method=method, rtol=RTOL, atol=ATOL).y[:, -1]


def ode_adjoint(
    f: Function, t_first: bool, times: Any, states: Any, params: Any, ct: Any, method: str = "LSODA"
) -> tuple[Any, Any, Any]:
    """The cotangents of the first state, of the times, and of the parameters in one vector.

    The adjoint equation l' = -(df/dy)^T l is solved backwards from one of the `times` to the one before, where the
    cotangent of the state there is added to l. The state is solved for along with it, from its value at each of them.

    Args:
        f: the right hand side, of `(t, y)` if `t_first`, else of `(y, t)`.
        states, ct: a row for each time.
    """
    n, back, by_params = np.shape(states)[1], pulled_back(f), pulled(f)
    ct = np.broadcast_to(ct, np.shape(states))
    place = 1 if t_first else 0

    def rate(t: Any, y: Any) -> Any:
        return np.ravel(f(_argument(t, y, t_first), params)).astype(float)

    def backwards(t: Any, s: Any) -> Any:
        x, both = _argument(t, s[:n].copy(), t_first), (params, s[n : 2 * n].copy())
        return np.concatenate([rate(t, x[place]), -np.ravel(back(x, both)[place]), -by_params(x, both)])

    size = np.size(flattened(0.0, params))
    adjoint, of_params, of_times = np.array(ct[-1]), np.zeros(size), np.zeros(len(times))
    for i in range(len(times) - 1, 0, -1):
        of_times[i] = ct[i] @ rate(times[i], states[i])
        start = np.concatenate([states[i], adjoint, of_params])
        s = _solved(backwards, times[i], times[i - 1], start, method)
        adjoint, of_params = s[n : 2 * n], s[2 * n :]
        if i == 1:
            of_times[0] = -adjoint @ rate(times[0], states[0])
        adjoint = adjoint + ct[i - 1]
    return adjoint, of_times, of_params


def ode_tangent(
    f: Function,
    t_first: bool,
    times: Any,
    states: Any,
    params: Any,
    state_dot: Any,
    times_dot: Any,
    params_dot: Any,
    method: str = "LSODA",
) -> Any:
    """The tangents of the states: the solution of the variational equation w' = (df/dy) w + (df/dp) p'."""
    n, along, turned = np.shape(states)[1], pushed(f), pushed(composed("turned", f))

    def rate(t: Any, y: Any) -> Any:
        return np.ravel(f(_argument(t, y, t_first), params)).astype(float)

    def forwards(t: Any, s: Any) -> Any:
        y, w = s[:n].copy(), s[n:].copy()
        x, x_dot = _argument(t, y, t_first), _argument(0.0, w, t_first)
        moved = np.ravel(turned(params, (x, x_dot)))
        if np.size(flattened(0.0, params)):
            moved = moved + np.ravel(along(x, (params, params_dot)))
        return np.concatenate([rate(t, y), moved])

    times_dot = np.broadcast_to(times_dot, np.shape(times))
    w = np.broadcast_to(np.ravel(state_dot), n) - rate(times[0], states[0]) * times_dot[0]
    rows = [w + rate(times[0], states[0]) * times_dot[0]]
    for i in range(1, len(times)):
        w = _solved(forwards, times[i - 1], times[i], np.concatenate([states[i - 1], w]), method)[n:]
        rows.append(w + rate(times[i], states[i]) * times_dot[i])
    return np.stack(rows)


def state_like(value: Any, y: Any) -> Any:
    """A vector in the shape of the first state, which may be a number or a list."""
    return unpack(np.reshape(value, np.shape(y)), y)
