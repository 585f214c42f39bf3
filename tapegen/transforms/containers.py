"""Takes the lists, dicts, tuples and sets that a function makes apart, so that what is in them are plain variables.

    state = {"u": x, "v": y}                 for i in range(n):
    for i in range(n):                           u_1 = u * a
        u = state["u"] * a              ->       v_1 = v + u_1
        state["v"] = state["v"] + u              u, v = u_1, v_1
        state["u"] = u                       return u
    return state["u"]

A container is followed while its keys and its length are known from the text; one that isn't stays as it is. Where one
is read as a whole, it is put together again. Source: Muchnick (1997), Advanced Compiler Design and Implementation,
12.2.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any

import gast

from tapegen.analysis.predicates import is_array, is_container, is_immutable
from tapegen.analysis.shape_functions import call_shape
from tapegen.analysis.values import Value
from tapegen.kernels import sorting_order
from tapegen.lang import build
from tapegen.lang.core import Core, blocks, bound_names, lookup
from tapegen.lang.names import Namer
from tapegen.transforms.container_callees import makes_containers
from tapegen.transforms.container_loops import Loops, bound_by
from tapegen.transforms.container_methods import NAMES
from tapegen.transforms.container_state import Item, Keep, copied_with, join, site_of
from tapegen.transforms.mirrors import marks_of_callers
from tapegen.transforms.reverse import carried_names

_RESTARTS = 24


def take_containers_apart(core: Core, facts: Mapping[str, Value]) -> Core:
    """Replace the containers that the function makes and writes by variables for their items.

    def f(x, y):                   def f(x, y):
        d = {"a": x}                   t = x * y
        d["b"] = y                     return t
        p = d["a"]          ->
        q = d["b"]
        t = p * q
        return t
    """
    if not _writes_containers(core, facts):
        return core
    kept: frozenset[Any] = frozenset()
    for _ in range(_RESTARTS):
        work = _Apart(core, facts, kept)
        try:
            body = work.block(core.body)
        except Keep as found:
            if found.sites <= kept:
                return core
            kept |= found.sites
            continue
        if work.written_elsewhere and not work.exposed <= kept:
            kept |= work.exposed
            continue
        return core.with_body(body, **work.added) if work.changed else core
    return core


def _writes_containers(core: Core, facts: Mapping[str, Value]) -> bool:
    """Whether there is anything that the passes which only follow displays do not see through."""

    def may_be_one(node: Any) -> bool:
        return (
            isinstance(node, gast.Name)
            and node.id not in core.namespace
            and not is_array(facts.get(node.id))
            and not is_immutable(facts.get(node.id))
        )

    if marks_of_callers(core):
        return True
    made = False
    for stmt in core.statements:
        value = getattr(stmt, "value", None)
        if isinstance(value, (gast.List, gast.Dict, gast.Tuple)):
            made = True
        elif isinstance(value, gast.Call):
            made = made or makes_containers(lookup(core, value.func))
    if not made:
        return False
    if any(is_container(facts.get(name)) for name in carried_names(core)):
        return True
    for stmt in core.statements:
        value = getattr(stmt, "value", None)
        match stmt:
            case gast.Assign(targets=[gast.Subscript(value=base)]) if may_be_one(base):
                return True
            case gast.AugAssign(target=gast.Subscript(value=base)) if may_be_one(base):
                return True
        match value:
            case gast.Call(func=gast.Attribute(value=base, attr=attr)) if attr in NAMES and may_be_one(base):
                return True
            case gast.Call(func=func, args=args):
                if makes_containers(lookup(core, func)) or any(isinstance(a, gast.Starred) for a in args):
                    return True
            case gast.BinOp(left=left, right=right):
                if any(isinstance(n, gast.Name) and is_container(facts.get(n.id)) for n in (left, right)):
                    return True
            case gast.Subscript(value=base, slice=gast.Slice()) if isinstance(base, gast.Name):
                if is_container(facts.get(base.id)):
                    return True
    return False


class _Apart(Loops):
    """Runs the function on descriptions of its containers, writing the statements that are left of it."""

    def __init__(self, core: Core, facts: Mapping[str, Value], kept: frozenset[Any]) -> None:
        namer = Namer(core.names)
        super().__init__(core, facts, kept, namer)
        self.carried = set(carried_names(core))
        counts = Counter(name for stmt in core.statements for name in bound_by(stmt))
        self.rebound = {name for name, count in counts.items() if count > 1}
        self.numbers = itertools.count()
        self.dropped: dict[str, frozenset[Any]] = {}
        self.wanted: list[set[int]] = []

    # -- statements ---------------------------------------------------------------------------------------------------

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        outer, self.out = self.out, []
        self.depth += 1
        self.run(body)
        self.depth -= 1
        done, self.out = self.out, outer
        return done

    def run(self, body: list[gast.stmt]) -> None:
        for stmt in body:
            self.statement(copied_with(stmt, self.final) if self.final else stmt)

    def statement(self, stmt: gast.stmt) -> None:
        self.origin = getattr(stmt, "origin", None)
        self.site = site_of(stmt)
        match stmt:
            case gast.If():
                self.branch(stmt)
            case gast.For() | gast.While():
                self.loop(stmt)
            case gast.Assign(targets=[gast.Name(id=target)], value=value):
                self.bind(target, self.value(value, target))
            case gast.Assign(targets=[gast.Tuple()]):
                self.move(stmt)
            case gast.Assign(targets=[gast.Subscript(value=base, slice=index)], value=value):
                self.store(stmt, base, index, value)
            case gast.AugAssign(target=gast.Subscript(value=base, slice=index)):
                self.augmented(stmt, base, index)
            case gast.Expr(value=value):
                left = self.value(value, "value")
                if isinstance(left, gast.Call):
                    self.emit(build.expression(left, self.origin))
            case gast.Assign(targets=[gast.Attribute()]):
                self.written_elsewhere = True
                self.emit(self.rewritten_fields(stmt))
            case gast.Pass():
                if not self.out:
                    self.emit(stmt)
            case _:
                self.emit(self.rewritten_fields(stmt))
        self.mirror()

    def rewritten_fields(self, stmt: gast.stmt) -> gast.stmt:
        fields = {key: self.rewrite_any(value) for key, value in gast.iter_fields(stmt)}
        return build.at(type(stmt)(**fields), self.origin)

    def rewrite_any(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.rewrite_any(item) for item in value]
        return self.rewrite(value) if isinstance(value, gast.AST) else value

    def bind(self, target: str, value: Item) -> None:
        if isinstance(value, int):
            self.state.names[target] = value
            self.dropped[target] = self.state.objects[value].sites
            return
        self.state.names.pop(target, None)
        if isinstance(value, gast.Call) and lookup(self.core, value.func) is sorting_order:
            # How long the order is may be known here before it is known elsewhere.
            self.facts[target] = call_shape(sorting_order, [self.fact(arg) for arg in value.args], {})
        if isinstance(value, gast.Constant) and (target not in self.rebound or target in self.single):
            self.literals[target] = value.value
        self.emit(build.assign(target, value, self.origin))

    def move(self, stmt: gast.Assign) -> None:
        """A parallel move that is no end of a loop: the frontend's `a, b = b, a`."""
        values = [self.value(node, "value") for node in stmt.value.elts]
        targets, rest = [], []
        for target, value in zip(stmt.targets[0].elts, values, strict=True):
            if isinstance(value, int):
                self.bind(target.id, value)
            else:
                targets.append(target.id)
                rest.append(value)
        if targets:
            self.emit(build.move(targets, rest, self.origin))

    def store(self, stmt: gast.stmt, base: gast.expr, index: gast.expr, value: gast.expr) -> None:
        obj = self.state.of(base)
        if obj is None:
            array = isinstance(base, gast.Name) and is_array(self.facts.get(base.id))
            self.written_elsewhere = self.written_elsewhere or not array
            self.emit(self.rewritten_fields(stmt))
        elif isinstance(index, gast.Slice):
            self.store_slice(obj, index, value)
        else:
            key = self.key(obj, index)
            self.write(obj)
            obj.items[key] = self.held(value)

    def augmented(self, stmt: gast.AugAssign, base: gast.expr, index: gast.expr) -> None:
        obj = self.state.of(base)
        if obj is None:
            array = isinstance(base, gast.Name) and is_array(self.facts.get(base.id))
            self.written_elsewhere = self.written_elsewhere or not array
            self.emit(self.rewritten_fields(stmt))
            return
        key = self.key(obj, index)
        old = obj.items[key] if key in obj.items else self.missing(obj, key)
        new = self.added_in_place(stmt.op, old, stmt.value, obj.base)
        self.write(obj)
        obj.items[key] = new

    # -- branches -----------------------------------------------------------------------------------------------------

    def branch(self, stmt: gast.If) -> None:
        origin = self.origin
        test = self.rewrite(stmt.test)
        known = self.static(test)
        both = _bound(stmt.body) & _bound(stmt.orelse)
        if known is not None:
            self.changed = True
            self.single |= both
            self.run(stmt.body if known[0] else stmt.orelse)
            return
        if any(isinstance(inner, gast.Break) for inner in stmt.body):
            self.emit(build.if_(test, stmt.body, stmt.orelse, origin))
            return
        self.single -= both
        for name in both:
            self.literals.pop(name, None)
        before = self.state
        self.state = before.copy()
        body, first = self.block(stmt.body), self.state
        self.state = before.copy()
        orelse, second = self.block(stmt.orelse), self.state
        if _ends(body) or _ends(orelse):
            self.state = second if _ends(body) else first
        else:

            def merge(base: str, a: gast.expr, b: gast.expr) -> gast.expr:
                name = self.namer(base)
                body.append(build.assign(name, build.clone(a), origin))
                orelse.append(build.assign(name, build.clone(b), origin))
                return build.load(name)

            self.state = join(first, second, before, both, merge, lambda: next(self.numbers))
        self.emit(build.if_(test, body, orelse, origin))


def _ends(body: list[gast.stmt]) -> bool:
    """Whether control never leaves a block at its end."""
    if not body:
        return False
    last = body[-1]
    return isinstance(last, gast.Raise) or (
        isinstance(last, gast.If) and _ends(last.body) and _ends(last.orelse)
    )


def _bound(body: list[gast.stmt]) -> set[str]:
    found: set[str] = set()
    for stmt in body:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], (gast.Name, gast.Tuple)):
            found |= bound_names(stmt.targets[0])
        for inner in blocks(stmt):
            found |= _bound(inner)
    return found
