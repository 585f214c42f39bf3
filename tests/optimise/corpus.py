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
    "a unit of a parameter is a copy": (
        """
        def f(x):
            y = x * 1.0
            return y""",
        [X],
    ),
    "a unit of an integer": (
        """
        def f(x):
            y = x * 1.0
            z = x / 1
            out = (y, z)
            return out""",
        [np.arange(3)],
    ),
    "a unit of a mask": (
        """
        def f(x):
            m = x > 0
            k = m * 1
            s = k + k
            return s""",
        [X],
    ),
    "written after a unit": (
        """
        def f(x):
            y = np.sin(x)
            z = y * 1.0
            z[0] = 5.0
            out = (y, z)
            return out""",
        [X],
    ),
    "reciprocal": (
        """
        def f(x):
            a = np.sin(x)
            b = 1 / x
            c = a * b
            return c""",
        [X],
    ),
    "reciprocal of what is written": (
        """
        def f(x):
            a = np.sin(x)
            b = 1 / x
            x[0] = 9.0
            c = a * b
            return c""",
        [X],
    ),
    "signs": (
        """
        def f(x):
            a = np.cos(x)
            b = -a
            c = x + b
            d = x - b
            e = b + x
            g = a * -1
            out = (c, d, e, g)
            return out""",
        [X],
    ),
    "scales": (
        """
        def f(x):
            a = np.cos(x)
            b = 2 * a
            c = 3 * b
            d = 0.5 * c
            return d""",
        [X],
    ),
    "literals": (
        """
        def f(x):
            n_1 = 2
            m_1 = n_1 - 1
            y = x ** m_1
            t = 7 // 2
            u = 1 / 3
            z = t * y
            w = u * z
            return w""",
        [X],
    ),
    "literals that cannot be": (
        """
        def f(x):
            if x[0] > 100:
                t = 1 / 0
            else:
                t = 2
            return t""",
        [X],
    ),
    "where": (
        """
        def f(x):
            y = np.sin(x)
            z = np.where(True, y, 0.0)
            w = np.where(False, 1.0, y)
            out = (z, w)
            return out""",
        [X],
    ),
    "tests on literals": (
        """
        def f(x):
            if 2 > 1:
                m = np.sin(x)
            else:
                m = np.cos(x)
            if True and x[0] > 0:
                k = 1
            else:
                k = 2
            r = m * k
            return r""",
        [X],
    ),
    "copies": (
        """
        def f(x, y):
            a = x
            b = a
            c = b + y
            d = c
            return d""",
        [X, Y],
    ),
    "copy of a carried variable": (
        """
        def f(x, n):
            c = x
            last = x
            for i in range(n):
                old = c
                c_1 = np.sin(c)
                (c, last) = (c_1, old)
            out = (c, last)
            return out""",
        [X, 3],
    ),
    "copy before a loop": (
        """
        def f(x, n):
            c = x
            for i in range(n):
                c_1 = c * 2.0
                c = c_1
            d = c
            e = d
            for j in range(n):
                c_2 = e + 1.0
                e_1 = c_2 * d
            out = (c, d)
            return out""",
        [X, 2],
    ),
    "swap": (
        """
        def f(x, y, n):
            a = x
            b = y
            for i in range(n):
                (a, b) = (b, a)
            r = a - b
            return r""",
        [X, Y, 3],
    ),
    "rotation": (
        """
        def f(x, y, n):
            a = x
            b = y
            c = x
            for i in range(n):
                d = a + b
                (a, b, c) = (b, c, d)
            out = (a, b, c)
            return out""",
        [X, Y, 4],
    ),
    "tuples": (
        """
        def f(x, y):
            t = (x, y)
            a = t[0]
            b = t[1]
            c = t[-1]
            d = a * b
            e = d + c
            return e""",
        [X, Y],
    ),
    "a list that is written": (
        """
        def f(x, y):
            t = [x, y]
            t[0] = y
            a = t[0]
            b = a + 1.0
            return b""",
        [X, Y],
    ),
    "a list that grows": (
        """
        def f(x, y):
            t = [x]
            t.append(y)
            a = t[0]
            k = len(t)
            b = a + k
            return b""",
        [X, Y],
    ),
    "same twice": (
        """
        def f(x):
            a = np.sin(x)
            b = np.sin(x)
            c = np.cos(b)
            d = np.cos(a)
            e = c * d
            return e""",
        [X],
    ),
    "same twice, both returned": (
        """
        def f(x):
            a = np.sin(x)
            b = np.sin(x)
            out = (a, b)
            return out""",
        [X],
    ),
    "same twice, one written": (
        """
        def f(x):
            a = np.sin(x)
            b = np.sin(x)
            b[0] = 3.0
            c = a + b
            return c""",
        [X],
    ),
    "same twice, a write between": (
        """
        def f(x):
            a = np.sin(x)
            v = x[1:]
            v[0] = 4.0
            b = np.sin(x)
            c = a + b
            return c""",
        [X],
    ),
    "same twice, parameters may be one array": (
        """
        def f(x, y):
            a = np.sin(x)
            y[0] = 4.0
            b = np.sin(x)
            c = a + b
            return c""",
        [X, Y],
    ),
    "same twice, written through a list": (
        """
        def f(n):
            x = np.ones(n)
            s = [x]
            a = np.sum(x)
            e = s[0]
            e[1] = 7.0
            b = np.sum(x)
            c = a + b
            return c""",
        [3],
    ),
    "same three times, two returned": (
        """
        def f(x):
            a = np.sin(x)
            b = np.sin(x)
            c = np.sin(x)
            d = np.sum(a)
            out = (b, c, d)
            return out""",
        [X],
    ),
    "elements three times, two returned": (
        """
        def f(x, k):
            a = x[k]
            b = x[k]
            c = x[k]
            d = np.sum(a)
            out = (b, c, d)
            return out""",
        [X, np.array([0, 2])],
    ),
    "masks, two returned": (
        """
        def f(x):
            a = x > 0
            b = x > 0
            out = (a, b)
            return out""",
        [X],
    ),
    "views": (
        """
        def f(m):
            a = np.transpose(m)
            b = np.transpose(m)
            c = m[1:]
            d = m[1:]
            e = a @ c[0]
            g = b @ d[1]
            h = e + g
            return h""",
        [np.eye(3)],
    ),
    "same in a branch": (
        """
        def f(x):
            a = np.sin(x)
            if x[0] > 0:
                b = np.sin(x)
                m = b * 2.0
            else:
                c = np.cos(x)
                m = c + 1.0
            d = np.cos(x)
            e = m * d
            g = e + a
            return g""",
        [X],
    ),
    "same in a loop": (
        """
        def f(x, n):
            c = x
            a = np.sin(c)
            for i in range(n):
                b = np.sin(c)
                d = np.sin(x)
                c_1 = b + d
                c = c_1
            e = np.sin(c)
            r = a + e
            return r""",
        [X, 3],
    ),
    "same in a loop that writes": (
        """
        def f(x, n):
            a = np.sin(x)
            s = 0.0
            for i in range(n):
                b = np.sin(x)
                x[0] = i
                s_1 = s + b
                s = s_1
            r = a + s
            return r""",
        [X, 3],
    ),
    "dead carried variable": (
        """
        def f(x, n):
            k = 0
            c = x
            for i in range(n):
                k_1 = k + 1
                c_1 = c * 2.0
                (k, c) = (k_1, c_1)
            return c""",
        [X, 3],
    ),
    "dead loop": (
        """
        def f(x, n):
            k = 0
            for i in range(n):
                k_1 = k + i
                k = k_1
            y = np.sin(x)
            return y""",
        [X, 3],
    ),
    "dead branch": (
        """
        def f(x):
            if x[0] > 0:
                m = 1.0
            else:
                m = 2.0
            y = np.sin(x)
            return y""",
        [X],
    ),
    "half a dead branch": (
        """
        def f(x):
            if x[0] > 1:
                t = np.sin(x)
            else:
                x[1] = 2.0
            return x""",
        [X],
    ),
    "dead buffer": (
        """
        def f(x):
            b = np.zeros_like(x)
            v = b[1:]
            v[0] = 1.0
            b[0] += 2.0
            return x""",
        [X],
    ),
    "a buffer that is read": (
        """
        def f(x):
            b = np.zeros_like(x)
            v = b[1:]
            v[0] = 1.0
            b[0] += 2.0
            s = np.sum(b)
            return s""",
        [X],
    ),
    "a parameter that is written": (
        """
        def f(x, y):
            v = x[::2]
            v[0] = 3.0
            np.add.at(x, [1, 1], 0.5)
            scatter_add(y, 0, 1.0)
            return y""",
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
        """
        def f(x, n):
            s = []
            for i in range(n):
                s.append(x)
            c = x
            for v in reversed(s):
                c_1 = np.sin(c)
                c = c_1
            return c""",
        [X, 4],
    ),
    "a stack that counts up to a break": (
        """
        def f(x, n):
            s = []
            t = 0.0
            for i in range(n):
                s.append(x)
                t_1 = t + 1.0
                b = t_1 > 2.0
                t = t_1
                if b:
                    break
            c = x
            for v in reversed(s):
                c_1 = np.sin(c)
                c = c_1
            return c""",
        [X, 9],
    ),
    "a stack that is popped": (
        """
        def f(x, n):
            s = []
            for i in range(n):
                s.append(i)
            c = x
            while len(s) > 0:
                k = s.pop()
                c_1 = c + k
                c = c_1
            return c""",
        [X, 3],
    ),
    "while": (
        """
        def f(x):
            c = x
            k = 0
            while k < 3 and np.sum(c) < 50:
                c_1 = c * 1.5
                k_1 = k + 1
                (c, k) = (c_1, k_1)
            return c""",
        [X],
    ),
    "effects": (
        """
        def f(x):
            a = np.sin(x)
            log(a)
            b = a * 2.0
            x[0] = 3.0
            log(x)
            c = a + x
            return c""",
        [X],
    ),
    "a folded value that would change": (
        """
        def f(x):
            t_1 = x + 1.0
            t_2 = x[1:]
            x[2] = 9.0
            t_3 = np.sum(t_2)
            r = t_1 * t_3
            return r""",
        [X],
    ),
    "a fold into a loop": (
        """
        def f(x, n):
            t_1 = np.sin(x)
            c = x
            for i in range(n):
                c_1 = c + t_1
                x[0] = 1.0
                c = c_1
            return c""",
        [X, 3],
    ),
    "powers and signs folded": (
        """
        def f(x):
            t_1 = -x
            t_2 = t_1 ** 2
            t_3 = x - t_2
            t_4 = x - t_3
            t_5 = t_4 / t_3
            t_6 = t_5 / t_1
            t_7 = 2.0 ** t_6
            return t_7""",
        [X],
    ),
    "accumulator": (
        """
        def f(x, n):
            w_bar = np.zeros_like(x)
            for i in range(n):
                c = np.cos(x)
                w_bar_1 = w_bar + c
                w_bar = w_bar_1
            return w_bar""",
        [X, 3],
    ),
    "accumulator from zero": (
        """
        def f(x, n):
            w_bar = 0.0
            for i in range(n):
                c = np.cos(x)
                w_bar_1 = w_bar + c
                w_bar = w_bar_1
            return w_bar""",
        [X, 3],
    ),
    "accumulator that is someone else's": (
        """
        def f(x, n):
            w_bar = x
            for i in range(n):
                w_bar_1 = w_bar + 1.0
                w_bar = w_bar_1
            return w_bar""",
        [X, 3],
    ),
    "accumulator that is kept": (
        """
        def f(x, n):
            s = []
            w_bar = np.zeros_like(x)
            for i in range(n):
                s.append(w_bar)
                w_bar_1 = w_bar + 1.0
                w_bar = w_bar_1
            out = (w_bar, s)
            return out""",
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
        """
        def f(x, y):
            x_bar = x * y
            a = np.sin(x)
            x_bar_1 = x_bar + a
            b = y - x
            x_bar_2 = x_bar_1 + b
            return x_bar_2""",
        [X, Y],
    ),
    "sum of cotangents with a view": (
        """
        def f(x, y):
            x_bar = x * y
            v = x_bar[1:]
            x_bar_1 = x_bar + y
            out = (v, x_bar_1)
            return out""",
        [X, Y],
    ),
    "broadcast cotangents": (
        """
        def f(x, y):
            t = x * y
            x_bar = unbroadcast(t, x)
            y_bar = unbroadcast(t, y)
            s_bar = x_bar + x_bar
            out = (x_bar, y_bar, s_bar)
            return out""",
        [X, M],
    ),
    "zeros and then a term": (
        """
        def f(x):
            x_bar = np.zeros_like(x)
            a = np.cos(x)
            x_bar_1 = x_bar + a * 2.0
            return x_bar_1""",
        [X],
    ),
    "recurrence": (
        """
        def f(n):
            x = np.zeros(n)
            x[0] = 1.0
            for i in range(1, n):
                x[i] = x[i] + 0.5 * x[i - 1]
            return x""",
        [5],
    ),
    "elements": (
        """
        def f(x, y):
            xs = [x, y]
            s = 0.0
            for k in range(len(xs)):
                v = xs[k]
                s_1 = s + v
                s = s_1
            t = 0.0
            for j in range(len(xs)):
                u = xs[j]
                w = u * j
                t_1 = t + w
                t = t_1
            out = (s, t)
            return out""",
        [X, Y],
    ),
    "elements of a dictionary": (
        """
        def f(d):
            s = 0.0
            for k in range(len(d)):
                v = d[k]
                s_1 = s + v
                s = s_1
            return s""",
        [{0: X, 1: Y}],
    ),
    "transposes": (
        """
        def f(m):
            a = np.tanh(m)
            b = np.transpose(a)
            c = b @ m
            d = np.transpose(c)
            return d""",
        [M],
    ),
    "globals": (
        """
        def f(x):
            a = x + G
            b = G * 1.0
            c = a * b
            return c""",
        [X],
    ),
    "names of parameters": (
        """
        def f(x, n):
            x_1 = x * 2.0
            x_2 = x_1 + x
            c = x_2
            for i in range(n):
                x_3 = c + x
                c = x_3
            return c""",
        [X, 2],
    ),
    "versions across a branch": (
        """
        def f(x):
            y = np.sin(x)
            if x[0] > 0:
                y_1 = y * 2.0
                y_3 = y_1
            else:
                y_2 = y + x
                y_3 = y_2
            y_4 = y_3 * y
            return y_4""",
        [X],
    ),
}
