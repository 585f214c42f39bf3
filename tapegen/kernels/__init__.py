"""Array helpers that rules and generated code call.

Each works on Python numbers, NumPy scalars and arrays, and hands over to a duck array's `__array_function__`
where it meets one, as NumPy's own functions do; so a tape sees them as primitives.
"""

from .broadcasting import axis_size, broadcast_like, cast_like, unbroadcast, unreduce
from .einsum import (
    einsum_derivative,
    einsum_derivative_along,
    einsum_directions_gradient,
    einsum_gradient,
    einsum_gradient_along,
    einsum_replaced_gradients,
)
from .indexing import (
    embed_diagonal,
    rearrange,
    scatter_add,
    scatter_along,
    scatter_like,
    scatter_rearranged,
    scatter_taken,
)
from .joining import concatenate_like, join, pack, split_like, stack_like, unjoin, unpack, unstack
from .layout import diag_adjoint, ends_of_differences, inside, inverse_permutation, sum_repeats, sum_tiles
from .orders import hits, matching_order, quantile_weights, weighted, weighted_back
from .products import (
    column_shape,
    columns_shape,
    contraction,
    dot_axes,
    drop_column,
    inner_axes,
    kron_axes,
    kron_shape,
    left_axes,
    left_order,
    product_shape,
    right_axes,
    right_order,
    row_shape,
)
from .sequences import following, merge_axes, previous, recurrence, running_axis, unmerge_axes
from .spectra import as_matrices, from_matrices, gap_quotients, is_number
from .zeros import add, zeros_like

__all__ = [
    "add",
    "as_matrices",
    "axis_size",
    "broadcast_like",
    "cast_like",
    "column_shape",
    "columns_shape",
    "concatenate_like",
    "contraction",
    "diag_adjoint",
    "dot_axes",
    "drop_column",
    "einsum_derivative",
    "einsum_derivative_along",
    "einsum_directions_gradient",
    "einsum_gradient",
    "einsum_gradient_along",
    "einsum_replaced_gradients",
    "embed_diagonal",
    "ends_of_differences",
    "following",
    "from_matrices",
    "gap_quotients",
    "hits",
    "inner_axes",
    "inside",
    "inverse_permutation",
    "is_number",
    "join",
    "kron_axes",
    "kron_shape",
    "left_axes",
    "left_order",
    "matching_order",
    "merge_axes",
    "pack",
    "previous",
    "product_shape",
    "quantile_weights",
    "rearrange",
    "recurrence",
    "right_axes",
    "right_order",
    "row_shape",
    "running_axis",
    "scatter_add",
    "scatter_along",
    "scatter_like",
    "scatter_rearranged",
    "scatter_taken",
    "split_like",
    "stack_like",
    "sum_repeats",
    "sum_tiles",
    "unbroadcast",
    "unjoin",
    "unmerge_axes",
    "unpack",
    "unreduce",
    "unstack",
    "weighted",
    "weighted_back",
    "zeros_like",
]
