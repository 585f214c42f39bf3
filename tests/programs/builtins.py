"""Python's own functions on active values."""

import collections
import functools
import itertools
import logging
import math
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


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"itertools"})
def itertools_windows(x):
    total = sum(b * a for a, b in itertools.pairwise(x))
    for v in itertools.chain(x[:2], [0.5, x[3]]):
        total += np.sin(v)
    for v in itertools.islice(x, 1, 4, 2):
        total *= 1.0 + v**2
    return total


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"itertools"})
def itertools_counting(x):
    total = 0.0
    for k, v in zip(itertools.count(1), x):
        total += v**k
    for k, v in zip(itertools.count(0.5, 0.25), x):
        total += k * v
    return total + sum(a * s for a, s in zip(x, itertools.cycle([1.0, -1.0])))


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"itertools"})
def itertools_accumulated(x):
    running = list(itertools.accumulate(x, lambda a, b: a * 0.5 + b))
    started = list(itertools.accumulate([0.1, 0.2], initial=x[0]))
    return running[-1] * running[1] + started[2] * sum(itertools.accumulate(x))


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)), level=3, tags={"itertools"})
def itertools_products_of_lists(x, y):
    total = sum(a * b * 0.5 for a, b in itertools.product(x, y) if a > b)
    for a, b, c in itertools.combinations_with_replacement(x, 3):
        total += a * b * c
    for a, b in itertools.permutations(y, 2):
        total += a * np.exp(b)
    return total + sum(map(lambda a, b: a * b, x, y))


@program(lambda rng: (rng.standard_normal(5),), level=3)
def reduce_without_start(x):
    largest = functools.reduce(lambda a, b: a if a > b else b, x)
    product = functools.reduce(operator.mul, [x[0], 2.0, x[1]])
    return largest * product


@program(lambda rng: (rng.standard_normal((4, 2)), rng.standard_normal(2)), level=3)
def nearest_by_key(points, target):
    nearest = min(points, key=lambda p: np.sum((p - target) ** 2))
    index = max(range(4), key=lambda i: points[i, 0])
    return np.sum(nearest * target) * points[index, 1]


@program(lambda rng: (rng.standard_normal(6),), level=3)
def sorted_pairs(x):
    pairs = sorted(((v**2, i) for i, v in enumerate(x)), reverse=True)
    best = [x[i] for _, i in pairs[:3]]
    ordered = sorted([x[0], x[1], x[2]], key=abs)
    return best[0] * best[2] + ordered[1] * pairs[-1][0]


@program(lambda rng: (rng.standard_normal(5),), level=3)
def min_and_max_with_default(x):
    big = max((v for v in x if v > 10.0), default=x[0])
    small = min([v for v in x if v < 10.0], default=0.0)
    return big * small + max(x[1], x[2], key=lambda v: v**2)


@program(lambda rng: (rng.standard_normal(5),), level=3)
def any_all_of_lists(x):
    flags = [v > 0.0 for v in x]
    total = x[0] * x[1] if any(flags) else x[2]
    return total * (2.0 if all(flags) else 3.0) * sum(flags)


@program(lambda rng: (rng.standard_normal(5),), level=3)
def iterator_with_next(x):
    it = iter(x)
    previous = next(it)
    total = 0.0
    for v in it:
        total += v * previous
        previous = v
    return total + next(it, 1.0)


@program(lambda rng: (rng.standard_normal(4), 0.3), level=3)
def kept_iterators(x, s):
    doubled = map(lambda v: v * s, x)
    pairs = zip(x, x[::-1])
    return sum(doubled) * sum(a * b for a, b in pairs)


@program(lambda rng: (0.7, 1.3), level=3)
def math_functions(x, y):
    total = (
        math.sin(x) * math.cos(y)
        + math.tan(x)
        + math.asin(x)
        + math.acos(x)
        + math.atan(y)
        + math.atan2(x, y)
    )
    total += (
        math.exp(x)
        + math.expm1(x)
        + math.log(y)
        + math.log(y, 3.0)
        + math.log2(y)
        + math.log10(y)
        + math.log1p(x)
    )
    total += math.sinh(x) + math.cosh(x) + math.tanh(x) + math.asinh(x) + math.acosh(y) + math.atanh(x)
    total += math.sqrt(x) + math.cbrt(y) + math.pow(y, x) + math.exp2(x) + math.hypot(x, y) + math.fabs(-x)
    total += math.erf(x) + math.erfc(x) + math.gamma(y) + math.lgamma(y) + math.degrees(x) + math.radians(y)
    return total + math.copysign(x, -1.0) + math.fmod(y, x) + math.remainder(y, x) + math.ldexp(x, 3)


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)), level=3)
def math_of_sequences(x, y):
    total = math.fsum([x[0], y[1] ** 2]) + math.dist(x, y) + math.prod([x[0], y[0], 2.0])
    total += math.hypot(x[0], x[1], y[2]) + math.floor(x[0]) * y[0] + math.ceil(x[1]) + math.trunc(y[1])
    fraction, whole = math.modf(x[0])
    return total + fraction * whole + (1.0 if math.isfinite(x[0]) else 0.0) * math.pi


@program(lambda rng: (0.7, rng.standard_normal(3)), level=3)
def logging_inside(x, values):
    logging.getLogger("tapegen.test").debug("x = %s", x)
    total = 0.0
    for i, v in enumerate(values):
        total += v * x
        logging.debug("step %d: %.3f", i, total)
        print(f"{i:02d} {total:.3f}", end="") if total > 1e9 else None
    return total


@program(lambda rng: (1.7, -2.3), level=3)
def rounding_and_division(x, y):
    q, r = divmod(x, 0.5)
    return round(x, 1) * y + r * q + x // 0.3 * y + y % 0.7 + abs(y) ** x + pow(x, 2) + complex(x, y).real


LOG = logging.getLogger(__name__)


@program(lambda rng: (rng.uniform(0.5, 1.5, 4),), level=3, tags={"list"})
def deleted_unpacked_and_logged(x):
    items = list(x)
    del items[1:3]
    del items[0]
    LOG.debug("left %s of %s", items, x)
    a, b, *c = (v * v for v in x)
    return sum(v * v for v in items) * a * b + c[0] * c[1]


@program(lambda rng: (0.4, rng.uniform(0.5, 1.0, 2)), level=3, tags={"list"})
def ufuncs_of_lists(p, x):
    logs = np.log([p, 1 - p])
    y = x * [p, 2.0] + logs
    z = np.exp((p, p)) * y
    return np.sum(z * np.maximum([p * 2, 0.3], x)) + (np.array([1.0, 2.0]) / [p, p])[0]


@program(lambda rng: (rng.uniform(0.5, 1.0, 5),), level=3, tags={"list", "loop"})
def window_of_bounded_length(xs):
    window = collections.deque(maxlen=3)
    ends = collections.deque([1.0, 2.0, 3.0], 2)
    s = 0.0
    for x in xs:
        window.append(x * x)
        ends.appendleft(x)
        s = s + sum(window) * window[0]
    return s + ends[0] * ends[1] * len(window)
