"""Where complex numbers can come from: arguments, what is read from outside, literals, and functions that make them."""

from __future__ import annotations

import cmath
from collections.abc import Iterable, Mapping
from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import UNKNOWN, Value
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import below


def may_be_complex(core: Core, facts: Mapping[str, Value], callees: Iterable[Core]) -> bool:
    """Whether complex numbers can occur in a function: they come in, or it or what it leads to makes them."""
    if any(_admits_complex(facts.get(name, UNKNOWN)) for name in core.params):
        return True
    return makes_complex(core, facts) or any(makes_complex(callee, {}) for callee in callees)


def _admits_complex(value: Value) -> bool:
    """Whether a description says, at any depth, that numbers are complex, or leaves the dtype of an array open."""
    text = str(value)
    return "complex" in text or "?[" in text


def makes_complex(core: Core, facts: Mapping[str, Value]) -> bool:
    """Whether a function may make complex numbers of real ones.

    >>> from numpy.fft import fft
    >>> from tapegen.optimise.rewrite import core
    >>> makes_complex(core("def f(x): return np.abs(fft(x))", fft=fft), {})
    True
    >>> makes_complex(core("def f(x): return np.abs(x)"), {})
    False
    """
    if any("complex" in str(fact) for fact in facts.values()):
        return True
    for node in below(core.tree):
        kind = type(node)
        if kind is gast.Constant and type(node.value) is complex:
            return True
        if (kind is gast.Name or kind is gast.Attribute) and is_maker(lookup(core, node)):
            return True
    return False


def is_maker(obj: Any) -> bool:
    """Whether a function, or a type, gives complex numbers for real ones.

    >>> is_maker(np.fft.rfft), is_maker(np.fft.irfft), is_maker(complex), is_maker(np.sqrt), is_maker(np.emath.sqrt)
    (True, False, True, False, True)
    """
    if obj is None or type(obj).__hash__ is None:
        return False
    if isinstance(obj, np.ufunc | type):
        return obj in _MAKERS or getattr(obj, "__name__", "") in _SPECIAL
    module = getattr(obj, "__module__", None) or ""
    if not module.startswith("scipy."):
        return obj in _MAKERS
    name = getattr(obj, "__name__", "")
    if module.startswith("scipy.fft"):
        return (
            "fft" in name
            and not name.startswith(("irfft", "hfft"))
            and not name.endswith(("freq", "shift", "len"))
        )
    return name in _OF_SCIPY


def _functions(module: Any, names: str) -> Iterable[Any]:
    return (getattr(module, name) for name in names.split() if hasattr(module, name))


_MAKERS = frozenset(
    [
        *(complex, np.complex64, np.complex128, np.clongdouble, np.roots),
        *_functions(np.fft, "fft ifft fft2 ifft2 fftn ifftn rfft rfft2 rfftn ihfft"),
        *_functions(np.linalg, "eig eigvals"),
        *_functions(np.emath, "sqrt log log2 logn log10 power arccos arcsin arctanh"),
        *(value for value in vars(cmath).values() if callable(value)),
    ]
)
_SPECIAL = frozenset("wofz hankel1 hankel1e hankel2 hankel2e sph_harm sph_harm_y".split())
_OF_SCIPY = frozenset(
    "eig eigvals eigs sqrtm logm fractional_matrix_power schur rsf2csf signm funm hilbert hilbert2 freqz freqs zpk2tf"
    " tf2zpk sosfreqz".split()
)
