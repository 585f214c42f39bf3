"""scipy.optimize: roots, fixed points and minimisers, read when one of its functions is first asked for.

Each x is where some function of x and parameters vanishes, f(x, p) = 0, so that dx = -(df/dx)^-1 (df/dp) dp. Where the
search starts does not matter, its tolerance does: x has to be a root as accurately as its derivative is to be.
Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 15.3 (the implicit function theorem).
"""

from scipy import optimize

from ..kernels.callables import (
    applied,
    best_fit_bar,
    best_fit_dot,
    implicit,
    implicit_pushed,
    inside,
    itself,
    misfit_of,
    normal_equations_of,
    parameters,
    parameters_bar,
    parameters_dot,
    part,
    part_back,
    slope_of,
    step_of,
    unflattened,
    weights_of_fit,
)
from .registry import constant, general


def _solution(primitive, name, fixed, vanishing, returns=None):
    """The rule where the result is x itself; the function is called `name`."""

    @general(
        primitive,
        wrt=("f", "args"),
        fixed=fixed,
        spelled={name: "f"},
        complex="refused",
        returns=returns,
    )
    def solution(f, args, *, out, ct, others):
        """x_bar goes to the parameters p of f: p_bar = -(df/dp)^T (df/dx)^-T x_bar."""
        p = parameters(f, args)
        v = applied(implicit(vanishing(f, others)), out, (p, ct))
        parts = parameters_bar(unflattened(v, p), f, args)
        return parts[0], parts[1]

    @solution.defjvp
    def solution_jvp(f, args, *, out, f_dot, args_dot, others):
        h = implicit_pushed(vanishing(f, others))
        p = parameters(f, args)
        first = applied(h, out, (p, parameters_dot(f_dot, 0.0, f, args)))
        second = applied(h, out, (p, parameters_dot(0.0, args_dot, f, args)))
        return first, second


def _report(primitive, name, fixed, vanishing, field):
    """The rule where the result is a report, an `OptimizeResult`, in which x is called `field`."""

    @general(
        primitive, wrt=("f", "args"), fixed=fixed, spelled={name: "f"}, complex="refused", fields=(field,)
    )
    def report(f, args, *, out, ct, others):
        """As for a result that is x itself; the other fields of the report have no derivative."""
        p = parameters(f, args)
        x = inside(out[field], others)
        v = applied(implicit(vanishing(f, others)), x, (p, part(ct, field)))
        parts = parameters_bar(unflattened(v, p), f, args)
        return parts[0], parts[1]

    @report.defjvp
    def report_jvp(f, args, *, out, f_dot, args_dot, others):
        h = implicit_pushed(vanishing(f, others))
        p = parameters(f, args)
        x = inside(out[field], others)
        first = applied(h, x, (p, parameters_dot(f_dot, 0.0, f, args)))
        second = applied(h, x, (p, parameters_dot(0.0, args_dot, f, args)))
        return part_back(first, field, out), part_back(second, field, out)


for _primitive in (optimize.brentq, optimize.brenth, optimize.bisect, optimize.ridder, optimize.toms748):
    _solution(_primitive, "f", ("full_output",), itself, returns=float)
_solution(optimize.newton, "func", ("full_output",), itself)
_solution(optimize.fsolve, "func", ("full_output",), itself)
_solution(optimize.fixed_point, "func", (), step_of)
_report(optimize.root, "fun", (), itself, "x")
_report(optimize.root_scalar, "f", (), itself, "root")
_report(optimize.minimize, "fun", ("constraints",), slope_of, "x")
_report(optimize.minimize_scalar, "fun", (), slope_of, "x")
_report(optimize.least_squares, "fun", ("loss",), normal_equations_of, "x")


@general(
    optimize.curve_fit,
    wrt=("f", "xdata", "ydata", "sigma"),
    complex="refused",
    fixed=("bounds", "full_output", "nan_policy"),
)
def curve_fit(
    f,
    xdata,
    ydata,
    sigma,
    ftol=None,
    xtol=None,
    gtol=None,
    maxfev=None,
    max_nfev=None,
    epsfcn=None,
    *,
    out,
    ct,
):
    """The gradient of the sum of squared misfits vanishes; the covariances have no derivative in the book."""
    s = (xdata, ydata, weights_of_fit(sigma))
    p = parameters(f, s)
    v = applied(implicit(misfit_of(f, out[0])), out[0], (p, best_fit_bar(ct)))
    parts = parameters_bar(unflattened(v, p), f, s)
    return parts[0], parts[1][0], parts[1][1], parts[1][2]


@curve_fit.defjvp
def curve_fit_jvp(f, xdata, ydata, sigma, *, out, f_dot, xdata_dot, ydata_dot, sigma_dot):
    h = implicit_pushed(misfit_of(f, out[0]))
    s = (xdata, ydata, weights_of_fit(sigma))
    p = parameters(f, s)
    none = [0.0, 0.0, 0.0]
    return (
        best_fit_dot(applied(h, out[0], (p, parameters_dot(f_dot, none, f, s))), out),
        best_fit_dot(applied(h, out[0], (p, parameters_dot(0.0, [xdata_dot, 0.0, 0.0], f, s))), out),
        best_fit_dot(applied(h, out[0], (p, parameters_dot(0.0, [0.0, ydata_dot, 0.0], f, s))), out),
        best_fit_dot(applied(h, out[0], (p, parameters_dot(0.0, [0.0, 0.0, sigma_dot], f, s))), out),
    )


constant(optimize.linear_sum_assignment, optimize.approx_fprime)
