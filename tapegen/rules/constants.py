"""Functions whose derivative is zero wherever it exists, or whose results have none. Named once, here."""

import builtins
import logging
import math
import operator
import warnings

import numpy as np

from tapegen.kernels.functions import exception_in, is_caught

from .registry import constant

# Rounding: constant between the jumps.
constant(
    np.floor, np.ceil, np.trunc, np.fix, np.rint, np.round, np.around, np.floor_divide, np.signbit, np.spacing
)
constant(round, int, math.floor, math.ceil, math.trunc, math.isqrt)

# Comparisons and logic.
constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
constant(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
constant(np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.isclose, np.allclose, np.isscalar)
constant(np.array_equal, np.array_equiv, np.all, np.any, np.isin, np.isreal, np.iscomplex)
constant(np.isrealobj, np.iscomplexobj, np.isnat, np.isfortran, np.may_share_memory, np.shares_memory)
constant(
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.not_,
    operator.truth,
)
constant(operator.is_, operator.is_not, operator.contains, operator.index)
constant(exception_in, is_caught)
constant(
    logging.debug,
    logging.info,
    logging.warning,
    logging.error,
    logging.critical,
    logging.exception,
    logging.log,
    logging.getLogger,
    warnings.warn,
)
constant(bool, len, isinstance, issubclass, type, id, hash, repr, str, callable, hasattr, print, range)
constant(
    math.isnan,
    math.isinf,
    math.isfinite,
    math.isclose,
    math.factorial,
    math.comb,
    math.perm,
    math.gcd,
    math.lcm,
)

# Integers and their bits.
constant(
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.bitwise_count
)
constant(np.gcd, np.lcm, np.packbits, np.unpackbits)
constant(operator.and_, operator.or_, operator.xor, operator.invert, operator.lshift, operator.rshift)

# Positions and counts.
constant(
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.lexsort
)
constant(np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize)
constant(np.ix_, np.indices, np.unravel_index, np.ravel_multi_index, np.diag_indices, np.diag_indices_from)
constant(np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from, np.mask_indices)
constant(np.linalg.matrix_rank, operator.indexOf, operator.countOf, operator.length_hint)

# The running and tabulated versions of these.
for _ufunc in (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal):
    constant(_ufunc.outer)
for _logical in (np.logical_and, np.logical_or, np.logical_xor):
    constant(_logical.reduce, _logical.accumulate, _logical.outer)

# Shapes and types.
constant(
    np.shape, np.size, np.ndim, np.result_type, np.can_cast, np.promote_types, np.min_scalar_type, np.dtype
)
constant(np.issubdtype, np.isdtype, np.iterable, np.finfo, np.iinfo, np.broadcast_shapes, np.common_type)

# New arrays which don't depend on the values of their arguments.
constant(np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity, np.tri)
constant(np.hanning, np.hamming, np.blackman, np.bartlett)

# Dates, and how numbers are written.
constant(np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string, np.datetime_data)
constant(np.base_repr, np.binary_repr, np.format_float_positional, np.format_float_scientific)
constant(np.einsum_path, np.mintypecode, np.typename)

# Text and settings.
constant(np.array2string, np.array_repr, np.array_str, np.seterr, np.geterr, np.errstate, builtins.format)
