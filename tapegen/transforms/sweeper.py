"""What the adjoints of single statements ask of the sweep that they are part of; `reverse.py` provides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import gast

from tapegen.transforms.contributions import Slot, Slots
from tapegen.transforms.scope import Scope
from tapegen.transforms.shadows import ShadowTable
from tapegen.transforms.snapshots import Writes


class Sweeper(Protocol):
    """The sweeps of one function, while they are written.

    Attributes:
        scope: the state of the transform.
        shadows: the cotangents of arrays that are written in place.
        writes: where memory is written.
    """

    scope: Scope
    shadows: ShadowTable
    writes: Writes

    def add(self, slots: Slots, name: str, ct: gast.expr, *, maybe_zero: bool = False) -> None:
        """Add to the cotangent of an active variable."""

    def prepare_buffers(self, body: list[gast.stmt], names: list[str], slots: Slots) -> None:
        """Set up buffers for the variables in `names` that `body` reads by index."""

    def of_step(
        self, scope: Scope, results: Mapping[str, tuple[gast.expr, Slot]], slots: Slots
    ) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """The sweeps of one step of a loop, which `scope.core` is as a function of its state."""

    def buffer(self, slots: Slots, name: str) -> str:
        """The name of an array that holds the cotangent of `name` and can be added to by index."""
