"""scipy.sparse: the rules of products and solves, read when one of its functions or classes is first asked for.

A constant matrix acts on arrays, and its transpose on their cotangents. A matrix made in the function is known by its
entries; what multiplies x in row i and column j has the cotangent ct[i] * x[j]. See `stand_ins.sparse` for the classes.
"""

import numpy as np

from ..kernels.sparse import (
    as_scalar,
    asked,
    cols_in_dense,
    cols_of,
    diagonal_cols,
    diagonal_rows,
    diagonal_shape,
    diagonal_values,
    diagonal_values_back,
    entries_dense,
    entries_product,
    entries_solved,
    entry_products,
    expanded,
    exponential_times,
    factors_solved,
    lengths,
    made,
    opposite_system,
    product,
    product_left,
    rows_in_dense,
    rows_of,
    shape_of,
    solved,
    transposed,
    values_of,
)
from .registry import bilinear, constant, general, linear


@linear(product, wrt=("x",), complex="holomorphic")
def _product(whole, x, *, ct):
    return product(transposed(whole), ct)


@linear(product_left, wrt=("x",), complex="holomorphic")
def _product_left(x, whole, *, ct):
    return product_left(ct, transposed(whole))


@linear(solved, wrt=("b",), complex="holomorphic")
def _solved(whole, b, *, ct):
    return np.reshape(solved(transposed(whole), ct), np.shape(b))


@linear(exponential_times, wrt=("x",), complex="holomorphic")
def _exponential_times(whole, x, *, ct):
    return exponential_times(transposed(whole), ct)


@linear(factors_solved, wrt=("b",), complex="holomorphic")
def _factors_solved(whole, b, trans="N", *, ct):
    return factors_solved(whole, ct, opposite_system(trans))


@bilinear(entries_product, wrt=("values", "x"))
def _entries_product(values, rows, cols, shape, x, *, ct):
    return (
        entry_products(ct, x, rows, cols),
        entries_product(values, cols, rows, shape[::-1], ct),
    )


@bilinear(entry_products)
def _entry_products(a, b, rows, cols, *, ct):
    return (
        entries_product(ct, rows, cols, lengths(a, b), b),
        entries_product(ct, cols, rows, lengths(b, a), a),
    )


@general(entries_solved, wrt=("values", "b"))
def _entries_solved(values, rows, cols, shape, b, *, out, ct):
    g = entries_solved(values, cols, rows, shape, ct)
    return -entry_products(g, out, rows, cols), np.reshape(g, np.shape(b))


@_entries_solved.defjvp
def _entries_solved_jvp(values, rows, cols, shape, b, *, out, values_dot, b_dot):
    moved = entries_product(values_dot, rows, cols, shape, out)
    return -entries_solved(values, rows, cols, shape, moved), entries_solved(values, rows, cols, shape, b_dot)


@linear(entries_dense, wrt=("values",))
def _entries_dense(values, rows, cols, shape, *, ct):
    return ct[rows, cols]


@linear(as_scalar, wrt=("x",))
def _as_scalar(x, *, ct):
    return ct


@linear(diagonal_values, wrt=("diagonals",))
def _diagonal_values(diagonals, offsets, shape, *, ct):
    return diagonal_values_back(ct, diagonals, offsets, shape)


@linear(diagonal_values_back, wrt=("ct_in",))
def _diagonal_values_back(ct_in, diagonals, offsets, shape, *, ct):
    return diagonal_values(ct, offsets, shape)


constant(lengths, transposed, values_of, rows_of, cols_of, rows_in_dense, cols_in_dense)
constant(
    opposite_system,
    expanded,
    shape_of,
    made,
    asked,
    diagonal_rows,
    diagonal_cols,
    diagonal_shape,
)
