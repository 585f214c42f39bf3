"""Functions that are called, not inlined, return the arrays that they write, and their callers store these.

    def h(v, n):                        def h(v, n):
        if n > 0:                           v_1 = copied(v)
            v[0] = v[1] * n                 if n > 0:
            part = v[1:]          ->            v_1[0] = v_1[1] * n
            h(part, n - 1)                      part = v_1[1:]
        return None                             h_pair = h(part, n - 1)
                                                part_1 = h_pair[1]
                                                update(part, part_1)
                                            result = (None, v_1)
                                            return result

An exception inside leaves the caller's arrays as they were at the call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import gast

from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.outside import fresh_results, writes_arguments
from tapegen.errors import TransformError
from tapegen.kernels.stores import update
from tapegen.kernels.trees import copied
from tapegen.kernels.views import check_separate
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, shallow
from tapegen.transforms.inline import bind_arguments


class Writer(NamedTuple):
    """A function that returns what it writes: its signature, and the parameters that it writes."""

    signature: Any
    written: tuple[str, ...]


def with_writes_returned(functions: list[Any], root: Any) -> dict[Any, Core]:
    """New bodies for functions that write arrays they are given, and for those that call them.

    Args:
        functions: each with its `core`, its parameters `own`, its `signature`, and what it calls, `callees`.
        root: the function that is differentiated, which may go on writing into its arguments.
    """
    everyone = [root, *functions]
    callees = {obj: callee for one in everyone for obj, callee in one.callees.items()}
    fresh = fresh_results({obj: (c.core, c.own) for obj, c in callees.items()})
    written: dict[Any, tuple[str, ...]] = {}
    while True:
        writers = {o: Writer(c.signature, written[c]) for o, c in callees.items() if written.get(c)}
        cores = {one: store_writes(one.core, writers) for one in everyone}
        found = {one: written_arrays(cores[one], one.own, fresh) for one in functions if _is_kept(one)}
        if found == written or not any(found.values()):
            break
        written = found
    cores |= {one: return_writes(cores[one], names) for one, names in written.items() if names}
    return {one: core for one, core in cores.items() if core is not one.core}


def _is_kept(function: Any) -> bool:
    """Whether calls of a function stay calls: it calls itself, or it writes only by what it calls."""
    found, work = set(), [*function.callees.values()]
    while work:
        callee = work.pop()
        if callee not in found:
            found.add(callee)
            work.extend(callee.callees.values())
    return function in found or not writes_arguments(function.core, function.own)


def written_arrays(core: Core, params: list[str], fresh: Collection[Any]) -> tuple[str, ...]:
    """The parameters whose arrays a function may write.

    Args:
        fresh: functions whose results share no memory with their arguments.

    Raises: TransformError where that is a list or dict, or the function returns something else.
    """
    classes = aliasing(core, {}, fresh)
    written = tuple(p for p in params if classes.is_written(p) or classes.is_grown(p))
    if any(classes.is_grown(p) for p in written):
        raise _refused(core, "it writes into a list or dict that it is given")
    if written and not _returns_nothing(core):
        raise _refused(core, "it writes into an argument, and returns a value")
    return written


def _returns_nothing(core: Core) -> bool:
    """Whether the result is None on every path."""
    result = core.body[-1].value
    values = [result]
    if isinstance(result, gast.Name):
        values = [
            stmt.value
            for stmt in walk_statements(core.body)
            if isinstance(stmt, gast.Assign) and getattr(stmt.targets[0], "id", None) == result.id
        ]
    return all(
        value is None or (isinstance(value, gast.Constant) and value.value is None) for value in values
    )


def _refused(core: Core, why: str) -> TransformError:
    return TransformError(
        f"cannot differentiate the recursive function {core.tree.name}",
        origin=getattr(core.tree, "origin", None),
        why=why,
        instead="return new values, or write the recursion as a loop",
    )


def return_writes(core: Core, written: tuple[str, ...]) -> Core:
    """A function that works on copies of the arrays in `written`, and returns them after its result."""
    namer, added = Namer(core.names), dict[str, Any]()
    copy = _imported(core, copied, "copied", namer, added)
    origin = getattr(core.tree, "origin", None)
    holes: dict[str, gast.expr | str] = {name: namer(name) for name in written}
    entry = [
        build.assign(str(new), build.call(copy, build.load(name)), origin) for name, new in holes.items()
    ]
    *body, last = build.substitute(core.body, holes)
    result = namer("written")
    all_ = build.assign(result, build.tuple_of([*map(build.load, map(str, holes.values()))]), origin)
    return core.with_body([*entry, *body, all_, build.return_(build.load(result), last.origin)], **added)


def store_writes(core: Core, writers: Mapping[Any, Writer]) -> Core:
    """A function that stores what the functions that it calls return of what they wrote.

    Raises: TransformError where such a call is part of a condition.
    """
    called = {
        id(call) for call in below(core.tree) if isinstance(call, gast.Call) and _writer(core, call, writers)
    }
    called -= _stored_already(core)
    if not called:
        return core
    work = _Calls(core, writers, called)
    body = work.block(core.body)
    if work.called:
        raise _refused(core, "it writes into an argument, and is called in a condition")
    return core.with_body(body, **work.added)


def _stored_already(core: Core) -> set[int]:
    """The calls of which the results are taken apart: such functions return nothing else."""
    read = {
        n.value.id
        for n in below(core.tree)
        if isinstance(n, gast.Subscript) and isinstance(n.value, gast.Name)
    }
    return {
        id(stmt.value)
        for stmt in walk_statements(core.body)
        if isinstance(stmt, gast.Assign) and getattr(stmt.targets[0], "id", None) in read
    }


def _writer(core: Core, call: gast.Call, writers: Mapping[Any, Writer]) -> Writer | None:
    callee = lookup(core, call.func)
    return writers.get(callee) if callee is not None and type(callee).__hash__ is not None else None


def _imported(core: Core, obj: Any, hint: str, namer: Namer, added: dict[str, Any]) -> str:
    known = next((n for n, value in {**core.namespace, **added}.items() if value is obj), None)
    if known is None:
        known = namer(hint)
        added[known] = obj
    return known


class _Calls:
    def __init__(self, core: Core, writers: Mapping[Any, Writer], called: set[int]) -> None:
        self.core, self.writers, self.called = core, writers, called
        self.namer = Namer(core.names)
        self.added: dict[str, Any] = {}

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        out: list[gast.stmt] = []
        for stmt in body:
            if isinstance(stmt, (gast.If, gast.For, gast.While)):
                stmt = shallow(stmt)
                stmt.body, stmt.orelse = self.block(stmt.body), self.block(stmt.orelse)
            call = getattr(stmt, "value", None)
            out += self.stored(stmt, call) if id(call) in self.called else [stmt]
        return out

    def stored(self, stmt: gast.stmt, call: gast.Call) -> list[gast.stmt]:
        """The statements for a call."""
        origin = getattr(stmt, "origin", None)
        self.called.discard(id(call))
        writer = _writer(self.core, call, self.writers)
        assert writer is not None
        bound = bind_arguments(writer.signature, call, build.constant, origin)
        arrays = [bound[name] for name in writer.written if isinstance(bound[name], gast.Name)]
        others = [
            node for name, node in bound.items() if name not in writer.written and isinstance(node, gast.Name)
        ]
        out = self.checks(arrays, others, origin) if others or len(arrays) > 1 else []
        result = self.namer("written")
        out.append(build.assign(result, call, origin))

        def item(index: int) -> gast.expr:
            return gast.Subscript(value=build.load(result), slice=build.constant(index), ctx=gast.Load())

        kernel = _imported(self.core, update, "update", self.namer, self.added)
        for index, name in enumerate(writer.written):
            if isinstance(bound[name], gast.Name):
                new = self.namer(bound[name].id)
                store = build.call(kernel, build.clone(bound[name]), build.load(new))
                out += [build.assign(new, item(index), origin), build.expression(store, origin)]
        if isinstance(stmt, gast.Assign):
            out.append(build.assign(stmt.targets[0], build.constant(None), origin))
        return out

    def checks(self, arrays: list[Any], others: list[Any], origin: Any) -> list[gast.stmt]:
        """The check that what is written shares no memory with what else is passed."""
        names = self.namer("changed"), self.namer("others")
        check = _imported(self.core, check_separate, "check_separate", self.namer, self.added)
        parts = [build.tuple_of([build.clone(node) for node in nodes]) for nodes in (arrays, others)]
        made = [build.assign(name, part, origin) for name, part in zip(names, parts, strict=True)]
        return [*made, build.expression(build.call(check, *map(build.load, names)), origin)]
