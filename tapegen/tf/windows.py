"""Convolutions and pooling: windows of an array put side by side by slicing, then a product or a reduction.

A window is `(n, *outside, inside, channels)`: for each place outside, the elements that the kernel covers there, in the
kernel's order. Slices, stacks and products have rules, so there is nothing to derive here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runtime.record import apply, scatter_like
from ..runtime.tensor import make
from .arrays import pad, reshape, stack, transpose
from .convert import pair, shape_of, tensor
from .elementwise import add_n
from .picking import take_along_axis


@dataclass(frozen=True)
class Layout:
    """Where windows are: for each axis outside channels its size, stride, dilation, padding before and after.

    Source: TensorFlow's notes on `padding`: "SAME" gives `ceil(n / stride)` places, the odd one padded after.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    around: tuple[tuple[int, int], ...]
    outside: tuple[int, ...]

    def slices(self) -> list[tuple[Any, ...]]:
        """For each place in the kernel the elements under it, of the padded array."""
        grids = itertools.product(*[np.arange(k).tolist() for k in self.sizes])
        return [
            (slice(None), *[slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in zip(
                place, self.dilations, self.strides, self.outside, strict=True)])
            for place in grids
        ]  # fmt: skip


def _layout(lengths: Sequence[int], sizes: Any, strides: Any, dilations: Any, padding: Any) -> Layout:
    spans = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    if not isinstance(padding, str):
        around = [tuple(map(int, p)) for p in padding]
    elif padding.upper() == "VALID":
        around = [(0, 0)] * len(spans)
    elif padding.upper() == "SAME":
        totals = [
            max((-(-n // s) - 1) * s + span - n, 0)
            for n, s, span in zip(lengths, strides, spans, strict=True)
        ]
        around = [(total // 2, total - total // 2) for total in totals]
    else:
        raise ValueError(f"padding is 'SAME', 'VALID' or a list of pairs, not {padding!r}")
    outside = [
        (n + sum(p) - span) // s + 1 for n, p, span, s in zip(lengths, around, spans, strides, strict=True)
    ]
    if min(outside) < 1:
        raise ValueError(f"a window of {tuple(spans)} does not fit into {tuple(lengths)} with {padding!r}")
    return Layout(tuple(sizes), tuple(strides), tuple(dilations), tuple(around), tuple(outside))  # type: ignore[arg-type]


def _numbers(value: Any, rank: int, channels_first: bool) -> tuple[int, ...]:
    """A stride or dilation for each axis inside, from one number, one a spatial axis, or one an axis.

    Raises: ValueError for another count, or steps along batch or channels.
    """
    given = (1,) if value is None else shape_of(value)
    if len(given) == 1:
        return given * rank
    if len(given) == rank:
        return given
    if len(given) != rank + 2:
        raise ValueError(f"expected 1, {rank} or {rank + 2} numbers, got {given}")
    inside, outside = (given[2:], given[:2]) if channels_first else (given[1:-1], (given[0], given[-1]))
    if outside != (1, 1):
        raise ValueError(f"strides and windows along batch and channels must be 1, got {given}")
    return inside


def _inside(padding: Any, channels_first: bool, rank: int) -> Any:
    """Explicit padding of the axes inside, of one given for all axes."""
    if isinstance(padding, str) or len(padding) == rank:
        return padding
    return padding[2:] if channels_first else padding[1:-1]


def _is_channels_first(data_format: Any) -> bool:
    return data_format is not None and str(data_format).startswith("NC")


def _to_last(x: Any, channels_first: bool) -> Any:
    return transpose(x, [0, *np.arange(2, x.ndim), 1]) if channels_first else x


def _from_last(x: Any, channels_first: bool) -> Any:
    return transpose(x, [0, x.ndim - 1, *np.arange(1, x.ndim - 1)]) if channels_first else x


def _windows(x: Any, layout: Layout, fill: Any = 0) -> Any:
    padded = x
    if any(map(any, layout.around)):
        padded = pad(x, [(0, 0), *layout.around, (0, 0)], constant_values=fill)
    return stack([padded[where] for where in layout.slices()], axis=-2)


def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Correlation with `filters` of shape (*sizes, channels in, channels out), over all axes but batch and channels.

    Raises: ValueError if the channels differ (groups are not supported), or no window fits.
    """
    x, w = pair(input, filters, "Conv")
    first, rank = _is_channels_first(data_format), w.ndim - 2
    x = _to_last(x, first)
    if x.ndim != w.ndim or x.shape[-1] != w.shape[-2]:
        raise ValueError(f"input {x.shape} and filters {w.shape} do not fit: channels or ranks differ")
    layout = _layout(
        x.shape[1:-1],
        w.shape[:-2],
        _numbers(strides, rank, first),
        _numbers(dilations, rank, first),
        _inside(padding, first, rank),
    )
    found = _windows(x, layout)
    found = reshape(found, [*found.shape[:-2], -1]) @ reshape(w, [-1, w.shape[-1]])
    return _from_last(found, first)


def _conv(label: str, rank: int) -> Callable[..., Any]:
    """`conv1d`, `conv2d`, `conv3d`: the same for one rank, with TensorFlow's names of arguments."""

    def call(
        input: Any,
        filters: Any,
        strides: Any = 1,
        padding: Any = None,
        data_format: Any = None,
        dilations: Any = None,
        name: Any = None,
        stride: Any = None,
    ) -> Any:
        if padding is None:
            raise TypeError(f"{label}() needs the argument 'padding'")
        w = tensor(filters)
        if w.ndim != rank + 2:
            raise ValueError(f"{label} needs filters of rank {rank + 2}, got the shape {w.shape}")
        return convolution(input, w, strides if stride is None else stride, padding, data_format, dilations)

    call.__name__ = call.__qualname__ = label
    call.__doc__ = f"`convolution` over {rank} axes."
    return call


conv1d, conv2d, conv3d = (_conv(f"conv{rank}d", rank) for rank in (1, 2, 3))


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """Each channel with its own filters, of shape (height, width, channels, multiplier)."""
    x, w = pair(input, filter, "DepthwiseConv2d")
    first = _is_channels_first(data_format)
    x = _to_last(x, first)
    layout = _layout(
        x.shape[1:-1],
        w.shape[:2],
        _numbers(strides, 2, first),
        _numbers(dilations, 2, first),
        _inside(padding, first, 2),
    )
    flat = reshape(w, [-1, *w.shape[2:]])
    found = apply(np.einsum, ("nhwkc,kcm->nhwcm", _windows(x, layout), flat))
    return _from_last(reshape(found, [*found.shape[:-2], -1]), first)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    between = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return convolution(between, pointwise_filter, 1, "VALID", data_format)


def conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The transpose of `convolution`: `filters` have the shape (*sizes, channels out, channels in).

    Raises: ValueError if no convolution takes `output_shape` to the shape of `input`.
    """
    x, w = pair(input, filters, "ConvTranspose")
    first, rank = _is_channels_first(data_format), w.ndim - 2
    x, shape = _to_last(x, first), shape_of(output_shape)
    if len(shape) == rank:
        lengths = shape
    else:
        lengths = shape[2:] if first else shape[1:-1]
    layout = _layout(
        lengths,
        w.shape[:-2],
        _numbers(strides, rank, first),
        _numbers(dilations, rank, first),
        _inside(padding, first, rank),
    )
    if layout.outside != tuple(x.shape[1:-1]) or w.shape[-1] != x.shape[-1]:
        raise ValueError(f"input {x.shape}, filters {w.shape} and output_shape {shape} do not fit")
    flat = reshape(w, [-1, *w.shape[-2:]])
    whole = [x.shape[0], *[n + sum(p) for n, p in zip(lengths, layout.around, strict=True)], w.shape[-2]]
    like = make(np.zeros(whole, x.dtype))
    spread = [
        apply(scatter_like, (x @ transpose(flat[k]), where, like)) for k, where in enumerate(layout.slices())
    ]
    cut = tuple([slice(before, before + n) for n, (before, _) in zip(lengths, layout.around, strict=True)])
    return _from_last(add_n(spread)[(slice(None), *cut)], first)


def _pooled(windows: Any, layout: Layout, lengths: Sequence[int], kind: str) -> Any:
    if kind == "MAX":  # of equal ones the first gets the gradient, as TensorFlow has it
        first = np.argmax(windows._a, -2, keepdims=True)
        return apply(np.squeeze, (take_along_axis(windows, first, -2), -2))
    ones = _windows(make(np.ones((1, *lengths, 1), windows.dtype)), layout)
    return apply(np.sum, (windows, -2)) / np.sum(ones._a, -2)


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: Any = None,
) -> Any:
    """The largest element of each window, or their mean; padding counts for neither."""
    x = tensor(input)
    first, rank, kind = _is_channels_first(data_format), x.ndim - 2, pooling_type.upper()
    if kind not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type is 'MAX' or 'AVG', not {pooling_type!r}")
    x = _to_last(x, first)
    lengths = x.shape[1:-1]
    layout = _layout(
        lengths,
        _numbers(window_shape, rank, first),
        _numbers(strides, rank, first),
        _numbers(dilations, rank, first),
        _inside(padding, first, rank),
    )
    windows = _windows(x, layout, -np.inf if kind == "MAX" else 0)
    return _from_last(_pooled(windows, layout, lengths, kind), first)


def _pool(label: str, kind: str, rank: int | None) -> Callable[..., Any]:
    def call(
        input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None, name: Any = None
    ) -> Any:
        x = tensor(input)
        if rank is not None and x.ndim != rank + 2:
            raise ValueError(f"{label} needs an input of rank {rank + 2}, got the shape {x.shape}")
        return pool(x, ksize, kind, strides, padding, data_format)

    call.__name__ = call.__qualname__ = label
    call.__doc__ = f"`pool` of type {kind}."
    return call


def space_to_depth(input: Any, block_size: int, data_format: str = "NHWC", name: Any = None) -> Any:
    """Blocks of `block_size` by `block_size` elements as channels."""
    n, h, w, c = tensor(input).shape
    b = int(block_size)
    parts = transpose(reshape(input, [n, h // b, b, w // b, b, c]), [0, 1, 3, 2, 4, 5])
    return reshape(parts, [n, h // b, w // b, b * b * c])


def depth_to_space(input: Any, block_size: int, data_format: str = "NHWC", name: Any = None) -> Any:
    """The inverse of `space_to_depth`."""
    n, h, w, c = tensor(input).shape
    b = int(block_size)
    parts = transpose(reshape(input, [n, h, w, b, b, c // (b * b)]), [0, 1, 3, 2, 4, 5])
    return reshape(parts, [n, h * b, w * b, c // (b * b)])


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    name: Any = None,
) -> Any:
    """Each element divided by a power of the sum of squares of its neighbours in the last axis."""
    x = tensor(input)
    square = pad(apply(np.square, (x,)), [(0, 0)] * (x.ndim - 1) + [(depth_radius, depth_radius)])
    total = add_n([square[..., i : i + x.shape[-1]] for i in np.arange(2 * depth_radius + 1).tolist()])
    return x / (bias + alpha * total) ** beta


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: Any = None,
) -> Any:
    """Overlapping stretches of an axis, which becomes two: their number and their elements."""
    x = tensor(signal)
    axis, length, step = axis % x.ndim, int(frame_length), int(frame_step)
    n = x.shape[axis]
    count = -(-n // step) if pad_end else max(0, 1 + (n - length) // step)
    missing = max(0, (count - 1) * step + length - n) if count else 0
    if pad_end and missing:
        x = pad(x, [(0, missing if i == axis else 0) for i in np.arange(x.ndim)], constant_values=pad_value)
    index = np.arange(count)[:, None] * step + np.arange(length)
    return x[(*(slice(None),) * axis, index)]


def overlap_and_add(signal: Any, frame_step: Any, name: Any = None) -> Any:
    """Frames along the last axis, added where they overlap."""
    x, step = tensor(signal), int(frame_step)
    count, length = x.shape[-2:]
    places = np.arange(count)[:, None] * step + np.arange(length)
    like = make(np.zeros((*x.shape[:-2], (count - 1) * step + length), x.dtype))
    return apply(scatter_like, (x, (..., places), like))


NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        convolution, conv1d, conv2d, conv3d, depthwise_conv2d, separable_conv2d, conv_transpose, pool, space_to_depth,
        depth_to_space, local_response_normalization,
        *(_pool(f"{kind.lower()}_pool{'' if rank is None else f'{rank}d'}", kind, rank)
          for kind in ("MAX", "AVG") for rank in (None, 1, 2, 3)),
    )
}  # fmt: skip
NAMES |= {
    "lrn": local_response_normalization,
    **{f"conv{rank}d_transpose": conv_transpose for rank in (1, 2, 3)},
    "atrous_conv2d": lambda value, filters, rate, padding, name=None: convolution(
        value, filters, 1, padding, dilations=rate
    ),
}
