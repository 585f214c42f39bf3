"""What the passes of the frontend know besides the tree: which names are taken, and what the free ones denote."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.names import Namer
from tapegen.lang.origin import Origin

# Names that generated code relies on: they always denote these objects, so a local of that name is renamed.
RESERVED: dict[str, Any] = {
    "np": np,
    "operator": operator,
    **{
        name: getattr(builtins, name)
        for name in (
            "AssertionError ValueError dict enumerate isinstance len list max min range reversed set slice sum "
            "tuple zip"
        ).split()
    },
}

_MISSING = object()


@dataclass
class Scope:
    """Names of one function.

    Attributes:
        file: the file that the function is in.
        function: the qualified name of the function.
        namer: gives names that are not taken.
        namespace: the object behind each free name.
        kinds: locals known to be a "list", "dict", "str" or "object".
        users: the names that the user wrote; all others are the frontend's own.
        walrus: names that may be rebound in the middle of an expression.
    """

    file: str
    function: str
    namer: Namer = field(default_factory=Namer)
    namespace: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    walrus: set[str] = field(default_factory=set)

    def use(self, name: str) -> str:
        """The reserved `name`, now part of the namespace."""
        self.namespace[name] = RESERVED[name]
        return name

    def numpy(self, function: str) -> gast.expr:
        """The NumPy function under the user's alias of NumPy, `np.sum`."""
        for alias, value in self.namespace.items():
            if value is np:
                return build.attribute(f"{alias}.{function}")
        return build.attribute(f"{self.use('np')}.{function}")

    def kernel(self, function: Callable[..., Any]) -> str:
        """The name of a kernel, now part of the namespace."""
        for name, value in self.namespace.items():
            if value is function:
                return name
        name = self.namer(function.__name__)
        self.namespace[name] = function
        return name

    def is_stable(self, node: gast.AST) -> bool:
        """Whether `node` is a name or literal that means the same until the end of its expression."""
        return isinstance(node, gast.Constant) or (isinstance(node, gast.Name) and node.id not in self.walrus)

    def call(self, name: str, *args: gast.expr) -> gast.Call:
        """A call of the reserved builtin `name`."""
        return build.call(self.use(name), *args)

    def denotes(self, node: gast.AST) -> Any | None:
        """The object behind a dotted name, or None if its root is a local."""
        parts = dotted(node)
        if parts is None or parts[0] not in self.namespace:
            return None
        value = self.namespace[parts[0]]
        for part in parts[1:]:
            value = getattr(value, part, _MISSING)
            if value is _MISSING:
                return None
        return value

    def origin(self, node: gast.AST) -> Origin | None:
        """The origin of a node, computed from its position where none is attached yet."""
        known: Origin | None = getattr(node, "origin", None)
        if known is not None or getattr(node, "lineno", None) is None:
            return known
        return Origin(
            self.file,
            node.lineno,
            node.col_offset,
            node.end_lineno if node.end_lineno is not None else node.lineno,
            node.end_col_offset if node.end_col_offset is not None else node.col_offset,
            self.function,
        )
