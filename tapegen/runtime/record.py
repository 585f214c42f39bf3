"""The two doors to the tapes: `apply` for operations with a rule, `record` for those that bring their own pullback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..kernels import scatter_like, unbroadcast, zeros_like
from ..rules.evaluate import pushforward
from ..rules.registry import Rule, qualified_name, rule_for
from .operations import (
    Recorded,
    Unsupported,
    as_tensors,
    shape_only,
)
from .planned import kinds_of, learn, operation_for, plans, record_planned
from .quick import QUICK
from .registration import pullback_of, registered
from .state import left, new_key, recording_into, state
from .tensor import Tensor, frozen, make
from .variable import Variable

__all__ = ["apply", "is_recording", "record", "resolve", "scatter_like", "unbroadcast", "wrap"]

_PLAIN = frozenset({int, float, bool, str, type(None), slice, np.ndarray, complex, type(Ellipsis), np.dtype})


def resolve(value: Any) -> Any:
    """An argument with its Variables read; lists are looked into."""
    kind = type(value)
    if kind is Tensor or kind in _PLAIN:
        return value
    if isinstance(value, Variable):
        return value._read()
    if kind is list or kind is tuple:
        return kind([resolve(part) for part in value])
    if kind is dict:
        return {name: resolve(part) for name, part in value.items()}
    return value


def raw(value: Any) -> Any:
    """A resolved argument with arrays for its Tensors."""
    kind = type(value)
    if kind is Tensor:
        return value._a
    if kind in _PLAIN:
        return value
    if isinstance(value, Tensor):
        return value._a
    if kind is list or kind is tuple:
        return kind([raw(part) for part in value])
    if kind is dict:
        return {name: raw(part) for name, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make([raw(part) for part in value])
    return value


def key_of(value: Any) -> Any:
    """The key of an argument: None, an integer, or a tuple for a list of arrays."""
    if isinstance(value, Tensor):
        return value._key
    if isinstance(value, (list, tuple)):
        keys = tuple(map(key_of, value))
        return keys if any(k is not None for k in keys) else None
    return None


def flat_keys(key: Any) -> Iterator[int]:
    """The integers in a nest of keys."""
    if isinstance(key, (tuple, list)):
        for part in key:
            yield from flat_keys(part)
    elif key is not None:
        yield key


def is_recording(values: Sequence[Any]) -> bool:
    """Whether an active tape or accumulator follows one of `values` (Tensors, Variables, lists of them)."""
    recorders = state.recorders
    for recorder in recorders:
        for value in values:
            if type(value) is Tensor and value._key in recorder.known:
                return True
    return bool(recorders) and any(
        recorder.follows(key_of(value)) for value in map(resolve, values) for recorder in recorders
    )


def apply(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any] | None = None) -> Any:
    """Call a function on Tensors, Variables, arrays, and record the call.

    Returns: what the function returns, with Tensors for arrays and NumPy scalars.
    Raises: TypeError for an argument that the function's rule does not know, where the call is recorded.
    """
    recorders = state.recorders
    key = None
    if len(recorders) == 1 and not recorders[0].forward:
        key = kinds_of(function, args, kwargs, recorders[0].known)
        plan = plans.get(key)
        if plan is not None:
            arrays = [a._a if type(a) is Tensor else a for a in args]
            call = QUICK.get(function, function)
            out = call(*arrays, **kwargs) if kwargs else call(*arrays)
            if out.dtype.kind == plan[2]:
                return record_planned(plan, args, arrays, out, recorders[0])
    keyed = False
    arrays = []
    for i, a in enumerate(args):
        kind = type(a)
        if kind is Tensor:
            arrays.append(a._a)
            if a._key is not None:
                keyed = True
        elif kind in _PLAIN:
            arrays.append(a)
        else:
            a = resolve(a)
            args = [*args[:i], a, *args[i + 1 :]]
            arrays.append(raw(a))
            keyed = keyed or key_of(a) is not None
    call = QUICK.get(function, function)
    if kwargs:
        kwargs = {name: resolve(value) for name, value in kwargs.items()}
        keyed = keyed or any(key_of(value) is not None for value in kwargs.values())
        out = call(*arrays, **{name: raw(value) for name, value in kwargs.items()})
    else:
        out = call(*arrays)
    own = registered(function)
    if own is not None:
        return _record_registered(function, own[0], args, arrays, out)
    if keyed and state.recorders:
        rule = rule_for(function)
        if rule is None:
            keys = tuple([key_of(a) for a in (*args, *(kwargs or {}).values())])
            return _record_unsupported(qualified_name(function), keys, out, state.recorders)
        if rule.kind != "constant":
            bound = _bind(rule, args, kwargs)
            result = record_rule(rule, bound, out, state.recorders)
            if key is not None and type(result) is Tensor and result._key is not None:
                learn(key, rule, args, [raw(b) for b in bound], raw(result))
            return result
        for a in (*args, *(kwargs or {}).values()):
            for part in flat_keys(key_of(a)):
                left(part, f"{rule.name}, which has no derivative")
    return wrap(_unshared(out, arrays, args))


class _Place:
    """Stands for an argument while a call is bound for the first time."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position


_bindings: dict[Any, Any] = {}


def _bind(rule: Rule, args: Sequence[Any], kwargs: dict[str, Any] | None) -> Sequence[Any]:
    """`rule.bind`, remembered for each number of positional and each set of keyword arguments."""
    if rule.variadic is not None:
        return rule.bind(args, kwargs)
    key = (rule, len(args), *kwargs) if kwargs else (rule, len(args))
    found = _bindings.get(key)
    if found is None:
        found = _bindings[key] = _binding(rule, len(args), tuple(kwargs or ()))
    if found is False:
        return rule.bind(args, kwargs)
    tail, template = found
    if template is None:
        return (*args, *tail) if tail else args
    given = (*args, *kwargs.values()) if kwargs else args
    return [given[p.position] if type(p) is _Place else p for p in template]


def _binding(rule: Rule, count: int, names: tuple[str, ...]) -> Any:
    """How to bind such calls: `(defaults to append, None)` or `(None, template)`; False to do it each time."""
    places = [_Place(i) for i in range(count + len(names))]
    try:
        bound = rule.bind(places[:count], dict(zip(names, places[count:], strict=True)))
    except TypeError:
        return False  # a parameter that must keep its default is given, or the call is wrong
    if not names and all(b is p for b, p in zip(bound, places, strict=False)):
        return bound[count:], None
    return None, bound


def wrap(value: Any) -> Any:
    """Tensors for the arrays of a result; other values as they are."""
    if type(value) is np.ndarray and value.ndim and value.dtype.kind in "fciub":
        return make(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return make(frozen(value)) if value.dtype.kind in "fciub" else value
    if type(value) is list or type(value) is tuple:
        return type(value)([wrap(part) for part in value])
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make([wrap(part) for part in value])
    return value


def _unshared(out: Any, arrays: Sequence[Any], given: Sequence[Any]) -> Any:
    """`out`, copied if it may share memory with an argument that is the user's own array."""
    owned = [g for g in given if type(g) is np.ndarray]
    if not owned:
        return out
    if isinstance(out, (list, tuple)):
        parts = [_unshared(part, arrays, given) for part in out]
        return out._make(parts) if hasattr(out, "_make") else type(out)(parts)
    if type(out) is np.ndarray and any(np.may_share_memory(out, a) for a in owned):
        return out.copy()
    return out


def record_rule(rule: Rule | Any, bound: Sequence[Any], out: Any, recorders: tuple[Any, ...]) -> Any:
    """Record a call of a primitive, of which `bound` are the arguments and `out` is the result as arrays."""
    keys = tuple([b._key if type(b) is Tensor else None if type(b) in _PLAIN else key_of(b) for b in bound])
    arrays = [b._a if type(b) is Tensor else b if type(b) in _PLAIN else raw(b) for b in bound]
    out = _unshared(out, arrays, bound)
    for i in rule.lacking:
        if keys[i] is not None and any(recorder.follows(keys[i]) for recorder in recorders):
            return _record_unsupported(f"{rule.name} in its argument {rule.params[i]}", keys, out, recorders)
    result = wrap(out)
    if type(result) is Tensor:
        out = result._a
        if out.dtype.kind not in "fc":
            return result
    else:
        out = raw(result)
        if not _tensors_of(result):
            return result
    out_key: Any = None
    for n, recorder in enumerate(recorders):
        known = recorder.known
        active = tuple(
            [i for i in rule.wrt if (k := keys[i]) in known or (type(k) is tuple and recorder.follows(k))]
        )
        if not active:
            continue
        if out_key is None:
            if type(result) is Tensor:
                out_key = result._key = new_key()
            else:
                out_key = _name(result, _tensors_of(result))
        if recorder.forward:
            args = [as_tensors(a, k) for a, k in zip(arrays, keys, strict=True)]
            _push(recorder, recorders[:n], rule, args, active, result)
        else:
            operation = operation_for(rule, active, arrays, out.dtype.kind if type(result) is Tensor else "")
            recorder.add((out_key, keys, operation, operation.save(arrays, bound, out)))
    return result


def _tensors_of(result: Any) -> list[Tensor]:
    """The Tensors of a result that can have a derivative."""
    if isinstance(result, Tensor):
        return [result] if result._a.dtype.kind in "fc" else []
    if isinstance(result, (list, tuple)):
        return [t for part in result for t in _tensors_of(part)]
    return []


def _name(result: Any, tensors: Sequence[Tensor]) -> Any:
    """Give new keys to the Tensors of a result."""
    for t in tensors:
        t._key = new_key()
    if isinstance(result, Tensor):
        return result._key
    return tuple([key_of(part) for part in result])


def _record_registered(function: Any, gradient: Any, args: Sequence[Any], arrays: Any, out: Any) -> Any:
    """The result of a call whose gradient function was registered; a constant if that is None."""
    outs = list(out) if isinstance(out, tuple) else [out]
    dtypes = [a.dtype for a in arrays if isinstance(a, (np.ndarray, np.generic)) and a.dtype.kind in "fc"]
    if dtypes:  # a function made by `np.frompyfunc` returns objects
        wanted = np.result_type(*dtypes)
        plain = (np.ndarray, np.generic)
        outs = [o if isinstance(o, plain) and o.dtype.kind != "O" else np.asarray(o, wanted) for o in outs]
    if gradient is None:
        found = [make(frozen(o)) for o in outs]
        for key in flat_keys(tuple([key_of(a) for a in args])):
            left(key, f"{qualified_name(function)}, which was registered as a constant")
    else:
        inputs = [a if isinstance(a, Tensor) else make(frozen(a)) for a in args]
        found = []
        found += record(outs, inputs, lambda *cts: pull(*cts), qualified_name(function), tensors=True)
        pull = pullback_of(gradient, qualified_name(function), inputs, found)
    return tuple(found) if isinstance(out, tuple) else found[0]


def _record_unsupported(name: str, keys: tuple[Any, ...], out: Any, recorders: tuple[Any, ...]) -> Any:
    result = wrap(out)
    tensors = _tensors_of(result)
    if tensors:
        out_key = _name(result, tensors)
        for recorder in recorders:
            active = tuple([i for i, k in enumerate(keys) if k is not None and recorder.follows(k)])
            if active and recorder.forward:
                raise LookupError(f"{name} has no derivative rule, so no tangent")
            if active:
                recorder.add((out_key, keys, Unsupported(name, active), (None,)))
    return result


def record(
    outputs: Any,
    inputs: Sequence[Any],
    pullback: Callable[..., Any],
    name: str = "function",
    *,
    tensors: bool = False,
) -> Any:
    """Record a computation that brings its own pullback as one operation.

    Args:
        outputs: an array or Tensor, or a list or tuple of them.
        inputs: Tensors and Variables that it depends on, values it read through closures among them; others are
            constants.
        pullback: takes one cotangent for each output, returns a sequence with one for each of `inputs`, None for
            zero. It is called with arrays, or with Tensors where an active tape or accumulator is to record what it
            does; then it must use recorded operations only, or `record` itself.
        name: for messages and drawings.
        tensors: whether to call `pullback` with Tensors always.
    Returns: `outputs` as fresh Tensors, in the same container.
    """
    recorders = state.recorders
    if len(recorders) == 1 and isinstance(outputs, (np.ndarray, np.generic)) and not recorders[0].forward:
        return _record_one(outputs, inputs, pullback, name, tensors, recorders[0])
    result = _fresh(outputs)
    if not recorders:
        return result
    inputs = [value if type(value) is Tensor else resolve(value) for value in inputs]
    keys = tuple([value._key if type(value) is Tensor else key_of(value) for value in inputs])
    found = _tensors_of(result)
    if not found or all(k is None for k in keys):
        return result
    out_key: Any = None
    for n, recorder in enumerate(recorders):
        active = tuple([i for i, k in enumerate(keys) if k is not None and recorder.follows(k)])
        if not active:
            continue
        if out_key is None:
            out_key = _name(result, found)
        operation = Recorded(name, pullback, active, tensors)
        if recorder.forward:
            _push_recorded(recorder, recorders[:n], operation, inputs, result)
        else:
            shapes = _shapes(result)
            recorder.add((out_key, keys, operation, (shapes,)))
    return result


def _record_one(
    output: Any, inputs: Sequence[Any], pullback: Callable[..., Any], name: str, tensors: bool, recorder: Any
) -> Tensor:
    """Record a computation with one result on one tape."""
    result = make(frozen(output))
    keys = tuple([value._key if type(value) is Tensor else key_of(resolve(value)) for value in inputs])
    known = recorder.known
    active = tuple(
        [i for i, key in enumerate(keys) if key in known or (type(key) is tuple and recorder.follows(key))]
    )
    if active and result._a.dtype.kind in "fc":
        result._key = out = new_key()
        known.add(out)
        recorder.nodes.append((out, keys, Recorded(name, pullback, active, tensors), (None,)))
    return result


def _fresh(outputs: Any) -> Any:
    if type(outputs) is np.ndarray or isinstance(outputs, np.generic):
        return make(frozen(outputs))
    if isinstance(outputs, (list, tuple)):
        parts = [_fresh(part) for part in outputs]
        return outputs._make(parts) if hasattr(outputs, "_make") else type(outputs)(parts)
    return make(frozen(raw(resolve(outputs))))


def _shapes(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return [_shapes(part) for part in result]
    return shape_only(result._a)


# -- forward mode -----------------------------------------------------------------------------------------------------


def _no_transpose(*args: Any) -> Any:
    raise AssertionError("tapegen.runtime.tape was not imported")


# Set by `tape.py`: the transpose of a linear pullback, found by differentiating it with respect to its cotangents.
transpose: Callable[..., Any] = _no_transpose


def _push(
    recorder: Any,
    outer: tuple[Any, ...],
    rule: Rule,
    args: Sequence[Any],
    active: tuple[int, ...],
    result: Any,
) -> None:
    """Give the tangent of a result to an accumulator. What that computes is seen by the recorders around it only."""
    with recording_into(outer, lenient=True):
        tangents = {i: _tangent(recorder, args[i]) for i in active}
        if rule.kind == "general" and rule.jvp is None:
            operation = operation_for(rule, active, [raw(a) for a in args], "")
            keys = tuple([key_of(a) for a in args])
            saved = (*[raw(a) for a in args], raw(result))
            pull = lambda *cts: operation.pull_tensors(  # noqa: E731
                cts[0] if isinstance(result, Tensor) else list(cts), saved, keys, key_of(result)
            )
            tangent = transpose(pull, _tensors_of(result), [tangents[i] for i in active])
            tangent = tangent[0] if isinstance(result, Tensor) else tangent
        else:
            tangent = pushforward(rule, args, None, result, tangents)
    _store(recorder, result, tangent)


def _store(recorder: Any, result: Any, tangent: Any) -> None:
    if isinstance(result, Tensor):
        if result._key is not None:
            recorder.tangents[result._key] = (
                tangent if isinstance(tangent, Tensor) else make(frozen(raw(tangent)))
            )
    elif isinstance(result, (list, tuple)):
        for part, dot in zip(result, tangent, strict=True):
            _store(recorder, part, dot)


def _tangent(recorder: Any, value: Any) -> Any:
    if isinstance(value, Tensor):
        dot = recorder.tangents.get(value._key)
        return make(zeros_like(value._a)) if dot is None else dot
    return (
        [_tangent(recorder, part) for part in value]
        if isinstance(value, (list, tuple))
        else zeros_like(value)
    )


def _push_recorded(
    recorder: Any, outer: tuple[Any, ...], operation: Recorded, inputs: Sequence[Any], result: Any
) -> None:
    with recording_into(outer, lenient=True):
        dots = [_tangent(recorder, inputs[i]) for i in operation.active]
        pull = lambda *cts: operation.pull_tensors(list(cts), None, None, None)  # noqa: E731
        tangents = transpose(pull, _tensors_of(result), dots)
    for t, dot in zip(_tensors_of(result), tangents, strict=True):
        _store(recorder, t, dot)


@contextmanager
def stopped() -> Iterator[None]:
    """No tape or accumulator records inside."""
    with recording_into(()):
        yield
