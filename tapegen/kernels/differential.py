"""The flow of an ordinary differential equation, by `scipy.integrate.solve_ivp`, and what its derivatives need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .callables import Function, closed, composed, flattened
from .joining import unpack
from .protocol import kernel

RTOL, ATOL = 1e-9, 1e-11


def rate_of(func: Any, t_first: bool) -> Function:
    """The right side as a function of `((t, y), params)`, with values in a vector."""
    return composed("rate" if t_first else "rate_of_turned", closed(func, 2))


def backwards(rate: Function) -> Function:
    """The right side of the adjoint equation: of the state, of its cotangent, and of what the parameters gather."""
    return composed("backwards", rate)


def forwards(rate: Function) -> Function:
    """The right side of the variational equation: of the state and its tangent; of parameters and their tangents."""
    return composed("forwards", rate)


@kernel
def flow(rate: Function, start: Any, end: Any, state: Any, params: Any, method: str = "LSODA") -> Any:
    """The state at the time `end`, from that at the time `start`; in a vector."""
    from scipy import integrate

    if start == end:
        return np.array(state, float)

    def derivative(t: Any, y: Any) -> Any:
        return np.asarray(rate((float(t), y.copy()), params), float)

    found = integrate.solve_ivp(derivative, (start, end), state, method=method, rtol=RTOL, atol=ATOL)
    if not found.success:
        raise RuntimeError(f"the derivative of a differential equation was not found: {found.message}")
    return found.y[:, -1]


def no_parameters(params: Any) -> Any:
    """A zero for each number among the parameters, in one vector."""
    return np.zeros(np.size(flattened(0.0, params)))


def checked_times(report: Any) -> Any:
    """The times at which a solution is given.

    Raises: TypeError if it ended at an event, whose time hangs on everything.
    """
    if report["status"] == 1:
        raise TypeError(
            "solve_ivp has no derivative where an event ends the solution: solve up to a known time"
        )
    return report["t"]


@kernel
def state_like(value: Any, y: Any) -> Any:
    """A vector in the shape of the first state, which may be a number or a list."""
    return unpack(np.reshape(value, np.shape(y)), y)


@kernel
def state_vector(y: Any, like: Any) -> Any:
    """The adjoint of `state_like`; for a tangent that is zero, zeros."""
    return np.ravel(np.broadcast_to(np.asarray(y, float), np.shape(like)))


@kernel
def times_bar(of_times: Any, t_span: Sequence[Any], t_eval: Any) -> Any:
    """The cotangents of `t_span`, given those of the first time and of each time of the solution."""
    return [of_times[0], of_times[-1] if t_eval is None else 0.0]


@kernel
def times_dot(t_span_dot: Any, t_eval_dot: Any, times: Any, t_eval: Any) -> Any:
    """The tangents of the first time and of each time of the solution; those that the solver chose are constant."""
    first, last = (0.0, 0.0) if np.ndim(t_span_dot) == 0 else t_span_dot
    if t_eval is not None:
        return np.concatenate(([first], np.broadcast_to(np.asarray(t_eval_dot, float), np.shape(times))))
    return np.concatenate(([first, first], np.zeros(len(times) - 2), [last]))
