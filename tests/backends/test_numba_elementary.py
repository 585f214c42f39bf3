"""The elementary functions of the numba backend against NumPy's in extended precision."""

import numpy as np
import pytest

pytest.importorskip("numba")
from tapegen.backends.numba import elementary


def test_elementary_functions_are_those_of_numpy_to_the_last_places():
    special = np.array(
        [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 5e-324, 1e308, -1e308, 709.7, -745.1, -746.0]
    )
    rng = np.random.default_rng(0)
    small, wide = rng.uniform(-1.0, 1.0, 2000), rng.uniform(-740.0, 705.0, 2000)
    tiny = rng.standard_normal(200) * 1e-8
    inputs = {
        "exp": [small, wide, tiny],
        "tanh": [small, wide / 30.0, tiny],
        "log": [np.abs(small), np.exp(wide), 1.0 + tiny, np.abs(tiny) * 1e-302],
        "log1p": [small, np.exp(wide), tiny],
    }
    for name, xs in inputs.items():
        function, exact = getattr(elementary, name), getattr(np, name)
        for x in xs:
            expected = exact(x.astype(np.longdouble))
            got = np.array([function(v) for v in x])
            places = np.abs(got - expected) / np.spacing(np.abs(expected.astype(float)))
            assert np.max(places) < (1.0 if name in ("exp", "log") else 3.0), name
        with np.errstate(all="ignore"):
            expected = exact(special)
        np.testing.assert_array_max_ulp(np.array([function(v) for v in special]), expected, 2)
        assert name in ("exp", "log") or np.signbit(function(-0.0))
