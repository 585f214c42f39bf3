"""What the compiler hands over: a generated module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tapegen.errors import TransformError
from tapegen.linker import Stage


@dataclass(frozen=True)
class Compiled:
    """Generated code.

    Attributes:
        main: the name of the function asked for.
        functions: the loaded functions, by name.
        source: the module's text.
        stages: every stage from the user's function to the last.
        fast: the function asked for, compiled; None if it is to run on NumPy.
        slow: why it runs on NumPy nevertheless.
    """

    main: str
    functions: Mapping[str, Callable[..., Any]]
    source: str
    stages: tuple[Stage, ...] = field(repr=False, default=())
    fast: Callable[..., Any] | None = None
    slow: TransformError | None = None
