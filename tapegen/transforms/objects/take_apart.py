"""Takes objects of the user's own classes apart: what is left are their attributes, as plain variables."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from tapegen.analysis.values import UNKNOWN
from tapegen.analysis.values import Value as Fact
from tapegen.kernels.objects import check_distinct
from tapegen.lang import build
from tapegen.lang.core import Core, loaded_names
from tapegen.transforms.objects.calls import apply
from tapegen.transforms.objects.entry import argument, without_unread
from tapegen.transforms.objects.evaluate import Doors, Evaluator, Sources
from tapegen.transforms.objects.expressions import evaluate
from tapegen.transforms.objects.heap import LeaveWhole, NeedsUnrolling, TakeApart
from tapegen.transforms.objects.statements import block

DOORS = Doors(evaluate, apply, block)


def take_apart(core: Core, sources: Sources, facts: Mapping[str, Fact]) -> Core:
    """`core` without objects of the user's own classes: their attributes are variables, their methods inlined.

    Args:
        facts: what is known of the parameters.

    Raises: TransformError where an object cannot be followed.
    """
    sites: dict[int, bool] = {}  # lists and dicts that are left whole, and such that must not be
    while True:
        work = Evaluator(core, sources, facts, sites, DOORS)
        env = {name: argument(work, name, build.load(name), facts.get(name, UNKNOWN)) for name in core.params}
        entry = len(work.out)
        try:
            value = work.atom(work.run(core, env))
        except LeaveWhole as again:
            sites[again.site] = True
            continue
        except NeedsUnrolling as error:
            raise work.refuse(
                "cannot follow the objects here",
                why=error.why,
                instead="index with integers that are known, or loop over the list",
            ) from None
        except TakeApart as again:
            sites[again.site] = False
            continue
        work.out[entry:entry] = _checks(work)
        body = [*without_unread(work, work.out), build.return_(value, getattr(core.body[-1], "origin", None))]
        tree = build.function(core.tree.name, core.params, body, getattr(core.tree, "origin", None))
        namespace = {**core.namespace, **work.namespace}
        used = loaded_names(tree)
        return Core(tree, {name: obj for name, obj in namespace.items() if name in used})


def _checks(work: Evaluator) -> list[gast.stmt]:
    """Checks that the caller's objects which are written are not the same as others."""
    found: list[gast.stmt] = []
    for cls in {work.cells[number].cls: None for number in sorted(work.mirrored)}:
        sources = [cell.source for cell in work.cells if cell.cls is cls and cell.source is not None]
        if len(sources) > 1:
            check = work.imported(check_distinct, "check_distinct")
            found.append(build.expression(build.call(check, *map(build.load, sources)), work.origin))
    return found
