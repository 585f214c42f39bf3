"""What a thread is recording: the stack of active tapes and accumulators, and the keys that name values.

A *key* is an integer that names a differentiable value; a Tensor that no tape ever saw has none. Keys are never used
twice, so a tape can hold them without holding the values.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class State(threading.local):
    """`recorders`: active tapes and accumulators, outermost first, a tuple, so that nobody changes it under a reader.

    `lenient`: whether a rule is running, whose operators promote dtypes as NumPy does.
    """

    recorders: tuple[Any, ...] = ()
    lenient: bool = False


state = State()
new_key = itertools.count(1).__next__  # atomic in CPython: two threads never get the same key


@contextmanager
def recording_into(recorders: tuple[Any, ...], lenient: bool | None = None) -> Iterator[None]:
    """Make `recorders` the active ones for a while."""
    before, was_lenient = state.recorders, state.lenient
    state.recorders = recorders
    if lenient is not None:
        state.lenient = lenient
    try:
        yield
    finally:
        state.recorders, state.lenient = before, was_lenient
