"""Small functions in Core, for every pass to run on: name -> (text, arguments)."""

import numpy as np

from tapegen.kernels import scatter_add, unbroadcast, unreduce
from tapegen.optimise.rewrite import core

X = np.array([0.3, -1.2, 0.7, 2.0])
Y = np.array([1.5, 0.4, -0.6, 0.9])
M = np.arange(12.0).reshape(3, 4) / 7 - 0.5


def functions():
    """All of them, as pairs of Core and arguments, by name."""
    known = {
        "scatter_add": scatter_add,
        "unbroadcast": unbroadcast,
        "unreduce": unreduce,
        "log": print,
        "G": X,
    }
    return {name: (core(text, **known), args) for name, (text, args) in CORPUS.items()}


CORPUS = {
    "loss gradient": (
        """
        def f(w, x, y):
            z_1 = x @ w
            z = np.tanh(z_1)
            d = z - y
            sq = d ** 2
            out = np.mean(sq)
            out_bar = 1.0
            t_1 = unreduce(out_bar, sq)
            t_2 = np.shape(sq)
            t_3 = np.broadcast_to(t_1, t_2)
            t_4 = out_bar * t_3
            t_5 = np.size(sq)
            sq_bar = t_4 / t_5
            t_6 = d ** 1
            t_7 = 2 * t_6
            d_bar = sq_bar * t_7
            z_bar = d_bar * 1
            t_8 = z ** 2
            t_9 = 1 - t_8
            z_1_bar = z_bar * t_9
            t_10 = np.transpose(x)
            w_bar = t_10 @ z_1_bar
            return w_bar""",
        [X, M, np.array([0.1, 0.2, 0.3])],
    ),
    "units": (
        """
        def f(x):
            y = np.sin(x)
            a = y * 1
            b = 1.0 * a
            c = b ** 1
            d = c + 0
            e = -d
            g = -e
            return g""",
        [X],
    ),
    "a unit of a parameter is a copy": ("def f(x):\n    y = x * 1.0\n    return y", [X]),
    "a unit of an integer": (
        "def f(x):\n    y = x * 1.0\n    z = x / 1\n    out = (y, z)\n    return out",
        [np.arange(3)],
    ),
    "a unit of a mask": (
        "def f(x):\n    m = x > 0\n    k = m * 1\n    s = k + k\n    return s",
        [X],
    ),
    "written after a unit": (
        "def f(x):\n    y = np.sin(x)\n    z = y * 1.0\n    z[0] = 5.0\n    out = (y, z)\n    return out",
        [X],
    ),
    "reciprocal": ("def f(x):\n    a = np.sin(x)\n    b = 1 / x\n    c = a * b\n    return c", [X]),
    "reciprocal of what is written": (
        "def f(x):\n    a = np.sin(x)\n    b = 1 / x\n    x[0] = 9.0\n    c = a * b\n    return c",
        [X],
    ),
    "signs": (
        "def f(x):\n    a = np.cos(x)\n    b = -a\n    c = x + b\n    d = x - b\n    e = b + x\n    g = a * -1\n"
        "    out = (c, d, e, g)\n    return out",
        [X],
    ),
    "scales": (
        "def f(x):\n    a = np.cos(x)\n    b = 2 * a\n    c = 3 * b\n    d = 0.5 * c\n    return d",
        [X],
    ),
    "literals": (
        "def f(x):\n    n_1 = 2\n    m_1 = n_1 - 1\n    y = x ** m_1\n    t = 7 // 2\n    u = 1 / 3\n    z = t * y\n"
        "    w = u * z\n    return w",
        [X],
    ),
    "literals that cannot be": (
        "def f(x):\n    if x[0] > 100:\n        t = 1 / 0\n    else:\n        t = 2\n    return t",
        [X],
    ),
    "where": (
        "def f(x):\n    y = np.sin(x)\n    z = np.where(True, y, 0.0)\n    w = np.where(False, 1.0, y)\n"
        "    out = (z, w)\n    return out",
        [X],
    ),
    "tests on literals": (
        "def f(x):\n    if 2 > 1:\n        m = np.sin(x)\n    else:\n        m = np.cos(x)\n    if True and x[0] > 0:\n"
        "        k = 1\n    else:\n        k = 2\n    r = m * k\n    return r",
        [X],
    ),
    "copies": ("def f(x, y):\n    a = x\n    b = a\n    c = b + y\n    d = c\n    return d", [X, Y]),
    "copy of a carried variable": (
        "def f(x, n):\n    c = x\n    last = x\n    for i in range(n):\n        old = c\n        c_1 = np.sin(c)\n"
        "        (c, last) = (c_1, old)\n    out = (c, last)\n    return out",
        [X, 3],
    ),
    "copy before a loop": (
        "def f(x, n):\n    c = x\n    for i in range(n):\n        c_1 = c * 2.0\n        c = c_1\n    d = c\n    e = d\n"
        "    for j in range(n):\n        c_2 = e + 1.0\n        e_1 = c_2 * d\n    out = (c, d)\n    return out",
        [X, 2],
    ),
    "swap": (
        "def f(x, y, n):\n    a = x\n    b = y\n    for i in range(n):\n        (a, b) = (b, a)\n    r = a - b\n    return r",
        [X, Y, 3],
    ),
    "rotation": (
        "def f(x, y, n):\n    a = x\n    b = y\n    c = x\n    for i in range(n):\n        d = a + b\n        (a, b, c) = (b, c, d)\n"
        "    out = (a, b, c)\n    return out",
        [X, Y, 4],
    ),
    "tuples": (
        "def f(x, y):\n    t = (x, y)\n    a = t[0]\n    b = t[1]\n    c = t[-1]\n    d = a * b\n    e = d + c\n    return e",
        [X, Y],
    ),
    "a list that is written": (
        "def f(x, y):\n    t = [x, y]\n    t[0] = y\n    a = t[0]\n    b = a + 1.0\n    return b",
        [X, Y],
    ),
    "a list that grows": (
        "def f(x, y):\n    t = [x]\n    t.append(y)\n    a = t[0]\n    k = len(t)\n    b = a + k\n    return b",
        [X, Y],
    ),
    "same twice": (
        "def f(x):\n    a = np.sin(x)\n    b = np.sin(x)\n    c = np.cos(b)\n    d = np.cos(a)\n    e = c * d\n    return e",
        [X],
    ),
    "same twice, both returned": (
        "def f(x):\n    a = np.sin(x)\n    b = np.sin(x)\n    out = (a, b)\n    return out",
        [X],
    ),
    "same twice, one written": (
        "def f(x):\n    a = np.sin(x)\n    b = np.sin(x)\n    b[0] = 3.0\n    c = a + b\n    return c",
        [X],
    ),
    "same twice, a write between": (
        "def f(x):\n    a = np.sin(x)\n    v = x[1:]\n    v[0] = 4.0\n    b = np.sin(x)\n    c = a + b\n    return c",
        [X],
    ),
    "same twice, parameters may be one array": (
        "def f(x, y):\n    a = np.sin(x)\n    y[0] = 4.0\n    b = np.sin(x)\n    c = a + b\n    return c",
        [X, Y],
    ),
    "same twice, written through a list": (
        "def f(n):\n    x = np.ones(n)\n    s = [x]\n    a = np.sum(x)\n    e = s[0]\n    e[1] = 7.0\n    b = np.sum(x)\n"
        "    c = a + b\n    return c",
        [3],
    ),
    "same three times, two returned": (
        "def f(x):\n    a = np.sin(x)\n    b = np.sin(x)\n    c = np.sin(x)\n    d = np.sum(a)\n    out = (b, c, d)\n    return out",
        [X],
    ),
    "elements three times, two returned": (
        "def f(x, k):\n    a = x[k]\n    b = x[k]\n    c = x[k]\n    d = np.sum(a)\n    out = (b, c, d)\n    return out",
        [X, np.array([0, 2])],
    ),
    "masks, two returned": ("def f(x):\n    a = x > 0\n    b = x > 0\n    out = (a, b)\n    return out", [X]),
    "views": (
        "def f(m):\n    a = np.transpose(m)\n    b = np.transpose(m)\n    c = m[1:]\n    d = m[1:]\n    e = a @ c[0]\n"
        "    g = b @ d[1]\n    h = e + g\n    return h",
        [np.eye(3)],
    ),
    "same in a branch": (
        "def f(x):\n    a = np.sin(x)\n    if x[0] > 0:\n        b = np.sin(x)\n        m = b * 2.0\n    else:\n        c = np.cos(x)\n"
        "        m = c + 1.0\n    d = np.cos(x)\n    e = m * d\n    g = e + a\n    return g",
        [X],
    ),
    "same in a loop": (
        "def f(x, n):\n    c = x\n    a = np.sin(c)\n    for i in range(n):\n        b = np.sin(c)\n        d = np.sin(x)\n"
        "        c_1 = b + d\n        c = c_1\n    e = np.sin(c)\n    r = a + e\n    return r",
        [X, 3],
    ),
    "same in a loop that writes": (
        "def f(x, n):\n    a = np.sin(x)\n    s = 0.0\n    for i in range(n):\n        b = np.sin(x)\n        x[0] = i\n"
        "        s_1 = s + b\n        s = s_1\n    r = a + s\n    return r",
        [X, 3],
    ),
    "dead carried variable": (
        "def f(x, n):\n    k = 0\n    c = x\n    for i in range(n):\n        k_1 = k + 1\n        c_1 = c * 2.0\n"
        "        (k, c) = (k_1, c_1)\n    return c",
        [X, 3],
    ),
    "dead loop": (
        "def f(x, n):\n    k = 0\n    for i in range(n):\n        k_1 = k + i\n        k = k_1\n    y = np.sin(x)\n    return y",
        [X, 3],
    ),
    "dead branch": (
        "def f(x):\n    if x[0] > 0:\n        m = 1.0\n    else:\n        m = 2.0\n    y = np.sin(x)\n    return y",
        [X],
    ),
    "half a dead branch": (
        "def f(x):\n    if x[0] > 1:\n        t = np.sin(x)\n    else:\n        x[1] = 2.0\n    return x",
        [X],
    ),
    "dead buffer": (
        "def f(x):\n    b = np.zeros_like(x)\n    v = b[1:]\n    v[0] = 1.0\n    b[0] += 2.0\n    return x",
        [X],
    ),
    "a buffer that is read": (
        "def f(x):\n    b = np.zeros_like(x)\n    v = b[1:]\n    v[0] = 1.0\n    b[0] += 2.0\n    s = np.sum(b)\n    return s",
        [X],
    ),
    "a parameter that is written": (
        "def f(x, y):\n    v = x[::2]\n    v[0] = 3.0\n    np.add.at(x, [1, 1], 0.5)\n    scatter_add(y, 0, 1.0)\n    return y",
        [X, Y],
    ),
    "stacks": (
        """
        def f(x, n):
            c = x
            c_stack = []
            t_stack = []
            i_stack = []
            for i in range(n):
                t = np.sin(c)
                c_stack.append(c)
                t_stack.append(t)
                i_stack.append(i)
                c_1 = t * c
                c = c_1
            c_bar = 1.0
            for (v, u, k) in zip(reversed(c_stack), reversed(t_stack), reversed(i_stack)):
                a = np.cos(v)
                b = a * v
                c_bar_1 = c_bar * b
                c_bar = c_bar_1
            return c_bar""",
        [X, 4],
    ),
    "a stack that only counts": (
        "def f(x, n):\n    s = []\n    for i in range(n):\n        s.append(x)\n    c = x\n    for v in reversed(s):\n"
        "        c_1 = np.sin(c)\n        c = c_1\n    return c",
        [X, 4],
    ),
    "a stack that counts up to a break": (
        "def f(x, n):\n    s = []\n    t = 0.0\n    for i in range(n):\n        s.append(x)\n        t_1 = t + 1.0\n        b = t_1 > 2.0\n"
        "        t = t_1\n        if b:\n            break\n    c = x\n    for v in reversed(s):\n        c_1 = np.sin(c)\n"
        "        c = c_1\n    return c",
        [X, 9],
    ),
    "a stack that is popped": (
        "def f(x, n):\n    s = []\n    for i in range(n):\n        s.append(i)\n    c = x\n    while len(s) > 0:\n        k = s.pop()\n"
        "        c_1 = c + k\n        c = c_1\n    return c",
        [X, 3],
    ),
    "while": (
        "def f(x):\n    c = x\n    k = 0\n    while k < 3 and np.sum(c) < 50:\n        c_1 = c * 1.5\n        k_1 = k + 1\n"
        "        (c, k) = (c_1, k_1)\n    return c",
        [X],
    ),
    "effects": (
        "def f(x):\n    a = np.sin(x)\n    log(a)\n    b = a * 2.0\n    x[0] = 3.0\n    log(x)\n    c = a + x\n    return c",
        [X],
    ),
    "a folded value that would change": (
        "def f(x):\n    t_1 = x + 1.0\n    t_2 = x[1:]\n    x[2] = 9.0\n    t_3 = np.sum(t_2)\n    r = t_1 * t_3\n    return r",
        [X],
    ),
    "a fold into a loop": (
        "def f(x, n):\n    t_1 = np.sin(x)\n    c = x\n    for i in range(n):\n        c_1 = c + t_1\n        x[0] = 1.0\n"
        "        c = c_1\n    return c",
        [X, 3],
    ),
    "powers and signs folded": (
        "def f(x):\n    t_1 = -x\n    t_2 = t_1 ** 2\n    t_3 = x - t_2\n    t_4 = x - t_3\n    t_5 = t_4 / t_3\n    t_6 = t_5 / t_1\n"
        "    t_7 = 2.0 ** t_6\n    return t_7",
        [X],
    ),
    "accumulator": (
        "def f(x, n):\n    w_bar = np.zeros_like(x)\n    for i in range(n):\n        c = np.cos(x)\n        w_bar_1 = w_bar + c\n"
        "        w_bar = w_bar_1\n    return w_bar",
        [X, 3],
    ),
    "accumulator from zero": (
        "def f(x, n):\n    w_bar = 0.0\n    for i in range(n):\n        c = np.cos(x)\n        w_bar_1 = w_bar + c\n"
        "        w_bar = w_bar_1\n    return w_bar",
        [X, 3],
    ),
    "accumulator that is someone else's": (
        "def f(x, n):\n    w_bar = x\n    for i in range(n):\n        w_bar_1 = w_bar + 1.0\n        w_bar = w_bar_1\n    return w_bar",
        [X, 3],
    ),
    "accumulator that is kept": (
        "def f(x, n):\n    s = []\n    w_bar = np.zeros_like(x)\n    for i in range(n):\n        s.append(w_bar)\n"
        "        w_bar_1 = w_bar + 1.0\n        w_bar = w_bar_1\n    out = (w_bar, s)\n    return out",
        [X, 3],
    ),
    "accumulator in a loop": (
        """
        def f(x, n):
            s = []
            v_bar = np.zeros_like(x)
            for i in range(n):
                w_bar = np.zeros_like(x)
                for j in range(n):
                    w_bar_1 = w_bar + 1.0
                    w_bar = w_bar_1
                s.append(w_bar)
                v_bar_1 = v_bar + w_bar
                v_bar = v_bar_1
            out = (v_bar, s)
            return out""",
        [X, 3],
    ),
    "sum of cotangents": (
        "def f(x, y):\n    x_bar = x * y\n    a = np.sin(x)\n    x_bar_1 = x_bar + a\n    b = y - x\n    x_bar_2 = x_bar_1 + b\n    return x_bar_2",
        [X, Y],
    ),
    "sum of cotangents with a view": (
        "def f(x, y):\n    x_bar = x * y\n    v = x_bar[1:]\n    x_bar_1 = x_bar + y\n    out = (v, x_bar_1)\n    return out",
        [X, Y],
    ),
    "broadcast cotangents": (
        "def f(x, y):\n    t = x * y\n    x_bar = unbroadcast(t, x)\n    y_bar = unbroadcast(t, y)\n    s_bar = x_bar + x_bar\n"
        "    out = (x_bar, y_bar, s_bar)\n    return out",
        [X, M],
    ),
    "zeros and then a term": (
        "def f(x):\n    x_bar = np.zeros_like(x)\n    a = np.cos(x)\n    x_bar_1 = x_bar + a * 2.0\n    return x_bar_1",
        [X],
    ),
    "recurrence": (
        "def f(n):\n    x = np.zeros(n)\n    x[0] = 1.0\n    for i in range(1, n):\n        x[i] = x[i] + 0.5 * x[i - 1]\n    return x",
        [5],
    ),
    "elements": (
        "def f(x, y):\n    xs = [x, y]\n    s = 0.0\n    for k in range(len(xs)):\n        v = xs[k]\n        s_1 = s + v\n        s = s_1\n"
        "    t = 0.0\n    for j in range(len(xs)):\n        u = xs[j]\n        w = u * j\n        t_1 = t + w\n        t = t_1\n"
        "    out = (s, t)\n    return out",
        [X, Y],
    ),
    "elements of a dictionary": (
        "def f(d):\n    s = 0.0\n    for k in range(len(d)):\n        v = d[k]\n        s_1 = s + v\n        s = s_1\n    return s",
        [{0: X, 1: Y}],
    ),
    "transposes": (
        "def f(m):\n    a = np.tanh(m)\n    b = np.transpose(a)\n    c = b @ m\n    d = np.transpose(c)\n    return d",
        [M],
    ),
    "globals": ("def f(x):\n    a = x + G\n    b = G * 1.0\n    c = a * b\n    return c", [X]),
    "names of parameters": (
        "def f(x, n):\n    x_1 = x * 2.0\n    x_2 = x_1 + x\n    c = x_2\n    for i in range(n):\n        x_3 = c + x\n"
        "        c = x_3\n    return c",
        [X, 2],
    ),
    "versions across a branch": (
        "def f(x):\n    y = np.sin(x)\n    if x[0] > 0:\n        y_1 = y * 2.0\n        y_3 = y_1\n    else:\n        y_2 = y + x\n"
        "        y_3 = y_2\n    y_4 = y_3 * y\n    return y_4",
        [X],
    ),
}
