"""What has been compiled of a function: the specialisations in its caches, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tapegen.analysis.values import Value
from tapegen.api.program import KEYS, Code
from tapegen.compiler import Compiled


@dataclass(frozen=True)
class Specialisation:
    """The code for one kind of arguments.

    Attributes:
        name: of the generated function.
        arguments: what the code relies on, by the name of the argument: `float64[x.shape[0], 3]` is an array of that
            dtype, whose second length is 3 and whose first may be any but 1; captured variables follow.
        backend: what runs it.
        source: the generated module.
    """

    name: str
    arguments: dict[str, str]
    backend: Literal["numpy", "numba"]
    source: str = field(repr=False)


class CacheInfo(NamedTuple):
    """What has been compiled.

    Attributes:
        maxsize: so many specialisations of one transform are kept; beyond that it starts afresh.
        currsize: so many there are.
        specialisations: these, oldest first.
    """

    maxsize: int
    currsize: int
    specialisations: tuple[Specialisation, ...]


def cache_info(codes: Iterable[Code]) -> CacheInfo:
    """What has been compiled in these caches."""
    found = tuple(
        _specialisation(code, signature, compiled)
        for code in codes
        for signature, compiled in list(code.by_signature.items())
    )
    return CacheInfo(KEYS, len(found), found)


def _specialisation(code: Code, signature: tuple[Value, ...], compiled: Compiled) -> Specialisation:
    arguments = {name: str(value) for name, value in zip(code.linked.core.params, signature, strict=True)}
    return Specialisation(
        compiled.main, arguments, "numpy" if compiled.fast is None else "numba", compiled.source
    )
