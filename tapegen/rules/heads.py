"""The parameters of a rule: those that its body lists, or those of the primitive itself.

SciPy's optimisers and integrators have a dozen options that no derivative reads. A rule that names the `fixed`
parameters of its primitive, if only `()`, lists those that it reads and leaves the others to the primitive's signature.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Head:
    """The positional parameters of a rule, in order; `variadic` is the one that gathers the rest."""

    params: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    variadic: str | None = None


def own_head(function: Callable[..., Any]) -> Head:
    """The head of a body; what is keyword-only counts if it has a default."""
    listed = inspect.signature(function).parameters.values()
    kept = [p for p in listed if p.kind is not p.KEYWORD_ONLY or p.default is not p.empty]
    starred = [p.name for p in kept if p.kind is p.VAR_POSITIONAL]
    defaults = {p.name: p.default for p in kept if p.default is not p.empty}
    return Head(tuple(p.name for p in kept), defaults, starred[0] if starred else None)


def primitive_head(
    primitive: Any, function: Callable[..., Any], fixed: Sequence[str], spelled: Mapping[str, str]
) -> Head:
    """The head of the primitive; those in `fixed` with the underscore that says so, those in `spelled` renamed.

    Where the primitive takes `**options`, those that the body lists with a default come last.

    >>> def root(fun, x0, args=(), method="hybr", jac=None, **options): ...
    >>> def body(f, args, xtol=1e-8): ...
    >>> primitive_head(root, body, ("jac",), {"fun": "f"}).params
    ('f', 'x0', 'args', 'method', '_jac', 'xtol')
    """
    listed = [p for p in inspect.signature(primitive).parameters.values() if p.kind is not p.VAR_KEYWORD]

    def name(p: inspect.Parameter) -> str:
        return f"_{p.name}" if p.name in fixed else spelled.get(p.name, p.name)

    defaults = {name(p): p.default for p in listed if p.default is not p.empty}
    params = tuple(map(name, listed))
    own = own_head(function)
    more = {key: value for key, value in own.defaults.items() if key in own.params and key not in params}
    return Head((*params, *more), {**defaults, **more})


LACKING: dict[str, tuple[str, ...]] = {
    "np.quantile": ("q",),
    "np.percentile": ("q",),
    "np.nanquantile": ("q",),
    "np.nanpercentile": ("q",),
    "np.linalg.norm": ("ord",),
    "np.linalg.vector_norm": ("ord",),
    "np.unwrap": ("period",),
    "np.histogram": ("bins", "range"),
    "np.prod": ("initial",),
    "np.max": ("initial",),
    "np.min": ("initial",),
    "np.maximum.reduce": ("initial",),
    "np.minimum.reduce": ("initial",),
    "np.gradient": ("varargs",),
    "np.trapezoid": ("dx",),
    "np.interp": ("left", "right"),
    "np.nan_to_num": ("nan", "posinf", "neginf"),
    "gammainc": ("a",),
    "gammaincc": ("a",),
    "betainc": ("a", "b"),
    "jv": ("v",),
    "yv": ("v",),
    "iv": ("v",),
    "kv": ("v",),
}
"""Parameters with a derivative that is not in the book, by the name of the primitive."""
