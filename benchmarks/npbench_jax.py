"""NPBench-like programs put into JAX statement by statement: `lax.fori_loop`, `.at[].set`, masks for growing slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def linear() -> dict[str, Callable[..., Any]]:
    """Products of matrices and vectors, some of them in loops."""
    import jax.numpy as jnp
    from jax import lax

    def symm(alpha: Any, beta: Any, c: Any, a: Any, b: Any) -> Any:
        rows = jnp.arange(c.shape[0])

        def row(i: Any, c: Any) -> Any:
            left = jnp.where(rows < i, a[i], 0.0)

            def column(j: Any, state: Any) -> Any:
                c, temp = state
                c = c.at[:, j].add(alpha * b[i, j] * left)
                return c, temp.at[j].set(b[:, j] @ left)

            c, temp = lax.fori_loop(0, c.shape[1], column, (c, jnp.zeros(c.shape[1])))
            return c.at[i].add(alpha * b[i] * a[i, i] + alpha * temp)

        return lax.fori_loop(0, c.shape[0], row, c * beta)

    def syrk(alpha: Any, beta: Any, c: Any, a: Any) -> Any:
        columns = jnp.arange(c.shape[1])

        def row(i: Any, c: Any) -> Any:
            def update(k: Any, c: Any) -> Any:
                return c.at[i].add(jnp.where(columns <= i, alpha * a[i, k] * a[:, k], 0.0))

            c = c.at[i].multiply(jnp.where(columns <= i, beta, 1.0))
            return lax.fori_loop(0, a.shape[1], update, c)

        return lax.fori_loop(0, a.shape[0], row, c)

    def syr2k(alpha: Any, beta: Any, c: Any, a: Any, b: Any) -> Any:
        columns = jnp.arange(c.shape[1])

        def row(i: Any, c: Any) -> Any:
            def update(k: Any, c: Any) -> Any:
                new = a[:, k] * alpha * b[i, k] + b[:, k] * alpha * a[i, k]
                return c.at[i].add(jnp.where(columns <= i, new, 0.0))

            c = c.at[i].multiply(jnp.where(columns <= i, beta, 1.0))
            return lax.fori_loop(0, a.shape[1], update, c)

        return lax.fori_loop(0, a.shape[0], row, c)

    def trmm(alpha: Any, a: Any, b: Any) -> Any:
        rows = jnp.arange(b.shape[0])

        def row(i: Any, b: Any) -> Any:
            def element(j: Any, b: Any) -> Any:
                return b.at[i, j].add(jnp.where(rows > i, a[:, i], 0.0) @ b[:, j])

            return lax.fori_loop(0, b.shape[1], element, b)

        return alpha * lax.fori_loop(0, b.shape[0], row, b)

    def covariance(data: Any) -> Any:
        data = data - jnp.mean(data, axis=0)
        m = data.shape[1]
        columns = jnp.arange(m)

        def column(i: Any, cov: Any) -> Any:
            new = data[:, i] @ data / (data.shape[0] - 1.0)
            cov = cov.at[i].set(jnp.where(columns >= i, new, cov[i]))
            return cov.at[:, i].set(jnp.where(columns >= i, new, cov[:, i]))

        return lax.fori_loop(0, m, column, jnp.zeros((m, m)))

    def correlation(data: Any) -> Any:
        deviation = jnp.std(data, axis=0)
        deviation = jnp.where(deviation <= 0.1, 1.0, deviation)
        data = (data - jnp.mean(data, axis=0)) / (jnp.sqrt(data.shape[0]) * deviation)
        columns = jnp.arange(data.shape[1])

        def column(i: Any, corr: Any) -> Any:
            new = data[:, i] @ data
            corr = corr.at[i].set(jnp.where(columns > i, new, corr[i]))
            return corr.at[:, i].set(jnp.where(columns > i, new, corr[:, i]))

        return lax.fori_loop(0, data.shape[1] - 1, column, jnp.eye(data.shape[1]))

    def doitgen(a: Any, c4: Any) -> Any:
        def row(r: Any, a: Any) -> Any:
            return lax.fori_loop(0, a.shape[1], lambda q, a: a.at[r, q].set(a[r, q] @ c4), a)

        return lax.fori_loop(0, a.shape[0], row, a)

    def gemver(
        alpha: Any, beta: Any, a: Any, u1: Any, v1: Any, u2: Any, v2: Any, w: Any, x: Any, y: Any, z: Any
    ) -> Any:
        a = a + jnp.outer(u1, v1) + jnp.outer(u2, v2)
        x = x + beta * y @ a + z
        return jnp.sum(w + alpha * a @ x)

    def floyd_warshall(path: Any) -> Any:
        return lax.fori_loop(
            0, path.shape[0], lambda k, p: jnp.minimum(p, p[:, k][:, None] + p[k][None, :]), path
        )

    return {
        "gemm": lambda alpha, beta, c, a, b: alpha * a @ b + beta * c,
        "k2mm": lambda alpha, beta, a, b, c, d: alpha * a @ b @ c + beta * d,
        "k3mm": lambda a, b, c, d: a @ b @ c @ d,
        "atax": lambda a, x: (a @ x) @ a,
        "bicg": lambda a, p, r: jnp.sum(r @ a) + jnp.sum(a @ p),
        "mvt": lambda x1, x2, y1, y2, a: (x1 + a @ y1) @ (x2 + y2 @ a),
        "gesummv": lambda alpha, beta, a, b, x: alpha * a @ x + beta * b @ x,
        **{
            f.__name__: f
            for f in (symm, syrk, syr2k, trmm, covariance, correlation, doitgen, gemver, floyd_warshall)
        },
    }


def solvers() -> dict[str, Callable[..., Any]]:
    """Factorisations and recurrences."""
    import jax.numpy as jnp
    from jax import lax

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

    def cholesky2(a: Any) -> Any:
        return jnp.linalg.cholesky(0.5 * (a + a.T)) + jnp.triu(a, k=1)

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

    def ludcmp(a: Any, b: Any) -> Any:
        a = lu(a)
        n = a.shape[0]
        columns = jnp.arange(n)

        def down(i: Any, y: Any) -> Any:
            return y.at[i].set(b[i] - jnp.sum(jnp.where(columns < i, a[i] * y, 0.0)))

        def up(k: Any, x: Any) -> Any:
            i = n - 1 - k
            return x.at[i].set((y[i] - jnp.sum(jnp.where(columns > i, a[i] * x, 0.0))) / a[i, i])

        y = lax.fori_loop(0, n, down, jnp.zeros_like(b))
        return jnp.sum(lax.fori_loop(0, n, up, jnp.zeros_like(b))) + jnp.sum(y)

    def trisolv(lower: Any, x: Any, b: Any) -> Any:
        columns = jnp.arange(x.shape[0])

        def row(i: Any, x: Any) -> Any:
            known = jnp.sum(jnp.where(columns < i, lower[i] * x, 0.0))
            return x.at[i].set((b[i] - known) / lower[i, i])

        return lax.fori_loop(0, x.shape[0], row, x)

    def durbin(r: Any) -> Any:
        places = jnp.arange(r.shape[0])

        def step(k: Any, state: Any) -> Any:
            y, alpha, beta = state
            beta = beta * (1.0 - alpha * alpha)
            inside = places < k
            mirrored = jnp.where(inside, jnp.take(y, (k - 1 - places) % r.shape[0]), 0.0)
            product = jnp.sum(jnp.where(inside, r * mirrored, 0.0))
            alpha = -(r[k] + product) / beta
            return (y + alpha * mirrored).at[k].set(alpha), alpha, beta

        start = (jnp.zeros_like(r).at[0].set(-r[0]), -r[0], jnp.ones(()))
        return lax.fori_loop(1, r.shape[0], step, start)[0]

    def gramschmidt(a: Any) -> Any:
        columns = jnp.arange(a.shape[1])

        def step(k: Any, state: Any) -> Any:
            a, q, r = state
            norm = jnp.sqrt(a[:, k] @ a[:, k])
            column = a[:, k] / norm
            row = jnp.where(columns > k, column @ a, 0.0)
            a = a - column[:, None] * row[None, :]
            return a, q.at[:, k].set(column), r.at[k].set(row.at[k].set(norm))

        _, q, r = lax.fori_loop(0, a.shape[1], step, (a, jnp.zeros_like(a), jnp.zeros((a.shape[1],) * 2)))
        return jnp.sum(q) + jnp.sum(r)

    functions = (cholesky, cholesky2, lu, ludcmp, trisolv, durbin, gramschmidt)
    return {f.__name__: f for f in functions}


def stencils() -> dict[str, Callable[..., Any]]:
    """Sweeps over grids."""
    import jax.numpy as jnp
    from jax import lax

    def two_buffers(sweep: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        def run(steps: int, a: Any, b: Any) -> Any:
            def step(_: int, state: Any) -> Any:
                a, b = state
                b = sweep(a, b)
                return sweep(b, a), b

            return lax.fori_loop(1, steps, step, (a, b))[0]

        return run

    def sweep_1d(x: Any, y: Any) -> Any:
        return y.at[1:-1].set(0.33333 * (x[:-2] + x[1:-1] + x[2:]))

    def sweep_2d(x: Any, y: Any) -> Any:
        total = x[1:-1, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] + x[2:, 1:-1] + x[:-2, 1:-1]
        return y.at[1:-1, 1:-1].set(0.2 * total)

    def sweep_3d(x: Any, y: Any) -> Any:
        middle = x[1:-1, 1:-1, 1:-1]
        total = (
            0.125 * (x[2:, 1:-1, 1:-1] - 2.0 * middle + x[:-2, 1:-1, 1:-1])
            + 0.125 * (x[1:-1, 2:, 1:-1] - 2.0 * middle + x[1:-1, :-2, 1:-1])
            + 0.125 * (x[1:-1, 1:-1, 2:] - 2.0 * middle + x[1:-1, 1:-1, :-2])
        )
        return y.at[1:-1, 1:-1, 1:-1].set(total + middle)

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

    def fdtd_2d(steps: int, ex: Any, ey: Any, hz: Any, source: Any) -> Any:
        def step(t: Any, state: Any) -> Any:
            ex, ey, hz = state
            ey = ey.at[0, :].set(source[t])
            ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
            ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
            curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
            return ex, ey, hz.at[:-1, :-1].add(-0.7 * curl)

        return lax.fori_loop(0, steps, step, (ex, ey, hz))[2]

    def vertical_advection(stage: Any, stream: Any, wcon: Any, pos: Any, tendency: Any, rate: Any) -> Any:
        nk = stream.shape[2]
        c, d = jnp.zeros_like(stream), jnp.zeros_like(stream)
        for k in range(nk):
            rhs = rate * pos[:, :, k] + tendency[:, :, k] + stage[:, :, k]
            lower = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k]) * 0.5
            upper = jnp.zeros_like(lower)
            if k + 1 < nk:
                upper = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1]) * 0.5
            if k == 0:
                divided = 1.0 / (rate - upper + 1.0)
                d = d.at[:, :, k].set((rhs - upper * (stream[:, :, 1] - stream[:, :, 0])) * divided)
            else:
                correction = -lower * (stream[:, :, k - 1] - stream[:, :, k])
                divided = 1.0 / (rate - lower - upper + 1.0 - c[:, :, k - 1] * lower)
                d = d.at[:, :, k].set((rhs + correction - d[:, :, k - 1] * lower) * divided)
            c = c.at[:, :, k].set(upper * divided)
        data = d[:, :, nk - 1]
        stage = stage.at[:, :, nk - 1].set(rate * (data - pos[:, :, nk - 1]))
        for k in range(nk - 2, -1, -1):
            data = d[:, :, k] - c[:, :, k] * data
            stage = stage.at[:, :, k].set(rate * (data - pos[:, :, k]))
        return stage

    def lax_wendroff_2d(u: Any, c: Any) -> Any:
        for _ in range(3):
            across = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
            along = u[2:, 1:-1] - u[:-2, 1:-1] + u[1:-1, 2:] - u[1:-1, :-2]
            u = u.at[1:-1, 1:-1].set(u[1:-1, 1:-1] - 0.5 * c * along + 0.5 * c**2 * across)
        return u

    functions = (seidel_2d, fdtd_2d, vertical_advection, lax_wendroff_2d)
    return {
        "jacobi_1d": two_buffers(sweep_1d),
        "jacobi_2d": two_buffers(sweep_2d),
        "heat_3d": two_buffers(sweep_3d),
        **{f.__name__: f for f in functions},
    }


def applications() -> dict[str, Callable[..., Any]]:
    """A few vector expressions; JAX's NumPy runs them as they stand."""
    import jax.numpy as jnp

    def softmax(x: Any) -> Any:
        e = jnp.exp(x - jnp.max(x, axis=-1, keepdims=True))
        return e / jnp.sum(e, axis=-1, keepdims=True)

    def mlp(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
        x = jnp.maximum(x @ w1 + b1, 0)
        x = jnp.maximum(x @ w2 + b2, 0)
        return softmax(x @ w3 + b3)

    def arc_distance(theta: Any, phi: Any, shift: Any) -> Any:
        temp = (
            jnp.sin((theta[1:] - theta[:-1]) / 2) ** 2
            + jnp.cos(theta[:-1]) * jnp.cos(theta[1:]) * jnp.sin((phi[1:] - phi[:-1] + shift) / 2) ** 2
        )
        return 2.0 * jnp.arctan2(jnp.sqrt(temp), jnp.sqrt(1.0 - temp))

    def compute(a: Any, b: Any, c: Any) -> Any:
        return jnp.clip(a, -0.9, 0.9) * 4 + b * c + 9.0

    def go_fast(a: Any) -> Any:
        return a + jnp.tanh(a[0, 0]) + jnp.tanh(a[1, 1]) + jnp.tanh(a[2, 2])

    return {f.__name__: f for f in (softmax, mlp, arc_distance, compute, go_fast)}


def in_jax() -> dict[str, Callable[..., Any]]:
    """All programs, by name."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return {**linear(), **solvers(), **stencils(), **applications()}
