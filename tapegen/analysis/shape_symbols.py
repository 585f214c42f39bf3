"""Symbols leave a loop or a function: lengths in a description are renamed or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tapegen.analysis.shape_algebra import number_of
from tapegen.analysis.values import (
    SEVERAL,
    SOME,
    Array,
    Dim,
    ListOf,
    Mapping,
    Maybe,
    Number,
    Record,
    Sequence,
    Size,
    Symbol,
    Value,
    not_one,
)

Calls = Callable[[Any, list[Value]], Value]


def foreign(symbol: Symbol) -> Symbol:
    """The symbol of a signature under a name that no local symbol has: those are told by the `#` in their names."""
    if "#" not in symbol.name and "~" not in symbol.name:
        return symbol
    return replace(symbol, name=symbol.name.replace("~", "~~").replace("#", "~"), part=None)


def ask(calls: Calls, callee: Any, args: list[Value]) -> Value:
    """What `calls` says; symbols go there and back under names that are no other function's."""
    there: dict[Symbol, Symbol] = {}

    def rename(symbol: Symbol) -> Symbol:
        return there.setdefault(symbol, Symbol(f"argument.{len(there)}", symbol.natural))

    given = [renamed(arg, rename) for arg in args]
    back = {new: old for old, new in there.items()}

    def dim(n: Dim) -> Dim:
        if not isinstance(n, Size):
            return n
        if all(symbol in back for symbol in n.symbols):
            return replace(n, terms=tuple(sorted((back[symbol], factor) for symbol, factor in n.terms)))
        return SEVERAL if n.not_one else SOME

    return mapped(calls(callee, given), dim)


def forget(value: Value, changes: Callable[[Size], bool]) -> Value:
    def dim(n: Dim) -> Dim:
        return (SEVERAL if n.not_one else SOME) if isinstance(n, Size) and changes(n) else n

    return mapped(value, dim)


def renamed(value: Value, rename: Callable[[Symbol], Symbol]) -> Value:
    def dim(n: Dim) -> Dim:
        if not isinstance(n, Size):
            return n
        return replace(n, terms=tuple(sorted((rename(symbol), factor) for symbol, factor in n.terms)))

    return mapped(value, dim)


def mapped(value: Value, dim: Callable[[Dim], Dim]) -> Value:
    """`value` with each length replaced."""
    match value:
        case Array(shape=shape) if shape:
            new = tuple(map(dim, shape))
            return value if new == shape else Array(value.dtype, new, value.scalar)
        case Number(dim=Size() as size):
            new_size = dim(size)
            if isinstance(new_size, Size):
                return value if new_size is size else replace(value, dim=new_size)
            return number_of(new_size)
        case Sequence(items=items):
            return Sequence(value.type, tuple(mapped(item, dim) for item in items))
        case Maybe(value=inner):
            return Maybe(mapped(inner, dim))
        case ListOf(item=item):
            return ListOf(mapped(item, dim))
        case Mapping(values=values):
            return Mapping(value.type, value.keys, tuple(mapped(item, dim) for item in values))
        case Record(fields=fields):
            return Record(value.cls, tuple((key, mapped(item, dim)) for key, item in fields))
    return value


def canonical(value: Value, name: str) -> Value:
    """The description of an argument of a callee in the callee's own terms, so that calls share one specialisation."""
    if isinstance(value, Array) and value.shape is not None:
        shape = tuple(
            d
            if isinstance(d, int)
            else Size.of(
                f"{name}.shape[{i}]", not_one=not_one(d), least=d.least if isinstance(d, Size) else 0
            )
            for i, d in enumerate(value.shape)
        )
        return Array(value.dtype, shape, value.scalar)
    if isinstance(value, Number) and value.value is None:
        return Number(value.kind)
    return value
