"""Kernels that ask who shares memory."""

import numpy as np
import pytest

import tapegen as tg
from tapegen.kernels.trees import laid_out_like
from tapegen.kernels.views import check_separate, own_part, same_memory, shared_as
from tapegen.testing.differences import gradient as by_differences

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


def test_pieces_that_are_views_have_no_part_of_their_own():
    base = np.arange(4.0)
    pieces = np.split(base, 2)
    assert not np.any(own_part(pieces, pieces, base))
    apart = [piece.copy() for piece in pieces]
    assert np.array_equal(own_part(apart, [pieces[0], apart[1]], base), [[0.0, 0.0], apart[1]])


def split_and_written(x):
    x = x * 1.0
    total = 0.0
    for piece in np.array_split(x, 3):
        total = total + np.sum(piece**2)
        piece[0] = 1.5
    return total + np.sum(x**3)


def halves(x, b):
    for _ in range(3):
        left, right = x[:1], x[1:]
        x = np.concatenate([left, right * left + b[1]])
    return np.sum(x**2)


def test_pieces_are_counted_once():
    x = np.array([0.3, 0.5, 0.7, 0.9])
    value = by_differences(split_and_written, (x,)).value
    assert np.allclose(tg.grad(split_and_written)(x), value)
    x, b = np.array([0.3, 0.4]), np.array([0.5, 0.6])
    first = tg.grad(tg.function(halves, unroll=0), (0, 1))
    for place, unit in enumerate([np.array([1.0, 0.0]), np.array([0.0, 1.0])]):
        by_x, by_b = tg.vjp(first, x, b)[1]((np.zeros(2), unit))
        numeric = by_differences(lambda x, b, place=place: first(x, b)[1][place], (x, b), (0, 1)).value
        assert np.allclose(by_x, numeric[0], atol=1e-8) and np.allclose(by_b, numeric[1], atol=1e-8)
