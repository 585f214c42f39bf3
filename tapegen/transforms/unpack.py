"""Takes arguments of known structure apart at the entry, so that each array in them is a variable of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.values import Mapping as MappingValue
from tapegen.analysis.values import Sequence, Value
from tapegen.analysis.writes import written_names
from tapegen.lang import build
from tapegen.lang.core import Core, walk_statements
from tapegen.lang.names import Namer


@dataclass(frozen=True)
class Leaf:
    """One variable of an argument that was taken apart."""

    name: str


@dataclass(frozen=True)
class Nest:
    """A tuple, list or dict of leaves and nests: `kind` is its type, `keys` are those of a dict."""

    kind: type
    items: tuple[Leaf | Nest, ...]
    keys: tuple[Any, ...] = ()

    def leaves(self) -> list[str]:
        """Names of all leaves, in order."""
        return [n for item in self.items for n in (item.leaves() if isinstance(item, Nest) else [item.name])]


def unpack(core: Core, facts: Mapping[str, Value], params: list[str]) -> tuple[Core, dict[str, Nest]]:
    """Bind each element of the arguments in `params` that are tuples, lists or dicts of known structure.

    def f(p):                   def f(p):
        w = p[0]                    w = p[0]
        z = w * p[1]       →        p_1 = p[1]
        return z                    p_2 = (w, p_1)
                                    z = w * p_2[1]
                                    return z
    Returns: the function, and the structure of each argument that was taken apart.
    """
    written = {name for stmt in walk_statements(core.body) for name in written_names(core, stmt)}
    taken = {n.id for n in gast.walk(core.tree) if isinstance(n, gast.Name)} | set(core.namespace)
    work = _Unpack(core, Namer(taken))
    nests = {
        name: work.take_apart(name, facts[name])
        for name in params
        if name not in written and _is_plain(facts.get(name))
    }
    if not nests:
        return core, {}
    holes: dict[str, gast.expr | str] = dict(work.whole)
    rest = [stmt for stmt in core.body if id(stmt) not in work.absorbed]
    return core.with_body(work.entry + build.substitute(rest, holes)), nests


def _is_plain(value: Value | None) -> bool:
    return (isinstance(value, Sequence) and value.type in (tuple, list)) or (
        isinstance(value, MappingValue) and value.type is dict
    )


class _Unpack:
    def __init__(self, core: Core, namer: Namer) -> None:
        self.core, self.namer = core, namer
        self.entry: list[gast.stmt] = []
        self.whole: dict[str, str] = {}
        self.absorbed: set[int] = set()
        self._nest_names: dict[Nest, str] = {}
        self.users: dict[tuple[str, Any], gast.Assign] = {}
        for stmt in core.body:
            match stmt:
                case gast.Assign(
                    targets=[gast.Name()], value=gast.Subscript(value=gast.Name(id=base), slice=gast.Constant(value=key))
                ):
                    self.users.setdefault((base, key), stmt)

    def take_apart(self, name: str, value: Any) -> Nest:
        keys = list(value.keys) if isinstance(value, MappingValue) else list(range(len(value.items)))
        parts = list(value.values) if isinstance(value, MappingValue) else list(value.items)
        items: list[Leaf | Nest] = []
        for key, part in zip(keys, parts, strict=True):
            user = self.users.get((name, key))
            if user is not None:
                part_name = user.targets[0].id
                self.absorbed.add(id(user))
            else:
                part_name = self.namer(f"{name}_{key}" if str(key).isidentifier() or isinstance(key, int) else f"{name}_item")
            read = gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())
            self.entry.append(build.assign(part_name, read, getattr(user, "origin", None)))
            if _is_plain(part):
                items.append(self.take_apart(part_name, part))
            else:
                items.append(Leaf(part_name))
        rebuilt = self.namer(name)
        names = [self.whole.get(n, n) for n in (self._part_name(i) for i in items)]
        elements = [build.load(n) for n in names]
        if isinstance(value, MappingValue):
            display: gast.expr = gast.Dict(keys=[build.constant(k) for k in keys], values=elements)
        else:
            display = build.tuple_of(elements) if value.type is tuple else gast.List(elts=elements, ctx=gast.Load())
        self.entry.append(build.assign(rebuilt, display))
        self.whole[name] = rebuilt
        nest = Nest(value.type, tuple(items), tuple(keys) if isinstance(value, MappingValue) else ())
        self._nest_names[nest] = name
        return nest

    def _part_name(self, item: Leaf | Nest) -> str:
        return item.name if isinstance(item, Leaf) else self._nest_names[item]
