"""Functions as users write them, each with calls; every stage of the frontend is run against the original on these."""

import math
import operator
import warnings
from dataclasses import dataclass

import numpy as np

CASES = []


def case(*calls):
    """Register a function with the argument tuples that it is called with."""

    def register(function):
        CASES.append((function, calls))
        return function

    return register


def A(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


RATE = 0.5
TABLE = np.array([1.0, 2.0, 3.0])
LAYERS = [2.0, 3.0]


def helper(x, y=2.0):
    return x * y


def clamp(x):
    return max(0.0, min(x, 1.0))


class Settings:
    depth = 3

    def __init__(self):
        self.scale = 2.0
        self.total = 0.0


@dataclass
class State:
    x: float
    v: float


# Straight line


@case((1.0, 2.0))
def arithmetic(a, b):
    return a + b * a - b / a**2 // 1 % 3


@case((A(3, 4), A(4), 0.1))
def dense(x, w, b):
    z = np.tanh(x @ w + b)
    return z


@case((A(3),))
def methods(x):
    y = x.sum() + x.mean(axis=0) + x.reshape(3, 1).T.dot(x)[0] + x.max() - x.min()
    return y * x.size + x.shape[0] + x.ndim, x.copy(), x.flatten(), x.ravel()


@case((A(2, 3, 4),))
def transposes(x):
    return x.transpose(2, 0, 1), x.transpose((1, 0, 2)), x.T, x.swapaxes(0, 1), x.transpose()


@case((3.0,), (-1.0,))
def globals_(x):
    return helper(x) * RATE + TABLE[1] + helper(x, y=3) + LAYERS[0]


@case((2.0,))
def docstring(x):
    """Not code."""
    return x


@case((1.5,))
def constants(x):
    return x * np.pi + math.e - np.inf * 0 if x < 0 else math.sin(x) * np.pi


@case((1, 2, 3))
def swap(a, b, c):
    a, b, c = c, a, b
    a, b = b, a
    return a, b, c


@case(((1, (2, 3)),), ([4, [5, 6]],))
def unpack(t):
    a, (b, c) = t
    [d, e] = b, c
    return a, b, c, d, e


@case(([1, 2, 3, 4],), ((1, 2),), (A(5),))
def star_unpack(t):
    a, *b, c = t
    return a, b, c


@case((2.0,))
def chained_assign(x):
    a = b = x * 2
    c = d = e = 1.0
    return a, b, c, d, e


@case((A(4),))
def chained_subscript(x):
    x[0] = x[1] = x[2] * 2
    y = x[3] = 7.0
    return x, y


@case((2.0,))
def annotated(x: float) -> float:
    y: float = x * 2
    z: int
    z = 3
    return y + z


@case((A(4), 2.0), (np.arange(4), 2))
def augmented_array(x, v):
    x += v
    x -= 1
    x *= 2
    y = x
    y += 1
    return x, y


@case((3.0, 2.0), (7, 2))
def augmented_number(x, v):
    y = x
    x += v
    x -= 1
    x *= 2
    x **= 2
    x /= 3
    x //= 1
    x %= 5
    return x, y


@case((A(4, 4), 1), (A(4, 4), -2))
def augmented_element(x, i):
    x[i, 1:-1] += 2.0
    x[i] -= x[0]
    x[i, 0] *= 3
    x[:, i] /= 2.0
    x[i + 1, i] **= 2
    return x


@case((A(5), np.array([0, 2, 2])))
def fancy(x, idx):
    x[idx] += 1.0
    x[x > 0] *= 0.5
    return x[idx], x[idx[1]], x[::-1], x[None, :], x[..., 0]


@case(([1.0, 2.0],))
def list_ops(xs):
    xs += [3.0]
    xs.append(4.0)
    ys = xs + [5.0]
    ys[0] *= 2
    zs = [A(2), A(2)]
    zs[0] *= 2
    return xs, ys, zs, ys[1:], len(ys), xs.pop(), xs.copy()


@case(({"w": 2.0, "b": 1.0},))
def dict_ops(p):
    p["w"] *= 2
    p["c"] = p["w"] + p.get("d", 3.0)
    q = {**p, "e": 1}
    r = dict(a=1, **p)
    return q, r, p.copy(), "w" in p


@case((2.0,))
def displays(x):
    t = (x, [x, (x + 1, 2)], {"a": x * 2, "b": [1, 2]})
    return t, [*t, 3], (*t[1], 4), -x, +x, ~3, not x


@case((2.0, "abc"))
def strings(x, name):
    text = f"{name}: {x * 2:.{2}f} {x!r}"
    return text + name.upper(), "%s" % name, text[0]


@case((A(3),))
def del_names(x):
    y = x * 2
    del x
    d = {"a": 1, "b": 2}
    del d["a"]
    return y, d


@case((Settings(),))
def attributes(s):
    s.scale = s.scale * 2
    s.total += s.scale
    s.items = [1.0]
    s.items[0] += 2
    s.items.append(s.depth)
    return s.total


@case((State(1.0, 2.0), 0.1))
def dataclass_step(s, dt):
    s.x, s.v = s.x + dt * s.v, s.v - dt * s.x
    return State(s.x, s.v)


@case((1.0, 2.0, 3.0))
def stars(a, *rest):
    return a + sum(rest) + len(rest), rest


@case((2.0,))
def calls_with_stars(x):
    args = (x, 3.0)
    kw = {"y": 4.0}
    return helper(*args) + helper(x, **kw) + helper(*(x, 1.0)) + helper(x, **{"y": 2.0})


@case((1.0,))
def local_import(x):
    import math as m
    from math import cos

    import numpy

    return m.sin(x) + cos(x) + numpy.tanh(x)


@case((3.0,))
def shadowed(x):
    len = x * 2
    np = len + 1
    range = [np]
    list = 3
    return len, np, range, list


@case((A(3, 2),))
def shape_unpack(x):
    n, m = x.shape
    return n * m, np.zeros((n, m)), x.shape[0] - 1, x[x.shape[0] - 1]


@case((A(3),), (A(3),))
def out_argument(x):
    y = np.empty(3)
    np.multiply(x, 2.0, out=y)
    z = np.add(x, y, out=x[::-1])
    np.exp(x, y)
    np.sum(np.ones((2, 3)), axis=0, out=(y if x[0] > 9 else x))
    w = np.empty((2, 3))
    np.add(y, x * 2, out=w)
    np.copyto(y[1:], 4.0)
    np.add(x, 1, out=None)
    z.fill(x[0])
    w[0].fill(2)
    np.add(x, 1, out=x, where=x > 3)
    return y, z, w


@case((2.0, 3.0))
def assertions(x, y):
    assert x < y, f"bad {x}"
    assert x
    return x


@case((3.0,), (-3.0,))
def raises(x):
    if x < 0:
        raise ValueError(f"negative: {x}")
    y = math.sqrt(x)
    return y


@case((3.0,), (-3.0,), (0.0,))
def raises_else(x):
    if x > 0:
        y = x
    elif x == 0:
        raise ZeroDivisionError
    else:
        raise ValueError("negative")
    return y


@case((1.0,))
def only_raises(x):
    raise RuntimeError("no")


@case((A(3),))
def no_return(x):
    x[0] = 5.0


@case((1,), (2.5,))
def lambda_like(x):
    return None


# Branches


@case((2.0,), (-2.0,), (0.0,))
def branches(x):
    if x > 1:
        y = x * 2
    elif x < -1:
        y = -x
        x = 3.0
    else:
        y = 0.0
    return y + x


@case((1.0,), (-1.0,))
def one_sided(x):
    if x > 0:
        extra = x * 2
        x = extra
    return x


@case((1.0,), (-1.0,))
def ternaries(x):
    y = x if x > 0 else -x
    z = (1 if x > 2 else 2) + (x * 3 if x < 0 else 0)
    y = y * 2 if y > 1 else y
    return y, z, (x and 3), (x or y), (x > 0 and y > 0 and z), (0 or None or x)


@case((1.0, 2.0, 3.0), (3.0, 2.0, 1.0), (2.0, 2.0, 2.0))
def comparisons(a, b, c):
    r = a < b < c
    s = a <= helper(b) != c
    t = not a < b
    if a < b <= c:
        r = 5
    u = a is b, a is not None, a in (b, c), a not in [c], a == b == c
    return r, s, t, u


@case((5.0,), (-5.0,))
def walrus(x):
    if (y := x * 2) > 3:
        z = y
    else:
        z = (y := y + 1) * 2
    w = x + (x := 3.0) + x
    return y, z, w, x


@case((10,))
def walrus_while(n):
    out = []
    while (n := n - 3) > 0:
        if n == 4:
            continue
        out.append(n)
    return out, n


@case((3.0, 1.0), (1.0, 3.0), (2.0, 2.0))
def maxmin(a, b):
    return max(a, b), min(a, b), max(a, b, 2.5), min(a * 2, b, 1.0), max([a, b, 3]), min((b, a)), clamp(a)


@case((3.0,), (-1.0,), (0.5,))
def early_return(x):
    if x < 0:
        return -1.0
    y = x * 2
    if y > 4:
        return y
    z = y + 1
    return z * 2


@case((3.0,), (-1.0,), (0.5,))
def nested_return(x):
    if x > 0:
        if x > 1:
            return x
        x = x * 2
    else:
        if x < -0.5:
            return 7
        x = 9
    x = x + 1
    return x


@case((3.0,), (-1.0,))
def return_none(x):
    if x > 0:
        return x


@case((1,), (2,), (3,))
def elif_chain(k):
    if k == 1:
        name = "one"
    elif k == 2:
        name = "two"
    else:
        name = "many"
    return name


@case(
    *[
        (v,)
        for v in (1, 2, "x", None, (1, 2), [3, 4, 5], (0, 7), {"k": 5}, State(1.0, 0.0), State(2.0, 3.0), 2.5)
    ]
)
def matches(value):
    match value:
        case 1:
            r = "one"
        case 2 | "x":
            r = "two"
        case None:
            return "none"
        case (0, y):
            r = y
        case (x, y) if x < y:
            r = x + y
        case [x, *rest]:
            r = (x, rest)
        case {"k": k}:
            r = k
        case State(v=0.0):
            r = "still"
        case State(x, v):
            r = x * v
        case float(z) as w:
            r = z + w
        case _:
            r = "other"
    return r


@case((3,), (0,))
def match_in_loop(n):
    out = []
    for i in range(n):
        match i % 3:
            case 0:
                continue
            case 1:
                out.append("one")
            case k if k > 5:
                break
        out.append(i)
    return out


# Loops


@case((A(5),))
def loop_sum(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * i
    return s


@case((4,), (0,), (1,))
def loop_ranges(n):
    out = []
    for i in range(n):
        out.append(i)
    for i in range(1, n):
        out.append(i)
    for i in range(n, -1, -2):
        out.append(i)
    for i in reversed(range(n)):
        out.append(i)
    for i in reversed(range(1, n)):
        out.append(i)
    for i in reversed(range(0, 2 * n, 3)):
        out.append(i)
    for i in reversed(range(2 * n, 0, -3)):
        out.append(i)
    return out


@case((4,), (0,))
def loop_target_after(n):
    i = -1
    for i in range(n):
        i = i * 2
    return i


@case((4,))
def loop_bound_changes(n):
    out = []
    for i in range(n):
        n = n - 1
        out.append((i, n))
    return out, n


@case((A(3, 2), [1.0, 2.0, 3.0]))
def loop_sequences(x, ys):
    s = 0.0
    for row in x:
        s = s + row[0]
        row[1] = s
    for y in ys:
        s = s * y
    for a in (1.0, 2.0, s):
        s = s + a
    for c in "ab":
        s = s + len(c)
    return s, x


@case((A(3), A(4)))
def loop_zip(x, y):
    out = []
    for i, (a, b) in enumerate(zip(x, y)):
        out.append(i * a + b)
    for k, a in enumerate(x, start=2):
        out.append(k * a)
    for k, a in enumerate(x, 3):
        k = k + 1
        out.append(k * a)
    for a, (i, b) in zip(x, enumerate(y)):
        out.append(a * i + b)
    for a, k, i in zip(reversed(x), range(2, 10, 3), range(5)):
        out.append(a * k + i)
    for t in zip(x, y):
        out.append(t[0])
    for t in enumerate(x):
        out.append(t[1])
    for a in reversed(x):
        out.append(a)
    for a, b in zip(x[1:], x[:-1]):
        out.append(a - b)
    return out


@case(({"a": 1.0, "b": 2.0},))
def loop_dict(d):
    s = 0.0
    for k in d:
        s = s + d[k]
    for k, v in d.items():
        s = s + v + len(k)
    for v in d.values():
        s = s * v
    for k in d.keys():
        s = s + 1
    for i, (k, v) in enumerate(sorted(d.items())):
        s = s + i * v
    for k in list(d):
        d[k] = s
    return s, d


@case((A(4),))
def loop_rebinds_iterable(xs):
    out = []
    for x in xs:
        xs = xs * 2
        out.append(x + xs[0])
    return out


@case((A(4),))
def loop_tuple_targets(x):
    pairs = [(1, 2), (3, 4)]
    s = 0
    for a, b in pairs:
        s = s * a + b
    for (a, b), c in zip(pairs, x):
        s = s + a * b * c
    for x[0] in range(3):
        s = s + x[0]
    return s, x


@case((10,), (0,))
def while_loop(n):
    s = 0
    while n > 0:
        s += n
        n -= 3
    return s, n


@case((A(6),), (np.ones(6),))
def break_continue(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] < -1:
            continue
        s += x[i]
        if s > 2:
            break
        s *= 1.5
    return s, i


@case((5,), (50,), (0,))
def for_else(n):
    for i in range(n):
        if i * i > 30:
            found = i
            break
    else:
        found = -1
    return found


@case((5,), (50,), (0,))
def while_else(n):
    i = 0
    while i < n:
        if i == 7:
            break
        i += 1
    else:
        i = -1
    while i > 0:
        i -= 1
    else:
        i = i - 5
    return i


@case((3, 4), (5, 50), (0, 0))
def nested_jumps(n, m):
    out = []
    for i in range(n):
        if i == 1:
            continue
        for j in range(m):
            if j == i:
                continue
            if j > 3:
                break
            out.append((i, j))
        else:
            out.append("else")
            if i == 2:
                break
        k = 0
        while True:
            k += 1
            if k == 2:
                continue
            if k > i:
                break
            out.append(k)
    return out


@case((3, 2), (5, 20), (0, 1), (4, 6))
def return_from_loops(n, m):
    s = 0
    for i in range(n):
        for j in range(n):
            s += i * j
            if s > m:
                return s, i, j
        if i == 3:
            return "three"
    else:
        s = s + 100
    return s


@case((30,), (3,))
def while_true(n):
    i = 0
    while True:
        i += 1
        if i * i > n:
            return i


@case((7,), (27,))
def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n //= 2
        else:
            n = 3 * n + 1
        steps += 1
        if steps > 200:
            raise RuntimeError
    return steps


@case((4,), (0,), (9,))
def nested_skips(n):
    out = []
    for i in range(n):
        if i % 2:
            if i % 3 == 0:
                continue
            out.append(i)
        else:
            if i > 6:
                break
            out.append(-i)
        out.append(100 + i)
        if i == 2:
            out.append("two")
    return out


@case((4,))
def possibly_unbound(n):
    for i in range(n):
        if i == 0:
            first = i * 10
        else:
            first = first + 1
    return first


@case((A(6),), (np.zeros(0),))
def loop_flags(x):
    found = False
    k = 0
    while not found and k < len(x):
        if x[k] > 0.5:
            found = True
        else:
            k += 1
    return found, k


@case(
    (5, 3),
)
def break_in_else(n, m):
    total = 0
    for i in range(n):
        for j in range(m):
            if i + j == 20:
                break
        else:
            total += 1
            continue
        break
    return total


@case((A(4), 2.0))
def unconditional_break(x, y):
    for i in range(4):
        y = y + x[i]
        break
    while True:
        y = y * 2
        break
    return y


# Comprehensions and builtins


@case(([1.0, -2.0, 3.0],), ((),))
def list_comprehension(xs):
    i = 5
    ys = [x * 2 for x in xs if x > 0]
    zs = [(i, x) for i, x in enumerate(xs)]
    ws = [a * b for a in xs for b in ys if a != b if b]
    xs = [x for x in xs]
    return ys, zs, ws, xs, i, [[j for j in range(k)] for k in range(3)]


@case(([1.0, 2.0, 3.0],))
def other_comprehensions(xs):
    d = {f"k{i}": x for i, x in enumerate(xs)}
    e = {k: v * 2 for k, v in d.items() if v > 1}
    s = {int(x) for x in xs}
    return d, e, s, np.array([x**2 for x in xs])


@case(([1.0, 2.0, 3.0],), ([],))
def generator_consumers(xs):
    a = sum(x * 2 for x in xs)
    b = sum(x for x in xs if x > 1) + sum(xs) + sum(xs, 10) + sum([1, 2])
    c = any(x > 2 for x in xs), all(x > 0 for x in xs), any(x > y for x in xs for y in xs)
    d = all(x > y for x in xs for y in xs)
    e = list(x for x in xs), tuple(x + 1 for x in xs), sorted(-x for x in xs)
    f = max((x for x in xs), default=0)
    return a, b, c, d, e, f, ",".join(str(x) for x in xs)


@case(([3.0, 1.0, 2.0],), (A(4),))
def extremes(xs):
    return max(xs), min(xs), max(x * 2 for x in xs), min(abs(x) for x in xs)


@case((A(4),), (np.array([-1.0, -1.0]),))
def any_in_test(x):
    if any(v > 0 for v in x) and not all(v > 0 for v in x):
        return 1
    while any(v < 3 for v in x):
        x = x + 1
    return x


@case(([1.0, 2.0, 3.0],))
def builtin_calls(xs):
    a = abs(-xs[0]), pow(xs[1], 2), round(2.567, 1), len(xs), int(2.5), float(3), bool(xs)
    b = list(map(abs, xs)), list(zip(xs, xs)), list(enumerate(xs)), sorted(xs, key=abs, reverse=True)
    c = isinstance(xs, list), divmod(7, 2), list(range(3)), list(reversed(xs))
    m, n = divmod(9, 4)
    p, q, r = map(float, xs)
    return a, b, c, m, n, p, q, r


@case((A(3),))
def side_effect_order(x):
    log = []

    y = _note(log, 1) + (_note(log, 2) if _note(log, 0) else _note(log, 3)) * _note(log, 4)
    z = [_note(log, 5), [_note(log, k) for k in (6, 7)], _note(log, 8) or _note(log, 9)]
    x[_note(log, 1)] = _note(log, 2)
    x[_note(log, 0)] += _note(log, 2)
    x[_note(log, 0)] *= _note(log, 2)
    d = {_note(log, 1): _note(log, 2), _note(log, 3): _note(log, 4)}
    e = {_note(log, k): _note(log, k + 1) for k in range(2)}
    w = _note(log, 1) < _note(log, 2) < _note(log, 1) < _note(log, 9)
    return y, z, x, d, e, w, log


def _note(log, value):
    log.append(value)
    return value


# Functions in functions


def apply(f, *args):
    return f(*args)


@case((2.0, 3.0))
def inner_functions(x, a):
    def scale(y, by=2.0):
        """Captures a."""
        return a * y * by

    square = lambda t: t * t

    def both(y):
        if y > 100:
            return y
        return scale(square(y)) + x

    r = scale(x) + scale(x, by=3) + both(1.0) + square(a)
    a = 10.0
    return r, scale(x), both(50.0)


@case((6,))
def inner_recursion(n):
    def fact(k):
        return 1 if k == 0 else k * fact(k - 1)

    def even(k):
        return True if k == 0 else odd(k - 1)

    def odd(k):
        return n < 0 if k == 0 else even(k - 1)

    return fact(n), even(n), odd(n)


@case((2.0, 3.0))
def inner_values(x, a):
    def shift(y):
        return y + a

    f = lambda y: y * x
    fs = [shift, lambda y: y - a, np.sin, lambda y: y]
    out = [g(x) for g in fs]
    out.append(apply(shift, x) + apply(lambda u, v: u * v + a, x, 2) + f(3) + (lambda z: z + a)(1))
    out.append(apply(f, 4.0))
    return out, [(lambda t: t * k)(x) for k in range(3)], sorted([1, -2, 3], key=lambda t: -t * a)


@case((2.0,))
def inner_nested(x):
    def outer(y):
        def inner(z):
            return x * y * z

        return inner(3.0) + inner(y)

    return outer(x) + outer(1.0)


def maker(a):
    b = a * 2

    def made(x):
        def deep(y):
            return y * b + a * RATE

        return deep(x) + b

    return made


CASES.append((maker(3.0), ((2.0,),)))
CASES.append((lambda x, y=2: x * y + RATE, ((2.0,),)))


@case(([1.0, 2.0, 3.0], 2.0))
def functional(xs, a):
    s = sum(map(lambda x: x * a, xs))
    t = list(map(lambda x, y: x * y, xs, xs))
    u = [v for v in map(abs, xs)]
    for v in map(lambda x: x + a, xs):
        s = s + v
    for v in filter(lambda x: x > 1, xs):
        s = s * v
    w = list(filter(lambda x: x < a, xs)), tuple(filter(None, xs))
    return s, t, u, w, max(map(abs, xs)), any(map(lambda x: x > a, xs))


@case(([1.0, 2.0], (3, 4)), ([], ()))
def listed_iterators(xs, ys):
    a = list(zip(xs, ys)), list(enumerate(xs)), list(reversed(ys)), list(range(3)), list(xs)
    d = dict(zip(xs, ys)), dict(enumerate(ys)), dict(zip("ab", xs))
    s = [x * y for x, y in zip(xs, ys, strict=True)], list(x for x in xs), tuple(zip(xs, ys))
    return a, d, s


@case(([1.0, 2.0, 3.0],))
def reduces(xs):
    from functools import reduce

    return reduce(helper, xs, 1.0), reduce(lambda a, b: a - b, xs), reduce(operator.add, [[1], xs], [])


@case((np.array([1.0, 0.0]), 1), (np.array([1.0, 2.0]), 2))
def contexts(x, k):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
    for i in range(3):
        with np.errstate(all="ignore"), warnings.catch_warnings() as w:
            if i == k:
                break
            if i == 0:
                continue
            y = y + 1 / x
    with np.errstate(all="ignore"):
        if k == 2:
            return y / 0
    return y, np.geterr(), w


# Corners


@case((3.0,), (-3.0,))
def walrus_after_reading(x):
    c = 1.0
    a = max(c, (c := x))
    b = c < (c := x + 1) < (c := 9.0) > c
    d, e = c, (c := 4.0)
    return (
        a,
        b,
        c,
        d,
        e,
        [c, (c := 5.0), c],
        {c: (c := 6.0)},
        np.add(c, (c := 2.0), out=np.zeros(1)),
        f"{c}{(c := 1)}{c}",
    )


@case((3,), (0,))
def walrus_in_comprehension(n):
    x = 1.0
    y = x + sum([(x := x * 2) for _ in range(n)])
    return x, y


@case((A(3),))
def alias_and_clamp(x):
    y = x
    y += 1
    for i in range(3):
        x[i] = x[i] if x[i] > 0 else 0
    return x, y


@case((3,))
def shadowed_loop_target(n):
    total = 0
    for i in range(n):
        for i in range(2):
            total += i
        total += i * 10
    return total, i


@case((3,))
def return_in_while_else(n):
    while n:
        n -= 1
        if n == 1:
            return "one"
    else:
        return "else"


@case((3,), (0,))
def target_in_else(n):
    for k in range(n):
        pass
    else:
        k = 5
    return k


@case(([3, 1, 2],))
def list_methods(xs):
    xs.sort()
    xs.reverse()
    xs[0], xs[-1] = xs[-1], xs[0]
    xs[1:] = [9]
    return xs, xs.index(9), xs.count(1)


@case(
    (A(3),),
)
def inner_alias(x):
    def f(v):
        return v.sum() * x[0]

    g = f
    return f(x) + g(x)


@case((2,))
def string_building(n):
    s = ""
    for i in range(n):
        s += f"{i},"
    return s.strip(",").split(",")


@case((A(4, 3),))
def nested_comprehensions_and_methods(x):
    return (
        np.array([[v * 2 for v in row] for row in x]).astype(np.float32),
        x.mean(0).std(),
        (x > 0).any(),
        x.sum(axis=0).argmax(),
    )


@case((2.0,), (-2.0,))
def walrus_in_and(x):
    if not (x > 0 and (y := x * 2) > 3):
        y = 1
    return y


@case((5,))
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    c = d = []
    c.append(a)
    return a, c is d


@case((A(3),))
def mixed_targets(x):
    x[1], y = x[0], x[1]
    (a, b), *c = (1, 2), 3, 4
    return x, y, a, b, c


@case(({"a": [1.0, 2.0]},))
def dict_iteration(d):
    for k, (u, v) in d.items():
        r = u * v
    for i, k in enumerate(d):
        r = r + i
    d["a"][0] += 1
    d.setdefault("b", []).append(3)
    total = 0
    for v in d.values():
        total += len(v)
    return r, d, total


@case((3,))
def deep_return(n):
    out = []
    for i in range(n):
        for j in range(n):
            if j == 1:
                continue
            while True:
                if i == 2:
                    return out, "deep"
                out.append((i, j))
                break
            else:
                out.append("never")
    return out


@case((4.0,))
def assert_all(x):
    assert x > 0 and all(v for v in [1, 2]), "no"
    return x if x > 1 else None


@case((A(3),), (np.float64(2.0),), (2.0,))
def isinstance_branch(x):
    return np.maximum(x, 0) ** 2 @ np.ones(3) if isinstance(x, np.ndarray) else x * 2


@case((A(6),))
def index_by_ternary(x):
    i = 0
    while i < len(x) and x[i] < 0.5:
        i += 1
    k = 2 if i else (3 if x[0] else 4)
    return i, k, x[i if i < 3 else 0]


@case((A(3, 3), [0, 2]))
def index_kinds(x, idx):
    x[idx, [1, 1]] += 5
    x[np.ix_(idx, idx)] *= 2
    x[x[:, 0] > 0, 1] -= 1
    x[..., -1] = 0
    return x[idx][:, 0], x[max(idx)], x[{"k": 1}["k"]], x[(0, 1)], x[tuple(idx)]


@case(([1, 2, 3],))
def explicit_iterator(xs):
    it = iter(xs)
    first = next(it)
    rest = [v for v in it]
    return first, rest, *xs


@case((2.0,))
def set_and_attributes(x):
    return {**{"a": x}, "b": [*range(3)]}, {1, 2} | {3}, x.__class__.__name__, (x).real


@case((3,))
def continue_with_state(n):
    r = 0
    for i in range(n):
        if i == 0:
            prev = i
            continue
        r += prev
        prev = i
    return r


@case((3.0,))
def odd_statements(x):
    try_ = x
    lambda_ = try_ + 1
    _ = lambda_
    print(end="")
    ...
    "string"
    x
    return _


@case((3.0,))
def keyword_only(x, *, k=2, **kw):
    return x * k + len(kw)


@case((np.arange(3.0),))
def enumerate_start_zip(x):
    s = 0
    for i, (a, b) in enumerate(zip(x[:-1], x[::-1]), 1):
        s += i * a * b
    else:
        s += 100
    for a in x[::-1]:
        s = s * 2 + a
    return s


@case((2.0,))
def shared_start(x):
    y = z = x
    y += 1
    return y, z


@case((5,))
def comprehension_shapes(n):
    return (
        [i for i in range(n) if i % 2 if i > 1],
        {i: j for i in range(2) for j in range(i + 1)},
        [y for x in [[1], [2, 3]] for y in x],
    )


# Programs


@case((np.array([1.0, 0.5]), 0.01, 50))
def runge_kutta(y, h, steps):
    def_ = 1.5
    for _ in range(steps):
        k1 = lotka(y, def_)
        k2 = lotka(y + h / 2 * k1, def_)
        k3 = lotka(y + h / 2 * k2, def_)
        k4 = lotka(y + h * k3, def_)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def lotka(y, a):
    return np.array([a * y[0] - y[0] * y[1], y[0] * y[1] - y[1]])


@case((2.0,), (100.0,))
def newton(a):
    x = a
    for iteration in range(50):
        step = (x * x - a) / (2 * x)
        x -= step
        if abs(step) < 1e-12:
            break
    else:
        raise RuntimeError("no convergence")
    return x, iteration


@case((0.0, 3.0))
def bisection(lo, hi):
    while hi - lo > 1e-9:
        mid = 0.5 * (lo + hi)
        if mid**3 - 2 > 0:
            hi = mid
        elif mid**3 - 2 < 0:
            lo = mid
        else:
            return mid
    return 0.5 * (lo + hi)


@case((A(6, 6), 3))
def jacobi(u, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u, v = v, u
    return u


@case((A(5, 5), 2))
def seidel(a, steps):
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i - 1, j] + a[i, j - 1] + a[i, j] + a[i, j + 1] + a[i + 1, j]) / 5.0
    return a


@case((A(4, 4) @ A(4, 4).T + 4 * np.eye(4),))
def cholesky(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[j, :j]
            a[i, j] /= a[j, j]
        a[i, i] -= np.dot(a[i, :i], a[i, :i])
        a[i, i] = np.sqrt(a[i, i])
    return np.tril(a)


@case((A(10, 2), A(3, 2, seed=1)))
def kmeans_step(points, centres):
    sums = np.zeros_like(centres)
    counts = np.zeros(len(centres))
    for p in points:
        best, best_d = 0, np.inf
        for k, c in enumerate(centres):
            d = np.sum((p - c) ** 2)
            if d < best_d:
                best, best_d = k, d
        sums[best] += p
        counts[best] += 1
    for k in range(len(centres)):
        if counts[k] > 0:
            sums[k] /= counts[k]
    return sums, counts


@case((A(4), A(4), A(4) + 5, A(4)))
def tridiagonal(a, d, b, c):
    n = len(b)
    x = np.zeros(n)
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    x[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - c[i] * x[i + 1]) / b[i]
    return x


@case(([(A(3, 4), A(4)), (A(4, 2), A(2))], A(5, 3)))
def mlp(params, x):
    for i, (w, b) in enumerate(params):
        x = x @ w + b
        if i < len(params) - 1:
            x = np.maximum(x, 0.0)
    return x - np.log(np.sum(np.exp(x), axis=1, keepdims=True))


@case((1.0, 1e-3), (2.0, 1e-4))
def adaptive(y, tol):
    t, h, steps = 0.0, 0.1, 0
    while t < 1.0 and steps < 1000:
        if t + h > 1.0:
            h = 1.0 - t
        one = y - h * y
        half = y - h / 2 * y
        two = half - h / 2 * half
        error = abs(one - two)
        if error > tol:
            h *= 0.5
            continue
        t += h
        y = two
        steps += 1
        h *= 1.2 if error < tol / 4 else 1.0
    return y, steps


@case((100.0, 105.0, 0.05, 0.2, 4))
def binomial(spot, strike, rate, sigma, n):
    dt = 1.0 / n
    up = np.exp(sigma * np.sqrt(dt))
    p = (np.exp(rate * dt) - 1 / up) / (up - 1 / up)
    values = [max(strike - spot * up ** (2 * k - n), 0.0) for k in range(n + 1)]
    for step in reversed(range(n)):
        values = [np.exp(-rate * dt) * (p * values[k + 1] + (1 - p) * values[k]) for k in range(step + 1)]
    return values[0]


@case((A(5), A(4)))
def soft_dtw(x, y):
    n, m = len(x), len(y)
    r = np.full((n + 1, m + 1), np.inf)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (x[i - 1] - y[j - 1]) ** 2
            r[i, j] = d + min(r[i - 1, j], r[i, j - 1], r[i - 1, j - 1])
    return r[n, m]


@case((A(3, 3), 20), (A(2, 2), 3))
def power_iteration(a, steps):
    v = np.ones(a.shape[0])
    value = 0.0
    for _ in range(steps):
        w = a @ v
        new = np.linalg.norm(w)
        v = w / new
        if abs(new - value) < 1e-3:
            value = new
            break
        value = new
    return value, v


@case(([0.2, 0.3, 0.5], np.abs(A(3, 3)), [0, 2, 1]))
def hmm_forward(start, transition, observed):
    alpha = np.array(start)
    log = 0.0
    for t, o in enumerate(observed):
        if t > 0:
            alpha = alpha @ transition
        alpha = alpha * transition[:, o]
        total = alpha.sum()
        alpha /= total
        log += np.log(total)
    return log, alpha


@case((A(8),))
def fft_butterflies(x):
    n = len(x)
    re, im = x.copy(), np.zeros(n)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
    size = 2
    while size <= n:
        half = size // 2
        for k in range(0, n, size):
            for m in range(half):
                angle = -2 * np.pi * m / size
                c, s = np.cos(angle), np.sin(angle)
                a, b = k + m, k + m + half
                tr, ti = c * re[b] - s * im[b], s * re[b] + c * im[b]
                re[b], im[b] = re[a] - tr, im[a] - ti
                re[a] += tr
                im[a] += ti
        size *= 2
    return re, im


@case((A(3, 2), A(3, 2), np.ones(3)))
def nbody(pos, vel, mass):
    n = len(mass)
    for step in range(3):
        acc = np.zeros_like(pos)
        for i in range(n):
            for j in range(n):
                if i == j:
                    continue
                d = pos[j] - pos[i]
                acc[i] += mass[j] * d / (np.dot(d, d) + 0.01) ** 1.5
        vel += 0.1 * acc
        pos += 0.1 * vel
    return pos, 0.5 * (mass * (vel**2).sum(axis=1)).sum()
