"""Objects: methods, attributes read and written, dataclasses, namedtuples, operators of the user's own."""

import copy
import functools
from collections import namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from .registry import program

Point = namedtuple("Point", "x y")


@dataclass
class Params:
    weight: np.ndarray
    bias: float


@dataclass(frozen=True)
class Body:
    position: np.ndarray
    velocity: np.ndarray
    mass: float = 1.0

    @property
    def momentum(self):
        return self.mass * self.velocity

    def kinetic_energy(self):
        return 0.5 * np.sum(self.momentum * self.velocity)


class Moments(NamedTuple):
    mean: np.ndarray
    variance: np.ndarray


class Accumulator:
    scale = 2.0

    def __init__(self, start):
        self.total = start
        self.count = 0

    def add(self, value):
        self.total = self.total + value * self.scale
        self.count += 1
        return self

    def mean(self):
        return self.total / self.count

    @staticmethod
    def clamp(value):
        return np.tanh(value)

    @classmethod
    def of(cls, values):
        new = cls(0.0)
        for v in values:
            new.add(v)
        return new


class Dual:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __add__(self, other):
        return Dual(self.a + other.a, self.b + other.b)

    def __mul__(self, other):
        if isinstance(other, Dual):
            return Dual(self.a * other.a, self.a * other.b + self.b * other.a)
        return Dual(self.a * other, self.b * other)

    __rmul__ = __mul__

    def __neg__(self):
        return Dual(-self.a, -self.b)


class Layer:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def __call__(self, x):
        return self.activate(self.w @ x + self.b)

    def activate(self, x):
        return x


class TanhLayer(Layer):
    def activate(self, x):
        return np.tanh(super().activate(x))


class Sequential:
    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]


@program(
    lambda rng: (Params(rng.standard_normal(3), 0.4), rng.standard_normal(3)), level=3, tags={"dataclass"}
)
def dataclass_argument(params, x):
    return np.tanh(params.weight @ x + params.bias)


@program(lambda rng: (Point(0.3, 0.8), 2.0), level=3, tags={"namedtuple"})
def namedtuple_argument(p, s):
    q = Point(p.y * s, p.x)
    x, y = q
    return x * y + q._replace(x=s).x * p[1]


@program(lambda rng: (rng.standard_normal((4, 3)),), level=3, tags={"namedtuple"})
def namedtuple_result(x):
    mean = x.mean(axis=0)
    return Moments(mean, ((x - mean) ** 2).mean(axis=0))


@program(lambda rng: (Params(rng.standard_normal(3), 0.4), 0.1), level=3, tags={"dataclass"})
def dataclass_result(params, rate):
    return Params(params.weight * (1.0 - rate), params.bias**2)


@program(
    lambda rng: (rng.standard_normal(2), rng.standard_normal(2), 1.3), level=3, tags={"dataclass", "property"}
)
def frozen_dataclass_inside(position, velocity, mass):
    body = Body(position, velocity, mass)
    moved = replace(body, position=body.position + 0.1 * body.velocity)
    return moved.kinetic_energy() + mass * moved.position[1] + moved.momentum[0]


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"class", "loop"})
def attribute_accumulation(x):
    total = Accumulator(1.0)
    for v in x:
        total.add(v**2)
    return total.mean() * total.count


@program(lambda rng: (0.3, 0.9), level=3, tags={"class"})
def method_chaining(x, y):
    return Accumulator(x).add(y).add(x * y).mean() + Accumulator.clamp(y)


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"class"})
def class_and_static_methods(x):
    return Accumulator.of(x).total * Accumulator.clamp(x[0])


@program(lambda rng: (0.3, 0.9), level=3, tags={"class", "operators"})
def operators_of_own_class(x, y):
    u = Dual(x, 1.0)
    v = Dual(y, 0.5)
    w = u * v + 3.0 * u * u + -v
    return w.a * w.b


@program(
    lambda rng: (
        rng.standard_normal((4, 3)),
        rng.standard_normal(4),
        rng.standard_normal((2, 4)),
        rng.standard_normal(3),
    ),
    level=3,
    tags={"class"},
)
def callable_objects(w1, b1, w2, x):
    net = Sequential(TanhLayer(w1, b1), Layer(w2, 0.5))
    return net(x) * len(net) + net[1].w[:, 0]


class Oscillator:
    def __init__(self, stiffness, damping):
        self.stiffness = stiffness
        self.damping = damping
        self.position = 1.0
        self.velocity = 0.0

    def force(self):
        return -self.stiffness * self.position - self.damping * self.velocity

    def advance(self, dt):
        self.velocity += dt * self.force()
        self.position += dt * self.velocity

    @property
    def energy(self):
        return 0.5 * (self.velocity**2 + self.stiffness * self.position**2)


@program(lambda rng: (2.0, 0.1), level=3, tags={"class", "loop", "property"})
def simulation_object(stiffness, damping):
    system = Oscillator(stiffness, damping)
    for _ in range(10):
        system.advance(0.1)
    return system.energy


class Grid:
    def __init__(self, values):
        self.values = values.copy()

    def relax(self, rate):
        self.values[1:-1] += rate * (self.values[2:] - 2.0 * self.values[1:-1] + self.values[:-2])


@program(lambda rng: (rng.standard_normal(6), 0.2), level=3, tags={"class", "in_place", "loop"})
def array_attribute_in_place(x, rate):
    grid = Grid(x)
    for _ in range(3):
        grid.relax(rate)
    grid.values *= 2.0
    return grid.values


@dataclass
class Momentum:
    rate: float
    velocity: dict = field(default_factory=dict)

    def update(self, name, value, slope):
        self.velocity[name] = 0.9 * self.velocity.get(name, 0.0) - self.rate * slope
        return value + self.velocity[name]


@program(lambda rng: (0.1, 0.8, -0.4), level=3, tags={"class", "dict", "loop"})
def optimiser_object(rate, a, b):
    optimiser = Momentum(rate)
    for _ in range(4):
        slope_a, slope_b = 2.0 * a + b, 4.0 * b**3 + a
        a = optimiser.update("a", a, slope_a)
        b = optimiser.update("b", b, slope_b)
    return a**2 + b**2


class Quaternion(NamedTuple):
    w: float
    x: float
    y: float
    z: float

    def __mul__(self, o):
        return Quaternion(
            self.w * o.w - self.x * o.x - self.y * o.y - self.z * o.z,
            self.w * o.x + self.x * o.w + self.y * o.z - self.z * o.y,
            self.w * o.y - self.x * o.z + self.y * o.w + self.z * o.x,
            self.w * o.z + self.x * o.y - self.y * o.x + self.z * o.w,
        )

    def conjugate(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)


@program(
    lambda rng: (0.7, rng.standard_normal(3), rng.standard_normal(3)), level=3, tags={"class", "namedtuple"}
)
def quaternion_rotation(angle, axis, point):
    axis = axis / np.sqrt(axis @ axis)
    half = np.sin(angle / 2.0)
    q = Quaternion(np.cos(angle / 2.0), half * axis[0], half * axis[1], half * axis[2])
    r = q * Quaternion(0.0, point[0], point[1], point[2]) * q.conjugate()
    return np.array([r.x, r.y, r.z])


class Shape:
    def area(self):
        raise NotImplementedError


class Circle(Shape):
    def __init__(self, r):
        self.r = r

    def area(self):
        return np.pi * self.r**2


class Box(Shape):
    def __init__(self, a, b):
        self.a, self.b = a, b

    def area(self):
        return self.a * self.b


@program(lambda rng: (0.7, 1.2, 0.5), level=3, tags={"class", "list", "loop"})
def polymorphic_list(r, a, b):
    shapes = [Circle(r), Box(a, b), Circle(a)]
    total = 0.0
    for shape in shapes:
        total += shape.area() ** 2
        if isinstance(shape, Box):
            total *= 0.5
    return total


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def loss(self, x):
        return np.sum((self.factor * x) ** 2)


@program(lambda rng: (Scaler(1.5), rng.standard_normal(3)), level=3, tags={"class"}, argnums=(1,))
def method_of_an_argument(scaler, x):
    return scaler.loss(x) * getattr(scaler, "factor")


class Vector:
    __array_ufunc__ = None

    def __init__(self, x, y, z=0.0):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return self + -other

    def __neg__(self):
        return Vector(-self.x, -self.y, -self.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    __rmul__ = __mul__

    def __truediv__(self, factor):
        return self * (1.0 / factor)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def __xor__(self, other):
        return Vector(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    def __abs__(self):
        return np.sqrt(self @ self)

    def __getitem__(self, i):
        return (self.x, self.y, self.z)[i]

    def __iter__(self):
        return iter((self.x, self.y, self.z))

    def __len__(self):
        return 3

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __bool__(self):
        return bool(abs(self) > 0.0)

    def unit(self):
        return self / abs(self)


@program(lambda rng: tuple(rng.standard_normal(3)), level=3, tags={"class", "operators"})
def vector_algebra(a, b, c):
    u, v = Vector(a, b), Vector(b, c, 0.4)
    w = (u ^ v) + 2.0 * u.unit() - v / 3.0
    if u < v:
        w = w + u
    if w:
        w = w * 1.5
    return w @ v + sum(component**2 for component in w) + w[2] * len(w)


@program(lambda rng: (rng.standard_normal(3), 0.4), level=3, tags={"class", "operators", "loop"})
def leapfrog_with_vectors(start, speed):
    position = Vector(start[0], start[1], start[2])
    velocity = Vector(0.0, speed, 0.1)
    for _ in range(12):
        acceleration = -position / (1.0 + position @ position)
        velocity = velocity + 0.1 * acceleration
        position = position + 0.1 * velocity
    return abs(position) + 0.5 * (velocity @ velocity)


class Polynomial:
    def __init__(self, *coefficients):
        self.c = list(coefficients)

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.c):
            total = total * x + c
        return total

    def __add__(self, other):
        longest = max(len(self.c), len(other.c))
        a = self.c + [0.0] * (longest - len(self.c))
        b = other.c + [0.0] * (longest - len(other.c))
        return Polynomial(*[p + q for p, q in zip(a, b)])

    def __mul__(self, other):
        if not isinstance(other, Polynomial):
            return Polynomial(*[other * c for c in self.c])
        product = [0.0] * (len(self.c) + len(other.c) - 1)
        for i, p in enumerate(self.c):
            for j, q in enumerate(other.c):
                product[i + j] += p * q
        return Polynomial(*product)

    def derivative(self):
        return Polynomial(*[k * c for k, c in enumerate(self.c) if k > 0])


@program(lambda rng: (0.7, -0.4, 1.3), level=3, tags={"class", "operators", "list"})
def polynomial_arithmetic(a, b, x):
    p, q = Polynomial(a, b, 1.0), Polynomial(b, 2.0)
    r = p * q + q * 3.0
    return r(x) + r.derivative()(a)


class Kalman:
    def __init__(self, transition, observation, noise):
        self.transition, self.observation, self.noise = transition, observation, noise
        self.mean = np.zeros(2)
        self.covariance = np.eye(2)
        self.loss = 0.0

    def predict(self):
        self.mean = self.transition @ self.mean
        self.covariance = self.transition @ self.covariance @ self.transition.T + self.noise * np.eye(2)

    def update(self, seen):
        error = seen - self.observation @ self.mean
        spread = self.observation @ self.covariance @ self.observation + 0.5
        gain = self.covariance @ self.observation / spread
        self.mean = self.mean + gain * error
        self.covariance = self.covariance - np.outer(gain, self.observation @ self.covariance)
        self.loss += 0.5 * (np.log(spread) + error**2 / spread)


@program(
    lambda rng: (np.array([[1.0, 0.1], [-0.2, 0.9]]), np.array([1.0, 0.3]), 0.2, rng.standard_normal(6)),
    level=3,
    tags={"class", "loop"},
)
def kalman_filter_object(transition, observation, noise, measurements):
    kalman = Kalman(transition, observation, noise)
    for seen in measurements:
        kalman.predict()
        kalman.update(seen)
    return kalman.loss + kalman.mean[0]


class Particle:
    def __init__(self, x, v, mass=1.0):
        self.x, self.v, self.mass = x, v, mass

    @property
    def kinetic(self):
        return 0.5 * self.mass * np.sum(self.v**2)

    def kick(self, force, dt):
        self.v = self.v + dt * force / self.mass

    def drift(self, dt):
        self.x += dt * self.v


class ParticleSystem:
    softening = 0.1

    def __init__(self, particles):
        self.particles = particles
        self.time = 0.0

    def force(self, p):
        total = np.zeros(2)
        for q in self.particles:
            if q is not p:
                r = q.x - p.x
                total += p.mass * q.mass * r / (np.sum(r**2) + self.softening) ** 1.5
        return total

    def step(self, dt):
        for p in self.particles:
            p.kick(self.force(p), dt)
        for p in self.particles:
            p.drift(dt)
        self.time += dt

    def energy(self):
        return sum(p.kinetic for p in self.particles)


@program(
    lambda rng: (rng.standard_normal((3, 2)), rng.standard_normal((3, 2)), np.array([1.0, 0.5, 2.0])),
    level=3,
    tags={"class", "loop", "list"},
)
def particle_system(positions, velocities, masses):
    system = ParticleSystem(
        [Particle(x.copy(), v, m) for x, v, m in zip(positions, velocities, masses, strict=True)]
    )
    for _ in range(4):
        system.step(0.05)
    return system.energy() + system.particles[1].x @ system.particles[2].x + system.time


class Dense:
    def __init__(self, weights, bias, activation=np.tanh):
        self.weights, self.bias, self.activation = weights, bias, activation

    def __call__(self, x):
        return self.activation(self.weights @ x + self.bias)


class Residual(Dense):
    def __call__(self, x):
        return x + super().__call__(x)


class Network:
    def __init__(self):
        self.layers = []
        self.calls = 0

    def add(self, layer):
        self.layers.append(layer)
        return self

    def __call__(self, x):
        self.calls += 1
        for layer in self.layers:
            x = layer(x)
        return x

    def penalty(self):
        return sum([np.sum(layer.weights**2) for layer in self.layers])


@program(
    lambda rng: (
        rng.standard_normal((3, 3)),
        rng.standard_normal((3, 3)),
        rng.standard_normal((1, 3)),
        rng.standard_normal(3),
    ),
    level=3,
    tags={"class", "list"},
)
def network_of_layers(w1, w2, w3, x):
    net = Network()
    net.add(Dense(w1, 0.1)).add(Residual(w2, x)).add(Dense(w3, 0.0, activation=lambda y: y))
    return np.sum(net(x)) + 0.01 * net.penalty() + net(0.5 * x)[0] * net.calls


class Adam:
    def __init__(self, rate, decay=0.9):
        self.rate, self.decay = rate, decay
        self.steps = 0
        self.m, self.v = {}, {}

    def step(self, params, slopes):
        self.steps += 1
        for name, slope in slopes.items():
            self.m[name] = self.decay * self.m.get(name, 0.0) + (1.0 - self.decay) * slope
            self.v[name] = 0.99 * self.v.get(name, 1.0) + 0.01 * slope**2
            corrected = self.m[name] / (1.0 - self.decay**self.steps)
            params[name] = params[name] - self.rate * corrected / np.sqrt(self.v[name])
        return params


@program(lambda rng: (0.1, 0.8, -0.4), level=3, tags={"class", "dict", "loop"})
def adam_object(rate, a, b):
    optimiser = Adam(rate)
    params = {"a": a, "b": b}
    for _ in range(6):
        slopes = {"a": 2.0 * params["a"] + params["b"], "b": 4.0 * params["b"] ** 3 + params["a"]}
        params = optimiser.step(params, slopes)
    return params["a"] ** 2 + params["b"] ** 2


class Spring:
    def __init__(self, stiffness, length):
        self._stiffness = stiffness
        self.length = length
        self.history = []

    @property
    def stiffness(self):
        return self._stiffness

    @stiffness.setter
    def stiffness(self, value):
        self._stiffness = np.exp(value)

    def pull(self, x):
        force = self.stiffness * (x - self.length)
        self.history.append(force)
        return -force


@program(lambda rng: (0.3, 0.9, 1.4), level=3, tags={"class", "property", "list"})
def property_with_setter(stiffness, length, x):
    spring = Spring(stiffness, length)
    total = spring.pull(x)
    spring.stiffness = 0.5 * stiffness
    for _ in range(5):
        x = x + 0.1 * spring.pull(x)
    return total * x + sum(spring.history) + spring.history[2]


@dataclass
class Orbit:
    position: np.ndarray
    velocity: np.ndarray
    steps: int = 0
    path: list = field(default_factory=list)

    def __post_init__(self):
        self.energy = 0.5 * self.velocity @ self.velocity

    def step(self, dt):
        r = np.sqrt(self.position @ self.position)
        self.velocity = self.velocity - dt * self.position / r**3
        self.position = self.position + dt * self.velocity
        self.steps += 1
        self.path.append(self.position)


@program(
    lambda rng: (np.array([1.0, 0.2]), np.array([0.1, 0.9]), 0.05),
    level=3,
    tags={"dataclass", "class", "loop"},
)
def orbit_dataclass(position, velocity, dt):
    orbit = Orbit(position, velocity)
    while orbit.steps < 7:
        orbit.step(dt)
    return orbit.position @ np.array(orbit.path).sum(axis=0) + orbit.energy


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def total(self):
        result = self.value**2
        if self.left is not None:
            result = result + self.left.total()
        if self.right is not None:
            result = result * self.right.total()
        return result


@program(lambda rng: (0.3, 1.2, 0.7, 0.9), level=3, tags={"class", "recursion"})
def tree_of_nodes(a, b, c, d):
    return Node(a, Node(b, right=Node(c)), Node(d, Node(a * b))).total()


class Integrator:
    order = 0

    def step(self, f, y, dt):
        raise NotImplementedError

    def solve(self, f, y, dt, steps):
        for _ in range(steps):
            y = self.step(f, y, dt)
        return y


class Euler(Integrator):
    order = 1

    def step(self, f, y, dt):
        return y + dt * f(y)


class Midpoint(Integrator):
    order = 2

    def step(self, f, y, dt):
        return y + dt * f(y + 0.5 * dt * f(y))


class Pendulum:
    def __init__(self, length):
        self.length = length

    def __call__(self, y):
        return np.array([y[1], -np.sin(y[0]) / self.length])


@program(lambda rng: (np.array([0.5, 0.0]), 1.3), level=3, tags={"class", "inheritance", "loop"})
def integrators(y, length):
    pendulum = Pendulum(length)
    total = 0.0
    for method in (Euler(), Midpoint()):
        total = total + method.order * method.solve(pendulum, y, 0.1, 9)
    return total


class Thermostat:
    def __init__(self, target):
        self.target = target
        self.temperature = 0.0
        self.on = False
        self.switched = 0

    def tick(self, outside):
        if self.temperature < self.target:
            self.temperature += 0.3 * self.target
            if not self.on:
                self.switched += 1
            self.on = True
        else:
            self.on = False
        self.temperature += 0.2 * (outside - self.temperature)


@program(lambda rng: (1.0, 0.3), level=3, tags={"class", "branch", "loop"})
def thermostat(target, outside):
    thermostat = Thermostat(target)
    for _ in range(9):
        thermostat.tick(outside)
        if thermostat.switched > 2:
            break
    return thermostat.temperature * thermostat.switched


@program(lambda rng: (Oscillator(2.0, 0.1), 0.3, 5), level=3, tags={"class", "writes_argument"}, argnums=(1,))
def oscillator_of_the_caller(system, push, steps):
    system.velocity += push
    for _ in range(steps):
        system.advance(0.1 * push)
        if system.position < 0.0:
            break
    return system.energy + system.position


SETTINGS = Scaler(0.7)


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"class", "global"})
def object_of_the_module(x):
    return SETTINGS.loss(x) + SETTINGS.factor * x[0]


class Tabulated:
    def __init__(self, values):
        self.values = values

    @functools.cached_property
    def norm(self):
        return np.sqrt(np.sum(self.values**2))

    def scaled(self):
        return self.values / self.norm

    @classmethod
    def shifted(cls, values, by=0.5):
        return cls(values + by)

    @staticmethod
    def smooth(values):
        return 0.5 * (values[1:] + values[:-1])


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"class", "property"})
def cached_norm(x):
    table = Tabulated.shifted(x)
    return Tabulated.smooth(table.scaled()) * table.norm


class Grid2D:
    def __init__(self, shape, rate):
        self.u = np.zeros(shape)
        self.next = np.zeros(shape)
        self.rate = rate

    def __setitem__(self, key, value):
        self.u[key] = value

    def __getitem__(self, key):
        return self.u[key]

    def step(self):
        u = self.u
        self.next[...] = u
        self.next[1:-1, 1:-1] += self.rate * (
            u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
        )
        self.u, self.next = self.next, self.u


@program(lambda rng: (rng.standard_normal(5), 0.2), level=3, tags={"class", "in_place", "loop"})
def grid_with_two_buffers(edge, rate):
    grid = Grid2D((5, 5), rate)
    grid[0] = edge
    grid[:, -1] = edge**2
    for _ in range(4):
        grid.step()
    return grid[1:-1, 1:-1]


class Account:
    def __init__(self, balance):
        self.balance = balance

    def __iadd__(self, amount):
        self.balance = self.balance + amount
        return self

    def __float__(self):
        return self.balance * 1.0

    def __eq__(self, other):
        return isinstance(other, Account) and self.balance == other.balance


@program(lambda rng: (1.0, 0.3), level=3, tags={"class", "operators"})
def account_in_place(start, amount):
    account = same = Account(start)
    other = Account(amount)
    for year in range(3):
        account += amount * (1.0 + year)
    if account == other:
        return 0.0
    return float(same) * other.balance + account.balance


class Plain:
    def __init__(self, a, v):
        self.a = a
        self.v = v

    def total(self):
        return self.a * np.sum(self.v)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)), level=3, tags={"loop", "class"})
def loops_under_a_branch(x, y):
    y = y.copy()
    total = 0.0
    if x[0] > -100.0:
        for i in range(3):
            y[i] -= 0.4 * y[i - 1]
        k = 0
        while k < 2:
            k += 1
            for _ in range(2):
                y[k] = np.sin(y[k])
        total = Plain(x[1], y).total()
    return total * np.sum(y * x)


class Envelope:
    """Loops in branches that only the data decide, which write into the object's array."""

    def __init__(self, size):
        self.level = np.zeros(size)
        self.attacks = 0

    def follow(self, peak, fast):
        if peak > self.level[0]:
            for i in range(len(self.level)):
                self.level[i] = self.level[i] + fast * (peak - self.level[i]) / (1.0 + i)
            self.attacks += 1
        else:
            i = 0
            while i < len(self.level):
                self.level[i] *= 1.0 - fast
                i += 1
        return self.level


@program(lambda rng: (rng.random(6) + 0.1, 0.4), level=3, tags={"class", "in_place", "loop"})
def envelope_follower(peaks, fast):
    envelope = Envelope(12)
    total = 0.0
    for peak in peaks:
        total = total + np.sum(envelope.follow(peak, fast) ** 2)
    return total / envelope.attacks


class Filter:
    def __init__(self, gain, history):
        self.x = np.array([0.0, 1.0])
        self.gain = gain
        self.history = history
        self.prior = copy.deepcopy(self.x)

    def step(self, z):
        self.prior = copy.deepcopy(self.x)
        self.x += self.gain * (z - self.x)
        self.history["last"] = self.x.copy()


@program(lambda rng: (0.3, rng.standard_normal((3, 2))), level=3, tags={"class", "in_place", "copies"})
def deep_and_shallow_copies(gain, measured):
    first = Filter(gain, {"last": measured[0], "all": [measured[0] * 2.0]})
    for z in measured:
        first.step(z)
    second = copy.deepcopy(first)
    third = copy.copy(first)
    second.step(measured[0])
    third.x[0] *= 2.0  # the array of first
    third.x = third.x * 3.0  # not
    shared = {"a": measured[1] * gain, "b": [gain, measured[2] + 0.0]}
    apart = copy.deepcopy(shared)
    apart["a"][0] = gain**2
    apart["b"][1] *= 2.0
    inner = copy.copy(shared)
    inner["b"][1][1] = 5.0 * gain
    total = np.sum(first.x * second.x) + np.sum(third.x * second.prior) + np.sum(second.history["last"])
    return total + np.sum(shared["a"] * apart["a"]) + np.sum(shared["b"][1] * apart["b"][1])


class Collector:
    def __init__(self, a, v):
        self.a = a
        self.v = v * 0.9

    def add_to(self, items):
        items.append(self.v)


@program(
    lambda rng: (rng.standard_normal(2), [rng.standard_normal(2), rng.standard_normal(2)]),
    level=3,
    tags={"class", "writes_argument"},
)
def a_list_that_grows_beside_an_object(x, items):
    collector = Collector(x[0], x)
    total = 0.0
    for k in range(2):
        total = total + sum([np.sum(np.sin(v)) for v in items]) * len(items)
        items.append(x * k)
        collector.add_to(items)
    return total * collector.a + np.sum(items[-1] * items[0])
