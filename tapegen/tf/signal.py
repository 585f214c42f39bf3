"""`tf.signal`: Fourier transforms of the last axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from .convert import tensor


def _transform(function: Any, label: str) -> Callable[..., Any]:
    def call(input: Any, fft_length: Any = None, name: Any = None) -> Any:
        x = tensor(input)
        found = apply(
            function, (x,) if fft_length is None else (x, int(np.asarray(fft_length).reshape(-1)[0]))
        )
        narrow = x.dtype in (np.dtype("float32"), np.dtype("complex64"))
        wanted = {"c": "complex64", "f": "float32"}[found.dtype.kind] if narrow else found.dtype
        return found.astype(wanted)

    call.__name__ = call.__qualname__ = label
    call.__doc__ = f"`np.fft.{function.__name__}` of the last axis (or axes)."
    return call


NAMES: dict[str, Any] = {
    label: _transform(function, label)
    for label, function in {
        "fft": np.fft.fft, "ifft": np.fft.ifft, "rfft": np.fft.rfft, "irfft": np.fft.irfft, "fft2d": np.fft.fft2,
        "ifft2d": np.fft.ifft2,
    }.items()
}  # fmt: skip
