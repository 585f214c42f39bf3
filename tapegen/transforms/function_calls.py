"""What a call of a function value comes to: the function itself, with the arguments that the value holds."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import gast
import numpy as np

from tapegen.kernels.functions import exception_in, with_defaults
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer, is_identifier
from tapegen.lang.walk import below
from tapegen.transforms.function_containers import Containers
from tapegen.transforms.function_values import (
    Attribute,
    Choice,
    Entries,
    Items,
    Partial,
    Static,
    Values,
    literal_node,
)

_WRAPPERS = (functools.wraps, functools.lru_cache, functools.cache, functools.update_wrapper)


def identity(function: Any) -> Any:
    """What `functools.wraps(f)` does to a function, as far as calls of it are concerned."""
    return function


class Callables(Containers):
    """Resolves calls by what is known of names."""

    def __init__(self, core: Core, values: Values, poisoned: set[str]) -> None:
        super().__init__(values, poisoned)
        self.core = core
        self.namer = Namer({n.id for n in below(core.tree) if isinstance(n, gast.Name)} | set(core.namespace))
        self.changed = False

    def denote(self, obj: Any) -> gast.expr:
        """An expression for an object that is known."""
        name = getattr(obj, "__name__", "")
        if name and getattr(np, name, None) is obj:
            return build.attribute(f"{self.imported('np', np)}.{name}")
        return build.load(self.imported(name if is_identifier(name) else "function", obj))

    def imported(self, name: str, obj: Any) -> str:
        known = {**self.core.namespace, **self.values.added}
        if known.get(name) is obj:
            return name
        for other, value in known.items():
            if value is obj:
                return other
        fresh = self.namer(name)
        self.values.added[fresh] = obj
        return fresh

    def spelled_out(self, call: gast.Call) -> gast.Call:
        """The call with starred arguments of known length, and dicts of known keys, written out."""
        args: list[gast.expr] = []
        keywords: list[gast.keyword] = []
        found = False
        for arg in call.args:
            items = self.values.of(arg.value) if isinstance(arg, gast.Starred) else None
            written = self.values.denotes(arg.value) if isinstance(arg, gast.Starred) else None
            if isinstance(items, Items):
                found = True
                args += map(build.clone, items.elements)
            elif isinstance(written, tuple) and len(written) <= 16:  # a default argument
                found = True
                args += map(self.known_atom, written)
            else:
                args.append(arg)
        for keyword in call.keywords:
            entries = self.values.of(keyword.value) if keyword.arg is None else None
            if isinstance(entries, Entries) and all(
                isinstance(k, str) and is_identifier(k) for k in entries.entries
            ):
                found = True
                keywords += [gast.keyword(arg=k, value=build.clone(v)) for k, v in entries.entries.items()]
            else:
                keywords.append(keyword)
        if not found:
            return call
        self.changed = True
        return build.at(
            gast.Call(func=call.func, args=args, keywords=keywords), getattr(call, "origin", None)
        )

    def resolved(self, call: gast.Call) -> gast.Call:
        """The call with the function that the local name stands for; the call itself if that is not known."""
        func, args, keywords = call.func, list(call.args), list(call.keywords)
        changed = False
        # What `*args` and `**options` give is to be known first, for it goes before defaults.
        starred = any(isinstance(arg, gast.Starred) for arg in args) or any(k.arg is None for k in keywords)
        for _ in range(64):
            value = self.values.of(func)
            if starred and isinstance(value, Partial) and (value.keywords or value.defaults):
                break
            if isinstance(value, Static) and isinstance(value.obj, functools.partial):
                if starred and value.obj.keywords:
                    break
                func, args, keywords = self.unfold(value.obj, args, keywords)
            elif isinstance(value, Partial):
                given = {k.arg for k in keywords}
                args = [*map(build.clone, value.args), *args]
                held = [
                    gast.keyword(arg=k, value=build.clone(v))
                    for k, v in value.keywords.items()
                    if k not in given
                ]
                keywords = [*held, *keywords, *self.defaulted(value, args, {*given, *value.keywords})]
                func = build.clone(value.function)
            elif isinstance(value, Attribute):
                func = build.clone(value.node)
            elif isinstance(value, Static) and self.values.denotes(func) is None:
                func = self.denote(value.obj)
            else:
                break
            changed = True
        if not changed:
            return call
        return build.at(gast.Call(func=func, args=args, keywords=keywords), getattr(call, "origin", None))

    def unfold(
        self, obj: Any, args: list[gast.expr], keywords: list[gast.keyword]
    ) -> tuple[gast.expr, list[gast.expr], list[gast.keyword]]:
        """A call of a `functools.partial` that the module made."""
        given = {k.arg for k in keywords}
        first = [self.known_atom(v) for v in obj.args]
        held = [
            gast.keyword(arg=k, value=self.known_atom(v)) for k, v in obj.keywords.items() if k not in given
        ]
        return self.denote(obj.func), [*first, *args], [*held, *keywords]

    def known_atom(self, value: Any) -> gast.expr:
        if value is None or isinstance(value, (bool, int, float, complex, str)):
            return literal_node(value)
        return self.denote(value)

    def defaulted(self, value: Partial, args: list[gast.expr], given: set[Any]) -> list[gast.keyword]:
        """Defaults of a closure that the call does not give otherwise."""
        if not value.defaults:
            return []
        function = self.values.of(value.function)
        assert isinstance(function, Static)
        try:
            bound = inspect.signature(function.obj).bind_partial(*args, **dict.fromkeys(given - {None}))
        except TypeError:
            return []  # the call does not fit, and is refused where it is linked
        return [
            gast.keyword(arg=k, value=build.clone(v))
            for k, v in value.defaults.items()
            if k not in bound.arguments
        ]

    def dispatch(self, call: gast.Call, choice: Choice, name: str | None, origin: Any) -> list[gast.stmt]:
        """A call of one of several functions, as a chain of branches."""
        tag = choice.tag
        out: list[gast.stmt] = []
        if choice.error is not None:
            error = build.call(self.imported(choice.error.__name__, choice.error), build.clone(tag))
            keys = build.tuple_of([literal_node(k) for some in choice.keys for k in some])
            test = gast.Compare(left=build.clone(tag), ops=[gast.NotIn()], comparators=[keys])
            out.append(build.if_(test, [build.at(gast.Raise(exc=error, cause=None), origin)], [], origin))

        def case(position: int, result: str | None) -> list[gast.stmt]:
            func = build.clone(choice.options[position])
            args, keywords = build.clone(call.args), build.clone(call.keywords)
            fresh = build.at(
                gast.Call(func=func, args=args, keywords=keywords), getattr(call, "origin", None)
            )
            if result is None:
                return [build.expression(fresh, origin)]
            return [build.assign(result, fresh, origin)]

        def chain(position: int, result: str | None) -> list[gast.stmt]:
            if position == len(choice.options) - 1:
                return case(position, result)
            keys = [literal_node(k) for k in choice.keys[position]]
            test = gast.Compare(
                left=build.clone(tag),
                ops=[gast.Eq() if len(keys) == 1 else gast.In()],
                comparators=[keys[0] if len(keys) == 1 else build.tuple_of(keys)],
            )
            one = None if result is None else self.namer(result)
            two = None if result is None else self.namer(result)
            body, orelse = case(position, one), chain(position + 1, two)
            if result is not None and one is not None and two is not None:
                body.append(build.assign(result, build.load(one), origin))
                orelse.append(build.assign(result, build.load(two), origin))
            return [build.if_(test, body, orelse, origin)]

        return [*out, *chain(0, name)]

    def maker(self, call: gast.Call, name: str | None) -> gast.expr | None:
        """A call that makes a function out of another."""
        obj = self.values.denotes(call.func)
        if obj is None or name is None or (not call.args and obj is not functools.lru_cache):
            return None
        first = call.args[0] if call.args else None
        plain = not any(isinstance(a, gast.Starred) for a in call.args) and all(k.arg for k in call.keywords)
        if not plain:
            return None
        if obj is exception_in:
            value = self.values.of(first)
            if isinstance(value, Static) and self.values.denotes(first) is not value.obj:
                self.changed = True
                return build.call(call.func, self.denote(value.obj), *call.args[1:])
            if isinstance(value, Partial) and not (value.keywords or value.defaults):
                self.changed = True
                return build.call(call.func, value.function, *map(build.clone, value.args), *call.args[1:])
            return None
        if obj is functools.partial and self.values.holds_function(first):
            keywords = {k.arg: k.value for k in call.keywords}
            self.escape(call, into_display=True)
            self.values.known[name] = Partial(call.args[0], tuple(call.args[1:]), keywords)
            return call
        if obj is with_defaults and self.values.holds_function(first):
            inner = self.values.of(first)
            held = {k.arg: k.value for k in call.keywords}
            if isinstance(inner, Partial):
                self.values.known[name] = Partial(inner.function, inner.args, inner.keywords, held)
            else:
                self.values.known[name] = Partial(call.args[0], (), {}, held)
            return call
        if obj is identity or any(obj is w for w in _WRAPPERS):
            if obj is functools.wraps or first is None or not self.values.holds_function(first):
                self.values.known[name] = Static(identity)
                return call
            self.values.alias(name, first)
            self.changed = True
            return build.clone(first)
        return None
