"""Long lines of printed code broken after commas, as formatters do."""

from __future__ import annotations

COLUMNS = 100
_OPEN, _CLOSE = "([{", ")]}"


def wrap(text: str, columns: int = COLUMNS) -> str:
    """`text` with lines of more than `columns` columns broken inside their last brackets.

    Args:
        text: Python source with one statement a line, without comments.

    Lines with strings in them stay as they are, and so do those that have no comma in their last brackets: whoever
    prints checks that the text still reads as the same tree.

    >>> print(wrap("for a, b in zip(reversed(first_stack), reversed(second_stack)):", 44))
    for a, b in zip(
        reversed(first_stack),
        reversed(second_stack)
    ):
    """
    lines = text.split("\n")
    return "\n".join(
        part for line in lines for part in (_broken(line, columns) if len(line) > columns else [line])
    )


def _broken(line: str, columns: int) -> list[str]:
    span = None if "'" in line or '"' in line else _last_brackets(line)
    if span is None:
        return [line]
    start, end = span
    indent = line[: len(line) - len(line.lstrip())]
    parts = _between_commas(line[start + 1 : end])
    if len(parts) < 2:
        return [line]
    lines, current = [line[: start + 1]], ""
    for place, part in enumerate(parts):
        piece = part if place == len(parts) - 1 else f"{part},"
        if current and len(indent) + 4 + len(current) + 1 + len(piece) > columns:
            lines.append(f"{indent}    {current}")
            current = piece
        else:
            current = f"{current} {piece}" if current else piece
    return [*lines, f"{indent}    {current}", indent + line[end:]]


def _last_brackets(line: str) -> tuple[int, int] | None:
    """The positions of the last outermost pair of brackets with something in it."""
    found, start, depth = None, 0, 0
    for place, letter in enumerate(line):
        if letter in _OPEN:
            start = place if depth == 0 else start
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
            if depth == 0 and place > start + 1:
                found = (start, place)
    return found


def _between_commas(text: str) -> list[str]:
    """What stands between the outermost commas."""
    parts, start, depth = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    if last:
        return [*parts, last]
    # `(a, b,)`: the comma at the end stays, for `(a,)` is a tuple.
    return [*parts[:-1], f"{parts[-1]},"] if parts else []
