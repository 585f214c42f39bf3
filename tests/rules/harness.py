"""What is checked of each call in the table."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tapegen.rules import rule_for
from tapegen.rules.evaluate import pullback, pushforward

from .table import Keywords


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for element in value for leaf in leaves(element)]
    return [value]


def map_leaves(function: Callable[..., Any], value: Any, *others: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [map_leaves(function, element, *(o[i] for o in others)) for i, element in enumerate(value)]
    return function(value, *others)


def is_inexact(value: Any) -> bool:
    return isinstance(value, (float, complex)) or (hasattr(value, "dtype") and value.dtype.kind in "fc")


def random_like(rng: np.random.Generator, value: Any) -> Any:
    """A tangent or cotangent: random numbers in the shape and dtype of each leaf."""

    def one(leaf: Any) -> Any:
        shape = np.shape(leaf)
        if getattr(getattr(leaf, "dtype", None), "kind", "f") in "iub":
            return np.zeros(shape)
        numbers = rng.standard_normal(shape)
        if np.iscomplexobj(leaf):
            numbers = numbers + 1j * rng.standard_normal(shape)
        return (
            numbers.astype(leaf.dtype)
            if hasattr(leaf, "dtype")
            else numbers.item()
            if shape == () and not isinstance(numbers, float)
            else numbers
        )

    return map_leaves(one, value)


def inner(a: Any, b: Any) -> tuple[float, float]:
    """Re <a, b> over all leaves, and the sum of the absolute values, as a scale of rounding errors."""
    pairs = list(zip(leaves(a), leaves(b), strict=True))
    terms = [np.conj(np.asarray(x, complex)) * np.asarray(y, complex) for x, y in pairs]
    return sum(float(np.sum(t).real) for t in terms), sum(float(np.sum(np.abs(t))) for t in terms)


def converted(value: Any, kind: str, rng: np.random.Generator) -> Any:
    """The active leaves of an argument as float32 or complex."""

    def one(leaf: Any) -> Any:
        if not is_inexact(leaf):
            return leaf
        if kind == "float32":
            return leaf.astype(np.float32) if hasattr(leaf, "dtype") else leaf
        imaginary = 0.3 * rng.standard_normal(np.shape(leaf))
        return leaf + 1j * imaginary if hasattr(leaf, "dtype") else complex(leaf, float(imaginary))

    return map_leaves(one, value) if isinstance(value, (list, tuple)) else one(value)


class Call:
    """One call of a function, with its active arguments."""

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kind: str = "float64",
        seed: int = 0,
        project=None,
    ):
        self.rng, self.project = np.random.default_rng(seed), project or (lambda tangent: tangent)
        *plain, last = args
        keywords, args = (last, tuple(plain)) if isinstance(last, Keywords) else (Keywords(), args)
        rule = rule_for(function)
        assert rule is not None, f"{function} has no rule"
        self.function, self.rule, self.keywords = function, rule, dict(keywords)
        bound = rule.bind(args, self.keywords)
        if kind != "float64":
            args = tuple(
                converted(value, kind, self.rng) if self._position(i) in rule.wrt else value
                for i, value in enumerate(args)
            )
            bound = rule.bind(args, self.keywords)
        self.args, self.bound = args, bound
        self.active = tuple(
            position
            for position in rule.wrt
            if (self._position(position) < len(args) or rule.params[position] in self.keywords)
            and leaves(bound[position])
            and all(map(is_inexact, leaves(bound[position])))
        )
        assert self.active, f"{rule.name}: nothing is active in {args}"
        self.out = self.run(self.bound_active())

    def _position(self, i: int) -> int:
        return i if self.rule.variadic is None else min(i, self.rule.variadic)

    def bound_active(self) -> list[Any]:
        return [self.bound[position] for position in self.active]

    def run(self, values: list[Any]) -> Any:
        """The function of its active arguments."""
        args, keywords = list(self.args), dict(self.keywords)
        for position, value in zip(self.active, values, strict=True):
            if position == self.rule.variadic:
                args[position:] = value
            elif position < len(args):
                args[position] = value
            else:
                keywords[self.rule.params[position]] = value
        return self.function(*args, **keywords)

    def pull(self, ct: Any, active: tuple[int, ...] | None = None) -> tuple[Any, ...]:
        return pullback(self.rule, self.args, self.keywords, self.out, active or self.active)(ct)

    def push(self, tangents: list[Any]) -> Any:
        pairs = dict(zip(self.active, tangents, strict=True))
        return pushforward(self.rule, self.args, self.keywords, self.out, pairs)

    def tangents(self) -> list[Any]:
        return [map_leaves(self.project, random_like(self.rng, value)) for value in self.bound_active()]

    def moved(self, tangents: list[Any], step: float) -> list[Any]:
        return [
            map_leaves(lambda x, t: x + step * t, v, t)
            for v, t in zip(self.bound_active(), tangents, strict=True)
        ]


def difference(f: Callable[[float], list[Any]], step: float = 1e-3) -> list[np.ndarray]:
    """The derivative of f at 0, by central differences with two steps of Richardson extrapolation."""

    def central(h: float) -> list[Any]:
        return [(np.asarray(p) - np.asarray(m)) / (2 * h) for p, m in zip(f(h), f(-h), strict=True)]

    first, second, third = central(step), central(step / 2), central(step / 4)
    once = [(4 * b - a) / 3 for a, b in zip(first, second, strict=True)]
    twice = [(4 * b - a) / 3 for a, b in zip(second, third, strict=True)]
    return [(16 * b - a) / 15 for a, b in zip(once, twice, strict=True)]


def close(a: Any, b: Any, tolerance: float) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.size == 0:
        return a.shape == b.shape
    scale = max(1.0, float(np.max(np.abs(b)))) if np.all(np.isfinite(b)) else np.inf
    return a.shape == b.shape and float(np.max(np.abs(a - b))) <= tolerance * scale


def like(a: Any, b: Any) -> bool:
    """Whether all leaves have the same shape and dtype; a number wants a number."""

    def one(x: Any, y: Any) -> bool:
        if not hasattr(y, "dtype"):
            return type(x) is type(y)
        return np.shape(x) == np.shape(y) and np.asarray(x).dtype == y.dtype

    pairs = list(zip(leaves(a), leaves(b), strict=True))
    return all(one(x, y) for x, y in pairs if is_inexact(y))


class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """A number with a tangent, pushed through every primitive by the rules: a smallest duck array, for second order."""

    def __init__(self, primal: Any, tangent: Any):
        self.primal, self.tangent = primal, tangent

    shape = property(lambda self: np.shape(self.primal))
    ndim = property(lambda self: np.ndim(self.primal))
    dtype = property(lambda self: np.asarray(self.primal).dtype)

    def __len__(self) -> int:
        return len(self.primal)

    def __getitem__(self, index: Any) -> Any:
        return apply(operator.getitem, (self, index), {})

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        return apply(np.astype, (self, dtype), {})

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return apply(ufunc if method == "__call__" else getattr(ufunc, method), args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return apply(function, args, kwargs)


def primal(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(primal, value))
    return value.primal if isinstance(value, Dual) else value


def tangent(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(tangent, value))
    return value.tangent if isinstance(value, Dual) else np.zeros_like(value, dtype=float)


def apply(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a primitive on duals."""
    rule = rule_for(function)
    assert rule is not None, f"a rule body calls {function}, which has no rule"
    values, keywords = primal(tuple(args)), {key: primal(value) for key, value in kwargs.items()}
    out = function(*values, **keywords)
    if rule.kind == "constant":
        return out
    bound = rule.bind(args, kwargs)
    tangents = {
        i: tangent(bound[i]) for i in rule.wrt if any(isinstance(leaf, Dual) for leaf in leaves(bound[i]))
    }
    if not tangents:
        return out
    pushed = pushforward(rule, values, keywords, out, tangents)
    return dual(out, pushed)


def dual(out: Any, pushed: Any) -> Any:
    if isinstance(out, (list, tuple)):
        made = [dual(o, p) for o, p in zip(out, pushed, strict=True)]
        return type(out)(*made) if hasattr(out, "_fields") else type(out)(made)
    return Dual(out, pushed)
