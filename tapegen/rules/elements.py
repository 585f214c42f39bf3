"""Arrays as lists of numbers and back, and indices for functions that write: what `kernels/programs.py` is made of."""

from ..kernels.elements import (
    arrayed,
    as_axis,
    as_numbers,
    as_vector,
    from_numbers,
    from_vector,
    is_new,
    item,
    item_back,
    nonzero_range,
    vectorized_shape,
)
from ..kernels.places import (
    along_places,
    cycled,
    diagonal_places,
    flat_places,
    indexed_places,
    nth_places,
    pad_widths,
    repeats,
    replaced,
    segments,
    uncycled,
)
from .registry import constant, linear
from .tables import SHAPE_ONLY, VIEWS

constant(vectorized_shape, flat_places, indexed_places, along_places, diagonal_places)
constant(is_new, nonzero_range, nth_places, repeats, segments, as_axis, pad_widths)
SHAPE_ONLY.update(
    {
        from_numbers: (1,),
        item_back: (1,),
        flat_places: (0,),
        indexed_places: (0,),
        along_places: (0,),
        diagonal_places: (0,),
        nth_places: (0,),
        pad_widths: (0,),
        repeats: (0,),
        uncycled: (1,),
    }
)
VIEWS.update({arrayed: 0})


@linear(arrayed, wrt=("x",))
def _arrayed(x, *, ct):
    return ct


@linear(item, wrt=("a",))
def _item(a, index=(), *, ct):
    return item_back(ct, a, index)


@_item.when(0)
def _item_of_scalar(a, index=(), *, ct):
    return ct


@linear(item_back, wrt=("ct_in",))
def _item_back(ct_in, a, index=(), *, ct):
    return item(ct, index)


@linear(as_numbers, wrt=("x",))
def _as_numbers(x, *, ct):
    return from_numbers(ct, x)


@linear(from_numbers, wrt=("ct_in",))
def _from_numbers(ct_in, x, *, ct):
    return as_numbers(ct)


@linear(as_vector, wrt=("values",))
def _as_vector(values, otypes=None, *, ct):
    return from_vector(ct, values, otypes)


@linear(from_vector, wrt=("ct_in",))
def _from_vector(ct_in, values, otypes=None, *, ct):
    return as_vector(ct, otypes)


@linear(cycled, wrt=("values",))
def _cycled(values, count, *, ct):
    return uncycled(ct, values)


@linear(uncycled, wrt=("ct_in",))
def _uncycled(ct_in, values, *, ct):
    return cycled(ct, len(ct_in))


@linear(replaced, wrt=("a", "values"))
def _replaced(a, mask, values, *, ct):
    return replaced(ct, mask, 0.0), arrayed(ct)[mask]
