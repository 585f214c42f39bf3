"""Python's own functions on active values."""

import itertools
import operator

import numpy as np

from .registry import program


@program(lambda rng: (rng.standard_normal(4),), level=3)
def builtin_sum(x):
    return sum(x) * sum([x[0], x[1] * x[2]], 1.0)


@program(lambda rng: (0.3, 0.8, -0.4), level=3)
def min_and_max(x, y, z):
    return max(x, y, z) * min(x, y) + max([x * y, z]) - min((y, z))


@program(lambda rng: (rng.standard_normal(4),), level=3)
def min_and_max_with_key(x):
    largest = max(x, key=lambda v: abs(v))
    smallest = min([x[0] ** 2, x[1]], key=lambda v: -v, default=0.0)
    return largest * smallest


@program(lambda rng: (-0.6, 2.0), level=3)
def abs_pow_round(x, n):
    return abs(x) + pow(abs(x), n) * pow(2.0, x) + round(x) * x + divmod(x, 0.25)[1]


@program(lambda rng: (rng.standard_normal((3, 2)),), level=3)
def len_and_range(a):
    total = 0.0
    for i in range(len(a)):
        for j in range(len(a[i])):
            total += a[i, j] ** (j + 1)
    return total


@program(lambda rng: (rng.standard_normal(4),), level=3)
def map_and_filter(x):
    kept = filter(lambda v: v > -0.5, map(np.sin, x))
    return sum(kept) + sum(map(lambda a, b: a * b, x, x[::-1]))


@program(lambda rng: (rng.standard_normal(4),), level=3)
def sorted_by_key(x):
    by_size = sorted(x, key=lambda v: v**2, reverse=True)
    pairs = sorted(zip(x, range(4)))
    return by_size[0] * by_size[1] + pairs[0][0] * pairs[0][1]


@program(lambda rng: (rng.standard_normal(4),), level=3)
def any_and_all(x):
    if any(v > 0.0 for v in x) and not all(x > 0.0):
        y = x[0] * x[1]
    else:
        y = x[2]
    return y + (x[3] if np.any(x > 100.0) else x[3] ** 2)


@program(lambda rng: (rng.standard_normal(3), 0.7), level=3)
def float_and_int(x, s):
    n = int(2.7)
    return float(x[0]) * n + float(s) ** n + bool(n) * x[1]


@program(lambda rng: (0.4,), level=3)
def fstrings_and_print(x):
    label = f"x = {x:.3f}, twice {2 * x}"
    if len(label) < 3:
        print(label)
    return x * 2.0 if "twice" in label else x


@program(lambda rng: (0.4, rng.standard_normal(3)), level=3)
def isinstance_and_type(s, x):
    total = 0.0
    for v in (s, x, 3):
        if isinstance(v, np.ndarray):
            total = total + np.sum(v**2)
        elif type(v) is int:
            total = total * v
        else:
            total = total + np.exp(v)
    return total


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"itertools"})
def itertools_products(x):
    total = 0.0
    for a, b in itertools.combinations(x, 2):
        total += np.sin(a * b)
    for i, j in itertools.product(range(2), range(2)):
        total *= 1.0 + 0.1 * x[i] * x[j]
    return total + sum(itertools.accumulate(x, operator.mul))


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"generator"})
def generator_function(x):
    def powers(v, n):
        p = v
        for _ in range(n):
            yield p
            p = p * v

    return sum(np.sum(p) for p in powers(x, 3))


@program(lambda rng: (rng.standard_normal(5),), level=3)
def enumerate_with_start(x):
    total = 0.0
    for k, v in enumerate(x, start=1):
        total += v / k
    for k, v in enumerate(x[::2]):
        total *= 1.0 + v * k
    return total


@program(lambda rng: (0.4, 1.2), level=3)
def operator_module(x, y):
    return operator.add(operator.mul(x, y), operator.pow(y, x)) - operator.truediv(x, y)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)), level=3)
def iterators_by_hand(x, y):
    it = iter(x)
    first = next(it)
    second = next(it)
    rest = list(it)
    return first * second + rest[0] * y[1]
