"""Buffers: sums that are added into their own array instead of a new one each time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.liveness import LivenessWalk
from tapegen.analysis.purity import is_fresh, is_pure, shared_by
from tapegen.analysis.uses import binding_counts, binds, expressions, names_in, use_counts
from tapegen.lang.build import at, load, store
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.optimise.rewrite import changed, is_cotangent, is_name, map_blocks, target_name, with_body

SameType = Callable[[str, gast.expr], bool]
_SUMS = (gast.Add, gast.Sub)


def accumulate_in_place(fn: Core, same_type: SameType | None = None) -> Core:
    """Write `a_1 = a + c` as `a += c`, and `a_1 = a - c` as `a -= c`, where the array of `a` is nobody else's.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, n):
    ...     w_bar = np.zeros_like(x)
    ...     for i in range(n):
    ...         c = np.sin(x)
    ...         w_bar_1 = w_bar + c
    ...         w_bar = w_bar_1
    ...     return w_bar''')
    >>> print(show(accumulate_in_place(before)))
    def f(x, n):
        w_bar = np.zeros_like(x)
        for i in range(n):
            c = np.sin(x)
            w_bar += c
            w_bar_1 = w_bar
            w_bar = w_bar_1
        return w_bar

    The copies are for `copies` or `names` to remove. Works before and after `names`.

    Args:
        same_type: whether adding the expression to the name keeps its shape and dtype. By default, if the name is that
            of a cotangent, for whatever is added to it has been brought to its shape and dtype.

    Names that pass one array on to each other, by moves and by such sums, are judged together. The array is theirs if
    each of them starts as a new array or a number, and nothing else refers to it while sums are still added: no view,
    no list, no other name that is read later. Only cotangents and variables carried through a loop are added to.
    """
    ownership = _Ownership(fn, same_type or (lambda name, _: is_cotangent(name)))
    ownership.run()
    updates = ownership.owned_updates()

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        out = []
        for stmt in body:
            found = updates.get(stmt)
            if found is None:
                out.append(map_blocks(stmt, block))
                continue
            old, term = found
            step = gast.AugAssign(target=store(old), op=stmt.value.op, value=term)
            step.comment = getattr(stmt, "comment", None)
            out.append(at(step, getattr(stmt, "origin", None)))
            if stmt.targets[0].id != old:
                move = changed(stmt, value=load(old))
                move.comment = None
                out.append(move)
        return out

    return with_body(fn, block(fn.body))


class _Ownership(LivenessWalk):
    """Finds sums whose left operand dies, and what else happens to the names involved."""

    def __init__(self, fn: Core, same_type: SameType) -> None:
        super().__init__(fn)
        self.same_type = same_type
        self.counts = binding_counts(fn)
        self.parent: dict[str, str] = {}
        self.updates: dict[gast.stmt, tuple[str, gast.expr]] = {}
        self.spoilt: set[str] = set(fn.params)
        self.roots: dict[str, list[gast.stmt]] = defaultdict(list)
        self.shared: list[tuple[str, gast.stmt]] = []
        self.place: dict[gast.stmt, int] = {}
        self.loops: dict[gast.stmt, tuple[gast.stmt, ...]] = {}
        self.end: dict[gast.stmt, int] = {}
        self._number(fn.body, ())

    def _number(self, body: list[gast.stmt], loops: tuple[gast.stmt, ...]) -> None:
        for stmt in body:
            self.place[stmt] = len(self.place)
            self.loops[stmt] = loops
            kind = type(stmt)
            if kind is gast.If:
                self._number(stmt.body, loops)
                self._number(stmt.orelse, loops)
            elif kind is gast.For or kind is gast.While:
                self._number(stmt.body, (*loops, stmt))
            self.end[stmt] = len(self.place)

    def find(self, name: str) -> str:
        parent = self.parent
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    def visit(self, stmt: gast.stmt, bound: Sequence[str]) -> None:
        kind = type(stmt)
        if kind is gast.Assign:
            target, value = stmt.targets[0], stmt.value
            if is_name(target):
                self.bind(stmt, target.id, value)
                return
            if type(target) is gast.Tuple and type(value) is gast.Tuple and len(value.elts) == len(bound):
                for name, part in zip(bound, value.elts):
                    self.bind(stmt, name, part, bound)
                return
            self.spoilt.update(bound)
            self.share(stmt, shared_by(self.core, value))
            if not bound:
                self.share(stmt, names_in(target.value))
        elif kind is gast.AugAssign and is_name(stmt.target):
            name = stmt.target.id
            if type(stmt.op) not in _SUMS or not self.same_type(name, stmt.value):
                # It may write into the array of `name`, or bind it to a new one.
                self.share(stmt, [name])
            self.parent.setdefault(name, name)
        elif kind is gast.AugAssign:
            self.share(stmt, shared_by(self.core, stmt.target))
        else:
            self.spoilt.update(bound)
            if kind is gast.If or kind is gast.While or kind is gast.Assert:
                return
            if kind is gast.Return:
                self.share(stmt, shared_by(self.core, stmt.value) if stmt.value is not None else [])
                return
            for node in expressions(stmt):
                self.share(
                    stmt, names_in(node) if not is_pure(self.core, node) else shared_by(self.core, node)
                )

    def share(self, stmt: gast.stmt, names: Sequence[str]) -> None:
        """Someone else refers to the arrays of `names` from here on."""
        for name in names:
            if name not in self.core.namespace:
                self.shared.append((name, stmt))

    def bind(self, stmt: gast.stmt, name: str, value: gast.expr, others: Sequence[str] | None = None) -> None:
        if is_name(value):
            source = value.id
            if source not in self.core.namespace and (source == name or source not in self.live):
                if not (others and (source in others and source != name)):
                    self.parent[self.find(name)] = self.find(source)
                    return
            self.spoilt.add(name)
            self.share(stmt, [source])
            return
        update = self.update(name, value) if others is None else None
        if update is not None:
            old, _ = update
            self.updates[stmt] = update
            self.parent[self.find(name)] = self.find(old)
            return
        if is_fresh(self.core, value):
            self.roots[name].append(stmt)
        else:
            self.spoilt.add(name)
        if is_pure(self.core, value):
            self.share(stmt, shared_by(self.core, value))
        else:
            self.share(stmt, names_in(value))

    def update(self, name: str, value: gast.expr) -> tuple[str, gast.expr] | None:
        """The operands of `old + term` or `old - term`, if that may go into the array of `old` as far as seen here."""
        if type(value) is not gast.BinOp or type(value.op) not in _SUMS:
            return None
        orders = ((value.left, value.right), (value.right, value.left))
        for old, term in orders if type(value.op) is gast.Add else orders[:1]:
            if not is_name(old) or old.id in self.core.namespace or not is_pure(self.core, term):
                continue
            if old.id != name and old.id in self.live:
                continue
            if self.counts[old.id] == 1 and not is_cotangent(old.id):
                # The sum of an expression: it reads better, and is as fast, within the expression.
                continue
            if old.id in names_in(term) or not self.same_type(old.id, term):
                continue
            return old.id, term
        return None

    def owned_updates(self) -> dict[gast.stmt, tuple[str, gast.expr]]:
        """The sums that can be done in place."""
        spoilt = {self.find(name) for name in self.spoilt}
        updates: dict[str, list[gast.stmt]] = defaultdict(list)
        for stmt, (old, _) in self.updates.items():
            updates[self.find(old)].append(stmt)
        roots: dict[str, list[gast.stmt]] = defaultdict(list)
        for name, found in self.roots.items():
            roots[self.find(name)] += found
        last = {web: max(self.place[stmt] for stmt in found) for web, found in updates.items()}
        first = {web: min(self.place[stmt] for stmt in found) for web, found in updates.items()}
        for name, stmt in self.shared:
            web = self.find(name)
            if web not in updates or web in spoilt:
                continue
            # Sharing does no harm after the last sum, in a loop only if each iteration starts with a new array.
            if self.place[stmt] < last[web]:
                spoilt.add(web)
            for loop in reversed(self.loops[stmt]):
                if last[web] > self.place[loop]:
                    if any(not self.place[loop] < self.place[root] < self.place[stmt] for root in roots[web]):
                        spoilt.add(web)
                    if first[web] < self.place[loop]:
                        spoilt.add(web)
                    break
        # A sum that stays would read what the others write.
        return {stmt: found for stmt, found in self.updates.items() if self.find(found[0]) not in spoilt}


def drop_zero_buffers(fn: Core, same_type: SameType | None = None) -> Core:
    """Start a sum with its first term instead of zeros.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x, ct):
    ...     x_bar = np.zeros_like(x)
    ...     c = np.cos(x)
    ...     x_bar_1 = x_bar + ct * c
    ...     return x_bar_1''')
    >>> print(show(drop_zero_buffers(before)))
    def f(x, ct):
        c = np.cos(x)
        x_bar_1 = ct * c
        return x_bar_1

    Args:
        same_type: as in `accumulate_in_place`.
    """
    same_type = same_type or (lambda name, _: is_cotangent(name))

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt | None] = []
        zeros: dict[str, int] = {}
        for stmt in body:
            stmt = map_blocks(stmt, block)
            name = target_name(stmt)
            if name is not None and type(stmt.value) is gast.BinOp and type(stmt.value.op) is gast.Add:
                for old, term in ((stmt.value.left, stmt.value.right), (stmt.value.right, stmt.value.left)):
                    if (
                        is_name(old)
                        and old.id in zeros
                        and is_fresh(fn, term)
                        and type(term) is not gast.Constant
                    ) and same_type(old.id, term):
                        out[zeros.pop(old.id)] = None
                        stmt = changed(stmt, value=term)
                        break
            if zeros:
                for inner in _names_of(stmt):
                    zeros.pop(inner, None)
            if name is not None and counts[name] == 1 and single[name] == 1 and _is_zeros(fn, stmt.value):
                zeros[name] = len(out)
            out.append(stmt)
        return [stmt for stmt in out if stmt is not None]

    counts, single = use_counts(fn), binding_counts(fn)
    return with_body(fn, block(fn.body))


def _names_of(stmt: gast.stmt) -> set[str]:
    return {
        name for part in walk_statements([stmt]) for node in expressions(part) for name in names_in(node)
    } | {name for part in walk_statements([stmt]) for name in binds(part)}


def _is_zeros(fn: Core, node: gast.expr) -> bool:
    if type(node) is not gast.Call:
        return False
    return lookup(fn, node.func) in (np.zeros_like, np.zeros)


_IN_PLACE = (gast.Add, gast.Sub, gast.Mult, gast.Div)


def shorten_stores(fn: Core, is_float_array: Callable[[str], bool] | None = None) -> Core:
    """Write `x[i] = x[i] * v` as `x[i] *= v`.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(n):
    ...     x = np.zeros(n)
    ...     for i in range(1, n):
    ...         x[i] = x[i] + i * x[i - 1]
    ...     return x''')
    >>> print(show(shorten_stores(before)))
    def f(n):
        x = np.zeros(n)
        for i in range(1, n):
            x[i] += i * x[i - 1]
        return x

    Args:
        is_float_array: tells names of floating arrays; in an array of integers `x[1:] *= 0.5` would be an error, and in
            a list of arrays `x[0] *= 0.5` would write into an array that others may refer to. By default, names bound
            to `np.zeros`, `np.zeros_like` of a cotangent's name, `np.ones` and `np.empty`.
    """
    known = is_float_array or _float_arrays(fn).__contains__

    def block(body: list[gast.stmt]) -> list[gast.stmt]:
        return [shortened(map_blocks(stmt, block)) for stmt in body]

    def shortened(stmt: gast.stmt) -> gast.stmt:
        if type(stmt) is not gast.Assign or type(stmt.targets[0]) is not gast.Subscript:
            return stmt
        target, value = stmt.targets[0], stmt.value
        if type(value) is not gast.BinOp or type(value.op) not in _IN_PLACE:
            return stmt
        if not is_name(target.value) or not known(target.value.id) or not is_pure(fn, target.slice):
            return stmt
        wanted = gast.dump(target.slice)

        def is_target(node: gast.expr) -> bool:
            return (
                type(node) is gast.Subscript
                and is_name(node.value)
                and node.value.id == target.value.id
                and gast.dump(node.slice) == wanted
            )

        if is_target(value.left):
            term = value.right
        elif is_target(value.right) and type(value.op) in (gast.Add, gast.Mult):
            term = value.left
        else:
            return stmt
        step = gast.AugAssign(target=target, op=value.op, value=term)
        step.comment = getattr(stmt, "comment", None)
        shorter: gast.stmt = at(step, getattr(stmt, "origin", None))
        return shorter

    return with_body(fn, block(fn.body))


def _float_arrays(fn: Core) -> set[str]:
    good: set[str] = set()
    bad: set[str] = set(fn.params)
    for stmt in fn.statements:
        for name in binds(stmt):
            value: Any = stmt.value if target_name(stmt) == name else None
            callee = lookup(fn, value.func) if type(value) is gast.Call and not value.keywords else None
            plain = value is not None and callee in (np.zeros, np.ones, np.empty) and len(value.args) == 1
            like = callee is np.zeros_like and is_cotangent(name)
            (good if plain or like else bad).add(name)
    return good - bad
