"""Helpers, recursion, defaults, keyword arguments, functions as values."""

import functools
import itertools

import numpy as np

from .registry import program


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def scaled(x, factor=2.0, *, shift=0.0):
    return x * factor + shift


def swap_and_mix(a, b):
    return b * 0.5, a + b


@program(lambda rng: (0.4,))
def one_helper(x):
    return sigmoid(x) * sigmoid(2.0 * x)


@program(lambda rng: (rng.standard_normal(3), 0.7))
def defaults_and_keywords(x, s):
    return scaled(x) + scaled(x, s) * scaled(s, factor=x, shift=s) + scaled(x=s)


@program(lambda rng: (0.4, 1.2))
def two_results(x, y):
    u, v = swap_and_mix(x, y)
    u, v = swap_and_mix(v, u)
    return u * v


def inner_product(x, y):
    return np.sum(x * y)


def norm(x):
    return np.sqrt(inner_product(x, x))


def angle(x, y):
    return np.arccos(inner_product(x, y) / (norm(x) * norm(y)))


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3)))
def helpers_of_helpers(x, y):
    return angle(x, y) + angle(x + y, y)


def step(state, rate):
    return state + rate * np.sin(state)


@program(lambda rng: (rng.standard_normal(3), 0.1), tags={"loop"})
def helper_in_loop(x, rate):
    for i in range(5):
        x = step(x, rate * (i + 1))
    return x


def piecewise(x):
    if x > 1.0:
        y = np.log(x)
    else:
        y = x - 1.0
    return y


@program(lambda rng: (0.5, 1.7))
def helper_with_branch(x, y):
    return piecewise(x) * piecewise(y)


def summed(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2
    return total


@program(lambda rng: (rng.standard_normal((3, 4)),), tags={"loop"})
def helper_with_loop(a):
    total = 1.0
    for row in a:
        total = total * summed(row)
    return total


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@program(lambda rng: (1.2, 5), level=3, tags={"recursion", "return"})
def recursive_power(x, n):
    return power(x, n)


def fib(x, n):
    return x if n < 2 else fib(np.sin(x), n - 1) + fib(x, n - 2)


@program(lambda rng: (0.7, 6), level=3, tags={"recursion"})
def recursive_fibonacci(x, n):
    return fib(x, n)


def is_even_product(x, n):
    if n == 0:
        return x
    return is_odd_product(x * 0.9, n - 1)


def is_odd_product(x, n):
    if n == 0:
        return -x
    return is_even_product(np.sin(x), n - 1)


@program(lambda rng: (0.7, 5), level=3, tags={"recursion", "return"})
def mutual_recursion(x, n):
    return is_even_product(x, n)


def tree_value(tree, x):
    if isinstance(tree, tuple):
        left, right = tree
        return tree_value(left, x) * tree_value(right, x * 0.5) + x
    return tree * np.sin(x)


@program(lambda rng: (((0.3, 0.5), (0.7, (0.2, 0.9))), 1.1), level=3, tags={"recursion", "return"})
def recursion_over_a_tree(tree, x):
    return tree_value(tree, x)


def pairwise_sum(x):
    if len(x) <= 2:
        return np.sum(x)
    half = len(x) // 2
    return pairwise_sum(x[:half]) + np.sin(pairwise_sum(x[half:]))


@program(lambda rng: (rng.standard_normal(9),), level=3, tags={"recursion", "return"})
def divide_and_conquer(x):
    return pairwise_sum(x)


@program(lambda rng: (0.3, 0.9), level=3, tags={"lambda"})
def lambdas(x, y):
    f = lambda a, b=2.0: a * b + x
    return f(y) * f(x, b=y)


def apply_twice(f, x):
    return f(f(x))


@program(lambda rng: (0.3,), level=3, tags={"higher_order"})
def function_as_argument(x):
    return apply_twice(np.sin, x) + apply_twice(sigmoid, x) + apply_twice(lambda v: v * x, 2.0)


def make_polynomial(coefficients):
    def polynomial(x):
        y = 0.0
        for c in coefficients:
            y = y * x + c
        return y

    return polynomial


@program(lambda rng: (0.3, [1.0, -0.5, 0.7]), level=3, tags={"higher_order", "closure"})
def function_as_result(x, coefficients):
    p = make_polynomial(coefficients)
    q = make_polynomial([x, 2.0])
    return p(x) * q(x)


@program(lambda rng: (0.3, 1.4), level=3, tags={"higher_order"})
def partial_application(x, y):
    f = functools.partial(scaled, factor=y, shift=x)
    g = functools.partial(scaled, y)
    return f(x) * f(2.0) + g(x)


@program(lambda rng: (0.5, 0.2, 0.9), level=3, tags={"varargs"})
def star_arguments(x, y, z):
    def mix(first, *rest, **options):
        total = first
        for value in rest:
            total = total * value + options["bias"]
        return total * options.get("scale", 1.0)

    values = (y, z)
    return mix(x, *values, bias=y) + mix(*values, bias=1.0, **{"scale": x})


def relax(values, rate, steps=3):
    for _ in range(steps):
        values[1:-1] += rate * (values[2:] - 2.0 * values[1:-1] + values[:-2])
    return values[0] * rate


@program(lambda rng: (rng.standard_normal(5), 0.2), level=3, tags={"varargs", "in_place", "writes_argument"})
def starred_call_of_a_writing_helper(values, rate):
    arguments = (values, rate)
    first = relax(*arguments)
    return first + relax(*arguments, 2) + np.sum(values**2)


def weighed(value, how):
    if isinstance(value, (list, tuple)):
        return [weighed_leaf(item, how) for item in value]
    return weighed_leaf(value, how)


def weighed_leaf(value, how):
    if not isinstance(value, np.ndarray):
        return value * how["number"]
    if how is None:
        raise ValueError("no table")
    return value * how["array"]


@program(
    lambda rng: ([rng.standard_normal(3), 0.5], 0.7, {"number": 1.5, "array": 0.3}),
    level=3,
    tags={"helper", "dict", "list"},
)
def branches_on_types(pair, x, how):
    first, second = weighed(pair, how)
    return np.sum(np.sin(first)) * second + weighed(x, how)


@program(lambda rng: (0.5, 0.2), level=3, tags={"varargs"})
def positional_and_keyword_only(x, y):
    def f(a, /, b, *, c=3.0):
        return a * b**2 + c

    return f(x, b=y) * f(y, x, c=x)


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) * 1.0

    return wrapper


@logged
def decorated_cube(x):
    return x**3


@program(lambda rng: (0.5,), level=3, tags={"decorator"})
def decorated_helper(x):
    return decorated_cube(x) + decorated_cube(2.0 * x)


@functools.lru_cache(maxsize=None)
def weights(n):
    return tuple(1.0 / (k + 1) for k in range(n))


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"decorator", "loop"})
def cached_constants(x):
    total = 0.0
    for w, v in zip(weights(4), x):
        total += w * np.sin(v)
    return total


ACTIVATIONS = {"sin": np.sin, "sigmoid": sigmoid}


@program(lambda rng: (0.5, "sigmoid"), level=3, tags={"higher_order", "dict"})
def table_of_functions(x, name):
    return ACTIVATIONS[name](x) * ACTIVATIONS["sin"](x)


@program(lambda rng: (0.9,), level=3, tags={"higher_order", "loop"})
def bisection_on_a_function(c):
    def g(x):
        return x**3 + c * x - 2.0

    low, high = 0.0 * c, 2.0 + 0.0 * c
    for _ in range(30):
        middle = 0.5 * (low + high)
        if g(low) * g(middle) <= 0:
            high = middle
        else:
            low = middle
    root = 0.5 * (low + high)
    for _ in range(2):  # the bisection itself is constant but for jumps: these carry both derivatives
        root = root - g(root) / (3.0 * root**2 + c)
    return root


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"higher_order", "map"})
def map_and_reduce(x):
    squares = map(lambda v: v**2, x)
    return functools.reduce(lambda a, b: a * 0.5 + b, squares, 1.0)


def rk4_step(rhs, t, y, h, *args):
    k1 = rhs(t, y, *args)
    k2 = rhs(t + h / 2, y + h / 2 * k1, *args)
    k3 = rhs(t + h / 2, y + h / 2 * k2, *args)
    k4 = rhs(t + h, y + h * k3, *args)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def integrate_ode(rhs, y, times, step=rk4_step, args=(), callback=None):
    for start, stop in itertools.pairwise(times):
        y = step(rhs, start, y, stop - start, *args)
        if callback is not None:
            callback(stop, y)
    return y


def predator_prey(t, y, a, b):
    return np.array([a * y[0] - b * y[0] * y[1], y[0] * y[1] * np.cos(t) - y[1]])


@program(
    lambda rng: (np.array([1.0, 0.5]), 1.1, 0.4, np.linspace(0.0, 1.0, 9)),
    level=3,
    tags={"higher_order", "loop"},
)
def integrator_of_a_right_hand_side(y, a, b, times):
    return integrate_ode(predator_prey, y, times, args=(a, b))


@program(
    lambda rng: (np.array([1.0, 0.5]), 1.1, np.linspace(0.0, 1.0, 6)), level=3, tags={"higher_order", "loop"}
)
def integrator_with_another_step(y, rate, times):
    def euler(rhs, t, y, h):
        return y + h * rhs(t, y)

    return integrate_ode(lambda t, y: -rate * y + t, y, times, step=euler)


def newton_root(f, df, x, *, tolerance=1e-12, iterations=20):
    for _ in range(iterations):
        change = f(x) / df(x)
        x = x - change
        if abs(change) < tolerance:
            break
    return x


@program(lambda rng: (2.0, 0.7), level=3, tags={"higher_order", "break"})
def newton_of_a_function_and_its_derivative(a, b):
    root = newton_root(lambda x: x**3 + b * x - a, lambda x: 3 * x**2 + b, 1.0 + 0.0 * a)
    return root * b


def simpson(f, a, b, whole, tolerance):
    m = 0.5 * (a + b)
    left = (m - a) / 6 * (f(a) + 4 * f(0.5 * (a + m)) + f(m))
    right = (b - m) / 6 * (f(m) + 4 * f(0.5 * (m + b)) + f(b))
    if abs(left + right - whole) < tolerance:
        return left + right
    return simpson(f, a, m, left, tolerance / 2) + simpson(f, m, b, right, tolerance / 2)


@program(lambda rng: (0.7, 1.6), level=3, tags={"higher_order", "recursion"})
def adaptive_quadrature(k, b):
    def f(t):
        return np.exp(-k * t) * np.sin(3.0 * t)

    return simpson(f, 0.0, b, 0.0, 1e-3)


def gradient_descent(slope, x, *, rate, steps, project=None):
    for _ in range(steps):
        x = x - rate * slope(x)
        if project is not None:
            x = project(x)
    return x


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(3), 0.1), level=3, tags={"higher_order"})
def generic_optimiser(x, target, rate):
    free = gradient_descent(lambda v: 2.0 * (v - target), x, rate=rate, steps=5)
    bounded = gradient_descent(
        lambda v: 2.0 * (v - target), x, rate=rate, steps=5, project=lambda v: np.clip(v, -0.5, 0.5)
    )
    return free * bounded


def momentum(rate, decay=0.9):
    def init(x):
        return x, np.zeros_like(x)

    def update(slope, state):
        x, velocity = state
        velocity = decay * velocity - rate * slope
        return x + velocity, velocity

    def read(state):
        return state[0]

    return init, update, read


@program(lambda rng: (rng.standard_normal(3), 0.1), level=3, tags={"higher_order", "closure"})
def optimiser_of_three_functions(x, rate):
    init, update, read = momentum(rate)
    state = init(x)
    for _ in range(4):
        state = update(np.sin(read(state)), state)
    return read(state)


def scaled_result(factor, *, times=1):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            result = function(*args, **kwargs)
            for _ in range(times):
                result = result * factor
            return result

        return wrapper

    return decorate


@scaled_result(0.5, times=2)
@scaled_result(3.0)
def damped_cosine(t, *, decay=0.3):
    return np.exp(-decay * t) * np.cos(t)


@program(lambda rng: (0.8, 0.4), level=3, tags={"decorator"})
def decorators_with_arguments(t, decay):
    return damped_cosine(t) * damped_cosine(t, decay=decay)


def logged_layer(following):
    return lambda x: following(x + 0.1)


def doubled_layer(following):
    return lambda x: 2.0 * following(x)


def clipped_layer(following):
    return lambda x: np.minimum(following(x), 5.0)


@program(lambda rng: (rng.uniform(0.2, 0.9, 3),), level=3, tags={"higher_order", "loop"})
def middleware(x):
    handler = np.sin
    for layer in (logged_layer, doubled_layer, clipped_layer):
        handler = layer(handler)
    return handler(x) * handler(2.0 * x)


LAYERS = [np.tanh, sigmoid, lambda v: v * v]


@program(lambda rng: (rng.standard_normal(3), np.array([0.4, 1.2, -0.7])), level=3, tags={"higher_order"})
def network_from_a_list_of_activations(x, weights):
    for w, activation in zip(weights, LAYERS):
        x = activation(w * x)
    return x


OPERATIONS = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b, "pow": lambda a, b: a**b}


@program(lambda rng: (1.3, 0.7, ["mul", "add", "pow", "mul"]), level=3, tags={"higher_order", "dict"})
def small_interpreter(x, y, program_text):
    for name in program_text:
        x = OPERATIONS[name](x, y)
    return x


@program(lambda rng: (0.6, 2), level=3, tags={"higher_order"})
def function_chosen_by_a_branch(x, mode):
    if mode == 0:
        f = np.sin
    elif mode == 1:
        f = functools.partial(scaled, factor=x)
    else:
        slope = x**2
        f = lambda v, shift=x: slope * v + shift
    return f(x) + f(2.0)


def forwarded(function, *args, **options):
    options.setdefault("shift", 0.5)
    factor = options.pop("factor", 3.0)
    return function(*args, factor=factor, **options)


@program(lambda rng: (0.6, 1.4), level=3, tags={"varargs"})
def options_passed_on(x, y):
    settings = {"factor": y, "shift": x}
    return forwarded(scaled, x) * forwarded(scaled, y, **settings) * forwarded(scaled, x, shift=y)


def time_steps(start, stop, first, growth):
    t, h = start, first
    while t < stop:
        yield t, h
        t = t + h
        h = h * growth


@program(lambda rng: (np.array([1.0, 0.5]), 0.7, 1.2), level=3, tags={"generator", "loop"})
def generator_of_growing_time_steps(y, rate, growth):
    for t, h in time_steps(0.0, 1.0, 0.1, growth):
        y = y + h * (-rate * y + np.cos(t))
        if y[0] < 0.2:
            break
    return y


def fixed_point_iterates(f, x):
    while True:
        new = f(x)
        yield abs(new - x), new
        x = new


@program(lambda rng: (0.8, 1.3), level=3, tags={"generator", "higher_order", "break"})
def endless_generator_left_by_break(a, x):
    for error, value in fixed_point_iterates(lambda v: np.cos(a * v), x):
        if error < 1e-3:
            break
    return value * a


def quicksort(a, low, high):
    if low >= high:
        return
    pivot = a[high]
    i = low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    quicksort(a, low, i - 1)
    quicksort(a, i + 1, high)


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"recursion", "writes_argument"})
def recursion_that_sorts_in_place(a):
    quicksort(a, 0, len(a) - 1)
    return np.sum(a * np.arange(5) ** 2)


def scaled_first(v, n):
    if n == 0:
        return
    v[0] *= 1.1
    added_second(v[::-1], n - 1)


def added_second(v, n):
    if n == 0:
        return
    v[1] += v[0]
    scaled_first(v, n - 1)


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"recursion"})
def mutual_recursion_that_writes(x):
    u = np.sin(x)
    scaled_first(u, 4)
    return np.sum(u * x)


RATES = {
    "open": (lambda v: 0.1 * v + 1.0, lambda v: np.exp(-v)),
    "close": (lambda v: 0.2 * np.cos(v), lambda v: 1.0 / (1.0 + v**2)),
}


@program(lambda rng: (0.7, 1.2), level=3, tags={"loop"})
def table_of_pairs_of_functions(v, current):
    gates = {name: a(v) / (a(v) + b(v)) for name, (a, b) in RATES.items()}
    for _ in range(3):
        for name, (a, b) in RATES.items():
            gates[name] += 0.1 * (a(v) * (1 - gates[name]) - b(v) * gates[name])
        v += 0.1 * (current - gates["open"] * gates["close"] * v)
    return v


def pair_energy(positions, pairs):
    forces = np.zeros_like(positions)
    energy = 0.0
    for i, j in pairs:
        d = positions[i] - positions[j]
        r2 = d @ d
        if r2 > 20.0:
            continue
        energy += 1.0 / r2
        forces[i] += d / r2**2
        forces[j] -= d / r2**2
    return energy, forces


@program(lambda rng: (rng.standard_normal((3, 2)),), level=3, tags={"loop", "in_place"})
def list_of_pairs_passed_on(positions):
    pairs = list(itertools.combinations(range(len(positions)), 2))
    energy, forces = pair_energy(positions, pairs)
    moved = positions + 0.01 * forces
    after, _ = pair_energy(moved, pairs)
    return energy - 0.5 * after


@functools.lru_cache
def squared(v):
    return v * v


@functools.lru_cache(maxsize=None)
def legendre(n, x):
    if n == 0:
        return 1.0
    return x if n == 1 else ((2 * n - 1) * x * legendre(n - 1, x) - (n - 1) * legendre(n - 2, x)) / n


@functools.cache
def gauss_points(n):
    with open("/dev/null", encoding="utf-8"):
        pass
    return np.polynomial.legendre.leggauss(n)


@program(lambda rng: (0.7,), level=3, tags={"recursion"})
def cached_helpers(x):
    points, weights = gauss_points(3)
    return squared(x) * squared(2.0) + legendre(3, x) + np.sum(weights * np.cos(points * x))


def sines(values, start):
    total = start
    for value in values:
        total = np.sin(total + value)
        yield total


@program(lambda rng: (rng.uniform(0.5, 1.5, 3),), level=3, tags={"loop"})
def one_generator_inside_another(x):
    s = 0.0
    for a in sines(x, 0.3):
        for b in sines(x[1:], a):
            if b > 0.9:
                break
            s += a * b
        s = s + sum(sines(x, s))
    return s


@program(lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal(3)), level=3, tags={"loop"})
def options_before_the_defaults_of_a_closure(w, b):
    def layer(x, /, w, *, bias=0.0, act=np.tanh, **extra):
        return act(w @ x + bias) * extra.get("scale", 1.0)

    configurations = [dict(w=w, act=np.sin), dict(w=w.T, bias=b, scale=0.5)]
    x = b
    for options in configurations:
        x = layer(x, **options)
    return np.sum(x)
