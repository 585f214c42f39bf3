"""Statements, one after the other."""

from __future__ import annotations

import operator
from typing import Any

import gast

from tapegen.lang import build
from tapegen.transforms.objects.attributes import set_attribute
from tapegen.transforms.objects.containers import get_item, plain_index, set_item
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.expressions import evaluate
from tapegen.transforms.objects.flow import assign, branch
from tapegen.transforms.objects.heap import Data, Ref, Tup
from tapegen.transforms.objects.loops import loop
from tapegen.transforms.objects.operators import in_place, truth


def block(work: Evaluator, body: list[gast.stmt]) -> None:
    """Run statements."""
    for stmt in body:
        work.origin = getattr(stmt, "origin", None) or work.origin
        _statement(work, stmt)


def _statement(work: Evaluator, stmt: Any) -> None:
    match stmt:
        case gast.Assign(targets=[gast.Name(id=name)]):
            assign(work, name, evaluate(work, stmt.value))
        case gast.Assign(targets=[gast.Tuple(elts=targets)], value=gast.Tuple(elts=values)):
            found = [evaluate(work, value) for value in values]
            for target, value in zip(targets, found, strict=True):
                assign(work, target.id, value)
        case gast.Assign(targets=[gast.Attribute(value=owner, attr=name)]):
            set_attribute(work, evaluate(work, owner), name, evaluate(work, stmt.value))
        case gast.Assign(targets=[gast.Subscript(value=owner, slice=index)]):
            base, place = evaluate(work, owner), evaluate(work, index)
            set_item(work, base, place, evaluate(work, stmt.value))
        case gast.AugAssign(target=gast.Subscript(value=owner, slice=index)):
            _accumulate(work, stmt, evaluate(work, owner), evaluate(work, index), evaluate(work, stmt.value))
        case gast.Expr(value=value):
            _effect(work, evaluate(work, value))
        case gast.If():
            branch(work, stmt)
        case gast.For() | gast.While():
            loop(work, stmt)
        case gast.Raise():
            exc = None if stmt.exc is None else work.residual(evaluate(work, stmt.exc))
            cause = None if stmt.cause is None else work.residual(evaluate(work, stmt.cause))
            work.emit(gast.Raise(exc=exc, cause=cause))
        case gast.Assert():
            known = truth(work, evaluate(work, stmt.test))
            if known is not True:
                test = build.constant(False) if known is False else work.residual(known)
                message = None if stmt.msg is None else work.residual(evaluate(work, stmt.msg))
                work.emit(gast.Assert(test=test, msg=message))
        case gast.Pass():
            pass
        case _:
            raise work.refuse(
                f"cannot follow a statement of kind {type(stmt).__name__}",
                why="objects are taken apart here",
                instead="write it with plain assignments",
            )


def _effect(work: Evaluator, value: Any) -> None:
    """A call that is left for its effect is a statement; anything else was computed for what it does here."""
    if isinstance(value, Data) and isinstance(value.node, gast.Call):
        work.emit(build.expression(value.node))


def _accumulate(work: Evaluator, stmt: gast.AugAssign, owner: Any, index: Any, value: Any) -> None:
    """`owner[index] op= value`."""
    if isinstance(owner, (Ref, Tup)):
        old = work.bound(get_item(work, owner, index), "old")
        if isinstance(old, Data):
            # What `+=` means for it depends on its type, which is settled when that is known.
            new = work.bound(_augmented(work, stmt.op, old, value), "new")
        else:
            new = in_place(work, stmt.op, old, value)
        set_item(work, owner, index, new)
        return
    place = evaluate_place(work, owner, index)
    work.emit(gast.AugAssign(target=place, op=stmt.op, value=work.atom(value)))


def evaluate_place(work: Evaluator, owner: Any, index: Any) -> gast.Subscript:
    """The target `owner[index]` in what is left."""

    return gast.Subscript(value=work.atom(owner), slice=plain_index(work, index), ctx=gast.Store())


def _augmented(work: Evaluator, op: Any, old: Data, value: Any) -> Any:
    name = _IN_PLACE[type(op)]
    func = gast.Attribute(value=work.imported(operator, "operator"), attr=name, ctx=gast.Load())
    return Data(build.call(func, work.residual(old), work.atom(value)))


_IN_PLACE = {
    gast.Add: "iadd", gast.Sub: "isub", gast.Mult: "imul", gast.Div: "itruediv", gast.Pow: "ipow",
    gast.MatMult: "imatmul", gast.FloorDiv: "ifloordiv", gast.Mod: "imod",
}  # fmt: skip
