"""Tuples, lists and dicts of functions, followed as far as they change in straight-line code."""

from __future__ import annotations

import builtins
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.walk import below
from tapegen.transforms.function_values import Entries, Items, Static, Values, is_table, literal

_READS = frozenset("get items keys values copy index count".split())
_LOOKS = (builtins.len, builtins.isinstance, builtins.callable, builtins.range, builtins.min, builtins.id)


class Containers:
    """Where a function's containers are made, changed and given away."""

    def __init__(self, values: Values, poisoned: set[str]) -> None:
        self.values = values
        self.poisoned = poisoned  # names of lists and dicts that are not followed at all
        self.again = False
        self.looked_up: list[tuple[Any, Any, Any]] = []  # in tables of the user's modules: table, key, item
        self.before: list[gast.stmt] = []  # statements to stand before the one that is looked at
        self.blocks: list[int] = []
        self.count = 0
        self.loops = 0

    def also(self, stmt: gast.stmt) -> None:
        """Have a statement before the one that is looked at."""
        self.before.append(stmt)

    def enter_block(self) -> None:
        """Statements nested one level deeper follow."""
        self.count += 1
        self.blocks.append(self.count)

    def leave_block(self) -> None:
        """The nested statements end."""
        self.blocks.pop()

    def enter_loop(self) -> None:
        """Statements that run any number of times follow."""
        self.loops += 1

    def leave_loop(self) -> None:
        """The loop ends."""
        self.loops -= 1

    def make(self, name: str, value: Items | Entries, mutable: bool) -> None:
        """`name` is a new container."""
        if name in self.poisoned:
            return
        if mutable:
            value.home, value.loops, value.block = name, self.loops, self.blocks[-1]
        self.values.known[name] = value

    def changed_here(self, value: Items | Entries) -> bool:
        """Whether a container can be followed through a change at this point; if not, it is lost."""
        if value.block == self.blocks[-1] and value.loops == self.loops:
            return True
        self.lose(value)
        return False

    def lose(self, value: Items | Entries) -> None:
        """What a container holds is not known from here on."""
        if not value.home:
            return
        value.lost = True
        if value.used and self.loops > value.loops:  # the change is seen in the next round of the loop, too
            self.poisoned.add(value.home)
            self.again = True

    def escape(self, node: Any, into_display: bool = False) -> None:
        """A container is used in a way that is not followed; one that is put into another container still is."""
        if into_display:
            return
        value = self.values.known.get(node.id) if isinstance(node, gast.Name) else None
        if isinstance(value, (Items, Entries)) and not value.lost:
            self.lose(value)
            for part in value.elements if isinstance(value, Items) else value.entries.values():
                self.escape(part)

    def store(self, name: str, index: gast.expr, value: gast.expr) -> None:
        """`name[index] = value`."""
        container = self.values.of(build.load(name))
        if not isinstance(container, (Items, Entries)):
            self.escape(value)
            return
        known, key = literal(index)
        if not self.changed_here(container):
            return
        if known and isinstance(container, Entries):
            container.entries[key] = value
        elif known and isinstance(container, Items) and isinstance(key, int):
            if -len(container.elements) <= key < len(container.elements):
                container.elements[key] = value
        else:
            self.lose(container)


def follow_containers(at: Containers, call: gast.Call, name: str | None) -> gast.expr | None:
    """A call that reads or changes a container: what stands for it, or the call itself; None for any other call."""
    func = call.func
    callee = at.values.denotes(func)
    if callee is not None:
        return _builtin(at, call, callee, name)
    if not isinstance(func, gast.Attribute) or not isinstance(func.value, gast.Name):
        return None
    container = at.values.of(func.value)
    if isinstance(container, Static) and name is not None and not call.args:
        return _view_of_table(at, call, container.obj, func.attr, name)
    if not isinstance(container, (Items, Entries)) or any(isinstance(a, gast.Starred) for a in call.args):
        return None
    if func.attr in _READS:
        return _read(at, call, container, func.attr, name)
    if not at.changed_here(container):
        return None
    change = _change_list if isinstance(container, Items) else _change_dict
    done, value = change(at, call, container)  # type: ignore[arg-type]
    if not done:
        at.lose(container)
        return None
    if value is not None and name is not None:
        container.used = True
        at.values.alias(name, value)
        at.also(build.expression(call, getattr(call, "origin", None)))
        return build.clone(value)
    return call


def _view_of_table(at: Containers, call: gast.Call, table: Any, method: str, name: str) -> gast.expr | None:
    """`table.items()` or `table.values()` of a dict in the user's module."""
    if type(table) is not dict or not is_table(table) or method not in ("items", "values"):
        return None
    at.looked_up += [(table, None, tuple(table)), *table_items(table)]
    at.values.known[name] = Static(tuple(getattr(table, method)()))
    return call


def table_items(table: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
    """What is looked up in a table when all of its items are."""
    return [(table, key, item) for key, item in table.items()]


def _builtin(at: Containers, call: gast.Call, callee: Any, name: str | None) -> gast.expr | None:
    if not any(callee is known for known in (*_LOOKS, builtins.list, builtins.tuple, builtins.dict)):
        return None
    if callee is builtins.dict and not call.args and all(k.arg for k in call.keywords):
        if name is not None:
            at.make(name, Entries({k.arg: k.value for k in call.keywords}), True)
        return call
    if any(isinstance(node, gast.Call) for arg in call.args for node in below(arg)):
        return None
    if len(call.args) != 1:
        return call if any(callee is known for known in _LOOKS) else None
    container = at.values.of(call.args[0])
    if callee is builtins.len and isinstance(container, Static) and is_table(container.obj):
        at.looked_up.append((container.obj, None, tuple(container.obj)))
        return build.constant(len(container.obj))
    if isinstance(container, Static) and type(container.obj) is tuple and is_table(container.obj):
        if name is not None and (callee is builtins.list or callee is builtins.tuple):
            at.values.known[name] = container
        return call
    if not isinstance(container, (Items, Entries)) or not at.values.value_holds(container):
        return call if any(callee is known for known in _LOOKS) else None
    if callee is builtins.len:
        container.used = True
        return build.constant(len(container.elements if isinstance(container, Items) else container.entries))
    if name is not None and callee in (builtins.list, builtins.tuple) and isinstance(container, Items):
        at.make(name, Items(list(container.elements)), callee is builtins.list)
    elif name is not None and callee in (builtins.list, builtins.tuple) and isinstance(container, Entries):
        container.used = True
        keys: list[gast.expr] = [build.constant(key) for key in container.entries]
        at.make(name, Items(keys), callee is builtins.list)
    elif name is not None and callee is builtins.dict and isinstance(container, Entries):
        at.make(name, Entries(dict(container.entries)), True)
    return call


def _read(
    at: Containers, call: gast.Call, container: Items | Entries, method: str, name: str | None
) -> gast.expr | None:
    if isinstance(container, Items):
        if method == "copy" and name is not None:
            at.make(name, Items(list(container.elements)), True)
        return call
    match method:
        case "get" if call.args and not call.keywords:
            known, key = literal(call.args[0])
            if not known:
                return call
            container.used = True
            default = call.args[1] if len(call.args) > 1 else build.constant(None)
            value = container.entries.get(key, default)
            if name is not None:
                at.values.alias(name, value)
            return build.clone(value)
        case "copy" if name is not None:
            at.make(name, Entries(dict(container.entries)), True)
    return call


def _change_list(at: Containers, call: gast.Call, container: Items) -> tuple[bool, gast.expr | None]:
    """Whether the change is followed, and what the call gives."""
    match call.func.attr, call.args:
        case "append", [value]:
            container.elements.append(value)
            return True, None
        case "extend", [more]:
            other = at.values.of(more)
            if isinstance(other, Items):
                container.elements.extend(other.elements)
                return True, None
        case "insert", [index, value] if literal(index)[0]:
            container.elements.insert(literal(index)[1], value)
            return True, None
        case "pop", [] if container.elements:
            return True, container.elements.pop()
    return False, None


def _change_dict(at: Containers, call: gast.Call, container: Entries) -> tuple[bool, gast.expr | None]:
    """Whether the change is followed, and what the call gives."""
    match call.func.attr, call.args, call.keywords:
        case "update", [], keywords if all(k.arg for k in keywords):
            container.entries.update({k.arg: k.value for k in keywords})
            return True, None
        case "update", [other], []:
            more = at.values.of(other)
            if isinstance(more, Entries):
                container.entries.update(more.entries)
                return True, None
        case "setdefault", [key, value], [] if literal(key)[0]:
            return True, container.entries.setdefault(literal(key)[1], value)
        case "pop", [key, *rest], [] if literal(key)[0]:
            if literal(key)[1] in container.entries:
                return True, container.entries.pop(literal(key)[1])
            return bool(rest), rest[0] if rest else None
    return False, None
