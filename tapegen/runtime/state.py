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

from .silence import restore, silence


class State(threading.local):
    """`recorders`: active tapes and accumulators, outermost first, a tuple, so that nobody changes it under a reader.

    `lenient`: whether a rule is running, whose operators promote dtypes as NumPy does.
    `errors`: NumPy's error settings as they were before the first recorder was entered, None if nobody changed them.
    """

    recorders: tuple[Any, ...] = ()
    lenient: bool = False
    errors: Any = None


state = State()
new_key = itertools.count(1).__next__  # atomic in CPython: two threads never get the same key


def left(key: int | None, how: str) -> bool:
    """Tell the tapes that a value they may follow goes on outside, where they can't: for `why_none`.

    Returns: whether one follows it.
    """
    followed = False
    if key is not None:
        for recorder in state.recorders:
            if key in recorder.known:
                followed = True
                if not recorder.forward and len(recorder.exits) < 10_000:
                    recorder.exits.append((key, how))
    return followed


def enter(recorder: Any) -> None:
    """Make a recorder active. While one is, NumPy does not warn of overflow, division by zero or NaN."""
    if state.errors is None:
        state.errors = silence()
    state.recorders = (*state.recorders, recorder)


def leave(recorder: Any) -> None:
    """Make a recorder inactive; whether it was the innermost does not matter."""
    left = state.recorders = tuple([r for r in state.recorders if r is not recorder])
    if not left and state.errors is not None:
        restore(state.errors)
        state.errors = None


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
