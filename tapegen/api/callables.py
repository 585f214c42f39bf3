"""Derivatives of functions that are arguments of primitives, made when they are needed: see `kernels.callables`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tapegen.api.gradients import grad
from tapegen.backends.load import load
from tapegen.kernels import callables
from tapegen.kernels.callables import Function, flattened

REMEMBERED = 512
"""The derivatives of so many functions are remembered."""

_CLOSED = {
    1: """
def closed(x, params):
    captured, args = params
    return func(*captured, x, *args)
""",
    2: """
def closed(x, params):
    captured, args = params
    first, second = x
    return func(*captured, first, second, *args)
""",
}
_CONTRACTED = """
def contracted(x, params, ct):
    return np.sum(ct * np.asarray(f(x, params)))
"""
_PULLED = """
def pulled(x, both):
    params, ct = both
    if np.size(flattened(0.0, params)) == 0:
        return np.zeros(0)
    return flattened(by_params(x, params, ct), params)
"""
_PULLED_BACK = """
def pulled_back(x, both):
    params, ct = both
    return by_x(x, params, ct)
"""
# The tangent is linear in the tangents of the parameters; the adjoint of the adjoint, which is linear in ct, gives it.
_AGAINST = """
def against(x, params, ct, dots):
    return np.sum(flattened(dots, params) * pulled(x, (params, ct)))
"""
_PUSHED = """
def pushed(x, both):
    params, dots = both
    return by_ct(x, params, np.zeros(np.shape(f(x, params))), dots)
"""
_JACOBIAN = """
def jacobian(x, params):
    units = np.eye(np.size(x))
    matrix = np.zeros(np.shape(units))
    for i in range(np.size(x)):
        matrix[i] = np.ravel(by_x(x, params, np.reshape(units[i], np.shape(x))))
    return matrix
"""
_IMPLICIT = """
def implicit(x, both):
    params, ct = both
    c = np.linalg.solve(np.transpose(jacobian(x, params)), -np.ravel(ct))
    return pulled(x, (params, np.reshape(c, np.shape(x))))
"""
_IMPLICIT_PUSHED = """
def implicit_pushed(x, both):
    return np.reshape(np.linalg.solve(jacobian(x, both[0]), -np.ravel(pushed(x, both))), np.shape(x))
"""
_MISFIT = """
def misfit(x, params):
    captured, (places, data, sigma) = params
    return np.ravel((func(*captured, places, {}) - data) / sigma)
"""
_COMPOSED = {
    "gradient": """
def gradient(x, params):
    return by_x(x, params, 1.0)
""",
    "first": """
def first(x, params):
    return f(x, params)[0]
""",
    "turned": """
def turned(params, x):
    return f(x, params)
""",
    "less_x": """
def less_x(x, params):
    return np.asarray(f(x, params)) - x
""",
    "rate": """
def rate(x, params):
    return np.ravel(np.asarray(f(x, params)))
""",
    "rate_of_turned": """
def rate_of_turned(x, params):
    t, y = x
    return np.ravel(np.asarray(f((y, t), params)))
""",
    "backwards": """
def backwards(x, params):
    t, s = x
    n = (len(s) - np.size(flattened(0.0, params))) // 2
    y, l = s[:n], s[n : 2 * n]
    _, back = by_x((t, y), params, l)
    return np.concatenate((f((t, y), params), -back, -pulled((t, y), (params, l))))
""",
    "forwards": """
def forwards(x, both):
    t, s = x
    params, dots = both
    n = len(s) // 2
    y, w = s[:n], s[n:]
    moved = pushed_turned(params, ((t, y), (0.0, w)))
    if np.size(flattened(0.0, params)) > 0:
        moved = moved + pushed((t, y), (params, dots))
    return np.concatenate((f((t, y), params), moved))
""",
    "normal_equations": """
def normal_equations(x, params):
    return by_x(x, params, np.asarray(f(x, params)))
""",
}


def _function(text: str, **namespace: Any) -> Function:
    """The one function that `text` defines."""
    name = text.split("(")[0].split()[-1]
    return load(text.lstrip(), name, {"np": np, **namespace})[name]  # type: ignore[no-any-return]


class _Transforms:
    """The functions of `kernels.callables.Transforms`."""

    @functools.lru_cache(REMEMBERED)  # noqa: B019  (there is one instance)
    def closed(self, func: Any, count: int) -> Function:
        return _function(_CLOSED[count], func=func)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def misfit(self, func: Any, count: int) -> Function:
        return _function(_MISFIT.format(", ".join(f"x[{i}]" for i in range(count))), func=func)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def contracted(self, f: Function) -> Function:
        return _function(_CONTRACTED, f=f)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def by_x(self, f: Function) -> Function:
        return grad(self.contracted(f), argnums=0)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def pulled(self, f: Function) -> Function:
        by_params = grad(self.contracted(f), argnums=1)
        return _function(_PULLED, by_params=by_params, flattened=flattened)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def pulled_back(self, f: Function) -> Function:
        return _function(_PULLED_BACK, by_x=self.by_x(f))

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def pushed(self, f: Function) -> Function:
        against = _function(_AGAINST, pulled=self.pulled(f), flattened=flattened)
        return _function(_PUSHED, by_ct=grad(against, argnums=2), f=f)

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def jacobian_of(self, f: Function) -> Function:
        return _function(_JACOBIAN, by_x=self.by_x(f))

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def implicit(self, f: Function) -> Function:
        return _function(_IMPLICIT, jacobian=self.jacobian_of(f), pulled=self.pulled(f))

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def implicit_pushed(self, f: Function) -> Function:
        return _function(_IMPLICIT_PUSHED, jacobian=self.jacobian_of(f), pushed=self.pushed(f))

    @functools.lru_cache(REMEMBERED)  # noqa: B019
    def composed(self, name: str, f: Function) -> Function:
        parts: dict[str, Any] = {"f": f, "by_x": self.by_x(f), "flattened": flattened}
        if name in ("backwards", "forwards"):
            parts["pulled"] = self.pulled(f)
        if name == "forwards":
            parts |= {"pushed": self.pushed(f), "pushed_turned": self.pushed(self.composed("turned", f))}
        return _function(_COMPOSED[name], **parts)


callables.provide(_Transforms())
