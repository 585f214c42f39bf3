"""What readers must know of primitives besides derivatives: spellings, aliasing, mutation, reads of shape only."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import kernels as k
from ..kernels.stores import update

OPERATORS: dict[str, Any] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mult": np.multiply,
    "Div": np.divide,
    "FloorDiv": operator.floordiv,
    "Mod": np.remainder,
    "Pow": np.power,
    "MatMult": np.matmul,
    "USub": np.negative,
    "UAdd": np.positive,
    "Invert": np.invert,
    "Not": operator.not_,
    "BitAnd": np.bitwise_and,
    "BitOr": np.bitwise_or,
    "BitXor": np.bitwise_xor,
    "LShift": np.left_shift,
    "RShift": np.right_shift,
    "Eq": np.equal,
    "NotEq": np.not_equal,
    "Lt": np.less,
    "LtE": np.less_equal,
    "Gt": np.greater,
    "GtE": np.greater_equal,
}
"""gast operator class name -> function."""


@dataclass(frozen=True)
class Method:
    """An array method as a function: `x.name(*args)` is `function(x, *args)`.

    Attributes:
        varargs: whether the method takes a shape or axes as separate arguments, `x.reshape(2, 3)`, that the
            function takes as one tuple.
        mutates: whether the method writes into the array; `function` is then None, or returns a new array.
    """

    function: Any
    varargs: bool = False
    mutates: bool = False


def _methods() -> dict[str, Method]:
    same = (
        "all any argmax argmin argpartition argsort choose clip conj conjugate copy cumprod cumsum diagonal "
        "dot max mean min nonzero prod ptp put ravel repeat round searchsorted squeeze std sum swapaxes take trace var"
    )
    table = {name: Method(getattr(np, name)) for name in same.split()}
    table |= {
        "reshape": Method(np.reshape, varargs=True),
        "transpose": Method(np.transpose, varargs=True),
        "astype": Method(np.astype),
        "flatten": Method(np.ravel),
        "item": Method(operator.getitem),
        "__getitem__": Method(operator.getitem),
        "put": Method(np.put, mutates=True),
        "sort": Method(None, mutates=True),
        "partition": Method(None, mutates=True),
        "fill": Method(None, mutates=True),
        "resize": Method(None, mutates=True),
        "itemset": Method(None, mutates=True),
        "setfield": Method(None, mutates=True),
    }
    del table["item"]
    return table


METHODS: dict[str, Method] = _methods()
"""ndarray method name -> function. `flatten` copies where `np.ravel` may not: see VIEWS."""

ATTRIBUTES: dict[str, Any] = {
    "T": np.transpose,
    "mT": np.matrix_transpose,
    "real": np.real,
    "imag": np.imag,
    "shape": np.shape,
    "size": np.size,
    "ndim": np.ndim,
}
"""ndarray attribute name -> function of the array."""

CONSTANT_ATTRIBUTES: frozenset[str] = frozenset(
    {"shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides", "flags"}
)
"""Attributes that don't depend on the values of the array."""

VIEWS: dict[Any, int] = {
    operator.getitem: 0,
    np.reshape: 0,
    np.ravel: 0,
    np.transpose: 0,
    np.matrix_transpose: 0,
    np.swapaxes: 0,
    np.moveaxis: 0,
    np.rollaxis: 0,
    np.expand_dims: 0,
    np.squeeze: 0,
    np.atleast_1d: 0,
    np.atleast_2d: 0,
    np.atleast_3d: 0,
    np.broadcast_to: 0,
    np.flip: 0,
    np.fliplr: 0,
    np.flipud: 0,
    np.rot90: 0,
    np.split: 0,
    np.array_split: 0,
    np.hsplit: 0,
    np.vsplit: 0,
    np.dsplit: 0,
    np.unstack: 0,
    np.diagonal: 0,
    np.diag: 0,
    np.real: 0,
    np.imag: 0,
    np.real_if_close: 0,
    np.asarray: 0,
    np.asanyarray: 0,
    np.ascontiguousarray: 0,
    np.asfortranarray: 0,
    np.asarray_chkfinite: 0,
    np.astype: 0,
    np.einsum: 1,
    np.diff: 0,
    np.trim_zeros: 0,
    np.broadcast_arrays: 0,
    np.meshgrid: 0,
    np.histogram: 1,
    np.permute_dims: 0,
    k.unbroadcast: 0,
    k.broadcast_like: 0,
    k.cast_like: 0,
    k.unreduce: 0,
    k.split_like: 0,
    k.unstack: 0,
    k.unpack: 0,
    k.drop_column: 0,
    k.as_matrices: 0,
    k.fit_axis: 0,
    k.fit_axes: 0,
    k.first_columns: 0,
    k.first_rows: 0,
    k.determined_columns: 0,
    k.determined_rows: 0,
    k.extend_axis: 0,
    k.from_matrices: 0,
    k.merge_axes: 0,
    k.unmerge_axes: 0,
    k.diag_adjoint: 0,
    k.rearrange: 0,
    k.add: 0,
    k.beside: 0,
    k.cut_window: 0,
    k.cut_window_nd: 0,
    k.corner: 0,
    k.residual_cotangent: 0,
    np.linalg.matrix_power: 0,
    np.linalg.diagonal: 0,
    np.linalg.matrix_transpose: 0,
    k.spread_weights: 0,
    k.gather_weights: 0,
    k.stack_variables: 0,
    k.split_variables: 0,
    k.sum_columns: 0,
    k.sum_rows: 0,
}
"""Primitives whose result may share memory with an argument, and which. The results of all others are fresh."""

MUTATES: dict[Any, int] = {
    np.copyto: 0,
    np.put: 0,
    np.place: 0,
    np.putmask: 0,
    np.put_along_axis: 0,
    np.fill_diagonal: 0,
    operator.setitem: 0,
    operator.delitem: 0,
    operator.iadd: 0,
    operator.isub: 0,
    operator.imul: 0,
    operator.itruediv: 0,
    operator.ipow: 0,
    k.scatter_add: 0,
    update: 0,
    **{ufunc.at: 0 for ufunc in vars(np).values() if isinstance(ufunc, np.ufunc)},
}
"""Functions that write into an argument, and which."""

KEEPS: frozenset[Any] = frozenset({operator.setitem, operator.iadd})
"""Those of them after which a container may hold on to what it was given; all others copy."""

SHAPE_ONLY: dict[Any, tuple[int, ...]] = {
    np.shape: (0,),
    np.size: (0,),
    np.ndim: (0,),
    np.zeros_like: (0,),
    np.ones_like: (0,),
    np.empty_like: (0,),
    np.full_like: (0,),
    np.result_type: (0, 1, 2, 3),
    k.unbroadcast: (1,),
    k.broadcast_like: (1,),
    k.cast_like: (1,),
    k.unreduce: (1,),
    k.axis_size: (0,),
    k.zeros_like: (0,),
    k.scatter_like: (2,),
    k.scatter_taken: (2,),
    k.embed_diagonal: (1,),
    k.split_like: (1,),
    k.concatenate_like: (1,),
    k.unstack: (1,),
    k.stack_like: (1,),
    k.unpack: (1,),
    k.pack: (1,),
    k.sum_tiles: (1,),
    k.sum_repeats: (1,),
    k.row_shape: (0,),
    k.column_shape: (0,),
    k.product_shape: (0, 1, 2),
    k.drop_column: (1,),
    k.contraction: (0, 1),
    k.dot_axes: (0, 1),
    k.inner_axes: (0, 1),
    k.left_axes: (0, 1),
    k.left_order: (0, 1),
    k.right_axes: (0, 1),
    k.right_order: (0, 1),
    k.kron_shape: (0, 1),
    k.fit_axis: (1,),
    k.fit_axes: (1,),
    k.first_columns: (1,),
    k.first_rows: (1,),
    k.determined_columns: (1,),
    k.determined_rows: (1,),
    k.last_size: (0,),
    k.transform_size: (0,),
    k.mirror_weights: (0,),
    k.kron_axes: (0, 1),
    k.embed_window: (1, 2),
    k.cut_window: (1, 2),
    k.embed_window_nd: (1, 2),
    k.cut_window_nd: (1, 2),
    k.widths: (1,),
    k.widths_back: (1, 2),
    k.spread_weights: (1,),
    k.residual_cotangent: (1,),
    k.beside: (1,),
    k.sum_columns: (1,),
    k.sum_rows: (1,),
    k.exponents: (0,),
    k.freedom: (0,),
    k.gradient_adjoint: (1,),
    k.gather_weights: (1, 2),
    k.split_variables: (1, 2),
    k.insert_adjoint: (1, 3),
    k.mesh_adjoint: (1,),
    k.columns_shape: (0, 1),
    k.unjoin: (1,),
    k.scatter_along: (2,),
    k.scatter_rearranged: (1,),
    k.unmerge_axes: (1,),
    k.from_matrices: (1,),
    k.weighted_back: (2,),
    k.diag_adjoint: (1,),
    k.choose_adjoint: (2,),
    k.inside: (0,),
    k.ends_of_differences: (0,),
}
"""Arguments of which a function reads only shape and dtype."""


def reads_shape_only(primitive: Any) -> tuple[int, ...]:
    """Positions of the arguments of which `primitive` reads only shape and dtype.

    >>> reads_shape_only(np.shape)
    (0,)
    """
    try:
        return SHAPE_ONLY.get(primitive, ())
    except TypeError:
        return ()
