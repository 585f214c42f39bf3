"""Methods of Tensors, Variables and their shapes that arrays and tuples have not: generated code cannot call them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.errors import TransformError
from tapegen.lang.core import Core, lookup, walk_statements
from tapegen.linker import Linked
from tapegen.runtime import Tensor

_KINDS: dict[str, type] = {"array": np.ndarray, "shape": tuple}


def refuse_methods(linked: Linked, arguments: Sequence[Any]) -> None:
    """Refuse a function that asks a Tensor or Variable for what an array has not, such as `v.assign_add(1.0)`.

    Raises: TransformError that names the method.
    """
    core = linked.core
    kinds = {p: "array" for p, value in zip(core.params, arguments, strict=True) if isinstance(value, Tensor)}
    for stmt in walk_statements(core.body):
        for node in gast.walk(stmt):
            if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name):
                kind = kinds.get(node.value.id)
                if kind is not None and not hasattr(_KINDS[kind], node.attr):
                    raise TransformError(
                        f"cannot use .{node.attr} of {node.value.id}",
                        origin=getattr(stmt, "origin", None),
                        why=f"generated code computes with arrays, and {_article(_KINDS[kind])} has no .{node.attr}",
                        instead="do it outside the decorated function",
                    )
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            found = _kind(core, stmt.value, kinds)
            if found is not None:
                kinds[stmt.targets[0].id] = found


def _article(kind: type) -> str:
    return "an array" if kind is np.ndarray else f"a {kind.__name__}"


def _kind(core: Core, value: Any, kinds: dict[str, str]) -> str | None:
    """What an expression is for sure: an array (or a NumPy number, with the same attributes), a shape, or unknown."""
    match value:
        case gast.Name(id=name):
            return kinds.get(name)
        case gast.BinOp(left=left, right=right):
            return "array" if "array" in (_kind(core, left, kinds), _kind(core, right, kinds)) else None
        case gast.Subscript(value=gast.Name(id=name)) if kinds.get(name) == "array":
            return "array"
        case gast.Call(func=function, args=[first, *_]) if _kind(core, first, kinds) == "array":
            callee = lookup(core, function)
            if callee is np.shape:
                return "shape"
            return "array" if isinstance(callee, np.ufunc) else None
    return None
