"""What the methods of lists and dicts do to the containers that are followed."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.lang import build
from tapegen.transforms.container_objects import LIMIT, Objects, literal
from tapegen.transforms.container_state import Item, Keep, Object

NAMES = frozenset(
    "append extend insert pop reverse clear copy get setdefault update popitem items keys values add discard remove "
    "sort index count appendleft popleft extendleft rotate".split()
)
WRITING = NAMES - {"get", "items", "keys", "values", "copy", "index", "count"}


class Methods(Objects):
    """How the pass carries out methods."""

    def known_method(self, obj: Object, name: str, node: gast.Call, base: str) -> Item | None:
        args = node.args
        if name == "copy" and not args and self.site not in self.kept:
            number = self.new(obj.kind, {k: self.kept_item(v, base) for k, v in obj.items.items()}, base)
            new = self.state.objects[number]
            new.maker, new.default, new.limit = obj.maker, obj.default, obj.limit
            return number
        if name == "clear" and not args:
            self.write(obj)
            obj.items.clear()
            return build.constant(None)
        if obj.kind is list:
            return self.list_method(obj, name, node)
        if obj.kind is dict:
            return self.dict_method(obj, name, node, base)
        return None

    def list_method(self, obj: Object, name: str, node: gast.Call) -> Item | None:
        items = list(obj.items.values())
        match name, node.args:
            case "append", [item]:
                items.append(self.held(item))
            case "extend", [other]:
                items += self.items_of(other, obj)
            case "insert", [place, item]:
                known = self.static(place)
                if known is None or type(known[0]) is not int:
                    return None
                items.insert(known[0], self.held(item))
            case "pop", [] | [_]:
                place = self.key(obj, node.args[0] if node.args else build.constant(-1))
                popped = items.pop(place)
                self.write(obj)
                obj.sequence(items)
                return popped
            case "reverse", []:
                items.reverse()
            case "appendleft", [item]:
                items.insert(0, self.held(item))
            case "popleft", [] if items:
                popped = items.pop(0)
                self.write(obj)
                obj.sequence(items)
                return popped
            case "rotate", [steps]:
                known = self.static(steps)
                if known is None or type(known[0]) is not int or not items:
                    return None
                shift = -known[0] % len(items)
                items = items[shift:] + items[:shift]
            case _:
                return None
        self.write(obj)
        if obj.limit is not None and len(items) > obj.limit:
            items = items[: obj.limit] if name == "appendleft" else items[len(items) - obj.limit :]
        if len(items) > LIMIT:
            raise Keep(obj.sites)
        obj.sequence(items)
        return build.constant(None)

    def items_of(self, node: gast.expr, obj: Object) -> list[Item]:
        """The elements of what a container is extended by."""
        other = self.opened(node)
        if other is None:
            raise Keep(obj.sites)
        parts: list[Item] = list(other.items.values())
        if other.kind is dict:
            parts = [literal(key) for key in other.items]
        return self.copied(parts, obj.base)

    def dict_method(self, obj: Object, name: str, node: gast.Call, base: str) -> Item | None:
        args = node.args
        if name in ("items", "keys", "values") and not args:
            return self.view(obj, name, base)
        if name == "update":
            return self.updated(obj, node)
        if name not in ("get", "pop", "setdefault") or not 1 <= len(args) <= 2 or node.keywords:
            return None
        key = self.key(obj, args[0])
        default: Item = self.held(args[1]) if len(args) == 2 else build.constant(None)
        if key in obj.items:
            found = obj.items[key]
            if name == "pop":
                self.write(obj)
                del obj.items[key]
            return found
        if name == "pop" and len(args) == 1:
            raise Keep(obj.sites)
        if name == "setdefault":
            self.write(obj)
            obj.items[key] = default
        return default

    def view(self, obj: Object, name: str, base: str) -> int:
        """`d.items()`, `d.keys()` or `d.values()`, which are used up at once, as a tuple."""
        found: list[Item] = []
        for key, item in obj.items.items():
            part = self.kept_item(item, base)
            if name == "items":
                part = self.new(tuple, {0: literal(key), 1: part}, base)
            found.append(literal(key) if name == "keys" else part)
        return self.new(tuple, dict(enumerate(found)), base)

    def updated(self, obj: Object, node: gast.Call) -> Item:
        new: dict[Any, Item] = {}
        for arg in node.args:
            other = self.opened(arg)
            if other is None or other.kind is not dict:
                raise Keep(obj.sites)
            new |= {k: self.kept_item(v, obj.base) for k, v in other.items.items()}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Keep(obj.sites)
            new[keyword.arg] = self.held(keyword.value)
        self.write(obj)
        obj.items |= new
        return build.constant(None)

    def store_slice(self, obj: Object, part: gast.Slice, value: gast.expr) -> None:
        bounds = self.bounds(part)
        if bounds is None or obj.kind is not list:
            raise Keep(obj.sites)
        items = list(obj.items.values())
        new = self.items_of(value, obj)
        self.write(obj)
        try:
            items[bounds] = new
        except ValueError:
            raise Keep(obj.sites) from None
        if len(items) > LIMIT:
            raise Keep(obj.sites)
        obj.sequence(items)
