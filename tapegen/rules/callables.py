"""Functions as arguments: the kernels of which the rules of integrals, roots and minimisers are made."""

import functools

import numpy as np

from ..kernels import callables as k
from ..kernels.differential import state_like, state_vector, times_bar, times_dot
from .registry import constant, general, linear
from .tables import VIEWS

constant(k.closed, k.pulled, k.pulled_back, k.pushed, k.jacobian_of, k.implicit)
constant(k.implicit_pushed, k.composed, k.itself, k.step_of, k.slope_of, k.normal_equations_of)
constant(k.misfit_of, k.weights_of_fit)
VIEWS.update(
    {functools.partial: 0, k.with_captured: 1, k.parameters: 0, k.parameters_bar: 0, k.unflattened: 0}
)


@linear(functools.partial, wrt=("args",))
def partial(func, *args, ct):
    """A function is a container of what it captures."""
    return ct


@general(k.parameters, wrt=("func", "args"))
def parameters(func, args=(), *, ct):
    parts = k.parameters_bar(ct, func, args)
    return parts[0], parts[1]


@parameters.defjvp
def parameters_jvp(func, args=(), *, func_dot, args_dot):
    return k.parameters_dot(func_dot, 0.0, func, args), k.parameters_dot(0.0, args_dot, func, args)


@linear(k.parameters_dot, wrt=("func_dot", "args_dot"))
def parameters_dot(func_dot, args_dot, func, args=(), *, ct):
    return k.parameters_bar(ct, func, args)[0], k.parameters_bar(ct, func, args)[1]


@linear(k.parameters_bar, wrt=("value",))
def parameters_bar(value, func, args=(), *, ct):
    return k.parameters(k.with_captured(func, ct[0]), ct[1])


@linear(k.part, wrt=("value",))
def part(value, key, *, ct):
    return k.part_back(ct, key, value)


@linear(k.part_back, wrt=("value",))
def part_back(value, key, whole, *, ct):
    return k.part(ct, key)


@linear(k.part_like, wrt=("value",))
def part_like(value, key, whole, *, ct):
    return k.part_back(ct, key, whole)


@linear(k.parts_back, wrt=("t_dot", "y_dot"))
def parts_back(t_dot, y_dot, whole, *, ct):
    return k.part(ct, "t"), k.part(ct, "y")


@linear(k.inside, wrt=("x",))
def inside(x, options, *, ct):
    return ct


@linear(k.best_fit_bar, wrt=("value",))
def best_fit_bar(value, *, ct):
    return [ct, 0.0]


@linear(k.best_fit_dot, wrt=("x_dot",))
def best_fit_dot(x_dot, report, *, ct):
    return k.best_fit_bar(ct)


@linear(k.with_captured, wrt=("values",))
def with_captured(func, values, *, ct):
    return ct


@linear(k.flattened, wrt=("tree",))
def flattened(tree, like, *, ct):
    return k.unflattened(ct, like)


@linear(k.unflattened, wrt=("vector",))
def unflattened(vector, like, *, ct):
    return k.flattened(ct, like)


@general(k.applied, wrt=("x", "params"))
def applied(f, x, params, *, ct):
    return (
        k.applied(k.pulled_back(f), x, (params, ct)),
        k.unflattened(k.applied(k.pulled(f), x, (params, ct)), params),
    )


@applied.defjvp
def applied_jvp(f, x, params, *, x_dot, params_dot):
    turned = k.composed("turned", f)
    return (
        k.applied(k.pushed(turned), params, (x, x_dot)),
        k.applied(k.pushed(f), x, (params, params_dot)),
    )


@general(k.integral, wrt=("a", "b", "params"))
def integral(f, a, b, params, *, ct):
    """The ends move the integral by the values there, the parameters by the integral of their derivatives."""
    return (
        -np.sum(ct * k.applied(f, a, params)),
        np.sum(ct * k.applied(f, b, params)),
        k.unflattened(k.integral(k.pulled(f), a, b, (params, ct)), params),
    )


@integral.defjvp
def integral_jvp(f, a, b, params, *, a_dot, b_dot, params_dot):
    return (
        -a_dot * k.applied(f, a, params),
        b_dot * k.applied(f, b, params),
        k.integral(k.pushed(f), a, b, (params, params_dot)),
    )


@linear(state_like, wrt=("value",))
def _state_like(value, y, *, ct):
    return state_vector(ct, y)


@linear(state_vector, wrt=("y",))
def _state_vector(y, like, *, ct):
    return state_like(ct, like)


@linear(times_bar, wrt=("of_times",))
def _times_bar(of_times, t_span, t_eval, *, ct):
    return times_dot(ct, 0.0, of_times[1:], t_eval)


@general(times_dot, wrt=("t_span_dot", "t_eval_dot"))
def _times_dot(t_span_dot, t_eval_dot, times, t_eval, *, ct):
    return times_bar(ct, t_span_dot, t_eval), ct[1:]


@_times_dot.defjvp
def _times_dot_jvp(t_span_dot, t_eval_dot, times, t_eval, *, t_span_dot_dot, t_eval_dot_dot):
    return times_dot(t_span_dot_dot, 0.0, times, t_eval), times_dot(0.0, t_eval_dot_dot, times, t_eval)
