"""Loops over ranges, sequences, rows, zip and enumerate; nested, with carried scalars and arrays."""

import numpy as np

from .registry import program


@program(lambda rng: (rng.standard_normal(6),), tags={"loop"})
def sum_by_index(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[i]
    return total


@program(lambda rng: (rng.standard_normal(6),), tags={"loop"})
def range_with_step(x):
    total = 0.0
    for i in range(1, 6, 2):
        total += np.sin(x[i])
    for i in range(5, -1, -2):
        total *= np.cos(x[i])
    return total


@program(lambda rng: (rng.standard_normal((4, 3)),), tags={"loop"})
def rows_of_an_array(a):
    total = np.zeros(3)
    for row in a:
        total = total * 0.5 + np.sin(row)
    return total


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(4)), tags={"loop"})
def zip_two(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total = total + a * b - total * a
    return total


@program(lambda rng: (rng.standard_normal(4),), tags={"loop"})
def enumerate_values(x):
    total = 1.0
    for i, v in enumerate(x):
        total = total + (i + 1) * v**2
    return total


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal((4, 2))), tags={"loop"})
def enumerate_zip(x, a):
    total = 0.0
    for i, (v, row) in enumerate(zip(x, a)):
        total += v * row[i % 2] * (i + 0.5)
    return total


@program(lambda rng: (0.6,), tags={"loop"})
def short_loops_nested(x):
    total = 0.0
    for i in range(2):
        y = x
        for _ in range(2):
            y = y * x
            for k in range(1, 3):
                y = y + k * np.sin(x)
        for _ in range(2):
            y = y * 0.5
        total = total + y * (i + k)
    return total


@program(lambda rng: (0.6,), tags={"loop"})
def loop_over_constants(x):
    y = 0.0
    for c in (1.0, -0.5, 0.25):
        y = y * x + c
    return y


@program(
    lambda rng: ([rng.standard_normal((3, 3)) * 0.6 for _ in range(3)], rng.standard_normal(3)), tags={"loop"}
)
def loop_over_layers(weights, x):
    for w in weights:
        x = np.tanh(w @ x)
    return x


@program(lambda rng: (rng.standard_normal((3, 4)),), tags={"loop"})
def nested_ranges(a):
    total = 0.0
    for i in range(3):
        for j in range(4):
            total = total + a[i, j] * (i - j) + np.sin(total)
    return total


@program(lambda rng: (rng.standard_normal((5, 5)),), tags={"loop"})
def triangular_nest(a):
    total = 0.0
    for i in range(5):
        for j in range(i):
            total += a[i, j] * a[j, i]
    return total


@program(lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal((3, 3))), tags={"loop", "store"})
def matmul_by_hand(a, b):
    n = a.shape[0]
    c = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i, j] += a[i, k] * b[k, j]
    return c


@program(lambda rng: (0.5,), tags={"loop"})
def fibonacci_recurrence(x):
    a, b = x, x**2
    for _ in range(6):
        a, b = b, np.sin(a) + b
    return b


@program(lambda rng: (0.3, 7), tags={"loop"})
def taylor_exponential(x, n):
    term = 1.0
    total = 1.0
    for k in range(1, n):
        term = term * x / k
        total = total + term
    return total


@program(lambda rng: (0.8, rng.standard_normal(5)), tags={"loop"})
def horner(x, coefficients):
    y = 0.0
    for c in coefficients[::-1]:
        y = y * x + c
    return y


@program(lambda rng: (3.6, 0.4), tags={"loop"})
def logistic_map(r, x):
    for _ in range(8):
        x = r * x * (1.0 - x)
    return x


@program(lambda rng: (rng.standard_normal(8),), tags={"loop"})
def alternating_branches(x):
    even = 0.0
    odd = 1.0
    for i in range(8):
        if i % 2 == 0:
            even = even + x[i]
        else:
            odd = odd * x[i] + even
    return even * odd


@program(lambda rng: (rng.standard_normal(8),), tags={"loop"})
def branch_on_values(x):
    total = 0.3
    for v in x:
        if v > total:
            total = total + 0.1 * v
        else:
            total = total * 0.9 - v**2
    return total


@program(lambda rng: (rng.uniform(0.1, 0.9, 6),), tags={"loop", "store"})
def running_mean(x):
    out = np.empty(len(x))
    total = 0.0
    for i in range(len(x)):
        total = total + x[i]
        out[i] = total / (i + 1)
    return out


@program(lambda rng: (rng.standard_normal(7), 0.3), tags={"loop", "store"})
def exponential_smoothing(x, alpha):
    level = np.zeros_like(x)
    level[0] = x[0]
    for t in range(1, x.shape[0]):
        level[t] = alpha * x[t] + (1.0 - alpha) * level[t - 1]
    return level


@program(lambda rng: (rng.standard_normal((4, 3)), rng.standard_normal(3)), tags={"loop", "store"})
def fill_rows(a, v):
    out = np.zeros((4, 3))
    for i in range(4):
        out[i] = a[i] * v
        out[i, 0] = out[i, 1] + v[2]
    return out


@program(lambda rng: (np.array([1.0, 2.5, 4.0]),), tags={"loop"})
def while_inside_for(x):
    total = 0.0
    for i in range(3):
        y = x[i]
        while y > 0.8:
            y = y * 0.6
            total = total + y**2
    return total


@program(lambda rng: (4.0, 9.0), tags={"loop"})
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 0.2:
        a, b = (a + b) / 2.0, np.sqrt(a * b)
    return a


@program(lambda rng: (rng.standard_normal(3), 0), tags={"loop"}, argnums=(0,))
def zero_iterations(x, n):
    y = x * 2.0
    for i in range(n):
        y = y * x + i
    return y


@program(lambda rng: (0.3,), tags={"loop", "long"})
def thousand_steps(x):
    y = x
    for i in range(300):
        y = y + 0.01 * np.sin(y * x)
    return y


@program(lambda rng: (rng.standard_normal(5),), tags={"loop"})
def loop_variable_after_loop(x):
    for i in range(5):
        y = x[i] * i
    return y * x[i - 1]


@program(lambda rng: (rng.standard_normal((2, 3, 2)),), tags={"loop"})
def triple_iteration(a):
    total = 1.0
    for plane in a:
        for row in plane:
            for v in row:
                total = total * (1.0 + 0.1 * v)
    return total


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"loop", "generator"})
def generator_expression(x):
    return sum(np.sin(v) * v for v in x)


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"loop"})
def reversed_iteration(x):
    y = 0.0
    for v in reversed(x):
        y = 0.5 * y + v**2
    for i in reversed(range(3)):
        y = y * x[i]
    return y


@program(lambda rng: ({"a": 0.3, "b": np.array([0.5, 0.7])}, 1.5), level=3, tags={"loop", "dict"})
def loop_over_dict(params, x):
    total = 0.0
    for name, value in params.items():
        total = total + np.sum(value) * x
        if name == "b":
            total = total**2
    for value in params.values():
        total = total - np.max(value)
    for name in params:
        total = total * (1.0 + 0.1 * np.sum(params[name]))
    return total


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(4), rng.standard_normal(4)), tags={"loop"})
def zip_three_with_slices(x, y, z):
    total = 0.0
    for a, b, c in zip(x[1:], y[:-1], z[::-1]):
        total += a * b * c
    return total


@program(lambda rng: (rng.standard_normal(9), rng.standard_normal(3)), tags={"loop", "store"})
def sliding_dot(signal, taps):
    n = signal.shape[0] - taps.shape[0] + 1
    out = np.zeros(n)
    for i in range(n):
        out[i] = signal[i : i + 3] @ taps
    return out


@program(lambda rng: (rng.standard_normal((3, 4)),), tags={"loop"})
def flat_columns(a):
    total = 0.0
    for column in a.T:
        total = total + np.prod(column) + column[0] * total
    return total
