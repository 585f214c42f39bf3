"""Rules of the kernels that handle cotangents in generated code, so that it can be differentiated again."""

from __future__ import annotations

from ..kernels.objects import (
    check_distinct,
    keep_attribute,
    keep_change,
    keep_item,
    keep_items,
    read_attribute,
    same_container,
)
from ..kernels.revolve import check_apart, enough_snapshots, own_stack, snapshots
from ..kernels.stores import last_stored, store_last
from ..kernels.trees import (
    add_at,
    add_cotangents,
    add_into,
    added_into,
    copied,
    copied_tree,
    counted,
    element,
    full,
    laid_out_like,
    own,
    placed,
    seed,
    zero_cotangent,
)
from ..kernels.twins import Shadows, shadow_of
from ..kernels.views import check_separate, own_part, same_memory, shared_as
from .registry import constant, linear
from .tables import MUTATES, SHAPE_ONLY, VIEWS

constant(seed, zero_cotangent, Shadows, shadow_of, check_separate)
constant(check_apart, enough_snapshots, snapshots)
constant(check_distinct, keep_attribute, keep_change, keep_item, keep_items, read_attribute, same_container)

MUTATES.update({add_at: 0, add_into: 0, added_into: 0})
SHAPE_ONLY.update(
    {
        shadow_of: (1,),
        own: (1,),
        full: (1,),
        laid_out_like: (1,),
        shared_as: (2, 3),
        same_memory: (2, 3),
        own_part: (1, 2),
        zero_cotangent: (0,),
        placed: (2,),
        seed: (0,),
    }
)
VIEWS.update(
    {
        own_stack: 0,
        shadow_of: 0,
        same_memory: 0,
        own_part: 0,
        shared_as: 0,
        full: 0,
        element: 0,
        counted: 0,
        add_cotangents: 0,
    }
)


@linear(own, wrt=("ct_in",))
def _own(ct_in, x, *, ct):
    return ct


@linear(add_cotangents, wrt=("a", "b"))
def _add_cotangents(a, b, *, ct):
    return ct, ct


@linear(full, wrt=("ct_in",))
def _full(ct_in, x, *, ct):
    return ct


@linear(copied, wrt=("x",))
def _copied(x, *, ct):
    return ct


@linear(laid_out_like, wrt=("x_dot",))
def _laid_out_like(x_dot, x, *, ct):
    return ct


@linear(own_part, wrt=("ct_in",))
def _own_part(ct_in, view, base, *, ct):
    return own_part(ct, view, base)


@linear(shared_as, wrt=("view",))
def _shared_as(view, base, view_of, base_of, *, ct):
    return ct


@linear(copied_tree, wrt=("tree",))
def _copied_tree(tree, *, ct):
    return ct


@linear(same_memory, wrt=("view",))
def _same_memory(view, base, view_of, base_of, *, ct):
    return ct


@linear(element, wrt=("tree",))
def _element(tree, key, *, ct):
    """An element of a container: the cotangent of the container is zero elsewhere."""
    return placed(ct, key, tree)


@linear(placed, wrt=("ct_in",))
def _placed(ct_in, key, x, *, ct):
    return element(ct, key)


@linear(own_stack, wrt=("stack",))
def _own_stack(stack, *, ct):
    return ct


@linear(last_stored, wrt=("buffer",))
def _last_stored(buffer, index, *, ct):
    """Gathers with the earlier writers masked: its adjoint stores with them masked."""
    return store_last(ct, index, buffer)


@linear(store_last, wrt=("value",))
def _store_last(value, index, x, *, ct):
    return last_stored(ct, index)


@linear(counted, wrt=("cts",))
def _counted(cts, name, params, *, ct):
    return ct
