"""`for` over anything becomes `for` over a range.

    for i, (a, b) in enumerate(zip(xs, ys)):        for i in range(min(len(xs), len(ys))):
        ...                                  ->         a = xs[i]
                                                        b = ys[i]
                                                        ...

What cannot be indexed (sets, dict views, generators) is made a list first, once, before the loop.
"""

from __future__ import annotations

import builtins
import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.errors import TransformError
from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import unpack
from tapegen.lang import build
from tapegen.lang.walk import walk

_RESIZING = frozenset("append extend insert pop remove clear sort reverse".split())
_ITERATORS = (
    builtins.map,
    builtins.filter,
    builtins.iter,
    builtins.set,
    builtins.frozenset,
    builtins.dict,
    np.nditer,
    np.ndenumerate,
    np.ndindex,
)
_ENDLESS = (itertools.count, itertools.cycle, itertools.repeat)


def lower_loops(body: list[Any], scope: Scope) -> list[Any]:
    """Statements whose every `for` runs over a range."""
    out: list[Any] = []
    for stmt in body:
        match stmt:
            case gast.For():
                out += _loop(stmt, scope)
            case gast.If():
                body_, orelse = lower_loops(stmt.body, scope), lower_loops(stmt.orelse, scope)
                out.append(build.if_(stmt.test, body_, orelse, stmt.origin))
            case gast.While():
                out.append(build.while_(stmt.test, lower_loops(stmt.body, scope), stmt.origin))
            case _:
                out.append(stmt)
    return out


# Ways to run through things by index: a length, and the element at an index.


@dataclass
class _Range:
    args: list[gast.expr]

    def length(self, scope: Scope) -> gast.expr:
        args = [build.clone(arg) for arg in self.args]
        if len(args) == 1:
            return args[0]
        if len(args) == 2:
            return gast.BinOp(left=args[1], op=gast.Sub(), right=args[0])
        return scope.call("len", scope.call("range", *args))

    def element(self, index: gast.expr) -> gast.expr:
        step = self.args[2] if len(self.args) == 3 else build.constant(1)
        offset = index
        if not (isinstance(step, gast.Constant) and step.value == 1):
            offset = gast.BinOp(left=index, op=gast.Mult(), right=build.clone(step))
        return _plus(build.clone(self.args[0]) if len(self.args) > 1 else build.constant(0), offset)


@dataclass
class _Items:
    name: str

    def length(self, scope: Scope) -> gast.expr:
        return scope.call("len", build.load(self.name))

    def element(self, index: gast.expr) -> gast.expr:
        return gast.Subscript(value=build.load(self.name), slice=index, ctx=gast.Load())


@dataclass
class _Enumerated:
    inner: Any
    start: gast.expr

    def length(self, scope: Scope) -> gast.expr:
        return self.inner.length(scope)

    def element(self, index: gast.expr) -> gast.expr:
        return build.tuple_of([_plus(build.clone(self.start), index), self.inner.element(build.clone(index))])


@dataclass
class _Zipped:
    parts: list[Any]

    def length(self, scope: Scope) -> gast.expr:
        lengths = [length for part in self.parts if (length := part.length(scope)) is not None]
        return lengths[0] if len(lengths) == 1 else scope.call("min", *lengths)

    def element(self, index: gast.expr) -> gast.expr:
        return build.tuple_of([part.element(build.clone(index)) for part in self.parts])


@dataclass
class _Endless:
    """`count(start, step)`, `repeat(v)` or `cycle(xs)`, beside others that end."""

    element: Callable[[gast.expr], gast.expr]

    def length(self, scope: Scope) -> None:
        return None


@dataclass
class _Reversed:
    inner: Any
    scope: Scope

    def length(self, scope: Scope) -> gast.expr:
        return self.inner.length(scope)

    def element(self, index: gast.expr) -> gast.expr:
        last = gast.BinOp(left=self.inner.length(self.scope), op=gast.Sub(), right=build.constant(1))
        return self.inner.element(gast.BinOp(left=last, op=gast.Sub(), right=index))


def _plus(start: gast.expr, offset: gast.expr) -> gast.expr:
    if isinstance(start, gast.Constant) and start.value == 0:
        return offset
    return gast.BinOp(left=start, op=gast.Add(), right=offset)


def _loop(stmt: gast.For, scope: Scope) -> list[Any]:
    origin, iterable = stmt.origin, stmt.iter
    body = lower_loops(stmt.body, scope)
    if _is_call(iterable, builtins.range, scope):
        return _over_range(stmt.target, list(iterable.args), body, scope, origin)
    if _is_call(iterable, builtins.reversed, scope) and _is_call(iterable.args[0], builtins.range, scope):
        return _over_range(stmt.target, _reversed_range(iterable.args[0].args), body, scope, origin)
    if isinstance(iterable, (gast.Tuple, gast.List)) and len(iterable.elts) == 1 and not _may_stop(stmt):
        return [*unpack(stmt.target, iterable.elts[0], scope, origin), *body]
    setup: list[Any] = []
    rebound = {n.id for s in stmt.body for n in walk(s) if isinstance(n, gast.Name) and not _is_load(n)}
    rebound |= {n.id for n in walk(stmt.target) if isinstance(n, gast.Name) and not _is_load(n)}
    backwards = isinstance(iterable, gast.Call) and _is_call(iterable, builtins.reversed, scope)
    source = _Source(scope, stmt, setup, rebound)
    way = source.of(iterable.args[0] if backwards else iterable, _plural(stmt.target))
    index = _index_name(stmt.target, way, scope)
    if backwards:
        last = gast.BinOp(left=way.length(scope), op=gast.Sub(), right=build.constant(1))
        minus = gast.UnaryOp(op=gast.USub(), operand=build.constant(1))
        range_call = scope.call("range", last, minus, build.clone(minus))
    else:
        range_call = scope.call("range", way.length(scope))
    range_call.origin = getattr(iterable, "origin", None) or origin
    bound = bind(stmt.target, way.element(build.load(index)), index, scope, origin)
    return [*setup, build.for_(index, range_call, [*bound, *body], origin)]


def bind(target: gast.expr, element: gast.expr, index: str, scope: Scope, origin: Any) -> list[Any]:
    """The statements `target = element` at the head of the body; tuples are taken apart here."""
    if isinstance(target, (gast.Tuple, gast.List)) and isinstance(element, gast.Tuple):
        if len(target.elts) == len(element.elts) and not any(
            isinstance(t, gast.Starred) for t in target.elts
        ):
            pairs = zip(target.elts, element.elts, strict=True)
            return [stmt for t, e in pairs for stmt in bind(t, e, index, scope, origin)]
    if isinstance(target, gast.Name) and isinstance(element, gast.Name) and target.id == element.id == index:
        return []
    element.origin = origin
    return unpack(target, element, scope, origin)


def _over_range(
    target: gast.expr, args: list[gast.expr], body: list[Any], scope: Scope, origin: Any
) -> list[Any]:
    call = build.at(scope.call("range", *args), origin)
    if isinstance(target, gast.Name):
        return [build.for_(target.id, call, body, origin)]
    name = scope.namer("index")
    return [build.for_(name, call, [*unpack(target, build.load(name), scope, origin), *body], origin)]


def _reversed_range(args: list[gast.expr]) -> list[gast.expr]:
    """The arguments of the range that runs backwards through range(*args)."""
    start, stop = ([build.constant(0), args[0]] if len(args) == 1 else args)[:2]
    step = args[2] if len(args) == 3 else build.constant(1)
    one = isinstance(step, gast.Constant) and step.value == 1
    if one:
        first: gast.expr = gast.BinOp(left=stop, op=gast.Sub(), right=build.constant(1))
        if isinstance(start, gast.Constant) and start.value == 0:
            last: gast.expr = gast.UnaryOp(op=gast.USub(), operand=build.constant(1))
        else:
            last = gast.BinOp(left=start, op=gast.Sub(), right=build.constant(1))
        return [first, last, gast.UnaryOp(op=gast.USub(), operand=build.constant(1))]
    # start + (count - 1) * step, where count = ceil((stop - start) / step) = -((start - stop) // step)
    span = gast.BinOp(left=build.clone(start), op=gast.Sub(), right=stop)
    count = gast.UnaryOp(
        op=gast.USub(), operand=gast.BinOp(left=span, op=gast.FloorDiv(), right=build.clone(step))
    )
    steps = gast.BinOp(left=count, op=gast.Sub(), right=build.constant(1))
    first = _plus(build.clone(start), gast.BinOp(left=steps, op=gast.Mult(), right=build.clone(step)))
    last = gast.BinOp(left=build.clone(start), op=gast.Sub(), right=build.clone(step))
    return [first, last, gast.UnaryOp(op=gast.USub(), operand=build.clone(step))]


def sequence(node: gast.expr, name: str, scope: Scope, origin: Any) -> tuple[list[Any], str]:
    """Statements that make `node` something that can be indexed, and its name."""
    setup: list[Any] = []
    loop = build.for_(name, node, [], origin)
    return setup, _Source(scope, loop, setup, set()).held(node, name)


@dataclass
class _Source:
    """Finds how to run through an iterable; statements that come before the loop go to `setup`."""

    scope: Scope
    loop: gast.For
    setup: list[Any]
    rebound: set[str]

    def of(self, node: Any, name: str) -> Any:
        scope = self.scope
        if isinstance(node, gast.Call):
            callee = scope.denotes(node.func)
            plain = not node.keywords and not any(isinstance(arg, gast.Starred) for arg in node.args)
            if callee is builtins.range and plain:
                return _Range([self.fixed(arg, "bound") for arg in node.args])
            if callee is builtins.enumerate and node.args:
                start = next((k.value for k in node.keywords), None) or [*node.args, None][1]
                inner = self.of(node.args[0], name)
                return _Enumerated(inner, build.constant(0) if start is None else self.fixed(start, "start"))
            if (
                callee is builtins.zip
                and node.args
                and not any(isinstance(arg, gast.Starred) for arg in node.args)
            ):
                parts = [self.endless(arg, name) or self.of(arg, name) for arg in node.args]
                if all(isinstance(part, _Endless) for part in parts):
                    parts = [self.of(arg, name) for arg in node.args]
                strict = next((k.value for k in node.keywords), None)
                if strict is not None and not (isinstance(strict, gast.Constant) and not strict.value):
                    self.check_lengths(parts, strict)
                return _Zipped(parts)
            if callee is builtins.reversed and plain:
                return _Reversed(self.of(node.args[0], name), scope)
            if any(callee is endless for endless in _ENDLESS):
                raise TransformError(
                    "cannot differentiate a loop over an endless iterator",
                    origin=scope.origin(node),
                    why="the iterator is made a list before the loop",
                    instead="count in a `while` loop",
                )
        return _Items(self.held(node, name))

    def endless(self, node: gast.expr, name: str) -> _Endless | None:
        """How to run through an iterator without an end, by index."""
        if (
            not isinstance(node, gast.Call)
            or node.keywords
            or any(isinstance(a, gast.Starred) for a in node.args)
        ):
            return None
        callee = self.scope.denotes(node.func)
        if callee is itertools.repeat and len(node.args) == 1:
            value = self.fixed(node.args[0], "value")
            return _Endless(lambda index: build.clone(value))
        if callee is itertools.cycle and len(node.args) == 1:
            items = self.held(node.args[0], name)

            def turned(index: gast.expr) -> gast.expr:
                length = self.scope.call("len", build.load(items))
                place = gast.BinOp(left=index, op=gast.Mod(), right=length)
                return gast.Subscript(value=build.load(items), slice=place, ctx=gast.Load())

            return _Endless(turned)
        if callee is itertools.count and len(node.args) <= 2:
            given = [*node.args, *(build.constant(k) for k in range(len(node.args), 2))]
            start, step = given
            start, step = self.fixed(start, "start"), self.fixed(step, "step")
            one = isinstance(step, gast.Constant) and step.value == 1

            def counted(index: gast.expr) -> gast.expr:
                offset = index if one else gast.BinOp(left=build.clone(step), op=gast.Mult(), right=index)
                return _plus(build.clone(start), offset)

            return _Endless(counted)
        return None

    def held(self, node: gast.expr, name: str) -> str:
        """The name of a sequence that stays the same while the loop runs."""
        scope = self.scope
        if isinstance(node, gast.Name):
            kind = scope.kinds.get(node.id)
            if kind in ("dict", "object") or node.id in scope.namespace:
                return self.assign(name, scope.call("list", node))
            self.check_not_resized(node)
            if node.id not in self.rebound:
                return str(node.id)
            return self.assign(name, node)
        if isinstance(node, gast.GeneratorExp):
            listed = gast.ListComp(elt=node.elt, generators=node.generators)
            return self.assign(name, build.at(listed, getattr(node, "origin", None)))
        if self.is_iterator(node):
            return self.assign(name, scope.call("list", node))
        if isinstance(node, gast.Attribute):
            name = node.attr.strip("_") or name
        return self.assign(name, node)

    def fixed(self, node: gast.expr, name: str) -> gast.expr:
        """`node` as an expression whose value the loop does not change."""
        if isinstance(node, gast.Constant) or (isinstance(node, gast.Name) and node.id not in self.rebound):
            return node
        return build.load(self.assign(name, node))

    def check_lengths(self, parts: list[Any], strict: gast.expr) -> None:
        """`zip(..., strict=True)`: raise before the loop, not at its end."""
        origin = self.loop.origin
        lengths = [length for part in parts if (length := part.length(self.scope)) is not None]
        for position, length in enumerate(lengths[1:], 2):
            test: gast.expr = gast.Compare(
                left=build.clone(lengths[0]), ops=[gast.NotEq()], comparators=[length]
            )
            if not isinstance(strict, gast.Constant):
                test = gast.BoolOp(op=gast.And(), values=[build.clone(strict), test])
            message = build.constant(f"zip() argument {position} differs in length from argument 1")
            error = build.call(self.scope.use("ValueError"), message)
            self.setup.append(
                build.if_(test, [build.at(gast.Raise(exc=error, cause=None), origin)], [], origin)
            )

    def assign(self, name: str, value: gast.expr) -> str:
        fresh: str = self.scope.namer(name)
        origin = self.scope.origin(value) or self.loop.origin
        if isinstance(value, gast.Call):
            value.origin = origin
        self.setup.append(build.assign(fresh, value, origin))
        return fresh

    def is_iterator(self, node: gast.expr) -> bool:
        """Whether `node` can be iterated over but not indexed."""
        if isinstance(node, (gast.GeneratorExp, gast.Set, gast.SetComp, gast.Dict, gast.DictComp)):
            return True
        if not isinstance(node, gast.Call):
            return False
        callee = self.scope.denotes(node.func)
        if callee is None:
            return isinstance(node.func, gast.Attribute) and node.func.attr in ("items", "keys", "values")
        if any(callee is iterator for iterator in _ITERATORS) or inspect.isgeneratorfunction(callee):
            return True
        if any(callee is iterator for iterator in (builtins.zip, builtins.enumerate, builtins.reversed)):
            return True
        return getattr(callee, "__module__", None) == "itertools"

    def check_not_resized(self, node: gast.Name) -> None:
        for stmt in self.loop.body:
            for inner in walk(stmt):
                if (
                    isinstance(inner, gast.Call)
                    and isinstance(inner.func, gast.Attribute)
                    and isinstance(inner.func.value, gast.Name)
                    and inner.func.value.id == node.id
                    and inner.func.attr in _RESIZING
                ):
                    raise TransformError(
                        f"cannot differentiate a loop that changes the length of `{node.id}`, which it runs over",
                        origin=self.scope.origin(inner),
                        why="the number of iterations is fixed before the loop",
                        instead=f"loop over a copy, `list({node.id})`, or use `while`",
                    )


def _may_stop(stmt: gast.For) -> bool:
    """Whether a loop has a `break`, or one item that stands for several."""
    starred = any(isinstance(item, gast.Starred) for item in stmt.iter.elts)
    return starred or any(isinstance(inner, gast.Break) for inner in walk(stmt.body))


def _is_load(node: gast.Name) -> bool:
    return isinstance(node.ctx, gast.Load)


def _is_call(node: Any, function: Any, scope: Scope) -> bool:
    return (
        isinstance(node, gast.Call)
        and bool(node.args)
        and not node.keywords
        and not any(isinstance(arg, gast.Starred) for arg in node.args)
        and scope.denotes(node.func) is function
    )


def _plural(target: gast.expr) -> str:
    if isinstance(target, gast.Name) and target.id.strip("_"):
        return f"{target.id}s"
    return "items"


def _index_name(target: gast.expr, way: Any, scope: Scope) -> str:
    if isinstance(way, _Enumerated) and isinstance(way.start, gast.Constant) and way.start.value == 0:
        if isinstance(target, gast.Tuple) and len(target.elts) == 2 and isinstance(target.elts[0], gast.Name):
            return str(target.elts[0].id)
    if isinstance(target, gast.Name) and target.id.strip("_"):
        return scope.namer(f"{target.id}_index")
    return scope.namer("index")
