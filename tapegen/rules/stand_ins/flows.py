"""The solutions of differential equations over several times: functions that are followed into, for higher orders.

Source: Cao, Li, Petzold and Serban (2003), Adjoint sensitivity analysis for differential-algebraic equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels.callables import applied
from ...kernels.differential import backwards, flow, forwards, no_parameters


def solution_back(rate: Any, times: Any, states: Any, params: Any, ct: Any, method: Any) -> Any:
    """The cotangents of the first state, of the times, and of the parameters in one vector.

    The adjoint equation l' = -(df/dy)^T l is solved backwards from one of the times to the one before, where the
    cotangent of the state there is added to l. The state is solved for along with it, from its value at each of them.

    Args:
        states, ct: a row for each time.
    """
    back = backwards(rate)
    n = states.shape[1]
    adjoint = ct[-1] + 0.0
    of_params = no_parameters(params)
    of_times = np.zeros(len(times))
    for i in range(len(times) - 1, 0, -1):
        of_times[i] += np.sum(adjoint * applied(rate, (times[i], states[i]), params))
        s = flow(
            back, times[i], times[i - 1], np.concatenate((states[i], adjoint, of_params)), params, method
        )
        adjoint = s[n : 2 * n]
        of_params = s[2 * n :]
        of_times[i - 1] -= np.sum(adjoint * applied(rate, (times[i - 1], states[i - 1]), params))
        adjoint = adjoint + ct[i - 1]
    return adjoint, of_times, of_params


def solution_dot(
    rate: Any, times: Any, states: Any, params: Any, y_dot: Any, times_dot: Any, params_dot: Any, method: Any
) -> Any:
    """The tangents of the states, a row for each time: the variational equation w' = (df/dy) w + (df/dp) p'."""
    ahead = forwards(rate)
    n = states.shape[1]
    rows = np.zeros(np.shape(states))
    rows[0] = y_dot
    w = y_dot
    for i in range(1, len(times)):
        w = w - applied(rate, (times[i - 1], states[i - 1]), params) * times_dot[i - 1]
        s = flow(
            ahead, times[i - 1], times[i], np.concatenate((states[i - 1], w)), (params, params_dot), method
        )
        w = s[n:] + applied(rate, (times[i], states[i]), params) * times_dot[i]
        rows[i] = w
    return rows
