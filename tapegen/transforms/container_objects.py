"""Making, reading and showing the containers that are followed, and what is known of keys and tests."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import gast

from tapegen.analysis.predicates import known_length
from tapegen.analysis.values import UNKNOWN, Number, Sequence, Static, Value
from tapegen.analysis.values import Mapping as MappingValue
from tapegen.kernels.objects import keep_items
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.transforms.container_state import Item, Keep, Object, State

LIMIT = 64  # containers with more items are left alone
_BUDGET = 1000

_COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
}
_INTEGERS: dict[type, Callable[[int, int], int]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Mod: operator.mod,
    gast.FloorDiv: operator.floordiv,
}


class Objects:
    """The state of the pass.

    Attributes:
        changed: whether anything became simpler.
        exposed: statements that made containers which others may refer to.
        written_elsewhere: whether containers that aren't followed are written.
        site, origin: of the statement at hand.
        final: what stands for variables of loops that were written out.
        rebound: names that are bound several times.
        single: of them, those of which one branch is known to be taken.
        literals: what is known of names that are bound to literals.
        budget: how many more statements loops may be written out into.
    """

    def __init__(self, core: Core, facts: Mapping[str, Value], kept: frozenset[Any], namer: Namer) -> None:
        self.core, self.facts, self.kept, self.namer = core, dict(facts), kept, namer
        self.state = State()
        self.out: list[gast.stmt] = []
        self.added: dict[str, Any] = {}
        self.changed = False
        self.exposed: frozenset[Any] = frozenset()
        self.written_elsewhere = False
        self.site: Any = 0
        self.final: dict[str, gast.expr] = {}
        self.budget = _BUDGET
        self.rebound: set[str] = set()
        self.single: set[str] = set()
        self.literals: dict[str, Any] = {}
        self.origin: Any = None
        self.carried: set[str] = set()
        self.numbers: Any = None
        self.dropped: dict[str, frozenset[Any]] = {}
        self.wanted: list[set[int]] = []
        self.mirrored: list[Object] = []  # containers of the caller's that the statement at hand writes
        self.depth = 0  # of blocks
        self.hoisted_names: dict[tuple[int, int], str] = {}

    def emit(self, stmt: gast.stmt) -> None:
        self.out.append(stmt)

    def temporary(self, value: gast.expr, base: str) -> gast.expr:
        name = self.namer(base)
        self.emit(build.assign(name, value, self.origin))
        return build.load(name)

    # -- objects ------------------------------------------------------------------------------------------------------

    def new(self, kind: type, items: dict[Any, Item], base: str) -> int:
        """A new container, made by the statement at hand."""
        if len(items) > LIMIT:
            raise Keep(frozenset({self.site}))
        number: int = next(self.numbers)
        self.state.objects[number] = Object(kind, items, frozenset({self.site}), base)
        return number

    def write(self, obj: Object) -> None:
        """Take note that a container is written."""
        if obj.shared:
            raise Keep(obj.sites)
        self.changed = True
        obj.shown = None
        if obj.source is not None:
            self.mirrored.append(obj)

    def mirror(self) -> None:
        """Write what the statement at hand changed into the caller's containers too."""
        for obj in self.mirrored:
            keys = gast.Constant(value=None, kind=None) if obj.kind is list else literal(tuple(obj.items))
            items = [self.for_caller(item) for item in obj.items.values()]
            kept = build.call(self.imported(keep_items), build.load(str(obj.source)), keys, *items)
            self.emit(build.expression(kept, self.origin))
        self.mirrored.clear()

    def for_caller(self, item: Item) -> gast.expr:
        """An item of a container of the caller's, who may see it from now on.

        Raises: Keep where it is a container whose later changes the caller would not see.
        """
        if not isinstance(item, int):
            return build.clone(item)
        obj = self.state.objects[item]
        if obj.kind in (list, dict) and obj.source is None and self.depth == 1 and obj.maker is None:
            whole = self.namer(obj.base)
            parts = [self.for_caller(part) for part in obj.items.values()]
            self.emit(build.assign(whole, _displayed(obj, parts), self.origin))
            obj.source = whole
        elif obj.source is None and (
            obj.kind is not tuple or any(isinstance(i, int) for i in obj.items.values())
        ):
            raise Keep(obj.sites | frozenset().union(*(one.sites for one in self.mirrored)))
        return build.load(obj.source) if obj.source is not None else self.whole(item, False)

    def held(self, node: gast.expr) -> Item:
        """What a container holds on to when it is given an atom."""
        if isinstance(node, gast.Name):
            number = self.state.names.get(node.id)
            if number is not None:
                return number
            self.check_bound(node)
            if node.id in self.carried:
                return self.temporary(build.load(node.id), node.id)
        return node

    def kept_item(self, item: Item, base: str) -> Item:
        """An item of one container as an item of another."""
        if isinstance(item, gast.Name) and item.id in self.carried:
            return self.temporary(build.load(item.id), base)
        return item

    def copied(self, items: list[Item], base: str) -> list[Item]:
        return [self.kept_item(item, base) for item in items]

    def check_bound(self, node: gast.Name) -> None:
        if node.id in self.dropped and node.id not in self.state.names and isinstance(node.ctx, gast.Load):
            raise Keep(self.dropped[node.id])

    def whole(self, number: int, exposes: bool) -> gast.expr:
        """A variable that holds a container as it is now.

        Args:
            exposes: whether what it is for may hold on to the container, or to one in it.
        """
        obj = self.state.objects[number]
        if exposes:
            if obj.default is not None:
                raise Keep(obj.sites)  # who reads a missing key writes it
            self.expose(number)
        if obj.shown is None:
            plain = all(not isinstance(item, int) for item in obj.items.values())
            name = self.namer(obj.base)
            if obj.kind is list:
                self.facts[name] = Sequence(list, (UNKNOWN,) * len(obj.items))
            self.emit(build.assign(name, self.display(number), self.origin))
            if not plain:
                return build.load(name)
            obj.shown = name
            if self.wanted:
                self.wanted[-1].add(number)
        return build.load(obj.shown)

    def fact(self, node: gast.expr) -> Value:
        """What is known of an operand."""
        return self.facts.get(node.id, UNKNOWN) if isinstance(node, gast.Name) else UNKNOWN

    def expose(self, number: int) -> None:
        obj = self.state.objects[number]
        if obj.kind is not tuple:
            obj.shared = True
            self.exposed |= obj.sites
        for item in obj.items.values():
            if isinstance(item, int):
                self.expose(item)

    def display(self, number: int) -> gast.expr:
        """The expression that makes a container as it is now."""
        obj = self.state.objects[number]
        if obj.kind is set:
            listed = gast.List(elts=[build.clone(item) for item in obj.items.values()], ctx=gast.Load())
            return build.call(self.imported(set), self.temporary(listed, obj.base))
        parts = [
            self.whole(item, False) if isinstance(item, int) else build.clone(item)
            for item in obj.items.values()
        ]
        plain = _displayed(obj, parts)
        if obj.maker is None:
            return plain
        before = [build.load(self.imported(obj.default))] if obj.default is not None else []
        made = build.call(self.imported(obj.maker), *before, self.temporary(plain, obj.base))
        if obj.limit is not None:
            made.keywords = [gast.keyword(arg="maxlen", value=build.constant(obj.limit))]
        return made

    def missing(self, obj: Object, key: Any) -> Item:
        """The item that reading a key makes that isn't there.

        Raises: Keep if it makes none.
        """
        if obj.default in (list, dict):
            item: Item = self.new(obj.default, {}, obj.base)
        elif obj.default in (int, float) or obj.maker is Counter:
            item = build.constant(0.0 if obj.default is float else 0)
        else:
            raise Keep(obj.sites)
        if obj.maker is not Counter:
            self.write(obj)
            obj.items[key] = item
        return item

    def imported(self, wanted: Any) -> str:
        """The name of an object of Python's in the function's namespace."""
        for known, obj in {**self.core.namespace, **self.added}.items():
            if obj is wanted:
                return known
        fresh = self.namer(wanted.__name__)
        self.added[fresh] = wanted
        return fresh

    def opened(self, node: gast.expr) -> Object | None:
        """What is in a container: one that is followed, or a variable of known structure. Not to be written."""
        obj = self.state.of(node)
        if obj is not None or not isinstance(node, gast.Name):
            return obj
        self.check_bound(node)
        fact = self.facts.get(node.id)
        keys: tuple[Any, ...]
        if isinstance(fact, Sequence) and fact.type in (list, tuple):
            kind: type = fact.type
            keys = tuple(range(len(fact.items)))
        elif isinstance(fact, MappingValue) and fact.type is dict:
            kind, keys = dict, fact.keys
        else:
            return None
        if len(keys) > LIMIT or not all(map(is_literal, keys)):
            return None
        items: dict[Any, Item] = {}
        for key in keys:
            read = gast.Subscript(value=build.load(node.id), slice=literal(key), ctx=gast.Load())
            items[key] = self.temporary(read, node.id)
        return Object(kind, items, frozenset({self.site}), node.id)

    # -- what is known of expressions ---------------------------------------------------------------------------------

    def static(self, node: gast.expr) -> tuple[Any] | None:
        """The value of an expression in a tuple, or None if it isn't known."""
        match node:
            case gast.Constant(value=value):
                return (value,)
            case gast.Name(id=name):
                if name in self.literals:
                    return (self.literals[name],)
                fact = self.facts.get(name)
                if isinstance(fact, Number) and fact.value is not None:
                    return (fact.value,)
                if isinstance(fact, Static) and (fact.object is None or isinstance(fact.object, str)):
                    return (fact.object,)
                obj = self.state.of(node)
                if obj is not None and obj.kind is tuple:
                    parts = [None if isinstance(i, int) else self.static(i) for i in obj.items.values()]
                    return None if None in parts else (tuple(p[0] for p in parts if p is not None),)
            case gast.Tuple(elts=elts):
                known_parts = [self.static(part) for part in elts]
                return None if None in known_parts else (tuple(p[0] for p in known_parts if p is not None),)
            case gast.UnaryOp(op=op, operand=operand):
                known = self.static(operand)
                if known is not None and isinstance(op, gast.Not):
                    return (not known[0],)
                if known is not None and isinstance(op, gast.USub) and isinstance(known[0], (int, float)):
                    return (-known[0],)
            case gast.BinOp(left=left, op=op, right=right):
                a, b = self.static(left), self.static(right)
                function = _INTEGERS.get(type(op))
                if a is None or b is None or function is None or not type(a[0]) is type(b[0]) is int:
                    return None
                return (
                    None
                    if b[0] == 0 and function in (operator.mod, operator.floordiv)
                    else (function(a[0], b[0]),)
                )
            case gast.Call(func=gast.Name(id="len"), args=[arg], keywords=[]):
                obj = self.state.of(arg)
                fact = self.facts.get(arg.id) if isinstance(arg, gast.Name) else None
                length = len(obj.items) if obj is not None else known_length(fact)
                return None if length is None else (length,)
            case gast.Call(func=gast.Name(id="min"), args=[_, _, *_], keywords=[]):
                lengths = [self.static(arg) for arg in node.args]
                if not all(k is not None and type(k[0]) is int for k in lengths):
                    return None
                return (min(k[0] for k in lengths if k is not None),)
            case gast.Compare(left=left, ops=[op], comparators=[right]):
                return self.static_comparison(left, op, right)
            case gast.BoolOp(op=op, values=values):
                found = [self.static(value) for value in values]
                stop = isinstance(op, gast.Or)
                if any(value is not None and bool(value[0]) is stop for value in found):
                    return (stop,) if found[0] is not None or len(found) == 1 else None
                return (not stop,) if None not in found else None
        return None

    def static_comparison(self, left: gast.expr, op: Any, right: gast.expr) -> tuple[Any] | None:
        if isinstance(op, (gast.In, gast.NotIn)):
            obj = self.state.of(right)
            known = self.static(left)
            if obj is None or known is None or not is_literal(known[0]):
                return None
            if obj.kind in (dict, set):
                return ((known[0] in obj.items) is isinstance(op, gast.In),)
            items = [None if isinstance(item, int) else self.static(item) for item in obj.items.values()]
            if None in items:
                return None
            return (any(known[0] == i[0] for i in items if i is not None) is isinstance(op, gast.In),)
        if isinstance(op, (gast.Is, gast.IsNot)):
            one, two = self.state.of(left), self.state.of(right)
            for this, other in ((one, right), (two, left)):
                if this is not None and isinstance(other, gast.Constant):
                    return (isinstance(op, gast.IsNot),)
            return None
        a, b = self.static(left), self.static(right)
        if a is None or b is None or type(op) not in _COMPARED:
            return None
        try:
            return (_COMPARED[type(op)](a[0], b[0]),)
        except TypeError:  # it will be raised if the comparison runs
            return None

    def key(self, obj: Object, index: gast.expr) -> Any:
        """The key that an index stands for.

        Raises: Keep if it isn't known, or isn't there in a list.
        """
        known = self.static(index)
        if known is None or not is_literal(known[0]):
            raise Keep(obj.sites)
        key = known[0]
        if obj.kind is dict:
            return key
        if type(key) is not int or not -len(obj.items) <= key < len(obj.items):
            raise Keep(obj.sites)
        return key % len(obj.items)

    def bounds(self, part: gast.Slice) -> slice | None:
        known = [(None,) if p is None else self.static(p) for p in (part.lower, part.upper, part.step)]
        if any(k is None or not (k[0] is None or type(k[0]) is int) for k in known):
            return None
        return slice(*(k[0] for k in known if k is not None))


def _displayed(obj: Object, parts: list[gast.expr]) -> gast.expr:
    """The display of a list, tuple or dict."""
    if obj.kind is dict:
        return gast.Dict(keys=[literal(key) for key in obj.items], values=parts)
    return gast.List(elts=parts, ctx=gast.Load()) if obj.kind is list else build.tuple_of(parts)


def is_literal(key: Any) -> bool:
    """Whether a key can be written down."""
    if type(key) is tuple:
        return all(map(is_literal, key))
    return key is None or (type(key) in (str, int, bool, float) and key == key)


def literal(key: Any) -> gast.expr:
    if type(key) is tuple:
        return build.tuple_of([literal(part) for part in key])
    if type(key) in (int, float) and key < 0:
        return gast.UnaryOp(op=gast.USub(), operand=build.constant(-key))
    return build.constant(key)
