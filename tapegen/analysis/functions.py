"""Questions about a whole function."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.values import Value
from tapegen.lang.core import Core
from tapegen.lang.walk import below


def is_effect_free(core: Core) -> bool:
    """Whether calling a function has no effect but its result."""
    return not any(isinstance(stmt, (gast.Expr, gast.Raise, gast.Assert)) for stmt in core.statements)


def may_be_complex(core: Core, facts: Mapping[str, Value]) -> bool:
    """Whether a complex number can occur: in an argument, a literal, or the result of a function that makes one."""
    if any("complex" in str(facts.get(name, "")) for name in core.params):
        return True
    for node in below(core.tree):
        if isinstance(node, gast.Constant) and isinstance(node.value, complex):
            return True
        if isinstance(node, gast.Attribute) and node.attr in _COMPLEX_SOURCES:
            return True
        if isinstance(node, gast.Name) and node.id in {"complex", "cmath"}:
            return True
    return False


_COMPLEX_SOURCES = frozenset(
    {"fft", "ifft", "rfft", "fft2", "fftn", "eig", "eigvals", "complex64", "complex128", "emath", "roots"}
)
