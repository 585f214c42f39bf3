"""What becomes of an expression, given what is known of the containers in it."""

from __future__ import annotations

import builtins
import collections
import functools
import operator
from typing import Any

import gast

from tapegen.analysis.predicates import is_container
from tapegen.analysis.purity import callee_of
from tapegen.errors import TransformError
from tapegen.kernels.objects import check_distinct, keep_items, same_container
from tapegen.lang import build
from tapegen.lang.core import lookup
from tapegen.transforms.container_callees import COLLECTIONS, MAKERS, is_bounded, is_fresh
from tapegen.transforms.container_methods import WRITING, Methods
from tapegen.transforms.container_objects import LIMIT, is_literal, literal
from tapegen.transforms.container_state import Item, Keep, Object
from tapegen.transforms.followed import python_function

_IN_PLACE = {
    gast.Add: "iadd",
    gast.Sub: "isub",
    gast.Mult: "imul",
    gast.Div: "itruediv",
}


class Calls(Methods):
    """How the pass rewrites expressions."""

    # -- expressions --------------------------------------------------------------------------------------------------

    def value(self, node: gast.expr, base: str) -> Item:
        """What the right-hand side of an assignment is: a container, or an expression."""
        match node:
            case gast.Name(id=name) if name in self.state.names:
                return self.state.names[name]
            case gast.List() | gast.Tuple() | gast.Dict() if self.site not in self.kept:
                made = self.displayed(node, base)
                if made is not None:
                    return made
            case gast.Subscript(value=holder, slice=index) if self.state.of(holder) is not None:
                return self.read(node, holder, index, base)
            case gast.Subscript(value=holder, slice=gast.Slice() as part) if self.site not in self.kept:
                if isinstance(holder, gast.Name) and is_container(self.facts.get(holder.id)):
                    return self.cut(holder, part, base) or self.rewrite(node)
            case gast.BinOp(left=left, op=op, right=right) if self.site not in self.kept:
                joined = self.joined(left, op, right, base)
                if joined is not None:
                    return joined
            case gast.Call():
                return self.call(node, base)
        return self.rewrite(node)

    def displayed(self, node: Any, base: str) -> int | None:
        """A display as a new container."""
        if isinstance(node, gast.Dict):
            keys = [None if key is None else self.static(key) for key in node.keys]
            if not all(key is not None and is_literal(key[0]) for key in keys):
                return None
            return self.new(dict, {k[0]: self.held(v) for k, v in zip(keys, node.values) if k}, base)
        items = [self.held(element) for element in node.elts]
        return self.new(list if isinstance(node, gast.List) else tuple, dict(enumerate(items)), base)

    def read(self, node: gast.expr, holder: gast.expr, index: gast.expr, base: str) -> Item:
        obj = self.state.of(holder)
        assert obj is not None
        if isinstance(index, gast.Slice):
            part = None if self.site in self.kept else self.cut(holder, index, base)
            return self.rewrite(node) if part is None else part
        known = self.static(index)
        if known is None:
            return self.rewrite(node)
        key = self.key(obj, index)
        if key not in obj.items and obj.default is None and obj.maker is None:
            return self.rewrite(node)
        self.changed = True
        item = obj.items[key] if key in obj.items else self.missing(obj, key)
        return item if isinstance(item, int) else build.clone(item)

    def cut(self, holder: gast.expr, part: gast.Slice, base: str) -> int | None:
        """A slice of a list or tuple."""
        bounds = self.bounds(part)
        obj = self.opened(holder) if bounds is not None else None
        if obj is None or bounds is None or obj.kind not in (list, tuple):
            return None
        self.changed = True
        items = self.copied(list(obj.items.values())[bounds], base)
        return self.new(obj.kind, dict(enumerate(items)), base)

    def joined(self, left: gast.expr, op: Any, right: gast.expr, base: str) -> int | None:
        """`a + b` and `a * n` of lists and tuples, `a | b` of dicts."""

        def may_be(node: gast.expr) -> bool:
            return self.state.of(node) is not None or (
                isinstance(node, gast.Name) and is_container(self.facts.get(node.id))
            )

        if isinstance(op, gast.Mult) and (may_be(left) or may_be(right)):
            sequence, count = (left, right) if may_be(left) else (right, left)
            times = self.static(count)
            obj = self.opened(sequence) if times is not None and type(times[0]) is int else None
            if obj is None or times is None or obj.kind not in (list, tuple):
                return None
            items = self.copied(list(obj.items.values()) * times[0], base)
            if len(items) > LIMIT:
                return None
            self.changed = True
            return self.new(obj.kind, dict(enumerate(items)), base)
        if not (may_be(left) and may_be(right)) or not isinstance(op, (gast.Add, gast.BitOr)):
            return None
        one, two = self.opened(left), self.opened(right)
        if one is None or two is None or one.kind is not two.kind:
            return None
        if isinstance(op, gast.BitOr) if one.kind is not dict else not isinstance(op, gast.BitOr):
            return None
        self.changed = True
        if one.kind is dict:
            both = {**one.items, **two.items}
            return self.new(dict, {k: self.kept_item(v, base) for k, v in both.items()}, base)
        items = self.copied([*one.items.values(), *two.items.values()], base)
        return self.new(one.kind, dict(enumerate(items)), base)

    def rewrite(self, node: Any, exposes: bool = True) -> Any:
        """An expression in which containers stand as a whole where they must."""
        match node:
            case gast.Name():
                number = self.state.names.get(node.id)
                if number is not None:
                    return self.whole(number, exposes)
                self.check_bound(node)
                return node
            case gast.Constant():
                return node
            case gast.Subscript(value=gast.Name() as holder, slice=index) if isinstance(node.ctx, gast.Load):
                obj = self.state.of(holder)
                known = None if obj is None or isinstance(index, gast.Slice) else self.static(index)
                if obj is not None and known is not None and is_literal(known[0]):
                    key = self.key(obj, index)
                    if key not in obj.items and obj.default is None and obj.maker is None:
                        # It raises the KeyError that it is.
                        shown = self.whole(self.state.names[holder.id], False)
                        return gast.Subscript(value=shown, slice=index, ctx=gast.Load())
                    item = obj.items[key] if key in obj.items else self.missing(obj, key)
                    self.changed = True
                    return self.whole(item, exposes) if isinstance(item, int) else build.clone(item)
                if obj is not None and not isinstance(index, gast.Slice):
                    if obj.default is not None:
                        raise Keep(obj.sites)  # a missing key is written
                    # One of its items is read, but nobody learns of the container itself.
                    for item in obj.items.values():
                        if isinstance(item, int):
                            self.expose(item)
                    shown = self.whole(self.state.names[holder.id], False)
                    return gast.Subscript(value=shown, slice=self.rewrite(index), ctx=gast.Load())
            case gast.Call(func=func, args=[gast.Name() as arg], keywords=[]) if (
                lookup(self.core, func) is len
            ):
                obj = self.state.of(arg)
                if obj is not None:
                    self.changed = True
                    return build.constant(len(obj.items))
            case gast.Compare() | gast.BoolOp():
                found = self.static(node) if isinstance(node, gast.Compare) else None
                if found is not None and any(self.state.of(n) is not None for n in gast.walk(node)):
                    self.changed = True
                    return build.constant(found[0])
                exposes = False
            case gast.Call(func=func) if is_fresh(lookup(self.core, func)):
                exposes = False
            case gast.JoinedStr() | gast.Return():
                exposes = False
        fields = {}
        for key, part in gast.iter_fields(node):
            if isinstance(part, list):
                fields[key] = [self.rewrite(p, exposes) if isinstance(p, gast.AST) else p for p in part]
            elif isinstance(part, (gast.expr, gast.Slice, gast.keyword)):
                fields[key] = self.rewrite(part, exposes)
            else:
                fields[key] = part
        fresh = type(node)(**fields)
        if hasattr(node, "origin"):
            fresh.origin = node.origin
        return fresh

    # -- calls --------------------------------------------------------------------------------------------------------

    def call(self, node: gast.Call, base: str) -> Item:
        callee = lookup(self.core, node.func)
        node = self.spelled_out(node)
        if callee is None and isinstance(node.func, gast.Attribute):
            return self.method(node, node.func, base)
        plain = not node.keywords and not any(isinstance(arg, gast.Starred) for arg in node.args)
        if self.site not in self.kept and any(callee is maker for maker in MAKERS):
            made = self.made(node, next(kind for m, kind in MAKERS.items() if callee is m), base)
            if made is not None:
                self.changed = True
                return made
        if callee is same_container and self.site not in self.kept:
            shown = self.state.of(node.args[1])
            if shown is not None:
                self.changed = True
                number = self.new(shown.kind, dict(shown.items), base)
                self.state.objects[number].source = node.args[0].id
                return number
        if callee is keep_items and self.state.of(node.args[0]) is not None:
            return self.kept_items(node)
        if callee is check_distinct:
            sources = [self.state.of(arg) for arg in node.args]
            if any(obj is not None and obj.source is not None for obj in sources):
                names = [
                    arg if obj is None or obj.source is None else build.load(obj.source)
                    for arg, obj in zip(node.args, sources, strict=True)
                ]
                return build.at(gast.Call(func=node.func, args=names, keywords=[]), self.origin)
        if callee is collections.deque and self.site in self.kept and is_bounded(node):
            raise TransformError(
                "cannot follow a deque of bounded length",
                origin=self.origin,
                why="what is in it depends on data, or on a loop that is too long to be written out",
                instead="keep a list, and read its end: window[-3:]",
            )
        if any(callee is maker for maker in COLLECTIONS) and self.site not in self.kept:
            collection = self.collection(node, callee, base)
            if collection is not None:
                return collection
        if (
            any(callee is f for f in (builtins.zip, builtins.reversed))
            and plain
            and self.site not in self.kept
        ):
            zipped = self.zipped(node, base)
            if zipped is not None:
                return zipped
        if any(callee is f for f in (operator.iadd, operator.imul, operator.ior)) and plain:
            if self.state.of(node.args[0]) is not None:
                return self.in_place(callee, node.args[0], node.args[1], base)
        if callee is builtins.isinstance and plain:
            obj = self.state.of(node.args[0])
            kind = lookup(self.core, node.args[1])
            if obj is not None and isinstance(kind, type):
                self.changed = True
                return build.constant(issubclass(obj.maker or obj.kind, kind))
        if callee is None or self.may_write(node, callee):
            self.written_elsewhere = True
        return self.rewrite(node)

    def may_write(self, node: gast.Call, callee: Any) -> bool:
        """Whether a callee that is not followed may write containers that others refer to."""
        ours = str(getattr(callee, "__module__", "")).startswith("tapegen.")
        if ours or is_fresh(callee) or python_function(callee) is not None or callee is functools.partial:
            return False
        return not callee_of(self.core, node).pure

    def kept_items(self, node: gast.Call) -> gast.expr:
        """`keep_items(owner, keys, ...)` of the generated code of a derivative."""
        obj = self.state.of(node.args[0])
        keys = self.static(node.args[1])
        assert obj is not None
        if keys is None:
            raise Keep(obj.sites)
        items = [self.held(arg) for arg in node.args[2:]]
        self.write(obj)
        obj.items = dict(enumerate(items)) if keys[0] is None else dict(zip(keys[0], items, strict=True))
        return build.constant(None)

    def spelled_out(self, node: gast.Call) -> gast.Call:
        """A call with `*args` and `**options` of known containers written out."""
        starred = [a for a in node.args if isinstance(a, gast.Starred)] + [
            k for k in node.keywords if not k.arg
        ]
        if not any(self.state.of(part.value) is not None for part in starred):
            return node
        args: list[gast.expr] = []
        for arg in node.args:
            obj = self.state.of(arg.value) if isinstance(arg, gast.Starred) else None
            args += [arg] if obj is None else [self.atom(item) for item in obj.items.values()]
        keywords: list[gast.keyword] = []
        for keyword in node.keywords:
            obj = self.state.of(keyword.value) if keyword.arg is None else None
            if obj is None or obj.kind is not dict or not all(isinstance(k, str) for k in obj.items):
                keywords.append(keyword)
            else:
                keywords += [gast.keyword(arg=k, value=self.atom(v)) for k, v in obj.items.items()]
        self.changed = True
        return build.at(
            gast.Call(func=node.func, args=args, keywords=keywords), getattr(node, "origin", None)
        )

    def atom(self, item: Item) -> gast.expr:
        """An item as an atom; a container gets a name."""
        if not isinstance(item, int):
            return build.clone(item)
        name = self.namer(self.state.objects[item].base)
        self.state.names[name] = item
        return build.load(name)

    def made(self, node: gast.Call, kind: type, base: str) -> int | None:
        """`list(xs)`, `dict(d, a=x)` and their kin."""
        if len(node.args) > 1 or any(k.arg is None for k in node.keywords):
            return None
        items: dict[Any, Item] = {}
        if node.args:
            obj = self.opened(node.args[0])
            if obj is None:
                return None
            if kind is dict and obj.kind is not dict:
                pairs = [self.state.objects[i] if isinstance(i, int) else None for i in obj.items.values()]
                if not all(pair is not None and len(pair.items) == 2 for pair in pairs):
                    return None
                for pair in pairs:
                    assert pair is not None
                    key, value = pair.items.values()
                    known = None if isinstance(key, int) else self.static(key)
                    if known is None or not is_literal(known[0]):
                        return None
                    items[known[0]] = self.kept_item(value, base)
            elif kind is dict:
                items = {k: self.kept_item(v, base) for k, v in obj.items.items()}
            elif kind is set:
                return self.made_set(obj, base)
            else:
                parts: list[Item] = list(obj.items.values())
                if obj.kind is dict:
                    parts = [literal(key) for key in obj.items]
                items = dict(enumerate(self.copied(parts, base)))
        if kind is dict:
            items |= {k.arg: self.held(k.value) for k in node.keywords}
        elif node.keywords:
            return None
        return self.new(kind, items, base)

    def collection(self, node: gast.Call, maker: Any, base: str) -> int | None:
        """A new `defaultdict`, `OrderedDict`, `Counter` or `deque`."""
        default: Any = None
        args = node.args
        if maker is collections.defaultdict:
            default = lookup(self.core, args[0]) if args else None
            if not any(default is known for known in (int, float, list, dict)):
                return None
            args = args[1:]
        if maker is collections.Counter and (args or node.keywords):
            return None
        kind = list if maker is collections.deque else dict
        rest = gast.Call(func=node.func, args=args, keywords=node.keywords)
        limit = None
        if kind is list and is_bounded(node):
            limit = self.static((node.args[1:] or [k.value for k in node.keywords])[0])
            rest = gast.Call(func=node.func, args=args[:1], keywords=[])
            if limit is None or type(limit[0]) is not int:
                return None
        elif kind is list and node.keywords:
            return None
        number = self.made(rest, kind, base)
        if number is not None and limit is not None:
            obj = self.state.objects[number]
            obj.limit = limit[0]
            obj.sequence(list(obj.items.values())[-obj.limit :] if obj.limit else [])
        if number is not None:
            self.state.objects[number].maker, self.state.objects[number].default = maker, default
            self.changed = True
        return number

    def zipped(self, node: gast.Call, base: str) -> int | None:
        """`zip(xs, ys)` and `reversed(xs)`, which are used up at once, as tuples."""
        parts = [self.opened(arg) for arg in node.args]
        if not parts or any(part is None or part.kind not in (list, tuple) for part in parts):
            return None
        if lookup(self.core, node.func) is builtins.reversed and parts[0] is not None:
            self.changed = True
            items = self.copied(list(parts[0].items.values())[::-1], base)
            return self.new(tuple, dict(enumerate(items)), base)
        rows = zip(*(part.items.values() for part in parts if part is not None), strict=False)
        made = [self.new(tuple, dict(enumerate(self.copied(list(row), base))), base) for row in rows]
        self.changed = True
        return self.new(tuple, dict(enumerate(made)), base)

    def made_set(self, obj: Object, base: str) -> int | None:
        found: dict[Any, Item] = {}
        for item in obj.items.values():
            known = None if isinstance(item, int) else self.static(item)
            if known is None or not isinstance(known[0], str):
                return None
            found[known[0]] = build.constant(known[0])
        return self.new(set, found, base)

    def method(self, node: gast.Call, func: gast.Attribute, base: str) -> Item:
        obj = self.state.of(func.value)
        if obj is not None and not any(isinstance(arg, gast.Starred) for arg in node.args):
            found = self.known_method(obj, func.attr, node, base)
            if found is not None:
                self.changed = True
                return found
            if func.attr in WRITING or obj.kind not in (tuple, dict, list, set):
                raise Keep(obj.sites)
            return self.rewrite(node)
        if obj is not None:
            raise Keep(obj.sites)
        if func.attr in ("items", "keys", "values") and not node.args and self.site not in self.kept:
            opened = self.opened(func.value) if isinstance(func.value, gast.Name) else None
            if opened is not None and opened.kind is dict:
                self.changed = True
                return self.view(opened, func.attr, base)
        self.written_elsewhere = self.written_elsewhere or func.attr in WRITING
        return self.rewrite(node)

    def added_in_place(self, op: Any, old: Item, value: gast.expr, base: str) -> Item:
        """`old += value` with Python's meaning: in place for arrays and lists, a new value for numbers."""
        name = _IN_PLACE[type(op)]
        if isinstance(old, int):
            if name != "iadd":
                raise Keep(self.state.objects[old].sites)
            return self.extended_in_place(self.atom(old), value, base)
        call = build.call(f"{self.imported(operator)}.{name}", build.clone(old), self.rewrite(value))
        return self.temporary(call, base)

    def in_place(self, function: Any, node: gast.expr, other: gast.expr, base: str) -> Item:
        """`xs += ys`, `xs *= n` and `d |= e`."""
        obj = self.state.of(node)
        assert obj is not None
        if function is operator.iadd:
            return self.extended_in_place(node, other, base)
        if function is operator.ior and obj.kind is dict:
            self.updated(obj, build.call("update", other))
            return self.state.names[node.id]
        if function is operator.imul and obj.kind is tuple:
            joined = self.joined(node, gast.Mult(), other, base)
            if joined is not None:
                return joined
        times = self.static(other)
        if (
            function is not operator.imul
            or obj.kind is not list
            or times is None
            or type(times[0]) is not int
        ):
            raise Keep(obj.sites)
        items = list(obj.items.values()) * times[0]
        self.write(obj)
        if len(items) > LIMIT:
            raise Keep(obj.sites)
        obj.sequence(items)
        return self.state.names[node.id]

    def extended_in_place(self, node: gast.expr, other: gast.expr, base: str) -> Item:
        """`xs += ys`: the list itself, extended, or a new tuple."""
        obj = self.state.of(node)
        assert obj is not None and isinstance(node, gast.Name)
        if obj.kind is tuple:
            joined = self.joined(node, gast.Add(), other, base)
            if joined is None:
                raise Keep(obj.sites)
            return joined
        if obj.kind is not list:
            raise Keep(obj.sites)
        new = self.items_of(other, obj)
        self.write(obj)
        if len(obj.items) + len(new) > LIMIT:
            raise Keep(obj.sites)
        obj.sequence([*obj.items.values(), *new])
        return self.state.names[node.id]
