"""Adjoints of calls of Python functions that are not inlined: the callee's own pair.

`y = f(a)` becomes `y, residuals = f_fwd(a)` in the forward sweep and `a_bar = f_adj(residuals, y_bar)` in the adjoint.
Recursion needs nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gast

from tapegen.lang import build
from tapegen.lang.core import lookup
from tapegen.transforms.scope import Scope, bar

if TYPE_CHECKING:
    from tapegen.transforms.contributions import Slots
    from tapegen.transforms.snapshots import Reader
    from tapegen.transforms.sweeper import Sweeper


def followed_arguments(scope: Scope, call: gast.Call) -> list[gast.expr] | None:
    """The arguments of a call of a function whose source is followed, hidden ones included; else None."""
    callee = lookup(scope.core, call.func)
    if callee is None or scope.callees is None:
        return None
    return scope.callees.arguments(callee, call, scope)


def call_adjoint(
    sweeper: Sweeper,
    stmt: gast.stmt,
    target: str,
    call: gast.Call,
    arguments: list[gast.expr],
    ct: gast.expr,
    slots: Slots,
    reader: Reader,
) -> list[gast.stmt]:
    """Write the adjoint of `target = f(arguments)`, and return its forward sweep.

    The callee's residuals may hold its arguments, so arrays that are written later are passed as copies.
    """
    scope = sweeper.scope
    assert scope.callees is not None
    origin = getattr(stmt, "origin", None)
    active = [scope.is_active(node) for node in arguments]
    forward, adjoint = scope.callees.pair(
        lookup(scope.core, call.func), [scope.fact(a) for a in arguments], active
    )
    both, residuals = scope.namer(f"{target}_pair"), scope.namer(f"{target}_residuals")
    cts = scope.bind(build.call(scope.generated(adjoint), build.load(residuals), ct), f"{target}_cts")
    for index, node in enumerate(n for n, wanted in zip(arguments, active, strict=True) if wanted):
        part = gast.Subscript(value=cts, slice=build.constant(index), ctx=gast.Load())
        sweeper.add(slots, node.id, scope.bind(part, bar(node.id)), maybe_zero=not scope.is_number(node.id))

    def item(name: str, index: int) -> gast.stmt:
        part = gast.Subscript(value=build.load(both), slice=build.constant(index), ctx=gast.Load())
        return build.assign(name, part, origin)

    run = build.assign(both, build.call(scope.generated(forward), *map(reader, arguments)), origin)
    return [run, item(target, 0), item(residuals, 1)]
