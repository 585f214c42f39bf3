"""Arithmetic on Python floats: operators, powers, the math module, comparisons and chained expressions."""

import math

import numpy as np

from .registry import program


def numbers(*values):
    return lambda rng: tuple(float(v) for v in values)


@program(numbers(1.3))
def square(x):
    return x * x


@program(numbers(0.7))
def cubic(x):
    return 3.0 * x**3 - 2.0 * x**2 + x - 5.0


@program(numbers(0.4, 1.9))
def product_and_quotient(x, y):
    return x * y + x / y - y / x


@program(numbers(1.7, 0.6))
def power_of_both(x, y):
    return x**y + y**x


@program(numbers(0.8))
def nested_unary(x):
    return -(-x) + +x - (-(x**2))


@program(numbers(-2.0))
def negative_base(x):
    return (-x) ** 2.5 - (-2.0) ** 2 * x + 2**-x


@program(numbers(2.6, 1.1))
def remainder_and_floor(x, y):
    return x % y + x // y * x


@program(numbers(0.3, 1.2, 0.5))
def reuse_of_temporaries(a, b, c):
    t = a * b
    u = t + c
    t = u * t
    u = t - a
    return t * u


@program(numbers(0.9))
def reassigned_parameter(x):
    x = np.sin(x)
    x = x * x + 1.0
    x = np.log(x)
    return x


@program(numbers(0.2, 0.5))
def tuple_assignment(x, y):
    x, y = y, x
    x, y = x + y, x - y
    (a, b), c = (x * y, x), y
    return a * b + c


@program(numbers(0.6, 1.4))
def chained_assignment(x, y):
    a = b = x * y
    a = a + 1.0
    return a * b


@program(numbers(1.5))
def augmented(x):
    y = x
    y += 2.0
    y *= x
    y -= x / 3.0
    y /= 1.0 + x
    y **= 2
    return y


@program(numbers(0.9, 1.7))
def numpy_scalar_functions(x, y):
    return np.exp(-x) * np.sqrt(y) + np.log1p(x) * np.tanh(y) + np.arctan2(x, y) + np.hypot(x, y)


@program(numbers(0.4), level=3)
def math_module(x):
    return math.sin(x) * math.exp(x) + math.sqrt(1.0 + x) - math.log(2.0 + x) + math.atan(x) * math.pi


@program(numbers(0.4, 1.3), level=3)
def more_of_math(x, y):
    return math.hypot(x, y) + math.erf(x) * math.lgamma(y) + math.pow(y, x) + math.fabs(-x) + math.log(y, 2)


@program(numbers(0.5), level=3)
def math_hyperbolic(x):
    return (
        math.sinh(x)
        + math.cosh(x) * math.tanh(x)
        + math.asinh(x)
        + math.expm1(x)
        + math.log1p(x)
        + math.acosh(2.0 + x)
    )


@program(numbers(1.0, 2.0, 0.4))
def logistic(a, k, t):
    return a / (1.0 + np.exp(-k * (t - 0.1)))


@program(numbers(0.3))
def softplus(x):
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


@program(numbers(3.0, 4.0, 5.0))
def heron(a, b, c):
    s = (a + b + c) / 2.0
    return np.sqrt(s * (s - a) * (s - b) * (s - c))


@program(numbers(2.0, -7.5, 3.0))
def larger_root(a, b, c):
    discriminant = b * b - 4.0 * a * c
    return (-b + np.sqrt(discriminant)) / (2.0 * a)


@program(numbers(0.51, 0.2, 1.3))
def spherical_to_cartesian(theta, phi, r):
    x = r * np.sin(theta) * np.cos(phi)
    y = r * np.sin(theta) * np.sin(phi)
    z = r * np.cos(theta)
    return x, y, z


@program(numbers(0.9, 0.8, -0.4, 2.3))
def haversine(lat1, lon1, lat2, lon2):
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2.0 * 6371.0 * np.arcsin(np.sqrt(h))


@program(numbers(1.2, 0.7))
def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2


@program(numbers(0.5, -1.0))
def himmelblau(x, y):
    return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2


@program(numbers(0.4, 0.9))
def ackley(x, y):
    radius = np.sqrt(0.5 * (x**2 + y**2))
    waves = 0.5 * (np.cos(2.0 * np.pi * x) + np.cos(2.0 * np.pi * y))
    return -20.0 * np.exp(-0.2 * radius) - np.exp(waves) + np.e + 20.0


@program(numbers(1.1), level=3)
def walrus(x):
    return (y := np.sin(x)) * y + (z := y * x) - z**2


@program(numbers(0.6, 0.2))
def ternary(x, y):
    z = x * y if x > y else x + y
    return z**2 if z < 0.5 else z


@program(numbers(0.6, 0.2), level=3)
def short_circuit(x, y):
    z = (x > y and x * y) or y
    return z + (0.0 or x)


@program(numbers(0.6, 0.8))
def chained_comparison(x, y):
    if 0.0 < x < y <= 1.0:
        return_value = x * y**2
    else:
        return_value = x - y
    return return_value


@program(numbers(1.3))
def integer_constants(x):
    return 2 * x + 7 // 2 * x + x / 2 + 3**2 * x - (5 % 3) * x**2


@program(numbers(0.7))
def unused_work(x):
    a = np.exp(x)
    b = a * 3.0
    c = b**2
    b = x * 2.0
    return b + a * 0.0 + (c - c)


@program(numbers(0.7, 2.0))
def constant_result(x, y):
    n = 3
    return n * 2.0


@program(numbers(1e-4, 2e3))
def different_scales(x, y):
    return x * y + np.sin(1e4 * x) * 1e-3 * y


@program(numbers(0.35))
def machin_series(x):
    square_of_x = x * x
    return x * (1 - square_of_x * (1 / 3 - square_of_x * (1 / 5 - square_of_x * (1 / 7 - square_of_x / 9))))
