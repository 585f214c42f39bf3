"""Second memories."""

import numpy as np
import pytest

from tapegen.kernels.twins import Copies, Shadows, shadow_of


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[1:],
        lambda a: a[::-1],
        lambda a: a.T[1:, ::-2],
        lambda a: a.reshape(-1)[3:7],
        lambda a: a[1, 2:3],
        lambda a: a[:0],
        lambda a: a[..., None],
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_twins_of_views_are_views_of_twins(view, order):
    a = np.asarray(np.arange(12.0).reshape(3, 4), order=order)
    copies = Copies()
    twin, part = copies(a), copies(view(a))
    assert np.array_equal(part, view(a))
    part += 100.0
    expected = a.copy()
    if np.shares_memory(view(a), a):
        view(expected)[...] += 100.0
    assert np.array_equal(twin, expected)


def test_twins_of_twins():
    """Twins are arrays like others: views of them are recognised again."""
    shadows, again = Shadows(), Shadows()
    a = np.zeros((2, 3))
    first, second = shadows(a[0]), shadows(a[:, 1])
    again(first)[...] += 1.0
    assert np.array_equal(again(second), [1.0, 0.0])


def test_shadows_of_containers():
    shadows = Shadows()
    a = np.zeros(3)
    items = [a, 2.0, (a[1:], {"b": a})]
    first = shadow_of(shadows, items)
    first[0][1] += 5.0
    first[1] += 1.0
    assert shadows(items) is first
    assert first[2][0][0] == 5.0
    assert first[2][1]["b"][1] == 5.0
    assert first[1] == 1.0


def test_numbers_have_no_shadow():
    with pytest.raises(ValueError, match="use a variable of its own"):
        Shadows()(1.0)
