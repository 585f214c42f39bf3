"""A function that has been linked: its body, what it calls, and where its hidden parameters are read."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tapegen.analysis.outside import fresh_results, writes_arguments
from tapegen.frontend.resolve import FreeVariable, Guard
from tapegen.lang.core import Core

Stage = tuple[str, Core]


@dataclass(frozen=True, eq=False)
class Linked:
    """A function, with what it calls.

    Attributes:
        core: the function with its inlined callees, in single assignment; hidden parameters last.
        signature: of the function itself.
        free: where the hidden parameters are read.
        guards: what must not have been rebound since.
        callees: the functions that it calls by their pairs.
        stages: how it came about.
        unroll: the longest loop that is unrolled; None for the usual limits.
        recomputed: whether its adjoint runs it again, for nothing but its arguments is kept.
        snapshots: so many states of each of its loops are kept at once, or "log"; None for all that is needed.
        again: whether it is generated code, which is differentiated once more.
        remembered: what was found out about it.
        watched: what must not have been rebound for what is remembered.
    """

    core: Core
    signature: inspect.Signature
    free: Mapping[str, FreeVariable]
    guards: tuple[Guard, ...]
    callees: Mapping[Any, Linked]
    stages: tuple[Stage, ...] = field(repr=False, default=())
    unroll: int | None = None
    recomputed: bool = False
    snapshots: int | Literal["log"] | None = None
    again: bool = False
    remembered: dict[Any, Any] = field(repr=False, default_factory=dict)
    watched: list[Guard] = field(repr=False, default_factory=list)

    def is_current(self) -> bool:
        """Whether every function and module that was looked up is still the same."""
        return all(guard.holds() for guard in (*self.guards, *self.watched))

    @property
    def is_plain(self) -> bool:
        """Whether the parameters can all be given by position, one argument each."""
        return all(
            p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in self.signature.parameters.values()
        )

    @property
    def own_params(self) -> list[str]:
        """The function's own parameters."""
        return self.core.params[: len(self.core.params) - len(self.free)]

    def callee(self, obj: Any) -> Linked | None:
        """The function that `obj` is, if this one calls it and it is not inlined."""
        return self.callees.get(obj) if type(obj).__hash__ is not None else None

    def reached(self) -> dict[Any, Linked]:
        """The functions that it calls, and that these call."""
        found, work = dict(self.callees), [*self.callees.values()]
        while work:
            new = {obj: callee for obj, callee in work.pop().callees.items() if obj not in found}
            found |= new
            work += new.values()
        return found

    @property
    def is_recursive(self) -> bool:
        """Whether the function may call itself, through others if need be."""
        return self in self.reached().values()

    def fresh_callees(self) -> list[Any]:
        """The functions that it leads to whose results share no memory with their arguments."""
        known = self.remembered.get("fresh_callees")
        if known is None:
            bodies = {obj: (callee.core, callee.own_params) for obj, callee in self.reached().items()}
            known = self.remembered["fresh_callees"] = fresh_results(bodies)
        return list(known)

    def readers(self) -> list[Any]:
        """The functions that it leads to which only read what they are given."""
        known = self.remembered.get("readers")
        if known is None:
            bodies = {obj: callee for obj, callee in self.reached().items() if obj in self.fresh_callees()}
            found = [o for o, c in bodies.items() if not writes_arguments(c.core, c.own_params)]
            known = self.remembered["readers"] = found
        return list(known)

    def hidden_for(self, callee: Linked) -> list[str]:
        """The names under which this function has the hidden parameters of a callee."""
        return [find_hidden(self.free, variable) or name for name, variable in callee.free.items()]


def find_hidden(free: Mapping[str, FreeVariable], variable: FreeVariable) -> str | None:
    """The name of the hidden parameter through which a variable from outside comes, or None."""
    for name, known in free.items():
        if known.holder is variable.holder and known.key == variable.key:
            return name
    return None
