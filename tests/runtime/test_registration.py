"""Gradients registered for functions that have no rule."""

import numpy as np
import pytest

from tapegen.runtime import GradientTape, RegisterGradient, Tensor, no_gradient, registration


@pytest.fixture
def forgotten(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(registration, "_own", {})


def cube():
    return np.frompyfunc(lambda x: x**3, 1, 1)


def test_a_registered_gradient_is_used_at_first_and_second_order(forgotten):
    f = cube()

    @RegisterGradient(f)
    def _(op, ct):
        assert op.inputs[0].shape == op.outputs[0].shape
        return ct * 3.0 * op.inputs[0] * op.inputs[0]

    x = Tensor(np.array([1.0, 2.0]))
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x)
    assert y.dtype == np.float64
    np.testing.assert_allclose(slope.numpy(), [3.0, 12.0])
    np.testing.assert_allclose(outer.gradient(slope, x).numpy(), [6.0, 12.0])


def test_without_registration_the_gradient_is_refused():
    special = pytest.importorskip("scipy.special")
    x = Tensor(np.array([1.0, 2.0]))
    with GradientTape() as tape:
        tape.watch(x)
        y = special.gammainc(x, 1.0)
    with pytest.raises(LookupError, match="no entry for: gammainc in its argument a"):
        tape.gradient(y, x)


def test_what_is_registered_as_constant_is_not_followed(forgotten):
    f = cube()
    no_gradient(f)
    x = Tensor(np.array([1.0, 2.0]))
    with GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        z = x * y
    assert tape.gradient(y, x) is None
    assert "registered as a constant" in tape.why_none(y, x)
    np.testing.assert_allclose(tape.gradient(z, x).numpy(), y.numpy())


def test_what_cannot_be_registered(forgotten):
    with pytest.raises(KeyError, match="np.sin has a gradient already"):
        no_gradient(np.sin)
    with pytest.raises(TypeError, match="give the function itself"):
        RegisterGradient("Sin")
    with pytest.raises(TypeError, match="decorate it with custom_gradient"):
        no_gradient(lambda x: x)
    f = cube()
    no_gradient(f)
    with pytest.raises(KeyError):
        RegisterGradient(f)


def test_a_wrong_number_of_cotangents(forgotten):
    f = cube()
    RegisterGradient(f)(lambda op, ct: [ct, ct])
    x = Tensor(2.0)
    with GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    with pytest.raises(ValueError, match="should return 1 values, but returned 2"):
        tape.gradient(y, x)
