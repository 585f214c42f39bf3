"""Functions that write into an array become stores: `out=`, `np.copyto`, `ndarray.fill`.

y = np.add(a, b, out=c)         value = np.add(a, b)
                                c[...] = value
                                y = c
np.copyto(c, a)                 c[...] = a
c.fill(0)                       c[...] = 0
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.frontend.writers import Writer, bound, is_masked
from tapegen.lang import build


def writes_output(node: gast.Call, callee: Any) -> bool:
    """Whether a call of NumPy's writes its result into an array that is passed to it."""
    if any(isinstance(arg, gast.Starred) for arg in node.args) or any(k.arg is None for k in node.keywords):
        return False
    if bound(node, callee) is not None or is_masked(node, callee):
        return True
    if any(k.arg == "where" for k in node.keywords):
        return False
    if callee is np.copyto:
        return len(node.args) == 2 and not node.keywords
    if isinstance(callee, np.ufunc) and len(node.args) == callee.nin + 1 and callee.nout == 1:
        return True
    out = _keyword(node)
    if out is None or (isinstance(out, gast.Constant) and out.value is None):
        return False
    if isinstance(out, gast.Tuple) and len(out.elts) != 1:
        return False
    return (
        isinstance(callee, np.ufunc)
        or (getattr(callee, "__module__", None) or "").partition(".")[0] == "numpy"
    )


def is_fill(node: Any, scope: Scope) -> bool:
    """Whether a call is `x.fill(value)`."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == "fill"
        and len(node.args) == 1
        and not node.keywords
        and not isinstance(node.args[0], gast.Starred)
        and not (isinstance(node.func.value, gast.Name) and node.func.value.id in scope.kinds)
        and scope.denotes(node.func) is None
    )


def expand(node: gast.Call, target: str, scope: Scope) -> list[Any]:
    """`target = node` as statements."""
    origin = node.origin
    out: list[Any] = []

    def held(value: gast.expr, name: str) -> gast.expr:
        if scope.is_stable(value):
            return value
        fresh = scope.namer(name)
        out.append(build.assign(fresh, value, getattr(value, "origin", None) or origin))
        return build.load(fresh)

    if is_fill(node, scope):
        array = held(node.func.value, "array")
        return [*out, _store(array, node.args[0], origin), build.assign(target, build.constant(None), origin)]
    callee = scope.denotes(node.func)
    given = bound(node, callee)
    if given is not None or is_masked(node, callee):
        writer = Writer(scope, held)
        array, index, value = writer.masked(node) if given is None else writer.place(callee, given)
        value = held(value, "value")
        place = gast.Subscript(value=again(array), slice=held(index, "index"), ctx=gast.Store())
        result = build.constant(None) if given is not None else again(array)
        return [*out, build.assign(place, value, origin), build.assign(target, result, origin)]
    if callee is np.copyto:
        array = held(node.args[0], "array")
        return [*out, _store(array, node.args[1], origin), build.assign(target, build.constant(None), origin)]
    args, keywords, array = node.args, node.keywords, _keyword(node)
    if array is None:
        args, array = args[:-1], args[-1]
    else:
        keywords = [k for k in keywords if k.arg != "out"]
        if isinstance(array, gast.Tuple):
            array = array.elts[0]
    args = [held(arg, "operand") for arg in args]
    array = held(array, "out")
    call = build.at(gast.Call(func=node.func, args=args, keywords=keywords), origin)
    value = held(call, "value")
    return [*out, _store(array, value, origin), build.assign(target, again(array), origin)]


def _keyword(node: gast.Call) -> Any:
    return next((k.value for k in node.keywords if k.arg == "out"), None)


def _store(array: gast.expr, value: gast.expr, origin: Any) -> gast.Assign:
    place = gast.Subscript(value=again(array), slice=build.constant(Ellipsis), ctx=gast.Store())
    return build.assign(place, value, origin)
