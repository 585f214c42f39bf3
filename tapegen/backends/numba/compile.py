"""From lowered functions to callables: the module's text, compiled by Numba when it is first called."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.values import Value
from tapegen.backends.emit import emit
from tapegen.backends.load import load
from tapegen.backends.numba.host import Parts, lower
from tapegen.backends.options import Numba
from tapegen.lang.build import attribute, call, constant
from tapegen.lang.core import Core


@dataclass(frozen=True)
class Module:
    """A compiled function.

    Attributes:
        function: the function asked for.
        source: the module's text.
        writes: whether arguments may have been written when an exception leaves it.
    """

    function: Callable[..., Any]
    source: str
    writes: bool


def build_module(core: Core, facts: Mapping[str, Value], title: str, options: Numba) -> Module:
    """The module with the loops of `core`; Numba compiles them when they are first called.

    Raises: Unsupported; ImportError if Numba is not installed.
    """
    import numba

    homes = [importlib.import_module(f"tapegen.backends.numba.{name}") for name in ("kernels", "elementary")]
    parts = lower(core, facts)
    loops = _decorated(parts, options)
    helpers = {name: getattr(home, name) for home in homes for name in parts.helpers if hasattr(home, name)}
    compiled = Core(loops.tree, {**loops.namespace, "njit": numba.njit, **helpers})
    name, inner = core.tree.name, loops.tree.name
    emitted = emit([compiled, parts.host], title=title)
    alone = emit([compiled], title=title) if options.cache else None
    if alone is not None and not alone.namespace:
        kept = importlib.import_module("tapegen.backends.numba.disk").load_kept(alone.text, inner)
        around = emit([Core(parts.host.tree, {**parts.host.namespace, inner: kept[inner]})], title=title)
        module = load(around.text, name, around.namespace)
    else:
        module = load(emitted.text, name, emitted.namespace)
    return Module(module[name], emitted.text, parts.writes)


def _decorated(parts: Parts, options: Numba) -> Core:
    tree = parts.loops.tree
    chosen = {"fastmath": options.fastmath, "parallel": options.parallel}
    keywords: dict[str, gast.expr] = {"error_model": constant("numpy")}
    keywords.update({name: constant(True) for name, value in chosen.items() if value})
    tree.decorator_list = [call(attribute("njit"), **keywords)]
    return parts.loops
