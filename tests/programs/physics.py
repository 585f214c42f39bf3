"""Mechanics, optics, molecules, geometry."""

import numpy as np

from .registry import program


@program(
    lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), rng.uniform(0.5, 1.5, 4)),
    tags={"loop", "store"},
)
def n_body_step(position, velocity, mass):
    n = len(mass)
    for _ in range(3):
        acceleration = np.zeros((n, 3))
        for i in range(n):
            for j in range(n):
                if i != j:
                    d = position[j] - position[i]
                    acceleration[i] += mass[j] * d / (d @ d + 0.1) ** 1.5
        velocity = velocity + 0.02 * acceleration
        position = position + 0.02 * velocity
    return position


@program(lambda rng: (rng.standard_normal((4, 3)), rng.uniform(0.5, 1.5, 4)))
def gravitational_energy(position, mass):
    d = position[:, None] - position[None, :]
    r = np.sqrt(np.sum(d**2, axis=-1) + 0.01)
    return -0.5 * np.sum(mass[:, None] * mass[None, :] / r)


@program(lambda rng: (1.4 * rng.standard_normal((4, 3)), 0.8, 1.0), tags={"loop"})
def lennard_jones_energy(x, sigma, epsilon):
    energy = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            d = x[i] - x[j]
            s6 = (sigma**2 / (d @ d + 0.3)) ** 3
            energy += 4.0 * epsilon * (s6 * s6 - s6)
    return energy


@program(
    lambda rng: (rng.standard_normal((3, 2)), rng.standard_normal((3, 2)), 0.01),
    level=3,
    tags={"loop", "writes_argument"},
)
def verlet_in_place(x, v, dt):
    def force(x):
        f = -x.copy()
        for i in range(len(x)):
            for j in range(i):
                d = x[i] - x[j]
                pull = 0.5 * d / (1.0 + d @ d)
                f[i] += pull
                f[j] -= pull
        return f

    f = force(x)
    for _ in range(4):
        v += 0.5 * dt * f
        x += dt * v
        f = force(x)
        v += 0.5 * dt * f
    return 0.5 * np.sum(v**2) + 0.5 * np.sum(x**2)


@program(lambda rng: (0.7, 5.0, 0.05), level=3, tags={"loop", "while"})
def projectile_with_drag(angle, speed, drag):
    x, y = 0.0, 0.0
    vx, vy = speed * np.cos(angle), speed * np.sin(angle)
    dt = 0.05
    while y >= 0.0:
        v = np.hypot(vx, vy)
        x_old, y_old = x, y
        vx -= dt * drag * v * vx
        vy -= dt * (9.81 + drag * v * vy)
        x += dt * vx
        y += dt * vy
    part = y_old / (y_old - y)
    return x_old + part * (x - x_old)


@program(
    lambda rng: (np.array([0.1, 0.2, -3.0]), np.array([0.05, -0.1, 1.0]), 0.9),
    level=3,
    tags={"loop", "break"},
)
def sphere_ray_march(origin, direction, radius):
    direction = direction / np.sqrt(direction @ direction)
    t = 0.0
    for _ in range(64):
        p = origin + t * direction
        distance = np.sqrt(p @ p) - radius
        if distance < 1e-10:
            break
        t = t + distance
    normal = p / np.sqrt(p @ p)
    light = np.array([0.5, 0.7, -0.6])
    return t, np.maximum(normal @ light, 0.0)


def scene_distance(p, radius):
    sphere = np.sqrt(np.sum(p**2)) - radius
    plane = p[1] + 1.2
    k = 8.0
    return -np.log(np.exp(-k * sphere) + np.exp(-k * plane)) / k


@program(lambda rng: (0.9, 0.15), tags={"loop", "store"})
def smooth_scene_render(radius, tilt):
    image = np.zeros((2, 3))
    for i in range(2):
        for j in range(3):
            direction = np.array([0.3 * (j - 1), 0.3 * (i - 0.5) + tilt, 1.0])
            direction = direction / np.linalg.norm(direction)
            t = 0.0
            for _ in range(6):
                t = t + 0.8 * scene_distance(np.array([0.0, 0.0, -3.0]) + t * direction, radius)
            image[i, j] = np.exp(-0.3 * t)
    return image


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(3)))
def quaternion_to_matrix(q, v):
    w, x, y, z = q / np.linalg.norm(q)
    r = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    return r @ v


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)))
def rodrigues_rotation(axis, v):
    angle = np.sqrt(axis @ axis)
    k = axis / angle
    return v * np.cos(angle) + np.cross(k, v) * np.sin(angle) + k * (k @ v) * (1.0 - np.cos(angle))


@program(lambda rng: (rng.standard_normal(3), np.array([1.0, 0.8, 0.5])), tags={"loop"})
def robot_arm(angles, lengths):
    x, y, total = 0.0, 0.0, 0.0
    for angle, length in zip(angles, lengths):
        total = total + angle
        x = x + length * np.cos(total)
        y = y + length * np.sin(total)
    return (x - 1.0) ** 2 + (y - 0.5) ** 2


@program(lambda rng: (np.array([0.3, 1.2]), np.array([0.9, 1.1]), 0.6), level=3, tags={"loop", "break"})
def inverse_kinematics_newton(angles, lengths, target):
    for _ in range(20):
        a, b = angles[0], angles[0] + angles[1]
        x = lengths[0] * np.cos(a) + lengths[1] * np.cos(b)
        y = lengths[0] * np.sin(a) + lengths[1] * np.sin(b)
        residual = np.array([x - 1.2, y - target])
        if np.sum(residual**2) < 1e-24:
            break
        jacobian = np.array([[-y, -lengths[1] * np.sin(b)], [x, lengths[1] * np.cos(b)]])
        angles = angles - np.linalg.solve(jacobian, residual)
    return angles


@program(lambda rng: (1.0 + 0.1 * rng.random((3, 3)), 0.7), tags={"loop"})
def mean_field_ising(coupling, beta):
    m = np.array([0.5, 0.4, 0.6])
    for _ in range(12):
        m = np.tanh(beta * (coupling @ m) / 3.0 + 0.1)
    return np.sum(m) - 0.5 * m @ coupling @ m


@program(lambda rng: (1.5, 0.4, 0.02))
def fresnel_and_snell(n, angle, absorption):
    refracted = np.arcsin(np.sin(angle) / n)
    rs = (np.cos(angle) - n * np.cos(refracted)) / (np.cos(angle) + n * np.cos(refracted))
    rp = (np.cos(refracted) - n * np.cos(angle)) / (np.cos(refracted) + n * np.cos(angle))
    return 0.5 * (rs**2 + rp**2) * np.exp(-absorption / np.cos(refracted))


@program(lambda rng: (np.array([1.5, 2.2, 1.8]), np.array([0.2, 0.15, 0.3]), 1.1), tags={"loop", "complex"})
def thin_film_reflectance(index, thickness, wavelength):
    matrix = np.eye(2) + 0j
    for n, d in zip(index, thickness):
        phase = 2.0 * np.pi * n * d / wavelength
        layer = np.array(
            [[np.cos(phase) + 0j, 1j * np.sin(phase) / n], [1j * n * np.sin(phase), np.cos(phase) + 0j]]
        )
        matrix = matrix @ layer
    b = matrix[0, 0] + 1.5 * matrix[0, 1]
    c = matrix[1, 0] + 1.5 * matrix[1, 1]
    r = (b - c) / (b + c)
    return np.abs(r) ** 2


@program(lambda rng: (rng.standard_normal((3, 2)), 2.0), tags={"store", "loop"})
def spring_network(x, stiffness):
    springs = ((0, 1, 1.0), (1, 2, 0.8), (2, 0, 1.2))
    force = np.zeros((3, 2))
    for i, j, rest in springs:
        d = x[j] - x[i]
        length = np.sqrt(np.sum(d * d))
        pull = stiffness * (length - rest) / length * d
        force[i] += pull
        force[j] -= pull
    return force


@program(lambda rng: (np.array([1.0, 2.0, 1.5]), np.array([0.4, 0.6]), 10.0), tags={"store", "loop"})
def finite_element_bar(areas, loads, modulus):
    k = np.zeros((4, 4))
    for e in range(3):
        stiffness = modulus * areas[e]
        k[e, e] += stiffness
        k[e + 1, e + 1] += stiffness
        k[e, e + 1] -= stiffness
        k[e + 1, e] -= stiffness
    f = np.zeros(3)
    f[0] = loads[0]
    f[2] = loads[1]
    u = np.linalg.solve(k[1:, 1:], f)
    return f @ u


@program(lambda rng: (rng.uniform(0.5, 1.5, 3),))
def lagrangian_double_pendulum_energy(q):
    l1, l2, w = q[0], q[1], q[2]
    kinetic = 0.5 * l1**2 * w**2 + 0.5 * (
        l1**2 * w**2 + l2**2 * w**2 + 2.0 * l1 * l2 * w**2 * np.cos(l1 - l2)
    )
    potential = -9.81 * (2.0 * l1 * np.cos(l1) + l2 * np.cos(l2))
    return kinetic - potential


@program(lambda rng: (0.5, 0.8), level=3, tags={"loop", "break"})
def kepler_equation(eccentricity, anomaly):
    e = anomaly
    for _ in range(30):
        change = (e - eccentricity * np.sin(e) - anomaly) / (1.0 - eccentricity * np.cos(e))
        e = e - change
        if abs(change) < 1e-12:
            break
    return np.cos(e) - eccentricity, np.sqrt(1.0 - eccentricity**2) * np.sin(e)


@program(
    lambda rng: (rng.standard_normal((4, 2)), 0.2), level=3, tags={"loop", "in_place", "writes_argument"}
)
def cloth_constraints(x, relaxation):
    for _ in range(3):
        for i in range(len(x) - 1):
            d = x[i + 1] - x[i]
            length = np.sqrt(d @ d)
            correction = relaxation * (length - 1.0) / length * d
            x[i] += correction
            x[i + 1] -= correction
        x[0] = 0.0
    return x


@program(lambda rng: (3.0, 0.4, 0.7), tags={"loop"})
def van_der_waals_isotherm(volume, a, temperature):
    work = 0.0
    for k in range(10):
        v = volume + 0.1 * k
        pressure = 8.0 * temperature / (3.0 * v - 1.0) - 3.0 * a / v**2
        work = work + pressure * 0.1
    return work
