"""What an index does: make a view, or gather a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import gast

from tapegen.analysis.predicates import rank
from tapegen.analysis.values import Array, ListOf, Number, Scalar, Sequence, Static, Value

IndexKind = Literal["basic", "mask", "gather", "unknown"]


def index_kind(index: gast.expr, facts: Mapping[str, Value]) -> IndexKind:
    """How `x[index]` selects: by slices and integers ("basic": a view or a scalar), by one boolean mask ("mask": each
    element at most once), by integer arrays ("gather": elements may repeat), or not known before it runs.
    """
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    kinds = [_part(part, facts) for part in parts]
    if "unknown" in kinds:
        return "unknown"
    if "gather" in kinds or kinds.count("mask") > 1:
        return "gather"
    return "mask" if "mask" in kinds else "basic"


def never_repeats(
    index: gast.expr, facts: Mapping[str, Value], is_count: Callable[[gast.expr], bool]
) -> bool:
    """Whether `x[index]`, which gathers, is known to take no element twice: `x[np.arange(n), columns]`.

    Args:
        is_count: whether an expression is a call `np.arange(n)`.
    """
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    gathered = [part for part in parts if _part(part, facts) != "basic"]
    if not any(is_count(part) for part in gathered):
        return False
    return all(
        is_count(p) or (isinstance(p, gast.Name) and rank(facts.get(p.id)) in (0, 1)) for p in gathered
    )


def _part(node: gast.expr, facts: Mapping[str, Value]) -> IndexKind:
    match node:
        case gast.Slice():
            return "basic"
        case gast.Constant(value=value):
            return "mask" if isinstance(value, bool) else "basic"
        case gast.Name(id=name):
            return _value(facts.get(name))
        case gast.Attribute(attr="newaxis"):
            return "basic"
        case gast.UnaryOp(op=gast.USub() | gast.UAdd(), operand=operand):
            return _part(operand, facts)
        case gast.UnaryOp(op=gast.Invert(), operand=operand):
            return _part(operand, facts)
        case gast.BinOp(left=left, right=right):
            kinds = {_part(left, facts), _part(right, facts)}
            if kinds == {"basic"}:
                return "basic"
            return "mask" if kinds == {"mask"} else "gather" if "gather" in kinds else "unknown"
        case gast.Compare(left=left, comparators=[right]):
            kinds = {_part(left, facts), _part(right, facts)}
            return "mask" if kinds != {"basic"} and "unknown" not in kinds else "unknown"
        case gast.Call(func=gast.Name(id="len" | "int" | "slice")):
            return "basic"
        case gast.List():
            return "gather"
    return "unknown"


def _value(value: Value | None) -> IndexKind:
    match value:
        case Number(kind="bool"):
            return "mask"
        case Number() | Static() | Scalar():
            return "basic"
        case Array(scalar=True, dtype=dtype):
            return "mask" if dtype == "bool" else "basic" if dtype else "unknown"
        case Sequence() | ListOf():
            return "gather"
        case Array(scalar=False, dtype=str(dtype)):
            return "mask" if dtype == "bool" else "gather"
    return "unknown"
