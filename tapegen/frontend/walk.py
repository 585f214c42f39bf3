"""What a tree reads."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.lang.walk import walk


def names_read(node: Any) -> set[str]:
    """Names loaded anywhere in `node`."""
    return {n.id for n in walk(node) if type(n) is gast.Name and type(n.ctx) is gast.Load}
