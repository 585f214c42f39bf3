"""`sorted` and lists of `itertools.accumulate` as statements that make lists.

s = sorted(xs, key=f)               values = [x for x in xs]
                                    keys = [f(v) for v in values]
                                    s = [values[i] for i in sorting_order(keys)]
a = list(accumulate(xs, f))         a = []
                                    if len(xs) > 0:
                                        total = xs[0]
                                        a.append(total)
                                        for k in range(1, len(xs)):
                                            total = f(total, xs[k])
                                            a.append(total)
"""

from __future__ import annotations

import builtins
import itertools
from typing import Any

import gast

from tapegen.frontend.loops import sequence
from tapegen.frontend.reductions import applied
from tapegen.frontend.scope import Scope
from tapegen.kernels import sorting_order
from tapegen.lang import build


def makes_list(node: gast.Call, callee: Any, scope: Scope) -> bool:
    """Whether a call of `callee` is one that `expand` knows."""
    if any(isinstance(arg, gast.Starred) for arg in node.args):
        return False
    if callee is builtins.sorted:
        options = {k.arg for k in node.keywords}
        return len(node.args) == 1 and options <= {"key", "reverse"} and _known(_option(node, "key"), scope)
    if callee is builtins.list and len(node.args) == 1 and isinstance(node.args[0], gast.Call):
        inner = node.args[0]
        if scope.denotes(inner.func) is itertools.accumulate:
            options = {k.arg for k in inner.keywords}
            fits = 1 <= len(inner.args) <= 2 and options <= {"func", "initial"}
            return (
                fits
                and not any(isinstance(a, gast.Starred) for a in inner.args)
                and _known(_step(inner), scope)
            )
    return False


def _known(function: gast.expr | None, scope: Scope) -> bool:
    return function is None or applied(function, [], scope) is not None


def _step(node: gast.Call) -> gast.expr | None:
    """The function of a call of `accumulate`, None for addition."""
    function = node.args[1] if len(node.args) > 1 else _option(node, "func")
    return None if isinstance(function, gast.Constant) and function.value is None else function


def expand(node: gast.Call, callee: Any, target: str, scope: Scope) -> list[Any]:
    """`target = node` as statements."""
    if callee is builtins.sorted:
        return _sorted(node, target, scope)
    return _accumulated(node.args[0], target, node.origin, scope)


def _option(node: gast.Call, name: str) -> gast.expr | None:
    found = next((k.value for k in node.keywords if k.arg == name), None)
    return None if isinstance(found, gast.Constant) and found.value is None else found


def _listed(element: gast.expr, target: gast.expr, iterable: gast.expr, origin: Any) -> gast.ListComp:
    part = gast.comprehension(target=target, iter=iterable, ifs=[], is_async=0)
    return build.at(gast.ListComp(elt=element, generators=[part]), origin)


def _sorted(node: gast.Call, target: str, scope: Scope) -> list[Any]:
    origin = node.origin
    values, item = scope.namer("values"), scope.namer("item")
    iterable = node.args[0]
    if isinstance(iterable, gast.GeneratorExp):
        listed = gast.ListComp(elt=iterable.elt, generators=iterable.generators)
    else:
        listed = _listed(build.load(item), build.store(item), iterable, origin)
    out = [build.assign(values, build.at(listed, origin), origin)]
    keys = values
    function = _option(node, "key")
    if function is not None:
        keys, item = scope.namer("keys"), scope.namer("item")
        call = build.at(applied(function, [build.load(item)], scope), origin)
        out.append(build.assign(keys, _listed(call, build.store(item), build.load(values), origin), origin))
    backwards = _option(node, "reverse")
    order, index = scope.namer("order"), scope.namer("index")
    arguments = [build.load(keys)] if backwards is None else [build.load(keys), backwards]
    call = build.at(build.call(scope.kernel(sorting_order), *arguments), origin)
    read = gast.Subscript(value=build.load(values), slice=build.load(index), ctx=gast.Load())
    chosen = _listed(build.at(read, origin), build.store(index), build.load(order), origin)
    return [*out, build.assign(order, call, origin), build.assign(target, chosen, origin)]


def _accumulated(node: gast.Call, target: str, origin: Any, scope: Scope) -> list[Any]:
    function = _step(node)
    setup, values = sequence(node.args[0], "values", scope, origin)
    total, index = scope.namer("total"), scope.namer("index")
    read = gast.Subscript(value=build.load(values), slice=build.load(index), ctx=gast.Load())
    item = build.at(read, origin)

    def keep() -> Any:
        append = gast.Attribute(value=build.load(target), attr="append", ctx=gast.Load())
        return build.expression(build.at(build.call(append, build.load(total)), origin), origin)

    if function is None:
        step: Any = gast.BinOp(left=build.load(total), op=gast.Add(), right=item)
    else:
        step = applied(function, [build.load(total), item], scope)
    body = [build.assign(total, build.at(step, origin), origin), keep()]
    length = scope.call("len", build.load(values))
    begin = [*setup, build.assign(target, gast.List(elts=[], ctx=gast.Load()), origin)]
    initial = _option(node, "initial")
    if initial is not None:
        every = build.at(scope.call("range", length), origin)
        loop = build.for_(index, every, body, origin)
        return [*begin, build.assign(total, initial, origin), keep(), loop]
    first = gast.Subscript(value=build.load(values), slice=build.constant(0), ctx=gast.Load())
    every = build.at(scope.call("range", build.constant(1), length), origin)
    rest = [
        build.assign(total, build.at(first, origin), origin),
        keep(),
        build.for_(index, every, body, origin),
    ]
    some = gast.Compare(
        left=scope.call("len", build.load(values)), ops=[gast.Gt()], comparators=[build.constant(0)]
    )
    return [*begin, build.if_(some, rest, [], origin)]
