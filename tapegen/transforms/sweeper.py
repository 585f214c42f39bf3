"""What the adjoints of single statements ask of the sweep that they are part of; `reverse.py` provides it."""

from __future__ import annotations

from typing import Protocol

import gast

from tapegen.transforms.contributions import Slots
from tapegen.transforms.scope import Scope
from tapegen.transforms.shadows import ShadowTable


class Sweeper(Protocol):
    """The sweeps of one function, while they are written.

    Attributes:
        scope: the state of the transform.
        shadows: the cotangents of arrays that are written in place.
    """

    scope: Scope
    shadows: ShadowTable

    def add(self, slots: Slots, name: str, ct: gast.expr, *, maybe_zero: bool = False) -> None:
        """Add to the cotangent of an active variable."""

    def buffer(self, slots: Slots, name: str) -> str:
        """The name of an array that holds the cotangent of `name` and can be added to by index."""
