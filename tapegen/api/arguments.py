"""What may be passed: descriptions of arguments, keys of the first cache, and what is refused, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from tapegen.analysis.values import Array, Value, abstract, is_plain_instance

_ndarray = np.ndarray
_NUMBERS: frozenset[type] = frozenset(
    {float, complex, np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128}
)
_INT64 = 2**63


def key_of(value: Any) -> Any:
    """What stands for an argument in the first cache: equal keys have equal descriptions.

    What is to be refused gets a key too: it is refused before anything is stored under that.
    """
    kind = type(value)
    if kind is _ndarray:
        return value.dtype, value.shape
    if kind is dict:
        return kind, tuple(value), *[key_of(item) for item in value.values()]
    if kind is list or kind is tuple:
        return kind, *[key_of(item) for item in value]
    if kind in _NUMBERS or value is None:
        return kind
    if kind is int and -_INT64 <= value < _INT64:
        return kind, -1 if value < 0 else value if value < 2 else 2
    return abstract(value, "")


def describe(value: Any, name: str) -> Value:
    """The description of an argument.

    Raises: TypeError for what NumPy code could silently misread: masked arrays, matrices, object arrays, table columns.
    """
    refuse_foreign(value, name)
    return abstract(value, name)


def with_lengths(described: Value, value: Any) -> Value:
    """The description of an argument with its exact lengths, if it is an array."""
    if isinstance(described, Array) and type(value) is _ndarray:
        return Array(described.dtype, value.shape, described.scalar)
    return described


def refuse_foreign(value: Any, name: str) -> None:
    """Refuse what looks like an array and does not behave like one, at any depth of a nest.

    Raises: TypeError that names the argument and says what to pass.
    """
    kind = type(value)
    if kind is _ndarray:
        if value.dtype.kind == "O":
            raise TypeError(
                f"argument {name!r} is an array of dtype object, whose elements can be anything: "
                "convert it with .astype(float)"
            )
    elif isinstance(value, _ndarray):
        raise TypeError(
            f"argument {name!r} is a {kind.__module__}.{kind.__name__}, whose operations differ from those of a "
            "plain array: pass np.asarray(...) of it"
        )
    elif hasattr(kind, "to_numpy"):
        raise TypeError(f"argument {name!r} is a {kind.__module__}.{kind.__name__}: pass its .to_numpy()")
    elif kind not in _NUMBERS:
        for part, item in parts_of(value):
            refuse_foreign(item, f"{name}{part}")


def parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a tuple, list, dict or dataclass, each with how it is reached."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from zip((f".{field}" for field in value._fields), value, strict=True)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield f"[{index}]", item
    elif isinstance(value, dict):
        for key, item in value.items():
            yield f"[{key!r}]", item
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if hasattr(value, field.name):
                yield f".{field.name}", getattr(value, field.name)


def is_nest(value: Any) -> bool:
    """Whether a value is a container that is differentiated part by part."""
    return isinstance(value, (list, tuple, dict)) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    )


def differentiable(value: Any) -> bool:
    """Whether an argument is, or holds, a float or complex number or array."""
    if isinstance(value, (float, complex, np.inexact)):
        return True
    if isinstance(value, _ndarray):
        return value.dtype.kind in "fc"
    return any(differentiable(item) for _, item in parts_of(value))


def refuse_objects(value: Any, name: str) -> None:
    """Refuse to differentiate with respect to an object of a class that is no dataclass or namedtuple.

    Raises: TypeError that names the object and says what to pass.
    """
    if is_nest(value):
        for part, item in parts_of(value):
            refuse_objects(item, f"{name}{part}")
    elif is_plain_instance(value) and any(differentiable(item) for item in vars(value).values()):
        raise TypeError(
            f"cannot differentiate with respect to {name!r}, an object of class {type(value).__name__}: "
            "pass its attributes as arguments of their own, or make its class a dataclass"
        )


def check_source(value: Any, name: str) -> None:
    """Refuse to differentiate with respect to what has no derivative.

    Raises: TypeError that names the argument and says what to pass.
    """
    refuse_foreign(value, name)
    refuse_objects(value, name)
    if differentiable(value):
        return
    start = f"cannot differentiate with respect to argument {name!r}: "
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        hint = f"{float(value)!r}" if abs(int(value)) < _INT64 else "a float"
        raise TypeError(f"{start}it is an integer; pass {hint}")
    if isinstance(value, _ndarray):
        hint = "; pass .astype(float)" if value.dtype.kind in "biu" else ", not of floats"
        raise TypeError(f"{start}it is an array of dtype {value.dtype}{hint}")
    if is_nest(value):
        raise TypeError(f"{start}there is no float in it; pass floats such as 3.0")
    if value is None:
        raise TypeError(f"{start}it is None")
    kind = type(value).__name__
    raise TypeError(f"{start}it is {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}, not a float")
