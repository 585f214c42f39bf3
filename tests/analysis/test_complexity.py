"""Complex numbers that arise inside a function of real arguments, however they come about."""

import functools

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from numpy.fft import fft, ifftn
from numpy.linalg import eigvals as spectrum

import tapegen as tg
from tapegen.testing.differences import gradient as by_differences

WAVE = np.exp(1j * np.arange(9))
WEIGHTS = np.arange(9.0)
RATE = np.complex64(0.5 + 1j)


class Carrier:
    def __init__(self, wave):
        self.wave = wave


def spectral_power(x):
    return np.sum(np.abs(fft(x))[:5] ** 3)


def imaginary_part(x):
    return np.sum(np.imag(ifftn(x)) * WEIGHTS)


def spectral_radius(x):
    return np.sum(np.abs(spectrum(np.reshape(x, (3, 3)))) * WEIGHTS[:3])


def rotated(x, times):
    if times == 0:
        return x * np.exp(1j * x)
    y = rotated(x, times - 1)
    return y * y + x


def through_a_recursive_helper(x):
    return np.sum(np.abs(rotated(x, 2) + 0.3) * WEIGHTS)


def with_a_wave(x, wave):
    return np.sum(np.abs(x * wave[0] + 1.0) * WEIGHTS)


def of_an_object(x, carrier):
    return np.sum(np.abs(x * carrier.wave + 1.0) * WEIGHTS)


def from_outside(x):
    return np.sum(np.abs(x * WAVE + RATE) * WEIGHTS)


def of_scipy(x):
    return np.sum(np.abs(scipy.fft.rfft(x)) ** 3) + np.sum(np.abs(scipy.signal.hilbert(x)) ** 3)


FUNCTIONS = [
    spectral_power,
    imaginary_part,
    spectral_radius,
    through_a_recursive_helper,
    functools.partial(with_a_wave, wave=[WAVE]),
    functools.partial(with_a_wave, wave=[WAVE.astype(">c16")]),
    functools.partial(of_an_object, carrier=Carrier(WAVE)),
    from_outside,
    of_scipy,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: getattr(f, "func", f).__name__)
def test_gradients_are_those_of_real_numbers(function, rng):
    x = rng.standard_normal(9)
    value, gradient = tg.value_and_grad(function)(x)
    assert np.isclose(value, function(x))
    assert np.allclose(gradient, by_differences(function, (x,)).value, rtol=1e-7, atol=1e-7)
    direction = rng.standard_normal(9)
    _, tangent = tg.jvp(function, (x,), (direction,))
    assert np.isclose(tangent, gradient @ direction, rtol=1e-10)
