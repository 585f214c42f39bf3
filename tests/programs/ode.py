"""Time integration: fixed and adaptive steps, implicit steps by Newton, boundary values by shooting."""

import numpy as np

from .registry import program


def lotka_volterra(state, a, b, c, d):
    prey, predators = state
    return np.array([a * prey - b * prey * predators, c * prey * predators - d * predators])


@program(lambda rng: (np.array([1.0, 0.5]), 0.9), tags={"loop"})
def euler_decay(y, rate):
    for _ in range(20):
        y = y - 0.05 * rate * y
    return y


@program(lambda rng: (np.array([10.0, 5.0]), 1.1, 0.4, 0.1, 0.4), tags={"loop"})
def runge_kutta_lotka_volterra(state, a, b, c, d):
    h = 0.05
    for _ in range(20):
        k1 = lotka_volterra(state, a, b, c, d)
        k2 = lotka_volterra(state + 0.5 * h * k1, a, b, c, d)
        k3 = lotka_volterra(state + 0.5 * h * k2, a, b, c, d)
        k4 = lotka_volterra(state + h * k3, a, b, c, d)
        state = state + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return state


@program(lambda rng: (1.0, 0.0, 1.3, 0.2), tags={"loop"})
def damped_pendulum(angle, speed, stiffness, damping):
    for _ in range(25):
        acceleration = -stiffness * np.sin(angle) - damping * speed
        speed = speed + 0.05 * acceleration
        angle = angle + 0.05 * speed
    return angle, speed


@program(lambda rng: (rng.standard_normal(3), 10.0, 28.0, 8.0 / 3.0), tags={"loop", "store"})
def lorenz_trajectory(start, sigma, rho, beta):
    path = np.zeros((15, 3))
    path[0] = start
    for i in range(14):
        x, y, z = path[i, 0], path[i, 1], path[i, 2]
        path[i + 1, 0] = x + 0.01 * sigma * (y - x)
        path[i + 1, 1] = y + 0.01 * (x * (rho - z) - y)
        path[i + 1, 2] = z + 0.01 * (x * y - beta * z)
    return path


@program(lambda rng: (0.8, 0.3, 1.7), tags={"loop"})
def leapfrog_oscillator(q, p, k):
    h = 0.1
    p = p - 0.5 * h * k * q
    for _ in range(10):
        q = q + h * p
        p = p - h * k * q
    p = p + 0.5 * h * k * q
    return 0.5 * p**2 + 0.5 * k * q**2 + q


@program(lambda rng: (1.0, 3.0), level=3, tags={"loop", "break"})
def implicit_euler_with_newton(y, rate):
    h = 0.2
    for _ in range(5):
        guess = y
        for _ in range(20):
            residual = guess - y + h * rate * guess**3
            if abs(residual) < 1e-13:
                break
            guess = guess - residual / (1.0 + 3.0 * h * rate * guess**2)
        y = guess
    return y


@program(lambda rng: (1.0, 2.0, 0.9), level=3, tags={"loop", "while", "continue"})
def adaptive_heun(y, t_end, rate):
    t = 0.0
    h = 0.3
    while t < t_end - 1e-12:
        h = min(h, t_end - t)
        k1 = -rate * y + np.sin(t)
        k2 = -rate * (y + h * k1) + np.sin(t + h)
        error = abs(0.5 * h * (k2 - k1))
        if error > 2e-2:
            h = 0.5 * h
            continue
        y = y + 0.5 * h * (k1 + k2)
        t = t + h
        if error < 2e-3:
            h = 1.5 * h
    return y


BOGACKI_SHAMPINE = ((0.5,), (0.0, 0.75), (2 / 9, 1 / 3, 4 / 9))


@program(lambda rng: (rng.standard_normal(2), 0.7), level=3, tags={"loop", "list", "closure"})
def bogacki_shampine(y, mu):
    def rhs(y):
        return np.array([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])

    h = 0.1
    for _ in range(4):
        stages = [rhs(y)]
        for row in BOGACKI_SHAMPINE:
            stages.append(rhs(y + h * sum(c * k for c, k in zip(row, stages))))
        y = y + h * (2 / 9 * stages[0] + 1 / 3 * stages[1] + 4 / 9 * stages[2])
    return y


@program(lambda rng: (0.5, 1.2), level=3, tags={"loop", "closure"})
def shooting_method(slope, k):
    def end_point(s):
        u, v = 0.0, s
        for _ in range(20):
            u, v = u + 0.05 * v, v - 0.05 * k * u
        return u

    low, high = slope, 2.0 * slope
    f_low, f_high = end_point(low) - 1.0, end_point(high) - 1.0
    for _ in range(2):
        new = high - f_high * (high - low) / (f_high - f_low)
        low, f_low = high, f_high
        high, f_high = new, end_point(new) - 1.0 + 1e-9 * new
    return high


@program(lambda rng: (rng.uniform(0.0, 1.0, 8), 0.1), tags={"loop"})
def method_of_lines_heat(u, diffusivity):
    def_step = 0.1
    for _ in range(6):
        laplacian = np.roll(u, 1) - 2.0 * u + np.roll(u, -1)
        u = u + def_step * diffusivity * laplacian
    return u


@program(lambda rng: (np.array([0.99, 0.01, 0.0]), 0.5, 0.1), tags={"loop"})
def sir_epidemic(state, beta, gamma):
    s, i, r = state[0], state[1], state[2]
    peak = 0.0 * i
    for _ in range(30):
        infections = beta * s * i
        recoveries = gamma * i
        s = s - infections
        i = i + infections - recoveries
        r = r + recoveries
        peak = peak + i**2
    return np.array([s, i, r]) * peak


@program(
    lambda rng: (
        rng.standard_normal(2),
        rng.standard_normal((6, 2)) * 0.5,
        rng.standard_normal((2, 6)) * 0.5,
    ),
    tags={"loop"},
)
def neural_ode(y, w1, w2):
    for _ in range(6):
        y = y + 0.1 * (w2 @ np.tanh(w1 @ y))
    return np.sum(y**2)


@program(lambda rng: (1.0, 0.05, 0.2, rng.standard_normal(12)), tags={"loop", "stochastic"})
def euler_maruyama(x, drift, volatility, noise):
    h = 0.1
    for z in noise:
        x = x + drift * x * h + volatility * x * np.sqrt(h) * z
    return x


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"loop", "in_place", "writes_argument"})
def low_storage_runge_kutta(y):
    residual = np.zeros(3)
    for _ in range(3):
        for a, b in ((0.0, 1 / 3), (-5 / 9, 15 / 16), (-153 / 128, 8 / 15)):
            residual *= a
            residual += 0.1 * np.sin(y)
            y += b * residual
    return y
