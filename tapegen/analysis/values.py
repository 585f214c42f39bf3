"""The abstract domain: what is known about a value without running the function.

A description is frozen and hashable, so a tuple of them is also the key of a specialisation. Lengths are integers or
symbols; two arguments whose lengths happen to agree get different symbols, so a batch of another size has the same key.
Source: Cousot and Cousot (1977), Abstract interpretation: a unified lattice model.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tapegen.analysis.instances import attributes_of
from tapegen.analysis.instances import is_plain_instance as is_plain_instance
from tapegen.rules.stand_ins import WHOLE, code_of, stand_in_for


@dataclass(frozen=True, order=True, slots=True)
class Symbol:
    """An integer that is fixed while the names that mention it are.

    Attributes:
        name: text such as `x.shape[0]`; equal text means equal value.
        natural: known not to be negative.
        least: a lower bound, where it is natural.
        part: (whole, k) where it is `whole // k`, so that up to k times this fit into `whole`; implied by the name.
    """

    name: str
    natural: bool = True
    least: int = 0
    part: tuple[Size, int] | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Size:
    """A linear form of symbols.

    As a length it stands for `max(form, 0)`, since `x[2:]` of an empty `x` is empty; as a number for itself.

    >>> n = Size.of("n")
    >>> print(n - 2, 2 * n + 1)
    n - 2 2 * n + 1
    """

    terms: tuple[tuple[Symbol, int], ...]
    offset: int = 0
    not_one: bool = False

    @classmethod
    def of(cls, name: str, natural: bool = True, not_one: bool = False, least: int = 0) -> Size:
        """The form that is one symbol."""
        return cls(((Symbol(name, natural, least), 1),), 0, not_one)

    @property
    def least(self) -> int:
        """A lower bound; 0 if none better is known."""
        if not all(symbol.natural and factor > 0 for symbol, factor in self.terms):
            return 0
        return max(0, self.offset + sum(factor * symbol.least for symbol, factor in self.terms))

    @property
    def natural(self) -> bool:
        """Whether the form is known not to be negative."""
        known = all(symbol.natural and factor > 0 for symbol, factor in self.terms)
        return known and self.offset + sum(factor * symbol.least for symbol, factor in self.terms) >= 0

    @property
    def symbols(self) -> Iterable[Symbol]:
        """The symbols of the form."""
        return (symbol for symbol, _ in self.terms)

    def __add__(self, other: Linear) -> Linear:
        if isinstance(other, int):
            return self if other == 0 else Size(self.terms, self.offset + other)
        factors = dict(self.terms)
        for symbol, factor in other.terms:
            factors[symbol] = factors.get(symbol, 0) + factor
        terms = tuple(sorted((symbol, factor) for symbol, factor in factors.items() if factor))
        offset = self.offset + other.offset
        return Size(terms, offset) if terms else offset

    __radd__ = __add__

    def __mul__(self, factor: int) -> Linear:
        if factor in (0, 1):
            return self if factor else 0
        return Size(tuple((s, f * factor) for s, f in self.terms), self.offset * factor, abs(factor) > 1)

    __rmul__ = __mul__

    def __neg__(self) -> Linear:
        return self * -1

    def __sub__(self, other: Linear) -> Linear:
        return self + -other

    def __rsub__(self, other: int) -> Linear:
        return -self + other

    def __str__(self) -> str:
        text = ""
        for symbol, factor in self.terms:
            sign = (" - " if factor < 0 else " + ") if text else "-" if factor < 0 else ""
            text += sign + (symbol.name if abs(factor) == 1 else f"{abs(factor)} * {symbol.name}")
        return text + (f" {'-' if self.offset < 0 else '+'} {abs(self.offset)}" if self.offset else "")


@dataclass(frozen=True, slots=True)
class Some:
    """Some length. Not known to be the same as any other, itself in another description included."""

    not_one: bool = False

    def __str__(self) -> str:
        return "?"


Linear = int | Size
Dim = int | Size | Some
Shape = tuple[Dim, ...]
SOME, SEVERAL = Some(), Some(True)


def not_one(dim: Dim) -> bool:
    """Whether a length is known not to be 1, so that it is never broadcast.

    >>> not_one(Size.of("n", least=9) - 2), not_one(Size.of("n") - 2)
    (True, False)
    """
    if isinstance(dim, int):
        return dim != 1
    return dim.not_one or (isinstance(dim, Size) and dim.least >= 2)


def same_length(a: Dim, b: Dim) -> bool:
    """Whether two lengths are known to be equal."""
    if isinstance(a, Size):
        return isinstance(b, Size) and a.terms == b.terms and a.offset == b.offset
    return isinstance(a, int) and isinstance(b, int) and a == b


def same_shape(a: Shape | None, b: Shape | None) -> bool:
    """Whether two shapes are known to be equal."""
    return a is not None and b is not None and len(a) == len(b) and all(map(same_length, a, b))


def agree(a: Shape, b: Shape) -> bool:
    """Whether two shapes that can be broadcast together are known to be equal: lengths that are not 1 agree then."""
    return len(a) == len(b) and all(
        same_length(one, two) or (not_one(one) and not_one(two)) for one, two in zip(a, b, strict=True)
    )


class Value:
    """Base of all descriptions."""

    __slots__ = ()


class _Unknown(Value):
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Value = _Unknown()


class _Never(Value):
    __slots__ = ()

    def __repr__(self) -> str:
        return "NEVER"

    def __reduce__(self) -> str:
        return "NEVER"


NEVER: Value = _Never()
"""The description of no value at all: of `None * x`, which raises."""

KINDS = ("bool", "int", "float", "complex")


@dataclass(frozen=True, slots=True)
class Number(Value):
    """A Python number.

    Attributes:
        kind: one of `KINDS`.
        value: the number if it is static, else None.
        dim: the number as a linear form of lengths, if it is an integer and not static; else None.
    """

    kind: str
    value: Any = None
    dim: Size | None = None

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.value if self.dim is None else self.dim}"
            if self.linear is not None
            else self.kind
        )

    @property
    def linear(self) -> Linear | None:
        """The integer as a linear form, or None."""
        return self.dim if self.value is None else int(self.value) if self.kind in ("bool", "int") else None


@dataclass(frozen=True, slots=True)
class Array(Value):
    """An `ndarray` (exactly: no subclass) or a NumPy scalar.

    Attributes:
        dtype: name of a numeric dtype in native byte order; None if unknown.
        shape: the lengths; None if even the rank is unknown.
        scalar: True for a NumPy scalar, which is immutable; False for an array, if need be of rank 0; None for either.
    """

    dtype: str | None
    shape: Shape | None = None
    scalar: bool | None = False

    def __str__(self) -> str:
        shape = "..." if self.shape is None else ", ".join(map(str, self.shape))
        return f"{self.dtype or '?'}[{shape}]"

    @property
    def rank(self) -> int | None:
        """The number of axes, or None."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True, slots=True)
class Scalar(Value):
    """A Python number or a NumPy scalar: of rank 0 and immutable. What `s` is in `s = 0.0; for ...: s += x[i]`.

    Attributes:
        dtype: of the NumPy scalar, where it is one; a Python number is of no higher kind. None if unknown.
        numbers: the kinds of Python number that it may be, where it is one; None for any up to the dtype's kind.
    """

    dtype: str | None
    numbers: tuple[str, ...] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of Python number that it may be."""
        if self.numbers is not None:
            return self.numbers
        return KINDS if self.dtype is None else KINDS[: KINDS.index(kind_of(self.dtype)) + 1]

    def __str__(self) -> str:
        return f"scalar {self.dtype or '?'}"


@dataclass(frozen=True, slots=True)
class Sequence(Value):
    """A tuple, list or namedtuple of known length."""

    type: type
    items: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.type.__name__}({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class ListOf(Value):
    """A list of any length, whose elements all are described by `item`."""

    item: Value

    def __str__(self) -> str:
        return f"list({self.item}, ...)"


@dataclass(frozen=True, slots=True)
class Range(Value):
    """A `range`."""

    def __str__(self) -> str:
        return "range"


@dataclass(frozen=True, slots=True)
class Mapping(Value):
    """A dict with known keys, in order."""

    type: type
    keys: tuple[Any, ...]
    values: tuple[Value, ...]

    def __str__(self) -> str:
        items = (f"{key!r}: {value}" for key, value in zip(self.keys, self.values, strict=True))
        return f"{self.type.__name__}({', '.join(items)})"


@dataclass(frozen=True, slots=True)
class Record(Value):
    """An instance of a dataclass, or of another class of the user's own."""

    cls: type
    fields: tuple[tuple[str, Value], ...]

    def __str__(self) -> str:
        return f"{self.cls.__name__}({', '.join(f'{name}={value}' for name, value in self.fields)})"


_BY_VALUE = (str, bytes, np.dtype, slice, range, types.MethodType)


@dataclass(frozen=True, slots=True, eq=False)
class Static(Value):
    """A value that is known itself: None, a string, a dtype, a module, a function."""

    object: Any

    def __str__(self) -> str:
        return str(getattr(self.object, "__name__", self.object))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Static):
            return NotImplemented
        mine, its = self.object, other.object
        return mine is its or (type(mine) is type(its) and isinstance(mine, _BY_VALUE) and bool(mine == its))

    def __hash__(self) -> int:
        if isinstance(self.object, slice):
            return hash((self.object.start, self.object.stop, self.object.step))
        return hash(self.object) if isinstance(self.object, _BY_VALUE) else id(self.object)


@dataclass(frozen=True, slots=True)
class Opaque(Value):
    """An instance of exactly this class, of which nothing else is known."""

    type: type

    def __str__(self) -> str:
        return self.type.__name__


@dataclass(frozen=True, slots=True)
class Maybe(Value):
    """None, or a number or array: what a variable holds that is bound on some paths only, or is None at first."""

    value: Value

    def __str__(self) -> str:
        return f"{self.value} or None"


NONE = Static(None)


def present(value: Value) -> Value:
    """What a value is known to be where it is computed with: None can't be."""
    return value.value if type(value) is Maybe else value


def elements(value: Value) -> tuple[Value, ...]:
    """What the elements of a list or tuple can be."""
    if isinstance(value, Sequence):
        return value.items
    return (value.item,) if isinstance(value, ListOf) else (UNKNOWN,)


@functools.cache
def kind_of(dtype: str) -> str:
    """The kind of number of a dtype, one of `KINDS`.

    >>> kind_of("float32"), kind_of("uint8")
    ('float', 'int')
    """
    return {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex"}[np.dtype(dtype).kind]


# ------------------------------------------------------------------------------------------------- from concrete values


def dtype_name(dtype: Any) -> str | None:
    """The name of a numeric dtype in native byte order, None for any other."""
    return dtype.name if dtype.kind in "biufc" and dtype.isnative else None


SMALL = 16  # lengths up to this are taken as they are: the problem tends to fix them, like the three axes of space


def abstract(value: Any, name: str) -> Value:
    """The description of an argument: what a specialisation for it may rely on.

    Lengths above `SMALL` become symbols, and so do integers other than 0 and 1.

    Args:
        value: any object.
        name: what symbols are called after.

    >>> print(abstract(np.zeros((30, 1), np.float32), "x"))
    float32[x.shape[0], 1]
    """
    kind = type(value)
    if kind is np.ndarray:
        shape = tuple(
            n if 1 <= n <= SMALL else Size.of(f"{name}.shape[{i}]", not_one=True, least=SMALL + 1 if n else 0)
            for i, n in enumerate(value.shape)
        )
        return Array(dtype_name(value.dtype), shape, False)
    if kind is float or kind is complex:
        return Number(kind.__name__)
    if kind is bool:
        return Number("bool", value)
    if kind is int:
        if value in (0, 1):
            return Number("int", value)
        fits = -(2**63) <= value < 2**63
        return Number("int", None, Size.of(name, natural=value > 0, not_one=True)) if fits else UNKNOWN
    if isinstance(value, np.generic):
        known = dtype_name(value.dtype)
        return Opaque(kind) if known is None else Array(known, (), True)
    return _abstract_container(value, name, kind)


def _abstract_container(value: Any, name: str, kind: type) -> Value:
    if len(name) > 400:  # so deep that it may well contain itself
        return Opaque(kind)
    if kind in (tuple, list):
        return Sequence(kind, tuple(abstract(item, f"{name}[{i}]") for i, item in enumerate(value)))
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        fields = (abstract(item, f"{name}.{field}") for field, item in zip(kind._fields, value, strict=True))
        return Sequence(kind, tuple(fields))
    if kind is dict:
        return Mapping(
            kind, tuple(value), tuple(abstract(item, f"{name}[{key!r}]") for key, item in value.items())
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
        return Record(kind, tuple((n, abstract(getattr(value, n), f"{name}.{n}")) for n in names))
    if value is None or value is Ellipsis or isinstance(value, _STATIC):
        return Static(value)
    standing = stand_in_for(value)
    if standing is not None:
        return Record(standing[0], tuple((n, _part(value, standing[0], n, name)) for n in standing[1]))
    if is_plain_instance(value):
        with attributes_of(value) as known:
            if known is not None:
                return Record(kind, tuple((n, abstract(part, f"{name}.{n}")) for n, part in known.items()))
    return Opaque(kind)


def _part(value: Any, cls: type, attribute: str, name: str) -> Value:
    """An attribute of a library's object."""
    if attribute == WHOLE:
        return Opaque(type(value))
    code = code_of(value, cls, attribute)
    return Static(code) if code is not None else abstract(getattr(value, attribute), f"{name}.{attribute}")


_STATIC = (
    *_BY_VALUE,
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    np.ufunc,
)
