"""`Variable`: a value that can be assigned. Reading it gives the Tensor of the moment, which later assigns leave alone.

All reads of one Variable share its key, so its gradient is the sum over its reads, and a tape never needs to know how
often it was assigned. Assigning is not differentiated.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np

from .state import left, new_key, state
from .tensor import Operators, Reference, Tensor, TensorShape, array_text, constant_array, frozen, make


class Variable(Operators):
    """A value with state.

    Args:
        initial_value: number, nested list, array (copied), Tensor or Variable, or a function that returns one.
        trainable: whether tapes watch it when it is first read.
        name: shown in `repr`; `":0"` is added as TensorFlow does.
        dtype: the dtype wanted, or None.
        shape: if given, what the value's shape must be; None entries are free. It is checked at each assign.
    """

    __slots__ = ("__weakref__", "_key", "_lock", "_name", "_shape", "_tensor", "_trainable")
    __array_priority__ = 100

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("The `initial_value` arg to `tf.Variable` must be specified.")
        if callable(initial_value) and not hasattr(initial_value, "__array__"):
            initial_value = initial_value()
        array = constant_array(_array(initial_value), dtype)
        self._key = new_key()
        self._tensor = make(array, self._key)
        self._trainable = True if trainable is None else bool(trainable)
        self._name = "Variable" if name is None else str(name)
        self._shape = array.shape if shape is None else tuple(shape)
        self._lock = threading.Lock()
        self._check_shape(array.shape)

    # reading

    def _read(self) -> Tensor:
        """The Tensor of the moment; active tapes start to watch."""
        if self._trainable:
            for recorder in state.recorders:
                recorder.watch_variable(self)
        return self._tensor

    def value(self) -> Tensor:
        """The value now, as a Tensor of its own that can be a source."""
        return self._read()._identity()  # type: ignore[no-any-return]

    read_value = value

    def numpy(self) -> Any:
        return self._tensor.numpy()

    @property
    def trainable(self) -> bool:
        return self._trainable

    @property
    def name(self) -> str:
        return f"{self._name}:0"

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._tensor.dtype

    @property
    def shape(self) -> TensorShape:
        return self._tensor.shape

    @property
    def ndim(self) -> int:
        return self._tensor.ndim

    @property
    def size(self) -> int:
        return self._tensor.size

    @property
    def initial_value(self) -> Tensor:
        raise AttributeError("`initial_value` is not kept in eager mode")

    def get_shape(self) -> TensorShape:
        return self.shape

    def ref(self) -> Reference:
        return Reference(self)

    def tolist(self) -> Any:
        return self._tensor.tolist()

    def item(self, *args: Any) -> Any:
        return self._tensor.item(*args)

    # assigning

    def assign(
        self, value: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Variable:
        """Replace the value. Gradients recorded before keep the value that they read.

        Raises: ValueError if the shapes differ, TypeError if the value is a Tensor of another dtype.
        """
        array = self._convert(value)
        if array.shape != self._tensor._a.shape:
            self._check_shape(array.shape)
        self._set(array)
        return self

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Variable:
        return self._update(delta, np.add)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None, read_value: bool = True
    ) -> Variable:
        return self._update(delta, np.subtract)

    def _update(self, delta: Any, combine: Any) -> Variable:
        delta = self._convert(delta)
        with self._lock:
            old = self._tensor._a
            if delta.shape != old.shape:
                self._check_shape(delta.shape)
            self._set(combine(old, delta))
        return self

    def _set(self, array: Any) -> None:
        self._tensor = make(frozen(array), self._key)
        for recorder in state.recorders:
            recorder.assigned(self)

    def _convert(self, value: Any) -> Any:
        """A fresh array of this Variable's dtype."""
        dtype = self._tensor._a.dtype
        if isinstance(value, (Tensor, Variable)):
            left(value._key, f"an assign to {self.name}")
        raw = _array(value)
        given = getattr(raw, "dtype", None)
        if (
            given is not None
            and given != dtype
            and (isinstance(value, (Tensor, Variable)) or given.kind not in "fiub")
        ):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype} for Tensor with dtype {given}: cast it before assigning"
            )
        return constant_array(raw, dtype)

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        own = self._shape
        if len(own) != len(shape) or any(n is not None and n != m for n, m in zip(own, shape, strict=True)):
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable shape {own}, "
                f"and the assigned value shape {tuple(shape)} are incompatible."
            )

    def assign_at(self, index: Any, value: Any) -> Variable:
        """Replace the part that `index` selects: what `v[index].assign(value)` does."""
        with self._lock:
            array = np.array(self._tensor._a)
            array[index] = _array(value)
            self._set(array)
        return self

    def scatter_nd_update(self, indices: Any, updates: Any, name: Any = None) -> Variable:
        return self.assign_at(_nd_index(indices), updates)

    def scatter_nd_add(self, indices: Any, updates: Any, name: Any = None) -> Variable:
        return self._scatter(indices, updates, np.add)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: Any = None) -> Variable:
        return self._scatter(indices, updates, np.subtract)

    def _scatter(self, indices: Any, updates: Any, combine: np.ufunc) -> Variable:
        with self._lock:
            array = np.array(self._tensor._a)
            combine.at(array, _nd_index(indices), _array(updates))
            self._set(array)
        return self

    # conversions

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._read().__array__(dtype, copy)

    def __bool__(self) -> bool:
        return bool(self._tensor)

    def __float__(self) -> float:
        return self._read()._as_float(sys._getframe(1))

    def __int__(self) -> int:
        return int(self._tensor)

    def __complex__(self) -> complex:
        return complex(self._tensor)

    def __index__(self) -> int:
        return self._tensor.__index__()

    def __len__(self) -> int:
        return len(self._tensor)

    def __iter__(self) -> Any:
        return iter(self._read())

    def __hash__(self) -> int:
        raise TypeError(
            f"Variable is unhashable. Instead, use variable.ref() as the key. (Variable: {self!r})"
        )

    def __copy__(self) -> Variable:
        """The same Variable: a shallow copy shares its state."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        return Variable(self._tensor, trainable=self._trainable, name=self._name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Variable, (self._tensor._a, self._trainable, True, None, self._name)

    def __repr__(self) -> str:
        a = self._tensor._a
        return f"<tf.Variable '{self.name}' shape={a.shape} dtype={a.dtype}, numpy={array_text(a)}>"


class VariableSlice(Tensor):
    """`v[index]`: a Tensor that can also be assigned to."""

    __slots__ = ("_index", "_variable")
    _index: Any
    _variable: Variable

    def assign(self, value: Any, name: Any = None) -> Variable:
        return self._variable.assign_at(self._index, value)


def _array(value: Any) -> Any:
    """The array under a Tensor or Variable; other values as they are."""
    if isinstance(value, Tensor):
        return value._a
    if isinstance(value, Variable):
        return value._tensor._a
    return value


def _nd_index(indices: Any) -> tuple[Any, ...]:
    """TensorFlow's index array, whose last axis is a multi-index, as NumPy's tuple of index arrays."""
    return tuple(np.moveaxis(np.asarray(_array(indices)), -1, 0))
