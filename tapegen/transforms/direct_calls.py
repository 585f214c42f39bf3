"""Calls of functions that are values become direct calls, wherever it is known which function is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import Core, bound_names
from tapegen.lang.walk import below
from tapegen.transforms.function_calls import Callables
from tapegen.transforms.function_containers import follow_containers
from tapegen.transforms.function_tests import decide
from tapegen.transforms.function_values import (
    Attribute,
    Choice,
    Entries,
    Items,
    Merge,
    Partial,
    Static,
    Value,
    Values,
    is_function,
    is_table,
    literal,
    with_parts,
)

Specialise = Callable[[Any, gast.Call, Values], tuple[Any, gast.Call] | None]


@dataclass(frozen=True)
class Direct:
    """A function whose calls are direct where that is possible.

    Attributes:
        core: the function.
        values: what is known of its names.
        has_choices: whether there are calls of one of several functions.
        looked_up: containers of functions in the user's modules: holder, key, and what was found there.
    """

    core: Core
    values: Values
    has_choices: bool
    looked_up: tuple[tuple[Any, Any, Any], ...]

    @property
    def returns_function(self) -> bool:
        """Whether the result is a function, or a container of functions."""
        last = self.core.body[-1]
        return isinstance(last, gast.Return) and self.values.holds_function(last.value)


def direct_calls(
    core: Core, given: Mapping[str, Any], specialise: Specialise, postponed: bool = False
) -> Direct:
    """Resolve calls of local names whose function is known.

    def f(x):                                 def f(x):
        g = functools.partial(h, x)      →        y = h(x, 2.0)
        y = g(2.0)                                return y
        return y

    Args:
        given: parameters that stand for known objects.
        specialise: given a function, a call of it and what is known, may give another function and call that do the
            same without taking functions as arguments.
        postponed: leave calls of one of several functions, for loops over functions may be unrolled first.

    Source: Reynolds, Definitional Interpreters for Higher-Order Programming Languages (1972): defunctionalisation.
    """
    poisoned: set[str] = set()
    while True:
        work = _Direct(core, given, specialise, poisoned, postponed)
        body = work.block(core.body)
        if not work.again:
            break
    if work.changed:
        core = core.with_body(body, **work.values.added)
    return Direct(core, work.values, work.has_choices, tuple(work.looked_up))


class _Direct(Callables):
    def __init__(
        self,
        core: Core,
        given: Mapping[str, Any],
        specialise: Specialise,
        poisoned: set[str],
        postponed: bool,
    ) -> None:
        super().__init__(core, Values(core, given), poisoned)
        self.specialise, self.postponed, self.has_choices = specialise, postponed, False
        self.counters: set[str] = set()  # loop variables that count from zero

    # Statements

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        self.enter_block()
        out: list[gast.stmt] = []
        for stmt in body:
            out += self.statement(stmt)
        self.leave_block()
        return out

    def statement(self, stmt: Any) -> list[gast.stmt]:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call()):
                return self.call_statement(stmt, name)
            case gast.Assign(targets=[gast.Name(id=name)]):
                return [self.bind(stmt, name)]
            case gast.Assign(targets=[gast.Tuple()]):
                self.values.forget(bound_names(stmt.targets[0]))
                return [self.plain(stmt)]
            case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name), slice=index)]):
                self.store(name, index, stmt.value)
                return [stmt]
            case gast.Expr(value=gast.Call()):
                return self.call_statement(stmt, None)
            case gast.If():
                return self.branch(stmt)
            case gast.For() | gast.While():
                return [self.loop(stmt)]
        return [self.plain(stmt)]

    def plain(self, stmt: Any) -> gast.stmt:
        fresh: gast.stmt = self.visit(stmt)
        return fresh

    def bind(self, stmt: gast.Assign, name: str) -> gast.stmt:
        """`name = value` for a value that is no call."""
        match stmt.value:
            case gast.Name() | gast.Attribute() if self.values.of(stmt.value) is not None:
                self.values.alias(name, stmt.value)
            case gast.Attribute(value=gast.Name()) if self.values.denotes(stmt.value) is None:
                self.values.known[name] = Attribute(stmt.value)
            case gast.Name() if stmt.value.id in self.values.constants:
                self.values.constants[name] = self.values.constants[stmt.value.id]
            case gast.Constant(value=value) if value is None or isinstance(value, (bool, str)):
                self.values.constants[name] = value
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                self.escape(stmt.value, into_display=True)
                self.make(name, Items(list(elements)), isinstance(stmt.value, gast.List))
            case gast.Dict(keys=keys, values=values) if all(k is not None and literal(k)[0] for k in keys):
                self.escape(stmt.value, into_display=True)
                entries = {literal(k)[1]: v for k, v in zip(keys, values, strict=True)}
                self.make(name, Entries(entries), True)
            case gast.Subscript(value=gast.Name() | gast.Subscript() | gast.Attribute()):
                return self.read(stmt, name)
            case _:
                return self.plain(stmt)
        return stmt

    def read(self, stmt: gast.Assign, name: str) -> gast.stmt:
        """`name = container[index]`."""
        found, atom, value = self.element(stmt.value)
        if not found:
            if value is not None:
                self.values.known[name] = value
                return stmt
            return self.plain(stmt)
        if value is not None:
            self.values.known[name] = value
        if atom is None:
            return stmt
        self.changed = True
        return build.assign(name, atom, getattr(stmt, "origin", None))

    def element(self, node: gast.Subscript) -> tuple[bool, gast.expr | None, Value | None]:
        """Whether an element is known, what stands for it, and what it is."""
        container = self.values.of(node.value)
        known, key = self.key(node.slice)
        if isinstance(container, Static) and is_table(container.obj):
            return self.table_element(container.obj, known, key, node.slice)
        if isinstance(container, (Items, Entries)) and self.values.value_holds(container):
            elements = (
                dict(enumerate(container.elements)) if isinstance(container, Items) else container.entries
            )
            if known:
                if isinstance(container, Items) and isinstance(key, int) and key < 0:
                    key += len(container.elements)
                if key in elements:
                    container.used = True
                    return True, build.clone(elements[key]), self.values.of(elements[key])
            elif not isinstance(node.slice, gast.Slice) and isinstance(node.slice, gast.Name):
                if elements and all(
                    isinstance(self.values.of(e), (Static, Partial)) for e in elements.values()
                ):
                    container.used = True
                    is_sequence = isinstance(container, Items)
                    return (
                        False,
                        None,
                        self.choice(node.slice, tuple(elements), elements.values(), is_sequence),
                    )
            elif isinstance(container, Items):
                return False, None, self.sliced(container, node.slice)
        return False, None, None

    def key(self, node: gast.expr) -> tuple[bool, Any]:
        if isinstance(node, gast.Name) and node.id in self.values.constants:
            return True, self.values.constants[node.id]
        return literal(node)

    def table_element(
        self, table: Any, known: bool, key: Any, index: gast.expr
    ) -> tuple[bool, gast.expr | None, Value | None]:
        """An element of a table in the user's module."""
        keys = tuple(table) if isinstance(table, dict) else tuple(range(len(table)))
        if known:
            try:
                item = table[key]
            except (LookupError, TypeError):
                return False, None, None
            if not (is_function(item) or is_table(item)):
                return False, None, None
            self.looked_up.append((table, key, item))
            return True, self.denote(item) if is_function(item) else None, Static(item)
        plain = all(isinstance(k, (str, int)) for k in keys) and all(is_function(table[k]) for k in keys)
        if not plain or not isinstance(index, gast.Name):
            return False, None, None
        self.looked_up += [(table, None, keys), *((table, k, table[k]) for k in keys)]
        options = [self.denote(table[k]) for k in keys]
        return False, None, self.choice(index, keys, options, not isinstance(table, dict))

    def choice(
        self, index: gast.Name, keys: tuple[Any, ...], options: Iterable[gast.expr], is_sequence: bool
    ) -> Choice:
        """The element of a container of functions at an index that is known when it runs."""
        if not is_sequence:
            return Choice(index, tuple((k,) for k in keys), tuple(options), KeyError)
        count = len(keys)
        both = [(k,) if index.id in self.counters else (k, k - count) for k in keys]
        return Choice(index, tuple(both), tuple(options), IndexError)

    def sliced(self, container: Items, node: gast.expr) -> Value | None:
        """A slice with literal bounds of a tuple or list."""
        if not isinstance(node, gast.Slice):
            return None
        bounds = [(True, None) if b is None else self.key(b) for b in (node.lower, node.upper, node.step)]
        if not all(known for known, _ in bounds):
            return None
        container.used = True
        return Items(container.elements[slice(*(value for _, value in bounds))])

    # Calls

    def call_statement(self, stmt: Any, name: str | None) -> list[gast.stmt]:
        call = self.spelled_out(stmt.value)
        origin = getattr(stmt, "origin", None)

        def with_value(value: gast.expr) -> gast.stmt:
            fresh = gast.Expr(value=value) if name is None else build.assign(name, value)
            return build.at(fresh, origin)

        target = self.values.of(call.func)
        if isinstance(target, (Choice, Merge)):
            self.has_choices = True
            if self.postponed:
                return [stmt if call is stmt.value else with_value(call)]
            self.changed = True
            if isinstance(target, Merge):
                target = self.chosen(call.func.id, target)
            return self.block_here(self.dispatch(call, target, name, origin))
        direct = self.resolved(call)
        if direct is not call:
            self.changed = True
            call = direct
        if isinstance(self.values.of(call.func), (Choice, Merge)):
            return self.call_statement(with_value(call), name)
        done = self.maker(call, name)
        if done is not None:
            return [with_value(done)]
        followed = follow_containers(self, call, name)
        if followed is not None:
            before, self.before = self.before, []
            if followed is stmt.value:
                return [stmt]
            self.changed = True
            return [*before, with_value(followed)]
        visited = self.visit_arguments(call)
        special = self.specialised(visited)
        if special is not None:
            self.changed = True
            visited = special
        return [stmt if visited is stmt.value else with_value(visited)]

    def specialised(self, call: gast.Call) -> gast.Call | None:
        obj = self.values.denotes(call.func)
        if obj is None or not any(map(self.values.holds_function, _arguments(call))):
            return None
        found = self.specialise(obj, call, self.values)
        if found is None:
            return None
        special, fresh = found
        fresh.func = build.load(self.imported(special.__name__, special))
        return fresh

    def block_here(self, body: list[gast.stmt]) -> list[gast.stmt]:
        """Statements that stand in the place of one."""
        return [fresh for stmt in body for fresh in self.statement(stmt)]

    # Expressions

    def visit(self, node: Any) -> Any:
        """A statement or nested expression, calls in it direct where that is possible."""
        if isinstance(node, gast.Call):
            fresh = self.resolved(self.spelled_out(node))
            if fresh is not node:
                self.changed = True
            followed = follow_containers(self, fresh, None)
            if followed is not None and followed is not fresh:
                self.changed = True
            return self.visit_arguments(fresh) if followed is None else followed
        if isinstance(node, gast.Name):
            self.escape(node)
            return node
        if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name):
            index = self.visit(node.slice)
            return node if index is node.slice else _with(node, slice=index)
        return self.visit_children(node)

    def visit_arguments(self, call: gast.Call) -> gast.Call:
        changes: dict[str, Any] = {}
        for field in ("args", "keywords"):
            old = getattr(call, field)
            new = [self.visit(item) for item in old]
            if any(a is not b for a, b in zip(old, new, strict=True)):
                changes[field] = new
        if isinstance(call.func, gast.Attribute) and self.values.denotes(call.func) is None:
            self.visit(call.func.value)
        return _with(call, **changes) if changes else call

    def visit_children(self, node: Any) -> Any:
        changes: dict[str, Any] = {}
        for field, old in gast.iter_fields(node):
            new = old
            if isinstance(old, list):
                new = [self.visit(item) if isinstance(item, gast.AST) else item for item in old]
                if all(a is b for a, b in zip(old, new, strict=True)):
                    new = old
            elif isinstance(old, gast.AST) and old._fields:
                new = self.visit(old)
            if new is not old:
                changes[field] = new
        return _with(node, **changes) if changes else node

    # Control flow

    def branch(self, stmt: gast.If) -> list[gast.stmt]:
        test = self.visit(stmt.test)
        known = decide(test, self.values)
        if known is not None:
            self.changed = True
            return self.block_here(
                [s for s in (stmt.body if known else stmt.orelse) if not isinstance(s, gast.Pass)]
            )
        merged = _merged(stmt.body) & _merged(stmt.orelse)
        body = self.block(stmt.body)
        one = {name: self.values.known.get(name) for name in merged}
        self.values.forget(merged)  # the other branch may bind them to what is not known
        orelse = self.block(stmt.orelse)
        two = {name: self.values.known.get(name) for name in merged}
        self.values.forget(merged)
        for name in sorted(merged):
            self.merge(name, one[name], two[name], body, orelse)
        remembers = any(isinstance(self.values.known.get(name), Merge) for name in merged)
        if not remembers and test is stmt.test and _same(body, stmt.body) and _same(orelse, stmt.orelse):
            return [stmt]
        fresh = build.at(gast.If(test=test, body=body, orelse=orelse), getattr(stmt, "origin", None))
        fresh.body, fresh.orelse = body, orelse  # these very lists: a merge may still add to them
        return [fresh]

    def merge(
        self, name: str, one: Value | None, two: Value | None, body: list[gast.stmt], orelse: list[gast.stmt]
    ) -> None:
        """A name that is one function or another, by the branch taken."""
        kinds = (Static, Partial, Choice, Merge)
        if not (isinstance(one, kinds) and isinstance(two, kinds)):
            return
        if not (self.values.value_holds(one) and self.values.value_holds(two)):
            return
        if isinstance(one, Static) and isinstance(two, Static) and one.obj is two.obj:
            self.values.known[name] = one
            return
        self.values.known[name] = Merge(one, two, body, orelse)

    def chosen(self, name: str, merge: Merge) -> Choice:
        """A merged function with the branches remembering which it is."""
        tag = self.namer(f"{name}_choice")
        first = self.exported(name, merge.one, merge.body, merge.orelse)
        second = self.exported(name, merge.two, merge.orelse, merge.body)
        merge.body.append(build.assign(tag, build.constant(0)))
        merge.orelse.append(build.assign(tag, build.constant(1)))
        choice = self.values.known[name] = Choice(build.load(tag), ((0,), (1,)), (first, second))
        return choice

    def exported(self, name: str, value: Value, here: list[gast.stmt], there: list[gast.stmt]) -> gast.expr:
        """What a branch knows of a function, under names that are bound after the branch."""
        inside = {n for stmt in here for n in _bound_in(stmt)}

        def moved(atom: gast.expr) -> gast.expr:
            if not isinstance(atom, gast.Name) or atom.id not in inside:
                return atom
            fresh = self.namer(atom.id)
            here.append(build.assign(fresh, build.load(atom.id)))
            there.append(build.assign(fresh, build.constant(None)))
            inner = self.values.of(atom)
            if isinstance(inner, Merge):
                inner = self.chosen(atom.id, inner)
            if inner is not None:
                self.values.known[fresh] = with_parts(inner, moved)
            return build.load(fresh)

        if isinstance(value, Static):
            return self.denote(value.obj)
        if isinstance(value, Merge):
            value = self.chosen(name, value)
        holder = self.namer(name)
        self.values.known[holder] = with_parts(value, moved)
        here.append(build.assign(holder, build.load(name)))
        there.append(build.assign(holder, build.constant(None)))
        return build.load(holder)

    def loop(self, stmt: Any) -> gast.stmt:
        self.values.forget(_moved(stmt.body))
        head = "iter" if isinstance(stmt, gast.For) else "test"
        if isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Call) and len(stmt.iter.args) == 1:
            self.counters |= bound_names(stmt.target)
        old = getattr(stmt, head)
        self.enter_loop()
        new = self.visit(old)
        body = self.block(stmt.body)
        self.leave_loop()
        self.values.forget(_moved(stmt.body))
        if new is old and _same(body, stmt.body):
            return stmt
        return _with(stmt, **{head: new, "body": body or [gast.Pass()]})


def _with(node: Any, **changes: Any) -> Any:
    fresh = type(node)(**{**dict(gast.iter_fields(node)), **changes})
    for extra in ("origin", "comment"):
        if hasattr(node, extra):
            setattr(fresh, extra, getattr(node, extra))
    return fresh


def _same(one: list[gast.stmt], two: list[gast.stmt]) -> bool:
    return len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))


def _arguments(call: gast.Call) -> list[gast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _bound_in(stmt: gast.stmt) -> set[str]:
    names: set[str] = set()
    for node in below(stmt):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
            names.add(node.id)
    return names


def _merged(body: list[gast.stmt]) -> set[str]:
    """Names that the plain assignments of a block bind."""
    return {
        stmt.targets[0].id
        for stmt in body
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
    }


def _moved(body: list[gast.stmt]) -> set[str]:
    """The carried variables of a loop."""
    last = body[-1]
    if isinstance(last, gast.If) and any(isinstance(s, gast.Break) for s in last.body) and len(body) > 1:
        last = body[-2]
    names: set[str] = bound_names(last.targets[0]) if isinstance(last, gast.Assign) else set()
    return names
