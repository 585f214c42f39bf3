"""`map`, `filter`, `itertools` and lists of iterators as comprehensions and loops.

sum(map(f, xs))                  sum(f(x) for x in xs)
list(zip(xs, ys))                [item for item in zip(xs, ys)]
dict(zip(keys, xs))              {key: item for key, item in zip(keys, xs)}
for y in map(f, xs): ...         for x in xs:
                                     y = f(x)
                                     ...
for p in product(xs, ys): ...    for x in xs:
                                     for y in ys:
                                         p = (x, y)
                                         ...
"""

from __future__ import annotations

import builtins
import functools
import math
from typing import Any

import gast
import numpy as np

from tapegen.frontend.iterators import as_generator
from tapegen.frontend.reductions import applied
from tapegen.frontend.scope import Scope
from tapegen.frontend.sequences import makes_list
from tapegen.frontend.statements import as_list
from tapegen.kernels.programs import always
from tapegen.lang import build
from tapegen.lang.core import blocks

# Functions that run through their first argument at once.
_EAGER = tuple(
    getattr(builtins, name) for name in "list tuple set frozenset sorted sum max min any all dict".split()
)


_ITERATORS = (builtins.zip, builtins.enumerate, builtins.reversed)


def replace_maps(node: Any, scope: Scope) -> Any:
    """`node` with `map` and `filter` replaced where their results are consumed at once."""
    return _Maps(scope).visit(node)


class _Maps(gast.NodeTransformer):
    """Works in place on a tree of the frontend's own, which nobody else has seen yet."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit_Name(self, node: gast.Name) -> gast.AST:
        return node

    visit_Constant = visit_Name

    def visit_Call(self, node: gast.Call) -> gast.AST:
        self.generic_visit(node)
        callee = self.scope.denotes(node.func) if node.args else None
        if callee is math.hypot or callee is math.dist:
            return self.distance(node, callee)
        if callee is np.piecewise and len(node.args) > 2 and isinstance(node.args[2], gast.List):
            node.args[2].elts = [self.constant_function(item) for item in node.args[2].elts]
            return node
        if any(callee is iterator for iterator in _ITERATORS):
            node.args = [as_list(self.generator(arg) or arg) for arg in node.args]
        if callee is functools.reduce and len(node.args) > 1:
            node.args[1] = as_list(self.generator(node.args[1]) or node.args[1])
        if not any(callee is eager for eager in _EAGER):
            return node
        node.args[0] = self.generator(node.args[0]) or node.args[0]
        if len(node.args) > 1 or node.keywords:
            return node
        argument = node.args[0]
        if callee is builtins.list and self.is_fresh_list(argument):
            return argument
        if callee is builtins.list and (self.is_iterator(argument) or self.may_be_array(argument)):
            argument = self.listed(argument, 1)
        if callee is builtins.list and isinstance(argument, gast.GeneratorExp):
            return build.at(gast.ListComp(elt=argument.elt, generators=argument.generators), node.origin)
        if callee is builtins.dict and self.is_iterator(argument) and len(argument.args) == 2:
            pairs = self.listed(argument, 2)
            key, value = pairs.elt.elts
            return build.at(gast.DictComp(key=key, value=value, generators=pairs.generators), node.origin)
        return node

    def visit_Expr(self, node: gast.Expr) -> gast.AST:
        """`xs.sort(key=f)` as `xs[:] = sorted(xs, key=f)`."""
        match node.value:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=name), attr="sort"), args=[], keywords=options
            ):
                if self.scope.kinds.get(name) == "list":
                    origin = self.scope.origin(node.value)
                    call = gast.Call(func=self.builtin("sorted"), args=[build.load(name)], keywords=options)
                    whole = gast.Slice(lower=None, upper=None, step=None)
                    place = gast.Subscript(value=build.load(name), slice=whole, ctx=gast.Store())
                    return self.visit(build.assign(place, build.at(call, origin), origin))
        self.generic_visit(node)
        return node

    def constant_function(self, item: gast.expr) -> gast.expr:
        """A number among the functions of `np.piecewise` as a function."""
        number = item.operand if isinstance(item, gast.UnaryOp) else item
        if not isinstance(number, gast.Constant):
            return item
        made = build.call(self.scope.kernel(functools.partial), build.load(self.scope.kernel(always)), item)
        return build.at(made, self.scope.origin(item))

    def distance(self, node: gast.Call, callee: Any) -> gast.expr:
        """`hypot(a, b, c)` as `hypot(hypot(a, b), c)`; `dist(p, q)` as the root of a sum."""
        origin = self.scope.origin(node)
        if node.keywords or any(isinstance(arg, gast.Starred) for arg in node.args):
            return node
        if callee is math.hypot:
            while len(node.args) > 2:
                first, second, *rest = node.args
                inner = build.at(
                    gast.Call(func=build.clone(node.func), args=[first, second], keywords=[]), origin
                )
                node = build.at(gast.Call(func=node.func, args=[inner, *rest], keywords=[]), origin)
            return node
        if len(node.args) != 2:
            return node
        names = [self.scope.namer("item") for _ in range(2)]
        gap = gast.BinOp(left=build.load(names[0]), op=gast.Sub(), right=build.load(names[1]))
        target = build.tuple_of([build.store(name) for name in names], gast.Store())
        pairs = gast.comprehension(target=target, iter=self.scope.call("zip", *node.args), ifs=[], is_async=0)
        squares = gast.BinOp(left=gap, op=gast.Pow(), right=build.constant(2))
        terms = build.at(gast.GeneratorExp(elt=squares, generators=[pairs]), origin)
        total = build.at(gast.Call(func=self.builtin("sum"), args=[terms], keywords=[]), origin)
        return build.at(build.call(self.scope.kernel(math.sqrt), total), origin)

    def builtin(self, name: str) -> gast.expr:
        return build.load(self.scope.kernel(getattr(builtins, name)))

    def is_iterator(self, node: Any) -> bool:
        if not isinstance(node, gast.Call) or any(isinstance(arg, gast.Starred) for arg in node.args):
            return False
        callee = self.scope.denotes(node.func)
        return any(callee is iterator for iterator in _ITERATORS)

    def is_fresh_list(self, node: Any) -> bool:
        """Whether `node` becomes statements that make a list."""
        if isinstance(node, gast.ListComp):
            return True
        return isinstance(node, gast.Call) and makes_list(node, self.scope.denotes(node.func), self.scope)

    def may_be_array(self, node: Any) -> bool:
        """Whether nothing in the text speaks against `node` being an array."""
        if isinstance(node, gast.Name):
            return node.id not in self.scope.kinds and node.id not in self.scope.namespace
        if isinstance(node, gast.Subscript):
            return isinstance(node.slice, (gast.Slice, gast.Tuple)) and self.may_be_array(node.value)
        if not isinstance(node, gast.Call):
            return isinstance(node, gast.BinOp)
        callee = self.scope.denotes(node.func)
        return (getattr(callee, "__module__", None) or type(callee).__module__).partition(".")[0] == "numpy"

    def listed(self, node: gast.expr, count: int) -> gast.GeneratorExp:
        """The elements of an iterator, one name each or, for pairs, two."""
        names = [self.scope.namer("item") for _ in range(count)]
        targets, values = [build.store(name) for name in names], [build.load(name) for name in names]
        target, value = (
            (targets[0], values[0])
            if count == 1
            else (build.tuple_of(targets, gast.Store()), build.tuple_of(values))
        )
        part = gast.comprehension(target=target, iter=node, ifs=[], is_async=0)
        return build.at(gast.GeneratorExp(elt=value, generators=[part]), self.scope.origin(node))

    def visit_ListComp(self, node: Any) -> gast.AST:
        self.generic_visit(node)
        node.generators = self.fused(node.generators)
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def fused(self, parts: list[gast.comprehension]) -> list[gast.comprehension]:
        """`for y in (f(x) for x in xs)` as `for x in xs for y in (f(x),)`."""
        found: list[gast.comprehension] = []
        for part in parts:
            inner = part.iter if isinstance(part.iter, gast.GeneratorExp) else self.generator(part.iter)
            if inner is None:
                found.append(part)
                continue
            one = build.tuple_of([inner.elt])
            last = gast.comprehension(target=part.target, iter=one, ifs=part.ifs, is_async=0)
            found += [*inner.generators, last]
        return found

    def visit_For(self, node: gast.For) -> gast.AST:
        self.generic_visit(node)
        found = self.parts(node.iter)
        if found is None:
            generator = node.iter if isinstance(node.iter, gast.GeneratorExp) else self.generator(node.iter)
            return node if generator is None else self.nested(node, generator)
        target, iterable, value, test = found
        origin = node.origin
        head: list[Any] = []
        if test is not None:
            negated = gast.UnaryOp(op=gast.Not(), operand=test)
            head.append(build.if_(negated, [build.at(gast.Continue(), origin)], [], origin))
        head.append(build.assign(node.target, value, origin))
        node.target, node.iter, node.body = target, iterable, [*head, *node.body]
        inner = iterable if isinstance(iterable, gast.GeneratorExp) else self.generator(iterable)
        return node if inner is None else self.nested(node, inner)

    def nested(self, node: gast.For, generator: gast.GeneratorExp) -> gast.For:
        """A loop over a generator expression as nested loops, or, where it may be left early, over a list."""
        if node.orelse or leaves(node.body):
            node.iter = as_list(generator)
            return node
        body = [build.assign(node.target, generator.elt, node.origin), *node.body]
        for part in reversed(generator.generators):
            for test in reversed(part.ifs):
                body = [build.if_(test, body, [], node.origin)]
            body = [build.for_(part.target, part.iter, body, node.origin)]
        loop: gast.For = body[0]
        return loop

    def generator(self, node: Any) -> gast.GeneratorExp | None:
        """`map(f, xs)` as `(f(x) for x in xs)`, and what `itertools` makes likewise."""
        found = self.parts(node)
        if found is None:
            made = as_generator(node, self.scope) if isinstance(node, gast.Call) else None
            if made is not None:
                self.generic_visit(made)
            return made
        target, iterable, value, test = found
        part = gast.comprehension(
            target=target, iter=iterable, ifs=[] if test is None else [test], is_async=0
        )
        return build.at(gast.GeneratorExp(elt=value, generators=self.fused([part])), node.origin)

    def parts(self, node: Any) -> tuple[gast.expr, gast.expr, gast.expr, gast.expr | None] | None:
        """Target, iterable, element and condition of the loop that `map` or `filter` runs."""
        if not isinstance(node, gast.Call) or len(node.args) < 2 or node.keywords:
            return None
        callee = self.scope.denotes(node.func)
        if callee not in (builtins.map, builtins.filter) or any(
            isinstance(a, gast.Starred) for a in node.args
        ):
            return None
        function, *iterables = node.args
        names = [self.scope.namer("item") for _ in iterables]
        items: list[gast.expr] = [build.load(name) for name in names]
        if callee is builtins.filter and isinstance(function, gast.Constant) and function.value is None:
            return build.store(names[0]), iterables[0], items[0], build.load(names[0])
        call = applied(function, items, self.scope)
        if call is None:
            return None
        call.origin = node.origin
        if callee is builtins.filter:
            return build.store(names[0]), iterables[0], build.load(names[0]), call
        if len(iterables) == 1:
            return build.store(names[0]), iterables[0], call, None
        target = build.tuple_of([build.store(name) for name in names], gast.Store())
        return target, build.at(self.scope.call("zip", *iterables), node.origin), call, None


def leaves(body: list[Any]) -> bool:
    """Whether a loop's body has a `break` of that loop."""
    for stmt in body:
        if isinstance(stmt, gast.Break):
            return True
        if isinstance(stmt, (gast.For, gast.While)):
            if leaves(stmt.orelse):
                return True
        elif any(leaves(block) for block in blocks(stmt)):
            return True
    return False
