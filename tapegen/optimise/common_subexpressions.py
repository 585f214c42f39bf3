"""Common subexpressions: what has been computed is not computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from tapegen.analysis.purity import Effects, is_fresh, is_pure, shared_by
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import binding_counts, binds, names_in
from tapegen.lang.build import load
from tapegen.lang.core import Core, dotted, walk_statements
from tapegen.lang.walk import CHILDREN
from tapegen.optimise.rewrite import changed, is_atom, map_blocks, target_name, with_body


def share_subexpressions(
    fn: Core, regions: Regions | None = None, may_alias: Callable[[str, str], bool] | None = None
) -> Core:
    """Compute pure expressions once.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, y):
    ...     a = np.sin(x)
    ...     b = np.sin(x)
    ...     c = a * b
    ...     y[0] = 1.0
    ...     d = np.sin(y)
    ...     return c''')
    >>> print(show(share_subexpressions(before)))
    def f(x, y):
        a = np.sin(x)
        b = a
        c = a * b
        y[0] = 1.0
        d = np.sin(y)
        return c

    Args:
        regions: which names may share memory; read off `fn` by default.
        may_alias: refines `regions`: whether a write to the first name may change what the second refers to.

    An expression is available where its statement dominates, until a name in it is bound again or memory that it reads
    is written. Two names share a new array only if neither is ever written and not both can be reached by the caller.
    Value numbering with scopes: Briggs, Cooper and Simpson (1997), Value Numbering.
    """
    return _Numbering(fn, regions or Regions(fn), may_alias).run()


class _Numbering:
    def __init__(self, fn: Core, regions: Regions, may_alias: Callable[[str, str], bool] | None) -> None:
        self.fn = fn
        self.regions = regions
        self.may_alias = may_alias
        self.counts = binding_counts(fn)
        self.version: Counter[str] = Counter()
        self.writes: Counter[Any] = Counter()
        self.same: dict[str, str] = {}
        self.known: dict[Any, tuple[str, int]] = {}
        self._results: set[str] | None = None
        self.names_of = set(self.counts)

    def run(self) -> Core:
        return with_body(self.fn, self.block(self.fn.body))

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        before = len(self.known), len(self.same)
        out = [self.statement(stmt) for stmt in body]
        while len(self.known) > before[0]:
            self.known.popitem()
        while len(self.same) > before[1]:
            self.same.popitem()
        return out

    def statement(self, stmt: gast.stmt) -> gast.stmt:
        kind = type(stmt)
        if kind is gast.For or kind is gast.While:
            self.changed_by([stmt])
            stmt = map_blocks(stmt, self.block)
            self.changed_by([stmt])
            return stmt
        if kind is gast.If:
            self.effect(self.regions.effects(stmt))
            return map_blocks(stmt, self.block)
        name = target_name(stmt)
        if name is not None and self.counts[name] == 1:
            return self.definition(stmt, name)
        self.effect(self.regions.effects(stmt))
        self.version.update(binds(stmt))
        return stmt

    def definition(self, stmt: gast.stmt, name: str) -> gast.stmt:
        value = stmt.value
        if type(value) is gast.Name:
            self.version[name] += 1
            if self.counts[value.id] == 1 and name not in self.same:
                self.same[name] = self.same.get(value.id, value.id)
            return stmt
        if is_atom(value) or type(value) in (gast.List, gast.Dict, gast.Set) or not is_pure(self.fn, value):
            self.effect(self.regions.effects(stmt))
            self.version[name] += 1
            return stmt
        key = (self.key(value), self.memory(value))
        found = self.known.get(key)
        self.version[name] += 1
        if found is not None and self.version[found[0]] == found[1] and self.may_share(value, found[0], name):
            if name not in self.same:
                self.same[name] = self.same.get(found[0], found[0])
            self.regions.merge(name, found[0])
            return changed(stmt, value=load(found[0]))
        if key not in self.known:
            self.known[key] = (name, self.version[name])
        return stmt

    def may_share(self, value: gast.expr, old: str, new: str) -> bool:
        if is_fresh(self.fn, value):
            return self.regions.may_merge(old, new)
        if type(value) is gast.Attribute or (type(value) is gast.Subscript and _is_view(value.slice)):
            return True
        # What may be a view may be a new array, such as `x[indices]`: to be shared only if nobody can tell.
        if self.regions.is_written(old) or self.regions.is_written(new):
            return False
        results = self.results()
        if old in results and new in results:
            return False
        if old in results or new in results:
            results |= {old, new}
        return True

    def results(self) -> set[str]:
        """Names whose value may be part of what the function returns."""
        if self._results is None:
            sources: dict[str, list[str]] = {}
            todo: list[str] = []
            for stmt in self.fn.statements:
                if type(stmt) is gast.Return:
                    todo += names_in(stmt.value)
                elif type(stmt) is gast.Assign:
                    for name in binds(stmt) or names_in(stmt.targets[0]):
                        sources.setdefault(name, []).extend(shared_by(self.fn, stmt.value))
                elif type(stmt) is gast.Expr:
                    for name in self.regions.effects(stmt).writes:
                        sources.setdefault(name, []).extend(names_in(stmt.value))
            self._results = set()
            while todo:
                name = todo.pop()
                if name not in self._results:
                    self._results.add(name)
                    todo += sources.get(name, ())
        return self._results

    def changed_by(self, body: list[gast.stmt]) -> None:
        """What statements that may run any number of times bind and write is not what it was."""
        for stmt in walk_statements(body):
            self.version.update(binds(stmt))
            self.effect(self.regions.effects(stmt))

    def effect(self, done: Effects) -> None:
        if done.none:
            return
        if self.may_alias is None or done.opaque or done.contents:
            self.writes.update(self.regions.written_by(done))
            return
        for name in done.writes:
            region = self.regions.of(name)
            for other in self.members(region):
                if other == name or self.may_alias(name, other):
                    self.writes[other] += 1

    def members(self, region: int) -> list[str]:
        if not hasattr(self, "_members"):
            self._members: dict[int, list[str]] = {}
            for name in sorted(self.names_of):
                self._members.setdefault(self.regions.of(name), []).append(name)
        return self._members.get(region, [])

    def memory(self, node: gast.expr) -> tuple[tuple[Any, int], ...]:
        """The state of all memory that an expression reads."""
        if not self.writes:
            return ()
        found: dict[Any, int] = {}
        for name in names_in(node):
            if name not in self.names_of:
                region = self.regions.outside
                if self.writes[region]:
                    found[region] = self.writes[region]
                continue
            if self.may_alias is not None and self.writes.get(name):
                found[name] = self.writes[name]
            for region in self.regions.reach(name):
                if region in self.writes:
                    found[region] = self.writes[region]
        return tuple(sorted(found.items(), key=repr))

    def key(self, node: gast.expr) -> Any:
        """A value that equal expressions have in common."""
        kind = type(node)
        if kind is gast.Name:
            name = self.same.get(node.id, node.id)
            return name, self.version[name]
        if kind is gast.Constant:
            return type(node.value).__name__, repr(node.value)
        if kind is gast.BinOp:
            return type(node.op).__name__, self.key(node.left), self.key(node.right)
        if kind is gast.Call and not node.keywords:
            return "Call", self.key(node.func), *map(self.key, node.args)
        if kind is gast.Attribute:
            path = dotted(node)
            if path is not None and path[0] in self.fn.namespace:
                return path
        tags = [type(op).__name__ for op in getattr(node, "ops", ())]
        if kind is gast.UnaryOp or kind is gast.BoolOp:
            tags.append(type(node.op).__name__)
        for extra in ("attr", "arg", "conversion"):
            tags.append(str(getattr(node, extra, "")))
        parts: list[Any] = [kind.__name__, *tags]
        for field in CHILDREN[kind]:
            child = getattr(node, field)
            if type(child) is list:
                parts.append(tuple(None if item is None else self.key(item) for item in child))
            else:
                parts.append(self.key(child) if isinstance(child, gast.AST) else repr(child))
        return tuple(parts)


def _is_view(index: gast.expr) -> bool:
    """Whether an index surely gives a view or a single element."""
    if type(index) is gast.Tuple:
        return all(_is_view(part) for part in index.elts)
    if type(index) is gast.Slice:
        return True
    if type(index) is gast.UnaryOp:
        return type(index.operand) is gast.Constant
    return type(index) is gast.Constant and type(index.value) is not bool
