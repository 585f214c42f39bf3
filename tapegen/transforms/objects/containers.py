"""Lists, tuples and dicts that hold objects: they are taken apart as the objects are."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import gast

from tapegen.analysis.records import is_named_tuple
from tapegen.analysis.values import Mapping, Sequence
from tapegen.analysis.values import Static as Known
from tapegen.lang import build
from tapegen.transforms.objects.attributes import apply_method
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import (
    Data,
    LeaveWhole,
    NeedsUnrolling,
    Ref,
    Static,
    TakeApart,
    Tup,
    is_virtual,
)


def elements(work: Evaluator, value: Any) -> list[Any] | None:
    """What a list or tuple holds, in order, or None if it is not known."""
    match value:
        case Tup(items=items):
            return list(items)
        case Ref() if work.cell(value).cls is list:
            contents = work.heap[value.cell]
            return [contents[i] for i in range(len(contents))]
        case Ref() if work.cell(value).cls is dict:
            return [Data(build.constant(key)) for key in work.heap[value.cell]]
        case Ref() if is_named_tuple(work.cell(value).cls):
            return list(work.heap[value.cell].values())
        case Ref():
            found = apply_method(work, value, "__iter__", ())
            if found is not None:
                return elements(work, found)
            count = constant_length(work, value)
            if count is not None:
                return [get_item(work, value, Data(build.constant(i))) for i in range(count)]
        case Data(node=gast.Name(id=name)):
            fact = work.facts.get(name)
            if isinstance(fact, Sequence):
                return [get_item(work, value, Data(build.constant(i))) for i in range(len(fact.items))]
    return None


def constant_length(work: Evaluator, value: Any) -> int | None:
    """The length of a container, if known."""
    found = length(work, value)
    if isinstance(found, Data) and found.is_constant and type(found.node.value) is int:
        return int(found.node.value)
    return None


def length(work: Evaluator, value: Any) -> Any:
    """`len(value)`, or None for what is not known here."""
    match value:
        case Tup(items=items):
            return Data(build.constant(len(items)))
        case Ref() if not work.is_object(value) or is_named_tuple(work.cell(value).cls):
            return Data(build.constant(len(work.heap[value.cell])))
        case Ref():
            found = apply_method(work, value, "__len__", ())
            if found is None:  # a loop over it, which the frontend counts
                parts = elements(work, value)
                return None if parts is None else Data(build.constant(len(parts)))
            return found
        case Data(node=gast.Name(id=name)) if isinstance(work.facts.get(name), (Sequence, Mapping)):
            fact: Any = work.facts[name]
            return Data(build.constant(len(fact.items if isinstance(fact, Sequence) else fact.keys)))
    return None


def get_item(work: Evaluator, owner: Any, index: Any) -> Any:
    """`owner[index]`."""

    if isinstance(owner, Ref) and work.is_object(owner) and not is_named_tuple(work.cell(owner).cls):
        found = apply_method(work, owner, "__getitem__", (index,))
        if found is not None:
            return found
        parts = elements(work, owner)
        if parts is not None:
            return get_item(work, Tup(tuple(parts)), index)
        raise work.refuse(
            f"cannot index {work.kind(owner)}", why="its class has no __getitem__", instead="define it"
        )
    if isinstance(owner, Ref) and work.cell(owner).cls is dict:
        contents = work.heap[owner.cell]
        if isinstance(index, Data) and index.is_constant:
            if index.node.value in contents:
                return contents[index.node.value]
            raise work.refuse(
                f"cannot find the key {index.node.value!r} here",
                why="it is not in the dict, or not on every path",
                instead="set it before",
            )
        raise _unknown_index(work, owner)
    if isinstance(owner, (Tup, Ref)):
        parts = elements(work, owner) or []
        known = _integer(index)
        if known is not None:
            if not -len(parts) <= known < len(parts):
                raise work.refuse(
                    f"the index {known} is out of range here",
                    why=f"there are {len(parts)}",
                    instead="check it",
                )
            return parts[known]
        chosen = _slice(index)
        if chosen is not None:
            if isinstance(owner, Tup) or is_named_tuple(work.cell(owner).cls):
                return Tup(tuple(parts[chosen]))
            return work.new_cell(list, work.cell(owner).hint, dict(enumerate(parts[chosen])))
        if not any(map(is_virtual, parts)) and isinstance(owner, Tup):
            return Data(gast.Subscript(value=work.atom(owner), slice=work.residual(index), ctx=gast.Load()))
        raise _unknown_index(work, owner)
    nested = isinstance(owner, Data) and isinstance(owner.node, gast.Call)  # np.shape(x)[0] in an index
    base = work.residual(owner) if nested else work.atom(owner)
    node = gast.Subscript(value=base, slice=plain_index(work, index), ctx=gast.Load())
    name = getattr(node.value, "id", "")
    fact = work.facts.get(name)
    known = _integer(index)
    part: Any = None
    if isinstance(fact, Sequence) and known is not None and -len(fact.items) <= known < len(fact.items):
        part = fact.items[known]
    elif (
        isinstance(fact, Mapping)
        and isinstance(index, Data)
        and index.is_constant
        and index.node.value in fact.keys
    ):
        part = fact.values[fact.keys.index(index.node.value)]
    if part is None:
        return Data(node)
    if isinstance(part, Known) and isinstance(part.object, (type, FunctionType)):
        return Static(part.object)
    value = work.bound(Data(node), f"{name}_{known}" if known is not None and known >= 0 else f"{name}_item")
    work.facts[value.node.id] = part
    return value


def entry(work: Evaluator, owner: Any, args: Any) -> Any:
    """`owner.get(key)` of a dict from outside in which the key is known to be; None for anything else."""
    fact = work.facts.get(getattr(owner.node, "id", "")) if isinstance(owner, Data) else None
    if isinstance(fact, Mapping) and args and isinstance(args[0], Data) and args[0].is_constant:
        return get_item(work, owner, args[0]) if args[0].node.value in fact.keys else None
    return None


def plain_index(work: Evaluator, index: Any) -> gast.expr:
    """An index in what is left."""
    if isinstance(index, Tup):
        return build.tuple_of([plain_index(work, item) for item in index.items])
    return work.residual(index)


def _unknown_index(work: Evaluator, owner: Any) -> Exception:
    if not (work.loops and work.loops[-1]):
        leave_whole(work, owner)
    return NeedsUnrolling(
        f"which element of {work.kind(owner)} of objects is meant is only known when it runs"
    )


def must_be_apart(work: Evaluator, node: gast.expr) -> None:
    """Start again with a list or dict taken apart that was left whole."""
    if isinstance(node, gast.Name) and node.id in work.whole_lists:
        raise TakeApart(work.whole_lists[node.id])


def leave_whole(work: Evaluator, owner: Any) -> None:
    """Start again without taking a list or dict apart, if it was made here and holds only data."""
    if isinstance(owner, Ref) and (site := work.cell(owner).site) is not None and site not in work.sites:
        if not any(map(is_virtual, work.heap[owner.cell].values())):
            raise LeaveWhole(site)


def _integer(index: Any) -> int | None:
    if not isinstance(index, Data):
        return None
    match index.node:
        case gast.Constant(value=bool()):
            return None
        case gast.Constant(value=int() as value):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int() as value)):
            return -value
    return None


def _slice(index: Any) -> slice | None:
    if not isinstance(index, Data) or not isinstance(index.node, gast.Slice):
        return None
    parts = [index.node.lower, index.node.upper, index.node.step]
    values = [None if p is None else _integer(Data(p)) for p in parts]
    if any(v is None and p is not None for v, p in zip(values, parts, strict=True)):
        return None
    return slice(*values)


def set_item(work: Evaluator, owner: Any, index: Any, value: Any) -> None:
    """`owner[index] = value`."""

    if work.is_object(owner):
        if apply_method(work, owner, "__setitem__", (index, value)) is None:
            raise work.refuse(
                f"cannot set an item of {work.kind(owner)}", why="it has no __setitem__", instead="define it"
            )
        return
    if isinstance(owner, Ref):
        contents = work.heap[owner.cell]
        if work.cell(owner).cls is dict and isinstance(index, Data) and index.is_constant:
            kept = work.bound(value, work.cell(owner).hint)
            work.write(owner, index.node.value, kept)
            work.mirror_item(owner, index.node.value, kept)
            return
        known = _integer(index)
        if work.cell(owner).cls is list and known is not None and -len(contents) <= known < len(contents):
            place = known % len(contents)
            kept = work.bound(value, work.cell(owner).hint)
            work.write(owner, place, kept)
            work.mirror_item(owner, place, kept)
            return
        raise _unknown_index(work, owner)
    base = work.atom(owner)
    if is_virtual(value):
        must_be_apart(work, base)
    target = gast.Subscript(value=base, slice=plain_index(work, index), ctx=gast.Store())
    work.emit(build.assign(target, work.atom(value)))


def method(work: Evaluator, ref: Ref, name: str, args: Any, kwargs: dict[Any, Any]) -> Any:
    """A method of a list or dict that is taken apart."""
    cell, contents = work.cell(ref), work.heap[ref.cell]
    none = Data(build.constant(None))
    if cell.cls is list:
        items = elements(work, ref) or []
        if name in ("append", "extend", "insert", "pop", "clear", "reverse"):
            result: Any = none
            match name:
                case "append":
                    items.append(work.bound(args[0], cell.hint))
                case "extend":
                    more = elements(work, args[0])
                    if more is None:
                        raise _unknown_index(work, ref)
                    items.extend(more)
                case "insert" | "pop":
                    at = _integer(args[0]) if args else -1
                    if at is None:
                        raise _unknown_index(work, ref)
                    if name == "insert":
                        items.insert(at, work.bound(args[1], cell.hint))
                    elif not -len(items) <= at < len(items):
                        raise work.refuse(
                            "pop from a list that is empty here", why="it is", instead="check it"
                        )
                    else:
                        result = items.pop(at)
                case "clear":
                    items.clear()
                case "reverse":
                    items.reverse()
            resize(work, ref, dict(enumerate(items)))
            return result
        if name in ("copy", "__iter__"):
            return work.new_cell(list, cell.hint, dict(contents))
    else:
        key = args[0].node.value if args and isinstance(args[0], Data) and args[0].is_constant else None
        match name:
            case "items":
                pairs = [Tup((Data(build.constant(k)), v)) for k, v in contents.items()]
                return work.new_cell(list, cell.hint, dict(enumerate(pairs)))
            case "values":
                return work.new_cell(list, cell.hint, dict(enumerate(contents.values())))
            case "keys":
                return work.new_cell(
                    list, cell.hint, dict(enumerate(Data(build.constant(k)) for k in contents))
                )
            case "copy":
                return work.new_cell(dict, cell.hint, dict(contents))
            case "get" | "setdefault" if key is not None:
                if key in contents:
                    return contents[key]
                other = args[1] if len(args) > 1 else none
                if name == "setdefault":
                    resize(work, ref, {**contents, key: work.bound(other, cell.hint)})
                    return work.heap[ref.cell][key]
                return other
            case "pop" if key is not None and key in contents:
                resize(work, ref, {k: v for k, v in contents.items() if k != key})
                return contents[key]
            case "update" if not args or work.class_of(args[0]) is dict:
                fresh = work.heap[args[0].cell] if args else {}
                resize(work, ref, {**contents, **fresh, **kwargs})
                return none
    leave_whole(work, ref)
    raise work.refuse(
        f"cannot follow the method {name} of {work.kind(ref)} that holds objects",
        why="only some methods of lists and dicts of objects are supported",
        instead="use append, indexing and loops",
    )


def resize(work: Evaluator, ref: Ref, contents: dict[Any, Any]) -> None:
    """Put other contents in place of those of a list or dict."""
    cell = work.cell(ref)
    if cell.source is not None:
        raise work.refuse(
            f"cannot differentiate a change of the length of {work.kind(ref)} of objects that the caller passed",
            why="the caller's list would have to be changed as well",
            instead="make a new list",
        )
    if cell.fixed is not None:
        work.write(ref, 0, None)
    work.heap[ref.cell] = contents


def to_list(work: Evaluator, args: tuple[Any, ...]) -> Any:
    """`list(...)` of what is taken apart; None for other values."""
    parts = elements(work, args[0]) if args and is_apart(args[0]) else None
    return None if parts is None else work.new_cell(list, "items", dict(enumerate(parts)))


def to_tuple(work: Evaluator, args: tuple[Any, ...]) -> Any:
    """`tuple(...)` of what is taken apart; None for other values."""
    parts = elements(work, args[0]) if args and is_apart(args[0]) else None
    return None if parts is None else Tup(tuple(parts))


def is_apart(value: Any) -> bool:
    """Whether a value is an object or container that is taken apart."""
    return isinstance(value, (Ref, Tup))


def to_dict(work: Evaluator, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
    """`dict(...)` with objects in it; None for other values."""
    if args and work.class_of(args[0]) is dict:
        return work.new_cell(dict, "entries", {**work.heap[args[0].cell], **kwargs})
    if not args and any(map(is_virtual, kwargs.values())):
        return work.new_cell(dict, "entries", dict(kwargs))
    return None


def iterator(work: Evaluator, args: tuple[Any, ...]) -> Any:
    """`iter(...)`: what it runs through, in order."""
    return args[0] if len(args) == 1 and not (isinstance(args[0], Ref) and work.is_object(args[0])) else None
