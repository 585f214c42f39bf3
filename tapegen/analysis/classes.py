"""Of which class a value is, as far as it is known."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from tapegen.analysis.values import (
    Array,
    ListOf,
    Mapping,
    Maybe,
    Number,
    Opaque,
    Record,
    Scalar,
    Sequence,
    Static,
    Value,
)

_PYTHON = {"bool": bool, "int": int, "float": float, "complex": complex}
_NUMPY = tuple({t for t in np.sctypeDict.values() if issubclass(t, (np.number, np.bool_))})


def classes(value: Value) -> tuple[type, ...]:
    """The classes of which a value may be an instance, exactly; none if that is not known.

    >>> classes(Number("float")), classes(Array("float32", ()))
    ((<class 'float'>,), (<class 'numpy.ndarray'>,))
    """
    match value:
        case Number(kind=kind):
            return (_PYTHON[kind],)
        case Array(scalar=False):
            return (np.ndarray,)
        case Array(dtype=dtype, scalar=scalar):
            scalars = _NUMPY if dtype is None else (np.dtype(dtype).type,)
            return scalars if scalar else (np.ndarray, *scalars)
        case Scalar(dtype=dtype):
            scalars = _NUMPY if dtype is None else (np.dtype(dtype).type,)
            return (*(_PYTHON[kind] for kind in value.kinds), *scalars)
        case Sequence(type=kind) | Mapping(type=kind) | Opaque(type=kind) | Record(cls=kind):
            return (kind,)
        case ListOf():
            return (list,)
        case Maybe(value=present):
            known = classes(present)
            return known and (type(None), *known)
        case Static(object=obj):
            return (type(obj),)
    return ()


def is_instance(value: Value, of: Value) -> bool | None:
    """What `isinstance(value, of)` is, if known.

    >>> is_instance(Number("float"), Sequence(tuple, (Static(list), Static(float))))
    True
    """
    if isinstance(of, Sequence) and of.type is tuple:
        answers = [is_instance(value, item) for item in of.items]
        return True if True in answers else None if None in answers else False
    wanted: Any = of.object if isinstance(of, Static) else None
    if type(wanted) not in (type, abc.ABCMeta):  # another metaclass may have its own idea of instances
        return None
    answers = [issubclass(known, wanted) for known in classes(value)]
    return answers[0] if answers and answers.count(answers[0]) == len(answers) else None
