"""Functions as arguments: what an integral, a root or the solution of a differential equation is of.

A function made inside the differentiated one arrives as `functools.partial(g, *captured)`: what it captures are its
first arguments, and it is a container of these, whose cotangent is a list. Here it is brought to the form
`f(x, params)` with `params = (captured, args)`, of which the compiler, on the other side of `provide`, makes
derivatives of the same form when they are needed. So a rule for such a function is a few lines, and its second
derivative comes from itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from .protocol import kernel

Function = Callable[[Any, Any], Any]


class Transforms(Protocol):
    """What the compiler provides; each gives functions of the form `(x, params)`, one for each argument."""

    def closed(self, func: Any, count: int) -> Function:
        """`func(*captured, x, *args)` as a function of x and params; with `count` 2, x is a pair of arguments."""

    def misfit(self, func: Any, count: int) -> Function:
        """`(func(*captured, places, *x) - data) / sigma` as a function of x, of that length, and params."""

    def pulled(self, f: Function) -> Function:
        """`(x, (params, ct))` to the cotangents of the parameters, in one vector."""

    def pulled_back(self, f: Function) -> Function:
        """`(x, (params, ct))` to the cotangent of x."""

    def pushed(self, f: Function) -> Function:
        """`(x, (params, tangents of these))` to the tangent of the result."""

    def jacobian_of(self, f: Function) -> Function:
        """`(x, params)` to the matrix of derivatives by x."""

    def implicit(self, f: Function) -> Function:
        """`(x, (params, ct))` to the cotangents of the parameters in one vector, where f(x, params) = 0 makes x.

        dx = -(df/dx)^-1 (df/dp) dp.
        """

    def implicit_pushed(self, f: Function) -> Function:
        """`(x, (params, tangents of these))` to the tangent of such an x."""

    def composed(self, name: str, f: Function) -> Function:
        """Another function of x and params that is made of `f`: "gradient", "first", "less_x", "turned" (x and params
        exchanged), "normal_equations"; of the right side of a differential equation "rate" and "rate_of_turned", of
        `(t, y)` and of `(y, t)`, and the adjoint and the variational equation, "backwards" and "forwards"."""


_provided: list[Transforms] = []


def provide(transforms: Transforms) -> None:
    """Let these functions make derivatives."""
    _provided[:] = [transforms]


def closed(func: Any, count: int = 1) -> Function:
    """A function without its captured values, as one of x and params."""
    return _provided[0].closed(func.func if isinstance(func, functools.partial) else func, count)


def pulled(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].pulled(f)


def pulled_back(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].pulled_back(f)


def pushed(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].pushed(f)


def jacobian_of(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].jacobian_of(f)


def implicit(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].implicit(f)


def implicit_pushed(f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].implicit_pushed(f)


def composed(name: str, f: Function) -> Function:
    """See `Transforms`."""
    return _provided[0].composed(name, f)


def itself(func: Any, options: Mapping[str, Any]) -> Function:
    """What vanishes at a root of a function; with `jac=True`, its first result."""
    return composed("first", closed(func)) if options.get("jac") is True else closed(func)


def step_of(func: Any, options: Mapping[str, Any]) -> Function:
    """What vanishes at a fixed point of a function."""
    return composed("less_x", closed(func))


def slope_of(func: Any, options: Mapping[str, Any]) -> Function:
    """What vanishes at a minimum of a function."""
    return composed("gradient", itself(func, options))


def normal_equations_of(func: Any, options: Mapping[str, Any]) -> Function:
    """What vanishes where the sum of the squares of a function's values is smallest."""
    return composed("normal_equations", closed(func))


def misfit_of(func: Any, solution: Any) -> Function:
    """What vanishes where a function of places and so many parameters fits data best."""
    bare = func.func if isinstance(func, functools.partial) else func
    return composed("normal_equations", _provided[0].misfit(bare, len(solution)))


@kernel
def inside(x: Any, options: Mapping[str, Any]) -> Any:
    """A solution.

    Raises: TypeError if it lies on a bound, where it does not move as the function does.
    """
    bounds = options.get("bounds")
    if bounds is not None:
        low, high = _limits(bounds)
        room = 1e-8 * (1 + np.abs(x))
        if np.any(x <= low + room) or np.any(x >= high - room):
            raise TypeError("a solution on a bound has no derivative: fix that variable, and leave it out")
    return x


def _limits(bounds: Any) -> tuple[Any, Any]:
    """Lower and upper bounds: of a `Bounds`, of two arrays, or of a pair for each variable; None is no bound."""
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    if isinstance(bounds, tuple) and len(bounds) == 2 and np.ndim(bounds[0]) <= 1 and None not in bounds:
        return bounds
    pairs = [bounds] if np.ndim(bounds[0]) == 0 else bounds
    low = np.array([-np.inf if a is None else a for a, _ in pairs], float)
    return low, np.array([np.inf if b is None else b for _, b in pairs], float)


def weights_of_fit(sigma: Any) -> Any:
    """What `curve_fit` divides misfits by.

    Raises: TypeError for a matrix of covariances.
    """
    if np.ndim(sigma) > 1:
        raise TypeError(
            "curve_fit has no derivative for a matrix sigma: multiply the data by its inverse root"
        )
    return 1.0 if sigma is None else sigma


@kernel
def best_fit_bar(ct: Any) -> Any:
    """The cotangent of the parameters that `curve_fit` finds.

    Raises: TypeError if their covariances have one.
    """
    if not isinstance(ct, float) and np.any(ct[1]):
        raise TypeError("the covariances that curve_fit estimates have no derivative")
    return part(ct, 0)


@kernel
def best_fit_dot(x_dot: Any, report: Any) -> Any:
    """The tangent of what `curve_fit` gives; nan for the covariances, which have none in the book."""
    return x_dot, np.full(np.shape(report[1]), np.nan)


def applied(f: Function, x: Any, params: Any) -> Any:
    """`f(x, params)`, as a primitive."""
    return f(x, params)


def captured(func: Any) -> tuple[Any, ...]:
    """What a function captures."""
    return func.args if isinstance(func, functools.partial) else ()


def part(ct: Any, key: Any) -> Any:
    """The cotangent of one of several results, in memory of its own."""
    found = 0.0 if isinstance(ct, float) else ct[key]
    return found.copy() if isinstance(found, np.ndarray) else found


def part_back(ct: Any, key: Any, whole: Any) -> Any:
    """The adjoint of `part`."""
    tree = [0.0] * len(whole) if isinstance(whole, (list, tuple)) else dict.fromkeys(whole, 0.0)
    tree[key] = ct
    return tree


@kernel
def part_like(ct: Any, key: Any, whole: Any) -> Any:
    """As `part`, with zeros in the shape of that part of `whole` where there is no cotangent."""
    return np.zeros(np.shape(whole[key])) + part(ct, key)


@kernel
def parts_back(t_dot: Any, y_dot: Any, whole: Any) -> Any:
    """The tangent of the report of a differential equation, given those of its times and states."""
    return {**dict.fromkeys(whole, 0.0), "t": t_dot, "y": y_dot}


def with_captured(func: Any, values: Any) -> Any:
    """A function that captures other values."""
    return functools.partial(func.func if isinstance(func, functools.partial) else func, *values)


def as_tuple(args: Any) -> tuple[Any, ...]:
    """SciPy's `args`: a tuple, or one argument."""
    return args if isinstance(args, tuple) else tuple(args) if isinstance(args, list) else (args,)


def parameters(func: Any, args: Any = ()) -> tuple[Any, Any]:
    """The parameters of a function: what it captures, and what it is given besides x."""
    return captured(func), as_tuple(() if args is None else args)


def parameters_bar(ct: Any, func: Any, args: Any = ()) -> tuple[Any, Any]:
    """The adjoint of `parameters`: the cotangents of `func`, a list, and of `args`."""
    func_bar: Any
    args_bar: Any
    func_bar, args_bar = (0.0, 0.0) if isinstance(ct, float) else ct
    single = isinstance(args_bar, list) and not (args is None or isinstance(args, (tuple, list)))
    return func_bar, args_bar[0] if single else args_bar


def parameters_dot(func_dot: Any, args_dot: Any, func: Any, args: Any = ()) -> tuple[Any, Any]:
    """The tangents of the parameters, given those of `func`, as a function that captures tangents, and of `args`."""
    first, second = parameters(func, args)
    dots = captured(func_dot) or [0.0] * len(first)
    if not (args is None or isinstance(args, (tuple, list))):
        return list(dots), [args_dot]
    return list(dots), list(args_dot) if isinstance(args_dot, (tuple, list)) else [0.0] * len(second)


def leaves(tree: Any) -> Iterator[Any]:
    """The numbers and arrays of a nest of tuples, lists and dicts, in order."""
    if isinstance(tree, (list, tuple)):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from leaves(part)
    else:
        yield tree


def is_differentiable(leaf: Any) -> bool:
    """Whether a parameter is a floating number or array."""
    dtype = getattr(leaf, "dtype", None)
    return dtype.kind == "f" if dtype is not None else isinstance(leaf, float)


def _pairs(tree: Any, like: Any) -> Iterator[tuple[Any, Any]]:
    """The leaves of `like` with what `tree` has for them; None or 0.0 stand for zeros of any structure."""
    if isinstance(like, (list, tuple)):
        absent = tree is None or isinstance(tree, float)
        for i, part in enumerate(like):
            yield from _pairs(None if absent else tree[i], part)
    elif isinstance(like, dict):
        for key, part in like.items():
            yield from _pairs(None if tree is None or isinstance(tree, float) else tree[key], part)
    else:
        yield tree, like


@kernel
def flattened(tree: Any, like: Any) -> Any:
    """All cotangents (or tangents) of `like` in one vector, where `tree` has some of them.

    >>> flattened([np.array([1.0, 2.0]), None, 3.0], [np.zeros(2), 5, 0.0])
    array([1., 2., 3.])
    """
    parts = [
        np.zeros(np.size(leaf)) if value is None else np.ravel(np.broadcast_to(value, np.shape(leaf)))
        for value, leaf in _pairs(tree, like)
        if is_differentiable(leaf)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


@kernel
def unflattened(vector: Any, like: Any) -> Any:
    """The inverse of `flattened`; 0.0 where `like` has no floats.

    >>> unflattened(np.array([1.0, 2.0, 3.0]), [np.zeros(2), 5, 0.0])
    [array([1., 2.]), 0.0, 3.0]
    """
    found, _ = _taken(vector, 0, like)
    return found


def _taken(vector: Any, start: int, like: Any) -> tuple[Any, int]:
    if isinstance(like, (list, tuple)):
        parts = []
        for part in like:
            value, start = _taken(vector, start, part)
            parts.append(value)
        return parts, start
    if isinstance(like, dict):
        found = {}
        for key, part in like.items():
            found[key], start = _taken(vector, start, part)
        return found, start
    if not is_differentiable(like):
        return 0.0, start
    end = start + np.size(like)
    piece = vector[start:end]
    if np.ndim(like):
        return np.reshape(piece, np.shape(like)), end
    return (piece[0].item() if type(like) is float and piece.dtype == float else piece[0]), end


def integral(f: Function, a: Any, b: Any, params: Any) -> Any:
    """The integral of a function with values in arrays from a to b, by `scipy.integrate.quad_vec`."""
    from scipy import integrate

    return integrate.quad_vec(lambda t: np.asarray(f(t, params)), a, b, epsabs=1e-11, epsrel=1e-11)[0]
