"""`Tensor`: an immutable array that tapes can follow.

Its array is never written and never handed out for writing: `numpy()` returns a copy, `np.asarray(t)` a read-only view.
A scalar is kept as a NumPy scalar, which is immutable anyway and quicker than an array of rank 0.
"""

from __future__ import annotations

import dis
import sys
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TapegenWarning
from .state import left, state

FLOAT, INT, LONG = np.dtype("float32"), np.dtype("int32"), np.dtype("int64")
_KINDS = "fciubSU"


class TensorShape(tuple[int, ...]):
    """A tuple of ints with the few methods that TensorFlow's shapes have besides."""

    __slots__ = ()

    @property
    def rank(self) -> int:
        return len(self)

    ndims = rank

    def as_list(self) -> list[int]:
        return list(self)

    def num_elements(self) -> int:
        return int(np.prod(self, dtype=int))

    @property
    def dims(self) -> list[int]:
        return list(self)

    def is_fully_defined(self) -> bool:
        return True

    def is_compatible_with(self, other: Any) -> bool:
        """Whether `other`, whose None entries are free, may be this shape."""
        if other is None:
            return True
        wanted = tuple(other)
        return len(wanted) == len(self) and all(
            w is None or w == n for w, n in zip(wanted, self, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def concatenate(self, other: Any) -> TensorShape:
        return TensorShape((*self, *other))

    __add__ = concatenate

    def __radd__(self, other: Any) -> TensorShape:
        return TensorShape((*other, *self))

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return TensorShape(found) if isinstance(index, slice) else found

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, tuple(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self)


class Reference:
    """A hashable stand-in for a Tensor or Variable, equal to the references of the same object only."""

    __slots__ = ("_object",)

    def __init__(self, target: Any) -> None:
        self._object = target

    def deref(self) -> Any:
        return self._object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other._object is self._object

    def __hash__(self) -> int:
        return id(self._object)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._object!r}>"


if TYPE_CHECKING:

    class Operators:
        """What `overloads.install` gives to Tensors and Variables."""

        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __rmatmul__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __abs__(self) -> Any: ...
        def __lt__(self, other: Any) -> Any: ...
        def __gt__(self, other: Any) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def astype(self, dtype: Any, copy: bool = True) -> Any: ...
        def _identity(self) -> Any: ...

else:
    Operators = object


class Tensor(Operators):
    """An immutable array of numbers, its operations recorded by the active tapes.

    Args:
        value: number, nested list, array (copied), Tensor or Variable. Python numbers and lists become float32,
            int32, bool or complex128; arrays and NumPy scalars keep their dtype.
        dtype: the dtype wanted, or None.

    `==` compares element by element, so a Tensor is not hashable: use `t.ref()` as a key.
    """

    __slots__ = ("__weakref__", "_a", "_key")
    __array_priority__ = 100
    _a: Any
    _key: int | None

    def __init__(self, value: Any, dtype: Any = None) -> None:
        self._a = constant_array(value, dtype)
        self._key = None

    # what it is

    def numpy(self) -> Any:
        """The value: a NumPy scalar for rank 0, else a copy that the caller may write."""
        a = self._a
        if state.recorders:
            left(self._key, ".numpy()")
        return a.copy() if type(a) is np.ndarray else a

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._a.dtype  # type: ignore[no-any-return]

    @property
    def shape(self) -> TensorShape:
        return TensorShape(self._a.shape)

    @property
    def ndim(self) -> int:
        return int(self._a.ndim)

    @property
    def size(self) -> int:
        return int(self._a.size)

    @property
    def nbytes(self) -> int:
        return int(self._a.nbytes)

    @property
    def itemsize(self) -> int:
        return int(self._a.itemsize)

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Check a shape, of which None entries are free: a Tensor's shape is always known."""
        wanted = tuple(shape)
        own = self._a.shape
        if len(wanted) != len(own) or any(w is not None and w != n for w, n in zip(wanted, own, strict=True)):
            raise ValueError(f"Tensor's shape {own} is not compatible with supplied shape {wanted}.")

    def ref(self) -> Reference:
        return Reference(self)

    def tolist(self) -> Any:
        if state.recorders:
            left(self._key, ".tolist()")
        return self._a.tolist()

    def item(self, *args: Any) -> Any:
        if state.recorders:
            left(self._key, ".item()")
        return self._a.item(*args)

    # conversions that leave the tape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        view = np.asarray(self._a)
        if state.recorders and left(self._key, "np.asarray(), np.array() or a store into an array"):
            _warn_of_leaving()
        if copy or (dtype is not None and dtype != view.dtype):
            if copy is False:
                raise ValueError(f"a Tensor of {view.dtype} can't become an array of {dtype} without a copy")
            return view.astype(view.dtype if dtype is None else dtype)
        view = view.view()
        view.flags.writeable = False
        return view

    def __bool__(self) -> bool:
        return bool(self._a)

    def __float__(self) -> float:
        return self._as_float(sys._getframe(1))

    def _as_float(self, caller: FrameType) -> float:
        if state.recorders and left(self._key, "float(), or a store of a number into an array"):
            if caller.f_code.co_code[caller.f_lasti] == _STORE:  # `array[i] = t`, where nobody said float()
                _warn_of_leaving()
        return float(self._a)

    def __int__(self) -> int:
        if state.recorders:
            left(self._key, "int()")
        return int(self._a)

    def __complex__(self) -> complex:
        if state.recorders:
            left(self._key, "complex()")
        return complex(self._a)

    def __index__(self) -> int:
        return self._a.__index__()  # type: ignore[no-any-return]

    def __round__(self, digits: int | None = None) -> Any:
        if state.recorders:
            left(self._key, "round()")
        return round(self._a, digits)

    def __len__(self) -> int:
        if self._a.ndim == 0:
            raise TypeError("Scalar tensor has no `len()`")
        return len(self._a)

    def __iter__(self) -> Iterator[Any]:
        if self._a.ndim == 0:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(len(self._a)))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "a Tensor does not support item assignment; "
            "use tensor_scatter_nd_update, where, or a Variable (v[i].assign(...))"
        )

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return make(self._a)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._a,)

    # text

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape={self._a.shape}, dtype={self.dtype}, numpy={array_text(self._a)}>"

    def __str__(self) -> str:
        text = str(self._a)
        text = f"\n{text}" if "\n" in text else text
        return f"tf.Tensor({text}, shape={self._a.shape}, dtype={self.dtype})"

    def __format__(self, spec: str) -> str:
        return format(self._a, spec)


_STORE = dis.opmap["STORE_SUBSCR"]


def _warn_of_leaving() -> None:
    """Warn at the line of the user's that did it."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals["__name__"].partition(".")[0] in ("tapegen", "numpy"):
        frame, level = frame.f_back, level + 1
    warnings.warn(
        "a Tensor that a tape follows became a plain array, so what is computed from that has no gradient: use "
        "np.stack instead of np.array, call SciPy in a function decorated with tg.function, or say t.numpy() "
        "if that is what you want",
        TapegenWarning,
        stacklevel=level,
    )


def array_text(a: Any) -> str:
    """An array as TensorFlow's `repr` shows it."""
    if type(a) is not np.ndarray:
        return str(a)
    return f"\n{a!r}" if a.ndim > 1 else repr(a)


_new = object.__new__


def make(array: Any, key: int | None = None) -> Tensor:
    """A Tensor around an array (or NumPy scalar) that nobody else will write."""
    t = _new(Tensor)
    t._a = array
    t._key = key
    return t


def _rebuild(array: Any) -> Tensor:
    return make(array)


def frozen(value: Any) -> Any:
    """What a Tensor may keep of a computed value: an array, or a NumPy scalar for rank 0."""
    kind = type(value)
    if kind is np.ndarray:
        return value if value.ndim else value[()]
    if isinstance(value, np.generic):
        return value
    array = np.asarray(value)
    return array if array.ndim else array[()]


def constant_array(value: Any, dtype: Any = None) -> Any:
    """A fresh array from a value, in TensorFlow's default dtypes.

    Raises: TypeError if the value has no numeric dtype, or loses its fraction in an integer dtype.
    """
    if isinstance(value, Tensor):
        value = value._a
    wanted = None if dtype is None else np.dtype(dtype)
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value, wanted)  # a copy: later writes into `value` must not be seen
    else:
        if type(value).__module__.partition(".")[0] not in ("builtins", "collections") and hasattr(
            value, "__array__"
        ):
            array = np.array(value)
        else:
            array = np.array(_plain(value))
            default = _default_dtype(array.dtype, value)
            if wanted is not None and wanted.kind in "iub" and array.dtype.kind in "fc" and array.size:
                raise TypeError(f"Cannot convert {value!r} to a tensor of dtype {wanted}")
            if default is LONG and wanted is None and array.size and _fits_int32(array):
                default = INT
            array = array.astype(wanted or default, copy=False)
        if wanted is not None:
            array = array.astype(wanted, copy=False)
    if array.dtype.kind not in _KINDS:
        raise TypeError(
            f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."
        )
    return array if array.ndim else array[()]


def _plain(value: Any) -> Any:
    """`value` with the arrays of its Tensors in their place."""
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, Tensor):
        return value._a
    return value


def _default_dtype(dtype: np.dtype[Any], value: Any) -> np.dtype[Any]:
    """The dtype that Python numbers get: float32 and int32, unless a NumPy value among them says otherwise."""
    if dtype.kind not in "fi" or _has_numpy(value):
        return dtype
    return FLOAT if dtype.kind == "f" else LONG


def _has_numpy(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_has_numpy, value))
    return isinstance(value, (np.ndarray, np.generic, Tensor))


def _fits_int32(array: Any) -> bool:
    return bool(array.min() >= -(2**31) and array.max() < 2**31)
