"""scipy.optimize: roots, fixed points and minimisers, read when one of its functions is first asked for.

Each x is where some function of x and parameters vanishes, f(x, p) = 0, so that dx = -(df/dx)^-1 (df/dp) dp. Where the
search starts does not matter, its tolerance does: x has to be a root as accurately as its derivative is to be.
Source: Griewank and Walther (2008), Evaluating Derivatives, 2nd ed., section 15.3 (the implicit function theorem).
"""

from scipy import optimize

from ..kernels.callables import (
    applied,
    closed,
    implicit,
    implicit_pushed,
    normal_equations_of,
    parameters,
    parameters_bar,
    parameters_dot,
    part,
    part_back,
    slope_of,
    step_of,
    unflattened,
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
    def solution(f, args, *, out, ct):
        """x_bar goes to the parameters p of f: p_bar = -(df/dp)^T (df/dx)^-T x_bar."""
        p = parameters(f, args)
        v = applied(implicit(vanishing(f)), out, (p, ct))
        parts = parameters_bar(unflattened(v, p), f, args)
        return parts[0], parts[1]

    @solution.defjvp
    def solution_jvp(f, args, *, out, f_dot, args_dot):
        h = implicit_pushed(vanishing(f))
        p = parameters(f, args)
        first = applied(h, out, (p, parameters_dot(f_dot, 0.0, f, args)))
        second = applied(h, out, (p, parameters_dot(0.0, args_dot, f, args)))
        return first, second


def _report(primitive, name, fixed, vanishing, field):
    """The rule where the result is a report, an `OptimizeResult`, in which x is called `field`."""

    @general(
        primitive, wrt=("f", "args"), fixed=fixed, spelled={name: "f"}, complex="refused", fields=(field,)
    )
    def report(f, args, *, out, ct):
        """As for a result that is x itself; the other fields of the report have no derivative."""
        p = parameters(f, args)
        v = applied(implicit(vanishing(f)), out[field], (p, part(ct, field)))
        parts = parameters_bar(unflattened(v, p), f, args)
        return parts[0], parts[1]

    @report.defjvp
    def report_jvp(f, args, *, out, f_dot, args_dot):
        h = implicit_pushed(vanishing(f))
        p = parameters(f, args)
        x = out[field]
        first = applied(h, x, (p, parameters_dot(f_dot, 0.0, f, args)))
        second = applied(h, x, (p, parameters_dot(0.0, args_dot, f, args)))
        return part_back(first, field, out), part_back(second, field, out)


for _primitive in (optimize.brentq, optimize.brenth, optimize.bisect, optimize.ridder, optimize.toms748):
    _solution(_primitive, "f", ("full_output",), closed, returns=float)
_solution(optimize.newton, "func", ("full_output",), closed)
_solution(optimize.fsolve, "func", ("full_output",), closed)
_solution(optimize.fixed_point, "func", (), step_of)
_report(optimize.root, "fun", ("jac",), closed, "x")
_report(optimize.root_scalar, "f", (), closed, "root")
_report(optimize.minimize, "fun", ("jac", "bounds", "constraints"), slope_of, "x")
_report(optimize.minimize_scalar, "fun", ("bounds",), slope_of, "x")
_report(optimize.least_squares, "fun", ("jac", "bounds", "loss"), normal_equations_of, "x")
constant(optimize.linear_sum_assignment, optimize.approx_fprime)
