"""Helpers, recursion, defaults, keyword arguments, functions as values."""

import functools

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
