"""`tf.signal`: Fourier and cosine transforms, windows, frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.record import apply
from ..runtime.tensor import Tensor, make
from .arrays import concat
from .convert import axes_of, tensor
from .dtypes import as_dtype
from .windows import frame, overlap_and_add


def _transform(function: Any, label: str) -> Callable[..., Any]:
    """A transform of the last one, two or three axes, in single precision if its input is."""
    rank = int(label[-2]) if label.endswith("d") else 1

    def call(input: Any, fft_length: Any = None, name: Any = None) -> Any:
        x = tensor(input)
        lengths = None if fft_length is None else np.asarray(fft_length).reshape(-1).tolist()
        if rank == 1:
            found = apply(function, (x,) if lengths is None else (x, lengths[0]))
        else:
            found = apply(function, (x, None if lengths is None else tuple(lengths), tuple(range(-rank, 0))))
        narrow = x.dtype in (np.dtype("float32"), np.dtype("complex64"))
        wanted = {"c": "complex64", "f": "float32"}[found.dtype.kind] if narrow else found.dtype
        return found.astype(wanted)

    call.__name__ = call.__qualname__ = label
    call.__doc__ = f"`np.fft.{function.__name__}` of the last {rank} axes."
    return call


def fftshift(x: Any, axes: Any = None, name: Any = None) -> Any:
    return apply(np.fft.fftshift, (tensor(x), axes_of(axes)))


def ifftshift(x: Any, axes: Any = None, name: Any = None) -> Any:
    return apply(np.fft.ifftshift, (tensor(x), axes_of(axes)))


def dct(input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: Any = None, name: Any = None) -> Any:
    """The discrete cosine transform of the last axis, as the product with its matrix.

    Source: Rao and Yip (1990), Discrete Cosine Transform, the four forms.
    """
    x = tensor(input)
    if axis != -1 or norm not in (None, "ortho"):
        raise ValueError("dct takes the last axis, and norm None or 'ortho'")
    if n is not None:
        x = x[..., : int(n)]
        short = int(n) - x.shape[-1]
        x = concat([x, make(np.zeros((*x.shape[:-1], short), x.dtype))], -1) if short > 0 else x
    return x @ make(_cosines(x.shape[-1], int(type), norm == "ortho").T.astype(x.dtype))


def idct(input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: Any = None, name: Any = None) -> Any:
    """The inverse of `dct`, up to the factor that TensorFlow leaves out without `norm`."""
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[int(type)], n, axis, norm)


def _cosines(n: int, form: int, ortho: bool) -> np.ndarray:
    """The matrix of the transform: a row for each frequency.

    Raises: ValueError for a form other than 1 to 4, or form 1 with `ortho`.
    """
    k, j = np.arange(n)[:, None], np.arange(n)
    if form == 1:
        if ortho or n < 2:
            raise ValueError("Type 1 DCT needs norm=None and at least two elements")
        weights = np.where((j == 0) | (j == n - 1), 1.0, 2.0)
        return weights * np.cos(np.pi * k * j / (n - 1))
    if form == 2:
        found = 2 * np.cos(np.pi * k * (2 * j + 1) / (2 * n))
        scale = np.where(k == 0, np.sqrt(1 / (4 * n)), np.sqrt(1 / (2 * n)))
        return found * scale if ortho else found
    if form == 3:
        return (
            _cosines(n, 2, True).T
            if ortho
            else np.where(j == 0, 1.0, 2.0) * np.cos(np.pi * j * (2 * k + 1) / (2 * n))
        )
    if form == 4:
        found = 2 * np.cos(np.pi * (2 * k + 1) * (2 * j + 1) / (4 * n))
        return found * np.sqrt(1 / (2 * n)) if ortho else found
    raise ValueError(f"Types I, II, III and IV (I)DCT are supported, not {form}")


def _window(label: str, a: float) -> Callable[..., Tensor]:
    def call(window_length: Any, periodic: bool = True, dtype: Any = "float32", name: Any = None) -> Tensor:
        n = int(window_length)
        if n == 1:
            return make(np.ones(1, as_dtype(dtype)))
        around = (
            n if periodic and n % 2 == 0 else n - 1
        )  # TensorFlow's periodic window of odd length is symmetric
        return make((a - (1 - a) * np.cos(2 * np.pi * np.arange(n) / around)).astype(as_dtype(dtype)))

    call.__name__ = call.__qualname__ = label
    return call


hann_window, hamming_window = _window("hann_window", 0.5), _window("hamming_window", 0.54)


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    pad_end: bool = False,
    name: Any = None,
) -> Any:
    """The spectrum of each frame of the last axis."""
    x = tensor(signals)
    length = _power_of_two(int(frame_length)) if fft_length is None else int(fft_length)
    frames = frame(x, frame_length, frame_step, pad_end)
    if window_fn is not None:
        frames = frames * window_fn(frame_length, dtype=x.dtype)
    return NAMES["rfft"](frames, [length])


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    name: Any = None,
) -> Any:
    """Frames from their spectra, windowed, and added where they overlap."""
    n = int(frame_length)
    length = _power_of_two(n) if fft_length is None else int(fft_length)
    frames = NAMES["irfft"](stfts, [length])[..., :n]
    if frames.shape[-1] < n:
        frames = concat(
            [frames, make(np.zeros((*frames.shape[:-1], n - frames.shape[-1]), frames.dtype))], -1
        )
    if window_fn is not None:
        frames = frames * window_fn(n, dtype=frames.dtype)
    return overlap_and_add(frames, frame_step)


def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Any = hann_window, name: Any = None
) -> Callable[..., Any]:
    """The window with which `inverse_stft` undoes `stft`.

    Source: Griffin and Lim (1984), Signal estimation from modified short-time Fourier transform, equation 7.
    """

    def window(frame_length: Any, dtype: Any = "float32") -> Any:
        n, step = int(frame_length), int(frame_step)
        forward = tensor(forward_window_fn(frame_length, dtype=dtype))
        rounds = -(-n // step)
        square = np.zeros(rounds * step, forward.dtype)
        square[:n] = forward._a**2
        total = np.tile(square.reshape(rounds, step).sum(0), rounds)[:n]
        return forward / total

    return window


def _power_of_two(n: int) -> int:
    return 1 << (n - 1).bit_length()


NAMES: dict[str, Any] = {
    label: _transform(function, label)
    for label, function in {
        "fft": np.fft.fft, "ifft": np.fft.ifft, "rfft": np.fft.rfft, "irfft": np.fft.irfft, "fft2d": np.fft.fftn,
        "ifft2d": np.fft.ifftn, "fft3d": np.fft.fftn, "ifft3d": np.fft.ifftn, "rfft2d": np.fft.rfftn,
        "irfft2d": np.fft.irfftn, "rfft3d": np.fft.rfftn, "irfft3d": np.fft.irfftn,
    }.items()
} | {
    f.__name__: f
    for f in (
        fftshift, ifftshift, dct, idct, hann_window, hamming_window, stft, inverse_stft, inverse_stft_window_fn, frame,
        overlap_and_add,
    )
}  # fmt: skip
