"""Simplify code by what is known of shapes, dtypes and kinds.

What the generic code asks at run time, of which rank an operand is and along which axes it was broadcast, is answered
here once. Nothing is assumed: a call about which too little is known stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen import kernels
from tapegen.analysis.aliasing import Aliasing, aliasing
from tapegen.analysis.shape_algebra import is_rank_zero
from tapegen.analysis.shape_builtins import truth
from tapegen.analysis.shapes import evaluator
from tapegen.analysis.uses import binding_counts, binds, names_in, use_counts
from tapegen.analysis.values import UNKNOWN, Array, Number, Scalar, Sequence, Value, agree, kind_of, present
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, loaded_names, lookup
from tapegen.lang.flatten import flatten
from tapegen.lang.names import Namer
from tapegen.lang.origin import origin_of
from tapegen.lang.walk import below
from tapegen.optimise import specialise_layouts  # noqa: F401  (it adds to the table)
from tapegen.optimise.rewrite import is_cotangent, map_blocks, same_items
from tapegen.optimise.specialise_calls import find, is_real, positional
from tapegen.optimise.specialise_subscripts import subscripted


def specialise(core: Core, facts: Mapping[str, Value]) -> Core:
    """The same function, simplified by facts about its variables.

    >>> from tapegen.analysis.values import abstract
    >>> from tapegen.lang.show import show
    >>> from tapegen.optimise.rewrite import core
    >>> before = core('''
    ... def f(ct, b):
    ...     b_bar = unbroadcast(ct, b)
    ...     return b_bar''', unbroadcast=kernels.unbroadcast)
    >>> facts = {"ct": abstract(np.ones((5, 3)), "ct"), "b": abstract(np.ones(3), "b")}
    >>> print(show(specialise(before, facts)))
    def f(ct, b):
        b_bar = np.sum(ct, axis=0)
        return b_bar
    """
    return _Specialiser(core, facts).run()


class _Specialiser:
    def __init__(self, core: Core, facts: Mapping[str, Value]) -> None:
        self.core = core
        self.facts = dict(facts)
        self.added: dict[str, Any] = {}
        self.eval = evaluator(core, self.facts)
        self.namer: Namer | None = None
        self.definitions: dict[str, gast.expr] = {}
        self.target: str | None = None
        self.before: list[gast.stmt] = []
        self.current: Any = None
        self.classes: Aliasing | None = None
        self.no_numbers: set[str] = set()
        self.counts = binding_counts(core).copy()
        self.uses = use_counts(core)
        self.outermost = {name for name in core.params if self.counts[name] == 1}

    def run(self) -> Core:
        body: list[gast.stmt] = []
        for stmt in self.core.body:
            body += self.statement(stmt)
            if type(stmt) is gast.Assign:
                self.outermost.update(name for name in binds(stmt) if self.counts[name] == 1)
        same = not self.added and same_items(body, self.core.body)
        return self.core if same else self.core.with_body(body, **self.added)

    # ------------------------------------------------------------------------------------------------------ statements

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            result.extend(self.statement(stmt))
        return result

    def statement(self, stmt: gast.stmt) -> list[gast.stmt]:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                new = self.rewritten(name, value, stmt)
                if self.counts[name] == 1:
                    self.definitions[name] = new
                self.follow(name, new, new is not value)
                if new is value:
                    return [stmt]
                found = [*self.before, _like(stmt, build.assign(name, new, origin_of(stmt)))]
                self.before = []
                return found
            case gast.If(test=test, body=body, orelse=orelse):
                decided = truth(self.value(test))
                if decided is not None:
                    return self.block(body if decided else orelse)
                new_body, new_orelse = self.block(body), self.block(orelse)
                if same_items(new_body, body) and same_items(new_orelse, orelse):
                    return [stmt]
                return [_like(stmt, build.if_(test, new_body, new_orelse, origin_of(stmt)))]
            case gast.For() | gast.While():
                return [map_blocks(stmt, self.block)]
            case gast.Expr(value=gast.Call(func=func, args=[gast.Name() as buffer, index, ct], keywords=[])):
                if lookup(self.core, func) is kernels.scatter_add and self.hits_once(buffer, index, ct):
                    place = gast.Subscript(
                        value=build.clone(buffer), slice=build.clone(index), ctx=gast.Store()
                    )
                    add = gast.AugAssign(target=place, op=gast.Add(), value=build.clone(ct))
                    return [_like(stmt, build.at(add, origin_of(stmt)))]
        return [stmt]

    def follow(self, name: str, new: gast.expr, rewritten: bool) -> None:
        """Take note where a NumPy scalar has come in for a Python number, as it may where doubles are all alike."""
        if not isinstance(self.facts.get(name), Number):
            return
        if rewritten or not self.no_numbers.isdisjoint(names_in(new)):
            found = self.value(new)
            if isinstance(found, (Array, Scalar)):
                self.facts[name] = found
                self.no_numbers.add(name)

    def hits_once(self, buffer: gast.expr, index: gast.expr, ct: gast.expr) -> bool:
        """Whether `buffer[index] += ct` is `scatter_add(buffer, index, ct)`."""
        array, chosen, added = present(self.value(buffer)), self.value(index), self.value(ct)
        if not (isinstance(array, Array) and array.scalar is False and array.dtype is not None):
            return False
        parts = chosen.items if isinstance(chosen, Sequence) and chosen.type is tuple else (chosen,)
        basic = all(isinstance(part, Number) and part.kind == "int" for part in parts)
        mask = isinstance(chosen, Array) and chosen.dtype == "bool" and bool(chosen.shape)
        return (basic or mask) and (kind_of(array.dtype) == "complex" or is_real(added))

    # ----------------------------------------------------------------------------------------------------- expressions

    def rewritten(self, name: str, value: gast.expr, stmt: gast.stmt) -> gast.expr:
        self.target, self.origin, self.before = name, origin_of(stmt), []
        node = value
        for _ in range(4):
            new = self.simplify(node)
            if new is None:
                break
            node = flatten(new, self.bind)
        return node

    def bind(self, node: gast.expr) -> gast.expr:
        """Emit a statement that binds `node` to a new name."""
        if self.namer is None:
            names = {n for s in self.core.body for n in bound_names(s) | loaded_names(s)}
            self.namer = Namer({*names, *self.core.params, *self.core.namespace, *self.added})
        name = self.namer(_stem(node, self.target or "value"))
        self.facts[name] = self.value(node)
        self.definitions[name] = node
        self.counts[name] = 1
        self.before.append(build.assign(name, node, self.origin))
        return build.load(name)

    def value(self, node: gast.expr) -> Value:
        """What is known of an expression."""
        if isinstance(node, gast.Name) and node.id in self.counts:
            return self.facts.get(node.id, UNKNOWN)
        return self.eval(node)

    def simplify(self, node: gast.expr) -> gast.expr | None:
        match node:
            case gast.Call(func=func, args=args, keywords=keywords):
                callee = self.callee(func)
                rewrite = find(callee)
                if rewrite is None or any(isinstance(arg, gast.Starred) for arg in args):
                    return None
                given = positional(callee, args, keywords)
                if given is None:
                    return None
                self.current = callee
                return rewrite(self, given, [present(self.value(arg)) for arg in given])
            case gast.BinOp(left=left, op=op, right=right):
                return self.without_zeros(node, left, op, right) or self.without_broadcast(
                    node, left, op, right
                )
            case gast.Subscript():
                return subscripted(self, node)
            case gast.Compare() | gast.BoolOp() | gast.UnaryOp(op=gast.Not()):
                decided = self.value(node)
                if isinstance(decided, Number) and decided.kind == "bool" and decided.value is not None:
                    return build.constant(decided.value)
        return None

    def callee(self, func: gast.expr) -> Any:
        found = lookup(self.core, func)
        if found is None and isinstance(func, gast.Name):
            return self.added.get(func.id)
        if found is None and isinstance(func, gast.Attribute) and isinstance(func.value, gast.Name):
            return getattr(self.added.get(func.value.id), func.attr, None)
        return found

    def np(self, function: str, *args: gast.expr, **keywords: gast.expr) -> gast.expr:
        """The call `np.function(*args, **keywords)`."""
        return build.call(f"{self.named('np', np)}.{function}", *args, **keywords)

    def named(self, name: str, obj: Any) -> str:
        """A name for a global object."""
        for space in (self.core.namespace, self.added):
            for known, value in space.items():
                if value is obj:
                    return known
        taken = {*self.counts, *self.core.namespace, *self.added}
        while name in taken:
            name += "_"
        self.added[name] = obj
        self.eval = evaluator(self.core.with_body(self.core.body, **self.added), self.facts)
        if self.namer is not None:
            self.namer.reserve([name])
        return name

    def definition(self, node: gast.expr, *callees: Any) -> list[gast.expr] | None:
        """The arguments of the call that defines a name, if it is a call of one of these."""
        if not isinstance(node, gast.Name):
            return None
        found = self.definitions.get(node.id)
        if isinstance(found, gast.Call) and not found.keywords and self.callee(found.func) in callees:
            args: list[gast.expr] = found.args
            return args
        return None

    def is_stable(self, node: gast.expr) -> bool:
        """Whether an atom means the same wherever its name is bound."""
        return not isinstance(node, gast.Name) or self.counts.get(node.id) == 1

    def without_zeros(
        self, node: gast.expr, left: gast.expr, op: gast.operator, right: gast.expr
    ) -> gast.expr | None:
        """The sum of a cotangent and zeros as the cotangent, if neither is ever written."""
        if not isinstance(op, gast.Add) or self.target is None or not is_cotangent(self.target):
            return None
        for zeros, term in ((left, right), (right, left)):
            if isinstance(term, gast.Name) and self.definition(zeros, np.zeros_like) is not None:
                if self.same_result(term, node) and not self.is_written(term, zeros):
                    return term
        return None

    def without_broadcast(
        self, node: gast.expr, left: gast.expr, op: gast.operator, right: gast.expr
    ) -> gast.expr | None:
        """`np.broadcast_to(c, shape) * y` as `c * y`, where `y` has that shape."""
        if isinstance(op, gast.MatMult):
            return None
        for operand, at_left in ((left, True), (right, False)):
            inner = self.broadcast_source(operand)
            if inner is None or not self.is_stable(inner):
                continue
            inner = build.clone(inner)
            new = (
                gast.BinOp(left=inner, op=op, right=right)
                if at_left
                else gast.BinOp(left=left, op=op, right=inner)
            )
            if self.same_result(new, node):
                return new
        return None

    def is_broadcast(self, call: gast.Call) -> bool:
        """Whether a call broadcasts what means the same wherever it stands."""
        return (
            self.callee(call.func) is np.broadcast_to and not call.keywords and self.is_stable(call.args[0])
        )

    def broadcast_source(self, node: gast.expr) -> gast.expr | None:
        """What an operand is made of by adding axes or stretching them."""
        args = self.definition(node, np.broadcast_to)
        if args is not None:
            return args[0]
        if isinstance(node, gast.Name):
            match self.definitions.get(node.id):
                case gast.Subscript(value=gast.Name() as base, slice=index) if is_rank_zero(
                    present(self.value(base))
                ):
                    parts = index.elts if isinstance(index, gast.Tuple) else [index]
                    if all(isinstance(part, gast.Constant) and part.value is None for part in parts):
                        return base
        return None

    def same_result(self, new: gast.expr, old: gast.expr) -> bool:
        """Whether two expressions have the same shape, dtype and kind."""
        one, two = self.value(new), self.value(old)
        if not isinstance(one, Array) or not isinstance(two, Array):
            return False
        if one.dtype is None or one.dtype != two.dtype or one.scalar != two.scalar:
            return False
        return one.shape is not None and two.shape is not None and agree(one.shape, two.shape)

    @functools.cached_property
    def is_double(self) -> bool:
        """Whether no narrower or wider float is around, so that Python's floats and NumPy's can replace each other."""
        names = (getattr(value, "dtype", None) for value in self.facts.values())
        return all(n in _DOUBLE or kind_of(n) in ("int", "bool") for n in names if n is not None)

    @functools.cached_property
    def may_divide_by_zero(self) -> bool:
        """Whether numbers are divided here: by zero, Python's raise an error, and NumPy's do not."""
        nodes = (n for stmt in self.core.body for n in below(stmt) if isinstance(n, gast.BinOp))
        divisors = [n.right for n in nodes if isinstance(n.op, (gast.Div, gast.FloorDiv, gast.Mod, gast.Pow))]
        return not all(_is_not_zero(node, self.value(node)) for node in divisors)

    def is_written(self, *nodes: gast.expr) -> bool:
        """Whether the memory of the target or of one of these atoms may be written in place."""
        if self.classes is None:
            self.classes = aliasing(self.core, self.facts)
        names = [node.id for node in nodes if isinstance(node, gast.Name)] + [self.target or ""]
        return any(self.classes.is_written(name) or self.classes.is_grown(name) for name in names)


def _is_not_zero(node: gast.expr, value: Value) -> bool:
    """Whether dividing by an operand cannot raise: a literal, a length known to be positive, an array."""
    if isinstance(node, gast.Constant):
        return bool(node.value)
    if isinstance(value, Number) and value.dim is not None:
        return value.dim.least > 0
    return isinstance(value, Array)


_DOUBLE = ("float64", "complex128")


def _like(old: gast.stmt, new: Any) -> Any:
    comment = getattr(old, "comment", None)
    if comment is not None:
        new.comment = comment
    return new


def _stem(node: gast.expr, target: str) -> str:
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "shape":
        first = node.args[0]
        return f"{first.id}_shape" if isinstance(first, gast.Name) else "shape"
    return target
