"""Records, that is, namedtuples and dataclasses: their fields are read as the values they were put together from."""

from __future__ import annotations

import dataclasses
import types
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.aliasing import Aliasing, aliasing, writing_method
from tapegen.analysis.predicates import is_array
from tapegen.analysis.records import (
    Default,
    constructed_by,
    constructor,
    is_immutable_record,
    is_named_tuple,
    record_class,
    record_fields,
)
from tapegen.analysis.values import Record, Value
from tapegen.errors import TransformError
from tapegen.lang import build
from tapegen.lang.core import Core, bound_names, lookup
from tapegen.lang.flatten import is_atom
from tapegen.lang.names import Namer
from tapegen.lang.walk import below, shallow
from tapegen.rules import registry

Fields = dict[str, Any]


def plain(core: Core, facts: Mapping[str, Value], value: gast.expr) -> gast.expr:
    """`value` with a record as what its cotangents are: `p.w` as `p["w"]`, `Params(w, b)` as `{"w": w, "b": b}`, and a
    namedtuple as a tuple. Any other expression is returned as it is.
    """
    if isinstance(value, gast.Attribute) and isinstance(value.value, gast.Name):
        fact = facts.get(value.value.id)
        if isinstance(fact, Record) and value.attr in (record_fields(fact.cls) or ()):
            return gast.Subscript(value=value.value, slice=build.constant(value.attr), ctx=gast.Load())
        return value
    fields = constructed_by(core, value)
    if fields is None:
        return value
    parts = [build.constant(0.0) if isinstance(part, Default) else part for part in fields.values()]
    if is_named_tuple(lookup(core, value.func)):
        return build.tuple_of(parts)
    return gast.Dict(keys=[build.constant(name) for name in fields], values=parts)


def may_hold_records(core: Core) -> bool:
    """Whether a function reads attributes of a local variable, or calls a class."""
    for node in below(core.tree):
        kind = type(node)
        if kind is gast.Attribute:
            if type(node.value) is gast.Name and node.value.id not in core.namespace:
                return True
        elif kind is gast.Call and constructor(lookup(core, node.func)) is not None:
            return True
    return False


def settle_records(core: Core, facts: Mapping[str, Value]) -> Core:
    """Read the fields of records that the function puts together from what they were put together from.

    def f(x, s):                    def f(x, s):
        p = Point(x, s)                 z = x * s
        y = p.x                         return z
        z = y * p.y            →
        return z

    What a field of another namedtuple is read from is its element: `p.x` becomes `p[0]`; a field of a result that SciPy
    returns, its entry: `optimize.root(...).x` becomes `["x"]`. `p._replace(x=s)`,
    `p._asdict()` and `dataclasses.replace(p, x=s)` become calls of the class, and dicts.
    """
    work = _Settle(core, facts)
    body = work.block(core.body)
    return core.with_body(_without_unread(core, body), **work.added) if work.changed else core


def _without_unread(core: Core, body: list[gast.stmt]) -> list[gast.stmt]:
    """`body` without the records that nobody reads."""
    while True:
        read = {
            n.id for s in body for n in below(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)
        }
        rest = [s for s in body if not (_is_record(core, s) and s.targets[0].id not in read)]
        if len(rest) == len(body):
            return rest
        body = rest


def _is_record(core: Core, stmt: gast.stmt) -> bool:
    return (
        isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and constructed_by(core, stmt.value) is not None
    )


def result_fields(core: Core, stmt: gast.stmt) -> Sequence[str]:
    """The differentiable fields of the result of a primitive, where that is a dict whose keys are attributes too."""
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
        return ()
    rule = registry.rule_for(lookup(core, stmt.value.func)) if isinstance(stmt.value, gast.Call) else None
    return () if rule is None else rule.fields


def bindings(core: Core) -> Counter[str]:
    """How often each name is bound, as a parameter or by a statement."""
    count = Counter(core.params)
    for stmt in core.statements:
        for target in getattr(stmt, "targets", None) or [getattr(stmt, "target", None)]:
            if isinstance(target, (gast.Name, gast.Tuple)):
                count.update(bound_names(target))
    return count


class _Settle:
    def __init__(self, core: Core, facts: Mapping[str, Value]) -> None:
        self.core, self.facts = core, facts
        self.changed = False
        self.added: dict[str, Any] = {}
        self.namer = Namer(core.names)
        self.count = bindings(core)
        self._classes: Aliasing | None = None
        self._writers: list[str] | None = None
        self.made: dict[str, tuple[type | None, Fields]] = {}
        for stmt in core.statements:
            if _is_record(core, stmt) and self.count[stmt.targets[0].id] == 1:
                callee, fields = lookup(core, stmt.value.func), constructed_by(core, stmt.value)
                self.made[stmt.targets[0].id] = (callee if isinstance(callee, type) else None, fields or {})
        self.results = {
            stmt.targets[0].id: keys
            for stmt in core.statements
            if (keys := result_fields(core, stmt)) and self.count[stmt.targets[0].id] == 1
        }

    # -- what is known ------------------------------------------------------------------------------------------------

    def class_of(self, name: str) -> type | None:
        """The class of a variable that is known to hold a record."""
        made = self.made.get(name)
        return made[0] if made and made[0] else record_class(self.facts.get(name))

    def field(self, name: str, key: str) -> gast.expr | None:
        """The expression to read a field of a record from, None to leave it as it is."""
        if key in self.results.get(name, ()):
            return gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())
        cls = self.class_of(name)
        made = self.made.get(name)
        if made and key in made[1] and ((cls and is_immutable_record(cls)) or not self.is_written(name)):
            part = made[1][key]
            if isinstance(part, gast.AST) and is_atom(part):
                if not isinstance(part, gast.Name) or self.count[part.id] <= 1:
                    return build.clone(part)
        fields = getattr(cls, "_fields", ()) if cls is not None and is_named_tuple(cls) else ()
        if key in fields:
            place = build.constant(fields.index(key))
            return gast.Subscript(value=build.load(name), slice=place, ctx=gast.Load())
        return None

    def is_written(self, name: str) -> bool:
        """Whether a field of a record may be bound again anywhere in the function."""
        if self._writers is None:
            self._writers = list(self.writers())
        if not self._writers:
            return False
        if self._classes is None:
            self._classes = aliasing(self.core, self.facts)
        return any(writer == "" or self._classes.may_alias(writer, name) for writer in self._writers)

    def writers(self) -> Iterator[str]:
        """The variables to whose objects something may be done; "" for any at all."""
        for stmt in self.core.statements:
            for target in getattr(stmt, "targets", None) or [getattr(stmt, "target", None)]:
                if isinstance(target, gast.Attribute):
                    yield target.value.id if isinstance(target.value, gast.Name) else ""
            for call in below(stmt):
                if isinstance(call, gast.Call):
                    yield from self.reached(call)

    def reached(self, call: gast.Call) -> Iterator[str]:
        callee = lookup(self.core, call.func)
        if callee is None:
            if (
                isinstance(call.func, gast.Attribute)
                and writing_method(call)
                and call.func.attr not in _COPIES
            ):
                base = call.func.value
                if not isinstance(base, gast.Name):
                    yield ""
                elif not is_array(self.facts.get(base.id)):
                    yield base.id
            return
        if callee in (setattr, delattr, object.__setattr__, vars):
            yield ""
        harmless = isinstance(callee, (type, types.FunctionType)) or registry.rule_for(callee) is not None
        if (
            not harmless
            and not registry.is_constant(callee)
            and getattr(callee, "__module__", "") not in {"builtins", "math"}
        ):
            for arg in [*call.args, *(k.value for k in call.keywords)]:
                if isinstance(arg, gast.Name):
                    yield arg.id

    # -- rewriting ----------------------------------------------------------------------------------------------------

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for stmt in body:
            result.extend(self.statement(stmt))
        return result

    def statement(self, stmt: gast.stmt) -> list[gast.stmt]:
        if isinstance(stmt, (gast.If, gast.For, gast.While)):
            fresh = shallow(stmt)
            fresh.body, fresh.orelse = self.block(stmt.body), self.block(stmt.orelse)
            for head in ("test", "iter"):
                if hasattr(stmt, head):
                    setattr(fresh, head, self.read(getattr(stmt, head)))
            return [fresh]
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            value = stmt.value
            if isinstance(value, gast.Call):
                expanded = self.call(stmt, value)
                if expanded is not None:
                    self.changed = True
                    return expanded
            fresh = self.read(value)
            return (
                [stmt]
                if fresh is value
                else [build.assign(stmt.targets[0], fresh, getattr(stmt, "origin", None))]
            )
        reader = _Reader(self)
        fresh = reader.visit(build.clone(stmt))
        return [fresh] if reader.found else [stmt]

    def read(self, node: gast.expr) -> gast.expr:
        """An expression with the fields that it reads replaced."""
        if not any(isinstance(part, (gast.Attribute, gast.Subscript)) for part in below(node)):
            return node
        reader = _Reader(self)
        fresh = reader.visit(build.clone(node))
        self.changed |= reader.found
        return fresh if reader.found else node

    def call(self, stmt: gast.Assign, call: gast.Call) -> list[gast.stmt] | None:
        """The statements for a call that makes a record of another, or None."""
        callee = lookup(self.core, call.func)
        keywords = {k.arg: k.value for k in call.keywords}
        if (
            callee is None
            and isinstance(call.func, gast.Attribute)
            and isinstance(call.func.value, gast.Name)
        ):
            name, cls = call.func.value.id, self.class_of(call.func.value.id)
            if cls is None or not is_named_tuple(cls) or call.args or None in keywords:
                return None
            if call.func.attr == "_replace":
                return self.replaced(stmt, name, cls, keywords)
            if call.func.attr == "_asdict" and not keywords:
                before, parts = self.parts(stmt, name, cls, {})
                keys = [build.constant(key) for key in parts]
                return [
                    *before,
                    build.assign(
                        stmt.targets[0],
                        gast.Dict(keys=keys, values=list(parts.values())),
                        getattr(stmt, "origin", None),
                    ),
                ]
            return None
        if not call.args or not isinstance(call.args[0], gast.Name):
            return None
        if callee is getattr and len(call.args) == 2 and isinstance(call.args[1], gast.Constant):
            read = gast.Attribute(value=call.args[0], attr=call.args[1].value, ctx=gast.Load())
            return [build.assign(stmt.targets[0], self.read(read), getattr(stmt, "origin", None))]
        name = call.args[0].id
        cls = self.class_of(name)
        if cls is None:
            return None
        if (
            callee is dataclasses.replace
            and not is_named_tuple(cls)
            and len(call.args) == 1
            and None not in keywords
        ):
            return self.replaced(stmt, name, cls, keywords)
        self.mistaken(stmt, call, callee, cls)
        return None

    def mistaken(self, stmt: gast.stmt, call: gast.Call, callee: Any, cls: type) -> None:
        """An attribute `p.size` was taken for that of an array, `np.size(p)`, before it was known what `p` is."""
        attr = _ATTRIBUTES.get(callee, getattr(callee, "__name__", "")) if _is_numpy(callee) else ""
        if attr and (attr in (record_fields(cls) or ()) or hasattr(cls, attr)) and not hasattr(tuple, attr):
            raise TransformError(
                f"cannot tell the attribute {attr!r} of a {cls.__name__} from that of an array",
                origin=getattr(stmt, "origin", None),
                why=f"arrays have an attribute {attr!r} too",
                instead=f"call it something else, or read it with getattr(..., {attr!r})",
            )

    def replaced(
        self, stmt: gast.Assign, name: str, cls: type, changes: Mapping[Any, gast.expr]
    ) -> list[gast.stmt] | None:
        if constructor(cls) is None or not set(changes) <= set(record_fields(cls) or ()):
            return None
        before, parts = self.parts(stmt, name, cls, changes)
        made = build.call(build.load(self.imported(cls)), **parts)
        return [*before, build.assign(stmt.targets[0], made, getattr(stmt, "origin", None))]

    def parts(
        self, stmt: gast.stmt, name: str, cls: type, changes: Mapping[Any, gast.expr]
    ) -> tuple[list[gast.stmt], dict[str, gast.expr]]:
        """The fields of a record with changes, as atoms, and the statements that read them."""
        before: list[gast.stmt] = []
        parts: dict[str, gast.expr] = {}
        for key in record_fields(cls) or ():
            value = changes.get(key)
            if value is None:
                value = self.field(name, key) or gast.Attribute(
                    value=build.load(name), attr=key, ctx=gast.Load()
                )
                if not is_atom(value):
                    part = self.namer(key)
                    before.append(build.assign(part, value, getattr(stmt, "origin", None)))
                    value = build.load(part)
            parts[key] = value
        return before, parts

    def imported(self, obj: Any) -> str:
        for name, value in {**self.core.namespace, **self.added}.items():
            if value is obj:
                return name
        fresh = self.namer(obj.__name__)
        self.added[fresh] = obj
        return fresh


_COPIES = frozenset({"_replace", "_asdict"})
_ATTRIBUTES: dict[Any, str] = {np.transpose: "T", np.matrix_transpose: "mT"}


def _is_numpy(callee: Any) -> bool:
    return callee is not None and (getattr(callee, "__module__", None) or "").partition(".")[0] == "numpy"


class _Reader(gast.NodeTransformer):
    """Replaces the fields that an expression reads."""

    def __init__(self, work: _Settle) -> None:
        self.work, self.found = work, False

    def visit_Attribute(self, node: gast.Attribute) -> gast.AST:
        self.generic_visit(node)
        if isinstance(node.value, gast.Name) and isinstance(node.ctx, gast.Load):
            return self.replaced(node, node.value.id, node.attr)
        return node

    def visit_Subscript(self, node: gast.Subscript) -> gast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.value, gast.Name)
            and isinstance(node.ctx, gast.Load)
            and isinstance(node.slice, gast.Constant)
        ):
            made = self.work.made.get(node.value.id)
            index = node.slice.value
            if (
                made
                and made[0]
                and is_named_tuple(made[0])
                and type(index) is int
                and 0 <= index < len(made[1])
            ):
                part = self.work.field(node.value.id, made[0]._fields[index])  # type: ignore[attr-defined]
                if part is not None and not isinstance(part, gast.Subscript):
                    self.found = self.work.changed = True
                    return part
        return node

    def replaced(self, node: gast.expr, name: str, key: str) -> gast.expr:
        part = self.work.field(name, key)
        if part is None:
            return node
        self.found = self.work.changed = True
        return part
