"""Questions about a whole function."""

from __future__ import annotations

import gast

from tapegen.lang.core import Core


def is_effect_free(core: Core) -> bool:
    """Whether calling a function has no effect but its result."""
    return not any(isinstance(stmt, (gast.Expr, gast.Raise, gast.Assert)) for stmt in core.statements)
