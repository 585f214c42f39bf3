"""Layout: comments that say which of the user's lines a piece of generated code belongs to."""

from __future__ import annotations

import linecache

import gast

from tapegen.analysis.uses import binds
from tapegen.lang.core import Core
from tapegen.lang.origin import Origin, origin_of
from tapegen.optimise.rewrite import changed, is_cotangent, map_blocks, with_body


def mark_lines(fn: Core, headings: bool = True, columns: int = 72) -> Core:
    """Put the user's line above the first statement of its adjoint, and a heading above the adjoint sweep.

    >>> from tapegen.optimise.rewrite import core
    >>> from tapegen.lang.show import show
    >>> before = core('''
    ... def f(x):
    ...     y = np.sin(x)
    ...     x_bar = np.cos(x)
    ...     return x_bar''')
    >>> print(show(mark_lines(before)))
    def f(x):
        y = np.sin(x)
        # adjoint
        x_bar = np.cos(x)
        return x_bar

    Where statements know their origin, the line itself is quoted: `# line 12: y = np.sin(x)`.

    Args:
        headings: whether the adjoint sweep gets its heading.
        columns: where a quoted line is cut off.
    """
    start = next((place for place, stmt in enumerate(fn.body) if _is_adjoint(stmt)), None)
    if start is None:
        return fn
    last: list[tuple[str, int] | None] = [None]

    def marked(stmt: gast.stmt) -> gast.stmt:
        origin = origin_of(stmt)
        if origin is not None and type(stmt) is not gast.Return:
            line = (origin.file, origin.line)
            text = _text(origin, columns) if line != last[0] else None
            last[0] = line
            if text is not None:
                stmt = _commented(stmt, text)
        return map_blocks(stmt, lambda body: [marked(inner) for inner in body])

    adjoint = [marked(stmt) for stmt in fn.body[start:]]
    if headings and start > 0:
        adjoint[0] = _commented(adjoint[0], "adjoint", first=True)
    return with_body(fn, [*fn.body[:start], *adjoint])


def _is_adjoint(stmt: gast.stmt) -> bool:
    return any(is_cotangent(name) for name in binds(stmt))


def _text(origin: Origin, columns: int) -> str | None:
    text = linecache.getline(origin.file, origin.line).strip()
    if not text:
        return None
    text = f"line {origin.line}: {text}"
    return text if len(text) <= columns else text[: columns - 3].rstrip() + "..."


def _commented(stmt: gast.stmt, text: str, first: bool = False) -> gast.stmt:
    """`stmt` with one more comment line, above those that it has or below them."""
    fresh: gast.stmt = changed(stmt)
    old = getattr(stmt, "comment", None)
    lines = [text, old] if first else [old, text]
    fresh.comment = "\n".join(line for line in lines if line)
    return fresh
