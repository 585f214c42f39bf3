"""Links a function whose objects are taken apart: what their methods call and read is known only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tapegen.analysis.user_classes import has_behaviour, holds_object, names_of
from tapegen.analysis.values import Value
from tapegen.errors import TransformError
from tapegen.frontend.lower import lower
from tapegen.frontend.resolve import FreeVariable, Guard
from tapegen.lang.core import Core
from tapegen.lang.names import Namer
from tapegen.linker import Linked, Linker, Node, find_hidden, python_function, with_params
from tapegen.transforms.objects.heap import NeedsLengths as NeedsLengths
from tapegen.transforms.objects.take_apart import take_apart
from tapegen.transforms.spellings import called_objects


def meets_objects(linked: Linked, values: Sequence[Value]) -> bool:
    """Whether a function gets or makes objects of classes of the user's own."""
    return any(map(holds_object, values)) or _meets_objects(linked)


def _meets_objects(linked: Linked) -> bool:
    """Whether a function, or one that it calls, makes objects."""
    known = linked.remembered.get("meets_objects")
    if known is None:
        found, work = {linked}, [linked]
        for one in work:
            fresh = [c for c in one.callees.values() if c not in found]
            found.update(fresh)
            work.extend(fresh)
        known = linked.remembered["meets_objects"] = any(makes_objects(one.core) for one in found)
    return bool(known)


class NeedsHidden(TransformError):
    """The methods that a function calls read data from outside, which the function is to get as hidden parameters."""

    def __init__(self, variables: Sequence[FreeVariable]) -> None:
        names = ", ".join(v.key for v in variables)
        super().__init__(
            f"cannot follow methods that read {names}", why="they are read when the function runs"
        )
        self.variables = tuple(variables)


def with_free(linked: Linked, variables: Sequence[FreeVariable]) -> Linked:
    """The function with further hidden parameters."""
    free = dict(linked.free)
    namer = Namer({*linked.core.names, *linked.core.params, *linked.core.namespace})
    for variable in variables:
        if find_hidden(free, variable) is None:
            free[namer(variable.key)] = variable
    if len(free) == len(linked.free):
        return linked
    core = with_params(linked.core, [*linked.own_params, *free])
    return replace(linked, core=core, free=free, remembered={}, watched=[])


def without_objects(linked: Linked, values: Sequence[Value]) -> Linked:
    """The function with the objects of the user's own classes taken apart, for arguments of these descriptions.

    Raises: TransformError where an object cannot be followed; NeedsHidden if methods read data from outside.
    """
    found = linked.remembered.get(tuple(values))
    if found is None:
        linker = Linker()
        sources = _Sources(linker, linked)
        try:
            core = take_apart(linked.core, sources, dict(zip(linked.core.params, values, strict=True)))
        except TransformError:
            if len(sources.free) > len(
                linked.free
            ):  # one of them may be an object, whose class was not known
                raise NeedsHidden(
                    [v for v in sources.free.values() if find_hidden(linked.free, v) is None]
                ) from None
            raise
        node = Node(linked.signature, free=dict(sources.free), own=linked.own_params)
        node.stages.extend(
            [*linked.stages, ("objects taken apart", with_params(core, [*node.own, *node.free]))]
        )
        linker.follow(node, core)
        found = linker.finish(node)
        more = [v for v in found.free.values() if find_hidden(linked.free, v) is None]
        if more:
            raise NeedsHidden(more)
        guards = [*linked.guards, *found.guards, *sources.guards]
        linked.watched.extend([*found.guards, *sources.guards])
        found = linked.remembered[tuple(values)] = replace(found, guards=tuple(guards))
    return found


class _Sources:
    """The functions and data that methods lead to."""

    def __init__(self, linker: Linker, linked: Linked) -> None:
        self.linker = linker
        self.free: dict[str, FreeVariable] = dict(linked.free)
        self.namer = Namer({*linked.core.names, *linked.core.params, *linked.core.namespace})
        self.guards: list[Guard] = []
        self._lowered: dict[Any, Any] = {}
        self._touches: dict[Any, bool] = {}

    def lowered(self, function: Any) -> Any:
        """A Python function in Core."""
        known = self._lowered.get(function)
        if known is None:
            known = self._lowered[function] = lower(function)
            self.guards.extend(known.guards)
        return known

    def followed(self, obj: Any) -> Any:
        """The Python function to follow for a callee, or None."""
        return python_function(obj) if type(obj).__hash__ is not None else None

    def touches(self, function: Any) -> bool:
        """Whether a function, or one that it calls, makes objects."""
        known = self._touches.get(function)
        if known is None:
            self._touches[function] = False  # where it calls itself
            core = self.lowered(function).core
            followed = (self.followed(obj) for obj in called_objects(core) if obj is not None)
            known = makes_objects(core) or any(self.touches(f) for f in followed if f is not None)
            self._touches[function] = known
        return known

    def hidden(self, variable: FreeVariable) -> str:
        """The parameter through which data from outside come."""
        found = find_hidden(self.free, variable)
        if found is None:
            found = self.namer(variable.key)
            self.free[found] = variable
        return found

    def data_of_class(self, cls: type, name: str) -> str:
        """The parameter for an attribute of a class that is data."""
        variable = FreeVariable("class", names_of(cls), name)
        found = find_hidden(self.free, variable)
        if found is None:
            found = self.namer(f"{cls.__name__}_{name}")
            self.free[found] = variable
        return found

    def guard(self, cls: type, name: str, value: Any) -> None:
        """Notice when the attribute of a class is no longer `value`."""
        if not any(g.holder is names_of(cls) and g.key == name for g in self.guards):
            self.guards.append(Guard(names_of(cls), name, value))


def makes_objects(core: Core) -> bool:
    """Whether a function calls a class of the user's own that is more than a record, or a method of one."""
    return any(map(has_behaviour, called_objects(core))) or any(map(has_behaviour, core.namespace.values()))
