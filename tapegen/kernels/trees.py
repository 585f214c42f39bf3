"""Cotangents of anything: numbers, arrays, and nests of them. The number 0.0 is the zero of every shape."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

ZERO = 0.0


def _is_zero(ct: Any) -> bool:
    return type(ct) is float and ct == 0.0


def zero_cotangent(x: Any) -> Any:
    """A writable zero cotangent for `x`: an array for an array, nested lists and dicts of zeros for a container.

    Integer arrays get a float buffer. A tuple's cotangent is a list while it is being summed; `own` restores the type.

    >>> zero_cotangent({"w": 1.0, "b": (2.0, 3.0)})
    {'w': 0.0, 'b': [0.0, 0.0]}
    """
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype if x.dtype.kind in "fcV" else float)
    if isinstance(x, (list, tuple)):
        return [zero_cotangent(item) for item in x]
    if isinstance(x, functools.partial):  # a container of what it captures
        return [zero_cotangent(item) for item in x.args]
    if isinstance(x, dict):
        return {key: zero_cotangent(item) for key, item in x.items()}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        return {f.name: zero_cotangent(getattr(x, f.name)) for f in dataclasses.fields(x)}
    return ZERO


def add_cotangents(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one value, where either may be the zero of every shape.

    >>> add_cotangents([1.0, 2.0], [0.5, 0.0])
    [1.5, 2.0]
    """
    if a is None or _is_zero(a):
        return b
    if b is None or _is_zero(b):
        return a
    if isinstance(a, dict):
        return {key: add_cotangents(a[key], b[key]) for key in a}
    if isinstance(a, (list, tuple)):
        return [add_cotangents(p, q) for p, q in zip(a, b, strict=True)]
    return a + b


def add_into(buffer: Any, ct: Any) -> None:
    """Add the cotangent `ct` of an array, list, tuple or dict to the buffer of the same structure, in place.

    Raises: TypeError for a buffer that cannot be added to in place: the adjoint was written for a container where
        the value was a number.
    """
    if _is_zero(ct):
        return
    if isinstance(buffer, np.ndarray):
        buffer += ct
        return
    if not isinstance(buffer, (list, tuple, dict)):
        raise TypeError(
            f"cannot add a cotangent in place to {type(buffer).__name__}: a value of this function is a list, tuple "
            "or dict on one path and a number on another, or numbers in a dict are written; "
            "give the numbers a name of their own, or pass them as an array"
        )
    keys = buffer.keys() if isinstance(buffer, dict) else range(len(buffer))
    for key in keys:
        _add_to(buffer, key, ct[key])


def added_into(buffer: Any, ct: Any) -> Any:
    """The buffer of a cotangent with `ct` added: itself if it can be written, and a new number in place of a number.

    >>> added_into(1.0, 2.0), added_into([1.0], [2.0])
    (3.0, [3.0])
    """
    if not isinstance(buffer, (np.ndarray, list, dict)):
        return add_cotangents(buffer, ct)
    add_into(buffer, ct)
    return buffer


def add_at(buffer: Any, key: Any, ct: Any) -> None:
    """Add `ct` to the entry `key` of a list or dict of cotangents, in place."""
    if isinstance(key, slice):
        places = range(len(buffer))[key]
        for place, item in zip(places, [ZERO] * len(places) if _is_zero(ct) else ct, strict=True):
            _add_to(buffer, place, item)
    else:
        _add_to(buffer, key, ct)


def _add_to(buffer: Any, key: Any, ct: Any) -> None:
    """Add to an entry; to a list or dict in place, for others may refer to it."""
    old = buffer.get(key) if isinstance(buffer, dict) else buffer[key]
    if isinstance(old, (list, dict)):
        add_into(old, ct)
    else:
        # A sum of arrays is a new array; nothing that was passed is ever kept.
        new = add_cotangents(old, ct)
        buffer[key] = new if isinstance(old, np.ndarray) else copied_tree(new)


def add_to_entry(buffer: Any, key: Any, ct: Any) -> None:
    """Add `ct` to the entry `key` of the shadow of a container; an array is written where it is."""
    if isinstance(buffer[key], np.ndarray):
        buffer[key][...] += ct
    else:
        buffer[key] = add_cotangents(buffer[key], ct)


def element(tree: Any, key: Any) -> Any:
    """The cotangent of `x[key]`, given the cotangent `tree` of a container `x`."""
    return ZERO if _is_zero(tree) else tree[key]


def placed(ct_in: Any, key: Any, x: Any) -> Any:
    """The cotangent of a container `x` of which only the element `key` has a cotangent."""
    tree = zero_cotangent(x)
    if _is_zero(tree):
        return ct_in
    tree[key] = ct_in
    return tree


def full(ct_in: Any, x: Any) -> Any:
    """`ct_in`, with the zero of every shape replaced by zeros shaped like `x`."""
    return zero_cotangent(x) if _is_zero(ct_in) else ct_in


def copied(x: Any) -> Any:
    """A copy of an array; anything else is returned as it is.

    Used where a value is read now and its memory may be written later.
    """
    return x.copy() if isinstance(x, np.ndarray) else x


def copied_tree(tree: Any) -> Any:
    """A copy of a nest of cotangents."""
    if isinstance(tree, (list, tuple)):
        return [copied_tree(item) for item in tree]
    if isinstance(tree, dict):
        return {key: copied_tree(item) for key, item in tree.items()}
    return copied(tree)


def laid_out_like(x_dot: Any, x: Any) -> Any:
    """A copy of the tangent of `x`, in memory laid out like that of `x`, so that views of both correspond.

    >>> laid_out_like(0.0, np.zeros((2, 3)).T).strides == np.zeros((2, 3)).T.strides
    True
    """
    if isinstance(x, np.ndarray):
        result = np.empty_like(x, dtype=x.dtype if x.dtype.kind in "fc" else float)
        result[...] = x_dot
        return result
    return copied_tree(x_dot)


def own(ct_in: Any, x: Any) -> Any:
    """The cotangent `ct_in` of an argument `x` as it is handed to the caller.

    Same structure and types as `x` (a float for a float), and memory of its own: never a view of an argument, of
    another result or of a cache.
    """
    ct = ct_in
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype) if _is_zero(ct) else np.array(ct, dtype=x.dtype, copy=True)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        cls: Any = type(x)
        return cls._make(_items(ct, x))
    if isinstance(x, (list, tuple)):
        return type(x)(_items(ct, x))
    if isinstance(x, dict):
        return {key: own(element(ct, key), item) for key, item in x.items()}
    if dataclasses.is_dataclass(x) and not isinstance(x, type):
        names = [f.name for f in dataclasses.fields(x) if hasattr(x, f.name)]
        return record_like(x, **{name: own(element(ct, name), getattr(x, name)) for name in names})
    if isinstance(x, np.generic):
        return x.dtype.type(ct.item() if isinstance(ct, np.ndarray) else ct)
    if isinstance(x, complex):
        return complex(ct)
    if isinstance(x, float):
        return float(ct)
    return None if _is_zero(ct) else ct


def record_like(x: Any, /, **fields: Any) -> Any:
    """A copy of the object `x` with these attributes, made without running `__init__` or `__post_init__`."""
    new = object.__new__(type(x))
    for base in type(x).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(x, name):
                object.__setattr__(new, name, getattr(x, name))
    if hasattr(x, "__dict__"):
        new.__dict__.update(x.__dict__)
    for name, value in fields.items():
        object.__setattr__(new, name, value)
    return new


def _items(ct: Any, x: Any) -> list[Any]:
    return [own(element(ct, i), item) for i, item in enumerate(x)]


def seed(out: Any) -> float:
    """The cotangent 1.0 of a scalar result.

    Raises: TypeError if `out` is not a real scalar.
    """
    if isinstance(out, complex) or getattr(getattr(out, "dtype", None), "kind", "f") == "c":
        raise TypeError(
            "grad needs a function with a real result, but it returned a complex one: "
            "return np.abs(...) or np.real(...), or use tg.vjp"
        )
    if np.shape(out) != () or isinstance(out, (tuple, list, dict)) or out is None:
        raise TypeError(
            f"grad needs a function with a scalar result, but it returned {_describe(out)}: "
            "sum it, or use tg.jacobian or tg.vjp"
        )
    return 1.0


def _describe(out: Any) -> str:
    if isinstance(out, np.ndarray):
        return f"an array of shape {out.shape}"
    return f"a {type(out).__name__}"


def counted(cts: Any, name: str, params: Sequence[str]) -> Any:
    """The cotangents that a function of the user's returns for the arguments `params` of its primitive.

    Raises: TypeError if they are not a tuple or list of as many.
    """
    if isinstance(cts, (tuple, list)):
        if len(cts) == len(params):
            return cts
        found = str(len(cts))
    else:
        found = f"a {type(cts).__name__}"
    bars = ", ".join(f"{p}_bar" for p in params) + ("," if len(params) == 1 else "")
    raise TypeError(
        f"the vjp of {name} must return a tuple of {len(params)} cotangents, one for each argument, but it returned "
        f"{found}: write `return ({bars})`"
    )
