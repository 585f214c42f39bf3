"""Array methods and attributes become functions: `x.sum(axis=0)` -> `np.sum(x, axis=0)`, `x.T` -> `np.transpose(x)`.

So do subscripts that call something: `np.r_[x, 1]` -> `np.r_.__getitem__((x, 1))`.

What is known to be a list, dict, string or an object of the user's own keeps its methods.
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.frontend.scope import Scope
from tapegen.kernels.elements import as_numbers, item
from tapegen.kernels.programs import put_flat
from tapegen.lang import build

# Methods whose function takes the same arguments after the array.
_SAME = frozenset(
    "all any argmax argmin argsort astype clip conj conjugate copy cumprod cumsum diagonal dot max mean min nonzero "
    "prod ravel repeat round searchsorted squeeze std sum swapaxes take trace var".split()
)
_ATTRIBUTES = {
    "T": "transpose",
    "mT": "matrix_transpose",
    "shape": "shape",
    "ndim": "ndim",
    "size": "size",
    "real": "real",
    "imag": "imag",
    "flat": "ravel",
}

_MAKERS = (type(np.r_), type(np.c_), type(np.mgrid), type(np.ogrid))


def replace_methods(node: Any, scope: Scope) -> Any:
    """`node` with array methods and attributes replaced; a new tree where something changed."""
    return _Methods(scope).visit(node)


def _is_flat(node: Any) -> bool:
    """Whether a node is `x.flat[i]` that is written."""
    if not isinstance(node, gast.Subscript) or isinstance(node.ctx, gast.Load):
        return False
    return isinstance(node.value, gast.Attribute) and node.value.attr == "flat"


class _Methods(gast.NodeTransformer):
    """Works in place on a tree of the frontend's own, which nobody else has seen yet."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit_Name(self, node: gast.Name) -> gast.AST:
        return node

    visit_Constant = visit_Name

    def visit_Call(self, node: gast.Call) -> gast.AST:
        self.generic_visit(node)
        func = node.func
        if not isinstance(func, gast.Attribute) or not self.may_be_array(func.value):
            return node
        fresh = self.method(func.value, func.attr, node)
        if fresh is not node:
            fresh.origin = getattr(node, "origin", None)
        return fresh

    def visit_Attribute(self, node: gast.Attribute) -> gast.AST:
        self.generic_visit(node)
        function = _ATTRIBUTES.get(node.attr)
        if function is None or not isinstance(node.ctx, gast.Load) or not self.may_be_array(node.value):
            return node
        return build.at(build.call(self.scope.numpy(function), node.value), getattr(node, "origin", None))

    def visit_Assign(self, node: gast.Assign) -> gast.AST:
        """`x.flat[i] = v` as a call; read, `x.flat` is `np.ravel(x)`."""
        target = node.targets[0]
        if len(node.targets) > 1 or not _is_flat(target) or not self.may_be_array(target.value.value):
            self.generic_visit(node)
            return node
        array, index, value = (self.visit(part) for part in (target.value.value, target.slice, node.value))
        call = build.call(self.scope.kernel(put_flat), array, self.key(index), value)
        origin = getattr(node, "origin", None)
        return build.expression(build.at(call, origin), origin)

    def visit_Subscript(self, node: gast.Subscript) -> gast.AST:
        if _is_flat(node):
            return node
        self.generic_visit(node)
        if not isinstance(node.value, gast.Attribute | gast.Name) or not isinstance(node.ctx, gast.Load):
            return node
        if not isinstance(self.scope.denotes(node.value), _MAKERS):
            return node
        getitem = gast.Attribute(value=node.value, attr="__getitem__", ctx=gast.Load())
        return build.at(build.call(getitem, self.key(node.slice)), getattr(node, "origin", None))

    def key(self, index: gast.expr) -> gast.expr:
        """An index as the value that `__getitem__` gets."""
        if isinstance(index, gast.Tuple):
            return build.tuple_of([self.key(part) for part in index.elts])
        if isinstance(index, gast.Slice):
            ends = (index.lower, index.upper, index.step)
            return self.scope.call("slice", *(build.constant(None) if end is None else end for end in ends))
        return index

    def may_be_array(self, value: gast.expr) -> bool:
        """Whether nothing in the text speaks against `value` being an array."""
        if isinstance(value, gast.Name):
            return value.id not in self.scope.kinds and value.id not in self.scope.namespace
        if isinstance(value, (gast.List, gast.ListComp, gast.Dict, gast.DictComp, gast.JoinedStr, gast.Set)):
            return False
        if isinstance(value, gast.Constant):
            return False
        return not (isinstance(value, gast.Attribute) and self.scope.denotes(value) is not None)

    def method(self, array: gast.expr, name: str, node: gast.Call) -> gast.expr:
        args, keywords = node.args, node.keywords
        if any(isinstance(arg, gast.Starred) for arg in args):
            return node
        if name in _SAME:
            return self.call(name, [array, *args], keywords)
        if name in ("reshape", "transpose"):
            if len(args) > 1:
                args = [build.at(build.tuple_of(args), getattr(node, "origin", None))]
            return self.call(name, [array, *args], keywords)
        if name == "flatten" and not args and not keywords:
            return self.call("copy", [self.call("ravel", [array], [])], [])
        if name == "view" and not args and not keywords:
            return gast.Subscript(value=array, slice=build.constant(...), ctx=gast.Load())
        if name == "put" and len(args) == 2 and not keywords:
            return self.call("put", [array, *args], keywords)
        if name == "compress" and args:
            return self.call("compress", [args[0], array, *args[1:]], keywords)
        if name == "item" and not keywords:
            places = args if len(args) < 2 else [build.tuple_of(args)]
            return build.call(self.scope.kernel(item), array, *places)
        if name == "tolist" and not keywords and not args:
            return build.call(self.scope.kernel(as_numbers), array)
        if name == "view" and not args and not keywords:
            return gast.Subscript(value=array, slice=build.constant(Ellipsis), ctx=gast.Load())
        return node

    def call(self, function: str, args: list[gast.expr], keywords: list[gast.keyword]) -> gast.Call:
        return gast.Call(func=self.scope.numpy(function), args=args, keywords=keywords)
