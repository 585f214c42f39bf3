"""A recursive function for one choice of the functions that it is given: what they capture becomes its parameters.

    y = integrate(g, a, b)      with g = functools.partial(h, c)      ->      y = integrate_of_h(c, a, b)

where `integrate_of_h(c, a, b)` starts with `f = functools.partial(h, c)`, and calls itself in the same way.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.lang.walk import below
from tapegen.transforms.function_values import Items, Partial, Static, Values


@dataclass(frozen=True)
class Shape:
    """A function value but for the data that it captures.

    Attributes:
        kind: "static", "partial", "items" or "data".
        obj: the object, if it is static.
        shapes: what it is put together from.
        names: names of the last parts: keywords, then defaults.
    """

    kind: str
    obj: Any = None
    shapes: tuple[Shape, ...] = ()
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


DATA = Shape("data")


@dataclass(frozen=True)
class Specialised:
    """A function with some of its parameters, functions, given; called with what those capture, then the others."""

    function: Callable[..., Any]
    given: tuple[tuple[str, Shape], ...]

    @property
    def __name__(self) -> str:
        return self.function.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        left: list[Any] = list(args)
        functions = {name: _rebuilt(shape, left) for name, shape in self.given}
        bound = self.signature().bind(*args, **kwargs)
        own = {k: v for k, v in bound.arguments.items() if k in inspect.signature(self.function).parameters}
        return self.function(**functions, **own)

    def captured(self) -> list[str]:
        """Names for what is captured, in order."""
        namer = Namer(inspect.signature(self.function, follow_wrapped=False).parameters)
        return [namer(f"{name}_{k}") for name, shape in self.given for k in range(_count(shape))]

    def signature(self) -> inspect.Signature:
        """The parameters: what is captured, by position, then those of the function that are left."""
        first = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in self.captured()]
        own = inspect.signature(self.function, follow_wrapped=False).parameters
        return inspect.Signature([*first, *(p for name, p in own.items() if name not in dict(self.given))])

    def core(self, core: Core) -> Core:
        """The function's Core with these parameters."""
        given = dict(self.given)
        namer = Namer({n.id for n in below(core.tree) if isinstance(n, gast.Name)} | set(core.namespace))
        added: dict[str, Any] = {}
        head: list[gast.stmt] = []
        params: list[str] = []
        for name in self.captured():
            params.append(namer(name))
        left = [build.load(name) for name in params]

        def made(shape: Shape, name: str | None) -> gast.expr:
            if shape.kind == "data":
                return left.pop(0)
            if shape.kind == "static":
                known = namer(getattr(shape.obj, "__name__", "function"))
                added[known] = shape.obj
                value: gast.expr = build.load(known)
            else:
                atoms = [made(part, None) for part in shape.shapes]
                if shape.kind == "items":
                    value = build.tuple_of(atoms)
                else:
                    partial = namer("partial")
                    added[partial] = functools.partial
                    keywords = dict(
                        zip(shape.names[0], atoms[len(atoms) - len(shape.names[0]) :], strict=True)
                    )
                    value = build.call(partial, *atoms[: len(atoms) - len(keywords)], **keywords)
            target = name or namer("function")
            head.append(build.assign(target, value, getattr(core.tree, "origin", None)))
            return build.load(target)

        for name, shape in self.given:
            made(shape, name)
        own = [p for p in core.params if p not in given]
        tree = build.function(
            core.tree.name, [*params, *own], [*head, *core.body], getattr(core.tree, "origin", None)
        )
        return Core(tree, {**core.namespace, **added})


def specialise_call(function: Any, call: gast.Call, values: Values) -> tuple[Specialised, gast.Call] | None:
    """The function for the functions that a call gives it, and the call of that; None if they cannot be told apart."""
    signature = inspect.signature(function, follow_wrapped=False)
    starred = any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    if starred:
        return None
    try:
        bound = signature.bind(*call.args, **{k.arg: k.value for k in call.keywords})
    except TypeError:
        return None
    given: list[tuple[str, Shape]] = []
    captured: list[gast.expr] = []
    for name, atom in list(bound.arguments.items()):
        kind = signature.parameters[name].kind
        if kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            some = atom if isinstance(atom, tuple) else tuple(atom.values())
            if any(map(values.holds_function, some)):
                return None
        elif values.holds_function(atom):
            shape = _shape(atom, values, captured)
            if shape is None:
                return None
            given.append((name, shape))
            del bound.arguments[name]
    positional = [name for name, p in signature.parameters.items() if p.kind is not p.KEYWORD_ONLY]
    args: list[gast.expr] = []
    keywords: list[gast.keyword] = []
    skipped = False
    for name in signature.parameters:
        if name in dict(given):
            continue
        if name not in bound.arguments:
            skipped = True
        elif name in positional and not skipped and not isinstance(bound.arguments[name], (tuple, dict)):
            args.append(bound.arguments[name])
        elif isinstance(bound.arguments[name], tuple):
            args += bound.arguments[name]
        elif isinstance(bound.arguments[name], dict):
            keywords += [gast.keyword(arg=k, value=v) for k, v in bound.arguments[name].items()]
        else:
            keywords.append(gast.keyword(arg=name, value=bound.arguments[name]))
    fresh = gast.Call(func=call.func, args=[*map(build.clone, captured), *args], keywords=keywords)
    return Specialised(function, tuple(given)), build.at(fresh, getattr(call, "origin", None))


def _shape(atom: Any, values: Values, captured: list[gast.expr]) -> Shape | None:
    value = values.of(atom) if values.holds_function(atom) else None
    match value:
        case None:
            captured.append(atom)
            return DATA
        case Static(obj=obj):
            return Shape("static", obj)
        case Partial() if not value.defaults:
            atoms = [value.function, *value.args, *value.keywords.values()]
            shapes = [_shape(part, values, captured) for part in atoms]
            if None in shapes:
                return None
            return Shape("partial", None, tuple(s for s in shapes if s), (tuple(value.keywords), ()))
        case Items(home=""):
            shapes = [_shape(part, values, captured) for part in value.elements]
            return None if None in shapes else Shape("items", None, tuple(s for s in shapes if s))
    return None


def _count(shape: Shape) -> int:
    return 1 if shape.kind == "data" else sum(map(_count, shape.shapes))


def _rebuilt(shape: Shape, left: list[Any]) -> Any:
    if shape.kind == "data":
        return left.pop(0)
    if shape.kind == "static":
        return shape.obj
    parts = [_rebuilt(part, left) for part in shape.shapes]
    if shape.kind == "items":
        return tuple(parts)
    split = len(parts) - len(shape.names[0])
    function, *args = parts[:split]
    return functools.partial(function, *args, **dict(zip(shape.names[0], parts[split:], strict=True)))
