"""Functions whose adjoints run them again: how they are told, and which cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from tapegen.analysis.outside import writes_arguments
from tapegen.errors import TransformError
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import walk

SNAPSHOTS = "__tapegen_snapshots__"  # the attribute in which a function says how its loops are checkpointed
CHECKPOINT = "__tapegen_checkpoint__"  # the attribute of their class


def is_checkpointed(obj: Any) -> bool:
    """Whether `obj` is a function of which nothing but the arguments is kept for the adjoint."""
    return getattr(type(obj), CHECKPOINT, False) is True


_DRAWING = frozenset(
    "standard_normal normal uniform random integers choice permutation shuffle exponential poisson gamma beta".split()
)


def _draws(core: Core) -> bool:
    """Whether a function calls a random generator."""
    for call in walk(core.tree):
        if isinstance(call, gast.Call):
            function = lookup(core, call.func)
            if function is None:
                if isinstance(call.func, gast.Attribute) and call.func.attr in _DRAWING:
                    return True
            elif isinstance(
                getattr(function, "__self__", None), (np.random.Generator, np.random.RandomState)
            ):
                return True
    return False


def check_recomputable(core: Core, params: Sequence[str], *, plain: bool) -> None:
    """Refuse a function that cannot be run again from its arguments alone.

    Args:
        plain: whether it takes and returns data only, a fixed number of them.

    Raises: TransformError.
    """
    if writes_arguments(core, params):
        why, instead = "it writes into its arguments", "write into a copy of the argument, and return that"
    elif _draws(core):
        why = "it draws random numbers, and would draw others when it is run again for its adjoint"
        instead = "draw them before, and pass them as arguments"
    elif not plain:
        why = "it takes or returns functions, or any number of arguments"
        instead = "checkpoint a function of arrays and numbers that calls it"
    else:
        return
    what = f"cannot checkpoint {core.tree.name}"
    raise TransformError(what, origin=getattr(core.tree, "origin", None), why=why, instead=instead)
