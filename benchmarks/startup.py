"""What a user waits for before the first gradient: imports, and the first call on a function of 50 lines.

Each measurement is a process of its own, taken in turn.
"""

import json
import statistics
import subprocess
import sys
from typing import Any

IMPORT = "import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
FIRST = "from benchmarks.startup import first_gradient; print(first_gradient({name!r}))"


def first_gradient(name: str) -> float:
    """Seconds from the undifferentiated function to its first gradient; imports come before."""
    import time

    from benchmarks.case import with_numpy
    from benchmarks.fifty_lines import X, loss

    if name == "tapegen":
        import tapegen as tg

        start = time.perf_counter()
        tg.grad(loss)(X)
    elif name == "autograd":
        import autograd
        import autograd.numpy

        written = with_numpy(loss, autograd.numpy)
        start = time.perf_counter()
        autograd.grad(written)(X)
    elif name == "jax":
        import jax

        written = with_numpy(loss, jax.numpy)
        start = time.perf_counter()
        jax.block_until_ready(jax.jit(jax.grad(written))(X))
    else:
        raise ValueError(name)
    return time.perf_counter() - start


def _run(code: str) -> float | None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def measure(rounds: int = 7) -> dict[str, Any]:
    """Minimum and median seconds of each import and each first gradient; what fails is left out."""
    codes = {f"import {name}": IMPORT.format(module=name) for name in ("numpy", "tapegen", "autograd", "jax")}
    codes |= {f"first gradient {name}": FIRST.format(name=name) for name in ("tapegen", "autograd", "jax")}
    samples: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(rounds):
        for name, code in codes.items():
            if (seconds := _run(code)) is not None:
                samples[name].append(seconds)
    found = {name: {"minimum": min(s), "median": statistics.median(s)} for name, s in samples.items() if s}
    if "import tapegen" in found:
        found["import tapegen / import numpy"] = {
            key: found["import tapegen"][key] / found["import numpy"][key] for key in ("minimum", "median")
        }
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
