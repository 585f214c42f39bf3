"""Whether a description is true of a value: the specification that shape inference is tested against."""

import dataclasses

import numpy as np

from tapegen.analysis import values
from tapegen.analysis.values import (
    NEVER,
    UNKNOWN,
    Array,
    ListOf,
    Mapping,
    Maybe,
    Number,
    Opaque,
    Record,
    Scalar,
    Sequence,
    Some,
    Static,
    abstract,
    dtype_name,
)

KINDS = {"bool": bool, "int": int, "float": float, "complex": complex}


class Lengths:
    """The values of symbols, as they come to light; two values of one symbol are a contradiction."""

    def __init__(self):
        self.known = {}
        self.open = []

    def require(self, size, actual, is_length):
        """Note that a linear form has this value, and solve for a symbol if only one is unknown."""
        unknown = [(s, f) for s, f in size.terms if s not in self.known]
        total = size.offset + sum(f * self.known[s] for s, f in size.terms if s in self.known)
        if not unknown:
            return actual == (max(total, 0) if is_length else total)
        if len(unknown) == 1 and (actual > 0 or not is_length or (size.offset == 0 and len(size.terms) == 1)):
            symbol, factor = unknown[0]
            if (actual - total) % factor:
                return False
            self.known[symbol] = (actual - total) // factor
            return self.known[symbol] >= symbol.least or not symbol.natural
        self.open.append((size, actual, is_length))
        return True

    def settle(self):
        """Check what could not be decided when it came up."""
        for _ in range(5):
            pending, self.open = self.open, []
            if not all(self.require(*entry) for entry in pending):
                return False
        return all(self.is_part(symbol) for symbol in self.known)

    def is_part(self, symbol):
        """Whether a quotient is one, as far as is known."""
        if symbol.part is None or not all(s in self.known for s, _ in symbol.part[0].terms):
            return True
        whole, k = symbol.part
        return self.known[symbol] == (whole.offset + sum(f * self.known[s] for s, f in whole.terms)) // k


def describes_length(dim, n, lengths):
    if isinstance(dim, int):
        return dim == n
    if dim.not_one and n == 1:
        return False
    return isinstance(dim, Some) or lengths.require(dim, n, True)


def describes(value, concrete, lengths):
    """Whether `value` is true of `concrete`, given what is known of the symbols."""
    if value is UNKNOWN:
        return True
    if value is NEVER or (type(concrete) is np.ndarray and concrete.dtype == object):
        # Arithmetic with None, which raises for all but empty arrays: these become arrays of objects.
        return True
    match value:
        case Number(kind=kind, value=static, dim=dim):
            if type(concrete) is not KINDS[kind]:
                return False
            if static is not None:
                return static == concrete
            if dim is None:
                return True
            return not (dim.not_one and concrete == 1) and lengths.require(dim, int(concrete), False)
        case Array(dtype=dtype, shape=shape, scalar=scalar):
            if not (type(concrete) is np.ndarray or isinstance(concrete, np.generic)):
                return False
            if dtype is not None and dtype_name(concrete.dtype) != dtype:
                return False
            if scalar is not None and isinstance(concrete, np.generic) is not scalar:
                return False
            if shape is None:
                return True
            pairs = zip(shape, concrete.shape)
            return len(shape) == concrete.ndim and all(describes_length(d, n, lengths) for d, n in pairs)
        case Scalar(dtype=dtype):
            if isinstance(concrete, np.generic):
                return dtype is None or concrete.dtype == dtype
            return type(concrete) in KINDS.values() and type(concrete).__name__ in value.kinds
        case Sequence(type=kind, items=items):
            if type(concrete) is not kind or len(concrete) != len(items):
                return False
            return all(describes(v, c, lengths) for v, c in zip(items, concrete))
        case ListOf(item=item):
            return type(concrete) is list and all(describes(item, c, lengths) for c in concrete)
        case Mapping(type=kind, keys=keys, values=values):
            if type(concrete) is not kind or tuple(concrete) != keys:
                return False
            return all(describes(v, c, lengths) for v, c in zip(values, concrete.values()))
        case Record(cls=cls, fields=fields):
            if type(concrete) is not cls or not dataclasses.is_dataclass(concrete):
                return False
            return all(describes(v, getattr(concrete, key), lengths) for key, v in fields)
        case Static(object=obj):
            return obj is concrete or obj == concrete
        case Opaque(type=kind):
            return type(concrete) is kind
        case Maybe(value=present):
            return concrete is None or describes(present, concrete, lengths)
    raise AssertionError(f"no meaning for {value!r}")


def signature(args, small):
    """The descriptions of arguments by name; lengths above `small` are symbols."""
    usual, values.SMALL = values.SMALL, small
    try:
        return {name: abstract(value, name) for name, value in args.items()}
    finally:
        values.SMALL = usual
