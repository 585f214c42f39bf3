"""`benchmarks.tapes`: all contestants compute the same gradient."""

import numpy as np
import pytest

from benchmarks import tapes


@pytest.mark.parametrize("name", [n for n in tapes.CONTESTANTS if n not in ("by_hand", "tensorflow")])
def test_contestants_agree(name):
    x = np.linspace(0.1, 1.0, 10)
    try:
        run = tapes.CONTESTANTS[name](x, 10)
    except ImportError:
        pytest.skip(f"{name} is not installed")
    np.testing.assert_allclose(np.asarray(run()), tapes.by_hand(x, 10)(), rtol=1e-12)


def test_the_table():
    text = tapes.table({10: {"by_hand": 1.5, "tapegen": 4.0}})
    assert text.splitlines()[-1] == "| 10 | 1.50 us | 4.00 us |  |  |  |  |"
