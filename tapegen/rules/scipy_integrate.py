"""scipy.integrate: read when one of its functions is first asked for."""

import numpy as np
from scipy import integrate

from ..kernels.callables import (
    applied,
    closed,
    integral,
    parameters,
    parameters_bar,
    parameters_dot,
    part,
    part_back,
    part_like,
    parts_back,
    pulled,
    pushed,
    unflattened,
)
from ..kernels.differential import (
    backwards,
    checked_times,
    flow,
    forwards,
    no_parameters,
    rate_of,
    state_like,
    state_vector,
    times_bar,
    times_dot,
)
from .registry import alias, constant, general
from .scipy_along import linear_along
from .stand_ins.flows import solution_back, solution_dot


@general(
    integrate.quad,
    wrt=("func", "a", "b", "args"),
    complex="refused",
    returns=(float, float),
    fixed=("full_output", "weight", "wvar", "wopts"),
)
def quad(func, a, b, args, *, ct):
    """The ends move the integral by the values there, the parameters by the integral of their derivatives.

    The estimate of the error is constant.
    """
    f = closed(func)
    p = parameters(func, args)
    c = part(ct, 0)
    parts = parameters_bar(unflattened(integral(pulled(f), a, b, (p, c)), p), func, args)
    return parts[0], -c * applied(f, a, p), c * applied(f, b, p), parts[1]


@quad.defjvp
def quad_jvp(func, a, b, args, *, func_dot, a_dot, b_dot, args_dot):
    f = closed(func)
    p = parameters(func, args)
    captured_dot = parameters_dot(func_dot, 0.0, func, args)
    given_dot = parameters_dot(0.0, args_dot, func, args)
    return (
        (integral(pushed(f), a, b, (p, captured_dot)), 0.0),
        (-a_dot * applied(f, a, p), 0.0),
        (b_dot * applied(f, b, p), 0.0),
        (integral(pushed(f), a, b, (p, given_dot)), 0.0),
    )


@general(integrate.quad_vec, wrt=("f", "a", "b", "args"), complex="refused", fixed=("full_output",))
def quad_vec(f, a, b, args, *, ct):
    """As `quad`, for values that are arrays."""
    h = closed(f)
    p = parameters(f, args)
    c = part(ct, 0)
    parts = parameters_bar(unflattened(integral(pulled(h), a, b, (p, c)), p), f, args)
    return parts[0], -np.sum(c * applied(h, a, p)), np.sum(c * applied(h, b, p)), parts[1]


@quad_vec.defjvp
def quad_vec_jvp(f, a, b, args, *, f_dot, a_dot, b_dot, args_dot):
    h = closed(f)
    p = parameters(f, args)
    captured_dot = parameters_dot(f_dot, 0.0, f, args)
    given_dot = parameters_dot(0.0, args_dot, f, args)
    return (
        (integral(pushed(h), a, b, (p, captured_dot)), 0.0),
        (-a_dot * applied(h, a, p), 0.0),
        (b_dot * applied(h, b, p), 0.0),
        (integral(pushed(h), a, b, (p, given_dot)), 0.0),
    )


alias(integrate.trapezoid, np.trapezoid)
linear_along(integrate.cumulative_trapezoid, "y", (), ("x", "dx", "initial"))
linear_along(integrate.simpson, "y", (), ("x", "dx"))
linear_along(integrate.cumulative_simpson, "y", (), ("x", "dx", "initial"))
linear_along(integrate.romb, "y", ("show",), ("dx",))


@general(integrate.odeint, wrt=("func", "y0", "t", "args"), complex="refused", fixed=("full_output",))
def odeint(func, y0, t, args, tfirst, *, out, ct):
    """By the adjoint equation, solved backwards by `solve_ivp`; see `stand_ins.flows`."""
    p = parameters(func, args)
    v = solution_back(rate_of(func, tfirst), t, out, p, ct, "LSODA")
    parts = parameters_bar(unflattened(v[2], p), func, args)
    return parts[0], state_like(v[0], y0), v[1], parts[1]


@odeint.defjvp
def odeint_jvp(func, y0, t, args, tfirst, *, out, func_dot, y0_dot, t_dot, args_dot):
    """By the variational equation."""
    f = rate_of(func, tfirst)
    p = parameters(func, args)
    none = parameters_dot(0.0, 0.0, func, args)
    captured_dot = parameters_dot(func_dot, 0.0, func, args)
    given_dot = parameters_dot(0.0, args_dot, func, args)
    rest = state_vector(0.0, y0)
    still = np.zeros(np.shape(t))
    return (
        solution_dot(f, t, out, p, rest, still, captured_dot, "LSODA"),
        solution_dot(f, t, out, p, state_vector(y0_dot, y0), still, none, "LSODA"),
        solution_dot(f, t, out, p, rest, t_dot, none, "LSODA"),
        solution_dot(f, t, out, p, rest, still, given_dot, "LSODA"),
    )


@general(
    integrate.solve_ivp,
    wrt=("fun", "t_span", "y0", "t_eval", "args"),
    complex="refused",
    fields=("t", "y"),
    fixed=("dense_output", "vectorized"),
)
def solve_ivp(
    fun,
    t_span,
    y0,
    method,
    t_eval,
    args,
    rtol=1e-3,
    atol=1e-6,
    first_step=None,
    max_step=np.inf,
    min_step=0.0,
    jac=None,
    jac_sparsity=None,
    lband=None,
    uband=None,
    *,
    out,
    ct,
):
    """By the adjoint equation, solved backwards by the same method; of the result, `t` and `y` have derivatives.

    Times that the solver chooses are constant; without `t_eval` the last one is the end of `t_span`.
    """
    p = parameters(fun, args)
    first = np.reshape(state_vector(y0, y0), (1, -1))
    times = np.concatenate((np.reshape(t_span[0], (1,)), checked_times(out)))
    states = np.concatenate((first, np.transpose(out["y"])))
    c = np.concatenate((0 * first, np.transpose(part_like(ct, "y", out))))
    v = solution_back(rate_of(fun, True), times, states, p, c, method)
    parts = parameters_bar(unflattened(v[2], p), fun, args)
    moved = v[1] + np.concatenate((np.zeros(1), part_like(ct, "t", out)))
    return parts[0], times_bar(moved, t_span, t_eval), state_like(v[0], y0), moved[1:], parts[1]


@solve_ivp.defjvp
def solve_ivp_jvp(
    fun, t_span, y0, method, t_eval, args, *, out, fun_dot, t_span_dot, y0_dot, t_eval_dot, args_dot
):
    """By the variational equation."""
    f = rate_of(fun, True)
    p = parameters(fun, args)
    times = np.concatenate((np.reshape(t_span[0], (1,)), checked_times(out)))
    states = np.concatenate((np.reshape(state_vector(y0, y0), (1, -1)), np.transpose(out["y"])))
    none = parameters_dot(0.0, 0.0, fun, args)
    captured_dot = parameters_dot(fun_dot, 0.0, fun, args)
    given_dot = parameters_dot(0.0, args_dot, fun, args)
    rest = state_vector(0.0, y0)
    still = np.zeros(np.shape(times))
    span_dot = times_dot(t_span_dot, 0.0, out["t"], t_eval)
    eval_dot = times_dot(0.0, t_eval_dot, out["t"], t_eval)
    first = solution_dot(f, times, states, p, rest, still, captured_dot, method)
    second = solution_dot(f, times, states, p, rest, span_dot, none, method)
    third = solution_dot(f, times, states, p, state_vector(y0_dot, y0), still, none, method)
    fourth = solution_dot(f, times, states, p, rest, eval_dot, none, method)
    fifth = solution_dot(f, times, states, p, rest, still, given_dot, method)
    return (
        part_back(np.transpose(first[1:]), "y", out),
        parts_back(span_dot[1:], np.transpose(second[1:]), out),
        part_back(np.transpose(third[1:]), "y", out),
        parts_back(eval_dot[1:], np.transpose(fourth[1:]), out),
        part_back(np.transpose(fifth[1:]), "y", out),
    )


@general(flow, wrt=("start", "end", "state", "params"), complex="refused", returns=np.ndarray)
def _flow(rate, start, end, state, params, method="LSODA", *, out, ct):
    """The flow of the adjoint equation, back from the end."""
    n = np.size(state)
    whole = np.concatenate((out, ct, no_parameters(params)))
    a = flow(backwards(rate), end, start, whole, params, method)
    back = a[n : 2 * n]
    return (
        -np.sum(back * applied(rate, (start, state), params)),
        np.sum(ct * applied(rate, (end, out), params)),
        back,
        unflattened(a[2 * n :], params),
    )


@_flow.defjvp
def _flow_jvp(
    rate, start, end, state, params, method="LSODA", *, out, start_dot, end_dot, state_dot, params_dot
):
    """The flow of the variational equation."""
    n = np.size(state)
    f = forwards(rate)
    none = 0.0
    pushed_back = -start_dot * applied(rate, (start, state), params)
    return (
        flow(f, start, end, np.concatenate((state, pushed_back)), (params, none), method)[n:],
        end_dot * applied(rate, (end, out), params),
        flow(f, start, end, np.concatenate((state, state_dot)), (params, none), method)[n:],
        flow(f, start, end, np.concatenate((state, 0 * state)), (params, params_dot), method)[n:],
    )


@general(checked_times, wrt=("report",))
def _checked_times(report, *, ct):
    return part_back(ct, "t", report)


@_checked_times.defjvp
def _checked_times_jvp(report, *, report_dot):
    return part(report_dot, "t")


constant(backwards, forwards, no_parameters, rate_of)
