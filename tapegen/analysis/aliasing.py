"""Which names may refer to the same memory, and which memory is written in place.

One class of names for everything that may share an array, by unification (Steensgaard 1996, Points-to analysis in
almost linear time); a container belongs to the class of its contents. Flow-insensitive, so sound for loops.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from tapegen.analysis.indices import index_kind
from tapegen.analysis.predicates import is_array, is_container, is_generator, is_immutable
from tapegen.analysis.values import Value
from tapegen.lang.core import Core, dotted, lookup
from tapegen.lang.walk import below
from tapegen.rules import registry, tables

LIST_WRITES = frozenset(
    {"append", "extend", "insert", "pop", "clear", "update", "setdefault", "remove", "popitem"}
)
READS = frozenset(
    "keys values items get copy index count tolist item astype sum mean dot min max std var all any nonzero round "
    "format join split strip startswith endswith lower upper replace title standard_normal normal uniform random "
    "integers choice permutation shuffle debug info warning error critical exception".split()
)
"""Methods of lists, dicts, strings, arrays, generators and loggers that leave the object's arrays as they are."""


def writing_method(call: gast.Call) -> bool:
    """Whether a method call may write into its object: any method that is not known to only read."""
    return isinstance(call.func, gast.Attribute) and call.func.attr not in READS


@dataclass(frozen=True)
class Aliasing:
    """The classes of one function.

    Attributes:
        leader: the representative of each name's class.
        written: leaders of classes in which an array is written.
        grown: leaders of classes in which a container is written.
        fresh: Python functions whose results are known to share no memory with their arguments.
    """

    leader: Mapping[str, str]
    written: frozenset[str]
    grown: frozenset[str]
    fresh: Collection[Any] = ()

    def may_alias(self, a: str, b: str) -> bool:
        """Whether `a` and `b` may share memory."""
        return a == b or (a in self.leader and self.leader.get(a) == self.leader.get(b))

    def is_written(self, name: str) -> bool:
        """Whether the memory of `name` may be written in place anywhere in the function."""
        return self.leader.get(name) in self.written

    def is_grown(self, name: str) -> bool:
        """Whether `name` may be, or be in, a container that is written in place."""
        return self.leader.get(name) in self.grown


class _Classes:
    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        root = name
        while self.parent.setdefault(root, root) != root:
            root = self.parent[root]
        while self.parent[name] != root:
            self.parent[name], name = root, self.parent[name]
        return root

    def join(self, a: str, b: str) -> None:
        self.parent[self.find(a)] = self.find(b)


def aliasing(core: Core, facts: Mapping[str, Value], fresh: Collection[Any] = ()) -> Aliasing:
    """Classes of names that may share memory, and what is written.

    Args:
        fresh: Python functions whose results are known to share no memory with their arguments.
    """
    classes = _Classes()
    written: set[str] = set()
    grown: set[str] = set()

    def mutable(node: gast.AST | None) -> str | None:
        if (
            isinstance(node, gast.Name)
            and node.id not in core.namespace
            and not is_immutable(facts.get(node.id))
        ):
            return str(node.id)
        return None

    def unite(target: str, *sources: gast.AST | None) -> None:
        if is_immutable(facts.get(target)):
            return
        classes.find(target)
        for source in sources:
            other = mutable(source)
            if other is not None:
                classes.join(other, target)

    displayed = {
        stmt.targets[0].id
        for stmt in core.statements
        if isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and isinstance(stmt.value, (gast.List, gast.Dict))
    }

    def write(node: gast.AST, container: bool = False) -> None:
        name = mutable(node)
        if name is not None:
            container = container or is_container(facts.get(name)) or name in displayed
            (grown if container and not is_array(facts.get(name)) else written).add(name)

    for stmt in core.statements:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=target)], value=value):
                unite(target, *result_aliases(core, value, facts, fresh))
                _effects(core, facts, value, write, unite)
            case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
                for left, right in zip(targets, values, strict=True):
                    unite(left.id, right)
            case gast.Assign(targets=[gast.Subscript(value=base) | gast.Attribute(value=base)], value=value):
                write(base)
                name = mutable(base)
                if name is not None and not is_array(facts.get(name)):
                    unite(name, value)
            case gast.AugAssign(target=gast.Subscript(value=base) | gast.Attribute(value=base)):
                write(base)
            case gast.AugAssign(target=gast.Name(id=target)):
                write(gast.Name(id=target, ctx=gast.Load(), annotation=None, type_comment=None))
            case gast.Expr(value=value):
                _effects(core, facts, value, write, unite)
            case gast.For(target=target, iter=iterable):
                sources = [n for n in below(iterable) if isinstance(n, gast.Name)]
                for left in below(target):
                    if isinstance(left, gast.Name):
                        unite(left.id, *sources)
    for name in core.params:
        unite(name)
    return Aliasing(
        leader={name: classes.find(name) for name in list(classes.parent)},
        written=frozenset(classes.find(name) for name in written),
        grown=frozenset(classes.find(name) for name in grown),
        fresh=fresh,
    )


def _gathers(value: gast.expr, facts: Mapping[str, Value]) -> bool:
    """Whether `value` reads an array by mask or integer arrays, which makes a copy."""
    return (
        isinstance(value, gast.Subscript)
        and isinstance(value.value, gast.Name)
        and is_array(facts.get(value.value.id))
        and index_kind(value.slice, facts) in {"mask", "gather"}
    )


def result_aliases(
    core: Core, value: gast.expr, facts: Mapping[str, Value], fresh: Collection[Any] = ()
) -> list[gast.AST]:
    """The operands of `value` with which its result may share memory."""
    if _gathers(value, facts):
        return []
    match value:
        case gast.Name():
            return [value]
        case gast.Subscript(value=base) | gast.Attribute(value=base):
            return [base]
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            return list(elements)
        case gast.Dict(values=elements):
            return list(elements)
        case gast.Call(func=func, args=args, keywords=keywords):
            operands = [*args, *(k.value for k in keywords)]
            callee = lookup(core, func)
            if callee is None:
                if draws(value, facts):
                    return []
                base = [func.value] if isinstance(func, gast.Attribute) else []
                return [*base, *operands]
            if any(callee is known for known in fresh):
                return []
            if callee in _ITERATES:
                return operands
            if _hashable(callee) and callee in tables.VIEWS:
                return _viewed(callee, operands)
            if registry.rule_for(callee) is None:
                return [] if registry.is_constant(callee) else operands
            return []
    return []


def draws(call: gast.Call, facts: Mapping[str, Value]) -> bool:
    """Whether a call draws new random numbers from a generator."""
    match call.func:
        case gast.Attribute(value=gast.Name(id=name), attr=attr):
            return is_generator(facts.get(name)) and attr not in ("shuffle", "permuted")
    return False


def _viewed(callee: Any, operands: list[gast.AST]) -> list[gast.AST]:
    """The operands of which the result of a function in `tables.VIEWS` may be a view."""
    rule = registry.rule_for(callee)
    first = tables.VIEWS[callee]
    variadic = rule is not None and rule.variadic is not None
    if (
        variadic
        or (getattr(callee, "__module__", None) or "").startswith("tapegen.")
        or len(operands) <= first
    ):
        skipped = tables.SHAPE_ONLY.get(callee, ())
        return [node for place, node in enumerate(operands) if place not in skipped]
    return operands[first : first + 1]


_ITERATES = (list, tuple, dict, zip, enumerate, reversed, iter, next)


def _effects(core: Core, facts: Mapping[str, Value], value: gast.expr, write, unite) -> None:  # type: ignore[no-untyped-def]
    if not isinstance(value, gast.Call):
        return
    callee = lookup(core, value.func)
    if callee is None:
        if isinstance(value.func, gast.Attribute) and isinstance(value.func.value, gast.Name):
            base = value.func.value
            if writing_method(value) and not draws(value, facts):
                write(base, value.func.attr in LIST_WRITES)
                unite(base.id, *value.args)
        return
    mutated = tables.MUTATES.get(callee) if _hashable(callee) else None
    if mutated is not None and mutated < len(value.args):
        base = value.args[mutated]
        write(base)
        if callee in tables.KEEPS and isinstance(base, gast.Name) and not is_array(facts.get(base.id)):
            unite(base.id, *(node for i, node in enumerate(value.args) if i != mutated))


def _hashable(obj: object) -> bool:
    return type(obj).__hash__ is not None


def base_name(node: gast.AST) -> str | None:
    """The local variable at the root of `a[i].b[j]`."""
    while isinstance(node, (gast.Subscript, gast.Attribute)):
        node = node.value
    parts = dotted(node)
    return parts[0] if parts else None
