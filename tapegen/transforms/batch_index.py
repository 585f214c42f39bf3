"""The index of a batched array: the index of one entry, after a slice over the seeds."""

from __future__ import annotations

from typing import Any, Literal

import gast

from tapegen.lang import build
from tapegen.lang.core import loaded_names

Part = tuple[Literal["int", "slice", "new", "rest", "array"], int, int]
"""What a part of an index is, how many axes it takes, and how many it makes."""


def leading(batch: Any, place: gast.Subscript) -> tuple[gast.expr, int]:
    """The index that takes from each entry of a batched array what `place` takes from one, and the rank of that.

    Raises: Unbatchable if it is not known what the index does.
    """
    rank = batch.rank(place.value)
    if rank is None:
        raise batch.refuse(f"the shape of {place.value.id} is not known")
    parts = place.slice.elts if isinstance(place.slice, gast.Tuple) else [place.slice]
    kinds = [_part(batch, part) for part in parts]
    whole = gast.Slice(lower=None, upper=None, step=None)
    taken = sum(kind[1] for kind in kinds)
    made = sum(kind[2] for kind in kinds if kind[0] != "array")
    advanced = [i for i, kind in enumerate(kinds) if kind[0] == "array"]
    if advanced:
        # Integers beside arrays are arrays too. Where a slice parts them, their axes come first: before the seeds.
        places = [i for i, kind in enumerate(kinds) if kind[0] in ("array", "int")]
        if places[-1] - places[0] >= len(places):
            raise batch.refuse("arrays in an index are parted by a slice")
        made += max(kinds[i][2] for i in advanced)
    if kinds[0][0] == "rest":
        index: gast.expr = place.slice
    else:
        index = build.tuple_of([whole, *parts])
    return index, rank - taken + made


def _part(batch: Any, node: gast.expr) -> Part:
    """What one part of an index does."""
    if batch.is_batched(node):
        raise batch.refuse("an index depends on a seed")
    match node:
        case gast.Slice():
            return "slice", 1, 1
        case gast.Constant(value=None):
            return "new", 0, 1
        case gast.Attribute(attr="newaxis"):
            return "new", 0, 1
        case gast.Constant(value=value) if value is ...:
            return "rest", 0, 0
        case gast.Constant(value=int() as value) if not isinstance(value, bool):
            return "int", 1, 0
        case gast.Name(id=name):
            return _named(batch, name)
        case gast.Compare():
            ranks = [batch.ranks(name) for name in loaded_names(node) - set(batch.core.namespace)]
            if None not in ranks and (rank := max(ranks, default=0)):
                return "array", rank, 1
        case gast.BinOp() | gast.UnaryOp():
            names = loaded_names(node) - set(batch.core.namespace)
            kinds = {_named(batch, name) for name in names}
            if len(kinds - {("int", 1, 0)}) <= 1:
                return max(kinds, key=lambda kind: kind[1:] != (1, 0), default=("int", 1, 0))
    raise batch.refuse("an index is not known")


def _named(batch: Any, name: str) -> Part:
    value = batch.facts.get(name)
    rank, dtype = batch.ranks(name), getattr(value, "dtype", None)
    if rank == 0 and getattr(value, "kind", "int") == "int" and dtype != "bool":
        return "int", 1, 0
    if rank and dtype is not None:
        return ("array", rank, 1) if dtype == "bool" else ("array", 1, rank)
    raise batch.refuse(f"the index {name} is not known")
