"""Many directions at once: generated code made to carry a leading axis of seeds through what depends on them.

The code of a tangent, or of an adjoint sweep, is linear in its seeds. Batched, a seed `x_dot` is an array of seeds, one
in each entry of its first axis; so is all that is computed from it, while what does not depend on it, the primal, is
computed once. Statements stay as they are where NumPy broadcasts by itself. What an operation needs beside that is in
`batch_calls.py`. Branches and loops are those of the primal: their tests never depend on a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import gast

from tapegen.analysis.aliasing import aliasing, result_aliases
from tapegen.analysis.predicates import is_container, rank
from tapegen.analysis.reads import snapshot_reads
from tapegen.analysis.values import Value
from tapegen.analysis.writes import written_names
from tapegen.errors import TransformError
from tapegen.kernels.seeds import repeated, seed_count
from tapegen.kernels.trees import copied
from tapegen.lang import build
from tapegen.lang.core import Core, Generated, bound_names, lookup, walk_statements
from tapegen.lang.flatten import flatten
from tapegen.lang.names import Namer
from tapegen.lang.walk import CHILDREN, replaced
from tapegen.rules import tables
from tapegen.transforms.assemble import is_boundary
from tapegen.transforms.batch_calls import batched_call, each_entry, elementwise, zeros_for_each
from tapegen.transforms.batch_calls import product as matrix_product
from tapegen.transforms.batch_index import leading


class Unbatchable(TransformError):
    """The code cannot be batched: its seeds are to be taken one by one."""


def batch(
    core: Core,
    facts: Mapping[str, Value],
    seeds: Iterable[str],
    callees: Mapping[Any, int] | None = None,
    *,
    whole: bool = False,
) -> Core:
    """The function `core`, a tangent function, a joint one or an adjoint, for many seeds at once.

    Args:
        facts: descriptions of its names, for one seed.
        seeds: the parameters that are to be batched. Of the pair that is returned, the second part is.
        callees: the generated functions that are batched too: how many seeds a tangent function takes, as its last
            arguments; 0 for an adjoint.
        whole: whether all of the result is batched, as of an adjoint.
    Raises: Unbatchable.

    >>> import numpy as np
    >>> from tapegen.lang.show import show
    >>> from tapegen.optimise.rewrite import core as example
    >>> from tapegen.analysis.values import abstract
    >>> core = example('''
    ... def f(x, x_dot):
    ...     c = np.cos(x)
    ...     a = c * x_dot
    ...     total = np.sum(a)
    ...     return (x, total)''')
    >>> x = abstract(np.ones(3), "x")
    >>> print(show(batch(core, {"x": x, "x_dot": x, "c": x, "a": x}, ["x_dot"]).tree))
    def f(x, x_dot):
        c = np.cos(x)
        a = c * x_dot
        total = np.sum(a, axis=1)
        return x, total
    """
    return _Batch(core, facts, list(seeds), callees or {}, whole).function(whole)


class _Batch:
    """Writes the batched function. What the handlers of operations ask of it is `Batching` in `batch_calls.py`."""

    def __init__(
        self,
        core: Core,
        facts: Mapping[str, Value],
        seeds: list[str],
        callees: Mapping[Any, int],
        whole: bool,
    ) -> None:
        self.core, self.facts, self.seeds, self.callees = core, facts, seeds, callees
        self.pairs: set[str] = set()  # results of tangent functions, whose first part is that of the primal
        self.namespace: dict[str, Any] = dict(core.namespace)
        self.namer = Namer(core.names)
        self.count: str | None = None
        self.out: list[gast.stmt] = []
        self.origin: Any = None
        self.classes = aliasing(core, facts)
        self.values = snapshot_reads(core, self.classes, facts)
        self.batched = set(seeds)
        self.spread(whole)

    # -- who is batched -----------------------------------------------------------------------------------------------

    def spread(self, whole: bool) -> None:
        """Find the names that get an entry for each seed: what depends on seeds, and what such values are stored in."""
        *body, last = self.core.body
        statements = list(walk_statements(body))
        if not isinstance(last.value, gast.Tuple) or (
            whole and not all(isinstance(e, gast.Name) for e in last.value.elts)
        ):
            raise self.refuse("it is not known what it returns")
        result = last.value if whole else last.value.elts[1]
        self.batched |= set(_atoms_of(result))
        before = 0
        while len(self.batched) > before:
            before = len(self.batched)
            for stmt in statements:
                self.spread_by(stmt)
        if wrong := (self.batched & set(self.core.params)) - set(self.seeds):
            raise self.refuse(f"the seeds are written into {min(wrong)}")

    def spread_by(self, stmt: gast.stmt) -> None:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=target)], value=value):
                if self.tangents(value) and self.is_batched(value):
                    self.pairs.add(target)
                else:
                    self.bind(target, value)
            case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=True):
                    self.bind(target.id, value)
            case gast.For(target=target, iter=iterable):
                if self.is_batched(iterable):
                    self.bind_loop(target, iterable)
        if not isinstance(stmt, (gast.If, gast.For, gast.While)) and self.is_batched(stmt):
            self.batched.update(written_names(self.core, stmt))

    def bind(self, target: str, value: gast.expr) -> None:
        if self.is_batched(value):
            self.batched.add(target)
        elif target in self.batched:  # what is stored into a view is stored into what it is a view of
            for node in result_aliases(self.core, value, self.facts, ()):
                if isinstance(node, gast.Name) and node.id not in self.core.namespace:
                    self.batched.add(node.id)

    def bind_loop(self, target: gast.expr, iterable: gast.expr) -> None:
        """Of a loop over lists, what is taken from a batched list is batched."""
        match target, iterable:
            case gast.Name(), _:
                self.batched.add(target.id)
            case gast.Tuple(), gast.Call(func=gast.Name(id="zip"), args=args) if len(args) == len(
                target.elts
            ):
                for name, walked in zip(target.elts, args, strict=True):
                    if isinstance(name, gast.Name) and self.is_batched(walked):
                        self.batched.add(name.id)
            case _:
                raise self.refuse("a loop takes seeds apart")

    def tangents(self, value: gast.expr) -> int:
        """How many seeds the tangent function takes that `value` calls; 0 if it calls none."""
        function = lookup(self.core, value.func) if isinstance(value, gast.Call) else None
        return self.callees.get(function, 0) if isinstance(function, Generated) else 0

    def is_batched(self, node: gast.AST) -> bool:
        """Whether an expression or simple statement reads the value, not only the shape, of something batched."""
        if isinstance(node, gast.Name):
            return node.id in self.batched and isinstance(node.ctx, gast.Load)
        if isinstance(node, gast.Subscript) and getattr(node.value, "id", None) in self.pairs:
            return getattr(node.slice, "value", None) == 1
        if isinstance(node, gast.Call):
            shape_only = tables.reads_shape_only(lookup(self.core, node.func))
            parts = [arg for i, arg in enumerate(node.args) if i not in shape_only]
            parts += [keyword.value for keyword in node.keywords]
            if lookup(self.core, node.func) is None:
                parts.append(node.func)
            return any(map(self.is_batched, parts))
        below = (getattr(node, field) for field in CHILDREN[type(node)])
        return any(
            self.is_batched(part)
            for value in below
            for part in (value if isinstance(value, list) else [value])
            if isinstance(part, gast.AST)
        )

    # -- statements ---------------------------------------------------------------------------------------------------

    def function(self, whole: bool) -> Core:
        *body, last = self.core.body
        self.block(body)
        self.origin = getattr(last, "origin", None)
        self.emit(last if whole else self.pair_returned(last))
        written = self.out
        if self.count is not None:
            seeds = build.load(self.seeds[0])
            sweep = [i + 1 for i, stmt in enumerate(written) if is_boundary(self.core, stmt)]
            number = build.assign(self.count, build.call(self.kernel(seed_count), seeds))
            written.insert(sweep[0] if sweep else 0, number)
        return self.core.with_body(written, **self.namespace)

    def pair_returned(self, last: gast.Return) -> gast.Return:
        """The return of a pair, whose second part has an entry for each seed even if it depends on none."""
        first, second = last.value.elts
        if not isinstance(second, gast.Constant) and not _atoms_of(second):
            second = self.bound(self.repeated(self.atom(self.one_entry(second), "tangent")), "tangent")
        return build.return_(build.tuple_of([first, second]), self.origin)

    def block(self, body: list[gast.stmt]) -> None:
        for stmt in body:
            self.origin = getattr(stmt, "origin", None)
            self.statement(stmt)

    def nested(self, body: list[gast.stmt]) -> list[gast.stmt]:
        outer, self.out = self.out, []
        self.block(body)
        inner, self.out = self.out, outer
        return inner

    def one_entry(self, node: gast.AST) -> gast.AST:
        """`node`, with one entry of what is batched where only a shape is read."""

        def step(part: Any) -> gast.Call | None:
            if not isinstance(part, gast.Call):
                return None
            places = tables.reads_shape_only(lookup(self.core, part.func))
            if not any(self.is_batched(arg) for i, arg in enumerate(part.args) if i in places):
                return None
            args = []
            for i, arg in enumerate(part.args):
                if i in places and self.is_batched(arg):
                    first = gast.Subscript(value=arg, slice=build.constant(0), ctx=gast.Load())
                    arg = self.bound(first, f"{arg.id}_0")
                args.append(arg)
            return gast.Call(func=part.func, args=args, keywords=part.keywords)

        return replaced(node, step)

    def statement(self, stmt: gast.stmt) -> None:
        origin = self.origin
        if not isinstance(stmt, (gast.If, gast.For, gast.While)):
            stmt = self.one_entry(stmt)
        match stmt:
            case gast.If(test=test, body=body, orelse=orelse):
                self.check_primal(test)
                test = self.one_entry(test)
                self.emit(build.if_(test, self.nested(body), self.nested(orelse), origin))
            case gast.For(target=target, iter=iterable, body=body):
                iterable = self.one_entry(iterable)
                self.emit(build.for_(target, iterable, self.nested(body), origin))
            case gast.While(test=test, body=body):
                self.check_primal(test)
                self.emit(build.while_(test, self.nested(body), origin))
            case gast.Assign(targets=[gast.Name(id=target)], value=value) if target in self.batched:
                self.emit(build.assign(target, self.value(value, target), origin))
            case gast.Assign(targets=[gast.Name(id=target)], value=value) if target in self.pairs:
                first = len(value.args) - self.tangents(value)
                dots = [self.atom(self.value(arg, target), target) for arg in value.args[first:]]
                call = gast.Call(func=value.func, args=[*value.args[:first], *dots], keywords=[])
                self.emit(build.assign(target, call, origin))
            case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
                pairs = zip(targets, values, strict=True)
                new = [self.atom(self.value(v, t.id), t.id) if t.id in self.batched else v for t, v in pairs]
                self.emit(build.move([t.id for t in targets], new, origin))
            case gast.Assign(targets=[gast.Subscript(value=base) as place], value=value):
                if self.is_batched(base):
                    place, value = self.place(place), self.stored(place, value)
                self.emit(build.assign(place, value, origin))
            case gast.AugAssign(target=gast.Subscript(value=base) as place, op=op, value=value):
                if self.is_batched(base):
                    place, value = self.place(place), self.stored(place, value)
                self.emit(build.at(gast.AugAssign(target=place, op=op, value=value), origin))
            case gast.Expr(value=gast.Call() as call) if self.is_batched(call):
                self.effect(call)
            case _:
                if self.is_batched(stmt):
                    raise self.refuse("a statement needs its seed alone")
                self.emit(stmt)

    def check_primal(self, test: gast.expr) -> None:
        if self.is_batched(test):
            raise self.refuse("a test depends on a seed")

    def place(self, place: gast.Subscript) -> gast.Subscript:
        if self.is_tree(place.value):
            return place
        index, _ = leading(self, place)
        return gast.Subscript(value=place.value, slice=index, ctx=place.ctx)

    def stored(self, place: gast.Subscript, value: gast.expr) -> gast.expr:
        """`value` as it is stored at `place` of a batched array."""
        if self.is_tree(place.value):
            return value if self.is_batched(value) else self.bound(self.repeated(value), "item")
        return self.aligned(value, leading(self, place)[1])

    def effect(self, call: gast.Call) -> None:
        """A call that adds to its first argument, or a method of a list."""
        callee = lookup(self.core, call.func)
        if callee is None:
            args = [a if self.is_batched(a) else self.bound(self.repeated(a), "item") for a in call.args]
            known = isinstance(call.func, gast.Attribute) and call.func.attr == "append"
            if not known:
                raise self.refuse("a method of a list takes more than a value")
            self.emit(build.expression(gast.Call(func=call.func, args=args, keywords=[]), self.origin))
            return
        if tables.MUTATES.get(callee) != 0 or len(call.args) != 3 or call.keywords:
            raise self.refuse("a call writes into what it is given")
        base, index, value = call.args
        place = gast.Subscript(value=base, slice=self.inlined(index), ctx=gast.Load())
        shifted, region = leading(self, place)
        parts = [
            build.call("slice", *[p or build.constant(None) for p in (part.lower, part.upper, part.step)])
            if isinstance(part, gast.Slice)
            else part
            for part in (shifted.elts if isinstance(shifted, gast.Tuple) else [shifted])
        ]
        self.namespace.setdefault("slice", slice)
        where = self.bound(build.tuple_of([self.atom(part, "index") for part in parts]), "index")
        args = [base, where, self.aligned(value, region)]
        self.emit(build.expression(gast.Call(func=call.func, args=args, keywords=[]), self.origin))

    def inlined(self, index: gast.expr) -> gast.expr:
        """An index as it is written, where a variable is bound to a tuple of parts."""
        if isinstance(index, gast.Name):
            for stmt in walk_statements(self.core.body):
                if isinstance(stmt, gast.Assign) and bound_names(stmt.targets[0]) == {index.id}:
                    return stmt.value if isinstance(stmt.value, gast.Tuple) else index
        return index

    # -- expressions --------------------------------------------------------------------------------------------------

    def value(self, value: gast.expr, target: str) -> gast.expr:
        """The value of the batched variable `target`."""
        self.hint = target
        if self.is_batched(value):
            return self.expression(value)
        zeros = zeros_for_each(self, value)
        if zeros is not None:
            return zeros
        known, wanted = self.rank(value), self.ranks(target)
        if not is_container(self.facts.get(target)) and (known is None or known != wanted):
            raise self.refuse(f"the shape of {target} is not known")
        return self.repeated(value)

    def expression(self, value: gast.expr) -> gast.expr:
        match value:
            case gast.Name():
                return value
            case gast.BinOp(op=gast.MatMult(), left=left, right=right):
                return matrix_product(self, left, right)
            case gast.BinOp(left=left, op=op, right=right):
                parts = elementwise(self, [left, right], tables.OPERATORS[type(op).__name__])
                return (
                    parts
                    if isinstance(parts, gast.expr)
                    else gast.BinOp(left=parts[0], op=op, right=parts[1])
                )
            case gast.UnaryOp():
                return value
            case gast.Subscript(value=base):
                return value if self.is_tree(base) or base.id in self.pairs else self.read(value, base)
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                parts = [
                    e if self.is_batched(e) else self.bound(self.repeated(e), self.hint) for e in elements
                ]
                return type(value)(elts=parts, ctx=gast.Load())
            case gast.Dict(keys=keys, values=values):
                parts = [v if self.is_batched(v) else self.bound(self.repeated(v), self.hint) for v in values]
                return gast.Dict(keys=keys, values=parts)
            case gast.Call(func=gast.Attribute(attr="pop")) if lookup(self.core, value.func) is None:
                return value
            case gast.Call() if isinstance(lookup(self.core, value.func), Generated):
                return value
            case gast.Call() if lookup(self.core, value.func) is not None:
                return batched_call(self, value, lookup(self.core, value.func))
        raise self.refuse("an expression needs its seed alone")

    def read(self, value: gast.Subscript, base: gast.Name) -> gast.expr:
        """What is read from an array. A number was a copy; numbers for all seeds are a view."""
        index, rank = leading(self, value)
        taken = gast.Subscript(value=base, slice=index, ctx=gast.Load())
        if rank or not self.classes.is_written(base.id):
            return taken
        return build.call(self.kernel(copied), self.bound(taken, self.hint))

    def repeated(self, value: gast.expr) -> gast.expr:
        """The value, which does not depend on a seed, for each seed."""
        return build.call(self.kernel(repeated), self.atom(value, self.hint), self.number())

    hint = "value"

    # -- what the handlers ask ----------------------------------------------------------------------------------------

    def number(self) -> gast.expr:
        """The number of seeds."""
        self.count = self.count or self.namer("count")
        return build.load(self.count)

    def ranks(self, name: str) -> int | None:
        return rank(self.facts.get(name))

    def rank(self, node: gast.expr) -> int | None:
        """How many axes the value of an atom has for one seed; None if that is not known."""
        if isinstance(node, gast.Name):
            return self.ranks(node.id)
        return 0 if isinstance(node, (gast.Constant, gast.UnaryOp)) else None

    def is_tree(self, node: gast.expr) -> bool:
        """Whether an atom is a container of batched values."""
        return isinstance(node, gast.Name) and is_container(self.facts.get(node.id))

    def follows_writes(self, name: str) -> bool:
        """Whether writes into other names are seen through `name`, or those into it through others."""
        return self.classes.is_written(name) and name not in self.values

    def aligned(self, node: gast.expr, wanted: int) -> gast.expr:
        """A batched atom with axes of length 1 after the first until each of its entries has `wanted` axes."""
        if not self.is_batched(node):
            return node
        known = self.rank(node)
        if known is None:
            raise self.refuse(f"the shape of {getattr(node, 'id', 'a value')} is not known")
        if known >= wanted:
            return node
        every = gast.Slice(lower=None, upper=None, step=None)
        rest = [gast.Slice(lower=None, upper=None, step=None) for _ in range(known)]
        index = build.tuple_of([every, *[build.constant(None)] * (wanted - known), *rest])
        return self.bound(gast.Subscript(value=node, slice=index, ctx=gast.Load()), self.hint)

    def kernel(self, function: Any) -> gast.Name:
        """The callee `function`."""
        for name, known in self.namespace.items():
            if known is function:
                return build.load(name)
        name = self.namer(function.__name__)
        self.namespace[name] = function
        return build.load(name)

    def bound(self, value: gast.expr, hint: str) -> gast.Name:
        """A fresh name for a value."""
        name = self.namer(hint)
        flat = flatten(value, lambda part: self.bound(part, hint))
        self.emit(build.assign(name, flat, self.origin))
        return build.load(name)

    def atom(self, value: gast.expr, hint: str) -> gast.expr:
        """`value` if it is an atom, else a fresh name for it."""
        return value if isinstance(value, (gast.Name, gast.Constant)) else self.bound(value, hint)

    def emit(self, stmt: gast.stmt) -> None:
        self.out.append(stmt)

    def one_by_one(self, function: Any, args: list[gast.expr]) -> gast.expr:
        """A call for each seed in turn."""
        return each_entry(self, function, args)

    def refuse(self, why: str) -> Unbatchable:
        return Unbatchable(
            f"cannot batch {self.core.tree.name}",
            origin=self.origin,
            why=why,
            instead="take the seeds one by one",
        )


def _atoms_of(result: gast.expr) -> list[str]:
    """The variables in a result that is a variable, or a display of such."""
    match result:
        case gast.Name(id=name):
            return [name]
        case gast.Tuple(elts=parts) | gast.List(elts=parts) | gast.Dict(values=parts):
            return [name for part in parts for name in _atoms_of(part)]
    return []
