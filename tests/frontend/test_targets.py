"""Assignment targets."""

import numpy as np

import tapegen as tg


def test_a_name_unpacked_into_itself():
    def f(a):
        a, b = a
        return a * b * b

    assert np.array_equal(tg.grad(f)(np.array([2.0, 3.0])), [9.0, 12.0])
