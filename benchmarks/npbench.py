"""Gradients of NPBench-like programs on the numba backend, in turn with `jax.jit` and with adjoints written by hand.

Run as `python -m benchmarks.npbench [--sizes S,M] [--rounds N] [--json FILE] [names]`. The programs are those of
tests/programs, called as they stand; the loss is the sum of the results. JAX gets them as its users write them
(benchmarks/npbench_jax.py). Every contestant is checked against the NumPy backend before it is timed. Each library uses
one thread if the environment says so (`OMP_NUM_THREADS=1`, and for JAX see benchmarks/threads.py).
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import tapegen as tg
from benchmarks.npbench_inputs import PROGRAMS
from benchmarks.npbench_jax import in_jax
from benchmarks.numba_by_hand import BY_HAND
from tapegen.backends.load import load
from tests.programs import registry

SECONDS = 1.0
"""A program is measured for at least so long."""
OTHERS = ("primal", "numpy", "by_hand", "jax")
Times = dict[str, tuple[float, float]]
"""By contestant the seconds of the first call, and the shortest of the later ones."""


def scalar(inner: Callable[..., Any], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The program with the sum of its results as the only one."""
    names = ", ".join(f"x{i}" for i in range(len(args)))
    result = inner(*[arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args])
    parts = [f"[{i}]" for i in range(len(result))] if isinstance(result, tuple) else [""]
    text = f"def loss({names}):\n    out = program({names})\n    return "
    text += " + ".join(f"np.sum(out{part})" for part in parts)
    return load(text, "loss", {"np": np, "program": inner})["loss"]  # type: ignore[no-any-return]


def contestants(name: str, args: tuple[Any, ...]) -> dict[str, Callable[[], Any]]:
    """The ways to the gradient, each as a call without arguments that leaves `args` alone."""
    program = PROGRAMS[name]
    loss = scalar(registry.load()[program.name].function, args)

    def fresh() -> list[Any]:
        return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]

    on_numpy = tg.grad(loss, program.argnums)
    on_numba = tg.grad(tg.function(loss, backend="numba"), program.argnums)
    found = {
        "primal": lambda: loss(*fresh()),
        "numpy": lambda: on_numpy(*fresh()),
        "numba": lambda: on_numba(*fresh()),
    }
    if name in BY_HAND:
        by_hand = BY_HAND[name]
        found["by_hand"] = lambda: by_hand(*fresh())
    try:
        import jax
    except ImportError:
        return found
    function = in_jax()[name]
    static = tuple(i for i, arg in enumerate(args) if isinstance(arg, int))
    gradient = jax.jit(
        jax.grad(lambda *xs: jax.numpy.sum(function(*xs)), program.argnums), static_argnums=static
    )
    device = [arg if isinstance(arg, int) else jax.numpy.asarray(arg) for arg in args]
    found["jax"] = lambda: jax.block_until_ready(gradient(*device))
    return found


def measure(name: str, size: int, rounds: int) -> Times:
    """The times of all contestants.

    Raises: AssertionError if they do not agree.
    """
    program = PROGRAMS[name]
    args = program.inputs(np.random.default_rng(0), program.sizes[size])
    ways = contestants(name, args)
    first, best = {}, {}
    expected = ways["numpy"]()
    for way, run in ways.items():
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tg.TapegenWarning)  # what is not compiled runs on NumPy
            result = run()
        first[way] = time.perf_counter() - start
        if way != "primal":
            for got, want in zip(result, expected, strict=True):
                scale = np.max(np.abs(want))
                np.testing.assert_allclose(
                    got, want, rtol=1e-6, atol=1e-8 * scale + 1e-13, err_msg=f"{name}: {way}"
                )
    end = time.perf_counter() + SECONDS
    while rounds > 0 or time.perf_counter() < end:
        rounds -= 1
        for way, run in ways.items():
            start = time.perf_counter()
            run()
            best[way] = min(best.get(way, np.inf), time.perf_counter() - start)
    return {way: (first[way], best[way]) for way in ways}


def row(name: str, found: Times) -> str:
    """A line of the table."""
    first, best = found["numba"]
    ratios = [f"{found[way][1] / best:.2f}" if way in found else "" for way in OTHERS]
    jax_first = f"{found['jax'][0]:.1f} s" if "jax" in found else ""
    cells = [name, PROGRAMS[name].kind, f"{best * 1e6:.0f} us", f"{first:.1f} s", *ratios, jax_first]
    return f"| {' | '.join(cells)} |"


def summary(results: Mapping[str, Times]) -> str:
    """Means of the ratios over the programs, and by kind."""
    lines = []
    kinds = sorted({PROGRAMS[name].kind for name in results})
    for kind in (None, *kinds):
        names = [name for name in results if kind in (None, PROGRAMS[name].kind)]
        parts = [f"{kind or 'all'} ({len(names)})"]
        for way in OTHERS:
            ratios = [results[n][way][1] / results[n]["numba"][1] for n in names if way in results[n]]
            if ratios:
                mean = np.exp(np.mean(np.log(ratios)))
                parts.append(
                    f"{way} / numba {mean:.2f} (arithmetic mean {np.mean(ratios):.1f}, least {min(ratios):.2f})"
                )
        lines.append("; ".join(parts))
    first = [found["numba"][0] for found in results.values()]
    lines.append(f"first call with numba: median {np.median(first):.1f} s, worst {max(first):.1f} s")
    return "\n".join(lines)


def main() -> None:
    """Print a table for each size: times of the numba backend, and of the others in units of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="S,M")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    everything: dict[str, dict[str, Times]] = {}
    for size in options.sizes.split(","):
        results = everything[size] = {}
        print(f"\nSize {size}\n")
        ratios = " | ".join(f"{way} / numba" for way in OTHERS)
        print(f"| program | kind | numba | first call | {ratios} | jax: first call |")
        print("|---" * (len(OTHERS) + 5) + "|")
        for name in options.names or PROGRAMS:
            results[name] = measure(name, "SM".index(size), options.rounds)
            print(row(name, results[name]), flush=True)
            if options.json:
                options.json.write_text(json.dumps(everything, indent=1))
        print()
        print(summary(results))


if __name__ == "__main__":
    main()
