"""`import tapegen`: what it offers, and how little it reads."""

import subprocess
import sys

import tapegen


def test_public_names():
    homes = {name for names in tapegen._HOMES.values() for name in names}
    assert set(tapegen.__all__) == {*homes, "__version__"}
    assert all(hasattr(tapegen, name) for name in tapegen.__all__)


def test_import_reads_nothing_but_the_package():
    """No room, no gast, astor or SciPy before a name is asked for."""
    program = "import sys, tapegen; print(*sorted(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "gast", "astor", "scipy", "numba"} & set(done.stdout.split())


def test_gradients_do_without_what_is_optional():
    program = "import sys, tapegen; tapegen.grad; tapegen.GradientTape; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"astor", "scipy", "numba", "hypothesis", "pytest"} & set(done.stdout.split())
