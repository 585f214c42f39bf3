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
    pulled,
    pushed,
    unflattened,
)
from ..kernels.differential import ode_adjoint, ode_tangent, state_like
from .registry import alias, general
from .scipy_along import linear_along


@general(integrate.quad, wrt=("func", "a", "b", "args"), complex="refused", returns=(float, float))
def quad(
    func,
    a,
    b,
    args=(),
    _full_output=0,
    epsabs=1.49e-8,
    epsrel=1.49e-8,
    limit=50,
    points=None,
    _weight=None,
    _wvar=None,
    _wopts=None,
    maxp1=50,
    limlst=50,
    _complex_func=False,
    *,
    ct,
):
    """The ends move the integral by the values there, the parameters by the integral of their derivatives.

    The estimate of the error is constant.
    """
    f = closed(func)
    p = parameters(func, args)
    c = part(ct, 0)
    parts = parameters_bar(unflattened(integral(pulled(f), a, b, (p, c)), p), func, args)
    return parts[0], -c * applied(f, a, p), c * applied(f, b, p), parts[1]


@quad.defjvp
def quad_jvp(
    func,
    a,
    b,
    args=(),
    _full_output=0,
    epsabs=1.49e-8,
    epsrel=1.49e-8,
    limit=50,
    points=None,
    _weight=None,
    _wvar=None,
    _wopts=None,
    maxp1=50,
    limlst=50,
    _complex_func=False,
    *,
    func_dot,
    a_dot,
    b_dot,
    args_dot,
):
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


@general(integrate.odeint, wrt=("func", "y0", "t", "args"), complex="refused")
def odeint(
    func,
    y0,
    t,
    args=(),
    Dfun=None,
    col_deriv=0,
    _full_output=0,
    ml=None,
    mu=None,
    rtol=None,
    atol=None,
    tcrit=None,
    h0=0.0,
    hmax=0.0,
    hmin=0.0,
    ixpr=0,
    mxstep=0,
    mxhnil=0,
    mxordn=12,
    mxords=5,
    printmessg=0,
    tfirst=False,
    *,
    out,
    ct,
):
    """By the adjoint equation, solved backwards by `solve_ivp`; see `kernels.differential`."""
    p = parameters(func, args)
    found = ode_adjoint(closed(func, 2), tfirst, t, out, p, ct)
    parts = parameters_bar(unflattened(found[2], p), func, args)
    return parts[0], state_like(found[0], y0), found[1], parts[1]


@odeint.defjvp
def odeint_jvp(
    func,
    y0,
    t,
    args=(),
    Dfun=None,
    col_deriv=0,
    _full_output=0,
    ml=None,
    mu=None,
    rtol=None,
    atol=None,
    tcrit=None,
    h0=0.0,
    hmax=0.0,
    hmin=0.0,
    ixpr=0,
    mxstep=0,
    mxhnil=0,
    mxordn=12,
    mxords=5,
    printmessg=0,
    tfirst=False,
    *,
    out,
    func_dot,
    y0_dot,
    t_dot,
    args_dot,
):
    """By the variational equation."""
    f = closed(func, 2)
    p = parameters(func, args)
    zero = parameters_dot(0.0, 0.0, func, args)
    captured_dot = parameters_dot(func_dot, 0.0, func, args)
    given_dot = parameters_dot(0.0, args_dot, func, args)
    return (
        ode_tangent(f, tfirst, t, out, p, 0.0, 0.0, captured_dot),
        ode_tangent(f, tfirst, t, out, p, y0_dot, 0.0, zero),
        ode_tangent(f, tfirst, t, out, p, 0.0, t_dot, zero),
        ode_tangent(f, tfirst, t, out, p, 0.0, 0.0, given_dot),
    )


@general(integrate.solve_ivp, wrt=("fun", "y0", "args"), complex="refused", fields=("t", "y"))
def solve_ivp(
    fun,
    t_span,
    y0,
    method="RK45",
    t_eval=None,
    dense_output=False,
    events=None,
    _vectorized=False,
    args=None,
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
    """By the adjoint equation, solved backwards by the same method; of the result, `y` has a derivative.

    The times are constant: where `t_eval` leaves them to the solver, the derivative is that of y at fixed times.
    """
    p = parameters(fun, args)
    v = ode_adjoint(
        closed(fun, 2), True, out["t"], np.transpose(out["y"]), p, np.transpose(part(ct, "y")), method
    )
    parts = parameters_bar(unflattened(v[2], p), fun, args)
    return parts[0], state_like(v[0], y0), parts[1]


@solve_ivp.defjvp
def solve_ivp_jvp(
    fun,
    t_span,
    y0,
    method="RK45",
    t_eval=None,
    dense_output=False,
    events=None,
    _vectorized=False,
    args=None,
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
    fun_dot,
    y0_dot,
    args_dot,
):
    """By the variational equation."""
    f = closed(fun, 2)
    p = parameters(fun, args)
    t = out["t"]
    y = np.transpose(out["y"])
    zero = parameters_dot(0.0, 0.0, fun, args)
    first = ode_tangent(f, True, t, y, p, 0.0, 0.0, parameters_dot(fun_dot, 0.0, fun, args), method)
    second = ode_tangent(f, True, t, y, p, y0_dot, 0.0, zero, method)
    third = ode_tangent(f, True, t, y, p, 0.0, 0.0, parameters_dot(0.0, args_dot, fun, args), method)
    return (
        part_back(np.transpose(first), "y", out),
        part_back(np.transpose(second), "y", out),
        part_back(np.transpose(third), "y", out),
    )
