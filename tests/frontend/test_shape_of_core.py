"""What Core looks like, read by people: names and structure."""

import textwrap

import numpy as np

from tapegen.frontend.lower import lower
from tapegen.lang.show import show


def expect(function, text):
    assert show(lower(function).core).rstrip() == textwrap.dedent(text).strip()


def dense(x, w, b):
    z = np.tanh(x @ w + b)
    return z


def test_temporaries_are_named_after_their_target():
    expect(
        dense,
        """
        def dense(x, w, b):
            z_1 = x @ w
            z_2 = z_1 + b
            z = np.tanh(z_2)
            return z
        """,
    )


def total(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            s = s + x[i]
    return s


def test_carried_and_merged():
    expect(
        total,
        """
        def total(x):
            s = 0.0
            for i in range(len(x)):
                if x[i] > 0:
                    s_1 = x[i]
                    s_3 = s + s_1
                    s_2 = s_3
                else:
                    s_2 = s
                s = s_2
            return s
        """,
    )


def first(x, limit):
    for i, value in enumerate(x):
        if value > limit:
            return i
    return -1


def test_return_from_a_loop():
    expect(
        first,
        """
        def first(x, limit):
            result = None
            returned = False
            for i in range(len(x)):
                value = x[i]
                if value > limit:
                    result_1 = i
                    returned_1 = True
                else:
                    result_1 = result
                    returned_1 = returned
                result, returned = result_1, returned_1
                if returned:
                    break
            if returned:
                result_2 = result
            else:
                result_2 = -1
            return result_2
        """,
    )


def fibonacci(n):
    a, b = 0.0, 1.0
    while n > 0:
        a, b = b, a + b
        n -= 1
    return a


def test_parallel_assignment_needs_no_temporaries():
    expect(
        fibonacci,
        """
        def fibonacci(n):
            a = 0.0
            b = 1.0
            n_1 = n
            while n_1 > 0:
                b_1 = a + b
                a_1 = b
                b_2 = b_1
                n_2 = operator.isub(n_1, 1)
                a, b, n_1 = a_1, b_2, n_2
            return a
        """,
    )


def stencil(u, n):
    for _ in range(n):
        u[1:-1] += 0.5 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[u.shape[0] // 2] *= 2.0


def test_stores():
    expect(
        stencil,
        """
        def stencil(u, n):
            for _ in range(n):
                u_1 = u[2:]
                u_2 = u[1:-1]
                u_3 = 2 * u_2
                u_4 = u_1 - u_3
                u_5 = u[:-2]
                u_6 = u_4 + u_5
                u_7 = 0.5 * u_6
                u[1:-1] += u_7
                old = u[np.shape(u)[0] // 2]
                u_8 = old * 2.0
                u[np.shape(u)[0] // 2] = u_8
            return None
        """,
    )


def pick(x, idx, k):
    return x[idx[k] + 1, x.shape[1] - 1 : len(idx)]


def test_indices_stay_nested():
    expect(
        pick,
        """
        def pick(x, idx, k):
            index = idx[k]
            result = x[index + 1, np.shape(x)[1] - 1:len(idx)]
            return result
        """,
    )
