"""Kernels that ask who shares memory."""

import numpy as np
import pytest

from tapegen.kernels.trees import laid_out_like
from tapegen.kernels.views import check_separate, own_part, same_memory, shared_as

A = np.arange(6.0).reshape(2, 3)


def test_same_memory():
    bar = np.zeros_like(A)
    assert np.shares_memory(same_memory(bar.T, bar, A.T, A), bar)
    copy = same_memory(bar.T.reshape(-1), bar, A.T.reshape(-1), A)
    assert not np.shares_memory(copy, bar)
    assert copy.shape == (6,)
    with pytest.raises(ValueError, match="laid out differently"):
        same_memory(bar.T.reshape(-1), bar, A.reshape(-1), A)


def test_own_part():
    bar = np.ones((2, 3))
    assert not own_part(bar.T, bar.T, bar).any()
    assert own_part(bar.T.copy(), bar.T.copy(), bar).all()


def test_shared_as():
    dot = np.ones((2, 3))
    assert np.shares_memory(shared_as(dot.T, dot, A.T, A), dot)
    assert not np.shares_memory(shared_as(dot.T, dot, A.T.copy(), A), dot)
    with pytest.raises(ValueError, match="laid out differently"):
        shared_as(dot.T.copy(), dot, A.T, A)
    assert shared_as(0.0, dot, 1.0, A) == 0.0


@pytest.mark.parametrize("x", [A, A.T, A[::-1], A[:, 1], np.zeros(())])
def test_laid_out_like(x):
    result = laid_out_like(x * 2, x)
    assert np.array_equal(result, x * 2)
    assert not np.shares_memory(result, x)
    assert result.strides == np.empty_like(x).strides


def test_check_separate():
    x, y = np.zeros(4), np.zeros(4)
    check_separate((x[::2],), (x[1::2], y, 3.0, None))
    for pair in [((x,), (x,)), ((x[1:],), ([y, {"a": x}],)), ((x, x),)]:
        with pytest.raises(ValueError, match="pass a copy"):
            check_separate(*pair, *[()] * (2 - len(pair)))
