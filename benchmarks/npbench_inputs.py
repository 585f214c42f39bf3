"""The programs of `benchmarks.npbench`: where they are, what kind they are of, and inputs of two sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Inputs = Callable[[np.random.Generator, int], tuple[Any, ...]]


@dataclass(frozen=True)
class Program:
    """A program of tests/programs.

    Attributes:
        name: where it is registered.
        kind: "loops" of numbers and rows, "sweeps" of slice statements, or a few "vector" statements.
        sizes: the length that `inputs` takes, at the sizes S and M.
        argnums: the arguments that are differentiated.
        inputs: makes the arguments.
    """

    name: str
    kind: str
    sizes: tuple[int, int]
    argnums: tuple[int, ...]
    inputs: Inputs


def _spd(rng: np.random.Generator, n: int) -> Any:
    a = rng.random((n, n))
    return a @ a.T + n * np.eye(n)


def _square(rng: np.random.Generator, n: int, count: int) -> list[Any]:
    return [rng.random((n, n)) for _ in range(count)]


def _dominant(rng: np.random.Generator, n: int) -> Any:
    return rng.random((n, n)) + n * np.eye(n)


def _gemver(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    return (1.5, 1.2, rng.random((n, n)), *(rng.random(n) for _ in range(8)))


def _mlp(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    shapes = ((8, n), (n, n), (n,), (n, n), (n,), (n, 10), (10,))
    return tuple(rng.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes)


def _advection(rng: np.random.Generator, n: int) -> tuple[Any, ...]:
    deep = 24
    grids = [rng.random((n + wide, n, deep)) for wide in (0, 0, 1, 0, 0)]
    return (*grids, 0.15)


_LINEAR = {
    "gemm": ("vector", (60, 200), (2, 3, 4), lambda rng, n: (1.5, 1.2, *_square(rng, n, 3))),
    "k2mm": ("vector", (60, 200), (2, 3, 4, 5), lambda rng, n: (1.5, 1.2, *_square(rng, n, 4))),
    "k3mm": ("vector", (60, 200), (0, 1, 2, 3), lambda rng, n: tuple(_square(rng, n, 4))),
    "atax": ("vector", (200, 800), (0, 1), lambda rng, n: (rng.random((n, n)), rng.random(n))),
    "bicg": (
        "vector",
        (200, 800),
        (0, 1, 2),
        lambda rng, n: (rng.random((n, n)), rng.random(n), rng.random(n)),
    ),
    "mvt": (
        "vector",
        (200, 800),
        (0, 1, 2, 3, 4),
        lambda rng, n: (*(rng.random(n) for _ in range(4)), rng.random((n, n))),
    ),
    "gesummv": (
        "vector",
        (200, 800),
        (2, 3, 4),
        lambda rng, n: (1.5, 1.2, *_square(rng, n, 2), rng.random(n)),
    ),
    "gemver": ("vector", (200, 800), (2, 3, 4, 5, 6, 7, 8, 9, 10), _gemver),
    "symm": ("loops", (20, 60), (2, 3, 4), lambda rng, n: (1.5, 1.2, *_square(rng, n, 3))),
    "syrk": ("loops", (30, 80), (2, 3), lambda rng, n: (1.5, 1.2, *_square(rng, n, 2))),
    "syr2k": ("loops", (30, 80), (2, 3, 4), lambda rng, n: (1.5, 1.2, *_square(rng, n, 3))),
    "trmm": ("loops", (30, 80), (1, 2), lambda rng, n: (1.5, *_square(rng, n, 2))),
    "doitgen": ("loops", (16, 30), (0, 1), lambda rng, n: (rng.random((n, n, n)), rng.random((n, n)))),
    "covariance": ("loops", (30, 80), (0,), lambda rng, n: (rng.random((n + 10, n)),)),
    "correlation": ("loops", (30, 80), (0,), lambda rng, n: (rng.random((n + 10, n)),)),
    "floyd_warshall": ("sweeps", (30, 80), (0,), lambda rng, n: (rng.uniform(0.1, 3.0, (n, n)),)),
}
_SOLVERS = {
    "cholesky": ("loops", (20, 40), (0,), lambda rng, n: (_spd(rng, n),)),
    "cholesky2": ("vector", (60, 200), (0,), lambda rng, n: (_spd(rng, n),)),
    "lu": ("loops", (20, 40), (0,), lambda rng, n: (_dominant(rng, n),)),
    "ludcmp": ("loops", (20, 40), (0, 1), lambda rng, n: (_dominant(rng, n), rng.random(n))),
    "trisolv": (
        "loops",
        (100, 300),
        (0, 2),
        lambda rng, n: (np.tril(rng.random((n, n))) + n * np.eye(n), np.zeros(n), rng.random(n)),
    ),
    "durbin": ("loops", (100, 300), (0,), lambda rng, n: (rng.uniform(-0.3, 0.3, n) / n,)),
    "gramschmidt": ("loops", (30, 80), (0,), lambda rng, n: (rng.random((n + 10, n)) + np.eye(n + 10, n),)),
}
_STENCILS = {
    "jacobi_1d": ("sweeps", (400, 3000), (1, 2), lambda rng, n: (50, rng.random(n), rng.random(n))),
    "jacobi_2d": ("sweeps", (60, 150), (1, 2), lambda rng, n: (20, *_square(rng, n, 2))),
    "seidel_2d": ("loops", (20, 40), (2,), lambda rng, n: (6, n, rng.random((n, n)))),
    "heat_3d": ("sweeps", (14, 30), (1, 2), lambda rng, n: (10, rng.random((n,) * 3), rng.random((n,) * 3))),
    "fdtd_2d": ("sweeps", (50, 120), (1, 2, 3, 4), lambda rng, n: (20, *_square(rng, n, 3), rng.random(20))),
    "vertical_advection": ("sweeps", (10, 30), (0, 1, 2, 3, 4), _advection),
    "lax_wendroff_2d": ("sweeps", (60, 200), (0,), lambda rng, n: (rng.random((n, n)), 0.1)),
}
_APPS = {
    "softmax": ("vector", (10, 30), (0,), lambda rng, n: (rng.standard_normal((n, n, 4, 16)),)),
    "mlp": ("vector", (40, 200), (0, 1, 2, 3, 4, 5, 6), _mlp),
    "arc_distance": (
        "vector",
        (1000, 50000),
        (0, 1),
        lambda rng, n: (rng.uniform(0.1, 1.0, n), rng.uniform(0.1, 1.0, n), 2.0),
    ),
    "compute": (
        "vector",
        (1000, 50000),
        (0, 1),
        lambda rng, n: (rng.standard_normal(n), rng.standard_normal(n), 0.7),
    ),
    "go_fast": ("loops", (30, 200), (0,), lambda rng, n: (rng.standard_normal((n, n)),)),
}


def _table() -> dict[str, Program]:
    found = {}
    chapters = (("linear", _LINEAR), ("solvers", _SOLVERS), ("stencils", _STENCILS), ("apps", _APPS))
    for chapter, programs in chapters:
        for name, (kind, sizes, argnums, inputs) in programs.items():
            found[name] = Program(f"npbench_{chapter}.{name}", kind, sizes, argnums, inputs)  # type: ignore[arg-type]
    return found


PROGRAMS = _table()
