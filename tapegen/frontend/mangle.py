"""Private names: inside `class Model` the name `__w` means `_Model__w`, and outside it must be written so."""

from __future__ import annotations

from typing import Any

import gast


def mangled(name: str, owner: str) -> str:
    """What `name` means inside the class `owner`.

    >>> mangled("__w", "Model"), mangled("__w", "_Model"), mangled("__init__", "Model"), mangled("_w", "Model")
    ('_Model__w', '_Model__w', '__init__', '_w')
    """
    stem = owner.lstrip("_")
    if not stem or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    return f"_{stem}{name}"


def mangle(tree: Any, owner: str) -> Any:
    """`tree`, the definition of a function inside the class `owner`, changed in place; its own name stays.

    Keywords of calls are not mangled, for Python does not do so either.

    >>> print(gast.unparse(mangle(gast.parse("lambda self, __a: self.__w * __a").body[0].value, "Model")))
    lambda self, _Model__a: self._Model__w * _Model__a
    """
    for child in gast.iter_child_nodes(tree):
        _mangle(child, owner)
    return tree


def _mangle(node: gast.AST, owner: str) -> None:
    if isinstance(node, gast.Name):
        node.id = mangled(node.id, owner)
    elif isinstance(node, gast.Attribute):
        node.attr = mangled(node.attr, owner)
    elif isinstance(node, (gast.Global, gast.Nonlocal)):
        node.names = [mangled(name, owner) for name in node.names]
    elif isinstance(node, gast.alias):
        bound = node.asname or node.name
        if mangled(bound, owner) != bound:
            node.asname = mangled(bound, owner)
    elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        own = node.name
        node.name = mangled(own, owner)
        if isinstance(node, gast.ClassDef):
            for outer in (*node.bases, *node.keywords, *node.decorator_list):
                _mangle(outer, owner)
            for inner in node.body:
                _mangle(inner, own)
            return
    for child in gast.iter_child_nodes(node):
        _mangle(child, owner)
