"""scipy.optimize: roots, fixed points and minimisers, read when one of its functions is first asked for.

Each x is where some function of x and parameters vanishes, f(x, p) = 0, so that dx = -(df/dx)^-1 (df/dp) dp. Where the
search starts does not matter, its tolerance does: x has to be a root as accurately as its derivative is to be.
Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 15.3 (the implicit function theorem).
"""

import numpy as np
from scipy import optimize

from ..kernels.callables import (
    applied,
    closed,
    composed,
    implicit,
    implicit_pushed,
    parameters,
    parameters_bar,
    parameters_dot,
    part,
    part_back,
    unflattened,
)
from .registry import alias, general


@general(optimize.brentq, wrt=("f", "args"), complex="refused", returns=float)
def brentq(
    f, a, b, args=(), xtol=2e-12, rtol=8.9e-16, maxiter=100, _full_output=False, disp=True, *, out, ct
):
    """f(x) = 0; the ends of the bracket do not matter."""
    h = closed(f)
    p = parameters(f, args)
    v = applied(implicit(h), out, (p, ct))
    parts = parameters_bar(unflattened(v, p), f, args)
    return parts[0], parts[1]


@brentq.defjvp
def brentq_jvp(
    f,
    a,
    b,
    args=(),
    xtol=2e-12,
    rtol=8.9e-16,
    maxiter=100,
    _full_output=False,
    disp=True,
    *,
    out,
    f_dot,
    args_dot,
):
    h = implicit_pushed(closed(f))
    p = parameters(f, args)
    first = applied(h, out, (p, parameters_dot(f_dot, 0.0, f, args)))
    second = applied(h, out, (p, parameters_dot(0.0, args_dot, f, args)))
    return first, second


alias(optimize.brenth, optimize.brentq)
alias(optimize.bisect, optimize.brentq)
alias(optimize.ridder, optimize.brentq)


@general(optimize.newton, wrt=("func", "args"), complex="refused")
def newton(
    func,
    x0,
    fprime=None,
    args=(),
    tol=1.48e-8,
    maxiter=50,
    fprime2=None,
    x1=None,
    rtol=0.0,
    _full_output=False,
    disp=True,
    *,
    out,
    ct,
):
    """func(x) = 0, of one number or of each number of an array."""
    h = closed(func)
    p = parameters(func, args)
    v = applied(implicit(h), out, (p, ct))
    parts = parameters_bar(unflattened(v, p), func, args)
    return parts[0], parts[1]


@newton.defjvp
def newton_jvp(
    func,
    x0,
    fprime=None,
    args=(),
    tol=1.48e-8,
    maxiter=50,
    fprime2=None,
    x1=None,
    rtol=0.0,
    _full_output=False,
    disp=True,
    *,
    out,
    func_dot,
    args_dot,
):
    h = implicit_pushed(closed(func))
    p = parameters(func, args)
    first = applied(h, out, (p, parameters_dot(func_dot, 0.0, func, args)))
    second = applied(h, out, (p, parameters_dot(0.0, args_dot, func, args)))
    return first, second


@general(optimize.fsolve, wrt=("func", "args"), complex="refused")
def fsolve(
    func,
    x0,
    args=(),
    fprime=None,
    _full_output=0,
    col_deriv=0,
    xtol=1.49012e-8,
    maxfev=0,
    band=None,
    epsfcn=None,
    factor=100,
    diag=None,
    *,
    out,
    ct,
):
    """func(x) = 0."""
    h = closed(func)
    p = parameters(func, args)
    v = applied(implicit(h), out, (p, ct))
    parts = parameters_bar(unflattened(v, p), func, args)
    return parts[0], parts[1]


@fsolve.defjvp
def fsolve_jvp(
    func,
    x0,
    args=(),
    fprime=None,
    _full_output=0,
    col_deriv=0,
    xtol=1.49012e-8,
    maxfev=0,
    band=None,
    epsfcn=None,
    factor=100,
    diag=None,
    *,
    out,
    func_dot,
    args_dot,
):
    h = implicit_pushed(closed(func))
    p = parameters(func, args)
    first = applied(h, out, (p, parameters_dot(func_dot, 0.0, func, args)))
    second = applied(h, out, (p, parameters_dot(0.0, args_dot, func, args)))
    return first, second


@general(optimize.fixed_point, wrt=("func", "args"), complex="refused")
def fixed_point(func, x0, args=(), xtol=1e-8, maxiter=500, method="del2", *, out, ct):
    """func(x) - x = 0."""
    h = composed("less_x", closed(func))
    p = parameters(func, args)
    v = applied(implicit(h), out, (p, ct))
    parts = parameters_bar(unflattened(v, p), func, args)
    return parts[0], parts[1]


@fixed_point.defjvp
def fixed_point_jvp(func, x0, args=(), xtol=1e-8, maxiter=500, method="del2", *, out, func_dot, args_dot):
    h = implicit_pushed(composed("less_x", closed(func)))
    p = parameters(func, args)
    first = applied(h, out, (p, parameters_dot(func_dot, 0.0, func, args)))
    second = applied(h, out, (p, parameters_dot(0.0, args_dot, func, args)))
    return first, second


@general(optimize.root, wrt=("fun", "args"), complex="refused", fields=("x",))
def root(fun, x0, args=(), method="hybr", _jac=None, tol=None, callback=None, options=None, *, out, ct):
    """fun(x) = 0; of the result, `x` has a derivative."""
    h = closed(fun)
    p = parameters(fun, args)
    v = applied(implicit(h), out["x"], (p, part(ct, "x")))
    parts = parameters_bar(unflattened(v, p), fun, args)
    return parts[0], parts[1]


@root.defjvp
def root_jvp(
    fun,
    x0,
    args=(),
    method="hybr",
    _jac=None,
    tol=None,
    callback=None,
    options=None,
    *,
    out,
    fun_dot,
    args_dot,
):
    h = implicit_pushed(closed(fun))
    p = parameters(fun, args)
    x = out["x"]
    first = applied(h, x, (p, parameters_dot(fun_dot, 0.0, fun, args)))
    second = applied(h, x, (p, parameters_dot(0.0, args_dot, fun, args)))
    return part_back(first, "x", out), part_back(second, "x", out)


@general(optimize.root_scalar, wrt=("f", "args"), complex="refused", fields=("root",))
def root_scalar(
    f,
    args=(),
    method=None,
    bracket=None,
    fprime=None,
    fprime2=None,
    x0=None,
    x1=None,
    xtol=None,
    rtol=None,
    maxiter=None,
    options=None,
    *,
    out,
    ct,
):
    """f(x) = 0; of the result, `root` has a derivative."""
    h = closed(f)
    p = parameters(f, args)
    v = applied(implicit(h), out["root"], (p, part(ct, "root")))
    parts = parameters_bar(unflattened(v, p), f, args)
    return parts[0], parts[1]


@root_scalar.defjvp
def root_scalar_jvp(
    f,
    args=(),
    method=None,
    bracket=None,
    fprime=None,
    fprime2=None,
    x0=None,
    x1=None,
    xtol=None,
    rtol=None,
    maxiter=None,
    options=None,
    *,
    out,
    f_dot,
    args_dot,
):
    h = implicit_pushed(closed(f))
    p = parameters(f, args)
    x = out["root"]
    first = applied(h, x, (p, parameters_dot(f_dot, 0.0, f, args)))
    second = applied(h, x, (p, parameters_dot(0.0, args_dot, f, args)))
    return part_back(first, "root", out), part_back(second, "root", out)


@general(optimize.minimize, wrt=("fun", "args"), complex="refused", fields=("x",))
def minimize(
    fun,
    x0,
    args=(),
    method=None,
    _jac=None,
    hess=None,
    hessp=None,
    _bounds=None,
    _constraints=(),
    tol=None,
    callback=None,
    options=None,
    *,
    out,
    ct,
):
    """The gradient vanishes at the minimum; of the result, `x` has a derivative. Without bounds or constraints."""
    h = composed("gradient", closed(fun))
    p = parameters(fun, args)
    v = applied(implicit(h), out["x"], (p, part(ct, "x")))
    parts = parameters_bar(unflattened(v, p), fun, args)
    return parts[0], parts[1]


@minimize.defjvp
def minimize_jvp(
    fun,
    x0,
    args=(),
    method=None,
    _jac=None,
    hess=None,
    hessp=None,
    _bounds=None,
    _constraints=(),
    tol=None,
    callback=None,
    options=None,
    *,
    out,
    fun_dot,
    args_dot,
):
    h = implicit_pushed(composed("gradient", closed(fun)))
    p = parameters(fun, args)
    x = out["x"]
    first = applied(h, x, (p, parameters_dot(fun_dot, 0.0, fun, args)))
    second = applied(h, x, (p, parameters_dot(0.0, args_dot, fun, args)))
    return part_back(first, "x", out), part_back(second, "x", out)


@general(optimize.minimize_scalar, wrt=("fun", "args"), complex="refused", fields=("x",))
def minimize_scalar(
    fun, bracket=None, _bounds=None, args=(), method=None, tol=None, options=None, *, out, ct
):
    """The slope vanishes at the minimum; of the result, `x` has a derivative. Without bounds."""
    h = composed("gradient", closed(fun))
    p = parameters(fun, args)
    v = applied(implicit(h), out["x"], (p, part(ct, "x")))
    parts = parameters_bar(unflattened(v, p), fun, args)
    return parts[0], parts[1]


@minimize_scalar.defjvp
def minimize_scalar_jvp(
    fun, bracket=None, _bounds=None, args=(), method=None, tol=None, options=None, *, out, fun_dot, args_dot
):
    h = implicit_pushed(composed("gradient", closed(fun)))
    p = parameters(fun, args)
    x = out["x"]
    first = applied(h, x, (p, parameters_dot(fun_dot, 0.0, fun, args)))
    second = applied(h, x, (p, parameters_dot(0.0, args_dot, fun, args)))
    return part_back(first, "x", out), part_back(second, "x", out)


@general(optimize.least_squares, wrt=("fun", "args"), complex="refused", fields=("x",))
def least_squares(
    fun,
    x0,
    _jac="2-point",
    _bounds=(-np.inf, np.inf),
    method="trf",
    ftol=1e-8,
    xtol=1e-8,
    gtol=1e-8,
    x_scale=None,
    _loss="linear",
    f_scale=1.0,
    diff_step=None,
    tr_solver=None,
    tr_options=None,
    jac_sparsity=None,
    max_nfev=None,
    verbose=0,
    args=(),
    *,
    out,
    ct,
):
    """The gradient of half the sum of squares vanishes; of the result, `x` has a derivative."""
    h = composed("normal_equations", closed(fun))
    p = parameters(fun, args)
    v = applied(implicit(h), out["x"], (p, part(ct, "x")))
    parts = parameters_bar(unflattened(v, p), fun, args)
    return parts[0], parts[1]


@least_squares.defjvp
def least_squares_jvp(
    fun,
    x0,
    _jac="2-point",
    _bounds=(-np.inf, np.inf),
    method="trf",
    ftol=1e-8,
    xtol=1e-8,
    gtol=1e-8,
    x_scale=None,
    _loss="linear",
    f_scale=1.0,
    diff_step=None,
    tr_solver=None,
    tr_options=None,
    jac_sparsity=None,
    max_nfev=None,
    verbose=0,
    args=(),
    *,
    out,
    fun_dot,
    args_dot,
):
    h = implicit_pushed(composed("normal_equations", closed(fun)))
    p = parameters(fun, args)
    x = out["x"]
    first = applied(h, x, (p, parameters_dot(fun_dot, 0.0, fun, args)))
    second = applied(h, x, (p, parameters_dot(0.0, args_dot, fun, args)))
    return part_back(first, "x", out), part_back(second, "x", out)
