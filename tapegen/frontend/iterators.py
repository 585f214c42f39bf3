"""The functions of `itertools`, and `np.ndenumerate`, as generator expressions, where they are used up at once.

chain(a, b)                 (v for part in (a, b) for v in part)
product(a, b)               ((v, w) for v in a for w in b)
combinations(x, 2)          ((xs[i], xs[j]) for xs in (x,) for i in range(len(xs)) for j in range(i + 1, len(xs)))
pairwise(x)                 ((xs[i], xs[i + 1]) for xs in (x,) for i in range(len(xs) - 1))
islice(x, stop)             (xs[i] for xs in (x,) for i in range(*slice(stop).indices(len(xs))))
starmap(f, x)               (f(*v) for v in x)
compress(x, keep)           (v for v, k in zip(x, keep) if k)
repeat(v, n)                (v for i in range(n))
np.ndenumerate(x)           ((i, xs[i]) for xs in (x,) for i in np.ndindex(np.shape(xs)))

Where an iterable has to be indexed, it is made a list first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.frontend.scope import Scope
from tapegen.lang import build

_AT_ONCE = (gast.Name, gast.Subscript, gast.List, gast.Tuple)


def is_itertools(callee: Any) -> bool:
    """Whether a callee comes from `itertools`."""
    return getattr(callee, "__module__", None) == "itertools" or callee == itertools.chain.from_iterable


def as_generator(node: gast.Call, scope: Scope) -> gast.GeneratorExp | None:
    """A call of a function of `itertools` as a generator expression, or None."""
    callee = scope.denotes(node.func)
    if callee is not np.ndenumerate and not is_itertools(callee):
        return None
    if any(isinstance(arg, gast.Starred) for arg in node.args):
        return None
    work = _Expansion(scope)
    made: gast.GeneratorExp | None = None
    if callee == itertools.chain.from_iterable and len(node.args) == 1:
        made = work.chained(node.args[0])
    elif callee is itertools.product and all(k.arg == "repeat" for k in node.keywords):
        made = work.product(node.args, _whole(node.keywords[0].value) if node.keywords else 1)
    elif not node.keywords and callee in _TABLE:
        made = _TABLE[callee](work, *node.args) if len(node.args) in _COUNTS[callee] else None
    return None if made is None else build.at(made, getattr(node, "origin", None))


class _Expansion:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def part(self, target: str, iterable: gast.expr, *tests: gast.expr) -> gast.comprehension:
        return gast.comprehension(
            target=build.store(self.scope.namer(target)), iter=iterable, ifs=list(tests), is_async=0
        )

    def generator(self, value: gast.expr, *parts: gast.comprehension) -> gast.GeneratorExp:
        return gast.GeneratorExp(elt=value, generators=list(parts))

    def held(self, iterable: gast.expr) -> gast.comprehension:
        """`for xs in (iterable,)`: a name for something that is indexed."""
        if isinstance(iterable, gast.Call) and not _gives_array(self.scope.denotes(iterable.func)):
            iterable = self.scope.call("list", iterable)
        return self.part("items", build.tuple_of([iterable]))

    def length(self, held: gast.comprehension) -> gast.expr:
        return self.scope.call("len", _read(held))

    def item(self, held: gast.comprehension, index: gast.expr) -> gast.expr:
        return gast.Subscript(value=_read(held), slice=index, ctx=gast.Load())

    def counted(self, *bounds: gast.expr) -> gast.comprehension:
        return self.part("index", self.scope.call("range", *bounds))

    # One method for each function.

    def chain(self, *iterables: gast.expr) -> gast.GeneratorExp:
        return self.chained(build.tuple_of(iterables))

    def chained(self, iterables: gast.expr) -> gast.GeneratorExp:
        parts = self.part("part", iterables)
        items = self.part("item", _read(parts))
        return self.generator(_read(items), parts, items)

    def product(self, iterables: list[gast.expr], repeat: int | None) -> gast.GeneratorExp | None:
        if repeat is None or not iterables or len(iterables) * repeat > 8:
            return None
        parts = [self.part("item", build.clone(x)) for x in iterables * repeat]
        return self.generator(build.tuple_of([_read(part) for part in parts]), *parts)

    def combinations(self, iterable: gast.expr, count: gast.expr) -> gast.GeneratorExp | None:
        return self.chosen(iterable, count, 1)

    def with_replacement(self, iterable: gast.expr, count: gast.expr) -> gast.GeneratorExp | None:
        return self.chosen(iterable, count, 0)

    def chosen(self, iterable: gast.expr, count: gast.expr, step: int) -> gast.GeneratorExp | None:
        """Choices in ascending order, each index at least `step` above the one before."""
        r = _whole(count)
        if r is None or not 1 <= r <= 8:
            return None
        held = self.held(iterable)
        indices = [self.counted(self.length(held))]
        for _ in range(r - 1):
            before = _read(indices[-1])
            start = gast.BinOp(left=before, op=gast.Add(), right=build.constant(1)) if step else before
            indices.append(self.counted(start, self.length(held)))
        values = [self.item(held, _read(index)) for index in indices]
        return self.generator(build.tuple_of(values), held, *indices)

    def permutations(self, iterable: gast.expr, count: gast.expr) -> gast.GeneratorExp | None:
        r = _whole(count)
        if r is None or not 1 <= r <= 5:
            return None
        held = self.held(iterable)
        indices: list[gast.comprehension] = []
        for _ in range(r):
            new = self.counted(self.length(held))
            new.ifs = [
                gast.Compare(left=_read(new), ops=[gast.NotEq()], comparators=[_read(old)]) for old in indices
            ]
            indices.append(new)
        return self.generator(
            build.tuple_of([self.item(held, _read(index)) for index in indices]), held, *indices
        )

    def pairwise(self, iterable: gast.expr) -> gast.GeneratorExp:
        held = self.held(iterable)
        last = gast.BinOp(left=self.length(held), op=gast.Sub(), right=build.constant(1))
        index = self.counted(last)
        after = gast.BinOp(left=_read(index), op=gast.Add(), right=build.constant(1))
        values = [self.item(held, _read(index)), self.item(held, after)]
        return self.generator(build.tuple_of(values), held, index)

    def islice(self, iterable: gast.expr, *bounds: gast.expr) -> gast.GeneratorExp | None:
        start, stop, step = _slice(bounds)
        if isinstance(iterable, gast.Call) and self.scope.denotes(iterable.func) is itertools.count:
            return self.counted_slice(iterable, start, stop, step)
        if isinstance(iterable, gast.Call) and self.scope.denotes(iterable.func) in (
            itertools.cycle,
            itertools.repeat,
        ):
            return None
        held = self.held(iterable)
        length = self.length(held)
        if stop is not None:
            length = self.scope.call("min", stop, length)
        index = self.counted(start or build.constant(0), length, *([step] if step is not None else []))
        return self.generator(self.item(held, _read(index)), held, index)

    def counted_slice(
        self, node: gast.Call, start: gast.expr | None, stop: gast.expr | None, step: gast.expr | None
    ) -> gast.GeneratorExp | None:
        """A slice of `count(first, by)`."""
        if stop is None or node.keywords or any(isinstance(arg, gast.Starred) for arg in node.args):
            return None
        index = self.counted(start or build.constant(0), stop, *([step] if step is not None else []))
        first, by = [*node.args, *[build.constant(0), build.constant(1)][len(node.args) :]][:2]
        offset = gast.BinOp(left=by, op=gast.Mult(), right=_read(index))
        return self.generator(gast.BinOp(left=first, op=gast.Add(), right=offset), index)

    def starmap(self, function: gast.expr, iterable: gast.expr) -> gast.GeneratorExp | None:
        if not isinstance(function, gast.Name) and self.scope.denotes(function) is None:
            return None
        items = self.part("item", iterable)
        starred = gast.Starred(value=_read(items), ctx=gast.Load())
        call = build.at(
            gast.Call(func=function, args=[starred], keywords=[]), getattr(iterable, "origin", None)
        )
        return self.generator(call, items)

    def compress(self, data: gast.expr, selectors: gast.expr) -> gast.GeneratorExp:
        names = [self.scope.namer(name) for name in ("item", "selected")]
        target = build.tuple_of([build.store(name) for name in names], gast.Store())
        both = gast.comprehension(
            target=target,
            iter=self.scope.call("zip", data, selectors),
            ifs=[build.load(names[1])],
            is_async=0,
        )
        return self.generator(build.load(names[0]), both)

    def repeat(self, value: gast.expr, times: gast.expr) -> gast.GeneratorExp | None:
        if not isinstance(value, (gast.Name, gast.Constant)):
            return None
        return self.generator(value, self.counted(times))

    def ndenumerate(self, array: gast.expr) -> gast.GeneratorExp:
        held = self.part("items", build.tuple_of([array]))
        shape = build.call(self.scope.numpy("shape"), _read(held))
        index = self.part("index", build.call(self.scope.numpy("ndindex"), shape))
        return self.generator(build.tuple_of([_read(index), self.item(held, _read(index))]), held, index)


_TABLE: dict[Any, Callable[..., gast.GeneratorExp | None]] = {
    itertools.chain: _Expansion.chain,
    itertools.combinations: _Expansion.combinations,
    itertools.combinations_with_replacement: _Expansion.with_replacement,
    itertools.permutations: _Expansion.permutations,
    itertools.pairwise: _Expansion.pairwise,
    itertools.islice: _Expansion.islice,
    itertools.starmap: _Expansion.starmap,
    itertools.compress: _Expansion.compress,
    itertools.repeat: _Expansion.repeat,
    np.ndenumerate: _Expansion.ndenumerate,
}
_COUNTS: dict[Any, range] = {
    itertools.chain: range(64),
    itertools.combinations: range(2, 3),
    itertools.combinations_with_replacement: range(2, 3),
    itertools.permutations: range(2, 3),
    itertools.pairwise: range(1, 2),
    itertools.islice: range(2, 5),
    itertools.starmap: range(2, 3),
    itertools.compress: range(2, 3),
    itertools.repeat: range(2, 3),
    np.ndenumerate: range(1, 2),
}


def _read(part: gast.comprehension) -> gast.Name:
    return build.load(part.target.id)


def _whole(node: gast.expr) -> int | None:
    return node.value if isinstance(node, gast.Constant) and type(node.value) is int else None


def _slice(bounds: tuple[gast.expr, ...]) -> tuple[gast.expr | None, ...]:
    """Start, stop and step of `islice`."""
    parts = [None if isinstance(b, gast.Constant) and b.value is None else b for b in bounds]
    return (None, parts[0], None) if len(parts) == 1 else (*parts, *[None] * (3 - len(parts)))


def _gives_array(callee: Any) -> bool:
    return (getattr(callee, "__module__", None) or type(callee).__module__).partition(".")[0] == "numpy"
