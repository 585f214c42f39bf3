"""What of a function is compiled, and what Python does before and after it.

Taking containers apart, checking that arguments share no memory, and putting results together is left to Python: a
compiled function takes and returns numbers and arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.analysis.predicates import is_container
from tapegen.analysis.values import UNKNOWN, Array, Number, Value, same_shape
from tapegen.analysis.values import Scalar as ScalarValue
from tapegen.backends.numba import arrays
from tapegen.backends.numba.lower import Lowering, begin_lowering
from tapegen.backends.numba.nests import contract, fuse, render
from tapegen.backends.numba.replay import Stored
from tapegen.backends.numba.state import RESERVED, Scalar, View, Widened
from tapegen.kernels.trees import own
from tapegen.kernels.views import check_separate
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import below


@dataclass(frozen=True)
class Parts:
    """The compiled function and the one in Python that calls it.

    Attributes:
        loops: the function that Numba compiles, without its decorator.
        host: the function asked for.
        helpers: names of helpers in kernels.py that `loops` calls.
        writes: whether arguments may have been written when an exception leaves the compiled function.
    """

    loops: Core
    host: Core
    helpers: tuple[str, ...]
    writes: bool


def renamed(core: Core, facts: Mapping[str, Value]) -> tuple[Core, Mapping[str, Value]]:
    """The function with other names for variables that are called as something in the compiled function is."""
    names = {n.id for n in below(core.tree) if isinstance(n, gast.Name)}
    clashes = sorted((names - set(core.namespace)) & RESERVED)
    if not clashes:
        return core, facts
    namer = Namer({*names, *core.namespace, *RESERVED})
    new = {name: namer(name) for name in clashes}
    body = build.substitute(core.body, new)
    origin = getattr(core.tree, "origin", None)
    tree = build.function(core.tree.name, [new.get(p, p) for p in core.params], body, origin)
    return Core(tree, core.namespace), {new.get(name, name): fact for name, fact in facts.items()}


def split(core: Core, facts: Mapping[str, Value]) -> tuple[int, int]:
    """Between which statements of the body the compiled ones stand."""
    body = core.body
    first = 0
    while first < len(body) and _before(core, body[first], facts):
        first += 1
    last = len(body)
    while last > first and _after(core, body[last - 1]):
        last -= 1
    return first, last


def _before(core: Core, stmt: gast.stmt, facts: Mapping[str, Value]) -> bool:
    value = getattr(stmt, "value", None)
    if isinstance(stmt, gast.Expr):
        return isinstance(value, gast.Call) and lookup(core, value.func) is check_separate
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
        return False
    if isinstance(value, gast.Tuple):
        return all(isinstance(e, gast.Name) and e.id in core.params for e in value.elts)
    if isinstance(value, (gast.Subscript, gast.Attribute)) and isinstance(value.value, gast.Name):
        return value.value.id not in core.namespace and is_container(facts.get(value.value.id))
    return False


_CONVERSIONS = (own, float, int, complex)


def _after(core: Core, stmt: gast.stmt) -> bool:
    value = getattr(stmt, "value", None)
    if isinstance(stmt, gast.Return):
        return True
    if not isinstance(stmt, gast.Assign) or not isinstance(stmt.targets[0], gast.Name):
        return False
    if isinstance(value, gast.Name):
        return value.id not in core.namespace
    if isinstance(value, gast.Call):
        return any(lookup(core, value.func) is each for each in _CONVERSIONS) and not value.keywords
    return isinstance(value, (gast.Tuple, gast.Dict)) or (isinstance(value, gast.List) and bool(value.elts))


def lower(core: Core, facts: Mapping[str, Value]) -> Parts:
    """The function as loops for Numba, and a function in Python around them.

    Raises: Unsupported with a reason and the position in the user's text.
    """
    core, facts = renamed(core, facts)
    first, last = split(core, facts)
    inner = core.body[first:last]
    bound_before = {n.id for stmt in core.body[:first] for n in below(stmt) if _is_store(n)} | set(
        core.params
    )
    bound = {n.id for stmt in inner for n in below(stmt) if _is_store(n)}
    read = {n.id for stmt in inner for n in below(stmt) if isinstance(n, gast.Name)}
    params = [name for name in [*core.params, *sorted(bound_before - set(core.params))] if name in read]
    work = _lowered(core, facts, params, inner)
    wanted = _names_read(core, core.body[last:])
    results = sorted(wanted & bound)
    values, conversions = [], []
    for name in results:
        value, conversion = result(work, name)
        values.append(value)
        if conversion is not None:
            conversions.append(conversion)
    name = f"{core.tree.name}_loops"
    body = finished(work, values)
    used = {n.id for stmt in body for n in below(stmt) if isinstance(n, gast.Name)}
    given = [p for p in params if p in used]
    loops = Core(
        build.function(name, given, body, getattr(core.tree, "origin", None)), _namespace(work, core, body)
    )
    call = build.call(name, *map(build.load, given))
    host = list(core.body[:first])
    if len(results) == 1:
        host.append(build.assign(results[0], call))
    elif results:
        host.append(build.assign(build.tuple_of([build.store(n) for n in results], gast.Store()), call))
    else:
        host.append(build.expression(call))
    host += [*conversions, *_without_copies(work, core, core.body[last:], facts)]
    writes = any(work.classes.is_written(p) for p in params if isinstance(facts.get(p), Array))
    helpers = tuple(sorted(n for n, v in work.namespace.items() if n == v and n in used))
    return Parts(loops, core.with_body(host, np=np), helpers, writes)


def _lowered(
    core: Core, facts: Mapping[str, Value], params: Sequence[str], body: Sequence[gast.stmt]
) -> Lowering:
    """The statements lowered; again where more turns out to be held, or stored, than was guessed at first."""
    widened: dict[str, Value] = {}
    stored: frozenset[str] = frozenset()
    while True:
        work = begin_lowering(core, facts, params, widened, stored)
        try:
            work.statements(body)
        except Stored as found:
            stored |= {found.name}
        except Widened as found:
            if found.name in widened:
                raise work.fail(f"{found.name}, of which the type is not known") from None
            widened[found.name] = found.value
        else:
            return work


def _is_store(node: Any) -> bool:
    return isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)


def _names_read(core: Core, body: Sequence[gast.stmt]) -> set[str]:
    found: set[str] = set()
    for stmt in reversed(body):
        if isinstance(stmt, gast.Assign):
            found -= {n.id for n in below(stmt.targets[0]) if isinstance(n, gast.Name)}
            found |= {n.id for n in below(stmt.value) if isinstance(n, gast.Name)}
        else:
            found |= {n.id for n in below(stmt) if isinstance(n, gast.Name)}
    return found - set(core.namespace)


def result(work: Lowering, name: str) -> tuple[gast.expr, gast.stmt | None]:
    """What the compiled function returns for `name`, and how Python brings that to its type."""
    known = work.value(build.load(name))
    if isinstance(known, Scalar):
        fact = work.fact(name)
        if isinstance(fact, Number):
            return known.expr, None
        if isinstance(fact, (Array, ScalarValue)) and known.dtype != "bool":
            return known.expr, build.assign(name, build.call(f"np.{known.dtype}", build.load(name)))
        if isinstance(fact, (Array, ScalarValue)):
            return known.expr, build.assign(name, build.call("np.bool_", build.load(name)))
        raise work.fail(f"{name}, a result of which the type is not known")
    if isinstance(known, View):
        if known.is_whole and known.base is not None:
            return build.load(known.base), None
        if known.base is not None and work.classes.is_written(name):
            raise work.fail("a result that is a view")
        copy = arrays.copied(work, known, name)
        return build.load(str(copy.base)), None
    raise work.fail(f"{name}, a result that is neither a number nor an array")


def finished(work: Lowering, results: Sequence[gast.expr]) -> list[gast.stmt]:
    """The body of the compiled function."""

    def same(one: str, other: str) -> bool:
        return work.may_share(one, other)

    body = fuse(work.out, same)
    value = results[0] if len(results) == 1 else build.tuple_of(list(results))
    body.append(build.return_(value if results else build.constant(None)))
    body = contract(body, work.temporaries)
    return render([*_used(work.preamble, body), *body])


def _used(preamble: Sequence[Any], body: Sequence[Any]) -> list[Any]:
    """The statements of the preamble whose values are used."""
    rendered = render(body)
    read = {n.id for stmt in rendered for n in below(stmt) if isinstance(n, gast.Name)}
    kept: list[Any] = []
    for stmt in reversed(preamble):
        if (
            isinstance(stmt, gast.Assign)
            and isinstance(stmt.targets[0], gast.Name)
            and stmt.targets[0].id not in read
        ):
            continue
        read |= {n.id for n in below(stmt) if isinstance(n, gast.Name)}
        kept.append(stmt)
    return kept[::-1]


def _namespace(work: Lowering, core: Core, body: Sequence[gast.stmt]) -> dict[str, Any]:
    used = {n.id for stmt in body for n in below(stmt) if isinstance(n, gast.Name)}
    found = {"np": np, **{name: value for name, value in work.namespace.items() if name != value}}
    return {name: value for name, value in found.items() if name in used}


def _without_copies(
    work: Lowering, core: Core, body: Sequence[gast.stmt], facts: Mapping[str, Value]
) -> list[gast.stmt]:
    """The statements after the compiled ones, without `own` of an array that was made there and is handed out once."""
    given: set[str] = set()
    kept = []
    for stmt in body:
        call = getattr(stmt, "value", None)
        if (
            isinstance(call, gast.Call)
            and lookup(core, call.func) is own
            and isinstance(call.args[0], gast.Name)
        ):
            ct, x = call.args
            known = work.env.get(ct.id)
            base = known.base if isinstance(known, View) and known.is_whole else None
            one, other = facts.get(ct.id, UNKNOWN), facts.get(getattr(x, "id", ""), UNKNOWN)
            if (
                base in work.contiguous
                and work.roots.get(str(base), base) not in given
                and isinstance(one, Array)
                and isinstance(other, Array)
                and one.dtype == other.dtype
                and one.scalar is other.scalar is False
                and same_shape(one.shape, other.shape)
            ):
                given.add(work.roots.get(str(base), str(base)))
                stmt = build.assign(stmt.targets[0].id, build.clone(ct))
        kept.append(stmt)
    return kept
