"""Functions with `*args`: for one number of arguments, each becomes a parameter.

def f(x, *args):            ->      def f(x, args_0, args_1):
    return x * sum(args)                args = (args_0, args_1)
                                        return x * sum(args)
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import replace
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.lang.walk import below
from tapegen.linker import Linked


def variadic(linked: Linked) -> int | None:
    """The position of `*args` among the parameters, or None."""
    for index, parameter in enumerate(linked.signature.parameters.values()):
        if parameter.kind is parameter.VAR_POSITIONAL:
            return index
    return None


def spread(linked: Linked, call: inspect.BoundArguments) -> tuple[Linked, list[Any]]:
    """The function for the number of arguments of a call, and the arguments, one for each parameter."""
    position = variadic(linked)
    own = list(call.arguments.values())
    if position is None:
        return linked, own
    rest = own[position]
    return _spread(linked, position, len(rest)), [*own[:position], *rest, *own[position + 1 :]]


@functools.lru_cache(maxsize=256)
def _spread(linked: Linked, position: int, count: int) -> Linked:
    core = linked.core
    own, hidden = linked.own_params, core.params[len(linked.own_params) :]
    names = (
        {n.id for n in below(core.tree) if isinstance(n, gast.Name)} | set(core.namespace) | set(core.params)
    )
    namer = Namer(names)
    stem = own[position]
    fresh = [namer(f"{stem}_{i}") for i in range(count)]
    params = [*own[:position], *fresh, *own[position + 1 :]]
    gather = build.assign(stem, build.tuple_of([build.load(name) for name in fresh]))
    origin = getattr(core.tree, "origin", None)
    tree = build.function(core.tree.name, [*params, *hidden], [gather, *core.body], origin)
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in params]
    return replace(linked, core=Core(tree, core.namespace), signature=inspect.Signature(parameters))
