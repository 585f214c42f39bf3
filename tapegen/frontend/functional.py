"""`map`, `filter` and lists of iterators as comprehensions and loops.

sum(map(f, xs))                  sum(f(x) for x in xs)
list(zip(xs, ys))                [item for item in zip(xs, ys)]
dict(zip(keys, xs))              {key: item for key, item in zip(keys, xs)}
for y in map(f, xs): ...         for x in xs:
                                     y = f(x)
                                     ...
"""

from __future__ import annotations

import builtins
import functools
from typing import Any

import gast

from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build

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
        if not node.args or not isinstance(node.func, gast.Name):
            return node
        callee = self.scope.denotes(node.func)
        if not any(callee is eager for eager in _EAGER):
            return node
        node.args[0] = self.generator(node.args[0]) or node.args[0]
        if len(node.args) > 1 or node.keywords:
            return node
        argument = node.args[0]
        if callee is builtins.list and self.is_iterator(argument):
            argument = self.listed(argument, 1)
        if callee is builtins.list and isinstance(argument, gast.GeneratorExp):
            return build.at(gast.ListComp(elt=argument.elt, generators=argument.generators), node.origin)
        if callee is builtins.dict and self.is_iterator(argument) and len(argument.args) == 2:
            pairs = self.listed(argument, 2)
            key, value = pairs.elt.elts
            return build.at(gast.DictComp(key=key, value=value, generators=pairs.generators), node.origin)
        return node

    def is_iterator(self, node: Any) -> bool:
        if not isinstance(node, gast.Call) or any(isinstance(arg, gast.Starred) for arg in node.args):
            return False
        callee = self.scope.denotes(node.func)
        return any(callee is iterator for iterator in _ITERATORS)

    def listed(self, node: gast.Call, count: int) -> gast.GeneratorExp:
        """The elements of an iterator, one name each or, for pairs, two."""
        names = [self.scope.namer("item") for _ in range(count)]
        targets, values = [build.store(name) for name in names], [build.load(name) for name in names]
        target, value = (
            (targets[0], values[0])
            if count == 1
            else (build.tuple_of(targets, gast.Store()), build.tuple_of(values))
        )
        part = gast.comprehension(target=target, iter=node, ifs=[], is_async=0)
        return build.at(gast.GeneratorExp(elt=value, generators=[part]), node.origin)

    def visit_comprehension(self, node: gast.comprehension) -> gast.AST:
        self.generic_visit(node)
        node.iter = self.generator(node.iter) or node.iter
        return node

    def visit_For(self, node: gast.For) -> gast.AST:
        self.generic_visit(node)
        found = self.parts(node.iter)
        if found is None:
            return node
        target, iterable, value, test = found
        origin = node.origin
        head: list[Any] = []
        if test is not None:
            negated = gast.UnaryOp(op=gast.Not(), operand=test)
            head.append(build.if_(negated, [build.at(gast.Continue(), origin)], [], origin))
        head.append(build.assign(node.target, value, origin))
        node.target, node.iter, node.body = target, iterable, [*head, *node.body]
        return node

    def generator(self, node: Any) -> gast.expr | None:
        """`map(f, xs)` as `(f(x) for x in xs)`."""
        found = self.parts(node)
        if found is None:
            return None
        target, iterable, value, test = found
        part = gast.comprehension(
            target=target, iter=iterable, ifs=[] if test is None else [test], is_async=0
        )
        return build.at(gast.GeneratorExp(elt=value, generators=[part]), node.origin)

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
        call = self.call(function, items)
        if call is None:
            return None
        call.origin = node.origin
        if callee is builtins.filter:
            return build.store(names[0]), iterables[0], build.load(names[0]), call
        if len(iterables) == 1:
            return build.store(names[0]), iterables[0], call, None
        target = build.tuple_of([build.store(name) for name in names], gast.Store())
        return target, build.at(self.scope.call("zip", *iterables), node.origin), call, None

    def call(self, function: gast.expr, items: list[gast.expr]) -> gast.Call | None:
        """A call of `function`, an expression that may be evaluated several times."""
        if isinstance(function, gast.Name) or self.scope.denotes(function) is not None:
            return gast.Call(func=build.clone(function), args=items, keywords=[])
        if isinstance(function, gast.Call) and self.scope.denotes(function.func) is functools.partial:
            first, *captured = function.args
            if not function.keywords and all(
                isinstance(a, (gast.Name, gast.Constant)) for a in function.args
            ):
                return gast.Call(func=again(first), args=[*map(again, captured), *items], keywords=[])
        return None
