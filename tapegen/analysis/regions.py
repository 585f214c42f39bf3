"""Regions: which names may refer to the same memory.

Like `aliasing`, but it needs no facts, works on every stage of the code, and keeps containers apart
from what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import gast
import numpy as np

from tapegen.analysis.purity import (
    LIST_READS,
    LIST_WRITES,
    PURE_NODES,
    Effects,
    callee_of,
    effects,
    functions_named,
)
from tapegen.analysis.uses import binds, expressions
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import CHILDREN, below


class Regions:
    """Which names may refer to the same memory.

    By unification, flow-insensitively, with one level for an object and one for what it contains
    (Steensgaard 1996, Points-to analysis in almost linear time).
    What callers and globals can reach is one region, `outside`.
    """

    def __init__(self, core: Core, arrays: Callable[[str], bool] | None = None) -> None:
        """Read the regions off `core`; `arrays` tells names known to be arrays or numbers, never containers."""
        self.core = core
        self._arrays = arrays
        self._parent: list[int] = []
        self._contents: dict[int, int] = {}
        self._plain: set[int] = set()
        self._opened: set[int] = set()
        self._names: dict[str, int] = {}
        self._reach: dict[int, tuple[int, ...]] = {}
        self._homes: dict[str, int] = {}
        self._reached: dict[str, tuple[int, ...]] = {}
        self.outside = self._new()
        self._plain.add(self.outside)
        self._opened.add(self.outside)
        self._contents[self.outside] = self.outside
        for name in core.params:
            self._names[name] = self.outside
        body = core.statements
        self._numeric = _numeric(core, arrays, body)
        returned: list[int] = []
        writers: list[Effects] = []
        for stmt in body:
            self._statement(stmt)
            if type(stmt) is gast.Return and stmt.value is not None:
                returned.append(self._region(stmt.value))
            done = effects(core, stmt)
            if not done.none:
                writers.append(done)
        self._collapse()
        self._homes = {name: self._find(region) for name, region in self._names.items()}
        written: set[int] = set()
        for done in writers:
            written.update(self.written_by(done))
        self.written = frozenset(written)
        seen = set(self._closure(self.outside))
        for region in returned:
            seen.update(self._closure(region))
        self.exposed = seen

    @property
    def outside_now(self) -> int:
        """The region of all that the caller and other functions can reach during the call."""
        return self._find(self.outside)

    def of(self, name: str) -> int:
        """The region of the object that a name refers to; `outside` for a name that is not local."""
        try:
            return self._homes[name]
        except KeyError:
            return self._find(self.outside)

    def reach(self, name: str) -> tuple[int, ...]:
        """The regions of the object that a name refers to and of all that it contains."""
        try:
            return self._reached[name]
        except KeyError:
            found = self._reached[name] = self._closure(self.of(name))
            return found

    def effects(self, stmt: gast.stmt) -> Effects:
        """The effects of a statement."""
        return effects(self.core, stmt)

    def may_alias(self, a: str, b: str) -> bool:
        """Whether the objects that two names refer to may share memory."""
        return self.of(a) == self.of(b)

    def is_written(self, name: str) -> bool:
        """Whether the object that a name refers to, or what it contains, is written in place anywhere."""
        return not self.written.isdisjoint(self.reach(name))

    def is_exposed(self, name: str) -> bool:
        """Whether the caller can reach the object that a name refers to, during the call or after it."""
        return self.of(name) in self.exposed

    def may_merge(self, a: str, b: str) -> bool:
        """Whether nobody could tell if `a`, a fresh value equal to `b`, were `b` itself."""
        if self.is_written(a) or self.is_written(b):
            return False
        return not (self.is_exposed(a) and self.is_exposed(b))

    def merge(self, a: str, b: str) -> None:
        """Take note that a pass lets `a` and `b` be one object: what exposes one of them exposes both."""
        if self.is_exposed(a) or self.is_exposed(b):
            self.exposed.update(self.reach(a), self.reach(b))

    def written_by(self, done: Effects) -> set[int]:
        """The regions that these effects write."""
        found = {self.of(name) for name in done.writes}
        for name in done.contents:
            found.update(self.reach(name))
        if done.opaque:
            found.update(self._closure(self._find(self.outside)))
        return found

    def _new(self) -> int:
        region = len(self._parent)
        self._parent.append(region)
        return region

    def _find(self, region: int) -> int:
        parent = self._parent
        above = parent[region]
        while above != region:
            parent[region] = parent[above]
            region = parent[region]
            above = parent[region]
        return region

    def _join(self, a: int, b: int) -> None:
        work = [(a, b)]
        while work:
            a, b = work.pop()
            a, b = self._find(a), self._find(b)
            if a == b:
                continue
            self._parent[b] = a
            for marks in (self._plain, self._opened):
                if b in marks:
                    marks.add(a)
            if b in self._contents:
                inner = self._contents.pop(b)
                if a in self._contents:
                    work.append((self._contents[a], inner))
                else:
                    self._contents[a] = inner

    def _inside(self, region: int) -> int:
        region = self._find(region)
        if region not in self._contents:
            self._contents[region] = self._new()
        return self._contents[region]

    def _open(self, region: int) -> int:
        """The region of what is read out of an object: its contents, and if it is an array, its own memory."""
        inner = self._inside(region)
        self._opened.add(self._find(region))
        return inner

    def _collapse(self) -> None:
        """An array that is indexed gives a view of itself: its contents are its own region."""
        while True:
            todo = [
                (region, inner)
                for region, inner in self._contents.items()
                if self._find(inner) != region and region in self._plain and region in self._opened
            ]
            if not todo:
                return
            for region, inner in todo:
                self._join(region, inner)

    def _closure(self, region: int) -> tuple[int, ...]:
        region = self._find(region)
        found = self._reach.get(region)
        if found is None:
            chain = [region]
            while chain[-1] in self._contents:
                inner = self._find(self._contents[chain[-1]])
                if inner in chain:
                    break
                chain.append(inner)
            found = self._reach[region] = tuple(chain)
        return found

    def _name(self, name: str) -> int:
        region = self._names.get(name)
        if region is None:
            if name in self.core.namespace:
                return self.outside
            region = self._names[name] = self._new()
        return region

    def _statement(self, stmt: gast.stmt) -> None:
        kind = type(stmt)
        if kind is gast.Assign:
            target, value = stmt.targets[0], stmt.value
            if type(target) is gast.Name:
                region = self._name(target.id)
                if target.id in self._numeric and type(value) is gast.BinOp and _is_flat(value):
                    self._plain.add(self._find(region))
                else:
                    self._bind(region, value, target.id)
            elif type(target) is gast.Tuple:
                if type(value) is gast.Tuple and len(value.elts) == len(target.elts):
                    for left, right in zip(target.elts, value.elts, strict=True):
                        self._bind(self._name(left.id), right, left.id)
                else:
                    region = self._region(value)
                    for name in binds(stmt):
                        self._join(self._name(name), self._open(region))
            else:
                base = self._region(target.value)
                if not (type(target.value) is gast.Name and target.value.id in self._numeric):
                    self._hold(base, value)
                else:
                    self._region(value)
                if type(target) is gast.Attribute:
                    self._join(base, self.outside)
        elif kind is gast.AugAssign:
            base = self._region(stmt.target)
            self._region(stmt.value)
            if type(stmt.target) is gast.Name and stmt.target.id not in self._numeric:
                self._hold(base, stmt.value)
                self._join(self._inside(base), self._inside(self._region(stmt.value)))
        elif kind is gast.For:
            self._loop_target(stmt.target, stmt.iter)
        else:
            for node in expressions(stmt):
                self._region(node)

    def _loop_target(self, target: gast.expr, iterable: gast.expr) -> None:
        if (
            type(iterable) is gast.Call
            and type(iterable.func) is gast.Name
            and iterable.func.id not in self._names
        ):
            name = iterable.func.id
            if name == "range":
                return
            if name == "reversed" and len(iterable.args) == 1:
                return self._loop_target(target, iterable.args[0])
            if type(target) is gast.Tuple:
                if name == "zip" and len(iterable.args) == len(target.elts):
                    for left, right in zip(target.elts, iterable.args, strict=True):
                        self._loop_target(left, right)
                    return
                if name == "enumerate" and len(target.elts) == 2:
                    return self._loop_target(target.elts[1], iterable.args[0])
        inner = self._open(self._region(iterable))
        if type(target) is gast.Name:
            self._join(self._name(target.id), inner)
            return
        inner = self._open(inner)
        for node in below(target):
            if type(node) is gast.Name:
                self._join(self._name(node.id), inner)

    def _hold(self, region: int, value: gast.expr) -> None:
        """What `region` contains may be the value of `value`."""
        if type(value) is not gast.Constant:
            self._join(self._inside(region), self._region(value))

    def _region(self, node: gast.expr) -> int:
        """The region of the value of an expression."""
        kind = type(node)
        if kind is gast.Name:
            return self._name(node.id)
        region = self._new()
        self._bind(region, node)
        return region

    def _bind(self, region: int, node: gast.expr, name: str = "") -> None:
        """The object of `region` may be the value of `node`."""
        kind = type(node)
        if kind is gast.Name:
            self._join(region, self._name(node.id))
        elif kind is gast.Constant:
            pass
        elif kind is gast.BinOp:
            self._plain.add(self._find(region))
            if name in self._numeric and _is_flat(node):
                return
            left, right = self._region(node.left), self._region(node.right)
            joins = type(node.op) in (gast.Add, gast.Mult, gast.BitOr)
            if joins and not self._number(node) and name not in self._numeric:
                self._join(self._inside(region), self._inside(left))
                self._join(self._inside(region), self._inside(right))
        elif kind is gast.Subscript:
            base = self._region(node.value)
            self._join(region, self._open(base))
            self._region(node.slice)
            if type(node.slice) is gast.Slice:
                self._join(region, base)
        elif kind is gast.Attribute:
            self._join(region, self._region(node.value))
            self._plain.add(self._find(region))
        elif kind is gast.Tuple or kind is gast.List or kind is gast.Set:
            for element in node.elts:
                if type(element) is gast.Starred:
                    self._join(self._inside(region), self._open(self._region(element.value)))
                else:
                    self._hold(region, element)
        elif kind is gast.Dict:
            for element in node.values:
                self._hold(region, element)
        elif kind is gast.BoolOp:
            for element in node.values:
                self._join(region, self._region(element))
        elif kind is gast.IfExp:
            self._region(node.test)
            self._join(region, self._region(node.body))
            self._join(region, self._region(node.orelse))
        elif kind is gast.Call:
            self._call(region, node)
        elif kind in PURE_NODES:
            self._plain.add(self._find(region))
            for field in CHILDREN[kind]:
                child = getattr(node, field)
                for item in child if type(child) is list else (child,):
                    if isinstance(item, gast.AST):
                        self._region(item)
        else:
            self._join(region, self.outside)

    def _call(self, region: int, node: gast.Call) -> None:
        called = callee_of(self.core, node)
        if called.fresh and not node.keywords and all(type(arg) in _LEAVES for arg in node.args):
            self._plain.add(self._find(region))
            return
        operands = [self._region(arg) for arg in node.args] + [self._region(k.value) for k in node.keywords]
        if called.fresh:
            self._plain.add(self._find(region))
        elif called.holds:
            for operand in operands:
                self._join(self._inside(region), self._open(operand))
            inner = self._inside(region)
            self._join(self._inside(inner), inner)
        elif called.writes:
            # What is written by value: only a container would hold on to it.
            if not (type(node.args[0]) is gast.Name and node.args[0].id in self._numeric):
                for operand in operands[1:]:
                    self._join(self._inside(operands[0]), operand)
            self._join(region, operands[0])
        elif called.pure:
            self._plain.add(self._find(region))
            for place, operand in enumerate(operands):
                if place not in called.spared:
                    # Of a container, the result may be an element.
                    self._open(operand)
                    self._join(region, operand)
        else:
            self._effect(region, node, operands)

    def _effect(self, region: int, node: gast.Call, operands: list[int]) -> None:
        func = node.func
        local = type(func) is gast.Attribute and lookup(self.core, func) is None
        if local and (func.attr in LIST_WRITES or func.attr in LIST_READS):
            base = self._region(func.value)
            for operand in operands:
                self._join(self._inside(base), operand)
            if func.attr in ("extend", "update"):
                self._join(self._inside(base), self._inside(self._inside(base)))
            if func.attr in ("append", "clear", "remove", "reverse", "sort", "insert", "extend", "update"):
                return
            self._join(region, self._open(base))
            if func.attr not in ("pop", "get", "setdefault"):
                self._join(self._inside(region), self._inside(base))
            return
        self._join(region, self.outside)
        for operand in operands:
            self._join(operand, self.outside)
        if type(func) is gast.Attribute:
            self._join(self._region(func.value), self.outside)

    def _number(self, node: gast.expr) -> bool:
        return is_numeric(self.core, node, self._numeric)


_LEAVES = frozenset({gast.Name, gast.Constant})


def _is_flat(node: gast.BinOp) -> bool:
    return type(node.left) in _LEAVES and type(node.right) in _LEAVES


def is_numeric(core: Core, node: gast.expr, known: Collection[str]) -> bool:
    """Whether the value of an expression is surely a number or an array, not a container."""
    kind = type(node)
    if kind is gast.Name:
        return node.id in known
    if kind is gast.Constant:
        return isinstance(node.value, (int, float, complex))
    if kind is gast.BinOp:
        if type(node.op) is gast.Add:
            return is_numeric(core, node.left, known) or is_numeric(core, node.right, known)
        if type(node.op) is gast.Mult:
            return is_numeric(core, node.left, known) and is_numeric(core, node.right, known)
        return type(node.op) not in (gast.Mod, gast.BitOr)
    if kind is gast.UnaryOp:
        return True
    if kind is gast.Call:
        function = lookup(core, node.func)
        return isinstance(function, np.ufunc) or function in _ARRAYS
    return False


_ARRAYS = frozenset(
    functions_named(
        np,
        "zeros ones empty full zeros_like ones_like empty_like full_like array asarray transpose reshape sum mean prod",
        "max min where dot matmul tensordot outer einsum broadcast_to ravel squeeze expand_dims swapaxes moveaxis",
        "cumsum cumprod diag concatenate stack copy std var clip tile repeat roll flip trace eye arange linspace",
    )
)


def _numeric(core: Core, arrays: Callable[[str], bool] | None, body: list[gast.stmt]) -> set[str]:
    """Names that are surely bound to numbers and arrays alone."""
    definitions: list[tuple[str, gast.expr | None]] = []
    for stmt in body:
        kind = type(stmt)
        if kind is gast.Assign:
            target, value = stmt.targets[0], stmt.value
            if type(target) is gast.Name:
                definitions.append((target.id, value))
            elif type(target) is gast.Tuple:
                both = type(value) is gast.Tuple and len(value.elts) == len(target.elts)
                for place, name in enumerate(binds(stmt)):
                    definitions.append((name, value.elts[place] if both else None))
        elif kind is gast.For:
            counter = type(stmt.iter) is gast.Call and getattr(stmt.iter.func, "id", "") == "range"
            definitions += [(name, _ZERO if counter else None) for name in binds(stmt)]
    told = {name for name, _ in definitions if arrays(name)} if arrays is not None else set()
    if arrays is not None:
        told |= {name for name in core.params if arrays(name)}
    refuted = set(core.params) - told
    while True:
        # Definitions stand before uses, so once through is enough, unless a carried variable turns out otherwise.
        known = set(told)
        again = False
        for name, value in definitions:
            if name in refuted or name in told:
                continue
            if value is not None and is_numeric(core, value, known):
                known.add(name)
            else:
                again |= name in known
                refuted.add(name)
        if not again:
            return known


_ZERO = gast.Constant(value=0, kind=None)
