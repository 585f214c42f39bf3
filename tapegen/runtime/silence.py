"""NumPy's warnings of overflow, division by zero and NaN, off while a tape works, as TensorFlow gives none.

`np.seterr` takes 4 microseconds, more than a recorded operation. NumPy keeps its settings in a context variable, and
where that can be had, setting it to what was found out before takes a tenth of one.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

import numpy as np

_settings: Any = None  # of a NumPy that keeps them elsewhere
with contextlib.suppress(ImportError):
    _settings = vars(importlib.import_module("numpy._core.umath")).get("_extobj_contextvar")

_silent: dict[Any, Any] = {}
"""For settings of NumPy the same without warnings."""


def silence() -> Any:
    """Turn what would be "warn" into "ignore"; all other settings stay.

    Returns: what `restore` takes to undo it.
    """
    if _settings is None:
        before: Any = np.geterr()
        _ignore()
        return before
    before = _settings.get()
    silent = _silent.get(before)
    if silent is None:
        _ignore()
        if len(_silent) > 100:
            _silent.clear()
        _silent[before] = _settings.get()
    else:
        _settings.set(silent)
    return before


def restore(before: Any) -> None:
    if _settings is None:
        np.seterr(**before)
    else:
        _settings.set(before)


def _ignore() -> None:
    before: Any = np.seterr(all="ignore")
    strict: Any = {kind: action for kind, action in before.items() if action not in ("warn", "ignore")}
    if strict:
        np.seterr(**strict)
