"""Gradients of three programs of tests/programs as somebody writes them by hand for Numba: explicit fused loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _compile() -> dict[str, Callable[..., Any]]:
    from numba import njit

    @njit(error_model="numpy")
    def sweep_back(x_bar: Any, y_bar: Any) -> None:
        n, m = x_bar.shape
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                ct = 0.2 * x_bar[i, j]
                x_bar[i, j] = 0.0
                y_bar[i, j] += ct
                y_bar[i, j - 1] += ct
                y_bar[i, j + 1] += ct
                y_bar[i + 1, j] += ct
                y_bar[i - 1, j] += ct

    @njit(error_model="numpy")
    def jacobi_2d(steps: int, a: Any, b: Any) -> Any:
        n, m = a.shape
        for _ in range(1, steps):
            for i in range(1, n - 1):
                for j in range(1, m - 1):
                    b[i, j] = 0.2 * (a[i, j] + a[i, j - 1] + a[i, j + 1] + a[i + 1, j] + a[i - 1, j])
            for i in range(1, n - 1):
                for j in range(1, m - 1):
                    a[i, j] = 0.2 * (b[i, j] + b[i, j - 1] + b[i, j + 1] + b[i + 1, j] + b[i - 1, j])
        a_bar, b_bar = np.ones((n, m)), np.zeros((n, m))
        for _ in range(1, steps):
            sweep_back(a_bar, b_bar)
            sweep_back(b_bar, a_bar)
        return a_bar, b_bar

    @njit(error_model="numpy")
    def seidel_2d(steps: int, n: int, a: Any) -> Any:
        for _ in range(steps - 1):
            for i in range(1, n - 1):
                for j in range(1, n - 1):
                    a[i, j] += (a[i - 1, j - 1] + a[i - 1, j] + a[i - 1, j + 1] + a[i, j + 1]) + (
                        a[i + 1, j - 1] + a[i + 1, j] + a[i + 1, j + 1]
                    )
                for j in range(1, n - 1):
                    a[i, j] = (a[i, j] + a[i, j - 1]) / 9.0
        bar = np.ones((n, n))
        for _ in range(steps - 1):
            for i in range(n - 2, 0, -1):
                for j in range(n - 2, 0, -1):
                    bar[i, j] /= 9.0
                    bar[i, j - 1] += bar[i, j]
                for j in range(n - 2, 0, -1):
                    ct = bar[i, j]
                    bar[i, j + 1] += ct
                    for row in (i - 1, i + 1):
                        bar[row, j - 1] += ct
                        bar[row, j] += ct
                        bar[row, j + 1] += ct
        return (bar,)

    @njit(error_model="numpy")
    def cholesky(a: Any) -> Any:
        n = a.shape[0]
        for i in range(n):
            for j in range(i):
                total = a[i, j]
                for k in range(j):
                    total -= a[i, k] * a[j, k]
                a[i, j] = total / a[j, j]
            total = a[i, i]
            for k in range(i):
                total -= a[i, k] * a[i, k]
            a[i, i] = np.sqrt(total)
        bar = np.ones((n, n))
        for i in range(n - 1, -1, -1):
            bar[i, i] *= 0.5 / a[i, i]
            ct = bar[i, i]
            for k in range(i):
                bar[i, k] -= 2.0 * ct * a[i, k]
            for j in range(i - 1, -1, -1):
                ct = bar[i, j] / a[j, j]
                bar[j, j] -= ct * a[i, j]
                bar[i, j] = ct
                for k in range(j):
                    bar[i, k] -= ct * a[j, k]
                    bar[j, k] -= ct * a[i, k]
        return (bar,)

    return {
        "jacobi_2d": lambda *args: jacobi_2d(*args),
        "seidel_2d": lambda *args: seidel_2d(*args),
        "cholesky": lambda *args: cholesky(*args),
    }


class _Lazy(dict[str, Callable[..., Any]]):
    """The table, compiled when it is first looked into."""

    def __contains__(self, name: object) -> bool:
        return name in ("jacobi_2d", "seidel_2d", "cholesky")

    def __missing__(self, name: str) -> Callable[..., Any]:
        self.update(_compile())
        return self[name]


BY_HAND = _Lazy()
