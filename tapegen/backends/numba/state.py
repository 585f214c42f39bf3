"""What a lowering works with: descriptions of the values of Core names, lengths, and the code written so far.

An array of Core becomes a `View`: a local array of the compiled function together with the way its subscripts follow
from the indices of the elements. So slices, transposes and broadcasts are never carried out; they end up in subscripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.analysis.lasting import Lasting
from tapegen.analysis.values import UNKNOWN, Array, Dim, Linear, Number, Size, Value, not_one, present
from tapegen.analysis.values import Scalar as ScalarValue
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer

INDICES = ("k0", "k1", "k2", "k3", "k4", "k5")
DTYPES = frozenset({"float64", "float32", "int64", "int32", "bool", "complex128"})


HELPERS = frozenset(
    "at bound bound_back span check_equal step joint check_some divided floor_divided remainder power finite truncated "
    "room_for exp log log1p tanh".split()
)
"""The functions of kernels.py and elementary.py, which are imported only where something is compiled."""
RESERVED = frozenset({*INDICES, *HELPERS, "np", "math", "njit"})
"""Names that mean something in the compiled function."""


class Unsupported(Exception):
    """What this backend does not compile, with the position in the user's text."""

    def __init__(self, reason: str, origin: Any = None) -> None:
        super().__init__(reason)
        self.reason, self.origin = reason, origin


class Widened(Exception):
    """A variable of which nothing was known holds more kinds of numbers than the first that it was bound to."""

    def __init__(self, name: str, value: Value) -> None:
        super().__init__(name)
        self.name, self.value = name, value


Atom = int | str
"""A length or factor: a number, or the name of a local integer."""


@dataclass(frozen=True)
class Length:
    """The length of an axis: how it is spelled, and what is known of it."""

    atom: Atom
    dim: Dim

    @property
    def is_one(self) -> bool:
        return self.atom == 1

    @property
    def not_one(self) -> bool:
        return self.atom != 1 if isinstance(self.atom, int) else not_one(self.dim)


@dataclass(frozen=True)
class Affine:
    """A subscript `offset + const + sum(factor * index of axis)`; `terms` pairs axes of the view with factors."""

    terms: tuple[tuple[int, Atom], ...]
    offset: gast.expr | None = None
    const: int = 0


@dataclass(frozen=True)
class Gathered:
    """A subscript that is an element of an array of integers, whose axes are axes of the view."""

    indices: View
    axes: tuple[int, ...]
    length: Length


Subscript = Affine | Gathered


@dataclass(frozen=True)
class View:
    """An array.

    Attributes:
        base: the local array; None where all elements are `fill`.
        subscripts: one for each axis of the base.
        lengths: one for each axis of the view.
        dtype: the dtype of the elements.
        fill: the element of a constant array.
        lasts: whether its elements are not overwritten any more.
        part: whether the base may have elements that the view has not.
    """

    base: str | None
    subscripts: tuple[Subscript, ...]
    lengths: tuple[Length, ...]
    dtype: str
    fill: gast.expr | None = None
    lasts: bool = False
    part: bool = False

    @property
    def rank(self) -> int:
        return len(self.lengths)

    @property
    def is_whole(self) -> bool:
        """Whether the view is its base, element by element."""
        return self.base is not None and not self.part and self.subscripts == identity(self.rank)


def identity(rank: int) -> tuple[Subscript, ...]:
    return tuple(Affine(((axis, 1),)) for axis in range(rank))


@dataclass(frozen=True)
class Scalar:
    """A number: how it is spelled, its dtype, and whether it follows the rules of Python's numbers (or may)."""

    expr: gast.expr
    dtype: str
    python: bool


@dataclass(frozen=True)
class Static:
    """What is known while compiling: None, a string, a dtype, a slice of None."""

    value: Any


@dataclass(frozen=True)
class Items:
    """A tuple or list of known length."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class SliceOf:
    """A slice that a variable holds, whose bounds never change."""

    node: gast.Slice


Known = View | Scalar | Static | Items | SliceOf


@dataclass
class Loop:
    """A loop of Core that is being written.

    Attributes:
        trips: how often it runs, if that is known.
        index: the symbol of its variable, if that is known.
        before: statements that are to stand before it.
        target, local: of a loop over a range, its variable in Core and in the compiled function.
        node, backwards: the range, and whether it is walked from its end.
    """

    trips: gast.expr | None
    index: str = ""
    before: list[gast.stmt] = field(default_factory=list)
    target: str = ""
    local: str = ""
    node: gast.Call | None = None
    backwards: bool = False


@dataclass
class Work:
    """The state of one lowering.

    Attributes:
        core: the function.
        facts: what is known of its names.
        env: what its names stand for in the compiled function.
        out: the statements of the block being written; loop nests among them are `Nest`s.
        temporaries: arrays made here that nobody else refers to, so that a loop may keep their elements in scalars.
        contiguous: arrays in row-major order.
        written: names of Core whose arrays may be written in place.
        preamble: statements at the start of the compiled function.
        pushed_lengths: stacks of lengths, for each block by the length that is pushed there.
        known_lengths: for each block around, what locals hold lengths; and which are known to be equal.
        inline: whether an expression is written that may need no statements.
        loops: the loops around.
        bounds: the least and the largest value of the variables of the loops around, by their symbols.
        definitions, homes: the values of locals that are bound once, and the blocks where they are bound.
        settled: arguments, and locals that are bound once and outside of loops and branches.
        names: the names of Core that stand for a local array or a view of it.
        lasting: what is not overwritten any more.
        stored: lists of Core whose elements must be stored, though they could be computed again.
    """

    core: Core
    facts: Mapping[str, Value]
    evaluate: Callable[[gast.expr], Value]
    namer: Namer
    written: frozenset[str]
    env: dict[str, Any] = field(default_factory=dict)
    out: list[Any] = field(default_factory=list)
    preamble: list[Any] = field(default_factory=list)
    temporaries: set[str] = field(default_factory=set)
    contiguous: set[str] = field(default_factory=set)
    namespace: dict[str, Any] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    origin: Any = None
    known_lengths: list[dict[Any, Any]] = field(default_factory=lambda: [{}])
    inline: bool = False
    pushed_lengths: list[dict[Any, Any]] = field(default_factory=lambda: [{}])
    loops: list[Loop] = field(default_factory=list)
    bounds: dict[str, tuple[Linear | None, Linear | None]] = field(default_factory=dict)
    definitions: dict[str, gast.expr] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    lasting: Lasting = field(default_factory=Lasting)
    stored: frozenset[str] = frozenset()

    def fail(self, reason: str) -> Unsupported:
        return Unsupported(reason, self.origin)

    # -- names and facts ----------------------------------------------------------------------------------------------

    def fact(self, name: str) -> Value:
        """What is known of a name where it has a value."""
        return present(self.facts.get(name, UNKNOWN))

    def lookup(self, node: gast.AST) -> Any:
        return lookup(self.core, node)

    def kernel(self, name: str) -> str:
        """The name under which a helper of kernels.py can be called."""
        assert name in HELPERS
        self.namespace.setdefault(name, name)
        return name

    @property
    def nested(self) -> bool:
        """Whether the statement being written stands in a loop or a branch."""
        return len(self.known_lengths) > 1

    # -- writing ------------------------------------------------------------------------------------------------------

    def emit(self, item: Any, early: bool = False) -> None:
        """Write a statement; one that is `early` may move up past what it does not concern."""
        if early:
            item.early = True
        if isinstance(item, gast.AST) and getattr(item, "origin", None) is None:
            item.origin = self.origin
        self.out.append(item)

    @contextmanager
    def block(self) -> Iterator[list[Any]]:
        """Write to a new block; lengths that are named in it are forgotten after it."""
        outer, self.out = self.out, []
        self.known_lengths.append({})
        self.pushed_lengths.append({})
        try:
            yield self.out
        finally:
            self.out = outer
            self.known_lengths.pop()
            self.pushed_lengths.pop()

    def local(self, stem: str, value: gast.expr) -> str:
        """A new local that holds `value`."""
        name = self.namer(stem)
        self.emit(build.assign(name, value), early=True)
        self.define(name, value)
        return name

    def define(self, name: str, value: gast.expr | None = None) -> None:
        """Note that a local is bound here and nowhere else."""
        if not self.nested:
            self.settled.add(name)
        elif value is not None:
            self.definitions[name] = value
            self.homes[name] = id(self.out)

    # -- lengths ------------------------------------------------------------------------------------------------------

    def length(self, dim: Dim, compute: Callable[[], gast.expr]) -> Length:
        """The length that `dim` describes; computed once where it is known to have been computed before."""
        if isinstance(dim, int):
            return Length(dim, dim)
        if not isinstance(dim, Size):
            return Length(self._named(compute()), dim)
        known = self.known(dim)
        if known is None:
            form = self._form(dim)
            if form is None:
                known = self._named(compute())
                self.known_lengths[-1][dim.terms, dim.offset] = known
            else:
                known = self._place(dim, form)
        return Length(known, dim)

    def canonical(self, atom: Atom) -> Atom:
        """The name that lengths go by that have been found equal here."""
        while isinstance(atom, str):
            equal = next(
                (scope["=", atom] for scope in reversed(self.known_lengths) if ("=", atom) in scope), None
            )
            if equal is None:
                break
            atom = equal
        return atom

    def note_equal(self, atom: Atom, other: Atom) -> None:
        """Two lengths are equal from here to the end of the block."""
        if isinstance(atom, str):
            self.known_lengths[-1]["=", atom] = other
        elif isinstance(other, str):
            self.known_lengths[-1]["=", other] = atom

    def once(self, stem: str, value: gast.expr) -> gast.expr:
        """A local that holds `value`, which never changes; the same one to the end of the block."""
        if self.inline:
            return value
        if any(isinstance(n, gast.Name) and self.is_rebound(n.id) for n in gast.walk(value)):
            return build.load(self.local(stem, value))
        key = ("once", gast.dump(value))
        for scope in reversed(self.known_lengths):
            if key in scope:
                return build.load(scope[key])
        name = self.local(stem, value)
        self.known_lengths[-1][key] = name
        return build.load(name)

    def never_written(self, base: str) -> bool:
        """Whether the elements of a local array are known not to change."""
        raise NotImplementedError

    def may_be_written(self, base: str) -> bool:
        """Whether a name of Core that stands for a local array, or shares its memory, is written."""
        raise NotImplementedError

    def is_rebound(self, name: str) -> bool:
        """Whether a local is bound several times."""
        raise NotImplementedError

    def known(self, size: Size) -> Atom | None:
        """How a length is spelled here, if it is named."""
        for scope in reversed(self.known_lengths):
            if (size.terms, size.offset) in scope:
                found: Atom = scope[size.terms, size.offset]
                return found
        return None

    def _form(self, size: Size) -> gast.expr | None:
        """The length in terms of its symbols, if all of them are named."""
        value: gast.expr | None = build.constant(size.offset) if size.offset > 0 else None
        for symbol, factor in size.terms:
            atom = self.known(Size(((symbol, 1),)))
            if atom is None:
                return None
            term = atom_expr(atom)
            if abs(factor) != 1:
                term = gast.BinOp(left=build.constant(abs(factor)), op=gast.Mult(), right=term)
            if value is None:
                value = term if factor > 0 else gast.UnaryOp(op=gast.USub(), operand=term)
            else:
                value = gast.BinOp(left=value, op=gast.Add() if factor > 0 else gast.Sub(), right=term)
        if size.offset < 0:
            value = gast.BinOp(left=value, op=gast.Sub(), right=build.constant(-size.offset))
        return value if size.natural else build.call("max", value, build.constant(0))

    def _place(self, size: Size, form: gast.expr) -> Atom:
        """Name a length: at the start of the function if its symbols are named there."""
        outer = self.known_lengths[0]
        if all((((symbol, 1),), 0) in outer for symbol in size.symbols):
            name = self.namer("n")
            self.preamble.append(build.assign(name, form))
            self.settled.add(name)
            outer[size.terms, size.offset] = name
            return name
        self.known_lengths[-1][size.terms, size.offset] = name = self.local("n", form)
        return name

    def _named(self, value: gast.expr) -> Atom:
        if isinstance(value, gast.Constant):
            return int(value.value)
        return value.id if isinstance(value, gast.Name) else self.local("n", value)

    def is_within(self, node: gast.expr, n: Length) -> bool:
        """Whether an index is known to be neither negative nor too large."""
        fact = self.evaluate(node)
        index = fact.linear if isinstance(fact, Number) else None
        length = n.dim if isinstance(n.dim, (int, Size)) else None
        if index is None or length is None:
            return False
        return self._is_natural(index) and self._is_natural(length - index - 1)

    def _is_natural(self, form: Linear) -> bool:
        """Whether a linear form is known not to be negative, by the bounds of the loops around."""
        for _ in range(2 * len(self.bounds) + 1):
            if isinstance(form, int):
                return form >= 0
            if form.natural:
                return True
            for symbol, factor in form.terms:
                if symbol.name in self.bounds:
                    low, high = self.bounds[symbol.name]
                    bound = low if factor > 0 else high
                    if bound is not None:
                        form = form - Size(((symbol, factor),)) + bound * factor
                        break
            else:
                return False
        return False


def atom_expr(atom: Atom) -> gast.expr:
    return build.constant(atom) if isinstance(atom, int) else build.load(atom)


def dtype_of(value: Value) -> str | None:
    """The dtype of the elements of what `value` describes, where it is not None."""
    match present(value):
        case Number(kind=kind):
            return {"bool": "bool", "int": "int64", "float": "float64", "complex": "complex128"}[kind]
        case Array(dtype=dtype) | ScalarValue(dtype=dtype):
            return dtype
    return None
