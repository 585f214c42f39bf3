"""Running foreign code that warns, without letting its warnings out and without harm to other threads."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

# `warnings.catch_warnings` saves and restores a global; two threads inside it at once can leave it changed for good.
_lock = threading.RLock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Ignore all warnings, one thread at a time.

    >>> with quiet():
    ...     warnings.warn("unheard")
    """
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
