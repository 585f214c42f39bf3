"""Which callees make containers, and which hold on to none of those that they are given."""

from __future__ import annotations

import builtins
import collections
from typing import Any

import gast

from tapegen.kernels.functions import exception_in
from tapegen.rules import registry

MAKERS: dict[Any, type] = {
    builtins.list: list,
    builtins.tuple: tuple,
    builtins.dict: dict,
    builtins.set: set,
}

COLLECTIONS = (collections.defaultdict, collections.OrderedDict, collections.Counter, collections.deque)


def makes_containers(callee: Any) -> bool:
    """Whether a callee is a class of containers."""
    return any(callee is maker for maker in (*MAKERS, *COLLECTIONS))


_FRESH_BUILTINS = (
    len,
    print,
    str,
    repr,
    sum,
    abs,
    float,
    int,
    bool,
    isinstance,
    type,
    any,
    all,
    hash,
    id,
    format,
    exception_in,
)


def is_bounded(node: gast.Call) -> bool:
    """Whether a call of `deque` says how long it is at most."""
    return len(node.args) == 2 or any(k.arg == "maxlen" for k in node.keywords)


def is_fresh(callee: Any) -> bool:
    """Whether the result of a callee holds on to none of the containers that it is given."""
    if callee is None:
        return False
    if any(callee is known for known in _FRESH_BUILTINS):
        return True
    return (registry.rule_for(callee) is not None or registry.is_constant(callee)) and not str(
        getattr(callee, "__module__", "")
    ).startswith("tapegen.")
