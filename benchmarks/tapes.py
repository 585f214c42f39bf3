"""Cost of one recorded operation, forward and backward, on vectors of ten numbers: `python -m benchmarks.tapes`.

A chain of n operations, half of them `sin` and half products with a number, and the gradient of its sum. Each library
records it in its own way; what is missing is left out. All are checked against the gradient by hand.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

LENGTHS = (10, 100, 1000, 10000)
Run = Callable[[], Any]


def chain(x: Any, length: int, sin: Callable[[Any], Any]) -> Any:
    for _ in range(length // 2):
        x = sin(x)
        x = x * 1.01
    return x


def by_hand(x: Any, length: int) -> Run:
    import numpy as np

    def run() -> Any:
        kept, value = [], x
        for _ in range(length // 2):
            kept.append(value)
            value = np.sin(value) * 1.01
        ct = np.ones_like(x)
        for value in reversed(kept):
            ct = ct * 1.01 * np.cos(value)
        return ct

    return run


def tapegen(x: Any, length: int) -> Run:
    import tapegen as tg

    return _tape(tg, x, length)


def tensorflow(x: Any, length: int) -> Run:
    import tensorflow as tf

    return _tape(tf, x, length)


def _tape(tf: Any, x: Any, length: int) -> Run:
    source = tf.constant(x)

    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(source)
            value = tf.reduce_sum(chain(source, length, tf.sin))
        return tape.gradient(value, source)

    return run


def torch(x: Any, length: int) -> Run:
    import torch

    torch.set_num_threads(1)
    source = torch.tensor(x, requires_grad=True)
    return lambda: torch.autograd.grad(chain(source, length, torch.sin).sum(), source)[0]


def autograd(x: Any, length: int) -> Run:
    import autograd
    import autograd.numpy as np

    gradient = autograd.grad(lambda x: np.sum(chain(x, length, np.sin)))
    return lambda: gradient(x)


def mygrad(x: Any, length: int) -> Run:
    import mygrad as mg

    def run() -> Any:
        source = mg.tensor(x)
        chain(source, length, mg.sin).sum().backward()
        return source.grad

    return run


CONTESTANTS: dict[str, Callable[[Any, int], Run]] = {
    "by_hand": by_hand,
    "tapegen": tapegen,
    "autograd": autograd,
    "mygrad": mygrad,
    "torch": torch,
    "tensorflow": tensorflow,
}


def measure(lengths: tuple[int, ...] = LENGTHS, seconds: float = 0.5) -> dict[int, dict[str, float]]:
    """Microseconds an operation by length and library: the shortest of rounds in which all take turns."""
    import numpy as np

    from benchmarks.measure import interleave

    x = np.linspace(0.1, 1.0, 10)
    found: dict[int, dict[str, float]] = {}
    for length in lengths:
        runs = {}
        wanted = by_hand(x, length)()
        for name, make in CONTESTANTS.items():
            try:
                run = make(x, length)
                result = np.asarray(run())
            except (ImportError, RecursionError):  # not here; or a tape that walks itself by recursion
                continue
            np.testing.assert_allclose(result, wanted, rtol=1e-10)
            runs[name] = run
        timings = interleave(runs, seconds)
        found[length] = {name: timing.minimum / length * 1e6 for name, timing in timings.items()}
    return found


def table(found: dict[int, dict[str, float]]) -> str:
    names = list(CONTESTANTS)
    lines = ["| operations | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for length, row in found.items():
        cells = [f"{row[name]:.2f} us" if name in row else "" for name in names]
        lines.append(f"| {length} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tapes", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each library and length")
    parser.add_argument("--out", type=Path, help="a JSON file for the numbers")
    options = parser.parse_args()

    from benchmarks import threads

    threads.pin(1)
    found = measure(seconds=options.seconds)
    print(table(found))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
