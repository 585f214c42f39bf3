"""Which locals hold a list, dict, string or object of the user's own, as far as the text alone tells."""

from __future__ import annotations

import builtins
import collections
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from tapegen.frontend.resolve import is_user_class
from tapegen.frontend.scope import Scope
from tapegen.lang.walk import walk

_DISPLAYS = {
    gast.List: "list",
    gast.ListComp: "list",
    gast.Dict: "dict",
    gast.DictComp: "dict",
    gast.Set: "object",
    gast.SetComp: "object",
    gast.JoinedStr: "str",
    gast.GeneratorExp: "object",
}
_MAKERS = (
    {builtins.list: "list", builtins.sorted: "list", builtins.dict: "dict", builtins.str: "str"}
    | {
        collections.defaultdict: "dict",
        collections.OrderedDict: "dict",
        collections.Counter: "dict",
        collections.deque: "list",
    }
    | {
        getattr(builtins, name): "object"
        for name in "iter map filter zip enumerate reversed set frozenset".split()
    }
)
_ARRAY = frozenset(dir(np.ndarray))
_DICT = frozenset(dir(dict)) - frozenset(dir(list))
_LIST = (frozenset(dir(list)) - _ARRAY) | {"append"}


def container_kinds(tree: gast.FunctionDef, scope: Scope, types: Mapping[str, type]) -> dict[str, str]:
    """The kind of each local that is known not to be an array or number: "list", "dict", "str", "object".

    Args:
        types: what is known about the parameters.
    """
    kinds: dict[str, str] = {name: _kind_of_type(kind) for name, kind in types.items()}
    kinds = {name: kind for name, kind in kinds.items() if kind}
    if tree.args.args and tree.args.args[0].id in ("self", "cls") and "self" not in types:
        kinds.setdefault(tree.args.args[0].id, "object")
    same: list[tuple[str, str]] = []
    for node in walk(tree):
        match node:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if name not in types:
                kind = _kind_of_value(value, scope)
                if kind:
                    kinds.setdefault(name, kind)
                elif (other := _copied(value)) is not None and other not in types:
                    same.append((name, other))
            case gast.Attribute(value=gast.Name(id=name), attr=attr) if name not in scope.namespace:
                if attr in _ARRAY or name in types:
                    continue
                kinds.setdefault(name, "list" if attr in _LIST else "dict" if attr in _DICT else "object")
            case gast.Subscript(value=gast.Name(id=name), slice=gast.Constant(value=str())) if (
                name not in types
            ):
                kinds.setdefault(name, "dict")
            case gast.For(target=gast.Name(id=key), iter=gast.Name(id=name)) if name not in types:
                if any(
                    isinstance(inner, gast.Subscript)
                    and isinstance(inner.value, gast.Name)
                    and inner.value.id == name
                    and isinstance(inner.slice, gast.Name)
                    and inner.slice.id == key
                    for inner in walk(node)
                ):
                    kinds.setdefault(name, "dict")
    for one, other in [*same, *reversed(same)]:  # a copy is what it is a copy of
        if one in kinds:
            kinds.setdefault(other, kinds[one])
        elif other in kinds:
            kinds[one] = kinds[other]
    return kinds


def _copied(value: Any) -> str | None:
    """The name that `value` is, or is a copy of."""
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr == "copy":
        value = value.func.value
    elif isinstance(value, gast.Subscript) and isinstance(value.slice, gast.Slice):
        value = value.value
    return value.id if isinstance(value, gast.Name) else None


def _kind_of_type(kind: type) -> str:
    for base, name in ((list, "list"), (dict, "dict"), (str, "str")):
        if issubclass(kind, base):
            return name
    if issubclass(kind, (np.ndarray, np.generic, int, float, complex)):
        return ""
    return "object"


def _kind_of_value(value: Any, scope: Scope) -> str | None:
    if isinstance(value, gast.Constant):
        return "str" if isinstance(value.value, str) else None
    if isinstance(value, gast.Call):
        callee = scope.denotes(value.func)
        if is_user_class(callee):
            return "object"
        try:
            return _MAKERS.get(callee)
        except TypeError:
            return None
    if isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Mult, gast.Add)):
        return _kind_of_value(value.left, scope) or _kind_of_value(value.right, scope)
    return _DISPLAYS.get(type(value))
