"""Functions that are arguments: the code for a call is linked with those that it gets, as with those known by name.

def descend(loss, x):                       descend(np.cos, x), tg.grad(descend, 1)(my_loss, x)
    return x - 0.1 * loss(x)
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from tapegen.linker import Linked, Linker, Node
from tapegen.transforms.function_values import is_function, is_table
from tapegen.transforms.methods_given import is_bound_method, with_methods

REMEMBERED = 256
"""So many choices of functions are remembered; a lambda that is written in the call is a new one each time."""
_PLAIN: frozenset[type] = frozenset({np.ndarray, float, int, bool, complex, str, type(None)})


class _Same:
    """A value as a key: equal to another of the same functions, whatever the data beside them."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = _functions(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _functions(value: Any) -> Any:
    if is_bound_method(value):
        return is_bound_method, value.__func__
    if is_function(value):
        return value
    if type(value) in (list, tuple):
        return type(value), *map(_functions, value)
    if type(value) is dict:
        return dict, tuple(value), *map(_functions, value.values())
    return None


def with_functions(linked: Linked, own: list[Any]) -> tuple[Linked, list[Any]]:
    """The function for the functions among the arguments of a call, and its arguments: the object for a bound method.

    It is linked again when something that these functions call was rebound.
    """
    given = tuple(
        (name, _Same(value))
        for name, value in zip(linked.own_params, own, strict=True)
        if type(value) not in _PLAIN and (is_function(value) or is_table(value))
    )
    if not given:
        return linked, own
    found = _linked(linked, given)
    if not found.is_current():
        _linked.cache_clear()
        found = _linked(linked, given)
    return found, [value.__self__ if is_bound_method(value) else value for value in own]


@functools.lru_cache(maxsize=REMEMBERED)
def _linked(linked: Linked, given: tuple[tuple[str, _Same], ...]) -> Linked:
    """The same function with direct calls of what it is given. The parameters stay."""
    linker = Linker()
    values = {name: same.value for name, same in given}
    methods = {name: value.__func__ for name, value in values.items() if is_bound_method(value)}
    functions = {name: value for name, value in values.items() if name not in methods}
    node = Node(linked.signature, own=linked.own_params, free=dict(linked.free), given=functions)
    node.stages.extend(linked.stages)
    linker.follow(node, with_methods(linked.core, methods))
    found = linker.finish(node)
    return replace(found, guards=(*linked.guards, *found.guards), unroll=linked.unroll)
