"""PolyBench and weather stencils after their published mathematics."""

import numpy as np

from .registry import program

NB = {"npbench", "loop"}


@program(lambda rng: (4, rng.random(8), rng.random(8)), level=3, tags=NB | {"writes_argument"})
def jacobi_1d(steps, a, b):
    for _ in range(1, steps):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
    return a


@program(lambda rng: (4, rng.random((5, 5)), rng.random((5, 5))), level=3, tags=NB | {"writes_argument"})
def jacobi_2d(steps, a, b):
    for _ in range(1, steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    return a


@program(lambda rng: (3, 5, rng.random((5, 5))), level=3, tags=NB | {"writes_argument"})
def seidel_2d(steps, n, a):
    for _ in range(steps - 1):
        for i in range(1, n - 1):
            a[i, 1:-1] += (
                a[i - 1, :-2]
                + a[i - 1, 1:-1]
                + a[i - 1, 2:]
                + a[i, 2:]
                + a[i + 1, :-2]
                + a[i + 1, 1:-1]
                + a[i + 1, 2:]
            )
            for j in range(1, n - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
    return a


@program(
    lambda rng: (3, rng.random((4, 4, 4)), rng.random((4, 4, 4))), level=3, tags=NB | {"writes_argument"}
)
def heat_3d(steps, a, b):
    for _ in range(1, steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1]
        )
    return a


@program(
    lambda rng: (4, rng.random((4, 5)), rng.random((4, 5)), rng.random((4, 5)), rng.random(4)),
    level=3,
    tags=NB | {"writes_argument"},
)
def fdtd_2d(steps, ex, ey, hz, source):
    for t in range(steps):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return hz


@program(lambda rng: (rng.random((6, 6, 2)), rng.random((2, 2, 2))), tags=NB)
def horizontal_diffusion(field, coefficient):
    laplacian = 4.0 * field[1:5, 1:5, :] - (
        field[2:6, 1:5, :] + field[0:4, 1:5, :] + field[1:5, 2:6, :] + field[1:5, 0:4, :]
    )
    difference = laplacian[1:, 1:3, :] - laplacian[:-1, 1:3, :]
    flux_x = np.where(difference * (field[2:5, 2:4, :] - field[1:4, 2:4, :]) > 0.0, 0.0, difference)
    difference = laplacian[1:3, 1:, :] - laplacian[1:3, :-1, :]
    flux_y = np.where(difference * (field[2:4, 2:5, :] - field[2:4, 1:4, :]) > 0.0, 0.0, difference)
    return field[2:4, 2:4, :] - coefficient * (flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1])


@program(
    lambda rng: (
        rng.random((3, 2, 4)),
        rng.random((3, 2, 4)),
        rng.random((4, 2, 4)),
        rng.random((3, 2, 4)),
        rng.random((3, 2, 4)),
        0.15,
    ),
    level=3,
    tags=NB | {"writes_argument"},
)
def vertical_advection(stage, stream, wcon, pos, tendency, rate):
    ni, nj, nk = stream.shape
    c_column = np.zeros((ni, nj, nk))
    d_column = np.zeros((ni, nj, nk))
    for k in range(nk):
        rhs = rate * pos[:, :, k] + tendency[:, :, k] + stage[:, :, k]
        lower = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k]) * 0.5
        if k + 1 < nk:
            upper = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1]) * 0.5
        else:
            upper = np.zeros((ni, nj))
        if k == 0:
            main = rate - upper + 1.0
            divided = 1.0 / main
            d_column[:, :, k] = (rhs - upper * (stream[:, :, k + 1] - stream[:, :, k])) * divided
        else:
            main = rate - lower - upper + 1.0
            correction = -lower * (stream[:, :, k - 1] - stream[:, :, k])
            divided = 1.0 / (main - c_column[:, :, k - 1] * lower)
            d_column[:, :, k] = (rhs + correction - d_column[:, :, k - 1] * lower) * divided
        c_column[:, :, k] = upper * divided
    data = d_column[:, :, nk - 1]
    stage[:, :, nk - 1] = rate * (data - pos[:, :, nk - 1])
    for k in range(nk - 2, -1, -1):
        data = d_column[:, :, k] - c_column[:, :, k] * data
        stage[:, :, k] = rate * (data - pos[:, :, k])
    return stage


def pressure_poisson(p, b, sweeps):
    pn = np.empty_like(p)
    for _ in range(sweeps):
        pn[:] = p
        p[1:-1, 1:-1] = 0.25 * (pn[1:-1, 2:] + pn[1:-1, :-2] + pn[2:, 1:-1] + pn[:-2, 1:-1] - b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0.0


def build_rhs(b, rho, dt, u, v, h):
    b[1:-1, 1:-1] = (
        rho
        * h
        * h
        * (
            (u[1:-1, 2:] - u[1:-1, :-2] + v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * h * dt)
            - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * h)) ** 2
            - 2.0 * (u[2:, 1:-1] - u[:-2, 1:-1]) * (v[1:-1, 2:] - v[1:-1, :-2]) / (4.0 * h * h)
            - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * h)) ** 2
        )
    )


@program(
    lambda rng: (
        rng.uniform(0, 0.1, (5, 5)),
        rng.uniform(0, 0.1, (5, 5)),
        rng.uniform(0, 0.1, (5, 5)),
        1.0,
        0.1,
    ),
    level=3,
    tags=NB | {"writes_argument", "helper"},
)
def cavity_flow(u, v, p, rho, nu):
    dt, h = 0.01, 0.5
    b = np.zeros_like(p)
    for _ in range(2):
        un = u.copy()
        vn = v.copy()
        build_rhs(b, rho, dt, u, v, h)
        pressure_poisson(p, b, 2)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / h * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / h * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2.0 * rho * h) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu
            * dt
            / h**2
            * (un[1:-1, 2:] + un[1:-1, :-2] + un[2:, 1:-1] + un[:-2, 1:-1] - 4.0 * un[1:-1, 1:-1])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / h * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / h * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2.0 * rho * h) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu
            * dt
            / h**2
            * (vn[1:-1, 2:] + vn[1:-1, :-2] + vn[2:, 1:-1] + vn[:-2, 1:-1] - 4.0 * vn[1:-1, 1:-1])
        )
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = v[-1, :] = 0.0
        v[:, 0] = v[:, -1] = 0.0
    return u + v * p


def laplacian_with_wrap(u):
    left = np.concatenate([u[:, -1:], u[:, :-1]], axis=1)
    right = np.concatenate([u[:, 1:], u[:, :1]], axis=1)
    return left[1:-1] + right[1:-1] + u[2:] + u[:-2] - 4.0 * u[1:-1]


@program(
    lambda rng: (rng.uniform(0, 0.1, (4, 5)), rng.uniform(0, 0.1, (4, 5)), 1.0),
    level=3,
    tags=NB | {"writes_argument", "while"},
)
def channel_flow(u, v, force):
    dt = 0.05
    change = 1.0
    steps = 0
    while change > 0.03 and steps < 12:
        un = u.copy()
        u[1:-1, :] = un[1:-1, :] + dt * (
            0.1 * laplacian_with_wrap(un) + force - 0.5 * un[1:-1, :] * v[1:-1, :]
        )
        v[1:-1, :] += dt * 0.1 * laplacian_with_wrap(v)
        u[0, :], u[-1, :] = 0.0, 0.0
        change = (np.sum(u) - np.sum(un)) / np.sum(u)
        steps += 1
    return u * (1.0 + v)


@program(lambda rng: (rng.random((6, 6)), 0.1), level=3, tags=NB | {"in_place"})
def lax_wendroff_2d(u, c):
    u = u.copy()
    for _ in range(3):
        un = u.copy()
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - 0.5 * c * (un[2:, 1:-1] - un[:-2, 1:-1] + un[1:-1, 2:] - un[1:-1, :-2])
            + 0.5
            * c**2
            * (un[2:, 1:-1] + un[:-2, 1:-1] + un[1:-1, 2:] + un[1:-1, :-2] - 4.0 * un[1:-1, 1:-1])
        )
    return u
