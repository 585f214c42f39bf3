"""Branches, early returns, while loops, break and continue, try and with, match."""

import contextlib

import numpy as np

from .registry import program


@program(lambda rng: (0.7,))
def if_else(x):
    if x > 0:
        y = np.sin(x)
    else:
        y = np.cos(x)
    return y * x


@program(lambda rng: (0.7, -0.4))
def if_without_else(x, y):
    z = x
    if y < 0:
        z = z * y
    return z + y


@program(lambda rng: (-0.7,))
def elif_chain(x):
    if x > 1:
        y = x**2
    elif x > 0:
        y = x
    elif x > -0.5:
        y = -x
    else:
        y = x**3
        y = y * 2
    return y


@program(lambda rng: (1.4, 0.3))
def nested_branches(x, y):
    if x > 1:
        if y > 1:
            z = x * y
        else:
            w = x - y
            z = w**2
        z = z + 1.0
    else:
        z = x + y
    return z * x


@program(lambda rng: (0.4, 2), level=2)
def branch_on_integer(x, mode):
    if mode == 1:
        return_value = x
    elif mode == 2:
        return_value = np.exp(x)
    else:
        return_value = x**2
    return return_value


@program(lambda rng: (rng.standard_normal(4), "tanh"))
def branch_on_string(x, activation):
    if activation == "relu":
        y = np.maximum(x, 0.0)
    elif activation == "tanh":
        y = np.tanh(x)
    else:
        y = x
    return y * 2.0


@program(lambda rng: (rng.standard_normal(3), None), argnums=(0,))
def optional_argument(x, bias):
    if bias is None:
        bias = np.ones(3)
    return x * bias + np.sum(bias * x)


@program(lambda rng: (3.7,))
def while_halving(x):
    n = 0
    while x > 1.0:
        x = x / 2.0
        n = n + 1
    return x**2 * n


@program(lambda rng: (2.0,))
def newton_square_root(a):
    x = a
    for _ in range(8):
        x = 0.5 * (x + a / x)
    return x


@program(lambda rng: (0.3,), tags={"loop"})
def while_with_array_test(s):
    v = np.array([0.2, 0.5, 0.8])
    total = s * 0.0
    while np.sum(v) < 6.0:
        v = v * (1.5 + s)
        total = total + np.sum(v) * s
    return total


@program(lambda rng: (-0.6,), level=3, tags={"return"})
def early_return(x):
    if x < 0:
        return -(x**3)
    return np.sqrt(x)


@program(lambda rng: (0.2, 0.9), level=3, tags={"return"})
def guard_clauses(x, y):
    if x > 1.0:
        return x
    if y > 1.0:
        return y
    z = x * y
    if z > 0.5:
        return z**2
    elif z > 0.1:
        return z * np.sin(x) + y
    return z


@program(lambda rng: (np.array([0.1, 0.3, 1.2, 2.0, 0.4]),), level=3, tags={"return", "loop"})
def return_from_loop(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] ** 2
        if total > 1.0:
            return total * x[i]
    return total


@program(lambda rng: (rng.uniform(0.2, 0.8, (3, 4)),), level=3, tags={"return", "loop"})
def return_from_nested_loops(a):
    total = 1.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total = total * (1.0 + a[i, j])
            if total > 8.0:
                return np.log(total) * a[0, 0]
    return total


@program(lambda rng: (np.array([0.1, 0.3, 1.2, 2.0, 0.4]),), level=3, tags={"break", "loop"})
def break_at_threshold(x):
    total = 0.0
    for v in x:
        if v > 1.5:
            break
        total += v**2
    return total


@program(lambda rng: (np.array([0.1, 0.3, -1.2, 2.0, -0.4]),), level=3, tags={"continue", "loop"})
def continue_on_negative(x):
    total = 1.0
    for v in x:
        if v < 0:
            continue
        total *= 1.0 + v
    return total


@program(lambda rng: (rng.uniform(0.2, 0.9, (4, 4)),), level=3, tags={"break", "continue", "loop"})
def break_and_continue_nested(a):
    total = 0.0
    for i in range(4):
        if i == 2:
            continue
        for j in range(4):
            if j > i:
                break
            if (i + j) % 3 == 1:
                continue
            total = np.sin(total + a[i, j] * a[j, i])
        total = total * 1.1
    return total


@program(lambda rng: (rng.uniform(0.2, 0.9, 5), 0.5), level=3, tags={"break", "loop"})
def for_else(x, bound):
    total = 0.0
    for v in x:
        if v > 2.0:
            total = total * bound
            break
        total = total + v * bound
    else:
        total = total**2
    return total


@program(lambda rng: (5.3,), level=3, tags={"break", "loop"})
def while_else(x):
    n = 0
    while n < 10:
        x = x * 0.7
        if x < 1.0:
            break
        n += 1
    else:
        x = -x
    return x * n


@program(lambda rng: (0.9,), level=3, tags={"break", "loop"})
def while_true(x):
    k = 0
    while True:
        x = np.cos(x)
        k += 1
        if k >= 6:
            break
    return x


@program(lambda rng: (0.7, 0.4), level=3, tags={"match"})
def match_statement(x, y):
    point = (x, y)
    match point:
        case (0.0, b):
            result = b
        case (a, b) if a > b:
            result = a * b - b
        case _:
            result = x
    match "double":
        case "single":
            factor = 1.0
        case "double" | "twice":
            factor = 2.0
        case _:
            factor = 0.0
    return result * factor


@program(lambda rng: (0.7,), level=3, tags={"try"})
def try_except(x):
    values = {"a": 2.0}
    try:
        scale = values["b"]
    except KeyError:
        scale = values["a"] * x
    finally:
        x = x + 1.0
    return scale * x


@program(lambda rng: (0.7,), level=3, tags={"try"})
def try_without_error(x):
    try:
        y = np.log(x)
    except ValueError:
        y = x
    else:
        y = y * 2.0
    return y


@program(lambda rng: (rng.uniform(0.5, 1.0, 3),), level=3, tags={"with"})
def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
    with contextlib.nullcontext(2.0) as scale:
        y = y * scale
    return y


@program(lambda rng: (0.6, rng.standard_normal(3)), level=3)
def assertions_and_raises(s, x):
    assert s > 0, "needs a positive scale"
    if s > 1.0:
        raise ValueError(f"scale {s} is too large")
    del_me = x * 2.0
    y = del_me * s
    del del_me
    pass
    return y


@program(lambda rng: (0.3, 0.8))
def boolean_logic(x, y):
    both = x > 0.0 and y > 0.5
    either = x > 0.5 or not both
    if both and not either:
        z = x * y
    else:
        z = x / y
    return z


@program(lambda rng: (0.3, rng.standard_normal(4)))
def branches_define_different_shapes(s, x):
    if s > 0.5:
        y = x[:2]
    else:
        y = x[1:] * s
    return np.sum(y**2)


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3)
def none_and_flags(a):
    best = None
    found = False
    for i in range(3):
        value = a[i] @ a[i]
        if best is None or value > best:
            best = value
            found = True
    return best * 2.0 if found else a[0, 0]


@program(lambda rng: (rng.standard_normal(3), 0.5), level=3, tags={"branch"})
def bound_on_some_paths(x, c):
    if c > 0:
        z = x * 2.0
        w = z[1:] * x[1:]
    if c > 1:
        y = np.sum(z**2) + w @ x[1:]
    elif c > 0:
        y = z[0] * w[1]
    else:
        y = np.sum(np.sin(x))
    return y * c


@program(lambda rng: (rng.standard_normal((5, 2)),), level=3, tags={"loop", "branch"})
def none_before_the_first_step(rows):
    previous = None
    total = 0.0
    for row in rows:
        if previous is not None:
            total += np.sum((row - previous) ** 2 * row)
        previous = row
    return total


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"loop", "branch"})
def bound_in_the_first_step(x):
    for i in range(10):
        if i > 0:
            y = y * x + z  # noqa: F821
        else:
            y = x * 1.0
        z = np.sin(y) * x  # noqa: F841
    return np.sum(y) + np.sum(x[:2])


class NotConverged(RuntimeError):
    pass


def iterate(f, x, limit):
    for _ in range(limit):
        new = f(x)
        if abs(new - x) < 1e-10:
            return new
        x = new
    raise NotConverged(f"after {limit} steps")


@program(lambda rng: (2.0,), level=3, tags={"try", "higher_order"})
def fallback_after_an_exception(a):
    try:
        root = iterate(lambda x: np.cos(a * x), 1.0, 3)
    except NotConverged:
        root = iterate(lambda x: 0.5 * (x + a / x), 1.0, 20)
    return root * a


@program(lambda rng: (np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([1.0, 0.5]), 0.3), level=3, tags={"try"})
def fallback_for_an_indefinite_matrix(a, b, shift):
    a = 0.5 * (a + a.T)
    try:
        factor = np.linalg.cholesky(a)
    except np.linalg.LinAlgError as error:
        if "definite" not in str(error):
            raise
        x = np.linalg.solve(a @ a + shift * np.eye(2), a @ b)
    else:
        x = np.linalg.solve(factor.T, np.linalg.solve(factor, b))
    return x


@program(lambda rng: (np.array([[1.0, 2.0], [2.0, 1.0]]), 0.7), level=3, tags={"try", "loop", "return"})
def retries_with_more_damping(a, damping):
    a = 0.5 * (a + a.T)
    for _ in range(6):
        try:
            factor = np.linalg.cholesky(a)
            break
        except np.linalg.LinAlgError:
            a = a + damping * np.eye(2)
    else:
        raise NotConverged("not positive definite")
    return factor * damping


@program(lambda rng: (np.array([0.4, -0.3, 2.0, 0.9]),), level=3, tags={"try", "loop", "continue"})
def skips_what_raises(x):
    def checked_log(v):
        if v <= 0:
            raise ValueError("negative")
        return np.log(v)

    total, failures = 0.0, 0
    for v in x:
        try:
            term = checked_log(v)
        except ValueError:
            failures += 1
            continue
        else:
            term = term * v
        finally:
            total = total + 0.1 * v
        total = total + term
    return total * failures


@program(lambda rng: (0.4, np.array([1.0, 2.0, 3.0])), level=3, tags={"while", "walrus", "break"})
def walrus_and_while_else(x, bounds):
    k = 0
    while (y := x * bounds[k]) < 1.0:
        k += 1
        if k == 3:
            break
    else:
        y = y * 2.0
    if (z := y**2) > 0.5:
        x = x + z
    return x * y


@program(lambda rng: (0.7, {"kind": "disc", "size": 0.4}), level=3, tags={"match", "dict"})
def match_of_mappings(x, shape):
    def area(shape):
        match shape:
            case {"kind": "disc", "size": r}:
                return np.pi * r**2 * x
            case {"kind": "square", "size": a}:
                return a * a
            case _:
                return 0.0

    return area(shape) + area({"kind": "square", "size": x})


@program(lambda rng: (0.7, 0.3), level=3, tags={"match"})
def match_of_sequences(x, y):
    def evaluate(node):
        match node:
            case ("add", a, b):
                return a + b
            case ["scale", factor, *rest]:
                return factor * sum(rest)
            case [[a, b], [c, d]] as both if len(both) == 2:
                return a * d - b * c
            case float() | int():
                return node * 2.0
            case None:
                return 1.0

    return evaluate(("add", x, y)) * evaluate(["scale", x, y, 2.0]) + evaluate(x)


@program(lambda rng: (rng.standard_normal(3), 0.4), level=3, tags={"try"})
def shared_variable_in_finally(x, t):
    try:
        a = 0.1
    except ValueError:
        pass
    finally:
        t = t if a > 0.8 else x[0]

    def later(z):
        nonlocal a
        a += 0.3 * z

    later(x[1])
    return t * a


@program(lambda rng: (rng.standard_normal(3), {"p": 1.0}), level=3, tags={"try", "writes_argument"})
def missing_key_of_an_argument(x, d):
    try:
        s = d["missing"] * 2
    except KeyError:
        s = 3.0
    for i in range(2):
        d["p"] = s * x[i]
    np.add.at(x, [0, 0], d["p"])
    return d["p"] * np.sum(x)


@program(lambda rng: (rng.standard_normal(3), 0.4), level=3, tags={"try"})
def else_reads_what_the_try_block_bound(x, t):
    try:
        a = np.sin(t * t)
    except ValueError:
        pass
    else:
        a = a * 0.9
    finally:
        t = x[1]
    return t * a


class Level:
    def __init__(self):
        self.depth = 0
        self.scale = 1.0

    def __enter__(self):
        self.depth += 1
        self.scale *= 0.5
        return self

    def __exit__(self, *exception):
        self.depth -= 1
        return False


@program(lambda rng: (rng.uniform(0.5, 1.5, 3),), level=3, tags={"with"})
def context_manager_of_the_users_own(x):
    level = Level()
    y = 0.0
    for v in x:
        with level:
            if v > 100:
                return v
            if v > 1.2:
                continue
            y = v * level.scale
            with level as inner:
                y = y * inner.depth
    return y * level.scale + level.depth


@contextlib.contextmanager
def scaled_for_a_while(u, k):
    u *= k
    try:
        yield u[1:]
    finally:
        u += 1.0


@program(lambda rng: (rng.uniform(0.5, 1.5, 3),), level=3, tags={"with", "writes_argument"})
def context_manager_by_a_generator(x):
    s = 0.0
    for _ in range(2):
        with scaled_for_a_while(x, 0.5) as v:
            s = s + np.sum(v**2)
            with scaled_for_a_while(v, 3.0) as w, contextlib.nullcontext(x[0]) as first:
                s += w[0] * first
    with scaled_for_a_while(x, 2.0) as v:
        v[0] = v[1] * s
        if v[0] > 0:
            return np.sum(v) * x[0]
    return x[0]


@program(lambda rng: (rng.uniform(0.5, 1.5, 3),), level=3, tags={"with"})
def suppressed_exceptions(x):
    d = {"a": x[0]}
    out = x[1]
    with contextlib.suppress(KeyError):
        out = d["b"] * 2
    with contextlib.suppress(KeyError, IndexError):
        out = out * d["a"]
    return out


@program(lambda rng: (rng.standard_normal(3),), level=3, tags={"match"})
def patterns_that_bind_in_alternatives(x):
    total = 0.0
    for record in ({"kind": "a", "v": x, "w": 2.0}, (1, x[0] * x[1]), (2, x[2])):
        match record:
            case {"kind": "a", "v": y, **others}:
                total = total + np.sum(y * y) * others["w"]
            case (1, y) | (2, y):
                total = total + y**2
    return total
