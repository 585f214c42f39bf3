"""Gradients of NPBench-like programs on the numba backend, in turn with `jax.jit` and with adjoints written by hand.

Run as `python -m benchmarks.npbench [--rounds N]`. The programs are those of tests/programs, called as they stand; the
loss is the sum of the result. JAX gets them as its users write them: `lax.fori_loop`, `.at[].set`, masks where a slice
would change its length. Every contestant is checked against the NumPy backend before it is timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import tapegen as tg
from benchmarks.numba_by_hand import BY_HAND
from tests.programs import registry


def inputs(name: str, rng: np.random.Generator) -> tuple[Any, ...]:
    """The inputs of a program, of about the size S of NPBench, or smaller where JAX would take minutes."""
    n = {"jacobi_2d": 100, "seidel_2d": 30, "cholesky": 40, "lu": 40, "trisolv": 200, "gemm": 300}[name]
    a = rng.random((n, n))
    return {
        "jacobi_2d": lambda: (30, a, rng.random((n, n))),
        "seidel_2d": lambda: (8, n, a),
        "cholesky": lambda: (a @ a.T + n * np.eye(n),),
        "lu": lambda: (a + n * np.eye(n),),
        "trisolv": lambda: (np.tril(a) + n * np.eye(n), np.zeros(n), rng.random(n)),
        "gemm": lambda: (1.5, 1.2, a, rng.random((n, n)), rng.random((n, n))),
    }[name]()


PROGRAMS = {
    "jacobi_2d": ("npbench_stencils.jacobi_2d", (1, 2)),
    "seidel_2d": ("npbench_stencils.seidel_2d", (2,)),
    "cholesky": ("npbench_solvers.cholesky", (0,)),
    "lu": ("npbench_solvers.lu", (0,)),
    "trisolv": ("npbench_solvers.trisolv", (0, 2)),
    "gemm": ("npbench_linear.gemm", (2, 3, 4)),
}


def in_jax() -> dict[str, Callable[..., Any]]:
    """The programs as users of JAX write them."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    jax.config.update("jax_enable_x64", True)

    def jacobi_2d(steps: int, a: Any, b: Any) -> Any:
        def sweep(x: Any, y: Any) -> Any:
            total = x[1:-1, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] + x[2:, 1:-1] + x[:-2, 1:-1]
            return y.at[1:-1, 1:-1].set(0.2 * total)

        def step(_: int, state: Any) -> Any:
            a, b = state
            b = sweep(a, b)
            return sweep(b, a), b

        return lax.fori_loop(1, steps, step, (a, b))[0]

    def seidel_2d(steps: int, n: int, a: Any) -> Any:
        def row(i: Any, a: Any) -> Any:
            above, below = a[i - 1], a[i + 1]
            total = above[:-2] + above[1:-1] + above[2:] + a[i, 2:] + below[:-2] + below[1:-1] + below[2:]
            a = a.at[i, 1:-1].add(total)

            def element(j: Any, a: Any) -> Any:
                a = a.at[i, j].add(a[i, j - 1])
                return a.at[i, j].divide(9.0)

            return lax.fori_loop(1, n - 1, element, a)

        return lax.fori_loop(0, steps - 1, lambda _, a: lax.fori_loop(1, n - 1, row, a), a)

    def cholesky(a: Any) -> Any:
        n = a.shape[0]
        columns = jnp.arange(n)

        def row(i: Any, a: Any) -> Any:
            def element(j: Any, a: Any) -> Any:
                a = a.at[i, j].add(-jnp.sum(jnp.where(columns < j, a[i] * a[j], 0.0)))
                return a.at[i, j].divide(a[j, j])

            a = lax.fori_loop(0, n, lambda j, a: lax.cond(j < i, lambda: element(j, a), lambda: a), a)
            a = a.at[i, i].add(-jnp.sum(jnp.where(columns < i, a[i] * a[i], 0.0)))
            return a.at[i, i].set(jnp.sqrt(a[i, i]))

        a = a.at[0, 0].set(jnp.sqrt(a[0, 0]))
        return lax.fori_loop(1, n, row, a)

    def lu(a: Any) -> Any:
        n = a.shape[0]
        columns = jnp.arange(n)

        def row(i: Any, a: Any) -> Any:
            def element(j: Any, a: Any) -> Any:
                last = jnp.minimum(i, j)
                a = a.at[i, j].add(-jnp.sum(jnp.where(columns < last, a[i] * a[:, j], 0.0)))
                return a.at[i, j].divide(jnp.where(j < i, a[j, j], 1.0))

            return lax.fori_loop(0, n, element, a)

        return lax.fori_loop(0, n, row, a)

    def trisolv(lower: Any, x: Any, b: Any) -> Any:
        columns = jnp.arange(x.shape[0])

        def row(i: Any, x: Any) -> Any:
            known = jnp.sum(jnp.where(columns < i, lower[i] * x, 0.0))
            return x.at[i].set((b[i] - known) / lower[i, i])

        return lax.fori_loop(0, x.shape[0], row, x)

    def gemm(alpha: Any, beta: Any, c: Any, a: Any, b: Any) -> Any:
        return alpha * a @ b + beta * c

    return {f.__name__: f for f in (jacobi_2d, seidel_2d, cholesky, lu, trisolv, gemm)}


def contestants(name: str, args: tuple[Any, ...]) -> dict[str, Callable[[], Any]]:
    """The ways to the gradient, each as a call without arguments that leaves `args` alone."""
    program, argnums = PROGRAMS[name]
    inner = registry.load()[program].function
    names = ", ".join(f"x{i}" for i in range(len(args)))
    loss = _loss(inner, names)

    def fresh() -> list[Any]:
        return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]

    on_numpy = tg.grad(loss, argnums)
    on_numba = tg.grad(tg.function(loss, backend="numba", fallback="error"), argnums)
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
    gradient = jax.jit(jax.grad(lambda *xs: function(*xs).sum(), argnums), static_argnums=static)
    device = [arg if isinstance(arg, int) else jax.numpy.asarray(arg) for arg in args]
    found["jax"] = lambda: jax.block_until_ready(gradient(*device))
    return found


def _loss(inner: Callable[..., Any], names: str) -> Callable[..., Any]:
    from tapegen.backends.load import load

    text = f"def loss({names}):\n    return np.sum(program({names}))"
    return load(text, "loss", {"np": np, "program": inner})["loss"]  # type: ignore[no-any-return]


def measure(name: str, rounds: int) -> dict[str, tuple[float, float]]:
    """The seconds of the first call and the shortest of the later ones, of each contestant."""
    args = inputs(name, np.random.default_rng(0))
    ways = contestants(name, args)
    first, best = {}, {}
    expected = ways["numpy"]()
    for way, run in ways.items():
        start = time.perf_counter()
        result = run()
        first[way] = time.perf_counter() - start
        if way != "primal":
            for got, want in zip(result, expected, strict=True):
                np.testing.assert_allclose(
                    got, want, rtol=1e-6, atol=1e-9 * np.max(np.abs(want)), err_msg=way
                )
    for _ in range(rounds):
        for way, run in ways.items():
            start = time.perf_counter()
            run()
            best[way] = min(best.get(way, np.inf), time.perf_counter() - start)
    return {way: (first[way], best[way]) for way in ways}


def main() -> None:
    """Print a table: times of the numba backend, and of the others in units of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    others = ("primal", "numpy", "by_hand", "jax")
    print(
        f"| program | numba | first call | {' | '.join(f'{way} / numba' for way in others)} | jax: first call |"
    )
    print("|---" * (len(others) + 4) + "|")
    for name in options.names or PROGRAMS:
        found = measure(name, options.rounds)
        first, best = found["numba"]
        ratios = [f"{found[way][1] / best:.2f}" if way in found else "" for way in others]
        jax_first = f"{found['jax'][0]:.1f} s" if "jax" in found else ""
        print(
            f"| {name} | {best * 1e6:.0f} us | {first:.1f} s | {' | '.join(ratios)} | {jax_first} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
