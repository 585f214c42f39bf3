"""A training step through the tape, beside the compiled gradient: `python -m benchmarks.training_step`.

The network is that of `examples/digits.py`, 64-64-10 on 64 images. All ways take turns; the shortest step counts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def logits(w1, b1, w2, b2, x):
    hidden = np.tanh(x @ w1 + b1)
    return hidden @ w2 + b2


def loss(w1, b1, w2, b2, x, digit):
    scores = logits(w1, b1, w2, b2, x)
    top = np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(scores - top), axis=1)) + top[:, 0]
    right = scores[np.arange(len(digit)), digit]
    return np.mean(log_sum - right)


def steps() -> dict[str, Callable[[], Any]]:
    """The ways to take a step of gradient descent."""
    import tapegen as tg

    rng = np.random.default_rng(0)
    first = [rng.normal(size=(64, 64)) / 8, np.zeros(64), rng.normal(size=(64, 10)) / 8, np.zeros(10)]
    data = rng.random((64, 64)), rng.integers(0, 10, 64)
    rate = 1e-6

    gradient = tg.value_and_grad(loss, argnums=(0, 1, 2, 3))
    arrays = [a.copy() for a in first]

    def compiled() -> None:
        _, slopes = gradient(*arrays, *data)
        for array, slope in zip(arrays, slopes, strict=True):
            array -= rate * slope

    def taped(function: Any) -> Callable[[], None]:
        variables = [tg.Variable(a) for a in first]
        optimizer = tg.optimizers.SGD(rate)

        def step() -> None:
            with tg.GradientTape() as tape:
                value = function(*variables, *data)
            optimizer.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))

        return step

    return {"compiled": compiled, "decorated": taped(tg.function(loss)), "recorded": taped(loss)}


def main() -> None:
    from benchmarks import threads
    from benchmarks.measure import interleave

    threads.pin(1)
    ways = steps()
    for step in ways.values():
        step()
    timings = interleave(ways, 3.0)
    base = timings["compiled"].minimum
    for name, timing in timings.items():
        print(f"{name:10} {timing.minimum * 1e6:7.0f} us  {timing.minimum / base:.2f}")


if __name__ == "__main__":
    main()
