"""Timing of contestants in turn, so that a noisy neighbour hurts all of them alike."""

import gc
import math
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.peers import Contestant

LONG_ENOUGH = 2e-3
"""Seconds that one sample should take: a call shorter than that is repeated."""
TOO_SLOW = 20.0
"""Seconds of a call beyond which a contestant is not called again."""


@dataclass
class Timing:
    """`first` is the first call in this process, compilation included; `samples` are seconds a call, one a round."""

    first: float
    samples: list[float] = field(default_factory=list)
    peak_bytes: int | None = None
    error: str | None = None

    @property
    def minimum(self) -> float:
        return min(self.samples, default=math.nan)

    @property
    def median(self) -> float:
        return statistics.median(self.samples) if self.samples else math.nan


@dataclass(frozen=True)
class Ratio:
    minimum: float
    """Quotient of the shortest times."""
    median: float
    """Median of the quotients of the rounds."""


def ratio(a: Timing, b: Timing) -> Ratio:
    """How many times longer `a` took than `b`."""
    rounds = [x / y for x, y in zip(a.samples, b.samples, strict=False)]
    return Ratio(a.minimum / b.minimum, statistics.median(rounds) if rounds else math.nan)


def clock(run: Callable[[], Any], calls: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def interleave(runs: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Timing]:
    """Time each run in every round, until about `seconds` a contestant are spent: 5 to 200 rounds."""
    timings, calls = {}, {}
    for name, run in runs.items():
        timings[name] = Timing(first=clock(run))
        once = clock(run) if timings[name].first < TOO_SLOW else timings[name].first
        calls[name] = max(1, math.ceil(LONG_ENOUGH / max(once, 1e-9)))
        timings[name].samples = [once] if once >= TOO_SLOW else []
    alive = {name: run for name, run in runs.items() if not timings[name].samples}
    spent, rounds = 0.0, 0
    collecting = gc.isenabled()
    gc.disable()
    gc.freeze()  # what the libraries hold need not be searched in every round
    try:
        while alive and rounds < 200 and (rounds < 5 or spent < seconds * len(alive)):
            names = list(alive)
            for name in names[rounds % len(names) :] + names[: rounds % len(names)]:
                sample = clock(alive[name], calls[name])
                timings[name].samples.append(sample)
                spent += sample * calls[name]
            gc.collect()
            rounds += 1
    finally:
        gc.unfreeze()
        if collecting:
            gc.enable()
    return timings


def peak_memory(run: Callable[[], Any]) -> int:
    """Bytes allocated at the peak of a call by Python and NumPy, beyond what was there before."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def disagreement(contestant: Contestant, expected: tuple[Any, Sequence[Any]]) -> str | None:
    """What is wrong with a contestant's result, if anything: nobody is timed for wrong numbers."""
    if contestant.read is None:
        return None
    value, cotangents = contestant.read(contestant.run())
    pairs = [("value", value, expected[0])]
    pairs += [(f"cotangent {k}", *pair) for k, pair in enumerate(zip(cotangents, expected[1], strict=True))]
    for what, got, wanted in pairs:
        scale = float(np.max(np.abs(wanted)))
        error = float(np.max(np.abs(np.asarray(got) - np.asarray(wanted))))
        if not error <= 1e-7 * max(scale, 1e-30):
            return f"{what} is off by {error:.1e}, its scale is {scale:.1e}"
    return None


PYTHON_MEMORY = ("primal", "by_hand", "tuned", "tapegen", "tapegen_tape", "autograd")
"""Contestants whose arrays tracemalloc sees."""


def measure(found: Sequence[Contestant], seconds: float) -> dict[str, Timing]:
    """Check, time and weigh the contestants of one case and size; `found` holds "by_hand"."""
    by_name = {contestant.name: contestant for contestant in found}
    expected = by_name["by_hand"].run()
    timings: dict[str, Timing] = {}
    sound = {}
    for name, contestant in by_name.items():
        start = time.perf_counter()
        try:
            complaint = disagreement(contestant, expected)
        except Exception as error:  # a peer's failure is a result, not the end of the run
            complaint = f"{type(error).__name__}: {error}".splitlines()[0]
        first = time.perf_counter() - start
        timings[name] = Timing(first=first, error=complaint)
        if complaint is None:
            sound[name] = contestant.run
    for name, timing in interleave(sound, seconds).items():
        if by_name[name].read is not None:
            timing.first = timings[name].first  # the check was the first call
        if name in PYTHON_MEMORY and timing.minimum < 1:
            timing.peak_bytes = peak_memory(sound[name])
        timings[name] = timing
    return timings
