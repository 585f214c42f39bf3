"""Objects: methods, attributes read and written, dataclasses, namedtuples, operators of the user's own."""

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
