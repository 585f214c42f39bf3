"""Core to loops: each statement becomes scalar code, loop nests, and calls that Numba compiles well.

What is not understood is refused, never guessed: see `Unsupported`.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gast

from tapegen.analysis.joins import join_all
from tapegen.analysis.lasting import lasting
from tapegen.analysis.shape_sites import sites
from tapegen.analysis.shapes import evaluator
from tapegen.analysis.values import SOME, UNKNOWN, Array, Number, Size, Value, present
from tapegen.analysis.values import Scalar as ScalarValue
from tapegen.analysis.values import Static as StaticValue
from tapegen.backends.numba import arrays, scalars
from tapegen.backends.numba.calls import call
from tapegen.backends.numba.classes import classes_of
from tapegen.backends.numba.expressions import Slot
from tapegen.backends.numba.handlers import makes_new
from tapegen.backends.numba.loops import Loops
from tapegen.backends.numba.stacks import (
    begin,
    find_stacks,
    is_empty_list,
    push,
    push_of,
)
from tapegen.backends.numba.state import (
    DTYPES,
    RESERVED,
    Items,
    Scalar,
    Static,
    View,
    Widened,
    dtype_of,
    identity,
)
from tapegen.lang import build
from tapegen.lang.core import Core, walk_statements
from tapegen.lang.names import Namer


class Lowering(Loops):
    """The lowering of one function."""

    # -- binding ------------------------------------------------------------------------------------------------------

    def bind(self, name: str, known: Any) -> None:
        """`name = known`."""
        slot = self.env.get(name)
        if isinstance(slot, Slot):
            self.move([name], [known])
            return
        if (
            name in self.escaping
            and isinstance(known, View)
            and not (known.is_whole and known.base in self.temporaries)
        ):
            raise self.fail(f"{name}, a view that is used after the loop that makes it")
        if isinstance(known, Scalar):
            fact = self.fact(name)
            python = (
                not (isinstance(fact, Array) and fact.scalar is True) if fact is not UNKNOWN else known.python
            )
            if isinstance(known.expr, gast.Constant):
                self.env[name] = Scalar(known.expr, known.dtype, python)
            else:
                if not (isinstance(known.expr, gast.Name) and known.expr.id == name):
                    self.emit(build.assign(name, known.expr))
                    known.expr.lasts = name in self.lasting.read
                    self.define(name, known.expr)
                self.env[name] = Scalar(build.load(name), known.dtype, python)
        else:
            if isinstance(known, View) and known.base is not None:
                self.names.setdefault(known.base, set()).add(name)
                known = replace(known, lasts=known.lasts or name in self.lasting.read)
            self.env[name] = known

    def move(self, names: Sequence[str], values: Sequence[Any]) -> None:
        """`(a, b) = (x, y)` for slots; the values are those before any of the names is bound."""
        targets: list[str] = []
        sources: list[gast.expr] = []
        for name, known in zip(names, values):
            slot = self.env[name]
            source = self.slotted(name, slot, known)
            if isinstance(source, gast.Name) and source.id == name:
                continue
            targets.append(name)
            sources.append(source)
        if targets:
            read = {n.id for source in sources for n in gast.walk(source) if isinstance(n, gast.Name)}
            if len(targets) > 1 and read & set(targets):
                self.emit(build.move(targets, sources))
            else:
                for target, source in zip(targets, sources):
                    self.emit(build.assign(target, source))

    def slotted(self, name: str, slot: Slot, known: Any) -> gast.expr:
        """What is assigned to a slot that is to hold `known`."""
        if slot.dtype is None and isinstance(known, (Scalar, View)):
            slot = self.env[name] = Slot(_described(known), True)
        if slot.dtype is None:
            raise self.fail(f"{name}, of which the type is not known")
        if isinstance(known, Static) and known.value is None:  # no value on this way, and nobody asks for it
            if slot.is_array:
                assert isinstance(slot.value, Array) and slot.value.shape is not None
                slot.may_be_absent = True
                lengths = [build.constant(n if isinstance(n, int) else 0) for n in slot.value.shape]
                return build.call("np.empty", build.tuple_of(lengths), _np_type(slot.dtype))
            return arrays.typed(0, slot.dtype)
        if not slot.is_array:
            if not isinstance(known, Scalar):
                raise self.fail(f"{name}, which is a number or an array")
            if scalars.WIDTH[known.dtype] > scalars.WIDTH[slot.dtype]:
                if self.fact(name) is not UNKNOWN:
                    raise self.fail(f"{name}, which holds more than was known")
                raise Widened(name, _described(known))
            return scalars.cast(known, slot.dtype).expr
        if not isinstance(known, View) or known.rank != slot.rank or known.dtype != slot.dtype:
            raise self.fail(f"{name}, which holds arrays of several kinds")
        whole = known.is_whole and known.base is not None
        if whole and (known.base in self.contiguous or self.classes.is_written(name)):
            return build.load(str(known.base))
        if self.classes.is_written(name) and known.base is not None and not known.lasts:
            raise self.fail(f"{name}, which is written and may be a view")
        return build.load(str(arrays.copied(self, known, name).base))

    # -- statements ---------------------------------------------------------------------------------------------------

    def statements(self, body: Sequence[gast.stmt]) -> None:
        for stmt in body:
            origin = getattr(stmt, "origin", None)
            if origin is not None:
                self.origin = origin
            self.statement(stmt)

    def statement(self, stmt: gast.stmt) -> None:
        handler = _STATEMENTS.get(type(stmt))
        if handler is None:
            raise self.fail(f"a statement of kind {type(stmt).__name__}")
        handler(self, stmt)

    def assign(self, stmt: gast.Assign) -> None:
        target, value = stmt.targets[0], stmt.value
        if isinstance(target, gast.Name):
            if target.id in self.stacks:
                if is_empty_list(stmt):
                    begin(self, self.stacks[target.id])
                return
            self.bind(target.id, self.expression(value, self.fact(target.id), target.id))
        elif isinstance(target, gast.Tuple):
            found = self.value(value)
            if not isinstance(found, Items) or len(found.items) != len(target.elts):
                raise self.fail("an unpacking of what is no tuple of known length")
            names = [part.id for part in target.elts]
            if all(isinstance(self.env.get(name), Slot) for name in names):
                self.move(names, found.items)
            else:
                for name, item in zip(names, found.items):
                    self.bind(name, item)
        elif isinstance(target, gast.Subscript):
            self.store(target, self.value(value), None)
        else:
            raise self.fail("a store into an attribute")

    def augmented(self, stmt: gast.AugAssign) -> None:
        target = stmt.target
        if isinstance(target, gast.Subscript):
            self.store(target, self.value(stmt.value), stmt.op)
            return
        if not isinstance(target, gast.Name):
            raise self.fail("a store into an attribute")
        known = self.value(build.load(target.id))
        if isinstance(known, View):
            self.store_into(known, self.value(stmt.value), stmt.op)
        else:
            node = gast.BinOp(left=build.load(target.id), op=stmt.op, right=stmt.value)
            self.bind(target.id, self.expression(node, self.fact(target.id), target.id))

    def effect(self, stmt: gast.Expr) -> None:
        pushed = push_of(stmt)
        if pushed is not None and pushed[0] in self.stacks:
            push(self, self.stacks[pushed[0]], self.value(pushed[1]))
            return
        if isinstance(stmt.value, gast.Call):
            call(self, stmt.value, UNKNOWN, "unused")
        elif not isinstance(stmt.value, gast.Constant):
            raise self.fail("an expression that is evaluated for its effect")

    # -- control flow -------------------------------------------------------------------------------------------------

    def branch(self, stmt: gast.If) -> None:
        test = self.pure(stmt.test)
        if isinstance(test, gast.Constant):
            self.statements(stmt.body if test.value else stmt.orelse)
            return
        with self.block() as body:
            self.statements(stmt.body)
        with self.block() as orelse:
            self.statements(stmt.orelse)
        self.emit(build.if_(test, body, orelse))

    def leave(self, stmt: gast.stmt) -> None:
        self.emit(gast.Break())

    def raise_(self, stmt: gast.Raise) -> None:
        exc = stmt.exc
        name = exc.func if isinstance(exc, gast.Call) else exc
        found = self.lookup(name) if name is not None else None
        if not (isinstance(found, type) and issubclass(found, Exception) and found.__module__ == "builtins"):
            raise self.fail("raising an exception of this kind")
        self.namespace.setdefault(found.__name__, found)
        self.emit(gast.Raise(exc=build.call(found.__name__), cause=None))

    def assert_(self, stmt: gast.Assert) -> None:
        test = gast.UnaryOp(op=gast.Not(), operand=self.pure(stmt.test))
        self.emit(build.if_(test, [gast.Raise(exc=build.call("AssertionError"), cause=None)], []))

    def pass_(self, stmt: gast.stmt) -> None:
        del stmt


_STATEMENTS: dict[type, Any] = {
    gast.Assign: Lowering.assign,
    gast.AugAssign: Lowering.augmented,
    gast.Expr: Lowering.effect,
    gast.If: Lowering.branch,
    gast.While: Lowering.while_,
    gast.For: Lowering.for_,
    gast.Break: Lowering.leave,
    gast.Raise: Lowering.raise_,
    gast.Assert: Lowering.assert_,
    gast.Pass: Lowering.pass_,
}


def _described(known: Scalar | View) -> Value:
    if isinstance(known, Scalar):
        return ScalarValue(known.dtype)
    return Array(known.dtype, tuple(SOME for _ in known.lengths), False)


def _np_type(dtype: str) -> gast.expr:
    return build.attribute("np.bool_" if dtype == "bool" else f"np.{dtype}")


def begin_lowering(
    core: Core,
    facts: Mapping[str, Value],
    params: Sequence[str],
    widened: Mapping[str, Value],
    stored: frozenset[str],
) -> Lowering:
    """A lowering of `core`, whose parameters in the compiled function are `params`.

    Args:
        widened: what variables were found to hold of which the facts know nothing.
        stored: lists whose elements must be stored, though they could be computed again.

    Raises: Unsupported.
    """
    namer = Namer(
        {node.id for node in gast.walk(core.tree) if isinstance(node, gast.Name)} | set(core.namespace)
    )
    namer.reserve([*vars(builtins), *RESERVED])
    classes = classes_of(core, facts, lambda node: makes_new(core, node))
    work = Lowering(core, facts, evaluator(core, dict(facts)), namer, classes.written)
    work.classes = classes
    work.stacks = find_stacks(core)
    work.escaping = frozenset(sites(core).escaping)
    work.roots = dict(classes.root)
    work.stored = stored
    own = {*core.params, *_new_arrays(core)}
    work.lasting = lasting(
        core, facts, classes.of, lambda name: name in own and classes.bindings.get(name, 0) <= 1
    )
    for name, count in classes.bindings.items():
        if count > 1 and name not in work.stacks:
            value = widened.get(name) or _bound_value(core, name, facts)
            work.env[name] = Slot(value, not (isinstance(value, Array) and value.scalar is True))
            if work.env[name].is_array and not classes.is_written(name):
                work.contiguous.add(name)
    for name in params:
        _parameter(work, name, facts.get(name, UNKNOWN))
    work.preamble, work.out = work.out, []
    return work


def _new_arrays(core: Core) -> set[str]:
    """The names that are bound to arrays that share no memory with others."""
    return {
        stmt.targets[0].id
        for stmt in walk_statements(core.body)
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name)
        if makes_new(core, stmt.value)
    }


def _bound_value(core: Core, name: str, facts: Mapping[str, Value]) -> Value:
    """What a name with several bindings holds; None where it has no value on some way does not count."""
    fact = present(facts.get(name, UNKNOWN))
    if fact is not UNKNOWN and not isinstance(fact, StaticValue):
        return fact
    found = []
    for node in gast.walk(core.tree):
        if isinstance(node, gast.Assign):
            pairs = [(node.targets[0], node.value)]
            if isinstance(node.targets[0], gast.Tuple) and isinstance(node.value, gast.Tuple):
                pairs = list(zip(node.targets[0].elts, node.value.elts))
            for target, value in pairs:
                if isinstance(target, gast.Name) and target.id == name:
                    if isinstance(value, gast.Constant) and value.value is None:
                        continue
                    fact = facts.get(value.id, UNKNOWN) if isinstance(value, gast.Name) else UNKNOWN
                    found.append(present(fact))
    return join_all(found)


def _parameter(work: Lowering, name: str, fact: Value) -> None:
    if isinstance(work.env.get(name), Slot):
        raise work.fail(f"{name}, an argument that is bound again")
    work.settled.add(name)
    if isinstance(fact, StaticValue):
        work.env[name] = Static(fact.object)
        return
    dtype = dtype_of(fact)
    if dtype not in DTYPES:
        raise work.fail(f"the argument {name}, which is neither a number nor an array of a common dtype")
    if isinstance(fact, (Number, ScalarValue)) or (isinstance(fact, Array) and fact.scalar is True):
        if isinstance(fact, Number) and fact.value is not None:
            work.env[name] = Scalar(build.constant(fact.value), dtype, True)
            return
        work.env[name] = Scalar(build.load(name), dtype, not isinstance(fact, Array))
        if isinstance(fact, Number) and isinstance(fact.dim, Size) and fact.dim.natural:
            work.known_lengths[0][fact.dim.terms, fact.dim.offset] = name
        return
    if not isinstance(fact, Array) or fact.shape is None or fact.scalar is None:
        raise work.fail(f"the argument {name}, of which the rank is not known")
    lengths = [
        work.length(dim, lambda axis=axis: Lowering.shape_entry(name, axis))  # type: ignore[misc]
        for axis, dim in enumerate(fact.shape)
    ]
    work.env[name] = View(name, identity(len(lengths)), tuple(lengths), dtype)
