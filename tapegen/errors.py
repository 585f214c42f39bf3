"""What tapegen raises: each message says what, where (file, line, caret), why, and what to write instead.

cannot differentiate a generator expression
  File "model.py", line 3, in loss
    return sum(np.tanh(w @ x) for w in layers)
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  why: the number of terms is only known while it runs
  instead: write a for loop, or use fallback="eager"
"""

from __future__ import annotations

import linecache
import unicodedata
from typing import Any, Protocol


class Span(Protocol):
    """A place in a text; `tapegen.lang.origin.Origin` is one.

    Lines count from 1, columns from 0 in bytes of UTF-8, as in the `ast` module.
    """

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def end_column(self) -> int: ...
    @property
    def function(self) -> str: ...


class TapegenError(Exception):
    """Base of all errors that tapegen raises on its own account."""

    __module__ = "tapegen"


class TapegenWarning(UserWarning):
    """Base of all warnings that tapegen issues."""

    __module__ = "tapegen"


class InvalidArgumentError(TypeError):
    """Operands whose dtypes differ or do not fit: what TensorFlow calls so."""


class TransformError(TapegenError):
    """A function that tapegen cannot transform.

    Attributes:
        what: what is not possible, in one line.
        origin: the place in the user's text, or None.
        why: the reason, or None.
        instead: what to write instead, or None.
    """

    __module__ = "tapegen"

    def __init__(
        self, what: str, *, origin: Span | None = None, why: str | None = None, instead: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.origin = origin
        self.why = why
        self.instead = instead
        # Read now: the file may have changed by the time that somebody prints the error.
        self._where = [] if origin is None else _where(origin)

    def __str__(self) -> str:
        lines = [self.what, *self._where]
        lines += [
            f"  {label}: {text}" for label, text in (("why", self.why), ("instead", self.instead)) if text
        ]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        # By name, for the arguments are keywords and `__module__` names the package that re-exports the class.
        state = (
            self.what,
            self.origin,
            self.why,
            self.instead,
            self._where,
            getattr(self, "__notes__", None),
        )
        return _rebuild, (type(self).__name__, *state)


class InternalError(TransformError):
    """Tapegen broke one of its own rules: a mistake in tapegen, never in the function given to it."""

    __module__ = "tapegen"


def _rebuild(
    name: str,
    what: str,
    origin: Span | None,
    why: str | None,
    instead: str | None,
    where: list[str],
    notes: list[str] | None,
) -> TransformError:
    error = {"InternalError": InternalError}.get(name, TransformError)(what, why=why, instead=instead)
    error.origin, error._where = origin, where
    if notes:
        error.__notes__ = notes
    return error


def _where(origin: Span) -> list[str]:
    """The lines that show the place: file and line, the text, the caret; without a readable text only the first."""
    lines = [f'  File "{origin.file}", line {origin.line}, in {origin.function}']
    text = linecache.getline(origin.file, origin.line).rstrip()
    shown = text.lstrip()
    if not shown:
        return lines
    lines.append(f"    {shown}")
    cut = len(text) - len(shown)
    start = max(_characters(text, origin.column), cut)
    end = _characters(text, origin.end_column) if origin.end_line == origin.line else len(text)
    if start < len(text):
        # A tab before the caret stays a tab, so that the two lines agree whatever its width.
        pad = "".join("\t" if c == "\t" else " " * _width(c) for c in text[cut:start])
        lines.append(f"    {pad}{'^' * max(1, sum(map(_width, text[start:end])))}")
    return lines


def _characters(text: str, column: int) -> int:
    """The number of characters in the first `column` bytes of `text`.

    >>> _characters("é = x", 3)
    2
    """
    return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


def _width(character: str) -> int:
    """The number of columns that a terminal gives to `character`."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
