"""Puts the sweeps of a function together: fused into one function, or as the pair of forward and adjoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import gast

from tapegen.analysis.records import constructor, is_named_tuple
from tapegen.kernels.trees import own, record_like, seed
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, names_of
from tapegen.transforms.reverse import Sweeps, reverse
from tapegen.transforms.scope import Scope, bar
from tapegen.transforms.stacks import promote
from tapegen.transforms.unpack import Leaf, Nest

CT = "ct"
RESIDUALS = "residuals"


@dataclass(frozen=True)
class Request:
    """What is wanted of a gradient.

    Attributes:
        inputs: parameters of the primal, in the order of the results.
        nests: the structure of those that were taken apart.
        with_value: whether the value is returned too.
        aux: the variable that holds the auxiliary result, or None; see `with_auxiliary`.
        single: whether one cotangent is returned by itself, not as a tuple.
        owned: whether the cotangents go to the caller, who may write into them.
    """

    inputs: Sequence[str]
    nests: Mapping[str, Nest]
    with_value: bool
    aux: str | None
    single: bool
    owned: bool = True

    def leaves(self) -> list[str]:
        """The variables whose cotangents are computed."""
        return [
            leaf
            for name in self.inputs
            for leaf in (self.nests[name].leaves() if name in self.nests else [name])
        ]


def gradient(scope: Scope, request: Request, name: str) -> Core:
    """The fused function `name(params)` that runs the primal and its adjoint."""
    start: list[gast.stmt] = []
    with scope.writing_to(start):
        ct = scope.bind(build.call(scope.kernel(seed), scope.core.body[-1].value), bar(_result_name(scope)))
    sweeps = reverse(scope, request.leaves(), ct)
    end: list[gast.stmt] = []
    with scope.writing_to(end):
        scope.origin = None
        results = [
            _owned(scope, sweeps, request.nests.get(n) or Leaf(n), request.owned) for n in request.inputs
        ]
        gradients = results[0] if request.single else build.tuple_of(results)
        value = sweeps.out
        if request.aux is not None:
            value = build.tuple_of([value, build.load(request.aux)])
            gradients = (
                gradients if request.with_value else build.tuple_of([gradients, build.load(request.aux)])
            )
        scope.emit(build.return_(build.tuple_of([value, gradients]) if request.with_value else gradients))
    body = [*sweeps.forward, *start, *sweeps.adjoint, *end]
    tree = build.function(name, scope.core.params, body, getattr(scope.core.tree, "origin", None))
    return Core(tree, scope.namespace)


def _result_name(scope: Scope) -> str:
    value = scope.core.body[-1].value
    return value.id if isinstance(value, gast.Name) else "out"


def _owned(scope: Scope, sweeps: Sweeps, item: Leaf | Nest, owned: bool) -> gast.expr:
    """The cotangent of an argument as it is returned: its types, its structure, its own memory."""
    if isinstance(item, Leaf):
        ct = sweeps.cotangents.get(item.name, build.constant(0.0))
        if not owned:
            return ct
        return scope.bind(build.call(scope.kernel(own), ct, build.load(item.name)), bar(item.name))
    parts = [_owned(scope, sweeps, part, owned) for part in item.items]
    if is_named_tuple(item.kind):
        return build.call(scope.kernel(item.kind), *parts)
    if dataclasses.is_dataclass(item.kind):
        fields = dict(zip(item.keys, parts, strict=True))
        if constructor(item.kind) is not None:
            return build.call(scope.kernel(item.kind), **fields)
        return build.call(scope.kernel(record_like), build.load(item.name), **fields)
    if item.kind is dict:
        return gast.Dict(keys=[build.constant(key) for key in item.keys], values=parts)
    return build.tuple_of(parts) if item.kind is tuple else gast.List(elts=parts, ctx=gast.Load())


def with_auxiliary(core: Core, name: str) -> Core:
    """The function that returns the first of the two results of `core`, and binds the second to `name`."""
    *body, last = core.body
    assert isinstance(last, gast.Return)
    value = Namer({n.id for n in below(core.tree) if isinstance(n, gast.Name)})("value")

    def item(index: int) -> gast.expr:
        return gast.Subscript(value=build.clone(last.value), slice=build.constant(index), ctx=gast.Load())

    origin = getattr(last, "origin", None)
    ending = [build.assign(value, item(0), origin), build.assign(name, item(1), origin)]
    return core.with_body([*body, *ending, build.return_(build.load(value), origin)])


def boundary() -> None:
    """Stands between the sweeps of a joint function until `split` parts them."""


def joint(scope: Scope, request: Request, name: str) -> Core:
    """The function `name(params, ct) -> (out, cotangents)`: forward sweep, `boundary()`, adjoint sweep; see `split`."""
    ct = scope.namer(CT)
    scope.repeatable = True
    sweeps = reverse(scope, request.leaves(), build.load(ct))
    mark = build.expression(build.call(scope.kernel(boundary)))
    end: list[gast.stmt] = []
    with scope.writing_to(end):
        scope.origin = None
        results = [
            _owned(scope, sweeps, request.nests.get(n) or Leaf(n), request.owned) for n in request.inputs
        ]
        scope.emit(build.return_(build.tuple_of([sweeps.out, build.tuple_of(results)])))
    body = [*sweeps.forward, mark, *sweeps.adjoint, *end]
    tree = build.function(name, [*scope.core.params, ct], body, getattr(scope.core.tree, "origin", None))
    return Core(tree, scope.namespace)


def without_value(core: Core) -> Core:
    """A joint function that returns the cotangents alone."""
    *body, last = core.body
    assert isinstance(last, gast.Return) and isinstance(last.value, gast.Tuple)
    rest = [stmt for stmt in body if not is_boundary(core, stmt)]
    return core.with_body([*rest, build.return_(last.value.elts[1])])


def in_adjoint(core: Core, improve: Callable[[Core], Core]) -> Core:
    """Apply a pass to the adjoint sweep of a joint function, and to the whole of a function that is none."""
    places = [i for i, stmt in enumerate(core.body) if is_boundary(core, stmt)]
    if not places:
        return improve(core)
    (middle,) = places
    forward, adjoint, last = core.body[: middle + 1], core.body[middle + 1 : -1], core.body[-1]
    out, cotangents = last.value.elts
    bound = [name for stmt in walk_statements(forward) for name in bound_names(stmt)]
    params = dict.fromkeys([*core.params, *bound])
    sweep = build.function(core.tree.name, list(params), [*adjoint, build.return_(cotangents)])
    improved = improve(Core(sweep, core.namespace))
    *rest, end = improved.body
    body = [*forward, *rest, build.return_(build.tuple_of([out, end.value]), getattr(last, "origin", None))]
    return core.with_body(body, **improved.namespace)


def split(core: Core, forward_name: str, adjoint_name: str) -> tuple[Core, Core]:
    """Part a joint function into `f_fwd(params) -> (out, residuals)` and
    `f_adj(residuals, ct) -> cotangents`.

    The residuals are what the second part reads of the first: to-be-recorded analysis is liveness here.
    """
    *params, ct = core.params
    (middle,) = [i for i, stmt in enumerate(core.body) if is_boundary(core, stmt)]
    forward, adjoint, last = core.body[:middle], core.body[middle + 1 : -1], core.body[-1]
    assert isinstance(last, gast.Return) and isinstance(last.value, gast.Tuple)
    out, cotangents = last.value.elts
    known = set(params)
    for stmt in walk_statements(forward):
        known |= bound_names(stmt)
    read: dict[str, None] = {}
    for node in [*adjoint, cotangents]:
        for inner in below(node):
            if isinstance(inner, gast.Name) and inner.id in known:
                read[inner.id] = None
    residuals = list(read)
    forward = promote(forward, set(residuals))
    kept = build.tuple_of([build.load(n) for n in residuals])
    first = build.function(forward_name, params, [*forward, build.return_(build.tuple_of([out, kept]))])
    unpacking: list[gast.stmt] = []
    if residuals:
        unpacking = [build.assign(_targets(residuals), build.load(RESIDUALS))]
    second = build.function(adjoint_name, [RESIDUALS, ct], [*unpacking, *adjoint, build.return_(cotangents)])
    origin = getattr(core.tree, "origin", None)
    return Core(build.at(first, origin), core.namespace), Core(build.at(second, origin), core.namespace)


def run_again(primal: Core, adjoint: Core, forward_name: str, adjoint_name: str) -> tuple[Core, Core]:
    """The pair of a checkpointed function: the forward keeps the arguments, with which the adjoint starts anew.

    Args:
        primal: the function.
        adjoint: the function of the same parameters and the cotangent that runs both sweeps; see `without_value`.
    """
    *params, ct = adjoint.params
    read = names_of(adjoint.body)
    kept = [name for name in params if name in read]
    *body, last = primal.body
    residuals = build.tuple_of([build.load(name) for name in kept])
    result = build.return_(build.tuple_of([last.value, residuals]), getattr(last, "origin", None))
    forward = build.function(forward_name, primal.params, [*body, result])
    unpacking = [build.assign(_targets(kept), build.load(RESIDUALS))] if kept else []
    backward = build.function(adjoint_name, [RESIDUALS, ct], [*unpacking, *adjoint.body])
    origin = getattr(primal.tree, "origin", None)
    return Core(build.at(forward, origin), primal.namespace), Core(
        build.at(backward, origin), adjoint.namespace
    )


def _targets(names: Sequence[str]) -> gast.Tuple:
    return build.tuple_of([build.store(name) for name in names], gast.Store())


def is_boundary(core: Core, stmt: gast.stmt) -> bool:
    """Whether a statement is the mark between the sweeps of a joint function."""
    return (
        isinstance(stmt, gast.Expr)
        and isinstance(stmt.value, gast.Call)
        and lookup(core, stmt.value.func) is boundary
    )
