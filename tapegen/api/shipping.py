"""How a transform travels: as the text of its function and of all that this calls, with the data that they read.

What is shipped is a list of modules, one for each function that is not inlined. Loading them gives functions that are
transformed like any others; the module of the user is not needed where they go. Loading runs code, as any pickle does.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.backends.emit import emit
from tapegen.backends.load import load
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.linker import SNAPSHOTS, UNROLL, Linked


@dataclass(frozen=True)
class Reference:
    """Stands for a function that is shipped along."""

    index: int


@dataclass(frozen=True)
class Module:
    """One function.

    Attributes:
        name: its name.
        text: its module.
        bindings: what its text needs and cannot import: data, and references to other functions.
        defaults: of the positional parameters.
        kwdefaults: of the keyword-only parameters.
        doc: the docstring.
        marks: attributes that say how it is compiled.
    """

    name: str
    text: str
    bindings: Mapping[str, Any]
    defaults: tuple[Any, ...] | None
    kwdefaults: Mapping[str, Any] = field(default_factory=dict)
    doc: str | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)


def ship(fn: Any, linked: Linked) -> list[Module]:
    """The function `linked`, once `fn`, in a form that pickles. The first module is that of the function itself."""
    order: list[Linked] = [linked]
    modules = []
    for each in order:  # grows
        modules.append(_module(each, order))
    modules[0] = Module(**{**vars(modules[0]), "doc": getattr(fn, "__doc__", None)})
    return modules


def _module(linked: Linked, order: list[Linked]) -> Module:
    core = linked.core
    taken = core.names
    namer = Namer(taken)
    names: dict[int, str] = {}
    references: dict[str, Reference] = {}

    class Refer(gast.NodeTransformer):
        def visit_Call(self, node: gast.Call) -> gast.AST:
            self.generic_visit(node)
            obj = lookup(core, node.func)
            target = linked.callees.get(obj) if type(obj).__hash__ is not None else None
            if target is not None:
                index = order.index(target) if target in order else len(order)
                if index == len(order):
                    order.append(target)
                if index not in names:
                    names[index] = namer(target.core.tree.name)
                    references[names[index]] = Reference(index)
                node.func = build.load(names[index])
            return node

    body = [Refer().visit(build.clone(stmt)) for stmt in core.body]
    hidden = {name: variable.read() for name, variable in linked.free.items()}
    tree = build.function(core.tree.name, linked.own_params, body)
    tree.args = _parameters(linked)
    # Data and references are bound, never imported: each is an object that no module holds.
    bound = {name: _Bound(value) for name, value in {**hidden, **references}.items()}
    emitted = emit([Core(tree, {**core.namespace, **bound})], title="")
    found = linked.signature.parameters.values()
    defaults = tuple(p.default for p in found if p.kind is not p.KEYWORD_ONLY and p.default is not p.empty)
    marks = {UNROLL: linked.unroll, SNAPSHOTS: linked.snapshots}
    return Module(
        core.tree.name,
        emitted.text,
        {name: v.value if isinstance(v, _Bound) else v for name, v in emitted.namespace.items()},
        defaults or None,
        {p.name: p.default for p in found if p.kind is p.KEYWORD_ONLY and p.default is not p.empty},
        marks={name: value for name, value in marks.items() if value is not None},
    )


@dataclass(frozen=True, eq=False)
class _Bound:
    value: Any


def _parameters(linked: Linked) -> gast.arguments:
    """The parameters in the syntax of a definition; defaults are set when it is loaded."""
    kinds: dict[Any, list[gast.Name]] = {kind: [] for kind in inspect._ParameterKind}
    for name, parameter in zip(linked.own_params, linked.signature.parameters.values(), strict=True):
        kinds[parameter.kind].append(build.param(name))
    return gast.arguments(
        args=kinds[inspect.Parameter.POSITIONAL_OR_KEYWORD],
        posonlyargs=kinds[inspect.Parameter.POSITIONAL_ONLY],
        vararg=next(iter(kinds[inspect.Parameter.VAR_POSITIONAL]), None),
        kwonlyargs=kinds[inspect.Parameter.KEYWORD_ONLY],
        kw_defaults=[None] * len(kinds[inspect.Parameter.KEYWORD_ONLY]),
        kwarg=next(iter(kinds[inspect.Parameter.VAR_KEYWORD]), None),
        defaults=[],
    )


def revive(modules: list[Module]) -> Any:
    """The function that was shipped."""
    functions = []
    for module in modules:
        loaded = load(module.text, module.name, module.bindings)
        function = loaded[module.name]
        function.__defaults__ = module.defaults
        function.__kwdefaults__ = dict(module.kwdefaults) or None
        function.__doc__ = module.doc
        vars(function).update(module.marks)
        functions.append(function)
    for module, function in zip(modules, functions, strict=True):
        for name, value in module.bindings.items():
            if isinstance(value, Reference):
                function.__globals__[name] = functions[value.index]
    return functions[0]
