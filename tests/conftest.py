"""Settings for all tests: one thread, no windows, reproducible random inputs."""

import os

# Before NumPy is imported. Two BLAS threads a worker only get in each other's way under `pytest -n auto`.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# `quick` is what everybody runs: the same examples each time, so that a red build is red again at home.
# HYPOTHESIS_PROFILE=sweep looks for new ones.
settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None, database=None)
settings.register_profile(
    "sweep", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator in the same state for every test."""
    return np.random.default_rng(20261120)
