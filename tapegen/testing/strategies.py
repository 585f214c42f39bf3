"""Hypothesis strategies: random programs that shrink."""

from collections.abc import Callable, Collection

from hypothesis import strategies as st

from tapegen.testing.random_programs import FEATURES, RandomProgram, write_program


class _Drawn:
    """Choices drawn from Hypothesis, so that it can shrink them."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))


@st.composite
def programs(
    draw: Callable[[st.SearchStrategy[int]], int], features: Collection[str] = FEATURES, max_size: int = 8
) -> RandomProgram:
    """Random programs that use only `features`, with at most `max_size` top-level statements."""
    return write_program(_Drawn(draw), features, draw(st.integers(1, max_size)))
