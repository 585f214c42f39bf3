"""What becomes of every public function of NumPy: `python -m tests.rules.surface` lists them all.

"rule": there is a derivative in the book. "program": the function is followed through what it does. "constant": it has
no derivative, or zero. All others are refused where a derivative runs through them, each for a reason that stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from tapegen.kernels.programs import PROGRAMS
from tapegen.kernels.ufunc_programs import program_of
from tapegen.rules import tables
from tapegen.rules.registry import rule_for

MODULES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "np.random": np.random}

REFUSED: dict[str, str] = {
    "reads or writes files and memory": "from_dlpack frombuffer fromfile fromregex fromstring genfromtxt load loadtxt "
    "memmap save savetxt savez savez_compressed",
    "says or sets something about the library": "get_include get_printoptions getbufsize geterrcall info printoptions "
    "set_printoptions setbufsize seterrcall show_config show_runtime test get_state set_state get_bit_generator "
    "set_bit_generator",
    "makes arrays that are not plain ones": "asmatrix bmat matrix ndarray recarray poly1d ufunc frompyfunc",
    "is an iterator; loops over np.ndindex and np.ndenumerate are followed": "broadcast flatiter ndenumerate ndindex "
    "nditer nested_iters",
    "is a class without floats": "busdaycalendar BitGenerator Generator MT19937 PCG64 PCG64DXSM Philox SFC64",
    "has counts or places among its results": "unique_all unique_counts unique_inverse histogram2d histogram_bin_edges "
    "histogramdd",
    "picks from its argument: write x[rng.permutation(len(x))]": "choice permutation shuffle",
}
"""The reason -> names."""

METHODS = {
    "function": "all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy cumprod "
    "cumsum diagonal dot fill flatten item max mean min nonzero partition prod ravel repeat reshape round searchsorted "
    "sort squeeze std sum swapaxes take tolist trace transpose var view",
    "attribute": "T mT real imag flat",
    "constant": "base data device dtype flags itemsize nbytes ndim shape size strides",
    "refused": "byteswap ctypes dump dumps getfield put resize setfield setflags to_device tobytes tofile",
}
"""The methods and attributes of arrays."""


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """Name and object of all that can be called, without exceptions and types of numbers."""
    for name in sorted(dir(module)):
        value = getattr(module, name, None)
        if not name.startswith("_") and callable(value):
            if not (isinstance(value, type) and issubclass(value, (BaseException, np.generic))):
                yield name, value


def status(name: str, function: Any) -> str:
    """What becomes of a function; "unknown" where nobody has decided."""
    rule = rule_for(function)
    if rule is not None:
        return "constant" if rule.kind == "constant" else "rule" if rule.wrt else "refused"
    if function in PROGRAMS:
        return "program"
    return "refused" if any(name in names.split() for names in REFUSED.values()) else "unknown"


def ufunc_methods() -> Iterator[tuple[str, str]]:
    """The methods of all ufuncs that NumPy allows, and what becomes of them."""
    for name, ufunc in public(np):
        if isinstance(ufunc, np.ufunc) and ufunc.signature is None:
            binary = ufunc.nin == 2 and ufunc.nout == 1
            for method in ("reduce", "accumulate", "reduceat", "outer", "at") if binary else ("at",):
                bound = getattr(ufunc, method)
                rule = rule_for(bound)
                known = (
                    "rule" if rule is not None and rule.kind != "constant" else "constant" if rule else None
                )
                if known is None and rule_for(ufunc).kind == "constant":
                    known = "constant"
                yield f"{name}.{method}", known or ("program" if program_of(bound) else "refused")


def surface() -> dict[str, dict[str, str]]:
    """Module -> name -> what becomes of it."""
    found = {module: {n: status(n, f) for n, f in public(where)} for module, where in MODULES.items()}
    found["np.ufunc"] = dict(ufunc_methods())
    return found


def array_attributes() -> set[str]:
    """All public names of arrays."""
    return {name for name in dir(np.ndarray) if not name.startswith("_")}


if __name__ == "__main__":
    for module, entries in surface().items():
        counts = Counter(entries.values())
        print(f"{module}: {', '.join(f'{count} {kind}' for kind, count in counts.most_common())}")
        for kind in ("refused", "unknown"):
            names = [name for name, known in entries.items() if known == kind]
            print(f"  {kind}: {' '.join(names)}")
    print(f"known to the tables: {len(tables.METHODS)} methods, {len(tables.ATTRIBUTES)} attributes")
