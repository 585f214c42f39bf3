"""Arguments: the caller's objects are read at the entry, attribute by attribute."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.analysis.records import record_class
from tapegen.analysis.user_classes import holds_object, is_user_class
from tapegen.analysis.values import Mapping, Number, Opaque, Record, Sequence, Value
from tapegen.analysis.values import Static as StaticFact
from tapegen.kernels.objects import read_attribute
from tapegen.lang import build
from tapegen.lang.core import loaded_names
from tapegen.rules.stand_ins import WHOLE, is_stand_in
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import Conflict, Data, Static, Tup


def argument(work: Evaluator, hint: str, read: gast.expr, fact: Value, apart: bool = False) -> Any:
    """The value of an argument, or of a part of one, which `read` reads; statements that bind its parts come first.

    Args:
        apart: whether a container is taken apart even if it holds no objects.
    """
    match fact:
        case StaticFact(object=None | str() as value):
            return Data(build.constant(value))
        case StaticFact(object=obj) if callable(obj):
            return Static(obj)
        case Number(kind="bool", value=bool() as value):
            return Data(build.constant(value))
    if isinstance(fact, Opaque) and is_user_class(fact.type):
        return Conflict(
            "it is an object that refers back to one that holds it, or there are too many objects"
        )
    if not holds_object(fact) and not (apart and isinstance(fact, (Sequence, Mapping))):
        value = work.bound(Data(read), hint)
        if isinstance(value.node, gast.Name):
            work.facts[value.node.id] = fact
        return value
    whole = work.bound(Data(read), hint).node.id

    def attribute(name: str, part: Value) -> Any:
        if name == WHOLE and is_stand_in(getattr(fact, "cls", None)):
            return Data(build.load(whole))
        node: gast.expr = gast.Attribute(value=build.load(whole), attr=name, ctx=gast.Load())
        if record_class(fact) is None:
            read = work.imported(read_attribute, "read_attribute")
            node = build.call(read, build.load(whole), build.constant(name))
        own = is_stand_in(getattr(fact, "cls", None))
        return argument(work, f"{hint}_{name.strip('_') or 'value'}", node, part, apart=own)

    def item(key: Any, part: Value) -> Any:
        node = gast.Subscript(value=build.load(whole), slice=build.constant(key), ctx=gast.Load())
        suffix = f"_{key}" if str(key).isidentifier() or isinstance(key, int) else "_item"
        return argument(work, f"{hint}{suffix}", node, part)

    match fact:
        case Record(cls=cls, fields=fields):
            ref = work.new_cell(cls, hint, {}, whole)
            work.heap[ref.cell].update({name: attribute(name, part) for name, part in fields})
            return ref
        case Sequence(type=kind, items=items) if hasattr(kind, "_fields"):
            parts = {name: attribute(name, part) for name, part in zip(kind._fields, items, strict=True)}
            return work.new_cell(kind, hint, parts, whole)
        case Sequence(type=kind, items=items) if kind is tuple:
            return Tup(tuple(item(i, part) for i, part in enumerate(items)))
        case Sequence(items=items):
            return work.new_cell(list, hint, {i: item(i, part) for i, part in enumerate(items)}, whole)
        case Mapping(keys=keys, values=values):
            entries = {key: item(key, part) for key, part in zip(keys, values, strict=True)}
            return work.new_cell(dict, hint, entries, whole)
    return Data(build.load(whole))


def without_unread(work: Evaluator, body: list[gast.stmt]) -> list[gast.stmt]:
    """The statements without the reads at the entry that nobody needs."""
    read: set[str] = set()
    for stmt in body:
        if not _is_part(work, stmt):
            read |= loaded_names(stmt)
    kept: list[gast.stmt] = []
    for stmt in reversed(body):
        if _is_part(work, stmt):
            if stmt.targets[0].id not in read:
                continue
            read |= loaded_names(stmt.value)
        kept.append(stmt)
    return kept[::-1]


def _is_part(work: Evaluator, stmt: gast.stmt) -> bool:
    """Whether a statement only reads an attribute or element with a literal key."""
    if not (isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)):
        return False
    value = stmt.value
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Name):
        return work.namespace.get(value.func.id) is read_attribute
    if isinstance(value, gast.Subscript) and not isinstance(value.slice, gast.Constant):
        return False
    return isinstance(value, (gast.Attribute, gast.Subscript)) and isinstance(value.value, gast.Name)
