"""Operations for calls, and calls whose like was recorded before: how to record them, without asking the rule again."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from ..rules.registry import Rule
from .operations import RuleOperation
from .state import new_key
from .tensor import Tensor, frozen, make

_operations: dict[Any, RuleOperation] = {}


def operation_for(rule: Rule, active: tuple[int, ...], arrays: Sequence[Any], kind: str) -> RuleOperation:
    """The operation for a call: one for each set of active arguments, body of the rule, and sort of number."""
    if rule.complex == "adjoint" and rule.kind in ("elementwise", "reduction"):
        kind = "".join([a.dtype.kind for a in arrays if type(a) is np.ndarray or isinstance(a, np.generic)])
    key: Any = (rule, active, kind)
    if rule.cases:
        key = (*key, rule.body_for([getattr(a, "ndim", 0) for a in arrays], arrays))
    elif rule.variants:
        key = (*key, *[getattr(a, "ndim", 0) for a in arrays[:2]])
    found = _operations.get(key)
    if found is None:
        found = _operations[key] = RuleOperation(rule, active, arrays)
    return found


Plan = tuple[RuleOperation, tuple[Any, ...], str]
"""The operation, the arguments after those given by position, and the sort of number of the result.

That is not decided by the arguments: the roots of a polynomial are real or complex by its values.
"""

plans: dict[Any, Plan] = {}
_STATIC = frozenset({int, bool, str, type(None), tuple})


def kinds_of(
    function: Any, args: Sequence[Any], kwargs: dict[str, Any] | None, known: Container[int]
) -> tuple[Any, ...] | None:
    """What decides how a call is recorded: ranks, dtypes, who is followed, the values of options.

    None if there are arrays, lists or floats among the arguments, or nothing is followed.
    """
    kinds: list[Any] = [function]
    followed = False
    for a in args:
        kind = type(a)
        if kind is Tensor:
            active = a._key in known
            followed = followed or active
            kinds.append((a._a.ndim, a._a.dtype, active))
        elif kind in _STATIC:
            kinds.append((kind, a))
        else:
            return None
    if not followed:
        return None
    if kwargs:
        for name, value in kwargs.items():
            if type(value) not in _STATIC:
                return None
            kinds.append((name, type(value), value))
    found = tuple(kinds)
    try:
        hash(found)
    except TypeError:  # a list in a tuple
        return None
    return found


def learn(key: Any, rule: Rule, args: Sequence[Any], bound: Sequence[Any], out: Any) -> None:
    """Remember how such a call is recorded, if its arguments are bound as they come."""
    count = len(args)
    given = [a._a if type(a) is Tensor else a for a in args]
    if rule.variadic is not None or any(a is not b for a, b in zip(given, bound, strict=False)):
        return
    tail = tuple(bound[count:])
    if any(type(b) not in _STATIC for b in tail):
        return
    active = tuple([i for i in rule.wrt if i < count and type(args[i]) is Tensor and key[1 + i][2]])
    if active:
        if len(plans) > 10_000:
            plans.clear()
        kind = out.dtype.kind
        plans[key] = (operation_for(rule, active, bound, kind), tail, kind)


def record_planned(plan: Plan, args: Sequence[Any], arrays: list[Any], out: Any, recorder: Any) -> Tensor:
    """Record a call whose like was recorded before."""
    operation, tail, _ = plan
    if type(out) is not np.ndarray or not out.ndim:
        out = frozen(out)
    result = make(out)
    result._key = name = new_key()
    recorder.known.add(name)
    keys = tuple([a._key if type(a) is Tensor else None for a in args])
    if tail:
        keys += (None,) * len(tail)
        arrays += tail
    recorder.nodes.append((name, keys, operation, operation.save_tensors(arrays, out)))
    return result
