"""Programs that are refused today: each must raise TransformError, never give a number. The aim is an empty table."""

REFUSED: dict[str, str] = {}
"""Name of the program to the reason."""

REFUSED_AT_SECOND_ORDER: dict[str, str] = {}
"""Programs whose gradient works but whose gradient's gradient is refused."""
