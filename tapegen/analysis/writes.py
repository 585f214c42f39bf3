"""Which variables' memory a statement writes in place."""

from __future__ import annotations

from collections.abc import Iterator

import gast

from tapegen.analysis.aliasing import writing_method
from tapegen.lang.core import Core, lookup
from tapegen.rules import tables


def written_names(core: Core, stmt: gast.stmt) -> Iterator[str]:
    """Names of the variables whose array or container `stmt` itself writes, not the blocks inside it."""
    match stmt:
        case gast.Assign(targets=[gast.Subscript(value=base) | gast.Attribute(value=base)]):
            yield from _root(base)
        case gast.AugAssign(target=gast.Subscript(value=base) | gast.Attribute(value=base)):
            yield from _root(base)
        case gast.AugAssign(target=gast.Name(id=name)):
            yield name
    value = getattr(stmt, "value", None)
    if isinstance(value, gast.Call):
        yield from written_operands(core, value)


def written_operands(core: Core, call: gast.Call) -> Iterator[str]:
    """Names of the operands that a call writes."""
    callee = lookup(core, call.func)
    if callee is None:
        if isinstance(call.func, gast.Attribute) and writing_method(call):
            yield from _root(call.func.value)
        return
    mutated = tables.MUTATES.get(callee) if type(callee).__hash__ is not None else None
    if mutated is not None and mutated < len(call.args):
        yield from _root(call.args[mutated])


def _root(node: gast.AST) -> Iterator[str]:
    while isinstance(node, (gast.Subscript, gast.Attribute)):
        node = node.value
    if isinstance(node, gast.Name):
        yield node.id
