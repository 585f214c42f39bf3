"""From values to Tensors, by TensorFlow's rules of dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runtime.overloads import alike, cast
from ..runtime.record import apply, resolve
from ..runtime.tensor import Tensor
from ..runtime.variable import Variable
from .dtypes import as_dtype

__all__ = ["apply", "constant", "convert_to_tensor", "pair", "shape_of", "tensor", "to_dtype"]


def tensor(value: Any) -> Tensor:
    """`value` as a Tensor; Variables are read, a list that holds Tensors is stacked."""
    if type(value) is Tensor:
        return value
    return convert_to_tensor(value)  # type: ignore[no-any-return]


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None) -> Any:
    """A value as a Tensor: numbers and lists become float32 or int32, arrays keep their dtype.

    Raises: ValueError if a Tensor has another dtype than the one wanted.
    """
    if isinstance(value, (Tensor, Variable)):
        found = resolve(value)
        if dtype is not None and found.dtype != as_dtype(dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {as_dtype(dtype)} for Tensor with dtype {found.dtype}: {found!r}"
            )
        return found
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        parts = _alike_parts(value, dtype)
        return apply(np.stack, (parts,))
    if value is None:
        raise ValueError(
            "Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor."
        )
    return Tensor(value, None if dtype is None else as_dtype(dtype))


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensors, value))
    return isinstance(value, (Tensor, Variable))


def _alike_parts(parts: Any, dtype: Any = None) -> list[Tensor]:
    """The elements of a list as Tensors of one dtype: that of the first Tensor among them."""
    found = [
        convert_to_tensor(p) if isinstance(p, (Tensor, Variable)) or _holds_tensors(p) else p for p in parts
    ]
    wanted = (
        as_dtype(dtype)
        if dtype is not None
        else next((p.dtype for p in found if isinstance(p, Tensor)), None)
    )
    if wanted is None:
        wanted = Tensor(found).dtype  # numbers of different sorts are packed as one list of them would be
    converted = [p if isinstance(p, Tensor) else Tensor(p, wanted) for p in found]
    for p in converted:
        if p.dtype != converted[0].dtype:
            raise TypeError(
                f"cannot pack Tensors of dtypes {converted[0].dtype} and {p.dtype} together; use tf.cast"
            )
    return converted


def tensors(values: Any) -> list[Tensor]:
    """Each of a list, or each row of a Tensor, as a Tensor of one dtype."""
    if isinstance(values, (list, tuple)):
        return _alike_parts(values)
    return list(tensor(values))


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = "Const") -> Any:
    """A Tensor of constants, which copies arrays; `shape` reshapes it, or repeats one number."""
    found = convert_to_tensor(value, None if isinstance(value, (Tensor, Variable)) else dtype)
    if dtype is not None:
        found = to_dtype(found, dtype)
    if shape is not None:
        shape = shape_of(shape)
        found = apply(np.broadcast_to if found.size == 1 else np.reshape, (found, shape))
    return found


def to_dtype(x: Any, dtype: Any, name: Any = None) -> Any:
    """`tf.cast`: differentiable between floating and complex dtypes. Nothing to do: the same Tensor."""
    if not isinstance(x, (Tensor, Variable)):
        x = tensor(x)
    return cast(x, as_dtype(dtype))


def pair(x: Any, y: Any, name: str) -> tuple[Any, Any]:
    """Two operands as Tensors of one dtype.

    Raises: TypeError if their dtypes differ.
    """
    if not isinstance(x, (Tensor, Variable)) and not isinstance(y, (Tensor, Variable)):
        x = tensor(x)
    elif isinstance(x, (list, tuple)) and _holds_tensors(x):
        x = tensor(x)
    elif isinstance(y, (list, tuple)) and _holds_tensors(y):
        y = tensor(y)
    found = alike(x, y, name)
    if found is NotImplemented:
        raise TypeError(
            f"{name} takes numbers, lists, arrays, Tensors and Variables, not {type(x)} and {type(y)}"
        )
    return tuple(
        f if isinstance(f, Tensor) else Tensor(f, o.dtype) for f, o in zip(found, found[::-1], strict=True)
    )  # type: ignore[return-value]


def shape_of(shape: Any) -> tuple[int, ...]:
    """A shape argument, a number, list, Tensor, or list of Tensors, as a tuple of ints."""
    if isinstance(shape, (Tensor, Variable, np.ndarray)):
        found = np.asarray(shape)
        return tuple(int(n) for n in found) if found.ndim else (int(found),)
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    return tuple(int(n) for n in shape)


def axes_of(axis: Any) -> Any:
    """An axis argument as NumPy takes it: None, an int or a tuple of ints."""
    if axis is None or type(axis) is int:
        return axis
    if isinstance(axis, (list, tuple)):
        return tuple(int(a) for a in axis)
    found = np.asarray(axis)
    return tuple(int(a) for a in found) if found.ndim else int(found)
