"""The shortest way onto a tape: elementwise functions and indexing of Tensors, with one tape recording."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from ..rules.registry import Rule, rule_for
from .operations import PICK, Broadcast, FastOperation, Total, shape_only, sum_plan
from .record import apply, record_rule
from .state import new_key, state
from .tensor import Tensor, make


class Fast:
    """The operations of an elementwise function on operands of one shape and real dtype, by which operands are active.

    `both`, `left`, `right` are made when first read. They are None where the rule must be read by `RuleOperation`,
    as its partials change the dtype.
    """

    __slots__ = ("both", "function", "left", "right")
    both: FastOperation | None
    left: FastOperation | None
    right: FastOperation | None

    def __init__(self, function: Any) -> None:
        self.function = function

    def __getattr__(self, name: str) -> Any:
        """Called for a slot that is still empty."""
        active = {"left": (0,), "right": (1,), "both": (0, 1)}.get(name)
        if active is None:
            raise AttributeError(name)
        operation = _fast(rule_for(self.function), active)
        setattr(self, name, operation)
        return operation


def _fast(rule: Rule | None, active: tuple[int, ...]) -> FastOperation | None:
    """The fast operation, if it keeps float32 as it is, for arrays and for scalars."""
    if rule is None or rule.kind != "elementwise" or any(i not in rule.wrt for i in active):
        return None
    operation = FastOperation(rule, active)
    with np.errstate(all="ignore"):
        for half in (np.full(2, 0.5, np.float32), np.float32(0.5)):
            found = operation.pull(half, (half,) * (len(rule.params) + 1))
            parts = found if isinstance(found, tuple) else (found,)
            if any(getattr(part, "dtype", None) != np.float32 for part in parts):
                return None
    return operation


_broadcast = functools.cache(Broadcast)


def record_pick(x: Tensor, index: Any, out: Any) -> Tensor:
    """Record `x[index]`, of which `out` is the value, for an index of integers and slices."""
    recorders = state.recorders
    key = x._key
    if not recorders or key is None or out.dtype.kind not in "fc":
        return make(out)
    if len(recorders) == 1 and not recorders[0].forward:
        (recorder,) = recorders
        result = make(out)
        if key in recorder.known:
            result._key = name = new_key()
            recorder.known.add(name)
            recorder.nodes.append((name, (key, None), PICK, (shape_only(x._a), index)))
        return result
    return record_rule(_getitem_rule, (x, index), out, recorders)  # type: ignore[no-any-return]


_getitem_rule: Any = rule_for(operator.getitem)


_sum_rule: Any = rule_for(np.sum)
_TAIL = tuple(_sum_rule.bind((np.ones(1),), {})[1:])  # the other arguments of `np.sum`


@functools.cache
def _total() -> Total:
    operation = Total(_sum_rule, (0,), (np.ones(1), *_TAIL))
    operation.single = 0
    return operation


def total(x: Tensor) -> Tensor:
    """The sum of all elements."""
    a, key, recorders = x._a, x._key, state.recorders
    if not recorders or key is None or type(a) is not np.ndarray or a.dtype.kind != "f":
        return apply(np.sum, (x,))  # type: ignore[no-any-return]
    (recorder, *others) = recorders
    if others or recorder.forward or key not in recorder.known:
        return apply(np.sum, (x,))  # type: ignore[no-any-return]
    result = make(np.add.reduce(a, None))
    result._key = name = new_key()
    recorder.known.add(name)
    recorder.nodes.append((name, (key,), _total(), (shape_only(a), *_TAIL, result._a)))
    return result


def record_unary(fast: Fast, t: Tensor, out: Any, recorders: tuple[Any, ...]) -> Tensor:
    """Record `fast.function(t)`, of which `out` is the value."""
    operation = fast.left
    key = t._key
    if len(recorders) == 1 and operation is not None and out.dtype is t._a.dtype and out.dtype.kind == "f":
        (recorder,) = recorders
        if not recorder.forward:
            result = make(out)
            if key in recorder.known:
                result._key = name = new_key()
                recorder.known.add(name)
                saved = (t._a if operation.reads[0] else None, out if operation.reads_out else None)
                recorder.nodes.append((name, (key,), operation, saved))
            return result
    rule = rule_for(fast.function)
    return record_rule(rule, (t,), out, recorders)  # type: ignore[no-any-return]


def record_binary(fast: Fast, x: Any, y: Any, out: Any, recorders: tuple[Any, ...]) -> Tensor:
    """Record `fast.function(x, y)`; `x` and `y` are Tensors or Python numbers, Tensors of one real dtype."""
    if len(recorders) == 1:
        (recorder,) = recorders
        if not recorder.forward:
            known = recorder.known
            kind = type(x)
            numeric = kind is float or kind is int
            a, left = (x, None) if numeric else (x._a, x._key)
            kind = type(y)
            number = kind is float or kind is int
            if number:
                b, right, alike = y, None, True
            else:
                b, right = y._a, y._key
                alike = numeric or a.shape == b.shape
            in_left, in_right = left in known, right in known
            if not (in_left or in_right):
                return make(out)
            operation: Any = (fast.both if in_right else fast.left) if in_left else fast.right
            if operation is not None and out.dtype.kind == "f":
                result = make(out)
                result._key = name = new_key()
                known.add(name)
                reads = operation.reads
                saved: Any = (
                    a if numeric or reads[0] else None,
                    b if number or reads[1] else None,
                    out if operation.reads_out else None,
                )
                if not alike:
                    operands = (a, b)
                    whole = out.shape
                    saved = (*saved, [sum_plan(operands[i].shape, whole) for i in operation.active])
                    operation = _broadcast(operation)
                recorder.nodes.append((name, (left, right), operation, saved))
                return result
    rule = rule_for(fast.function)
    return record_rule(rule, (x, y), out, recorders)  # type: ignore[no-any-return]
