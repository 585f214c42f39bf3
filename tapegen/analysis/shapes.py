"""Shapes, dtypes and kinds of all local variables: an abstract interpreter over Core.

Statements are run on descriptions instead of values. Branches are joined, loops repeated until nothing changes. A
length that nothing is known about becomes a symbol named after the variable, so that what is computed from that
variable still agrees with it; a symbol that changes from one iteration of a loop to the next is forgotten where a value
leaves the iteration, by a carried variable or a list. In-place writes into arrays change neither dtype nor shape.

Python integers are taken to fit into 64 bits.
Source: Cousot and Cousot (1977), Abstract interpretation: a unified lattice model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import gast

from tapegen.analysis.joins import join, join_all
from tapegen.analysis.shape_algebra import static_int
from tapegen.analysis.shape_builtins import IN_PLACE, truth, without_containers
from tapegen.analysis.shape_expressions import ContainerWritten, Expressions
from tapegen.analysis.shape_functions import call_shape
from tapegen.analysis.shape_indexing import indexed
from tapegen.analysis.shape_sites import sites
from tapegen.analysis.shape_symbols import Calls, foreign, renamed
from tapegen.analysis.untouched import untouched
from tapegen.analysis.uses import names_in
from tapegen.analysis.values import (
    SEVERAL,
    SOME,
    UNKNOWN,
    Array,
    Dim,
    ListOf,
    Number,
    Range,
    Scalar,
    Sequence,
    Size,
    Some,
    Static,
    Value,
    elements,
    not_one,
)
from tapegen.lang.core import Core, lookup

_ROUNDS = 3
_LIMIT = 12


def infer(
    core: Core, signature: Mapping[str, Value], calls: Calls | None = None, readers: Collection[Any] = ()
) -> dict[str, Value]:
    """What is known of each local variable, parameters included; a name that is missing is never bound.

    Args:
        core: a function in single-assignment form, before or after differentiation.
        signature: descriptions of the parameters; a missing one is unknown.
        calls: gives the description of the result of calling a function that is in no table.
        readers: functions in no table that write nothing they are given, and don't hold on to it.

    >>> import numpy as np
    >>> tree = gast.parse("def f(x):\\n    y = x[1:]\\n    z = np.tanh(y)\\n    return z").body[0]
    >>> x = Array("float32", (Size.of("n"),))
    >>> print(infer(Core(tree, {"np": np}), {"x": x})["z"])
    float32[n - 1]
    """
    found = sites(core, readers)
    try:
        return _Interpreter(core, calls, found, False).run(signature)
    except ContainerWritten:
        found.untouched = untouched(core)
        return _Interpreter(core, calls, found, True).run(signature)


def evaluator(core: Core, facts: dict[str, Value]) -> Callable[[gast.expr], Value]:
    """A function that says what is known of an expression of `core`, given what `facts` says when it is called."""
    interpreter = Expressions(core, None, None, True)
    interpreter.env = facts
    return interpreter.eval


class _Interpreter(Expressions):
    """How an inference runs statements."""

    def run(self, signature: Mapping[str, Value]) -> dict[str, Value]:
        for name in self.core.params:
            value = renamed(signature.get(name, UNKNOWN), foreign)
            self.bind(name, value, self.core.tree)
        self.block(self.core.body)
        return self.facts

    # --------------------------------------------------------------------------------------------------------- binding

    def bind(self, name: str, value: Value, site: gast.AST) -> None:
        assert self.sites is not None
        if self.suspicious and name not in self.sites.owned and name not in self.sites.untouched:
            value = without_containers(value)
        several = name in self.sites.rebound
        if self.path:
            home = 0 if name in self.sites.escaping else len(self.sites.home.get(name, ()))
            value = self.leaving(value, home)
        stem = f"{name}#{self.label(site)}" if several else f"{name}#"
        value = self.env[name] = self.usual(stem, self.symbolic(value, stem))
        if type(value) is Number and value.dim is not None:
            self.divided.update(symbol.part[0] for symbol in value.dim.symbols if symbol.part is not None)
        self.facts[name] = join(self.facts[name], value) if several and name in self.facts else value

    def usual(self, stem: str, value: Value) -> Value:
        """`value`, as the object that it was when last asked if it is equal: then what is computed of it is known."""
        known: dict[str, Value] = self.core.memo.known
        old = known.get(stem)
        if old is not None and (old is value or old == value):
            return old
        known[stem] = value
        return value

    def evaluated(self, node: gast.expr) -> Value:
        """What is known of the right-hand side of an assignment; looked up if it has been asked of these operands."""
        kind = type(node)
        if kind is gast.Name or kind is gast.Constant:
            return self.eval(node)
        results = self.core.memo.results
        operands: list[Any] = list(map(self.env.get, names_in(node)))
        known = results.get(node)
        if known is not None and known[0] == operands:
            return known[1]  # type: ignore[no-any-return]
        self.lasting = not self.suspicious
        value = self.eval(node)
        if self.lasting:
            results[node] = (operands, value)
        return value

    def label(self, site: gast.AST) -> int:
        """A number for a statement, the same in each round."""
        return self.labels.setdefault(id(site), len(self.labels))

    def symbolic(self, value: Value, stem: str) -> Value:
        """`value` with a symbol for each length of which nothing is known."""
        kind = type(value)
        if kind is Array:
            assert isinstance(value, Array)
            if value.shape and (SOME in value.shape or SEVERAL in value.shape):
                shape = tuple(
                    self.mint(f"{stem}.{i}", n) if isinstance(n, Some) else n
                    for i, n in enumerate(value.shape)
                )
                return Array(value.dtype, shape, value.scalar)
        elif kind is Number and value.kind == "int" and value.linear is None:  # type: ignore[attr-defined]
            return Number("int", None, self.mint(f"{stem}.n", SOME, natural=False))
        return value

    def mint(self, name: str, dim: Dim, natural: bool = True) -> Size:
        self.born[name] = self.path
        return Size.of(name, natural, not_one(dim), dim.least if isinstance(dim, Size) else 0)

    # ------------------------------------------------------------------------------------------------------ statements

    def block(self, body: list[gast.stmt]) -> bool:
        """Run statements; whether control reaches their end."""
        for stmt in body:
            if self.statement(stmt) is False:
                return False
        return True

    def statement(self, stmt: gast.stmt) -> bool | None:
        kind = type(stmt)
        if kind is gast.Assign:
            value = stmt.value
            target = stmt.targets[0]
            if type(target) is gast.Name:
                self.bind(target.id, self.evaluated(value), stmt)
            else:
                self.assign(target, self.eval(value), stmt)
        elif kind is gast.Expr:
            self.eval(stmt.value)
        elif kind is gast.If:
            return self.branch(stmt)
        elif kind is gast.For:
            self.loop(stmt, stmt.target)
        elif kind is gast.While:
            self.eval(stmt.test)
            self.loop(stmt, None)
        elif kind is gast.AugAssign:
            self.augmented(stmt)
        elif kind is gast.Raise:
            return False
        return None

    def assign(self, target: gast.expr, value: Value, site: gast.AST) -> None:
        if isinstance(target, gast.Tuple):
            known = isinstance(value, Sequence) and len(value.items) == len(target.elts)
            for i, part in enumerate(target.elts):
                item = (
                    value.items[i] if known and isinstance(value, Sequence) else indexed(value, Number("int"))
                )
                self.assign(part, item, site)
        elif isinstance(target, gast.Name):
            self.bind(target.id, value, site)
        elif isinstance(target, (gast.Subscript, gast.Attribute)):
            self.written(target.value, value)

    def augmented(self, stmt: gast.AugAssign) -> None:
        value = self.eval(stmt.value)
        function = next(f for f, op in IN_PLACE.items() if op is type(stmt.op))
        if not isinstance(stmt.target, gast.Name):
            base = self.operand(stmt.target.value)
            if not isinstance(base, Array):
                item = join_all(elements(base)) if isinstance(base, (Sequence, ListOf)) else UNKNOWN
                self.written(stmt.target.value, call_shape(function, [item, value], {}))
            return
        name = stmt.target.id
        old = self.env.get(name, UNKNOWN)
        if not isinstance(old, (Array, Number, Scalar, Static)):
            self.suspect()
        self.bind(name, call_shape(function, [old, value], {}), stmt)

    def written(self, base: gast.expr, value: Value) -> None:
        """A store into what `base` is."""
        old = self.operand(base)
        if isinstance(old, Array):
            return
        if isinstance(base, gast.Name) and self.sites is not None and base.id in self.sites.owned:
            self.grow(base.id, value)
        else:
            self.suspect()

    def branch(self, stmt: gast.If) -> bool | None:
        decided = truth(self.eval(stmt.test))
        if decided is not None:
            taken = stmt.body if decided else stmt.orelse
            if not (
                taken and isinstance(taken[-1], gast.Raise)
            ):  # what follows an error is described all the same
                return self.block(taken)
        before = self.env
        self.env = dict(before)
        through = self.block(stmt.body)
        first, self.env = self.env, dict(before)
        otherwise = self.block(stmt.orelse)
        second = self.env
        if not through or not otherwise:
            self.env = first if through else second
            return through or otherwise
        self.merge(first, second, stmt)
        return True

    def merge(self, first: dict[str, Value], second: dict[str, Value], site: gast.AST) -> None:
        merged = dict(first)
        for name, value in second.items():
            other = first.get(name)
            if other is None:
                merged[name] = value
            elif other is not value and other != value:
                merged[name] = self.symbolic(join(other, value), f"{name}#{self.label(site)}m")
                self.facts[name] = join(self.facts.get(name, value), merged[name])
        self.env = merged

    def loop(self, stmt: gast.For | gast.While, target: gast.expr | None) -> None:
        assert self.sites is not None
        label = id(stmt)
        items = self.iterated(stmt.iter) if target is not None else UNKNOWN
        carried = [name for name in self.sites.changed.get(label, ()) if name in self.env]
        state = {name: self.env[name] for name in carried}
        outside = self.path
        inside = (*outside, label)
        for round_ in range(_LIMIT + 1):
            self.path = inside
            self.enter(state, stmt)
            if target is not None:
                self.assign(target, items, stmt)
                self.index_variables(stmt.iter, target)
            self.block(stmt.body)
            self.path = outside
            new = {name: self.next_state(name, state[name], round_, inside) for name in carried}
            if new == state:
                break
            state = new
        self.path = inside
        self.enter(state, stmt)
        self.path = outside
        self.block(stmt.orelse)

    def enter(self, state: dict[str, Value], stmt: gast.AST) -> None:
        for name, value in state.items():
            value = self.symbolic(value, f"{name}#{self.label(stmt)}c")
            self.env[name] = value
            self.facts[name] = join(self.facts.get(name, value), value)

    def next_state(self, name: str, old: Value, round_: int, inside: tuple[int, ...]) -> Value:
        new = self.env.get(name, UNKNOWN)
        if new is old:
            return old
        outside, self.path = self.path, inside
        new = join(old, self.leaving(new, len(outside)))
        self.path = outside
        if new == old or round_ < _ROUNDS:
            return new
        return new if isinstance(new, Array) and round_ < _LIMIT - 1 else UNKNOWN

    # ------------------------------------------------------------------------------------------------------- iteration

    def iterated(self, node: gast.expr) -> Value:
        """What the variable of `for ... in node` can be."""
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
            callee = lookup(self.core, node.func)
            if callee is range:
                return Number("int")
            if callee is reversed and len(node.args) == 1:
                return self.iterated(node.args[0])
            if callee is zip:
                return Sequence(tuple, tuple(map(self.iterated, node.args)))
            if callee is enumerate and len(node.args) == 1:
                return Sequence(tuple, (Number("int"), self.iterated(node.args[0])))
        value = self.operand(node)
        if isinstance(value, Range):
            return Number("int")
        if isinstance(value, (Sequence, ListOf)):
            return join_all(elements(value))
        return indexed(value, Number("int")) if isinstance(value, Array) else UNKNOWN

    def index_variables(self, node: gast.expr, target: gast.expr) -> None:
        """Mark the variables of `for i in range(...)`, and of ranges that are zipped, as natural where they are."""
        if isinstance(target, gast.Tuple):
            if isinstance(node, gast.Call) and lookup(self.core, node.func) is zip:
                for part, walked in zip(target.elts, node.args):
                    self.index_variables(walked, part)
            return
        while (
            isinstance(node, gast.Call) and lookup(self.core, node.func) is reversed and len(node.args) == 1
        ):
            node = node.args[0]
        if not (isinstance(target, gast.Name) and isinstance(node, gast.Call)):
            return
        if lookup(self.core, node.func) is not range or target.id in (
            self.sites.rebound if self.sites else ()
        ):
            return
        bounds = [self.eval(arg) for arg in node.args]
        start = bounds[0] if len(bounds) > 1 else Number("int", 0)
        step = static_int(bounds[2]) if len(bounds) > 2 else 1
        stop = static_int(bounds[1]) if len(bounds) > 2 else None
        linear = start.linear if isinstance(start, Number) else None
        upward = step is not None and step > 0 and linear is not None
        natural = upward and (linear >= 0 if isinstance(linear, int) else linear.natural)  # type: ignore[union-attr]
        downward = step is not None and step < 0 and stop is not None and stop >= -1
        value = self.env[target.id]
        if (natural or downward) and isinstance(value, Number) and value.dim is not None:
            terms = tuple((replace(symbol, natural=True), factor) for symbol, factor in value.dim.terms)
            value = Number("int", None, Size(terms, 0, False))
            self.env[target.id] = self.facts[target.id] = value
