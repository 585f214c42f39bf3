"""Follows a function into the functions that it calls: small ones are inlined, others become callees with pairs."""

from __future__ import annotations

import inspect
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from tapegen.analysis.aliasing import aliasing
from tapegen.backends.load import load
from tapegen.errors import TransformError
from tapegen.frontend.lower import lower
from tapegen.frontend.resolve import FreeVariable, Guard
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer, is_identifier
from tapegen.lang.walk import walk
from tapegen.rules import registry
from tapegen.transforms.inline import Callee, inline_calls
from tapegen.transforms.rebind import rebind

Stage = tuple[str, Core]
SMALL = 6  # a function of at most so many statements is inlined wherever it is called


@dataclass(frozen=True, eq=False)
class Linked:
    """A function, with what it calls.

    Attributes:
        core: the function with its inlined callees, in single assignment; hidden parameters last.
        signature: of the function itself.
        free: where the hidden parameters are read.
        guards: what must not have been rebound since.
        callees: the functions that it calls by their pairs.
        stages: how it came about.
    """

    core: Core
    signature: inspect.Signature
    free: Mapping[str, FreeVariable]
    guards: tuple[Guard, ...]
    callees: Mapping[Any, Linked]
    stages: tuple[Stage, ...] = field(repr=False, default=())

    def is_current(self) -> bool:
        """Whether every function and module that was looked up is still the same."""
        return all(guard.holds() for guard in self.guards)

    @property
    def is_plain(self) -> bool:
        """Whether the parameters can all be given by position, one argument each."""
        return all(
            p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in self.signature.parameters.values()
        )

    @property
    def own_params(self) -> list[str]:
        """The function's own parameters."""
        return self.core.params[: len(self.core.params) - len(self.free)]

    @property
    def is_recursive(self) -> bool:
        """Whether the function may call itself, through others if need be."""
        found, work = set(), [*self.callees.values()]
        while work:
            callee = work.pop()
            if callee not in found:
                found.add(callee)
                work.extend(callee.callees.values())
        return self in found

    def hidden_for(self, callee: Linked) -> list[str]:
        """The names under which this function has the hidden parameters of a callee."""
        return [_find(self.free, variable) or name for name, variable in callee.free.items()]


def inline_spelled_out(core: Core, linked: Linked) -> tuple[Core, Linked]:
    """Inline the callees of `linked` that were only left to be called because of starred arguments, spelled out now.

    Returns: the new `core`, and `linked` with the callees of what was inlined.
    """
    callees = dict(linked.callees)
    sites = _call_sites(core)

    def callee_of(obj: Any, call: gast.Call) -> Callee | None:
        target = linked.callees.get(obj) if type(obj).__hash__ is not None else None
        if target is None or is_starred(call) or target.is_recursive:
            return None
        if not _is_inlined(target.core, target.own_params, sites.get(id(obj), 1)):
            return None
        callees.update(target.callees)
        hidden = dict(zip(target.free, linked.hidden_for(target), strict=True))
        return Callee(target.core, target.signature, hidden)

    inlined = inline_calls(core, callee_of)
    return inlined, linked if inlined is core else replace(linked, callees=callees)


def link(fn: Any) -> Linked:
    """`fn` with all that it calls, transitively, in any module.

    Raises: TransformError for what is not supported, at the user's line.
    """
    rule = registry.rule_for(fn)
    if rule is not None:
        fn = _wrapper(fn, rule)
    linker = _Linker()
    root = linker.node(fn)
    return linker.finish(root)


@dataclass(eq=False)
class _Node:
    signature: inspect.Signature
    core: Core | None = None
    own: list[str] = field(default_factory=list)
    free: dict[str, FreeVariable] = field(default_factory=dict)
    callees: dict[Any, _Node] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    origin: Any = None


SPELLINGS: dict[Any, Any] = {}
"""Functions that do the same to arrays as another, under another name: TensorFlow's names for NumPy's functions."""


def respelled(core: Core) -> Core:
    """The function with each call of a function in `SPELLINGS` as one of its NumPy namesake."""
    added: dict[str, Any] = {}
    taken = Namer(core.names)

    class Respell(gast.NodeTransformer):
        def visit_Call(self, node: gast.Call) -> gast.AST:
            self.generic_visit(node)
            obj = lookup(core, node.func)
            if type(obj).__hash__ is not None and obj in SPELLINGS:
                new = SPELLINGS[obj]
                name = next((n for n, known in {**core.namespace, **added}.items() if known is new), None)
                if name is None:
                    name = taken(new.__name__)
                    added[name] = new
                node.func = build.load(name)
            return node

    if not any(type(o).__hash__ is not None and o in SPELLINGS for o in _callees(core)):
        return core
    body = [Respell().visit(build.clone(stmt)) for stmt in core.body]
    return core.with_body(body, **added)


def _callees(core: Core) -> list[Any]:
    return [lookup(core, node.func) for node in walk(core.tree) if isinstance(node, gast.Call)]


def is_transform(obj: Any) -> bool:
    """Whether a callee is a derivative, such as `tg.grad(f)`, that brings its own generated code."""
    return getattr(type(obj), "is_derivative", False)


def transforms_made(core: Core) -> Core:
    """The function with `g = tg.grad(f)`, where `f` is known, carried out: `g` is then the derivative itself."""
    made: dict[str, Any] = {}
    body: list[gast.stmt] = []
    counts: dict[str, int] = {}
    for stmt in walk_statements(core.body):
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            counts[stmt.targets[0].id] = counts.get(stmt.targets[0].id, 0) + 1
    for stmt in core.body:
        match stmt:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=func, args=[argument], keywords=keywords)
            ):
                maker = lookup(core, func)
                fn = made.get(argument.id) if isinstance(argument, gast.Name) else None
                fn = fn or lookup(core, argument)
                plain = all(isinstance(k.value, gast.Constant) and k.arg is not None for k in keywords)
                derives = getattr(maker, "makes_derivative", False)
                if maker is not None and derives and fn is not None and plain and counts[name] == 1:
                    made[name] = maker(fn, **{k.arg: k.value.value for k in keywords})
                    continue
        body.append(stmt)
    return core.with_body(body, **made) if made else core


class _Linker:
    def __init__(self) -> None:
        self.nodes: dict[Any, _Node] = {}
        self.guards: list[Guard] = []
        self.recursive: list[tuple[_Node, Any]] = []

    def node(self, fn: Any) -> _Node:
        key = fn
        if key in self.nodes:
            return self.nodes[key]
        lowered = lower(fn)
        self.guards.extend(lowered.guards)
        node = self.nodes[key] = _Node(lowered.params)
        node.free.update(lowered.free)
        node.own = lowered.core.params[: len(lowered.core.params) - len(lowered.free)]
        node.stages.extend(lowered.stages)
        taken = Namer(
            {n.id for n in walk(lowered.core.tree) if isinstance(n, gast.Name)} | set(lowered.core.namespace)
        )
        sites = _call_sites(lowered.core)

        def callee_of(obj: Any, call: gast.Call) -> Callee | None:
            function = python_function(obj)
            if function is None:
                return None
            callee = self.node(function)
            if callee.core is None or is_starred(call) or not self.is_inlined(callee, sites.get(id(obj), 1)):
                node.callees[obj] = callee
                self.recursive.append((callee, getattr(call, "origin", None) or node.origin))
                return None
            node.callees.update(callee.callees)
            hidden = {}
            for name, variable in callee.free.items():
                found = _find(node.free, variable)
                if found is None:
                    found = taken(name)
                    node.free[found] = variable
                hidden[name] = found
            return Callee(callee.core, callee.signature, hidden)

        node.origin = getattr(lowered.core.tree, "origin", None)
        core = inline_calls(transforms_made(respelled(lowered.core)), callee_of)
        for obj in _callees(core):
            if is_transform(obj):
                for name, variable in obj.base().free.items():
                    if _find(node.free, variable) is None:
                        node.free[taken(name)] = variable
                self.guards.extend(obj.base().guards)
        if core is not lowered.core:
            node.stages.append(("inlined", _with_params(core, [*node.own, *node.free])))
        node.core = core
        return node

    def is_inlined(self, callee: _Node, sites: int) -> bool:
        """Whether the calls of a function are replaced by its body."""
        assert callee.core is not None
        return callee not in callee.callees.values() and _is_inlined(callee.core, callee.own, sites)

    def finish(self, root: _Node) -> Linked:
        """Give each function the hidden parameters of all that it calls."""
        nodes = self.reachable(root)
        for callee, origin in self.recursive:
            recursive = any(callee in self.reachable(inner) for inner in callee.callees.values())
            if recursive and callee.core is not None and writes_arguments(callee.core, callee.own):
                raise TransformError(
                    f"cannot differentiate the recursive function {callee.core.tree.name}",
                    origin=origin,
                    why="it writes into its arguments",
                    instead="return new arrays, or write the recursion as a loop",
                )
        changed = True
        while changed:
            changed = False
            for node in nodes:
                for callee in node.callees.values():
                    for name, variable in callee.free.items():
                        if _find(node.free, variable) is None:
                            assert node.core is not None
                            names = {n.id for n in walk(node.core.tree) if isinstance(n, gast.Name)}
                            node.free[Namer({*names, *node.core.namespace, *node.free})(name)] = variable
                            changed = True
        callees: dict[_Node, dict[Any, Linked]] = {node: {} for node in nodes}
        result: dict[_Node, Linked] = {}
        for node in nodes:
            assert node.core is not None
            core = _with_params(node.core, [*node.own, *node.free])
            result[node] = Linked(
                core, node.signature, node.free, tuple(self.guards), callees[node], tuple(node.stages)
            )
        for node in nodes:
            callees[node].update({obj: result[callee] for obj, callee in node.callees.items()})
        return result[root]

    def reachable(self, root: _Node) -> list[_Node]:
        found, work = [root], [root]
        while work:
            for callee in work.pop().callees.values():
                if callee not in found:
                    found.append(callee)
                    work.append(callee)
        return found


def is_starred(call: gast.Call) -> bool:
    """Whether a call has `*args` or `**kwargs`."""
    return any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def _is_inlined(core: Core, params: Sequence[str], sites: int) -> bool:
    """Whether the calls of a function that is not recursive are replaced by its body."""
    if sites == 1 or sum(1 for _ in walk_statements(core.body)) <= SMALL:
        return True
    return shares_memory(core, params)


def python_function(obj: Any) -> types.FunctionType | None:
    """The Python function to follow for a callee without a rule, or None."""
    if registry.rule_for(obj) is not None:
        return None
    obj = getattr(obj, "py_func", obj)
    root = (getattr(obj, "__module__", "") or "").partition(".")[0]
    if (
        isinstance(obj, types.FunctionType)
        and root not in {"numpy", "builtins", "dataclasses"}
        and not _is_ours(obj)
    ):
        return obj
    return None


def _is_ours(obj: types.FunctionType) -> bool:
    home = str(
        obj.__globals__.get("__name__", "")
    )  # what `functools.wraps` writes into `__module__` is the user's
    return home.startswith("tapegen.") and not home.startswith("tapegen.generated.")


def _wrapper(primitive: Any, rule: registry.Rule) -> Any:
    """A Python function that calls a primitive, so that `tg.grad(np.sin)` has something to transform."""
    params = (
        _required(primitive)
        if rule.kind == "constant"
        else [p for p in rule.params if p not in rule.defaults]
    )
    name = rule.primitive.__name__ if is_identifier(getattr(rule.primitive, "__name__", "")) else "primitive"
    text = f"def {name}({', '.join(params)}):\n    return wrapped({', '.join(params)})\n"
    return load(text, name, {"wrapped": primitive})[name]


def _required(primitive: Any) -> list[str]:
    """Names for the positional arguments that a function without derivative needs."""
    count = primitive.nin if isinstance(primitive, np.ufunc) else 1
    return ["x", "y", "z"][:count]


def with_hidden(linked: Linked, core: Core, names: Sequence[str], immutable: Collection[str] = ()) -> Linked:
    """The function with another text, and further hidden parameters, whose values the caller reads himself.

    What is computed from the parameters in `immutable` is never written in place by `+=`.
    """
    core = rebind(core, immutable)
    places = {name: FreeVariable("caller", {}, name) for name in names}
    return replace(
        linked, core=_with_params(core, [*linked.core.params, *names]), free={**linked.free, **places}
    )


def writes_arguments(core: Core, params: Sequence[str]) -> bool:
    """Whether a function may write into its arguments."""
    classes = aliasing(core, {})
    return any(classes.is_written(p) or classes.is_grown(p) for p in params)


def shares_memory(core: Core, params: Sequence[str]) -> bool:
    """Whether a function writes into its arguments or may return (a view of) one of them."""
    if writes_arguments(core, params):
        return True
    classes = aliasing(core, {})
    last = core.body[-1]
    names = [n.id for n in walk(last) if isinstance(n, gast.Name)] if isinstance(last, gast.Return) else []
    return any(classes.may_alias(name, p) for name in names for p in params)


def _call_sites(core: Core) -> dict[int, int]:
    sites: dict[int, int] = {}
    for node in walk(core.tree):
        if isinstance(node, gast.Call):
            obj = lookup(core, node.func)
            if obj is not None:
                sites[id(obj)] = sites.get(id(obj), 0) + 1
    return sites


def _find(free: Mapping[str, FreeVariable], variable: FreeVariable) -> str | None:
    for name, known in free.items():
        if known.holder is variable.holder and known.key == variable.key:
            return name
    return None


def _with_params(core: Core, params: Sequence[str]) -> Core:
    tree = build.function(core.tree.name, params, core.body, getattr(core.tree, "origin", None))
    return Core(tree, core.namespace)
