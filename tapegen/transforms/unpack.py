"""Takes arguments of known structure apart at the entry, so that each array in them is a variable of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.predicates import is_array
from tapegen.analysis.records import constructor, is_named_tuple, record_class, record_fields
from tapegen.analysis.values import Mapping as MappingValue
from tapegen.analysis.values import Record, Sequence, Value
from tapegen.analysis.writes import written_names
from tapegen.errors import TransformError
from tapegen.kernels.objects import check_distinct, keep_change, keep_item, keep_items, same_container
from tapegen.kernels.trees import record_like
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below
from tapegen.transforms.container_methods import WRITING


@dataclass(frozen=True)
class Leaf:
    """One variable of an argument that was taken apart."""

    name: str


@dataclass(frozen=True)
class Nest:
    """A tuple, list, dict or record of leaves and nests.

    Attributes:
        kind: its type.
        items: its parts, in order.
        keys: the keys of a dict, the names of the fields of a record.
        name: the variable that holds it.
    """

    kind: type
    items: tuple[Leaf | Nest, ...]
    keys: tuple[Any, ...] = ()
    name: str = ""

    def leaves(self) -> list[str]:
        """Names of all leaves, in order."""
        return [n for item in self.items for n in (item.leaves() if isinstance(item, Nest) else [item.name])]


def unpack(
    core: Core, facts: Mapping[str, Value], params: list[str], written: Collection[str] = ()
) -> tuple[Core, dict[str, Nest]]:
    """Bind each element of the arguments in `params` that are tuples, lists, dicts or records of known structure.

    Those in `written` are lists and dicts that the function writes: they are marked as the caller's own.

    def f(p):                   def f(p):
        w = p[0]                    w = p[0]
        z = w * p[1]       →        p_1 = p[1]
        return z                    p_2 = (w, p_1)
                                    z = w * p_2[1]
                                    return z
    Returns: the function, and the structure of each argument that was taken apart.
    """
    work = _Unpack(core, Namer(core.names), written)
    direct = {name for stmt in core.statements for name in written_names(core, stmt)}
    whole = direct - set(written)
    apart = [n for n in dict.fromkeys([*params, *written]) if n not in whole and _is_plain(facts.get(n))]
    nests = {name: work.take_apart(name, facts[name], name in written) for name in apart}
    if not nests:
        return core, {}
    work.check()
    holes: dict[str, gast.expr | str] = dict(work.whole)
    rest = [stmt for stmt in core.body if id(stmt) not in work.absorbed]
    body = _read(work.entry, work.wholes, build.substitute(rest, holes))
    return core.with_body(body, **work.added), {name: nest for name, nest in nests.items() if name in params}


def written_containers(core: Core, facts: Mapping[str, Value]) -> set[str]:
    """Parameters that hold lists or dicts of known structure which the function may write."""
    return {name for name in written_parameters(core, facts) if holds_container(facts.get(name))}


def written_parameters(core: Core, facts: Mapping[str, Value] | None = None) -> set[str]:
    """Parameters that the function may write, or of which it may write a part."""
    statements = list(walk_statements(core.body))
    names = {name for stmt in statements for name in (*written_names(core, stmt), *_kept(core, stmt))}
    names = {name for name in names if not is_array((facts or {}).get(name))}
    return {name for name in core.params if names & _reached(statements, name)} if names else set()


def _kept(core: Core, stmt: gast.stmt) -> list[str]:
    """The lists and dicts that the generated code of a derivative writes."""
    call = getattr(stmt, "value", None)
    if isinstance(call, gast.Call) and lookup(core, call.func) in (keep_items, keep_item, keep_change):
        return [call.args[0].id]
    return []


def refuse_changed_lengths(core: Core, containers: Collection[str]) -> None:
    """Refuse to change the length of a list or dict of the caller's that can't be taken apart.

    Raises: TransformError.
    """
    statements = list(walk_statements(core.body))
    reached = {name: param for param in containers for name in _reached(statements, param)}
    for stmt in statements:
        match getattr(stmt, "value", None):
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr)):
                if name in reached and attr in WRITING:
                    raise TransformError(
                        f"cannot follow how {attr} changes {reached[name]!r}, which is the caller's",
                        origin=getattr(stmt, "origin", None),
                        why="what is in it then depends on data",
                        instead=f"work on a copy, list({name}) or dict({name}), and return it",
                    )


def _reached(statements: list[gast.stmt], name: str) -> set[str]:
    """The variables in which what a parameter holds may be."""
    found, count = {name}, 0
    while len(found) > count:
        count = len(found)
        for stmt in statements:
            target = stmt.targets[0] if isinstance(stmt, gast.Assign) else getattr(stmt, "target", None)
            source = stmt.iter if isinstance(stmt, gast.For) else getattr(stmt, "value", None)
            if target is not None and source is not None and not found.isdisjoint(_names(source)):
                found |= _names(target)
    return found


def _names(node: gast.AST) -> set[str]:
    return {n.id for n in below(node) if isinstance(n, gast.Name)}


def holds_container(value: Value | None) -> bool:
    """Whether an argument of known structure is a list or a dict, or holds one."""
    match value:
        case Sequence(type=kind, items=items):
            return kind is list or any(map(holds_container, items))
        case MappingValue():
            return _is_plain(value)
    return False


def _read(entry: list[gast.stmt], wholes: set[str], rest: list[gast.stmt]) -> list[gast.stmt]:
    """The whole body, without the arguments that were put together again and that nobody reads."""
    read = {name for stmt in rest for name in _names(stmt)}
    kept: list[gast.stmt] = []
    for stmt in reversed(entry):
        target = stmt.targets[0].id if isinstance(stmt, gast.Assign) else None
        if target not in wholes or target in read:
            kept.append(stmt)
            read |= _names(stmt.value)
    return [*reversed(kept), *rest]


def _is_plain(value: Value | None) -> bool:
    return (
        (isinstance(value, Sequence) and value.type in (tuple, list))
        or (isinstance(value, MappingValue) and value.type is dict)
        or _is_record(value)
    )


def _is_record(value: Value | None) -> bool:
    """Whether it is a record of which every field is set."""
    cls = record_class(value)
    return cls is not None and (
        (isinstance(value, Sequence) and constructor(cls) is not None)
        or (isinstance(value, Record) and len(value.fields) == len(record_fields(cls) or ()))
    )


class _Unpack:
    def __init__(self, core: Core, namer: Namer, written: Collection[str]) -> None:
        self.core, self.namer = core, namer
        self.owners: list[str] = []
        self.entry: list[gast.stmt] = []
        self.whole: dict[str, str] = {}
        self.absorbed: set[int] = set()
        self.wholes: set[str] = set()
        self.added: dict[str, Any] = {}
        self._nest_names: dict[Nest, str] = {}
        self.users: dict[tuple[str, Any], gast.Assign] = {}
        for stmt in core.body:
            match stmt:
                case gast.Assign(
                    targets=[gast.Name()],
                    value=gast.Subscript(value=gast.Name(id=base), slice=gast.Constant(value=key)),
                ):
                    self.users.setdefault((base, key), stmt)
                case gast.Assign(
                    targets=[gast.Name()], value=gast.Attribute(value=gast.Name(id=base), attr=key)
                ):
                    self.users.setdefault((base, f".{key}"), stmt)

    def take_apart(self, name: str, value: Any, written: bool) -> Nest:
        """Bind the parts of the argument, or part of an argument, that is called `name`."""
        keys, parts = _parts(value)
        items: list[Leaf | Nest] = []
        for place, (key, part) in enumerate(zip(keys, parts, strict=True)):
            read, user = self.read(name, value, key, place)
            if written:
                user = None  # it may read what has been written by then
            if user is not None:
                part_name = user.targets[0].id
                self.absorbed.add(id(user))
            else:
                fit = str(key).isidentifier() or isinstance(key, int)
                part_name = self.namer(f"{name}_{key}" if fit else f"{name}_item")
            self.entry.append(build.assign(part_name, read, getattr(user, "origin", None)))
            items.append(self.take_apart(part_name, part, written) if _is_plain(part) else Leaf(part_name))
        rebuilt = self.namer(name)
        names = [self.whole.get(n, n) for n in (self._part_name(i) for i in items)]
        self.entry.append(
            build.assign(rebuilt, self.display(name, value, keys, [build.load(n) for n in names]))
        )
        if written and getattr(value, "type", None) in (list, dict):
            rebuilt = self.marked(name, rebuilt)
        self.whole[name] = rebuilt
        self.wholes.add(rebuilt)
        nest = Nest(
            value.cls if isinstance(value, Record) else value.type,
            tuple(items),
            () if isinstance(value, Sequence) and not is_named_tuple(value.type) else tuple(keys),
            name,
        )
        self._nest_names[nest] = name
        return nest

    def marked(self, name: str, items: str) -> str:
        """The caller's own list or dict, with what is in it."""
        self.owners.append(name)
        mark = build.call(self.imported(same_container), build.load(name), build.load(items))
        rebuilt = self.namer(name)
        self.entry.append(build.assign(rebuilt, mark))
        return rebuilt

    def check(self) -> None:
        """Check that no two of the lists and dicts that may be written are the same."""
        if len(self.owners) > 1:
            check = build.call(self.imported(check_distinct), *map(build.load, self.owners))
            self.entry.append(build.expression(check))

    def read(self, name: str, value: Value, key: Any, place: int) -> tuple[gast.expr, gast.Assign | None]:
        """The expression for a part of an argument, and the statement of the function that reads it, or None."""
        if not _is_record(value):
            read = gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())
            return read, self.users.get((name, key))
        user = self.users.get((name, f".{key}"))
        if user is None and isinstance(value, Sequence):
            user = self.users.get((name, place))
        return gast.Attribute(value=build.load(name), attr=key, ctx=gast.Load()), user

    def display(self, name: str, value: Value, keys: list[Any], elements: list[gast.expr]) -> gast.expr:
        """The expression that puts an argument together again."""
        match value:
            case MappingValue():
                return gast.Dict(keys=[build.constant(k) for k in keys], values=elements)
            case Record():
                fields = dict(zip(keys, elements, strict=True))
                return build.call(self.imported(record_like), build.load(name), **fields)
            case Sequence() if is_named_tuple(value.type):
                return build.call(self.imported(value.type), *elements)
        is_list = isinstance(value, Sequence) and value.type is not tuple
        return gast.List(elts=elements, ctx=gast.Load()) if is_list else build.tuple_of(elements)

    def imported(self, obj: Any) -> str:
        """The name of a class or kernel in the function's namespace."""
        for name, known in {**self.core.namespace, **self.added}.items():
            if known is obj:
                return name
        name = self.namer(obj.__name__)
        self.added[name] = obj
        return name

    def _part_name(self, item: Leaf | Nest) -> str:
        return item.name if isinstance(item, Leaf) else self._nest_names[item]


def _parts(value: Any) -> tuple[list[Any], list[Value]]:
    """The keys of what is in an argument, and its descriptions."""
    match value:
        case MappingValue():
            return list(value.keys), list(value.values)
        case Record():
            return [k for k, _ in value.fields], [part for _, part in value.fields]
        case _ if is_named_tuple(value.type):
            return list(value.type._fields), list(value.items)
    return list(range(len(value.items))), list(value.items)
