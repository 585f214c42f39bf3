"""Temporaries folded back into expressions, so that the code reads as a person would have written it."""

from __future__ import annotations

import linecache
import re
from collections import defaultdict
from collections.abc import Callable, Sequence

import gast

from tapegen.analysis.purity import is_pure
from tapegen.analysis.regions import Regions
from tapegen.analysis.uses import all_binds, binding_counts, binds, expressions, names_in, use_counts
from tapegen.lang.core import Core, walk_statements
from tapegen.lang.names import base_name
from tapegen.lang.origin import origin_of
from tapegen.lang.walk import CHILDREN
from tapegen.optimise.rewrite import (
    is_cotangent,
    map_blocks,
    map_operands,
    substitute_names,
    target_name,
    with_body,
)


def is_generated(name: str) -> bool:
    """Whether a name looks like one that the compiler made: a cotangent, a numbered name, a single underscore."""
    return re.search(r"_bar|_dot|_\d+$|^_|_stack", name) is not None


def is_written_by_user(name: str, stmt: gast.stmt) -> bool:
    """Whether the user gave a variable its name: it stands in the text that the statement comes from."""
    origin = origin_of(stmt)
    if is_cotangent(name):
        return False
    lines = linecache.getlines(origin.file)[origin.line - 1 : origin.end_line] if origin is not None else ()
    if not lines:
        return not is_generated(name)
    return any(re.search(rf"\b{name}\b", line) for line in lines)


def fold_temporaries(
    fn: Core,
    regions: Regions | None = None,
    keep: Callable[[str], bool] | None = None,
    columns: int = 76,
    depth: int = 4,
) -> Core:
    """Put temporaries that are used once into the place where they are used.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(w, x, y):
    ...     z_1 = x @ w
    ...     z = np.tanh(z_1)
    ...     d = z - y
    ...     t_1 = d ** 2
    ...     t_2 = y * t_1
    ...     y[0] = 1.0
    ...     t_3 = t_2 + y
    ...     return t_3''')
    >>> print(show(fold_temporaries(before)))
    def f(w, x, y):
        z = np.tanh(x @ w)
        d = z - y
        t_2 = y * d ** 2
        y[0] = 1.0
        t_3 = t_2 + y
        return t_3

    Args:
        regions: which names may share memory; read off `fn` by default.
        keep: tells the names that stay, for the user wrote them. By default, those that stand in the user's line that
            their statement comes from; without a line, those that do not look generated.
        columns, depth: how wide a line and how deep an expression may become.

    Only pure expressions move, within one block, past statements that change nothing they read. A value stays a name
    where the grammar or the reader wants one: what is returned, written into, or called a method of.
    """
    regions = regions or Regions(fn)
    return _Fold(fn, regions, keep, columns, depth).run()


class _Pending:
    """A temporary that may still move."""

    __slots__ = ("depth", "place", "value", "width")

    def __init__(self, place: int, value: gast.expr, width: int, depth: int) -> None:
        self.place = place
        self.value = value
        self.width = width
        self.depth = depth


class _Fold:
    def __init__(
        self, fn: Core, regions: Regions, keep: Callable[[str], bool] | None, columns: int, depth: int
    ) -> None:
        self.fn = fn
        self.regions = regions
        self.keep = keep
        self.columns = columns
        self.depth = depth
        self.uses = use_counts(fn)
        self.bindings = binding_counts(fn)

    def run(self) -> Core:
        return with_body(self.fn, self.block(self.fn.body, 1))

    def block(self, body: list[gast.stmt], level: int) -> list[gast.stmt]:
        out: list[gast.stmt | None] = []
        pending: dict[str, _Pending] = {}
        readers: dict[str, set[str]] = defaultdict(set)
        memory: dict[int, set[str]] = defaultdict(set)
        for stmt in body:
            stmt = self.filled(stmt, pending, out, level)
            names, regions = self.changes(stmt)
            for name in names:
                for temporary in readers.pop(name, ()):
                    pending.pop(temporary, None)
            for region in regions:
                for temporary in memory.pop(region, ()):
                    pending.pop(temporary, None)
            target = target_name(stmt)
            if target is not None and self.movable(target, stmt):
                pending[target] = _Pending(len(out), stmt.value, *_size(stmt.value))
                for source in names_in(stmt.value):
                    readers[source].add(target)
                    for region in self.regions.reach(source):
                        memory[region].add(target)
            out.append(self.nested(stmt, level))
        return [stmt for stmt in out if stmt is not None]

    def nested(self, stmt: gast.stmt, level: int) -> gast.stmt:
        return map_blocks(stmt, lambda body: self.block(body, level + 1))

    def movable(self, name: str, stmt: gast.stmt) -> bool:
        if self.uses[name] != 1 or self.bindings[name] != 1:
            return False
        if self.keep(name) if self.keep is not None else is_written_by_user(name, stmt):
            return False
        value = stmt.value
        if type(value) in (gast.List, gast.Dict, gast.Set) and not _elements(value):
            return False
        return is_pure(self.fn, value)

    def changes(self, stmt: gast.stmt) -> tuple[Sequence[str], set[int]]:
        """Names that a statement binds and regions that it writes, nested statements included."""
        if type(stmt) in (gast.For, gast.While, gast.If):
            regions: set[int] = set()
            for inner in walk_statements([stmt]):
                done = self.regions.effects(inner)
                if not done.none:
                    regions |= self.regions.written_by(done)
            return list(all_binds([stmt])), regions
        done = self.regions.effects(stmt)
        return binds(stmt), set() if done.none else self.regions.written_by(done)

    def filled(
        self, stmt: gast.stmt, pending: dict[str, _Pending], out: list[gast.stmt | None], level: int
    ) -> gast.stmt:
        """`stmt` with pending temporaries in place of their names; their own statements go."""
        if not pending or type(stmt) is gast.While:
            return stmt
        candidates = [name for node in expressions(stmt) for name in names_in(node) if name in pending]
        if not candidates:
            return stmt
        table: dict[str, gast.expr] = {}
        places = _places(stmt)
        width = _statement_width(stmt) + 4 * level
        # The narrowest first: what does not fit any more is then the part that best stands on its own.
        for name in sorted(set(candidates), key=lambda name: (pending[name].width, candidates.index(name))):
            place, above = places.get(name, ("fixed", 0))
            entry = pending[name]
            if place == "fixed" or (place == "base" and type(entry.value) not in (gast.Call, gast.Subscript)):
                continue
            grown = width + entry.width - len(base_name(name)) + 2
            if grown > self.columns or above + entry.depth > self.depth:
                continue
            if type(stmt) is gast.Return and type(entry.value) is not gast.Tuple:
                continue
            if (
                type(entry.value) in (gast.Tuple, gast.List, gast.Dict)
                and type(stmt) is not gast.Return
                and above > 1
            ):
                continue
            width = grown
            table[name] = entry.value
        if not table:
            return stmt
        for name in table:
            out[pending.pop(name).place] = None
        return map_operands(stmt, lambda node: substitute_names(node, table))


def _elements(node: gast.expr) -> list[gast.expr]:
    return list(node.values if type(node) is gast.Dict else node.elts)


def _places(stmt: gast.stmt) -> dict[str, tuple[str, int]]:
    """For each name in a statement, what may stand in its place, and how deep the place is.

    Places: "free" for any expression, "base" in front of an index or attribute, "fixed" for a name only.
    """
    found: dict[str, tuple[str, int]] = {}
    kind = type(stmt)
    if kind is gast.Assign and type(stmt.targets[0]) is gast.Tuple:
        return found
    if kind is gast.Assign or kind is gast.AugAssign:
        target = stmt.targets[0] if kind is gast.Assign else stmt.target
        if type(target) is gast.Subscript:
            for name in names_in(target.value):
                found[name] = ("fixed", 0)
            _mark(target.slice, 1, "free", found)
        elif type(target) is gast.Attribute:
            for name in names_in(target.value):
                found[name] = ("fixed", 0)
        _mark(stmt.value, 0, "free", found)
        return found
    for node in expressions(stmt):
        _mark(node, 0, "free", found)
    return found


def _mark(node: gast.expr, depth: int, free: str, found: dict[str, tuple[str, int]]) -> None:
    kind = type(node)
    if kind is gast.Name:
        found[node.id] = (free, depth)
        return
    if kind is gast.Subscript or kind is gast.Attribute:
        _mark(node.value, depth, "base" if type(node.value) is gast.Name else free, found)
        if kind is gast.Subscript:
            _mark(node.slice, depth + 1, free, found)
        return
    if kind is gast.Call and type(node.func) is gast.Attribute:
        for name in names_in(node.func):
            found[name] = ("fixed", depth)
        for arg in (*node.args, *node.keywords):
            _mark(arg, depth + 1, free, found)
        return
    step = 0 if kind in (gast.keyword, gast.Slice, gast.Starred) else 1
    for field in CHILDREN[kind]:
        child = getattr(node, field)
        for item in child if type(child) is list else (child,):
            if isinstance(item, gast.AST):
                _mark(item, depth + step, free, found)


def _statement_width(stmt: gast.stmt) -> int:
    kind = type(stmt)
    if kind is gast.Assign:
        return _size(stmt.targets[0])[0] + 3 + _size(stmt.value)[0]
    if kind is gast.AugAssign:
        return _size(stmt.target)[0] + 4 + _size(stmt.value)[0]
    if kind is gast.For:
        return _size(stmt.target)[0] + 9 + _size(stmt.iter)[0]
    return 7 + sum(_size(node)[0] for node in expressions(stmt))


_OPERATOR_WIDTH = {gast.Pow: 2, gast.FloorDiv: 2}


def _size(node: gast.AST | None) -> tuple[int, int]:
    """About how many columns an expression takes, and how deeply it is nested: a name is 0 deep, `a + b` is 1."""
    if node is None:
        return 0, 0
    kind = type(node)
    if kind is gast.Name:
        return len(base_name(node.id)), 0  # versions will be merged
    if kind is gast.Constant:
        return len(repr(node.value)), 0
    if kind is gast.BinOp:
        left, right = _size(node.left), _size(node.right)
        inner = max(left[1], right[1])
        # A chain such as `a * b * c` reads as one level.
        if type(node.left) is gast.BinOp and type(node.left.op) is type(node.op):
            inner = max(left[1] - 1, right[1])
        brackets = 2 * (type(node.right) is gast.BinOp)
        return left[0] + right[0] + 2 + _OPERATOR_WIDTH.get(type(node.op), 1) + brackets, inner + 1
    if kind is gast.Attribute:
        width, deep = _size(node.value)
        return width + 1 + len(node.attr), deep
    if kind is gast.UnaryOp:
        width, deep = _size(node.operand)
        return width + (4 if type(node.op) is gast.Not else 1), deep
    width, deep = 0, 0
    count = 0
    for field in CHILDREN[kind]:
        child = getattr(node, field)
        for item in child if type(child) is list else (child,):
            if isinstance(item, gast.AST):
                size = _size(item)
                width += size[0] + 2
                deep = max(deep, size[1])
                count += 1
    if kind is gast.keyword:
        return width - 1 + len(node.arg or ""), deep
    if kind is gast.Slice:
        return width, deep
    return width, deep + (0 if kind is gast.Subscript else 1)
