"""The registry: what a rule is, how one is written down, how one is found.

A rule is a function of plain NumPy under a decorator that names the primitive and the kind:

    @elementwise(np.tanh)
    def tanh(x, *, out):
        return 1 - out**2

Its positional parameters are those of the primitive, with NumPy's names and defaults (after `*operands`, keyword-only
parameters with a default are such too); by its other keyword-only parameters it
asks for the result (`out`), the cotangent of the result (`ct`), or, in the jvp of a general rule, for tangents
(`a_dot` for the parameter `a`), or for all other parameters in a dict (`others`). What each kind returns is said at
its decorator. With `fixed=(...)` the parameters are those of the primitive, and the rule names only what it reads: see
`heads`.

A body is straight-line assignments and one return. It uses only primitives that have rules themselves, or constants, so
that second order comes free. It never unbroadcasts, casts, conjugates, accumulates or tests for zeros: its readers do.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn

import numpy as np

from .heads import LACKING, own_head, primitive_head
from .naming import qualified_name as qualified_name

UNKNOWN = object()
"""Stands for a value that is not known when a rule is read."""


@dataclass(frozen=True)
class _Given:
    """Whether an argument is given, that is, anything but the default; a value that is not known is given."""

    default: Any

    def __call__(self, value: Any) -> bool:
        return value is not self.default and not (
            type(value) is type(self.default) is not object and value == self.default
        )


Kind = Literal["elementwise", "reduction", "linear", "bilinear", "general", "constant"]
Complex = Literal["holomorphic", "adjoint", "refused"]


@dataclass(frozen=True, eq=False)
class Rule:
    """The derivative of one primitive.

    Attributes:
        primitive: the function that is differentiated.
        name: how messages call it, `np.linalg.solve`.
        kind: what `function` returns, see the decorators of this module; "constant" has no derivative.
        function: the rule itself; of a constant, the primitive.
        jvp: of a general rule, the tangent: a tuple of terms, one for each name in `wrt`, of which readers add up
            those that are active; with one name in `wrt`, the tangent itself.
        params: names of the positional parameters, in order.
        defaults: default values of the last parameters, by name.
        wrt: positions of the parameters that have a derivative.
        variadic: position of the parameter that gathers the remaining positional arguments (`*operands`), or None.
            After `bind` it is one tuple, and its cotangent is a list.
        fixed: parameters that must keep their defaults. A leading underscore says so: `_out=None` holds the place of
            NumPy's `out`.
        lacking: positions of parameters that have a derivative which is not in the book: readers refuse calls in which
            they are active. All others outside of `wrt` have a derivative of zero, or none.
        complex: "holomorphic": readers conjugate, `x_bar = ct * conj(partial)` and `conj(rule(conj(ct)))`.
            "adjoint": the body states the adjoint itself, for the inner product Re(conj(a) b), and nothing is
            conjugated; an elementwise rule of this sort has real results, its partial is the gradient g with
            d out = Re(conj(g) dx). "refused": no derivative for complex arguments.
        variants: simpler bodies for known ranks of the first parameters, see `when`.
        cases: bodies for the values that parameters such as `ord` can take, see `case`. A rule with cases can only be
            read where these values are known.
        jvps: of a general rule with cases, the tangents of those that don't share `jvp`, by the body of the case.
        spelled: other names of parameters, as keywords: the name in a call, and that in `params`.
        times: of an elementwise rule that shares its body with another, the factor by which its partials differ, see
            `alias`.
        fields: where the result is a dict with attributes, SciPy's `OptimizeResult`, those that have a derivative.
        returns: `float` or `np.ndarray` where the result always is one, a tuple of such for several; else None.
        module_swap: replaces callees of the body: those of the first module by those of the second that have the
            same name, see `alias`.
    """

    primitive: Any
    name: str
    kind: Kind
    function: Callable[..., Any]
    params: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = ()
    jvp: Callable[..., Any] | None = None
    variadic: int | None = None
    fixed: frozenset[str] = frozenset()
    lacking: tuple[int, ...] = ()
    complex: Complex = "holomorphic"
    variants: dict[tuple[int, ...], Callable[..., Any]] = field(default_factory=dict)
    cases: list[tuple[tuple[int, ...], Callable[..., bool], Callable[..., Any]]] = field(default_factory=list)
    jvps: dict[Callable[..., Any], Callable[..., Any]] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    times: Callable[..., Any] | None = None
    module_swap: tuple[Any, Any] | None = None
    fields: tuple[str, ...] = ()
    returns: Any = None
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def bind(
        self,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None = None,
        default: Callable[[Any], Any] | None = None,
    ) -> tuple[Any, ...]:
        """The values of all positional parameters in a call of the primitive.

        Args:
            args, kwargs: of the call. They may be anything, values or syntax trees.
            default: applied to the default values that fill the gaps; leaves them as they are if None.
        Raises: TypeError for an argument that the rule has not got.

        >>> import tapegen.rules
        >>> rule_for(np.sum).bind((1.0,), {"keepdims": True})
        (1.0, None, None, None, True, 0, True)
        """
        if not kwargs and len(args) == len(self.params) and self.variadic is None and not self.fixed:
            return tuple(args)
        return self._bind(args, kwargs or {}, default or (lambda value: value))

    def _bind(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], default: Callable[[Any], Any]
    ) -> tuple[Any, ...]:
        plain = len(self.params) if self.variadic is None else self.variadic
        if len(args) > plain and self.variadic is None:
            raise TypeError(f"the rule for {self.name} takes {plain} positional arguments, not {len(args)}")
        bound = dict(zip(self.params[:plain], args, strict=False))
        if self.variadic is not None:
            bound[self.params[plain]] = tuple(args[plain:])
        for name, value in kwargs.items():
            name = self.spelled.get(name, name)
            if f"_{name}" in self.fixed:
                name = f"_{name}"
            if name not in self.params:
                raise TypeError(f"the rule for {self.name} does not support the argument {name!r}")
            if name in bound:
                raise TypeError(f"{self.name} got several values for the argument {name!r}")
            bound[name] = value
        for name in self.fixed & bound.keys():
            if not _keeps(bound[name], self.defaults[name]):
                raise TypeError(f"the rule for {self.name} does not support the argument {name[1:]!r}")
        missing = [name for name in self.params if name not in bound and name not in self.defaults]
        if missing:
            raise TypeError(f"{self.name} lacks the argument {missing[0]!r}")
        return tuple(bound[name] if name in bound else default(self.defaults[name]) for name in self.params)

    @functools.cached_property
    def keyword_only(self) -> Mapping[str, str]:
        """Parameters that the primitive takes by keyword only, with the keywords; the rule lists them as positional."""
        try:
            parameters = inspect.signature(self.primitive).parameters.values()
        except (TypeError, ValueError):
            return {}
        names = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
        original = {mine: own for own, mine in self.spelled.items()}
        keywords = {p: original.get(p, p[1:] if p in self.fixed else p) for p in self.params}
        return {p: keyword for p, keyword in keywords.items() if keyword in names}

    @property
    def has_own_body(self) -> bool:
        """Whether `function` is a body; in a rule with cases it only lists the parameters."""
        return all(isinstance(holds, _Given) for _, holds, _ in self.cases)

    def defjvp(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: the tangent of a general rule."""
        object.__setattr__(self, "jvp", function)
        return function

    def tangent_of(self, case: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the tangent of a general rule in the case whose body is `case`."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.jvps[case] = function
            return function

        return register

    def jvp_for(self, ndim: Sequence[int | None] = (), values: Sequence[Any] | None = None) -> Any:
        """The tangent to read for a call, as `body_for`."""
        return self.jvps.get(self.body_for(ndim, values), self.jvp)

    def when(self, *ndim: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: a simpler body for the case that the first parameters have these ranks."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.variants[ndim] = function
            return function

        return register

    def case(
        self, *names: str, holds: Callable[..., bool]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the body for calls in which `holds` is true of the parameters `names`. The first such case counts.

        Where none holds, the call is refused: a rule with cases has no body of its own, its function only lists the
        parameters.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.cases.append((tuple(self.params.index(name) for name in names), holds, function))
            return function

        return register

    def given(self, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: the body for calls in which the optional argument `name` is given."""
        return self.case(name, holds=_Given(self.defaults[name]))

    def body_for(
        self, ndim: Sequence[int | None] = (), values: Sequence[Any] | None = None
    ) -> Callable[..., Any]:
        """The function to read for a call.

        Args:
            ndim: ranks of the arguments, None for an unknown one.
            values: the bound arguments; `UNKNOWN` for those that are not. Only rules with cases look at them.
        Raises: TypeError if the value is unknown that decides between cases.
        """
        for positions, holds, function in self.cases:
            given = [UNKNOWN if values is None else values[position] for position in positions]
            if any(value is UNKNOWN for value in given) and not isinstance(holds, _Given):
                names = ", ".join(self.params[position] for position in positions)
                raise TypeError(f"the rule for {self.name} needs literals for: {names}")
            if holds(*given):
                return function
        if self.cases and not self.has_own_body and values is not None:
            shown = ", ".join(f"{self.params[p]}={values[p]!r}" for p in self.cases[0][0])
            raise TypeError(f"{self.name} has no rule for {shown}")
        for ranks, function in self.variants.items():
            if tuple(ndim[: len(ranks)]) == ranks:
                return function
        return self.function


def _keeps(value: Any, default: Any) -> bool:
    """Whether an argument, a value or a literal of a syntax tree, is the default."""
    return value is default or (type(value).__name__ == "Constant" and value.value is default)


_rules: dict[Any, Rule] = {}

# Modules whose rules are read when one of their functions is first asked for: prefix of `__module__`, rule modules.
_LAZY = {
    "numpy.fft": ("fft",),
    "numpy.random": ("random",),
    "random": ("random",),
    "scipy.special": ("scipy_special", "scipy_special_functions", "scipy_bessel"),
    "scipy.linalg": (
        *("scipy_linalg", "scipy_linalg_more", "scipy_linalg_structured", "scipy_linalg_spectral"),
        "stand_ins.functions",
    ),
    "scipy.ndimage": ("scipy_ndimage", "scipy_ndimage_sampling"),
    "scipy.signal": ("scipy_signal",),
    "scipy.integrate": ("scipy_integrate", "stand_ins.functions"),
    "scipy.optimize": ("scipy_optimize",),
    "scipy.stats": ("scipy_stats", "stand_ins.distributions"),
    "scipy.fft": ("scipy_fft",),
    "scipy.sparse": ("scipy_sparse", "stand_ins.sparse"),
    "scipy.spatial": ("scipy_spatial",),
    "scipy.interpolate": ("scipy_interpolate", "stand_ins.splines"),
}


def rule_for(primitive: Any) -> Rule | None:
    """The rule of a function, or None. Found by the object, not its name.

    >>> import tapegen.rules
    >>> rule_for(np.tanh).kind
    'elementwise'
    >>> rule_for([]) is None
    True
    """
    try:
        rule = _rules.get(primitive)
    except TypeError:
        return None
    return _lazy_rule(primitive) if rule is None else rule


def _lazy_rule(primitive: Any) -> Rule | None:
    """Read the rules of the module that `primitive` comes from, if they are read late. SciPy's ufuncs don't say."""
    module = getattr(primitive, "__module__", None)
    if isinstance(primitive, np.ufunc) and module is None and "scipy.special" in sys.modules:
        module = "scipy.special"
    if isinstance(module, str):
        for prefix, rules in _LAZY.items():
            if module == prefix or module.startswith(f"{prefix}."):
                for name in rules:
                    importlib.import_module(f"{__package__}.{name}")
                return _rules.get(primitive)
    return None


def is_constant(primitive: Any) -> bool:
    """Whether a function is known to have a derivative of zero, or results without derivative."""
    rule = rule_for(primitive)
    return rule is not None and rule.kind == "constant"


def rules() -> list[Rule]:
    """All rules that have been read, one for each primitive."""
    return list(_rules.values())


def register(rule: Rule) -> Rule:
    """Enter a rule under its primitive; a later one replaces an earlier one."""
    _rules[rule.primitive] = rule
    return rule


def _decorator(
    kind: Kind,
    primitive: Any,
    wrt: Sequence[str] | None,
    options: Mapping[str, Any],
    lacking: Sequence[str] = (),
    fixed: Sequence[str] | None = None,
) -> Callable[..., Rule]:
    def decorate(function: Callable[..., Any]) -> Rule:
        spelled = options.get("spelled", {})
        head = own_head(function) if fixed is None else primitive_head(primitive, function, fixed, spelled)
        params, names = head.params, head.params if wrt is None else tuple(wrt)
        unknown = set(names) - set(params)
        if unknown:
            raise ValueError(f"{function.__name__} has no parameter {unknown}")
        return register(
            Rule(
                primitive=primitive,
                name=qualified_name(primitive),
                kind=kind,
                function=function,
                params=params,
                defaults=head.defaults,
                wrt=tuple(params.index(name) for name in names),
                variadic=params.index(head.variadic) if head.variadic else None,
                fixed=frozenset(name for name in params if name.startswith("_")),
                lacking=tuple(params.index(name) for name in LACKING.get(qualified_name(primitive), lacking)),
                **options,
            )
        )

    return decorate


def elementwise(
    primitive: Any,
    wrt: Sequence[str] | None = None,
    complex: Complex = "holomorphic",
    lacking: Sequence[str] = (),
    spelled: Mapping[str, str] | None = None,
    fixed: Sequence[str] | None = None,
) -> Callable[..., Rule]:
    """Acts on each element alone. The body returns the partial derivative, or a tuple of them, one per name in `wrt`.

    Cotangents are `ct * partial`, the tangent is the sum of `partial * x_dot`. All parameters are in `wrt` by default.
    `lacking` names parameters with a derivative that is not in the book.
    """
    options = {"complex": complex, "spelled": spelled or {}}
    return _decorator("elementwise", primitive, wrt, options, lacking, fixed)


def reduction(
    primitive: Any, wrt: Sequence[str] = ("a",), complex: Complex = "holomorphic"
) -> Callable[..., Rule]:
    """Combines the elements along `axis` into one. The body returns d out / d a, in the shape of `a`.

    The body gets `out` with the reduced axes kept as size 1. The cotangent is `ct * partial`, with `ct` likewise,
    the tangent is `np.sum(partial * a_dot, axis, keepdims=keepdims)`.
    """
    return _decorator("reduction", primitive, wrt, {"complex": complex})


def linear(
    primitive: Any,
    wrt: Sequence[str],
    complex: Complex = "adjoint",
    lacking: Sequence[str] = (),
    spelled: Mapping[str, str] | None = None,
    fixed: Sequence[str] | None = None,
) -> Callable[..., Rule]:
    """Linear in all of `wrt` jointly. The body returns the cotangent of each name in `wrt`, given `ct`.

    The tangent is the primitive applied to the tangents. `complex` is "adjoint" by default, as for maps with real
    coefficients (transpose, sum, ...) transposed map and adjoint are the same.
    """
    options = {"complex": complex, "spelled": spelled or {}}
    return _decorator("linear", primitive, wrt, options, lacking, fixed)


def bilinear(
    primitive: Any, wrt: Sequence[str] | None = None, complex: Complex = "holomorphic"
) -> Callable[..., Rule]:
    """Linear in each of two parameters, the first two by default. The body returns the two cotangents, given `ct`.

    The tangent is the product rule. The cotangents may have shapes that the operands were broadcast to.
    """

    def decorate(function: Callable[..., Any]) -> Rule:
        names = wrt or [p.name for p in inspect.signature(function).parameters.values()][:2]
        return _decorator("bilinear", primitive, names, {"complex": complex})(function)

    return decorate


def general(
    primitive: Any,
    wrt: Sequence[str],
    complex: Complex = "holomorphic",
    fields: Sequence[str] = (),
    returns: Any = None,
    lacking: Sequence[str] = (),
    spelled: Mapping[str, str] | None = None,
    fixed: Sequence[str] | None = None,
) -> Callable[..., Rule]:
    """Anything else. The body returns the cotangent of each name in `wrt`; `.defjvp` adds the tangent."""
    options = {"complex": complex, "fields": tuple(fields), "returns": returns, "spelled": spelled or {}}
    return _decorator("general", primitive, wrt, options, lacking, fixed)


def constant(*primitives: Any) -> None:
    """Name functions whose derivative is zero wherever it exists, or that have no differentiable result."""
    for primitive in primitives:
        register(Rule(primitive, qualified_name(primitive), "constant", primitive))


def alias(
    new: Any,
    old: Any,
    module_swap: tuple[Any, Any] | None = None,
    times: Callable[..., Any] | None = None,
    spelled: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Rule:
    """Let `new` share the rule of `old`.

    Args:
        times: a function of `out`, the result of `new`, that returns what the partials of `old` are to be multiplied
            by: `out` itself for an exponential of `old`.
        spelled: other names of parameters, as keywords of `new`.
        module_swap: two modules. Where the body calls a function of the first, a reader calls that of the second
            with the same name, if there is one: `(np, math)` makes a body fit for Python floats.
        defaults: other default values of parameters.
    """
    rule = rule_for(old)
    if rule is None:
        raise ValueError(f"{old!r} has no rule")
    return register(
        replace(
            rule,
            primitive=new,
            name=qualified_name(new),
            module_swap=module_swap,
            times=times or rule.times,
            spelled=spelled or rule.spelled,
            defaults={**rule.defaults, **(defaults or {})},
            cache={},
        )
    )


def no_derivative(reason: str) -> NoReturn:
    """Refuse, in a kernel, a case that has no derivative."""
    raise ValueError(reason)
