"""Nested functions that read, and sometimes write, the values around them."""

import functools

import numpy as np

from .registry import program

GRAVITY = 9.81
TABLE = np.array([0.5, 1.5, 2.5])


@program(lambda rng: (0.6,))
def reads_globals(x):
    return x * GRAVITY + np.sum(TABLE * x**2)


@program(lambda rng: (0.6, 1.3), level=3, tags={"closure"})
def captures_argument(x, y):
    def f(t):
        return x * t + y

    return f(2.0) * f(x)


@program(lambda rng: (rng.standard_normal(3), 0.4), level=3, tags={"closure", "loop"})
def captures_in_loop(x, s):
    def energy(v):
        return np.sum(v**2) * s

    total = 0.0
    for i in range(3):
        total = total + energy(x * (i + 1))
    return total


@program(lambda rng: (0.6, 1.3), level=3, tags={"closure"})
def captured_value_changes(x, y):
    scale = x

    def f(t):
        return scale * t

    first = f(y)
    scale = y**2
    return first + f(x)


@program(lambda rng: (0.6,), level=3, tags={"closure", "nonlocal"})
def nonlocal_counter(x):
    total = 0.0

    def add(value):
        nonlocal total
        total = total + value * x

    add(1.0)
    add(x)
    add(total)
    return total


@program(lambda rng: (0.6, 0.2), level=3, tags={"closure"})
def three_levels(x, y):
    def outer(a):
        def middle(b):
            def inner(c):
                return a * b + c * x + y

            return inner(b) * inner(a)

        return middle(x) + middle(y)

    return outer(x * y)


@program(lambda rng: (rng.standard_normal(4), 0.3), level=3, tags={"closure", "in_place"})
def writes_captured_array(x, s):
    work = x.copy()

    def sweep(rate):
        for i in range(1, 4):
            work[i] += rate * work[i - 1]

    sweep(s)
    sweep(s**2)
    return work


@program(lambda rng: (0.8,), level=3, tags={"closure", "list"})
def list_of_closures(x):
    functions = [lambda t, k=k: t**k * x for k in range(3)]
    return sum(f(x) for f in functions)


@program(lambda rng: (0.8,), level=3, tags={"closure", "loop"})
def late_binding(x):
    functions = []
    for k in range(3):
        functions.append(lambda t: t * x + k)
    return functions[0](x) * functions[2](2.0)


def make_counter(start):
    state = {"value": start}

    def advance(amount):
        state["value"] = state["value"] * amount + 1.0
        return state["value"]

    return advance


@program(lambda rng: (0.8, 0.4), level=3, tags={"closure", "dict"})
def closure_with_state(x, y):
    advance = make_counter(x)
    advance(y)
    return advance(x) * advance(y)


def derivative_free_rule(f, a, b, n=6):
    h = (b - a) / n
    total = 0.5 * (f(a) + f(b))
    for i in range(1, n):
        total += f(a + i * h)
    return total * h


@program(lambda rng: (0.3, 1.8, 0.7), level=3, tags={"closure", "loop"})
def trapezoid_of_closure(a, b, k):
    return derivative_free_rule(lambda t: np.exp(-k * t**2), a, b)


@program(lambda rng: (0.4, 1.1), level=3, tags={"closure"})
def composition(x, k):
    def compose(*functions):
        def run(v):
            for f in functions:
                v = f(v)
            return v

        return run

    pipeline = compose(np.sin, lambda v: v * k, np.exp)
    return pipeline(x) + pipeline(k)


@program(
    lambda rng: (rng.standard_normal((3, 3)) * 0.3, rng.standard_normal(3)), level=3, tags={"closure", "loop"}
)
def fixed_point_of_closure(a, b):
    def update(x):
        return np.tanh(a @ x + b)

    x = np.zeros(3)
    for _ in range(10):
        x = update(x)
    return x


@program(lambda rng: (1.3, rng.standard_normal(3)), level=3, tags={"closure"})
def currying(x, v):
    def add(a):
        return lambda b: lambda c: a * b + np.sum(c * v)

    return add(x)(2.0 * x)(v)


@program(lambda rng: (0.9,), level=3, tags={"closure"})
def shadowed_names(x):
    def f(x):
        y = x * 2.0
        return y + 1.0

    y = f(x)
    sum = f(y)
    return sum * y * x


@program(lambda rng: (0.7,), level=3, tags={"closure", "recursion"})
def recursive_closure(x):
    def descend(n, value):
        if n == 0:
            return value
        return descend(n - 1, np.sin(value) * x)

    return descend(4, x + 1.0)


@program(lambda rng: (0.7, 0.3), level=3, tags={"closure", "nonlocal", "loop"})
def running_statistics(x, rate):
    mean, spread, count = 0.0, 0.0, 0

    def push(value):
        nonlocal mean, spread, count
        count += 1
        change = value - mean
        mean += rate * change
        spread = (1.0 - rate) * (spread + rate * change**2)

    for k in range(6):
        push(np.sin(x * k))
        if mean > 0.5:
            push(0.0)
    return spread * count + mean


def make_account(balance):
    def deposit(amount):
        nonlocal balance
        balance = balance + amount
        return balance

    def grow(rate):
        nonlocal balance
        balance = balance * (1.0 + rate)

    return deposit, grow


@program(lambda rng: (1.3, 0.2), level=3, tags={"closure", "nonlocal"})
def two_accounts(start, rate):
    deposit, grow = make_account(start)
    deposit_2, grow_2 = make_account(rate)
    deposit(rate)
    grow(rate)
    deposit_2(deposit(1.0))
    grow_2(start)
    return deposit(0.0) * deposit_2(0.0)


@program(lambda rng: (0.8,), level=3, tags={"closure", "decorator", "recursion"})
def memoised_inner_recursion(x):
    @functools.lru_cache(maxsize=None)
    def chebyshev(n):
        if n < 2:
            return x if n else 1.0
        return 2.0 * x * chebyshev(n - 1) - chebyshev(n - 2)

    return chebyshev(5) + chebyshev(3)


@program(lambda rng: (rng.uniform(0.2, 1.0, 4), 0.7), level=3, tags={"closure", "sorted"})
def callbacks_collect_a_history(x, s):
    history = []

    def record(step, value):
        history.append(value * (step + 1))

    def relax(values, callback):
        for step in range(3):
            values = values * s + 0.1
            callback(step, values)
        return values

    last = relax(x, record)
    return last + history[0] * history[1]


@program(lambda rng: (0.6,), level=3, tags={"closure", "lambda"})
def defaults_that_are_computed(x):
    scale = x * 2.0

    def f(v, factor=scale, *, shift=x):
        return v * factor + shift

    scale = 3.0
    return f(1.0) + f(scale, 2.0) + f(x, shift=scale)


@program(lambda rng: (0.4, 1.1), level=3, tags={"closure"})
def church_pairs(x, y):
    pair = lambda a, b: lambda pick: pick(a, b)
    first = lambda p: p(lambda a, b: a)
    second = lambda p: p(lambda a, b: b)
    swapped = lambda p: pair(second(p), first(p))
    p = swapped(pair(x, y * x))
    return first(p) ** 2 + second(p)
