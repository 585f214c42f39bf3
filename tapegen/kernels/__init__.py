"""Array helpers that rules and generated code call.

Each works on Python numbers, NumPy scalars and arrays, and hands over to a duck array's `__array_function__`
where it meets one, as NumPy's own functions do; so a tape sees them as primitives.
"""

from .broadcasting import axis_size, broadcast_like, cast_like, unbroadcast, unreduce
from .indexing import embed_diagonal, scatter_add, scatter_like, scatter_taken
from .joining import concatenate_like, pack, split_like, stack_like, unpack, unstack
from .layout import inverse_permutation, sum_repeats, sum_tiles
from .products import (
    column_shape,
    contraction,
    dot_axes,
    drop_column,
    inner_axes,
    left_axes,
    left_order,
    product_shape,
    right_axes,
    right_order,
    row_shape,
)
from .zeros import add, zeros_like

__all__ = [name for name in dir() if not name.startswith("_")]
