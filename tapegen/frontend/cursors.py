"""Iterators that are kept in a variable: written where they are used, if that is once; else a list and a place in it.

kept = filter(f, xs)            return sum(filter(f, xs))
return sum(kept)

it = iter(xs)                   it_items = xs; it_place = 0
a = next(it)                    a = it_items[(it_place := it_place + 1) - 1]
rest = list(it)                 it_rest = it_items[it_place:]; it_place = len(it_items)
                                rest = list(it_rest)
"""

from __future__ import annotations

import builtins
import functools
import itertools
from collections import Counter
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.iterators import is_itertools
from tapegen.frontend.scope import Scope
from tapegen.lang import build
from tapegen.lang.core import blocks
from tapegen.lang.walk import walk

_MAKERS = (builtins.map, builtins.filter, builtins.zip, builtins.enumerate, builtins.reversed, builtins.iter)
_ENDLESS = (itertools.count, itertools.cycle, itertools.repeat)


def replace_iterators(tree: gast.FunctionDef, scope: Scope) -> gast.FunctionDef:
    """`tree` without variables that hold iterators.

    Raises: TransformError for one that can't be followed.
    """
    found: dict[str, gast.Assign] = {}
    for node in walk(tree):
        if (
            isinstance(node, gast.Assign)
            and isinstance(node.targets[0], gast.Name)
            and len(node.targets) == 1
        ):
            if _is_iterator(node.value, scope):
                found[node.targets[0].id] = node
    if not found:
        return tree
    bound = Counter(n.id for n in walk(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load))
    for name, made in found.items():
        uses = _Uses(name, scope)
        uses.block(tree.body, made, ())
        if bound[name] != 1 or uses.unknown or _changes(tree, made, scope):
            raise TransformError(
                f"cannot differentiate the iterator `{name}`",
                origin=scope.origin(made),
                why="it is used in a way in which what is left in it can't be followed",
                instead=f"make it a list where it is made: {name} = list(...)",
            )
        if uses.total == 1 and not uses.steps and uses.loops == uses.home:
            tree = _Inline(name, made).visit(tree)
        else:
            tree = _Place(name, made, scope).visit(tree)
    return tree


def _is_iterator(node: Any, scope: Scope) -> bool:
    if isinstance(node, gast.GeneratorExp):
        return True
    if not isinstance(node, gast.Call):
        return False
    callee = scope.denotes(node.func)
    return callee is not None and (any(callee is maker for maker in _MAKERS) or is_itertools(callee))


def _changes(tree: gast.FunctionDef, made: gast.Assign, scope: Scope) -> bool:
    """Whether anything that the iterator reads may be rebound or written while it is in use."""
    read = {n.id for n in walk(made.value) if isinstance(n, gast.Name)} - set(scope.namespace)
    seen = False
    own = {id(node) for node in walk(made)}
    for node in walk(tree):
        seen = seen or node is made
        if id(node) in own:
            continue
        match node:
            case gast.For() | gast.While() if any(inner is made for inner in walk(node)):
                seen = True
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()) if seen and name in read:
                return True
            case gast.Subscript(value=gast.Name(id=name), ctx=gast.Store() | gast.Del()) if (
                seen and name in read
            ):
                return True
            case gast.AugAssign(target=gast.Name(id=name)) if seen and name in read:
                return True
            case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr=attr)) if seen and name in read:
                if attr in _WRITING:
                    return True
    return False


_WRITING = frozenset(
    "append extend insert pop remove clear sort reverse update setdefault popitem fill".split()
)
_CONSUMERS = frozenset(
    {builtins.list, builtins.tuple, builtins.set, builtins.sum, builtins.min, builtins.max, builtins.sorted}
    | {builtins.any, builtins.all, builtins.dict, functools.reduce}
)


class _Uses:
    """How an iterator is used.

    Attributes:
        total: the number of uses.
        steps: of them, calls of `next`.
        unknown: whether one is none of those that are known.
        home, loops: the loops around the place where it is made, and around its last use.
    """

    def __init__(self, name: str, scope: Scope) -> None:
        self.name, self.scope = name, scope
        self.total = self.steps = 0
        self.unknown = False
        self.home: tuple[int, ...] = ()
        self.loops: tuple[int, ...] = ()

    def block(self, body: list[Any], made: gast.Assign, loops: tuple[int, ...]) -> None:
        for stmt in body:
            if stmt is made:
                self.home = loops
                continue
            inner = loops
            if isinstance(stmt, (gast.For, gast.While)):
                inner = (*loops, id(stmt))
            heads = [
                value
                for key, value in gast.iter_fields(stmt)
                if key not in ("body", "orelse", "finalbody", "handlers")
            ]
            for head in heads:
                for part in head if isinstance(head, list) else [head]:
                    if isinstance(part, gast.AST):
                        self.expression(part, inner if isinstance(stmt, gast.While) else loops)
                        self.unknown |= isinstance(stmt, gast.While) and any(map(self.is_it, walk(part)))
            if isinstance(stmt, gast.For) and self.is_it(stmt.iter):
                self.use(loops)
                if any(isinstance(n, gast.Break) or self.is_it(n) for s in stmt.body for n in walk(s)):
                    self.unknown = True
            for block in blocks(stmt):
                self.block(block, made, inner)

    def is_it(self, node: Any) -> bool:
        return isinstance(node, gast.Name) and node.id == self.name

    def use(self, loops: tuple[int, ...]) -> None:
        self.total += 1
        self.loops = loops

    def expression(self, node: gast.AST, loops: tuple[int, ...]) -> None:
        mentions = sum(map(self.is_it, walk(node)))
        before, steps = self.total, self.steps
        for inner in walk(node):
            if isinstance(inner, gast.Call):
                callee = self.scope.denotes(inner.func)
                for place, arg in enumerate(inner.args):
                    if not self.is_it(arg):
                        continue
                    if callee is builtins.next and place == 0:
                        self.steps += 1
                        self.use(loops)
                    elif _hashable(callee) and callee in _CONSUMERS:
                        self.use(loops)
                    elif _gives_arrays(callee) or (_is_iterator(inner, self.scope) and mentions == 1):
                        self.use(loops)
            elif isinstance(inner, gast.comprehension) and self.is_it(inner.iter):
                self.use(loops)
        if isinstance(node, gast.Name) and mentions:
            return  # the iterable of a `for`, which is counted there
        stepped = self.steps - steps
        if self.total - before != mentions or (stepped and stepped < mentions) or mentions - stepped > 1:
            self.unknown = True


def _hashable(callee: Any) -> bool:
    return callee is not None and type(callee).__hash__ is not None


def _gives_arrays(callee: Any) -> bool:
    root = (getattr(callee, "__module__", None) or "").partition(".")[0]
    return callee is not None and root in ("numpy", "math")


class _Inline(gast.NodeTransformer):
    """Writes an iterator where it is used."""

    def __init__(self, name: str, made: gast.Assign) -> None:
        self.name, self.made = name, made

    def visit_Assign(self, node: gast.Assign) -> gast.AST:
        if node is self.made:
            return gast.Pass()
        self.generic_visit(node)
        return node

    def visit_Name(self, node: gast.Name) -> gast.AST:
        return self.made.value if node.id == self.name else node


class _Place:
    """Turns an iterator into a list and the place in it."""

    def __init__(self, name: str, made: gast.Assign, scope: Scope) -> None:
        self.name, self.made, self.scope = name, made, scope
        self.items, self.place = scope.namer(f"{name}_items"), scope.namer(f"{name}_place")

    def visit(self, tree: gast.FunctionDef) -> gast.FunctionDef:
        tree.body = self.block(tree.body)
        return tree

    def block(self, body: list[Any]) -> list[Any]:
        out: list[Any] = []
        for stmt in body:
            if stmt is self.made:
                origin = self.scope.origin(stmt)
                zero = build.constant(0)
                out += [
                    build.assign(self.items, self.whole(stmt.value), origin),
                    build.assign(self.place, zero, origin),
                ]
                continue
            for key in ("body", "orelse", "finalbody"):
                if getattr(stmt, key, None):
                    setattr(stmt, key, self.block(getattr(stmt, key)))
            reads = _Reads(self)
            reads.visit(stmt)
            out += [*reads.before, stmt]
        return out

    def whole(self, value: gast.expr) -> gast.expr:
        """A sequence of all that the iterator gives."""
        if (
            isinstance(value, gast.Call)
            and self.scope.denotes(value.func) is builtins.iter
            and len(value.args) == 1
        ):
            held = value.args[0]
            if not (isinstance(held, gast.Name) and self.scope.kinds.get(held.id) in ("dict", "object")):
                return held
            value = held
        return build.at(self.scope.call("list", value), self.scope.origin(self.made))

    def step(self) -> gast.expr:
        """The next place, which is taken."""
        after = gast.BinOp(left=build.load(self.place), op=gast.Add(), right=build.constant(1))
        taken = gast.NamedExpr(target=build.store(self.place), value=after)
        index = gast.BinOp(left=taken, op=gast.Sub(), right=build.constant(1))
        return gast.Subscript(value=build.load(self.items), slice=index, ctx=gast.Load())

    def rest(self, origin: Any) -> tuple[gast.expr, list[Any]]:
        """All that is left, and the statements that take it."""
        name = self.scope.namer(f"{self.name}_rest")
        part = gast.Slice(lower=build.load(self.place), upper=None, step=None)
        left = gast.Subscript(value=build.load(self.items), slice=part, ctx=gast.Load())
        taken = [build.assign(name, left, origin), build.assign(self.place, self.length(), origin)]
        return build.load(name), taken

    def length(self) -> gast.expr:
        return self.scope.call("len", build.load(self.items))


class _Reads(gast.NodeTransformer):
    """Rewrites the uses in one statement, but for the blocks in it."""

    def __init__(self, place: _Place) -> None:
        self.place = place
        self.before: list[Any] = []

    def visit(self, node: Any) -> Any:
        if isinstance(node, gast.stmt):
            for key, value in gast.iter_fields(node):
                if key in ("body", "orelse", "finalbody", "handlers"):
                    continue
                if isinstance(value, list):
                    setattr(node, key, [self.visit(v) if isinstance(v, gast.AST) else v for v in value])
                elif isinstance(value, gast.AST):
                    setattr(node, key, self.visit(value))
            return node
        return super().visit(node)

    def visit_Call(self, node: gast.Call) -> gast.AST:
        work = self.place
        if work.scope.denotes(node.func) is builtins.next and node.args and _is_name(node.args[0], work.name):
            taken = build.at(work.step(), getattr(node, "origin", None))
            if len(node.args) == 1:
                return taken
            left = gast.Compare(left=build.load(work.place), ops=[gast.Lt()], comparators=[work.length()])
            return build.at(
                gast.IfExp(test=left, body=taken, orelse=node.args[1]), getattr(node, "origin", None)
            )
        self.generic_visit(node)
        return node

    def visit_Name(self, node: gast.Name) -> gast.AST:
        if node.id != self.place.name:
            return node
        rest, taken = self.place.rest(self.place.scope.origin(node))
        self.before += taken
        return rest


def _is_name(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name
