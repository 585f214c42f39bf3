"""Assignments with one plain target each: unpacking, chained and augmented assignment, `del`.

    a, (b, c) = f(x)         value = f(x); a = value[0]; pair = value[1]; b = pair[0]; c = pair[1]
    x = y = v                x = v; y = x
    x += v                   x = operator.iadd(x, v)        in place for arrays, a new value for numbers
    x[i] *= v                old = x[i]; x[i] = old * v

`x[i] += v` and `x[i] -= v` stay, and so does the parallel `a, b = b, a`.
"""

from __future__ import annotations

import operator
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.purity import is_pure_function
from tapegen.frontend.scope import Scope
from tapegen.lang import build
from tapegen.lang.core import bound_names, dotted
from tapegen.lang.walk import walk

IN_PLACE: dict[type, str] = {
    gast.Add: "iadd",
    gast.Sub: "isub",
    gast.Mult: "imul",
    gast.Div: "itruediv",
    gast.Pow: "ipow",
    gast.MatMult: "imatmul",
    gast.FloorDiv: "ifloordiv",
    gast.Mod: "imod",
    gast.BitAnd: "iand",
    gast.BitOr: "ior",
    gast.BitXor: "ixor",
    gast.LShift: "ilshift",
    gast.RShift: "irshift",
}
assert all(hasattr(operator, name) for name in IN_PLACE.values())


def lower_targets(body: list[Any], scope: Scope) -> list[Any]:
    """Statements whose assignments have one target, a name, subscript or attribute (or are parallel)."""
    out: list[Any] = []
    for stmt in body:
        match stmt:
            case gast.Assign():
                out += _assign(stmt, scope)
            case gast.AugAssign():
                out += _augmented(stmt, scope)
            case gast.Delete():
                out += _delete(stmt, scope)
            case gast.If():
                body_, orelse = lower_targets(stmt.body, scope), lower_targets(stmt.orelse, scope)
                out.append(build.if_(stmt.test, body_, orelse, stmt.origin))
            case gast.While():
                out.append(build.while_(stmt.test, lower_targets(stmt.body, scope), stmt.origin))
            case gast.For():
                out.append(build.for_(stmt.target, stmt.iter, lower_targets(stmt.body, scope), stmt.origin))
            case _:
                out.append(stmt)
    return out


def again(node: gast.expr, store: bool = False) -> gast.expr:
    """A second occurrence of a name or literal."""
    if isinstance(node, gast.Name):
        return build.store(node.id) if store else build.load(node.id)
    return build.clone(node)


def _assign(stmt: gast.Assign, scope: Scope) -> list[Any]:
    origin = stmt.origin
    if len(stmt.targets) == 1:
        return unpack(stmt.targets[0], stmt.value, scope, origin)
    out: list[Any] = []
    value = stmt.value
    if not isinstance(value, (gast.Name, gast.Constant)):
        first = next((t.id for t in stmt.targets if isinstance(t, gast.Name)), None)
        if isinstance(stmt.targets[0], gast.Name):
            out.append(build.assign(build.store(stmt.targets[0].id), value, origin))
            value, targets = build.load(stmt.targets[0].id), stmt.targets[1:]
        else:
            name = scope.namer(first or "value")
            out.append(build.assign(name, value, origin))
            value, targets = build.load(name), stmt.targets
    else:
        targets = stmt.targets
    for target in targets:
        out += unpack(target, again(value), scope, origin)
    return out


def unpack(target: gast.expr, value: gast.expr, scope: Scope, origin: Any) -> list[Any]:
    """`target = value` for any target."""
    if not isinstance(target, (gast.Tuple, gast.List)):
        return [build.assign(target, value, origin)]
    targets = target.elts
    starred = [k for k, t in enumerate(targets) if isinstance(t, gast.Starred)]
    if isinstance(value, (gast.Tuple, gast.List)) and not any(
        isinstance(v, gast.Starred) for v in value.elts
    ):
        if not starred and len(value.elts) != len(targets):
            raise TransformError(
                f"cannot unpack {len(value.elts)} values into {len(targets)} targets",
                origin=origin,
                why="Python raises ValueError here",
                instead="name as many targets as there are values",
            )
        if not starred:
            return _parallel(targets, value.elts, scope, origin)
    if isinstance(value, gast.GeneratorExp):  # all its values are taken here
        value = build.at(gast.ListComp(elt=value.elt, generators=value.generators), origin)
    if isinstance(value, gast.Call) and not _is_sequence_call(value, scope):
        value = scope.call("list", value)
        value.origin = origin
    out: list[Any] = []
    if not isinstance(value, gast.Name) or value.id in bound_names(target):
        name = scope.namer(_group_name(targets))
        out.append(build.assign(name, value, origin))
        value = build.load(name)
    for k, item in enumerate(targets):
        index: gast.expr = build.constant(k)
        if starred and k >= starred[0]:
            index = _from_end(k - len(targets))
        element = gast.Subscript(value=again(value), slice=index, ctx=gast.Load())
        if isinstance(item, gast.Starred):
            stop = _from_end(k + 1 - len(targets)) if k + 1 < len(targets) else None
            element.slice = gast.Slice(lower=build.constant(k), upper=stop, step=None)
            out += unpack(item.value, _as_list(element, value, scope, origin), scope, origin)
        else:
            element.origin = origin
            out += unpack(item, element, scope, origin)
    return out


def _as_list(part: gast.Subscript, whole: gast.expr, scope: Scope, origin: Any) -> gast.expr:
    """What a starred target takes: of an array the elements, one by one."""
    if isinstance(whole, gast.Name) and whole.id not in scope.kinds and whole.id in scope.users:
        item = scope.namer("item")
        one = gast.comprehension(target=build.store(item), iter=part, ifs=[], is_async=0)
        return build.at(gast.ListComp(elt=build.load(item), generators=[one]), origin)
    return build.at(scope.call("list", part), origin)


def _from_end(k: int) -> gast.UnaryOp:
    return gast.UnaryOp(op=gast.USub(), operand=build.constant(-k))


_ITERATORS = (map, filter, zip, enumerate, reversed, set, dict, iter, frozenset)


def _is_sequence_call(value: gast.Call, scope: Scope) -> bool:
    """Whether the result of a call can be indexed, as far as is known."""
    callee = scope.denotes(value.func)
    if callee is None:
        is_view = isinstance(value.func, gast.Attribute) and value.func.attr in ("items", "keys", "values")
        return not is_view
    return not any(callee is iterator for iterator in _ITERATORS)


def _group_name(targets: list[Any]) -> str:
    names = [t.id for t in targets if isinstance(t, gast.Name) and t.id.strip("_")]
    return "_".join(names) if names and len("_".join(names)) <= 24 else "values"


def _parallel(targets: list[Any], values: list[Any], scope: Scope, origin: Any) -> list[Any]:
    """`a, b = x, y`: all values are computed before the first target is bound."""
    names = [t.id for t in targets if isinstance(t, gast.Name)]
    if len(names) == len(targets) and len(set(names)) == len(names):
        if len(names) == 1:
            return [build.assign(targets[0], values[0], origin)]
        left = build.tuple_of([build.store(name) for name in names], gast.Store())
        return [build.assign(left, build.tuple_of(values), origin)]
    out: list[Any] = []
    held: list[gast.expr] = []
    for target, value in zip(targets, values, strict=True):
        if isinstance(value, gast.Constant):
            held.append(value)
            continue
        name = scope.namer(target.id if isinstance(target, gast.Name) else "value")
        out.append(build.assign(name, value, getattr(value, "origin", None) or origin))
        held.append(build.load(name))
    for target, value in zip(targets, held, strict=True):
        out += unpack(target, value, scope, origin)
    return out


def _augmented(stmt: gast.AugAssign, scope: Scope) -> list[Any]:
    origin, target, value = stmt.origin, stmt.target, stmt.value

    def in_place(old: gast.expr) -> gast.expr:
        call = build.call(f"{scope.use('operator')}.{IN_PLACE[type(stmt.op)]}", old, value)
        call.origin = origin
        return call

    if isinstance(target, gast.Name):
        return [build.assign(target.id, in_place(build.load(target.id)), origin)]
    rebound = {n.target.id for n in walk(value) if isinstance(n, gast.NamedExpr)}
    if any(isinstance(n, gast.Name) and n.id in rebound for n in walk(target)):
        raise TransformError(
            "cannot differentiate an assignment expression that changes the element being updated",
            origin=scope.origin(value) or origin,
            why="Python chooses the element before it evaluates the right-hand side",
            instead="assign the name in a statement of its own",
        )
    out: list[Any] = []
    holder = _held(target.value, "value", scope, out, origin)
    if isinstance(target, gast.Attribute):
        old = scope.namer(target.attr.strip("_") or "value")
        read = gast.Attribute(value=again(holder), attr=target.attr, ctx=gast.Load())
        read.origin = origin
        out.append(build.assign(old, read, origin))
        place = gast.Attribute(value=again(holder), attr=target.attr, ctx=gast.Store())
        return [*out, build.assign(place, in_place(build.load(old)), origin)]
    index = _held_index(target.slice, scope, out, origin)
    is_container = isinstance(holder, gast.Name) and holder.id in scope.kinds
    is_container = is_container or (isinstance(index, gast.Constant) and isinstance(index.value, str))
    place = gast.Subscript(value=again(holder), slice=build.clone(index), ctx=gast.Store())
    if isinstance(stmt.op, (gast.Add, gast.Sub)) and not _may_write(value, holder, scope):
        fresh = gast.AugAssign(target=place, op=stmt.op, value=value)
        return [*out, build.at(fresh, origin)]
    old = scope.namer("old")
    read = gast.Subscript(value=again(holder), slice=build.clone(index), ctx=gast.Load())
    read.origin = origin
    out.append(build.assign(old, read, origin))
    if is_container:
        new = in_place(build.load(old))
    else:
        new = build.at(gast.BinOp(left=build.load(old), op=stmt.op, right=value), origin)
    return [*out, build.assign(place, new, origin)]


def _held(node: gast.expr, name: str, scope: Scope, out: list[Any], origin: Any) -> gast.expr:
    """`node` evaluated once: a name or literal."""
    if isinstance(node, (gast.Name, gast.Constant)):
        return node
    path = dotted(node)
    fresh = scope.namer(path[-1].strip("_") or name if path else name)
    out.append(build.assign(fresh, node, origin))
    return build.load(fresh)


def _held_index(node: Any, scope: Scope, out: list[Any], origin: Any) -> Any:
    """An index that can be written twice: names, literals and arithmetic stay, the rest is evaluated once."""
    match node:
        case None | gast.Name() | gast.Constant():
            return node
        case gast.Tuple():
            return build.tuple_of([_held_index(e, scope, out, origin) for e in node.elts])
        case gast.Slice():
            parts = (_held_index(part, scope, out, origin) for part in (node.lower, node.upper, node.step))
            return gast.Slice(*parts)
        case gast.UnaryOp():
            return gast.UnaryOp(op=node.op, operand=_held_index(node.operand, scope, out, origin))
        case gast.BinOp():
            left = _held_index(node.left, scope, out, origin)
            return gast.BinOp(left=left, op=node.op, right=_held_index(node.right, scope, out, origin))
        case gast.Call() if not node.keywords and is_pure_function(scope.denotes(node.func)):
            if all(isinstance(arg, (gast.Name, gast.Constant)) for arg in node.args):
                return node
        case gast.Subscript(value=gast.Call(), slice=gast.Constant()):
            call = _held_index(node.value, scope, out, origin)
            return gast.Subscript(value=call, slice=node.slice, ctx=gast.Load())
        case gast.Attribute() if scope.denotes(node) is not None:
            return node
    return _held(node, "index", scope, out, origin)


def _may_write(value: gast.expr, holder: gast.expr, scope: Scope) -> bool:
    """Whether evaluating `value` may write into `holder`: a function that is not NumPy's or Python's gets it."""
    if not isinstance(holder, gast.Name):
        return False
    for node in walk(value):
        if isinstance(node, gast.NamedExpr):
            return True
        if isinstance(node, gast.Call):
            callee = scope.denotes(node.func)
            module = getattr(callee, "__module__", None) or type(callee).__module__
            if callee is not None and module.partition(".")[0] in ("numpy", "builtins", "math"):
                continue
            if any(isinstance(n, gast.Name) and n.id == holder.id for n in walk(node)):
                return True
    return False


def _delete(stmt: gast.Delete, scope: Scope) -> list[Any]:
    """`del x` ends a name, which needs no code; `del d[k]` is `d.pop(k)`, and `del xs[1:]` is `xs[1:] = []`."""
    out: list[Any] = []
    for target in stmt.targets:
        if isinstance(target, gast.Name):
            continue
        if isinstance(target, gast.Subscript) and not isinstance(target.slice, (gast.Slice, gast.Tuple)):
            pop = gast.Attribute(value=target.value, attr="pop", ctx=gast.Load())
            out.append(build.expression(build.at(build.call(pop, target.slice), stmt.origin), stmt.origin))
            continue
        if isinstance(target, gast.Subscript) and isinstance(target.slice, gast.Slice):
            place = gast.Subscript(value=target.value, slice=target.slice, ctx=gast.Store())
            out.append(build.assign(place, gast.List(elts=[], ctx=gast.Load()), stmt.origin))
            continue
        raise TransformError(
            "cannot differentiate this `del`",
            origin=scope.origin(target),
            why="only names, and items and slices of lists and dicts, can be deleted",
            instead="keep the attribute, and set it to None",
        )
    return out
