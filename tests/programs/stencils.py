"""Finite differences and lattices, written in place with slices and swapped buffers."""

import numpy as np

from .registry import program


@program(lambda rng: (rng.uniform(0, 1, 8), 0.2), level=3, tags={"loop", "in_place"})
def heat_1d(u, alpha):
    u = u.copy()
    for _ in range(5):
        u[1:-1] = u[1:-1] + alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


@program(lambda rng: (rng.uniform(0, 1, 8), 0.2), level=3, tags={"loop", "writes_argument"})
def heat_1d_accumulated(u, alpha):
    for _ in range(5):
        u[1:-1] += alpha * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


@program(lambda rng: (rng.uniform(0, 1, (5, 5)), 0.15), tags={"loop"})
def heat_2d_functional(u, alpha):
    for _ in range(3):
        padded = np.pad(u, 1)
        laplacian = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2] - 4.0 * u
        u = u + alpha * laplacian
    return u


@program(lambda rng: (rng.uniform(0, 1, (5, 5)), 0.15), level=3, tags={"loop", "writes_argument"})
def heat_2d_in_place(u, alpha):
    for _ in range(3):
        u[1:-1, 1:-1] += alpha * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        )
    return u


@program(lambda rng: (rng.uniform(0, 1, 8), 0.4), level=3, tags={"loop", "alias"})
def wave_1d(initial, courant):
    previous = initial.copy()
    current = initial.copy()
    following = np.zeros_like(initial)
    for _ in range(6):
        following[1:-1] = (
            2.0 * current[1:-1]
            - previous[1:-1]
            + courant**2 * (current[2:] - 2.0 * current[1:-1] + current[:-2])
        )
        previous, current, following = current, following, previous
    return current


@program(lambda rng: (rng.uniform(0, 1, (4, 4)),), level=3, tags={"loop", "writes_argument"})
def seidel_by_elements(a):
    n = a.shape[0]
    for _ in range(2):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i, j] + a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 5.0
    return a


@program(lambda rng: (rng.uniform(0, 1, (6, 6)),), level=3, tags={"loop", "in_place"})
def red_black_relaxation(f):
    u = np.zeros((6, 6))
    for _ in range(2):
        for colour in (0, 1):
            for i in range(1, 5):
                start = 1 + (i + colour) % 2
                u[i, start:5:2] = 0.25 * (
                    u[i - 1, start:5:2]
                    + u[i + 1, start:5:2]
                    + u[i, start - 1 : 4 : 2]
                    + u[i, start + 1 : 6 : 2]
                    - f[i, start:5:2]
                )
    return u


@program(
    lambda rng: (1.0 + 0.1 * rng.random(8), 0.1 * rng.standard_normal(8), 9.8),
    level=3,
    tags={"loop", "in_place"},
)
def shallow_water_1d(h, hu, g):
    h = h.copy()
    hu = hu.copy()
    ratio = 0.02
    for _ in range(4):
        flux_h = hu
        flux_hu = hu**2 / h + 0.5 * g * h**2
        new_h = h.copy()
        new_hu = hu.copy()
        new_h[1:-1] = 0.5 * (h[2:] + h[:-2]) - 0.5 * ratio * (flux_h[2:] - flux_h[:-2])
        new_hu[1:-1] = 0.5 * (hu[2:] + hu[:-2]) - 0.5 * ratio * (flux_hu[2:] - flux_hu[:-2])
        new_h[0], new_h[-1] = new_h[1], new_h[-2]
        new_hu[0], new_hu[-1] = -new_hu[1], -new_hu[-2]
        h[:] = new_h
        hu[:] = new_hu
    return np.stack([h, hu])


@program(lambda rng: (1.0 + 0.1 * rng.random((5, 5)), 0.05), level=3, tags={"loop", "writes_argument"})
def shallow_water_2d(h, dt):
    u = np.zeros((6, 5))
    v = np.zeros((5, 6))
    for _ in range(3):
        u[1:-1] -= dt * 9.81 * (h[1:] - h[:-1])
        v[:, 1:-1] -= dt * 9.81 * (h[:, 1:] - h[:, :-1])
        h -= dt * (u[1:] - u[:-1] + v[:, 1:] - v[:, :-1])
    return h


@program(lambda rng: (rng.uniform(0.5, 1.0, 8), 0.3), tags={"loop"})
def upwind_advection(u, courant):
    for _ in range(5):
        u = u - courant * (u - np.roll(u, 1))
    return u


@program(lambda rng: (rng.uniform(0.5, 1.0, 8), 0.1), tags={"loop"})
def burgers(u, viscosity):
    for _ in range(5):
        advection = u * (np.roll(u, -1) - np.roll(u, 1)) / 2.0
        diffusion = np.roll(u, -1) - 2.0 * u + np.roll(u, 1)
        u = u + 0.1 * (viscosity * diffusion - advection)
    return u


@program(lambda rng: (rng.uniform(0, 1, (4, 4)), rng.uniform(0, 1, (4, 4)), 0.04, 0.06), tags={"loop"})
def gray_scott(u, v, feed, kill):
    for _ in range(4):
        lap_u = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4.0 * u
        lap_v = np.roll(v, 1, 0) + np.roll(v, -1, 0) + np.roll(v, 1, 1) + np.roll(v, -1, 1) - 4.0 * v
        reaction = u * v * v
        u, v = u + 0.2 * lap_u - reaction + feed * (1.0 - u), v + 0.1 * lap_v + reaction - (feed + kill) * v
    return np.sum(u * v)


@program(lambda rng: (rng.uniform(0, 1, 9), 0.1), level=3, tags={"loop", "in_place", "recursion"})
def multigrid_v_cycle(f, rate):
    def cycle(u, f, n):
        for _ in range(2):
            u[1:-1] += rate * (u[:-2] - 2.0 * u[1:-1] + u[2:] - f[1:-1])
        if n > 2:
            residual = np.zeros(n + 1)
            residual[1:-1] = f[1:-1] - (u[:-2] - 2.0 * u[1:-1] + u[2:])
            coarse = np.zeros(n // 2 + 1)
            cycle(coarse, 4.0 * residual[::2], n // 2)
            u[::2] += coarse
            u[1::2] += 0.5 * (coarse[:-1] + coarse[1:])
        u[1:-1] += rate * (u[:-2] - 2.0 * u[1:-1] + u[2:] - f[1:-1])

    u = np.zeros(9)
    cycle(u, f, 8)
    return u


@program(lambda rng: (rng.uniform(0.5, 1.5, (3, 4, 9)),), level=3, tags={"loop", "in_place"})
def lattice_boltzmann(f):
    f = f.copy()
    cx = (0, 1, 0, -1, 0, 1, -1, -1, 1)
    cy = (0, 0, 1, 0, -1, 1, 1, -1, -1)
    weight = (4 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 36, 1 / 36, 1 / 36, 1 / 36)
    for _ in range(2):
        for k in range(9):
            f[:, :, k] = np.roll(np.roll(f[:, :, k], cx[k], axis=0), cy[k], axis=1)
        rho = f.sum(axis=2)
        ux = sum(f[:, :, k] * cx[k] for k in range(9)) / rho
        uy = sum(f[:, :, k] * cy[k] for k in range(9)) / rho
        for k in range(9):
            cu = cx[k] * ux + cy[k] * uy
            equilibrium = rho * weight[k] * (1.0 + 3.0 * cu + 4.5 * cu**2 - 1.5 * (ux**2 + uy**2))
            f[:, :, k] -= (f[:, :, k] - equilibrium) / 1.7
    return f


@program(lambda rng: (rng.uniform(0, 1, 6), 0.5), tags={"loop", "store"})
def crank_nicolson(u, r):
    n = len(u)
    for _ in range(3):
        rhs = np.zeros(n)
        rhs[0] = u[0]
        rhs[n - 1] = u[n - 1]
        for i in range(1, n - 1):
            rhs[i] = u[i] + 0.5 * r * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        c = np.zeros(n)
        d = np.zeros(n)
        d[0] = rhs[0]
        for i in range(1, n - 1):
            m = 1.0 + r + 0.5 * r * c[i - 1]
            c[i] = -0.5 * r / m
            d[i] = (rhs[i] + 0.5 * r * d[i - 1]) / m
        new = np.zeros(n)
        new[n - 1] = rhs[n - 1]
        for i in range(n - 2, -1, -1):
            new[i] = d[i] - c[i] * new[i + 1]
        u = new
    return u


@program(lambda rng: (rng.uniform(0, 1, (4, 5)),), level=3, tags={"loop", "in_place"})
def boundary_conditions(u):
    w = np.zeros((6, 7))
    w[1:-1, 1:-1] = u
    for _ in range(2):
        w[0, :], w[-1, :] = w[1, :], w[-2, :]
        w[:, 0] = w[:, -2]
        w[:, -1] = w[:, 1]
        w[1:-1, 1:-1] += 0.1 * (w[:-2, 1:-1] + w[2:, 1:-1] + w[1:-1, :-2] + w[1:-1, 2:] - 4.0 * w[1:-1, 1:-1])
    return w


def _walls(x, flips):
    x[0, 1:-1] = -x[1, 1:-1] if flips == 1 else x[1, 1:-1]
    x[-1, 1:-1] = -x[-2, 1:-1] if flips == 1 else x[-2, 1:-1]
    x[1:-1, 0] = -x[1:-1, 1] if flips == 2 else x[1:-1, 1]
    x[1:-1, -1] = -x[1:-1, -2] if flips == 2 else x[1:-1, -2]


def _carry(flips, d, d0, u, v, dt):
    n = d.shape[0] - 2
    i, j = np.indices((n, n))
    i += 1
    j += 1
    x = np.minimum(np.maximum(i - dt * n * u[i, j], 0.5), n + 0.5)
    y = np.minimum(np.maximum(j - dt * n * v[i, j], 0.5), n + 0.5)
    i0, j0 = x.astype(int), y.astype(int)
    s, t = x - i0, y - j0
    d[i, j] = (1 - s) * ((1 - t) * d0[i0, j0] + t * d0[i0, j0 + 1]) + s * (
        (1 - t) * d0[i0 + 1, j0] + t * d0[i0 + 1, j0 + 1]
    )
    _walls(d, flips)


@program(
    lambda rng: (rng.random((5, 5)), 0.1 * rng.random((5, 5)), 0.1 * rng.random((5, 5))),
    tags={"in_place", "helper", "swap", "indices"},
)
def semi_lagrangian_advection(density, u, v):
    """Stam (2003), Real-time fluid dynamics for games: cells are traced back to where their content comes from."""
    density, u, v = density.copy(), u.copy(), v.copy()
    density0 = np.zeros_like(density)
    for _ in range(2):
        density0, density = density, density0
        _carry(0, density, density0, u, v, 0.1)
    _carry(1, u, u.copy(), u.copy(), v, 0.05)
    return np.sum(density**2) + np.sum(u * v)
