"""TensorFlow's names of dtypes: NumPy's dtypes themselves, so that they work wherever NumPy takes one."""

from __future__ import annotations

from typing import Any

import numpy as np

DType = np.dtype

float16 = half = np.dtype("float16")
float32 = np.dtype("float32")
float64 = double = np.dtype("float64")
int8, int16, int32, int64 = map(np.dtype, ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = map(np.dtype, ("uint8", "uint16", "uint32", "uint64"))
bool_ = np.dtype("bool")
complex64, complex128 = np.dtype("complex64"), np.dtype("complex128")
string = np.dtype("str")


def as_dtype(type_value: Any) -> np.dtype[Any]:
    """The dtype for a name, a NumPy type or a Python type (`float` is float32 and `int` int32, as in TensorFlow)."""
    if type_value is float:
        return float32
    if type_value is int:
        return int32
    found: np.dtype[Any] = np.dtype(type_value)
    return found


NAMES: dict[str, Any] = {
    "DType": DType, "as_dtype": as_dtype, "float16": float16, "half": half, "float32": float32, "float64": float64,
    "double": double, "int8": int8, "int16": int16, "int32": int32, "int64": int64, "uint8": uint8, "uint16": uint16,
    "uint32": uint32, "uint64": uint64, "bool": bool_, "complex64": complex64, "complex128": complex128,
    "string": string,
}  # fmt: skip
