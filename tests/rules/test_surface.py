"""Every public function of NumPy is covered, constant, or refused for a reason; nothing that peers cover is missing."""

from __future__ import annotations

import numpy as np
import pytest

from tapegen.kernels.programs import PROGRAMS
from tapegen.rules.registry import rule_for

from .surface import METHODS, MODULES, REFUSED, array_attributes, public, status, surface

NEWEST = "2.4"


def test_nothing_is_undecided() -> None:
    unknown = [
        f"{module}.{name}"
        for module, names in surface().items()
        for name, kind in names.items()
        if kind == "unknown"
    ]
    assert unknown == []


def test_no_reason_is_given_twice() -> None:
    names = [name for listed in REFUSED.values() for name in listed.split()]
    assert len(names) == len(set(names))
    decided = {n: status(n, f) for module in MODULES.values() for n, f in public(module)}
    assert [n for n in names if n in decided and decided[n] not in ("refused", "rule", "constant")] == []


def test_methods_of_arrays() -> None:
    listed = [name for names in METHODS.values() for name in names.split()]
    if np.__version__.startswith(NEWEST):
        assert sorted(listed) == sorted(array_attributes())


def test_all_that_autograd_differentiates() -> None:
    core = pytest.importorskip("autograd.core")
    pytest.importorskip("autograd.numpy.linalg")
    pytest.importorskip("autograd.numpy.fft")
    lacking = []
    for wrapper in core.primitive_vjps:
        function = getattr(wrapper, "fun", None)
        if (getattr(function, "__module__", None) or "").startswith("numpy") or isinstance(
            function, np.ufunc
        ):
            if rule_for(function) is None and function not in PROGRAMS:
                lacking.append(getattr(function, "__name__", "?"))
    assert lacking == []


JAX_ONLY = {
    "histogram2d", "histogramdd", "histogram_bin_edges",  # jax.numpy too differentiates their weights only, or nothing
    "unique_all", "unique_counts", "unique_inverse",
    "load", "save", "savez", "frombuffer", "fromfile", "fromstring", "from_dlpack",  # files
    "broadcast", "ndarray", "ufunc", "frompyfunc", "poly1d",  # classes
    "get_printoptions", "set_printoptions", "printoptions",
}  # fmt: skip


def test_all_that_jax_differentiates() -> None:
    jnp = pytest.importorskip("jax.numpy")
    lacking = []
    for home in ("", "linalg", "fft"):
        theirs, ours = (getattr(jnp, home), getattr(np, home)) if home else (jnp, np)
        for name, function in public(ours):
            if hasattr(theirs, name) and status(name, function) in ("refused", "unknown"):
                lacking.append(name)
    assert set(lacking) <= JAX_ONLY
