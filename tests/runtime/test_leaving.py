"""Values that leave the tape unasked: a warning at the line that does it, none where it is said."""

import math
import warnings

import numpy as np
import pytest

from tapegen import TapegenWarning
from tapegen.runtime import GradientTape, Tensor, Variable


def stored(index, value, shape=2):
    array = np.zeros(shape)
    array[index] = value
    return array


UNASKED = [
    lambda s, x: np.array([s, s]),
    lambda s, x: np.array([x, x]),
    lambda s, x: np.asarray(x),
    lambda s, x: stored(0, s),
    lambda s, x: stored(slice(None), s),
    lambda s, x: stored(slice(None), x),
    lambda s, x: stored((1, 0), s, (2, 2)),
    lambda s, x: np.full(2, s),
]
SAID = [
    lambda s, x: float(s),
    lambda s, x: s.numpy(),
    lambda s, x: np.stack([s, s]),
    lambda s, x: math.sin(s),
    lambda s, x: f"{s}",
    lambda s, x: stored(0, float(s)),
    lambda s, x: stored(slice(None), x.numpy()),
]


@pytest.mark.parametrize("make", [Variable, Tensor])
@pytest.mark.parametrize("leave", UNASKED)
def test_what_leaves_unasked_warns_at_its_line(make, leave):
    s, x = make(3.0), make([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch([s, x])
        with pytest.warns(TapegenWarning, match="became a plain array") as caught:
            leave(s, x)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("make", [Variable, Tensor])
@pytest.mark.parametrize("leave", SAID)
def test_what_is_said_does_not_warn(make, leave):
    s, x = make(3.0), make([1.0, 2.0])
    with GradientTape() as tape, warnings.catch_warnings():
        warnings.simplefilter("error")
        tape.watch([s, x])
        leave(s, x)


@pytest.mark.parametrize("leave", UNASKED)
def test_nobody_minds_what_no_tape_follows(leave):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leave(Variable(3.0), Variable([1.0, 2.0]))
        with GradientTape():
            leave(Tensor(3.0), Tensor([1.0, 2.0]))


def test_writing_into_an_array_is_an_error():
    x, array = Variable([1.0, 2.0]), np.zeros(2)
    with GradientTape(), pytest.raises(TypeError, match=r"write `a = a \+ t` instead"):
        array += x
