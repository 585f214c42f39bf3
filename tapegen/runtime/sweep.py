"""The reverse sweep: cotangents pulled back through a tape, on arrays, or on Tensors where another records it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..kernels import add, unbroadcast
from .operations import PICK, Recorded
from .record import apply
from .silence import restore, silence
from .state import new_key, recording_into, state
from .tensor import Tensor, frozen, make

_key_lock = threading.Lock()


def ensure_key(t: Tensor) -> int:
    """The key of a Tensor, a new one if nobody followed it so far."""
    if t._key is None:
        with _key_lock:
            if t._key is None:
                t._key = new_key()
    return t._key


def keys_in(out: Any) -> Iterator[int]:
    for key in out:
        if type(key) is tuple:
            yield from keys_in(key)
        elif key is not None:
            yield key


def sweep(
    nodes: Sequence[Any],
    targets: Sequence[Tensor],
    seeds: Sequence[Tensor],
    sources: Sequence[Tensor],
    zero: bool,
) -> list[Any]:
    """Cotangents of the sources, as Tensors; None, or zeros, where they are not connected."""
    taped = bool(state.recorders)
    cts: dict[int, Any] = {}
    for t, seed in zip(targets, seeds, strict=True):
        if t._a.dtype.kind in "fc":
            key = ensure_key(t)
            ct = seed if taped else seed._a
            cts[key] = add(cts[key], ct) if key in cts else ct
    wanted = {s._key for s in sources if s._a.dtype.kind in "fc" and s._key is not None}
    if taped:
        with recording_into(state.recorders, lenient=True):
            _run_on_tensors(nodes, cts, wanted)
    elif state.errors is not None:
        _run(nodes, cts, wanted)
    else:
        before = silence()
        try:
            _run(nodes, cts, wanted)
        finally:
            restore(before)
    return [_result(cts.get(s._key) if s._key in wanted else None, s, zero) for s in sources]


def _result(ct: Any, source: Tensor, zero: bool) -> Any:
    if ct is None:
        if not zero:
            return None
        return make(frozen(np.zeros(source._a.shape, source._a.dtype)))
    if type(ct) is not Tensor:
        ct = make(ct if type(ct) is np.ndarray and ct.ndim else frozen(ct))
    got, wanted = ct._a, source._a
    if got.dtype != wanted.dtype or got.shape != wanted.shape:
        ct = apply(unbroadcast, (ct, source))
    return ct


def _run(nodes: Sequence[Any], cts: dict[int, Any], wanted: set[int]) -> None:
    """Pull cotangents back through the nodes, on arrays. `cts` ends up holding those in `wanted`."""
    get, pop = cts.get, cts.pop
    owned: set[int] = (
        set()
    )  # keys whose cotangent is an array that was made here, which nothing else refers to
    for out, keys, operation, saved in reversed(nodes):
        if type(out) is int:
            ct = get(out) if out in wanted else pop(out, None)
            if ct is None:
                continue
        else:
            ct = _gather(out, operation, saved, cts, wanted)
            if ct is None:
                continue
        single = operation.single
        if operation is PICK:
            key = keys[0]
            like, index = saved
            if key not in owned:
                owned.add(key)
                buffer = np.zeros(like.shape, like.dtype)
                old = get(key)
                cts[key] = buffer if old is None else np.add(buffer, old, out=buffer)
            cts[key][index] += ct
        elif single >= 0:
            key = keys[single]
            new = operation.pull(ct, saved)
            old = get(key)
            cts[key] = new if old is None else old + new
        else:
            for i, new in zip(operation.active, operation.pull(ct, saved), strict=True):
                key = keys[i]
                if new is None:
                    continue
                if type(new) is not np.ndarray:
                    if type(key) is tuple:
                        _scatter(key, new, cts)
                        continue
                    if isinstance(new, Tensor):
                        new = new._a
                elif type(key) is tuple:
                    _scatter(key, new, cts)
                    continue
                old = get(key)
                cts[key] = new if old is None else old + new


def _run_on_tensors(nodes: Sequence[Any], cts: dict[int, Any], wanted: set[int]) -> None:
    """The same on Tensors, so that active recorders see it."""
    for out, keys, operation, saved in reversed(list(nodes)):
        if type(out) is int:
            ct = cts.get(out) if out in wanted else cts.pop(out, None)
        else:
            ct = _gather(out, operation, saved, cts, wanted)
        if ct is None:
            continue
        if isinstance(operation, Recorded) and type(ct) is list:
            ct = [c if isinstance(c, Tensor) else make(frozen(c)) for c in ct]
        for i, new in zip(operation.active, operation.pull_tensors(ct, saved, keys, out), strict=True):
            if new is not None:
                _scatter(keys[i], new, cts)


def _gather(out: Any, operation: Any, saved: Any, cts: dict[int, Any], wanted: set[int]) -> Any:
    """The cotangents of several results, zeros for those that nobody used; None if nobody used any."""
    parts = [None if k is None else cts.get(k) if k in wanted else cts.pop(k, None) for k in out]
    if all(part is None for part in parts):
        return None
    return [operation.zeros(saved, i) if part is None else part for i, part in enumerate(parts)]


def _scatter(key: Any, new: Any, cts: dict[int, Any]) -> None:
    """Add a cotangent, or a list of them, to what is there."""
    if key is None or new is None:
        return
    if type(key) is tuple:
        for k, part in zip(key, new, strict=True):
            _scatter(k, part, cts)
    else:
        old = cts.get(key)
        cts[key] = new if old is None else old + new


def relevant(nodes: Sequence[Any], sources: Sequence[Tensor]) -> list[Any]:
    """The nodes whose results depend on the sources."""
    reached = {s._key for s in sources if s._key is not None}
    found = []
    for node in nodes:
        if any(_touches(node[1][i], reached) for i in node[2].active):
            found.append(node)
            reached.update([node[0]] if type(node[0]) is int else keys_in(node[0]))
    return found


def _touches(key: Any, reached: set[int]) -> bool:
    return any(_touches(k, reached) for k in key) if type(key) is tuple else key in reached
