"""Compiled code kept on disk, for the processes that come after this one.

The name of a file is the SHA-256 of all that the code depends on: its text, in which callees and the values of globals
are written out; the helpers that it calls; the versions of tapegen, Python, NumPy, Numba and LLVM; and the processor.
The text lies beside the code and is compared before the code is loaded.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from llvmlite import binding
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile

from tapegen.backends.load import register
from tapegen.backends.numba import elementary, kernels
from tapegen.backends.numba.directory import Unusable, check, checked, keep_text, location
from tapegen.errors import TapegenWarning

_BROKEN = (
    OSError,
    EOFError,
    pickle.UnpicklingError,
    ValueError,
    TypeError,
    KeyError,
    ImportError,
    AttributeError,
)
"""What loading a damaged file may raise."""


def digest(text: str) -> str:
    """The SHA-256 of all that the code compiled from `text` depends on."""
    parts = [text, *_surroundings()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _surroundings() -> list[str]:
    helpers = [Path(str(module.__file__)).read_text(encoding="utf-8") for module in (kernels, elementary)]
    package = Path(str(kernels.__file__)).parents[2] / "__init__.py"
    return [
        *helpers,
        package.read_text(encoding="utf-8"),
        sys.version,
        platform.machine(),
        np.__version__,
        numba.__version__,
        llvmlite.__version__,
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
    ]


def load_kept(text: str, function: str) -> dict[str, Any]:
    """Run `text` as a module and return its globals; what is compiled of `function` is kept on disk.

    The module is in `sys.modules`, where Numba looks for it when it loads what it has kept. Where nothing can be kept,
    a warning says why.
    """
    name = digest(text)
    module = types.ModuleType(f"tapegen_compiled_{name}")
    filename = register(text, function)
    module.__dict__.update(__file__=filename)
    sys.modules[module.__name__] = module
    exec(compile(text, filename, "exec", dont_inherit=True), module.__dict__)
    try:
        directory = checked(location())
        known = keep_text(directory / f"{name}.py", text)
        getattr(module, function)._cache = _Kept(getattr(module, function).py_func, directory, name, known)
    except Unusable as reason:
        _warn(reason)
    return vars(module)


def _warn(reason: Exception) -> None:
    warnings.warn(f"compiled code is not kept: {reason}", TapegenWarning, stacklevel=2)


class _Reduced(CompileResultCacheImpl):
    """How compiled code is written down; where it lies is decided here, and not by Numba."""

    def __init__(self, py_func: Callable[..., Any]) -> None:
        self._lineno = py_func.__code__.co_firstlineno


class _Kept(FunctionCache):
    """The compiled code of one function in a directory that has been checked."""

    def __init__(self, py_func: Callable[..., Any], directory: Path, name: str, known: bool) -> None:
        self._py_func, self._directory, self._stem = py_func, directory, name
        self._name = repr(py_func)
        self._impl = _Reduced(py_func)
        self._cache_path = str(directory)
        self._cache_file: Any = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            str(directory), name, name
        )
        # Numba has no annotations.
        self._key: Callable[..., Any] = self._index_key
        self._load: Callable[..., Any] = self._load_overload
        self._enabled = True
        if not known:  # without the text that it was compiled from, code is not trusted
            self._discard()

    def _discard(self) -> None:
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [path for path in self._directory.glob(f"{self._stem}*") if path.suffix in (".nbi", ".nbc")]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled code for a signature, or None."""
        target_context.refresh()
        try:
            checked(self._directory)
            for path in self._files():
                check(path)
            return self._load(sig, target_context)
        except (Unusable, *_BROKEN) as error:
            _warn(error)
            self._enabled = False
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled code for a signature, if that is possible."""
        if not self._enabled or not self._impl.check_cachable(data):
            return
        try:
            self._cache_file.save(self._key(sig, data.codegen), self._impl.reduce(data))
        except (OSError, pickle.PicklingError) as error:
            _warn(error)
            self._enabled = False
