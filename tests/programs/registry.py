"""The list of programs. A function added under `@program` is tested in every mode, backend and order."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MODULES = (
    "scalars", "arrays", "control_flow", "loops", "in_place", "views", "functions", "closures", "classes", "containers",
    "container_arguments", "builtins", "linear_algebra", "ode", "filters", "stencils", "statistics", "machine_learning",
    "finance", "physics", "signal", "npbench_linear", "npbench_solvers", "npbench_stencils", "npbench_apps",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A function, how to make its arguments, and what to know about it.

    `level` 2 needs only straight calls, branches, `for` and `while`, and stores into arrays created in the function;
    level 3 is the whole language. `argnums` are the positions differentiated (None: all that hold floats).
    The tag "writes_argument" marks functions that leave their arguments changed.
    """

    name: str
    function: Callable[..., Any]
    make_args: Callable[[np.random.Generator], tuple[Any, ...]]
    tags: frozenset[str]
    level: int
    argnums: tuple[int, ...] | None

    def args(self, seed: int = 0) -> tuple[Any, ...]:
        """Fresh arguments, the same for the same seed."""
        return self.make_args(np.random.default_rng(seed))


PROGRAMS: dict[str, Program] = {}


def program(
    args: Callable[[np.random.Generator], tuple[Any, ...]],
    tags: set[str] | None = None,
    level: int = 2,
    argnums: tuple[int, ...] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the function below and return it as it is."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        if name in PROGRAMS:
            raise ValueError(f"two programs are called {name}")
        PROGRAMS[name] = Program(name, function, args, frozenset(tags or ()), level, argnums)
        return function

    return register


def load() -> dict[str, Program]:
    """Import all modules of the corpus and return its programs by name."""
    for module in MODULES:
        importlib.import_module(f".{module}", __package__)
    return PROGRAMS
